"""What NumPy lacks or does slowly, on arrays: error functions, a choice without branches, products, sums, margins.

erf: in float32, erf(x) = tanh(x p(x²)): one polynomial, and NumPy's fast tanh. In float64, one ratio of polynomials on
each side of ½ (W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23, 1969).
"""

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}
AT_A_TIME = 1 << 16  # numbers, so that what is computed on the way stays in the processor's cache

# p, from the highest power down: least squares, reweighted until the largest relative error of erf was smallest.
# For -4.5 <= x <= 4.5; further out x p(x²) goes on growing, and its tanh is ±1, as erf is to all digits of a float32.
SINGLE = (1.41852016e-7, -5.66847229e-6, 8.76373092e-5, -6.19784617e-4, -1.91830842e-4, 1.02769056e-1, 1.12837927)

# The same for 2 Φ(x) - 1 = tanh(x p(x²)), until its largest absolute error was smallest. For -5.9 <= x <= 5.9.
SINGLE_CDF = (
    1.75617883e-9,
    -1.32263606e-7,
    3.96474746e-6,
    -5.53062086e-5,
    -3.25949441e-5,
    3.63330845e-2,
    7.97884941e-1,
)

# numerators and denominators, from the highest power down
NEAR = (
    (0.185777706184603153, 3.16112374387056560, 113.864154151050156, 377.485237685302021, 3209.37758913846947),
    (1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062),
)
FAR = (
    (
        *(2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295),
        *(298.635138197400131, 881.952221241769090, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725),
    ),
    (
        *(1.0, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019),
        *(3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942),
    ),
)


ROOT, CUBE = math.sqrt(2 / math.pi), 0.044715  # of GELU's formula with tanh
COLUMNS = 2**18  # numbers in columns, a megabyte in float32
NARROW, SEVERAL = 16, 8  # places in a row; images
SMALL = 2048  # elements; below, NumPy's where and sum are faster
LONGEST_ROW = 1024  # elements that a product adds up one after another; NumPy adds pairs, which costs fewer digits
FEW_ROWS, SMALL_PRODUCT = 32, 10**6  # rows; multiplications, up to which OpenBLAS has code for small products


def where(condition: np.ndarray, a, b) -> np.ndarray:
    """As np.where, in a tenth of its time where the condition is hard to predict: by products of bits with 1 and 0."""
    condition, kind = np.asarray(condition), np.result_type(a, b)
    if condition.size < SMALL or condition.dtype != bool or kind not in BITS:
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


def inner(lengths: Sequence[int], widths: Sequence[tuple[int, int]]) -> tuple[tuple, tuple]:
    """Two indices: where an image stands in one with (before, after) more along each axis, and what of it is kept."""
    pairs = list(zip(lengths, widths, strict=True))
    inside = [slice(max(before, 0), n + before + min(after, 0)) for n, (before, after) in pairs]
    kept = [slice(max(-before, 0), n + min(after, 0)) for n, (before, after) in pairs]
    return (..., *inside), (..., *kept)


def padded(a: np.ndarray, widths: Sequence[tuple[int, int]], value=0) -> np.ndarray:
    """`a` with (before, after) more along each of its last axes, filled with `value`; negative: cut off."""
    if not any(map(any, widths)):
        return a
    lengths = a.shape[a.ndim - len(widths) :]
    outer = [n + sum(pads) for n, pads in zip(lengths, widths, strict=True)]
    out = np.full((*a.shape[: a.ndim - len(widths)], *outer), value, a.dtype)
    inside, kept = inner(lengths, widths)
    out[inside] = a[kept]
    return out


def opposite(widths: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The widths that cut off what `widths` add."""
    return tuple((-before, -after) for before, after in widths)


def lowest(a: np.ndarray):
    """What is never larger than a number of the array's dtype."""
    return -np.inf if a.dtype.kind == "f" else np.iinfo(a.dtype).min


def together(x: np.ndarray, kernel: Sequence[int], places: Sequence[int]) -> int:
    """How many of the images x (N, C, H, W) to work on at a time: as many as have a megabyte of columns; or 1."""
    return max(1, min(len(x), COLUMNS // max(1, x.shape[1] * math.prod((*kernel, *places)))))


def is_narrow(g: np.ndarray, stride: Sequence[int]) -> bool:
    """Whether g (N, O, oh, ow), made with this stride, has rows so short that images are better laid abreast."""
    return len(g) >= SEVERAL and g.shape[3] < NARROW and stride[1] == 1


def abreast(
    *arrays: np.ndarray, taps: int, padding: Sequence[tuple[int, int]], dilation: Sequence[int]
) -> Iterator[tuple[int, list[np.ndarray], dict]]:
    """Some images after others of arrays (N, C, H, W), n of them in one, (1, C, H, W * n): n, the arrays, the options.

    Pixels of the same place stand side by side, one of each image, so that a short row becomes a long one. To the
    right, the next pixel of the same image is n further on: what padding and dilation are then is in the options. The
    first array has the shape of the convolution's result, of which each number is made of as many as `taps`.
    """
    at_once = max(1, 4 * COLUMNS // max(1, taps * math.prod(arrays[0].shape[2:])))
    for start in range(0, len(arrays[0]), at_once):
        parts = [a[start : start + at_once].transpose(1, 2, 3, 0) for a in arrays]
        n, (above, beside) = parts[0].shape[3], padding
        options = {"padding": (above, tuple(n * p for p in beside)), "dilation": (dilation[0], n * dilation[1])}
        yield n, [p.reshape(1, *p.shape[:2], -1) for p in parts], options


def apart(wide: np.ndarray, n: int) -> np.ndarray:
    """The n images (n, C, H, W) that stand abreast in one, (1, C, H, W * n)."""
    return wide.reshape(*wide.shape[1:3], -1, n).transpose(3, 0, 1, 2)


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


def row_max(a: np.ndarray) -> np.ndarray:
    """The largest element along the last axis, which stays with length 1, in half the time of np.max."""
    return np.take_along_axis(a, a.argmax(-1, keepdims=True), -1)


def vecdot(a: np.ndarray, b: np.ndarray, dim: int = -1) -> np.ndarray:
    """The sum of a * b, arrays of one shape, along `dim`, which stays with length 1."""
    if np.ndim(a) and a.strides[dim] == b.strides[dim] == a.itemsize:
        return np.expand_dims(np.vecdot(a, b, axis=dim), dim)
    return np.sum(a * b, dim, keepdims=True)  # elsewhere vecdot would jump through memory


def exp_less_one_at(a: np.ndarray, dim: int, index: np.ndarray) -> np.ndarray:
    """exp(a), less 1 at the places `index` along `dim`, which has length 1 there."""
    out = np.exp(a)
    np.put_along_axis(out, index, np.take_along_axis(out, index, dim) - 1, dim)
    return out


def erf(a: np.ndarray) -> np.ndarray:
    """2/√π ∫ exp(-t²) dt from 0 to each element, in its dtype (integers: float32), to 4 units of the last digit."""
    return _in_pieces(a, _single, _double)


def normal_cdf(a: np.ndarray) -> np.ndarray:
    """Φ, the probability that a normal random number is smaller, ½ (1 + erf(a / √2)); in float32 to 1e-7."""
    return _in_pieces(a, _single_cdf, _double_cdf)


def normal_pdf(a: np.ndarray) -> np.ndarray:
    """The slope of Φ at each element, exp(-a² / 2) / √(2π): the bell curve."""
    return _in_pieces(a, _bell, _bell)


def tanh_cdf(a: np.ndarray) -> np.ndarray:
    """½ (1 + tanh(√(2/π) (x + 0.044715 x³))) of each element x: close to Φ."""
    return _in_pieces(a, _tanh_cdf, _tanh_cdf)


def gelu_gradient(a: np.ndarray, cdf: np.ndarray, g: np.ndarray, approximate: str) -> np.ndarray:
    """g times the slope of x Φ(x) at each element x of a, where Φ is `cdf`: cdf + x φ(x), with φ the slope of Φ.

    approximate: "none" for `normal_cdf`, "tanh" for `tanh_cdf`, of which φ is √(8/π) (1 + 3 · 0.044715 x²) Φ (1 - Φ).
    """
    function = _gelu_gradient if approximate == "none" else _gelu_tanh_gradient
    return _in_pieces(a, function, function, cdf, g)


def _gelu_gradient(x: np.ndarray, out: np.ndarray, cdf: np.ndarray, g: np.ndarray) -> None:
    _bell(x, out)
    out *= x
    out += cdf
    out *= g


def _gelu_tanh_gradient(x: np.ndarray, out: np.ndarray, cdf: np.ndarray, g: np.ndarray) -> None:
    _polynomial((3 * CUBE * 2 * ROOT, 2 * ROOT), x * x, out)
    out *= 1 - cdf
    out *= x
    out += 1
    out *= cdf
    out *= g


def _tanh_cdf(x: np.ndarray, out: np.ndarray) -> None:
    _polynomial((CUBE * ROOT, ROOT), x * x, out)
    out *= x
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5


def _in_pieces(a: np.ndarray, single: Callable, double: Callable, *more: np.ndarray) -> np.ndarray:
    """A function of each element: f(x, out, *more) fills `out`, in float32 (single) or float64 (double), from x.

    more: arrays of a's shape, of which f gets the same elements.
    """
    function, kind = (double, np.float64) if a.dtype == np.float64 else (single, np.float32)
    numbers = a.reshape(-1).astype(kind, casting="same_kind", copy=False)
    out, more = np.empty_like(numbers), [m.reshape(-1) for m in more]
    with np.errstate(over="ignore"):  # of the largest numbers the powers are infinite, and their tanh is right
        for start in range(0, numbers.size, AT_A_TIME):
            piece = slice(start, start + AT_A_TIME)
            function(numbers[piece], out[piece], *(m[piece] for m in more))
    return out.reshape(a.shape).astype(a.dtype if a.dtype.kind == "f" else kind, copy=False)


def _single(x: np.ndarray, out: np.ndarray, coefficients: Sequence[float] = SINGLE) -> None:
    y = _polynomial(coefficients, x * x, out)
    y *= x
    np.tanh(y, out=y)


def _single_cdf(x: np.ndarray, out: np.ndarray) -> None:
    _single(x, out, SINGLE_CDF)
    out *= 0.5
    out += 0.5


def _double(x: np.ndarray, out: np.ndarray) -> None:
    near, far = np.clip(x, -0.5, 0.5), np.clip(np.abs(x), 0.5, 6)
    inner = near * _ratio(NEAR, near * near)
    outer = 1 - np.exp(-far * far) * _ratio(FAR, far)
    out[...] = np.where(near == x, inner, np.copysign(outer, x))


def _double_cdf(x: np.ndarray, out: np.ndarray) -> None:
    _double(x * math.sqrt(0.5), out)
    out *= 0.5
    out += 0.5


def _bell(x: np.ndarray, out: np.ndarray) -> None:
    np.multiply(x, x, out=out)
    out *= -0.5
    np.exp(out, out=out)
    out *= 1 / math.sqrt(2 * math.pi)


def _ratio(polynomials: Sequence[Sequence[float]], x: np.ndarray) -> np.ndarray:
    numerator, denominator = (_polynomial(coefficients, x) for coefficients in polynomials)
    return numerator / denominator


def _polynomial(coefficients: Sequence[float], x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """c0 xⁿ + … + cn by Horner's rule, in place: in `out`, if given."""
    y = np.multiply(x, coefficients[0], out=out)
    y += coefficients[1]
    for c in coefficients[2:]:
        y *= x
        y += c
    return y
