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


CHOICES = {
    "two arrays": lambda a, b: (a, b),
    "a number first": lambda a, b: (0, b),
    "a number second": lambda a, b: (a, -1.5),
    "a row": lambda a, b: (a[:1], b),
    "not contiguous": lambda a, b: (a.T.copy().T, np.flip(b)),
    "two types": lambda a, b: (a.astype(np.float32), b.astype(np.float64)),
    "False": lambda a, b: (a, False),
    "integers": lambda a, b: (np.nan_to_num(a, posinf=0, neginf=0).astype(np.int64), 3),
    "all repeated": lambda a, b: (np.broadcast_to(a[0, 0], a.shape), b),
}


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("choice", CHOICES)
def test_where_chooses_as_numpy_does(choice, dtype):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 60, 70)).astype(dtype)
    a[0, :4], b[0, :4] = [np.nan, -0.0, np.inf, -np.inf], [np.inf, np.nan, 0.0, -0.0]
    a, b = CHOICES[choice](a, b)
    for condition in (rng.random((60, 70)) < 0.5, rng.random((60, 1)) < 0.5, rng.random((3, 60, 70)) < 0.5):
        got, expected = _special.where(condition, a, b), np.where(condition, a, b)
        assert got.dtype == expected.dtype and got.shape == expected.shape
        assert got.tobytes() == expected.tobytes(), "every bit should be the one that np.where takes"


@pytest.mark.parametrize("columns", [784, 840, 787, 12, 0])  # 787 has no divisors
@pytest.mark.parametrize("groups", [1, 2])
def test_product_is_a_product_of_matrices(columns, groups):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(groups, 32, 144)), rng.normal(size=(3, groups, 144, columns))
    out = np.full((3, groups, 32, columns), np.nan)
    assert _special.product(a, b, out) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-12, atol=1e-12)


def test_padded_adds_and_cuts_off():
    a = np.arange(12).reshape(1, 3, 4)
    assert _special.padded(a, ((0, 0), (0, 0))) is a
    expected = np.pad(a, ((0, 0), (1, 0), (0, 2)), constant_values=7)[:, :, 1:]
    np.testing.assert_array_equal(_special.padded(a, ((1, 0), (-1, 2)), 7), expected)


def test_where_reads_conditions_that_are_no_booleans():
    condition = np.arange(5000) % 3
    np.testing.assert_array_equal(_special.where(condition, 1.0, 2.0), np.where(condition, 1.0, 2.0))
    assert _special.where(False, np.ones(3), 0).tolist() == [0, 0, 0]


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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "shape, axes", [((60, 70), -1), ((60, 70), (1,)), ((60, 70), 0), ((4, 30, 40), (0, 1)), ((4, 30, 40), (-3, -2)),
                    ((4, 30, 40), (1, 0)), ((4, 30, 40), 1), ((4, 30, 40), None), ((4, 30, 40), (0, 1, 2)),
                    ((2, 3000), -1), ((0, 3000), 0), ((3000, 0), 0), ((4000, 1), -1), ((4000,), -1), ((2, 3), ())],
)  # fmt: skip
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_are_numpys(dtype, shape, axes, keepdims):
    a = np.random.default_rng(3).standard_normal(shape).astype(dtype)
    for laid in (a, np.asfortranarray(a), a[::-1]):
        expected = np.sum(laid.astype(np.float64), axes, keepdims=keepdims)
        got = _special.sums(laid, axes, keepdims=keepdims)
        assert got.shape == expected.shape and got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4 if dtype == "float32" else 1e-12)


def test_sums_of_whole_numbers_and_in_another_dtype_are_numpys():
    whole = np.arange(6000).reshape(60, 100)
    assert _special.sums(whole, -1).tolist() == whole.sum(-1).tolist()
    assert _special.sums(np.ones((60, 100), np.float32), -1, np.float64).dtype == np.float64
    assert _special.sums(np.float32(3), None) == 3


def test_sums_keep_infinity_and_nan_in_their_row():
    a = np.ones((60, 100), np.float32)
    a[1, 2], a[3, 4] = np.inf, np.nan
    got = _special.sums(a, -1)
    assert got[1] == np.inf and np.isnan(got[3]) and (np.delete(got, [1, 3]) == 100).all()


def test_row_max_is_numpys_also_of_nan_and_of_nothing_but_minus_infinity():
    a = np.random.default_rng(4).standard_normal((5, 6, 7)).astype(np.float32)
    a[0, 1], a[2, 3, 4] = -np.inf, np.nan
    np.testing.assert_array_equal(_special.row_max(a), a.max(-1, keepdims=True))
    assert _special.row_max(a[:0]).shape == (0, 6, 1)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_normal_cdf_at_the_ends_of_the_line(dtype):
    x = np.array([np.inf, -np.inf, np.nan, 0.0, 6e4, -6e4, np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    with warnings.catch_warnings(action="error"):
        got = _special.normal_cdf(x)
    assert got.dtype == dtype and np.isnan(got[2]) and np.delete(got, 2).tolist() == [1, 0, 0.5, 1, 0, 1, 0]


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
@pytest.mark.parametrize(
    "form", [lambda a: a, lambda a: a.transpose(2, 0, 1), lambda a: a[:, ::-1, ::2], lambda a: a[:0]]
)
def test_vecdot_adds_up_products(dim, form):
    a, b = (form(t) for t in np.random.default_rng(2).normal(size=(2, 3, 4, 5)))
    expected = (a * b).sum(dim, keepdims=True)
    np.testing.assert_allclose(_special.vecdot(a, b, dim), expected, rtol=1e-14, atol=1e-14)
    mixed = _special.vecdot(a, np.ascontiguousarray(b), dim)
    np.testing.assert_allclose(mixed, expected, rtol=1e-14, atol=1e-14)


def test_vecdot_of_numbers_is_their_product():
    assert _special.vecdot(np.float32(3), np.float32(2)) == 6


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (5, 4, 2, 3), (0, 2, 3), (4, 0, 3)])
@pytest.mark.parametrize("other", [(3,), (3, 6), (1, 3, 6), (3, 0)])
def test_matmul_is_numpys(shape, other):
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=shape), rng.normal(size=other)
    np.testing.assert_allclose(_special.matmul(a, b), a @ b, rtol=1e-14)
    turned = np.asfortranarray(a)
    np.testing.assert_allclose(_special.matmul(turned, b), a @ b, rtol=1e-14)


def test_matmul_of_many_matrices_and_one_is_one_product():
    seen = []
    rows = type("Rows", (np.ndarray,), {"__matmul__": lambda a, b: seen.append(a.shape) or np.asarray(a) @ b})
    assert _special.matmul(np.ones((4, 2, 3)).view(rows), np.ones((3, 6))).shape == (4, 2, 6) and seen == [(8, 3)]


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
