"""The gradebook in PostgreSQL: a real server, on a socket in a temporary folder."""

import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from killing import below

from tito.errors import TitoError
from tito.grading import backup, grade, gradebook, release, report
from tito.grading.classroom import restoring

NEEDED = [p for p in ("initdb", "postgres", "createdb", "pg_dump", "pg_restore") if not shutil.which(p)]
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)} (Debian's postgresql)")
pytest.importorskip("psycopg", reason="psycopg is not installed: tinytorch[postgres]")


@pytest.fixture(scope="module")
def server():
    """The folder of the socket of a server that everybody on this machine may use."""
    own = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="tito-pg-") as temporary:
        folder = Path(temporary)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if own:
            os.chown(data, own["user"], own["group"])
            os.chown(folder, own["user"], own["group"])
        folder.chmod(0o755)
        options = {"cwd": folder, "stdout": subprocess.DEVNULL, **own}
        command = ["initdb", "-D", data, "-U", "tito", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(command, check=True, **options)
        command = ["postgres", "-D", data, "-k", folder, "-h", "", "-F"]
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
        try:
            _until(lambda: _create(folder, "first"))
            yield folder
        finally:
            running.terminate()
            running.wait(60)


def _create(server: Path, book: str) -> subprocess.CompletedProcess:
    return subprocess.run(["createdb", "-h", server, "-U", "tito", book], capture_output=True)


def _until(attempt, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while (done := attempt()).returncode:
        assert time.monotonic() < until, done.stderr
        time.sleep(0.2)


@pytest.fixture
def on_postgres(classroom, server):
    """The class with a new gradebook there, released again."""
    settings, book = classroom.root / "settings.ini", f"book_{secrets.token_hex(4)}"
    assert _create(server, book).returncode == 0
    address = f"postgresql+psycopg://tito@/{book}?host={server}"
    text = settings.read_text()
    assert "db_url = \n" in text
    settings.write_text(text.replace("db_url = \n", f"db_url = {address}\n"))
    made = type(classroom)(classroom.root)
    assert gradebook.url(made) == address
    (made.root / "gradebook.db").unlink()
    rows, _ = release.release(made, ())
    assert [r["problem"] for r in rows] == ["", ""]
    return made


def test_grade_report_back_up_and_restore(on_postgres, work, tito):
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    rows = grade.grade(on_postgres, on_postgres.released)
    assert [(r["student"], r["score"], r["max_score"]) for r in rows] == [("ada", 5, 5), ("ben_2", 2, 5)]
    assert not (on_postgres.root / "gradebook.db").exists()

    def points() -> list[float | None]:
        return [
            s["modules"]["00_first"]["points"] for s in report.report(on_postgres, on_postgres.released)["students"]
        ]

    assert points() == [5, 2, None]
    kept = backup.back_up(on_postgres)
    assert kept.suffix == ".dump"
    with gradebook.Book(on_postgres, on_postgres.released) as book:
        grade_ = book.book.find_grade("test-first-double", "first", "00_first", "ada")
        grade_.manual_score = 0
        book.db.commit()
    assert points() == [2, 2, None]
    assert backup.restore(on_postgres, kept.name)[0] == kept
    assert points() == [5, 2, None]
    assert [r["new"] for r in grade.grade(on_postgres, on_postgres.released)] == [True, True] and points() == [
        5,
        2,
        None,
    ]
    # nbgrader's own commands, and formgrader, which reads the same setting, see the same book.
    command = [sys.executable, "-m", "nbgrader", "db", "student", "list"]
    listed = subprocess.run(command, cwd=on_postgres.root, capture_output=True, text=True, timeout=120)
    assert "ada" in listed.stdout and "ben_2" in listed.stdout, listed.stderr
    said = tito("class", "report")
    assert said.code == 0 and ["ada", "5", "–", "5"] in [line.split() for line in said.out.splitlines()]


def marks(classroom) -> list[tuple]:
    """Every student's automatic and manual scores."""
    with gradebook.Book(classroom, classroom.released) as book:
        submissions = book.book.assignment_submissions("00_first")
        grades = [(s.student_id, g) for s in submissions for n in s.notebooks for g in n.grades]
        return sorted((student, g.name, g.auto_score, g.manual_score) for student, g in grades)


def correct(classroom, score: float) -> None:
    """Give every cell a score by hand."""
    with gradebook.Book(classroom, classroom.released) as book:
        book.db.query(book.api.Grade).update({"manual_score": score})
        book.db.commit()


def loads(process: int) -> bool:
    """Whether a process has pg_restore at work on the database."""
    with contextlib.suppress(OSError):
        return any(b"--clean" in Path(f"/proc/{child}/cmdline").read_bytes() for child in below(process))
    return False


def test_a_restore_that_was_killed_leaves_the_old_book_or_the_copy_and_goes_on(on_postgres, work):
    """kill -9 of the leader alone, or of the process group, soon after the restore began or pg_restore did."""
    for student in ("ada", "ben_2", "cleo"):
        work.put(student, "00", work.notebook("00"))
    grade.grade(on_postgres, on_postgres.released)
    correct(on_postgres, 0.5)
    wanted, copy = backup.back_up(on_postgres), marks(on_postgres)
    begun, dice = restoring(on_postgres), random.Random(9)
    command, seen = [sys.executable, "-P", "-m", "tito", "class", "restore", wanted.name], set()
    for hit in range(4):
        correct(on_postgres, hit + 1)
        before = marks(on_postgres)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        running = subprocess.Popen(command, cwd=on_postgres.root, **quiet)
        while running.poll() is None and not (loads(running.pid) if hit % 2 else begun.is_file()):
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.4 if hit % 2 else 0.1))
        with contextlib.suppress(ProcessLookupError):
            (os.kill if hit < 2 else os.killpg)(running.pid, signal.SIGKILL)
        killed = running.wait(60) == -signal.SIGKILL
        found = marks(on_postgres)
        assert found in (before, copy), "neither the old gradebook nor the copy"
        seen.add((killed, found == copy))
        if begun.is_file():
            with pytest.raises(TitoError, match=f"Bringing {wanted.name} back was stopped on the way"):
                grade.grade(on_postgres, on_postgres.released)
        assert backup.restore(on_postgres, "" if begun.is_file() else wanted.name)[0] == wanted
        assert marks(on_postgres) == copy
    assert (True, False) in seen, "no restore was killed on its way"
    rows = grade.grade(on_postgres, on_postgres.released)
    assert [(r["score"], r["new"]) for r in rows] == [(1, True)] * 3 and marks(on_postgres) == copy


def test_a_restore_does_not_wait_for_a_program_that_has_the_gradebook_open(on_postgres, monkeypatch):
    monkeypatch.setattr(backup, "PATIENCE", 1)
    wanted = backup.back_up(on_postgres)
    with gradebook.Book(on_postgres, on_postgres.released) as formgrader:
        assert formgrader.db.query(formgrader.api.Student).count() == 3  # and its transaction stays open
        with pytest.raises(TitoError, match="Another program has the gradebook open: nothing was changed."):
            backup.restore(on_postgres)
    assert not restoring(on_postgres).exists() and backup.restore(on_postgres)[0] == wanted


def test_formgrader_reads_and_writes_there(on_postgres, work, tito, reviewed):
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    grade.grade(on_postgres, on_postgres.released, again=True)
    ask = reviewed(on_postgres)

    def read(path: str):
        return json.loads(ask(f"/formgrader/api/{path}")[0])

    assert [(a["name"], a["num_submissions"]) for a in read("assignments")] == [("00_first", 2), ("01_second", 0)]
    assert {s["id"]: s["score"] for s in read("students")} == {"ada": 5, "ben_2": 2, "cleo": 0}
    rows = {row["student"]: row["id"] for row in read("submitted_notebooks/00_first/first")}
    assert "Submission #" in ask(f"/formgrader/submissions/{rows['ada']}/")[0]
    own = next(g for g in read(f"grades?submission_id={rows['ben_2']}") if g["name"] == "test-first-double")
    ask(f"/formgrader/api/grade/{own['id']}", "PUT", own | {"manual_score": 1.5, "extra_credit": 0.25})
    remark = next(c for c in read(f"comments?submission_id={rows['ben_2']}") if c["name"] == "first-double")
    ask(f"/formgrader/api/comment/{remark['id']}", "PUT", remark | {"manual_comment": "And of negative numbers?"})
    following = ask(f"/formgrader/submissions/{min(rows.values())}/next")[0]
    assert max(rows.values()) in following, "the next submission"
    (ben,) = (s for s in report.report(on_postgres, on_postgres.released)["students"] if s["student"] == "ben_2")
    assert ben["modules"]["00_first"]["points"] == 3.75
    assert tito("class", "feedback", "00").code == 0
    page = (on_postgres.root / "feedback/ben_2/00_first/first.html").read_text()
    assert "<b>3.75</b> of 5 points" in page and "And of negative numbers?" in page
    assert not (on_postgres.root / "gradebook.db").exists()
