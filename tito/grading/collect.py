"""Take in what students handed in: whose it is, which module, and which of several is the newest.

Whose: the name that a download gave to the file (Moodle, Canvas, Blackboard, nbgrader's folders) counts more
than the receipt, which the student's own computer wrote. The original stays, unchanged, under collected/.
"""

import calendar
import hashlib
import json
import re
import tempfile
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tito import notebooks
from tito.course import Module
from tito.errors import USAGE, TitoError
from tito.files import dump_json, write_atomic
from tito.grading import archives, nbgrader_jobs
from tito.grading.archives import Found, Refused
from tito.grading.classroom import Classroom, Student, check_ready
from tito.submission import ZIP_NAME


@dataclass
class Taken:
    """One line of the report: `status` is new, newer, older, same or refused."""

    source: str
    status: str
    student: str = ""
    module: str = ""
    time: str = ""
    receipt: str = ""  # agrees, differs, none
    note: str = ""


def collect(classroom: Classroom, paths: list[Path], module: Module | None = None) -> list[Taken]:
    """Take in every notebook under `paths`; only those of `module` if it is given."""
    check_ready(classroom)
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise TitoError(f"{path} does not exist.", "Name the file or folder that you downloaded.", USAGE)
    desk = _Desk(classroom, module)
    return [desk.take(item) for item in archives.search(paths)]


def from_exchange(classroom: Classroom, modules: list[Module]) -> list[tuple[str, str]]:
    """Fetch with nbgrader's own collect; returns (module, problem) for each module."""
    answers = nbgrader_jobs.run(classroom, "collect", [{"assignment": m.slug} for m in modules])
    return [(m.slug, a["problem"]) for m, a in zip(modules, answers, strict=True)]


class _Desk:
    """Where each notebook is looked at."""

    def __init__(self, classroom: Classroom, only: Module | None):
        self.classroom, self.only = classroom, only
        self.modules = classroom.modules()[0]
        self.students = classroom.students()
        self.cells = {m.slug: _grade_ids(notebooks.read(m.path)) for m in self.modules}
        self.seen: set[tuple] = set()

    def take(self, item: Found | tuple[str, str]) -> Taken:
        if isinstance(item, tuple):
            return Taken(item[0], "refused", note=f"{item[1]}.")
        try:
            return self._take(item)
        except Refused as reason:
            return Taken(item.label, "refused", note=f"{reason}.")

    def _take(self, found: Found) -> Taken:
        student, notes = self._student(found)
        module, damage = self._module(found)
        if damage:
            notes.append(f"the notebook is damaged: {damage}")
        if self.only and module != self.only:
            raise Refused(f"it is {module.slug}, not {self.only.slug}")
        twice = (found.label, found.original_name, student.id, module.slug)
        if twice in self.seen:
            raise Refused(f"it holds more than one notebook of {module.slug}; the first was taken")
        self.seen.add(twice)
        agrees = _receipt_state(found)
        if agrees == "differs":
            notes.append("the notebook is not the one of its receipt (sha256 differs)")
        moment = _moment(found)
        status = _store(self.classroom, module, student, found, moment, agrees)
        return Taken(found.label, status, student.id, module.slug, _text(moment), agrees, "; ".join(notes))

    def _student(self, found: Found) -> tuple[Student, list[str]]:
        claimed = str((found.receipt or {}).get("student", ""))
        named = {s.id: s for part in found.parts for s in _named(part, self.students)}
        if len(named) > 1:
            raise Refused(f"its name could mean {' or '.join(sorted(named))}; rename it to ID_{found.inside}")
        if named:
            student = next(iter(named.values()))
            differs = claimed and claimed != student.id
            return student, [f"the receipt names '{claimed[:64]}'"] if differs else []
        for student in self.students:
            if student.id == claimed:
                return student, []
        if claimed:
            raise Refused(f"its receipt names '{claimed[:64]}', who is not in the roster (tito class roster add)")
        raise Refused("neither its name nor a receipt tells a student of the roster (tito class roster list)")

    def _module(self, found: Found) -> tuple[Module, str]:
        """The module by its cells; of a damaged notebook by receipt or name."""
        named = self._module_named(found)
        try:
            ids = _grade_ids(_parsed(found.content))
        except TitoError as error:
            if named is None:
                raise Refused(f"{error.what.removesuffix('.')}, and nothing tells which module it is") from None
            return named, error.what.removesuffix(".")
        common = {m.slug: len(ids & self.cells[m.slug]) for m in self.modules}
        best = max(self.modules, key=lambda m: common[m.slug])
        if not common[best.slug]:
            raise Refused("it holds no cell of a module that was released to this class")
        if named is not None and named != best:
            raise Refused(f"it is named {named.slug}, but its cells are those of {best.slug}")
        return best, ""

    def _module_named(self, found: Found) -> Module | None:
        said = str((found.receipt or {}).get("module", ""))
        words = [said, *reversed(found.inside.split("/")), *reversed(found.parts)]
        for word in words:
            for module in self.modules:
                if re.search(rf"(?<!\d){module.slug}(?![A-Za-z])", word) or Path(word).stem == module.name:
                    return module
        return None


def _parsed(content: bytes) -> dict:
    """The notebook in these bytes; an error without a path if they are none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "submission.ipynb"
        file.write_bytes(content)
        try:
            return notebooks.read(file)
        except TitoError as error:
            raise TitoError(error.what.removeprefix(str(file)).strip().removeprefix("is damaged: ")) from None
        except (RecursionError, ValueError) as error:
            raise TitoError(f"it cannot be read: {error}") from None


def _grade_ids(notebook: dict) -> set[str]:
    return {notebooks.grade_id(cell) for cell in notebook["cells"]} - {""}


def _named(part: str, students: list[Student]) -> list[Student]:
    """The students that the name of a file or folder means."""
    ours = re.match(ZIP_NAME, part)
    if ours:
        return [s for s in students if s.id == ours["student_id"]]
    stem = re.sub(r"\.(zip|ipynb)$", "", part, flags=re.I)
    moodle = re.match(r"(.+?)_\d+_assignsubmission", stem)
    if moodle:
        return [s for s in students if _letters(moodle[1]) in _full_names(s) or moodle[1] == s.id]
    blackboard = re.search(r"_([^_]+(?:_[^_]+)*?)_attempt_\d", stem)
    if blackboard:
        return [s for s in students if re.search(rf"(^|_){re.escape(s.id)}$", blackboard[1])]
    exact = [s for s in students if stem == s.id]
    if exact:
        return exact
    begins = [s for s in students if re.match(rf"{re.escape(s.id)}[_+ -]", stem)]
    if begins:
        longest = max(len(s.id) for s in begins)
        return [s for s in begins if len(s.id) == longest]
    canvas = re.match(r"([^_]+)_(?:LATE_)?\d+_\d+_", stem)
    if canvas:
        return [s for s in students if _letters(canvas[1]) in _full_names(s)]
    return []


def _full_names(student: Student) -> set[str]:
    first, last = _letters(student.first_name), _letters(student.last_name)
    return {first + last, last + first} - {""} if first and last else set()


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.lower() if c.isalnum())


def _receipt_state(found: Found) -> str:
    digest = (found.receipt or {}).get("sha256")
    if not digest:
        return "none"
    return "agrees" if digest == hashlib.sha256(found.content).hexdigest() else "differs"


def _moment(found: Found) -> float:
    """When it was handed in, by its receipt, its name, or the file's date (UTC seconds)."""
    said = str((found.receipt or {}).get("time", ""))
    name = re.search(r"_attempt_(\d{14})_", found.original_name)
    for text, form in ((said, "%Y-%m-%dT%H:%M:%SZ"), (name[1] if name else "", "%Y%m%d%H%M%S")):
        try:
            return float(calendar.timegm(time.strptime(text, form)))
        except ValueError:
            continue
    return float(int(found.time))


def _text(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def _store(classroom: Classroom, module: Module, student: Student, found: Found, moment: float, agrees: str) -> str:
    """Keep the original, and make the submission nbgrader's if it is the newest; returns the status."""
    shelf = classroom.root / "collected" / module.slug / student.id
    digest = hashlib.sha256(found.content).hexdigest()
    folder = shelf / f"{time.strftime('%Y%m%d%H%M%S', time.gmtime(moment))}-{digest[:8]}"
    target = classroom.submission(module, student.id)
    if (folder / "record.json").is_file() and target.is_file():
        return "same"
    _keep_foreign(target, shelf)
    earlier = [_time_of(f) for f in shelf.glob("*/record.json")]
    write_atomic(folder / _safe(found.original_name), found.original)
    facts = {"source": found.label, "inside": found.inside, "sha256": digest, "receipt": agrees, "time": moment}
    write_atomic(folder / "record.json", dump_json({"schema": "tito/collected/1", **facts}))
    if earlier and moment < max(earlier) and target.is_file():
        return "older"
    write_atomic(target, found.content.removeprefix(b"\xef\xbb\xbf"))
    write_atomic(target.with_name("timestamp.txt"), _text(moment))
    return "newer" if earlier else "new"


def _keep_foreign(target: Path, shelf: Path) -> None:
    """A submission that nbgrader's own commands collected is put with the others before a newer one replaces it."""
    if not target.is_file():
        return
    content = target.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    known = [json.loads(f.read_text(encoding="utf-8")) for f in shelf.glob("*/record.json")]
    if any(k["sha256"] in (digest, hashlib.sha256(b"\xef\xbb\xbf" + content).hexdigest()) for k in known):
        return
    moment = _stamp(target)
    folder = shelf / f"{time.strftime('%Y%m%d%H%M%S', time.gmtime(moment))}-{digest[:8]}"
    write_atomic(folder / target.name, content)
    facts = {"source": "nbgrader", "inside": target.name, "sha256": digest, "receipt": "none", "time": moment}
    write_atomic(folder / "record.json", dump_json({"schema": "tito/collected/1", **facts}))


def _stamp(target: Path) -> float:
    """When a submission that is there already was handed in: its timestamp.txt, else the file's date."""
    file = target.with_name("timestamp.txt")
    text = file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)", text)
    if match:
        return float(calendar.timegm((*map(int, match.groups()), 0, 0, 0)))
    return float(int(target.stat().st_mtime))


def _time_of(file: Path) -> float:
    return float(json.loads(file.read_text(encoding="utf-8"))["time"])


def _safe(name: str) -> str:
    """A file name that is only a name."""
    cleaned = re.sub(r"[^\w.@+ -]", "_", name.replace("\\", "/").rpartition("/")[2])
    return cleaned.lstrip(".")[:120] or "submission"
