# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 6
#     prerequisites:
#     - 04_losses
#     title: Autograd
# ---

# %% [markdown]
# # Autograd
# > The gradient of any program built from ops, by one line of calculus per op.
#
# In module 03 you set the weights of the XOR network by hand. At the end of this chapter the network finds them
# itself: `loss.backward()`, one small step, a few hundred times. Nothing in modules 01 to 04 changes for it.
# Their results have remembered their recipes all along; now we read them.

# %% nbgrader={"grade": false, "grade_id": "autograd-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.autograd
#| export
import contextlib
import math

import numpy as np

# %% nbgrader={"grade": false, "grade_id": "autograd-import-ops", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
from tinytorch import _arrays
from tinytorch.core.activations import expm1, gated, gelu_gradient, log1p, normal_cdf, normal_pdf, sigmoid, softmax
from tinytorch.core.activations import tanh_cdf, tanh_slope, vecdot
from tinytorch.core.losses import exp_less_one_at, softmax_cross_entropy
from tinytorch.core.tensor import (
    Recipe, Seam, Tensor, abs_, add, amax, amin, any_, apply, cast, cat, clip, contiguous, cos, cumsum, div, erf,
    exp, expand, flip, full, gather, getitem, log, matmul, maximum, method, minimum, mul, narrow, neg, op, opened, permute,
    pow_, prod, repeat, reshape, sign, sin, sqrt, squeeze, sub, sum_, tanh, tensors_in, transpose, unsqueeze, unwrap,
    view, where, wrap,
)

# %% nbgrader={"grade": false, "grade_id": "autograd-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import html
import inspect
import time
import tracemalloc
import weakref

from tinytorch.core.tensor import manual_seed, randn, zeros
from tinytorch.figures import BLUE, ORANGE, axes, draw
from tinytorch.testing import assert_close, rule_problem


# %% [markdown]
# ## The slope, measured
# The derivative of f at x says how fast f grows there. Without any calculus, one can measure it: go a little to
# the right, a little to the left, and divide the difference by the distance.
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# For a function of many numbers there is one such slope per number, the others held still; together they are the
# **gradient**, which has the shape of the input. Measuring is slow, two evaluations per number: for a model of a
# million weights, two million. But it needs no thought, so it cannot be wrong in the same way as a formula. It
# will be the judge of everything in this chapter.
#
# Write `numerical_grad`. `f` takes a Tensor and gives a Tensor with one element. Work in float64: in float32,
# whose numbers have seven digits, the difference of two values so close together drowns in rounding.
#
# <details><summary>Hint 1: the idea</summary>
#
# Loop over the places of `x` (`np.ndindex(x.shape)`). At each, change that one number up and down, and put it
# back.
#
# </details>
# <details><summary>Hint 2: the traps</summary>
#
# Work on a copy (`Tensor(x.data, dtype=np.float64)` makes one). In it, `x.data[place]` is the number to change.
# `f(x).item()` is a Python number. And divide by 2h.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-numerical-grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-numerical-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def wave(t):
    """A function of several numbers that mixes them."""
    return (t * t.sin() + t.sum() * 0.5).sum()


def squares(t):
    """A parabola, on which central differences are exact, however large the step."""
    return (t * t).sum() + t.sum() * t.sum()


def first_cubed(t):
    """A function that looks at one number only."""
    return t.flatten()[0] ** 3


# %% nbgrader={"grade": true, "grade_id": "test-autograd-numerical-grad", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_numerical_grad():
    """numerical_grad finds known slopes, number by number, and leaves x alone."""
    for shape in [(3,), (2, 3), ()]:
        x = np.random.default_rng(1).normal(size=shape)
        t = Tensor(x, np.float64)
        expected = np.sin(x) + x * np.cos(x) + 0.5 * x.size
        assert_close(numerical_grad(wave, t), expected, f"gradient of a wave at a {shape}", rtol=1e-6, atol=1e-6)
        assert_close(t.data, x, "x after numerical_grad")
    got = numerical_grad(squares, Tensor([1, 2, 4]), h=0.5)
    assert_close(got, np.array([16.0, 18.0, 22.0]), "gradient of (t * t).sum() + t.sum()² at [1, 2, 4], with h=0.5")
    expected = np.array([[12.0, 0.0], [0.0, 0.0]])
    got = numerical_grad(first_cubed, Tensor([[2, 1], [1, 1]]))
    assert_close(got, expected, "gradient of first_cubed at [[2, 1], [1, 1]]", rtol=1e-6, atol=1e-6)


test_unit_numerical_grad()
### BEGIN HIDDEN TESTS
def test_hidden_numerical_grad():
    """Fresh numbers, lengths 0 and 1, a transposed x, any step: on a parabola all steps are exact."""
    rng = np.random.default_rng()
    for shape in [(3, 2), (2, 1, 2), (0, 2), ()]:
        x, h = rng.normal(size=shape), rng.uniform(0.1, 1)
        what = f"gradient of (t * t).sum() + t.sum()² at a transposed {x.T.shape}, h={h:.2f}"
        assert_close(numerical_grad(squares, Tensor(x, np.float64).T, h), 2 * (x.T + x.sum()), what)
    x = rng.normal(size=(1, 4))
    got, expected = numerical_grad(first_cubed, Tensor(x, np.float64)), 3 * x**2 * [1, 0, 0, 0]
    assert_close(got, expected, "gradient of first_cubed at a (1, 4)", rtol=1e-6, atol=1e-6)


test_hidden_numerical_grad()
### END HIDDEN TESTS

# %% [markdown]
# ## The recipe, drawn
# The other way to a gradient is to look at how the result was made. Every tensor that depends on one with
# `requires_grad=True` has a recipe: an op and its arguments, which have recipes themselves. Drawn (`draw`, from
# `tinytorch.figures`, follows the recipes and writes SVG), it is a graph.

# %%
x, w = Tensor(2.0), Tensor(3.0, requires_grad=True)
draw((x * w + w).tanh())


# %% [markdown]
# Blue remembers an op. Orange is a **leaf**: no op made it, and its gradient is wanted. Grey is a constant, whose
# gradient nobody will ask for. An arc from w: it is used a second time, further on.

# %% [markdown]
# ## Not to remember
# A recipe keeps its arguments alive, and to measure a model's accuracy nobody needs them. So there must be a
# switch: `Seam.recording`, which module 01's `apply` asks. Write `recording`, which sets it for a block of code
# and afterwards puts back *what was there before*, also when the block ends with an error.
#
# `@contextlib.contextmanager` makes such a block of a function with one `yield`: what stands before the `yield`
# runs at the block's beginning, what stands after it at the end. An error in the block comes out of the `yield`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Save, set, `try: yield`, `finally` restore.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# Restoring True is wrong: blocks may be nested.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-recording", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    ### BEGIN SOLUTION
    before, Seam.recording = Seam.recording, mode
    try:
        yield
    finally:
        Seam.recording = before
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-recording-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Unexpected(Exception):
    """An error in a block."""


def remembers():
    """Whether a result remembers its recipe just now."""
    return (Tensor([1.0], requires_grad=True) * 2).requires_grad


# %% nbgrader={"grade": false, "grade_id": "autograd-recording-nested", "locked": true, "schema_version": 3, "solution": false, "task": false}
PLACES = "before both", "in the outer one", "in the inner one", "in the outer one, after the inner one", "after both"


def seen_around(*modes):
    """Whether results are remembered at each of the PLACES around a recording block in another."""
    outer, inner = modes
    try:
        seen = [remembers()]
        with recording(outer):
            seen.append(remembers())
            with recording(inner):
                seen.append(remembers())
            seen.append(remembers())
        return [*seen, remembers()]
    finally:
        Seam.recording = True


# %% nbgrader={"grade": false, "grade_id": "autograd-recording-fail", "locked": true, "schema_version": 3, "solution": false, "task": false}
def fail(mode):
    """Leave a recording block by an error."""
    with contextlib.suppress(Unexpected), recording(mode):
        raise Unexpected


# %% nbgrader={"grade": true, "grade_id": "test-autograd-recording", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_recording():
    """recording switches, nests, restores what was there, and survives an error."""
    for outer in (True, False):
        for inner in (True, False):
            for place, got, expected in zip(PLACES, seen_around(outer, inner), [True, outer, inner, outer, True], strict=True):
                assert_close(got, expected, f"recording({inner}) in recording({outer}), {place}: are results remembered")
    try:
        fail(False)
        assert remembers(), "after an error in recording(False), results should be remembered again"
        with recording(False):
            fail(True)
            assert not remembers(), "after an error in recording(True) within recording(False): nothing is remembered"
        with recording(False):
            raise Unexpected
    except Unexpected:
        return
    finally:
        Seam.recording = True
    raise AssertionError("an error in a recording block should come out of it")


test_unit_recording()
### BEGIN HIDDEN TESTS
try:
    for _ in range(2):
        with contextlib.suppress(Unexpected), recording(False), recording(False):
            raise Unexpected
    assert remembers(), "after an error in two blocks of recording(False)"
finally:
    Seam.recording = True
### END HIDDEN TESTS

# %% [markdown]
# PyTorch's names for it. `no_grad` is a block, `with no_grad():`, or a decorator, `@no_grad()`.

# %% nbgrader={"grade": false, "grade_id": "autograd-no-grad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def no_grad(f=None):
    """A block, or a decorator for a function, in which nothing is remembered."""
    return recording(False) if f is None else recording(False)(f)


def enable_grad(f=None):
    """A block inside `no_grad`, or a decorator, in which recipes are remembered again."""
    return recording(True) if f is None else recording(True)(f)


def is_grad_enabled():
    """Whether results remember their recipes just now."""
    return Seam.recording


# %% [markdown]
# ## One rule per op
# Let `out = a * b`, somewhere inside a long computation that ends in one number, the loss. Suppose somebody hands
# us g, the gradient of the loss with respect to `out`. Growing `a` a little makes `out` grow b times as much, so
# the loss grows g · b times as much. This is the chain rule, and it is all that an op has to know: from g to the
# gradients of its own arguments.
#
# A rule gets g, the result `out`, and then the arguments as they were given. It returns one gradient per
# argument. `RULES` collects them.
#
# Normally nobody asks for the gradient of a gradient, so `backward` runs the rules on plain NumPy arrays, which
# is faster: in the block `on_arrays()` the seam is exchanged, and `exp(a)` is just NumPy's. If somebody does ask,
# the same rules run on Tensors. So g, `out` and the arguments may be either. **Write `exp(a)`, not `a.exp()`**:
# an array has no such method, and its `sum` takes other arguments. Operators (`+`, `*`, `@`), `.shape` and
# `.ndim` are common to both.

# %% nbgrader={"grade": false, "grade_id": "autograd-seam", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@contextlib.contextmanager
def seam(call):
    """Within the block, ops are run by `call(op, args, kwargs)`."""
    before, Seam.call = Seam.call, staticmethod(call)
    try:
        yield
    finally:
        Seam.call = staticmethod(before)


# %% nbgrader={"grade": false, "grade_id": "autograd-on-arrays", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def on_arrays():
    """A block in which ops take and give arrays."""
    return seam(lambda f, args, kwargs: f.forward(*args, **kwargs))


# %% nbgrader={"grade": false, "grade_id": "autograd-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# Two examples. In a + b, growing either one grows the sum by as much; a * b was said above.

# %% nbgrader={"grade": false, "grade_id": "autograd-first-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(add)
def _(g, out, a, b):
    return g, g


@rule(mul)
def _(g, out, a, b):
    return g * b, g * a


# %% [markdown]
# Each rule is tried against `numerical_grad` as soon as it is written. `check_rule`, given, does so for every
# argument, with a random g, on Tensors and on plain arrays.

# %% nbgrader={"grade": false, "grade_id": "autograd-attempted", "locked": true, "schema_version": 3, "solution": false, "task": false}
def attempted(what, f, *args, **kwargs):
    """f(*args, **kwargs); an error says in what, but not that of an exercise which is not filled in yet."""
    try:
        return f(*args, **kwargs)
    except Exception as error:
        if isinstance(error, NotImplementedError) and not str(error):
            raise
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error


# %% nbgrader={"grade": false, "grade_id": "autograd-on-plain-arrays", "locked": true, "schema_version": 3, "solution": false, "task": false}
def as_backward(what, f, *args, **kwargs):
    """f(*args, **kwargs) with plain arrays for Tensors, as backward calls it; an error says so."""
    with on_arrays():
        try:
            return f(*opened(args)[1], **kwargs)
        except Exception as error:
            advice = "\nWrite op functions, exp(a) or sum_(a, dim), not methods such as a.exp()."
            kind = f"{type(error).__name__}: {error}"
            raise AssertionError(f"{what}, on plain arrays, as backward calls it: {kind}{advice}") from error


# %% nbgrader={"grade": false, "grade_id": "autograd-found-by", "locked": true, "schema_version": 3, "solution": false, "task": false}
def found_by(f, g, out, *args, **kwargs):
    """What the rule of f returns, always as a tuple, and with functions called."""
    found = RULES[f](g, out, *args, **kwargs)
    found = found if isinstance(found, tuple) else (found,)
    return [share() if callable(share) and not isinstance(share, Tensor) else share for share in found]


# %% nbgrader={"grade": false, "grade_id": "autograd-compare", "locked": true, "schema_version": 3, "solution": false, "task": false}
def compare(what, ours, expected, kinds):
    """Raise AssertionError unless `ours` is one of `kinds`, and in shape and values the measured gradient."""
    wanted, got = "a Tensor" if kinds is Tensor else "an array", type(ours).__name__
    assert isinstance(ours, kinds), f"{what}: expected {wanted}, got {got}"
    numbers, shape = np.asarray(ours.data if kinds is Tensor else ours), expected.shape
    assert numbers.shape == shape, f"{what}: the argument has shape {shape}, its gradient {numbers.shape}"
    for place in np.argwhere(~np.isclose(numbers, expected, 1e-5, 1e-6)):
        place = tuple(map(int, place))
        values = f"measured {expected[place]:.6g}, the rule gives {numbers[place]:.6g}"
        raise AssertionError(f"{what}{f' at {list(place)}' if place else ''}: {values}")


# %% nbgrader={"grade": false, "grade_id": "autograd-measured", "locked": true, "schema_version": 3, "solution": false, "task": false}
TWINS = [(add, np.add), (mul, np.multiply), (div, np.divide), (tanh, np.tanh), (exp, np.exp), (sqrt, np.sqrt)]
TWINS += [(maximum, np.maximum), (where, np.where), (permute, np.ndarray.transpose)]
TWINS.append((sum_, lambda a, dim=None, keepdim=False: a.sum(dim, keepdims=keepdim)))


def twin_of(f):
    """The op f on arrays: NumPy's function, where it has one, and so nothing that is judged here."""
    return next((twin for op, twin in TWINS if op is f), lambda *args, **kwargs: f(*map(Tensor, args), **kwargs).data)


def measured_slopes(f, x, h=1e-5):
    """The gradient of f, from an array to a number, at x by central differences, whatever `numerical_grad` is by now."""
    slopes = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        slopes[place] = (float(f(x + step)) - float(f(x - step))) / (2 * h)
    return slopes


# %% nbgrader={"grade": false, "grade_id": "autograd-argument-names", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def argument_names(f):
    """What the rule of f calls the arguments of f."""
    return list(inspect.signature(RULES[f]).parameters)[2:]


# %% nbgrader={"grade": false, "grade_id": "autograd-as-called", "locked": true, "schema_version": 3, "solution": false, "task": false}
def as_called(f, names, args, kwargs):
    """How f is called, with a Tensor's name for it: "sum(a, dim=0)"."""
    shown = [names[i] if isinstance(a, Tensor) else repr(a) for i, a in enumerate(args)]
    return f"{f.__name__}({', '.join([*shown, *(f'{name}={value}' for name, value in kwargs.items())])})"


# %% nbgrader={"grade": false, "grade_id": "autograd-check-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
def check_rule(f, *args, **kwargs):
    """Raise AssertionError unless the rule of the op f gives the measured gradient for each float Tensor in args."""
    given = [Tensor(a, np.float64) if isinstance(a, Tensor) and a.dtype.kind == "f" else a for a in args]
    names = argument_names(f)
    out, of = f(*given, **kwargs), f"the rule of {as_called(f, names, args, kwargs)}"
    g = Tensor(np.random.default_rng(0).normal(size=out.shape), np.float64)
    found = attempted(of, found_by, f, g, out, *given, **kwargs)
    plain = as_backward(of, lambda *a: found_by(f, *a, **kwargs), g, out, *given)
    twin, weights, arrays = twin_of(f), g.data, [t.data if isinstance(t, Tensor) else t for t in given]
    for i, t in enumerate(given):
        if isinstance(t, Tensor) and t.dtype.kind == "f":
            around = lambda x, i=i: (twin(*arrays[:i], x, *arrays[i + 1 :], **kwargs) * weights).sum()
            measured, what = measured_slopes(around, arrays[i]), f"{of}, gradient for {names[i]}"
            compare(what, found[i] if i < len(found) else None, measured, Tensor)
            what += ", on plain arrays, as backward calls it"
            compare(what, plain[i] if i < len(plain) else None, measured, (np.ndarray, np.generic))
    return f"The rule of {f.__name__} gives what was measured."


# %% nbgrader={"grade": false, "grade_id": "autograd-check-stretched", "locked": true, "schema_version": 3, "solution": false, "task": false}
def added_up(g, shape):
    """Each number of the array g added where broadcasting took it from, in an array of `shape`."""
    total = np.zeros(shape)
    for place in np.ndindex(g.shape):
        own = place[g.ndim - len(shape) :]
        total[tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))] += g[place]
    return total


def check_stretched(f, rule, twin, *arrays):
    """Raise AssertionError unless `rule` gives the measured gradients of f also where broadcasting stretches arguments."""
    def summed(g, out, *given):
        shares = [share if hasattr(share, "data") else share() for share in rule(g, out, *given)]
        return tuple(Tensor(added_up(share.data, t.shape), np.float64) for share, t in zip(shares, given, strict=True))

    what = f"the rule of {f.__name__}, broadcasting {' and '.join(str(a.shape) for a in arrays)}"
    problem = attempted(what, rule_problem, summed, twin, arrays, lambda a: Tensor(a, np.float64))
    assert problem == "", f"{what}: {problem}"


# %%
a, b = randn(3), randn(3)
check_rule(add, a, b), check_rule(mul, a, b)


# %% [markdown]
# Now yours. The rule of `tanh` is shortest when it uses `out`: the slope of tanh at a is 1 - tanh(a)². And
# because a rule is handed `out`, nothing has to be computed twice or saved.
#
# <details><summary>Hint 1: the idea</summary>
#
# g times the slope; the slope from `out` alone.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# One argument, so return one gradient, no tuple. Multiply `out` by itself: `out**2` is slower.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-tanh", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(tanh)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g * (1 - out * out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-tanh", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_tanh():
    """The rule of tanh agrees with the measured slope."""
    check_rule(tanh, Tensor(np.linspace(-2, 2, 7)))


test_unit_rule_tanh()
### BEGIN HIDDEN TESTS
for shape in [(2, 1, 3), (0, 2), ()]:
    check_rule(tanh, Tensor(np.random.default_rng().normal(size=shape)))
### END HIDDEN TESTS

# %% [markdown]
# `div` has two arguments, a / b. For b, remember how 1 / b falls: its slope is -1 / b².
#
# <details><summary>Hint 1: the formulas</summary>
#
# $\partial(a/b)/\partial a = 1/b$ and $\partial(a/b)/\partial b = -a/b^2$.
#
# </details>
# <details><summary>Hint 2: cheaper</summary>
#
# $-a/b^2$ is `-out / b`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-div", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(div)
def _(g, out, a, b):
    ### BEGIN SOLUTION
    share = g / b
    return share, lambda: -share * out  # most divisors are plain numbers, and nobody asks
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-div", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_div():
    """The rule of div agrees with the measured slopes of both arguments."""
    rng = np.random.default_rng(502)
    a, b = Tensor(rng.normal(size=(2, 3))), Tensor(rng.uniform(0.5, 2, size=(2, 3)))
    check_rule(div, a, b)


test_unit_rule_div()
### BEGIN HIDDEN TESTS
def test_hidden_rule_div():
    """The slopes hold for divisors below 0 too, for lengths 0 and 1, and where broadcasting repeats one side, or both."""
    rng = np.random.default_rng()
    for shape, side in [((4,), -1), ((2, 1, 3), 1), ((0, 2), 1), ((), -1)]:
        check_rule(div, Tensor(rng.normal(size=shape)), Tensor(side * rng.uniform(0.5, 2, shape)))
    for shapes in [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2,))]:
        check_stretched(div, RULES[div], np.divide, rng.normal(size=shapes[0]), rng.uniform(0.5, 2, shapes[1]))


test_hidden_rule_div()
### END HIDDEN TESTS

# %% [markdown]
# ## What broadcasting repeated, the gradient adds up
# In `x + b`, with x a (64, 10) and b a (10,), each number of b is used 64 times. Growing it grows 64 numbers of
# the result, so its gradient is the *sum* of the 64. The rules know nothing of that: they return a (64, 10) for
# b. It is mended in one place, for all of them: `unbroadcast` sums over the axes that broadcasting had added or
# stretched. Like a rule, it may get a Tensor or an array: use `sum_(g, …)` and `reshape(g, …)`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two kinds of axes are summed away: those in front that `shape` does not have, and those where `shape` has length
# 1 and g has more.
#
# </details>
# <details><summary>Hint 2: the steps</summary>
#
# `extra = g.ndim - len(shape)` axes in front. Axis i of `shape` is axis `i + extra` of g. One `sum_(g, axes)`
# over all of them, then `reshape` to `shape`.
#
# </details>
# <details><summary>Hint 3: often there is nothing to do</summary>
#
# If the shapes are equal, return g itself: this is the usual case, and it should cost nothing.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-unbroadcast", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    ### BEGIN SOLUTION
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-unbroadcast", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_unbroadcast():
    """unbroadcast undoes what broadcasting does, for every pair of shapes."""
    cases = [
        ((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 3), (1, 3)), ((2, 3), (2, 1)), ((2, 3), (1, 1)), ((2, 3), ()),
        ((4, 2, 3), (2, 1)), ((4, 1, 3), (1, 3)), ((2, 3), (1,)), ((5, 4, 2, 3), (4, 1, 3)),
    ]
    for full_shape, shape in cases:
        g = np.random.default_rng(3).normal(size=full_shape)
        expected = added_up(g, shape)
        what = f"unbroadcast of a {full_shape} to {shape}"
        got = attempted(what, unbroadcast, Tensor(g, np.float64), shape)
        assert isinstance(got, Tensor), f"{what}: expected a Tensor, got {type(got).__name__}"
        assert_close(got.data, expected, what)
        got, what = as_backward(what, unbroadcast, g, shape), f"{what}, on plain arrays, as backward calls it"
        assert isinstance(got, (np.ndarray, np.generic)), f"{what}: expected an array, got {type(got).__name__}"
        assert_close(got, expected, what)


test_unit_unbroadcast()
### BEGIN HIDDEN TESTS
got = attempted("unbroadcast of a (0, 3) to (1, 3)", unbroadcast, zeros(0, 3), (1, 3))
assert_close(got.data, np.zeros((1, 3)), "unbroadcast of a (0, 3) to (1, 3)")
assert_close(unbroadcast(Tensor(np.ones((1, 3))), (1, 3)).data, np.ones((1, 3)), "unbroadcast of a (1, 3) to itself")
### END HIDDEN TESTS

# %% [markdown]
# `sum` is the mirror image: what it adds up, its gradient repeats. `spread` puts the summed axes back, with
# length 1, and expands them; nothing is copied. With it, write the rule of `sum`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Growing any one number by a little makes its sum grow by the same: each gets the g of the sum it went into.
#
# </details>
# <details><summary>Hint 2: the arguments</summary>
#
# A rule gets the op's arguments under the op's own names: the shape is that of `a`, and `dim` and `keepdim` say
# which axes went.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-spread", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def spread(g, shape, dim=None, keepdim=False):
    """Undo the shape of a reduction over `dim`: g repeated along the axes that it took from `shape`."""
    if dim is not None and shape and not keepdim:
        dims = [dim] if isinstance(dim, int) else dim
        for d in sorted(d % len(shape) for d in dims):
            g = unsqueeze(g, d)
    return expand(g, shape)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-sum", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    ### BEGIN SOLUTION
    return spread(g, a.shape, dim, keepdim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-sum", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_sum():
    """The rule of sum agrees with the measured slopes for every choice of axes."""
    x = Tensor(np.random.default_rng(5).normal(size=(2, 3, 2)))
    for dim in (None, 0, -1, (0, 2), (-1, 1)):
        for keepdim in (False, True):
            check_rule(sum_, x, dim=dim, keepdim=keepdim)


test_unit_rule_sum()
### BEGIN HIDDEN TESTS
def test_hidden_rule_sum():
    """Axes of length 0 and 1, one axis as a tuple, axes out of order, all of them, and a single number."""
    rng = np.random.default_rng()
    for shape, dims in [((2, 1, 3, 2), (1, -2, (3,), (2, 0), (-1, 0, 1), (0, 1, 2, 3))), ((0, 3), (None, 0, 1)), ((), (None,))]:
        for dim in dims:
            check_rule(sum_, Tensor(rng.normal(size=shape)), dim)
    check_rule(sum_, Tensor(rng.normal(size=(3, 2, 2))), (-1, 0), True)


test_hidden_rule_sum()
### END HIDDEN TESTS

# %% [markdown]
# ## The diamond
# How do the gradients travel through the whole graph? Where the result is a chain there is no question. But a
# tensor may be used twice, and its uses meet again further on: drawn, that is a diamond.

# %%
x = Tensor(1.0, requires_grad=True)
draw(x.sin() * x.cos())


# %% [markdown]
# What should x's gradient be? Growing x a little changes the result along both ways, so the shares of both ways
# add up. The obvious way to do that is a recursion: give the result g, and let every tensor hand its arguments
# their share at once.

# %% nbgrader={"grade": false, "grade_id": "autograd-doubled", "locked": true, "schema_version": 3, "solution": false, "task": false}
def doubled(times):
    """A tensor, added to itself again and again."""
    x = y = Tensor(1.0, requires_grad=True)
    for _ in range(times):
        y = y + y
    return x, y


# %%
calls = 0


def naive(t, g):
    """Hand g to t's arguments, recursively, as soon as it arrives."""
    global calls
    calls += 1
    t.grad = g if t.grad is None else t.grad + g
    if t.recipe:
        for source, part in zip(t.recipe.args, RULES[t.recipe.op](g, t, *t.recipe.args), strict=True):
            naive(source, part)


# %%
for times in (1, 2, 10):
    x, y = doubled(times)
    calls = 0
    naive(y, Tensor(1.0))
    print(f"{times:2d} doublings: gradient {x.grad.item():6.0f}, {calls} calls")

# %%
draw(doubled(3)[1])


# %% [markdown]
# The numbers are right, but each doubling doubles the work: at ten there are 2,047 calls for ten additions, at
# forty two trillion. A tensor that is used twice passes on each of the two shares separately, and everything
# behind it is done twice, and behind that four times. And a chain of a few thousand ops ends in a RecursionError.
#
# Both are cured by waiting. A tensor should pass on its gradient *once*, when the shares of all its uses have
# come in: after all tensors that were made from it. That order is called topological.
#
# Write `graph`. No recursion: keep a stack of your own. A node on it is seen twice: the first time put it back
# and its arguments on top; the second time, when they are all done, it goes into the order.
#
# To note which tensors have been seen, use a set: tensors in a set or dict are told apart by identity. A list
# will not do. `t in some_list` asks `==`, which for tensors compares the elements; and it looks at the whole list
# each time.
#
# <details><summary>Hint 1: the idea</summary>
#
# The stack holds pairs (tensor, whether its arguments have been put on the stack already).
#
# </details>
# <details><summary>Hint 2: the loop</summary>
#
# Pop a pair. If its arguments are done, append the tensor to the order. Otherwise, unless it was seen before:
# note it as seen, push (tensor, True), then (argument, False) for each argument that has a recipe.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `tensors_in(t.recipe.args)` gives the arguments, those in lists included. A leaf has no recipe (`None`): leave
# it out.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-graph", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def check_order(made, *roots):
    """Raise AssertionError unless graph gives what `roots` depend on, in order. made: {name: (tensor, names of its sources)}."""
    of, wanted = f"graph of {', '.join(map(str, roots))}", list(roots)
    order = attempted(of, graph, *[made[name][0] for name in roots])
    assert isinstance(order, list), f"{of}: expected a list of tensors, got {type(order).__name__}"
    for name in wanted:
        wanted += [source for source in made[name][1] if source not in wanted]
    names, seen = {id(tensor): name for name, (tensor, _) in made.items()}, set()
    for t in order:
        assert id(t) in names, f"{of}: a tensor without a recipe, a leaf or constant, stands in the order"
        name = names[id(t)]
        assert name not in seen, f"{of}: {name} stands in the order twice"
        early = [source for source in made[name][1] if source not in seen]
        assert not early, f"{of}: {name} stands before {early[0]}, from which it was made"
        seen.add(name)
    missing = [name for name in wanted if name not in seen]
    assert not missing, f"{of}: {missing[0]} is missing"
    assert len(seen) == len({*wanted}), f"{of}: expected {len({*wanted})} tensors, got {len(seen)}"


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-shapes", "locked": true, "schema_version": 3, "solution": false, "task": false}
def tangle():
    """Results whose parts are used several times, at different depths, as `check_order` wants them."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    a = x.sin()
    b = a * x
    c, d = b + a, b * b
    e = d.exp()
    f = cat([c, e, a])
    return {"a": (a, ""), "b": (b, "a"), "c": (c, "ab"), "d": (d, "b"), "e": (e, "d"), "f": (f, "cea"), "g": (f * 2.0, "f")}


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-ladder", "locked": true, "schema_version": 3, "solution": false, "task": false}
def ladder(length, step):
    """A number and what `step` makes of it, again and again, as `check_order` wants it."""
    y, made = Tensor(0.0, requires_grad=True), {}
    for i in range(length):
        y = step(y)
        made[f"y{i}"] = (y, [f"y{i - 1}"] if i else [])
    return made


# %% nbgrader={"grade": false, "grade_id": "autograd-chain-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def chain(length):
    """A long chain of additions."""
    y = Tensor(0.0, requires_grad=True)
    for _ in range(length):
        y = y + 1.0
    return y


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-cost", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
class Visited:
    """In the place of a recipe: counts how often somebody looks at its arguments."""

    count = 0

    def __init__(self, recipe):
        self.op, self.kwargs, self.inner = recipe.op, recipe.kwargs, recipe.args

    @property
    def args(self):
        """The arguments, counted."""
        Visited.count += 1
        return self.inner


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-visits", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def visits(times):
    """How often graph looks at the arguments of a recipe where a tensor is doubled so many times."""
    _, result = doubled(times)
    t, Visited.count = result, 0
    while t.recipe:
        t.recipe = Visited(t.recipe)
        t = t.recipe.inner[0]
    graph(result)
    return Visited.count


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-time", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def processor_seconds(root, repeats=3):
    """The processor time of graph(root): the least of some runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        graph(root)
        times.append(time.process_time() - start)
    return min(times)


# %% nbgrader={"grade": true, "grade_id": "test-autograd-graph", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_graph():
    """graph visits every tensor once, each after what it was made from, without recursion."""
    made = tangle()
    for roots in ("g", "a", "d", "ec", "ce", "gb", "dg"):
        check_order(made, *roots)
    looks = visits(12)
    assert looks <= 120, f"{looks:,} visits for 12 tensors: note what has been seen, and do not visit it again"
    check_order(ladder(40, lambda y: y + y), "y39")
    check_order(ladder(2_000, lambda y: y + 1.0), "y1999")
    short, long = processor_seconds(chain(1_500), 9), processor_seconds(chain(6_000))
    slow = f"6,000 tensors took {long:.2f} s, {long / max(short, 1e-9):.0f} times as long as 1,500"
    assert long < 0.05 or long < 9 * short, f"{slow}: note what has been seen in a set, not in a list"
    alone = "graph of a tensor without a recipe, which should be empty"
    assert_close(len(attempted(alone, graph, Tensor(1.0, requires_grad=True))), 0, f"{alone}: its length")


test_unit_graph()
### BEGIN HIDDEN TESTS
def test_hidden_graph():
    """Several roots share one order, and lists of arguments are looked into, in a graph that nobody has seen."""
    rng = np.random.default_rng()
    made = {0: (Tensor(rng.normal(size=2), requires_grad=True).sin(), [])}
    for i in range(1, 25):
        sources = rng.integers(0, i, 3).tolist()
        parts = [made[source][0] for source in sources]
        if i % 3:
            made[i] = (parts[0] * parts[1], sources[:2])
        else:
            made[-i] = (cat(parts), sources)
            made[i] = (made[-i][0][:2], [-i])
    for roots in [(24,), (0, 24), *rng.integers(0, 25, (6, 3)).tolist()]:
        check_order(made, *roots)


test_hidden_graph()
### END HIDDEN TESTS

# %% [markdown]
# ## Backward
# Everything is there. Start with the gradient of the result with respect to itself, 1. Go through the graph
# backwards; each tensor takes what has come in for it and shares it out among its arguments.
#
# What stands around that is given, in the cells below. Who calls whom:
#
# - `t.backward()` adds to the `.grad` of the leaves. `grad(outputs, inputs)` returns gradients and adds to nothing.
# - Both ask `gradients`, which makes the order (`graph`), the first gradients (`start`) and the right block, and calls
#   `flow`, **which is yours**. Of the arrays that come back `owned` makes Tensors.
# - `flow` asks `shares` for one tensor after the other. `shares` calls the rule of the op that made t.
# - `paired` puts each argument beside its gradient, which it unbroadcasts and casts to the argument's dtype.
#
# You need only `shares(t, g, create_graph)`; read the rest when you want to know.

# %% nbgrader={"grade": false, "grade_id": "autograd-shares", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
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


# %% nbgrader={"grade": false, "grade_id": "autograd-paired", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
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


# %% [markdown]
# In `gradients`: an op that has been worked on has the recipe `FREED`. Unless `create_graph`, the Tensors in
# `grads` are exchanged for arrays, and the rules run on arrays.

# %% nbgrader={"grade": false, "grade_id": "autograd-start", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-gradients", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-owned", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
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


# %% nbgrader={"grade": false, "grade_id": "autograd-backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
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


# %% nbgrader={"grade": false, "grade_id": "autograd-grad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# Write `flow`. It takes the order of `graph` and the gradients that are known at the start, a dict from tensor to
# gradient, and returns that dict with what is left in it at the end: the gradients of the leaves.
#
# Shares of a tensor that is used several times are added. A tensor in `order` may have got none, where a rule
# gave `None`: it has nothing to pass on. When a tensor has passed its gradient on, nobody needs that gradient any
# more: take it out of the dict, unless the tensor is one of `keep`. And unless `retain_graph`, nobody needs the
# recipe: set it to `FREED`. Then what it held in memory can go while the rest is still being worked on, but not
# while `order` still refers to the tensor: take each off its end with `order.pop()`. `create_graph` is only
# handed on to `shares`.
#
# <details><summary>Hint 1: the idea</summary>
#
# While there is something in `order`: pop t, take t's gradient g out of `grads`, and for each pair of `shares(t,
# g, create_graph)` put the share in, or add it to the one that is there.
#
# </details>
# <details><summary>Hint 2: the traps</summary>
#
# A tensor without a gradient in `grads` is skipped, not the end of the walk. And `+`, not `+=`: the array may
# belong to somebody else as well.
#
# </details>
# <details><summary>Hint 3: keep</summary>
#
# `grads[t]` reads a gradient and leaves it there; `grads.pop(t)` takes it out.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-flow", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    create_graph: handed on to `shares`.
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def measured_and_ours(f, *arrays, twin=None, what="the function"):
    """For each array: the measured gradient of f, or of its twin on arrays, and the one that backward leaves in .grad."""
    tensors = [Tensor(a, np.float64, requires_grad=True) for a in arrays]
    attempted(f"backward through {what}", f(*tensors).backward)
    value, both = twin or (lambda *given: f(*(Tensor(a, np.float64) for a in given))), []
    for i, t in enumerate(tensors):
        assert t.grad is not None, f"backward through {what} left argument {i} without a .grad: no share has come there"
        around = lambda x, i=i: value(*arrays[:i], x, *arrays[i + 1 :])
        both.append((measured_slopes(around, arrays[i]), t.grad.data))
    return both


# %% nbgrader={"grade": false, "grade_id": "autograd-check-backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
def check_backward(what, f, twin, **arrays):
    """Raise AssertionError unless backward through f gives each of the arrays the gradient measured on the twin."""
    both = measured_and_ours(f, *arrays.values(), twin=twin, what=what)
    for (expected, got), name in zip(both, arrays, strict=True):
        assert_close(got, expected, f"gradient of {what} for {name}", rtol=1e-5, atol=1e-6)


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-shared", "locked": true, "schema_version": 3, "solution": false, "task": false}
def shared_parts(x, y):
    """Parts used several times, broadcasting, and a part that the result does not depend on."""
    a = x.tanh()
    unused = a / 2
    b = a * y + a
    return (b * b / (y * y + 1.0)).tanh().sum() if unused is not None else None


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-twin", "locked": true, "schema_version": 3, "solution": false, "task": false}
def shared_parts_of_arrays(x, y):
    """The same in NumPy."""
    b = np.tanh(x) * y + np.tanh(x)
    return np.tanh(b * b / (y * y + 1.0)).sum()


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-arrived", "locked": true, "schema_version": 3, "solution": false, "task": false}
arrived = []


@op
def passing(a):
    """a itself, in new memory; its rule notes the gradients that arrive there."""
    return a + 0


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-passed-on", "locked": true, "schema_version": 3, "solution": false, "task": false}
@rule(passing)
def passed_on(g, out, a):
    """g, as it is."""
    arrived.append(np.array(g))
    return g


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-ignoring", "locked": true, "schema_version": 3, "solution": false, "task": false}
@op
def ignoring(a, b, which):
    """a + b; its rule gives no gradient to one of them: 0, a, or 1, b."""
    return a + b


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-ignored", "locked": true, "schema_version": 3, "solution": false, "task": false}
@rule(ignoring)
def ignored(g, out, a, b, which):
    """g for one of a and b."""
    return (None, g) if which == 0 else (g, None)


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-probes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
noted = []


@op
def noting(a):
    """a itself, in new memory; its rule notes what `late()` is by then."""
    return a + 0


@rule(noting)
def _(g, out, a):
    noted.append(late())
    return g


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-late", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def late():
    """Replaced in `noted_by` by a weak reference to an array that is computed after `noting`."""


def noted_by(x):
    """What the rule of `noting` notes of an array that is computed after it: [None] where it is out of memory."""
    global late
    noted.clear()
    first = noting(x)
    second = first * 3.0
    late = weakref.ref(second.data)
    total = second.sum()
    del second
    total.backward()
    return list(noted)


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-raised", "locked": true, "schema_version": 3, "solution": false, "task": false}
def raised(f):
    """The message of the RuntimeError that f raises, or ""."""
    try:
        f()
    except RuntimeError as error:
        return str(error)
    return ""


# %% nbgrader={"grade": true, "grade_id": "test-autograd-flow", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_flow():
    """backward agrees with measured gradients, accumulates, frees the graph, and each tensor is worked on once."""
    x = Tensor(3.0, requires_grad=True)
    y = x * x
    found = attempted("flow(graph(x * x), …)", flow, graph(y), {y: Tensor(1.0)}, create_graph=True)
    assert isinstance(found, dict), f"flow: expected a dict from tensor to gradient, got {type(found).__name__}"
    assert set(found) == {x}, f"flow(graph(x * x), …): expected a gradient of x alone, got {len(found)} gradients"
    assert_close(float(found[x]), 6.0, "gradient of x * x at 3")
    a, unused = x * 2, x * 5
    b = a * 4
    passed_over = "flow, where x * 5 stands in the order, and no gradient comes to it"
    found = attempted(passed_over, flow, [a, unused, b], {b: Tensor(1.0)}, create_graph=True)
    assert x in found, "x got no gradient: a tensor in the order to which none comes is passed over, it is not the end"
    assert_close(float(found[x]), 8.0, "gradient of 8 x, where x * 5 stands in the order too, and no gradient comes to it")
    rng = np.random.default_rng(4)
    arrays = {"x": rng.normal(size=(2, 3)), "y": rng.normal(size=3)}
    check_backward("shared_parts", shared_parts, shared_parts_of_arrays, **arrays)
    x, y = doubled(40)
    y.backward()
    assert_close(float(x.grad), 2.0**40, "gradient after 40 doublings")
    x, y = (Tensor([1.0, 2.0], requires_grad=True) for _ in "xy")
    attempted("backward through (x + y + x).sum()", (x + y + x).sum().backward)
    assert_close(x.grad.data, np.array([2.0, 2.0]), "gradient of x + y + x for x")
    assert_close(y.grad.data, np.array([1.0, 1.0]), "gradient of x + y + x for y")
    for which, expected in ((0, 2.0), (1, 1.0)):
        x = Tensor(0.0, requires_grad=True)
        ignoring(x.tanh(), (2 * x).tanh(), which).backward()
        assert_close(float(x.grad), expected, f"gradient where a rule gives argument {which} None")
    x = Tensor(3.0, requires_grad=True)
    for times in (1, 2, 3):
        (x * x).backward()
        assert_close(float(x.grad), 6.0 * times, f"x.grad after {times} backward passes: they add up")
    y = x * x
    y.backward(retain_graph=True)
    message = raised(y.backward)
    assert message == "", f"a second backward, where the first one was told retain_graph=True: {message}"
    message = raised(y.backward)
    third = "a third backward, after the graph was freed: expected a RuntimeError that says so"
    assert "freed" in message, f"{third}, got {message or 'none'}"
    (slope,) = grad(x * x * x, x, create_graph=True)
    assert slope.requires_grad, "create_graph=True: the gradient should have a recipe. Hand create_graph on to shares"
    assert_close(float(grad(slope, x)[0]), 18.0, "second derivative of x³ at 3")


def test_unit_flow_keeps_and_frees():
    """The gradients of `keep` stay; what has been worked on is out of memory while the rest goes on."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    a = x * x
    b = a * x
    found = attempted("grad with respect to a and b, which are no leaves", grad, (b * b).sum(), [a, x, b])
    assert_close(found[0].data, np.array([2.0, 32.0]), "gradient of (a x)² for a, which is x²")
    assert_close(found[1].data, np.array([6.0, 192.0]), "gradient of x⁶, through a, for x")
    assert_close(found[2].data, np.array([2.0, 16.0]), "gradient of b² for b")
    arrived.clear()
    y = passing(x)
    (y * 3 + y.tanh() * 0 + y).sum().backward()
    assert len(arrived) == 1, f"`passing` was used once, its rule was called {len(arrived)} times"
    assert_close(arrived[0], np.array([4.0, 4.0]), "the gradient of y * 3 + y that comes to the op which made y")
    (left,) = noted_by(x)
    assert left is None, "what was computed after `noting` should be out of memory when its turn comes"


test_unit_flow()
test_unit_flow_keeps_and_frees()
### BEGIN HIDDEN TESTS
def test_hidden_flow():
    """flow makes graphs of gradients, keeps recipes if told to, and takes several outputs."""
    rng = np.random.default_rng()
    arrays = {"x": rng.normal(size=(2, 3)), "y": rng.normal(size=3)}
    check_backward("shared_parts", shared_parts, shared_parts_of_arrays, **arrays)
    x, (p, q) = Tensor(3.0, requires_grad=True), rng.integers(2, 99, 2).tolist()
    a, unused = x * p, x * 5
    b = a * q
    found = flow([a, unused, b], {b: Tensor(1.0), a: Tensor(2.0)}, create_graph=True)
    assert_close(float(found[x]), p * (q + 2), f"gradient of {p} · {q} x for x, where its part {p} x begins with 2")
    x = Tensor([1.0, 2.0], requires_grad=True)
    weights = rng.integers(1, 9, (3, 2)).astype(np.float32)
    arrived.clear()
    y = passing(x * 2)
    sum(y * Tensor(w) for w in weights).sum().backward()
    assert len(arrived) == 1, f"`passing` was used once, its rule was called {len(arrived)} times"
    assert_close(arrived[0], weights.sum(0), "the gradient that comes to an op whose result is used three times")
    assert_close(x.grad.data, 2 * weights.sum(0), "the gradient that it hands on")
    x = Tensor(weights[0], requires_grad=True)
    (slope,) = grad((x * x * x).sum(), x, create_graph=True)
    (bend,) = grad(slope.sum(), x)
    assert_close(bend.data, 6 * weights[0], "second derivative of x³")
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    assert y.recipe is not FREED and y.recipe.args, "with retain_graph the recipes stay"
    two = grad([(x * 2).sum(), (x * x).sum()], x)
    assert_close(two[0].data, np.array([4.0, 6.0]), "gradient of two outputs together")


test_hidden_flow()
### END HIDDEN TESTS

# %% [markdown]
# What else PyTorch has around this: `detach` (module 02) and `requires_grad_` cut a graph off and begin one,
# `retain_grad` wants the gradient of a tensor that is no leaf, and `set_grad_enabled` is `recording` from now on,
# not only for a block.

# %% nbgrader={"grade": false, "grade_id": "autograd-set-grad-enabled", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-retain-grad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@method
def retain_grad(t):
    """Let backward fill `t.grad` although t is not a leaf."""
    if not t.requires_grad:
        raise RuntimeError("retain_grad: this tensor does not require a gradient")
    t.retains_grad = t.recipe is not None


# %% nbgrader={"grade": false, "grade_id": "autograd-leaves", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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

# %% [markdown]
# ## The other rules
# Given are the rules that need no thought: shapes go back to what they were, and a constant slope is a constant.
# Results that are not floats, of comparisons for example, remember no recipe and need no rule.
# `NOT_DIFFERENTIABLE` lists those ops, so that a test can tell them from an op whose rule was forgotten.

# %% nbgrader={"grade": false, "grade_id": "autograd-given-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(sub)(lambda g, out, a, b: (g, -g))
rule(neg)(lambda g, out, a: -g)
rule(log)(lambda g, out, a: g / a)
rule(log1p)(lambda g, out, a: g / (1 + a))
rule(expm1)(lambda g, out, a: g * (out + 1))
rule(sigmoid)(lambda g, out, a: g * out * (1 - out));

# %% nbgrader={"grade": false, "grade_id": "autograd-given-curves", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(sin)(lambda g, out, a: g * cos(a))
rule(cos)(lambda g, out, a: -g * sin(a))
rule(abs_)(lambda g, out, a: where(a > 0, g, where(a < 0, -g, 0)))  # sign(a) would make NaN of g where a is NaN
rule(sign)(lambda g, out, a: where(False, g, 0))
rule(erf)(lambda g, out, a: g * (2 / math.sqrt(math.pi)) * exp(-a * a))
rule(normal_cdf)(lambda g, out, a: g * normal_pdf(a))
rule(normal_pdf)(lambda g, out, a: -g * a * out)
rule(tanh_cdf)(lambda g, out, a: g * tanh_slope(a, out))
rule(gated)(lambda g, out, a, cdf, approximate="none": (gelu_gradient(a, cdf, g, approximate), None));  # cdf moves with a

# %% [markdown]
# Softmax: growing score j by a little lets $p_i$ grow by $p_i (\delta_{ij} - p_j)$. Summed up with g, that is one line.

# %% nbgrader={"grade": false, "grade_id": "autograd-given-softmax", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(softmax)(lambda g, out, a, dim=-1, dtype=None: out * (g - vecdot(g, out, dim)))
rule(vecdot)(lambda g, out, a, b, dim=-1: (g * b, g * a));

# %% nbgrader={"grade": false, "grade_id": "autograd-given-shapes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(cast, contiguous, expand)(lambda g, out, a, *rest, **options: g)
rule(reshape, view, squeeze, unsqueeze)(lambda g, out, a, *rest, **options: reshape(g, a.shape))
rule(transpose)(lambda g, out, a, dim0, dim1: transpose(g, dim0, dim1))
NOT_DIFFERENTIABLE = ["all", "any", "argmax", "argmin", "argsort", "eq", "ge", "gt", "le", "lt", "ne", "places"]

# %% [markdown]
# This is how far we are. Each op against the measured slope: green, they agree; red, there is no rule yet, or a
# wrong one (hold the mouse over a box to see which). The rest of the section turns the table green: run its cell
# again after each rule.

# %% nbgrader={"grade": false, "grade_id": "autograd-table-rows", "locked": true, "schema_version": 3, "solution": false, "task": false}
ONE = [neg, tanh, sigmoid, log, log1p, expm1, sin, cos, abs_, erf, normal_cdf, normal_pdf, softmax, sum_, exp, sqrt, tanh_cdf]
ONE += [amax, amin, prod]
TWO = [add, sub, mul, div, maximum, minimum, pow_, vecdot]

# %% nbgrader={"grade": false, "grade_id": "autograd-table-more-rows", "locked": true, "schema_version": 3, "solution": false, "task": false}
above = Tensor(np.array([[True, False, True], [False, False, True]]))
taken, classes = Tensor(np.array([[1, 0], [2, 2]])), Tensor(np.array([2, 0]))
MORE = {
    reshape: lambda a: reshape(a, 6), transpose: lambda a: transpose(a, 0, 1), unsqueeze: lambda a: unsqueeze(a, 0),
    where: lambda a, b: where(above, a, b), permute: lambda a: permute(a, 1, 0), cat: lambda a, b: cat([a, b]),
    matmul: lambda a, b: matmul(a, transpose(b, 0, 1)), clip: lambda a: clip(a, 0.8, 1.5),
    cumsum: lambda a: cumsum(a, 0), getitem: lambda a: a[:, [0, 2, 2]], gather: lambda a: gather(a, 1, taken),
    repeat: lambda a: repeat(a, 2, 1), softmax_cross_entropy: lambda a: softmax_cross_entropy(a, classes),
    exp_less_one_at: lambda a: exp_less_one_at(a, 1, unsqueeze(classes, 1)),
    squeeze: lambda a: squeeze(unsqueeze(a, 1), 1), expand: lambda a: expand(a, 4, 2, 3), view: lambda a: view(a, 3, 2),
    cast: lambda a: cast(a, np.float64), gated: lambda a: gated(a, tanh_cdf(a), "tanh"), contiguous: lambda a: contiguous(transpose(a, 0, 1)), sign: lambda a: a * sign(a),
}


# %% nbgrader={"grade": false, "grade_id": "autograd-table-problem", "locked": true, "schema_version": 3, "solution": false, "task": false}
def problem(f, count):
    """What is wrong with backward through f, a function of `count` matrices; "" where it gives the measured slopes."""
    rng = np.random.default_rng(5)
    arrays = [rng.uniform(0.5, 2, (2, 3)) for _ in range(count)]
    try:
        for expected, got in measured_and_ours(lambda *given: sin(f(*given)).sum(), *arrays):
            assert_close(got, expected, "gradient", rtol=1e-5, atol=1e-5)
    except Exception as error:  # no rule yet, or an unfinished one
        return f"{type(error).__name__}: {error}"
    return ""


# %% nbgrader={"grade": false, "grade_id": "autograd-table", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Table:
    """Each op: green where its rule is right, red where not, with the reason as the box's title."""

    def _repr_html_(self):
        more = [(f, case, case.__code__.co_argcount) for f, case in MORE.items()]
        rows = [*((f, f, 1) for f in ONE), *((f, f, 2) for f in TWO), *more]
        return "".join(self.box(f.__name__, problem(case, count)) for f, case, count in rows)

    def box(self, name, reason):
        """A box with a name, as HTML."""
        style = f"background:{'#f0a9a3' if reason else '#a9d5b3'};color:#222;padding:3px 8px;margin:2px"
        more = f'title="{html.escape(reason)}" style="{style};display:inline-block;border-radius:4px"'
        return f"<span {more}>{name}</span>"


# %%
Table()


# %% [markdown]
# Missing are only `place` and `scatter_add`, which come with `getitem` and `gather`. Six of the red ones are
# yours. First `exp`, in one line.
#
# <details><summary>Hint 1: the idea</summary>
#
# The slope of exp is exp.
#
# </details>
# <details><summary>Hint 2: do not compute it again</summary>
#
# exp(a) has been computed already: it is `out`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-exp", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(exp)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g * out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-exp", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_exp():
    """The rule of exp agrees with the measured slope."""
    for x in (np.linspace(-2, 2, 7), np.array([[0.0, 1.0]]), np.array(0.5)):
        check_rule(exp, Tensor(x))


test_unit_rule_exp()
### BEGIN HIDDEN TESTS
for shape in [(2, 1, 3), (0, 2), ()]:
    check_rule(exp, Tensor(np.random.default_rng().normal(size=shape)))
### END HIDDEN TESTS

# %% [markdown]
# `sqrt`: the derivative of $\sqrt a$ is $1 / (2 \sqrt a)$.
#
# <details><summary>Hint 1: the idea</summary>
#
# As for exp: which part of the formula do you have already?
#
# </details>
# <details><summary>Hint 2: brackets</summary>
#
# g over twice `out`. `g / 2 * out` is something else.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-sqrt", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(sqrt)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g / (2 * out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-sqrt", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_sqrt():
    """The rule of sqrt agrees with the measured slope."""
    for x in (np.linspace(0.1, 9, 7), np.array([[4.0, 1.0]]), np.array(0.25)):
        check_rule(sqrt, Tensor(x))


test_unit_rule_sqrt()
### BEGIN HIDDEN TESTS
for shape in [(2, 1, 3), (0, 2), ()]:
    check_rule(sqrt, Tensor(np.random.default_rng().uniform(0.2, 9, shape)))
### END HIDDEN TESTS

# %% [markdown]
# `maximum(a, b)`. Where a is larger, growing b a little changes nothing. Where both are equal, let each have
# half, as PyTorch does.
#
# <details><summary>Hint 1: the idea</summary>
#
# g goes to the side that was taken; `where(condition, x, y)` chooses, element by element.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# The gradient of a is g where a > b, half of g where a == b, and 0 elsewhere: one `where` inside another.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-maximum", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(maximum)
def _(g, out, a, b):
    ### BEGIN SOLUTION
    part = where(a == b, g / 2, g)
    return where(a < b, 0, part), where(b < a, 0, part)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-maximum", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_maximum():
    """The rule of maximum agrees with the measured slopes, and halves where both are equal."""
    rng = np.random.default_rng(6)
    a, b = Tensor(rng.normal(size=(2, 3))), Tensor(rng.normal(size=(2, 3)))
    check_rule(maximum, a, b)
    x, y = Tensor([1.0, 2.0, 5.0], requires_grad=True), Tensor([1.0, 0.0, 7.0], requires_grad=True)
    (maximum(x, y) * Tensor([1.0, 10.0, 100.0])).sum().backward()
    what = "gradient of [1, 10, 100] * maximum(x, y) at x = [1, 2, 5], y = [1, 0, 7]"
    assert_close(x.grad.data, np.array([0.5, 10.0, 0.0]), f"{what}, for x")
    assert_close(y.grad.data, np.array([0.5, 0.0, 100.0]), f"{what}, for y")


test_unit_rule_maximum()
### BEGIN HIDDEN TESTS
def test_hidden_rule_maximum():
    """Where both are equal a central difference is half the slope; broadcasting repeats one of the two, or both."""
    rng = np.random.default_rng()
    for shape in [(9, 1, 9), (0, 2), ()]:
        a, b = rng.integers(-1, 2, (2, *shape)).astype(np.float64)
        check_rule(maximum, Tensor(a), Tensor(b))
    for shapes in [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2,))]:
        a, b = (rng.integers(-9, 9, shape) / 10 + apart for shape, apart in zip(shapes, (0, 0.05), strict=True))
        check_stretched(maximum, RULES[maximum], np.maximum, a, b)


test_hidden_rule_maximum()
### END HIDDEN TESTS

# %% [markdown]
# `where(condition, a, b)`. Three arguments, but nobody can grow a condition a little: its gradient is `None`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Each place of g goes to the side that it was taken from. The other side gets 0 there.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# Return three things: None, and two `where` with the same condition.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-where", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(where)
def _(g, out, condition, a, b):
    ### BEGIN SOLUTION
    return None, lambda: where(condition, g, 0), lambda: where(condition, 0, g)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-where", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_where():
    """The rule of where agrees with the measured slopes of both sides."""
    rng = np.random.default_rng(7)
    mask, a, b = Tensor(rng.random((2, 3)) > 0.5), Tensor(rng.normal(size=(2, 3))), Tensor(rng.normal(size=(2, 3)))
    check_rule(where, mask, a, b)
    row = Tensor(np.array([True, False, True]))
    check_rule(where, row, a, b)
    x = Tensor([1.0, 2.0], requires_grad=True)
    where(x > 1.5, x, 0.0).sum().backward()
    assert_close(x.grad.data, np.array([0.0, 1.0]), "gradient of where(x > 1.5, x, 0) at [1, 2]")


test_unit_rule_where()
### BEGIN HIDDEN TESTS
def test_hidden_rule_where():
    """Fresh masks, all or nothing among them, lengths 0 and 1; broadcasting repeats one side, or both."""
    rng = np.random.default_rng()
    for shape in [(2, 1, 9), (0, 2), ()]:
        mask, a, b = rng.random(shape) > 0.5, rng.normal(size=shape), rng.normal(size=shape)
        check_rule(where, Tensor(mask), Tensor(a), Tensor(b))
    for mask in (True, False):
        check_rule(where, Tensor(np.full(4, mask)), Tensor(rng.normal(size=4)), Tensor(rng.normal(size=4)))
    for shapes in [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2, 3))]:
        mask, (a, b) = rng.random((2, 3)) > 0.5, (rng.normal(size=shape) for shape in shapes)
        rule = lambda g, out, a, b, mask=mask: RULES[where](g, out, Tensor(mask), a, b)[1:]
        check_stretched(where, rule, lambda a, b, mask=mask: np.where(mask, a, b), a, b)


test_hidden_rule_where()
### END HIDDEN TESTS

# %% [markdown]
# `permute` may be called as `permute(a, 2, 0, 1)` or `permute(a, (2, 0, 1))`, and axes may count from the end.
# `listed` makes one form of it. The gradient has its axes in the new order, and must go back to the old one.
#
# <details><summary>Hint 1: the idea</summary>
#
# Axis i of the result was axis `order[i]` of a. Going back, axis `order[i]` must become axis i again.
#
# </details>
# <details><summary>Hint 2: the inverse of an order</summary>
#
# `order.index(i)` is the place where axis i went. Or `np.argsort(order)`, which gives all of them.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-listed", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def listed(numbers):
    """The numbers that were given one by one or as one tuple, as a list."""
    return list(numbers[0] if len(numbers) == 1 and isinstance(numbers[0], (tuple, list)) else numbers)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-permute", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    ### BEGIN SOLUTION
    return permute(g, *[order.index(i) for i in range(a.ndim)])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-permute", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_permute():
    """The rule of permute agrees with the measured slope for every order."""
    x = Tensor(np.random.default_rng(8).normal(size=(2, 3, 4)))
    for order in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0), (-1, 0, 1), (1, -1, 0)]:
        check_rule(permute, x, *order)
    check_rule(permute, x, (2, 0, 1))


test_unit_rule_permute()
### BEGIN HIDDEN TESTS
cube = Tensor(np.random.default_rng(8).normal(size=(2, 3, 1, 2)))
_ = check_rule(permute, cube, 3, 0, 1, 2)
### END HIDDEN TESTS

# %% [markdown]
# `cat(tensors, dim)` has one argument, a list, and so its gradient is a list as well: for each tensor its own
# piece of g. `narrow(g, dim, start, length)` cuts one out.
#
# <details><summary>Hint 1: the idea</summary>
#
# Walk along `dim`: the first tensor's piece begins at 0, the next where that one ends.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# A loop with `start`; the length of t's piece is `t.shape[dim]`. Return `(pieces,)`: a tuple with one gradient,
# the list.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-cat", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    ### BEGIN SOLUTION
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
        start += t.shape[dim]
    return (pieces,)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-cat-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def check_pieces(dim, *shapes):
    """Raise AssertionError unless the rule of cat gives each tensor its piece of g, on Tensors and on arrays."""
    parts, of = [Tensor(np.zeros(shape), np.float64) for shape in shapes], f"the rule of cat(tensors, dim={dim})"
    out = cat(parts, dim)
    g = Tensor(np.random.default_rng(0).normal(size=out.shape), np.float64)
    measured = [measured_slopes(with_piece(i, dim, g.data, shapes), np.zeros(shape)) for i, shape in enumerate(shapes)]
    compare_pieces(of, attempted(of, found_by, cat, g, out, parts, dim), measured, Tensor)
    plain, of = as_backward(of, found_by, cat, g, out, parts, dim), f"{of}, on plain arrays, as backward calls it"
    compare_pieces(of, plain, measured, (np.ndarray, np.generic))


def with_piece(i, dim, weights, shapes):
    """A function of an array in place i among arrays of zeros: their weighted sum, once they are joined."""
    zeros = [np.zeros(shape) for shape in shapes]
    return lambda x: (np.concatenate([*zeros[:i], x, *zeros[i + 1 :]], dim) * weights).sum()


def compare_pieces(what, found, expected, kinds):
    """Raise AssertionError unless `found` holds one gradient, the list of the measured pieces."""
    assert len(found) == 1, f"{what}: expected one gradient, a list, for the one argument `tensors`, got {len(found)}"
    (pieces,) = found
    assert isinstance(pieces, (list, tuple)), f"{what}: expected a list of gradients, got {type(pieces).__name__}"
    assert len(pieces) == len(expected), f"{what}: expected {len(expected)} pieces, got {len(pieces)}"
    for i, (piece, wanted) in enumerate(zip(pieces, expected, strict=True)):
        compare(f"{what}, gradient for tensors[{i}]", piece, wanted, kinds)


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-cat", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_cat():
    """Each tensor of a cat gets its own piece of the gradient, along any axis, also if it stands there twice."""
    rng = np.random.default_rng(9)
    for dim, shape in ((0, (1, 3)), (1, (2, 1)), (-1, (2, 4)), (-2, (3, 3))):
        check_pieces(dim, (2, 3), shape, (2, 3))
        f = lambda x, y, dim=dim: (cat([x, y, x], dim).tanh() * cat([y, x, x], dim)).sum()
        join = lambda *parts, dim=dim: np.concatenate(parts, dim)
        twin = lambda x, y, join=join: (np.tanh(join(x, y, x)) * join(y, x, x)).sum()
        what = f"cat([x, y, x], dim={dim}).tanh() * cat([y, x, x], dim={dim})"
        check_backward(what, f, twin, x=rng.normal(size=(2, 3)), y=rng.normal(size=shape))


test_unit_rule_cat()
### BEGIN HIDDEN TESTS
def test_hidden_rule_cat():
    """One tensor or many, of one axis or three, pieces of length 0 and 1, at axes counted from either end; transposed ones."""
    rng = np.random.default_rng()
    for lengths in [rng.integers(1, 5, n).tolist() for n in (1, 2, 4)] + [[0, 2, 1], [2, 0]]:
        check_pieces(0, *[(n,) for n in lengths])
        check_pieces(-2, *[(2, n, 3) for n in lengths])
    twin = lambda a, b: np.sin(np.concatenate([a.T, b.T, a.T], 1)).sum()
    arrays = {"a": rng.normal(size=(3, 2)), "b": rng.normal(size=(1, 2))}
    f = lambda a, b: sin(cat([transpose(t, 0, 1) for t in (a, b, a)], 1)).sum()
    check_backward("sin(cat([a.T, b.T, a.T], 1))", f, twin, **arrays)


test_hidden_rule_cat()
### END HIDDEN TESTS

# %% [markdown]
# The long ones are given. Read `matmul`, the one that does the work: its gradients are matrix products again,
# which is why a backward pass costs about two forward passes. They are behind a `lambda`, because the first
# layer's input wants no gradient, and a product that nobody asks for should not be computed.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-matmul", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-matmul-parts", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tall(left, g, right):
    """left.mT @ g, for the gradient of `right`: for one matrix, a batch's rows make one tall matrix."""
    if right.ndim == 2 and left.ndim > 2:
        left, g = (reshape(t, (math.prod(t.shape[:-1]), t.shape[-1])) for t in (left, g))
    down, across = unwrap(right).strides[-2:]
    return (g.mT @ left).mT if down < across else left.mT @ g  # laid out in memory as `right` is


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-pow", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-minimum", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(minimum)(lambda g, out, a, b: RULES[maximum](g, out, -a, -b));


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-clip", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(clip)
def _(g, out, a, min=None, max=None):
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    inside = where((a >= low) * (a <= high), g, 0)
    apart = max is None or low < high
    return inside, lambda: where((a < low) * apart, g, 0), lambda: where(maximum(a, low) > high, g, 0)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-amax", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(amax, amin)
def _(g, out, a, dim=None, keepdim=False):
    best = a == spread(out, a.shape, dim, keepdim)
    share = g / sum_(best, dim, keepdim, dtype=g.dtype)
    return where(best, spread(share, a.shape, dim, keepdim), 0)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-cumsum", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(cumsum)(lambda g, out, a, dim, dtype=None: flip(cumsum(flip(g, dim), dim), dim));


# %% [markdown]
# A product's slope is the product of all the others: out / a, unless there are zeros. Then each number's others
# are multiplied out, in a matrix with its own place set to 1.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-prod", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(prod)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    g = spread(g, a.shape, dim, keepdim)
    if not any_(a == 0):
        return g * spread(out, a.shape, dim, keepdim) / a
    return g * others(a, range(a.ndim) if dim is None or a.ndim == 0 else [d % a.ndim for d in np.atleast_1d(dim)])


# %% nbgrader={"grade": false, "grade_id": "autograd-others", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def others(a, dims):
    """For each element of `a`, the product of the others along `dims`."""
    order = [d for d in range(a.ndim) if d not in dims] + [int(d) for d in dims]
    turned = permute(a, *order)
    rows = reshape(turned, (*turned.shape[: a.ndim - len(dims)], 1, -1))
    own = np.eye(rows.shape[-1], dtype=bool)
    products = reshape(prod(where(own, 1, rows), -1), turned.shape)
    return permute(products, *[order.index(i) for i in range(a.ndim)])


# %% [markdown]
# Taking something out by index has a gradient that puts it back: zeros everywhere else, and added up where a
# place was taken twice. That needs two ops of its own, each the other's rule.

# %% nbgrader={"grade": false, "grade_id": "autograd-place", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-getitem", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(getitem)(lambda g, out, a, key: place(g, key, a.shape))
rule(place)(lambda g, out, placed, key, shape: getitem(g, key));


# %% nbgrader={"grade": false, "grade_id": "autograd-scatter-add", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def scatter_add(g, dim, index, shape):
    """Zeros of `shape`, with g added at the places `index` along `dim`."""
    out = np.zeros(shape, g.dtype)
    np.add.at(out, _arrays.along(out, index, dim), g)  # places may repeat
    return out


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-gather", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(gather)(lambda g, out, a, dim, index: scatter_add(g, dim % a.ndim, index, a.shape))
rule(scatter_add)(lambda g, out, scattered, dim, index, shape: gather(g, dim, index));


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-repeat", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(repeat)
def _(g, out, a, *times):
    times = listed(times)
    own = (1,) * (len(times) - a.ndim) + a.shape
    pairs = [n for pair in zip(times, own, strict=True) for n in pair]
    return reshape(sum_(reshape(g, pairs), tuple(range(0, len(pairs), 2))), a.shape)


# %% [markdown]
# And the loss of module 04. `out` is the log of the sum, less the picked score; so a - picked - out is the
# logarithm of softmax, and nothing has to be computed twice. What remains is famous: the probabilities, less 1 at
# the truth (an op of module 04).

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-cross-entropy", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(exp_less_one_at)(lambda g, out, a, dim, index: g * exp(a))


@rule(softmax_cross_entropy)
def _(g, out, a, target, dim=1, ignore_index=-100):
    ignored = target == ignore_index
    index = unsqueeze(where(ignored, 0, target), dim)
    g, out = unsqueeze(where(ignored, 0, g), dim), unsqueeze(where(ignored, np.inf, out), dim)
    return g * exp_less_one_at(a - gather(a, dim, index) - out, dim, index), None


# %%
Table()


# %% [markdown]
# ## Two conveniences
# `gradcheck` compares backward with `numerical_grad` for any function, in float64: use it on every rule you ever
# write. `gradgradcheck` does so for the gradient of the gradient.

# %% nbgrader={"grade": false, "grade_id": "autograd-gradcheck", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-requiring", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def requiring(inputs):
    """The inputs, a Tensor or several, as a tuple, and the places of those that require a gradient; ValueError if none."""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not wanted:
        raise ValueError("gradcheck: none of the inputs requires a gradient, so there is nothing to compare")
    return inputs, wanted


# %% nbgrader={"grade": false, "grade_id": "autograd-weighted", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def weighted(f, inputs):
    """One number from all that f gives: its results, each element with a weight of its own, added up."""
    out = f(*inputs)
    rng, total = np.random.default_rng(0), Tensor(0.0, np.float64)
    for t in [out] if isinstance(out, Tensor) else out:
        total = total + (t * Tensor(rng.uniform(0.5, 1.5, size=t.shape), np.float64)).sum()
    return total


# %% nbgrader={"grade": false, "grade_id": "autograd-gradgradcheck", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def gradgradcheck(f, inputs, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """`gradcheck` for the gradients of f."""
    inputs, wanted = requiring(inputs)

    def slopes(*given):
        given = [t if i not in wanted or t.requires_grad else t.requires_grad_() for i, t in enumerate(given)]
        found = grad(weighted(f, given), [given[i] for i in wanted], create_graph=True, allow_unused=True)
        return [g for g in found if g is not None]

    return gradcheck(slopes, inputs, eps, atol, rtol, raise_exception)


# %% [markdown]
# `Function` is for operations whose gradient you know better than the rules do; it has PyTorch's form.

# %% nbgrader={"grade": false, "grade_id": "autograd-context", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Context:
    """What a Function's forward leaves for its backward."""

    saved_tensors, needs_input_grad = (), ()

    def save_for_backward(self, *tensors):
        """Keep tensors for backward, as `saved_tensors`."""
        self.saved_tensors = tensors


# %% nbgrader={"grade": false, "grade_id": "autograd-function", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "autograd-step", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %%
class Cube(Function):
    """x³, with its gradient by hand."""

    @staticmethod
    def forward(ctx, x):
        """The cube."""
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        """g · 3x²."""
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


gradcheck(Cube.apply, Tensor([1.0, -2.0], np.float64, requires_grad=True))

# %% [markdown]
# ## Gradients of gradients
# The rules are made of ops, and with `create_graph=True` their results remember recipes as well. So the gradient
# of a gradient needs not one line more. Here are a curve, its slope, the slope of the slope, and so on: four
# derivatives, each from the recipe of the one before.

# %%
x = Tensor(np.linspace(-3, 3, 200), requires_grad=True)
y = tanh(x)
ax = axes()
for order in range(5):
    ax.plot(x.detach(), y.detach(), label=f"derivative {order}" if order else "tanh")
    (y,) = grad(y.sum(), x, create_graph=True)
ax.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, 1.2));

# %% [markdown]
# And the network of module 03: two inputs, four hidden units, one output, random weights. It finds XOR. (In
# circles: what is right.)

# %%
manual_seed(1)
inputs, wanted = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0], [1], [1], [0]])
weights = [randn(2, 4), randn(4), randn(4, 1), randn(1)]
for t in weights:
    t.requires_grad_()


def network(x):
    """Two layers with tanh between them."""
    w1, b1, w2, b2 = weights
    return (x @ w1 + b1).tanh() @ w2 + b2


losses = []
for _ in range(300):
    error = network(inputs) - wanted
    loss = (error * error).mean()
    loss.backward()
    for t in weights:
        t.data -= 0.3 * t.grad.data
        t.grad = None
    losses.append(loss.item())
left, right = axes(2)
left.semilogy(losses)
left.set(xlabel="step", title="loss")
plane = np.stack(np.meshgrid(np.linspace(-0.5, 1.5, 60), np.linspace(-0.5, 1.5, 60)), axis=-1)
with no_grad():
    answers = network(Tensor(plane))[..., 0]
shown = right.imshow(answers, origin="lower", extent=(-0.5, 1.5) * 2, cmap="RdBu", vmin=0, vmax=1)
right.figure.colorbar(shown, ax=right)
for (x, y), (answer,) in zip(inputs.tolist(), wanted.tolist(), strict=True):
    right.text(x, y, f"{answer:.0f}", ha="center", va="center", bbox={"boxstyle": "circle", "facecolor": "white"})
right.set(xticks=(0, 1), yticks=(0, 1), title="what the network says")
network(inputs).detach()


# %% [markdown]
# ## What it costs
# A forward pass with recipes keeps every intermediate result alive until the backward pass has used it. So memory
# grows with the length of the computation, and without recipes it does not. The backward pass has two products of
# matrices for each one of the forward pass, so a chain of products (on the right) should take twice as long; a
# busy machine blurs that. Other ops change the ratio, `tanh` for one, whose rule is cheaper than tanh itself.

# %%
def layers(x, w, depth):
    """A chain of `depth` layers."""
    for _ in range(depth):
        x = (x @ w).tanh()
    return x.sum()


def peak_megabytes(f):
    """The most memory that f had in use."""
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def products(x, w, depth):
    """The sum of x @ w @ w @ …: a chain of products alone."""
    for _ in range(depth):
        x = x @ w
    return x.sum()


def passes(repeats=9):
    """The median times of a forward pass through the products and of the backward pass, measured in turn."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        total = products(x, w, 20)
        middle = time.perf_counter()
        total.backward()
        times.append((middle - start, time.perf_counter() - middle))
    return np.median(times, axis=0)


x, w = randn(256, 256).requires_grad_(), (randn(256, 256) * 0.05).requires_grad_()
depths = [5, 10, 20, 40]
remembered = [peak_megabytes(lambda d=d: layers(x, w, d)) for d in depths]
with no_grad():
    forgotten = [peak_megabytes(lambda d=d: layers(x, w, d)) for d in depths]
forward, back = passes()
left, right = axes(2)
left.plot(depths, remembered, "o-", label="with recipes")
left.plot(depths, forgotten, "o-", label="no_grad")
left.set(xlabel="layers", ylabel="megabytes", title="memory at the peak")
left.legend()
bars = right.bar(["forward", "backward"], [1000 * forward, 1000 * back], color=[BLUE, ORANGE])
right.bar_label(bars, fmt="%.1f ms")
right.margins(y=0.15)
right.set(ylabel="milliseconds", title=f"20 products: backward {back / forward:.1f} ×");

# %% [markdown]
# ## What PyTorch does differently
# - Its rules are a table too: `tools/autograd/derivatives.yaml`, about 700 entries, from which C++ is generated.
# - It does not sort the graph. `torch/csrc/autograd/engine.cpp` counts for every node how many uses are still
#   missing, and runs those that are ready, on several threads.
# - It saves for each op only what the rule needs, and notices when a saved tensor was written into meanwhile
#   (`torch/csrc/autograd/saved_variable.cpp`). Ours keeps all arguments, and does not notice.
#
# ## Questions
# 1. `x.detach() * x` has another gradient than `x * x`. Which, and where would one want it?
# 2. The slope of `relu` at exactly 0 may be taken as 0, 1, or anything between. Why does it hardly matter, and when would
#    it?
# 3. A training loop adds up `total += loss` for a report, and memory grows with every step. You know the reason.
#    Name two ways to mend it.
#
# Export the chapter with `tito export 05`. Module 06 takes the steps that the loop above took by hand.
