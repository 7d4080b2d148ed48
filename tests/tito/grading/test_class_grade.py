"""Grading through nbgrader: points, failures that stay with their submission, runs that go on, feedback, report."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tito.course import Course
from tito.grading import feedback, grade, nbgrader_jobs, report
from tito.grading.classroom import Classroom


def duplicate(name):
    def change(notebook):
        cells = notebook["cells"]
        at = next(i for i, c in enumerate(cells) if c["metadata"].get("nbgrader", {}).get("grade_id") == name)
        cells.insert(at, json.loads(json.dumps(cells[at])) | {"id": "copied"})

    return change


def delete(*names):
    def change(notebook):
        notebook["cells"] = [
            c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") not in names
        ]

    return change


SUBMISSIONS = {
    "right": {},
    "open": {"first_double": "def double(x):\n    raise NotImplementedError"},
    "hidden": {"first_double": "def double(x):\n    return abs(2 * x)"},
    "copied_check": {"change": duplicate("test-first-double")},
    "copied_solution": {"change": duplicate("first-double")},
    "no_check": {"change": delete("test-first-double")},
    "no_exercise": {"change": delete("first-quadruple", "test-first-quadruple")},
    "dies": {"first_quadruple": "import os\nos._exit(1)"},
    "edited_check": {
        "first_double": "def double(x):\n    return 0",
        "change": lambda n: [c.update(source="pass") for c in n["cells"] if c.get("id") == "test-first-double"],
    },
    "last": {},
}


@pytest.fixture
def some(classroom, work):
    """ada has both modules right, ben_2 left one exercise open, cleo's notebook is damaged."""
    work.put("ada", "00", work.notebook("00"))
    work.put("ada", "01", work.notebook("01"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    raise NotImplementedError()"))
    work.put("cleo", "00", work.notebook("00")[:700])
    return classroom


def test_each_submission_has_its_own_result(classroom, work):
    for student, facts in SUBMISSIONS.items():
        work.put(student, "00", work.notebook("00", **facts))
    rows = {r["student"]: r for r in grade.grade(classroom, [classroom.module("00")[0]])}
    points = {s: (r["status"], r["score"]) for s, r in rows.items()}
    assert points["right"] == points["last"] == ("graded", 5)
    assert points["open"] == ("graded", 0)
    assert points["hidden"] == ("graded", 2)
    assert points["copied_check"] == points["copied_solution"] == ("graded", 5)
    assert points["no_check"] == ("graded", 5)
    assert points["no_exercise"] == ("graded", 3)
    assert points["edited_check"] == ("graded", 0)
    assert points["dies"] == ("graded", 3)
    with sqlite3.connect(classroom.root / "gradebook.db") as book:
        assert book.execute("select count(*) from submitted_assignment").fetchone()[0] == len(SUBMISSIONS)


def test_only_what_changed_is_graded_again(some, work):
    modules = some.released
    events = []
    rows = grade.grade(some, modules, heard=lambda done, count, record: events.append((done, count, record["student"])))
    assert [e[:2] for e in events] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sorted(e[2] for e in events) == ["ada", "ada", "ben_2", "cleo"]
    assert [(r["student"], r["status"], r["score"], r["new"]) for r in rows] == [
        ("ada", "graded", 5, True),
        ("ben_2", "graded", 0, True),
        ("cleo", "needs_staff", None, True),
        ("ada", "graded", 5, True),
    ]
    assert [r["new"] for r in grade.grade(some, modules)] == [False] * 4
    work.put("ben_2", "00", work.notebook("00"))
    again = grade.grade(some, modules)
    assert [(r["student"], r["new"]) for r in again if r["new"]] == [("ben_2", True)] and again[1]["score"] == 5
    assert [r["student"] for r in grade.grade(some, modules, ("ada",), again=True) if r["new"]] == ["ada", "ada"]
    source = some.root / "source/00_first/first.ipynb"
    source.write_text(source.read_text().replace("First steps", "First steps again"))
    assert [grade.record(some, m, "ada")["status"] for m in modules] == ["waiting", "graded"]


def test_a_run_that_was_stopped_goes_on_where_it_was(some):
    def stop(done, count, record):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade.grade(some, some.released, heard=stop)
    rows = grade.grade(some, some.released)
    assert sorted(r["new"] for r in rows) == [False, False, True, True]
    assert [r["status"] for r in rows] == ["graded", "graded", "needs_staff", "graded"]


def test_what_killed_writers_left_is_removed_by_the_next_run_and_nothing_else(some):
    modules = [some.module("00")[0]]
    grade.grade(some, modules)
    folders = [grade.verdicts_folder(some), some.root / "autograded/ada/00_first"]
    left = [folder / name for folder in folders for name in (".abc.ipynb.x1.tmp", ".verdict-1.tmp")]
    before = {f for folder in folders for f in folder.iterdir()}
    for file in left:
        file.write_text("half")
    grade.grade(some, modules)
    assert {f for folder in folders for f in folder.iterdir()} == before and len(before) > 3


def test_a_child_that_dies_costs_one_item_only(some, monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os, sys\n"
        "for i, item in json.load(sys.stdin)['items']:\n"
        "    print(json.dumps({'started': i}), flush=True)\n"
        "    if item == 'bad': os._exit(9)\n"
        "    print(json.dumps({'done': i, 'problem': '', 'item': item}), flush=True)\n"
    )
    monkeypatch.setattr(nbgrader_jobs, "_CHILD", child)
    answers = nbgrader_jobs.run(some, "x", ["a", "bad", "b", "bad", "c"])
    assert [a.get("item") for a in answers] == ["a", None, "b", None, "c"]
    assert "died" in answers[1]["problem"]
    child.write_text("raise SystemExit(1)")
    with pytest.raises(Exception, match="nbgrader could not be started"):
        nbgrader_jobs.run(some, "x", ["a"])


def test_from_grading_to_the_table(some, tito):
    result = tito("class", "grade")
    assert result.code == 1
    assert "cleo 00_first needs staff: " in result.out
    assert "4 submissions: 4 graded now, 0 unchanged." in result.out
    result = tito("class", "feedback")
    assert result.code == 0 and "4 pages" in result.out
    damaged = (some.root / "feedback/cleo/00_first/first.html").read_text()
    assert "JSON" in damaged and "not the same as 0 points" in damaged
    page = (some.root / "feedback/ben_2/00_first/first.html").read_text()
    assert "00_first: First steps (ben_2)" in page and "NotImplementedError" in page and "<script" not in page
    assert '<div class="check lost" id="test-first-double">' in page and "not filled in yet" in page
    result = tito("class", "report", "--csv", "marks.csv")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()]
    assert ["ada", "5", "5", "10"] in rows and ["ben_2", "0", "–", "0"] in rows
    assert ["cleo", "staff", "–", "0"] in rows
    table = list(csv.DictReader(io.StringIO(Path("marks.csv").read_text())))
    assert table[2]["00_first"] == "" and table[2]["00_first status"] == "needs_staff" and table[0]["total"] == "10"
    assert tito("class", "report", "--csv", "marks.csv").code == 4
    assert tito("class", "report", "--csv", "marks.csv", "--force").code == 0
    data = json.loads(tito("class", "report", "00", "--json").out)
    assert data["schema"] == "tito/class-report/2" and data["max"] == 5
    assert data["students"][2]["modules"]["00_first"]["points"] is None


def test_a_manual_score_counts_and_asks_for_review(some):
    grade.grade(some, some.released[:1], ("ben_2",))
    with sqlite3.connect(some.root / "gradebook.db") as book:
        book.execute("update grade set manual_score = 1.5, needs_manual_grade = 1 where auto_score = 0 and rowid = 1")
        changed = book.execute("select count(*) from grade where manual_score = 1.5").fetchone()[0]
    assert changed == 1
    cell = report.report(some, some.released[:1])["students"][1]["modules"]["00_first"]
    assert cell["points"] == 1.5 and report.shown(cell) == "1.5*"


def test_before_anything_was_graded(some, tito):
    result = tito("class", "feedback")
    assert result.code == 1 and "Nothing has been graded yet" in result.err
    assert ["ada", "waiting", "waiting", "0"] in [line.split() for line in tito("class", "report").out.splitlines()]


def test_bad_input_to_grade_feedback_and_report(some, tito):
    for command in ("grade", "feedback", "report"):
        assert tito("class", command, "secnd").code == 2
    for command in ("grade", "feedback"):
        result = tito("class", command, "--student", "eve")
        assert result.code == 2 and "no student 'eve'" in result.err
    (some.root / "release/01_second/second.ipynb").unlink()
    result = tito("class", "grade", "01")
    assert result.code == 2 and "tito class release 01_second" in result.err


# nbgrader's own commands


def nbgrader(folder: Path, *arguments: str) -> str:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    code = "import sys; sys.modules['rfc3987_syntax'] = None; from nbgrader.apps.nbgraderapp import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_nbgraders_zip_collect_and_autograde_work_in_the_class_folder(classroom, work):
    archive = classroom.root / "downloaded/00_first/archive"
    archive.mkdir(parents=True)
    name = "00_first_ben_2_attempt_20260901120000_first.zip"
    (archive / name).write_bytes(work.zip(work.notebook("00"), student="ben_2"))
    nbgrader(classroom.root, "zip_collect", "00_first")
    assert "2026-09-01 12:00:00" in (classroom.root / "submitted/ben_2/00_first/timestamp.txt").read_text()
    nbgrader(classroom.root, "autograde", "00_first")
    module = classroom.module("00")[0]
    cell = report.report(classroom, [module])["students"][1]["modules"]["00_first"]
    assert (cell["status"], cell["points"]) == ("graded", 5)
    assert [r["new"] for r in grade.grade(classroom, [module])] == [True]
    assert [r["path"] for r in feedback.write(classroom, [module])] == ["feedback/ben_2/00_first/first.html"]


def test_nbgraders_exchange_works_from_release_to_collect(classroom, work, tito, tmp_path):
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    settings = classroom.root / "settings.ini"
    settings.write_text(settings.read_text().replace("exchange_path =", f"exchange_path = {tmp_path / 'exchange'}"))
    nbgrader(classroom.root, "release_assignment", "00_first")
    assert "00_first" in nbgrader(classroom.root, "list")
    student = tmp_path / "student/00_first"
    student.mkdir(parents=True)
    (student / "first.ipynb").write_bytes(work.notebook("00"))
    options = ["--student=ada", f"--Exchange.root={tmp_path / 'exchange'}", f"--Exchange.cache={tmp_path / 'cache'}"]
    nbgrader(
        tmp_path / "student",
        "submit",
        "00_first",
        f"--course={classroom.facts.settings['course']['course_id']}",
        *options,
    )
    result = tito("class", "collect", "--exchange", "--module", "00")
    assert result.code == 0 and "ada 00_first" in result.out and "1 notebooks: 1 new." in result.out
    assert Classroom(classroom.root).submissions(classroom.module("00")[0]).keys() == {"ada"}


def test_the_course_leads_nbgrader_to_its_class(class_template):
    from traitlets.config import PyFileConfigLoader

    kept = os.environ.get("PYTHONPATH")
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(class_template)).load_config()
        assert config.CourseDirectory.root == str(class_template / "class")
        assert config.CourseDirectory.course_id == Course(class_template).settings["course"]["course_id"]
        assert os.environ["PYTHONPATH"].split(os.pathsep)[0] == str(class_template)
        inner = PyFileConfigLoader("nbgrader_config.py", path=str(class_template / "class")).load_config()
        assert inner.CourseDirectory.root == str(class_template / "class")
    finally:
        os.environ.pop("PYTHONPATH", None)
        if kept is not None:
            os.environ["PYTHONPATH"] = kept


def test_every_verdict_says_that_there_was_no_sandbox(some, tito):
    result = tito("class", "grade", "--unsafe-local")
    assert result.code == 1 and "4 submissions: 4 graded now" in result.out
    levels = {grade.verdict_of(some, some.released[0], s)["sandbox"] for s in ("ada", "ben_2")}
    assert levels == {"unsafe-local"}


def test_the_points_of_an_earlier_submission_are_told_where_the_newer_one_needs_a_person(classroom, work, tito):
    work.put("ada", "00", work.notebook("00"))
    work.put("cleo", "00", b"{")
    assert tito("class", "grade").code == 1
    for content in (b"{", b"[1"):  # two that nobody can grade: it is still told
        work.put("ada", "00", content)
        result = tito("class", "grade")
        assert result.code == 1
        ada, cleo = " ".join(result.out.split()).split("cleo 00_first needs staff: ")
        assert ada.rstrip().endswith("The gradebook still holds the 5 points of an earlier submission")
        assert "still holds" not in cleo
    row = grade.record(classroom, classroom.module("00")[0], "ada")
    assert (row["status"], row["score"], row["earlier"]) == ("needs_staff", None, 5)
    result = tito("class", "report")
    told = " ".join(result.out.split())
    assert "ada 00_first needs staff (not counted: 5 points in the gradebook, from before): " in told
    assert ["ada", "staff", "–", "0"] in [line.split() for line in result.out.splitlines()]
    tito("class", "feedback")
    page = (classroom.root / "feedback/ada/00_first/first.html").read_text()
    assert "Until then the gradebook holds the 5 points of what was handed in before." in page
    assert "Until then" not in (classroom.root / "feedback/cleo/00_first/first.html").read_text()
    work.put("ada", "00", work.notebook("00", first_double="def double(x):\n    return 0"))
    tito("class", "grade")
    row = grade.record(classroom, classroom.module("00")[0], "ada")
    assert (row["status"], row["score"], row["earlier"]) == ("graded", 0, None)
