"""Find the notebooks that students handed in: in files, folders, zips, and zips of zips.

Nothing is unpacked onto the disk. A zip that could do harm is refused as a whole, in one line.
"""

import io
import json
import os
import re
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

MOST_BYTES, MOST_FILES = 50 * 1024 * 1024, 200
_BULK_FILES = 20_000  # a download of a whole class
_JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git)(/|$)|(^|/)\._|(^|/)\.DS_Store$")


@dataclass(frozen=True)
class Found:
    """One notebook that was handed in.

    label: where it was found, for messages.
    parts: the names that may tell whose it is (of folders and files outside the student's own zip), outermost first.
    inside: its path in the student's zip, or its file name.
    original: the zip or notebook as it came.
    """

    label: str
    parts: tuple[str, ...]
    inside: str
    content: bytes = field(repr=False)
    original: bytes = field(repr=False)
    original_name: str
    receipt: dict | None
    time: float


class Refused(Exception):
    """Why something is not taken, as one line."""


def search(paths: list[Path]):
    """Every notebook under `paths`: yields Found, or (label, reason) for what is refused."""
    for path in paths:
        if path.is_symlink():
            yield str(path), "it is a link; name the file itself"
        elif path.is_dir():
            yield from _folder(path)
        else:
            yield from _file(path, (path.name,), str(path))


def _folder(top: Path):
    for directory, folders, files in os.walk(top):
        folders.sort()
        here = Path(directory)
        for name in [f for f in folders if (here / f).is_symlink()]:
            yield str(here / name), "it is a link to a folder"
        for name in sorted(files):
            path = here / name
            relative = path.relative_to(top)
            if path.suffix.lower() not in (".zip", ".ipynb") or _JUNK.search(relative.as_posix()):
                continue
            yield from _file(path, relative.parts, str(path))


def _file(path: Path, parts: tuple[str, ...], label: str):
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            raise Refused("it is a link or no ordinary file")
        if path.suffix.lower() == ".zip":
            yield from _zip(path, parts, label, facts)
        elif path.suffix.lower() == ".ipynb":
            yield _loose(path, parts, label, facts)
        else:
            raise Refused("it is neither a notebook nor a zip")
    except Refused as reason:
        yield label, str(reason)
    except OSError as error:
        yield label, f"it cannot be read: {error.strerror or error}"


def _loose(path: Path, parts: tuple[str, ...], label: str, facts: os.stat_result) -> Found:
    if facts.st_size > MOST_BYTES:
        raise Refused(f"it is larger than {MOST_BYTES >> 20} MB")
    content = path.read_bytes()
    beside = path.with_name("receipt.json")
    ours = beside.is_file() and not beside.is_symlink() and beside.stat().st_size < 100_000
    receipt = _receipt(beside.read_bytes()) if ours else None
    return Found(label, parts, path.name, content, content, path.name, receipt, facts.st_mtime)


def _zip(path: Path, parts: tuple[str, ...], label: str, facts: os.stat_result):
    archive = _opened(path)
    with archive:
        names = [i.filename for i in archive.infolist() if not _JUNK.search(i.filename)]
        inner = [n for n in names if n.lower().endswith(".zip")]
        own = any(n.rpartition("/")[2] == "receipt.json" for n in names)
        notebooks = [n for n in names if n.lower().endswith(".ipynb")]
        if not own and (inner or len({n.rpartition("/")[0] for n in notebooks}) > 1 or len(notebooks) > 1):
            yield from _bulk(archive, parts, label)
            return
    if facts.st_size > MOST_BYTES:
        raise Refused(f"it is larger than {MOST_BYTES >> 20} MB")
    yield from submission(path.read_bytes(), parts, label)


def _opened(source) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise Refused(f"it is no zip, or a damaged one: {error}") from None


def _bulk(archive: zipfile.ZipFile, parts: tuple[str, ...], label: str):
    """A download of many students' work: each zip and each notebook in it is a submission by itself."""
    entries = [i for i in archive.infolist() if not i.is_dir() and not _JUNK.search(i.filename)]
    if len(entries) > _BULK_FILES:
        raise Refused(f"it holds {len(entries)} files, more than {_BULK_FILES}")
    for entry in entries:
        name, inner = entry.filename, f"{label}: {_shown(entry.filename)}"
        if not name.lower().endswith((".zip", ".ipynb")):
            continue
        try:
            _check_name(entry)
            content = _content(archive, entry, MOST_BYTES)
            beneath = (*parts, *name.split("/"))
            if name.lower().endswith(".zip"):
                yield from submission(content, beneath, inner)
            else:
                last = name.rpartition("/")[2]
                yield Found(inner, beneath, last, content, content, last, None, _moment(entry))
        except Refused as reason:
            yield inner, str(reason)


def submission(content: bytes, parts: tuple[str, ...], label: str):
    """The notebooks in one student's zip."""
    try:
        with _opened(io.BytesIO(content)) as archive:
            yield from _submission(archive, content, parts, label)
    except Refused as reason:
        yield label, str(reason)


def _submission(archive: zipfile.ZipFile, original: bytes, parts: tuple[str, ...], label: str):
    entries = [i for i in archive.infolist() if not i.is_dir()]
    if len(entries) > MOST_FILES:
        raise Refused(f"it holds {len(entries)} files, more than {MOST_FILES}")
    if sum(i.file_size for i in entries) > MOST_BYTES:
        raise Refused(f"unpacked it would be larger than {MOST_BYTES >> 20} MB")
    for entry in archive.infolist():
        _check_name(entry)
    wanted = [i for i in entries if not _JUNK.search(i.filename)]
    receipts = {
        i.filename.rpartition("/")[0]: _receipt(_content(archive, i, 100_000))
        for i in wanted
        if i.filename.rpartition("/")[2] == "receipt.json"
    }
    notebooks = [i for i in wanted if i.filename.lower().endswith(".ipynb")]
    if not notebooks:
        raise Refused("it holds no notebook")
    left = MOST_BYTES
    for entry in notebooks:
        data = _content(archive, entry, left)
        left -= len(data)
        receipt = receipts.get(entry.filename.rpartition("/")[0], _whose(receipts))
        yield Found(label, parts, entry.filename, data, original, parts[-1], receipt, _moment(entry))


def _whose(receipts: dict) -> dict | None:
    """For a notebook without a receipt of its own: the student of the zip's only receipt."""
    only = next(iter(receipts.values())) if len(receipts) == 1 else None
    return {"student": only.get("student", "")} if only else None


def _check_name(entry: zipfile.ZipInfo) -> None:
    name, shown = entry.orig_filename, _shown(entry.orig_filename)
    pieces = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise Refused(f"it holds an absolute path: {shown}")
    if ".." in pieces:
        raise Refused(f"it holds a path that leads out of it: {shown}")
    if "\0" in name or any(ord(c) < 32 for c in name):
        raise Refused(f"it holds a name with control characters: {shown}")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused(f"it holds a link: {shown}")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """An entry's bytes, never more than `most`, whatever its header says."""
    if entry.flag_bits & 1:
        raise Refused("it is protected by a password")
    try:
        with archive.open(entry) as file:
            data = file.read(most + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise Refused(f"it is damaged: {error}") from None
    except Exception as error:  # zlib.error, lzma.LZMAError: what decompressors raise over damaged data
        raise Refused(f"it is damaged: {type(error).__name__}") from None
    if len(data) > most:
        raise Refused(f"unpacked it would be larger than {MOST_BYTES >> 20} MB")
    return data


def _moment(entry: zipfile.ZipInfo) -> float:
    import calendar

    try:
        return float(calendar.timegm((*entry.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _receipt(data: bytes) -> dict | None:
    try:
        receipt = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return receipt if isinstance(receipt, dict) else None


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:80]
