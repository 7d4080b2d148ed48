"""No student's id or name in a log: pseudonyms in their place, which only the class folder's key takes back.

A pseudonym is an HMAC of the id, so nobody without the key can try out ids until one fits.
"""

import atexit
import contextlib
import functools
import hashlib
import hmac
import os
import re
import secrets
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from tito.errors import FAILED, TitoError
from tito.files import write_atomic
from tito.grading.classroom import Classroom, Student, read_roster
from tito.visible import visible

_LENGTH = 12  # hexadecimal digits: two of 10,000 students meet once in five million classes
_FROM_LOG = "Copy it from a log of this class (.tito/*.log)."
_PSEUDONYM = re.compile(r"student-[0-9a-f]{12}")


@functools.lru_cache(16)
def key(root: Path) -> bytes:
    """The class's key, made where there is none yet; only its owner can read it."""
    file = root / ".tito" / "pseudonyms.key"
    if not file.is_file():
        _make_key(file)
    return bytes.fromhex(file.read_text(encoding="ascii"))


def _make_key(file: Path) -> None:
    """Write a key at once, so that nobody finds half of one; of two that are made together the first counts."""
    made = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    write_atomic(made, secrets.token_hex(32))
    made.chmod(0o600)
    with contextlib.suppress(FileExistsError):
        os.link(made, file)
    made.unlink()


def pseudonym(root: Path, student: str) -> str:
    """What stands for a student's id in the logs of the class in `root`."""
    return "student-" + hmac.digest(key(root), student.encode(), hashlib.sha256).hex()[:_LENGTH]


def whois(classroom: Classroom, text: str) -> Student:
    """The student behind a pseudonym."""
    if not _PSEUDONYM.fullmatch(text):
        raise TitoError(f"'{text}' is no pseudonym (student- and {_LENGTH} hexadecimal digits).", _FROM_LOG, FAILED)
    for student in _students(classroom.root):
        if hmac.compare_digest(pseudonym(classroom.root, student.id), text):
            return student
    raise TitoError(f"{text} is nobody of this class.", "Run it in the class whose log it stands in.")


def _students(root: Path) -> list[Student]:
    """The roster, and whoever handed something in without being in it."""
    try:
        found = {s.id: s for s in read_roster(root / "students.csv")}
    except TitoError:
        found = {}
    others = {f.name for kind in ("submitted", "collected/*") for f in root.glob(f"{kind}/*") if f.is_dir()}
    return [*found.values(), *(Student(name) for name in sorted(others - found.keys()))]


class Redactor:
    """Puts pseudonyms in the place of a class's ids, names and e-mail addresses."""

    def __init__(self, root: Path):
        self.words = {}
        for student in _students(root):
            own = pseudonym(root, student.id)
            words = (student.id, student.name, student.first_name, student.last_name, student.email)
            self.words |= {word.lower(): own for word in words if len(word) > 1}
            self.words |= {student.id.lower(): own}
        longest = sorted(map(re.escape, self.words), key=len, reverse=True)
        pattern = rf"(?<![^\W_])(?:{'|'.join(longest)})(?![^\W_])"
        self.pattern = re.compile(pattern, re.IGNORECASE) if longest else None

    def __call__(self, text: str) -> str:
        """The text without the words; a part of a longer word stays."""
        return self.pattern.sub(lambda m: self.words[m[0].lower()], text) if self.pattern else text


@contextlib.contextmanager
def log(file: Path) -> Iterator[int]:
    """A descriptor for a child's standard error: what is written there arrives in the class's log without names.

    file: a log in the class's .tito folder. The lines arrive until the last process that has the descriptor ends.
    """
    redact = Redactor(file.parent.parent)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    reading, writing = os.pipe()
    thread = threading.Thread(target=_pump, args=(reading, descriptor, redact), daemon=True)
    thread.start()
    atexit.register(thread.join, 2)
    try:
        yield writing
    finally:
        os.close(writing)


def _pump(reading: int, file: int, redact: Redactor) -> None:
    with open(reading, encoding="utf-8", errors="replace") as lines, os.fdopen(file, "wb", buffering=0) as kept:
        for line in lines:
            with contextlib.suppress(OSError):  # a full disk: who writes to the log goes on
                kept.write(redact(visible(line)).encode())


def exposed(root: Path) -> list[Path]:
    """The files and folders below `root`, and itself, that its group or the world may read, write or enter.

    What the sandbox's own user must read holds nothing of a student, and counts only where the folder around it is
    open.
    """
    found = [p for p in (root, *root.rglob("*")) if not p.is_symlink() and stat.S_IMODE(p.lstat().st_mode) & 0o077]
    bundles = root / ".tito" / "bundles"
    return [p for p in found if p == bundles or not p.is_relative_to(bundles)]


def shut(folder: Path) -> None:
    """Take from the group and the world what they may do with `folder` and all below it."""
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):  # somebody else's file, or gone
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o077)


def is_reachable(folder: Path) -> bool:
    """Whether another user can get into a folder: every folder on the way lets the group or the world through."""
    folder = folder.resolve()
    return all(stat.S_IMODE(p.stat().st_mode) & 0o011 for p in (folder, *folder.parents))
