"""What holds for tensors of any shape, layout, dtype and content; NumPy, a slow loop or a central difference judges.

The examples are drawn by hypothesis, the same in every run. Axes may have length 0 and 1, numbers may be NaN and
infinite, and tensors may be walked through memory in any order.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

core = pytest.importorskip("tinytorch.core.tensor", reason="tito dev build 01 makes it")
curves = pytest.importorskip("tinytorch.core.activations", reason="tito dev build 02 makes it")
losses = pytest.importorskip("tinytorch.core.losses", reason="tito dev build 04 makes it")
autograd = pytest.importorskip("tinytorch.core.autograd", reason="tito dev build 05 makes it")
from tinytorch.core.tensor import Tensor  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402

quick = settings(derandomize=True, deadline=None, max_examples=60)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, about NaN and infinity

FLOATS, WHOLE = ("float16", "float32", "float64"), ("uint8", "int8", "int32", "int64", "bool")
SIZES = st.lists(st.integers(0, 3), max_size=4).map(tuple)
POSITIVE = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
ORDINARY = [0.0, 1.0, 2.0, 0.5, 3.0, 1.25, -1.0, -0.5, -2.0, 7.0]
EXTREME = [math.nan, math.inf, -math.inf, -0.0]

# How the numbers of an array may lie in memory; each gives a tensor with those numbers.
LAYOUTS = {
    "row by row": lambda a: Tensor(a, a.dtype),
    "column by column": lambda a: Tensor(np.array(a, order="F"), a.dtype),
    "every other": lambda a: Tensor(np.repeat(a, 2, -1), a.dtype)[..., ::2] if a.ndim else Tensor(a, a.dtype),
    "backwards": lambda a: Tensor(np.flip(a).copy(), a.dtype)[(slice(None, None, -1),) * a.ndim],
    "a window": lambda a: Tensor(np.pad(a, 1), a.dtype)[(slice(1, -1),) * a.ndim],
}


@st.composite
def arrays(draw, dtypes=FLOATS + WHOLE, shapes=SIZES, extreme=True):
    """An array of any of these dtypes and shapes, and a tensor that holds the same numbers in some layout."""
    dtype, shape = np.dtype(draw(st.sampled_from(dtypes))), draw(shapes)
    numbers = ORDINARY + (EXTREME if extreme and dtype.kind == "f" else [])
    numbers = [abs(x) for x in numbers] if dtype.kind == "u" else numbers
    picked = draw(st.lists(st.sampled_from(numbers), min_size=math.prod(shape), max_size=math.prod(shape)))
    array = np.array(picked, dtype).reshape(shape)
    return array, LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](array)


@st.composite
def fitting(draw, count=2):
    """Shapes that broadcast: each axis of a common one is kept, or 1, or left out on the left."""
    whole = draw(SIZES)
    cut = [draw(st.integers(0, len(whole))) for _ in range(count)]
    return [tuple(n if draw(st.booleans()) else 1 for n in whole)[left:] for left in cut]


@st.composite
def with_axes(draw):
    """A shape and some of its axes, written from either end."""
    shape = draw(POSITIVE)
    axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1))
    return shape, tuple(d - len(shape) if draw(st.booleans()) else d for d in axes)


def numbers(shape):
    """Small whole numbers as floats."""
    return np.random.default_rng(len(shape)).integers(-9, 9, shape).astype(np.float32)


def same(got, expected, what, **tolerance):
    """Assert that the Tensor `got` has the numbers, shape and dtype of the array `expected`."""
    assert got.dtype == expected.dtype, f"{what}: expected {expected.dtype}, got {got.dtype}"
    assert_close(got.data, expected, what, **tolerance)


# Layouts and dtypes


@given(arrays())
@quick
def test_a_layout_holds_the_numbers_it_is_given(case):
    array, t = case
    same(t, array, "the tensor")
    same(t.contiguous(), array, "contiguous")
    assert t.contiguous().data.flags.c_contiguous


@given(arrays())
@quick
def test_functions_of_one_tensor_do_not_mind_its_layout(case):
    array, t = case
    floats = array if array.dtype.kind == "f" else array.astype(np.float32)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tanh"):
        same(
            getattr(t, name)(),
            getattr(np, name)(floats),
            f"{name} of {array.dtype}",
            rtol=2e-3 if floats.itemsize == 2 else None,
        )
    if array.dtype.kind != "b":
        same(abs(t), np.abs(array), "abs")
        same(-t, np.negative(array), "neg")
    same(t.to(np.float64), array.astype(np.float64), "to(float64)")


def promoted(a, b):
    """The dtype in which two arrays meet: the wider float if there is one, NumPy's choice among whole numbers."""
    floats = [x for x in (a, b) if x.dtype.kind == "f"]
    if not floats:
        return np.result_type(a.dtype, b.dtype)
    with_axes = [x for x in floats if x.ndim] or floats
    return max((x.dtype for x in with_axes), key=lambda d: d.itemsize)


@given(st.data())
@quick
def test_two_tensors_broadcast_and_promote_as_a_slow_loop_does(data):
    shapes = data.draw(fitting())
    (a, x), (b, y) = (data.draw(arrays(shapes=st.just(s))) for s in shapes)
    assume(a.dtype.kind == "f" or b.dtype.kind == "f" or (a.ndim > 0) == (b.ndim > 0))
    shape, dtype = np.broadcast_shapes(*shapes), promoted(a, b)
    wide_a, wide_b = (np.broadcast_to(z, shape) for z in (a, b))
    for name, f in (("mul", np.multiply), ("add", np.add), ("maximum", np.maximum), ("minimum", np.minimum)):
        expected = np.empty(shape, dtype)
        for place in np.ndindex(shape):
            expected[place] = f(wide_a[place].astype(dtype), wide_b[place].astype(dtype))
        same(getattr(core, name)(x, y), expected, f"{name} of {a.dtype}{a.shape} and {b.dtype}{b.shape}", rtol=2e-3)
    for name, f in (("lt", np.less), ("eq", np.equal), ("ge", np.greater_equal)):
        same(getattr(core, name)(x, y), f(wide_a.astype(float), wide_b.astype(float)), name)


@given(fitting())
@quick
def test_broadcast_shapes_is_numpys(shapes):
    assert core.broadcast_shapes(*shapes) == np.broadcast_shapes(*shapes)


@given(SIZES, SIZES)
@quick
def test_shapes_that_do_not_fit_are_refused_where_numpy_refuses(a, b):
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError, match="differ in axis -"):
            core.broadcast_shapes(a, b)
        with pytest.raises(ValueError, match="broadcast"):
            Tensor(np.zeros(a)) + Tensor(np.zeros(b))
    else:
        assert core.broadcast_shapes(a, b) == expected


@given(fitting(3), st.data())
@quick
def test_where_takes_each_element_from_one_side_only(shapes, data):
    (mask, m), (a, x), (b, y) = (
        data.draw(arrays(dtypes=[kind], shapes=st.just(s)))
        for s, kind in zip(shapes, ("bool", "float32", "float32"), strict=True)
    )
    expected = np.empty(np.broadcast_shapes(*shapes), np.float32)
    wide = [np.broadcast_to(z, expected.shape) for z in (mask, a, b)]
    for place in np.ndindex(expected.shape):
        expected[place] = wide[1][place] if wide[0][place] else wide[2][place]
    same(core.where(m, x, y), expected, "where")


# Reductions


def groups(array, dims):
    """(place in the result, the numbers that are reduced to it) for a reduction over the axes `dims`, kept."""
    dims = {d % array.ndim for d in dims} if array.ndim else set()
    for place in itertools.product(*(range(1 if d in dims else n) for d, n in enumerate(array.shape))):
        own = tuple(slice(None) if d in dims else i for d, i in enumerate(place))
        yield place, [float(v) for v in array[own].ravel()] if array.ndim else [float(array)]


def mean_of(values):
    """The mean of some numbers, NaN for none."""
    return sum(values) / len(values) if values else math.nan


def spread_of(values):
    """The mean squared distance from the mean, NaN for none."""
    middle = mean_of(values)
    return mean_of([(v - middle) * (v - middle) for v in values])


def largest_of(values, sign=1):
    """The largest (sign -1: the smallest) number, NaN if there is one among them."""
    return math.nan if any(map(math.isnan, values)) else max(values, key=lambda v: sign * v)


REDUCTIONS = {
    "sum": sum,
    "prod": math.prod,
    "mean": mean_of,
    "amax": largest_of,
    "amin": lambda values: largest_of(values, -1),
    "any": lambda values: any(v != 0 for v in values),
    "all": lambda values: all(v != 0 for v in values),
}


@given(arrays(dtypes=("float32", "float64", "int64", "uint8", "bool")), st.data())
@quick
def test_reductions_are_those_of_a_slow_loop(case, data):
    array, t = case
    dims = data.draw(
        st.lists(st.integers(0, max(array.ndim - 1, 0)), unique=True, min_size=min(array.ndim, 1), max_size=array.ndim)
    )
    dims = tuple(d - array.ndim if data.draw(st.booleans()) else d for d in dims)
    keepdim, name = data.draw(st.booleans()), data.draw(st.sampled_from(sorted(REDUCTIONS)))
    dim = data.draw(st.sampled_from([dims, list(dims)] + [d for d in dims if len(dims) == 1]))
    found = list(groups(array, dims))
    if name in ("amax", "amin") and 0 in [array.shape[d] for d in dims]:
        with pytest.raises(ValueError, match="no identity"):
            getattr(t, name)(dim, keepdim)
        return
    expected = np.empty(tuple(1 if d in {e % array.ndim for e in dims} else n for d, n in enumerate(array.shape)))
    for place, values in found:
        expected[place] = REDUCTIONS[name](values)
    got = getattr(t, name)(dim, keepdim)
    left = tuple(n for d, n in enumerate(array.shape) if keepdim or d not in {e % array.ndim for e in dims})
    expected = expected if keepdim else expected.reshape(left)
    assert_close(got.data, expected.astype(got.dtype), f"{name} over {dim} of {array.dtype}{array.shape}", rtol=1e-5)
    if name in ("any", "all"):
        assert got.dtype == bool
    elif array.dtype.kind == "f":
        assert got.dtype == array.dtype
    else:
        kept = array.dtype if name in ("amax", "amin") else np.dtype("float32" if name == "mean" else "int64")
        assert got.dtype == kept


@given(arrays(dtypes=("float64",), extreme=False), st.integers(0, 3), st.booleans(), st.data())
@quick
def test_variance_is_that_of_a_slow_loop_for_every_correction(case, correction, keepdim, data):
    array, t = case
    dim = data.draw(st.sampled_from([None, *range(array.ndim)]))
    for (_, values), got in zip(
        groups(array, range(array.ndim) if dim is None else [dim]),
        t.var(dim, correction=correction, keepdim=keepdim).data.ravel(),
        strict=True,
    ):
        n = len(values)
        freedom = max(n - correction, 0)
        expected = (
            spread_of(values) * n / freedom if freedom else math.nan if n < 2 or spread_of(values) == 0 else math.inf
        )
        assert_close(float(got), expected, f"var of {values} with correction {correction}", atol=1e-12)
    assert_close(t.var(dim, unbiased=False).data, t.var(dim, correction=0).data, "unbiased=False")
    assert_close(t.std(dim, unbiased=True).data, t.std(dim).data, "unbiased=True")


@given(arrays(dtypes=("float32", "int64"), extreme=False), st.data())
@quick
def test_running_sums_orders_and_places_are_those_of_a_slow_loop(case, data):
    array, t = case
    assume(array.ndim)
    dim = data.draw(st.integers(-array.ndim, array.ndim - 1))
    totals, order = np.empty(array.shape), np.empty(array.shape, np.int64)
    for place in itertools.product(*(range(1 if d == dim % array.ndim else n) for d, n in enumerate(array.shape))):
        own = tuple(slice(None) if d == dim % array.ndim else i for d, i in enumerate(place))
        values = array[own].tolist()
        totals[own] = list(itertools.accumulate(values))
        order[own] = sorted(range(len(values)), key=values.__getitem__)
    same(t.cumsum(dim), totals.astype(array.dtype), "cumsum")
    same(t.argsort(dim), order, "argsort")
    values, indices = t.sort(dim, stable=True)
    same(indices, order, "sort's indices")
    same(values, np.take_along_axis(array, order, dim), "sort's values")
    if array.shape[dim]:
        same(t.min(dim).values, np.take_along_axis(array, order, dim).take(0, dim), "min")
        same(t.max(dim).values, np.take_along_axis(array, order, dim).take(-1, dim), "max")
        same(t.argmin(dim), order.take(0, dim), "argmin")
        largest, where = t.topk(array.shape[dim], dim)
        same(largest, np.flip(np.take_along_axis(array, order, dim), dim), "topk")
        same(t.gather(dim, where), largest.data, "topk's indices")


# Views


def cut(draw, array):
    """A key of numbers, slices, None and …, one for each of some axes."""
    parts = [
        draw(
            st.sampled_from(
                [slice(None), slice(None, None, 2), slice(1, None), slice(None, None, -1), slice(0, 0)]
                + [0, -1] * (n > 0)
            )
        )
        for n in array.shape[: draw(st.integers(0, array.ndim))]
    ]
    return (*parts, *draw(st.sampled_from([(), (None,), (...,)])))


def permuted(draw, array):
    """All axes in some order."""
    return draw(st.permutations(range(array.ndim)))


def axis(draw, array):
    """One of the axes."""
    return draw(st.integers(-array.ndim, array.ndim - 1))


def behind(a, d):
    """The second half along axis d."""
    n = a.shape[d]
    return a.swapaxes(0, d)[n - n // 2 :].swapaxes(0, d)


# How to look at an array in another way: what to draw, then what to do with a tensor and with an array.
VIEWS = {
    "index": (cut, lambda t, key: t[key], lambda a, key: a[key]),
    "permute": (permuted, lambda t, dims: t.permute(*dims), lambda a, dims: a.transpose(dims)),
    "T": (lambda draw, a: None, lambda t, _: t.T, lambda a, _: a.T),
    "unsqueeze": (
        lambda draw, a: draw(st.integers(-a.ndim - 1, a.ndim)),
        lambda t, d: t.unsqueeze(d),
        lambda a, d: np.expand_dims(a, d),
    ),
    "squeeze": (lambda draw, a: None, lambda t, _: t.squeeze(), lambda a, _: a.squeeze()),
    "flip": (axis, lambda t, d: t.flip(d), np.flip),
    "transpose": (axis, lambda t, d: t.transpose(d, 0), lambda a, d: a.swapaxes(d, 0)),
    "narrow": (axis, lambda t, d: t.narrow(d, -(t.shape[d] // 2), t.shape[d] // 2), behind),
    "split": (axis, lambda t, d: t.split(1, d)[-1], lambda a, d: a.swapaxes(0, d)[-1:].swapaxes(0, d)),
}


@given(arrays(dtypes=("float32",), extreme=False), st.data())
@quick
def test_a_view_of_views_has_numpys_strides_and_writes_into_the_base(case, data):
    array, base = case
    array = np.array(array)
    t, a = base, array
    for name in data.draw(st.lists(st.sampled_from(sorted(VIEWS)), min_size=1, max_size=4)):
        assume(a.ndim)  # a single number is taken out as a copy
        choose, ours, numpys = VIEWS[name]
        argument = choose(data.draw, a)
        t, a = ours(t, argument), numpys(a, argument)
        same(t, a, f"{name}({argument})")
    assume(a.ndim)
    if base.data.flags.c_contiguous and a.size > 1:
        steps = [(s, u) for s, u, n in zip(t.data.strides, a.strides, a.shape, strict=True) if n > 1]
        assert [s for s, _ in steps] == [u for _, u in steps]
    assert t.data.size == 0 or np.shares_memory(t.data, base.data)
    t[...] = 100.0
    a[...] = 100.0
    same(base, array, "the base after writing into the view")
    base[...] = 200.0
    assert (t.data == 200).all()


@given(arrays(dtypes=("float32",), extreme=False), st.data())
@quick
def test_what_is_computed_or_picked_is_a_copy(case, data):
    array, t = case
    assume(array.ndim and array.size)
    dim = data.draw(st.integers(0, array.ndim - 1))
    places = core.tensor([0] * array.shape[dim])
    copies = [t + 0, t.roll(1, dim), t.repeat(*[1] * array.ndim), t[places.tolist()], t[t == t], t.to(np.float32)]
    copies += [core.cat([t], dim), core.stack([t], dim), t.sort(dim).values, t.cumsum(dim), Tensor(t)]
    before = [c.tolist() for c in copies]
    t[...] = 100.0
    assert [c.tolist() for c in copies] == before


@given(SIZES, st.data())
@quick
def test_shapes_change_and_change_back(shape, data):
    x = numbers(shape)
    t = Tensor(x)
    order = data.draw(st.permutations(range(len(shape))))
    assert_close(t.permute(*order).permute(*np.argsort(order)).data, x)
    assert_close(t.reshape(-1).reshape(shape).data if t.numel() else x, x)
    assert_close(t.T.flatten().data, x.T.reshape(-1))
    dim = data.draw(st.integers(-len(shape) - 1, len(shape)))
    assert_close(t.unsqueeze(dim).squeeze(dim).data, x)


@given(fitting(), st.data())
@quick
def test_expand_repeats_without_memory(shapes, data):
    _, t = data.draw(arrays(shapes=st.just(shapes[0])))
    wide = np.broadcast_shapes(*shapes)
    same(t.expand(wide), np.broadcast_to(t.data, wide), f"expand{wide}")
    assert 0 in wide or t.ndim == 0 or np.shares_memory(t.expand(wide).data, t.data)  # numbers are copied


# Arranging


@given(with_axes(), st.integers(-5, 5), st.data())
@quick
def test_arranging_is_numpys(case, shift, data):
    shape, axes = case
    x, t = data.draw(arrays(shapes=st.just(shape), extreme=False))
    dim = axes[0]
    same(t.flip(axes), np.flip(x, axes), "flip")
    same(t.roll(shift, dim), np.roll(x, shift, dim), "roll along one axis")
    shifts = tuple(range(shift, shift + len(axes)))
    same(t.roll(shifts, axes), np.roll(x, shifts, axes), "roll along several axes")
    same(t.roll(shift), np.roll(x, shift), "roll of all in a row")
    same(core.stack([t, t], dim), np.stack([x, x], dim), "stack")
    same(core.cat([t, t], dim), np.concatenate([x, x], dim), "cat")
    same(t.repeat(*range(1, len(shape) + 1)), np.tile(x, range(1, len(shape) + 1)), "repeat")


@given(with_axes(), st.integers(1, 4))
@quick
def test_pieces_joined_are_the_whole(case, size):
    shape, axes = case
    for n in (shape, shape[:-1] + (0,)):
        x, dim = Tensor(numbers(n)), axes[0]
        pieces = x.split(size, dim)
        assert all(p.shape[dim] <= size for p in pieces)
        assert_close(core.cat(pieces, dim).data, x.data)
        assert len(x.chunk(size, dim)) <= size
        assert_close(core.cat(x.chunk(size, dim), dim).data, x.data)


@given(POSITIVE.filter(lambda s: len(s) > 1), st.integers(-4, 4), st.data())
@quick
def test_triangles_are_numpys_and_add_up(shape, diagonal, data):
    x, t = data.draw(arrays(shapes=st.just(shape)))
    same(t.tril(diagonal), np.tril(x, diagonal), f"tril({diagonal})")
    same(t.triu(diagonal), np.triu(x, diagonal), f"triu({diagonal})")
    if x.dtype.kind == "f":
        same(t.tril(diagonal) + t.triu(diagonal + 1), x + 0, "both together")


@given(
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(st.integers(0, 2), max_size=2).map(tuple),
    st.data(),
)
@quick
def test_matmul_is_a_slow_loop_with_empty_axes_batches_and_layouts(n, k, m, batch, data):
    a, x = data.draw(arrays(dtypes=("float64",), shapes=st.just((*batch, n, k)), extreme=False))
    b, y = data.draw(arrays(dtypes=("float64",), shapes=st.just((k, m)), extreme=False))
    expected = np.zeros((*batch, n, m))
    for place in np.ndindex(expected.shape):
        *outer, i, j = place
        expected[place] = sum(a[(*outer, i, p)] * b[p, j] for p in range(k))
    same(x @ y, expected, f"{a.shape} @ {b.shape}")


# NaN and infinity


@given(arrays(dtypes=("float32", "float64")), st.data())
@quick
def test_nan_and_infinity_go_where_numpy_sends_them(case, data):
    array, t = case
    other, u = data.draw(arrays(dtypes=(str(array.dtype),), shapes=st.just(array.shape)))
    for name, f in (
        ("add", np.add),
        ("sub", np.subtract),
        ("mul", np.multiply),
        ("div", np.true_divide),
        ("pow", np.power),
    ):
        same(getattr(core, name)(t, u), f(array, other), name)
    same(t.clip(-1, 1), np.clip(array, -1, 1), "clip")
    same(t == t, ~np.isnan(array), "NaN differs from itself")
    same(t.masked_fill(t != t, 0.0), np.where(np.isnan(array), 0, array), "masked_fill takes NaN out")
    if array.ndim:
        values = np.sort(array, -1)
        same(t.sort().values, values, "NaN is sorted last")
        same(t.sort(descending=True).values, np.flip(values, -1), "NaN is sorted first")


# Gradients


def leaf(draw, shape):
    """A float64 tensor of well separated numbers that requires a gradient."""
    values = np.random.default_rng(draw(st.integers(0, 999))).permutation(math.prod(shape))
    return Tensor((values / 3 - 1.05).reshape(shape), np.float64, requires_grad=True)


# What a program may do to one tensor, given a way to draw arguments; smooth nearly everywhere, and never very large.
STEPS = {
    "tanh": lambda t, draw: t.tanh(),
    "sin": lambda t, draw: t.sin() * t,
    "exp": lambda t, draw: (t * 0.3).tanh().exp(),
    "log": lambda t, draw: (t * t + 1).log(),
    "sqrt": lambda t, draw: (t * t + 0.5).sqrt(),
    "div": lambda t, draw: t / (t * t + 2),
    "pow": lambda t, draw: (t * t + 1) ** 0.7,
    "cos": lambda t, draw: 2 - t.cos(),
    "sum": lambda t, draw: t.sum(some(draw, t), keepdim=draw(st.booleans())) * 0.5,
    "mean": lambda t, draw: t - t.mean(some(draw, t), keepdim=True),
    "var": lambda t, draw: t * t.var(some(draw, t), correction=0, keepdim=True),
    "cumsum": lambda t, draw: (t.cumsum(axis(draw, t)) if t.ndim else t) * 0.5,
    "prod": lambda t, draw: (t.tanh() + 2).prod(axis(draw, t) if t.ndim else None).tanh(),
    "T": lambda t, draw: t.T,
    "key": lambda t, draw: t[cut(draw, t)],
    "twice": lambda t, draw: t[[0, -1, 0]] if t.ndim and len(t) else t,
    "reshape": lambda t, draw: t.reshape(t.shape[::-1]),
    "roll": lambda t, draw: t.roll(draw(st.integers(-2, 2))),
    "flip": lambda t, draw: t.flip(range(t.ndim)),
    "repeat": lambda t, draw: t.repeat(*[draw(st.integers(1, 2))] * max(t.ndim, 1)) * 0.5,
    "cat": lambda t, draw: core.cat([t, t.flip(0)], axis(draw, t)) if t.ndim else t,
    "stack": lambda t, draw: core.stack([t, t * 2], draw(st.integers(0, t.ndim))),
    "tril": lambda t, draw: t.tril(draw(st.integers(-1, 1))) if t.ndim > 1 else t,
    "matmul": lambda t, draw: (t.mT @ t * 0.1).tanh() if t.ndim > 1 else t,
    "sigmoid": lambda t, draw: curves.sigmoid(-t),
    "expm1": lambda t, draw: curves.log1p(t * t) + curves.expm1(-t * t),
    "gelu": lambda t, draw: curves.gelu(t),
    "softmax": lambda t, draw: curves.softmax(t, axis(draw, t)) if t.ndim and t.numel() else t,
    "abs": lambda t, draw: abs(t) + 0.1,
    "limits": lambda t, draw: core.maximum(t, 0.31) + core.minimum(t, -0.23) + t.clip(-0.72, 0.55),
    "largest": lambda t, draw: t.amax(axis(draw, t)) if t.ndim and t.numel() else t,
    "smallest": lambda t, draw: t.amin(axis(draw, t), keepdim=True) if t.ndim and t.numel() else t,
    "sort": lambda t, draw: t.sort(axis(draw, t)).values if t.ndim else t,
    "expand": lambda t, draw: t.unsqueeze(-1).squeeze().expand(2, *t.squeeze().shape),
    "view": lambda t, draw: t.contiguous().view(*t.shape, 1),
    "loss": lambda t, draw: losses.cross_entropy(t.flatten(), core.tensor(0)) if t.numel() else t,
}
JOINS = {
    "add": lambda t, u: t + u,
    "sub": lambda t, u: 2 - (t - u),
    "mul": lambda t, u: t * u,
    "where": lambda t, u: core.where(Tensor(True), t, u) + core.where(Tensor(False), t, u),
}


def some(draw, t):
    """None, or some of the axes."""
    if not t.ndim:
        return None
    return draw(st.sampled_from([None, *range(t.ndim), tuple(range(t.ndim)), tuple(range(t.ndim))[::2]]))


def fits(t, u):
    """Whether the two broadcast to something small."""
    try:
        return math.prod(np.broadcast_shapes(t.shape, u.shape)) <= 60
    except ValueError:
        return False


class Replay:
    """Draws for a program that is run again and again: what was drawn the first time comes again."""

    def __init__(self, draw):
        self.fresh, self.drawn, self.at = draw, [], 0

    def __call__(self, strategy):
        if self.at == len(self.drawn):
            self.drawn.append(self.fresh(strategy))
        self.at += 1
        return self.drawn[self.at - 1]


def program(draw, leaves, length):
    """A number computed from the leaves in `length` random steps; any earlier result may be used again."""
    pool = list(leaves)
    for _ in range(length):
        t, u = (pool[draw(st.integers(0, len(pool) - 1))] for _ in "tu")
        t = STEPS[draw(st.sampled_from(sorted(STEPS)))](t, draw) if t.numel() < 60 else t
        join = draw(st.sampled_from([None, *sorted(JOINS)]))
        pool.append(JOINS[join](t, u) if join and fits(t, u) else t)
    total = Tensor(0.0, np.float64)
    for k, t in enumerate(pool[len(leaves) :]):
        weights = Tensor(np.cos(np.arange(t.numel()) + k).reshape(t.shape), np.float64)
        total = total + (t * weights).sum()
    return total


def slopes(f, x, h=1e-5):
    """The gradient of the number f() by central differences, one element of the array x after the other."""
    found = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        middle, ends = x[place], []
        for x[place] in (middle + h, middle - h):
            ends.append(f())
        x[place] = middle
        found[place] = (ends[0] - ends[1]) / (2 * h)
    return found


@given(st.data())
@settings(quick, max_examples=300)
def test_backward_through_any_program_agrees_with_central_differences(data):
    leaves = [leaf(data.draw, s) for s in data.draw(fitting())]
    draw, length = Replay(data.draw), data.draw(st.integers(1, 6))

    def run():
        draw.at = 0
        return program(draw, leaves, length)

    total = run()
    assume(total.requires_grad)
    found = autograd.grad(total, leaves, allow_unused=True)
    for i, (t, g) in enumerate(zip(leaves, found, strict=True)):
        got = np.zeros(t.shape) if g is None else g.data
        expected = slopes(lambda: run().item(), t.data)
        scale = 1 + np.abs(expected).max(initial=0)
        assert_close(got / scale, expected / scale, f"the gradient of leaf {i}", rtol=1e-5, atol=1e-6)


@given(st.data())
@settings(quick, max_examples=250)
def test_the_gradient_of_a_gradient_agrees_with_central_differences(data):
    leaves = [leaf(data.draw, s) for s in data.draw(fitting())]
    assume(sum(t.numel() for t in leaves) <= 20)
    draw, length = Replay(data.draw), data.draw(st.integers(1, 4))

    def size_of_gradient(create_graph):
        draw.at = 0
        total = program(draw, leaves, length)
        assume(total.requires_grad)
        found = autograd.grad(total, leaves, allow_unused=True, create_graph=create_graph)
        return sum(((g * g).sum() for g in found if g is not None), Tensor(0.0, np.float64))

    size = size_of_gradient(create_graph=True)
    found = autograd.grad(size, leaves, allow_unused=True) if size.requires_grad else [None] * len(leaves)
    for i, (t, g) in enumerate(zip(leaves, found, strict=True)):
        got = np.zeros(t.shape) if g is None else g.data
        expected = slopes(lambda: size_of_gradient(create_graph=False).item(), t.data)
        scale = 1 + np.abs(expected).max(initial=0)
        assert_close(got / scale, expected / scale, f"second order, leaf {i}", rtol=1e-4, atol=1e-5)


@given(arrays(dtypes=FLOATS), st.data())
@quick
def test_a_gradient_has_the_shape_and_dtype_of_its_tensor_and_stops_where_it_is_masked(case, data):
    array, t = case
    mask, m = data.draw(arrays(dtypes=("bool",), shapes=st.just(array.shape)))
    t = t.detach().requires_grad_()
    core.where(m, t, math.nan).backward(Tensor(np.ones(array.shape), np.float32))
    same(t.grad, mask.astype(array.dtype), "the gradient of where(mask, t, nan)")
    t.grad = None
    core.where(m, 1.0, t.log()).backward(Tensor(np.ones(array.shape), np.float32))
    assert t.grad.dtype == t.dtype and t.grad.shape == t.shape
    assert (t.grad.data[mask & (np.abs(array) > 0)] == 0).all()
