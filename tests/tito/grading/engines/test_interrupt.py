"""Ctrl-C of the real command in a real terminal: it stops, says how to go on, leaves nothing behind, and goes on."""

import contextlib
import os
import select
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from tito.grading import grade

pty = pytest.importorskip("pty")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
ROOT = Path(__file__).parents[4]
SLOW = "import time\ntime.sleep(0.3)\n\n\ndef double(x):\n    return 2 * x  # {}"


class Terminal:
    """`tito class grade` in a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str):
        self.process, self.end = pty.fork()
        if not self.process:
            os.chdir(folder)
            paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
            environment = os.environ | {"PYTHONPATH": paths, "TITO_TEST_MARK": str(folder), "COLUMNS": "80"}
            os.execve(sys.executable, [sys.executable, "-P", "-m", "tito", "class", "grade", *arguments], environment)
        self.text = ""

    def read(self, until: str = "", seconds: float = 120) -> str:
        """What it shows, up to some text, or to its end."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0 and not (until and until in self.text):
            if select.select([self.end], [], [], left)[0]:
                try:
                    part = os.read(self.end, 4096)
                except OSError:  # Linux says EIO where the other side is gone
                    break
                if not part:
                    break
                self.text += part.decode(errors="replace")
        return self.text

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self.end, b"\x03")

    def close(self) -> int:
        """Close the terminal's window, which sends SIGHUP; the exit code."""
        os.close(self.end)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def finish(self) -> int:
        """Read to the end; the exit code."""
        self.read()
        os.close(self.end)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def left_behind(folder: Path) -> list[str]:
    """Processes that the command started, in or out of a sandbox, and that are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"TITO_TEST_MARK={folder}".encode() in environment or str(folder) in command:
                found.append(command)
    return found


@pytest.fixture
def slow(classroom, work):
    """Twelve submissions that take a while."""
    for number in range(12):
        work.put(f"student{number:02}", "00", work.notebook("00", first_double=SLOW.format(number)))
    return classroom


@pytest.mark.parametrize("how", ["SIGTERM", "the window is closed"])
def test_a_closed_terminal_or_a_termination_stops_it_like_control_c(slow, how):
    terminal = Terminal(slow.root, "--jobs", "2")
    assert "Graded 2 of 12" in terminal.read("Graded 2 of 12")
    if how == "SIGTERM":
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.finish() == 128 + signal.SIGTERM
        assert "Stopped. What is graded is recorded" in terminal.text and "Traceback" not in terminal.text
    else:
        assert terminal.close() == 128 + signal.SIGHUP
    limit = time.monotonic() + 10
    while left_behind(slow.root) and time.monotonic() < limit:
        time.sleep(0.1)
    assert left_behind(slow.root) == []
    with sqlite3.connect(grade.ledger_file(slow)) as ledger:
        verdicts, recorded = (ledger.execute(f"select count(*) from {t}").fetchone()[0] for t in ("verdict", "record"))
    assert 2 <= verdicts == recorded < 12, "what was judged is recorded"
    rows = grade.grade(slow, [slow.module("00")[0]])
    assert [(r["status"], r["score"]) for r in rows] == [("graded", 5)] * 12
    assert sum(r["new"] for r in rows) == 12 - recorded


@pytest.mark.parametrize("presses", [1, 3])
def test_control_c_stops_cleanly_and_the_next_run_goes_on(slow, presses):
    terminal = Terminal(slow.root, "--jobs", "2")
    assert "Graded 2 of 12" in terminal.read("Graded 2 of 12")
    assert left_behind(slow.root)
    for _ in range(presses):
        terminal.interrupt()
        time.sleep(0.05)
    code = terminal.finish()
    assert code == 130, terminal.text
    assert "Stopped. What is graded is recorded; go on with the same command." in terminal.text
    assert "Traceback" not in terminal.text and "Error" not in terminal.text
    limit = time.monotonic() + 10
    while left_behind(slow.root) and time.monotonic() < limit:
        time.sleep(0.1)
    assert left_behind(slow.root) == []
    with sqlite3.connect(grade.ledger_file(slow)) as ledger:
        (before,) = ledger.execute("select count(*) from verdict").fetchone()
    assert 2 <= before < 12
    terminal = Terminal(slow.root)
    assert terminal.finish() == 0, terminal.text
    assert "12 submissions: " in terminal.text and "Traceback" not in terminal.text
    rows = grade.grade(slow, [slow.module("00")[0]])
    assert [(r["status"], r["score"], r["new"]) for r in rows] == [("graded", 5, False)] * 12
