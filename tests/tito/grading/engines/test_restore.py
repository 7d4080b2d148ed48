"""Copies of the gradebook, and what comes back with one."""

import sqlite3
from contextlib import closing

import pytest

from tito.errors import TitoError
from tito.grading import backup, grade, lock
from tito.grading.ledger import Ledger


@pytest.fixture
def graded(classroom, work):
    """ada has 5 points, ben_2 has 2."""
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    grade.grade(classroom, classroom.released)
    return classroom


def points(classroom) -> dict[str, float]:
    with closing(sqlite3.connect(classroom.root / "gradebook.db")) as book:
        rows = book.execute(
            "select student_id, sum(coalesce(manual_score, auto_score)) from submitted_assignment s"
            " join submitted_notebook n on n.assignment_id = s.id join grade g on g.notebook_id = n.id"
            " group by student_id"
        )
        return dict(rows.fetchall())


def change(classroom, statement: str) -> None:
    with closing(sqlite3.connect(classroom.root / "gradebook.db")) as book, book:
        book.execute(statement)


def test_a_copy_brings_the_graders_work_back_and_grading_the_rest(graded, work, tito):
    change(graded, "update grade set manual_score = 1.5 where auto_score = 0")
    assert points(graded) == {"ada": 5, "ben_2": 3.5}
    work.put("cleo", "00", work.notebook("00"))
    grade.grade(graded, graded.released)  # copies first
    change(graded, "update grade set manual_score = 0")
    verdicts = {f: f.stat().st_mtime_ns for f in grade.verdicts_folder(graded).iterdir()}
    assert points(graded) == {"ada": 0, "ben_2": 0, "cleo": 0}
    newest = tito("class", "restore", "--list").out.split()[0]
    result = tito("class", "restore", newest)
    assert result.code == 0 and f"Brought back: {newest}" in result.out
    assert points(graded) == {"ada": 5, "ben_2": 3.5}
    rows = grade.grade(graded, graded.released)
    assert [r["status"] for r in rows] == ["graded"] * 3 and points(graded) == {"ada": 5, "ben_2": 3.5, "cleo": 5}
    assert {f: f.stat().st_mtime_ns for f in grade.verdicts_folder(graded).iterdir()} == verdicts
    undone = backup.restore(graded, result.out.split("until now: ")[1].split()[0])
    assert points(graded) == {"ada": 0, "ben_2": 0, "cleo": 0} and undone[1].is_file()


def test_a_damaged_gradebook_is_put_aside(graded):
    book = graded.root / "gradebook.db"
    good = points(graded)
    copy = backup.back_up(graded)
    book.write_bytes(b"no database" * 1000)
    with pytest.raises(TitoError, match="is damaged"):
        backup.back_up(graded)
    restored, before = backup.restore(graded)
    assert restored == copy and before.read_bytes().startswith(b"no database") and points(graded) == good


def test_ten_are_kept_and_a_wrong_name_is_told(graded, tito):
    for _ in range(12):
        newest = backup.back_up(graded)
    assert len(backup.copies(graded)) == backup.KEPT and backup.copies(graded)[0] == newest
    result = tito("class", "restore", "gradebook-1.db")
    assert result.code == 2 and "no copy 'gradebook-1.db'" in result.err
    newest.write_bytes(b"no database" * 100)
    with pytest.raises(TitoError, match="Take another"):
        backup.restore(graded, newest.name)
    assert points(graded) == {"ada": 5, "ben_2": 2}


def test_a_second_run_says_who_holds_the_class(graded, tito):
    with lock.alone(graded.root, "tito class grade"):
        result = tito("class", "grade")
    assert result.code == 1 and "is in use: tito class grade, process" in result.err
    assert tito("class", "grade").code == 0


@pytest.mark.parametrize("stop", ["_copy 1", "_copy 2", "_keep_present 1", "forget_records 1"])
def test_stopped_anywhere_and_run_again_brings_the_same_copy_back(graded, monkeypatch, stop):
    for _ in range(backup.KEPT - len(backup.copies(graded))):
        backup.back_up(graded)
    wanted = backup.copies(graded)[-1]
    content = wanted.read_bytes()
    change(graded, "update grade set manual_score = 0")
    name, times = stop.split()
    place = Ledger if name == "forget_records" else backup
    real, left = getattr(place, name), int(times)

    def stopping(*arguments):
        nonlocal left
        done = real(*arguments)
        left -= 1
        if not left:
            raise SystemExit
        return done

    monkeypatch.setattr(place, name, stopping)
    with pytest.raises(SystemExit):
        backup.restore(graded, wanted.name)
    monkeypatch.setattr(place, name, real)
    assert wanted.read_bytes() == content and len(backup.copies(graded)) <= backup.KEPT + 1
    with pytest.raises(TitoError, match=f"Bringing {wanted.name} back was stopped on the way"):
        grade.grade(graded, graded.released)
    assert backup.restore(graded)[0] == wanted
    grade.grade(graded, graded.released)
    assert points(graded) == {"ada": 5, "ben_2": 2}
    assert backup.restore(graded)[0] != wanted, "the one that was begun is done"
    assert not list((graded.root / ".tito/backups").glob(".*"))
