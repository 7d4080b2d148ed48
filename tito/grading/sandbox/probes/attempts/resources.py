"""Attempts to take more than the limits give: memory, processes, files, output, time."""

import contextlib
import fcntl
import mmap
import os
import signal
import threading
import time

from .tools import LIBC, attempt, fork


def _fill(memory, step: int = 1 << 22) -> int:
    for place in range(0, len(memory), step):
        memory[place : place + step] = b"x" * min(step, len(memory) - place)
    return len(memory)


@attempt("resources")
def take_memory(at):
    return f"{_fill(bytearray(at['memory']))} bytes"


@attempt("resources")
def take_memory_piece_by_piece(at):
    pieces = []
    with contextlib.suppress(MemoryError):
        while len(pieces) << 20 < at["memory"]:
            pieces.append(b"x" * (1 << 20))
        return f"{len(pieces)} MB"
    return ""


@attempt("resources")
def take_memory_in_children(at):
    count, share = 8, at["memory"] // 8
    children = [fork(lambda: (_fill(bytearray(share)), time.sleep(3))) for _ in range(count)]
    time.sleep(1)
    return (
        all(os.waitpid(pid, os.WNOHANG) == (0, 0) for pid in children) and f"{count} children with {share} bytes each"
    )


@attempt("resources")
def take_shared_memory(at):
    memory = mmap.mmap(-1, at["memory"])
    for place in range(0, at["memory"], 1 << 24):
        memory[place : place + (1 << 24)] = b"x" * (1 << 24)
        memory.madvise(mmap.MADV_DONTNEED, place, 1 << 24)
    return f"{at['memory']} bytes that nobody counts"


@attempt("resources")
def take_shared_memory_of_dev_zero(at):
    with open("/dev/zero", "r+b") as file:
        return f"{_fill(mmap.mmap(file.fileno(), at['memory']))} bytes that nobody counts"


@attempt("resources")
def take_memory_files(at):
    descriptors = [os.memfd_create("x") for _ in range(8)]
    written = sum(os.write(d, b"x" * (at["files"] // 2)) for d in descriptors)
    return f"{written} bytes that nobody counts"


@attempt("resources")
def take_memory_in_pipes(at):
    ends = [os.pipe() for _ in range(32)]
    for _, end in ends:
        fcntl.fcntl(end, 1031, 1 << 20)
    return f"{len(ends)} MB in pipes"


@attempt("resources")
def take_tables_of_pages(at):
    """Reading what was never written costs no memory but the tables that say so."""
    space = mmap.mmap(-1, 1 << 37, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)
    for place in range(0, 1 << 35, 1 << 21):
        space[place]
    return f"{len(space) >> 30} GB of addresses"


@attempt("resources")
def lock_memory(at):
    return LIBC.mlockall(1) == 0 and "locked memory"


@attempt("resources")
def bomb_with_processes(at):
    count = 0
    with contextlib.suppress(OSError):
        while count < 4 * at["processes"]:
            fork(lambda: time.sleep(4))
            count += 1
    time.sleep(0.3)
    return count > at["processes"] and f"{count} processes"


@attempt("resources")
def bomb_with_threads(at):
    count = 0
    with contextlib.suppress(RuntimeError):
        while count < 8 * at["processes"]:
            threading.Thread(target=time.sleep, args=(4,), daemon=True).start()
            count += 1
    return count > at["processes"] and f"{count} threads"


@attempt("resources")
def open_many_files(at):
    files = []
    with contextlib.suppress(OSError):
        while len(files) < 1000:
            files.append(os.open("/dev/null", os.O_RDONLY))
    return len(files) >= 1000 and f"{len(files)} descriptors"


def _write_file(name: str, size: int) -> int:
    with open(name, "wb", buffering=0) as file:
        return sum(file.write(b"x" * (1 << 20)) for _ in range(size >> 20))


@attempt("resources")
def write_a_large_file(at):
    return f"{_write_file('large', 2 * at['files'])} bytes in a file"


@attempt("resources")
def write_many_large_files(at):
    written = sum(_write_file(f"large-{i}", at["files"] // 2) for i in range(6))
    time.sleep(0.3)
    return f"{written} bytes in files"


@attempt("resources")
def keep_large_files_without_a_name(at):
    keep = []
    for i in range(6):
        keep.append(open(f"large-{i}", "w+b", buffering=0))  # noqa: SIM115
        os.unlink(f"large-{i}")
        for _ in range(at["files"] >> 21):
            keep[-1].write(b"x" * (1 << 20))
    time.sleep(0.3)
    return f"{len(keep)} files of {at['files'] // 2} bytes"


@attempt("resources")
def keep_large_files_by_mapping(at):
    keep = []
    for i in range(6):
        _write_file(f"large-{i}", at["files"] // 2)
        with open(f"large-{i}", "rb") as file:
            keep.append(mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ))
        os.unlink(f"large-{i}")
    time.sleep(0.3)
    return f"{len(keep)} files of {at['files'] // 2} bytes"


@attempt("resources")
def make_many_small_files(at):
    for i in range(20_000):
        os.close(os.open(f"small-{i}", os.O_CREAT | os.O_WRONLY))
    time.sleep(0.3)
    return "20,000 files"


@attempt("resources")
def print_without_end(at):
    for _ in range(64):
        os.write(1, b"x" * (1 << 18))
    time.sleep(0.3)
    return "16 MB printed"


@attempt("resources")
def loop_without_end(at):
    for number in range(1, 32):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    until = time.monotonic() + at["seconds"] + 1
    while time.monotonic() < until:
        pass
    return f"more than {at['seconds']} seconds"


@attempt("resources")
def stop_the_clock(at):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(at["seconds"] + 1)
    return f"more than {at['seconds']} seconds"
