"""What NumPy does slowly, on arrays: a choice, products, sums, places along an axis."""

import functools
import math

import numpy as np

BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}
SMALL = 2048  # elements; below, NumPy's where and sum are faster
LONGEST_ROW = 1024  # elements that a product adds up one after another; NumPy adds pairs, which costs fewer digits
FEW_ROWS, SMALL_PRODUCT = 32, 10**6  # rows; multiplications, up to which OpenBLAS has code for small products


def where(condition: np.ndarray, a, b) -> np.ndarray:
    """As np.where, in a tenth of its time where the condition is hard to predict: by products of bits with 1 and 0."""
    condition = np.asarray(condition)
    if condition.size < SMALL or condition.dtype != bool or (kind := np.result_type(a, b)) not in BITS:
        return np.where(condition, a, b)
    chosen = (~condition if _is_zero(a) else condition).astype(BITS[kind])
    a, b = (0 if _is_zero(side) else np.asarray(side, kind).view(BITS[kind]) for side in (a, b))
    if _is_zero(a) or _is_zero(b):  # most often: a gradient, or nothing
        return ((b if _is_zero(a) else a) * chosen).view(kind)
    return ((a ^ b) * chosen ^ b).view(kind)


def _is_zero(side) -> bool:
    return type(side) is int and side == 0


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b. NumPy multiplies a batch of matrices one by one; with a single b, their rows make one tall matrix."""
    if a.ndim < 3 or b.ndim != 2 or not a.flags.c_contiguous:
        return a @ b
    rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
    return (rows @ b).reshape(*a.shape[:-1], b.shape[-1])


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
    """a @ b into out, for few rows and many columns, all contiguous: cut into pieces, if there are some of one length.

    Small matrices OpenBLAS multiplies as they lie in memory; of larger ones it makes a copy in another order first.
    """
    count = pieces(a.shape[-2], *b.shape[-2:])
    if count == 1:
        return np.matmul(a, b, out=out)
    b, parts = (m.reshape(*m.shape[:-1], count, -1).swapaxes(-3, -2) for m in (b, out))
    np.matmul(a[..., None, :, :], b, out=parts)
    return out


@functools.cache
def pieces(rows: int, inside: int, columns: int) -> int:
    """Into how many pieces of one length to cut the columns, so that they are small enough; 1 if that does not help."""
    least = math.ceil(rows * inside * columns / SMALL_PRODUCT)
    fitting = (n for n in range(least, 2 * least) if columns % n == 0)
    return next(fitting, 1) if 0 < rows <= FEW_ROWS else 1


def sums(a: np.ndarray, axes: int | tuple[int, ...] | None, dtype=None, keepdims: bool = False) -> np.ndarray:
    """As np.sum, in a fraction of its time over a short last axis, or over the first axes: by products with ones."""
    if dtype is not None or a.dtype not in BITS or a.size < SMALL or not a.flags.c_contiguous:
        return np.sum(a, axes, dtype, keepdims=keepdims)
    summed = {axis % a.ndim for axis in ((axes,) if isinstance(axes, int) else axes or ())}
    first = len(summed) if summed == {*range(len(summed))} else 0
    if summed == {a.ndim - 1} and a.shape[-1] <= LONGEST_ROW:
        out = a.reshape(-1, a.shape[-1]) @ np.ones(a.shape[-1], a.dtype)
    elif 0 < first < a.ndim:
        columns = a.reshape(math.prod(a.shape[:first]), -1)
        out = np.ones(len(columns), a.dtype) @ columns
    else:
        return np.sum(a, axes, dtype, keepdims=keepdims)
    return out.reshape([1 if i in summed else n for i, n in enumerate(a.shape) if keepdims or i not in summed])


def along(a: np.ndarray, index: np.ndarray, dim: int) -> tuple[np.ndarray, ...]:
    """What to index `a` with for the elements at the places `index` along `dim`, and each at its own place elsewhere.

    As of np.take_along_axis, in a third of the time; `index` may be shorter than `a` along the other axes.
    """
    if index.ndim != a.ndim:
        raise ValueError(f"an index of {index.ndim} axes into {a.ndim}: it needs as many")
    places = [np.arange(n).reshape(-1, *(1,) * (a.ndim - 1 - axis)) for axis, n in enumerate(index.shape)]
    places[dim] = index
    return tuple(places)


def row_max(a: np.ndarray) -> np.ndarray:
    """The largest element along the last axis, which stays with length 1, in half the time of np.max."""
    return a[along(a, a.argmax(-1, keepdims=True), -1)]


def vecdot(a: np.ndarray, b: np.ndarray, dim: int = -1) -> np.ndarray:
    """The sum of a * b, arrays of one shape, along `dim`, which stays with length 1."""
    if np.ndim(a) and a.strides[dim] == b.strides[dim] == a.itemsize:
        return np.expand_dims(np.vecdot(a, b, axis=dim), dim)
    return np.sum(a * b, dim, keepdims=True)  # elsewhere vecdot would jump through memory
