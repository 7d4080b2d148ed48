"""Find the notebooks that students handed in: in files, folders, zips, tars, and archives of archives.

Nothing is unpacked onto the disk. An archive that could do harm is refused as a whole, in one line.
"""

import io
import json
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from tito.grading import packed
from tito.grading.packed import MOST_BYTES, Entry, Refused

MOST_FILES, MOST_DEPTH = 200, 3
_BULK_FILES = 20_000  # a download of a whole class
_BULK_BYTES, _BULK_RATIO = 1 << 30, 50  # larger than this is only what was packed honestly
_JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git)(/|$)|(^|/)\._|(^|/)\.DS_Store$")


@dataclass(frozen=True)
class Found:
    """One notebook that was handed in.

    label: where it was found, for messages.
    parts: the names that may tell whose it is (of folders and files outside the student's own zip), outermost first.
    inside: its path in the student's zip, or its file name.
    original: the zip or notebook as it came.
    time: the date that its file has (UTC seconds); `platform` says whether a platform wrote it, and no student.
    sender: who handed it in, where the channel itself says so (nbgrader's exchange).
    """

    label: str
    parts: tuple[str, ...]
    inside: str
    content: bytes = field(repr=False)
    original: bytes = field(repr=False)
    original_name: str
    receipt: dict | None
    time: float
    platform: bool = False
    sender: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Where:
    """Where an archive was found, and the date that a platform gave it."""

    label: str
    parts: tuple[str, ...]
    time: float = 0.0
    platform: bool = False


def search(paths: list[Path], zone=None):
    """Every notebook under `paths`: yields Found, or (label, reason) for what is refused.

    zone: the time zone of dates in archives, which have none of their own (default: this computer's).
    """
    for path in paths:
        if path.is_symlink():
            yield str(path), "it is a link; name the file itself"
        elif path.is_dir():
            yield from _folder(path, zone)
        else:
            yield from _file(path, (path.name,), zone)


def _folder(top: Path, zone):
    for directory, folders, files in os.walk(top):
        folders.sort()
        here = Path(directory)
        for name in [f for f in folders if (here / f).is_symlink()]:
            yield str(here / name), "it is a link to a folder"
        for name in sorted(files):
            relative = (here / name).relative_to(top)
            if _is_wanted(name) and not _JUNK.search(relative.as_posix()):
                yield from _file(here / name, relative.parts, zone)


def _is_wanted(name: str) -> bool:
    return name.lower().endswith(".ipynb") or packed.is_archive(name)


def _file(path: Path, parts: tuple[str, ...], zone):
    label = str(path)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused("it is a link or no ordinary file")
        if packed.is_archive(path.name):
            yield from _archive(path, _Where(label, parts), zone)
        elif path.suffix.lower() == ".ipynb":
            yield _loose(path, parts, label)
        else:
            raise Refused("it is neither a notebook nor a zip")
    except Refused as reason:
        yield label, str(reason)
    except OSError as error:
        yield label, f"it cannot be read: {error.strerror or error}"


def read_regular(path: Path, most: int = MOST_BYTES) -> tuple[bytes, os.stat_result]:
    """The bytes and facts of an ordinary file that is no link, at most `most` bytes long."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Refused(f"{_shown(path.name)} is a link or cannot be read ({error.strerror})") from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise Refused(f"{_shown(path.name)} is no ordinary file")
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused(f"it is larger than {most >> 20} MB; clear all outputs before handing in")
    return data, facts


def _loose(path: Path, parts: tuple[str, ...], label: str) -> Found:
    content, facts = read_regular(path)
    beside = path.with_name("receipt.json")
    ours = beside.is_file() and not beside.is_symlink() and beside.stat().st_size < 100_000
    receipt = read_receipt(beside.read_bytes()) if ours else None
    return Found(label, parts, path.name, content, content, path.name, receipt, facts.st_mtime)


def _archive(path: Path, where: _Where, zone):
    with packed.opened(path, path.name, zone) as archive:
        names = [e.name for e in archive.entries if not _JUNK.search(e.name)]
        inner = [n for n in names if packed.is_archive(n)]
        own = any(n.rpartition("/")[2] == "receipt.json" for n in names)
        if not own and (inner or sum(n.lower().endswith(".ipynb") for n in names) > 1):
            yield from _bulk(archive, where, zone)
            return
    content, _ = read_regular(path)
    yield from submission(content, where, zone)


def _bulk(archive: packed.Archive, where: _Where, zone):
    """A download of many students' work: each archive and each notebook in it is a submission by itself."""
    entries = [e for e in archive.entries if e.kind != "folder" and not _JUNK.search(e.name)]
    if len(entries) > _BULK_FILES:
        raise Refused(f"it holds {len(entries)} files, more than {_BULK_FILES}")
    size = sum(e.size for e in entries)
    if size > _BULK_BYTES and size > _BULK_RATIO * archive.size:
        raise Refused(f"unpacked it would be {size // archive.size} times larger, as a zip bomb is")
    wanted, seen = [e for e in entries if _is_wanted(e.name)], set()
    # One date for all is that of the download, not of the submissions.
    dated = len(wanted) > 1 and max(e.time for e in wanted) - min(e.time for e in wanted) > 120
    for entry in wanted:
        label = f"{where.label}: {_shown(entry.name)}"
        inside = _Where(label, (*where.parts, *entry.name.split("/")), entry.time, dated and entry.time > 0)
        try:
            _check_name(entry)
            if entry.name in seen:
                raise Refused("its name stands twice in the archive")
            seen.add(entry.name)
            content = archive.read(entry, MOST_BYTES)
            if packed.is_archive(entry.name):
                yield from submission(content, inside, zone)
            else:
                last = inside.parts[-1]
                yield Found(label, inside.parts, last, content, content, last, None, entry.time, inside.platform)
        except Refused as reason:
            yield label, str(reason)


def submission(content: bytes, where: _Where, zone=None):
    """The notebooks in one student's archive."""
    try:
        yield from _submission(content, content, where, zone, 1)
    except Refused as reason:
        yield where.label, str(reason)


def _submission(content: bytes, original: bytes, where: _Where, zone, depth: int):
    with packed.opened(io.BytesIO(content), where.parts[-1], zone) as archive:
        wanted = _checked(archive)
        receipts = {
            e.name.rpartition("/")[0]: read_receipt(archive.read(e, 100_000))
            for e in wanted
            if e.name.rpartition("/")[2] == "receipt.json"
        }
        notebooks = [e for e in wanted if e.name.lower().endswith(".ipynb")]
        inner = [e for e in wanted if packed.is_archive(e.name)]
        if not notebooks and len(inner) == 1 and depth < MOST_DEPTH:
            deeper = archive.read(inner[0], MOST_BYTES)
            where = _Where(where.label, (*where.parts[:-1], inner[0].name), where.time, where.platform)
            yield from _submission(deeper, original, where, zone, depth + 1)
            return
        if not notebooks:
            raise Refused("it holds no notebook")
        left = MOST_BYTES
        for entry in notebooks:
            data = archive.read(entry, left)
            left -= len(data)
            receipt = receipts.get(entry.name.rpartition("/")[0], _whose(receipts))
            time = where.time if where.platform else entry.time
            yield Found(
                where.label, where.parts, entry.name, data, original, where.parts[-1], receipt, time, where.platform
            )


def _checked(archive: packed.Archive) -> list[Entry]:
    """The files of one student's archive that are looked at; Refused if any entry could do harm."""
    files = [e for e in archive.entries if e.kind != "folder"]
    if len(files) > MOST_FILES:
        raise Refused(f"it holds {len(files)} files, more than {MOST_FILES}")
    if sum(e.size for e in files) > MOST_BYTES:
        raise Refused(f"unpacked it would be larger than {MOST_BYTES >> 20} MB")
    for entry in archive.entries:
        _check_name(entry)
    wanted = [e for e in files if not _JUNK.search(e.name)]
    seen: dict[str, str] = {}
    for entry in wanted:
        plain = unicodedata.normalize("NFC", entry.name).casefold()
        if seen.get(plain) == entry.name:
            raise Refused(f"it holds two files with the name {_shown(entry.name)}")
        if plain in seen:
            raise Refused(f"it holds two files whose names differ only in case or accents: {_shown(entry.name)}")
        seen[plain] = entry.name
    return wanted


def _whose(receipts: dict) -> dict | None:
    """For a notebook without a receipt of its own: the student of the zip's only receipt."""
    only = next(iter(receipts.values())) if len(receipts) == 1 else None
    return {"student": only.get("student", "")} if only else None


def _check_name(entry: Entry) -> None:
    name, shown = entry.raw_name, _shown(entry.raw_name)
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise Refused(f"it holds an absolute path: {shown}")
    if ".." in re.split(r"[/\\]", name):
        raise Refused(f"it holds a path that leads out of it: {shown}")
    if any(ord(c) < 32 for c in name):
        raise Refused(f"it holds a name with control characters: {shown}")
    if entry.kind == "link":
        raise Refused(f"it holds a link: {shown}")
    if entry.kind == "device":
        raise Refused(f"it holds what is no file: {shown}")


def read_receipt(data: bytes) -> dict | None:
    """The receipt in these bytes, None where it is none."""
    try:
        receipt = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return receipt if isinstance(receipt, dict) else None


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:80]
