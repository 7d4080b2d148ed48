"""An n-dimensional array of numbers that remembers how it was made."""

# Exported from modules/source/01_tensor/tensor_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['OPS', 'zeros_like', 'ones_like', 'rand_like', 'randn_like', 'sub', 'neg', 'pow_', 'exp', 'log', 'sqrt', 'sin', 'cos',
           'tanh', 'sign', 'maximum', 'minimum', 'abs_', 'erf', 'where', 'clamp', 'eq', 'ne', 'lt', 'le', 'gt', 'ge',
           'amax', 'amin', 'argmax', 'argmin', 'any_', 'all_', 'as_array', 'Tensor', 'tensors_in', 'unwrap', 'opened',
           'wrap', 'promote', 'Recipe', 'Seam', 'apply', 'op', 'Random', 'manual_seed', 'tensor', 'zeros', 'ones',
           'full', 'eye', 'arange', 'linspace', 'rand', 'randn', 'randint', 'like', 'full_like', 'add', 'mul', 'div',
           'swapped', 'broadcast_shapes', 'matmul', 'elementwise', 'clip', 'cast', 'method', 'to', 'numpy', 'tolist',
           'item', 'numel', 'size', 'sum_', 'prod', 'cumsum', 'reduction', 'count', 'mean', 'corrected', 'var', 'std',
           'getitem', 'reshape', 'view', 'permute', 'transpose', 'unsqueeze', 'squeeze', 'expand', 'contiguous',
           'repeat', 'cat', 'gather', 'argsort', 'flatten', 'narrow', 'masked_fill', 'flip', 'split', 'chunk', 'stack',
           'along_each', 'roll', 'tril', 'triu', 'ValuesIndices', 'sort', 'max_', 'min_', 'topk']

# %% tensor-imports
import functools
import math
import operator
from typing import NamedTuple

import numpy as np

from .. import _arrays, _special

# %% tensor-as-array
def as_array(data, dtype=None):
    """A copy of `data` as a NumPy array, in the dtype that a Tensor keeps it in.

    >>> as_array([1, 2]).dtype, as_array(np.array([1, 2])).dtype
    (dtype('float32'), dtype('int64'))
    """
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-class
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

# %% tensor-repr
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

# %% tensor-helpers
def tensors_in(args):
    """The Tensors among `args`, those in lists and tuples included, in order."""
    found = []
    for a in args:
        if isinstance(a, Tensor):
            found.append(a)
        elif isinstance(a, (list, tuple)):
            found += tensors_in(a)
    return found

# %% tensor-unwrap
def unwrap(args):
    """`args` with every Tensor replaced by its array."""
    if isinstance(args, (list, tuple)):
        return type(args)([a.data if isinstance(a, Tensor) else unwrap(a) for a in args])
    return args.data if isinstance(args, Tensor) else args

# %% tensor-opened
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

# %% tensor-wrap
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

# %% tensor-seam
class Recipe:
    """How a tensor was made: `op(*args, **kwargs)`. arrays: the arguments as `op.forward` got them, if at hand."""

    __slots__ = ("op", "args", "kwargs", "arrays")  # nothing else: one is made for every result

    def __init__(self, op, args, kwargs, arrays=None):
        self.op, self.args = op, args
        self.kwargs, self.arrays = kwargs, arrays


class Seam:
    """Where every op passes. Later modules replace `call` for a while, to count, trace or quantize."""

    recording, call = True, None

# %% tensor-apply
def apply(f, args, kwargs):
    """The result of the op `f` on `args` and `kwargs`, as a Tensor that remembers its recipe.

    >>> apply(triple, (Tensor([1, 2]),), {})        # where triple.forward = lambda a: 3 * a
    tensor([3., 6.])
    """
    inputs, arrays = opened(args)
    out = wrap(promote(f.forward(*arrays, **kwargs), inputs, kwargs.get("dtype")))
    wanted = [t for t in inputs if t.requires_grad]
    if wanted and Seam.recording and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs, arrays)
    return out

# %% tensor-op
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
        return Seam.call(lifted, args, kwargs)

    lifted.forward, lifted.__name__ = forward, forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-creation
class Random:
    """Where all random numbers of the framework come from."""

    generator = np.random.default_rng()


def manual_seed(seed):
    """Start the random numbers anew: the same seed gives the same numbers."""
    Random.generator = np.random.default_rng(seed)

# %% tensor-tensor
def tensor(data, dtype=None, requires_grad=False):
    """A Tensor of `data` in the dtype that PyTorch infers: integers stay integers, floats are float32."""
    found = np.asarray(data)
    keep = found.dtype if found.dtype.kind in "biu" and found.size else None
    return Tensor(data, dtype or keep, requires_grad)


def _sizes(shape):
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape

# %% tensor-constant
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

# %% tensor-ranges
def arange(start=0, end=None, step=1, dtype=None, requires_grad=False):
    """start, start + step, … below end; `arange(n)` is 0, 1, …, n - 1."""
    return tensor(np.arange(*((0, start) if end is None else (start, end)), step), dtype, requires_grad)


def linspace(start, end, steps, dtype=np.float32, requires_grad=False):
    """`steps` numbers at equal distances, from start to end, both included."""
    return Tensor(np.linspace(float(start), float(end), steps), dtype, requires_grad)

# %% tensor-random
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

# %% tensor-like
def like(make):
    """The function that makes what `make` does, in the shape and dtype of a tensor unless another dtype is given."""
    return lambda t, dtype=None, requires_grad=False: make(t.shape, dtype=dtype or t.dtype, requires_grad=requires_grad)


zeros_like, ones_like, rand_like, randn_like = map(like, (zeros, ones, rand, randn))


def full_like(t, fill_value, dtype=None, requires_grad=False):
    """`fill_value` in the shape and dtype of `t`."""
    return full(t.shape, fill_value, dtype or t.dtype, requires_grad)

# %% tensor-arithmetic
@op
def add(a, b):
    """a + b."""
    return a + b


@op
def mul(a, b):
    """a * b, element by element."""
    return a * b

# %% tensor-more-arithmetic
sub, neg, pow_ = map(op, (operator.sub, operator.neg, operator.pow))


@op
def div(a, b):
    """a / b, always a float."""
    return np.true_divide(a, b)

# %% tensor-swapped
def swapped(f):
    """The function of (a, b) that gives f(b, a).

    >>> swapped(sub)(Tensor(1), 10)
    tensor(9.)
    """
    return lambda a, b: f(b, a)

# %% tensor-operators
Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = mul
Tensor.__sub__, Tensor.__rsub__ = sub, swapped(sub)
Tensor.__truediv__, Tensor.__rtruediv__ = div, swapped(div)
Tensor.__pow__, Tensor.__rpow__ = pow_, swapped(pow_)
Tensor.__neg__ = neg

# %% tensor-broadcast-shapes
def broadcast_shapes(a, b):
    """The shape of the result when arrays of shapes `a` and `b` are combined.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {tuple(a)} and {tuple(b)} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-matmul
@op
def matmul(a, b):
    """The matrix product a @ b: (…, n, k) and (…, k, m) give (…, n, m); vectors count as one row or column.

    >>> matmul(Tensor([[1, 2]]), Tensor([[3], [4]]))
    tensor([[11.]])
    """
    if 0 in (np.ndim(a), np.ndim(b)):
        raise ValueError(f"matmul: A is {np.shape(a)}, B is {np.shape(b)}: a number without axes is multiplied with *")
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if b.ndim <= 2 else "second to last"
        reason = f"A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: {reason}")
    return _arrays.matmul(a, b)


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-elementwise
def elementwise(f):
    """The op of NumPy's `f`. Integers become float32 first: NumPy would take the root of a uint8 in float16."""

    def forward(a):
        return f(a if a.dtype.kind == "f" else a.astype(np.float32))

    forward.__name__, forward.__doc__ = f.__name__, f"{f.__name__} of each element."
    return op(forward)


exp, log, sqrt, sin, cos, tanh = map(elementwise, (np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh))
sign, maximum, minimum = map(op, (np.sign, np.maximum, np.minimum))

# %% tensor-abs
abs_ = op(operator.abs)
erf = op(_special.erf)  # the error function, 2/√π ∫ exp(-t²) dt from 0 to each element

# %% tensor-clip
@op
def clip(a, min=None, max=None):
    """Each element, but at least `min` and at most `max` (None: no bound)."""
    return np.clip(a, min, max)


where = op(_arrays.where)  # a where the condition is true, b elsewhere

Tensor.clamp = clamp = clip
Tensor.where = lambda self, condition, other: where(condition, self, other)

# %% tensor-to
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

# %% tensor-comparisons
eq, ne, lt, le, gt, ge = map(op, (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge))
Tensor.__eq__, Tensor.__ne__, Tensor.__hash__ = eq, ne, object.__hash__
Tensor.__lt__, Tensor.__le__, Tensor.__gt__, Tensor.__ge__, Tensor.__abs__ = lt, le, gt, ge, abs_

# %% tensor-reading
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

# %% tensor-size
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

# %% tensor-reductions
def _axes(dim):
    return (tuple(dim) or None) if isinstance(dim, (list, tuple)) else dim


def _total(a):
    return np.int64 if a.dtype.kind == "u" else None  # NumPy would add up uint8 to uint64


@op
def sum_(a, dim=None, keepdim=False, dtype=None):
    """The sum over the axes `dim` (a number or several; None: all)."""
    return _arrays.sums(a, _axes(dim), dtype or _total(a), keepdim)

# %% tensor-prod
@op
def prod(a, dim=None, keepdim=False, dtype=None):
    """The product over axis `dim` (None: all)."""
    return np.prod(a, _axes(dim), dtype or _total(a), keepdims=keepdim)


@op
def cumsum(a, dim, dtype=None):
    """The running sum along `dim`."""
    return np.cumsum(a, dim, dtype or _total(a))

# %% tensor-extremes
def reduction(f):
    """The op of NumPy's `f` over the axes `dim`."""

    def forward(a, dim=None, keepdim=False):
        return f(a, _axes(dim), keepdims=keepdim)

    forward.__name__, forward.__doc__ = f.__name__, f"{f.__name__} over the axes `dim` (None: all)."
    return op(forward)


amax, amin, argmax, argmin, any_, all_ = map(reduction, (np.amax, np.amin, np.argmax, np.argmin, np.any, np.all))

# %% tensor-count
def count(a, dim=None):
    """How many elements of `a` go into each result of a reduction over `dim`."""
    dims = range(a.ndim) if dim in (None, (), []) else [dim] if isinstance(dim, int) else dim
    return math.prod(a.shape[d] if a.ndim else 1 for d in dims)

# %% tensor-mean
@method
def mean(a, dim=None, keepdim=False):
    """The arithmetic mean over the axes `dim` (None: all).

    >>> Tensor([[1, 2], [3, 6]]).mean(dim=1)
    tensor([1.5, 4.5])
    """
    return sum_(a, dim, keepdim) / count(a, dim)

# %% tensor-corrected
def corrected(f):
    """The method f(a, dim, correction, keepdim), which takes PyTorch's older `unbiased` (False: 0) as well."""

    def either(a, dim=None, correction=1, keepdim=False, unbiased=True):
        dim, unbiased = (None, dim) if isinstance(dim, bool) else (dim, unbiased)
        return f(a, dim, min((1 if correction is None else correction) * unbiased, count(a, dim)), keepdim)

    return method(functools.wraps(f)(either))

# %% tensor-var
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    """The variance over the axes `dim`: squared distances from the mean, summed, over n - correction.

    >>> Tensor([1, 2, 3]).var()
    tensor(1.)
    """
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    """The standard deviation over the axes `dim`: the root of the variance."""
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-indexing
@op
def getitem(a, key):
    """a[key], with numbers, slices, None, … and tensors of integers or booleans as in NumPy."""
    return a[key]


def _setitem(self, key, value):
    if self.requires_grad and Seam.recording:
        raise RuntimeError("a tensor that requires a gradient cannot be written into: its recipe would be wrong")
    self.data[unwrap(key)] = unwrap(value)


Tensor.__getitem__, Tensor.__setitem__ = getitem, _setitem

# %% tensor-reshape
@op
def reshape(a, *shape):
    """The same numbers, in the same order, in another shape; one length may be -1."""
    return a.reshape(_sizes(shape))


@op
def view(a, *shape):
    """Like reshape, but an error where the memory would have to be copied."""
    return a.reshape(_sizes(shape), copy=False)

# %% tensor-permute
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

# %% tensor-squeeze
@op
def unsqueeze(a, dim):
    """A new axis of length 1 at `dim`."""
    return np.expand_dims(a, dim)


@op
def squeeze(a, dim=None):
    """Without the axes of length 1 (with `dim`: only those of them)."""
    dims = range(a.ndim) if dim is None else np.atleast_1d(dim)
    return a.squeeze(tuple(int(d) for d in dims if a.ndim and a.shape[d] == 1))

# %% tensor-expand
@op
def expand(a, *shape):
    """Axes of length 1 repeated up to `shape` without copying; -1 keeps an axis as it is."""
    sizes = _sizes(shape)
    own = (1,) * (len(sizes) - a.ndim) + a.shape
    return np.broadcast_to(a, [m if n == -1 else n for m, n in zip(own, sizes, strict=True)])

# %% tensor-copies
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

# %% tensor-gather
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

# %% tensor-flatten
@method
def flatten(a, start_dim=0, end_dim=-1):
    """The axes from start_dim to end_dim, both included, joined into one; a tensor without axes becomes a (1,).

    >>> zeros(2, 3, 4).flatten(1).shape
    (2, 12)
    """
    shape = a.shape or (1,)
    start, end = range(len(shape))[start_dim], range(len(shape))[end_dim]
    return reshape(a, *shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])

# %% tensor-narrow
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

# %% tensor-split
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

# %% tensor-stack
def stack(tensors, dim=0):
    """Tensors of one shape laid along a new axis `dim`.

    >>> stack([Tensor([1, 2]), Tensor([3, 4])], dim=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    return cat([unsqueeze(t, dim) for t in tensors], dim)

# %% tensor-along-each
def along_each(f):
    """The method f(a, shifts, dims) for several axes, one after another, or for none: then as if `a` were one row."""

    def several(a, shifts, dims=None):
        if dims is None:
            return reshape(f(flatten(a), shifts, 0), a.shape)
        pairs = zip(np.atleast_1d(shifts), np.atleast_1d(dims), strict=True)
        return functools.reduce(lambda t, pair: f(t, *map(int, pair)), pairs, a)

    return method(functools.wraps(f)(several))

# %% tensor-roll
@along_each
def roll(a, shifts, dims):
    """The elements moved by `shifts` places along the axis `dims`, round the end.

    >>> Tensor([1, 2, 3, 4]).roll(1, 0)
    tensor([4., 1., 2., 3.])
    """
    n = a.shape[dims]
    shift = shifts % max(n, 1)
    return cat([narrow(a, dims, n - shift, shift), narrow(a, dims, 0, n - shift)], dims)

# %% tensor-tril
@method
def tril(a, diagonal=0):
    """The last two axes below their diagonal, 0 above it, in the dtype of `a`.

    >>> ones(2, 3).tril()
    tensor([[1., 0., 0.],
            [1., 1., 0.]])
    """
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a, False)


@method
def triu(a, diagonal=0):
    """The last two axes above their diagonal, 0 below it."""
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-sort
class ValuesIndices(NamedTuple):
    """Elements and the places they came from."""

    values: Tensor
    indices: Tensor


@method
def sort(a, dim=-1, descending=False, stable=True):
    """The elements in order along `dim`, and where they stood; always stable."""
    order = argsort(a, dim, descending)
    return ValuesIndices(gather(a, dim, order), order)

# %% tensor-max
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

# %% tensor-topk
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along `dim`, in order whatever `sorted` says, and where they stood.

    >>> Tensor([1, 9, 4]).topk(2).values
    tensor([9., 4.])
    """
    values, indices = sort(a, dim, descending=largest)
    return ValuesIndices(narrow(values, dim, 0, k), narrow(indices, dim, 0, k))

# %% tensor-builtin-names
def __getattr__(name):
    """Let `tinytorch.core.tensor.sum` be `sum_`, and so on, without hiding Python's own names in this file."""
    if f"{name}_" in globals():
        return globals()[f"{name}_"]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
