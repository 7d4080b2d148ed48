"""The fork server: it imports what submissions need, once, and forks a child that is shut in for each of them.

It runs none of a student's code. The grader speaks to it over a socket, one JSON line each way, and it keeps the
child's time, memory, processes, files and output. Each request has an `id`, which its answer repeats.

    → {"jail": "namespaces", "program": "/bundle/program", …}     ← {"jail": "Namespaces", "reusable": true, …}
    → {"do": "start"} and the wire                                 ← {"started": 1}
    → {"do": "outcome", "of": 1, "wait": 0.5}                      ← {"outcome": null} or {"outcome": ["exit", "0"]}
    → {"do": "kill", "of": 1}                                      ← {"outcome": ["killed", "…"]}
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback

from . import jails, measure

TICK = 0.02  # seconds between two looks at a running child
TAIL = 2000  # bytes of its output that an outcome quotes


class Child:
    """A running submission and what it has used."""

    def __init__(self, number: int, pid: int, output: int, limits: dict, jail: jails.Jail):
        self.number, self.pid, self.output, self.limits, self.jail = number, pid, output, limits, jail
        self.deadline = time.monotonic() + limits["seconds"]
        self.look_at_files = 0.0
        self.printed, self.tail = 0, b""
        self.verdict: tuple[str, str] | None = None  # why it is being ended
        self.outcome: tuple[str, str] | None = None

    def look(self) -> None:
        """Read its output, end it where it goes over a limit, and notice that it has ended."""
        self._read()
        if self.verdict is None:
            self.verdict = self._over()
            if self.verdict:
                self.jail.end(self.pid)
        self._reap()

    def end(self, kind: str, detail: str) -> None:
        """End it for a reason and wait until it is gone."""
        if self.outcome is None and self.verdict is None:
            self.verdict = (kind, detail)
        while self.outcome is None:
            self.jail.end(self.pid)
            self._read()
            self._reap()
            time.sleep(0.001)

    def _read(self) -> None:
        while self.output >= 0 and select.select([self.output], [], [], 0)[0]:
            piece = os.read(self.output, 1 << 16)
            if not piece:
                os.close(self.output)
                self.output = -1
                return
            self.printed += len(piece)
            self.tail = (self.tail + piece)[-TAIL:]
            if self.printed > self.limits["output_kb"] << 10:
                return

    def _over(self) -> tuple[str, str] | None:
        if time.monotonic() > self.deadline:
            return "seconds", f"it ran for more than {self.limits['seconds']:g} seconds"
        if self.printed > self.limits["output_kb"] << 10:
            return "output", f"it printed more than {self.limits['output_kb']} KB"
        processes = self.jail.processes(self.pid)
        if len(processes) > self.limits["processes"]:
            return "processes", f"it started more than {self.limits['processes']} processes"
        if measure.memory_of(processes, self.limits["memory_mb"]) > self.limits["memory_mb"]:
            return "memory", f"it used more than {self.limits['memory_mb']} MB of memory"
        if self._stored_too_much():
            return "output", f"it wrote more than {self.limits['files_mb']} MB of files, or too many"
        return None

    def _stored_too_much(self) -> bool:
        """Looked at less often the longer a look takes: a submission may not keep the server busy with it."""
        began = time.monotonic()
        if began < self.look_at_files:
            return False
        much = self.jail.stored(self.pid) > self.limits["files_mb"] << 20
        self.look_at_files = time.monotonic() + max(TICK, 5 * (time.monotonic() - began))
        return much

    def _reap(self) -> None:
        """Collect every child that has ended; orphans of the submission come to the server too."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self._finish(ended[1])
                    return

    def _finish(self, status: int) -> None:
        self.jail.sweep()
        self._read()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1
        self.jail.clean()
        self.outcome = self.verdict or _of_status(status, self.tail)


def _of_status(status: int, tail: bytes) -> tuple[str, str]:
    said = tail.decode(errors="replace").strip()
    if os.WIFSIGNALED(status):
        return "signal", f"{signal.Signals(os.WTERMSIG(status)).name}{': ' + said if said else ''}"
    code = os.WEXITSTATUS(status)
    return "exit", f"{code}{': ' + said if said and code else ''}"


class Server:
    """One grader on the other end of `control`, at most one child at a time."""

    def __init__(self, control: socket.socket):
        self.control, self.unread = control, b""
        self.child: Child | None = None
        self.started, self.first = 0, {}
        self.received: list[int] = []  # descriptors that came with requests
        self.host: int | None = None  # a pidfd of the grader: a copy of `control` may outlive it

    def serve(self) -> None:
        """Prepare, then answer until the grader is gone."""
        try:
            self.prepare(self.receive())
        except Exception as error:
            self.send({"error": f"{type(error).__name__}: {error}"} | self.first)
            raise
        while True:
            request = self.receive()
            self.send(getattr(self, f"do_{request['do']}")(request) | {"id": request["id"]})

    def prepare(self, settings: dict) -> None:
        """Import what submissions need and try the jail."""
        self.limits, self.first = settings["limits"], {"id": settings["id"]}
        self.host = self.received.pop() if settings["pidfd"] else None
        sys.path[:] = [path for path in sys.path if path not in settings["forget"]]
        sys.path += [settings["program"], settings["package"], *settings["libraries"]]
        sys.dont_write_bytecode = True
        try:
            self.preload(settings)
        except BaseException as error:
            self.send({"error": f"{type(error).__name__}: {error}", "bundle": True} | self.first)
            raise SystemExit(70) from error
        self.jail, why = self.choose(settings)
        gc.collect()
        gc.freeze()  # the children share these pages: a collection in one of them must not copy them
        self.send({"jail": type(self.jail).__name__, "reusable": self.jail.reusable, "refused": why} | self.first)

    def preload(self, settings: dict) -> None:
        """Import the libraries, the modules before this one and the student process."""
        for name in settings["imports"]:
            importlib.import_module(name)
        core = os.path.join(settings["package"], "tinytorch", "core")
        names = sorted(os.listdir(core)) if os.path.isdir(core) else []
        for name in names:
            if name.endswith(".py") and name != "__init__.py":
                importlib.import_module(f"tinytorch.core.{name[:-3]}")
        self.student = importlib.import_module("student_process")

    def choose(self, settings: dict) -> tuple[jails.Jail, str]:
        """The first of the wanted jails that this kernel lets a child into, and why others were refused."""
        refused = []
        for kind in settings["jails"]:
            jail = jails.KINDS[kind](self.limits, settings["scratch"], settings["readable"])
            try:
                self.rehearse(jail)
            except (jails.Refused, OSError) as error:
                refused.append(f"{kind}: {error}")
            else:
                return jail, "; ".join(refused)
        raise jails.Refused("; ".join(refused))

    def rehearse(self, jail: jails.Jail) -> None:
        """Shut a child in that does nothing."""
        null = os.open("/dev/null", os.O_RDWR)
        pid = jail.fork([null] * 4, lambda: os._exit(0))
        status = os.waitpid(pid, 0)[1]
        jail.clean()
        os.close(null)
        if status:
            raise jails.Refused(f"a child that does nothing ended with {_of_status(status, b'')}")

    def do_start(self, request: dict) -> dict:
        """Fork a child on the wire that came with the request."""
        wire = self.received.pop()
        if self.child:
            self.child.end("killed", "the next submission started")
        if self.started and not self.jail.reusable:
            os.close(wire)
            return {"spent": True}
        null = os.open("/dev/null", os.O_RDONLY)
        output, printing = os.pipe()
        os.set_blocking(output, False)
        try:
            pid = self.jail.fork([null, printing, printing, wire], self.run)
        except (jails.Refused, OSError) as error:
            os.close(output)
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            for descriptor in (null, printing, wire):
                os.close(descriptor)
        self.started += 1
        self.child = Child(self.started, pid, output, self.limits, self.jail)
        return {"started": self.started}

    def run(self) -> None:
        """In the child: become the student process."""
        self.forget()
        code = 0
        try:
            with open(1, "w", encoding="utf-8", errors="replace", closefd=False) as sys.stdout:
                self.student.serve(3)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            code = 1
            os.write(2, traceback.format_exc()[-TAIL:].encode(errors="replace"))
        finally:
            os._exit(code & 255)

    def forget(self) -> None:
        """Let go of what is the server's; the descriptors are closed, and may be something else by now."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for gone in (self.control, self.awake, self.wake):
            gone.detach()
        self.control = self.awake = self.wake = self.child = self.host = None
        os.environ.update(HOME=os.getcwd(), TMPDIR=os.getcwd())

    def do_outcome(self, request: dict) -> dict:
        """What became of a child, after waiting at most `wait` seconds for its end."""
        until = time.monotonic() + request["wait"]
        while (child := self.of(request)) and child.outcome is None:
            left = until - time.monotonic()
            if self.idle(max(0, min(TICK, left))) or left <= 0:  # the grader speaks again only if it has gone
                break
        return self.told(request)

    def do_kill(self, request: dict) -> dict:
        """End a child; it is gone when the answer comes."""
        if child := self.of(request):
            child.look()
            child.end("killed", "the grader ended it")
        return self.told(request)

    def of(self, request: dict) -> Child | None:
        """The child that a request is about, None once the next has started."""
        return self.child if self.child and self.child.number == request["of"] else None

    def told(self, request: dict) -> dict:
        """The answer on one child."""
        child = self.of(request)
        return {"outcome": child.outcome if child else ("killed", "the next submission started")}

    def idle(self, seconds: float | None) -> bool:
        """Look after the child; whether the grader has something to say within `seconds`."""
        if self.child and self.child.outcome is None:
            self.child.look()
        watched = [self.control, self.awake]
        watched += [self.host] if self.host is not None else []
        if self.child and self.child.output >= 0:
            watched.append(self.child.output)
        ready = select.select(watched, [], [], seconds)[0]
        if self.host in ready:
            self.leave()
        if self.awake in ready:
            self.awake.recv(4096)
        return self.control in ready

    def receive(self) -> dict:
        """The grader's next line; ends the server (and with it whatever runs) when the grader is gone."""
        while b"\n" not in self.unread:
            running = self.child and self.child.outcome is None
            if not self.idle(TICK if running else None):
                continue
            piece, descriptors, _, _ = socket.recv_fds(self.control, 1 << 16, 2)
            self.received += descriptors
            if not piece:
                self.leave()
            self.unread += piece
        line, self.unread = self.unread.split(b"\n", 1)
        return json.loads(line)

    def leave(self) -> None:
        """End what runs, and this process."""
        if self.child:
            self.child.end("killed", "the grader is gone")
        sys.exit()

    def send(self, answer: dict) -> None:
        """One line to the grader."""
        try:
            self.control.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            self.leave()

    def watch_children(self) -> None:
        """Have the end of a child wake `idle`."""
        self.awake, self.wake = socket.socketpair()
        self.awake.setblocking(False)
        self.wake.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)


def main() -> None:
    """Serve the grader at the socket that is file descriptor sys.argv[1]."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    server = Server(socket.socket(fileno=int(sys.argv[1])))
    server.watch_children()
    server.serve()
