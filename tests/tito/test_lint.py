"""`tito dev lint`: a clean module stays silent, and each rule finds what it is there for, on its line."""

import json

import pytest

from tito import authoring, lint
from tito.course import Course

CLEAN = "02_clean"


@pytest.fixture
def clean(tiny_course):
    """The tiny course with a third module, from the template: nothing to find fault with."""
    path = authoring.new(Course(tiny_course), CLEAN)
    return path


def findings(path):
    course = Course(path.parents[3])
    return lint.lint(course, [course.module(path.parent.name)[0]])


def line_of(path, text):
    return next(i for i, line in enumerate(path.read_text().split("\n"), 1) if text in line)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_template_is_clean(clean):
    assert findings(clean) == []


SOLUTION_CELL = '"grade_id": "clean-running-mean", "locked": false'
BODY = "    return np.cumsum(x) / np.arange(1, len(x) + 1)\n"
IMPORT = "import numpy as np\n"
QUESTIONS = "# ## Questions\n"


@pytest.mark.parametrize(
    "old, new, rule, words, at",
    [
        ("#     hours: 1\n", "#     hours: 99\n", "header_facts", "hours: expected a number up to 40, got 99", None),
        ("- 01_second", "- 03_later", "header_facts", "03_later is no module before 02_clean", None),
        ("title: Clean", "title: ''", "header_facts", "no title", None),
        ("#     display_name: Python 3\n", "#     display_name: Python\n", "header_facts", "kernelspec", None),
        ("# %% [markdown]\n# # Clean", "# %%  [markdown]\n# # Clean", "canonical_form", "dev lint --fix", "# %%  "),
        ('"schema_version": 3', '"schema_version": 2', "grading_metadata", "expected 3, got 2", '"schema_version": 2'),
        ('"clean-test-tools"', '"first-double"', "grading_metadata", "used in 00_first already", '"first-double"'),
        ('"clean-test-tools"', '"clean-imports"', "grading_metadata", "used in 02_clean already", "-tools|-imports"),
        ('"clean-test-tools"', '"a b"', "grading_metadata", "got 'a b'", '"a b"'),
        (SOLUTION_CELL, SOLUTION_CELL.replace("false", "true"), "grading_metadata", "must not be locked", "-mean"),
        ("    ### END SOLUTION\n", "", "solution_markers", "expected pairs", "-running-mean"),
        (
            "    ### BEGIN SOLUTION\n" + BODY + "    ### END SOLUTION\n",
            BODY,
            "solution_markers",
            "without markers",
            None,
        ),
        (IMPORT, IMPORT + "### BEGIN SOLUTION\n### END SOLUTION\n", "solution_markers", "in another cell", "-imports"),
        ("### END HIDDEN TESTS\n", "", "hidden_test_markers", "expected pairs", "test-clean"),
        ('"points": 5', '"points": 0', "checks_have_points", "without points", "test-clean"),
        (
            '    """running_mean agrees with a slow loop."""\n',
            "",
            "checks_have_points",
            "with a docstring",
            "test-clean",
        ),
        ("\ntest_unit_running_mean()\n", "\n", "checks_have_points", "never called", "test-clean"),
        ("Hint 2: the formula</summary>", "Hint 2</b>", "hint_ladders", "1 of 2 hints", "-running-mean"),
        (
            IMPORT,
            IMPORT + "\n".join(f"x{i} = {i}" for i in range(401)),
            "length",
            "exported code, expected at most",
            None,
        ),
        (QUESTIONS, QUESTIONS + "# word" * 3000 + "\n", "length", "words of prose, expected at most 3000", None),
        (QUESTIONS, QUESTIONS + "# Well done \U0001f389\n", "plain_voice", "emoji", "Well done"),
        (QUESTIONS, QUESTIONS + "# A powerful idea.\n", "plain_voice", "marketing word 'powerful'", "A powerful"),
        (QUESTIONS, QUESTIONS + "# Simply add.\n", "plain_voice", "marketing word 'Simply'", "Simply"),
        (QUESTIONS, QUESTIONS + "# TODO: write\n", "plain_voice", "'TODO'", "TODO"),
        (IMPORT, IMPORT + "# =======\n", "no_banners", "banner", "# ======="),
        (QUESTIONS, QUESTIONS + "# +-----+\n", "no_banners", "ASCII box", "+-----+"),
        (IMPORT, IMPORT + "def f(t):\n    return t.data\n", "data_behind_the_seam", "'.data' outside", "return t.data"),
        (IMPORT, IMPORT + "import scipy\n", "imports", "'scipy' is not for exported code", "import scipy"),
        (IMPORT, IMPORT + "import tinytorch.testing\n", "imports", "is not for exported code", "tinytorch.testing"),
        (IMPORT, IMPORT + "import tinytorch.figures\n", "imports", "is not for exported code", "tinytorch.figures"),
        (
            IMPORT,
            IMPORT + "from tinytorch.core.clean import x\n",
            "imports",
            "no module before 02_clean",
            ".clean import",
        ),
        (IMPORT, IMPORT + "from tinytorch.core import later\n", "imports", "no module before 02_clean", "import later"),
        (IMPORT, IMPORT + "from . import first\n", "imports", "relative import", "from . import"),
        ("import assert_close", "import assert_close\nfrom tinytorch.core.later import x", "imports", "later", "later"),
        ("#| export\ndef", "# Why\n#| export\ndef", "exportable", "not at the top of its cell", "#| export\ndef"),
        ("#| default_exp core.clean\n", "", "exportable", "no cell begins with '#| default_exp'", None),
        ("core.clean\n", "core.first\n", "exportable", "expected core.clean", None),
        (BODY, "    return (\n", "exportable", "SyntaxError", None),
    ],
)
def test_each_rule_finds_what_it_is_there_for(old, new, rule, words, at, clean):
    replace(clean, old, new)
    found = [f for f in findings(clean) if f.rule == rule]
    assert len(found) == 1 and words in found[0].message, findings(clean)
    if at and "|" not in at and "\n" not in at:
        lines = [i for i, line in enumerate(clean.read_text().split("\n"), 1) if at in line]
        assert found[0].line in lines


HIDDEN = """### BEGIN HIDDEN TESTS
assert_close(running_mean(np.array([3, 4])), np.array([3.0, 3.5]), "running_mean of integers")
### END HIDDEN TESTS
"""


@pytest.mark.parametrize(
    "seed, hidden, found",
    [
        ("seed", "", 1),
        ("seed", "### BEGIN HIDDEN TESTS\n# none yet\n### END HIDDEN TESTS\n", 1),
        ("0 if seed else None", "", 1),
        ("", "", 0),
        ("None", "", 0),
        ("seed=None", "", 0),
        ("seed", HIDDEN, 0),
    ],
)
def test_a_check_without_hidden_tests_draws_its_inputs_anew(seed, hidden, found, clean):
    replace(clean, HIDDEN, hidden)
    replace(clean, "default_rng(seed)", f"default_rng({seed})")
    places = [f for f in findings(clean) if f.rule == "checks_have_hidden_tests"]
    assert [f.line for f in places] == [line_of(clean, '"test-clean-running-mean"')] * found, findings(clean)
    assert all(
        f.message == "'test-clean-running-mean' has no hidden tests: a table of answers would pass" for f in places
    )


@pytest.mark.parametrize(
    "code",
    [
        "@op\ndef f(t):\n    return t.data\n",
        "@op(name='g')\ndef f(t):\n    return t.data\n",
        "class A:\n    def __repr__(self):\n        return str(self.data)\n",
        "class A:\n    def step(self):\n        self.p.data -= self.p.grad.data\n",
        "def zeros_(t):\n    t.data[...] = 0\n",
    ],
)
def test_data_may_be_touched_at_the_seam(code, clean):
    replace(clean, IMPORT, IMPORT + code)
    assert [f for f in findings(clean) if f.rule == "data_behind_the_seam"] == []


def test_a_cell_of_the_seam_says_so_in_its_directives(clean):
    replace(clean, "#| export\n" + IMPORT, "#| export\n#| seam\n" + IMPORT + "def f(t):\n    return t.data\n")
    assert [f for f in findings(clean) if f.rule == "data_behind_the_seam"] == []


def test_checks_may_touch_data_and_import_helpers(clean):
    replace(clean, "import assert_close\n", "import assert_close\nimport scipy\nx = np.ones(2).data\n")
    assert [f for f in findings(clean) if f.rule in ("imports", "data_behind_the_seam")] == []


def test_an_exercise_without_its_check_is_found_on_its_line(clean):
    replace(
        clean,
        "# %% [markdown]\n" + QUESTIONS,
        '# %% nbgrader={"grade": false, "grade_id": "clean-more", '
        '"locked": false, "schema_version": 3, "solution": true, "task": false}\n'
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n\n# %% [markdown]\n" + QUESTIONS,
    )
    found = [f for f in findings(clean) if f.rule == "checks_follow_exercises"]
    assert [(f.line, f.message) for f in found] == [
        (line_of(clean, '"clean-more"'), "'clean-more' is not followed by its check")
    ]


def test_long_cells_are_found(clean):
    replace(clean, IMPORT, IMPORT + "\n".join(f"x{i} = {i}" for i in range(30)) + "\n")
    (found,) = [f for f in findings(clean) if f.rule == "cell_sizes"]
    assert "1 of 4 code cells have more than 25 lines; this one 31" in found.message


@pytest.mark.parametrize("new", ['"grade_id": "clean-test-tools"', '"grade_id": "clean-test-tools"}'])
def test_a_broken_percent_header_is_told_with_its_line_by_every_command(new, clean, tito):
    replace(clean, '"grade_id": "clean-test-tools",', new)
    for command in ("lint", "build", "check"):
        result = tito("dev", command)
        assert result.code == 1 and "metadata is not valid JSON" in result.err
        assert f"clean_dev.py:{line_of(clean, 'clean-test-tools')}: " in result.err


def test_fix_brings_the_canonical_form(clean, tito):
    right = clean.read_text()
    replace(clean, "# %% [markdown]\n# # Clean", "# %%  [markdown]\n# # Clean")
    result = tito("dev", "lint", "--fix", CLEAN)
    assert result.code == 0 and "brought into canonical form" in result.out
    assert clean.read_text() == right


def test_the_command_prints_file_and_line_and_exits_with_1(clean, tito):
    replace(clean, QUESTIONS, QUESTIONS + "# An amazing idea.\n")
    result = tito("dev", "lint", "2")
    at = line_of(clean, "amazing")
    assert result.code == 1
    assert f"modules/source/02_clean/clean_dev.py:{at}: marketing word 'amazing' (plain_voice)" in result.out
    data = json.loads(tito("dev", "lint", "2", "--json").out)
    assert data["schema"] == "tito/lint/1" and data["findings"][0]["line"] == at


def test_every_rule_says_what_it_is(tiny_course, tito):
    out = tito("dev", "lint", "--rules").out
    assert len(out.strip().splitlines()) == len(lint.RULES)
    assert all(rule.__doc__ and "\n" not in rule.__doc__ for rule in lint.RULES)


def test_exported_code_may_show_its_progress(clean):
    replace(clean, IMPORT, IMPORT + "\nfrom tinytorch.progress import say\n")
    assert [f for f in findings(clean) if f.rule == "imports"] == []


METADATA = '"grade": true, "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false'
CHECK = "# %% nbgrader={{" + METADATA + ', "grade_id": "test-clean-{0}"}}'
CHECK += '''
{1}
def test_{0}():
    """It is {0}."""
    {2}


test_{0}()

'''


@pytest.mark.parametrize(
    "first, second, names",
    [
        ("def helper():\n    return 1\n\n\n", "assert helper() == 1", ["helper"]),
        ("seen = 1\n\n\n", "assert (lambda: seen)() == 1", ["seen"]),
        ("", "helper = 1\n    assert helper == 1", []),
        ("def shown(x):\n    return x\n\n\n", "shown = [shown for shown in (1,)]", []),
    ],
)
def test_a_check_that_leans_on_another_is_found(first, second, names, clean):
    more = CHECK.format("one", first, "pass") + CHECK.format("two", "", second)
    replace(clean, "# %% [markdown]\n" + QUESTIONS, more + "# %% [markdown]\n" + QUESTIONS)
    found = [f for f in findings(clean) if f.rule == "checks_stand_alone"]
    assert [f.message.split("'")[1] for f in found] == names
    assert all(f.line == line_of(clean, '"test-clean-two"') for f in found)


def test_what_a_cell_before_both_defines_may_be_used(clean):
    given = "# %%\nhelper = 2\n\n"
    more = CHECK.format("one", "helper = 1\n\n\n", "pass") + CHECK.format("two", "", "assert helper")
    replace(clean, "# %% [markdown]\n" + QUESTIONS, given + more + "# %% [markdown]\n" + QUESTIONS)
    assert [f for f in findings(clean) if f.rule == "checks_stand_alone"] == []
