"""What nbgrader's numbers mean stays: manual scores, late penalties, extra credit, partial credit."""

import datetime
import json
import subprocess
import sys

import pytest

from tito.grading import grade, gradebook, ledger


@pytest.fixture
def graded(classroom, work):
    """ben_2 has 2 of 5 points: the hidden test of double failed."""
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    assert [r["score"] for r in grade.grade(classroom, classroom.released)] == [2]
    return classroom


def book(classroom):
    return gradebook.Book(classroom, classroom.released)


def change(classroom, **facts) -> None:
    with book(classroom) as opened:
        found = opened.book.find_grade("test-first-double", "first", "00_first", "ben_2")
        for name, value in facts.items():
            setattr(found, name, value)
        opened.db.commit()


def shown(classroom) -> tuple:
    with book(classroom) as opened:
        found = opened.book.find_grade("test-first-double", "first", "00_first", "ben_2")
        whole = opened.book.find_submission("00_first", "ben_2")
        return found.auto_score, found.manual_score, found.extra_credit, found.needs_manual_grade, whole.score


def test_a_manual_score_stays_with_its_submission(graded):
    change(graded, manual_score=1.5, extra_credit=0.25)
    (row,) = grade.grade(graded, graded.released, again=True)
    assert row["remarks"] == [] and row["score"] == 3.75
    assert shown(graded) == (0, 1.5, 0.25, False, 3.75)


def test_a_manual_score_for_an_earlier_submission_is_set_aside_and_told(graded, work, tito):
    change(graded, manual_score=1.5, extra_credit=0.25)
    work.put("ben_2", "00", work.notebook("00"))
    said = tito("class", "grade").out
    assert "manual 1.5 was given for an earlier submission" in " ".join(said.split())
    assert shown(graded) == (3, None, 0.25, True, 5.25)
    with ledger.Ledger(grade.ledger_file(graded)) as opened:
        (kept,) = opened.database.execute("select student, grade_id, manual, automatic from set_aside").fetchall()
    assert tuple(kept) == ("ben_2", "test-first-double", 1.5, 3)


def test_late_is_penalised_as_the_class_says(graded, work):
    config = graded.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with book(graded) as opened:
        opened.book.find_assignment("00_first").duedate = datetime.datetime(2026, 9, 1, 12)
        opened.db.commit()
    file = graded.submission(graded.released[0], "ben_2").with_name("timestamp.txt")
    file.write_text("2026-09-01 13:30:00 +0200")  # 11:30 UTC
    grade.grade(graded, graded.released)
    with book(graded) as opened:
        whole = opened.book.find_submission("00_first", "ben_2")
        assert (whole.score, whole.late_submission_penalty) == (2, 0)
    file.write_text("2026-09-01 12:00:01 UTC")
    grade.grade(graded, graded.released)
    with book(graded) as opened:
        whole = opened.book.find_submission("00_first", "ben_2")
        assert (whole.score, whole.late_submission_penalty) == (2, 2) and whole.total_seconds_late == 1


def test_a_number_at_the_end_of_a_check_is_its_points(classroom, work):
    for kind in ("source", "release"):
        file = classroom.root / kind / "00_first/first.ipynb"
        notebook = json.loads(file.read_text())
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test-first-quadruple":
                cell["source"] = "2 if quadruple(3) == 12 else 0.5"
        file.write_text(json.dumps(notebook))
    work.put("ben_2", "00", work.notebook("00", first_quadruple="def quadruple(x):\n    return 0"))
    (row,) = grade.grade(classroom, classroom.released)
    assert row["score"] == 3.5
    notebook = json.loads(grade.autograded(classroom, classroom.released[0], "ben_2").read_text())
    (output,) = [c["outputs"][0] for c in notebook["cells"] if c["cell_type"] == "code" and c["outputs"]]
    assert output["data"] == {"text/plain": "0.5"}


LEAN = """
import sys
from tito.grading import gradebook
api = gradebook._api()
assert api.Gradebook and "nbgrader" not in sys.modules
assert not [name for name in sys.modules if name.startswith(("nbgrader.server_extensions", "nbconvert.exporters"))]
import nbgrader
assert nbgrader.__version__ and nbgrader.load_formgrader
from nbgrader import api as again
assert again is api is gradebook._api()
"""


def test_the_gradebook_comes_without_the_parts_for_a_server_and_whoever_wants_them_gets_them():
    done = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
