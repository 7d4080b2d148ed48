"""What code written for PyTorch asks for besides operations: devices, other names for casts, copies in place.

There is one device, "cpu"; naming it changes nothing, naming another one is an error. `_faces` imports this file when a
name of tinytorch is first used: from then on every Tensor has these methods, and what makes tensors takes `device`.
"""

import functools
import math
import sys
from collections.abc import Callable

import numpy as np

from tinytorch.core import tensor as core
from tinytorch.core.tensor import Tensor

Size = tuple
MAKERS = (
    *("tensor", "zeros", "ones", "full", "eye", "arange", "linspace", "rand", "randn", "randint"),
    *("zeros_like", "ones_like", "full_like", "rand_like", "randn_like"),
)


class device(str):  # noqa: N801 (PyTorch's name)
    """Where a tensor is: "cpu", the only place. A RuntimeError for any other."""

    __slots__ = ()
    type, index = "cpu", None

    def __new__(cls, name: str = "cpu", index: int | None = None) -> "device":
        """The device of that name."""
        if str(name).partition(":")[0] != "cpu":
            raise RuntimeError(f"device {str(name)!r}: tinytorch computes on 'cpu' only")
        return super().__new__(cls, "cpu")


class Generator(np.random.Generator):
    """Random numbers of one's own: NumPy's generator, with the names by which PyTorch's is seeded."""

    def __init__(self, device: str = "cpu") -> None:
        _checked(device)
        super().__init__(np.random.PCG64())

    def manual_seed(self, seed: int) -> "Generator":
        """Begin anew with this seed; return the generator."""
        self.bit_generator.state = np.random.PCG64(seed).state
        return self


def compile(model: Callable | None = None, **options) -> Callable:  # noqa: A001 (PyTorch's name)
    """The model or function as it is: what PyTorch's does is to make it faster."""
    return (lambda found: found) if model is None else model


def placed(make: Callable) -> Callable:
    """`make`, a function that makes a tensor, which may be told a device."""

    @functools.wraps(make)
    def made(*args, device: str | None = None, **kwargs) -> Tensor:
        _checked(device)
        return make(*args, **kwargs)

    return made


def _checked(where: str | None) -> None:
    """Raise unless this is the device, or none is named."""
    if where is not None:
        device(where)


def after_one_bound(draw: Callable) -> Callable:
    """randint, which may be told its size by name after the upper bound alone."""

    @functools.wraps(draw)
    def drawn(*args, **options) -> Tensor:
        alone = len(args) == 1 and "size" in options and "high" not in options
        return draw(*(0, *args) if alone else args, **options)

    return drawn


def normal(mean: float | Tensor, std: float | Tensor, size: tuple | None = None, **options) -> Tensor:
    """Normal random numbers of this mean and standard deviation, in the shape `size`, or that of mean and std."""
    shapes = (t.shape for t in (mean, std) if isinstance(t, Tensor))
    return core.randn(np.broadcast_shapes(*shapes) if size is None else size, **options) * std + mean


def empty(*size: int, **options) -> Tensor:
    """Zeros, which are as good as whatever is in memory."""
    return core.zeros(*size, **options)


def empty_like(t: Tensor, **options) -> Tensor:
    """Zeros in the shape and dtype of t."""
    return core.zeros_like(t, **options)


def from_numpy(array: np.ndarray) -> Tensor:
    """A Tensor on the memory of `array`."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}")
    return core.wrap(array)


def as_tensor(data, dtype: np.dtype | None = None, device: str | None = None) -> Tensor:
    """`data` itself where it is a Tensor of that dtype, a Tensor on its memory if it is an array, else a new one."""
    _checked(device)
    if isinstance(data, np.ndarray):
        data = core.wrap(data)
    made = data if isinstance(data, Tensor) else core.tensor(data, dtype)
    return made if dtype is None or made.dtype == dtype else core.cast(made, dtype=dtype)


def _legacy(kind: type) -> Callable:
    """PyTorch's old way to make a tensor of one dtype: from data, or of the shape that numbers say."""

    def made(*data) -> Tensor:
        shape = all(isinstance(n, int) for n in data)
        return core.zeros(*data, dtype=kind) if shape else core.tensor(data[0], dtype=kind)

    return made


FloatTensor, DoubleTensor, LongTensor = map(_legacy, (np.float32, np.float64, np.int64))


def is_tensor(x: object) -> bool:
    """Whether x is a Tensor."""
    return isinstance(x, Tensor)


def allclose(a: Tensor, b: Tensor, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether all elements are equal within tolerance."""
    return bool(core.all_(core.abs_(a - b) <= atol + rtol * core.abs_(b)))


def equal(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return a.shape == b.shape and bool(core.all_(a == b))


def norm(t: Tensor, p: float | str = "fro", dim: int | tuple | None = None, keepdim: bool = False) -> Tensor:
    """The p-norm of the vectors along dim, one axis or several (None: of all elements); "fro" is 2. At 0 it is flat."""
    dim = tuple(range(t.ndim)) if dim is None else dim
    if p == 0:
        return core.sum_(core.where(t != 0, 1, t * 0), dim, keepdim)
    if p in (math.inf, -math.inf):
        return (core.amax if p > 0 else core.amin)(core.abs_(t), dim, keepdim)
    power = 2 if p == "fro" else p
    total = core.sum_(t * t if power == 2 else core.abs_(t) ** power, dim, keepdim)
    inside = core.where(total == 0, 1, total)
    return core.where(total == 0, 0, core.sqrt(inside) if power == 2 else inside ** (1 / power))


def clone(t: Tensor) -> Tensor:
    """A copy with memory of its own, through which gradients pass."""
    return core.cast(t, dtype=t.dtype)


def square(t: Tensor) -> Tensor:
    """t * t."""
    return t * t


def rsqrt(t: Tensor) -> Tensor:
    """1 / core.sqrt(t)."""
    return 1 / core.sqrt(t)


def isfinite(t: Tensor) -> Tensor:
    """Whether each element is neither infinite nor NaN."""
    return core.abs_(t) < np.inf


def isnan(t: Tensor) -> Tensor:
    """Whether each element is NaN."""
    return t != t


def unbind(t: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices of t along an axis, which they lose."""
    return tuple(t[(slice(None),) * range(t.ndim)[dim] + (i,)] for i in range(t.shape[dim]))


def logical_not(t: Tensor) -> Tensor:
    """Whether each element is 0 or False."""
    return t == 0


def nonzero(t: Tensor, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The places of the elements that are not 0, a row for each (count, axes); as_tuple: a tensor for each axis."""
    places = [core.tensor(along) for along in np.nonzero(np.atleast_1d(t.numpy()))]
    return tuple(places) if as_tuple else core.stack(places, 1)[:, : t.ndim]


def to(t: Tensor, *args, dtype: np.dtype | None = None, device: str | None = None, **ignored) -> Tensor:
    """t in another dtype; a device, or a tensor whose dtype is meant, may be named as well."""
    dtype = _asked(args, dtype, device)
    return t if dtype is None else core.cast(t, dtype=dtype)


def _asked(args: tuple, dtype: np.dtype | None, device: str | None) -> np.dtype | None:
    """The dtype among the arguments of `to`, None if there is none; an error if a device is named that is not there."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, str) and _names_a_device(arg):
            device = arg
        elif not isinstance(arg, bool):
            dtype = arg
    _checked(device)
    return dtype


def _names_a_device(text: str) -> bool:
    return text.partition(":")[0] in ("cpu", "cuda", "mps", "xpu", "meta")


def copy_(t: Tensor, source: Tensor) -> Tensor:
    """Write the elements of `source` into t; return t."""
    t[...] = source
    return t


def fill_(t: Tensor, value: float) -> Tensor:
    """Write a number into every element of t; return t."""
    return copy_(t, value)


def transposed(self: Tensor) -> Tensor:
    """The transpose of a matrix; a vector stays as it is."""
    if self.ndim > 2:
        raise RuntimeError(f"t: expected a matrix, got a tensor of shape {self.shape}")
    return self.T


def new_full(self: Tensor, size: tuple, fill_value: float, dtype: np.dtype | None = None, **options) -> Tensor:
    """A tensor of that shape full of one number, in the dtype of self if none is named."""
    return core.full(size, fill_value, dtype=dtype or self.dtype, **options)


def new_zeros(self: Tensor, *size: int, dtype: np.dtype | None = None, **options) -> Tensor:
    """Zeros in the dtype of self."""
    return core.zeros(*size, dtype=dtype or self.dtype, **options)


def new_ones(self: Tensor, *size: int, dtype: np.dtype | None = None, **options) -> Tensor:
    """Ones in the dtype of self."""
    return core.ones(*size, dtype=dtype or self.dtype, **options)


def new_tensor(self: Tensor, data, dtype: np.dtype | None = None, **options) -> Tensor:
    """A tensor of data in the dtype of self."""
    return core.tensor(data, dtype=dtype or self.dtype, **options)


def _as_dtype(dtype: type) -> Callable:
    return lambda t: t.to(dtype)


PLACED = (
    *(
        "Linear",
        "Embedding",
        "Conv1d",
        "Conv2d",
        "ConvTranspose2d",
        "BatchNorm1d",
        "BatchNorm2d",
        "LayerNorm",
        "RMSNorm",
    ),
    *("GroupNorm", "MultiheadAttention", "TransformerEncoderLayer"),
)
IN_PLACE = ("ReLU", "LeakyReLU", "SiLU", "ELU", "Dropout")


def function_with_inplace(f: Callable) -> Callable:
    """The function f, which may be told `inplace`."""
    return functools.wraps(f)(lambda *args, inplace=False, **options: f(*args, **options))


def scaled(f: Callable) -> Callable:
    """f, add or sub, whose second operand may be told a factor, `alpha`."""
    return functools.wraps(f)(lambda a, b, *, alpha=1: f(a, b if alpha == 1 else b * alpha))


def of_two(reduce: Callable, choose: Callable) -> Callable:
    """max or min, which for two tensors is maximum or minimum."""

    @functools.wraps(reduce)
    def found(t, *args, **options):
        return choose(t, *args) if args and isinstance(args[0], Tensor) else reduce(t, *args, **options)

    return found


def placing(load: Callable) -> Callable:
    """load, which may be told where the tensors are to be; all of it is plain data, as weights_only asks for."""

    @functools.wraps(load)
    def loaded(path, map_location: str | None = None, *, weights_only: bool = True):
        _checked(map_location)
        return load(path)

    return loaded


def locating(choose: Callable) -> Callable:
    """where, which for a condition alone says where it holds."""
    return functools.wraps(choose)(lambda a, *choices: choose(a, *choices) if choices else nonzero(a, as_tuple=True))


def told_index(read: Callable) -> Callable:
    """gather, whose index may be given by name."""
    return functools.wraps(read)(lambda t, dim, index: read(t, dim, index))


CHANGES = {
    "gather": told_index,
    **dict.fromkeys(("add", "sub"), scaled),
    "max_": lambda f: of_two(f, core.maximum),
    "min_": lambda f: of_two(f, core.minimum),
    "where": locating,
    "load": placing,
    **dict.fromkeys(("relu", "leaky_relu", "silu", "elu", "dropout"), function_with_inplace),
}


@functools.cache
def changed(f: Callable) -> Callable:
    """The function f with the arguments that no module teaches, if it has any; made once."""
    return CHANGES.get(getattr(f, "__name__", ""), lambda f: f)(f)


def adapted(found: object) -> object:
    """What a face shows, a layer or a function, so that it takes the arguments of PyTorch's that no module teaches.

    Layers with parameters take `device` and `dtype`; what could work in place takes `inplace`, and never does.
    """
    if layers := sys.modules.get("tinytorch.core.layers"):
        _adapt_modules(getattr(layers, "Module", None))
    name = getattr(found, "__name__", "")
    if isinstance(found, type):
        change = takes_place if name in PLACED else takes_inplace if name in IN_PLACE else None
        if change and "_adapted" not in vars(found):
            found.__init__, found._adapted = change(found.__init__), True
        return found
    return changed(found) if callable(found) else found


def takes_place(build: Callable) -> Callable:
    """`build`, the `__init__` of a layer, which may be told `device` and `dtype`."""

    @functools.wraps(build)
    def built(self, *args, device: str | None = None, dtype: np.dtype | None = None, **options) -> None:
        _checked(device)
        build(self, *args, **options)
        if dtype is not None:
            self.to(dtype)

    return built


def takes_inplace(build: Callable) -> Callable:
    """`build`, the `__init__` of a layer, which may be told `inplace` after its own arguments."""
    count = 0 if build is object.__init__ else build.__code__.co_argcount - 1

    @functools.wraps(build)
    def built(self, *args, inplace: bool = False, **options) -> None:
        build(self, *args[:count], *args[count + 1 :], **options)

    return built


def module_to(self, *args, dtype: np.dtype | None = None, device: str | None = None, **ignored):
    """The layer, its floats in another dtype from now on; a device may be named as well."""
    dtype = _asked(args, dtype, device)
    for t in (*self.parameters(), *self.buffers()) if dtype is not None else ():
        t.data = t.data.astype(dtype) if t.dtype.kind == "f" else t.data
    return self


def _adapt_modules(module: type | None) -> None:
    """Give layers the ways in which PyTorch's change dtype and device."""
    if module is None or module.__dict__.get("to") is module_to:
        return
    module.to = module_to
    module.float, module.double, module.half = map(_as_dtype, (np.float32, np.float64, np.float16))
    module.cpu, module.cuda = lambda self: self, lambda self, device=None: self.to("cuda")


for _name in MAKERS:
    if hasattr(core, _name):
        setattr(core, _name, placed(getattr(core, _name)))
if hasattr(core, "randint"):
    core.randint = after_one_bound(core.randint)

Tensor.device = property(lambda t: device(), doc="Where the numbers are: cpu.")
Tensor.to, Tensor.clone, Tensor.square, Tensor.rsqrt, Tensor.logical_not = to, clone, square, rsqrt, logical_not
Tensor.isfinite, Tensor.isnan, Tensor.allclose, Tensor.unbind = isfinite, isnan, allclose, unbind
Tensor.equal, Tensor.norm, Tensor.nonzero, Tensor.__pos__ = equal, norm, nonzero, lambda t: t
Tensor.copy_, Tensor.fill_, Tensor.zero_ = copy_, fill_, lambda t: fill_(t, 0)
Tensor.cpu, Tensor.type, Tensor.type_as = lambda t: t, to, to
Tensor.cuda, Tensor.is_cuda = lambda t, device=None: to(t, "cuda"), False
Tensor.t, Tensor.nelement, Tensor.ndimension = transposed, lambda t: t.numel(), lambda t: t.ndim
Tensor.new_zeros, Tensor.new_ones, Tensor.new_full = new_zeros, new_ones, new_full
Tensor.new_empty, Tensor.new_tensor = new_zeros, new_tensor
Tensor.float, Tensor.double, Tensor.half = map(_as_dtype, (np.float32, np.float64, np.float16))
Tensor.long, Tensor.int, Tensor.bool = map(_as_dtype, (np.int64, np.int32, np.bool_))
