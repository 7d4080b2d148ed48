"""Copies are found through layout, comments and names; what everyone writes is not held against anyone."""

import json

import pytest

from tito.grading import similarity

ROOT = '''
#| export
def root(x, steps=5):
    """The square root of x."""
    # Newton's method
    guess = max(x, 1.0)
    for _ in range(steps):
        better = (guess + x / guess) / 2
        if abs(better - guess) < 1e-12:
            return better
        guess = better
    if guess * guess - x > 1e-3:
        raise ValueError(f"no root of {x}: {steps}")
    return guess
'''
COPIES = {
    "layout": ROOT.replace("    ", "  ").replace(" + ", "+").replace("\n    if", "\n\n\n    if"),
    "comments": ROOT.replace("# Newton's method", "# my own idea\n    # really"),
    "a docstring": ROOT.replace("The square root of x.", "Mine."),
    "no docstring": ROOT.replace('    """The square root of x."""\n', ""),
    "variables": ROOT.replace("guess", "g").replace("better", "new").replace(" _ ", " i "),
    "parameters": ROOT.replace("steps", "n"),
    "parentheses": ROOT.replace("return better", "return (better)"),
}
OTHERS = {
    "another number": ROOT.replace("1e-12", "1e-10"),
    "another operator": ROOT.replace("guess + x", "guess - x"),
    "another order": ROOT.replace("guess + x / guess", "x / guess + guess"),
    "names exchanged": ROOT.replace("return better", "return guess"),
    "another function": ROOT.replace("max(", "min("),
    "another attribute": ROOT.replace("abs(", "np.abs("),
}


@pytest.mark.parametrize("what", COPIES)
def test_what_a_copy_may_change_without_being_another_solution(what):
    assert COPIES[what] != ROOT
    assert similarity.normal_form(COPIES[what]) == similarity.normal_form(ROOT)


@pytest.mark.parametrize("what", OTHERS)
def test_another_thought_is_another_solution(what):
    assert similarity.normal_form(OTHERS[what])[0] != similarity.normal_form(ROOT)[0]


def test_names_of_methods_and_attributes_are_no_names_of_variables():
    one, two = (
        "class A:\n    def go(self):\n        return self.x",
        "class A:\n    def run(self):\n        return self.x",
    )
    assert similarity.normal_form(one)[0] != similarity.normal_form(two)[0]
    mine, yours = "class A:\n    def go(self):\n        return self.x", "class A:\n    def go(me):\n        return me.x"
    assert similarity.normal_form(mine) == similarity.normal_form(yours)


def test_what_is_no_python_is_compared_by_its_words():
    assert similarity.normal_form("def f(x:\n  return  # a") == similarity.normal_form("def f(x:\n\n    return")
    assert similarity.normal_form("def f(x:")[0] != similarity.normal_form("def g(x:")[0]
    assert similarity.normal_form("x = " + "-" * 50_000 + "1")[1] > 0


def found(handed_in: dict, known=(), files=None) -> list:
    return [(p.students, p.agree, p.compared) for p in similarity.pairs(handed_in, list(known), files or {})]


def test_a_copy_is_reported_once():
    handed_in = {"ada": {"r": ROOT}, "ben": {"r": OTHERS["another order"]}, "cleo": {"r": COPIES["variables"]}}
    assert found(handed_in) == [(("ada", "cleo"), ("r",), 1)]


def test_the_reference_and_the_release_say_nothing():
    handed_in = {"ada": {"r": ROOT}, "cleo": {"r": COPIES["variables"]}}
    assert found(handed_in, [{"r": COPIES["comments"]}]) == []
    assert found(handed_in, [{"other": ROOT}]) == [(("ada", "cleo"), ("r",), 1)]


def test_short_answers_say_nothing_alone():
    assert found({"ada": {"d": "def d(x):\n    return x + x"}, "ben": {"d": "def d(y):\n    return y + y"}}) == []


def test_many_short_answers_together_do():
    answers = {f"d{i}": f"def d{i}(x):\n    return x + x + {i}" for i in range(12)}
    assert found({"ada": answers, "ben": answers | {"d3": "def d3(x):\n    return 3"}}) == [
        (("ada", "ben"), tuple(sorted(answers.keys() - {"d3"})), 12)
    ]


def test_one_of_many_exercises_says_nothing():
    own = {f"e{i}": ROOT.replace("5", str(i)) for i in range(3)}
    other = {f"e{i}": ROOT.replace("5", str(10 + i)) for i in range(2)} | {"e2": own["e2"]}
    assert found({"ada": own, "ben": other}) == []
    assert found({"ada": own, "ben": other | {"e1": own["e1"]}}) == [(("ada", "ben"), ("e1", "e2"), 3)]


def test_what_many_found_is_not_held_against_them():
    handed_in = {f"s{i}": {"r": ROOT} for i in range(12)}
    assert found(handed_in) == []
    ring = {f"s{i}": {f"r{j}": ROOT.replace("5", str(j)) for j in range(20)} for i in range(5)}
    assert len(found(ring)) == 10


def test_equal_files_are_said_so_but_not_when_they_are_empty():
    short = {"d": "def d(x):\n    return x + x"}
    (pair,) = similarity.pairs({"ada": short, "ben": short}, [], {"ada": "1", "ben": "1"})
    assert pair.file and pair.sentence() == "ada and ben handed in the same file, byte for byte."
    assert similarity.pairs({"ada": short, "ben": short}, [short], {"ada": "1", "ben": "1"}) == []


def test_the_command_reads_a_class(classroom, work, tito):
    # The tiny course's exercises are short: a long answer with helpers of one's own.
    long = "\n#| export\ndef double(x):\n    return root(x) * 2\n" + ROOT
    work.put("ada", "00", work.notebook("00", first_double=long))
    work.put("ben_2", "00", work.notebook("00"))
    work.put("cleo", "00", work.notebook("00", first_double=long.replace("guess", "g")))
    result = tito("class", "similar", "00")
    assert result.code == 0
    assert result.out == (
        "00_first: ada and cleo: 1 of 1 solutions that are not the reference's are the same but for layout, comments "
        "and names of variables: first-double.\n"
    )
    data = json.loads(tito("class", "similar", "--json").out)
    assert data["schema"] == "tito/class-similar/1" and data["modules"]["01_second"] == []
    assert data["modules"]["00_first"][0]["students"] == ["ada", "cleo"]
    work.put("cleo", "00", b"damaged")
    assert tito("class", "similar").out == "No two students handed in the same work.\n"
