# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 4
#     prerequisites:
#     - 00_setup
#     title: Tensors
# ---

# %% [markdown]
# # Tensors
# > An n-dimensional array of numbers that remembers how it was made.
#
# At the end of this chapter you crop, flip and blur a photograph with a tensor of your own. Fifteen functions you
# write, those with a thought in them; some ninety more, mostly of a line or two, are given. Together they later
# carry a network that reads handwriting, and a GPT. Here is what the last exercises will show:

# %% nbgrader={"grade": false, "grade_id": "tensor-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.tensor
#| export
import functools
import math
import operator
from typing import NamedTuple

import numpy as np

from tinytorch import _arrays, _special

# %% nbgrader={"grade": false, "grade_id": "tensor-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

import matplotlib.pyplot as plt
from matplotlib.cbook import get_sample_data

from tinytorch.figures import BLUE, GREY, ORANGE, axes
from tinytorch.testing import assert_close

# %%
photo = plt.imread(get_sample_data("grace_hopper.jpg"))[40:440:2, 80:480:2]
left, middle, right = axes(3, picture=True)
left.imshow(photo)
middle.imshow(photo[:, ::-1])
right.imshow(sum(np.roll(photo / 255, (i, j), (0, 1)) for i in range(-3, 4) for j in range(-3, 4)) / 49)
print(f"Rear Admiral Grace Hopper, {photo.shape[0]} x {photo.shape[1]} pixels of {photo.shape[2]} numbers each")


# %% [markdown]
# ## Numbers and their type
# A photograph is 200 × 200 × 3 numbers; a sentence is a row of integers; the weights of a layer are a matrix.
# One class holds them all. NumPy keeps the numbers for us and multiplies them fast. What we add is the part
# that makes it a deep-learning framework: one type of number everywhere, and a memory of what was computed.
#
# The type first; NumPy's word for it is `dtype`. Python's numbers are 64 bits wide. Networks do not need 16
# digits, and numbers half as wide are moved twice as fast, so PyTorch's default is `float32`, and ours is
# too:
#
# | you give | you get |
# |---|---|
# | a number of Python's, or (nested) lists or tuples of them | float32 |
# | `True`, `False`, or lists or tuples of nothing else | bool |
# | a NumPy array or number of float64 | float32 |
# | any other NumPy array or number, `np.int64(3)` for example | its own type |
# | anything, with `dtype=` | that type |
#
# What is no number, text for example, is left as NumPy makes it: the class refuses it.
#
# The result is always a copy, with `dtype=` too. If it shared memory with the array it came from, changing one
# would change the other, and nothing on the page would say so.
#
# <details><summary>Hint 1: the idea</summary>
#
# Let `np.array` make the copy and pick a type. Then ask whether that type has to be changed.
#
# </details>
# <details><summary>Hint 2: the two cases</summary>
#
# Without a `dtype`, two results of `np.array` become float32: every float64, and every integer that came from
# Python (an `int`, a `list` or a `tuple`) and not from an array.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `array.dtype.kind` is `"i"` for integers; `isinstance(data, (int, list, tuple))`; `array.astype(np.float32)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-as-array", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def as_array(data, dtype=None):
    """A copy of `data` as a NumPy array, in the dtype that a Tensor keeps it in.

    >>> as_array([1, 2]).dtype, as_array(np.array([1, 2])).dtype
    (dtype('float32'), dtype('int64'))
    """
    ### BEGIN SOLUTION
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tensor-as-array-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def zeros_after(dtype):
    """An array of zeros, after somebody has changed what as_array made of it."""
    original = np.zeros(3, np.float32)
    as_array(original, dtype)[0] = 7
    return original


# %% nbgrader={"grade": true, "grade_id": "test-tensor-as-array", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_as_array():
    """Numbers arrive in the right type, as a copy."""
    cases = [
        (3, None, "float32"),
        (2.5, None, "float32"),
        ([[1, 2], [3, 4]], None, "float32"),
        ((1, 2), None, "float32"),
        ((1.5, 2.5), None, "float32"),
        (True, None, "bool"),
        ([True, False], None, "bool"),
        ([True, 2], None, "float32"),
        ([0.5, True], None, "float32"),
        (np.array([1.5, 2.5]), None, "float32"),
        (np.float64(2), None, "float32"),
        (np.int64(3), None, "int64"),
        (np.array([1, 2]), None, "int64"),
        (np.array([1, 2], np.uint8), None, "uint8"),
        (np.array([1, 2], np.float16), None, "float16"),
        ([1.7, 2], np.int64, "int64"),
        ([1, 2], np.float64, "float64"),
        (np.array([1.5]), np.float64, "float64"),
    ]
    for data, dtype, expected in cases:
        got = as_array(data, dtype)
        assert_close(got, np.array(data).astype(expected), f"as_array({data!r}, {dtype})")
        assert str(got.dtype) == expected, f"as_array({data!r}, {dtype}): expected {expected}, got {got.dtype}"
    for dtype in (None, np.float32):
        assert zeros_after(dtype)[0] == 0, f"as_array(array, {dtype}): changing the result changed its array"
    try:
        got = as_array("abc").dtype.kind
    except (TypeError, ValueError) as error:
        got = f"{type(error).__name__}: {error}"
    assert got == "U", f"as_array('abc'): expected what np.array('abc') is, for the class to refuse, got {got}"


test_unit_as_array()
### BEGIN HIDDEN TESTS
for data, expected in [([], "float32"), (np.bool_(True), "bool"), (np.uint8(2), "uint8"), ([[True]], "bool")]:
    got = as_array(data)
    assert str(got.dtype) == expected, f"as_array({data!r}): expected {expected}, got {got.dtype}"
    assert_close(got, np.array(data, expected), f"as_array({data!r})")
### END HIDDEN TESTS

# %%
as_array([1, 2]), as_array(np.array([1, 2])), as_array([1, 2], np.float64)


# %% [markdown]
# ## The class
# A `Tensor` is an array in a shell: `data` holds the numbers, `recipe` will say how they were made, `grad` stays
# empty until module 05, and `requires_grad` says whether anybody will want it. Everything
# else that a tensor can do, `t + 1` or `t.mean()`, will be written as a function first and hung on this class
# afterwards. So the class stays short, and this is all of it. (`#| seam` marks the given cells that may touch
# `.data`; to Python it is a comment.)

# %% nbgrader={"grade": false, "grade_id": "tensor-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
class Tensor:
    """An n-dimensional array of numbers.

    data: the numbers, a NumPy array (or what `as_array` makes one of).
    requires_grad: whether results computed from this tensor remember their recipe.
    """

    requires_grad, grad, recipe = False, None, None
    __array_ufunc__ = None  # numpy_array + tensor is then the tensor's business, not NumPy's

    def __init__(self, data, dtype=None, requires_grad=False):
        self.data = as_array(data, dtype)
        if self.data.dtype.kind not in "biufc":
            raise TypeError(f"Tensor: expected numbers, got {data!r}")
        if requires_grad and self.data.dtype.kind not in "fc":
            raise RuntimeError(f"only floats can require a gradient, this tensor is {self.dtype}: give a dtype")
        self.requires_grad = requires_grad

    shape = property(lambda self: self.data.shape, doc="The length of each axis, a tuple.")
    dtype = property(lambda self: self.data.dtype, doc="The type of the numbers.")
    ndim = property(lambda self: self.data.ndim, doc="The number of axes.")

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype, copy=copy)


# %% [markdown]
# Printing is plumbing, so it is given. A tensor shows itself as PyTorch's does: its type only where it is not
# the usual one. In a notebook a small matrix becomes a table with its values as shades.

# %% nbgrader={"grade": false, "grade_id": "tensor-repr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def _text(self):
    usual = self.dtype in (np.float32, np.int64, bool)
    facts = f", size={self.shape}" if self.data.size == 0 and self.ndim > 1 else ""
    facts += ("" if usual else f", dtype={self.dtype}") + (", requires_grad=True" if self.requires_grad else "")
    numbers = np.array2string(self.data, precision=4, separator=", ", prefix="tensor(")
    return f"tensor({numbers}{facts})"


def _table(self):
    if self.ndim != 2 or not 0 < self.data.size <= 144 or self.dtype.kind not in "iuf":
        return None
    known = self.data[np.isfinite(self.data)]
    shades = np.nan_to_num(np.interp(self.data, (min(known, default=0), max(known, default=1)), (0, 0.6)))
    cell = '<td style="background:rgba(59,111,182,{:.2f})">{:.4g}</td>'
    rows = (f"<tr>{''.join(map(cell.format, shade, row))}</tr>" for shade, row in zip(shades, self.data, strict=True))
    return f"<table>{''.join(rows)}</table><small>shape {self.shape}, {self.dtype}</small>"


Tensor.__repr__, Tensor._repr_html_ = _text, _table

# %%
Tensor([[1, 2, 3], [4, 5, 6]])

# %% [markdown]
# ## One row of memory
# Memory has one dimension. A 3 × 4 matrix lies there as twelve numbers in a row, row after row, and its
# **strides** say how to walk: one row down is 4 numbers further, one column to the right is 1 number further.

# %%
for ax, matrix, title in zip(
    axes(2, 2.2, picture=True),
    (np.arange(12).reshape(3, 4), np.arange(12).reshape(3, 4).T),
    ("shape (3, 4), strides (4, 1)", "its transpose: shape (4, 3), strides (1, 4)"),
    strict=True,
):
    ax.imshow(matrix, cmap="Blues", vmin=-4, vmax=24)
    ax.set_title(title)
    for (row, column), place in np.ndenumerate(matrix):
        ax.text(column, row, place, ha="center", va="center")


# %% [markdown]
# Each number in the picture is a place in memory. The transpose on the right has not moved one of them: it is
# a **view**, the same memory walked with other strides. Crops and flips are views as well, which is why they
# cost nothing, and why writing into a view writes into the original.
#
# Write `strides`, for an array that lies row after row (the last axis is the one whose neighbours touch). We
# count in numbers; NumPy's own `array.strides` counts in bytes.
#
# <details><summary>Hint 1: the idea</summary>
#
# A step along an axis jumps over everything that the axes after it hold.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# The stride of axis $i$ is the product of the lengths of the axes $i+1, i+2, \dots$; an empty product is 1.
# `math.prod` multiplies.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-strides", "locked": false, "schema_version": 3, "solution": true, "task": false}
def strides(shape):
    """How many numbers apart neighbours along each axis lie, in row-major order.

    >>> strides((2, 3, 4))
    (12, 4, 1)
    """
    ### BEGIN SOLUTION
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-strides", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_strides():
    """strides agrees with what NumPy does in memory."""
    for shape in [(5,), (3, 4), (4, 3), (2, 3, 4), (7, 1, 2), ()]:
        expected = np.empty(shape, np.uint8).strides
        assert_close(strides(shape), expected, f"strides({shape})")


test_unit_strides()
### BEGIN HIDDEN TESTS
assert_close(strides((6, 5, 4, 3)), (60, 12, 3, 1), "strides((6, 5, 4, 3))")
### END HIDDEN TESTS

# %%
np.zeros((3, 4), np.uint8).strides, np.zeros((3, 4), np.float32).strides


# %% [markdown]
# ## The one seam
# Now the heart of the chapter. Every operation of the framework is a plain function on NumPy arrays, for
# example `lambda a, b: a * b`, which knows nothing of tensors. One decorator, `op`, lifts it:
#
# ```python
# @op
# def mul(a, b):
#     return a * b
# ```
#
# `@op` above a function means `mul = op(mul)`. From then on `mul(t, u)` and `t.mul(u)` take Tensors and give
# a Tensor. Since *every* operation passes through this one place, whatever we later want to know about a
# computation, we can learn here: how to differentiate it (05), how long it took (14), how to make it smaller
# (15).
#
# Five helpers are given. `tensors_in` finds the Tensors among the arguments, in lists too; `unwrap` puts their
# arrays in their place; `opened` does both at once. `wrap` makes a Tensor around an array without copying it.
# `promote` decides the type of the result: the keyword argument `dtype` if the op was given one, else the widest
# float among the inputs, else float32, so that a float64 never slips in by accident.

# %% nbgrader={"grade": false, "grade_id": "tensor-helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def tensors_in(args):
    """The Tensors among `args`, those in lists and tuples included, in order."""
    found = []
    for a in args:
        if isinstance(a, Tensor):
            found.append(a)
        elif isinstance(a, (list, tuple)):
            found += tensors_in(a)
    return found


# %% nbgrader={"grade": false, "grade_id": "tensor-unwrap", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def unwrap(args):
    """`args` with every Tensor replaced by its array."""
    if isinstance(args, (list, tuple)):
        return type(args)([a.data if isinstance(a, Tensor) else unwrap(a) for a in args])
    return args.data if isinstance(args, Tensor) else args


# %% nbgrader={"grade": false, "grade_id": "tensor-opened", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def opened(args):
    """`tensors_in(args)` and `unwrap(args)` in one pass; a Tensor without axes gives a NumPy number, which is faster."""
    inputs, arrays = [], []
    for a in args:
        if isinstance(a, Tensor):
            array = a.data
            inputs.append(a)
            arrays.append(array if array.ndim else array[()])
        elif isinstance(a, (list, tuple)):
            inputs += tensors_in(a)
            arrays.append(unwrap(a))
        else:
            arrays.append(a)
    return inputs, arrays


# %% nbgrader={"grade": false, "grade_id": "tensor-wrap", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def wrap(array, kind=Tensor):
    """A Tensor around `array`, which is not copied."""
    t = object.__new__(kind)
    t.data = array
    return t


def promote(out, inputs, dtype=None):
    """The result `out` of an op on the Tensors `inputs`, as an array; a `dtype` that was asked for stays."""
    out = np.asarray(out)
    found, same = out.dtype, bool(inputs)
    for t in inputs:
        if t.data.dtype is not found:
            same = False
    if same or dtype is not None or found.kind != "f":
        return out
    floats = [t.data for t in inputs if t.data.dtype.kind == "f"]
    floats = [a for a in floats if a.ndim] or floats  # like a Python number, a 0-d tensor does not widen others
    return out.astype(np.result_type(*floats) if floats else np.float32, copy=False)


# %% [markdown]
# A result remembers how it was made in a `Recipe`: which op, with which arguments (the Tensors themselves,
# not their arrays, since module 05 will walk back through them). Remembering keeps the inputs alive in
# memory, so it is done only where somebody will ask: if one of the inputs `requires_grad`, if
# `Seam.recording` is on (module 05 switches it off for a while), and if the result is a float, because a
# gradient of integers means nothing. The result then requires a gradient itself. The arrays may go into
# the recipe as well: backward is faster with them.

# %% nbgrader={"grade": false, "grade_id": "tensor-seam", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Recipe:
    """How a tensor was made: `op(*args, **kwargs)`. arrays: the arguments as `op.forward` got them, if at hand."""

    __slots__ = ("op", "args", "kwargs", "arrays")  # nothing else: one is made for every result

    def __init__(self, op, args, kwargs, arrays=None):
        self.op, self.args = op, args
        self.kwargs, self.arrays = kwargs, arrays


class Seam:
    """Where every op passes. Later modules replace `call` for a while, to count, trace or quantize."""

    recording, call = True, None


# %% [markdown]
# Write `apply`, which runs an op once. `f.forward` is the function on arrays. Tensors are given by position, so
# all of them are in `args`, a tuple; `kwargs` is a dict of options, such as `dim=1` or `dtype=np.float64`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Four steps: find the Tensors, compute on the arrays, wrap the result, remember the recipe if it is wanted.
#
# </details>
# <details><summary>Hint 2: the first three steps</summary>
#
# `wrap(promote(f.forward(*arrays, **kwargs), inputs, kwargs.get("dtype")))`, where
# `inputs, arrays = opened(args)`.
#
# </details>
# <details><summary>Hint 3: the last step</summary>
#
# Three conditions joined by `and`; the type of a float result has `out.dtype.kind == "f"`. If they hold, set
# `out.requires_grad` and `out.recipe`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-apply", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def apply(f, args, kwargs):
    """The result of the op `f` on `args` and `kwargs`, as a Tensor that remembers its recipe.

    >>> apply(triple, (Tensor([1, 2]),), {})        # where triple.forward = lambda a: 3 * a
    tensor([3., 6.])
    """
    ### BEGIN SOLUTION
    inputs, arrays = opened(args)
    out = wrap(promote(f.forward(*arrays, **kwargs), inputs, kwargs.get("dtype")))
    wanted = [t for t in inputs if t.requires_grad]
    if wanted and Seam.recording and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs, arrays)
    return out
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tensor-apply-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def by_hand(name, forward):
    """An op made by hand for the check below: it has a forward, and must not be called itself."""

    def f(*args, **kwargs):
        raise AssertionError("apply called f, the op itself: call f.forward, its function on arrays")

    f.__name__, f.forward = name, forward
    return f


# %% nbgrader={"grade": false, "grade_id": "tensor-apply-ops", "locked": true, "schema_version": 3, "solution": false, "task": false}
triple = by_hand("triple", lambda a, plus=0: 3 * a + plus)
pile = by_hand("pile", lambda arrays: sum(arrays))
recast = by_hand("recast", lambda a, dtype: a.astype(dtype))


# %% nbgrader={"grade": false, "grade_id": "tensor-apply-helpers", "locked": true, "schema_version": 3, "solution": false, "task": false}
def data_of(t, what):
    """The numbers of `t`, or an error that says what came in place of a Tensor."""
    got = "None" if t is None else type(t).__name__
    assert isinstance(t, Tensor), f"{what}: expected a Tensor, got {got}"
    return t.data


def remembered(t):
    """What `t` remembers, as plain data: the op's name and the data of its arguments."""
    return None if t.recipe is None else (t.recipe.op.__name__, unwrap(t.recipe.args), t.recipe.kwargs)


def has_recipe(t):
    """Whether `t` knows how it was made, as module 05 needs it."""
    return bool(t.requires_grad and t.recipe is not None)


def unrecorded(f, *args):
    """apply(f, args, {}) while `Seam.recording` is off."""
    Seam.recording = False
    try:
        return apply(f, args, {})
    finally:
        Seam.recording = True


# %% nbgrader={"grade": true, "grade_id": "test-tensor-apply", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_apply():
    """apply computes on the arrays, promotes the type and remembers the recipe."""
    for dtype in ("float32", "float64", "int64"):
        x = np.arange(-2, 3).astype(dtype)
        out = apply(triple, (Tensor(x, dtype),), {"plus": 1})
        what = f"apply of 3 a + 1 on {dtype}"
        assert_close(data_of(out, what), 3 * x + 1, what)
        assert str(out.dtype) == dtype, f"apply on {dtype}: expected a result of {dtype}, got {out.dtype}"
        assert remembered(out) is None, "apply: nothing requires a gradient, so nothing should be remembered"
    x, y = Tensor([1, 2]), Tensor([10, 20], requires_grad=True)
    out = apply(pile, ([x, y, x],), {})
    assert_close(out.data, np.array([12, 24]), "apply of an op that takes a list")
    assert out.requires_grad, "apply: one input, inside a list, requires a gradient: so should the result"
    out = apply(triple, (y,), {"plus": 5})
    assert remembered(out) is not None, "apply: an input requires a gradient, so the result should have a recipe"
    name, args, kwargs = remembered(out)
    assert (name, kwargs) == ("triple", {"plus": 5}), f"recipe: expected triple with plus=5, got {name} with {kwargs}"
    assert_close(args[0], np.array([10, 20]), "the recipe's arguments")
    assert out.recipe.args[0] is y, "the recipe should hold the tensors themselves, not their arrays"
    silent = unrecorded(triple, y)
    assert not silent.requires_grad and silent.recipe is None, "Seam.recording is off: nothing should be remembered"
    whole = apply(recast, (y,), {"dtype": np.int64})
    assert str(whole.dtype) == "int64", f"dtype=int64 among the arguments: expected int64, got {whole.dtype}"
    assert not whole.requires_grad and whole.recipe is None, "the result is of integers: it should have no recipe"
    single = apply(triple, (x,), {"plus": np.array([0.5, 1.5])})
    assert str(single.dtype) == "float32", f"forward made float64 of float32, to be promoted: got {single.dtype}"
    wide = apply(recast, (x,), {"dtype": np.float64})
    assert str(wide.dtype) == "float64", f"dtype=float64 among the arguments: expected float64, got {wide.dtype}"


test_unit_apply()
### BEGIN HIDDEN TESTS
def test_hidden_apply():
    """apply remembers only what somebody will ask for, and computes in memory of its own, with an op that nobody has seen."""
    rng, given = np.random.default_rng(), []
    factor, x = rng.integers(2, 99), rng.normal(size=(2, 3))
    affine = by_hand("affine", lambda a, plus: given.append(a) or factor * a + plus)
    out = apply(affine, (Tensor(x, np.float64), 7), {})
    assert_close(data_of(out, "apply"), factor * x + 7, f"apply of {factor} a + 7")
    assert len(given) == 1, f"apply should call f.forward once, it called it {len(given)} times"
    assert_close(given[0], x, "the array that f.forward was given")
    y = Tensor([1, 2], requires_grad=True)
    assert remembered(unrecorded(pile, [Tensor([1, 2]), y])) is None, "with Seam.recording off, nothing is remembered"
    half = apply(triple, (Tensor(np.array([1, 2])),), {"plus": 0.5})
    assert str(half.dtype) == "float32", f"integers + 0.5: expected float32, got {half.dtype}"
    mixed = apply(pile, ([Tensor(np.array([1, 2])), y],), {})
    assert has_recipe(mixed), "the result is of floats, though the first input is not: it should have a recipe"
    assert_close(apply(triple, (Tensor(2.0),), {}).data, np.array(6.0), "apply on a tensor without axes")
    assert_close(y.data, np.array([1.0, 2.0]), "the input of apply, afterwards")


test_hidden_apply()
### END HIDDEN TESTS

# %% [markdown]
# `op` turns a function on arrays into one that goes through `Seam.call`. It must look the seam up *at each
# call*, because later modules will exchange it: that is one line, and the exercise. The lines after your
# part note the op in `OPS` and hang it on the class. A name that Python itself uses, like `sum`, is written
# `sum_` in this chapter, so that the `sum` of your other code stays Python's; `op` drops the underscore again.
#
# <details><summary>Hint 1: the idea</summary>
#
# A decorator returns a new function. Whatever arguments it gets, it hands them to `Seam.call`, together with
# itself.
#
# </details>
# <details><summary>Hint 2: the signature</summary>
#
# `apply`, which stands behind `Seam.call`, takes three arguments: the op, a tuple and a dict.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-op", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    """Lift `forward`, a function on NumPy arrays, to a function and a method on Tensors.

    Tensors must be given by position; everything else is passed on as it is.
    """

    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        if kwargs and tensors_in(kwargs.values()):
            raise TypeError(f"{lifted.__name__}: give Tensors by position; by keyword they would lose their gradient")
        ### BEGIN SOLUTION
        return Seam.call(lifted, args, kwargs)
        ### END SOLUTION

    lifted.forward, lifted.__name__ = forward, forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted


# %% nbgrader={"grade": false, "grade_id": "tensor-op-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
@op
def probe(a, b, scale=1):
    """scale * (2 a - b), for the check below."""
    return scale * (2 * a - b)


class Count:
    """Counts the ops that run in its block, by replacing the seam as later modules do."""

    def __enter__(self):
        self.names, self.before = [], Seam.call
        Seam.call = self.call
        return self

    def call(self, f, args, kwargs):
        """Note the op, then do what was done before."""
        self.names.append(f.__name__)
        return self.before(f, args, kwargs)

    def __exit__(self, *error):
        Seam.call = staticmethod(self.before)


# %% nbgrader={"grade": true, "grade_id": "test-tensor-op", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_op():
    """op lifts a function, as a function and as a method, and goes through the seam."""
    x, y = Tensor([[1, 2], [3, 4]]), Tensor([10, 20])
    expected = np.array([[-8, -16], [-4, -12]])
    assert_close(data_of(probe(x, y), "probe(x, y)"), expected, "probe(x, y)")
    assert_close(x.probe(y).data, expected, "x.probe(y)")
    assert_close(probe(x, y, scale=3).data, 3 * expected, "probe(x, y, scale=3)")
    assert_close(probe(x, 1).data, np.array([[1, 3], [5, 7]]), "probe(x, 1)")
    with Count() as count:
        probe(probe(x, y), y)
    assert count.names == ["probe", "probe"], f"two ops should pass the seam, seen: {count.names}"
    out = probe(Tensor([1.0], requires_grad=True), 2, scale=4)
    assert has_recipe(out), "probe of a tensor that requires a gradient: the result should have a recipe"
    assert out.recipe.op is probe, "the recipe should hold probe itself, the op on Tensors, not its forward"


test_unit_op()
### BEGIN HIDDEN TESTS
recipe = remembered(Tensor([1.0], requires_grad=True).probe(2, scale=4))
assert recipe is not None and recipe[0] == "probe", f"the recipe should name the op itself, got {recipe}"
assert recipe[2] == {"scale": 4} and recipe[1][1] == 2, f"the recipe should hold all arguments, got {recipe}"
### END HIDDEN TESTS

# %% [markdown]
# ## Making tensors
# With `op` in place, operations are short. First the ways to make a tensor out of nothing, with PyTorch's
# names. `Tensor(…)` makes Python's numbers float32; `tensor(…)` keeps integers integers, as PyTorch does.

# %% nbgrader={"grade": false, "grade_id": "tensor-creation", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Random:
    """Where all random numbers of the framework come from."""

    generator = np.random.default_rng()


def manual_seed(seed):
    """Start the random numbers anew: the same seed gives the same numbers."""
    Random.generator = np.random.default_rng(seed)


# %% nbgrader={"grade": false, "grade_id": "tensor-tensor", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tensor(data, dtype=None, requires_grad=False):
    """A Tensor of `data` in the dtype that PyTorch infers: integers stay integers, floats are float32."""
    found = np.asarray(data)
    keep = found.dtype if found.dtype.kind in "biu" and found.size else None
    return Tensor(data, dtype or keep, requires_grad)


def _sizes(shape):
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


# %% nbgrader={"grade": false, "grade_id": "tensor-constant", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def zeros(*shape, dtype=np.float32, requires_grad=False):
    """A Tensor of zeros; the shape as numbers or as one tuple."""
    return Tensor(np.zeros(_sizes(shape), dtype), dtype, requires_grad)


def ones(*shape, dtype=np.float32, requires_grad=False):
    """A Tensor of ones."""
    return Tensor(np.ones(_sizes(shape), dtype), dtype, requires_grad)


def full(size, fill_value, dtype=None, requires_grad=False):
    """A Tensor of shape `size` in which every element is `fill_value`."""
    return tensor(np.full(size, fill_value), dtype, requires_grad)


def eye(n, m=None, dtype=np.float32, requires_grad=False):
    """The identity matrix, (n, n) or (n, m)."""
    return Tensor(np.eye(n, m), dtype, requires_grad)


# %%
full((2, 3), 7)


# %% nbgrader={"grade": false, "grade_id": "tensor-ranges", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def arange(start=0, end=None, step=1, dtype=None, requires_grad=False):
    """start, start + step, … below end; `arange(n)` is 0, 1, …, n - 1."""
    return tensor(np.arange(*((0, start) if end is None else (start, end)), step), dtype, requires_grad)


def linspace(start, end, steps, dtype=np.float32, requires_grad=False):
    """`steps` numbers at equal distances, from start to end, both included."""
    return Tensor(np.linspace(float(start), float(end), steps), dtype, requires_grad)


# %%
linspace(0, 1, 5), arange(2, 10, 3)


# %% nbgrader={"grade": false, "grade_id": "tensor-random", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def rand(*shape, dtype=np.float32, requires_grad=False):
    """Numbers drawn evenly from [0, 1)."""
    return Tensor(Random.generator.random(_sizes(shape), np.float32), dtype, requires_grad)


def randn(*shape, dtype=np.float32, requires_grad=False):
    """Numbers drawn from the normal distribution with mean 0 and variance 1."""
    return Tensor(Random.generator.standard_normal(_sizes(shape), np.float32), dtype, requires_grad)


def randint(low, high, size=None, dtype=np.int64, requires_grad=False):
    """Whole numbers drawn evenly from low, …, high - 1; `randint(high, size)` begins at 0."""
    low, high, size = (0, low, high) if size is None else (low, high, size)
    return Tensor(Random.generator.integers(low, high, size), dtype, requires_grad)


# %% nbgrader={"grade": false, "grade_id": "tensor-like", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def like(make):
    """The function that makes what `make` does, in the shape and dtype of a tensor unless another dtype is given."""
    return lambda t, dtype=None, requires_grad=False: make(t.shape, dtype=dtype or t.dtype, requires_grad=requires_grad)


zeros_like, ones_like, rand_like, randn_like = map(like, (zeros, ones, rand, randn))


def full_like(t, fill_value, dtype=None, requires_grad=False):
    """`fill_value` in the shape and dtype of `t`."""
    return full(t.shape, fill_value, dtype or t.dtype, requires_grad)


# %%
manual_seed(0)
randn(3, 4)


# %% [markdown]
# ## Arithmetic
# One line per operation. These two are the pattern for all that follow.

# %% nbgrader={"grade": false, "grade_id": "tensor-arithmetic", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def add(a, b):
    """a + b."""
    return a + b


@op
def mul(a, b):
    """a * b, element by element."""
    return a * b


# %% nbgrader={"grade": false, "grade_id": "tensor-more-arithmetic", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
sub, neg, pow_ = map(op, (operator.sub, operator.neg, operator.pow))


@op
def div(a, b):
    """a / b, always a float."""
    return np.true_divide(a, b)


# %%
div(Tensor([1, 2]), Tensor([4, 5]))


# %% [markdown]
# Python turns `t - 1` into `Tensor.__sub__(t, 1)`: the function with its arguments in order. But `1 - t`
# begins with a number that knows nothing of tensors, so Python asks the right-hand side, with
# `Tensor.__rsub__(t, 1)`: the tensor still comes *first*. For `+` and `*` the order is all the same. For
# `-`, `/` and `**` it is not, and forgetting it is a classic mistake. Write `swapped`, which mends it.
#
# <details><summary>Hint 1: the idea</summary>
#
# `swapped(f)` is a function of two arguments that calls `f` with them the other way round.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# A `lambda a, b:` or an inner `def`; what you return is the function, not its result.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-swapped", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def swapped(f):
    """The function of (a, b) that gives f(b, a).

    >>> swapped(sub)(Tensor(1), 10)
    tensor(9.)
    """
    ### BEGIN SOLUTION
    return lambda a, b: f(b, a)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "tensor-operators", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = mul
Tensor.__sub__, Tensor.__rsub__ = sub, swapped(sub)
Tensor.__truediv__, Tensor.__rtruediv__ = div, swapped(div)
Tensor.__pow__, Tensor.__rpow__ = pow_, swapped(pow_)
Tensor.__neg__ = neg


# %% nbgrader={"grade": true, "grade_id": "test-tensor-swapped", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_swapped():
    """Numbers and arrays may stand on either side of every operator."""
    x = np.array([[1.0, 2.0], [4.0, 8.0]])
    t, row = Tensor(x), np.array([10.0, 20.0])
    assert_close((1 - t).data, 1 - x, "1 - t")
    assert_close((t - 1).data, x - 1, "t - 1")
    assert_close((8 / t).data, 8 / x, "8 / t")
    assert_close((2**t).data, 2**x, "2 ** t")
    assert_close((t**2).data, x**2, "t ** 2")
    assert_close((row - t).data, row - x, "array - t")
    assert_close((t - row).data, x - row, "t - array")
    assert_close((3 * t + -t).data, 2 * x, "3 * t + -t")
    whole = 2 - Tensor(np.array([2, 4]))
    assert str(whole.dtype) == "int64", f"2 - a tensor of integers: expected int64, got {whole.dtype}"


test_unit_swapped()
### BEGIN HIDDEN TESTS
assert str((1 / Tensor(np.array([2, 4]))).dtype) == "float32", "1 / integers should be float32"
assert_close(swapped(pow)(2, 5), 25, "swapped(pow)(2, 5)")
### END HIDDEN TESTS

# %% [markdown]
# ## Broadcasting
# `t - row` above worked although one is (2, 2) and the other (2,). NumPy stretches the smaller one: shapes
# are laid side by side *from the right*; where one has length 1, or no axis at all, it is repeated as often as
# the other demands. Nothing is copied: the repeated axis gets stride 0.

# %%
column, row = np.arange(3.0)[:, None], np.arange(4.0)
for ax, values, title in zip(
    axes(3, 2.2, picture=True),
    (column, row[None], column + row),
    ("(3, 1)", "+ (4,)", "= (3, 4)"),
    strict=True,
):
    ax.imshow(np.broadcast_to(values, (3, 4)), cmap="Blues", vmin=-1, vmax=9)
    ax.set_title(title)
    for (i, j), value in np.ndenumerate(np.broadcast_to(values, (3, 4))):
        solid = i < values.shape[0] and j < values.shape[1]
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="black" if solid else GREY)


# %% [markdown]
# Grey numbers are the repeated ones. Undoing this repetition will be an exercise of module 05, so learn the
# rule well: write it down as a function. Where it does not hold, raise
# `ValueError("broadcast_shapes: (2, 3) and (4, 3) differ in axis -2: 2 and 4")`, with the axis counted from
# the right. If several axes do not fit, name the leftmost.
#
# <details><summary>Hint 1: the idea</summary>
#
# Pad the shorter shape with 1s on the left. Then look at the axes one by one.
#
# </details>
# <details><summary>Hint 2: one axis</summary>
#
# Lengths m and n fit if they are equal, or if one of them is 1. The result is m if n is 1, and n otherwise
# (not the larger of the two: an axis may have length 0).
#
# </details>
# <details><summary>Hint 3: the loop</summary>
#
# `size = max(len(a), len(b))`, then `(1,) * (size - len(a)) + tuple(a)`; go over `range(-size, 0)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-broadcast-shapes", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def broadcast_shapes(a, b):
    """The shape of the result when arrays of shapes `a` and `b` are combined.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    ### BEGIN SOLUTION
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {tuple(a)} and {tuple(b)} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-broadcast-shapes", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_broadcast_shapes():
    """broadcast_shapes agrees with NumPy, and says which axis does not fit."""
    fitting = [
        ((3, 1), (4,)),
        ((4,), (3, 1)),
        ((2, 3), (2, 3)),
        ((5, 1, 3), (2, 1)),
        ((), (2, 3)),
        ((1,), (7,)),
        ((2, 0), (1,)),
        ((1, 1), (3, 1)),
    ]
    for a, b in fitting:
        expected = np.broadcast_shapes(a, b)
        got = broadcast_shapes(a, b)
        assert got == expected, f"broadcast_shapes({a}, {b}): expected {expected}, got {got}"
    for a, b, ending in [
        ((2, 3), (4, 3), "axis -2: 2 and 4"),
        ((2, 3), (2,), "axis -1: 3 and 2"),
        ((5, 2, 2), (3, 2, 2), "axis -3: 5 and 3"),
        ((2, 3), (4, 5), "axis -2: 2 and 4"),
        ((0,), (2,), "axis -1: 0 and 2"),
    ]:
        expected = f"broadcast_shapes: {a} and {b} differ in {ending}"
        try:
            got = f"no error raised, but {broadcast_shapes(a, b)!r} returned"
        except ValueError as error:
            got = str(error)
        assert got == expected, f"broadcast_shapes({a}, {b}): expected the error\n  {expected}\ngot\n  {got}"


test_unit_broadcast_shapes()
### BEGIN HIDDEN TESTS
for a, b in [((6, 1, 4, 1), (5, 1, 3)), ((), ()), ((0,), (1, 1)), ((2, 2, 2, 2), (2,))]:
    got = broadcast_shapes(a, b)
    assert got == np.broadcast_shapes(a, b), f"broadcast_shapes({a}, {b}): got {got}"
try:
    got = f"no error raised, but {broadcast_shapes((3, 0, 4), (2, 5))!r} returned"
except ValueError as error:
    got = str(error)
expected = "broadcast_shapes: (3, 0, 4) and (2, 5) differ in axis -2: 0 and 2"
assert got == expected, f"broadcast_shapes((3, 0, 4), (2, 5)): expected the error\n  {expected}\ngot\n  {got}"
### END HIDDEN TESTS

# %%
broadcast_shapes((64, 1, 28), (3, 28))


# %% [markdown]
# ## Matrix product
# `a @ b` does most of the work in every network. NumPy hands it to a library (BLAS) that is better than any
# loop of ours; module 03 measures by how much. What NumPy does badly is its error message, and shapes that do
# not fit are the commonest error of all. Its answer to a (2, 3) and a (4, 5) is *"mismatch in its core
# dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?)"*. Ours:
#
# `matmul: A is (2, 3), B is (4, 5): A's last axis (3) must equal B's first (4)`
#
# If B has more than two axes, its matrices stand in its last two: the message then says `B's second to last`.
# Raise it as a `ValueError`. The given lines refuse what has no axes, and return NumPy's `a @ b`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two numbers must be equal: `a.shape[-1]`, and the length of the axis of `b` along which one walks down.
#
# </details>
# <details><summary>Hint 2: which axis of b</summary>
#
# `b.shape[-2]`; but a vector `b` has only `b.shape[0]`. In the message, "first" is right as long
# as `b.ndim <= 2`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-matmul", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def matmul(a, b):
    """The matrix product a @ b: (…, n, k) and (…, k, m) give (…, n, m); vectors count as one row or column.

    >>> matmul(Tensor([[1, 2]]), Tensor([[3], [4]]))
    tensor([[11.]])
    """
    if 0 in (np.ndim(a), np.ndim(b)):
        raise ValueError(f"matmul: A is {np.shape(a)}, B is {np.shape(b)}: a number without axes is multiplied with *")
    ### BEGIN SOLUTION
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if b.ndim <= 2 else "second to last"
        reason = f"A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: {reason}")
    ### END SOLUTION
    return _arrays.matmul(a, b)


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)


# %% nbgrader={"grade": true, "grade_id": "test-tensor-matmul", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_matmul():
    """matmul agrees with three loops, and explains shapes that do not fit."""
    rng = np.random.default_rng(1)
    for n, k, m in [(2, 3, 4), (1, 1, 1), (5, 2, 1), (3, 3, 3)]:
        a, b = rng.normal(size=(n, k)), rng.normal(size=(k, m))
        expected = [[sum(a[i, p] * b[p, j] for p in range(k)) for j in range(m)] for i in range(n)]
        assert_close((Tensor(a) @ Tensor(b)).data, np.array(expected), f"matmul of {a.shape} and {b.shape}")
    for shape_a, shape_b in [((4,), (4,)), ((2, 3), (3,)), ((3,), (3, 2)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4))]:
        a, b = rng.normal(size=shape_a), rng.normal(size=shape_b)
        assert_close(matmul(Tensor(a), Tensor(b)).data, a @ b, f"matmul of {shape_a} and {shape_b}")
    for shape_a, shape_b, ending in [
        ((2, 3), (4, 5), "A's last axis (3) must equal B's first (4)"),
        ((2, 3), (2, 3), "A's last axis (3) must equal B's first (2)"),
        ((7, 2, 3), (7, 2, 3), "A's last axis (3) must equal B's second to last (2)"),
        ((2, 3), (4,), "A's last axis (3) must equal B's first (4)"),
        ((2, 3, 3), (4, 4), "A's last axis (3) must equal B's first (4)"),
    ]:
        expected = f"matmul: A is {shape_a}, B is {shape_b}: {ending}"
        try:
            matmul(Tensor(np.zeros(shape_a)), Tensor(np.zeros(shape_b)))
            got = "no error"
        except ValueError as error:
            got = str(error)
        assert got == expected, f"matmul of {shape_a} and {shape_b}: expected the error\n  {expected}\ngot\n  {got}"


test_unit_matmul()
### BEGIN HIDDEN TESTS
assert str((Tensor(np.eye(2), np.float64) @ Tensor(np.eye(2), np.float64)).dtype) == "float64", "float64 stays float64"
assert_close((np.arange(6.0).reshape(2, 3) @ Tensor(np.eye(3))).data, np.arange(6.0).reshape(2, 3), "array @ t")
assert_close(matmul(Tensor(np.ones((4, 1, 2, 3))), Tensor(np.ones((5, 3, 2)))).data, np.full((4, 5, 2, 2), 3.0), "batches")
### END HIDDEN TESTS

# %% [markdown]
# ## Functions of each element
# They need no thought, so they are given. Note how little each of them is: the seam does the rest.

# %% nbgrader={"grade": false, "grade_id": "tensor-elementwise", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def elementwise(f):
    """The op of NumPy's `f`. Integers become float32 first: NumPy would take the root of a uint8 in float16."""

    def forward(a):
        return f(a if a.dtype.kind == "f" else a.astype(np.float32))

    forward.__name__, forward.__doc__ = f.__name__, f"{f.__name__} of each element."
    return op(forward)


exp, log, sqrt, sin, cos, tanh = map(elementwise, (np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh))
sign, maximum, minimum = map(op, (np.sign, np.maximum, np.minimum))

# %%
exp(Tensor([0, 1])), maximum(Tensor([1, 5]), 3)

# %% nbgrader={"grade": false, "grade_id": "tensor-abs", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
abs_ = op(operator.abs)
erf = op(_special.erf)  # the error function, 2/√π ∫ exp(-t²) dt from 0 to each element


# %% nbgrader={"grade": false, "grade_id": "tensor-clip", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def clip(a, min=None, max=None):
    """Each element, but at least `min` and at most `max` (None: no bound)."""
    return np.clip(a, min, max)


where = op(_arrays.where)  # a where the condition is true, b elsewhere

Tensor.clamp = clamp = clip
Tensor.where = lambda self, condition, other: where(condition, self, other)

# %%
Tensor([-2, 0.5, 3]).clip(0, 1)


# %% [markdown]
# Not everything is an op of its own. `@method` hangs a function that is made *of* ops on the class.

# %% nbgrader={"grade": false, "grade_id": "tensor-to", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def cast(a, dtype):
    """The same numbers in another dtype."""
    return a.astype(dtype)


def method(f):
    """Hang `f`, a function composed of ops, on the class Tensor; return it."""
    setattr(Tensor, f.__name__.rstrip("_"), f)
    return f


@method
def to(a, dtype):
    """The same numbers in `dtype`."""
    return cast(a, dtype=dtype)


# %%
Tensor([1.7, -1.7]).to(np.int64)

# %% nbgrader={"grade": false, "grade_id": "tensor-comparisons", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
eq, ne, lt, le, gt, ge = map(op, (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge))
Tensor.__eq__, Tensor.__ne__, Tensor.__hash__ = eq, ne, object.__hash__
Tensor.__lt__, Tensor.__le__, Tensor.__gt__, Tensor.__ge__, Tensor.__abs__ = lt, le, gt, ge, abs_

# %%
Tensor([1, 5, 3]) > 2


# %% [markdown]
# Reading a tensor back out, for printing, plotting and `if`:

# %% nbgrader={"grade": false, "grade_id": "tensor-reading", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
@method
def numpy(self):
    """The numbers as a NumPy array, which shares the tensor's memory."""
    return self.data


@method
def tolist(self):
    """The numbers as nested Python lists."""
    return self.data.tolist()


@method
def item(self):
    """The only element, as a Python number."""
    return self.data.item()


# %% nbgrader={"grade": false, "grade_id": "tensor-size", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
@method
def numel(self):
    """How many elements there are."""
    return math.prod(self.shape)


@method
def size(self, dim=None):
    """The shape, or the length of axis `dim`."""
    return self.shape if dim is None else self.shape[dim]


def _truth(self):
    if self.data.size != 1:
        reason = "is not defined: compare with None, or use any() or all()"
        raise ValueError(f"the truth value of a tensor of shape {self.shape} {reason}")
    return bool(self.item())


Tensor.dim = lambda self: self.ndim
Tensor.__float__, Tensor.__int__ = lambda self: float(self.item()), lambda self: int(self.item())
Tensor.__format__ = lambda self, spec: format(str(self) if self.ndim else self.item(), spec)
Tensor.__bool__, Tensor.__index__ = _truth, lambda self: self.data.__index__()


# %% [markdown]
# ## Reductions
# A reduction takes an axis away: `sum(dim=0)` of a (3, 4) is a (4,), one sum per column. With `keepdim=True`
# the axis stays, with length 1, so that the result broadcasts against the original:
# `x / x.sum(dim=1, keepdim=True)` makes every row sum to 1; without `keepdim` the shapes fit only for a square
# matrix, and then the answer is wrong.

# %% nbgrader={"grade": false, "grade_id": "tensor-reductions", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _axes(dim):
    return (tuple(dim) or None) if isinstance(dim, (list, tuple)) else dim


def _total(a):
    return np.int64 if a.dtype.kind == "u" else None  # NumPy would add up uint8 to uint64


@op
def sum_(a, dim=None, keepdim=False, dtype=None):
    """The sum over the axes `dim` (a number or several; None: all)."""
    return _arrays.sums(a, _axes(dim), dtype or _total(a), keepdim)


# %%
x = Tensor([[1, 2, 3], [4, 5, 6]])
x.sum(), x.sum(dim=0), x.sum(dim=1, keepdim=True)


# %% nbgrader={"grade": false, "grade_id": "tensor-prod", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def prod(a, dim=None, keepdim=False, dtype=None):
    """The product over axis `dim` (None: all)."""
    return np.prod(a, _axes(dim), dtype or _total(a), keepdims=keepdim)


@op
def cumsum(a, dim, dtype=None):
    """The running sum along `dim`."""
    return np.cumsum(a, dim, dtype or _total(a))


# %%
x.prod(dim=0), x.cumsum(dim=1)


# %% nbgrader={"grade": false, "grade_id": "tensor-extremes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def reduction(f):
    """The op of NumPy's `f` over the axes `dim`."""

    def forward(a, dim=None, keepdim=False):
        return f(a, _axes(dim), keepdims=keepdim)

    forward.__name__, forward.__doc__ = f.__name__, f"{f.__name__} over the axes `dim` (None: all)."
    return op(forward)


amax, amin, argmax, argmin, any_, all_ = map(reduction, (np.amax, np.amin, np.argmax, np.argmin, np.any, np.all))

# %%
x.amax(), x.argmax(dim=1), (x > 5).any(dim=0)


# %% [markdown]
# `mean` needs no array at all: it is made of `a.sum(…)` and a division, both of them ops. Whatever is *composed*
# of ops remembers its recipe, and needs no rule of its own in module 05. That holds for `mean` and all exercises
# after it. Write them with ops and methods on Tensors, not on `.data`: what is made around the ops has no recipe,
# and module 05 cannot differentiate it. `count`, given, is the number of elements that a reduction over `dim`
# puts together.
#
# <details><summary>Hint 1: the idea</summary>
#
# `a.sum(…)` with the same `dim` and `keepdim` (plain `sum` is Python's own, which knows no `dim`), divided by
# how many elements went into each result.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# Dividing by `a.numel()` is right only when `dim` is None.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-count", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def count(a, dim=None):
    """How many elements of `a` go into each result of a reduction over `dim`."""
    dims = range(a.ndim) if dim in (None, (), []) else [dim] if isinstance(dim, int) else dim
    return math.prod(a.shape[d] if a.ndim else 1 for d in dims)


# %% nbgrader={"grade": false, "grade_id": "tensor-mean", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def mean(a, dim=None, keepdim=False):
    """The arithmetic mean over the axes `dim` (None: all).

    >>> Tensor([[1, 2], [3, 6]]).mean(dim=1)
    tensor([1.5, 4.5])
    """
    ### BEGIN SOLUTION
    return sum_(a, dim, keepdim) / count(a, dim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-mean", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_mean():
    """mean agrees with NumPy over every choice of axes."""
    x = np.random.default_rng(2).normal(size=(2, 3, 4)).astype(np.float32)
    for dim in (None, 0, 1, -1, (0, 2), [1, 2]):
        for keepdim in (False, True):
            axis = tuple(dim) if isinstance(dim, list) else dim
            expected = x.mean(axis, keepdims=keepdim)
            what = f"mean(dim={dim}, keepdim={keepdim})"
            assert_close(data_of(Tensor(x).mean(dim, keepdim), what), expected, what)
    assert_close(Tensor(np.array([1, 2])).mean().data, np.array(1.5), "mean of the integers 1 and 2")
    assert has_recipe(Tensor(x, requires_grad=True).mean(1)), "mean: the result has no recipe; use ops, not .data"


test_unit_mean()
### BEGIN HIDDEN TESTS
assert has_recipe(mean(Tensor([1, 3], requires_grad=True))), "mean over all axes: the result has no recipe"
assert_close(mean(Tensor(5)).data, np.array(5.0), "mean of a single number")
### END HIDDEN TESTS

# %% [markdown]
# The variance is the mean squared distance from the mean. Divided by n - 1 instead of n it is an unbiased
# estimate from a sample; `correction` is what to take off, and PyTorch's default is 1. (NumPy's is 0: comparing
# the two has cost many an afternoon.)
#
# <details><summary>Hint 1: the idea</summary>
#
# First the distances from the mean, in the shape of `a`. Then their squares, summed and divided.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# $\mathrm{var}(x) = \frac{1}{n - c} \sum_i (x_i - \bar x)^2$, with $n$ from `count` and $c$ the `correction`.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# The mean must broadcast against `a`, whichever `keepdim` was asked for: `a.mean(dim, keepdim=True)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-corrected", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def corrected(f):
    """The method f(a, dim, correction, keepdim), which takes PyTorch's older `unbiased` (False: 0) as well."""

    def either(a, dim=None, correction=1, keepdim=False, unbiased=True):
        dim, unbiased = (None, dim) if isinstance(dim, bool) else (dim, unbiased)
        return f(a, dim, min((1 if correction is None else correction) * unbiased, count(a, dim)), keepdim)

    return method(functools.wraps(f)(either))


# %% nbgrader={"grade": false, "grade_id": "tensor-var", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    """The variance over the axes `dim`: squared distances from the mean, summed, over n - correction.

    >>> Tensor([1, 2, 3]).var()
    tensor(1.)
    """
    ### BEGIN SOLUTION
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction)
    ### END SOLUTION


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    """The standard deviation over the axes `dim`: the root of the variance."""
    return sqrt(var(a, dim, correction, keepdim))


# %% nbgrader={"grade": true, "grade_id": "test-tensor-var", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_var():
    """var agrees with NumPy, for every axis and correction, also far from zero."""
    x = np.random.default_rng(3).normal(size=(3, 4, 5))
    for dim in (None, 0, -1, (0, 2)):
        for correction in (0, 1, 2):
            for keepdim in (False, True):
                expected = x.var(dim, ddof=correction, keepdims=keepdim)
                what = f"var(dim={dim}, correction={correction}, keepdim={keepdim})"
                got = data_of(Tensor(x, np.float64).var(dim, correction, keepdim), what)
                assert_close(got, expected, what)
    assert_close(Tensor(x, np.float64).std(1).data, x.std(1, ddof=1), "std(dim=1), the root of var")
    far = np.array([10000.0, 10001.0, 10002.0], np.float32)
    assert_close(Tensor(far).var().data, np.array(1.0), "var of [10000, 10001, 10002] in float32")
    assert has_recipe(Tensor(far, requires_grad=True).var()), "var: the result has no recipe; use ops, not .data"


test_unit_var()
### BEGIN HIDDEN TESTS
square = np.array([[1.0, 5.0], [2.0, 8.0]])
assert_close(Tensor(square).var(1).data, square.var(1, ddof=1), "var(dim=1) of a square matrix")
assert_close(Tensor(square).var(0).data, square.var(0, ddof=1), "var(dim=0) of a square matrix")
assert has_recipe(Tensor(square, requires_grad=True).var(0)), "var(dim=0): the result has no recipe"
### END HIDDEN TESTS

# %% [markdown]
# ## Shapes
# Operations that only arrange numbers, NumPy's under PyTorch's names. First indexing: with numbers and slices
# the result is a view, with lists or tensors of places a copy.

# %% nbgrader={"grade": false, "grade_id": "tensor-indexing", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
@op
def getitem(a, key):
    """a[key], with numbers, slices, None, … and tensors of integers or booleans as in NumPy."""
    return a[key]


def _setitem(self, key, value):
    if self.requires_grad and Seam.recording:
        raise RuntimeError("a tensor that requires a gradient cannot be written into: its recipe would be wrong")
    self.data[unwrap(key)] = unwrap(value)


Tensor.__getitem__, Tensor.__setitem__ = getitem, _setitem

# %%
table = arange(12)
table[2:5], table[table > 8], table[[0, -1]]


# %% [markdown]
# Then the views: new strides over the same memory.

# %% nbgrader={"grade": false, "grade_id": "tensor-reshape", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def reshape(a, *shape):
    """The same numbers, in the same order, in another shape; one length may be -1."""
    return a.reshape(_sizes(shape))


@op
def view(a, *shape):
    """Like reshape, but an error where the memory would have to be copied."""
    return a.reshape(_sizes(shape), copy=False)


# %%
table.reshape(3, -1)


# %% nbgrader={"grade": false, "grade_id": "tensor-permute", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def permute(a, *dims):
    """The axes in the order `dims`."""
    return a.transpose(_sizes(dims))


@op
def transpose(a, dim0, dim1):
    """Two axes exchanged."""
    return a.swapaxes(dim0, dim1)


Tensor.T = property(lambda self: permute(self, *range(self.ndim)[::-1]), doc="All axes in reverse order.")
Tensor.mT = property(lambda self: transpose(self, -2, -1), doc="The last two axes exchanged.")

# %%
table.reshape(3, 4).T


# %% nbgrader={"grade": false, "grade_id": "tensor-squeeze", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def unsqueeze(a, dim):
    """A new axis of length 1 at `dim`."""
    return np.expand_dims(a, dim)


@op
def squeeze(a, dim=None):
    """Without the axes of length 1 (with `dim`: only those of them)."""
    dims = range(a.ndim) if dim is None else np.atleast_1d(dim)
    return a.squeeze(tuple(int(d) for d in dims if a.ndim and a.shape[d] == 1))


# %% nbgrader={"grade": false, "grade_id": "tensor-expand", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def expand(a, *shape):
    """Axes of length 1 repeated up to `shape` without copying; -1 keeps an axis as it is."""
    sizes = _sizes(shape)
    own = (1,) * (len(sizes) - a.ndim) + a.shape
    return np.broadcast_to(a, [m if n == -1 else n for m, n in zip(own, sizes, strict=True)])


# %%
Tensor([1, 2]).expand(3, 2)


# %% [markdown]
# And those that have to copy.

# %% nbgrader={"grade": false, "grade_id": "tensor-copies", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def contiguous(a):
    """The same tensor with its numbers in row-major order in memory."""
    return np.ascontiguousarray(a).reshape(a.shape)


@op
def repeat(a, *times):
    """The tensor laid side by side, `times` along each axis."""
    return np.tile(a, _sizes(times))


@op
def cat(tensors, dim=0):
    """Tensors laid one after another along an axis that they have."""
    return np.concatenate(tensors, dim)


# %%
cat([Tensor([1, 2]), Tensor([3])]), Tensor([1, 2]).repeat(3)


# %% nbgrader={"grade": false, "grade_id": "tensor-gather", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def gather(a, dim, index):
    """The elements of `a` at the places `index` along `dim`: out[i][j] = a[index[i][j]][j] for dim 0."""
    return a[_arrays.along(a, index, range(a.ndim)[dim])]


@op
def argsort(a, dim=-1, descending=False, stable=True):
    """The order of the elements along `dim`; equal ones keep their order, whatever `stable` says."""
    if not descending:
        return np.argsort(a, dim, stable=True)
    return np.flip(a.shape[dim] - 1 - np.argsort(np.flip(a, dim), dim, stable=True), dim)


# %%
table.reshape(3, 4).gather(1, tensor([[0], [3], [1]]))


# %% [markdown]
# `flatten` joins neighbouring axes into one. A batch of images, (64, 3, 28, 28), becomes
# `flatten(start_dim=1)`: (64, 2352), one long row per image.
#
# <details><summary>Hint 1: the idea</summary>
#
# A reshape: the axes before `start_dim` as they are, one axis for the product, the axes after `end_dim`.
#
# </details>
# <details><summary>Hint 2: the corner cases</summary>
#
# Make both dims positive first: `range(a.ndim)[dim]` does, and refuses an axis that is not there. A tensor
# without axes has none to join: its result has shape (1,).
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-flatten", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    """The axes from start_dim to end_dim, both included, joined into one; a tensor without axes becomes a (1,).

    >>> zeros(2, 3, 4).flatten(1).shape
    (2, 12)
    """
    ### BEGIN SOLUTION
    shape = a.shape or (1,)
    start, end = range(len(shape))[start_dim], range(len(shape))[end_dim]
    return reshape(a, *shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-flatten", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_flatten():
    """flatten joins the right axes and keeps the order of the numbers."""
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    cases = [((), (120,)), ((1,), (2, 60)), ((0, 1), (6, 4, 5)), ((1, 2), (2, 12, 5)), ((-2, -1), (2, 3, 20)), ((2, 2), x.shape)]
    for dims, shape in cases:
        what = f"flatten{dims} of a {x.shape}"
        assert_close(data_of(Tensor(x).flatten(*dims), what), x.reshape(shape), what)
    assert_close(flatten(Tensor(3)).data, np.array([3.0]), "flatten of a tensor without axes")
    assert_close(flatten(zeros(0, 3, 2), 1).data, np.zeros((0, 6)), "flatten(1) of a (0, 3, 2)")
    assert_close(flatten(Tensor(x[0, 0]).T).data, x[0, 0].T.reshape(-1), "flatten of a transpose")
    assert has_recipe(flatten(Tensor(x, requires_grad=True))), "flatten: the result has no recipe; use ops, not .data"


test_unit_flatten()
### BEGIN HIDDEN TESTS
assert_close(flatten(zeros(2, 0, 3), 0, 1).data, np.zeros((0, 3)), "flatten(0, 1) of a (2, 0, 3)")
assert_close(flatten(Tensor(np.arange(6.0).reshape(1, 2, 3)).mT, 1).data, np.array([[0.0, 3, 1, 4, 2, 5]]), "flatten(1) of a mT")
assert has_recipe(flatten(Tensor(3.0, requires_grad=True))), "flatten of a tensor without axes: the result has no recipe"
### END HIDDEN TESTS

# %% [markdown]
# ## Puzzles
# The rest can be built from what is there, mostly in a line each. `narrow` and `masked_fill` show the form. Write
# them, too, with ops and methods on Tensors, not on `.data`, or their results have no recipe.

# %% nbgrader={"grade": false, "grade_id": "tensor-narrow", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@method
def narrow(a, dim, start, length):
    """The part of `a` from `start` on (if negative: from the end), `length` long, along `dim`."""
    start = start + a.shape[dim] if start < 0 else start
    if not 0 <= start <= start + length <= a.shape[dim]:
        raise IndexError(f"narrow: {start} to {start + length} is not within axis {dim} of {a.shape}")
    return a[(slice(None),) * range(a.ndim)[dim] + (slice(start, start + length),)]


@method
def masked_fill(a, mask, value):
    """`value` where the mask is true, `a` elsewhere."""
    return where(mask, value, a)


@method
def flip(a, dims):
    """The axes `dims` in reverse."""
    dims = {range(a.ndim)[d] for d in ([dims] if isinstance(dims, int) else dims)}
    return a[tuple(slice(None, None, -1) if d in dims else slice(None) for d in range(a.ndim))]


# %%
table.narrow(0, 2, 5), table.masked_fill(table > 5, 0)


# %% nbgrader={"grade": false, "grade_id": "tensor-split", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@method
def split(a, split_size, dim=0):
    """Pieces of length `split_size` along `dim` (the last may be shorter), or of the lengths in a list."""
    n, sizes = a.shape[dim], split_size
    if isinstance(sizes, int):
        sizes = [min(sizes, n - start) for start in range(0, max(n, 1), sizes)]
    if sum(sizes) != n:
        raise ValueError(f"split: {split_size} does not add up to {n}, the length of axis {dim} of {a.shape}")
    return tuple(narrow(a, dim, sum(sizes[:i]), size) for i, size in enumerate(sizes))


@method
def chunk(a, chunks, dim=0):
    """At most `chunks` pieces of equal length along `dim` (the last may be shorter)."""
    return split(a, max(1, -(-a.shape[dim] // chunks)), dim)


# %%
arange(7).split(3), arange(4).flip(0)


# %% [markdown]
# **stack** lays tensors of one shape along a *new* axis: three (28, 28) images become (3, 28, 28).
#
# <details><summary>Hint 1: the idea</summary>
#
# `cat` needs an axis that is there already. Make one.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `unsqueeze(t, dim)` for each tensor, then `cat` along the same `dim`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-stack", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def stack(tensors, dim=0):
    """Tensors of one shape laid along a new axis `dim`.

    >>> stack([Tensor([1, 2]), Tensor([3, 4])], dim=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    ### BEGIN SOLUTION
    return cat([unsqueeze(t, dim) for t in tensors], dim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-stack", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_stack():
    """stack makes a new axis where it is asked to."""
    parts = [np.random.default_rng(i).normal(size=(3, 3)) for i in range(4)]
    for dim in (0, 1, 2, -1, -2):
        what = f"stack of four (3, 3), dim={dim}"
        got = data_of(stack([Tensor(p) for p in parts], dim), what)
        assert_close(got, np.stack(parts, dim).astype(np.float32), what)
    assert_close(stack([Tensor(1), Tensor(2)]).data, np.array([1.0, 2.0]), "stack of two tensors without axes")
    out = stack([Tensor([1.0], requires_grad=True), Tensor([2.0])])
    assert has_recipe(out), "stack: the result has no recipe; use ops, not .data"


test_unit_stack()
### BEGIN HIDDEN TESTS
assert has_recipe(stack((Tensor(2.0), Tensor(1.0, requires_grad=True)), -1)), "stack, dim=-1: the result has no recipe"
assert_close(stack((zeros(2, 0), zeros(2, 0))).data, np.zeros((2, 2, 0)), "stack of empty tensors")
### END HIDDEN TESTS

# %% [markdown]
# **roll** moves everything by `shifts` places along an axis; what leaves at the end comes in at the beginning.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two pieces in the other order: the last `shifts` elements, then the rest.
#
# </details>
# <details><summary>Hint 2: any shift</summary>
#
# A shift of n, the length of the axis, changes nothing, and -1 is the same as n - 1. Python's `%` does both.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `narrow(a, dims, start, length)` cuts a piece out, `cat([…, …], dims)` joins two.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-along-each", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def along_each(f):
    """The method f(a, shifts, dims) for several axes, one after another, or for none: then as if `a` were one row."""

    def several(a, shifts, dims=None):
        if dims is None:
            return reshape(f(flatten(a), shifts, 0), a.shape)
        pairs = zip(np.atleast_1d(shifts), np.atleast_1d(dims), strict=True)
        return functools.reduce(lambda t, pair: f(t, *map(int, pair)), pairs, a)

    return method(functools.wraps(f)(several))


# %% nbgrader={"grade": false, "grade_id": "tensor-roll", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@along_each
def roll(a, shifts, dims):
    """The elements moved by `shifts` places along the axis `dims`, round the end.

    >>> Tensor([1, 2, 3, 4]).roll(1, 0)
    tensor([4., 1., 2., 3.])
    """
    ### BEGIN SOLUTION
    n = a.shape[dims]
    shift = shifts % max(n, 1)
    return cat([narrow(a, dims, n - shift, shift), narrow(a, dims, 0, n - shift)], dims)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-roll", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_roll():
    """roll agrees with NumPy for shifts of any size and sign."""
    x = np.arange(20.0).reshape(4, 5)
    for dim in (0, 1, -1):
        for shift in (0, 1, 3, -1, -2, 5, 11, -13):
            what = f"roll(shifts={shift}, dims={dim})"
            assert_close(data_of(Tensor(x).roll(shift, dim), what), np.roll(x, shift, dim), what)
    assert has_recipe(Tensor(x, requires_grad=True).roll(1, 0)), "roll: the result has no recipe; use ops, not .data"


test_unit_roll()
### BEGIN HIDDEN TESTS
x = np.random.default_rng(4).normal(size=(2, 3, 4))
assert_close(roll(Tensor(x), 1, 1).data, np.roll(x, 1, 1).astype(np.float32), "roll(1, 1) of a (2, 3, 4)")
assert has_recipe(roll(Tensor(x, requires_grad=True), -1, 2)), "roll(-1, 2): the result has no recipe"
### END HIDDEN TESTS

# %% [markdown]
# **tril** keeps the lower triangle of a matrix and sets the rest to 0. A language model uses it so that a word
# cannot see the words after it. `diagonal` moves the border: 1 keeps one diagonal more, -1 one less. The type
# stays: integers stay integers, booleans booleans.
#
# <details><summary>Hint 1: the idea</summary>
#
# Element (i, j) stays where j - i ≤ diagonal. A column of i's against a row of j's broadcasts to a mask.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `unsqueeze(arange(n), 1)` is a column. Then `where`: multiplying by the mask would turn an infinity into NaN.
# Beside numbers, `False` counts as a 0, and it is the only 0 that leaves booleans as they are.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-tril", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def tril(a, diagonal=0):
    """The last two axes below their diagonal, 0 above it, in the dtype of `a`.

    >>> ones(2, 3).tril()
    tensor([[1., 0., 0.],
            [1., 1., 0.]])
    """
    ### BEGIN SOLUTION
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a, False)
    ### END SOLUTION


@method
def triu(a, diagonal=0):
    """The last two axes above their diagonal, 0 below it."""
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)


# %% nbgrader={"grade": true, "grade_id": "test-tensor-tril", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_tril():
    """tril agrees with NumPy on every diagonal, for batches and for infinities."""
    x = np.random.default_rng(5).normal(size=(2, 3, 4)).astype(np.float32)
    for diagonal in (-4, -1, 0, 1, 2, 5):
        what = f"tril(diagonal={diagonal}) of a (2, 3, 4)"
        assert_close(data_of(Tensor(x).tril(diagonal), what), np.tril(x, diagonal), what)
        assert_close(Tensor(x).triu(diagonal).data, np.triu(x, diagonal), f"triu(diagonal={diagonal}) of a (2, 3, 4)")
    infinite = np.full((3, 3), -np.inf, np.float32)
    assert_close(Tensor(infinite).tril().data, np.tril(infinite), "tril of a matrix of -inf")
    for dtype in ("int64", "bool", "float64"):
        got = Tensor(np.ones((3, 3)), dtype).tril()
        assert_close(got.data, np.tril(np.ones((3, 3), dtype)), f"tril of {dtype}")
        assert str(got.dtype) == dtype, f"tril of {dtype}: expected {dtype}, got {got.dtype}"
    assert has_recipe(Tensor(x, requires_grad=True).tril()), "tril: the result has no recipe; use ops, not .data"


test_unit_tril()
### BEGIN HIDDEN TESTS
whole = tril(Tensor(np.arange(20, dtype=np.uint8).reshape(5, 4)), -1)
assert_close(whole.data, np.tril(np.arange(20).reshape(5, 4), -1), "tril(diagonal=-1) of a (5, 4) of uint8")
assert str(whole.dtype) == "uint8", f"tril of uint8 should stay uint8, got {whole.dtype}"
assert has_recipe(tril(Tensor([[1.0]], requires_grad=True), -1)), "tril(diagonal=-1): the result has no recipe"
### END HIDDEN TESTS

# %% [markdown]
# **topk** gives the k largest elements along an axis and where they stood; with `largest=False` the smallest. A
# language model picks its next word among the top k. `sort` is given, and returns the same pair of results.

# %% nbgrader={"grade": false, "grade_id": "tensor-sort", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class ValuesIndices(NamedTuple):
    """Elements and the places they came from."""

    values: Tensor
    indices: Tensor


@method
def sort(a, dim=-1, descending=False, stable=True):
    """The elements in order along `dim`, and where they stood; always stable."""
    order = argsort(a, dim, descending)
    return ValuesIndices(gather(a, dim, order), order)


# %% nbgrader={"grade": false, "grade_id": "tensor-max", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _extremum(a, indices, dim, keepdim):
    values = gather(a, dim, indices)
    return ValuesIndices(*(t if keepdim else squeeze(t, dim) for t in (values, indices)))


@method
def max_(a, dim=None, keepdim=False):
    """The largest element; with `dim`, the largest along it and where they stand."""
    return amax(a) if dim is None else _extremum(a, argmax(a, dim, True), dim, keepdim)


@method
def min_(a, dim=None, keepdim=False):
    """The smallest element; with `dim`, the smallest along it and where they stand."""
    return amin(a) if dim is None else _extremum(a, argmin(a, dim, True), dim, keepdim)


# %%
Tensor([[3, 1], [2, 9]]).max(dim=1)


# %% [markdown]
# Now `topk`, with `sort`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Sort along `dim`, in the right direction, and keep the first k of both results.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `narrow(t, dim, 0, k)`, and a `ValuesIndices` around the two.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-topk", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along `dim`, in order whatever `sorted` says, and where they stood.

    >>> Tensor([1, 9, 4]).topk(2).values
    tensor([9., 4.])
    """
    ### BEGIN SOLUTION
    values, indices = sort(a, dim, descending=largest)
    return ValuesIndices(narrow(values, dim, 0, k), narrow(indices, dim, 0, k))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-topk", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_topk():
    """topk returns values and places along any axis, in order."""
    x = np.random.default_rng(6).permutation(24).reshape(4, 6).astype(np.float32)
    for dim in (0, 1, -1):
        for largest in (True, False):
            for k in (1, 3):
                order = np.argsort(-x if largest else x, axis=dim)
                expected = order[:k] if dim == 0 else order[:, :k]
                got, what = Tensor(x).topk(k, dim, largest), f"topk(k={k}, dim={dim}, largest={largest})"
                assert type(got) not in (tuple, list), f"{what}: expected a ValuesIndices, got a {type(got).__name__}"
                assert_close(data_of(got.indices, f"{what}.indices"), expected, f"{what}.indices")
                values = data_of(got.values, f"{what}.values")
                assert_close(values, np.take_along_axis(x, expected, dim), f"{what}.values")
    values = Tensor(x, requires_grad=True).topk(2).values
    assert has_recipe(values), "topk: the values have no recipe; use ops, not .data"


test_unit_topk()
### BEGIN HIDDEN TESTS
values, indices = topk(Tensor([3.0, 1.0, 3.0, 2.0], requires_grad=True), 4)
assert_close(values.data, np.array([3.0, 3.0, 2.0, 1.0]), "topk of all four")
assert has_recipe(values) and not indices.requires_grad, "the values should remember their recipe, the places not"
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "tensor-builtin-names", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def __getattr__(name):
    """Let `tinytorch.core.tensor.sum` be `sum_`, and so on, without hiding Python's own names in this file."""
    if f"{name}_" in globals():
        return globals()[f"{name}_"]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# %% [markdown]
# ## An image is a tensor
# The photograph again, now as your tensor: (height, width, 3), numbers from 0 to 1. A crop and a flip are
# views. A blur gives every pixel the mean of its neighbourhood, and a neighbourhood is the picture itself,
# rolled by a few places.

# %%
picture = Tensor(photo / 255)
for ax, t in zip(axes(3, picture=True), (picture[20:140, 40:160], picture.flip(1), picture.mean(dim=2)), strict=True):
    ax.imshow(t, cmap="gray")


# %% [markdown]
# Write `box_blur`: the mean over the square of side 2r + 1 around each pixel. At the borders the picture goes
# round, as `roll` does.
#
# <details><summary>Hint 1: the idea</summary>
#
# The mean of (2r + 1)² pictures, each rolled by some i along axis 0 and some j along axis 1.
#
# </details>
# <details><summary>Hint 2: faster</summary>
#
# The mean over a square is a mean over rows of means over columns: 2r + 1 rolls along one axis, then 2r + 1
# along the other. `stack(…).mean(dim=0)` is one of the two steps.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tensor-box-blur", "locked": false, "schema_version": 3, "solution": true, "task": false}
def box_blur(image, r):
    """`image` (height, width, …) with every pixel replaced by the mean over the square of side 2r + 1 around it.

    >>> box_blur(eye(3), 1)[0, 0]
    tensor(0.3333)
    """
    ### BEGIN SOLUTION
    for dim in (0, 1):
        image = stack([image.roll(i, dim) for i in range(-r, r + 1)]).mean(dim=0)
    return image
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-tensor-box-blur", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_box_blur(cases=(((5, 6), 1), ((7, 7, 3), 2), ((4, 9), 0)), seed=7):
    """box_blur agrees with a slow loop over the pixels."""
    rng = np.random.default_rng(seed)
    for shape, r in cases:
        image, expected = rng.normal(size=shape), np.empty(shape)
        square = range(-r, r + 1)
        for y in range(shape[0]):
            for x in range(shape[1]):
                around = [image[(y + i) % shape[0], (x + j) % shape[1]] for i in square for j in square]
                expected[y, x] = np.mean(around, axis=0)
        what = f"box_blur of a {shape}, r={r}"
        assert_close(data_of(box_blur(Tensor(image), r), what), expected.astype(np.float32), what)
    out = box_blur(Tensor(image, requires_grad=True), 1)
    assert has_recipe(out), "box_blur: the result has no recipe; use ops, not .data"


test_unit_box_blur()
### BEGIN HIDDEN TESTS
def anew(t, done):
    """What the recipe of t gives with what `done` holds in the places of some tensors; results are added to it."""
    if isinstance(t, (list, tuple)):
        return type(t)(anew(part, done) for part in t)
    if not isinstance(t, Tensor) or t not in done and t.recipe is None:
        return t
    if t not in done:
        done[t] = t.recipe.op(*anew(tuple(t.recipe.args), done), **t.recipe.kwargs)
    return done[t]


def test_hidden_box_blur():
    """Squares larger than the picture, pictures of one pixel or four axes; the recipe leads back to the picture."""
    rng = np.random.default_rng()
    test_unit_box_blur([((3, 2), 4), ((1, 1), 2), ((2, 7), 3), ((6, 1, 2, 3), 1)], None)
    image, other = Tensor(rng.normal(size=(4, 5)), requires_grad=True), Tensor(rng.normal(size=(4, 5)))
    what = "box_blur: its recipe, followed with another picture"
    assert_close(anew(box_blur(image, 1), {image: other}).data, data_of(box_blur(other, 1), what), what)


test_hidden_box_blur()
### END HIDDEN TESTS

# %%
for ax, r in zip(axes(3, picture=True), (0, 2, 6), strict=True):
    ax.imshow(box_blur(picture, r))
    ax.set_title(f"r = {r}")


# %% [markdown]
# ## What it costs
# Three pairs of ways to get the same numbers, measured on your machine: a view of every other row and column
# against a copy of it; a copy in the order of memory against one of the transpose, which is read column by
# column; and adding a row by broadcasting against repeating it to full size first.

# %%
def milliseconds(f, repeats=7):
    """The median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[repeats // 2]


big, row = rand(2000, 2000), rand(2000)
pairs = {
    "view\nagainst copy": (lambda: big[::2, ::2], lambda: big[::2, ::2].contiguous()),
    "copy in order\nagainst transposed": (lambda: big.to(np.float32), lambda: big.T.contiguous()),
    "broadcast\nagainst repeated": (lambda: big + row, lambda: big + row.repeat(2000, 1)),
}
ax = axes()
for i, (fast, slow) in enumerate(pairs.values()):
    for side, (f, color) in enumerate(((fast, BLUE), (slow, ORANGE))):
        time_taken = milliseconds(f)
        bar = ax.bar(i + 0.4 * side, time_taken, 0.38, color=color)
        ax.bar_label(bar, [f"{time_taken:.3g} ms"])
ax.set_xticks([i + 0.2 for i in range(len(pairs))], pairs)
ax.set_yscale("log")
ax.set_ylabel("milliseconds")
ax.set_title("the same numbers, two ways");

# %% [markdown]
# A view costs a few microseconds however large the tensor is. The two copies move the same 16 MB; only the way
# through memory differs. The two sums do the same arithmetic, but the repeated row has to be written to memory
# first, all 16 MB of it, and read again.
#
# ## What PyTorch does differently
# - Its tensors hold their own storage and strides (`c10/core/TensorImpl.h`); we let NumPy's arrays do that.
# - Its seam is the *dispatcher*: each op is looked up by device, dtype and whether gradients are recorded
#   (`c10/core/DispatchKey.h`), about 2,500 of them listed in `aten/src/ATen/native/native_functions.yaml`.
# - It has no negative strides, so its `flip` copies, and `t[::-1]` is an error
#   (`aten/src/ATen/TensorIndexing.h`).
# - Its elementwise ops share one loop that handles broadcasting and types (`aten/src/ATen/TensorIterator.cpp`).
#
# ## Questions
# 1. `x.T + 1` and `(x + 1).T` are equal. Which is faster for a large `x`, and does it matter which of them you
#    sum afterwards?
# 2. `promote` ignores tensors without axes when it looks for the widest float. What would go wrong with
#    `weights * loss_scale` if it did not?
# 3. A recipe keeps an op's inputs alive. A loop runs `total = total + loss` ten thousand times, and `loss`
#    requires a gradient. What happens to your memory, and which one-line change mends it?
#
# Export the chapter with `tito export 01`: from then on, `from tinytorch.core.tensor import Tensor` is your
# own. Module 02 bends straight lines; module 05 comes back to the recipes.
