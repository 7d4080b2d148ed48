"""A folder into which the judge looks itself: honest use at every level, and whatever a hostile process hands over."""

import os
import socket
import time

import pytest
from small import cell

from tinytorch import testing
from tito.grading import judge, sandbox, wire
from tito.grading.handles import Client, Ended
from tito.grading.sandbox import bubblewrap

HONEST = """
import os
from pathlib import Path

def own(folder):
    Path(folder, "b").write_bytes(Path(folder, "a").read_bytes() * 2)
    os.replace(f"{folder}/b", f"{folder}/c")
    os.mkdir(f"{folder}/d")
    os.symlink("c", f"{folder}/e")
"""
CHECK = """
from tinytorch.testing import Folder, assert_same

with Folder() as folder, Folder() as other:
    assert_same(folder.names(), [], "the names in a new folder")
    folder.write("a", b"given")
    own(folder.path)
    assert_same(folder.names(), ["a", "c", "d", "e"], "the names")
    found = [folder.read(name) for name in ("a", "c", "d", "e", "b", "d/../a", "/etc/passwd", "", ".", "x" * 300)]
    assert_same(found, [b"given", b"givengiven", *[None] * 8], "what they hold")
    assert_same(other.names(), [], "the names in the other folder")
    other.write("a", b"")
    assert_same(other.read("a"), b"", "an empty file")
    path = folder.path
own(path)
"""
GONE = "FileNotFoundError: [Errno 2] No such file or directory:"


def test_it_is_the_same_in_the_notebook():
    names = {}
    exec(HONEST, names)
    with pytest.raises(FileNotFoundError):
        exec(CHECK, names)


def test_it_goes_with_its_block(message):
    assert message(HONEST, CHECK).startswith(GONE)
    assert testing.Folder.__module__ == "tinytorch.testing"


def lacking(level):
    return sandbox.why_not(level) or (bubblewrap.trial() if level == "bubblewrap" else "")


@pytest.mark.parametrize("level", ["bubblewrap", "landlock", "unsafe-local"])
def test_it_works_in_every_sandbox_and_in_a_judge_apart(hosts, level):
    if reason := lacking(level):
        pytest.skip(f"{level}: {reason}")
    notebook = {"cells": [cell("solution", "own", HONEST), cell("check", "test-own", CHECK)]}
    clean = judge.clean_cells(notebook)
    with sandbox.open(hosts("00_setup").folder, level=level) as host:
        judged = judge.apart(
            lambda each: judge.run(clean, notebook, host.start, each=each), judge.steps(clean, notebook), 60
        )
    assert judged.checks[0].message.startswith(GONE)


def test_each_students_process_has_its_own(judged):
    check = "from tinytorch.testing import Folder\nwith Folder() as folder:\n"
    check += "    folder.write('a', b'1')\n    own(folder.path)\n    assert folder.read('a') == b'2'"
    ends = "def own(folder):\n    import os\n    os._exit(1)"
    fine = "def own(folder):\n    open(f'{folder}/a', 'wb').write(b'2')"
    cells = [cell("solution", "s1", ends), cell("check", "c1", check), cell("solution", "s2", fine)]
    first, second = judged([*cells, cell("check", "c2", check)]).checks
    assert (first.status, first.message) == ("failed", "the code ended the Python process")
    assert (second.status, second.message) == ("passed", "")


OPEN = "import os\nfrom tinytorch.testing import Folder\nfolder = Folder()\n"
HANDS = """
import os, socket, subprocess, sys, tempfile, time
import student_process

def hands(*descriptors, data=b"\\0", path="x"):
    def folder(server):
        server._hand_over = lambda: hand_over(server)
        return path
    def hand_over(server):
        del server._hand_over
        socket.send_fds(server.stream, [data], descriptors)
    student_process.OPERATIONS["folder"] = folder

def opened(path, flags=os.O_RDONLY):
    return os.open(path, flags)

empty = tempfile.mkdtemp()
"""
HANDED = [
    ("hands(opened(empty))", ""),
    ("hands(opened(empty, os.O_PATH))", ""),
    ("hands()", "no folder"),
    ("hands(opened(empty), opened(empty))", "more than one folder"),
    ("hands(*[opened(empty)] * 250)", "more than one folder"),
    ("hands(opened('/etc/passwd'))", "a folder that is none"),
    ("hands(opened('/dev/null'))", "a folder that is none"),
    ("ours, theirs = socket.socketpair()\nhands(ours.fileno())", "a folder that is none"),
    ("hands(os.memfd_create('x'))", "a folder that is none"),
    ("hands(*os.pipe()[:1])", "a folder that is none"),
    ("hands(opened('/'))", "a folder that is not empty"),
    ("hands(opened('/proc/self/fd'))", "a folder that is not empty"),
    ("hands(opened('/proc/self/fdinfo'))", "a folder that is not empty"),
    ("hands(opened(empty))\nos.rmdir(empty)", ""),
    ("hands(opened(empty), path=5)", "the path of a folder that is none"),
    ("hands(opened(empty), path=object())", "the path of a folder that is none"),
    ("hands(data=b'')", "the code did not answer in time"),
    ("student_process.OPERATIONS['folder'] = lambda server: 'x'", "the code did not answer in time"),
    ("student_process.OPERATIONS['folder'] = lambda server: 1 / 0", "ZeroDivisionError: division by zero"),
    ("student_process.Server._hand_over = lambda server: os._exit(0)", "the code ended the Python process"),
]
QUICK = judge.Deadlines(call=1, cell=10)


def descriptors():
    return sorted(os.listdir("/dev/fd"))


@pytest.mark.parametrize(("code", "expected"), HANDED)
def test_what_else_may_be_handed_over(message, code, expected):
    before = descriptors()
    got = message(HANDS + code, OPEN + "assert folder.names() == []\ndel folder", deadlines=QUICK)
    assert expected in got and bool(got) == bool(expected), got
    assert descriptors() == before


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_folder_without_permissions_is_none(message):
    code = HANDS + "hands(opened(empty))\nos.chmod(empty, 0)"
    assert "a folder that is none, or closed" in message(code, OPEN)


def test_an_error_ends_a_check_and_a_lie_ends_all(judged):
    cells = [cell("solution", "own", HANDS + "hands()"), cell("check", "c1", OPEN), cell("check", "c2", "pass")]
    told = "its process handed over no folder"
    checks = judged(cells).checks
    assert [(c.status, c.message) for c in checks] == [("error", told), ("error", f"not run: {told}")]


FULL = """
import os, pathlib, socket, shutil

def own(folder, look=None):
    os.chdir(folder)
    {}
"""
LEASE = """
    import fcntl, signal
    global file
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    file = open("x", "w")
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
"""
PUT = [
    ("os.symlink('/etc/passwd', 'x')", None),
    ("os.symlink('y', 'x'); pathlib.Path('y').write_bytes(b'1')", None),
    ("os.symlink('/proc/self/mem', 'x')", None),
    ("os.symlink('x', 'x')", None),
    ("os.mkfifo('x')", None),
    ("os.mkdir('x')", None),
    ("socket.socket(socket.AF_UNIX).bind('x')", None),
    ("pass", None),
    ("pathlib.Path('x').write_bytes(b'1'); os.link('x', 'y')", b"1"),
    ("pathlib.Path('x').write_bytes(bytes(1 << 20))", bytes(1 << 20)),
    ("pathlib.Path('x').write_bytes(bytes((1 << 20) + 1))", "x in the folder holds more than 1 MB"),
    ("pathlib.Path('x').touch(); os.truncate('x', 10 << 30)", "x in the folder holds more than 1 MB"),
    ("os.rmdir(folder)", None),
    (LEASE, "x in the folder cannot be read: Resource temporarily unavailable"),
    ("[pathlib.Path(str(i)).touch() for i in range(1100)]", "there are more than 1000 files in the folder"),
    ("open(b'\\xff\\xfe', 'wb').close()", None),
]


@pytest.mark.parametrize(("code", "expected"), PUT)
def test_what_may_stand_in_it(message, code, expected):
    began = time.monotonic()
    check = f"{OPEN}own(folder.path)\nfolder.names()\nassert folder.read('x') == {expected!r}"
    assert message(FULL.format(code), check) == (expected if type(expected) is str else "")
    assert time.monotonic() - began < 20


def test_names_that_are_no_text(message):
    check = OPEN + "own(folder.path)\nassert folder.names() == ['\\udcff\\udcfe'], folder.names()\n"
    check += "assert folder.read(folder.names()[0]) == b'1'\nassert [*map(folder.read, '\\ud800\\0')] == [None] * 2\n"
    code = FULL.format("open(b'\\xff\\xfe', 'wb').write(b'1')")
    assert message(code, check) == ""
    assert message(code, check + "assert False, folder.names()[0]") == "��"


def test_looking_leaves_nothing_open_on_either_side(message):
    code = "import os, pathlib\ndef own(): return len(os.listdir('/dev/fd'))"
    check = """
import os
from tinytorch.testing import Folder

def look(n):
    for _ in range(n):
        with Folder() as folder:
            folder.write("x", b"1")
            assert folder.read("x") == b"1" and folder.read("") is None
    return own(), len(os.listdir("/dev/fd"))

assert look(1) == look(9)
"""
    assert message(code, check) == ""


def test_a_file_that_cannot_be_read_is_not_the_students_to_swallow(message):
    code = FULL.format(LEASE + "    try:\n        look('x')\n    except BaseException:\n        pass")
    told = "x in the folder cannot be read: Resource temporarily unavailable"
    assert message(code, OPEN + "own(folder.path, folder.read)") == told


def test_a_process_that_says_it_wrote(message):
    code = "import pathlib\npathlib.Path.write_bytes = lambda path, data: len(data)"
    assert "x could not be put into the folder" in message(code, OPEN + "folder.write('x', b'1')")


def test_nothing_is_read_after_its_block(message):
    check = "from tinytorch.testing import Folder\nwith Folder() as folder:\n    pass\n"
    check += "later = Folder()\nlater.write('x', b'1')\nfolder.{}"
    for call in ("names()", "read('x')"):
        assert message("", check.format(call)) == "the folder is gone"


def test_a_change_of_place_in_the_handed_descriptor_hides_nothing(message):
    code = HANDS + "place = opened(empty)\nhands(place, path=empty)\ndef own(): os.lseek(place, 1 << 40, os.SEEK_SET)"
    check = OPEN + "folder.write('x', b'1')\nown()\nassert folder.names() == ['x'], folder.names()"
    assert message(code, check) == ""


ATTACHES = """
import os, socket
import student_process

class Stream:
    def __init__(self, stream):
        self.stream = stream
        self.files = [os.open("/dev/null", os.O_RDONLY)] * 200

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def sendall(self, data):
        for i in range(0, len(data), 7):
            socket.send_fds(self.stream, [data[i : i + 7]], self.files)

def answer(server, *rest, usual=student_process.Server._answer):
    if type(server.stream) is not Stream:
        server.stream = Stream(server.stream)
    usual(server, *rest)

student_process.Server._answer = answer
def own(f): return [f() for _ in range(50)]
"""


def test_descriptors_on_other_bytes_do_not_pile_up(message):
    before = descriptors()
    check = OPEN + "n = lambda: len(os.listdir('/dev/fd'))\nhad = n()\nassert own(n) == [had] * 50\ndel folder"
    assert message(ATTACHES, check) == ""
    assert descriptors() == before


@pytest.mark.parametrize(("until", "kind"), [(float("inf"), "crash"), (0, "timeout")])
def test_a_process_that_leaves_and_a_deadline_that_is_over(until, kind):
    ours, theirs = socket.socketpair()
    with ours:
        client = Client(ours)
        client.until = until
        ours.sendall(b"a request")
        theirs.close()  # with something unread: the other side gets an error, not an end
        with pytest.raises(Ended) as ended:
            client.descriptors()
    assert ended.value.kind == kind


def test_a_read_without_room_for_them_drops_descriptors():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(theirs, {"a": 1}, [])
        frame = ours.recv(1 << 16)
        for start in range(0, len(frame), 3):
            socket.send_fds(theirs, [frame[start : start + 3]], [theirs.fileno()] * 100)
        before = descriptors()
        assert wire.receive(ours)[0] == {"a": 1}
        assert descriptors() == before
        socket.send_fds(theirs, [b"1"], [theirs.fileno()] * 3)
        _, found, _, _ = socket.recv_fds(ours, 1, 2)
        assert len(found) == 2 and len(descriptors()) == len(before) + 2
        for descriptor in found:
            os.close(descriptor)
