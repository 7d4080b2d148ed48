"""Activations that PyTorch has besides those of module 02, and a few small layers, composed of what modules build."""

import math

from tinytorch._idiom import norm
from tinytorch.core.activations import elu, sigmoid, softmax, softplus
from tinytorch.core.layers import Dropout, Module, Parameter
from tinytorch.core.tensor import Tensor, abs_, broadcast_shapes, maximum, ones, rand, sum_, tanh, where


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """The larger of 0 and x, at most 6."""
    return hardtanh(input, 0.0, 6.0)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x, but at least min_val and at most max_val; flat at both."""
    return where(input <= min_val, min_val, where(input >= max_val, max_val, input))


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """A line from 0 at -3 to 1 at 3, flat outside."""
    line = where(input == input, input / 6 + 0.5, math.nan)
    return where(input <= -3, 0, where(input >= 3, 1, line))


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * hardsigmoid(x)."""
    return where(input <= -3, 0, where(input >= 3, input, input * (input + 3) / 6))


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x))."""
    return input * tanh(softplus(input))


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x, and alpha * (exp(x / alpha) - 1) below 0."""
    return elu(input / alpha) * alpha


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """ELU, scaled so that mean 0 and variance 1 stay (G. Klambauer and others, 2017)."""
    return 1.0507009873554805 * elu(input, 1.6732632423543772)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along dim times the sigmoid of the second."""
    if input.shape[dim] % 2:
        raise RuntimeError(f"glu: axis {dim} of {input.shape} has no two halves")
    first, second = input.chunk(2, dim)
    return first * sigmoid(second)


def logsigmoid(input: Tensor) -> Tensor:
    """The logarithm of sigmoid(x)."""
    return -softplus(-input, 1.0, math.inf)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (1 + abs_(input))


def softmin(input: Tensor, dim: int = -1, dtype: object = None) -> Tensor:
    """softmax(-x)."""
    return softmax(-input, dim, dtype=dtype)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return input - tanh(input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is larger than the threshold, else value."""
    return where(input <= threshold, value, input)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, elsewhere weight * x; weight: one number, or one for each channel (axis 1)."""
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() not in (1, channels) or weight.ndim > 1:
        raise RuntimeError(f"prelu: expected 1 or {channels} weights for an input {input.shape}, got {weight.shape}")
    shape = (-1,) + (1,) * (input.ndim - 2) if weight.numel() > 1 else (1,) * input.ndim
    return where(input > 0, input, weight.reshape(shape) * input)


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x over its p-norm along dim, which counts as at least eps."""
    return input / maximum(norm(input, p, dim, True), eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between the vectors along dim; each length counts as at least eps."""
    shape = broadcast_shapes(x1.shape, x2.shape)
    first, second = (normalize(x.expand(shape), 2, dim, eps) for x in (x1, x2))
    return sum_(first * second, dim)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """x (N, C, …) with each channel of each example set to 0 with probability p, the others divided by 1 - p."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout2d: p must lie between 0 and 1, got {p}")
    if p == 0 or not training:
        return input
    kept = rand(*input.shape[:2], *(1,) * (input.ndim - 2)) >= p
    return where(kept, input * (1 / (1 - p) if p < 1 else 1.0), 0)


class Settings(Module):
    """A layer that is a function with settings, which `defaults` names in PyTorch's order; `inplace` does nothing."""

    function, defaults = None, {}

    def __init__(self, *args, **options):
        super().__init__()
        given = dict(zip([*self.defaults, "inplace"], args, strict=False)) | options
        unknown = [name for name in given if name not in (*self.defaults, "inplace")]
        if unknown or len(args) > len(self.defaults) + 1:
            raise TypeError(
                f"{type(self).__name__} takes {', '.join([*self.defaults, 'inplace'])}; got {args}, {options}"
            )
        vars(self).update({**self.defaults, **given})
        missing = [name for name in self.defaults if getattr(self, name) is ...]
        if missing:
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")

    def forward(self, *inputs):
        """The function of the inputs."""
        return type(self).function(*inputs, **{name: getattr(self, name) for name in self.defaults})

    def extra_repr(self):
        """The settings."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.defaults)


def _layer(name: str, f, **defaults) -> type:
    return type(name, (Settings,), {"__doc__": f.__doc__, "function": staticmethod(f), "defaults": defaults})


ReLU6, Hardsigmoid, Hardswish = (
    _layer("ReLU6", relu6),
    _layer("Hardsigmoid", hardsigmoid),
    _layer("Hardswish", hardswish),
)
Hardtanh = _layer("Hardtanh", hardtanh, min_val=-1.0, max_val=1.0)
Mish, CELU, SELU = _layer("Mish", mish), _layer("CELU", celu, alpha=1.0), _layer("SELU", selu)
GLU, LogSigmoid, Softsign = _layer("GLU", glu, dim=-1), _layer("LogSigmoid", logsigmoid), _layer("Softsign", softsign)
Softmin, Tanhshrink = _layer("Softmin", softmin, dim=-1), _layer("Tanhshrink", tanhshrink)
Threshold = _layer("Threshold", threshold, threshold=..., value=...)
CosineSimilarity = _layer("CosineSimilarity", cosine_similarity, dim=1, eps=1e-8)


class PReLU(Module):
    """A leaky ReLU whose slope, `weight` (num_parameters,), is learned."""

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(ones(num_parameters) * init)

    def forward(self, input):
        """`prelu` of input."""
        return prelu(input, self.weight)

    def extra_repr(self):
        """How many slopes there are."""
        return f"num_parameters={self.num_parameters}"


class Dropout2d(Dropout):
    """Drops whole channels with probability p while training."""

    def forward(self, input):
        """input, thinned out if the layer is training."""
        return dropout2d(input, self.p, self.training)


class Unflatten(Module):
    """Cuts the axis dim into axes of the sizes unflattened_size."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input):
        """input with more axes."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self):
        """The axis and the sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class ParameterList(Module):
    """A list of parameters that are noticed."""

    def __init__(self, values=()):
        super().__init__()
        self.extend(values)

    def append(self, value):
        """Add a parameter, or a tensor that becomes one; return the list."""
        self.register_parameter(str(len(self)), value if isinstance(value, Parameter) else Parameter(value))
        return self

    def extend(self, values):
        """Add several; return the list."""
        for value in values:
            self.append(value)
        return self

    def __len__(self):
        return len(self._parameters)

    def __iter__(self):
        return iter(self._parameters.values())

    def __getitem__(self, index):
        return list(self)[index]
