"""The demonstration class on the tiny course: its story comes out, and what does not come out is said."""

import copy
import json
import shutil

import pytest

from tito.course import Course
from tito.errors import TitoError
from tito.grading import demo
from tito.grading.classroom import Classroom
from tito.grading.sandbox import SandboxError


@pytest.fixture(scope="module")
def shown(class_template, tmp_path_factory):
    """A course in which the demonstration ran twice, the second one's outcome, and what it said."""
    root = tmp_path_factory.mktemp("demo") / "course"
    shutil.copytree(class_template, root, ignore=shutil.ignore_patterns("class"))
    mutants = root / "tests/mutants"
    mutants.mkdir(parents=True)
    (mutants / "00_first.py").write_text(
        "# %% first-quadruple: adds four\ndef quadruple(x):\n    return x + 4\n\n"
        "# %% first-quadruple + shift\ndef quadruple(x):\n    return x << 2\n"
    )
    (root / "build/demo").mkdir(parents=True)
    (root / "build/demo/old").write_text("from the last time")
    said, heard = [], []
    outcome = demo.run(Course(root), said.append, lambda done, count, record: heard.append((done, count)))
    return root, outcome, said, heard


def test_the_story_comes_out(shown):
    root, outcome, said, heard = shown
    points = {s["student"]: {m: c["points"] for m, c in s["modules"].items()} for s in outcome.data["students"]}
    assert points == {
        "ada": {"00_first": 5, "01_second": 5},
        "ben": {"00_first": 3, "01_second": 0},
        "cleo": {"00_first": 3, "01_second": 0},
        "dan": {"00_first": 5, "01_second": None},
    }
    assert demo.shortcomings(outcome) == []
    assert outcome.story["cleo"] == [
        "00_first: first-quadruple: adds four",
        "01_second: second-eight: an operator mixed up",
    ]
    assert outcome.story["ben"][0] == "00_first: left open: first-quadruple"
    assert len(outcome.pages) == 8 and all(page.is_file() for page in outcome.pages)
    assert heard[-1] == (8, 8) and said[0] == "Released 2 modules to 4 students."
    assert not (root / "build/demo/old").exists()


@pytest.mark.parametrize(
    ("student", "module", "cell", "complaint"),
    [
        ("ada", "00_first", {"points": 4}, "ada has 9 of 10 points"),
        ("cleo", "01_second", {"points": 5}, "cleo's mistake in 01_second went unnoticed"),
        ("dan", "01_second", {"status": "graded", "points": 0}, "dan's damaged notebook was not reported"),
        ("dan", "00_first", {"points": 0}, "dan's other notebooks"),
        ("ben", "01_second", {"points": 5}, "ben left exercises open"),
    ],
)
def test_what_does_not_come_out_is_said(shown, student, module, cell, complaint):
    outcome = copy.deepcopy(shown[1])
    row = next(s for s in outcome.data["students"] if s["student"] == student)
    row["modules"][module].update(cell)
    row["total"] = 10 if student == "ben" else sum(c["points"] or 0 for c in row["modules"].values())
    assert any(complaint in problem for problem in demo.shortcomings(outcome))


def test_a_missing_page_is_said(shown):
    outcome = copy.copy(shown[1])
    outcome.pages = outcome.pages[1:]
    assert any("feedback pages" in problem for problem in demo.shortcomings(outcome))


def test_the_command_exits_1_if_the_story_did_not_come_out(shown, tito, monkeypatch):
    root, outcome, _, _ = shown
    monkeypatch.chdir(root)
    monkeypatch.setattr(demo, "run", lambda *_: outcome)
    result = tito("class", "demo")
    assert result.code == 0 and "8 feedback pages in build/demo/class/feedback" in result.out
    assert ["dan", "5", "staff", "5"] in [line.split() for line in result.out.splitlines()]
    assert json.loads(tito("class", "demo", "--json").out)["problems"] == []
    monkeypatch.setattr(demo, "shortcomings", lambda outcome: ["ada has lost a point"])
    result = tito("class", "demo")
    assert result.code == 1 and "ada has lost a point" in result.err


def test_the_demonstration_needs_the_course(classroom, tito):
    assert tito("class", "demo").code == 2


def test_an_xor_network_that_does_not_run_is_told(tiny_course):
    course = Course(tiny_course)
    assert demo.xor(course) is None
    layers = tiny_course / "modules/source/02_layers"
    layers.mkdir()
    text = (tiny_course / "modules/source/01_second/second_dev.py").read_text()
    (layers / "layers_dev.py").write_text(text)
    with pytest.raises(TitoError, match="The XOR network does not run: .*tinytorch"):
        demo.xor(Course(tiny_course))


def test_without_a_sandbox_the_demonstration_runs_and_says_so(monkeypatch):
    levels, said = [], []

    def grade(made, modules, heard=None, options=None):
        levels.append(options.level if options else "auto")
        if levels == ["auto"]:
            raise SandboxError("no sandbox works on this machine")

    monkeypatch.setattr(demo.grade, "grade", grade)
    monkeypatch.setattr(Classroom, "released", [])
    demo._grade(Classroom.__new__(Classroom), said.append, None)
    assert levels == ["auto", "unsafe-local"]
    assert said == ["Without a sandbox, which a real class must have: no sandbox works on this machine."]
