"""The gradient of any program built from ops, by one line of calculus per op."""

# Exported from modules/source/05_autograd/autograd_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['RULES', 'FREED', 'NOT_DIFFERENTIABLE', 'numerical_grad', 'recording', 'no_grad', 'enable_grad', 'is_grad_enabled',
           'seam', 'on_arrays', 'rule', 'unbroadcast', 'spread', 'graph', 'shares', 'paired', 'start', 'gradients',
           'owned', 'whole', 'backward', 'grad', 'flow', 'set_grad_enabled', 'retain_grad', 'requires_grad_', 'listed',
           'tall', 'others', 'place', 'scatter_add', 'gradcheck', 'requiring', 'weighted', 'gradgradcheck', 'Context',
           'Function', 'Step']

# %% autograd-imports
import contextlib
import math

import numpy as np

# %% autograd-import-ops
from .. import _arrays
from .activations import expm1, gated, gelu_gradient, log1p, normal_cdf, normal_pdf, sigmoid, softmax
from .activations import tanh_cdf, tanh_slope, vecdot
from .losses import exp_less_one_at, softmax_cross_entropy
from tinytorch.core.tensor import (
    Recipe, Seam, Tensor, abs_, add, amax, amin, any_, apply, cast, cat, clip, contiguous, cos, cumsum, div, erf,
    exp, expand, flip, full, gather, getitem, log, matmul, maximum, method, minimum, mul, narrow, neg, op, opened, permute,
    pow_, prod, repeat, reshape, sign, sin, sqrt, squeeze, sub, sum_, tanh, tensors_in, transpose, unsqueeze, unwrap,
    view, where, wrap,
)

# %% autograd-numerical-grad
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes

# %% autograd-recording
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, mode
    try:
        yield
    finally:
        Seam.recording = before

# %% autograd-no-grad
def no_grad(f=None):
    """A block, or a decorator for a function, in which nothing is remembered."""
    return recording(False) if f is None else recording(False)(f)


def enable_grad(f=None):
    """A block inside `no_grad`, or a decorator, in which recipes are remembered again."""
    return recording(True) if f is None else recording(True)(f)


def is_grad_enabled():
    """Whether results remember their recipes just now."""
    return Seam.recording

# %% autograd-seam
@contextlib.contextmanager
def seam(call):
    """Within the block, ops are run by `call(op, args, kwargs)`."""
    before, Seam.call = Seam.call, staticmethod(call)
    try:
        yield
    finally:
        Seam.call = staticmethod(before)

# %% autograd-on-arrays
def on_arrays():
    """A block in which ops take and give arrays."""
    return seam(lambda f, args, kwargs: f.forward(*args, **kwargs))

# %% autograd-rule
RULES = {}


def rule(*ops):
    """Register the decorated function as the rule of these ops.

    The rule is called with (g, out, *args, **kwargs) and returns the gradient of each positional
    argument, as a tuple where there are several. A gradient that costs something to compute may be
    given as a function without arguments: it is called only if somebody asks for that gradient.
    """

    def register(f):
        RULES.update(dict.fromkeys(ops, f))
        return f

    return register

# %% autograd-first-rules
@rule(add)
def _(g, out, a, b):
    return g, g


@rule(mul)
def _(g, out, a, b):
    return g * b, g * a

# %% autograd-rule-tanh
@rule(tanh)
def _(g, out, a):
    return g * (1 - out * out)

# %% autograd-rule-div
@rule(div)
def _(g, out, a, b):
    share = g / b
    return share, lambda: -share * out  # most divisors are plain numbers, and nobody asks

# %% autograd-unbroadcast
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)

# %% autograd-spread
def spread(g, shape, dim=None, keepdim=False):
    """Undo the shape of a reduction over `dim`: g repeated along the axes that it took from `shape`."""
    if dim is not None and shape and not keepdim:
        dims = [dim] if isinstance(dim, int) else dim
        for d in sorted(d % len(shape) for d in dims):
            g = unsqueeze(g, d)
    return expand(g, shape)

# %% autograd-rule-sum
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, keepdim)

# %% autograd-graph
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order

# %% autograd-shares
def shares(t, g, create_graph=False):
    """[(argument, its gradient), …] for the arguments of t's recipe that require one; g is the gradient of t."""
    out, recipe = t.data, t.recipe
    f, args, kwargs = recipe.op, recipe.args, recipe.kwargs
    derive = RULES.get(f) or getattr(f, "rule", None)
    if derive is None:
        raise NotImplementedError(f"{f.__name__} has no rule: register one with @rule({f.__name__})")
    given = (t, *args) if create_graph else (out if out.ndim else out[()], *(recipe.arrays or opened(args)[1]))
    found = derive(g, *given, **kwargs)
    return paired(args, found if isinstance(found, tuple) else (found,))

# %% autograd-paired
def paired(args, found):
    """Each Tensor in args that requires a gradient, with its gradient among `found`, in its shape and dtype."""
    pairs = []
    for a, share in zip(args, found):  # noqa: B905 (to say strict=False costs as much as three additions)
        if isinstance(a, Tensor):
            if a.requires_grad and share is not None:
                data, share = a.data, share() if callable(share) else share
                if share.shape != data.shape:
                    share = unbroadcast(share, data.shape)
                pairs.append((a, share if share.dtype is data.dtype else cast(share, dtype=data.dtype)))
        elif share is not None and isinstance(a, (list, tuple)):
            pairs += paired(a, share)
    return pairs

# %% autograd-start
def start(t, gradient):
    """The gradient that backward starts with at t: the one given, or 1 for a single number."""
    if not t.requires_grad:
        raise RuntimeError("backward: this tensor does not require a gradient, and nothing that it was made from does")
    if gradient is None and t.numel() != 1:
        raise RuntimeError(f"backward: the result is {t.shape}: only for a single number can the gradient be implied")
    given = gradient.shape if isinstance(gradient, Tensor) else f"a {type(gradient).__name__}, no Tensor"
    if gradient is not None and given != t.shape:
        raise RuntimeError(f"backward: the result is {t.shape}, the gradient given for it {given}")
    ready = gradient is not None and gradient.dtype == t.dtype and not Seam.recording  # else it gets a recipe
    return gradient if ready else full(t.shape, 1, t.dtype) if gradient is None else cast(gradient, dtype=t.dtype)

# %% autograd-gradients
FREED = Recipe(lambda: None, (), {})
FREED.op.__name__ = "freed"
Tensor.retains_grad = False  # set by `retain_grad`, below


def gradients(roots, given, retain_graph, create_graph, keep=()):
    """The gradients of the leaves behind `roots`, and of the tensors to keep: {tensor: Tensor}."""
    order, grads = graph(*roots), {}
    if FREED in [t.recipe for t in order]:
        raise RuntimeError("backward: this graph has been used and freed; give retain_graph=True the first time")
    keep = {*keep, *[t for t in order if t.retains_grad]}
    with np.errstate(all="ignore"), recording(create_graph):
        for t, g in zip(roots, given, strict=True):
            grads[t] = grads[t] + start(t, g) if t in grads else start(t, g)
        if create_graph:
            return flow(order, grads, True, True, keep)
        with on_arrays():
            found = flow(order, dict(zip(grads, opened(grads.values())[1], strict=True)), retain_graph, False, keep)
    return owned(found, grads)

# %% autograd-owned
def owned(found, given):
    """The arrays in `found` as Tensors, each with memory of its own: somebody may write into a gradient."""
    taken, result = {id(whole(g.data)) for g in given.values()}, {}
    for t, g in zip(found, map(np.asarray, found.values()), strict=True):
        if id(whole(g)) in taken or whole(g).size != g.size or not g.flags.writeable:
            g = g.copy()
        taken.add(id(whole(g)))
        result[t] = wrap(g)
    return result


def whole(g):
    """The array of whose memory the array g shows all or a part: g itself, if it is no view."""
    return g if g.base is None else g.base

# %% autograd-backward
@method
def backward(t, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Add the gradient of t with respect to each leaf that it depends on to that leaf's `.grad`.

    gradient: the gradient of a later result with respect to t, in t's shape (default: 1, for a single number).
    retain_graph: whether the recipes stay, for another pass. create_graph: whether gradients get recipes.
    inputs: the tensors whose `.grad` is wanted (default: all leaves).
    """
    wanted = inputs if inputs is None else {inputs} if isinstance(inputs, Tensor) else set(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError("backward: inputs is empty")
    found = gradients([t], [gradient], create_graph if retain_graph is None else retain_graph, create_graph, wanted or ())
    for source in found if wanted is None else wanted & found.keys():
        before, g = source.grad, found[source]
        if before is None or before.requires_grad or create_graph:
            source.grad = g if before is None else before + g
        else:
            before.data += g.data

# %% autograd-grad
def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=False):
    """The gradients of `outputs` with respect to `inputs`, one per input, as a tuple; nothing is accumulated."""
    roots, wanted, given = ([x] if isinstance(x, Tensor) else list(x or ()) for x in (outputs, inputs, grad_outputs))
    needless = [i for i, t in enumerate(wanted) if not t.requires_grad]
    if needless:
        raise RuntimeError(f"grad: input {needless[0]} does not require a gradient")
    retain_graph = create_graph if retain_graph is None else retain_graph
    found = gradients(roots, given or [None] * len(roots), retain_graph, create_graph, wanted)
    missing = [i for i, t in enumerate(wanted) if t not in found]
    if missing and not allow_unused:
        raise RuntimeError(f"grad: the outputs do not depend on input {missing[0]} (allow_unused=True gives None for it)")
    return tuple(found.get(t) for t in wanted)

# %% autograd-flow
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    create_graph: handed on to `shares`.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads

# %% autograd-set-grad-enabled
class set_grad_enabled:
    """Remember recipes (mode True) or not, from now on; as a block or decorator, only within."""

    def __init__(self, mode):
        self.mode, self.before, Seam.recording = bool(mode), Seam.recording, bool(mode)

    def __enter__(self):
        Seam.recording = self.mode

    def __exit__(self, *error):
        Seam.recording = self.before

    def __call__(self, f):
        """f, decorated."""
        Seam.recording = self.before
        return recording(self.mode)(f)

# %% autograd-retain-grad
@method
def retain_grad(t):
    """Let backward fill `t.grad` although t is not a leaf."""
    if not t.requires_grad:
        raise RuntimeError("retain_grad: this tensor does not require a gradient")
    t.retains_grad = t.recipe is not None

# %% autograd-leaves
def requires_grad_(t, requires_grad=True):
    """Set whether results remember that they come from t; return t."""
    if requires_grad and t.dtype.kind != "f":
        raise RuntimeError(f"requires_grad_: only floats can require a gradient, this tensor is {t.dtype}")
    if t.recipe and not requires_grad:
        raise RuntimeError("requires_grad_: only of a leaf can it be switched off; t.detach() depends on nothing")
    t.requires_grad = requires_grad
    return t


Tensor.requires_grad_ = requires_grad_  # not by @method, which drops the underscore
Tensor.is_leaf = property(lambda t: t.recipe is None, doc="Whether t was not made by an op from what requires a gradient.")
Tensor.grad_fn = property(lambda t: t.recipe, doc="The recipe, under PyTorch's name.")

# %% autograd-given-rules
rule(sub)(lambda g, out, a, b: (g, -g))
rule(neg)(lambda g, out, a: -g)
rule(log)(lambda g, out, a: g / a)
rule(log1p)(lambda g, out, a: g / (1 + a))
rule(expm1)(lambda g, out, a: g * (out + 1))
rule(sigmoid)(lambda g, out, a: g * out * (1 - out));

# %% autograd-given-curves
rule(sin)(lambda g, out, a: g * cos(a))
rule(cos)(lambda g, out, a: -g * sin(a))
rule(abs_)(lambda g, out, a: where(a > 0, g, where(a < 0, -g, 0)))  # sign(a) would make NaN of g where a is NaN
rule(sign)(lambda g, out, a: where(False, g, 0))
rule(erf)(lambda g, out, a: g * (2 / math.sqrt(math.pi)) * exp(-a * a))
rule(normal_cdf)(lambda g, out, a: g * normal_pdf(a))
rule(normal_pdf)(lambda g, out, a: -g * a * out)
rule(tanh_cdf)(lambda g, out, a: g * tanh_slope(a, out))
rule(gated)(lambda g, out, a, cdf, approximate="none": (gelu_gradient(a, cdf, g, approximate), None));  # cdf moves with a

# %% autograd-given-softmax
rule(softmax)(lambda g, out, a, dim=-1, dtype=None: out * (g - vecdot(g, out, dim)))
rule(vecdot)(lambda g, out, a, b, dim=-1: (g * b, g * a));

# %% autograd-given-shapes
rule(cast, contiguous, expand)(lambda g, out, a, *rest, **options: g)
rule(reshape, view, squeeze, unsqueeze)(lambda g, out, a, *rest, **options: reshape(g, a.shape))
rule(transpose)(lambda g, out, a, dim0, dim1: transpose(g, dim0, dim1))
NOT_DIFFERENTIABLE = ["all", "any", "argmax", "argmin", "argsort", "eq", "ge", "gt", "le", "lt", "ne", "places"]

# %% autograd-rule-exp
@rule(exp)
def _(g, out, a):
    return g * out

# %% autograd-rule-sqrt
@rule(sqrt)
def _(g, out, a):
    return g / (2 * out)

# %% autograd-rule-maximum
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, g / 2, g)
    return where(a < b, 0, part), where(b < a, 0, part)

# %% autograd-rule-where
@rule(where)
def _(g, out, condition, a, b):
    return None, lambda: where(condition, g, 0), lambda: where(condition, 0, g)

# %% autograd-listed
def listed(numbers):
    """The numbers that were given one by one or as one tuple, as a list."""
    return list(numbers[0] if len(numbers) == 1 and isinstance(numbers[0], (tuple, list)) else numbers)

# %% autograd-rule-permute
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *[order.index(i) for i in range(a.ndim)])

# %% autograd-rule-cat
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
        start += t.shape[dim]
    return (pieces,)

# %% autograd-rule-matmul
@rule(matmul)
def _(g, out, a, b):
    row, column = a.ndim == 1, b.ndim == 1
    left, right = unsqueeze(a, 0) if row else a, unsqueeze(b, 1) if column else b
    g = unsqueeze(g, -1) if column else g
    g = unsqueeze(g, -2) if row else g
    return (
        lambda: reshape(unbroadcast(matmul(g, right.mT), left.shape), a.shape),
        lambda: reshape(unbroadcast(tall(left, g, right), right.shape), b.shape),
    )

# %% autograd-matmul-parts
def tall(left, g, right):
    """left.mT @ g, for the gradient of `right`: for one matrix, a batch's rows make one tall matrix."""
    if right.ndim == 2 and left.ndim > 2:
        left, g = (reshape(t, (math.prod(t.shape[:-1]), t.shape[-1])) for t in (left, g))
    down, across = unwrap(right).strides[-2:]
    return (g.mT @ left).mT if down < across else left.mT @ g  # laid out in memory as `right` is

# %% autograd-rule-pow
@rule(pow_)
def _(g, out, a, b):
    def of_a():
        if isinstance(b, (int, float)):
            return g * b * a ** (b - 1) if b else where(False, g, 0)
        return where(b == 0, 0, g * b * a ** (b - 1))

    def of_b():
        at_zero = (a == 0) * (b >= 0)  # there the result does not depend on b
        return where(at_zero, 0, g * out * log(cast(where(at_zero, 1, a), dtype=out.dtype)))

    return of_a, of_b

# %% autograd-rule-minimum
rule(minimum)(lambda g, out, a, b: RULES[maximum](g, out, -a, -b));

# %% autograd-rule-clip
@rule(clip)
def _(g, out, a, min=None, max=None):
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    inside = where((a >= low) * (a <= high), g, 0)
    apart = max is None or low < high
    return inside, lambda: where((a < low) * apart, g, 0), lambda: where(maximum(a, low) > high, g, 0)

# %% autograd-rule-amax
@rule(amax, amin)
def _(g, out, a, dim=None, keepdim=False):
    best = a == spread(out, a.shape, dim, keepdim)
    share = g / sum_(best, dim, keepdim, dtype=g.dtype)
    return where(best, spread(share, a.shape, dim, keepdim), 0)

# %% autograd-rule-cumsum
rule(cumsum)(lambda g, out, a, dim, dtype=None: flip(cumsum(flip(g, dim), dim), dim));

# %% autograd-rule-prod
@rule(prod)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    g = spread(g, a.shape, dim, keepdim)
    if not any_(a == 0):
        return g * spread(out, a.shape, dim, keepdim) / a
    return g * others(a, range(a.ndim) if dim is None or a.ndim == 0 else [d % a.ndim for d in np.atleast_1d(dim)])

# %% autograd-others
def others(a, dims):
    """For each element of `a`, the product of the others along `dims`."""
    order = [d for d in range(a.ndim) if d not in dims] + [int(d) for d in dims]
    turned = permute(a, *order)
    rows = reshape(turned, (*turned.shape[: a.ndim - len(dims)], 1, -1))
    own = np.eye(rows.shape[-1], dtype=bool)
    products = reshape(prod(where(own, 1, rows), -1), turned.shape)
    return permute(products, *[order.index(i) for i in range(a.ndim)])

# %% autograd-place
@op
def place(g, key, shape):
    """Zeros of `shape`, with g added at [key]."""
    out = np.zeros(shape, g.dtype)
    keys = key if isinstance(key, tuple) else (key,)
    if any(isinstance(k, (np.ndarray, list)) for k in keys):
        np.add.at(out, key, g)  # places may repeat
    else:
        out[key] = g
    return out

# %% autograd-rule-getitem
rule(getitem)(lambda g, out, a, key: place(g, key, a.shape))
rule(place)(lambda g, out, placed, key, shape: getitem(g, key));

# %% autograd-scatter-add
@op
def scatter_add(g, dim, index, shape):
    """Zeros of `shape`, with g added at the places `index` along `dim`."""
    out = np.zeros(shape, g.dtype)
    np.add.at(out, _arrays.along(out, index, dim), g)  # places may repeat
    return out

# %% autograd-rule-gather
rule(gather)(lambda g, out, a, dim, index: scatter_add(g, dim % a.ndim, index, a.shape))
rule(scatter_add)(lambda g, out, scattered, dim, index, shape: gather(g, dim, index));

# %% autograd-rule-repeat
@rule(repeat)
def _(g, out, a, *times):
    times = listed(times)
    own = (1,) * (len(times) - a.ndim) + a.shape
    pairs = [n for pair in zip(times, own, strict=True) for n in pair]
    return reshape(sum_(reshape(g, pairs), tuple(range(0, len(pairs), 2))), a.shape)

# %% autograd-rule-cross-entropy
rule(exp_less_one_at)(lambda g, out, a, dim, index: g * exp(a))


@rule(softmax_cross_entropy)
def _(g, out, a, target, dim=1, ignore_index=-100):
    ignored = target == ignore_index
    index = unsqueeze(where(ignored, 0, target), dim)
    g, out = unsqueeze(where(ignored, 0, g), dim), unsqueeze(where(ignored, np.inf, out), dim)
    return g * exp_less_one_at(a - gather(a, dim, index) - out, dim, index), None

# %% autograd-gradcheck
def gradcheck(f, inputs, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """Whether backward through f agrees with measured gradients; raises ValueError where it does not.

    inputs: a Tensor or a tuple of them, float64; those that require a gradient are checked.
    """
    inputs, wanted = requiring(inputs)
    for i in wanted:
        total, t = weighted(f, inputs), inputs[i]
        (ours,) = grad(total, t, allow_unused=True) if total.requires_grad else (None,)
        measured = numerical_grad(lambda x, i=i: weighted(f, (*inputs[:i], x, *inputs[i + 1 :])), t, eps)
        ours = np.zeros(t.shape) if ours is None else np.asarray(ours)
        for at in np.argwhere(~np.isclose(ours, measured, rtol, atol, equal_nan=True)).tolist():
            if not raise_exception:
                return False
            what = f"measured {measured[*at]:.6g}, backward gives {ours[*at]:.6g}"
            raise ValueError(f"gradcheck: input {i}, element {at}: {what}")
    return True

# %% autograd-requiring
def requiring(inputs):
    """The inputs, a Tensor or several, as a tuple, and the places of those that require a gradient; ValueError if none."""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not wanted:
        raise ValueError("gradcheck: none of the inputs requires a gradient, so there is nothing to compare")
    return inputs, wanted

# %% autograd-weighted
def weighted(f, inputs):
    """One number from all that f gives: its results, each element with a weight of its own, added up."""
    out = f(*inputs)
    rng, total = np.random.default_rng(0), Tensor(0.0, np.float64)
    for t in [out] if isinstance(out, Tensor) else out:
        total = total + (t * Tensor(rng.uniform(0.5, 1.5, size=t.shape), np.float64)).sum()
    return total

# %% autograd-gradgradcheck
def gradgradcheck(f, inputs, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """`gradcheck` for the gradients of f."""
    inputs, wanted = requiring(inputs)

    def slopes(*given):
        given = [t if i not in wanted or t.requires_grad else t.requires_grad_() for i, t in enumerate(given)]
        found = grad(weighted(f, given), [given[i] for i in wanted], create_graph=True, allow_unused=True)
        return [g for g in found if g is not None]

    return gradcheck(slopes, inputs, eps, atol, rtol, raise_exception)

# %% autograd-context
class Context:
    """What a Function's forward leaves for its backward."""

    saved_tensors, needs_input_grad = (), ()

    def save_for_backward(self, *tensors):
        """Keep tensors for backward, as `saved_tensors`."""
        self.saved_tensors = tensors

# %% autograd-function
class Function:
    """An operation with a gradient of its own: static methods forward(ctx, *args), one Tensor, and backward(ctx, g)."""

    @classmethod
    def apply(cls, *args):
        """Run forward; the result remembers backward."""
        context = Context()
        context.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        with no_grad():
            out = cls.forward(context, *args).detach()
        if Seam.recording and any(context.needs_input_grad):
            out.requires_grad, out.recipe = True, Recipe(Step(cls, context), args, {})
        return out

# %% autograd-step
class Step:
    """One use of a Function, in the place of an op in a recipe."""

    def __init__(self, function, context):
        self.function, self.context, self.__name__ = function, context, function.__name__

    def rule(self, g, out, *args):
        """The gradients of args, by the Function's own backward."""
        if isinstance(out, Tensor):
            return self.derive(g, len(args))
        with seam(apply):
            return unwrap(self.derive(wrap(np.asarray(g)), len(args)))

    def derive(self, g, count):
        """One gradient for each of the `count` arguments; more only if they are None."""
        found = self.function.backward(self.context, g)
        found = found if isinstance(found, tuple) else (found,)
        if len(found) < count or any(extra is not None for extra in found[count:]):
            raise RuntimeError(f"{self.__name__}.backward: expected {count} gradients, got {len(found)}")
        return found[:count]
