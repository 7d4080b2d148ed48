"""Operations that code written for PyTorch uses and no module builds, composed of what the modules have built.

Remainders, rounding and the bitwise operators are ops of their own, with their rules. `_faces` imports this file once
module 05 is built; then Tensors have these methods and operators.
"""

import math

import numpy as np

from tinytorch._arrays import along
from tinytorch._idiom import changed
from tinytorch.core import tensor as core
from tinytorch.core.activations import relu, sigmoid
from tinytorch.core.autograd import no_grad, rule
from tinytorch.core.tensor import Random, Seam, Tensor, method, op, where


def _nothing(g: Tensor, out: Tensor, *args: Tensor, **options) -> tuple:
    """The rule of what is flat: no gradient goes anywhere."""
    return tuple(where(False, g, 0) if isinstance(a, Tensor) else None for a in args)


def rounding(f):
    """The op of NumPy's `f`, which gives whole numbers; its slope is 0."""

    def forward(a, **options):
        return f(a, **options) if a.dtype.kind == "f" else a + 0

    forward.__name__, forward.__doc__ = f.__name__, f"{f.__name__} of each element."
    lifted = op(forward)
    rule(lifted)(_nothing)
    return lifted


floor, ceil, round_, trunc = map(rounding, (np.floor, np.ceil, np.round, np.trunc))


round = round_  # noqa: A001 (PyTorch's name)


@op
def remainder(a, b):
    """a - b * floor(a / b), which has the sign of b: Python's %."""
    return np.remainder(a, b)


@op
def fmod(a, b):
    """a - b * trunc(a / b), which has the sign of a: C's fmod."""
    return np.fmod(a, b)


@op
def floor_divide(a, b):
    """The whole number at or below a / b."""
    return np.floor_divide(a, b)


rule(remainder)(lambda g, out, a, b: (g, lambda: -g * floor_divide(a, b)))
rule(fmod)(lambda g, out, a, b: (g, lambda: -g * trunc(a / b)))
rule(floor_divide)(_nothing)

bitwise_and, bitwise_or, bitwise_xor, bitwise_not = (
    op(f) for f in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_not)
)

Tensor.__mod__, Tensor.__rmod__ = remainder, core.swapped(remainder)
Tensor.__floordiv__, Tensor.__rfloordiv__ = floor_divide, core.swapped(floor_divide)
Tensor.__and__ = Tensor.__rand__ = bitwise_and
Tensor.__or__ = Tensor.__ror__ = bitwise_or
Tensor.__xor__ = Tensor.__rxor__ = bitwise_xor
Tensor.__invert__ = bitwise_not


@method
def logical_and(a: Tensor, b: Tensor) -> Tensor:
    """Whether both elements are true."""
    return (a != 0) & (b != 0)


@method
def logical_or(a: Tensor, b: Tensor) -> Tensor:
    """Whether at least one of the elements is true."""
    return (a != 0) | (b != 0)


@method
def logical_xor(a: Tensor, b: Tensor) -> Tensor:
    """Whether exactly one of the elements is true."""
    return (a != 0) ^ (b != 0)


@method
def isinf(a: Tensor) -> Tensor:
    """Whether each element is infinite."""
    return core.abs_(a) == math.inf


@method
def reciprocal(a: Tensor) -> Tensor:
    """1 / a."""
    return 1 / a


@method
def log2(a: Tensor) -> Tensor:
    """The logarithm to base 2."""
    return core.log(a) / math.log(2)


@method
def log10(a: Tensor) -> Tensor:
    """The logarithm to base 10."""
    return core.log(a) / math.log(10)


@method
def lerp(a: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """a + weight * (end - a)."""
    return a + weight * (end - a)


@method
def addcmul(a: Tensor, b: Tensor, c: Tensor, *, value: float = 1) -> Tensor:
    """a + value * b * c."""
    return a + value * b * c


@method
def addcdiv(a: Tensor, b: Tensor, c: Tensor, *, value: float = 1) -> Tensor:
    """a + value * b / c."""
    return a + value * b / c


def _with_axes(name: str, t: Tensor, ndim: int) -> Tensor:
    """t, which must have that many axes."""
    if t.ndim != ndim:
        raise RuntimeError(f"{name}: expected a tensor with {ndim} axes, got one of shape {t.shape}")
    return t


@method
def mm(a: Tensor, b: Tensor) -> Tensor:
    """The product of two matrices."""
    return _with_axes("mm", a, 2) @ _with_axes("mm", b, 2)


@method
def bmm(a: Tensor, b: Tensor) -> Tensor:
    """The products of two batches of matrices, (B, n, k) and (B, k, m)."""
    if a.shape[:1] != b.shape[:1]:
        raise RuntimeError(f"bmm: expected equally many matrices, got {a.shape} and {b.shape}")
    return _with_axes("bmm", a, 3) @ _with_axes("bmm", b, 3)


@method
def mv(a: Tensor, b: Tensor) -> Tensor:
    """The product of a matrix and a vector."""
    return _with_axes("mv", a, 2) @ _with_axes("mv", b, 1)


@method
def dot(a: Tensor, b: Tensor) -> Tensor:
    """The sum of the products of two vectors of one length."""
    return _with_axes("dot", a, 1) @ _with_axes("dot", b, 1)


@method
def outer(a: Tensor, b: Tensor) -> Tensor:
    """All products of an element of the vector a and one of the vector b, (n, m)."""
    return _with_axes("outer", a, 1).unsqueeze(1) * _with_axes("outer", b, 1)


@method
def addmm(a: Tensor, b: Tensor, c: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * a + alpha * (b @ c)."""
    return beta * a + alpha * mm(b, c)


@method
def baddbmm(a: Tensor, b: Tensor, c: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * a + alpha * (b @ c) for batches of matrices."""
    return beta * a + alpha * bmm(b, c)


# shapes and places


def _moved(ndim: int, source: int | tuple, destination: int | tuple) -> list[int]:
    sources, places = ([range(ndim)[d] for d in np.atleast_1d(dims)] for dims in (source, destination))
    if len({*sources}) != len({*places}) or len({*sources}) != len(sources):
        raise RuntimeError(f"movedim: the axes {source} cannot go to the places {destination} of {ndim}")
    at = dict(zip(places, sources, strict=True))
    rest = iter([d for d in range(ndim) if d not in sources])
    return [at[d] if d in at else next(rest) for d in range(ndim)]


@method
def movedim(t: Tensor, source: int | tuple, destination: int | tuple) -> Tensor:
    """t with the axes `source` at the places `destination`; the others keep their order."""
    return core.permute(t, *_moved(t.ndim, source, destination)) if t.ndim else t


@method
def unflatten(t: Tensor, dim: int, sizes: tuple) -> Tensor:
    """The axis `dim` cut into axes of these sizes, one of which may be -1."""
    dim = range(t.ndim)[dim]
    return core.reshape(t, (*t.shape[:dim], *sizes, *t.shape[dim + 1 :]))


@method
def ravel(t: Tensor) -> Tensor:
    """All elements in one row."""
    return core.reshape(t, -1)


@method
def index_select(t: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of t along `dim` whose numbers are in `index`."""
    return t[(slice(None),) * range(t.ndim)[dim] + (index,)] if t.ndim else t[None][index[0] if index.ndim else index]


@op
def put_along(a, dim, index, src):
    """a with src, a number or an array of index's shape, in the places that gather(a, dim, index) reads."""
    out = np.array(a)
    out[along(a, index, dim)] = src
    return out


@rule(put_along)
def _(g, out, a, dim, index, src):
    return put_along(g, dim, index, 0), None, None, lambda: core.gather(g, dim, index)


@method
def scatter(t: Tensor, dim: int, index: Tensor, src: Tensor | float) -> Tensor:
    """t with src, a number or the first elements of a tensor, in the places that gather(t, dim, index) reads."""
    if isinstance(src, Tensor) and src.ndim:
        src = src[tuple(map(slice, index.shape))]
    return put_along(t, dim, index, src)


@method
def masked_select(t: Tensor, mask: Tensor) -> Tensor:
    """The elements of t where the mask is true, in one row."""
    shape = core.broadcast_shapes(t.shape, mask.shape)
    return core.expand(t, shape)[core.expand(mask, shape)]


@method
def repeat_interleave(t: Tensor, repeats: int | Tensor, dim: int | None = None, *, output_size=None) -> Tensor:
    """Each slice along `dim` (None: each element of all), `repeats` times in a row; output_size has no use."""
    t, dim = (core.reshape(t, -1), 0) if dim is None else (t, dim)
    counts = repeats.numpy() if isinstance(repeats, Tensor) else repeats
    return index_select(t, dim, core.tensor(np.repeat(np.arange(t.shape[dim]), counts)))


@method
def unfold(t: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """The windows of `size` elements along an axis, every `step`; their elements stand along a new last axis."""
    if not t.ndim:
        return unfold(t[None], dimension, size, step)[0]
    dim = range(t.ndim)[dimension]
    if not 0 <= size <= t.shape[dim] or step < 1:
        raise RuntimeError(f"unfold: no window of {size} every {step} along axis {dim} of {t.shape}")
    starts = np.arange(0, t.shape[dim] - size + 1, step)
    seen = t[(slice(None),) * dim + (core.tensor(starts[:, None] + np.arange(size)),)]
    return movedim(seen, dim + 1, -1)


@method
def expand_as(t: Tensor, other: Tensor) -> Tensor:
    """t expanded to the shape of other."""
    return core.expand(t, other.shape)


@method
def view_as(t: Tensor, other: Tensor) -> Tensor:
    """t seen in the shape of other."""
    return core.view(t, other.shape)


@method
def reshape_as(t: Tensor, other: Tensor) -> Tensor:
    """t in the shape of other."""
    return core.reshape(t, other.shape)


concat = core.cat
Tensor.swapaxes = swapaxes = core.transpose


@method
def tile(t: Tensor, dims: tuple) -> Tensor:
    """t laid side by side, as often as `dims` says along each of the last axes."""
    return core.repeat(t, *(1,) * (t.ndim - len(dims)), *dims)


def broadcast_to(t: Tensor, size: tuple) -> Tensor:
    """t expanded to a shape."""
    return core.expand(t, size)


def hstack(tensors: list[Tensor]) -> Tensor:
    """Tensors side by side: along axis 1, vectors along their only one."""
    tensors = [t if t.ndim else t[None] for t in tensors]
    return core.cat(tensors, 0 if tensors[0].ndim == 1 else 1)


def vstack(tensors: list[Tensor]) -> Tensor:
    """Tensors one below another; vectors are rows."""
    return core.cat([core.reshape(t, 1, -1) if t.ndim < 2 else t for t in tensors], 0)


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """For vectors of lengths m, n, …: each spread over a grid (m, n, …); "xy": the first two axes exchanged."""
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    lengths = tuple(t.numel() for t in tensors)
    grids = [t.reshape((-1,) + (1,) * (len(tensors) - 1 - i)).expand(lengths) for i, t in enumerate(tensors)]
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be 'ij' or 'xy', got {indexing!r}")
    return tuple(core.transpose(grid, 0, 1) if indexing == "xy" and len(grids) > 1 else grid for grid in grids)


inference_mode = no_grad

# random numbers


def randperm(n: int, *, generator: np.random.Generator | None = None, dtype=np.int64, device="cpu") -> Tensor:
    """The numbers 0 to n - 1 in random order."""
    order = (generator or Random.generator).permutation(n)
    return core.tensor(order, dtype=dtype, device=device)


@method
def bernoulli(probabilities: Tensor) -> Tensor:
    """1 with the probability that stands in each element, 0 otherwise."""
    return core.cast(core.rand(probabilities.shape) < probabilities.detach(), dtype=probabilities.dtype)


# in place


def _in_place(f):
    """The method that writes f(t, …) into t and returns it."""
    name = f"{f.__name__.rstrip('_')}_"

    def written(t: Tensor, *args, **options) -> Tensor:
        made = f(t, *args, **options)
        if not np.can_cast(made.dtype, t.dtype, "same_kind"):
            raise RuntimeError(f"{name}: numbers of {made.dtype} cannot be written into a tensor of {t.dtype}")
        t[...] = made
        return t

    written.__name__, written.__doc__ = name, f"`{f.__name__.rstrip('_')}`, written into t."
    return written


def _operator(f):
    """`+=` and its like: they write into t, unless a gradient is wanted of what is not a leaf; then the sum is new."""
    write = _in_place(f)

    def written(t: Tensor, other: Tensor | float) -> Tensor:
        leaf = t.requires_grad and t.recipe is None
        wanted = t.requires_grad or isinstance(other, Tensor) and other.requires_grad
        return f(t, other) if Seam.recording and wanted and not leaf else write(t, other)

    return written


Tensor.add, Tensor.sub, Tensor.max, Tensor.min, Tensor.gather = map(
    changed, (core.add, core.sub, core.max_, core.min_, core.gather)
)
for _f in (
    *(Tensor.add, Tensor.sub, core.mul, core.div, core.clip, core.exp, core.masked_fill, core.pow_),
    *(core.neg, core.abs_, core.sqrt, core.tanh, sigmoid, relu, floor, lerp, addcmul, addcdiv, scatter),
):
    setattr(Tensor, f"{_f.__name__.rstrip('_')}_", _in_place(_f))
Tensor.clamp_ = Tensor.clip_
Tensor.__iadd__, Tensor.__isub__, Tensor.__imul__, Tensor.__itruediv__, Tensor.__ipow__ = map(
    _operator, (core.add, core.sub, core.mul, core.div, core.pow_)
)
Tensor.normal_ = _in_place(lambda t, mean=0.0, std=1.0: core.randn(t.shape, dtype=t.dtype) * std + mean)
Tensor.bernoulli_ = _in_place(lambda t, p=0.5: bernoulli(core.full(t.shape, p, dtype=t.dtype)))
Tensor.uniform_ = _in_place(lambda t, a=0.0, b=1.0: core.rand(t.shape, dtype=t.dtype) * (b - a) + a)
