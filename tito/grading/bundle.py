"""What grading a module needs, made once: the checks for the judge, and a package tree for the sandbox.

    checks.json        the release with its hidden tests: for the judge alone, never inside a sandbox
    bundle/            what the sandbox mounts
      manifest.json    {"schema", "module", "name", "hash"}
      package/         tinytorch with the core files of the modules before this one; this one's is absent
      program/         what runs in the student's process

The same course gives the same bytes and the same hash, which covers both parts.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tito import export, notebooks, workspace
from tito.course import Course, Module
from tito.errors import ENVIRONMENT, FAILED, TitoError
from tito.files import dump_json
from tito.grading.classroom import Classroom

SCHEMA = "tito/bundle/1"
PROGRAM = tuple(Path(__file__).with_name(name) for name in ("student_process.py", "wire.py"))


@dataclass(frozen=True)
class Bundle:
    """path: what the sandbox mounts; checks: the file for the judge; hash: of all bytes of both."""

    path: Path
    checks: Path
    hash: str
    module: str

    def pristine(self) -> dict:
        """The release with its hidden tests, for sanitise.clean and the judge."""
        return json.loads(self.checks.read_text(encoding="utf-8"))


def make(course: Course, module: Module, folder: Path, program: tuple[Path, ...] = PROGRAM) -> Bundle:
    """The bundle of a course's module in `folder`; one that is there and the same is left as it is."""
    (released,) = notebooks.release(course, [module])
    return _make(course, module, folder, notebooks.build(course, module), released, program)


def for_class(classroom: Classroom, module: Module, folder: Path, program: tuple[Path, ...] = PROGRAM) -> Bundle:
    """The bundle of a module as it was released to a class, whatever the course's sources say by now."""
    files = [classroom.root / kind / module.notebook for kind in ("source", "release")]
    return _make(classroom.course, module, folder, *files, program)


def load(folder: Path) -> Bundle:
    """The bundle in `folder`; an error where it is not as it was made."""
    folder = Path(folder)
    try:
        manifest = json.loads((folder / "bundle/manifest.json").read_text(encoding="utf-8"))
        made = Bundle(folder / "bundle", folder / "checks.json", manifest["hash"], manifest["module"])
        whole = manifest["schema"] == SCHEMA and made.hash == _digest(folder)
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise TitoError(
            f"{folder} is not the bundle that was made there.", f"Delete it; it is made again: rm -r {folder}", FAILED
        )
    return made


def pristine(released: dict, built: dict, slug: str) -> dict:
    """The release with the hidden tests of the built notebook; an error where the two do not belong together."""
    checks = {notebooks.grade_id(c): c["source"] for c in built["cells"] if notebooks.is_test(c)}
    cells = [
        {**cell, "source": checks.pop(notebooks.grade_id(cell), None)} if notebooks.is_test(cell) else cell
        for cell in released["cells"]
    ]
    solved = any("### BEGIN SOLUTION" in (c["source"] or "") for c in cells)
    if checks or solved or any(c["source"] is None for c in cells):
        raise TitoError(
            f"{slug}: the released notebook and the one with the hidden tests differ in their checks.",
            f"Release it again: tito class release {slug}",
            FAILED,
        )
    return {**released, "cells": cells}


def _make(
    course: Course, module: Module, folder: Path, built: Path, released: Path, program: tuple[Path, ...]
) -> Bundle:
    checks = pristine(notebooks.read(released), notebooks.read(built), module.slug)
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        made = Path(temporary, "new")
        _fill(course, module, made, checks, program)
        if not _is_same(made, folder):
            if folder.exists():
                os.replace(folder, Path(temporary, "old"))
            os.replace(made, folder)
    return load(folder)


def _is_same(made: Path, folder: Path) -> bool:
    try:
        return load(made).hash == load(folder).hash
    except TitoError:  # none is there, or it was changed
        return False


def _fill(course: Course, module: Module, folder: Path, checks: dict, program: tuple[Path, ...]) -> None:
    inside = folder / "bundle"
    workspace.copy_faces(course.package, inside / "package" / course.package.name)
    for earlier in course.modules:
        if earlier.number < module.number:
            _copy(export.target(course, earlier), inside / "package" / course.package.name / "core", earlier)
    for file in program:
        _copy(file, inside / "program")
    (folder / "checks.json").write_text(dump_json(checks), encoding="utf-8")
    facts = {"schema": SCHEMA, "module": module.slug, "name": module.name, "hash": _digest(folder)}
    (inside / "manifest.json").write_text(dump_json(facts), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)  # the sandbox has another user
    (folder / "checks.json").chmod(0o600)


def _copy(file: Path, folder: Path, module: Module | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(file, folder / file.name)
    except FileNotFoundError:
        what = f"{module.slug} comes before it" if module else "the installation is not complete"
        do = f"Build it: tito dev build {module.slug}" if module else "Run: tito doctor"
        raise TitoError(f"{file} is missing: {what}.", do, ENVIRONMENT) from None


def _digest(folder: Path) -> str:
    """sha256 over the names and bytes of every file but the manifest."""
    total = hashlib.sha256()
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    files.pop("bundle/manifest.json", None)
    for name in sorted(files):
        data = files[name].read_bytes()
        total.update(f"{len(name)}:{name}{len(data)}:".encode() + data)
    return total.hexdigest()
