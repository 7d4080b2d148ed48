"""Special functions that NumPy lacks, on arrays: of errors, of the normal distribution, and GELU's slope.

erf: in float32, erf(x) = tanh(x p(x²)): one polynomial, and NumPy's fast tanh. In float64, one ratio of polynomials on
each side of ½ (W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23, 1969).
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from ._arrays import along

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


def exp_less_one_at(a: np.ndarray, dim: int, index: np.ndarray) -> np.ndarray:
    """exp(a), less 1 at the places `index` along `dim`, which has length 1 there."""
    out = np.exp(a)
    out[along(out, index, dim)] -= 1
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
