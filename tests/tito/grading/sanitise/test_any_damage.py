"""Properties: whatever is done to a notebook's file, it is either rebuilt or given to staff, soon."""

import contextlib
import copy
import json
import string
import time
import warnings

import pytest
from damaged import ANSWERS, CHECKS, DAMAGED, good, pristine, raw
from hypothesis import given, settings
from hypothesis import strategies as st

from tito.grading import sanitise, scan, statements

RELEASE = pristine()
OTHERS = {c["grade_id"] for c in sanitise.clean(raw(good()), RELEASE).cells}
SETTINGS = settings(max_examples=200, deadline=60_000, derandomize=True, database=None)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["code", "markdown", "m-root"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


def holds(made: sanitise.Clean) -> None:
    """What is true of every result."""
    assert made.status in ("ok", "needs_staff")
    assert all(isinstance(n, str) and n.endswith(".") and "\n" not in n for n in made.notes)
    if made.status == "needs_staff":
        assert made.reason and made.notes and not made.cells
        return
    text = json.dumps(made.notebook(hidden=True)).encode().decode()  # it can be written
    assert text
    checks = {c["grade_id"]: c for c in made.cells if c["kind"] == "check"}
    assert list(checks) == list(CHECKS)
    for cell in RELEASE["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in checks:
            assert checks[name]["source"] == cell["source"]
    assert {c["grade_id"] for c in made.cells} == OTHERS
    for cell in made.cells:
        cell["source"].encode()
        assert "\0" not in cell["source"]


def places(data: object, path: tuple = ()):
    """The path of everything in JSON data."""
    yield path
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in children:
        yield from places(value, (*path, key))


PLACES = list(places(good()))


@SETTINGS
@given(st.binary(max_size=300))
def test_any_bytes(content):
    holds(sanitise.clean(content, RELEASE))


@SETTINGS
@given(anything)
def test_any_json(value):
    holds(sanitise.clean(json.dumps(value).encode("utf-8", "surrogatepass"), RELEASE))


@SETTINGS
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.one_of(anything, st.just("DELETE"))), max_size=4))
def test_anything_in_any_place_of_a_notebook(changes):
    notebook = copy.deepcopy(good())
    for path, value in changes:
        notebook = _put(notebook, path, value)
    holds(sanitise.clean(json.dumps(notebook).encode(), RELEASE))


def _put(notebook, path: tuple, value):
    if not path:
        return value
    parent = notebook
    try:
        for key in path[:-1]:
            parent = parent[key]
        if value == "DELETE":
            del parent[path[-1]]
        else:
            parent[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        pass  # an earlier change took the place away
    return notebook


@SETTINGS
@given(st.data())
def test_bytes_cut_changed_and_put_in(data):
    content = bytearray(raw(good()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        more = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"{", b"]", b",", b"\\", b"\xff"])))
        content[at : at + data.draw(st.integers(0, 40))] = more
    holds(sanitise.clean(bytes(content), RELEASE))


@SETTINGS
@given(st.permutations(range(len(good()["cells"]))), st.lists(st.sampled_from(list(DAMAGED)), max_size=3))
def test_cells_in_any_order_and_several_damages(order, names):
    notebook = good()
    for name in names:
        with contextlib.suppress(StopIteration, KeyError, AttributeError, TypeError):  # the cell is gone already
            notebook = DAMAGED[name][0](notebook)
    if len(notebook["cells"]) == len(order):
        notebook["cells"] = [notebook["cells"][i] for i in order]
    holds(sanitise.clean(json.dumps(notebook).encode(), RELEASE))


code = st.text(alphabet=string.printable + "é\u202e", max_size=60)


@SETTINGS
@given(st.lists(code, min_size=3, max_size=3))
def test_solutions_stand_in_the_notebook_as_they_were_written(texts):
    notebook = good()
    for name, text in zip(ANSWERS, texts, strict=True):
        cell = next(c for c in notebook["cells"] if c["id"] == name)
        cell["source"] = text or " "
    made = sanitise.clean(json.dumps(notebook).encode(), RELEASE)
    holds(made)
    written = [c["written"] for c in made.cells if c["kind"] == "solution"]
    assert written == [(t or " ").replace("\r\n", "\n").replace("\r", "\n") for t in texts]


@SETTINGS
@given(st.lists(code, min_size=3, max_size=3), st.lists(code, min_size=3, max_size=3))
def test_cells_of_others_never_appear(mine, theirs):
    """What is rebuilt for one does not depend on who was rebuilt before."""
    first = sanitise.clean(_with(mine), RELEASE)
    sanitise.clean(_with(theirs), RELEASE)
    assert sanitise.clean(_with(mine), RELEASE) == first


def _with(texts: list[str]) -> bytes:
    notebook = good()
    for name, text in zip(ANSWERS, texts, strict=True):
        next(c for c in notebook["cells"] if c["id"] == name)["source"] = text
    return json.dumps(notebook).encode()


HARD = {
    "brackets": "(" * 50_000,
    "nested lists": "x = " + "[" * 90 + "]" * 90,
    "minus": "x = " + "-" * 100_000 + "1",
    "a long sum": "x = " + "1+" * 50_000 + "1",
    "a long chain": "x = a" + ".b" * 50_000,
    "calls": "x = f" + "()" * 50_000,
    "not": "x = " + "not " * 40_000 + "1",
    "lambdas": "x = " + "lambda: " * 20_000 + "1",
    "ifs": "".join(" " * i + "if 1:\n" for i in range(90)) + " " * 90 + "pass",
    "too deep": "".join(" " * i + "if 1:\n" for i in range(300)) + " " * 300 + "pass",
    "many elifs": "if 1:\n    pass\n" + "elif 1:\n    pass\n" * 5_000,
    "digits": "x = " + "9" * 100_000,
    "an f-string": "x = f'" + "{" * 1000 + "'",
    "open braces": "{" * 30 + ":" * 30,
    "decorators": "@a\n" * 15_000 + "def root(x): pass",
    "lines": "\n" * 90_000,
    "statements": "x = 1\n" * 16_000,
    "a bad escape": 'x = "\\d"',
}


@pytest.mark.parametrize("name", HARD)
def test_code_that_is_hard_to_read_is_read_in_bounded_time(name):
    notebook = good()
    notebook["cells"][5]["source"] = HARD[name]
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": "def more():\n    pass\n" + HARD[name]})
    begun = time.process_time()
    holds(sanitise.clean(json.dumps(notebook).encode(), RELEASE))
    assert time.process_time() - begun < 20


def test_the_tools_for_code_never_raise():
    warnings.simplefilter("ignore")
    for text in (HARD[name] for name in HARD if name not in ("statements", "decorators", "lines")):
        assert isinstance(statements.keys(text) | statements.defines(text) | statements.uses(text), (set, frozenset))
        assert statements.carve(text, {"nothing"}) is None


def test_the_bound_on_pieces_is_met_by_the_scanner(monkeypatch):
    monkeypatch.setattr(scan, "MOST_PIECES", 10_000)
    cells = b'"cells": [], "nbformat": 4}'
    assert scan.read(b'{"x": [' + b'"",' * 9_900 + b"1], " + cells).cells == []
    for piece in (b'"",', b"[],", b"{},"):
        with pytest.raises(scan.Unreadable, match="more than 10,000 pieces of data"):
            scan.read(b'{"x": [' + piece * 10_001 + b"1], " + cells)
