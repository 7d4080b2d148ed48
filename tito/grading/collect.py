"""Take in what students handed in: whose it is, which module, and which of several is the newest.

Whose and when is for tito.grading.channels to say. The original stays, unchanged, under collected/.
"""

import hashlib
import json
import re
import time
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from tito.course import Module
from tito.errors import USAGE, TitoError
from tito.files import dump_json, remove_unfinished, write_atomic
from tito.grading import archives, channels, exchange, privacy, scan
from tito.grading.archives import Found
from tito.grading.classroom import Classroom, Student, at_work
from tito.grading.packed import Refused
from tito.visible import visible_line


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
    clock: str = ""  # whose time it is: platform, student (the receipt's), file


def collect(classroom: Classroom, paths: list[Path], module: Module | None = None) -> list[Taken]:
    """Take in every notebook under `paths`; only those of `module` if it is given."""
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise TitoError(f"{path} does not exist.", "Name the file or folder that you downloaded.", USAGE)
    with at_work(classroom, "tito class collect"):
        privacy.shut(classroom.root / "inbox")  # a browser saved it there, or cp, for everybody to read
        desk = _Desk(classroom, module)
        return [desk.take(item) for item in archives.search(paths, desk.zone)]


def from_exchange(classroom: Classroom, module: Module | None = None) -> list[Taken]:
    """Take in what students handed in through nbgrader's exchange; its own folder is only read."""
    with at_work(classroom, "tito class collect"):
        desk = _Desk(classroom, module)
        return [desk.take(item) for item in exchange.search(classroom, [s.id for s in desk.students])]


class _Desk:
    """Where each notebook is looked at."""

    def __init__(self, classroom: Classroom, only: Module | None):
        self.classroom, self.only, self.zone = classroom, only, _zone(classroom)
        self.modules = classroom.modules()[0]
        self.students = classroom.students()
        self.cells = {m.slug: _signs(scan.read(m.path.read_bytes()).cells) for m in self.modules}
        self.seen: set[tuple] = set()

    def take(self, item: Found | tuple[str, str]) -> Taken:
        if isinstance(item, tuple):
            return Taken(item[0], "refused", note=f"{item[1]}.")
        try:
            return self._take(item)
        except Refused as reason:
            return Taken(item.label, "refused", note=f"{reason}.")

    def _take(self, found: Found) -> Taken:
        student, notes = channels.student(found, self.students)
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
        moment, clock = channels.moment(found, self.students, self.zone)
        if moment > _now() + 300:
            notes.append(f"its time, {_text(moment)}, has not come yet; the time of collecting counts")
            moment, clock = float(int(_now())), "file"
        status = _store(self.classroom, module, student, found, moment, agrees)
        note = "; ".join([*found.notes, *notes])
        return Taken(found.label, status, student.id, module.slug, _text(moment), agrees, note, clock)

    def _module(self, found: Found) -> tuple[Module, str]:
        """The module by its cells; of a damaged notebook by receipt or name."""
        named = self._module_named(found)
        try:
            signs = _signs(scan.read(found.content).cells)
        except scan.Unreadable as reason:
            if named is None:
                raise Refused(f"{reason}, and nothing tells which module it is") from None
            return named, str(reason).removeprefix("it is ")
        common = {m.slug: len(signs & self.cells[m.slug]) for m in self.modules}
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


def _signs(cells: list[scan.Cell]) -> set[str]:
    """What tells a module's notebook: the names of its cells, and their texts where an editor lost the names."""
    texts = {"\n".join(line.rstrip() for line in c.source.split("\n")).strip() for c in cells}
    return {c.grade_id for c in cells} - {""} | {f"text: {t}" for t in texts if len(t) > 20}


def _zone(classroom: Classroom) -> zoneinfo.ZoneInfo | None:
    """The time zone of the platform's dates, as the class's settings name it (None: this computer's)."""
    name = classroom.facts.settings.get("grading", "time_zone", fallback="").strip()
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise TitoError(
            f"There is no time zone '{name}'.",
            f"Correct time_zone in {classroom.root / 'settings.ini'}, for example: Europe/Zurich",
            USAGE,
        ) from None


def _receipt_state(found: Found) -> str:
    digest = (found.receipt or {}).get("sha256")
    if not digest:
        return "none"
    return "agrees" if digest == hashlib.sha256(found.content).hexdigest() else "differs"


def _now() -> float:
    return time.time()


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
    for place in (shelf, target.parent):
        remove_unfinished(place)
    _keep_foreign(target, shelf, digest)
    earlier = [_time_of(f) for f in shelf.glob("*/record.json")]
    is_older = bool(earlier) and moment < max(earlier) and target.is_file()
    write_atomic(folder / _safe(found.original_name), found.original)
    if not is_older:
        write_atomic(target, found.content.removeprefix(b"\xef\xbb\xbf"))
        write_atomic(target.with_name("timestamp.txt"), _text(moment))
    names = {"source": visible_line(found.label), "inside": visible_line(found.inside)}  # no text in every encoding
    facts = {**names, "sha256": digest, "receipt": agrees, "time": moment}
    write_atomic(folder / "record.json", dump_json({"schema": "tito/collected/1", **facts}))  # last: all is in place
    return "older" if is_older else "newer" if earlier else "new"


def _keep_foreign(target: Path, shelf: Path, own: str) -> None:
    """A submission that nbgrader's own commands collected is put with the others before a newer one replaces it."""
    if not target.is_file():
        return
    content = target.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    known = {json.loads(f.read_text(encoding="utf-8"))["sha256"] for f in shelf.glob("*/record.json")} | {own}
    if known & {digest, hashlib.sha256(b"\xef\xbb\xbf" + content).hexdigest()}:
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
    return channels.stamp(text) or float(int(target.stat().st_mtime))


def _time_of(file: Path) -> float:
    return float(json.loads(file.read_text(encoding="utf-8"))["time"])


def _safe(name: str) -> str:
    """A file name that is only a name."""
    cleaned = re.sub(r"[^\w.@+ -]", "_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    stem, dot, suffix = cleaned.rpartition(".")
    short = (stem if dot else cleaned).encode()[:100].decode(errors="ignore")
    return (short + dot + suffix[:20] if dot else short) or "submission"
