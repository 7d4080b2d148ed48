"""Stamps: what a built file was made from, so that nothing is done twice."""

import hashlib
from pathlib import Path

from tito.course import Course
from tito.files import write_atomic

_CODE = ("notebooks.py", "cells.py", "export.py", "release_job.py")


def digest(*parts: bytes | str) -> str:
    """One sha256 over several parts, each with its length, so that no two lists of parts are alike."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()


def recipe() -> str:
    """A digest of the code that builds: when it changes, everything is built again."""
    here = Path(__file__).parent
    return digest(*((here / name).read_bytes() for name in _CODE))


def is_fresh(course: Course, name: str, ingredients: str, target: Path) -> bool:
    """Whether `target` was made from these ingredients and has not been changed since."""
    try:
        return _path(course, name).read_text() == digest(ingredients, recipe(), target.read_bytes())
    except OSError:
        return False


def record(course: Course, name: str, ingredients: str, target: Path) -> None:
    """Note that `target`, as it is now, was made from these ingredients."""
    write_atomic(_path(course, name), digest(ingredients, recipe(), target.read_bytes()))


def _path(course: Course, name: str) -> Path:
    return course.root / "build" / "stamps" / f"{name}.sha256"
