"""One command at a time changes a class; what only reads it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tito.errors import TitoError
from tito.grading import demo, grade, lock, results

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is graded there, and nothing locked")


def files(folder: Path) -> dict[Path, bytes]:
    return {f: f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name != "lock"}


WRITING = (
    "release 00",
    "collect",
    "collect --exchange",
    "grade",
    "feedback",
    "restore",
    "roster add dora",
    "roster import students.csv",
    "roster remove cleo",
)


@pytest.fixture
def graded(classroom, work):
    """A class in which every command has something to do."""
    work.put("ada", "00", work.notebook("00"))
    grade.grade(classroom, classroom.released)
    work.put("ada", "00", work.notebook("00", first_double="def double(x):\n    return x + x"))
    (classroom.root / "inbox/ada.zip").write_bytes(work.zip(work.notebook("00")))
    return classroom


def test_what_changes_the_class_is_refused_while_another_does_and_what_reads_it_is_not(graded, tito):
    before = files(graded.root)
    with lock.alone(graded.root, "tito class release"):
        said = {command: tito("class", *command.split()) for command in WRITING}
        for command in ("report", "similar", "roster", "restore --list"):
            assert tito("class", *command.split()).code == 0, command
    for command, result in said.items():
        first, second = result.err.splitlines()
        assert result.code == 1 and first.startswith(f"tito: {graded.root} is in use: tito class release, process ")
        assert first.endswith(" UTC.") and second == "  Wait until it is done, or stop it." and not result.out, command
    assert files(graded.root) == before
    assert (graded.root / ".tito/lock").read_text() == ""
    assert tito("class", "roster", "add", "dora").code == 0


def test_a_demonstration_is_refused_while_another_runs_or_its_class_is_in_use(tiny_course):
    folder = tiny_course / "build/demo"
    (folder / "class/.tito").mkdir(parents=True)
    (folder / "class/.tito/lock").touch()
    course = demo.Course(tiny_course)
    with (
        lock.alone(folder, "tito class demo", folder.with_name("demo.lock")),
        pytest.raises(TitoError, match="demo is in use: tito class demo"),
    ):
        demo.run(course)
    with lock.alone(folder / "class", "tito class grade"), pytest.raises(TitoError, match="in use: tito class grade"):
        demo.run(course)
    assert (folder / "class/.tito/lock").is_file()


def test_of_two_releases_at_once_one_makes_the_gradebook_and_the_other_is_refused(classroom):
    (classroom.root / "gradebook.db").unlink()
    command = [sys.executable, "-P", "-m", "tito", "class", "release"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": classroom.root}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    said = {process.returncode: err for process, (_, err) in [(p, p.communicate(timeout=120)) for p in both]}
    assert set(said) == {0, 1} and "is in use: tito class release, process" in said[1], said
    assert most(classroom) == {"00_first": 5, "01_second": 5}
    assert not list((classroom.root / ".tito").glob("release-*"))


def most(classroom) -> dict[str, float]:
    return results.marks(classroom, classroom.released)[1]
