"""What a check can and cannot get from the student's side: plain data, handles, liars."""

import numpy as np
import pytest
from small import cell

from tito.grading import judge

TENSOR = """
class Tensor:
    __array_ufunc__ = None
    def __init__(self, data): self.data = np.array(data, np.float32)
    def __add__(self, other): return Tensor(self.data + getattr(other, "data", other))
    __radd__ = __add__
    def __iadd__(self, other): self.data += 1; return self
    def __neg__(self): return Tensor(-self.data)
    def __len__(self): return len(self.data)
    def __float__(self): return float(self.data)
    def __iter__(self): return (Tensor(x) for x in self.data)
    def __getitem__(self, i): return Tensor(self.data[i])
    def __setitem__(self, i, x): self.data[i] = x
    def __repr__(self): return f"T{self.data.tolist()}"
    def __eq__(self, other): return Tensor(self.data == other)
    __hash__ = object.__hash__
    shape = property(lambda t: t.data.shape)
t = Tensor([1, 2])
"""
WORKS = [
    "assert np.array_equal(t.data, [1, 2]) and t.data.dtype == np.float32",
    "assert len(t) == 2 and t.shape == (2,) and float(Tensor(3)) == 3.0",
    "assert ((1 + t + t).data == [3, 5]).all() and (-t).data[0] == -1",
    "assert (np.ones(2) + t).data.tolist() == [2, 3]",
    "a, b = t\nassert b.data == 2 and [float(x) for x in t] == [1, 2]",
    "t[0] = 7\nassert t[0].data == 7 and t.data[0] == 7",
    "same = t\nt += 5\nassert t is same and t.data.tolist() == [2, 3]",
    "assert isinstance(t, Tensor) and not isinstance(3, Tensor) and not isinstance(t, (int, list))",
    "assert type(t) is Tensor and type(t).__name__ == 'Tensor' and type(3) is int and isinstance(type(t), object)",
    "assert (t == 2).data.tolist() == [False, True] and t != None and type(t) not in (list, tuple)",
    "assert repr(t) == 'T[1.0, 2.0]' and f'{t}' == str(t)",
    "t.extra = 5\nassert t.extra == 5 and hasattr(t, 'extra')\ndel t.extra\nassert not hasattr(t, 'extra')",
    "t.extra = (Tensor(i) + 1 for i in range(3))\nassert [float(x) for x in t.extra] == [1, 2, 3]",
    "assert vars(t)['data'].tolist() == [1, 2] and 'data' in vars(t)",
    "assert ({t: 1}[t], [t].index(t)) == (1, 0)",
    "assert list(map(float, [*t])) == [1.0, 2.0] and max(t, key=float).data == 2",
    "import copy, fractions\nassert copy.copy(t).data.tolist() == [1, 2]",
    "from tinytorch.testing import assert_close\nassert_close(t.data, np.array([1.0, 2]))",
    "import types\nassert types.SimpleNamespace(x=t).x is t",
]


@pytest.mark.parametrize("check", WORKS)
def test_what_works(message, check):
    assert message("import numpy as np\n" + TENSOR, "import numpy as np\n" + check) == ""


REFUSED = [
    ("assert t", "the truth of a Tensor says nothing"),
    ("assert 1 in t", "`in` a Tensor"),
    ("np.asarray(t)", "NumPy was given a Tensor: use its .data"),
    ("np.allclose(t, [1, 2])", "use its .data"),
    ("np.testing.assert_array_equal(t, [1, 2])", "use its .data"),
    ("assert t > 0", ""),
    ("assert t == 2", "the truth of a Tensor"),
    ("range(t)", ""),
    ("assert [t] == [3]", "the truth of a Tensor"),
    ("import pickle; pickle.dumps(t)", ""),
    ("class Own(Tensor): pass", "locked cell"),
    ("np.exp(t)", ""),
    ("t(object())", "only plain data"),
    ("sum([1, 2], t) == 4 and ()[0]", ""),
]


@pytest.mark.parametrize(("check", "reason"), REFUSED)
def test_what_is_refused(message, check, reason):
    got = message("import numpy as np\n" + TENSOR, "import numpy as np\n" + check)
    assert got and reason in got


LIAR = """
import numpy as np
class Liar:
    def __getattr__(self, name): return self if name[:2] != '__' else object.__getattribute__(self, name)
    def __call__(self, *args, **kwargs): return self
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __contains__(self, x): return True
    def __iter__(self): return iter([self])
    def __len__(self): return 2
    def __float__(self): return 4.0
    def __int__(self): return 4
    def __index__(self): return 4
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __add__
    def __array__(self, *args, **kwargs): return np.array(4.0)
    def __repr__(self): return "4"
    __str__ = __repr__
    def __format__(self, spec): return "4"
class Int(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
class Float(float):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __hash__ = float.__hash__
class Text(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
class List(list):
    __eq__ = lambda self, other: True
class Dict(dict):
    __eq__ = lambda self, other: True
    def __missing__(self, key): return 4
class Array(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_function__(self, f, *rest): return True
    def __array_ufunc__(self, f, *rest, **more): return np.zeros(())
class Always(type):
    def __instancecheck__(cls, x): return True
    def __eq__(cls, other): return True
    __hash__ = type.__hash__
class Odd(metaclass=Always):
    pass
def array(): return np.zeros(()).view(Array)
def objects(): return np.array(Liar(), dtype=object)
"""
LIARS = [
    "Liar()",
    "Int(0)",
    "Float(0)",
    "Text('no')",
    "List()",
    "Dict()",
    "array()",
    "objects()",
    "Odd()",
    "Odd",
    "None",
]
LIARS += ["NotImplemented", "Ellipsis", "float('nan')", "10**10000", "'x' * 10**6", "[[]] * 10**6", "{Int(4): Liar()}"]
LIARS += ["(lambda: (yield 4))()", "type('int', (int,), {'__module__': 'builtins'})()", "np.matrix([[4]])", "iter([4])"]
LIARS += [
    "np.zeros(3, [('a', 'i4')])",
    "np.datetime64('NaT')",
    "b'4'",
]
CHECKS = [
    "from tinytorch.testing import assert_close\nassert_close(own(), 4.0)",
    "assert own() == 4",
    "assert not own() != 4",
    "assert abs(own() - 4) < 1e-6",
    "assert 3.9 <= own() <= 4.1",
    "assert np.allclose(own(), 4)",
    "np.testing.assert_allclose(own(), 4)",
    "assert (np.asarray(own()) == 4).all() and np.asarray(own()).dtype.kind == 'f'",
    "assert own().data == 4",
    "assert [own()] == [4] and {'a': own()} == {'a': 4}",
    "assert own() in (4, 4.0)",
    "assert type(own()) is float and own() == 4.0",
    "assert isinstance(own(), float) and own() == 4",
]


@pytest.mark.parametrize("liar", LIARS)
def test_no_liar_passes_for_a_four(judged, liar):
    checks = [cell("check", f"test-{i}", f"import numpy as np\n{check}") for i, check in enumerate(CHECKS)]
    solution = cell("solution", "own", f"{LIAR}\ndef own(): return {liar}")
    results = judged([solution, *checks]).checks
    assert {r.grade_id: r.status for r in results if r.status == "passed" or r.points} == {}


def test_honest_fours_pass_most_of_them(judged):
    checks = [cell("check", f"test-{i}", f"import numpy as np\n{check}") for i, check in enumerate(CHECKS)]
    results = judged([cell("solution", "own", "import numpy as np\ndef own(): return np.float64(4)"), *checks]).checks
    assert [r.grade_id for r in results if r.status != "passed"] == [
        "test-8",
        "test-11",
    ]  # np.float64 has no array as data, and is no float


def test_an_array_changed_after_it_was_sent_stays_as_it_was(message):
    solution = "import numpy as np\nkept = np.zeros(3)\ndef own():\n    return kept\ndef spoil():\n    kept[:] = 5"
    assert message(solution, "a = own()\nspoil()\nassert a.sum() == 0 and own().sum() == 15") == ""


def test_what_the_students_code_does_to_an_argument_is_seen(message):
    solution = "def own(a, b, c):\n    a.append(1); b['k'] = [2]; c[0] = 3"
    check = """#| changes
import numpy as np
a, b, c = [0], {}, np.zeros(2)
own(a, b, c)
assert (a, b, c.tolist()) == ([0, 1], {"k": [2]}, [3.0, 0.0])
frozen = np.zeros(2)
frozen.flags.writeable = False
try:
    own([], {}, frozen)
except ValueError as error:
    assert "read-only" in str(error)
else:
    raise AssertionError("wrote into a read-only array")"""
    assert message(solution, check) == ""


def test_values_cross_as_what_they_are(message):
    check = """import numpy as np
values = [None, True, 3, -2**200, 2.5, float("inf"), 1j, "é\\ud800", b"\\x00", [1, (2, [3])], {1: {"a": ()}}, {1, "b"},
          frozenset([2]), slice(1, None, 2), range(3, 9, 2), ..., np.float32(1.5), np.int8(-3), np.bool_(True),
          np.str_("x"), np.dtype("f2"), np.dtype(">i4"), int, np.float64, np.ndarray]
for value in values:
    got = own(value)
    assert type(got) is type(value) and got == value, f"{value!r} came back as {got!r}"
arrays = [np.arange(6.0).reshape(2, 3).T, np.zeros((0, 3), "c8"), np.array("abc"), np.array([b"a"]),
          np.ones(3, ">i2"), np.array(True)]
for value in arrays:
    got = own(value)
    assert type(got) is np.ndarray and got.dtype == value.dtype and got.shape == value.shape and (got == value).all()
assert str(own(float("nan"))) == "nan" and str(own(-0.0)) == "-0.0\""""
    assert message("def own(x):\n    return x", check) == ""


def test_identity_and_freeing(hosts):
    from tito.grading.handles import Client

    with hosts("00_setup").start() as student:
        client = Client(student.wire)
        client.until = float("inf")
        client.ask("cell", "class A: pass\na = A()\nmany = lambda: [A() for _ in range(1000)]\nalive = 0", "one")
        one = client.ask("name", "a")
        assert client.ask("name", "a") is one
        for _ in range(3):
            held = client.ask("call", client.ask("name", "many"))
        assert len({id(h) for h in held}) == 1000
        del held
        source = "import gc\nprint(sum(type(o) is A for o in gc.get_objects()))"
        client.ask("cell", "pass", "frees")
        assert client.ask("cell", source, "two")["text"] == "1\n"
        assert np.array_equal(client.ask("call", client.ask("import", "numpy").ones, 3), np.ones(3))


def test_fixtures_are_the_judges_own(judged):
    cells = [
        cell("solution", "own", "def base(): return 1\nclass Base:\n    def value(self): return 1"),
        cell(
            "fixture",
            "fixture",
            "EXPECTED = [1]\ndef agrees(x):\n    assert x == EXPECTED[0], f'got {x}'\nclass Derived(Base):\n    pass",
        ),
        cell("solution", "later", "def agrees(x): pass\nEXPECTED = [2]\nassert_close = agrees\nbase = lambda: 2"),
        cell("check", "test-own", "agrees(Derived().value())\nassert EXPECTED == [1]"),
        cell("check", "test-later", "agrees(base())"),
    ]
    first, second = judged(cells).checks
    assert (first.status, second.message) == ("passed", "got 2")


def test_a_judged_name_keeps_its_meaning(judged):
    cells = [
        cell("solution", "own", "def base(): return 1"),
        cell("check", "test-own", "assert base() == 1"),
        cell("solution", "later", "def base(): return 2\ndef twice(): return 2 * base()"),
        cell("check", "test-later", "assert twice() == 2 * base(), f'got {twice()}'"),
    ]
    assert [c.message for c in judged(cells).checks] == ["", "got 4"]


def test_a_fixture_that_fails_is_not_replaced_by_the_students(judged):
    cells = [
        cell("solution", "own", "missing = None\ndef agrees(x): pass"),
        cell("fixture", "fixture", "missing.attribute\ndef agrees(x): assert x == 3"),
        cell("solution", "later", "def agrees(x): pass"),
        cell("check", "test-own", "agrees(4)"),
    ]
    (result,) = judged(cells).checks
    assert (result.status, "its cell did not run" in result.message) == ("failed", True)


def test_cells_marked_student_run_there_only(judged):
    cells = [
        cell("fixture", "fixture", "#| student\nimport os\ndef process(): return os.getpid()"),
        cell("fixture", "other", "import os\ndef here(): return os.getpid()"),
        cell("check", "test-own", "assert process() != here()"),
    ]
    assert [c.message for c in judged(cells).checks] == [""]


def test_the_secret_seed(judged):
    check = "import numpy as np\nassert 0, str([np.random.default_rng().integers(10**9) for _ in range(2)])"
    texts = [judged("", check, seed=seed).checks[0].message for seed in ("one", "one", "two")]
    assert texts[0] == texts[1] != texts[2]
    assert judge.run([], {"cells": []}, start=None).checks == []


@pytest.mark.parametrize(
    ("given", "change", "kind"),
    [
        ("[1.0]", "x[0] = 0.0", "A list"),
        ("{1: 2}", "x.clear()", "A dictionary"),
        ("np.ones(2)", "x[:] = 0", "An array"),
    ],
)
def test_a_check_fails_that_changed_arguments_agree_with(message, given, change, kind):
    solution = f"def own(x):\n    {change}\n    return len(x)"
    check = f"import numpy as np\nx = {given}\nassert own(x) == len(x)"
    assert message(solution, check).startswith(f"{kind} that your code was given was changed by it")
    assert message(solution, "#| changes\n" + check) == ""


def test_stop_iteration_does_not_end_the_loop_of_a_check(message):
    solution = "def own(x):\n    raise StopIteration('enough')"
    assert message(solution, "assert [*map(own, [1, 2])] == []") == (
        "RuntimeError: StopIteration: enough\nown, line 2: raise StopIteration('enough')"
    )
    assert message("own = iter([])", "assert next(own, 7) == 7 and [*own] == []") == ""


def test_a_context_does_not_swallow_what_a_check_says(message):
    solution = """
class own:
    def __enter__(self): return self
    def __exit__(self, *error): return True"""
    assert message(solution, "with own():\n    assert 0, 'swallowed'") == "swallowed"
    assert message(solution, "with own():\n    raise ValueError") == ""


def test_code_does_not_swallow_what_a_check_says_when_called_back(message):
    solution = """
def own(f):
    try: f()
    except BaseException: pass"""
    check = "def f():\n    assert 0, 'swallowed'\nown(f)"
    assert message(solution, check) == "swallowed"
    caught = "def f():\n    assert 0\ntry:\n    own(f)\nexcept AssertionError:\n    pass"
    assert message("def own(f): f()", caught) == ""


def test_a_cell_that_runs_there_only_keeps_its_name(judged):
    cells = [
        cell("fixture", "fixture", "#| student\ndef told(): return 1"),
        cell("solution", "own", "def told(): return 2"),
        cell("check", "test-own", "assert told() == 2, f'got {told()}'"),
    ]
    assert [c.message for c in judged(cells).checks] == ["got 1"]


def test_an_array_that_is_given_twice_is_one_there_too(message):
    check = """#| changes
import numpy as np
a, b = np.zeros(2), np.zeros(2)
own(a, [b, a], last=a)
assert (a.tolist(), b.tolist()) == ([7.0, 1.0], [0.0, 0.0])"""
    assert message("def own(a, others, last):\n    a[0] = 7; others[1][1] = last[0] / 7", check) == ""
