"""How a run goes: exceptions, deadlines, calls back into the judge, ends and new beginnings, points, messages."""

import pytest
from small import cell

from tito.grading import judge
from tito.grading.judge import Deadlines

QUICK = Deadlines(call=0.5, cell=3, whole=30, restarts=3)


@pytest.mark.parametrize(
    ("raised", "caught", "text"),
    [
        ("ValueError('no')", "ValueError", "no"),
        ("Own('mine')", "KeyError", "'mine'"),
        ("Quiet(3)", "ValueError", "silent"),
        ("KeyError('k')", "KeyError", "'k'"),
        ("FloatingPointError('x')", "ArithmeticError", "x"),
        ("SystemExit(0)", "RuntimeError", "0"),
        ("KeyboardInterrupt()", "RuntimeError", ""),
        ("BaseException('b')", "RuntimeError", "b"),
        ("Bad()", "Exception", "(an error whose message cannot be shown)"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'r')", "ValueError", "codec can't decode"),
        ("StopIteration(4)", "RuntimeError", "StopIteration: 4"),
        ("ExceptionGroup('g', [ValueError()])", "Exception", "g (1 sub-exception)"),
    ],
)
def test_exceptions_arrive_as_their_builtin_kind(message, raised, caught, text):
    solution = f"""
class Own(KeyError): pass
class Quiet(ValueError):
    def __str__(self): return "silent"
class Bad(Exception):
    def __str__(self): raise SystemExit
def own():
    raise {raised}"""
    check = f"""
try:
    own()
except {caught} as error:
    assert {text!r} in str(error), repr(error)
else:
    raise AssertionError("nothing was raised")"""
    assert message(solution, check) == ""


def test_recursion_without_end_is_an_error_like_others(message):
    check = "try:\n    own()\nexcept RecursionError:\n    own = None\nassert own is None"
    assert message("def own():\n    return own()", check) == ""


def test_judge_functions_are_called_back(message):
    solution = """
def own(f, n):
    return f(n, f) if n < 30 else f
def add(f, x): return f(x) + 1
def swallow(f):
    try:
        f()
    except Exception as error:
        return type(error).__name__, str(error)
def let_through(f): f()
def late(f):
    global kept
    kept = f
def again(): return kept()"""
    check = """
calls = []
def down(n, f):
    calls.append(n)
    return own(f, n + 1)
assert own(down, 0) is down and calls == list(range(30))
assert add(lambda x: x * 2, 3) == 7 and add(abs, -3) == 4
class Mine(LookupError): pass
def fails(): raise Mine("here")
assert swallow(fails) == ("LookupError", "here")
try:
    let_through(fails)
except Mine as error:
    assert str(error) == "here"
def endless(n, f): return own(f, 0)
try:
    own(endless, 0)
except RecursionError:
    endless = None
assert endless is None"""
    assert message(solution, check) == ""
    check = """
def secret(): assert 0, "the answer is 4"
seen = swallow(secret)
assert seen == ("AssertionError", ""), seen"""
    assert message(solution, check) == "the answer is 4"  # for the staff and the page; not for the student's code


def test_functions_of_an_earlier_check_are_not_called(judged):
    cells = [
        cell("solution", "own", "kept = []\ndef keep(f): kept.append(f)\ndef call(): return kept[0]()"),
        cell("check", "test-1", "keep(lambda: 4)\nassert call() == 4"),
        cell("check", "test-2", "assert call() == 4"),
    ]
    first, second = judged(cells).checks
    assert (first.status, second.status) == ("passed", "failed")
    assert "a function of an earlier cell" in second.message


def test_generators_contexts_and_properties(message):
    solution = """
import contextlib
seen = []
def count():
    for i in range(3):
        seen.append(i)
        yield i
@contextlib.contextmanager
def block(swallow=False):
    seen.append("in")
    try:
        yield 5
    except ValueError:
        if not swallow: raise
    finally:
        seen.append("out")
class P:
    @property
    def x(self): return 3
    def __call__(self, *args, k=0): return [*args, k]"""
    check = """
g = count()
assert next(g) == 0 and seen == [0] and list(g) == [1, 2]
with block() as b:
    assert b == 5 and seen[-1] == "in"
assert seen[-1] == "out"
with block(swallow=True):
    raise ValueError("v")
class Own(ValueError): pass
try:
    with block():
        raise Own("o")
except Own as error:
    assert str(error) == "o"
assert P().x == 3 and P()(1, *[2], k=4) == [1, 2, 4]
assert sum(map(int, (str(i) for i in count()))) == 3"""
    assert message(solution, check) == ""


def test_numpy_and_python_warnings_follow_the_check(message):
    solution = "import numpy as np, warnings\ndef own(x): return np.log(np.array(x))\n"
    solution += "def warn(): warnings.warn('old', FutureWarning)"
    check = """import numpy as np, warnings
assert own(0.0) == -np.inf
try:
    with np.errstate(divide="raise"):
        own(0.0)
except FloatingPointError:
    raised = True
assert raised
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    own(0.0), warn()
assert [w.category for w in caught] == [RuntimeWarning, FutureWarning], caught
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        warn()
    except FutureWarning as error:
        assert str(error) == "old" """
    assert message(solution, check) == ""


@pytest.mark.parametrize(
    "killer",
    ["while True: pass", "import os; os._exit(3)", "import os; os.kill(os.getpid(), 9)", "import time; time.sleep(99)"],
)
def test_an_end_costs_one_exercise_only(judged, killer):
    cells = [
        cell("solution", "first", f"def first():\n    {killer}"),
        cell("check", "test-first", "first()"),
        cell("solution", "second", "def second(): return 2"),
        cell("check", "test-second", "assert second() == 2"),
    ]
    first, second = judged(cells, deadlines=QUICK).checks
    assert (first.status, first.points) == ("timeout" if "True" in killer or "sleep" in killer else "failed", 0)
    assert ("in time" in first.message) or ("ended the Python process" in first.message)
    assert (second.status, second.points) == ("passed", 5)


def test_a_cell_that_ends_the_process_is_left_out_the_next_time(judged):
    cells = [
        cell("solution", "first", "def first(): return 1\nimport os; os._exit(0)"),
        cell("check", "test-first", "assert first() == 1"),
        cell("demo", "", "while True: pass"),
        cell("solution", "second", "def second(): return 2"),
        cell("check", "test-second", "assert second() == 2"),
    ]
    result = judged(cells, deadlines=Deadlines(0.5, 1))
    assert [c.status for c in result.checks] == ["failed", "passed"]
    assert "name 'first' is not defined" in result.checks[0].message
    assert [n.partition(" did")[0] for n in result.notes] == ["Exercise first", "cell 3"]


def test_a_note_calls_a_given_cell_by_what_it_defines(judged):
    cells = [
        cell("fixture", "first-tools", "scale = missing\n\n\ndef helper(x):\n    return x"),
        cell("check", "test-first", "assert True"),
    ]
    notes = judged(cells).notes
    assert notes and notes[0].startswith("The given cell first-tools (helper, scale) did not run: NameError"), notes


def test_new_beginnings_come_to_an_end(judged):
    cells = [cell("solution", "own", "import os\ndef own(): os._exit(0)")]
    cells += [cell("check", f"test-{i}", "own()") for i in range(6)]
    assert [c.status for c in judged(cells, deadlines=QUICK).checks] == ["failed"] * 4 + ["not_run"] * 2


def test_a_failing_demonstration_stops_nothing(judged):
    cells = [
        cell("demo", "", "print('before')\n1 / 0"),
        cell("demo", "", "def broken(:"),
        cell("solution", "own", "def own(): return 4\nown()"),
        cell("check", "test-own", "assert own() == 4"),
    ]
    result = judged(cells)
    assert result.checks[0].status == "passed"
    assert result.notes[0] == "cell 1 did not run: ZeroDivisionError: division by zero\ncell 1, line 2: 1 / 0"
    assert result.notes[1].startswith("cell 2 did not run: SyntaxError")
    assert result.outputs == [
        {"grade_id": "cell 1", "kind": "text", "data": "before\n"},
        {"grade_id": "own", "kind": "text", "data": "4\n"},
    ]


@pytest.mark.parametrize(
    ("value", "status", "points"),
    [
        ("3", "passed", 3),
        ("2.5", "passed", 2.5),
        ("0", "passed", 0),
        ("5", "passed", 5),
        ("None", "passed", 5),
        ("own()", "passed", 2),
        *(
            (v, "error", 0)
            for v in ("True", "False", "-1", "6", "float('nan')", "float('inf')", "np.float64(3)", "'5'")
        ),
        *((v, "error", 0) for v in ("lie()", "'5'", "[5]", "5j", "10**400", "np.array(5)", "Five(5)", "Ellipsis")),
    ],
)
def test_partial_credit_is_a_plain_number_in_range(judged, value, status, points):
    solution = "def own(): return 2\nclass Lie(float): pass\ndef lie(): return Lie(5)"
    check = f"import numpy as np\nclass Five(int): pass\n{value}"
    (result,) = judged(solution, check).checks
    assert (result.status, result.points, result.max_points) == (status, points, 5)
    assert ("for the staff" in result.message) == (status == "error")


def test_messages_and_the_hidden_part(judged):
    source = """def test_own():
    \"\"\"own gives four. And more.\"\"\"
    assert own() == 4, f"expected 4, got {own()}"
test_own()
### BEGIN HIDDEN TESTS
def hidden():
    assert own(3) == 3, "the hidden part"
hidden()
### END HIDDEN TESTS
assert own(5) == 4
"""
    cases = {
        "def own(x=4): return x if x < 5 else 4": ("passed", "", False),
        "def own(x=4): return 5": ("failed", "expected 4, got 5", False),
        "def own(x=4): return 4": ("failed", "the hidden part", True),
        "def own(x=4): return x": ("failed", "the check does not hold", False),
        "def own(x=4):\n    y = 1\n    return y.z": (
            "failed",
            "AttributeError: 'int' object has no attribute 'z'\nown, line 3: return y.z",
            False,
        ),
        "def own():\n    raise NotImplementedError()": ("failed", "not filled in yet", False),
        "def own():\n    raise NotImplementedError('no rule')": (
            "failed",
            "NotImplementedError: no rule\nown, line 2: raise NotImplementedError('no rule')",
            False,
        ),
        "pass": ("failed", "NameError: name 'own' is not defined", False),
        "def own(): return 'a\\x1b[31m\\u202eb' * 2000": ("failed", None, False),
    }
    for solution, (status, message, hidden) in cases.items():
        (result,) = judged(solution, source).checks
        assert (result.status, result.hidden, result.title) == (status, hidden, "own gives four. And more")
        assert message is None or result.message == message
    assert "\x1b" not in result.message and "\u202e" not in result.message and len(result.message) < 2100


def test_a_check_that_is_busy_itself_ends(judged):
    (result,) = judged("def own(): return 2**60", "for _ in range(own()): pass", deadlines=Deadlines(0.5, 0.5)).checks
    assert (result.status, result.message) == ("timeout", "the check took too long")


def test_blowing_up_the_judge_harms_nobody(hosts):
    cells = [
        cell("solution", "own", "def own(): return 2**33"),
        cell("check", "test-1", "assert own()"),
        cell("check", "test-2", "import os; [0] * own(); os._exit(1)"),
        cell("check", "test-3", "assert own()"),
    ]
    notebook = {"cells": cells}
    clean = judge.clean_cells(notebook)
    found = judge.apart(
        lambda each: judge.run(clean, notebook, hosts("00_setup").start, QUICK, each=each),
        judge.steps(clean, notebook),
        seconds=20,
        memory_mb=2000,
    )
    assert [c.status for c in found.checks] == ["passed", "failed", "passed"]
    assert "MemoryError" in found.checks[1].message
    cells[2]["source"] = "import os; os._exit(1)"
    found = judge.apart(
        lambda each: judge.run(clean, notebook, hosts("00_setup").start, QUICK, each=each),
        judge.steps(clean, notebook),
        seconds=20,
    )
    assert [c.status for c in found.checks] == ["passed", "error", "error"]
    assert found.checks[1].max_points == 5 and found.checks[0].title == "test-1"


def test_the_same_seed_gives_the_same_verdict(hosts, judged):
    from tito.grading import verdict

    cells = [
        cell("solution", "own", "import numpy as np\ndef own(x): return x + np.random.default_rng().random() * 0"),
        cell("check", "test-own", "import numpy as np\nx = np.random.default_rng().random()\nassert own(x) > 1, x"),
    ]
    verdicts = [verdict.make("00_setup", "s" * 64, "b" * 64, judged(cells, seed=s), sandbox="x") for s in "112"]
    texts = [verdict.as_text(verdict.comparable(v)) for v in verdicts]
    assert texts[0] == texts[1] != texts[2]


def test_what_student_code_draws_without_a_seed_is_the_same_each_time(judged):
    solution = "import random\nimport numpy as np\n"
    solution += "def own(): return [random.random(), np.random.random(), np.random.default_rng().random()]"
    texts = [judged(solution, "assert 0, own()").checks[0].message for _ in range(2)]
    assert texts[0] == texts[1] and len(set(texts[0].split())) == 3


HIDDEN = """assert own(1) == 2
### BEGIN HIDDEN TESTS
assert own(12345) == 12346, "the hidden part"
### END HIDDEN TESTS"""


def test_nothing_that_is_shown_was_made_after_hidden_inputs_were_seen(judged):
    cells = [
        cell("solution", "own", "SEEN = []\ndef own(x):\n    SEEN.append(x)\n    return 2"),
        cell("check", "test-own", HIDDEN),
        cell("solution", "later", "print(SEEN)\ndef later():\n    raise ValueError(SEEN)"),
        cell("check", "test-later", "later()"),
        cell("demo", "", "raise RuntimeError(SEEN)"),
    ]
    result = judged(cells)
    own, later = result.checks
    assert (own.status, own.hidden, own.message) == ("failed", True, "the hidden part")
    assert (later.status, later.hidden) == ("failed", False) and later.message.startswith("ValueError: [1]\n")
    assert "12345" not in str((later, result.outputs, result.notes)) and "[1]" in result.outputs[0]["data"]


def test_a_hidden_part_sees_the_names_as_they_were(judged):
    cells = [
        cell("solution", "own", "def own(x): return x + 1"),
        cell(
            "check", "test-own", "limit = 2\n" + HIDDEN.replace("assert own(12345)", "assert limit == 2 and own(12345)")
        ),
        cell("solution", "later", "def own(x): return 0\ndef later(): return 0"),
        cell("fixture", "fixture", "limit = 3"),
        cell("check", "test-later", "assert limit == 3 and later() == 0"),
    ]
    assert [c.message for c in judged(cells).checks] == ["", ""]


def test_hidden_parts_are_run_whatever_ends_the_process_later(judged):
    crash = "import os\nos._exit(0)"
    cells = [cell("solution", "own", "def own(x): return x + 1"), cell("check", "test-own", HIDDEN)]
    for n in range(4):
        cells += [cell("solution", f"crash-{n}", crash), cell("check", f"test-{n}", "assert 0")]
    result = judged(cells, deadlines=QUICK)
    assert [c.status for c in result.checks] == ["passed", *["failed"] * 3, "not_run"]
    assert len(result.notes) == 4


def test_a_hidden_part_that_ends_the_process_costs_its_own_check_only(judged):
    cells = [
        cell(
            "solution", "own", "import os\ndef own(x): return 2 if x == 1 else os._exit(0)\ndef fine(x): return x + 1"
        ),
        cell("check", "test-own", HIDDEN),
        cell("check", "test-fine", HIDDEN.replace("own", "fine")),
    ]
    own, fine = judged(cells).checks
    assert (own.status, own.hidden, own.message) == ("failed", True, "the code ended the Python process")
    assert (fine.status, fine.points) == ("passed", 5)


def test_points_of_a_last_line_are_those_after_the_hidden_part(judged):
    check = "points = 1\n### BEGIN HIDDEN TESTS\npoints += 2\n### END HIDDEN TESTS\npoints"
    (result,) = judged("", check).checks
    assert (result.status, result.points) == ("passed", 3)


def test_only_demonstrations_that_a_check_or_an_exercise_needs_are_run():
    found = [
        cell("demo", "", "scale = 2"),
        cell("demo", "", "x = 1"),
        cell("demo", "", "ax = 1\nfor row in range(ax):\n    print(row)"),
        cell("demo", "", "unused = scale"),
        cell("solution", "own", "def own(x):\n    ax = x * scale\n    return ax"),
        cell("check", "test-own", "def test(row):\n    x = row\n    assert own(x)\ntest(2)"),
    ]
    notebook = {"cells": found}
    wanted = judge.steps(judge.clean_cells(notebook), notebook, everything=False)
    assert [s.label for s in wanted] == ["cell 1", "own", "test-own"]
    other = [*found[:-1], cell("check", "test-own", "assert own(x)")]
    wanted = judge.steps(judge.clean_cells({"cells": other}), {"cells": other}, everything=False)
    assert [s.label for s in wanted] == ["cell 1", "cell 2", "own", "test-own"]


@pytest.mark.parametrize("shown", [False, True])
def test_functions_that_only_checks_use_are_not_there_for_the_student(judged, shown):
    found = judged([
        cell("solution", "own", "def double(x):\n    return slow(x)"),
        cell("fixture", "fixture-add", "def add(x, y):\n    return x + y"),
        cell("fixture", "fixture", "def slow(x):\n    return add(x, x)"),
        cell("check", "test-own", "assert double(3) == slow(3)"),
        *([cell("demo", "", "slow(1)")] if shown else []),
    ])  # fmt: skip
    (check,) = found.checks
    if shown:
        assert (check.status, found.notes) == ("passed", [])
    else:
        assert check.message.startswith("NameError: name 'slow' is not defined: it belongs to the checks")


def test_the_checks_of_a_module_are_those_of_every_submission(pristine):
    notebook = pristine("00_setup")
    clean = judge.clean_cells(notebook, {"setup-first": "def anything(): return 1"})
    checks = judge.checks_of(notebook)
    assert checks == [s for s in judge.steps(clean, notebook, everything=False) if s.is_check] and len(checks) > 1
    assert all(s.points and s.title for s in checks)


def test_what_one_submission_wrote_is_not_kept_for_the_next():
    found = [cell("solution", "own", "def own(): pass"), cell("check", "test-own", "own()")]
    notebook = {"cells": found}
    kept = judge._free_step.cache_info().currsize, judge._pristine_step.cache_info().currsize
    for number in range(5):
        added = {"grade_id": "", "source": f"added = {number}"}
        made = judge.steps([added, *judge.clean_cells(notebook, {"own": f"def own(): return {number}"})], notebook)
        assert [s.source for s in made[:2]] == [f"added = {number}", f"def own(): return {number}"]
        assert made[1].names.uses == set() and made[0].names.defines == {"added"}
    assert judge._free_step.cache_info().currsize == kept[0]
    assert judge._pristine_step.cache_info().currsize <= kept[1] + 2
