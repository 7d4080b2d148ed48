"""What processes hold, as /proc and the file system tell it."""

import contextlib
import os
from collections.abc import Iterator

ENTRIES = 4096  # files and folders that a submission may make
DEPTH = 64  # folders within folders
ENDLESS = 1 << 62


def _numbers() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def descendants(root: int) -> list[int]:
    """Every process below `root`."""
    parents = {pid: _parent(pid) for pid in _numbers()}
    found, edge = [], {root}
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge}
        found += edge
    return found


def tasks_of(uid: int) -> int:
    """Threads of a user: RLIMIT_NPROC counts them all, not only the sandbox's."""
    total = 0
    for pid in _numbers():
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == uid:
                total += os.stat(f"/proc/{pid}/task").st_nlink - 2
    return total


def size_of(folder: str) -> int:
    """Bytes on disk below a folder; infinite if it holds too many entries or too deep ones to look at."""
    total, entries, folders = 0, 0, [folder]
    deepest = folder.count("/") + DEPTH
    try:
        while folders and entries <= ENTRIES:
            here = folders.pop()
            if here.count("/") > deepest:
                return ENDLESS
            with os.scandir(here) as inside:
                for entry in inside:
                    entries += 1
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    folders += [entry.path] if entry.is_dir(follow_symlinks=False) else []
    except FileNotFoundError:  # removed meanwhile: the next look will see
        return 0
    except OSError:
        return ENDLESS
    return total if entries <= ENTRIES else ENDLESS


def size_of_removed(pid: int, folder: str) -> int:
    """Bytes of files without a name that a process keeps open; infinite if it keeps one by a mapping alone."""
    try:
        with open(f"/proc/{pid}/maps") as file:
            if any(folder in line and line.rstrip().endswith("(deleted)") for line in file):
                return ENDLESS
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:  # it has ended
        return 0
    total = 0
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            seen = os.stat(f"/proc/{pid}/fd/{descriptor}")
            total += seen.st_blocks * 512 if seen.st_nlink == 0 else 0
    return total


def memory_of(processes: list[int], enough: int) -> float:
    """Megabytes that some processes hold: their resident sizes, or where these exceed `enough`, shares of them."""
    page = os.sysconf("SC_PAGESIZE")
    rough = sum(_resident(pid) for pid in processes) * page / (1 << 20)
    return rough if rough <= enough else sum(map(_proportional, processes))


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1])
    except OSError:
        return 0


def _proportional(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024
    except FileNotFoundError:
        return 0
    except OSError:
        return _resident(pid) * os.sysconf("SC_PAGESIZE") / (1 << 20)
