"""Ten curves, one of which stands between any two layers of a network."""

# Exported from modules/source/02_activations/activations_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['log1p', 'expm1', 'normal_cdf', 'normal_pdf', 'tanh_cdf', 'vecdot', 'relu', 'leaky_relu', 'floating', 'sigmoid',
           'silu', 'softplus', 'elu', 'tanh_slope', 'gated', 'gelu_gradient', 'gelu', 'softmax', 'detach',
           'log_softmax', 'Activation', 'ReLU', 'LeakyReLU', 'Softmax', 'Sigmoid', 'Tanh', 'LogSoftmax', 'GELU', 'SiLU',
           'ELU', 'Softplus']

# %% activations-imports
import math

import numpy as np

from .. import _arrays, _special
from .tensor import abs_, amax, erf, exp, log, maximum, method, minimum, op, sum_, tanh, where, wrap  # noqa: F401

# %% activations-relu
@method
def relu(x):
    """The larger of 0 and x, element by element.

    >>> relu(Tensor([-2, 0, 3]))
    tensor([0., 0., 3.])
    """
    return where(x <= 0, 0, x)  # as maximum(x, 0), but with a slope of 0 at 0, as PyTorch has it

# %% activations-leaky-relu
def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, negative_slope * x elsewhere.

    >>> leaky_relu(Tensor([-2, 0, 3]), 0.1)
    tensor([-0.2,  0. ,  3. ])
    """
    return where(x > 0, x, negative_slope * x)

# %% activations-floating
def floating(x, dtype=None):
    """The Tensor or array x, or a copy with floats where its numbers are whole; the Tensor x in `dtype`, if given."""
    if dtype is not None:
        return x.to(dtype)
    return x if x.dtype.kind == "f" else x * 1.0

# %% activations-sigmoid
@op
def sigmoid(a):
    """1 / (1 + exp(-a)), to full precision for every a, however small the result.

    >>> sigmoid(Tensor([-1000, 0, 1000]))
    tensor([0. , 0.5, 1. ])
    """
    a = floating(a)
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)

# %% activations-silu
def silu(x):
    """x * sigmoid(x).

    >>> silu(Tensor([-1000, 0, 1000]))
    tensor([  -0.,    0., 1000.])
    """
    return x * sigmoid(x)

# %% activations-log1p
log1p, expm1 = map(op, (np.log1p, np.expm1))

# %% activations-softplus
def softplus(x, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold.

    >>> softplus(Tensor([-1000, 0, 30]))
    tensor([ 0.    ,  0.6931, 30.    ])
    """
    z = beta * x
    minus_size = where(z > 0, -z, z)  # -|z|; its kink at 0 and that of relu cancel, in each derivative
    return where(z > threshold, x, (relu(z) + log1p(exp(minus_size))) / beta)

# %% activations-elu
def elu(x, alpha=1.0):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere.

    >>> elu(Tensor([-1000, 0, 30]), alpha=0.5)
    tensor([-0.5,  0. , 30. ])
    """
    below = where(x <= 0, x, 0)  # where computes both sides: the exponential must not see large numbers
    return where(x <= 0, alpha * expm1(below), x)

# %% activations-normal-cdf
normal_cdf, normal_pdf = map(op, (_special.normal_cdf, _special.normal_pdf))

# %% activations-tanh-cdf
tanh_cdf = op(_special.tanh_cdf)


def tanh_slope(x, cdf):
    """The slope of `tanh_cdf` at x, where it is `cdf`."""
    return math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * x * x) * cdf * (1 - cdf)

# %% activations-gated
@op
def gated(x, cdf, approximate="none"):
    """x * cdf, where cdf is Φ(x): `normal_cdf`, or `tanh_cdf` if approximate is "tanh"."""
    return x * cdf


def gelu_gradient(x, cdf, g, approximate):
    """g times the slope of `gated(x, cdf, approximate)`, in which cdf moves with x, of Tensors or arrays."""
    if isinstance(x, np.ndarray):
        return _special.gelu_gradient(x, cdf, g, approximate)  # the same, in less time
    return g * (cdf + x * (normal_pdf(x) if approximate == "none" else tanh_slope(x, cdf)))



# %% activations-gelu
def gelu(x, approximate="none"):
    """x * Φ(x), with Φ by erf ("none") or by a formula with tanh ("tanh").

    >>> gelu(Tensor([-1, 0, 1]))
    tensor([-0.1587,  0.    ,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    cdf = normal_cdf(x) if approximate == "none" else tanh_cdf(x)
    return gated(x, cdf, approximate)

# %% activations-softmax
@op
def softmax(a, dim=-1, *, dtype=None):
    """exp(a) over the sum of exp(a) along `dim`: positive numbers that add up to 1.

    >>> softmax(Tensor([1000, 1000, 0]))
    tensor([0.5, 0.5, 0. ])
    """
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    e /= e.sum(dim, keepdims=True)  # in its own memory
    return e

# %% activations-vecdot
vecdot = op(_arrays.vecdot)  # the sum of a * b along `dim`, which stays with length 1

# %% activations-detach
@method
def detach(t):
    """A tensor on the same memory that depends on nothing."""
    return wrap(t.data)

# %% activations-log-softmax
@method
def log_softmax(x, dim=-1, *, dtype=None):
    """The logarithm of softmax(x, dim), also where the probability is too small for a float.

    >>> log_softmax(Tensor([0, -1000]))
    tensor([    0., -1000.])
    """
    x = floating(x, dtype)
    z = x - amax(x.detach(), dim, keepdim=True)
    return z - log(sum_(exp(z), dim, keepdim=True))

# %% activations-base
class Activation:
    """A function with its settings: called on a Tensor, it gives a Tensor of the same shape."""

    def __call__(self, x):
        """What `forward` gives."""
        return self.forward(x)

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"

# %% activations-classes
class ReLU(Activation):
    """The larger of 0 and x."""

    def forward(self, x):
        """`relu` of x."""
        return relu(x)


class LeakyReLU(Activation):
    """x where x > 0, negative_slope * x elsewhere."""

    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def forward(self, x):
        """`leaky_relu` of x."""
        return leaky_relu(x, self.negative_slope)

# %% activations-softmax-class
class Softmax(Activation):
    """Probabilities along `dim`.

    >>> Softmax(dim=0)(Tensor([[1, 1], [1, 1]]))
    tensor([[0.5, 0.5],
            [0.5, 0.5]])
    """

    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        """`softmax` of x."""
        return softmax(x, self.dim)


# %% activations-squashing-classes
class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    def forward(self, x):
        """`sigmoid` of x."""
        return sigmoid(x)


class Tanh(Activation):
    """The hyperbolic tangent."""

    def forward(self, x):
        """`tanh` of x."""
        return tanh(x)


class LogSoftmax(Activation):
    """The logarithm of the probabilities along `dim`."""

    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        """`log_softmax` of x."""
        return log_softmax(x, self.dim)

# %% activations-smooth-classes
class GELU(Activation):
    """x * Φ(x); approximate: "none" or "tanh"."""

    def __init__(self, approximate="none"):
        self.approximate = approximate

    def forward(self, x):
        """`gelu` of x."""
        return gelu(x, self.approximate)


class SiLU(Activation):
    """x * sigmoid(x)."""

    def forward(self, x):
        """`silu` of x."""
        return silu(x)

# %% activations-exponential-classes
class ELU(Activation):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        """`elu` of x."""
        return elu(x, self.alpha)


class Softplus(Activation):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""

    def __init__(self, beta=1.0, threshold=20.0):
        self.beta, self.threshold = beta, threshold

    def forward(self, x):
        """`softplus` of x."""
        return softplus(x, self.beta, self.threshold)
