"""The checks of each real module catch at least five plausible wrong solutions of each exercise.

Here every third solution is tried, the same ones always; `make mutants` tries all of them.
"""

import collections
import functools
from pathlib import Path

import pytest

from tito import mutants, notebooks
from tito.course import Course
from tito.errors import TitoError

ROOT = Path(__file__).parent.parent
SLUGS = sorted(folder.parent.name for folder in (ROOT / "modules/source").glob("[0-9][0-9]_*/*_dev.py"))


@functools.cache
def outcomes(slug):
    course = Course(ROOT)
    module, _ = course.module(slug)
    return mutants.judge(course, module, mutants.load(mutants.path(course, module))[::3])


@pytest.mark.parametrize("slug", SLUGS)
def test_each_wrong_solution_fails_a_check_and_each_right_one_passes(slug):
    results = outcomes(slug)
    bad = [mutants._line(o) for o in results if not o.ok]
    killed = sum(o.ok for o in results if not o.mutant.right)
    print(f"{slug}: {killed} wrong solutions killed, {sum(o.ok for o in results if o.mutant.right)} right ones pass")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("slug", SLUGS)
def test_each_exercise_has_five_wrong_solutions(slug):
    course = Course(ROOT)
    module, _ = course.module(slug)
    notebook = notebooks.from_source(module.path.read_text(encoding="utf-8"), slug)
    wrong = collections.Counter(m.grade_id for m in mutants.load(mutants.path(course, module)) if not m.right)
    assert not {e.name: wrong[e.name] for e in notebooks.exercises(notebook) if wrong[e.name] < 5}


MUTANTS = """\
# anything before the first cell is a comment

# %% first-double: adds two
def double(x):
    return x + 2

# %% first-double: right for what is visible
def double(x):
    return abs(2 * x)

# %% first-double: right except for what quadruple needs
def double(x):
    return 2 * x if x != 6 else 0

# %% first-double: does not stop
def double(x):
    while True:
        pass

# %% first-double: leaves the process
def double(x):
    import os
    os._exit(0)

# %% first-double: not Python
def double(x) return

# %% first-double: cannot be told from right
def double(x):
    return x + x

# %% first-double + bit shift
def double(x):
    %time
    return x << 1

# %% first-double + not right after all
def double(x):
    return 8
"""


@pytest.fixture
def tried(tiny_course):
    course = Course(tiny_course)
    module, _ = course.module("00")
    file = mutants.path(course, module)
    file.parent.mkdir(parents=True)
    file.write_text(MUTANTS)
    return course, module, file


def test_what_becomes_of_each_mutant(tried):
    course, module, file = tried
    found = {o.mutant.title: o for o in mutants.judge(course, module, mutants.load(file), timeout=2)}
    checks = {title: (o.ok, o.check) for title, o in found.items()}
    first, second = "test-first-double", "test-first-quadruple"
    assert checks == {
        "adds two": (True, first),
        "right for what is visible": (True, first),
        "right except for what quadruple needs": (True, second),
        "does not stop": (True, first),
        "leaves the process": (True, first),
        "not Python": (False, ""),
        "cannot be told from right": (False, ""),
        "bit shift": (True, ""),
        "not right after all": (False, first),
    }
    assert "no end after 2 s" in found["does not stop"].message
    assert "SyntaxError" in found["not Python"].problem
    assert "expected 8, got 6" in found["adds two"].message


def test_what_only_a_hidden_test_catches_is_not_enough_where_a_visible_one_is_asked_for(tried):
    course, module, file = tried
    for title in ("adds two", "right for what is visible"):
        file.write_text(file.read_text().replace(f"first-double: {title}", f"first-double! {title}"))
    found = {o.mutant.title: o for o in mutants.judge(course, module, mutants.load(file), timeout=1)}
    assert found["adds two"].ok and found["adds two"].check == "test-first-double"
    missed = found["right for what is visible"]
    assert not missed.ok and missed.check == "" and mutants._line(missed).startswith("SURVIVED")


def test_a_header_without_a_title_is_reported_with_its_line(tried):
    _, _, file = tried
    file.write_text("# %% first-double\ndef double(x):\n    return 1\n")
    with pytest.raises(TitoError, match=r"00_first\.py:1: expected"):
        mutants.load(file)


def test_an_unknown_grade_id_is_reported(tried):
    course, module, file = tried
    file.write_text("# %% second-eight: wrong file\npass\n")
    with pytest.raises(TitoError, match="00_first has no solution cell 'second-eight'"):
        mutants.judge(course, module, mutants.load(file))


def test_a_reference_that_fails_its_own_check_is_reported(tried):
    course, module, file = tried
    module.path.write_text(module.path.read_text().replace("return 2 * x", "return 3 * x"))
    with pytest.raises(TitoError, match="the reference itself fails at test-first-double"):
        mutants.judge(course, module, mutants.load(file), timeout=1)


def test_the_report_counts(tried):
    course, module, _ = tried
    lines, fine = mutants.report(course, module, timeout=1)
    assert lines[-1] == "00_first: 5 of 7 wrong solutions fail a check, 1 of 2 other right ones pass."
    assert not fine
