"""What NumPy does slowly, against NumPy."""

import numpy as np
import pytest

from tinytorch import _arrays

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
        got, expected = _arrays.where(condition, a, b), np.where(condition, a, b)
        assert got.dtype == expected.dtype and got.shape == expected.shape
        assert got.tobytes() == expected.tobytes(), "every bit should be the one that np.where takes"


@pytest.mark.parametrize("columns", [784, 840, 787, 12, 0])  # 787 has no divisors
@pytest.mark.parametrize("groups", [1, 2])
def test_product_is_a_product_of_matrices(columns, groups):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(groups, 32, 144)), rng.normal(size=(3, groups, 144, columns))
    out = np.full((3, groups, 32, columns), np.nan)
    assert _arrays.product(a, b, out) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-12, atol=1e-12)


def test_where_reads_conditions_that_are_no_booleans():
    condition = np.arange(5000) % 3
    np.testing.assert_array_equal(_arrays.where(condition, 1.0, 2.0), np.where(condition, 1.0, 2.0))
    assert _arrays.where(False, np.ones(3), 0).tolist() == [0, 0, 0]


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
        got = _arrays.sums(laid, axes, keepdims=keepdims)
        assert got.shape == expected.shape and got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4 if dtype == "float32" else 1e-12)


def test_sums_of_whole_numbers_and_in_another_dtype_are_numpys():
    whole = np.arange(6000).reshape(60, 100)
    assert _arrays.sums(whole, -1).tolist() == whole.sum(-1).tolist()
    assert _arrays.sums(np.ones((60, 100), np.float32), -1, np.float64).dtype == np.float64
    assert _arrays.sums(np.float32(3), None) == 3


def test_sums_keep_infinity_and_nan_in_their_row():
    a = np.ones((60, 100), np.float32)
    a[1, 2], a[3, 4] = np.inf, np.nan
    got = _arrays.sums(a, -1)
    assert got[1] == np.inf and np.isnan(got[3]) and (np.delete(got, [1, 3]) == 100).all()


def test_row_max_is_numpys_also_of_nan_and_of_nothing_but_minus_infinity():
    a = np.random.default_rng(4).standard_normal((5, 6, 7)).astype(np.float32)
    a[0, 1], a[2, 3, 4] = -np.inf, np.nan
    np.testing.assert_array_equal(_arrays.row_max(a), a.max(-1, keepdims=True))
    assert _arrays.row_max(a[:0]).shape == (0, 6, 1)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
@pytest.mark.parametrize(
    "form", [lambda a: a, lambda a: a.transpose(2, 0, 1), lambda a: a[:, ::-1, ::2], lambda a: a[:0]]
)
def test_vecdot_adds_up_products(dim, form):
    a, b = (form(t) for t in np.random.default_rng(2).normal(size=(2, 3, 4, 5)))
    expected = (a * b).sum(dim, keepdims=True)
    np.testing.assert_allclose(_arrays.vecdot(a, b, dim), expected, rtol=1e-14, atol=1e-14)
    mixed = _arrays.vecdot(a, np.ascontiguousarray(b), dim)
    np.testing.assert_allclose(mixed, expected, rtol=1e-14, atol=1e-14)


def test_vecdot_of_numbers_is_their_product():
    assert _arrays.vecdot(np.float32(3), np.float32(2)) == 6


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (5, 4, 2, 3), (0, 2, 3), (4, 0, 3)])
@pytest.mark.parametrize("other", [(3,), (3, 6), (1, 3, 6), (3, 0)])
def test_matmul_is_numpys(shape, other):
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=shape), rng.normal(size=other)
    np.testing.assert_allclose(_arrays.matmul(a, b), a @ b, rtol=1e-14)
    turned = np.asfortranarray(a)
    np.testing.assert_allclose(_arrays.matmul(turned, b), a @ b, rtol=1e-14)


def test_matmul_of_many_matrices_and_one_is_one_product():
    seen = []
    rows = type("Rows", (np.ndarray,), {"__matmul__": lambda a, b: seen.append(a.shape) or np.asarray(a) @ b})
    assert _arrays.matmul(np.ones((4, 2, 3)).view(rows), np.ones((3, 6))).shape == (4, 2, 6) and seen == [(8, 3)]


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_along_is_take_along_axis_also_of_a_shorter_index(dim):
    rng = np.random.default_rng(5)
    a = rng.standard_normal((4, 5, 6))
    shape = [3, 2, 4]
    index = rng.integers(-1, a.shape[dim], shape)
    part = a[tuple(slice(None) if axis == dim % 3 else slice(n) for axis, n in enumerate(shape))]
    assert a[_arrays.along(a, index, dim)].tolist() == np.take_along_axis(part, index, dim).tolist()


def test_along_refuses_an_index_of_other_axes():
    with pytest.raises(ValueError, match="an index of 1 axes into 2"):
        _arrays.along(np.zeros((2, 3)), np.array([0]), 0)
