"""What a cell uses: what decides which demonstrations are run for the checks."""

import pytest

from tito import cells

USES = {
    "x": {"x"},
    "y = x + 1": {"x"},
    "x = 1\ny = x": set(),
    "y = x\nx = 1": {"x"},
    "x += 1": {"x"},
    "if a:\n    x = 1\nx": {"a", "x"},
    "for x in rows:\n    x": {"rows"},
    "for x in x:\n    x": {"x"},
    "for i in rows:\n    y = i\n    y": {"rows"},
    "for i in rows:\n    y = 1\ny": {"rows", "y"},
    "def f(a):\n    b = a\n    return b + c": {"c"},
    "def f(a=d):\n    return [e for e in a]": {"d"},
    "def f():\n    return x\nx = 1": {"x"},
    "x = 1\ndef f():\n    return x": set(),
    "def f():\n    x = 1\nx = 2\nx": set(),
    "class A(B):\n    y = y\n    z = w\n    w = 3": {"B", "y", "w"},
    "def f():\n    global g\n    g = h": {"h"},
    "a, b = c": {"c"},
}


@pytest.mark.parametrize("text", USES)
def test_a_cell_uses_what_it_reads_before_it_binds_it_itself(text):
    assert cells.names(text).uses == USES[text]


@pytest.mark.parametrize("text", ["f(", "x = " + "(" * 3000 + ")" * 3000])
def test_a_cell_that_does_not_parse_uses_nothing(text):
    assert cells.names(text).uses == set() == cells.reads(text)
