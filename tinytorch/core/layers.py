"""A layer is a matrix, a vector and one line of arithmetic. A network is layers that know what they own."""

# Exported from modules/source/03_layers/layers_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['matmul', 'Dense', 'Parameter', 'Shelves', 'fits', 'put', 'Registry', 'joined', 'Tree', 'Members', 'Trainable', 'Keys',
           'overwrite', 'State', 'label', 'Shown', 'Module', 'fans', 'constant_', 'zeros_', 'ones_', 'normal_',
           'uniform_', 'calculate_gain', 'xavier_normal_', 'kaiming_normal_', 'kaiming_uniform_', 'xavier_uniform_',
           'linear', 'Linear', 'Container', 'Sequential', 'ModuleList', 'ModuleDict', 'Flatten', 'Identity', 'dropout',
           'Dropout']

# %% layers-imports
import importlib
import itertools
import math
import operator
from typing import NamedTuple

import numpy as np

from .activations import ReLU, Sigmoid, Softmax, Tanh
from .tensor import Tensor, rand, randn, unwrap, where, wrap, zeros

# %% matmul-naive
def matmul(A, B):
    """The matrix product of the Tensors A (m, p) and B (p, n), a float32 Tensor (m, n), with three loops.

    >>> matmul(Tensor([[1, 2], [3, 4]]), Tensor([[5], [6]]))
    tensor([[17.],
            [39.]])
    """
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% dense-layer
class Dense:
    """A fully connected layer: `weights` (input_size, output_size), `bias` (output_size,) or None.

    >>> Dense(3, 2)(ones(5, 3)).shape
    (5, 2)
    """

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        """The outputs (…, output_size) for the inputs x (…, input_size)."""
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        """layer(x) is layer.forward(x)."""
        return self.forward(x)

# %% layers-parameter
class Parameter(Tensor):
    """A tensor that a module owns and training changes; a copy of `data`, in its dtype if that is a Tensor.

    >>> Parameter([1, 2])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-shelves
class Shelves:
    """An object with three dictionaries whose entries read like its attributes."""

    def __init__(self):
        vars(self).update(_parameters={}, _buffers={}, _modules={}, _non_persistent_buffers_set=set(), training=True)

    def _shelf(self, name):
        """The name of the shelf on which `name` stands, "" if on none."""
        for shelf in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(shelf, ()):
                return shelf
        return ""

    def __getattr__(self, name):
        if shelf := self._shelf(name):
            return vars(self)[shelf][name]
        advice = "" if "_buffers" in vars(self) else ": call super().__init__() first"
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{advice}")

    def __delattr__(self, name):
        if shelf := self._shelf(name):
            self._non_persistent_buffers_set.discard(name)
            del vars(self)[shelf][name]
        else:
            super().__delattr__(name)

    def __dir__(self):
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

# %% layers-fits
def fits(shelf, value):
    """Whether `value` may stand on `shelf`; None may always."""
    if shelf == "_modules":
        return value is None or callable(value) or isinstance(value, Shelves)
    return value is None or isinstance(value, Parameter if shelf == "_parameters" else Tensor)

# %% layers-put
def put(owner, shelf, name, value):
    """Put `value` on the `shelf` of `owner` under `name`, and take away what had that name elsewhere."""
    kind = type(owner).__name__
    if shelf not in vars(owner):
        raise AttributeError(f"{kind}: call super().__init__() before assigning {name!r}")
    if not isinstance(name, str):
        raise TypeError(f"{kind}: a name must be text, got {name!r}")
    if not name or "." in name:
        raise KeyError(f"{kind}: {name!r} cannot name what stands in {shelf}: it is empty or has a dot")
    if not fits(shelf, value):
        raise TypeError(f"{kind}: {name!r} stands in {shelf}, where {value!r} does not fit")
    if owner._shelf(name) != shelf and (owner._shelf(name) or name in vars(owner)):
        delattr(owner, name)
    vars(owner)[shelf][name] = value

# %% layers-registry
class Registry(Shelves):
    """An object that notices which parameters and which other registries are assigned to it."""

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        """Keep a Parameter, or None for one that this layer does without."""
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        """Keep a Tensor that is not trained; it is saved with the parameters if `persistent`."""
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        """Keep a layer inside this one."""
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-joined
def joined(prefix, name):
    """The path `prefix.name`, or `name` alone."""
    return f"{prefix}.{name}" if prefix else name

# %% layers-tree
class Tree(Registry):
    """A registry that can be walked: its children, theirs, and so on."""

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """This layer and all layers inside it, with their paths, parents first."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-members
class Members(Tree):
    """A tree that can list what its layers own."""

    def named_children(self):
        """The layers directly inside this one, with their names."""
        first = {child: name for name, child in reversed(self._inner())}
        return ((name, child) for name, child in self._inner() if first[child] == name)

    def children(self):
        """The layers directly inside this one."""
        return (child for _, child in self.named_children())

    def modules(self):
        """This layer and all layers inside it."""
        return (module for _, module in self.named_modules())

    def _named(self, shelf, prefix, recurse, remove_duplicate):
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        seen = set()
        for path, module in modules:
            for name, tensor in getattr(module, shelf).items():
                if tensor is not None and tensor not in seen:
                    seen |= {tensor} if remove_duplicate else set()
                    yield joined(path, name), tensor

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """All parameters with their paths."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """All buffers with their paths."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def parameters(self, recurse=True):
        """All parameters."""
        return (tensor for _, tensor in self.named_parameters("", recurse))

    def buffers(self, recurse=True):
        """All buffers."""
        return (tensor for _, tensor in self.named_buffers("", recurse))

# %% layers-trainable
class Trainable(Members):
    """A tree whose parameters can be frozen, freed of their gradients, and given another dtype."""

    def zero_grad(self, set_to_none=True):
        """Forget the gradients."""
        for p in self.parameters():
            p.grad = None if set_to_none or p.grad is None else p.grad * 0

    def requires_grad_(self, requires_grad=True):
        """Let training change the parameters, or freeze them; return the layer."""
        for p in self.parameters():
            p.requires_grad = requires_grad
        return self

    def to(self, dtype=None, device=None):
        """Keep all floats in another dtype from now on; return the layer. The only device, "cpu", may be named."""
        if dtype is None or str(dtype) == "cpu":
            return self
        for t in (*self.parameters(), *self.buffers()):
            t.data = t.data.astype(dtype) if t.dtype.kind == "f" else t.data
        return self

# %% layers-keys
class Keys(NamedTuple):
    """The paths that did not match when a state was loaded."""

    missing_keys: list
    unexpected_keys: list

# %% layers-overwrite
def overwrite(t, values):
    """Write `values` into the memory of the tensor `t`, without a recipe; return `t`."""
    unwrap(t)[...] = unwrap(values)
    return t

# %% layers-state
class State(Trainable):
    """A tree whose numbers can be saved and loaded."""

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        """All parameters and persistent buffers by path, as Tensors that share their memory."""
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        """Take over the numbers in `state_dict`, which must have the same paths (if `strict`) and shapes.

        Returns the missing and the unexpected paths. RuntimeError, with nothing changed, if something is wrong.
        """
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-label
def label(layer):
    """How a layer shows itself inside another one: in its own way, or else by its class's name."""
    return repr(layer) if type(layer).__repr__ is not object.__repr__ else f"{type(layer).__name__}()"

# %% layers-shown
class Shown(State):
    """A tree that prints itself as PyTorch's modules do."""

    def extra_repr(self):
        """What stands between the brackets when the layer is printed."""
        return ""

    def _lines(self):
        return [f"({name}): {label(layer)}" for name, layer in self._modules.items()]

    def __repr__(self):
        inside = self._lines()
        lines = [line for line in [self.extra_repr(), *inside] if line]
        text = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {text}\n)" if inside else f"{type(self).__name__}({text})"

# %% layers-module
class Module(Shown):
    """The base of all layers and networks: assign layers and parameters in __init__, write forward."""

    def forward(self, *args, **kwargs):
        """What the layer computes; every layer writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        """layer(x) is layer.forward(x)."""
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        """Switch this layer and all inside it to training (or, with False, to evaluating); return it."""
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        """Switch to evaluating: `train(False)`."""
        return self.train(False)

    def apply(self, f):
        """Call `f` with every layer inside, then with this one; return it."""
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-fans
def fans(shape):
    """The fan in and the fan out of a weight of `shape` (out, in, …).

    >>> fans((10, 3)), fans((8, 4, 5, 5))
    ((3, 10), (100, 200))
    """
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-constant
def constant_(t, val):
    """Fill `t` with one number."""
    return overwrite(t, val)


def zeros_(t):
    """Fill `t` with 0."""
    return overwrite(t, 0)


def ones_(t):
    """Fill `t` with 1."""
    return overwrite(t, 1)

# %% layers-random
def normal_(t, mean=0.0, std=1.0):
    """Fill `t` with normal random numbers."""
    return overwrite(t, randn(t.shape, dtype=t.dtype) * std + mean)


def uniform_(t, a=0.0, b=1.0):
    """Fill `t` with random numbers drawn evenly from [a, b)."""
    return overwrite(t, rand(t.shape, dtype=t.dtype) * (b - a) + a)

# %% layers-gain
def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what an activation takes from the spread of its inputs."""
    leaky = math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"relu": math.sqrt(2), "leaky_relu": leaky, "tanh": 5 / 3, "selu": 3 / 4}
    if nonlinearity not in {*gains, "linear", "sigmoid", "conv1d", "conv2d"}:
        raise ValueError(f"calculate_gain: unknown nonlinearity {nonlinearity!r}")
    return gains.get(nonlinearity, 1.0)

# %% layers-normal
def xavier_normal_(t, gain=1.0):
    """Fill `t` with normal numbers of variance gain² · 2 / (fan in + fan out); Glorot and Bengio, 2010."""
    return normal_(t, 0, gain * math.sqrt(2 / sum(fans(t.shape))))


def kaiming_normal_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill `t` with normal numbers of variance gain² / fan; He et al., 2015. a: the slope of a leaky ReLU."""
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    return normal_(t, 0, calculate_gain(nonlinearity, a) / math.sqrt(fan))

# %% layers-kaiming-uniform
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill `t` with numbers drawn evenly from [-b, b), of variance gain² / fan; return `t`.

    >>> kaiming_uniform_(zeros(1000, 600)).var()        # 2 / 600
    tensor(0.0033)
    """
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-xavier-uniform
def xavier_uniform_(t, gain=1.0):
    """Fill `t` with numbers drawn evenly, of variance gain² · 2 / (fan in + fan out); Glorot and Bengio, 2010."""
    bound = gain * math.sqrt(6 / sum(fans(t.shape)))
    return uniform_(t, -bound, bound)

# %% layers-linear
def linear(x, weight, bias=None):
    """x @ weight.T + bias: x (…, in), weight (out, in), bias (out,) or None give (…, out)."""
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):
    """A fully connected layer as PyTorch keeps it: `weight` (out_features, in_features), `bias` (out_features,).

    >>> Linear(3, 2)(ones(5, 3)).shape
    (5, 2)
    """

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        """The outputs (…, out_features) for the inputs x (…, in_features)."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        """The sizes, as PyTorch shows them."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-container
class Container(Module):
    """Layers by name, in order."""

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def _name(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"{type(self).__name__}: there is no layer {index}, only {len(self)}")
        return list(self._modules)[index]

    def __setitem__(self, index, layer):
        put(self, "_modules", self._name(index), layer)

# %% layers-sequential
class Sequential(Container):
    """Layers one after another: from arguments, or from one dictionary that names them.

    >>> Sequential(Linear(2, 3), ReLU(), Linear(3, 1))(ones(5, 2)).shape
    (5, 1)
    """

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        """x through all layers, first to last."""
        for layer in self:
            x = layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-module-list
class ModuleList(Container):
    """A list of layers whose parameters are noticed.

    >>> len(list(ModuleList([Linear(2, 2), Linear(2, 2)]).parameters()))
    4
    """

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        """Add a layer at the end, under the next number; return the list."""
        put(self, "_modules", str(len(self)), layer)
        return self

    def extend(self, layers):
        """Add several layers at the end; return the list."""
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-sequential-append
Sequential.append, Sequential.extend = ModuleList.append, ModuleList.extend

# %% layers-module-dict
class ModuleDict(Container):
    """Layers by name, whose parameters are noticed."""

    def __init__(self, layers=()):
        super().__init__()
        for name, layer in dict(layers).items():
            self[name] = layer

    def __iter__(self):
        return iter(self._modules)

    def __setitem__(self, name, layer):
        put(self, "_modules", name, layer)

    def __getitem__(self, name):
        return self._modules[name]

    def __contains__(self, name):
        return name in self._modules

    def keys(self):
        """The names."""
        return self._modules.keys()

    def values(self):
        """The layers."""
        return self._modules.values()

    def items(self):
        """Names and layers."""
        return self._modules.items()

# %% layers-flatten
class Flatten(Module):
    """Joins the axes start_dim to end_dim, by default all but the first.

    >>> Flatten()(zeros(64, 3, 28, 28)).shape
    (64, 2352)
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        """x with the axes joined."""
        return x.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-identity
class Identity(Module):
    """Gives back its input; arguments to the constructor are ignored."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x):
        """x."""
        return x

# %% layers-dropout
def dropout(x, p=0.5, training=True):
    """x with each element set to 0 with probability p, the others divided by 1 - p; x itself if not training.

    >>> dropout(ones(4), p=0.5)        # for example
    tensor([2., 0., 0., 2.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):
    """Drops elements with probability p while training."""

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        """x, thinned out if the layer is training."""
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        """The probability."""
        return f"p={self.p}"

# %% layers-later
def __getattr__(name):
    """Conv2D, which a later module builds, can be imported from here as well, beside Dense."""
    if name == "Conv2D":
        return importlib.import_module("tinytorch.core.spatial").Conv2D
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
