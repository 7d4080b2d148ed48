"""Whose a submission is and when it came, by the channel through which it came.

What the channel says (Moodle's folder, Canvas's prefix, Blackboard's name, the exchange) counts more than what the
student's own computer wrote (the receipt, the file's own name): nobody can hand in for another, or back-date.
"""

import re
import unicodedata

from tito.grading.archives import Found
from tito.grading.classroom import Student
from tito.grading.packed import Refused, local_seconds, utc_seconds
from tito.submission import ZIP_NAME

_OURS = re.compile(ZIP_NAME.removeprefix(".*?"))
_MOODLE = re.compile(r"(.+?)_\d+_assignsubmission")
_CANVAS = re.compile(r"([^\W_]+)_(LATE_)?\d+_\d+_")
_REAL_CANVAS = re.compile(r"[^\W_]+_(LATE_)?\d{3,}_\d{3,}_")  # whoever it names; a Blackboard title may look like it
_BLACKBOARD = re.compile(r"_([^_]+(?:_[^_]+)*?)_attempt_(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
_HIDDEN = re.compile(r"(participant|teilnehmer(in|/in)?|anonymous|anonym\w*)\W*\d*", re.I)  # marked without names
_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.\d+)?\s*(.*)")


def student(found: Found, students: list[Student]) -> tuple[Student, list[str]]:
    """The student who handed it in, and notes; Refused where that cannot be told."""
    claimed = str((found.receipt or {}).get("student", ""))
    named, notes = _by_channel(found, students, claimed)
    if not named:
        named = {s.id: s for part in found.parts for s in _by_name(part, students)}
    if len(named) > 1 and claimed in named:
        return named[claimed], [*notes, "two students have this name; its receipt tells which"]
    if len(named) > 1:
        raise Refused(f"its name could mean {' or '.join(sorted(named))}; rename it to ID_{found.inside}")
    if named:
        one = next(iter(named.values()))
        return one, [*notes, f"the receipt names '{claimed[:64]}'"] if claimed not in ("", one.id) else notes
    for one in students:
        if one.id == claimed:
            return one, notes
    if claimed:
        raise Refused(f"its receipt names '{claimed[:64]}', who is not in the roster (tito class roster add)")
    raise Refused("neither its name nor a receipt tells a student of the roster (tito class roster list)")


def _by_channel(found: Found, students: list[Student], claimed: str) -> tuple[dict[str, Student], list[str]]:
    """The students that the channel's own name for the submission means (none: it names nobody), and notes."""
    if found.sender:
        known = {s.id: s for s in students if s.id == found.sender}
        if not known:
            raise Refused(f"'{found.sender[:64]}' is not in the roster (tito class roster add)")
        return known, []
    for part in found.parts:
        platform, name, late = _channel_name(part, students)
        if not name:
            continue
        notes = [f"{platform} marks it as late"] if late else []
        if _HIDDEN.fullmatch(name):
            return {}, [*notes, f"{platform} hides the name; the receipt tells whose it is"]
        known = _called(name, students)
        # A middle name, or another spelling: the student whom the receipt names may be the one.
        known = known or {s.id: s for s in students if s.id == claimed and _is_within(s, name)}
        if not known:
            raise Refused(f"{platform} names '{name[:64]}', whom the roster does not (tito class roster list)")
        return known, notes
    return {}, []


def _channel_name(part: str, students: list[Student]) -> tuple[str, str, bool]:
    """(platform, what it calls the student, whether it says late); ("", "", False) for an ordinary name."""
    moodle = _MOODLE.match(part)
    if moodle:
        return "Moodle", moodle[1], False
    canvas = _CANVAS.match(part)
    longest = max((len(s.id) for s in _beginning(part, students)), default=0)
    if canvas and longest <= len(canvas[1]) and (_REAL_CANVAS.match(part) or _called(canvas[1], students)):
        return "Canvas", canvas[1], bool(canvas[2])
    blackboard = _BLACKBOARD.search(part)
    if blackboard:
        inside = [s.id for s in students if re.search(rf"(^|_){re.escape(s.id)}$", blackboard[1])]
        return "Blackboard", max(inside, key=len, default=blackboard[1]), False
    return ("Canvas", canvas[1], bool(canvas[2])) if canvas and longest <= len(canvas[1]) else ("", "", False)


def _called(name: str, students: list[Student]) -> dict[str, Student]:
    """The students whose id or full name this is."""
    return {s.id: s for s in students if name == s.id or _letters(name) in _full_names(s)}


def _by_name(part: str, students: list[Student]) -> list[Student]:
    """The students that the name of a file or folder means."""
    ours = _OURS.match(part)
    if ours:
        return [s for s in students if s.id == ours["student_id"]]
    stem = re.sub(r"\.(zip|ipynb|tar|tgz|tar\.\w+)$", "", part, flags=re.I)
    return [s for s in students if s.id == stem] or _beginning(stem, students)


def _beginning(stem: str, students: list[Student]) -> list[Student]:
    begins = [s for s in students if re.match(rf"{re.escape(s.id)}[_+ -]", stem)]
    return [s for s in begins if len(s.id) == max(len(o.id) for o in begins)]


def _full_names(student: Student) -> set[str]:
    first, last = _letters(student.first_name), _letters(student.last_name)
    return {first + last, last + first} - {""} if first and last else set()


def _is_within(student: Student, name: str) -> bool:
    """Whether the student's first and last names both stand in the platform's longer one."""
    names = [_letters(student.first_name), _letters(student.last_name)]
    return all(names) and all(part in _letters(name) for part in names)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.lower() if c.isalnum())


def moment(found: Found, students: list[Student], zone=None) -> tuple[float, str]:
    """When it was handed in (UTC seconds), and whose clock says so: platform, student (the receipt's), file."""
    part, platform = _first_named(found, students)
    if platform == "Blackboard":
        seconds = local_seconds(tuple(map(int, _BLACKBOARD.search(part).groups()[1:])), zone)
        if seconds:
            return seconds, "platform"
    if found.platform:
        return float(int(found.time)), "platform"
    ours = re.search(r"_attempt_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_", found.original_name)
    seconds = stamp(str((found.receipt or {}).get("time", "")))
    seconds = seconds or (utc_seconds(tuple(map(int, ours.groups()))) if ours else 0.0)
    return (seconds, "student") if seconds else (float(int(found.time)), "file")


def _first_named(found: Found, students: list[Student]) -> tuple[str, str]:
    """The first part that a platform named, and the platform; students choose what stands behind it."""
    for part in found.parts:
        platform = _channel_name(part, students)[0]
        if platform:
            return part, platform
    return "", ""


def stamp(text: str) -> float:
    """UTC seconds of a text such as 2026-09-01 12:00:00 +0200 (no zone: UTC); 0 where it is none."""
    match = _STAMP.match(text.strip())
    if not match:
        return 0.0
    zone = re.fullmatch(r"([+-])(\d\d):?(\d\d)", match[7].strip())
    if not zone and match[7].strip().upper() not in ("", "Z", "UTC", "GMT"):
        return 0.0
    seconds = utc_seconds(tuple(map(int, match.groups()[:6])))
    offset = 60 * (60 * int(zone[2]) + int(zone[3])) * (1 if zone[1] == "+" else -1) if zone else 0
    return seconds and seconds - offset
