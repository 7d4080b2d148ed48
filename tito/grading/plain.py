"""A student's process without any sandbox (`unsafe-local`): for one's own notebook, and for tests.

A server imports NumPy and the modules that came before once, and forks for each submission.
"""

import array
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tito.course import Course, Module

LEVEL = "unsafe-local"
_PROGRAM = Path(__file__).parent
_SERVER = """
import array, importlib, os, signal, socket, sys
control = socket.socket(fileno=3)
import numpy, matplotlib.pyplot, student_process
for name in sys.argv[1:]:
    importlib.import_module(name)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    data, found, _, _ = control.recvmsg(1, socket.CMSG_SPACE(4))
    if not data:
        os._exit(0)
    descriptor = array.array("i", found[0][2])[0]
    child = os.fork()
    if not child:
        os.setsid()
        os.dup2(descriptor, 3)
        os.close(descriptor)
        student_process.serve(3)
    os.close(descriptor)
    control.sendall(child.to_bytes(8, "big"))
"""


def bundle(course: Course, module: Module, folder: Path) -> Path:
    """Put the package with the modules before this one, and the program, into a folder."""
    package = folder / "package" / "tinytorch"
    before = {m.name for m in course.modules if m.number < module.number}
    shutil.copytree(course.package, package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (package / "core").glob("*.py"):
        if file.stem not in before | {"__init__"}:
            file.unlink()
    (folder / "program").mkdir()
    for name in ("wire.py", "student_process.py"):
        shutil.copy(_PROGRAM / name, folder / "program" / name)
    return folder


class Host:
    """A server for the submissions of one module; a context manager."""

    level = LEVEL

    def __init__(self, folder: Path):
        self.folder = folder
        self.control, theirs = socket.socketpair()
        paths = [str(folder / "program"), str(folder / "package")]
        modules = sorted(f"tinytorch.core.{f.stem}" for f in (folder / "package/tinytorch/core").glob("[a-z]*.py"))
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONHASHSEED": "0",
            "MPLBACKEND": "Agg",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLCONFIGDIR": str(folder),
            "TMPDIR": str(folder),  # what a process that is ended leaves behind goes with the bundle
        }
        close = "" if theirs.fileno() == 3 else f"os.close({theirs.fileno()})"  # a submission would inherit it
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"import os; os.dup2({theirs.fileno()}, 3); {close}\n{_SERVER}", *modules],
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()

    def start(self) -> "Student":
        """A fresh student's process."""
        ours, theirs = socket.socketpair()
        self.control.sendmsg([b"1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))])
        theirs.close()
        return Student(ours, int.from_bytes(self.control.recv(8), "big"))

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *error) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()


class Student:
    """One student's process; a context manager that ends it."""

    def __init__(self, wire: socket.socket, process: int):
        self.wire, self.process = wire, process

    def outcome(self) -> None:
        """Without a sandbox nobody watches."""

    def kill(self) -> None:
        """End the process and what it started, as far as that stayed in its session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.process, signal.SIGKILL)

    def __enter__(self) -> "Student":
        return self

    def __exit__(self, *error) -> None:
        self.kill()
        self.wire.close()
