"""A disk that takes nothing more: one message, nothing lost, and the same command goes on when there is room."""

import subprocess
import sys

import pytest

from tito.errors import TitoError
from tito.files import full_disk
from tito.grading import backup, feedback, grade

resource = pytest.importorskip("resource", reason="there is no limit for files on Windows")
RELEASE, COLLECT, GRADE, FEEDBACK, RESTORE = "release", "collect", "grade", "feedback", "restore"


def run(classroom, command: str, most: int | None = None) -> subprocess.CompletedProcess:
    """The command with files of at most so many bytes: the kernel then refuses what a full disk refuses."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))) if most else None
    whole = [sys.executable, "-P", "-m", "tito", "class", command]
    return subprocess.run(whole, cwd=classroom.root, preexec_fn=limit, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("command", "most"),
    [(RELEASE, 1500), (RELEASE, 20_000), (COLLECT, 200), (GRADE, 1), (GRADE, 3000), (FEEDBACK, 1500), (RESTORE, 9000)],
)
def test_a_full_disk_is_told_in_one_message_and_the_command_goes_on_when_there_is_room(classroom, work, command, most):
    work.put("ada", "00", work.notebook("00"))
    if command != GRADE:
        grade.grade(classroom, classroom.released)
    (classroom.root / "inbox/ben.zip").write_bytes(work.zip(work.notebook("00"), student="ben_2"))
    said = run(classroom, command, most)
    lines = said.stderr.splitlines()
    assert said.returncode == 3 and len(lines) == 2 and lines[0].startswith("tito: "), said.stderr
    assert "could not be" in lines[0] and "Check the free space" in lines[1]
    assert not list(classroom.root.rglob("*.tmp"))
    assert run(classroom, command).returncode == 0
    assert [r["score"] for r in grade.grade(classroom, classroom.released) if r["student"] == "ada"] == [5]
    assert all(r["path"] for r in feedback.write(classroom, classroom.released))


def test_a_gradebook_that_cannot_be_copied_for_want_of_room_is_not_called_damaged(classroom, work, monkeypatch):
    book = classroom.root / "gradebook.db"
    backup.back_up(classroom)
    before = book.read_bytes()
    monkeypatch.setattr(backup, "_copy", lambda source, target: "database or disk is full")
    with pytest.raises(TitoError, match="could not be copied into"):
        backup.restore(classroom)
    assert book.read_bytes() == before and not list(classroom.root.glob("gradebook-damaged-*"))


def test_another_error_is_no_full_disk():
    assert full_disk(FileNotFoundError(2, "No such file or directory")) == "" == full_disk(ValueError("disk is full"))
