"""The class folder: nbgrader's own layout, with a settings file and a roster.

settings.ini nbgrader_config.py   plain `nbgrader` commands work from inside it
students.csv                      id,first_name,last_name,email
source/ release/ submitted/ autograded/ feedback/ gradebook.db    nbgrader's
inbox/                            where downloads are put for `tito class collect`
collected/NN_name/ID/             every submission as it came, never changed
.tito/verdicts/ .tito/ledger.db   what became of each submission; .tito/backups/ the gradebook before each run
"""

import configparser
import contextlib
import csv
import io
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tito.course import CLASS, COURSE, Course, Module
from tito.errors import ENVIRONMENT, FAILED, USAGE, WOULD_OVERWRITE, TitoError
from tito.files import full_disk, write_atomic
from tito.grading.lock import alone
from tito.workspace import STUDENT_ID

FIELDS = ("id", "first_name", "last_name", "email")
_FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "inbox", "collected", ".tito")


@dataclass(frozen=True)
class Student:
    """One line of the roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """First and last name, or the id where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


class Classroom:
    """A class folder and the course that it teaches."""

    def __init__(self, root: Path):
        os.umask(0o077)  # what students hand in is nobody else's to read
        self.facts = Course(root)
        self.root = self.facts.root
        if self.facts.kind != CLASS:
            raise TitoError(f"{self.root} is a {self.facts.kind}, not a class.", "Make one: tito class init", USAGE)
        _check_path(self.root)

    @classmethod
    def find(cls, start: Path | None = None) -> "Classroom":
        """The class around `start`, or the one that the course around it names."""
        found = Course.find(start, "Go to the class's folder, or to the course's.")
        if found.kind == CLASS:
            return cls(found.root)
        if found.kind != COURSE:
            raise TitoError(
                f"{found.root} is a {found.kind}: a class is led from the course or from the class folder.",
                "Go to the class folder, or make one in the course: tito class init",
                USAGE,
            )
        folder = found.path("class_path", "grading")
        if not (folder / "settings.ini").is_file():
            raise TitoError(f"There is no class in {folder} yet.", "Make one: tito class init", USAGE)
        return cls(folder)

    @property
    def course(self) -> Course:
        """The course's checkout: its sources, and the reference package."""
        folder = self.facts.package.parent
        if not (folder / "settings.ini").is_file():
            raise TitoError(
                f"The course is no longer in {folder.resolve()}.",
                f"Correct lib_path, nbs_path and source_path in {self.root / 'settings.ini'}",
                ENVIRONMENT,
            )
        return Course(folder)

    @property
    def released(self) -> list[Module]:
        """The modules that were released to this class, in order."""
        return Course(self.root).modules

    def module(self, text: str) -> tuple[Module, str]:
        """The released module that `text` means, and a note; an error if it was not released."""
        module, note = self.course.module(text)
        for known in self.released:
            if known.slug == module.slug:
                return known, note
        raise TitoError(
            f"{module.slug} has not been released to this class.", f"Run: tito class release {module.slug}", USAGE
        )

    def modules(self, texts: tuple[str, ...] = ()) -> tuple[list[Module], list[str]]:
        """The released modules that `texts` name (none: all), and notes."""
        if not texts:
            if not self.released:
                raise TitoError("No module has been released to this class.", "Run: tito class release NN", USAGE)
            return self.released, []
        found = [self.module(text) for text in texts]
        return list(dict.fromkeys(m for m, _ in found)), [note for _, note in found if note]

    def submission(self, module: Module, student: str) -> Path:
        """Where nbgrader expects a student's notebook."""
        return self.root / "submitted" / student / module.slug / f"{module.name}.ipynb"

    def submissions(self, module: Module) -> dict[str, Path]:
        """Every notebook handed in for a module, by student."""
        files = sorted((self.root / "submitted").glob(f"*/{module.slug}/{module.name}.ipynb"))
        return {f.parent.parent.name: f for f in files if STUDENT_ID.fullmatch(f.parent.parent.name)}

    def left_out(self) -> list[str]:
        """The folders in submitted/ whose name is no id; nbgrader's zip_collect makes them from any file's name."""
        folders = sorted(f.name for f in (self.root / "submitted").iterdir() if f.is_dir())
        return [name for name in folders if not STUDENT_ID.fullmatch(name)]

    def students(self) -> list[Student]:
        """The roster, in its order."""
        return read_roster(self.root / "students.csv")

    def student(self, identity: str) -> Student:
        """The student with this id, or an error that names the roster."""
        for student in self.students():
            if student.id == identity:
                return student
        raise TitoError(
            f"There is no student '{identity}' in the roster.", f"Run: tito class roster add {identity}", USAGE
        )

    def check_known(self, identities: tuple[str, ...]) -> None:
        """An error if one of these is neither in the roster nor has handed anything in."""
        for identity in identities:
            if not STUDENT_ID.fullmatch(identity) or not (self.root / "submitted" / identity).is_dir():
                self.student(identity)

    def write_roster(self, students: list[Student]) -> None:
        """Replace the roster."""
        text = io.StringIO()
        writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(s) for s in students)
        write_atomic(self.root / "students.csv", text.getvalue())


def read_roster(file: Path) -> list[Student]:
    """The students in a CSV file with a column `id`; every problem is named with its line."""
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="?"))
    except OSError as error:
        raise TitoError(
            f"{file} cannot be read: {error.strerror}.", "Name a CSV file that you may read.", USAGE
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TitoError(
            f"{file} is no CSV file in UTF-8: {error}.", "Save it from the spreadsheet as 'CSV UTF-8'.", USAGE
        ) from None
    if text.strip() and "id" not in next(csv.reader(io.StringIO(text))):
        first = text.splitlines()[0]
        raise TitoError(f"{file}: the first line is '{first}'.", f"It must name the columns: {','.join(FIELDS)}", USAGE)
    students, problems, seen = [], [], {}
    for line, row in enumerate(rows, 2):
        student = Student(*((row.get(field) or "").strip() for field in FIELDS))
        problem = _problem(student, row, seen)
        problems += [f"line {line}: {problem}"] if problem else []
        seen.setdefault(student.id.lower(), line)
        students.append(student)
    if problems:
        raise TitoError(f"{file}: " + "\n  ".join(problems), "Nothing was taken over.", USAGE)
    return students


def _problem(student: Student, row: dict, seen: dict) -> str:
    if "?" in row:
        return f"more fields than the first line has columns: {row['?']}"
    if not STUDENT_ID.fullmatch(student.id):
        return f"'{student.id}' is no id (letters, digits and . _ @ - only, beginning with a letter or digit)"
    if student.id.lower() in seen:
        return f"the id '{student.id}' stands in line {seen[student.id.lower()]} already"
    for name in (student.first_name, student.last_name):
        if re.search(r"[<>]", name) or not name.isprintable():
            return f"{name!r} is no name: it holds <, > or a character that cannot be seen"
    if student.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", student.email):
        return f"'{student.email}' is no e-mail address"
    return ""


def _check_path(folder: Path) -> None:
    """Refuse a path that nbgrader's libraries take for another: with a question mark, or what looks like a variable."""
    if found := re.search(r"[?$]", str(folder)):
        what = f"{folder} holds a '{found[0]}', with which nbgrader cannot find its files."
        raise TitoError(what, "Take another name for the folder.", USAGE)


def create(course: Course, directory: Path | None = None) -> Classroom:
    """Make a class folder (default: where the course's settings say); refuse one that is in use."""
    if course.kind != COURSE:
        raise TitoError(
            f"{course.root} is a {course.kind}: a class is made from the course.",
            "Run it in the course's own folder: cd COURSE; tito class init DIR",
            USAGE,
        )
    folder = Path(os.path.abspath(directory or course.path("class_path", "grading")))
    _check_path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "is a class already" if (folder / "gradebook.db").exists() else "is not empty"
        raise TitoError(f"{folder} {what}: nothing was changed.", "Name another: tito class init DIR", WOULD_OVERWRITE)
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True)
    except OSError as error:
        raise TitoError(
            f"{error.filename} could not be made: {error.strerror}.",
            "Name a folder that you may make: tito class init DIR",
            ENVIRONMENT,
        ) from None
    write_atomic(folder / "nbgrader_config.py", (course.root / "nbgrader_config.py").read_bytes())
    write_atomic(folder / "settings.ini", _settings(course, folder))
    classroom = Classroom(folder)
    classroom.write_roster([])
    return classroom


def _settings(course: Course, folder: Path) -> str:
    """The class's settings: paths into the course, relative where the class lies inside it."""

    def into(path: Path) -> str:
        inside = folder.is_relative_to(course.root)
        return os.path.relpath(path, folder) if inside else str(path)

    settings = configparser.ConfigParser(interpolation=None)
    default = course.settings["DEFAULT"]
    settings["DEFAULT"] = {
        "lib_name": default["lib_name"],
        "lib_path": into(course.package),
        "nbs_path": into(course.notebooks),
        "version": default["version"],
    }
    settings["course"] = {
        "kind": CLASS,
        "course_id": course.settings["course"]["course_id"],
        "source_path": into(course.path("source_path")),
        "release_path": "release",
    }
    settings["grading"] = {"class_path": ".", "exchange_path": "", "time_zone": "", "db_url": ""}
    text = io.StringIO()
    settings.write(text)
    return "# A class of the course: made by tito class init; nbgrader_config.py reads it.\n\n" + text.getvalue()


@contextlib.contextmanager
def at_work(classroom: Classroom, command: str) -> Iterator[None]:
    """Have the class for `command` alone; fail with one message where it is in use, or not ready, or its disk full."""
    with alone(classroom.root, command), room(classroom):
        check_ready(classroom)
        yield


@contextlib.contextmanager
def room(classroom: Classroom) -> Iterator[None]:
    """Tell in one message that the class's disk takes nothing more."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        if not (reason := full_disk(error)):
            raise
        do = "Check the free space. Nothing is lost: then go on with the same command."
        raise TitoError(f"{classroom.root} could not be written: {reason}.", do, ENVIRONMENT) from error


def restoring(classroom: Classroom) -> Path:
    """The file that names the copy of the gradebook which a restore has begun to bring back."""
    return classroom.root / ".tito" / "restoring"


def check_ready(classroom: Classroom) -> None:
    """Fail with one message where the course is gone, or the class folder or its gradebook cannot be used as it is."""
    classroom.course  # noqa: B018  (it says what is wrong)
    try:
        with tempfile.TemporaryFile(dir=classroom.root / ".tito"):
            pass
    except OSError as error:
        raise TitoError(
            f"{classroom.root} cannot be written: {error.strerror}.", "Check who owns it: ls -l", ENVIRONMENT
        ) from None
    if not os.access(classroom.root, os.W_OK):
        raise TitoError(f"{classroom.root} cannot be written: permission denied.", "Run: chmod u+w on it", ENVIRONMENT)
    book = classroom.root / "gradebook.db"
    if book.exists() and not os.access(book, os.W_OK):
        raise TitoError(f"{book} cannot be written: permission denied.", f"Run: chmod u+w {book}", ENVIRONMENT)
    if (begun := restoring(classroom)).is_file():
        copy = begun.read_text(encoding="utf-8")
        raise TitoError(f"Bringing {copy} back was stopped on the way.", "Go on with it: tito class restore", FAILED)


def add_students(classroom: Classroom, new: list[Student]) -> tuple[list[str], list[str]]:
    """Put students into the roster, replacing lines with the same id; return the ids added and those changed."""
    with alone(classroom.root, "tito class roster"):
        return _add_students(classroom, new)


def _add_students(classroom: Classroom, new: list[Student]) -> tuple[list[str], list[str]]:
    known = {s.id: s for s in classroom.students()}
    for student in new:
        if problem := _problem(student, {}, {}):
            raise TitoError(f"{problem}.", "Nothing was changed.", USAGE)
    added = [s.id for s in new if s.id not in known]
    changed = [s.id for s in new if s.id in known and known[s.id] != s]
    clash = {k.lower(): k for k in known}
    for student in new:
        if clash.get(student.id.lower(), student.id) != student.id:
            raise TitoError(f"'{student.id}' differs from '{clash[student.id.lower()]}' only in case.", "", USAGE)
    classroom.write_roster(list((known | {s.id: s for s in new}).values()))
    return added, changed


def remove_students(classroom: Classroom, identities: tuple[str, ...], force: bool = False) -> None:
    """Take students off the roster; what they handed in stays, and needs `force`."""
    with alone(classroom.root, "tito class roster"):
        _remove_students(classroom, identities, force)


def _remove_students(classroom: Classroom, identities: tuple[str, ...], force: bool) -> None:
    for identity in identities:
        classroom.student(identity)
        if not force and (classroom.root / "submitted" / identity).exists():
            raise TitoError(
                f"'{identity}' has handed in work: nothing was changed.",
                f"Files and grades stay if you take them off all the same: tito class roster remove --force {identity}",
                FAILED,
            )
    classroom.write_roster([s for s in classroom.students() if s.id not in identities])
