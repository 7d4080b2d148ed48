"""Attempts to outlive the submission: what one plants, and what the next one finds."""

import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path

from .tools import attempt, call, fork


@attempt("survivors")
def leave_a_daemon(at):
    """The daemon holds the wire: the grader looks whether it is ever closed."""
    if os.fork():
        return ""
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
    os._exit(0)


@attempt("survivors")
def leave_a_stopped_child(at):
    pid = fork(lambda: time.sleep(60))
    os.kill(pid, signal.SIGSTOP)


@attempt("survivors")
def leave_children_that_fork_on(at):
    for _ in range(3):
        fork(_keep_forking)


def _keep_forking() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if os.fork():
                os._exit(0)
        time.sleep(0.001)


PLACES = (".", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/", "/run")
_KEY = 0x7170


@attempt("survivors")
def plant_files(at):
    for place in PLACES:
        with contextlib.suppress(OSError):
            Path(place, at["mark"]).write_text("x")


@attempt("survivors")
def find_files(at):
    found = [place for place in PLACES if os.path.exists(os.path.join(place, at["mark"]))]
    for place in found:
        os.unlink(os.path.join(place, at["mark"]))
    return found


@attempt("survivors")
def plant_shared_memory(at):
    call(29, 194, _KEY, 4096, 0o1600)


@attempt("survivors")
def find_shared_memory(at):
    segment = call(29, 194, _KEY, 0, 0)
    call(31, 195, segment, 0, None)
    return "a segment of the one before"


@attempt("survivors")
def plant_a_message_queue(at):
    call(68, 186, _KEY, 0o1600)


@attempt("survivors")
def find_a_message_queue(at):
    queue = call(68, 186, _KEY, 0)
    call(71, 187, queue, 0, None)
    return "a queue of the one before"


@attempt("survivors")
def plant_a_patched_library(at):
    import numpy

    numpy.allclose = lambda *_, **__: True
    os.environ[at["mark"]] = "x"
    sys.modules[at["mark"]] = numpy


@attempt("survivors")
def find_a_patched_library(at):
    import numpy

    kept = [name for name in (os.environ, sys.modules) if at["mark"] in name]
    return (kept or numpy.allclose(0, 1)) and "what the one before has changed"


@attempt("survivors")
def plant_an_abstract_socket(at):
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0" + at["mark"])


@attempt("survivors")
def find_an_abstract_socket(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + at["mark"])
        return "the socket of the one before"
