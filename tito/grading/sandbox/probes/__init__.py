"""Try to break out of a sandbox, on the machine that will grade: the attempts of attempts/, each as a submission.

for probe in probes.run():
    print(probe.area, probe.name, probe.held, probe.detail)
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tito.grading import sandbox
from tito.grading.sandbox.probes.attempts import ATTEMPTS

LIMITS = sandbox.Limits(seconds=2, memory_mb=192, processes=16, files_mb=16, output_kb=64)
PATIENCE = 60  # seconds for an attempt that is not after resources
VARIABLE = "TITO_PROBE_SECRET"
OVER = ("seconds", "memory", "processes", "output", "signal")  # ends that mean that a limit held


@dataclass(frozen=True)
class Probe:
    """One attempt: whether the sandbox held, and what the attempt got or what stopped it."""

    name: str
    area: str
    held: bool
    detail: str


def run(level: str = "auto", names: list[str] | None = None, jails: tuple[str, ...] = ()) -> list[Probe]:
    """Every attempt (or those of `names`) at a level; at unsafe-local those that would harm the machine are left out.

    jails: see `sandbox.Host`.
    """
    chosen = [name for name in ATTEMPTS if names is None or name in names]
    greedy = [name for name in chosen if ATTEMPTS[name][0] == "resources"]
    with tempfile.TemporaryDirectory(prefix="tito-probes-") as temporary:
        folder = bundle(Path(temporary, "bundle"))
        patient = [name for name in chosen if name not in greedy]
        return [
            probe
            for limits, some in ((replace(LIMITS, seconds=PATIENCE), patient), (LIMITS, greedy))
            if some
            for probe in _run(folder, limits, some, level, jails)
        ]


def _run(folder: Path, limits: sandbox.Limits, names: list[str], level: str, jails: tuple[str, ...]) -> Iterator[Probe]:
    opened = sandbox.Host(folder, limits, level, jails) if jails else sandbox.open(folder, limits, level)
    with opened as host, _targets(folder.parent, host.uid) as at:
        for name in names:
            if host.level != "unsafe-local" or ATTEMPTS[name][2]:
                yield _probe(host, name, at)


def bundle(folder: Path) -> Path:
    """A bundle whose student process makes attempts."""
    (folder / "package").mkdir(parents=True)
    (folder / "program").mkdir()
    shutil.copytree(Path(__file__).with_name("attempts"), folder / "program" / "attempts")
    (folder / "program" / "student_process.py").write_text("from attempts import serve\n", encoding="utf-8")
    return folder


@contextlib.contextmanager
def _targets(folder: Path, uid: int | None) -> Iterator[dict]:
    """What attempts aim at. Files may be read and written by everybody: nothing but the sandbox keeps them."""
    os.chmod(folder, 0o755)
    course = Path(tempfile.mkdtemp(prefix="course-", dir=folder))
    os.chmod(course, 0o777)
    for name in ("gradebook.db", "spare"):
        (course / name).write_text("points")
        os.chmod(course / name, 0o666)
    mark = f"tito-probe-{secrets.token_hex(8)}"
    os.environ[VARIABLE] = "x"
    abstract, named = f"\0{mark}-host", f"{course}/socket"
    with socket.create_server(("127.0.0.1", 0)) as tcp, _listening(abstract), _listening(named):
        sleep = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
        victim = subprocess.Popen(["/bin/sleep", "600"] if os.path.exists("/bin/sleep") else sleep, user=uid)
        try:
            yield {
                "tcp": tcp.getsockname()[1], "abstract": mark + "-host", "socket": f"{course}/socket",
                "gradebook": f"{course}/gradebook.db", "spare": f"{course}/spare", "open folder": str(course),
                "home": str(Path.home()), "private": _private_names(), "variable": VARIABLE,
                "victim": victim.pid, "mark": mark,
                "memory": 2 * LIMITS.memory_mb << 20, "files": LIMITS.files_mb << 20,
                "processes": LIMITS.processes, "seconds": LIMITS.seconds,
            }  # fmt: skip
        finally:
            victim.kill()
            victim.wait()
            del os.environ[VARIABLE]


def _private_names() -> list[str]:
    """What is at home, but for the way to the Python that the sandbox shows."""
    shown = (*Path(sys.base_prefix).resolve().parts, *Path(sys.prefix).resolve().parts)
    return [name for name in os.listdir(Path.home()) if name not in shown]


@contextlib.contextmanager
def _listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        if not address.startswith("\0"):
            os.chmod(address, 0o777)
        server.listen()
        yield server


def _probe(host: sandbox.Host, name: str, at: dict) -> Probe:
    """Make one attempt. No answer means that it was ended, which holds what it was after only if that was resources."""
    area = ATTEMPTS[name][0]
    with host.start() as student:
        student.wire.sendall(json.dumps({"attempt": name, "at": at}).encode())
        answer = _answer(student.wire, host.limits.seconds + 10)
        outcome = student.wait(2) if answer is None else None
        student.kill()
        if area == "survivors" and not _closed(student.wire):
            return Probe(name, area, False, "a process that outlives the submission")
    if answer is None:
        held = area == "resources" and outcome is not None and outcome.kind in OVER
        return Probe(name, area, held, f"{outcome.kind}: {outcome.detail}" if outcome else "it did not end")
    return Probe(name, area, not answer["got"], answer["got"] or answer.get("stopped", "nothing to be had"))


def _answer(wire: socket.socket, seconds: float) -> dict | None:
    """The line that the attempt answers with; None if it ended without one."""
    wire.settimeout(seconds)
    said = b""
    with contextlib.suppress(OSError):
        while not said.endswith(b"\n"):
            piece = wire.recv(1 << 16)
            if not piece:
                return None
            said += piece
        return json.loads(said)
    return None


def _closed(wire: socket.socket) -> bool:
    """Whether nobody holds the other end any more."""
    wire.settimeout(0.1)
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            if not wire.recv(1 << 16):
                return True
        except ConnectionError:
            return True
        except TimeoutError:
            continue
    return False
