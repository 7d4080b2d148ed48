"""What a hostile submission tries, one small function each. It runs as the student process and needs nothing of tito.

An attempt returns what it got ("" or None: nothing); an OSError and the like are a wall that held. `at` names targets
that the grader has put up outside: a listening port, a file, a process. An attempt's name says what it tries.
"""

import contextlib
import json
import os

from . import files, network, privileges, processes, resources, survivors  # noqa: F401  (they enter themselves)
from .tools import ATTEMPTS

__all__ = ["ATTEMPTS", "serve"]


def serve(fd: int) -> None:
    """Make the attempt that the wire names, and answer with what it got or what stopped it."""
    request = json.loads(os.read(fd, 1 << 16))
    try:
        got = ATTEMPTS[request["attempt"]][1](request["at"] | {"wire": fd})
        answer = {"got": str(got or "")}
    except (OSError, MemoryError) as error:
        answer = {"got": "", "stopped": f"{type(error).__name__}: {error}"}
    except BaseException as error:  # what says nothing about walls is no wall
        answer = {"got": f"the attempt is broken: {type(error).__name__}: {error}"}
    with contextlib.suppress(OSError):
        os.write(fd, json.dumps(answer).encode() + b"\n")
