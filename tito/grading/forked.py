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
    until = time.monotonic() + seconds
    found = told(lambda say: say(function()), seconds, memory_mb)
    if not found:
        late = time.monotonic() >= until
        raise Lost(f"no answer within {seconds:g} s" if late else "it ended without an answer")
    return found[0]


def told(body: Callable[[Callable[[object], None]], None], seconds: float, memory_mb: int = 4096) -> list:
    """What `body(say)` says, all plain data, from a child process, until it ends or is ended after `seconds`."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _in_child(body, writing, memory_mb)
    os.close(writing)
    try:
        data = _until_end(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return [json.loads(line) for line in data.split(b"\n")[:-1]]  # after the last one there is half a word at most


def _in_child(body: Callable, writing: int, memory_mb: int) -> None:
    import resource  # which Windows lacks, as it lacks fork

    try:
        die_with_parent()
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(writing, "w") as pipe:

            def say(value: object) -> None:
                pipe.write(json.dumps(value) + "\n")
                pipe.flush()

            body(say)
    finally:
        os._exit(0)


def _until_end(reading: int, until: float) -> bytes:
    parts = []
    while (left := until - time.monotonic()) > 0:
        ready = select.select([reading], [], [], left)[0]
        part = os.read(reading, 1 << 16) if ready else b""
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
