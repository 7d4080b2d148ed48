"""A student process that executes whatever the wire says, and the levels that work here."""

import contextlib
import json
import os
import textwrap
import time

import pytest

from tito.grading import sandbox
from tito.grading.sandbox import bubblewrap

STAND_IN = '''
"""Stands in for the grader's student process: executes each line, answers with what is in `answer`."""

import json
import os

loaded_in = os.getpid()


def serve(fd):
    names, unread = {"wire": fd, "loaded_in": loaded_in}, b""
    while piece := os.read(fd, 65536):
        unread += piece
        while b"\\n" in unread:
            line, unread = unread.split(b"\\n", 1)
            names["answer"] = None
            try:
                exec(json.loads(line), names)
            except Exception as error:
                names["answer"] = f"{type(error).__name__}: {error}"
            os.write(fd, json.dumps(names["answer"]).encode() + b"\\n")
'''
FIRST = "import os\n\nimported_in = os.getpid()\n\n\ndef double(x):\n    return 2 * x\n"


def lacking(level):
    """Why a level cannot be tested here, "" if it can."""
    return sandbox.why_not(level) or (bubblewrap.trial() if level == "bubblewrap" else "")


LEVELS = [
    pytest.param(level, marks=pytest.mark.skipif(bool(lacking(level)), reason=f"{level}: {lacking(level)}"))
    for level in ("bubblewrap", "landlock", "unsafe-local")
]
WALLED = LEVELS[:2]
LINUX = pytest.mark.skipif(not sandbox.host.LINUX, reason="it needs Linux")


def say(student, code):
    """Have the stand-in execute some lines; its answer, None if it ended without one."""
    student.wire.settimeout(60)
    said = b""
    with contextlib.suppress(ConnectionError):
        student.wire.sendall(json.dumps(textwrap.dedent(code)).encode() + b"\n")
        while not said.endswith(b"\n"):
            piece = student.wire.recv(65536)
            if not piece:
                return None
            said += piece
        return json.loads(said)
    return None


def parents():
    """Every process of this machine that lives, and its parent."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
            state, parent = file.read().rpartition(")")[2].split()[:2]
            if state != "Z":  # ended, and not yet asked for by its parent
                found[int(pid)] = int(parent)
    return found


def below(root):
    """Every process that `root` has started, and what these have started."""
    found, edge, known = set(), {root}, parents()
    while edge:
        edge = {pid for pid, parent in known.items() if parent in edge}
        found |= edge
    return found


def gone(pids):
    """Whether processes end within some seconds."""
    until = time.monotonic() + 20
    while pids & set(parents()) and time.monotonic() < until:
        time.sleep(0.01)
    return not pids & set(parents())
