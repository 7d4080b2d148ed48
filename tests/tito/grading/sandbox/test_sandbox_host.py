"""A submission in the sandbox: where it runs, how it ends, and that nothing of it stays."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest
from sandbox_tools import LEVELS, LINUX, WALLED, below, gone, lacking, say

from tito.grading import sandbox
from tito.grading.sandbox import Limits, Outcome

FULL = sandbox.host.IMPORTS
TIGHT = Limits(seconds=120, memory_mb=192, processes=8, files_mb=8, output_kb=16)


@pytest.fixture(scope="module", params=LEVELS)
def host(request, bundle, light):
    with sandbox.open(bundle, TIGHT, request.param) as host:
        yield host


@pytest.fixture(scope="module", params=WALLED)
def walled(request, bundle, light):
    with sandbox.open(bundle, TIGHT, request.param) as host:
        yield host


@pytest.mark.parametrize("level", LEVELS)
def test_a_submission_runs_with_libraries_and_earlier_modules_imported(bundle, level, monkeypatch):
    monkeypatch.setattr(sandbox.host, "IMPORTS", FULL)
    with sandbox.open(bundle, TIGHT, level) as host, host.start() as student:
        answer = say(
            student,
            """
            import os, sys
            imported = {"numpy", "matplotlib.pyplot", "tinytorch.core.first"} <= set(sys.modules)
            import matplotlib, numpy
            from tinytorch.core.first import double, imported_in
            pylab = matplotlib.get_backend().lower()
            answer = [imported, imported_in == loaded_in != os.getpid(), pylab, double(21), float(numpy.ones(3).sum())]
            """,
        )
        drawn = say(
            student,
            """
            import os, tempfile
            import matplotlib.pyplot as plt
            plt.plot([1, 2]); plt.title("$x^2$"); plt.savefig("figure.png")
            with tempfile.NamedTemporaryFile("w+") as file:
                file.write("kept"); file.seek(0); text = file.read()
            answer = [os.listdir("."), text, os.getcwd() == os.path.expanduser("~") == tempfile.gettempdir()]
            """,
        )
    assert answer == [True, True, "agg", 42, 3.0]
    assert drawn == [["figure.png"], "kept", True]


def test_it_has_the_wire_and_no_other_descriptor(host):
    with host.start() as student:
        answer = say(
            student,
            """
            import os
            answer = []
            for descriptor in range(1024):
                try:
                    os.fstat(descriptor)
                    answer.append(descriptor)
                except OSError:
                    pass
            """,
        )
    assert answer == [0, 1, 2, 3]


def test_its_environment_is_the_sandboxs(host, monkeypatch):
    monkeypatch.setenv("TITO_SECRET", "x")
    with host.start() as student:
        environment = say(student, "import os; answer = dict(os.environ)")
    assert environment["OPENBLAS_NUM_THREADS"] == "1" and environment["MPLBACKEND"] == "Agg"
    assert set(environment) - {"PWD", "LC_CTYPE"} == set(host._environment())


def test_hashes_are_the_same_in_every_server(host):
    with host.start() as student:
        first = say(student, "answer = hash('x')")
    host.end()
    with host.start() as student:
        assert say(student, "answer = hash('x')") == first


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("raise SystemExit(7)", Outcome("exit", "7")),
        ("raise SystemExit('enough')", Outcome("exit", "1")),
        ("import os; os._exit(3)", Outcome("exit", "3")),
        ("import os; os.kill(os.getpid(), 9)", None),  # the first process of a PID namespace ignores it
        ("import ctypes; ctypes.string_at(0)", Outcome("signal", "SIGSEGV")),
    ],
)
def test_how_it_ended(host, code, outcome):
    with host.start() as student:
        assert student.outcome() is None
        if outcome is None and host.facts["jail"] == "Namespaces":
            assert say(student, code + "; answer = 'alive'") == "alive"
            return
        assert say(student, code) is None
        assert student.wait(110) == student.outcome() == (outcome or Outcome("signal", "SIGKILL"))


def test_the_end_quotes_what_it_printed_last(host):
    with host.start() as student:
        say(student, "import os, sys; print('farewell', file=sys.stderr); os._exit(5)")
        assert student.wait(110) == Outcome("exit", "5: farewell")


def test_an_exception_of_the_student_process_ends_it_with_its_traceback(host):
    with host.start() as student:
        assert say(student, "raise KeyboardInterrupt('enough of this')") is None
        outcome = student.wait(110)
    assert outcome.kind == "exit" and outcome.detail.startswith("1: Traceback")
    assert outcome.detail.endswith("KeyboardInterrupt: enough of this")


def test_it_ends_when_the_wire_closes(host):
    with host.start() as student:
        student.wire.close()
        assert student.wait(110) == Outcome("exit", "0")


def test_kill_ends_everything_at_once(host):
    with host.start() as student:
        say(student, "answer = 1")
        assert student.kill() == student.outcome() == Outcome("killed", "the grader ended it")
        assert student.wire.recv(1) == b""


def test_too_much_time(bundle, host):
    limits = Limits(seconds=0.5)
    with sandbox.open(bundle, limits, host.level) as quick, quick.start() as student:
        say(student, "while True: pass")
        assert student.wait(110) == Outcome("seconds", "it ran for more than 0.5 seconds")


def test_too_much_output(host):
    with host.start() as student:
        say(student, "import os\nwhile True: os.write(1, b'x' * 4096)")
        assert student.wait(110) == Outcome("output", "it printed more than 16 KB")


def test_output_within_the_limit_is_no_fault(host):
    with host.start() as student:
        assert say(student, "import os; answer = os.write(2, b'x' * 16000)") == 16000
        assert student.outcome() is None


@LINUX
def test_too_much_memory_at_once_is_a_memory_error(host):
    with host.start() as student:
        code = """
        import numpy
        try: numpy.ones(1 << 30)
        except MemoryError: answer = "MemoryError"
        """
        assert say(student, code) == "MemoryError"


@LINUX
def test_too_much_memory_bit_by_bit(host):
    with host.start() as student:
        say(student, "kept = []\nwhile True:\n    try: kept.append(bytearray(1 << 20))\n    except MemoryError: pass")
        assert student.wait(110) == Outcome("memory", "it used more than 192 MB of memory")


def test_too_many_processes(host):
    with host.start() as student:
        code = """
        import os, time
        answer = 0
        while answer < 100:
            try:
                if os.fork() == 0: time.sleep(60); os._exit(0)
            except OSError: break
            answer += 1
        """
        made = say(student, code)
        if host.level == "unsafe-local":
            assert student.wait(110) == Outcome("processes", "it started more than 8 processes")
        else:
            assert made == {"bubblewrap": 7, "landlock": 0}[host.level]  # it counts itself


def test_threads_work_and_are_counted(walled):
    with walled.start() as student:
        code = """
        import threading, time
        def many(count):
            made = []
            try:
                for _ in range(count):
                    made.append(threading.Thread(target=event.wait)); made[-1].start()
            except RuntimeError: made.pop()
            event.set()
            for thread in made: thread.join()
            return len(made)
        event = threading.Event(); few = many(3); event = threading.Event()
        answer = [few, many(50) < 10]
        """
        assert say(student, code) == [3, True]


@pytest.mark.skipif(bool(lacking("bubblewrap")), reason=lacking("bubblewrap"))
def test_shared_pages_of_children_are_counted_once(bundle, light):
    """Each child shows the server's 25 MB as resident, but shares them."""
    limits = Limits(memory_mb=90, processes=8)
    with sandbox.open(bundle, limits, "bubblewrap") as host, host.start() as student:
        code = """
        import os, time
        for _ in range(6):
            if os.fork() == 0: time.sleep(1); os._exit(0)
        for _ in range(6): os.wait()
        answer = "done"
        """
        assert say(student, code) == "done" and student.outcome() is None


def test_one_at_a_time(host):
    with host.start() as first, host.start() as second:
        assert say(second, "answer = 1") == 1
        assert first.outcome() == Outcome("killed", "the next submission started")


def test_nothing_of_it_reaches_the_next(walled):
    with walled.start() as student:
        code = """
        import numpy, os, sys
        from pathlib import Path
        for place in (".", "/tmp", "/dev/shm", "/var/tmp"):
            try: Path(place, "left").touch()
            except OSError: pass
        os.environ["LEFT"] = "x"; numpy.left = True; sys.modules["left"] = numpy
        answer = os.path.exists("left")
        """
        assert say(student, code) is True
    with walled.start() as student:
        code = """
        import numpy, os, sys
        files = [p for p in (".", "/tmp", "/dev/shm", "/var/tmp") if os.path.exists(os.path.join(p, "left"))]
        answer = [files, "LEFT" in os.environ, hasattr(numpy, "left"), "left" in sys.modules]
        """
        assert say(student, code) == [[], False, False, False]


DAEMON = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork(): os._exit(0)
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    time.sleep(600)
os.wait()
answer = "daemon"
"""


@LINUX
@pytest.mark.parametrize("end", ["it is killed", "it exits", "it stops"])
def test_no_daemon_outlives_it(host, end):
    before = below(os.getpid())
    with host.start() as student:
        said = say(student, DAEMON)
        assert said == "daemon" if host.level != "landlock" else "Operation not permitted" in said
        if end == "it exits":
            assert say(student, "os._exit(0)") is None
            assert student.wait(110) == Outcome("exit", "0")
        elif end == "it stops":
            student.wire.sendall(b'"os.kill(os.getpid(), signal.SIGSTOP)"\n')
        student.kill()
        assert below(os.getpid()) <= before
        with contextlib.suppress(ConnectionResetError):
            assert student.wire.recv(10) in (b"", b"null\n")


NESTED = "import os\nfor i in range(200): os.mkdir('d'); os.chdir('d')\nimport time; time.sleep(60)"
MANY = "for i in range(20000): open(str(i), 'w').close()"
UNNAMED = """
import os
kept = []
for i in range(4):
    kept.append(open("f", "wb", buffering=0)); os.unlink("f"); kept[-1].write(b"x" * (4 << 20))
import time; time.sleep(60)
"""
MAPPED = """
import mmap, os
with open("f", "wb") as file: file.write(b"x" * (1 << 20))
with open("f", "rb") as file: kept = mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ)
os.unlink("f")
import time; time.sleep(60)
"""
SPREAD = "for i in range(12): open(str(i), 'wb').write(b'x' * (1 << 20))\nimport time; time.sleep(60)"


@pytest.mark.skipif(bool(sandbox.why_not("landlock")), reason=sandbox.why_not("landlock"))
@pytest.mark.parametrize(
    "code", [NESTED, MANY, UNNAMED, MAPPED, SPREAD], ids=["deep", "many", "unnamed", "mapped", "spread"]
)
def test_where_no_file_system_is_its_own_the_server_keeps_its_files(bundle, code):
    with sandbox.open(bundle, TIGHT, "landlock") as host, host.start() as student:
        say(student, code)
        assert student.wait(110) == Outcome("output", "it wrote more than 8 MB of files, or too many")
        assert not [name for name in os.listdir(host.folder / "scratch") if name.isdigit()]


def test_where_a_file_system_is_its_own_it_is_small(walled):
    if walled.level != "bubblewrap":
        pytest.skip("only bubblewrap gives one")
    with walled.start() as student:
        assert "No space left" in say(student, SPREAD)
        assert "No space left" in say(student, MANY)


def test_a_single_file_is_bounded(walled):
    with walled.start() as student:
        code = "file = open('f', 'wb', buffering=0); file.write(b'x' * (8 << 20)); file.write(b'x')"
        assert say(student, code) == "OSError: [Errno 27] File too large"


@LINUX
def test_a_server_that_was_killed_is_told_and_started_again(host):
    student = host.start()
    say(student, "answer = 1")
    for pid in below(os.getpid()) & below(host.process.pid) | {host.process.pid}:
        os.kill(pid, signal.SIGKILL)
    outcome = student.wait(110)
    assert outcome.kind == "killed" and outcome.detail.startswith("the sandbox itself ended: its exit status was -9")
    student.wire.close()
    with host.start() as student:
        assert say(student, "answer = 'again'") == "again"


@LINUX
def test_a_server_that_ends_takes_the_submission_with_it(host):
    with host.start() as student:
        say(student, "answer = 1")
        everybody = below(host.process.pid) | {host.process.pid}
        os.kill(host.process.pid, signal.SIGKILL)
        assert gone(everybody)


@LINUX
def test_a_server_that_hangs_is_told_and_started_again(host, monkeypatch):
    monkeypatch.setattr(sandbox.host, "ANSWERING", 0.3)
    student = host.start()
    say(student, "answer = 1")
    stopped = below(host.process.pid) | {host.process.pid}
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    assert student.outcome() == Outcome("killed", "the sandbox itself ended: it did not answer")
    student.wire.close()
    assert gone(stopped)
    monkeypatch.undo()
    with host.start() as student:
        assert say(student, "answer = 'again'") == "again"


@LINUX
def test_a_closed_sandbox_leaves_nothing(bundle, host):
    with sandbox.open(bundle, TIGHT, host.level) as other:
        student = other.start()
        say(student, "answer = 1")
        inside = below(other.process.pid) | {other.process.pid}
        assert len(inside) >= 2
    assert gone(inside) and not other.folder.exists()
    assert student.outcome() == Outcome("killed", "its sandbox was closed")
    student.wire.close()


@LINUX
@pytest.mark.parametrize("moment", ["while it waits", "before it reads"])
def test_a_judge_that_was_forked_and_killed_leaves_the_sandbox_usable(host, moment):
    """The judge is a child of the grader, starts submissions of its own, and may be killed at any moment."""
    ready, tell = os.pipe()
    judge = os.fork()
    if judge == 0:
        try:
            student = host.start()
            say(student, "answer = 1")
            if moment == "before it reads":
                host.control.sendall(b'{"do": "outcome", "of": 1, "wait": 0, "id": "unread"}\n')
            os.write(tell, b"x")
            student.wait(60)
        finally:
            os._exit(1)
    assert os.read(ready, 1) == b"x"
    os.kill(judge, signal.SIGKILL)
    assert os.waitpid(judge, 0)[1] == signal.SIGKILL
    os.close(ready)
    os.close(tell)
    with host.start() as student:
        assert say(student, "answer = 'next'") == "next" and student.outcome() is None


@LINUX
def test_a_forked_judge_starts_the_server_again_where_it_has_ended(host):
    os.kill(host.process.pid, signal.SIGKILL)
    judge = os.fork()
    if judge == 0:
        code = 1
        try:
            with host.start() as student:
                code = say(student, "answer = 42")
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(judge, 0)[1]) == 42
    with host.start() as student:
        assert say(student, "answer = 'next'") == "next"


GRADER = """
import sys, time
from tito.grading import sandbox
sandbox.host.IMPORTS = ("numpy",)
host = sandbox.open(sys.argv[1], level=sys.argv[2])
student = host.start()
student.wire.sendall(b'"import os; answer = [os.fork() for _ in range(2)]"\\n')
student.wire.recv(100)
print(host.folder, flush=True)
time.sleep(600)
"""


@LINUX
@pytest.mark.parametrize("level", LEVELS)
def test_a_grader_that_is_killed_leaves_no_process(bundle, level):
    command = [sys.executable, "-c", GRADER, bundle, level]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        folder = grader.stdout.readline().strip()
        inside = below(grader.pid)
        assert len(inside) >= 2
        grader.kill()
    assert gone(inside)
    subprocess.run(["rm", "-rf", folder], check=True)


@LINUX
def test_a_copy_of_the_control_socket_does_not_keep_it_alive(bundle, host):
    """A judge that was forked from the grader holds one: the server watches the grader itself."""
    code = "import os\n" + GRADER.replace("print(", "os.fork() or os.setsid()\nprint(")
    command = [sys.executable, "-c", code, bundle, host.level]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as grader:
        folder = grader.stdout.readline().strip()
        everybody = below(grader.pid)
        judge = next(pid for pid in everybody if b"sandbox.open" in cmdline(pid))
        grader.kill()
        others_are_gone = gone(everybody - {judge})
        os.kill(judge, signal.SIGKILL)
    subprocess.run(["rm", "-rf", folder], check=True)
    assert others_are_gone


def cmdline(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
