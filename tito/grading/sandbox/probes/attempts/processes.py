"""Attempts to see, signal, trace or change other processes."""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import struct
import subprocess

from .tools import attempt, call


@attempt("processes")
def see_others(at):
    others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return others and f"{len(others)} processes"


@attempt("processes")
def signal_another(at):
    os.kill(at["victim"], 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_a_thread_of_another(at):
    call(234, 131, at["victim"], at["victim"], 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_the_parent(at):
    if os.getppid():
        os.kill(os.getppid(), 0)
        return "the fork server can be killed"
    return ""


@attempt("processes")
def signal_everybody(at):
    os.kill(-1, 0)
    return "everybody can be killed"


@attempt("processes")
def signal_by_queue(at):
    call(129, 138, at["victim"], 0, ctypes.byref(ctypes.create_string_buffer(128)))
    return "a process of the host can be killed"


@attempt("processes")
def signal_by_pidfd(at):
    signal.pidfd_send_signal(os.pidfd_open(at["victim"]), 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_by_file_owner(at):
    fcntl.fcntl(at["wire"], fcntl.F_SETOWN, at["victim"])
    return "signals by the wire to a process of the host"


@attempt("processes")
def trace_another(at):
    seize, detach = 0x4206, 17
    call(101, 117, seize, at["victim"], 0, 0)
    with contextlib.suppress(OSError):
        call(101, 117, detach, at["victim"], 0, 0)
    return "a process of the host traced"


@attempt("processes")
def read_anothers_memory(at):
    space = ctypes.create_string_buffer(8)
    vector = struct.pack("QQ", ctypes.addressof(space), 8)
    for pid in (at["victim"], os.getppid()):
        with contextlib.suppress(PermissionError, ProcessLookupError):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/mem", "rb"):
                return "the memory of another process"
            call(310, 270, pid, vector, 1, vector, 1, 0)
    return ""


@attempt("processes")
def change_anothers_limits(at):
    resource.prlimit(at["victim"], resource.RLIMIT_NOFILE)
    return "limits of a process of the host"


@attempt("processes")
def change_anothers_priority(at):
    os.setpriority(os.PRIO_PROCESS, at["victim"], 10)
    return "the priority of a process of the host"


@attempt("processes")
def change_anothers_processors(at):
    os.sched_setaffinity(at["victim"], {0})
    return "the processors of a process of the host"


@attempt("processes")
def take_anothers_descriptor(at):
    return f"descriptor {call(438, 438, call(434, 434, at['victim'], 0), 0, 0)}"


@attempt("processes")
def run_a_program(at):
    return subprocess.run(["/bin/true"], check=True, timeout=5) and "a program that was run"


@attempt("processes")
def run_a_program_from_memory(at):
    descriptor = call(319, 279, ctypes.c_char_p(b"x"), 0)
    return f"a file without a place to run from: {descriptor}"
