"""A class of the tiny course, released once, and copied for each test."""

import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

import pytest

from tito import cells, notebooks
from tito.course import Course
from tito.grading import classroom as classrooms
from tito.grading import release
from tito.grading.classroom import Classroom, Student

STUDENTS = [
    Student("ada", "Ada", "Lovelace", "ada@example.org"),
    Student("ben_2", "Ben", "Bitdiddle"),
    Student("cleo", "Cléo", "Cipher"),
]


@pytest.fixture(autouse=True)
def own_umask():
    """A classroom sets the umask of its process; the next test has the old one."""
    old = os.umask(0o022)
    os.umask(old)
    yield
    os.umask(old)


@pytest.fixture(autouse=True)
def collecting_day(monkeypatch):
    """What is handed in in these tests, in September 2026, is collected after that, whatever the clock says."""
    monkeypatch.setattr("tito.grading.collect._now", lambda: max(time.time(), 1790812800.0))


@pytest.fixture(scope="session")
def class_template(tmp_path_factory, make_tiny_course):
    """A course with a class in which both modules are released."""
    root = make_tiny_course(tmp_path_factory.mktemp("template") / "course")
    (root / "tinytorch/core/first.py").write_text("def double(x):\n    return 2 * x\n")
    made = classrooms.create(Course(root))
    made.write_roster(STUDENTS)
    rows, _ = release.release(made, ())
    assert [(r["module"], r["points"], r["problem"]) for r in rows] == [("00_first", 5, ""), ("01_second", 5, "")]
    return root


@pytest.fixture
def classroom(class_template, tmp_path, monkeypatch):
    """A class of ada, ben_2 and cleo, its folder the current one."""
    shutil.copytree(class_template, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course/class")
    return Classroom(tmp_path / "course/class")


class Work:
    """What students hand in."""

    def __init__(self, classroom: Classroom):
        self.classroom = classroom

    def notebook(self, slug: str, change=None, **answers: str) -> bytes:
        """A released notebook with the reference solutions, or other `answers` by grade_id (_ for -)."""
        module = self.classroom.module(slug)[0]
        reference = notebooks.read(self.classroom.root / "source" / module.notebook)
        notebook = notebooks.read(module.path)
        right = {notebooks.grade_id(c): c["source"] for c in reference["cells"] if notebooks.is_solution(c)}
        right |= {name.replace("_", "-"): text for name, text in answers.items()}
        for cell in notebook["cells"]:
            name = notebooks.grade_id(cell)
            cell["source"] = cells.without_markers(right[name]) if name in right else cell["source"]
        if change:
            change(notebook)
        return json.dumps(notebook).encode()

    def zip(self, content: bytes, student="ada", slug="00_first", time="2026-09-01T12:00:00Z", **receipt) -> bytes:
        """The zip that `tito submit` makes of a notebook."""
        facts = {
            "schema": "tito/receipt/1",
            "module": slug,
            "student": student,
            "sha256": hashlib.sha256(content).hexdigest(),
            "time": time,
        }
        return zipped({f"{slug[3:]}.ipynb": content, "receipt.json": json.dumps(facts | receipt).encode()})

    def put(self, student: str, slug: str, content: bytes) -> None:
        """Place a notebook where nbgrader's own commands would."""
        path = self.classroom.submission(self.classroom.module(slug)[0], student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(files: dict) -> bytes:
    """A zip of files by name; a name may be a ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def make_zip():
    """`zipped`, for tests."""
    return zipped


@pytest.fixture
def work(classroom):
    """What the class's students hand in."""
    return Work(classroom)


@pytest.fixture
def reviewed(tmp_path):
    """`reviewed(classroom)` runs `tito class review`, and gives `ask(path, method, body, token)`: text and headers."""
    running = []

    def start(classroom: Classroom):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = [f"--ServerApp.port={port}", "--no-browser", "--IdentityProvider.token=sesame", "--allow-root"]
        command = [sys.executable, "-m", "tito", "class", "review", *options]
        environment = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter")}
        log = tmp_path / "review.txt"
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=classroom.root, env=environment, stdout=file, stderr=file)
        running.append(process)

        def ask(path: str, method: str = "GET", body=None, token: str = "sesame"):
            headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
            data = json.dumps(body).encode() if body is not None else None
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
            with urllib.request.urlopen(asked, timeout=120) as answer:
                return answer.read().decode(), answer.headers

        until = time.monotonic() + 120
        while True:
            try:
                ask("/api/status")
                return ask
            except (OSError, urllib.error.URLError):
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.5)

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
