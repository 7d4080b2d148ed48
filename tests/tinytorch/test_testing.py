"""assert_close takes plain numbers, and says what else it got and where."""

import os
import re

import numpy as np
import pytest

from tinytorch.testing import Folder, assert_close, assert_same, gradient_problem, rule_problem


class Data:
    """Something with a .data, as a Tensor has."""

    data = np.ones(2)


class Yes(float):
    """A number that agrees with everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ((np.float64(3), np.int64(4)), (3, 4)),
        ([np.float32(0.5), 2], [0.5, 2]),
        ((True, np.bool_(False)), (True, False)),
        ([], np.zeros(0)),
        (np.float32(3), 3),
        (np.array([1, np.nan]), np.array([1, np.nan])),
    ],
)
def test_numbers_of_python_and_numpy_are_compared(got, expected):
    assert_close(got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        ((3, np.float64(5)), (3, 4), "x: element [1]: expected 4, got 5 (1 of 2 elements differ)"),
        ((3, Data()), (3, 4), "x: element [1]: expected a number, got Data: compare its .data"),
        ((3, [4]), (3, 4), "x: element [1]: expected a number, got list"),
        ([None, 4], (3, 4), "x: element [0]: expected a number, got NoneType"),
        ((3, np.ones(2)), (3, 4), "x: element [1]: expected a number, got ndarray of float64"),
        (Data(), 3, "x: expected numbers, got Data: compare its .data"),
        (np.ones(2).data, 3, "x: expected a Tensor, got numpy.ndarray"),
        (np.float32(3).data, 3, "x: expected a Tensor, got numpy.float32"),
        (np.array(["a"]), 3, "x: expected numbers, got ndarray of <U1"),
        (np.datetime64("2020-01-01"), 3, "x: expected numbers, got datetime64"),
        (Yes(3), 4, "x: expected numbers, got Yes"),
        ((Yes(3),), (4,), "x: element [0]: expected a number, got Yes"),
        ((3, 4), (3, 4, 5), "x: expected shape (3,), got (2,)"),
        (np.zeros((2, 2)), np.eye(2), "x: element [0, 0]: expected 1, got 0 (2 of 4 elements differ)"),
    ],
)
def test_what_differs_or_is_no_number_is_named(got, expected, message):
    with pytest.raises(AssertionError) as error:
        assert_close(got, expected, "x")
    assert str(error.value) == message


class Agreeable:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __repr__(self):
        return "Agreeable()"


class Twin:
    """Looks like an Agreeable."""

    def __repr__(self):
        return "Agreeable()"


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        ([1, 2], [1, 3], r"x: element \[1\]: expected 3, got 2"),
        ([1], [1, 2], r"x: expected \[1, 2\], got \[1\]"),
        ([1, 2, 3], [1, 2], r"x: expected \[1, 2\], got \[1, 2, 3\]"),
        ((1,), [1], r"a tuple where a list should be"),
        ({"a": (1, b"x")}, {"a": (1, b"y")}, r"^x: at 'a': expected \(1, b'y'\), got \(1, b'x'\)$"),
        ([(b"e", b"w")], [(b"n", b"e")], r"^x: element \[0\]: expected \(b'n', b'e'\), got \(b'e', b'w'\)$"),
        ([[(-5, ("a", "b"))]], [[(-4, ("b", "c"))]], r"^x: element \[0\]: expected \[\(-4, \('b', 'c'\)\)\], got \["),
        ([[1] * 40], [[1] * 39 + [2]], r"^x: element \[0\]: element \[39\]: expected 2, got 1$"),
        ([(1, 2, 3)], [(1, 2)], r"^x: element \[0\]: expected \(1, 2\), got \(1, 2, 3\)$"),
        ([(Agreeable(),)], [(Twin(),)], "a Agreeable where a Twin should be"),
        ({}, {"a": 1}, r"expected 1 at 'a', got nothing there"),
        ({"b": 1}, {}, r"expected nothing at 'b', got 1"),
        (True, 1, "a bool where an int should be"),
        (Agreeable(), 1, "a Agreeable where"),
        ([Agreeable()], [1], "a Agreeable where"),
        ("a" * 300, "b" * 300, r"… \(302 characters\)"),
        (None, "a", "expected 'a', got None"),
    ],
)
def test_assert_same_says_where_plain_data_differs(got, expected, message):
    with pytest.raises(AssertionError, match=message):
        assert_same(got, expected, "x")


def test_assert_same_passes_what_is_the_same():
    for value in (1, "a", b"a", None, [1, (2, {"a": [b"x"]})], {}, (), {1, 2}, -0.0):
        assert_same(value, value)
    assert_same({"a": 1, "b": 2}, {"b": 2, "a": 1})


def test_numbers_that_differ_late_are_shown_with_all_their_digits():
    with pytest.raises(AssertionError, match=r"expected 0\.12345678, got 0\.12345699$"):
        assert_close(0.12345699, 0.12345678)
    with pytest.raises(AssertionError, match=r"element \[1\]: expected 2.00001, got 2.00003 \(1 of 2"):
        assert_close(np.array([1, 2.00003], np.float32), np.array([1, 2.00001], np.float32))
    with pytest.raises(AssertionError, match=r"expected 3.0000001, got 3$"):
        assert_close(3, 3.0000001, rtol=1e-9, atol=0)


def test_a_folder_holds_what_is_put_there_and_goes():
    with Folder() as folder:
        assert (type(folder.path), folder.names(), folder.read("b")) == (str, [], None)
        folder.write("b", b"12")
        folder.write("a", b"")
        folder.write("b", b"3")
        os.mkdir(os.path.join(folder.path, "c"))
        assert (folder.names(), folder.read("a"), folder.read("b")) == (["a", "b", "c"], b"", b"3")
        assert [folder.read(name) for name in ("c", "d", "c/../b", ".", "", "x" * 300, "\0")] == [None] * 7
    assert not os.path.exists(folder.path)


def slopes(f, twin, arrays, second=False):
    """What gradient_problem says of f."""
    from tinytorch.core.autograd import grad
    from tinytorch.core.tensor import Tensor

    return gradient_problem(f, twin, arrays, lambda a: Tensor(a, np.float64, requires_grad=True), grad, second)


@pytest.mark.parametrize("second", [False, True])
def test_gradients_are_measured_on_a_twin(second):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(2, 3)), rng.normal(size=3)]
    assert slopes(lambda x, y: (x * y).tanh() * x, lambda x, y: np.tanh(x * y) * x, arrays, second) == ""
    detached = slopes(lambda x, y: (x * y.detach()) * x, lambda x, y: x * y * x, arrays[:1] * 2, second)
    assert re.match(r"input 1, element \[0, 0\]: measured -?[\d.]+, backward gives 0", detached), detached
    with pytest.raises(AssertionError, match="the value itself: "):
        slopes(lambda x: x * 0, lambda x: x * x, arrays[:1], second)


def test_a_wrong_gradient_of_the_gradient_is_found_where_the_gradient_is_right():
    from tinytorch.core.autograd import rule
    from tinytorch.core.tensor import Tensor, op

    @op
    def cubed(a):
        return a**3

    @rule(cubed)
    def _(g, out, a):
        return g * Tensor(3 * a.data**2, np.float64) if isinstance(a, Tensor) else 3 * g * a**2

    arrays = [np.array([1.0, -2.0])]
    assert slopes(cubed, lambda a: a**3, arrays) == ""
    assert slopes(cubed, lambda a: a**3, arrays, second=True).startswith("input 0, element [0]: measured ")


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (lambda g, out, a, b, k: (g * b * k, lambda: g * a * k), ""),
        (lambda g, out, a, b, k: (g * b * k, g * a, None), "input 1, element [0, 0]: "),
        (lambda g, out, a, b, k: (lambda: out, g * a * k), "input 0, element [0, 0]: "),
        (lambda g, out, a, b, k: (None, g * a * k), "input 0, element [0, 0]: "),
        (lambda g, out, a, b, k: (g * b * k, (g * a * k).sum()), "input 1: expected a gradient of shape (2, 3), got"),
    ],
)
def test_a_rule_is_asked_by_itself(rule, wrong):
    from tinytorch.core.tensor import Tensor

    arrays = np.random.default_rng(0).normal(size=(2, 2, 3))
    found = rule_problem(rule, lambda a, b: 3 * a * b, arrays, lambda a: Tensor(a, np.float64), k=3)
    assert found.startswith(wrong) and bool(found) == bool(wrong)
