"""Zip and tar in one form: a list of entries, and their bytes up to a bound, whatever their headers say."""

import bz2
import calendar
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

MOST_BYTES = 50 * 1024 * 1024
_TAR_BYTES = 4 << 30  # of a whole class's work; one student's tar is bounded by MOST_BYTES before it is opened
_SUFFIX = re.compile(r"\.(zip|tar|tgz|tar\.(gz|bz2|xz))$", re.I)
_KINDS = {0: "file", stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
_UNPACK = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}


class Refused(Exception):
    """Why something is not taken, as one line."""


@dataclass(frozen=True)
class Entry:
    """One entry: kind is file, folder, link or device; time is in UTC seconds, 0 where it says nothing."""

    name: str
    raw_name: str  # as the archive has it
    kind: str
    size: int
    time: float
    handle: object


class Archive:
    """An archive that is open: `entries`, its own `size` in bytes, and `read`."""

    def __init__(self, entries: list[Entry], size: int, opens, close):
        self.entries, self.size, self._opens, self._close = entries, max(size, 1), opens, close

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._close()

    def read(self, entry: Entry, most: int) -> bytes:
        """An entry's bytes, never more than `most`."""
        if entry.kind != "file":
            raise Refused("it is no ordinary file")
        try:
            with self._opens(entry.handle) as file:
                data = file.read(most + 1)
        except Refused:
            raise
        except (zipfile.BadZipFile, tarfile.TarError, NotImplementedError, OSError, EOFError, ValueError) as error:
            raise Refused(f"it is damaged: {error}") from None
        except RuntimeError as error:
            raise Refused("it is protected by a password" if "password" in str(error) else "it is damaged") from None
        except Exception as error:  # zlib.error, lzma.LZMAError: what decompressors raise over damaged data
            raise Refused(f"it is damaged: {type(error).__name__}") from None
        if len(data) > most:
            raise Refused(f"unpacked it would be larger than {MOST_BYTES >> 20} MB")
        return data


def is_archive(name: str) -> bool:
    """Whether a file of this name is looked into."""
    return bool(_SUFFIX.search(name))


def opened(source, name: str, zone=None) -> Archive:
    """The archive in a path or file; `name` tells its kind, `zone` the time zone of dates that have none."""
    size = source.stat().st_size if isinstance(source, Path) else len(source.getbuffer())
    return _zip(source, size, zone) if name.lower().endswith(".zip") else _tar(source, size)


def _zip(source, size: int, zone) -> Archive:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, struct.error) as error:
        raise Refused(f"it is no zip, or a damaged one: {error}") from None
    infos = archive.infolist()
    if sum(i.compress_size for i in infos) > size:
        archive.close()
        raise Refused("its entries overlap, as in a zip bomb")
    return Archive([_zip_entry(i, zone) for i in infos], size, archive.open, archive.close)


def _zip_entry(info: zipfile.ZipInfo, zone) -> Entry:
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 or info.external_attr >> 16 else 0
    kind = "folder" if info.is_dir() else _KINDS.get(mode, "device")
    return Entry(_name(info), info.orig_filename, kind, info.file_size, _zip_time(info, zone), info)


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name; macOS writes UTF-8 without saying so, which zipfile reads as cp437."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return info.filename


def _zip_time(info: zipfile.ZipInfo, zone) -> float:
    """When the entry was changed: by the UTC field that most programs write, else by the local time."""
    extra = info.extra
    while len(extra) >= 4:
        tag, length = struct.unpack("<HH", extra[:4])
        if tag == 0x5455 and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + length :]
    if info.date_time[0] <= 1980:
        return 0.0
    return local_seconds(info.date_time, zone)


def local_seconds(moment: tuple, zone=None) -> float:
    """UTC seconds of a local time (year, month, day, hour, minute, second); 0 for one that does not exist.

    zone: a tzinfo; None means this computer's.
    """
    try:
        return float(int(datetime(*moment, tzinfo=zone).timestamp()))
    except (ValueError, OverflowError, OSError):
        return 0.0


def utc_seconds(moment: tuple) -> float:
    """UTC seconds of a time in UTC; 0 for one that does not exist."""
    try:
        datetime(*moment)
        return float(calendar.timegm((*moment, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _tar(source, size: int) -> Archive:
    whole = _Bounded(source, _TAR_BYTES if isinstance(source, Path) else MOST_BYTES + (1 << 20))
    try:
        archive = tarfile.open(fileobj=whole, mode="r:")  # noqa: SIM115  (Archive closes it)
        entries = [_tar_entry(m) for m in archive]
    except Refused:
        whole.close()
        raise
    except Exception as error:  # tarfile lets struct.error, zlib.error and others through
        whole.close()
        raise Refused(f"it is no tar, or a damaged one: {error}") from None
    return Archive(entries, size, archive.extractfile, whole.close)


def _tar_entry(member: tarfile.TarInfo) -> Entry:
    kind = "file" if member.isreg() else "folder" if member.isdir() else "link"
    kind = "device" if member.isdev() else kind
    return Entry(member.name, member.name, kind, member.size, float(int(member.mtime)), member)


class _Bounded:
    """A file, unpacked if it is compressed, of which no more than `most` bytes are ever unpacked."""

    def __init__(self, source, most: int):
        self.raw = source.open("rb") if isinstance(source, Path) else source
        head = self.raw.read(2)
        self.raw.seek(0)
        self.file = _UNPACK[head](self.raw) if head in _UNPACK else self.raw
        self.most = most

    def _check(self, at: int) -> None:
        if at > self.most:
            raise Refused(f"unpacked it would be larger than {self.most >> 20} MB")

    def read(self, count: int = -1) -> bytes:
        """At most `count` bytes."""
        self._check(self.file.tell() + max(count, 0))
        return self.file.read(self.most if count < 0 else count)

    def seek(self, at: int, whence: int = 0) -> int:
        """Go to a place counted from the beginning."""
        self._check(at)
        return self.file.seek(at, whence)

    def tell(self) -> int:
        """Where it stands."""
        return self.file.tell()

    def close(self) -> None:
        """Close the file and what it unpacks."""
        self.file.close()
        self.raw.close()
