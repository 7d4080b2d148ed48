"""Do something in a child process that may hang or blow up without harm, on systems that have fork."""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


class Lost(Exception):
    """The child ended, or was ended, without an answer."""


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends, on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def call(function: Callable[[], object], seconds: float, memory_mb: int = 4096) -> object:
    """The value (plain data) of `function()`, from a child process; Lost if none comes in time."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _in_child(function, writing, memory_mb)
    os.close(writing)
    try:
        data = _until_end(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not data.endswith(b"\n"):
        raise Lost(f"no answer within {seconds:g} s" if data is _LATE else "it ended without an answer")
    return json.loads(data)


def _in_child(function: Callable[[], object], writing: int, memory_mb: int) -> None:
    import resource  # which Windows lacks, as it lacks fork

    try:
        die_with_parent()
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20,) * 2)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(function()) + "\n")
    finally:
        os._exit(0)


_LATE = b"late"


def _until_end(reading: int, until: float) -> bytes:
    parts = []
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return _LATE
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
