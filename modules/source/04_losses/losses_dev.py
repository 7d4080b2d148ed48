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
#     hours: 4
#     prerequisites:
#     - 03_layers
#     title: Losses
# ---

# %% [markdown]
# # Losses
# > How wrong a network is, in one number.
#
# A network has thousands of numbers to set. A loss looks at what it predicts and what was true, and gives one
# number: 0 if all is well, more if not. Whatever the loss does not punish, the network will not learn. Below,
# the same 40 points, the same model with two weights, and two losses; each shade is the loss for one pair of
# weights. One measurement was mistyped. One of the two losses falls for it, and at the end of the chapter you
# draw this map with your own. (The shades follow the root of the loss, darker is less: that shows the ground better.)

# %% nbgrader={"grade": false, "grade_id": "losses-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.losses
#| export
import sys
import warnings

import numpy as np

from tinytorch import _arrays, _special
from tinytorch.core.activations import log1p, log_softmax
from tinytorch.core.layers import Module
from tinytorch.core.tensor import abs_, amax, amin, arange, exp, expand, gather, log, maximum, mean, method, op
from tinytorch.core.tensor import reshape, squeeze, sum_, unsqueeze, where

# %% nbgrader={"grade": false, "grade_id": "losses-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import functools
import math
import time

from tinytorch.core.activations import softmax
from tinytorch.core.tensor import Tensor, linspace, manual_seed, randint, randn, stack, tensor
from tinytorch.figures import BLUE, GREEN, ORANGE, axes
from tinytorch.testing import assert_close

# %%
rng = np.random.default_rng(0)
hours = rng.uniform(0, 1, 40)
points = 2 * hours + 0.5 + rng.normal(0, 0.1, 40)
points[hours.argmax()] = -9.0

# %%
slopes, offsets = np.linspace(-1, 4, 101), np.linspace(-1, 2, 101)
errors = slopes[:, None, None] * hours + offsets[:, None] - points
for ax, values, title in zip(axes(2), (errors**2, abs(errors)), ("squares", "absolute values"), strict=True):
    ax.contourf(offsets, slopes, values.mean(-1) ** 0.5, levels=30, cmap="Blues_r")
    ax.plot(0.5, 2, "x", color=ORANGE)
    ax.set(title=f"mean of {title}, its root", xlabel="offset", ylabel="slope")


# %% [markdown]
# The cross marks the truth, slope 2 and offset 0.5. The darkest place is where the loss sends the network.
#
# ## Many errors, one number
# A loss is computed for each prediction, then put together: the **mean**, so that it does not depend on how
# many there are; sometimes the **sum**; or **none** of this, if somebody wants to see each. Every loss has this
# argument, so write it once. Some predictions may count more than others: `scale` says how much. A mean then
# divides by the sum of the scales, not by how many there are. For other values of `reduction` raise
# `ValueError("reduction must be 'none', 'mean' or 'sum', got 'max'")`.
#
# As in chapter 03, use operations on tensors only: the result then remembers how it was made, and module 05 can
# ask it for slopes.
#
# <details><summary>Hint 1: the idea</summary>
#
# One line per word, and a mean is a sum divided by something. By what, if each loss counts 1? By what, if not?
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `mean(losses)`, `sum_(losses)`, and `sum_(losses) / sum_(scale)`. Show the value in the message with
# `{reduction!r}`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-reduced", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def reduced(losses, reduction, scale=None):
    """`losses` as they are ("none"), their "sum", or their "mean": over how many there are, or over the sum of `scale`.

    `scale`, if given, is how much each loss counts; the losses are multiplied by it already.

    >>> reduced(Tensor([1, 5]), "mean"), reduced(Tensor([1, 5]), "mean", scale=Tensor([1, 3]))
    (tensor(3.), tensor(1.5))
    """
    ### BEGIN SOLUTION
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "losses-called", "locked": true, "schema_version": 3, "solution": false, "task": false}
def called(f, args, kwargs):
    """A call as text, for messages; long arguments are cut."""
    texts = [repr(a) for a in args] + [f"{name}={value!r}" for name, value in kwargs.items()]
    short = [t if len(t) < 60 else t[:56] + " …" for t in (" ".join(text.split()) for text in texts)]
    return f"{f.__name__}({', '.join(short)})"


# %% nbgrader={"grade": false, "grade_id": "losses-complaint", "locked": true, "schema_version": 3, "solution": false, "task": false}
def complaint(kind, f, *args, **kwargs):
    """The message of the error of this kind that f(*args, **kwargs) must raise."""
    try:
        got = f(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{called(f, args, kwargs)}: expected {kind.__name__}, got {got}")


# %% nbgrader={"grade": false, "grade_id": "losses-remembers", "locked": true, "schema_version": 3, "solution": false, "task": false}
def replay(t, leaf, value, done):
    """The tensor t, computed anew from its recipe with `value` in the place of `leaf`; done: results so far."""
    if t is leaf:
        return value
    if type(t) in (list, tuple):
        return type(t)(replay(part, leaf, value, done) for part in t)
    recipe = getattr(t, "recipe", None)
    if recipe is None:
        return t
    if t not in done:
        done[t] = recipe.op(*replay(tuple(recipe.args), leaf, value, done), **recipe.kwargs)
    return done[t]


# %% nbgrader={"grade": false, "grade_id": "losses-lost", "locked": true, "schema_version": 3, "solution": false, "task": false}
LOST = "the result does not remember how it was made: use tensor operations, not .data and NumPy"


def remembers(f, x, *args):
    """Whether f(x, *args) knows how it was made, for module 05: its recipe, followed with x / 2, gives f(x / 2, *args)."""
    leaf, half = Tensor(x, requires_grad=True), Tensor(np.array(x) / 2)
    return np.allclose(replay(f(leaf, *args), leaf, half, {}).data, f(half, *args).data, atol=1e-6)


# %% nbgrader={"grade": true, "grade_id": "test-losses-reduced", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_reduced():
    """reduced knows three ways, divides by the scale, and refuses other words."""
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    for reduction, expected in [("none", x), ("sum", x.sum()), ("mean", x.mean())]:
        assert_close(reduced(Tensor(x), reduction).data, expected, f"reduced(…, {reduction!r})")
    scale = np.arange(12, dtype=np.float32).reshape(3, 4)
    for reduction, expected in [("none", x), ("sum", x.sum()), ("mean", x.sum() / 66)]:
        assert_close(reduced(Tensor(x), reduction, Tensor(scale)).data, expected, f"reduced(…, {reduction!r}, scale)")
    for word in ("max", "batchmean", None):
        message = complaint(ValueError, reduced, Tensor(x), word)
        assert repr(word) in message, f"the message should show {word!r}, got: {message}"
    for args in [("sum",), ("mean",), ("mean", Tensor([1.0, 3.0]))]:
        assert remembers(reduced, [1.0, 2.0], *args), f"{called(reduced, (Tensor([1.0, 2.0]), *args), {})}: {LOST}"


test_unit_reduced()
### BEGIN HIDDEN TESTS
mask = reduced(Tensor([2.0, 0.0, 4.0]), "mean", Tensor(np.array([True, False, True])))
assert_close(mask.data, np.array(3.0), "reduced with a scale of booleans")
### END HIDDEN TESTS

# %% [markdown]
# ## Predicting a number
# The error of a prediction is the difference. Its sign must not matter, or errors would cancel. `l1_loss`,
# given, takes the absolute value.
#
# One trap is older than all networks. A layer with one output gives (64, 1); the targets of the batch
# are (64,). Their difference broadcasts to (64, 64): every prediction against every target. The mean of that is
# a number that falls a little during training, and then no more. PyTorch warns, and so does `same_shape`:

# %% nbgrader={"grade": false, "grade_id": "losses-outside", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def outside(level):
    """The stacklevel, from `level` on, at which tinytorch's own code ends: a warning should name the user's line."""
    frame = sys._getframe(level)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("tinytorch."):
        frame, level = frame.f_back, level + 1
    return level


# %% nbgrader={"grade": false, "grade_id": "losses-same-shape", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def same_shape(input, target):
    """Warn if predictions and targets would broadcast against one another."""
    if input.shape != target.shape:
        text = f"input is {input.shape}, target is {target.shape}: they broadcast, which is rarely meant"
        warnings.warn(text, stacklevel=outside(3))


# %% nbgrader={"grade": false, "grade_id": "losses-l1", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def l1_loss(input, target, reduction="mean"):
    """The absolute differences.

    >>> l1_loss(Tensor([1, 5]), Tensor([2, 2]))
    tensor(2.)
    """
    same_shape(input, target)
    return reduced(abs_(input - target), reduction)


# %% [markdown]
# Write `mse_loss`, the mean squared error, in the same form. It punishes an error of 10 a hundred times as hard
# as an error of 1, and its slope shrinks as the error does, so that a network can settle.
#
# <details><summary>Hint 1: the idea</summary>
#
# `l1_loss` does three things. Only the middle one changes.
#
# </details>
# <details><summary>Hint 2: faster</summary>
#
# Keep the difference in a variable and multiply it by itself.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-mse", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def mse_loss(input, target, reduction="mean"):
    """The squared differences.

    >>> mse_loss(Tensor([1, 5]), Tensor([2, 2]))
    tensor(5.)
    """
    ### BEGIN SOLUTION
    same_shape(input, target)
    difference = input - target
    return reduced(difference * difference, reduction)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "losses-warned", "locked": true, "schema_version": 3, "solution": false, "task": false}
def warned(f, *args):
    """How many warnings f(*args) gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f(*args)
    return len(caught)


# %% nbgrader={"grade": true, "grade_id": "test-losses-mse", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_mse_loss():
    """mse_loss agrees with a loop, in every reduction, and warns of shapes that differ."""
    rng = np.random.default_rng(1)
    for shape in [(4,), (2, 3), (2, 3, 2), ()]:
        x, y = rng.normal(size=(2, *shape)).astype(np.float32)
        slow = np.array([(a - b) ** 2 for a, b in zip(x.flat, y.flat, strict=True)]).reshape(shape)
        for reduction, expected in [("none", slow), ("sum", slow.sum()), ("mean", slow.mean())]:
            got = mse_loss(Tensor(x), Tensor(y), reduction).data
            assert_close(got, expected, f"mse_loss of two {shape}, reduction={reduction!r}")
    assert_close(mse_loss(Tensor([1, 5]), Tensor([2, 2])).data, np.array(5.0), "mse_loss of [1, 5] and [2, 2]")
    column, row = Tensor([[1.0], [2.0]]), Tensor([1.0, 2.0])
    assert warned(mse_loss, column, row) == 1, "mse_loss of a (2, 1) and a (2,): expected one warning"
    assert warned(mse_loss, row, row) == 0, "mse_loss of equal shapes: expected no warning"
    assert remembers(mse_loss, [1.0], Tensor([3.0])), f"mse_loss: {LOST}"


test_unit_mse_loss()
### BEGIN HIDDEN TESTS
wide = mse_loss(Tensor([1.0], np.float64), Tensor([3.0], np.float64))
assert str(wide.dtype) == "float64", f"mse_loss of float64 should stay float64, got {wide.dtype}"
assert complaint(ValueError, mse_loss, Tensor([1.0]), Tensor([3.0]), "max")
### END HIDDEN TESTS

# %% [markdown]
# The square trusts every measurement, the wrong ones most. The absolute value is robust, but its slope is 1
# however small the error, so that a network dances around the minimum. **Huber's loss** (1964) has both virtues: for
# errors d up to δ it is a parabola, beyond that a straight line, and at δ the two meet with equal height and slope.
#
# $$\tfrac12 d^2 \ \text{ if } |d| \le \delta, \qquad \delta\,(|d| - \tfrac12 \delta)\ \text{ otherwise}$$
#
# For `delta` of 0 and less raise `RuntimeError("huber_loss: delta must be positive, got 0")`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Compute both forms everywhere and choose with `where`.
#
# </details>
# <details><summary>Hint 2: the steps</summary>
#
# `distance = abs_(input - target)`; the condition is `distance <= delta`; then `reduced`. And `same_shape` at the
# start.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-huber", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    """Half the square of the differences up to `delta`, a straight line beyond.

    >>> huber_loss(Tensor([0, 0]), Tensor([1, 10]), reduction="none")
    tensor([0.5, 9.5])
    """
    ### BEGIN SOLUTION
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-huber", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_huber_loss():
    """huber_loss agrees with PyTorch, fits together at delta, and refuses a delta of 0."""
    zero, d = np.zeros(7), np.array([-10, -1.5, -1, 0, 0.5, 1, 3])
    table = {  # torch.nn.functional.huber_loss, 2.13
        1.0: [9.5, 1.0, 0.5, 0, 0.125, 0.5, 2.5],
        0.5: [4.875, 0.625, 0.375, 0, 0.125, 0.375, 1.375],
        4.0: [32, 1.125, 0.5, 0, 0.125, 0.5, 4.5],
    }
    for delta, expected in table.items():
        for reduction, value in [("none", expected), ("sum", np.sum(expected)), ("mean", np.mean(expected))]:
            got = huber_loss(Tensor(d), Tensor(zero), reduction, delta).data
            assert_close(got, np.array(value), f"huber_loss of {d.tolist()} and zeros, delta={delta}, {reduction!r}")
    got = huber_loss(Tensor([0, 0]), Tensor([1, 10])).data
    assert_close(got, np.array(5.0), "huber_loss of [0, 0] and [1, 10]")
    for delta in (0, -1.5):
        message = complaint(RuntimeError, huber_loss, Tensor(d), Tensor(zero), "mean", delta)
        assert str(delta) in message, f"the message should show {delta}, got: {message}"
    column, row = Tensor([[1.0], [2.0]]), Tensor([1.0, 2.0])
    assert warned(huber_loss, column, row) == 1, "huber_loss of a (2, 1) and a (2,): expected one warning"
    assert remembers(huber_loss, [1.0], Tensor([3.0])), f"huber_loss: {LOST}"


test_unit_huber_loss()
### BEGIN HIDDEN TESTS
def test_hidden_huber():
    """Between parabola and line there is no step; a large delta gives half the mean squared error."""
    rng = np.random.default_rng(12)
    x, y = Tensor(rng.normal(0, 3, (4, 5))), Tensor(rng.normal(0, 3, (4, 5)))
    assert_close(huber_loss(x, y, delta=1e3).data, mse_loss(x, y).data / 2, "huber_loss with delta=1000")
    for delta in (0.3, 2.0):
        near = huber_loss(Tensor([delta - 1e-6, delta + 1e-6]), Tensor([0, 0]), "none", delta).data
        assert_close(near, np.full(2, delta**2 / 2), f"huber_loss on both sides of delta={delta}")


test_hidden_huber()
### END HIDDEN TESTS

# %% [markdown]
# PyTorch has the same curve a second time, divided by δ, as `smooth_l1_loss`; there δ is called `beta`, and 0 is
# allowed.

# %% nbgrader={"grade": false, "grade_id": "losses-smooth-l1", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """`huber_loss` with delta=beta, divided by beta; `l1_loss` for a beta of 0."""
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    return l1_loss(input, target, reduction) if beta == 0 else huber_loss(input, target, reduction, beta) / beta


# %%
d, zero = linspace(-4, 4, 201), linspace(0, 0, 201)
ax = axes()
for loss, color in ((mse_loss, ORANGE), (l1_loss, BLUE), (huber_loss, GREEN)):
    ax.plot(d, loss(d, zero, reduction="none"), color=color, label=loss.__name__)
ax.set(xlabel="error", ylim=(0, 6))
ax.legend();


# %% [markdown]
# ## Predicting yes or no
# A model says: rain, with probability p = 0.8. How good was that? Ask how probable it made what happened: 0.8 if
# it rained, 0.2 if not. Over many days these probabilities multiply, and a thousand factors below 1 leave
# float32. So take logarithms, which add; and change the sign, so that less is better. With target t, 1 for rain
# and 0 for none, this is the **binary cross-entropy**
#
# $$-\bigl(t \log p + (1 - t) \log(1 - p)\bigr)$$
#
# A forecast that was certain and wrong has p = 0 and an infinite loss. One such day would spoil the mean of a
# year, so PyTorch lets no logarithm fall below -100, and `bounded_log`, given, does so too. `unit_interval`
# refuses what is not a probability; with it, a forgotten sigmoid is noticed at once.

# %% nbgrader={"grade": false, "grade_id": "losses-bounded-log", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def bounded_log(p):
    """The logarithm of p, but at least -100, where p is 0 too."""
    positive = p > 0
    return where(positive, maximum(log(where(positive, p, 1)), -100), -100)


# %% nbgrader={"grade": false, "grade_id": "losses-unit-interval", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def unit_interval(t, name):
    """Raise unless all elements of t lie between 0 and 1."""
    low, high = (amin(t).item(), amax(t).item()) if t.numel() else (0, 1)
    if not (low >= 0 and high <= 1):
        raise RuntimeError(f"{name} should hold probabilities, from 0 to 1: it goes from {low:g} to {high:g}")


# %% nbgrader={"grade": false, "grade_id": "losses-check-binary", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def equal_shapes(input, target):
    """Raise if the shapes differ; what rarely makes sense for numbers never does for yes and no."""
    if input.shape != target.shape:
        raise ValueError(f"input is {input.shape}, target is {target.shape}: they must have the same shape")


# %% [markdown]
# Write `binary_cross_entropy`. First call `equal_shapes(input, target)`, `unit_interval(input, "input")` and
# `unit_interval(target, "target")`. If there is a `weight`, it multiplies the losses; the mean here still divides by how many there
# are, as in PyTorch.
#
# <details><summary>Hint 1: the idea</summary>
#
# The formula, with `bounded_log` for both logarithms. The targets may lie between 0 and 1, so do not choose by
# them: multiply.
#
# </details>
# <details><summary>Hint 2: the end</summary>
#
# Without a weight there is nothing to multiply. `reduced(losses, reduction)` gets no scale.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-bce", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """-log of the probability that `input` gave to what happened; input and target from 0 to 1.

    >>> binary_cross_entropy(Tensor([0.8, 0.8]), Tensor([1, 0]), reduction="none")
    tensor([0.2231, 1.6094])
    """
    ### BEGIN SOLUTION
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "losses-quiet", "locked": true, "schema_version": 3, "solution": false, "task": false}
def quietly(f, *args, **kwargs):
    """f(*args, **kwargs), with an AssertionError in place of what NumPy would warn of."""
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            return f(*args, **kwargs)
    except FloatingPointError as error:
        raise AssertionError(f"{called(f, args, kwargs)}: NumPy warns: {error}") from None


# %% nbgrader={"grade": true, "grade_id": "test-losses-bce", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_binary_cross_entropy():
    """binary_cross_entropy agrees with a loop and with PyTorch at 0 and 1, and refuses what is no probability."""
    rng = np.random.default_rng(3)
    p, t, w = rng.uniform(0.01, 0.99, (3, 4, 2))
    pairs = zip(p.flat, t.flat, strict=True)
    slow = np.array([-(y * math.log(x) + (1 - y) * math.log(1 - x)) for x, y in pairs]).reshape(4, 2)
    for reduction, f in [("none", lambda a: a), ("sum", np.sum), ("mean", np.mean)]:
        got = binary_cross_entropy(Tensor(p), Tensor(t), reduction=reduction).data
        assert_close(got, f(slow).astype(np.float32), f"binary_cross_entropy, {reduction!r}")
        got = binary_cross_entropy(Tensor(p), Tensor(t), Tensor(w), reduction).data
        assert_close(got, f(slow * w).astype(np.float32), f"binary_cross_entropy with weights, {reduction!r}")
    ends, truth = Tensor([0, 1, 0, 1]), Tensor([0, 1, 1, 0])
    got = quietly(binary_cross_entropy, ends, truth, reduction="none").data
    assert_close(got, np.array([0.0, 0, 100, 100]), "binary_cross_entropy of [0, 1, 0, 1] and [0, 1, 1, 0]")
    half = Tensor([0.5, 0.5])
    f = binary_cross_entropy
    assert "1.5" in complaint(RuntimeError, f, Tensor([0.2, 1.5]), half), "the message should show 1.5"
    assert "-2" in complaint(RuntimeError, f, half, Tensor([1, -2])), "the message should show -2"
    assert "(2, 1)" in complaint(ValueError, f, half, Tensor([[1], [0]])), "the message should show the shapes"
    assert remembers(f, [0.5], Tensor([1.0])), f"binary_cross_entropy: {LOST}"


test_unit_binary_cross_entropy()
### BEGIN HIDDEN TESTS
assert complaint(RuntimeError, binary_cross_entropy, Tensor([float("nan")]), Tensor([1.0]))
### END HIDDEN TESTS

# %% [markdown]
# A network's last layer gives any number x, a **logit**, and p is its sigmoid. In float32 the sigmoid of 17 is
# exactly 1: a network that is sure and wrong at 17 looks as wrong as one at 30. The bound at -100 hides the
# infinity; the information is gone. So do the algebra first, and never form p:
#
# $$-\log \sigma(x) = \log(1 + e^{-x}), \qquad -\log(1 - \sigma(x)) = \log(1 + e^{x})$$
#
# These overflow at one end. Module 02 had the remedy: $\log(1 + e^{z}) = \max(z, 0) + \log(1 + e^{-|z|})$. The last
# term is the same for z = x and z = -x, so it is computed once.
#
# If only one day in a hundred has hail, "no hail" is right 99 times. `pos_weight` (here 99) multiplies the part of
# the loss that belongs to t = 1, so that hail weighs as much as the rest.
#
# <details><summary>Hint 1: the idea</summary>
#
# $-t\,w \log \sigma(x) - (1 - t) \log(1 - \sigma(x))$, with $w$ the `pos_weight` and both logarithms from above. Leave
# it in this form: a shorter one has a difference in it, and at x = -80 and t = 0, where the loss is
# $2 \cdot 10^{-35}$, $80 - 80$ would swallow it.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `log1p(exp(-abs_(input)))`, `maximum(-input, 0)` and `maximum(input, 0)`. Begin with `equal_shapes`, end as the
# function above.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-bce-logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """`binary_cross_entropy` of sigmoid(input), exact for logits of any size; pos_weight multiplies where t = 1.

    >>> binary_cross_entropy_with_logits(Tensor([0, 1000]), Tensor([1, 0]), reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    ### BEGIN SOLUTION
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-bce-logits", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_bce_with_logits():
    """It agrees with the loss of the probabilities, stays exact where these end, and obeys both weights."""
    rng = np.random.default_rng(4)
    x, t, w = rng.normal(0, 3, (3, 2)), rng.uniform(0, 1, (3, 2)), rng.uniform(0, 2, (3, 2))
    p, positive = 1 / (1 + np.exp(-x)), np.array([0.5, 3])
    f = binary_cross_entropy_with_logits
    for reduction, end in [("none", lambda a: a), ("sum", np.sum), ("mean", np.mean)]:
        plain = -(t * np.log(p) + (1 - t) * np.log(1 - p))
        got = f(Tensor(x, np.float64), Tensor(t, np.float64), reduction=reduction).data
        assert_close(got, end(plain), f"with logits, {reduction!r}")
        both = -(positive * t * np.log(p) + (1 - t) * np.log(1 - p)) * w
        got = f(*(Tensor(a, np.float64) for a in (x, t, w)), reduction, Tensor(positive, np.float64)).data
        assert_close(got, end(both), f"with logits, weight and pos_weight, {reduction!r}")
    far, truth = Tensor([1000, 1000, -1000, -1000, 17, -80]), Tensor([1, 0, 1, 0, 1, 0])
    got = quietly(f, far, truth, reduction="none").data
    expected = np.array([0, 1000, 1000, 0, 4.1399377e-8, 1.8048514e-35])  # in float64
    assert_close(got, expected, "with logits of [1000, 1000, -1000, -1000, 17, -80]", rtol=1e-5, atol=0)
    assert "(1, 2)" in complaint(ValueError, f, Tensor([1.0, 2.0]), Tensor([[1.0, 0.0]])), "show the shapes"
    assert remembers(f, [0.3], Tensor([1.0])), f"{f.__name__}: {LOST}"


test_unit_bce_with_logits()
### BEGIN HIDDEN TESTS
got = binary_cross_entropy_with_logits(Tensor([0.0, 0.0]), Tensor([1.0, 0.0]), None, "none", Tensor(5.0)).data
assert_close(got, np.array([3.4657359, 0.69314718]), "pos_weight=5 at logits of 0")
### END HIDDEN TESTS

# %% [markdown]
# ## Predicting one of many
# With more than two classes the target is a *number of a class*, an integer: 3 for "cat". It names which of the
# probabilities happened; its negative logarithm is the loss, the **negative log-likelihood**. Classes
# stand along axis 1 of the input: (N, C) for a batch, (N, C, height, width) if every pixel is to be classified;
# the target has the same shape without the C. An input (C,) alone is one example. `class_dim`, given, knows.
#
# Write `pick`: from each example the element that its target names.
#
# <details><summary>Hint 1: the idea</summary>
#
# `gather` picks along an axis, and wants an index with as many axes as the input: give the target an axis of
# length 1 where the classes stand, and take it away afterwards.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `unsqueeze(target, dim)`, `gather(input, dim, index)`, `squeeze(picked, dim)`, with `dim = class_dim(input)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-class-dim", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def class_dim(input):
    """The axis of the classes: 1, or 0 for an example that stands alone."""
    if input.ndim == 0:
        raise ValueError("input needs an axis for the classes, got a single number")
    return 0 if input.ndim == 1 else 1


# %% nbgrader={"grade": false, "grade_id": "losses-pick", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def pick(input, target):
    """The element of each example at its class, in the shape of target: (N,) for (N, C), (N, d1, …) for (N, C, d1, …).

    A single example (C,) takes a single target () and gives a single number ().

    >>> pick(Tensor([[10, 20, 30], [40, 50, 60]]), tensor([2, 0]))
    tensor([30., 40.])
    """
    ### BEGIN SOLUTION
    dim = class_dim(input)
    return squeeze(gather(input, dim, unsqueeze(target, dim)), dim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-pick", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_pick():
    """pick agrees with a loop over the places, for any number of axes."""
    rng = np.random.default_rng(5)
    for shape in [(4, 3), (3, 3), (1, 3), (4, 1), (2, 3, 5), (3, 3, 3), (2, 4, 1, 3)]:
        x, target = rng.normal(size=shape).astype(np.float32), rng.integers(0, shape[1], shape[:1] + shape[2:])
        expected = np.empty(target.shape, np.float32)
        for place in np.ndindex(target.shape):
            expected[place] = x[(place[0], target[place], *place[1:])]
        assert_close(pick(Tensor(x), Tensor(target)).data, expected, f"pick from a {shape}")
    assert_close(pick(Tensor([5, 6, 7]), tensor(2)).data, np.array(7.0), "pick class 2 from [5, 6, 7]")
    assert remembers(pick, [[1.0, 2.0]], tensor([1])), f"pick: {LOST}"


test_unit_pick()
### BEGIN HIDDEN TESTS
small = pick(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor(np.array([1, 0], np.uint8))).data
assert_close(small, np.array([2.0, 3.0]), "pick with a target of uint8")
### END HIDDEN TESTS

# %% [markdown]
# Three things come on top in practice. Targets are wrong, and the error should say how: `check_classes` and
# `places`, given. Some targets are to be **ignored**, because a pixel was not labelled or a sentence is padded
# at the end; they carry the number `ignore_index`, -100 by default. And classes have **weights**: a rare one
# may count ten times.
#
# `places` is an op, so inside it `target` is an array. It gives the target with 0 in place of what is ignored:
# a class that exists, so that it can be looked up without harm. (In PyTorch as here, a target of -1 is an error.
# NumPy alone would quietly take the last class.)

# %% nbgrader={"grade": false, "grade_id": "losses-places", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def places(target, classes, ignore_index):
    """`target` with 0 in place of ignore_index; an IndexError if one is not a class."""
    index = np.where(target == ignore_index, 0, target)
    bad = (index < 0) | (index >= classes)
    if bad.any():
        raise IndexError(f"target {index[bad][0]} is out of bounds: there are {classes} classes, 0 to {classes - 1}")
    return index


# %% nbgrader={"grade": false, "grade_id": "losses-check-weight", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_weight(input, weight):
    """Raise unless there is one weight per class, or none at all."""
    classes = input.shape[class_dim(input)]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"weight must hold a number for each of the {classes} classes, got shape {weight.shape}")


# %% nbgrader={"grade": false, "grade_id": "losses-check-classes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_classes(input, target, weight):
    """Raise unless `target` holds class numbers in the shape that `input` asks for."""
    dim = class_dim(input)
    expected = input.shape[:dim] + input.shape[dim + 1 :]
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"target holds class numbers: use tensor([0, 2]) or .to(np.int64), got {target.dtype}")
    if target.shape != expected:
        raise ValueError(f"input is {input.shape}, so target must be {expected}, got {target.shape}")
    check_weight(input, weight)


# %% [markdown]
# Write `counts`: how much each target counts. 0 if it is ignored; else the weight of its class; without
# weights, 1 (or True, which is the same in a product).
#
# <details><summary>Hint 1: the idea</summary>
#
# `target != ignore_index` is the answer without weights. With weights, look them up: `weight[index]` gives one weight
# for each element of `index`.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `weight[target]` fails at -100. Look up at `places(target, classes, ignore_index)`, where `classes` is the length of
# `weight`, and set the ignored ones to 0 afterwards with `where`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-counts", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def counts(target, weight=None, ignore_index=-100):
    """How much each target counts: 0 where it is ignore_index, else the weight of its class (1 if weight is None).

    >>> counts(tensor([1, 0, -100]), Tensor([0.5, 3]))
    tensor([3. , 0.5, 0. ])
    """
    ### BEGIN SOLUTION
    keep = target != ignore_index
    if weight is None:
        return keep
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-counts", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_counts():
    """counts gives each target its weight, and 0 where it is ignored."""
    weights = np.array([0.5, 3, 1, 7], np.float32)
    for target in ([0, 3, 1, 1], [2, -100, 0, -100], [[1, 2, -100], [3, 3, 0]], [-100]):
        t = tensor(target)
        expected = np.array([0 if c == -100 else weights[c] for c in np.array(target).flat]).reshape(t.shape)
        assert_close(counts(t, Tensor(weights)).data, expected, f"counts({target}, {weights.tolist()})")
        ones = np.array([c != -100 for c in np.array(target).flat], float).reshape(t.shape)
        assert_close(counts(t).data * 1.0, ones, f"counts({target}) without weights")
    got = counts(tensor([0, 3, 1]), Tensor(weights), ignore_index=3).data
    assert_close(got, np.array([0.5, 0, 3]), "counts([0, 3, 1], …, ignore_index=3)")
    assert_close(counts(tensor([0, 3, 0]), None, 0).data * 1, np.array([0, 1, 0]), "counts([0, 3, 0], None, 0)")


test_unit_counts()
### BEGIN HIDDEN TESTS
assert_close(counts(tensor(2), Tensor([1, 2, 5])).data, np.array(5.0), "counts of a single target")
wide = counts(tensor([1, -1]), Tensor([1, 2], np.float64), -1)
assert_close(wide.data, np.array([2.0, 0.0]), "counts with ignore_index=-1")
assert str(wide.dtype) == "float64", f"counts: weights of float64 should stay float64, got {wide.dtype}"
assert complaint(IndexError, counts, tensor([0, 5]), Tensor([1, 2]))
### END HIDDEN TESTS

# %% [markdown]
# Now the loss. Its input is *log*-probabilities, from `log_softmax`. What is ignored gives 0 in every
# reduction, whatever stands there. And a mean is a weighted mean: it divides by what counted, so that ignored
# pixels do not make a picture look better than it is. That is the `scale` of your first exercise.
#
# <details><summary>Hint 1: the idea</summary>
#
# Check; pick at the places; multiply by the counts and by -1; reduce with the counts as scale.
#
# </details>
# <details><summary>Hint 2: the pieces</summary>
#
# `check_classes(input, target, weight)`; `places(target, input.shape[class_dim(input)], ignore_index)`;
# `counts(target, weight, ignore_index)`.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# An ignored example may hold -inf, and 0 · inf is not a number. So choose the 0 with
# `where(target == ignore_index, 0, …)` before you multiply.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-nll", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """-input at the class of each example, times the weight of that class; (N, C, …) and (N, …), or (C,) and ().

    >>> nll_loss(Tensor([[-0.1, -2.4], [-0.7, -0.7]]), tensor([1, 0]), reduction="none")
    tensor([2.4, 0.7])
    """
    ### BEGIN SOLUTION
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "losses-slow", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slow_nll(logp, target, weight=None, ignore_index=-100, reduction="mean"):
    """The same by a loop over the places, on arrays."""
    dim = 0 if logp.ndim == 1 else 1
    rows, flat = np.moveaxis(logp, dim, -1).reshape(-1, logp.shape[dim]), np.asarray(target).reshape(-1)
    scale = [0 if c == ignore_index else 1 if weight is None else weight[c] for c in flat]
    losses = np.array([-row[c] * s if s else 0 for row, c, s in zip(rows, flat, scale, strict=True)])
    return {"none": losses.reshape(np.shape(target)), "sum": losses.sum(), "mean": losses.sum() / sum(scale)}[reduction]


# %% nbgrader={"grade": false, "grade_id": "losses-slow-log-softmax", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slow_log_softmax(x):
    """log_softmax along the axis of the classes, on arrays of moderate numbers."""
    return x - np.log(np.exp(x).sum(0 if x.ndim == 1 else 1, keepdims=True))


# %% nbgrader={"grade": false, "grade_id": "losses-sorts", "locked": true, "schema_version": 3, "solution": false, "task": false}
def sorts_of_targets():
    """Inputs (as logits), targets, weights and numbers to ignore, of many shapes."""
    rng = np.random.default_rng(6)
    for shape in [(4, 3), (3, 3), (1, 5), (2, 3, 4), (3, 3, 3), (2, 4, 3, 2), (5,)]:
        classes = shape[0 if len(shape) == 1 else 1]
        for weighted, ignored in [(False, -100), (True, -100), (False, 1), (True, 0), (False, 255)]:
            x, target = rng.normal(0, 2, shape), rng.integers(0, classes, shape[:1] + shape[2:] if shape[1:] else ())
            target.reshape(-1)[-1] = 2  # one at least counts
            if target.size > 1 and ignored not in range(classes):
                target.reshape(-1)[0] = ignored
            yield x, target, rng.uniform(0.5, 2, classes) if weighted else None, ignored


# %% nbgrader={"grade": false, "grade_id": "losses-tensor64", "locked": true, "schema_version": 3, "solution": false, "task": false}
def tensor64(a):
    """A Tensor of float64 (or of integers, as they are); None stays None."""
    return None if a is None else Tensor(a, np.float64 if a.dtype.kind == "f" else None)


# %% nbgrader={"grade": true, "grade_id": "test-losses-nll", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_nll_loss():
    """nll_loss agrees with a loop, for any shape, with weights, ignored targets, in every reduction."""
    for x, target, weight, ignored in sorts_of_targets():
        logp = slow_log_softmax(x)
        for reduction in ("none", "sum", "mean"):
            expected = slow_nll(logp, target, weight, ignored, reduction)
            got = nll_loss(tensor64(logp), Tensor(target), tensor64(weight), ignored, reduction).data
            what = f"nll_loss of {x.shape}, weights: {weight is not None}, ignore_index={ignored}, {reduction!r}"
            assert_close(got, expected, what)
    x, infinite = Tensor([[-1, -2], [-3, -4]]), Tensor([[-1, -2], [-np.inf, -np.inf]])
    assert_close(nll_loss(x, tensor([1, 0])).data, np.array(2.5), "nll_loss(x, target)")
    got = quietly(nll_loss, infinite, tensor([1, -100]), reduction="none").data
    assert_close(got, np.array([2.0, 0.0]), "nll_loss where an ignored example holds -inf")
    for kind, target, shown in [
        (IndexError, tensor([0, 2]), "2"),
        (IndexError, tensor([0, -1]), "-1"),
        (ValueError, tensor([0, 1, 1]), "(3,)"),
        (ValueError, tensor([[0], [1]]), "(2, 1)"),
        (RuntimeError, Tensor([0, 1]), "float32"),
    ]:
        message = complaint(kind, nll_loss, x, target)
        assert shown in message, f"nll_loss(…, {target}): the message should show {shown}, got: {message}"
    assert "(3,)" in complaint(RuntimeError, nll_loss, x, tensor([0, 1]), Tensor([1, 1, 1])), "show weight's shape"
    assert remembers(nll_loss, [[1.0, 2.0]], tensor([1])), f"nll_loss: {LOST}"


test_unit_nll_loss()
### BEGIN HIDDEN TESTS
with np.errstate(invalid="ignore"):
    nothing = nll_loss(Tensor([[1.0, 2.0]]), tensor([-100])).data
assert_close(nothing, np.array(np.nan), "the mean over nothing but ignored targets, nan as in PyTorch")
### END HIDDEN TESTS

# %% [markdown]
# This is about half of the chapter: a good place for a pause.
#
# ## From logits: the logarithm of a sum of exponentials
# `nll_loss(log_softmax(x), target)` is what nearly every classifier and every language model is trained with, and
# it goes by the name of **cross-entropy**. Written out, the loss of one example is the difference of two numbers:
#
# $$-\log\frac{e^{x_t}}{\sum_j e^{x_j}} \;=\; \mathrm{lse}(x) - x_t, \qquad \mathrm{lse}(x) = \log\sum_j e^{x_j}$$
#
# lse is a soft form of the maximum: a little above the largest logit, by at most log C. To compute it, take
# out the maximum m first, which adds m outside: $\mathrm{lse}(x) = m + \log\sum_j e^{x_j - m}$. Logits of -inf are
# common (a masked word); where all are, or one is +inf, m is infinite too, and $x_j - m$ is inf - inf, NaN.
#
# <details><summary>Hint 1: the idea</summary>
#
# Take the maximum along `dim` with its axis kept, so that it can be subtracted. Put everything together with
# that axis, and drop it at the end unless it was asked for.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `amax(x, dim, keepdim=True)`, `log(sum_(exp(…), dim, keepdim=True))`, `squeeze(out, dim)`.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# Where the maximum is infinite, `inf - inf` is not a number. There take out 0 instead:
# `where(abs_(m) == np.inf, 0, m)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-logsumexp", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def logsumexp(x, dim, keepdim=False):
    """log(sum(exp(x))) along `dim`, for numbers of any size, infinities included.

    >>> logsumexp(Tensor([[1000, 1000], [0, -np.inf]]), 1)
    tensor([1000.6931,    0.    ])
    """
    ### BEGIN SOLUTION
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-logsumexp", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_logsumexp():
    """logsumexp agrees with the formula, along any axis, and far from 0."""
    x = np.random.default_rng(7).normal(size=(3, 3, 4))
    for dim in (0, 1, 2, -1):
        for keepdim in (False, True):
            for c in (0, 1000, -1000):
                expected = np.log(np.exp(x).sum(dim, keepdims=keepdim)) + c
                got = quietly(logsumexp, Tensor(x + c, np.float64), dim, keepdim).data
                assert_close(got, expected, f"logsumexp of a {x.shape} plus {c}, dim={dim}, keepdim={keepdim}")
    mixed = Tensor([[0, -np.inf], [np.inf, 1], [-2000, 2000]])
    got = quietly(logsumexp, mixed, 1).data
    assert_close(got, np.array([0, np.inf, 2000]), "logsumexp of [[0, -inf], [inf, 1], [-2000, 2000]]")
    assert_close(Tensor([5]).logsumexp(0).data, np.array(5.0), "logsumexp of a single number, as a method")
    assert remembers(logsumexp, [1.0, 2.0], 0), f"logsumexp: {LOST}"


test_unit_logsumexp()
### BEGIN HIDDEN TESTS
with np.errstate(divide="ignore"):
    assert_close(logsumexp(Tensor([-np.inf, -np.inf]), 0).data, np.array(-np.inf), "logsumexp of [-inf, -inf]")
### END HIDDEN TESTS

# %% [markdown]
# Composed of tensor operations, cross-entropy takes a dozen of them, and three leave a result of the size
# of the logits in memory, to be kept until gradients have been computed. A language model has logits of
# 8 × 1024 × 50,257 numbers: 1.6 GB each time. So this one loss is an op of its own, which keeps nothing, because its
# gradient can be had from the logits and the result. It is the same formula, on arrays; at the end of the
# chapter you measure what that saves.

# %% nbgrader={"grade": false, "grade_id": "losses-softmax-cross-entropy", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def softmax_cross_entropy(a, target, dim=1, ignore_index=-100):
    """lse(a) - a at the class of each example, 0 where the target is ignore_index; `dim` is the axis of the classes."""
    # places is an op; .forward is the function on arrays inside it
    index = np.expand_dims(places.forward(target, a.shape[dim], ignore_index), dim)
    highest = a.max(dim, keepdims=True)
    shifted = a - highest
    picked = shifted[_arrays.along(shifted, index, dim)]
    # shifted is not needed again: its memory takes the exponentials
    out = np.log(np.exp(shifted, out=shifted).sum(dim, keepdims=True)) - picked
    return np.where(target == ignore_index, 0, out.squeeze(dim))


exp_less_one_at = op(_special.exp_less_one_at)  # (a, dim, index), for the gradient of this loss

# %%
softmax_cross_entropy(Tensor([[1, 1, 1], [0, 100, 0]]), tensor([0, 0]))


# %% [markdown]
# ## Not quite certain
# A target need not be one class. It can be a probability for each: a picture that three of four people call a
# wolf. Then the loss is the mean of $-\log p$ under these probabilities q, $-\sum_c q_c \log p_c$. With a weight per
# class, it multiplies each term of the sum.
#
# **Label smoothing** uses that on purpose. A loss that wants p = 1 drives the logits apart without end. So take a
# part ε of the certainty away and give every one of the C classes an equal share: $q_c (1 - ε) + ε / C$.
#
# `along`, given, lays one number per class along the right axis, so that it broadcasts against the input.
#
# <details><summary>Hint 1: the idea</summary>
#
# Smooth the target, multiply by the log-probabilities, and by the weights if there are any; sum over the classes.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `log_softmax(input, dim)`, `along(weight, input)`, `sum_(…, dim)`, with `dim = class_dim(input)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-along", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def along(per_class, input):
    """A vector with one number per class, shaped so that it broadcasts along the class axis of `input`."""
    return reshape(per_class, -1, *(1,) * (input.ndim - 1 - class_dim(input)))


# %% nbgrader={"grade": false, "grade_id": "losses-one-hot", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def one_hot(index, input):
    """For each example 1 at its class and 0 elsewhere, in the shape and dtype of `input`."""
    dim = class_dim(input)
    return (unsqueeze(index, dim) == along(arange(input.shape[dim]), input)).to(input.dtype)


# %%
along(Tensor([1, 2, 3]), randn(5, 3, 4)), one_hot(tensor([2, 0]), randn(2, 3))


# %% nbgrader={"grade": false, "grade_id": "losses-soft", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    """-Σ q log p for each example: p = softmax(input), q = target with label_smoothing; both (N, C, …) or (C,).

    >>> soft_losses(Tensor([[0, 0]]), Tensor([[0.3, 0.7]]))
    tensor([0.6931])
    """
    ### BEGIN SOLUTION
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-soft", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_soft_losses():
    """soft_losses agrees with the formula for any shape, weighted and smoothed."""
    rng = np.random.default_rng(8)
    for shape in [(4, 3), (3, 3), (2, 3, 3), (2, 4, 3, 2), (5,)]:
        dim = 0 if len(shape) == 1 else 1
        x, q, w = rng.normal(0, 2, shape), rng.uniform(0, 1, shape), rng.uniform(0.5, 2, shape[dim])
        q = q / q.sum(dim, keepdims=True)
        column = w.reshape((-1,) + (1,) * (len(shape) - 1 - dim))
        for smoothing in (0.0, 0.1, 1.0):
            terms = -(q * (1 - smoothing) + smoothing / shape[dim]) * slow_log_softmax(x)
            for weight, expected in [(None, terms.sum(dim)), (w, (terms * column).sum(dim))]:
                got = soft_losses(tensor64(x), tensor64(q), tensor64(weight), smoothing).data
                what = f"soft_losses of {shape}, weights: {weight is not None}, smoothing {smoothing}"
                assert_close(got, expected, what)
    got = quietly(soft_losses, Tensor([[1000, 0]]), Tensor([[0.5, 0.5]])).data
    assert_close(got, np.array([500.0]), "soft_losses of [1000, 0] and [0.5, 0.5]")
    assert remembers(soft_losses, [[1.0, 2.0]], Tensor([[0.3, 0.7]])), f"soft_losses: {LOST}"


test_unit_soft_losses()
### BEGIN HIDDEN TESTS
hard = soft_losses(Tensor([[1, 2, 0]], np.float64), Tensor(np.array([[False, True, False]]))).data
assert_close(hard, np.array([0.40760596444]), "soft_losses with a target of booleans")
### END HIDDEN TESTS

# %% [markdown]
# Everything is there; put `cross_entropy` together. Three cases:
#
# | target | losses | reduced with |
# |---|---|---|
# | probabilities: the shape of the input | `soft_losses` | no scale |
# | class numbers, no smoothing | `softmax_cross_entropy`, times `counts` | `counts` |
# | class numbers, smoothing | `soft_losses` of `one_hot`, 0 where ignored | `counts` |
#
# Call `check_smoothing(label_smoothing)` first. In the first case then `check_soft`, in the others
# `check_classes`.
#
# <details><summary>Hint 1: the idea</summary>
#
# First `if target.shape == input.shape:` and return. What follows is close to `nll_loss`.
#
# </details>
# <details><summary>Hint 2: the second case</summary>
#
# `softmax_cross_entropy(input, target, dim=class_dim(input), ignore_index=ignore_index) * scale`; what is ignored is 0
# already.
#
# </details>
# <details><summary>Hint 3: the third case</summary>
#
# `one_hot(places(…), input)` as the target of `soft_losses`, which also gets the weight; then `where(target ==
# ignore_index, 0, …)`. The weights are inside already: multiply by nothing more.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-check-smoothing", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_smoothing(label_smoothing):
    """Raise unless label_smoothing is a share, from 0 to 1."""
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0, got {label_smoothing}")


# %% nbgrader={"grade": false, "grade_id": "losses-check-soft", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_soft(input, target, weight, ignore_index):
    """Raise unless `target` can be a probability for each class."""
    check_weight(input, weight)
    if target.dtype.kind != "f":
        raise RuntimeError(f"a target in the shape of the input holds probabilities, got {target.dtype}")
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index={ignore_index}: there is nothing to ignore where targets are probabilities")


# %% nbgrader={"grade": false, "grade_id": "losses-cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """How surprised softmax(input) is by `target`: class numbers (N, …), or probabilities in the shape of `input`.

    >>> cross_entropy(Tensor([[0, 0], [0, 1000]]), tensor([0, 0]), reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    ### BEGIN SOLUTION
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-cross-entropy", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_cross_entropy():
    """cross_entropy agrees with a loop for class numbers, with PyTorch for smoothing, and takes probabilities."""
    for x, target, weight, ignored in sorts_of_targets():
        for reduction in ("none", "sum", "mean"):
            expected = slow_nll(slow_log_softmax(x), target, weight, ignored, reduction)
            got = cross_entropy(tensor64(x), Tensor(target), tensor64(weight), ignored, reduction).data
            what = f"cross_entropy of {x.shape}, weights: {weight is not None}, ignore_index={ignored}, {reduction!r}"
            assert_close(got, expected, what)
    x, w = Tensor([[1, 2, 0.5], [0, -1, 3], [2, 2, -2]]), Tensor([1, 0.5, 4])
    hard, soft = tensor([1, -100, 2]), Tensor([[0.2, 0.3, 0.5], [1, 0, 0], [0, 0.9, 0.1]])
    table = [  # torch.nn.functional.cross_entropy, 2.13
        (hard, None, 0.3, "none", [0.714368784, 0.0, 3.90226332]),
        (hard, w, 0.3, "none", [1.11793191, 0.0, 15.1525821]),
        (hard, w, 0.3, "mean", 3.61566979),
        (hard, None, 0.3, "mean", 2.30831605),
        (soft, w, 0.0, "none", [4.29126665, 3.0658839, 2.19692384]),
        (soft, None, 0.3, "mean", 1.87583867),
        (soft, w, 0.3, "mean", 3.38857863),
        (soft, w, 0.3, "sum", 10.1657359),
    ]
    for target, weight, smoothing, reduction, expected in table:
        got = cross_entropy(x, target, weight, reduction=reduction, label_smoothing=smoothing).data
        kind = "class numbers" if target is hard else "probabilities"
        what = f"cross_entropy with {kind}, weights: {weight is not None}, smoothing {smoothing}, {reduction!r}"
        assert_close(got, np.array(expected), what)
    far = quietly(cross_entropy, Tensor([[1000, 0], [0, -1000]]), tensor([1, 0]), reduction="none").data
    assert_close(far, np.array([1000.0, 0]), "cross_entropy of [[1000, 0], [0, -1000]] and [1, 0]")
    for target in (tensor([1]), Tensor([[0.3, 0.7]])):
        assert remembers(cross_entropy, [[1.0, 2.0]], target), f"cross_entropy: {LOST}"
    complaint(IndexError, cross_entropy, x, tensor([0, 3, 1]))
    complaint(IndexError, cross_entropy, x, tensor([-1, 2, 0]), label_smoothing=0.1)
    complaint(RuntimeError, cross_entropy, x, tensor([0, 2, 1]), label_smoothing=2.0)
    for few in ([0, 1], [2]):
        complaint(ValueError, cross_entropy, x, tensor(few))


test_unit_cross_entropy()
### BEGIN HIDDEN TESTS
def test_hidden_cross_entropy():
    """Errors as in PyTorch; infinities at ignored places do no harm."""
    x = Tensor([[1.0, 2.0], [0.0, 3.0]])
    for kind, args, kwargs in [
        (IndexError, (x, tensor([0, 2])), {}),
        (IndexError, (x, tensor([-1, 2])), {"label_smoothing": 0.1}),
        (ValueError, (x, tensor([0])), {}),
        (RuntimeError, (x, Tensor([0.0, 1.0])), {}),
        (RuntimeError, (x, tensor([[0, 1], [1, 0]])), {}),
        (RuntimeError, (x, Tensor([[0, 1], [1, 0]])), {"ignore_index": 1}),
        (RuntimeError, (x, tensor([0, 1])), {"label_smoothing": 2.0}),
        (RuntimeError, (x, x), {"label_smoothing": 2.0}),
        (RuntimeError, (x, tensor([0, 1])), {"weight": Tensor([1.0])}),
        (RuntimeError, (x, x), {"weight": Tensor([1.0])}),
        (ValueError, (x, tensor([0, 1])), {"reduction": "max"}),
    ]:
        complaint(kind, cross_entropy, *args, **kwargs)
    masked = Tensor([[1.0, 1.0], [3.0, -np.inf]])
    for smoothing, first in [(0.0, 0.69314718), (0.2, 0.69314718)]:
        got = cross_entropy(masked, tensor([0, -100]), reduction="none", label_smoothing=smoothing).data
        assert_close(got, np.array([first, 0]), f"cross_entropy with -inf in an ignored example, smoothing {smoothing}")


test_hidden_cross_entropy()
### END HIDDEN TESTS

# %% [markdown]
# ## From one distribution to another
# Cross-entropy with probabilities is never 0: a coin cannot be predicted better than with log 2. Subtract
# what no prediction can avoid, and what is left is the **Kullback-Leibler divergence**, 0 exactly if both are equal.
# A small network that imitates a large one (module 16) learns with it.
#
# $$\sum_c q_c\,(\log q_c - \log p_c)$$
#
# `input` is log p. `target` is q, or log q with `log_target=True`. Each element gives one term; the sum belongs to the
# reduction. "mean" divides by all elements, classes included, which is not what the formula means: "batchmean",
# the sum divided by the length of axis 0, is. A term with q = 0 is 0, for q log q goes to 0 with q; a
# term with q = NaN stays NaN.
#
# <details><summary>Hint 1: the idea</summary>
#
# With `log_target` it is `exp(target) * (target - input)`. Without, it is `q log q - q * input`, and only the first
# part needs care.
#
# </details>
# <details><summary>Hint 2: q = 0</summary>
#
# `where` computes both sides, so the logarithm must not see the 0: `log(where(target == 0, 1, target))`. Multiplied by
# q it is right everywhere.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    """q (log q - log p), with log p = input and q = target (or log q = target); "batchmean": the sum over N.

    >>> kl_div(log(Tensor([[0.5, 0.5]])), Tensor([[1, 0]]), reduction="batchmean")
    tensor(0.6931)
    """
    ### BEGIN SOLUTION
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-kl", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_kl_div():
    """kl_div agrees with a loop, in both forms and four reductions, and where q is 0."""
    rng = np.random.default_rng(9)
    for shape in [(4, 3), (3, 3), (2, 3, 4), (5,)]:
        q, logp = rng.uniform(0.1, 1, shape), rng.normal(-2, 1, shape)
        slow = np.array([a * (math.log(a) - b) for a, b in zip(q.flat, logp.flat, strict=True)]).reshape(shape)
        ways = {"none": slow, "sum": slow.sum(), "mean": slow.mean(), "batchmean": slow.sum() / shape[0]}
        for reduction, expected in ways.items():
            got = kl_div(tensor64(logp), tensor64(q), reduction).data
            assert_close(got, expected, f"kl_div of {shape}, {reduction!r}")
            got = kl_div(tensor64(logp), tensor64(np.log(q)), reduction, log_target=True).data
            assert_close(got, expected, f"kl_div of {shape}, {reduction!r}, log_target=True")
        assert_close(kl_div(tensor64(logp), tensor64(q)).data, slow.mean(), f"kl_div of {shape} without more")
    got = quietly(kl_div, Tensor([-1, -2, -3]), Tensor([0, 1, 0.5]), "none").data
    assert_close(got, np.array([0, 2, 1.1534264]), "kl_div of [-1, -2, -3] and [0, 1, 0.5]")
    complaint(ValueError, kl_div, Tensor([-1.0]), Tensor([1.0]), "max")
    assert remembers(kl_div, [1.0], Tensor([0.5])), f"kl_div: {LOST}"
    got = kl_div(Tensor([-1.0, -1.0]), Tensor([np.nan, 0]), "none").data
    assert_close(got, np.array([np.nan, 0]), "kl_div of [-1, -1] and [nan, 0]")


test_unit_kl_div()
### BEGIN HIDDEN TESTS
def test_hidden_kl():
    """The divergence of a distribution from itself is 0, from another positive; it is cross-entropy less entropy."""
    x, q = randn(6, 5), softmax(randn(6, 5))
    assert_close(kl_div(log(q), q, "none").data.sum(1), np.zeros(6), "kl_div of q from q")
    left = cross_entropy(x, q).data - kl_div(log_softmax(x), q, "batchmean").data
    assert_close(left, -(q * log(q)).sum().data / 6, "cross-entropy less divergence, the entropy")


test_hidden_kl()
### END HIDDEN TESTS

# %% [markdown]
# ## Losses as modules
# A loss can be kept as an object, with its settings, and called. It is a `Module` of chapter 03: if it has weights per
# class, these belong to its state, but nobody trains them. So they are a *buffer*. `NLLLoss` is the pattern.

# %% nbgrader={"grade": false, "grade_id": "losses-base", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Loss(Module):
    """A loss with its settings: called on predictions and targets."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction


# %% nbgrader={"grade": false, "grade_id": "losses-weighted-base", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class WeightedLoss(Loss):
    """A loss with weights, which are a buffer (or None)."""

    def __init__(self, weight=None, reduction="mean"):
        super().__init__(reduction)
        self.register_buffer("weight", weight)


# %% nbgrader={"grade": false, "grade_id": "losses-nll-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class NLLLoss(WeightedLoss):
    """The negative log-likelihood of class numbers; its input is log-probabilities."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        """`nll_loss` of input and target."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


# %% [markdown]
# Write `CrossEntropyLoss`, with PyTorch's arguments in PyTorch's order: `weight=None, ignore_index=-100,
# reduction="mean", label_smoothing=0.0`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Three things are kept, and the base keeps two of them. `forward` hands on five.
#
# </details>
# <details><summary>Hint 2: the base</summary>
#
# `super().__init__(weight, reduction)` first: only then can a Module take attributes.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-cross-entropy-class", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class CrossEntropyLoss(WeightedLoss):
    """The cross-entropy of logits with class numbers or probabilities.

    >>> CrossEntropyLoss(reduction="sum")(Tensor([[0, 0], [0, 0]]), tensor([0, 1]))
    tensor(1.3863)
    """

    ### BEGIN SOLUTION
    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)

    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-losses-cross-entropy-class", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_cross_entropy_class(seed=13):
    """CrossEntropyLoss hands on each of its settings, and its weights are state."""
    rng, c = np.random.default_rng(seed), np.array([1, 0, 2])
    logits, weight = rng.normal(0, 2, (3, 3)), rng.uniform(0.5, 4, 3)
    x, target, w, logp = tensor64(logits), Tensor(c), tensor64(weight), slow_log_softmax(logits)
    smoothed = 0.7 * slow_nll(logp, c, weight, 1, "sum") - 0.1 * (logp * weight)[c != 1].sum()
    for args, kwargs, expected in [
        ((), {}, slow_nll(logp, c)),
        ((w,), {"weight": w}, slow_nll(logp, c, weight)),
        ((None, 0), {"ignore_index": 0}, slow_nll(logp, c, None, 0)),
        ((None, -100, "none"), {"reduction": "none"}, slow_nll(logp, c, reduction="none")),
        ((w, 1, "sum", 0.3), {"weight": w, "ignore_index": 1, "reduction": "sum", "label_smoothing": 0.3}, smoothed),
    ]:
        expected = np.asarray(expected)
        assert_close(CrossEntropyLoss(*args)(x, target).data, expected, f"CrossEntropyLoss{args}")
        assert_close(CrossEntropyLoss(**kwargs)(x, target).data, expected, f"CrossEntropyLoss({kwargs})")
    assert remembers(CrossEntropyLoss(), [[1.0, 2.0]], tensor([1])), f"CrossEntropyLoss()(x, target): {LOST}"
    state = CrossEntropyLoss(w).state_dict()
    assert list(state) == ["weight"], f"the state of CrossEntropyLoss(w): expected weight, got {list(state)}"
    assert_close(state["weight"].data, w.data, "the weight in the state")
    assert not list(CrossEntropyLoss(w).parameters()), "the weights of the classes are not to be trained"
    assert not list(CrossEntropyLoss().state_dict()), "without weights there is no state"


test_unit_cross_entropy_class()
### BEGIN HIDDEN TESTS
test_unit_cross_entropy_class(seed=None)
text = repr(CrossEntropyLoss(Tensor([1.0, 2.0])))
assert text == "CrossEntropyLoss()", f"repr: expected CrossEntropyLoss(), as PyTorch, got {text}"
half = CrossEntropyLoss(Tensor([1.0, 2.0])).to(np.float64).weight.dtype
assert str(half) == "float64", "the weights should follow .to(dtype), as buffers do"
### END HIDDEN TESTS

# %% [markdown]
# The others follow the pattern.

# %% nbgrader={"grade": false, "grade_id": "losses-mse-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class MSELoss(Loss):
    """The squared differences."""

    def forward(self, input, target):
        """`mse_loss` of input and target."""
        return mse_loss(input, target, self.reduction)


# %% nbgrader={"grade": false, "grade_id": "losses-l1-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class L1Loss(Loss):
    """The absolute differences."""

    def forward(self, input, target):
        """`l1_loss` of input and target."""
        return l1_loss(input, target, self.reduction)


# %% nbgrader={"grade": false, "grade_id": "losses-huber-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class HuberLoss(Loss):
    """Half the squared differences up to delta, a straight line beyond."""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input, target):
        """`huber_loss` of input and target."""
        return huber_loss(input, target, self.reduction, self.delta)


# %% nbgrader={"grade": false, "grade_id": "losses-smooth-l1-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class SmoothL1Loss(Loss):
    """`HuberLoss` with delta=beta, divided by beta."""

    def __init__(self, reduction="mean", beta=1.0):
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input, target):
        """`smooth_l1_loss` of input and target."""
        return smooth_l1_loss(input, target, self.reduction, self.beta)


# %% nbgrader={"grade": false, "grade_id": "losses-kl-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class KLDivLoss(Loss):
    """The Kullback-Leibler divergence; its input is log-probabilities."""

    def __init__(self, reduction="mean", log_target=False):
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input, target):
        """`kl_div` of input and target."""
        return kl_div(input, target, self.reduction, self.log_target)


# %% nbgrader={"grade": false, "grade_id": "losses-bce-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BCELoss(WeightedLoss):
    """The binary cross-entropy of probabilities."""

    def forward(self, input, target):
        """`binary_cross_entropy` of input and target."""
        return binary_cross_entropy(input, target, self.weight, self.reduction)


# %% nbgrader={"grade": false, "grade_id": "losses-bce-logits-class", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BCEWithLogitsLoss(WeightedLoss):
    """The binary cross-entropy of logits."""

    def __init__(self, weight=None, reduction="mean", pos_weight=None):
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        """`binary_cross_entropy_with_logits` of input and target."""
        return binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


# %% [markdown]
# ## A landscape
# A model with two weights, $\text{slope} \cdot x + \text{offset}$, has a loss for each pair of them: a height over a
# plane. Training is walking downhill on it. Write `landscape`, without a loop: let the slopes run along axis 0,
# the offsets along axis 1, the points along axis 2, and broadcast.
#
# <details><summary>Hint 1: the idea</summary>
#
# Slopes of shape (S, 1, 1), offsets of shape (O, 1) and x of shape (N,) give predictions (S, O, N). The loss of each
# point, `reduction="none"`, has the same shape; the mean over the last axis is the map.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `reshape(slopes, -1, 1, 1)`. The losses want a target in the shape of the predictions: `expand(y, predicted.shape)`
# copies nothing.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "losses-landscape", "locked": false, "schema_version": 3, "solution": true, "task": false}
def landscape(loss, x, y, slopes, offsets):
    """The mean `loss` of slope * x + offset against y, for each slope (axis 0) and offset (axis 1).

    >>> landscape(l1_loss, Tensor([1, 2]), Tensor([1, 2]), Tensor([1, 2]), Tensor([0, 1, 2]))
    tensor([[0. , 1. , 2. ],
            [1.5, 2.5, 3.5]])
    """
    ### BEGIN SOLUTION
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape), reduction="none").mean(-1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "losses-counted", "locked": true, "schema_version": 3, "solution": false, "task": false}
def loss_by(f, calls):
    """The loss that takes f of each difference, noting the shapes of each of its calls in the list `calls`."""

    def loss(input, target, reduction="mean"):
        calls.append((input.shape, target.shape))
        losses = f(input - target)
        return {"none": lambda: losses, "mean": losses.mean, "sum": losses.sum}[reduction]()

    return loss


# %% nbgrader={"grade": true, "grade_id": "test-losses-landscape", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_landscape(seed=10):
    """landscape agrees with two loops over the weights, for any loss."""
    rng = np.random.default_rng(seed)
    for n, name, f in [(5, "squares", lambda d: d * d), (4, "absolute values", abs), (1, "cubes", lambda d: d * d * d)]:
        x, y, slopes, offsets = (rng.normal(size=size) for size in (n, n, 4, 3))
        expected, calls = np.array([[f(s * x + o - y).mean() for o in offsets] for s in slopes], np.float32), []
        got = landscape(loss_by(f, calls), *map(Tensor, (x, y, slopes, offsets))).data
        assert_close(got, expected, f"landscape of {name}, {n} points", atol=1e-4)
        assert len(calls) == 1, f"landscape: call the loss once, for all weights together; it was called {len(calls)} times"
        given, wanted = calls[0]
        assert given == wanted, f"landscape: the loss wants predictions and targets of one shape, got {given} and {wanted}"


test_unit_landscape()
### BEGIN HIDDEN TESTS
test_unit_landscape(seed=None)
### END HIDDEN TESTS

# %%
x, y = Tensor(hours), Tensor(points)
losses = {"mse_loss": mse_loss, "huber_loss": functools.partial(huber_loss, delta=0.2), "l1_loss": l1_loss}
for ax, (name, loss) in zip(axes(3), losses.items(), strict=True):
    height = landscape(loss, x, y, Tensor(slopes), Tensor(offsets))
    ax.contourf(offsets, slopes, height.sqrt(), levels=30, cmap="Blues_r")
    row, column = divmod(height.argmin().item(), 101)
    ax.plot(offsets[column], slopes[row], "o", color="white", ms=12, mew=2, mfc="none")
    ax.plot(0.5, 2, "x", color=ORANGE)
    ax.set(title=name, xlabel="offset", ylabel="slope")

# %% [markdown]
# The ring is the lowest place, the cross the truth; shades follow the root again. A single point of 40 has drawn the square's minimum far
# away; the other two hardly noticed. All three are valleys: long in one direction and steep in the other, because a
# larger slope can be made good by a smaller offset. Such valleys are what optimizers (module 06) are made for.
#
# ## Where float32 ends
# Below, one example with two classes, right by x logits (or wrong, if x is negative). The loss by three ways: from the
# probability, by `cross_entropy`, and by `binary_cross_entropy_with_logits`.

# %%
x = linspace(-150, 150, 601)
logits, first = stack([x, x * 0], dim=1), (x * 0).to(np.int64)
with np.errstate(divide="ignore"):
    ways = {
        "-log(softmax(x))": -log(softmax(logits, 1)[:, 0]),
        "cross_entropy": cross_entropy(logits, first, reduction="none"),
        "with_logits": binary_cross_entropy_with_logits(x, x * 0 + 1, reduction="none"),
    }

# %%
left, right = axes(2)
for (name, loss), width, color in zip(ways.items(), (7, 3.5, 1), (ORANGE, BLUE, "black"), strict=True):
    left.plot(x, loss, color=color, lw=width, label=name)
    right.plot(x, where(loss > 0, loss, np.nan), color=color, lw=width)
left.set(xlim=(-150, 0), xlabel="x", title="loss, wrong by x")
left.legend()
right.set(xlim=(0, 120), xlabel="x", yscale="log", ylim=(1e-45, 10), title="loss, right by x");


# %% [markdown]
# On the left, the way through the probability ends at -104, where float32 has no smaller number and the loss
# becomes infinite: such a network has stopped learning, or is full of NaN. On the right, it and `cross_entropy`
# end at 17, because 1 + 4 · 10⁻⁸ is 1: the loss is exactly 0 from there on. This does little harm. `log1p` does
# not add that 1 and goes on to 103.
#
# ## What it costs
# Cross-entropy of 4,096 rows with 256 classes: composed of operations, and as one op. `kept`, given, adds up the arrays
# that the recipes hold on to.

# %%
def kept(t):
    """The bytes of all arrays that the recipe of t keeps alive, without its inputs that nobody computed."""
    waiting, seen = [t], {}
    while waiting:
        t = waiting.pop()
        if isinstance(t, Tensor) and t.recipe is not None and id(t) not in seen:
            seen[id(t)] = t.data.nbytes
            waiting += t.recipe.args
    return sum(seen.values())


# %%
def milliseconds(f, repeats=9):
    """The median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[repeats // 2]


# %%
manual_seed(0)
logits, target = randn(4096, 256) * 3, randint(256, (4096,))
logits.requires_grad = True
ways = {
    "composed": lambda: nll_loss(log_softmax(logits), target),
    "one op": lambda: cross_entropy(logits, target),
}
left, right = axes(2, 2.2)
for (name, f), color in zip(ways.items(), (ORANGE, BLUE), strict=True):
    left.bar_label(left.bar(name, milliseconds(f), color=color), fmt="%.1f", padding=2)
    right.bar_label(right.bar(name, kept(f()) / 1e6, color=color), fmt="%.2f", padding=2)
for ax, title in ((left, "milliseconds"), (right, "megabytes kept")):
    ax.set_title(title)
    ax.margins(y=0.2)  # room for the labels

# %% [markdown]
# The arithmetic is the same. The op saves passes over memory, and everything that the recipes keep: for module 05,
# the logits and one number per row are enough.
#
# ## What PyTorch does differently
# - `cross_entropy` is `log_softmax` followed by `nll_loss` (`aten/src/ATen/native/LossNLL.cpp`), each a kernel with a
#   derivative by hand; it keeps the log-probabilities.
# - `binary_cross_entropy` is one kernel (`aten/src/ATen/native/Loss.cpp`); where p is 0 and t is 1, its slope is limited
#   to 10¹², ours is 0.
# - `binary_cross_entropy_with_logits` computes $(1 - t)\,x + \max(-x, 0) + \dots$: for x = -80 and t = 0 its loss is 0.
# - It wants int64 targets; here any integers will do. An example alone, (C,), may have a target (1,) there.
# - The arguments `size_average` and `reduce`, older than `reduction`, still exist there. So do weights for
#   `mse_loss`, and a warning that "mean" is not what one wants of `kl_div`.
# - Its `label_smoothing` takes a negative number for 0; here it is an error.
#
# ## Questions
# 1. An untrained classifier of 10 classes has a loss of 2.30; a language model with 50,257 tokens begins at 10.8.
#    Where do the numbers come from? What does a loss of 25 at the first step tell you?
# 2. Two batches, 90 and 10 tokens, the rest ignored. Is the mean of their two mean losses the mean over all 100 tokens?
#    What must be kept to compute that one?
# 3. For 40 measurements of one quantity, which constant has the least `mse_loss`, which the least `l1_loss`? And
#    why does a network that predicts the next picture of a film with `mse_loss` make it blurred?
#
# Export the chapter with `tito export 04`. From then on the losses also answer to PyTorch's names:
# `from tinytorch import nn`, `nn.CrossEntropyLoss()`, `nn.functional.cross_entropy`. Module 05 finds the way downhill.
