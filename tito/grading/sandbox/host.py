"""The grader's side of the sandbox: open one, start a submission in it, learn what became of it, end it."""

import array
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading.sandbox import bubblewrap, podman
from tito.grading.sandbox.layout import INSIDE, Layout, own_folder, remove, without

JAILS = {  # by level, strongest first: the ways to shut a child in that are tried, in order (inside/jails.py)
    "bubblewrap": ("namespaces", "alone", "bare"),
    "landlock": ("alone",),
    "podman": ("alone", "bare"),
    "unsafe-local": ("none",),
}
LEVELS = tuple(JAILS)
IMPORTS = ("numpy", "numpy.random", "matplotlib", "matplotlib.pyplot")
LINUX = sys.platform == "linux"
OPENING, ANSWERING = 120, 30  # seconds until a server has imported everything; until it answers


class SandboxError(TitoError):
    """The sandbox itself does not work: no submission is to blame."""

    def __init__(self, what: str, do: str = ""):
        super().__init__(what, do, ENVIRONMENT)


class BundleError(SandboxError):
    """The sandbox works, and what the bundle has it import does not."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; `seconds` of wall-clock time, `output_kb` on stdout and stderr together."""

    seconds: float = 60
    memory_mb: int = 1024
    processes: int = 32
    files_mb: int = 64
    output_kb: int = 256


@dataclass(frozen=True)
class Outcome:
    """How a submission's process ended: exit, signal, seconds, memory, processes, output or killed."""

    kind: str
    detail: str


def open(bundle: object, limits: Limits | None = None, level: str = "auto") -> "Host":
    """A sandbox for submissions to the module of `bundle` (a folder, or what has one as `path`).

    level: one of LEVELS, or auto for the first of bubblewrap, landlock and podman that works here. Raises
    SandboxError where it does not work, with the reasons.
    """
    folder = Path(getattr(bundle, "path", bundle))
    limits = limits or Limits()
    if level != "auto":
        if level not in LEVELS:
            raise SandboxError(f"there is no sandbox level {level!r}", f"take one of auto, {', '.join(LEVELS)}")
        return Host(folder, limits, level)
    reasons = []
    for candidate in LEVELS[:-1]:
        try:
            return Host(folder, limits, candidate)
        except BundleError:
            raise
        except SandboxError as error:
            reasons.append(f"{candidate}: {error.what}")
    raise SandboxError(
        "no sandbox works on this machine, and a submission is not run without one\n  " + "\n  ".join(reasons),
        f"{bubblewrap.INSTALL} (unsafe-local would run submissions with your own rights)",
    )


def why_not(level: str) -> str:
    """What this machine lacks for a level, "" if nothing is known to be missing."""
    if level == "unsafe-local":
        return "" if os.name == "posix" else "it needs fork, which Windows does not have"
    if not LINUX:
        return f"it needs Linux, this is {sys.platform}"
    from tito.grading.sandbox.inside import landlock, seccomp

    if not seccomp.supported():
        return f"there is no system-call filter for {os.uname().machine}"
    if level == "landlock":
        return "" if landlock.abi() else "this kernel has no landlock (Linux 5.13, and it must be switched on)"
    if level == "podman":
        return "" if podman.program() else "podman is not installed"
    return "" if bubblewrap.program() else "bubblewrap is not installed"


class Host:
    """A fork server in a sandbox. Keep it in the thread that opened it: the kernel ends it with that thread."""

    def __init__(self, bundle: Path, limits: Limits, level: str, jails: tuple[str, ...] = ()):
        """jails: which ways to shut a child in are tried, in order; those of the level by default."""
        if reason := why_not(level):
            raise SandboxError(reason, bubblewrap.INSTALL if level == "bubblewrap" else "")
        self.bundle, self.limits, self.level = bundle.resolve(), limits, level
        self.jails = jails or JAILS[level]
        self.folder, self.lock = own_folder()
        self.uid = _free_uid() if LINUX and os.getuid() == 0 and level != "unsafe-local" else None
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None
        try:
            self.layout = Layout(self.bundle, self.folder, level in ("bubblewrap", "podman"), self.uid)
            self._launch()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *problem) -> None:
        self.close()

    def close(self) -> None:
        """End the server and all that runs in it, and remove what it wrote."""
        self._stop()
        remove(self.folder)
        self.lock.close()

    @property
    def alive(self) -> bool:
        """Whether the server runs, so far as its end of the socket tells (asked in a forked judge too)."""
        if self.control is None:
            return False
        try:
            self.control.setblocking(False)
            return bool(self.control.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def start(self) -> "Student":
        """A process for one submission, forked from the server; the server is started anew where it has to be.

        One submission runs at a time: the one before ends. A process that was forked from the one that opened the
        sandbox may call this too, if only one of the two does at a time.
        """
        for _ in range(3):
            if not self.alive:
                self._stop()
                self._launch()
            try:
                if student := self._start():
                    return student
            except (OSError, EOFError):
                pass
            self._stop()
        raise SandboxError("the sandbox ends again and again when a submission is started")

    def _start(self) -> "Student | None":
        """None from a server that serves one submission only and has."""
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as stack:
            stack.enter_context(ours)
            with theirs:
                answer = self.ask({"do": "start"}, [theirs.fileno()])
            if "error" in answer:
                raise SandboxError(f"a submission could not be started: {answer['error']}")
            if "spent" in answer:
                return None
            stack.pop_all()
        return Student(self, answer["started"], ours, self.process)

    def ask(self, request: dict, descriptors: list[int] | None = None, patience: float = ANSWERING) -> dict:
        """One request to the server and its answer; OSError or EOFError if it has ended or does not answer."""
        if self.control is None:
            raise EOFError("the server has ended")
        self.control.settimeout(patience)
        name = secrets.token_hex(8)
        line = json.dumps(request | {"id": name}).encode() + b"\n"
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.control.sendmsg([line], rights)
        return self._answer(name.encode())

    def _answer(self, name: bytes) -> dict:
        """The answer to one request. What a judge that was killed has asked, or half read, comes before it."""
        said = b""
        while not (said.endswith(b"\n") and name in said):
            piece = self.control.recv(1 << 16)
            if not piece:
                raise EOFError("the server has ended")
            said += piece
        return json.loads(said.splitlines()[-1])

    def end(self, patience: float = 0) -> str:
        """Kill the server, and with it everything in the sandbox; how it had ended within `patience` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = f"its exit status was {self.process.wait(patience)}"
            self._stop()
            return status
        self._stop()
        return "it did not answer"

    def _stop(self) -> None:
        if self.control:
            self.control.close()
        if self.process and self.owner != os.getpid():  # not this process's child: it cannot be waited for
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        elif self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5 if self.level == "podman" else 0.5)  # it ends when the socket closes
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
        self.control = self.process = None

    def _launch(self) -> None:
        """Start the server and wait until it is ready."""
        self.layout.empty_scratch()
        self.owner = os.getpid()
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                self._command(theirs.fileno()), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, pass_fds=[theirs.fileno()], cwd="/", env=self._environment(), umask=0o077,
            )  # fmt: skip
        self.control = ours
        watch = [os.pidfd_open(os.getpid())] if hasattr(os, "pidfd_open") else []
        try:
            self.facts = self.ask(self._settings(bool(watch)), watch, OPENING)
        except TimeoutError:
            self.facts = {"error": f"it imported for more than {OPENING} seconds"}
        except (OSError, EOFError):
            self.facts = {"error": ""}
        finally:
            for descriptor in watch:
                os.close(descriptor)
        if self.facts.get("bundle"):
            raise BundleError(f"{self.bundle} cannot be imported in the sandbox: {self._complaint()}")
        if "error" in self.facts:
            raise SandboxError(f"the sandbox {self.level} does not start: {self._complaint()}")

    def _complaint(self) -> str:
        """What the server said on its way out, in one line."""
        process, self.process = self.process, None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        said = process.communicate()[1].decode(errors="replace").strip().splitlines()
        return self.facts["error"] or (said or ["it ended without a word"])[-1]

    def _python(self, control: int) -> list[str]:
        """The command of the server: the base interpreter without site, environment variables aside."""
        start = f"import sys; sys.path.insert(0, {self.layout.code!r}); "
        start += "from inside.server import main; main()"
        return [os.path.realpath(sys.executable), "-P", "-s", "-S", "-c", start, str(control)]

    def _command(self, control: int) -> list[str]:
        shown, hidden = self.layout.shown, self.layout.hidden(bubblewrap.SYSTEM)
        if self.level == "podman":
            root = self.folder / "root"
            root.mkdir(exist_ok=True)
            inner = self._python(podman.CONTROL)
            return podman.command(inner, shown, hidden, self._environment(), str(root), control, self.limits)
        inner = self._python(control)
        if self.level == "bubblewrap":
            inner = bubblewrap.command(inner, shown, hidden, self._environment())
        if self.uid is None:
            return inner
        launch = f"import sys; sys.path.insert(0, {str(INSIDE.parent)!r}); from inside.launch import main; main()"
        keep = json.dumps([path for path in shown if not path.startswith("/usr/")])
        return [sys.executable, "-P", "-s", "-S", "-c", launch, str(self.uid), keep, *inner]

    def _environment(self) -> dict[str, str]:
        """All that the server has as environment."""
        own = dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), self.layout.scratch)
        return own | {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "MPLBACKEND": "Agg",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def _settings(self, pidfd: bool) -> dict:
        """The first message to the server."""
        layout = self.layout
        system = [*bubblewrap.SYSTEM, *bubblewrap.SETTINGS]
        readable = [os.path.realpath(path) for path in system if os.path.exists(path)] + list(layout.shown.values())
        if not layout.walls:  # there the hidden is hidden by what is mounted over it
            hidden = layout.hidden(bubblewrap.SYSTEM)
            readable = [part for path in readable for part in without(path, hidden)]
        return {
            "jails": self.jails,
            "limits": asdict(self.limits),
            "program": layout.program,
            "package": layout.package,
            "libraries": layout.libraries,
            "forget": [layout.code],
            "imports": IMPORTS,
            "scratch": layout.scratch,
            "readable": list(dict.fromkeys(readable)),
            "pidfd": pidfd,
        }


class Student:
    """The process of one submission."""

    def __init__(self, host: Host, number: int, wire: socket.socket, server: subprocess.Popen):
        self.host, self.number, self.wire, self._server = host, number, wire, server
        self._outcome: Outcome | None = None

    def __enter__(self) -> "Student":
        return self

    def __exit__(self, *problem) -> None:
        self.kill()
        self.wire.close()

    def outcome(self) -> Outcome | None:
        """What became of it, None while it runs."""
        return self.wait(0)

    def wait(self, seconds: float) -> Outcome | None:
        """What became of it, after waiting at most `seconds` for its end; None if it still runs."""
        return self._ask({"do": "outcome", "wait": seconds}, seconds + ANSWERING)

    def kill(self) -> Outcome:
        """End everything that it started; all of it is gone when this returns."""
        return self._ask({"do": "kill"}, ANSWERING)

    def _ask(self, request: dict, patience: float) -> Outcome | None:
        if self._outcome is None and self.host.process is not self._server:
            self._outcome = Outcome("killed", "its sandbox was closed")
        if self._outcome is None:
            try:
                answer = self.host.ask(request | {"of": self.number}, patience=patience)["outcome"]
            except (OSError, EOFError) as error:
                patience = 0 if isinstance(error, TimeoutError) else 5  # it has hung up, so it is ending
                answer = "killed", f"the sandbox itself ended: {self.host.end(patience)}"
            self._outcome = answer and Outcome(*answer)
        return self._outcome


def _free_uid() -> int:
    """A user id that nobody has, another one for each process that opens a sandbox."""
    import pwd

    uid = 61184 + os.getpid() % 4096
    while True:
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid
        uid += 1
