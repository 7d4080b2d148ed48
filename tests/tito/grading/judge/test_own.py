"""`tito test --judge`: one's own notebook, judged as in grading."""

import json

from tito import notebooks

SOLVED = "#| export\ndef double(x):\n    return 2 * x"
LYING = (
    "#| export\nclass Yes(int):\n    def __eq__(self, other):\n        return True\ndef double(x):\n    return Yes(0)"
)


def fill(course, source):
    path = course.root / "notebooks/00_first/first.ipynb"
    notebook = notebooks.read(path)
    next(c for c in notebook["cells"] if notebooks.grade_id(c) == "first-double")["source"] = source
    notebooks.write(path, notebook)


def statuses(result):
    return {c["grade_id"]: c["status"] for c in json.loads(result.out)["checks"]}


def test_an_empty_notebook_is_open(tito, tiny_workspace):
    result = tito("test", "00", "--judge", "--json")
    assert result.code == 1 and statuses(result)["test-first-double"] == "open"


def test_a_right_solution_passes_and_a_liar_does_not(tito, tiny_workspace):
    fill(tiny_workspace, SOLVED)
    assert statuses(tito("test", "00.double", "--judge", "--json")) == {"test-first-double": "passed"}
    assert "All visible checks of 00.double, run apart, pass (" in tito("test", "00.double", "--judge").out
    fill(tiny_workspace, LYING)
    assert statuses(tito("test", "00.double", "--json")) == {"test-first-double": "passed"}
    assert statuses(tito("test", "00.double", "--judge", "--json")) == {"test-first-double": "failed"}


def test_checks_that_were_changed_or_removed_are_run_as_released(tito, tiny_workspace):
    path = tiny_workspace.root / "notebooks/00_first/first.ipynb"
    notebook = notebooks.read(path)
    checks = [c for c in notebook["cells"] if notebooks.is_test(c)]
    checks[0]["source"] = "pass"
    notebook["cells"].remove(checks[1])
    notebooks.write(path, notebook)
    found = statuses(tito("test", "00", "--judge", "--json"))
    assert len(found) == len(checks) and "passed" not in found.values()
