"""Read what students handed in through nbgrader's exchange, without trusting what they could write there.

    ROOT/COURSE/inbound/STUDENT+ASSIGNMENT+TIME[+RANDOM]/

Folder, time and timestamp.txt are the student's to write. Who owns the folder and when it arrived the file
system knows.
"""

import os
import time
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading import channels
from tito.grading.archives import MOST_FILES, Found, read_receipt, read_regular
from tito.grading.classroom import Classroom
from tito.grading.packed import MOST_BYTES, Refused

DEFAULT_ROOT = "/usr/local/share/nbgrader/exchange"
_CLOCKS = 600  # seconds by which a student's clock may differ from the file system's


def inbound(classroom: Classroom) -> Path:
    """Where nbgrader's exchange keeps what was handed in for this class."""
    settings = classroom.facts.settings
    root = settings.get("grading", "exchange_path", fallback="").strip() or DEFAULT_ROOT
    return classroom.root / root / settings["course"]["course_id"] / "inbound"


def search(classroom: Classroom, students: list[str]):
    """Every notebook in the exchange: yields Found, or (label, reason) for what is refused."""
    folder = inbound(classroom)
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise TitoError(
            f"The exchange in {folder} cannot be read: {error.strerror}.",
            f"Name it as exchange_path in {classroom.root / 'settings.ini'}; nbgrader makes it on the first release.",
            ENVIRONMENT,
        ) from None
    senders: dict[str, set[str]] = {}
    for name in names:
        student, _, rest = name.partition("+")
        slug, _, said = rest.partition("+")
        module = next((m for m in classroom.released if m.slug == slug), None)
        label = f"exchange: {''.join(c if c.isprintable() else '?' for c in name)[:120]}"
        if module is None:
            yield label, f"'{slug[:64]}' is no module that was released to this class"
            continue
        try:
            owner = _checked(folder / name, student, students)
            senders.setdefault(owner, set()).add(student)
            notes = []
            if len(senders[owner]) > 1 and owner:
                notes.append(f"the user '{owner}' handed in for {', '.join(sorted(senders[owner]))}")
            yield _found(folder / name, label, module.name, student, said, notes)
        except Refused as reason:
            yield label, str(reason)


def owner_of(folder: Path) -> str:
    """The user to whom a folder belongs ("" where the system has no name for it)."""
    try:
        return folder.owner()
    except (KeyError, NotImplementedError):
        return ""


def _checked(folder: Path, student: str, students: list[str]) -> str:
    """The owner of a submission's folder; Refused if it is another student, or anything in it could do harm."""
    if folder.is_symlink() or not folder.is_dir():
        raise Refused("it is a link or no folder")
    owner = owner_of(folder)
    if owner != student and owner in students:
        raise Refused(f"{owner} handed it in, in the name of {student[:64]}")
    files, size = 0, 0
    for entry in _walk(folder):
        files, size = files + 1, size + entry.lstat().st_size
        if entry.is_symlink():
            raise Refused(f"it holds a link: {entry.name[:80]!r}")
        if files > MOST_FILES:
            raise Refused(f"it holds more than {MOST_FILES} files")
        if size > MOST_BYTES:
            raise Refused(f"it is larger than {MOST_BYTES >> 20} MB")
    return owner


def _walk(folder: Path):
    for directory, folders, files in os.walk(folder, onerror=_refuse):
        yield from (Path(directory, name) for name in folders + files)


def _refuse(error: OSError) -> None:
    raise Refused(f"it cannot be read: {error.strerror}")


def _found(folder: Path, label: str, name: str, student: str, said: str, notes: list[str]) -> Found:
    content, facts = read_regular(folder / f"{name}.ipynb")
    if facts.st_nlink > 1:
        raise Refused("its notebook is a hard link to another file")
    receipt = None
    if (folder / "receipt.json").exists():
        receipt = read_receipt(read_regular(folder / "receipt.json", 100_000)[0])
    claimed = channels.stamp(said.partition("+")[0])
    if claimed and claimed < facts.st_ctime - _CLOCKS:
        shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(claimed))
        notes = [*notes, f"it says {shown}, but arrived later"]
    inside = f"{name}.ipynb"
    return Found(
        label, (folder.name,), inside, content, content, inside, receipt, facts.st_ctime, True, student, tuple(notes)
    )
