"""tinytorch.core.tensor, beyond what the checks of its notebook try; NumPy is the authority."""

import copy
import importlib
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import settings

core = pytest.importorskip("tinytorch.core.tensor", reason="tito dev build 01 makes it")
from tinytorch.core.tensor import OPS, Seam, Tensor  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402

quick = settings(derandomize=True, deadline=None, max_examples=60)


def of(values, dtype):
    return Tensor(np.array(values, dtype), dtype)


# Dtypes


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float16", "float32", "float32"),
        ("float16", "int64", "float16"),
        ("float32", "int64", "float32"),
        ("float32", "uint8", "float32"),
        ("float32", "bool", "float32"),
        ("float64", "int32", "float64"),
        ("int64", "int32", "int64"),
        ("int32", "uint8", "int32"),
        ("int64", "bool", "int64"),
        ("uint8", "uint8", "uint8"),
        ("bool", "bool", "bool"),
    ],
)
def test_two_tensors_meet_in_pytorchs_dtype(a, b, expected):
    x, y = of([[1, 0], [1, 1]], a), of([1, 1], b)
    for result in (x * y, y * x, core.maximum(x, y), core.where(x > 0, y, x)):
        assert result.dtype == expected
    assert_close((x * y).data, np.array([[1, 0], [1, 1]], expected))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_number_never_changes_a_floats_dtype(dtype):
    x = of([1, 2], dtype)
    for result in (
        x + 1,
        1 + x,
        2.5 * x,
        x / 3,
        1 / x,
        x**2,
        x - True,
        x * np.float64(2),
        x * Tensor(2.0),
        x + of(1, "int64"),
    ):
        assert result.dtype == dtype
    assert_close((np.float64(2) * x).data, np.array([2, 4], dtype))


@pytest.mark.parametrize("scalar", ["float16", "float32", "float64"])
@pytest.mark.parametrize("array", ["float16", "float32", "float64"])
def test_a_tensor_without_axes_does_not_widen_one_that_has_some(scalar, array):
    for result in (of(2, scalar) * of([1, 2], array), of([1, 2], array) * of(2, scalar)):
        assert result.dtype == array
    assert_close((of(2, scalar) * of([1, 2], array)).data, np.array([2, 4], array))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_functions_of_whole_numbers_are_float32_to_the_last_digit(dtype):
    x = np.array([0, 1, 1], dtype)
    for name in ("exp", "sqrt", "sin", "cos", "tanh"):
        got = getattr(of(x, dtype), name)()
        assert got.dtype == "float32"
        assert_close(got.data, getattr(np, name)(x.astype(np.float32)), name, rtol=1e-6, atol=0)
    assert (of([1, 2], dtype) / of([1, 1], dtype)).dtype == "float32"
    assert of(x, dtype).mean().dtype == "float32"


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_whole_numbers_add_up_to_int64(dtype):
    x = np.full((3, 200), 1 if dtype == "bool" else 100, dtype)
    for name in ("sum", "cumsum"):
        got = getattr(of(x, dtype), name)(dim=1)
        assert got.dtype == "int64"
        assert_close(got.data, getattr(np, name)(x.astype(np.int64), 1), name)
    assert of(x, dtype).prod(dim=0).dtype == "int64"


def test_a_dtype_that_is_asked_for_is_given():
    x = Tensor([1.5, 2.5])
    assert x.sum(dtype=np.float64).dtype == "float64"
    assert x.to(np.float64).dtype == "float64"
    assert_close(x.to(np.int64).data, np.array([1, 2]))
    assert core.zeros(2, dtype=np.float64).dtype == core.ones_like(x, np.float64).dtype == "float64"
    assert core.rand_like(x, dtype=np.float64).dtype == core.randn(2, dtype=np.float64).dtype == "float64"


def test_comparisons_are_bool_and_indices_int64():
    x = of([3, 1, 2], "float32")
    assert all((x > y).dtype == bool for y in (1, 1.5, Tensor([1, 2, 3])))
    for places in (x.argmax(), x.argsort(), x.sort().indices, x.topk(2).indices, x.max(dim=0).indices):
        assert places.dtype == "int64"


# Making tensors


def test_what_is_not_numbers_is_refused_with_what_it_was():
    for data in ("seven", None, [None, 1], [object()]):
        with pytest.raises(TypeError, match="Tensor: expected numbers, got"):
            Tensor(data)
    with pytest.raises(ValueError, match="inhomogeneous"):
        Tensor([[1, 2], [3]])


def test_a_tensor_by_keyword_is_refused_rather_than_cut_off():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=True)
    for call in (lambda: core.mul(a, b=b), lambda: core.matmul(a, b=b), lambda: core.cat(tensors=[a, b])):
        with pytest.raises(TypeError, match=r"(mul|matmul|cat): give Tensors by position"):
            call()
    assert core.sum_(b, dim=0).requires_grad


def test_a_tensor_of_a_tensor_is_a_copy():
    x = Tensor([1, 2])
    for y in (Tensor(x), core.tensor(x), np.array(x)):
        y[0] = 9
    assert x.tolist() == [1, 2]
    assert np.shares_memory(np.asarray(x), x.data)
    assert Tensor([Tensor(1), Tensor(2)]).tolist() == [1, 2]


def test_tensor_keeps_what_pytorch_infers():
    kinds = [(3, "int64"), ([1, 2.5], "float32"), (True, "bool"), ([], "float32"), (np.array([1], np.int32), "int32")]
    assert [str(core.tensor(data).dtype) for data, _ in kinds] == [kind for _, kind in kinds]


def test_creation_agrees_with_numpy():
    for limits in ((5,), (2, 7), (2, 9, 3), (5, 1, -1), (0, 1, 0.25), (0,)):
        expected = np.arange(*limits)
        expected = expected.astype(np.float32) if expected.dtype.kind == "f" else expected
        got = core.arange(*limits)
        assert_close(got.data, expected, f"arange{limits}")
        assert got.dtype == expected.dtype
    assert core.arange(start=1, end=5, step=2).tolist() == core.arange(1, 5, 2).tolist() == [1, 3]
    assert_close(core.linspace(3, -3, 4).data, np.array([3.0, 1, -1, -3]))
    assert_close(core.full((2, 2), fill_value=7).data, np.full((2, 2), 7))
    assert core.full((2,), 7).dtype == "int64"
    assert core.full((2,), 7.5).dtype == "float32"
    assert_close(core.eye(2, 3).data, np.eye(2, 3))
    assert core.zeros(2, 3).shape == core.zeros((2, 3)).shape == core.zeros([2, 3]).shape == (2, 3)
    assert core.zeros(()).shape == ()


LEAVES = {
    "zeros": lambda **o: core.zeros(2, 3, **o),
    "ones": lambda **o: core.ones(2, 3, **o),
    "full": lambda **o: core.full((2, 3), 1.5, **o),
    "eye": lambda **o: core.eye(2, 3, **o),
    "arange": lambda **o: core.arange(0, 1, 0.25, **o),
    "linspace": lambda **o: core.linspace(0, 1, 4, **o),
    "rand": lambda **o: core.rand(2, 3, **o),
    "randn": lambda **o: core.randn(2, 3, **o),
    "randint": lambda **o: core.randint(0, 9, (2, 3), **{"dtype": np.float32} | o),
    "zeros_like": lambda **o: core.zeros_like(core.eye(2), **o),
    "ones_like": lambda **o: core.ones_like(core.eye(2), **o),
    "full_like": lambda **o: core.full_like(core.eye(2), 3, **o),
    "rand_like": lambda **o: core.rand_like(core.eye(2), **o),
    "randn_like": lambda **o: core.randn_like(core.eye(2), **o),
}


@pytest.mark.parametrize("name", LEAVES)
def test_whatever_makes_a_tensor_takes_a_dtype_and_requires_grad(name):
    make = LEAVES[name]
    assert not make().requires_grad and make().dtype == np.float32
    leaf = make(dtype=np.float64, requires_grad=True)
    assert leaf.requires_grad and leaf.dtype == np.float64 and leaf.recipe is None
    with pytest.raises(RuntimeError, match="only floats can require a gradient, this tensor is int64"):
        make(dtype=np.int64, requires_grad=True)


def test_whole_numbers_of_a_list_cannot_require_a_gradient_where_they_stay_whole():
    assert Tensor([1, 2], requires_grad=True).dtype == np.float32
    for t in (lambda: core.tensor([1, 2], requires_grad=True), lambda: Tensor([True], requires_grad=True)):
        with pytest.raises(RuntimeError, match="only floats"):
            t()


def test_the_same_seed_gives_the_same_numbers():
    def draw():
        return [core.rand(3).tolist(), core.randn(2, 2).tolist(), core.randint(0, 9, (5,)).tolist()]

    core.manual_seed(3)
    first, second = draw(), draw()
    core.manual_seed(3)
    assert draw() == first
    assert first != second
    core.manual_seed(4)
    assert draw() != first


def test_random_numbers_have_their_distribution():
    core.manual_seed(0)
    even, normal, whole = core.rand(20000), core.randn(20000), core.randint(7, (20000,))
    assert even.min() >= 0 and even.max() < 1 and abs(even.mean() - 0.5) < 0.01
    assert abs(normal.mean()) < 0.03 and abs(normal.std() - 1) < 0.03
    assert sorted(set(whole.tolist())) == list(range(7))
    assert sorted(set(core.randint(2, 4, (99,)).tolist())) == [2, 3]


# Operators


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@pytest.mark.parametrize("sign", OPERATORS)
def test_arrays_lists_and_numbers_stand_on_either_side(sign):
    operator, x, y = OPERATORS[sign], np.array([[1.0, 2.0], [4.0, 0.5]]), np.array([4.0, 2.0])
    t = Tensor(x)
    for other in (y, y[0], 2, 2.5, np.float32(2), np.array(2.0)):
        for got, expected in ((operator(t, other), operator(x, other)), (operator(other, t), operator(other, x))):
            assert type(got) is Tensor
            assert got.dtype == ("bool" if expected.dtype == bool else "float32")
            assert_close(got.data, expected, f"{sign} with {other!r}")
    assert_close(operator(t, [4.0, 2.0]).data, operator(x, y), f"tensor {sign} list")


def test_matmul_takes_arrays_on_either_side():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    for got in (Tensor(a) @ b, a @ Tensor(b), Tensor(a).matmul(Tensor(b))):
        assert_close(got.data, a @ b)


def test_a_tensor_counts_as_a_number_where_it_has_one_element():
    one, several = Tensor([[3.5]]), Tensor([1, 2])
    assert (float(one), int(one), bool(one), one.item()) == (3.5, 3, True, 3.5)
    assert [10, 20, 30][core.tensor(1)] == 20
    assert f"{Tensor(2.0):.3f} {several}" == "2.000 tensor([1., 2.])"
    for use in (float, int, Tensor.item):
        with pytest.raises(ValueError, match="size 1"):
            use(several)
    with pytest.raises(TypeError):
        len(Tensor(1))
    assert [t.item() for t in several] == [1, 2]
    assert 2 in several and 3 not in several
    assert len({Tensor(1), Tensor(1)}) == 2  # hashed as objects, not as values


@pytest.mark.parametrize("shape", [(2,), (0,), (2, 3)])
def test_only_one_element_has_a_truth_value(shape):
    words = f"the truth value of a tensor of shape {shape} is not defined: compare with None, or use any() or all()"
    with pytest.raises(ValueError) as caught:
        if core.ones(*shape):
            pass
    assert str(caught.value) == words
    assert [bool(core.full(shape, 0)) for shape in ((), (1,), (1, 1))] == [False] * 3


def test_where_as_a_method_begins_with_the_values():
    x = Tensor([1, -2, 3])
    assert x.where(x > 0, 0).tolist() == core.where(x > 0, x, 0).tolist() == [1, 0, 3]


def test_clamp_is_clip():
    x = Tensor([-2, 0.5, 3])
    assert x.clamp(0, 1).tolist() == core.clip(x, min=0, max=1).tolist() == [0, 0.5, 1]
    assert x.clip(max=1).tolist() == [-2, 0.5, 1]


def test_infinities_and_nan_go_where_numpy_sends_them():
    x = np.array([[1, np.nan, -np.inf], [np.inf, 0, 2]], np.float32)
    t = Tensor(x)
    assert_close(t.amax(1).data, x.max(1))
    assert_close(t.max(dim=1).values.data, x.max(1))
    assert_close(t.argmax(dim=0).data, x.argmax(0))
    assert_close(t.sort().values.data, np.sort(x))
    assert_close(t.masked_fill(t != t, 0).data, np.nan_to_num(x, nan=0, posinf=np.inf, neginf=-np.inf))
    assert_close((t == t).data, x == x)
    assert_close(t.sum(0).data, np.array([np.inf, np.nan, -np.inf]))
    assert_close(Tensor([[-np.inf, 1.0]]).triu().data, np.array([[-np.inf, 1.0]]))


# Memory


VIEWS = {
    "x[1]": lambda x: x[1],
    "x[:, ::2]": lambda x: x[:, ::2],
    "x[None]": lambda x: x[None],
    "x[..., 0]": lambda x: x[..., 0],
    "reshape": lambda x: x.reshape(4, 6),
    "view": lambda x: x.view(-1),
    "flatten": lambda x: x.flatten(1),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "permute": lambda x: x.permute(1, 2, 0),
    "transpose": lambda x: x.transpose(0, 2),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "squeeze": lambda x: x.squeeze(),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "split": lambda x: x.split(2, dim=1)[0],
    "chunk": lambda x: x.chunk(2)[1],
    "flip": lambda x: x.flip((0, 1)),
    "contiguous": lambda x: x.contiguous(),
    "numpy": lambda x: x.numpy(),
}
COPIES = {
    "x[[0]]": lambda x: x[[0]],
    "x[x > 3]": lambda x: x[x > 3],
    "reshape of a transpose": lambda x: x.T.reshape(-1),
    "contiguous of a transpose": lambda x: x.T.contiguous(),
    "roll": lambda x: x.roll(1, 0),
    "repeat": lambda x: x.repeat(1, 1, 1),
    "cat": lambda x: core.cat([x]),
    "stack": lambda x: core.stack([x]),
    "to": lambda x: x.to(np.float32),
    "+ 0": lambda x: x + 0,
    "tril": lambda x: x.tril(5),
    "sort": lambda x: x.sort().values,
    "Tensor": Tensor,
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_share_memory_in_both_directions(name):
    x = Tensor(np.arange(24.0).reshape(2, 3, 4))
    view = VIEWS[name](x)
    view[(0,) * view.ndim] = -7
    assert (x == -7).sum() == 1
    x[...] = 5
    assert (view == 5).all()


@pytest.mark.parametrize("name", COPIES)
def test_copies_do_not(name):
    x = Tensor(np.arange(24.0).reshape(2, 3, 4))
    other = COPIES[name](x)
    before = other.tolist()
    x[...] = -1
    assert other.tolist() == before
    assert not np.shares_memory(other.data, x.data)


def test_view_refuses_to_copy():
    with pytest.raises(ValueError, match="copy"):
        core.arange(6).view(2, 3).T.view(-1)


def test_expand_repeats_without_memory_and_cannot_be_written_into():
    x = Tensor([[1], [2]])
    wide = x.expand(3, -1, 4)
    assert wide.shape == (3, 2, 4) and wide.data.strides[0] == wide.data.strides[2] == 0
    assert_close(wide.data, np.broadcast_to(x.data, (3, 2, 4)))
    with pytest.raises(ValueError, match="read-only"):
        wide[0, 0, 0] = 1
    with pytest.raises(ValueError):
        x.expand(2, 3, 4)[0].expand(3, 4)


def test_writing_takes_tensors_as_places_and_values():
    x = core.zeros(3, 4)
    x[1] = Tensor([1, 2, 3, 4])
    x[core.tensor([0, 2]), 0] = 9
    x[x == 3] = -1
    assert x.tolist() == [[9, 0, 0, 0], [1, 2, -1, 4], [9, 0, 0, 0]]
    with pytest.raises(RuntimeError, match="recipe would be wrong"):
        Tensor([1.0], requires_grad=True)[0] = 2


# Errors


@pytest.mark.parametrize(
    ("mistake", "error", "words"),
    [
        (
            lambda x: x @ x,
            ValueError,
            r"matmul: A is \(2, 3\), B is \(2, 3\): A's last axis \(3\) must equal B's first",
        ),
        (lambda x: x @ Tensor(2), ValueError, r"matmul: A is \(2, 3\), B is \(\): a number without axes"),
        (lambda x: core.matmul(2, x), ValueError, r"matmul: A is \(\), B is \(2, 3\): a number without axes"),
        (lambda x: x.narrow(1, 2, 2), IndexError, r"narrow: 2 to 4 is not within axis 1 of \(2, 3\)"),
        (lambda x: x.narrow(1, -4, 1), IndexError, r"narrow: -1 to 0 is not within axis 1 of \(2, 3\)"),
        (lambda x: x.roll((1, 2), (0,)), ValueError, "shorter"),
        (lambda x: x.topk(4), IndexError, "0 to 4"),
        (lambda x: x.topk(-1), IndexError, "0 to -1"),
        (lambda x: x.split([1, 1], dim=1), ValueError, r"split: \[1, 1\] does not add up to 3"),
        (lambda x: x.split(0), ValueError, "zero"),
        (lambda x: x.flip(2), IndexError, "out of range"),
        (lambda x: x.narrow(2, 0, 1), IndexError, "out of range"),
        (lambda x: x.gather(2, core.zeros(1, 1, dtype=np.int64)), IndexError, "out of range"),
        (lambda x: x.flatten(0, 2), IndexError, "out of range"),
        (lambda x: x.sum(dim=2), IndexError, "out of bounds"),
        (lambda x: x.reshape(4, -1), ValueError, "cannot reshape"),
        (lambda x: x[2], IndexError, "out of bounds"),
        (lambda x: x + core.ones(2), ValueError, "broadcast"),
        (lambda x: core.stack([x, x.T]), ValueError, "must match"),
        (lambda x: x + "a", TypeError, None),
        (lambda x: x + None, TypeError, None),
        (lambda x: core.nothing, AttributeError, "'tinytorch.core.tensor' has no attribute 'nothing'"),
    ],
)
def test_mistakes_are_told_with_their_values(mistake, error, words):
    with pytest.raises(error, match=words):
        mistake(core.ones(2, 3))


# Arguments as PyTorch has them


def test_a_sort_is_stable_whatever_it_is_told():
    x = Tensor([2, 1, 2, 1])
    for stable in (True, False):
        assert x.sort(stable=stable).indices.tolist() == x.argsort(stable=stable).tolist() == [1, 3, 0, 2]
        assert x.sort(descending=True, stable=stable).indices.tolist() == [0, 2, 1, 3]
    assert x.topk(2, sorted=False).values.tolist() == x.topk(2, -1, True, True).values.tolist() == [2, 2]


def test_variance_takes_unbiased_in_place_of_correction():
    x = np.array([[1.0, 2.0, 6.0], [0.0, 4.0, 5.0]], np.float32)
    for name in ("var", "std"):
        f = getattr(Tensor(x), name)
        for unbiased in (True, False):
            expected = getattr(x, name)(1, ddof=int(unbiased), keepdims=True)
            assert_close(f(dim=1, unbiased=unbiased, keepdim=True).data, expected, f"{name}(unbiased={unbiased})")
            assert_close(f(1, unbiased, True).data, expected, f"{name}(1, {unbiased}, True)")
            assert_close(f(unbiased).data, getattr(x, name)(ddof=int(unbiased)), f"{name}({unbiased})")
        assert_close(f(correction=None).data, getattr(x, name)(ddof=1), f"{name}(correction=None)")
        assert np.isnan(getattr(Tensor([3.0]), name)().item()) and np.isnan(getattr(Tensor([]), name)().item())


def test_no_axes_at_all_means_all_axes():
    x = Tensor([[1, 2, 3], [4, 5, 6]])
    for dim in ((), [], None):
        totals = [x.sum(dim), x.mean(dim), x.amax(dim), x.prod(dim), x.var(dim, correction=0)]
        assert_close([t.item() for t in totals], [21.0, 3.5, 6.0, 720.0, 35 / 12], f"dim={dim}", rtol=1e-6)
        assert x.sum(dim, keepdim=True).shape == (1, 1)


def test_linspace_between_tensors_is_as_exact_as_its_dtype():
    got = core.linspace(Tensor(-2.0), Tensor(1.0), 7, dtype=np.float64)
    assert_close(got.data, np.linspace(-2, 1, 7), rtol=1e-15, atol=0)


# Showing


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (Tensor(1.5), "tensor(1.5)"),
        (Tensor([1 / 3]), "tensor([0.3333])"),
        (of([1, 2], "int64"), "tensor([1, 2])"),
        (of([1, 2], "int32"), "tensor([1, 2], dtype=int32)"),
        (of([1], "float64"), "tensor([1.], dtype=float64)"),
        (Tensor([True]), "tensor([ True])"),
        (core.zeros(0), "tensor([])"),
        (core.zeros(2, 0), "tensor([], size=(2, 0))"),
        (Tensor([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
        (Tensor([[1, 2], [3, 4]]), "tensor([[1., 2.],\n        [3., 4.]])"),
    ],
)
def test_repr(t, text):
    assert repr(t) == text


def test_a_large_tensor_is_shown_in_part():
    assert len(repr(core.zeros(1000, 1000))) < 1000


def test_a_small_matrix_is_a_table():
    page = Tensor([[1, 2.5], [-3, 1e6]])._repr_html_()
    assert page.count("<tr>") == 2 and page.count("<td") == 4
    assert ">2.5<" in page and ">1e+06<" in page and "shape (2, 2), float32" in page
    assert "0.60)" in page and "0.00)" in page  # the largest and the smallest


def test_everything_else_is_text():
    for t in (Tensor(1), core.zeros(3), core.zeros(2, 2, 2), core.zeros(0, 3), core.zeros(13, 12), Tensor([[True]])):
        assert t._repr_html_() is None
    assert core.zeros(12, 12)._repr_html_() is not None


@pytest.mark.parametrize(
    ("values", "shades"),
    [
        ([[0, -np.inf], [1, np.nan]], [0, 0, 0.6, 0]),
        ([[0, np.inf], [2, 1]], [0, 0.6, 0.6, 0.3]),
        ([[3e38, -3e38]], [0.6, 0]),
        ([[np.inf, np.inf]], [0.6, 0.6]),
    ],
)
def test_a_table_of_extremes_has_a_colour_for_each(values, shades):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = Tensor(values)._repr_html_()
    assert [float(part.split(")")[0]) for part in page.split("rgba(59,111,182,")[1:]] == shades


# Recipes


def test_every_composed_function_remembers():
    x = Tensor(np.arange(1.0, 13).reshape(3, 4), requires_grad=True)
    y = core.ones(3, 4)
    composed = {
        "cat": core.cat([y, x]),
        "stack": core.stack((y, x), 1),
        "getitem": x[1:, [0, 2]],
        "mask": x[x > 2],
        "T": x.T,
        "split": x.split(2)[1],
        "chunk": x.chunk(2, 1)[0],
        "flip": x.flip(0),
        "max": x.max(),
        "max along": x.max(dim=0).values,
        "sort": x.sort(descending=True).values,
        "topk": x.topk(2).values,
        "mean": x.mean(0),
        "std": x.std(),
        "masked_fill": y.masked_fill(y > 0, 2) * x,
        "triu": x.triu(),
        "flatten": x.flatten(),
        "to": x.to(np.float64),
        "where": y.where(y > 2, x),
        "swapped": 2**x,
        "array": np.ones(4) - x,
    }
    assert [name for name, t in composed.items() if not (t.requires_grad and t.recipe)] == []
    silent = [x > 1, x.argmax(), x.argsort(), x.to(np.int64), x.max(dim=0).indices, y + 1, Tensor(x)]
    assert not any(t.requires_grad or t.recipe for t in silent)


def test_a_recipe_makes_the_result_again():
    x, w = Tensor([[1, 2], [3, 4]], requires_grad=True), Tensor([0.5, 2])
    for out in (x * w, x.sum(dim=1, keepdim=True), core.cat([x, x], 1), x[0], x.reshape(4), 3 - x, x.clip(min=2)):
        assert_close(out.recipe.op(*out.recipe.args, **out.recipe.kwargs).data, out.data, out.recipe.op.__name__)
        assert out.recipe.op is OPS[out.recipe.op.__name__]


def test_every_op_is_a_method_and_a_function_of_the_module():
    """In an interpreter of its own: here OPS also holds the ops of other modules that tests have imported."""
    code = """
from tinytorch.core import tensor as core
strangers = [name for name, op in core.OPS.items() if getattr(core, name) is not op]
strangers += [name for name, op in core.OPS.items() if getattr(core.Tensor, name) is not op and name != "where"]
assert len(core.OPS) > 40 and not strangers, (len(core.OPS), strangers)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_what_replaces_the_seam_sees_every_op(monkeypatch):
    seen = []

    def spy(op, args, kwargs):
        seen.append(op.__name__)
        return core.apply(op, args, kwargs)

    monkeypatch.setattr(Seam, "call", staticmethod(spy))
    x = Tensor([[1, 2], [3, 4]])
    (1 - x).mean(dim=0)
    assert seen == ["sub", "sum", "div"]


# As a module and as an object


def test_names_that_python_uses_are_found_without_their_underscore():
    for name in ("sum", "max", "min", "any", "all", "abs", "pow"):
        assert getattr(core, name) is getattr(core, f"{name}_")
    namespace = {}
    exec("from tinytorch.core.tensor import sum, max, any", namespace)
    assert namespace["sum"](Tensor([1, 2])).item() == 3
    assert namespace["max"](Tensor([1, 2])).item() == 2
    assert vars(importlib.import_module("tinytorch.core.tensor")).get("sum") is None


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_a_tensor_survives_pickle_and_deepcopy(dtype):
    x = of([[1, 0], [3, 4]], dtype)
    x.requires_grad = dtype.startswith("float")
    for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert_close(y.data, x.data)
        assert (y.dtype, y.requires_grad, y.grad, y.recipe) == (x.dtype, x.requires_grad, None, None)
        y.data[0, 0] = 0
    assert x.tolist()[0][0] == 1


def test_deepcopy_of_a_result_keeps_its_history():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = copy.deepcopy(x.exp())
    assert y.recipe.op is core.exp and y.recipe.args[0] is not x
    assert_close(y.recipe.args[0].data, x.data)
