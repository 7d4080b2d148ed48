"""kill -9 anywhere, 50 times, then again: verdicts = submissions, each written once, the gradebook right.

TITO_KILLS: how often (make grading-kill: 500).
"""

import os
import sqlite3
import sys

import pytest
from killing import Killer

from tito.grading import grade, verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")
KILLS, CLASS = int(os.environ.get("TITO_KILLS", "50")), 24
WRONG = "def double(x):\n    return abs(2 * x)  # {}"
RIGHT = "def double(x):\n    return x + x  # {}"


def kind(number: int) -> tuple[str, float]:
    """What a student hands in, and the points for it."""
    return (RIGHT, 5) if number % 3 else (WRONG, 2)


@pytest.fixture
def murderous(classroom, work):
    """A class that grows, whose submissions are tried as often as it takes; `hand_in(n)`."""
    settings = classroom.root / "settings.ini"
    settings.write_text(settings.read_text() + "tries = 1000\n")
    count = 0

    def hand_in(more: int) -> None:
        nonlocal count
        for number in range(count, count + more):
            name = f"student{number:04}"
            work.put(name, "00", work.notebook("00", first_double=kind(number)[0].format(number)))
        count += more

    return hand_in


def test_killed_fifty_times(murderous, classroom):
    murderous(CLASS)
    killer = Killer(classroom.root, seed=1)
    killer.kill(KILLS, lambda: murderous(20))
    assert list(grade.verdicts_folder(classroom).glob("*.json")), "no run came so far that it judged anything"
    rows = killer.finish()
    assert killer.killed["leader"] + killer.killed["below"] == KILLS and min(killer.killed.values()) > 5
    expected = {f"student{n:04}": kind(n)[1] for n in range(len(rows))}
    assert {r["student"]: r["score"] for r in rows} == expected
    assert {r["status"] for r in rows} == {"graded"}
    keys = {r["key"] for r in rows}
    files = {f.stem for f in grade.verdicts_folder(classroom).glob("*.json")}
    assert files == keys and len(keys) == len(rows) >= CLASS
    for key in keys:
        verdict.read(verdict.path(grade.verdicts_folder(classroom), key))
    with sqlite3.connect(grade.ledger_file(classroom)) as ledger:
        assert ledger.execute("select count(*), count(distinct key) from verdict").fetchone() == (len(rows),) * 2
        assert ledger.execute("select count(*) from record").fetchone() == (len(rows),)
    with sqlite3.connect(classroom.root / "gradebook.db") as book:
        points = book.execute(
            "select student_id, sum(auto_score), count(*) from submitted_assignment s join submitted_notebook n"
            " on n.assignment_id = s.id join grade g on g.notebook_id = n.id group by student_id"
        ).fetchall()
    assert {student: (score, cells) for student, score, cells in points} == {s: (p, 2) for s, p in expected.items()}
    assert not list(classroom.root.rglob("*.tmp"))
    module = classroom.released[0]
    assert all(grade.autograded(classroom, module, student).is_file() for student in expected)
