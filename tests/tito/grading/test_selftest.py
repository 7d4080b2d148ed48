"""`tito class selftest` says what falls: a cheat that scores, a judge that believes all, honest work that loses."""

from pathlib import Path

import pytest

from tito import notebooks
from tito.course import Course
from tito.grading import selftest
from tito.grading.sandbox import probes
from tito.grading.selftest.corpus import Attack

ROOT = Path(__file__).parents[3]
DOT = "def dot(xs, ys):\n    return {}\n"
RIGHT = """def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x, y in zip(xs, ys))
"""


def attack(name: str, source: str, status: str = "failed") -> Attack:
    """An attack on the first exercise, which must get this status."""
    return Attack(name, "00_setup", "to score", "", {"test-setup-dot": status}, {"setup-dot": source}, {})


@pytest.fixture
def findings(monkeypatch):
    """What the selftest finds with these attacks in place of the corpus, and without probes."""

    def run(*attacks: Attack) -> dict[str, selftest.Finding]:
        monkeypatch.setattr(selftest, "corpus", lambda: list(attacks))
        monkeypatch.setattr(probes, "run", lambda level: iter(()))
        return {f.name: f for f in selftest.run(Course(ROOT), "unsafe-local", 1)}

    return run


def test_an_attack_that_scores_is_found(findings):
    found = findings(attack("wrong", DOT.format(0)), attack("scores", RIGHT), attack("honest", RIGHT, "passed"))
    assert [n for n, f in found.items() if not f.held] == ["scores"]
    assert found["scores"].detail == "test-setup-dot: passed, 5 points, expected failed"


def test_a_judge_that_believes_everything_is_found(findings, monkeypatch, tmp_path):
    """The worker's own judge, broken: checks no longer compare anything."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nfrom tito.grading import judge\n"
        "judge.Session._judged = lambda *args, **kwargs: (judge.PASSED, 5, '')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = findings(attack("wrong", DOT.format(0)))
    assert not found["wrong"].held
    assert not found["00_setup: nothing filled in"].held


def test_honest_work_that_loses_points_is_found(findings, monkeypatch):
    real = notebooks.is_solution
    monkeypatch.setattr(selftest.notebooks, "is_solution", lambda c: real(c) and "machine" not in notebooks.grade_id(c))
    found = findings(attack("wrong", DOT.format(0)))
    assert [n for n, f in found.items() if not f.held] == ["00_setup: all right"]
    assert "test-setup-machine: 0 of 5 points" in found["00_setup: all right"].detail


def test_the_command_says_what_fell_and_fails(findings, monkeypatch, tito):
    monkeypatch.setattr(selftest, "corpus", lambda: [attack("scores", RIGHT)])
    monkeypatch.setattr(probes, "run", lambda level: iter(()))
    monkeypatch.chdir(ROOT)
    result = tito("class", "selftest", "--unsafe-local", "--jobs", "1")
    assert result.code == 1 and "attacks, scores: test-setup-dot: passed, 5 points" in result.out
