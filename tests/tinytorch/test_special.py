"""The error function that NumPy lacks, against the standard library's."""

import math
import warnings

import numpy as np
import pytest

from tinytorch import _special
from tinytorch.core.tensor import Tensor

RANGES = [(1e-30, 1e-3), (0, 0.5), (0.49, 0.51), (0.5, 1), (1, 2), (2, 4), (3.9, 6.1), (6, 40)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("low, high", RANGES)
def test_erf_is_within_four_units_of_the_last_digit(dtype, low, high):
    x = np.random.default_rng(0).uniform(low, high, 5000).astype(dtype)
    expected = np.array([math.erf(v) for v in x.tolist()])
    for sign in (1, -1):
        off = np.abs(_special.erf(sign * x).astype(float) - sign * expected) / np.spacing(expected.astype(dtype))
        assert off.max() <= 4, f"erf({sign * x[off.argmax()]!r}) is {off.max():.1f} units of the last digit off"


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_erf_at_the_ends_of_the_line(dtype):
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 6e4, -6e4], dtype)
    with warnings.catch_warnings(action="error"):
        got = _special.erf(x)
    assert got.dtype == dtype and got.tolist()[:2] == [1, -1] and got.tolist()[3:] == [0, 0, 1, -1] and np.isnan(got[2])
    assert np.signbit(got).tolist()[3:5] == [False, True], "the sign of zero stays"


def test_erf_of_every_form():
    x = np.linspace(-3, 3, 24).reshape(2, 3, 4)
    expected = np.vectorize(math.erf)(x)
    for form in (lambda a: a.T, lambda a: a[:, ::-1], lambda a: a[::2, :, 1], lambda a: a[:0], lambda a: a[0, 0, 0]):
        np.testing.assert_allclose(_special.erf(form(x)), form(expected), rtol=1e-15)
    assert _special.erf(np.zeros((0, 3))).shape == (0, 3) and _special.erf(np.array(0.5)).shape == ()
    assert Tensor(0.5).erf().item() == pytest.approx(math.erf(0.5), rel=1e-6)


def test_erf_of_more_than_one_piece():
    x = np.linspace(-3, 3, 2 * _special.AT_A_TIME + 5)
    pieces = [_special.erf(part) for part in np.array_split(x, 7)]
    np.testing.assert_array_equal(_special.erf(x), np.concatenate(pieces))


def test_erf_of_integers_is_float32_and_complex_numbers_are_refused():
    got = _special.erf(np.array([-1, 0, 2]))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, [math.erf(-1), 0, math.erf(2)], rtol=3e-7)
    with pytest.raises(TypeError, match="complex"):
        _special.erf(np.array([1j]))


@pytest.mark.parametrize("dtype, bound", [("float64", 1e-15), ("float32", 1.5e-7), ("float16", 5e-4)])
def test_normal_cdf_is_half_of_one_and_erf_over_the_root_of_two(dtype, bound):
    x = np.linspace(-12, 12, 2 * _special.AT_A_TIME + 5).astype(dtype)[::7]
    expected = np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x.tolist()])
    got = _special.normal_cdf(x)
    assert got.dtype == dtype and np.abs(got - expected).max() <= bound
    assert _special.normal_cdf(np.array([-1, 0, 2])).dtype == np.float32


@pytest.mark.parametrize("dtype, bound", [("float64", 1e-15), ("float32", 1e-7), ("float16", 5e-4)])
def test_normal_pdf_is_the_bell_curve(dtype, bound):
    x = np.linspace(-12, 12, _special.AT_A_TIME + 5).astype(dtype)[::7]
    expected = np.array([math.exp(-v * v / 2) / math.sqrt(2 * math.pi) for v in x.tolist()])
    got = _special.normal_pdf(x)
    assert got.dtype == dtype and np.abs(got - expected).max() <= bound
    with warnings.catch_warnings(action="error"):
        ends = _special.normal_pdf(np.array([np.inf, -np.inf, np.finfo(dtype).max, np.nan], dtype))
    assert ends[:3].tolist() == [0, 0, 0] and np.isnan(ends[3])


@pytest.mark.parametrize("dtype, bound", [("float64", 1e-15), ("float32", 2e-7), ("float16", 1e-3)])
def test_tanh_cdf_is_its_formula(dtype, bound):
    x = np.linspace(-9, 9, 2 * _special.AT_A_TIME + 5).astype(dtype)[::-3].reshape(1, -1)
    wide = x.astype(np.float64)
    cdf = (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3))) / 2
    got = _special.tanh_cdf(x)
    assert got.dtype == dtype and np.abs(got - cdf).max() <= bound
    with warnings.catch_warnings(action="error"):
        assert _special.tanh_cdf(np.array([np.inf, -np.inf, np.finfo(dtype).max], dtype)).tolist() == [1, 0, 1]


@pytest.mark.parametrize("approximate, cdf", [("none", _special.normal_cdf), ("tanh", _special.tanh_cdf)])
@pytest.mark.parametrize("dtype, bound", [("float64", 1e-8), ("float32", 5e-6), ("float16", 1e-2)])
def test_gelu_gradient_is_the_measured_slope(approximate, cdf, dtype, bound):
    x = np.linspace(-9, 9, 2 * _special.AT_A_TIME + 5).astype(dtype)[::-3].reshape(1, -1)
    wide, h = x.astype(np.float64), 1e-6
    measured = ((wide + h) * cdf(wide + h) - (wide - h) * cdf(wide - h)) / (2 * h)
    g = np.broadcast_to(np.array(2.0, dtype), x.shape)  # as of a sum: one number, shown in each place
    got = _special.gelu_gradient(x, cdf(x), g, approximate)
    assert got.dtype == dtype and got.shape == x.shape and np.abs(got - 2 * measured).max() <= bound


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_normal_cdf_at_the_ends_of_the_line(dtype):
    x = np.array([np.inf, -np.inf, np.nan, 0.0, 6e4, -6e4, np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    with warnings.catch_warnings(action="error"):
        got = _special.normal_cdf(x)
    assert got.dtype == dtype and np.isnan(got[2]) and np.delete(got, 2).tolist() == [1, 0, 0.5, 1, 0, 1, 0]


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_exp_less_one_at(dim):
    a = np.random.default_rng(4).normal(size=(3, 4)).T
    index = np.expand_dims(np.argmin(a, dim), dim)
    expected = np.exp(a)
    for place in np.ndindex(index.shape):
        at = [*place]
        at[dim] = index[place]
        expected[tuple(at)] -= 1
    before = a.copy()
    np.testing.assert_allclose(_special.exp_less_one_at(a, dim, index), expected, rtol=1e-14)
    np.testing.assert_array_equal(a, before)
