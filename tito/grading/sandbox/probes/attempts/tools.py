"""The table of attempts, and what several of them use."""

import contextlib
import ctypes
import os
import platform
from collections.abc import Callable
from pathlib import Path

Attempt = Callable[[dict], object]
ATTEMPTS: dict[str, tuple[str, Attempt, bool]] = {}  # name → area, function, whether it is harmless without a sandbox
LIBC = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == "x86_64"


def attempt(area: str, harmless: bool = True) -> Callable[[Attempt], Attempt]:
    """Enter a function in ATTEMPTS."""

    def enter(function: Attempt) -> Attempt:
        ATTEMPTS[function.__name__.replace("_", " ")] = (area, function, harmless)
        return function

    return enter


def call(x86: int, arm: int, *arguments) -> int:
    """A system call by number, as a student could make it with ctypes."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = LIBC.syscall(ctypes.c_long(x86 if X86 else arm), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def text_of(path: str) -> str:
    """What a file says, "" if it cannot be read."""
    with contextlib.suppress(OSError):
        return Path(path).read_text(errors="replace")
    return ""


def opens(path: str) -> bool:
    """Whether a path can be opened for reading."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDONLY))
        return True
    return False


def fork(work: Callable[[], object]) -> int:
    """A child that does some work and ends."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid
