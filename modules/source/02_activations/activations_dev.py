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
#     hours: 2
#     prerequisites:
#     - 01_tensor
#     title: Activations
# ---

# %% [markdown]
# # Activations
# > Ten curves, one of which stands between any two layers of a network.
#
# A network without them can compute nothing but straight lines. With them it can come as near to any curve as
# you like: below, a wave is put together from twelve pieces of one bent line. That bent line is your first
# exercise. At the end of the chapter a row of scores becomes a probability for each word, and one number,
# the temperature, decides how bold the choice is; every language model ends like that.

# %% nbgrader={"grade": false, "grade_id": "activations-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.activations
#| export
import math

import numpy as np

from tinytorch import _arrays, _special
from tinytorch.core.tensor import abs_, amax, erf, exp, log, maximum, method, minimum, op, sum_, tanh, where, wrap  # noqa: F401

# %% nbgrader={"grade": false, "grade_id": "activations-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

from tinytorch.core.tensor import Tensor, linspace, manual_seed, randn
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, RED, axes
from tinytorch.testing import assert_close

# %%
x = np.linspace(0, 6.3, 400)
corners = np.linspace(0, 6.3, 13)
turns = np.diff(np.sin(corners)) / np.diff(corners)
heights = np.diff(turns, prepend=0)
pieces = np.maximum(x[:, None] - corners[:-1], 0) * heights
ax = axes()
ax.plot(x, pieces, color=GREY, lw=0.8)
ax.plot(x, np.sin(x), color=BLUE, label="a wave")
ax.plot(x, pieces.sum(axis=1), color=ORANGE, ls="--", label="the sum of the twelve bent lines in grey")
ax.set_ylim(-1.6, 1.6)
ax.legend();

# %% [markdown]
# ## Why bend at all
# A layer multiplies by a matrix. Two layers multiply by two matrices, and that is the same as multiplying
# once, by their product: $B(Ax) = (BA)x$. A hundred layers in a row are still one. Here are both ways, and
# they differ by rounding only.

# %%
manual_seed(0)
A, B, x = randn(5, 4), randn(3, 5), randn(4)
B @ (A @ x), (B @ A) @ x

# %% [markdown]
# Put any function that is not a straight line between them, and the two matrices no longer fall together.
# Which function is almost a matter of taste; that there is one is not. All but softmax work on each number for
# itself, so a tensor of any shape goes in, and one of the same shape comes out.
#
# The checks of this chapter ask the same things of each function, so they share a helper. `judge` takes your
# function and the values that PyTorch gives for `POINTS`. It looks at several shapes and types, and it insists
# that the input is left alone, that NumPy has nothing to warn of, and that the recipe of the result leads back to
# x: computed anew from it with other numbers in the place of x, the result must be that for these numbers. So
# use operations on tensors only, as `x * 2`, `exp(x)` or `where(x > 0, a, b)`. The cell with the imports lists
# those that you need, and a few more.

# %% nbgrader={"grade": false, "grade_id": "activations-judge", "locked": true, "schema_version": 3, "solution": false, "task": false}
POINTS = [-1000, -80, -20, -5, -1, -0.001, 0, 0.001, 0.5, 1, 5, 20, 80, 1000]


def judge(f, expected, what, rtol=None, atol=None):
    """Compare f with the values `expected` at POINTS, in two types and three shapes, and watch how it gets there."""
    for x, value in zip(POINTS, expected, strict=True):
        got = quietly(f, Tensor([x], np.float64), f"{what}([{x}])")
        assert_close(got, np.array([value], float), f"{what}([{x}])", rtol, atol)
    leads_back(f, [-0.5, 0.5, 30], [-0.7, 0.7, 40], what)
    leads_back(f, POINTS, POINTS, what)
    for dtype in ("float64", "float32"):
        for shape in [(14,), (2, 7), (7, 1, 2)]:
            x, label = np.array(POINTS, dtype).reshape(shape), f"{what} of POINTS as {dtype}, shape {shape}"
            got = quietly(f, Tensor(x, dtype), label)
            assert_close(got, np.array(expected, dtype).reshape(shape), label, rtol, atol)
            assert str(got.dtype) == dtype, f"{label}: expected {dtype}, got {got.dtype}"
    label = f"{what} of 0.5, a tensor without axes"
    assert_close(quietly(f, Tensor(0.5), label), np.array(expected[8]), label, rtol, atol)
    label = f"{what} of the integers -5, -1, 1, 5"
    whole = quietly(f, Tensor(np.array([-5, -1, 1, 5])), label)
    assert_close(whole, np.array(expected)[[3, 4, 9, 10]], label, 1e-5, 1e-5)


def quietly(f, t, what):
    """The numbers of f(t); it must not change t, nor do what NumPy would warn of."""
    before = t.data.copy()
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            out = f(t)
    except FloatingPointError as error:
        raise AssertionError(f"{what}: NumPy warns of {error}") from None
    assert_close(t.data, before, f"{what}: the input after the call")
    if not isinstance(out, Tensor):
        raise AssertionError(f"{what}: expected a Tensor, got {type(out).__name__}")
    return out.data


def replay(t, leaf, value):
    """The tensor t, computed anew from its recipe with `value` in the place of `leaf`."""
    if t is leaf:
        return value
    if type(t) in (list, tuple):
        return type(t)(replay(part, leaf, value) for part in t)
    if not isinstance(t, Tensor) or t.recipe is None:
        return t
    recipe = t.recipe
    return recipe.op(*replay(tuple(recipe.args), leaf, value), **recipe.kwargs)


def leads_back(f, x, y, what):
    """Insist that the recipe of f(x), followed with y in the place of x, gives f(y), and quietly."""
    x = Tensor(x, requires_grad=True)
    out = f(x)
    label = f"{what}: the recipe does not lead back to x everywhere; do not use .data or NumPy inside"
    got = quietly(lambda t: replay(out, x, t), Tensor(y), f"{what}, its recipe followed")
    assert_close(got, f(Tensor(y)).data, f"{label}; with {y} in the place of x")


# %% [markdown]
# **ReLU**, the rectified linear unit: negative numbers become 0, the others stay. It took over around 2011,
# because it is cheap and, as we shall see, keeps gradients alive. Not-a-number must stay not-a-number:
# otherwise the function would sweep a broken computation under the carpet. `@method` makes `x.relu()` work as
# well. Only functions that are methods in PyTorch get it; `leaky_relu` is none there.
#
# <details><summary>Hint 1: the idea</summary>
#
# Each element is compared with 0, and one of two things is taken.
#
# </details>
# <details><summary>Hint 2: the tool</summary>
#
# `maximum(a, b)` takes the larger one; `where(condition, a, b)` takes `a` where the condition holds.
#
# </details>
# <details><summary>Hint 3: not-a-number</summary>
#
# Every comparison with it is false. So it ends up on the side of `where` that is taken when the condition is false.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def relu(x):
    """The larger of 0 and x, element by element.

    >>> relu(Tensor([-2, 0, 3]))
    tensor([0., 0., 3.])
    """
    ### BEGIN SOLUTION
    return where(x <= 0, 0, x)  # as maximum(x, 0), but with a slope of 0 at 0, as PyTorch has it
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-relu", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_relu():
    """relu keeps positive numbers and sets the rest to 0."""
    judge(relu, [0, 0, 0, 0, 0, 0, 0, 0.001, 0.5, 1, 5, 20, 80, 1000], "relu")
    got = relu(Tensor([float("nan"), float("inf"), -float("inf")])).data
    assert_close(got, np.array([np.nan, np.inf, 0]), "relu of [nan, inf, -inf]")


test_unit_relu()
### BEGIN HIDDEN TESTS
def test_hidden_relu():
    """relu takes integers, and a tensor of any shape."""
    whole = relu(Tensor(np.array([-3, 4]))).data
    assert_close(whole, np.array([0, 4]), "relu of the integers -3 and 4")
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    assert_close(relu(Tensor(x)).data, x * (x > 0), "relu of a (3, 4, 5)")
    assert relu(Tensor(np.zeros((0, 3)))).shape == (0, 3), "relu of a (0, 3) should be a (0, 3)"


test_hidden_relu()
### END HIDDEN TESTS

# %% [markdown]
# A unit whose inputs are all negative gives 0 and learns nothing more: it is dead. **Leaky ReLU** lets a little
# through: negative numbers are multiplied by a small slope, 0.01 if nothing else is said.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two cases, told apart by the sign of each element, as before.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# The larger of `x` and `negative_slope * x` is right only while the slope is below 1. `where` is always right.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-leaky-relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def leaky_relu(x, negative_slope=0.01):
    """x where x > 0, negative_slope * x elsewhere.

    >>> leaky_relu(Tensor([-2, 0, 3]), 0.1)
    tensor([-0.2,  0. ,  3. ])
    """
    ### BEGIN SOLUTION
    return where(x > 0, x, negative_slope * x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-leaky-relu", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_leaky_relu():
    """leaky_relu multiplies negative numbers by its slope."""
    expected = [-10, -0.8, -0.2, -0.05, -0.01, -0.00001, 0, 0.001, 0.5, 1, 5, 20, 80, 1000]
    judge(leaky_relu, expected, "leaky_relu", atol=1e-9)
    for slope in (0.25, 2.0, -1.0):
        got = leaky_relu(Tensor([[-2, 4], [3, -0.5]]), slope).data
        assert_close(got, np.array([[-2 * slope, 4], [3, -0.5 * slope]]), f"leaky_relu with slope {slope}")


test_unit_leaky_relu()
### BEGIN HIDDEN TESTS
assert_close(leaky_relu(Tensor([-8, 8]), negative_slope=0.5).data, np.array([-4.0, 8.0]), "leaky_relu, slope 0.5")
assert_close(leaky_relu(Tensor([-3, 3]), 0).data, np.array([0.0, 3.0]), "leaky_relu, slope 0")
### END HIDDEN TESTS

# %% [markdown]
# ## Squashing
# The older activations squeeze every number into an interval. `tanh`, which module 01 has brought along, goes
# from -1 to 1. The **sigmoid** goes from 0 to 1, so that its result can be read as a probability:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# The formula is right and the obvious program is not. float32 ends at 3.4 · 10³⁸, so $e^{-x}$ leaves it at
# x = -89, and NumPy warns of an overflow. What one would like there is $e^{x}$, which is tiny and harmless.

# %%
with np.errstate(over="ignore"):
    print(np.exp(np.float32(88)), np.exp(np.float32(89)), np.exp(np.float32(-89)))


# %% [markdown]
# Multiply numerator and denominator by $e^{x}$, and there is a second form of the same function:
#
# $$\sigma(x) = \frac{e^{x}}{1 + e^{x}}$$
#
# Each form is safe at one end. Write a program that takes the right one for each element and never asks for an
# exponential that could be large. Choosing afterwards is too late: `where` gets both sides ready computed.
# Silencing the warning with `np.errstate` is not a solution: the overflow still happens.
#
# This one becomes an `op` of its own: inside, `a` is a NumPy array, and you use NumPy's functions. There are
# two reasons. Its slope is $\sigma(1 - \sigma)$, so module 05 needs nothing but the result to differentiate it.
# And a version composed of tensor operations would have a kink at 0 somewhere inside, though σ is smooth there.
#
# Integers cannot hold a probability, and small integer types overflow already when a minus is put before
# them. `floating`, given, turns them into floats.
#
# <details><summary>Hint 1: the idea</summary>
#
# $e^{-|x|}$ lies between 0 and 1 for every x. Both forms can be written with it.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# With $e = e^{-|x|}$: for $x \ge 0$ it is $1 / (1 + e)$, for $x < 0$ it is $e / (1 + e)$.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `np.exp`, `np.abs`, `np.where`. The two cases differ in the numerator only.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-floating", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def floating(x, dtype=None):
    """The Tensor or array x, or a copy with floats where its numbers are whole; the Tensor x in `dtype`, if given."""
    if dtype is not None:
        return x.to(dtype)
    return x if x.dtype.kind == "f" else x * 1.0


# %% nbgrader={"grade": false, "grade_id": "activations-sigmoid", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def sigmoid(a):
    """1 / (1 + exp(-a)), to full precision for every a, however small the result.

    >>> sigmoid(Tensor([-1000, 0, 1000]))
    tensor([0. , 0.5, 1. ])
    """
    a = floating(a)
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-sigmoid", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_sigmoid():
    """sigmoid agrees with PyTorch, tiny results too."""
    small = [0, 1.80485138784542e-35, 2.06115361819020e-9, 0.00669285092428486, 0.268941421369995, 0.49975000002083334]
    large = [0.5, 0.50024999997916666, 0.622459331201855, 0.731058578630005, 0.993307149075715, 0.999999997938846, 1, 1]
    judge(sigmoid, small + large, "sigmoid", rtol=2e-6, atol=0)  # PyTorch 2.13
    tiny = sigmoid(Tensor([-720], np.float64)).data  # exp(720) overflows even in float64
    assert_close(tiny, np.array([2.0322308e-313]), "sigmoid([-720]) in float64", rtol=1e-6, atol=0)


test_unit_sigmoid()
### BEGIN HIDDEN TESTS
def test_hidden_sigmoid():
    """sigmoid(x) and sigmoid(-x) make 1; the infinities and not-a-number come out right."""
    x = np.random.default_rng(1).normal(0, 10, (4, 5))
    got = sigmoid(Tensor(x, np.float64)).data
    assert_close(got, 1 - sigmoid(Tensor(-x, np.float64)).data, "sigmoid(x) against 1 - sigmoid(-x)")
    assert_close(got, 1 / (1 + np.exp(-x)), "sigmoid of normal random numbers")
    bytes_ = quietly(sigmoid, Tensor(np.array([0, 200], np.uint8)), "sigmoid of uint8")
    assert_close(bytes_, np.array([0.5, 1]), "sigmoid of the bytes 0 and 200")
    edges = quietly(sigmoid, Tensor([-float("inf"), float("inf"), float("nan")]), "sigmoid")
    assert_close(edges, np.array([0, 1, np.nan]), "sigmoid of [-inf, inf, nan]")


test_hidden_sigmoid()
### END HIDDEN TESTS

# %% [markdown]
# **SiLU** (also called swish) is the number times its own sigmoid. Large numbers pass, negative ones fade to 0, and
# the bend is smooth. It is given, because it is one line:

# %% nbgrader={"grade": false, "grade_id": "activations-silu", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def silu(x):
    """x * sigmoid(x).

    >>> silu(Tensor([-1000, 0, 1000]))
    tensor([  -0.,    0., 1000.])
    """
    return x * sigmoid(x)


# %% [markdown]
# ## Close to 1, close to 0
# float32 keeps about seven digits. `1 + 1e-9` is therefore 1, and `log(1 + 1e-9)` is 0 instead of 1e-9: all
# digits are lost. NumPy has two functions that do not fall into that hole, and we lift them to ops: `log1p(x)`
# is log(1 + x), and `expm1(x)` is exp(x) - 1.

# %% nbgrader={"grade": false, "grade_id": "activations-log1p", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
log1p, expm1 = map(op, (np.log1p, np.expm1))

# %%
tiny = Tensor(1e-9)
log(1 + tiny), log1p(tiny), exp(tiny) - 1, expm1(tiny)


# %% [markdown]
# **Softplus**, $\frac{1}{\beta}\log(1 + e^{\beta x})$, is a ReLU with a round corner; β says how sharp it is. It is
# used where a result must be positive, a width for example. The formula overflows for large x, and there
# it is as good as x itself. PyTorch returns x exactly where βx is greater than `threshold`, and so do we. But
# `where` computes the other side there too, so that must not overflow either. Start from
#
# $$\log(1 + e^{z}) = \max(z, 0) + \log(1 + e^{-|z|})$$
#
# At z = 0 both max and |z| have a kink, and the sum has none. Here it may be composed: if both parts choose by the
# same `z > 0`, the sum at 0 is $0 + \log(1 + e^{z})$, so every slope that module 05 takes there is right. With
# `maximum` and `abs_` only the first is: it gives them the slopes ½ and 0, but the bend is lost.
#
# <details><summary>Hint 1: the idea</summary>
#
# Let z be `beta * x`. The right-hand side above is safe for every z; it only has to be divided by β.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `relu(z)` is max(z, 0), `where(z > 0, -z, z)` is -|z|; `exp` and `log1p` for the rest.
#
# </details>
# <details><summary>Hint 3: the threshold</summary>
#
# `where(beta * x > threshold, x, …)` around it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-softplus", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def softplus(x, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold.

    >>> softplus(Tensor([-1000, 0, 30]))
    tensor([ 0.    ,  0.6931, 30.    ])
    """
    ### BEGIN SOLUTION
    z = beta * x
    minus_size = where(z > 0, -z, z)  # -|z|; its kink at 0 and that of relu cancel, in each derivative
    return where(z > threshold, x, (relu(z) + log1p(exp(minus_size))) / beta)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-softplus", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_softplus():
    """softplus agrees with PyTorch for any beta, threshold."""
    small = [0, 1.80485138784542e-35, 2.06115362031438e-9, 0.00671534848911807, 0.313261687518223, 0.69264730555994]
    large = [0.693147180559945, 0.69364730555994, 0.974076984180107, 1.31326168751822, 5.00671534848912]
    judge(softplus, small + large + [20.0000000020612, 80, 1000], "softplus", rtol=2e-6, atol=0)  # PyTorch 2.13
    x = Tensor([-2, -0.5, 0, 0.5, 2])
    expected = [0.00907496390, 0.156630844, 0.346573590, 0.656630844, 2.00907496]
    assert_close(softplus(x, beta=2.0).data, np.array(expected), "softplus with beta=2")
    expected = [0.126928011, 0.474076984, 0.693147181, 0.974076984, 2]
    assert_close(softplus(x, threshold=1.0).data, np.array(expected), "softplus with threshold=1")
    expected = [0.00907496390, 0.156630844, 0.346573590, 0.5, 2]
    assert_close(softplus(x, 2.0, 0.9).data, np.array(expected), "softplus with beta=2, threshold=0.9")
    got = softplus(Tensor([1.0]), threshold=1.0).data
    assert_close(got, np.array([1.31326169]), "softplus([1]) with threshold=1, which 1 is not greater than")


test_unit_softplus()
### BEGIN HIDDEN TESTS
def test_hidden_softplus():
    """softplus(x) - softplus(-x) is x, for any beta."""
    x = np.random.default_rng(2).normal(0, 5, (3, 4))
    for beta in (0.5, 3.0):
        got = softplus(Tensor(x, np.float64), beta, 1000.0) - softplus(Tensor(-x, np.float64), beta, 1000.0)
        assert_close(got.data, x, f"softplus(x) - softplus(-x) with beta={beta}")


test_hidden_softplus()
### END HIDDEN TESTS

# %% [markdown]
# **ELU**, the exponential linear unit, is x where x is positive and $\alpha(e^{x} - 1)$ elsewhere: below 0 it bends
# smoothly towards -α. The trap is the same, from the other side: where x is positive you do not want the
# exponential, and `where` gets it computed all the same. So the exponential must not see these numbers.
#
# <details><summary>Hint 1: the idea</summary>
#
# Choose twice: once before the exponential, which gets 0 in place of every positive number, and once after it.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `expm1` for $e^{x} - 1$; `where(x > 0, 0, x)` for what it gets.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-elu", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def elu(x, alpha=1.0):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere.

    >>> elu(Tensor([-1000, 0, 30]), alpha=0.5)
    tensor([-0.5,  0. , 30. ])
    """
    ### BEGIN SOLUTION
    below = where(x <= 0, x, 0)  # where computes both sides: the exponential must not see large numbers
    return where(x <= 0, alpha * expm1(below), x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-elu", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_elu():
    """elu agrees with PyTorch, close to 0 and far from it."""
    small = [-1, -1, -0.999999997938846, -0.993262053000915, -0.632120558828558, -0.000999500166625008]
    judge(elu, small + [0, 0.001, 0.5, 1, 5, 20, 80, 1000], "elu", rtol=2e-6, atol=0)  # PyTorch 2.13
    for alpha in (0.5, 2.0):
        got = elu(Tensor([[-1, 3], [0, -2]]), alpha).data
        expected = np.array([[-0.632120559 * alpha, 3], [0, -0.864664717 * alpha]])
        assert_close(got, expected, f"elu with alpha={alpha}")


test_unit_elu()
### BEGIN HIDDEN TESTS
assert_close(elu(Tensor([-1, 2]), alpha=0).data, np.array([0.0, 2.0]), "elu with alpha=0")
assert_close(elu(Tensor([-1e-7])).data, np.array([-1e-7]), "elu of [-1e-7]", rtol=1e-5, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## The one in every GPT
# **GELU** multiplies x by Φ(x), the probability that a normal random number is smaller than x. A large x
# passes, a very negative one does not; in between, the curve dips below 0. (Hendrycks and Gimpel, 2016.)
#
# $$\Phi(x) = \frac{1}{2}\left(1 + \mathrm{erf}\frac{x}{\sqrt 2}\right)$$
#
# Given is `normal_cdf` (statisticians call Φ a cumulative distribution function): an op of its own, which spares four
# passes over the numbers. `normal_pdf` is its slope, the bell curve $e^{-x^2/2} / \sqrt{2\pi}$, for module 05.

# %% nbgrader={"grade": false, "grade_id": "activations-normal-cdf", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
normal_cdf, normal_pdf = map(op, (_special.normal_cdf, _special.normal_pdf))

# %%
normal_cdf(Tensor([-2, 0, 2])), normal_pdf(Tensor([-2, 0, 2]))

# %% [markdown]
# The error function was slow on the hardware of that time, so GPT-2 was trained with a formula that comes
# close, and whoever loads its weights must use the same one:
#
# $$\Phi(x) \approx \frac{1}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)$$
#
# Far to the left the two terms in the brackets cancel, and digits are lost; the check allows for it. This is given as
# `tanh_cdf`, for the same reason as `normal_cdf`, and `tanh_slope` for module 05.

# %% nbgrader={"grade": false, "grade_id": "activations-tanh-cdf", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
tanh_cdf = op(_special.tanh_cdf)


def tanh_slope(x, cdf):
    """The slope of `tanh_cdf` at x, where it is `cdf`."""
    return math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * x * x) * cdf * (1 - cdf)


# %%
tanh_cdf(Tensor([-2, 0, 2]))


# %% [markdown]
# And `gated(x, cdf)` is the product of the two. It is an op of its own because module 05 will find the slope of both
# factors together, `gelu_gradient`, in half the passes.

# %% nbgrader={"grade": false, "grade_id": "activations-gated", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def gated(x, cdf, approximate="none"):
    """x * cdf, where cdf is Φ(x): `normal_cdf`, or `tanh_cdf` if approximate is "tanh"."""
    return x * cdf


def gelu_gradient(x, cdf, g, approximate):
    """g times the slope of `gated(x, cdf, approximate)`, in which cdf moves with x, of Tensors or arrays."""
    if isinstance(x, np.ndarray):
        return _special.gelu_gradient(x, cdf, g, approximate)  # the same, in less time
    return g * (cdf + x * (normal_pdf(x) if approximate == "none" else tanh_slope(x, cdf)))



# %% [markdown]
# Write `gelu`.
#
# `approximate` is `"none"` or `"tanh"`. For anything else raise
# `ValueError("gelu: approximate must be 'none' or 'tanh', got 'fast'")`, with the value given in the place of
# `'fast'`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Find Φ(x) first, by the value of `approximate`.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `normal_cdf(x)`, `tanh_cdf(x)` and `gated`; `if approximate not in ("none", "tanh"): raise ValueError(…)`.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# Φ(x) is only one factor: the result is x · Φ(x).
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-gelu", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def gelu(x, approximate="none"):
    """x * Φ(x), with Φ by erf ("none") or by a formula with tanh ("tanh").

    >>> gelu(Tensor([-1, 0, 1]))
    tensor([-0.1587,  0.    ,  0.8413])
    """
    ### BEGIN SOLUTION
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    cdf = normal_cdf(x) if approximate == "none" else tanh_cdf(x)
    return gated(x, cdf, approximate)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-gelu", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_gelu():
    """gelu agrees with PyTorch in both of its forms."""
    small = [0, 0, 0, -1.43325785934012e-6, -0.158655253931457, -0.000499601057786089, 0, 0.000500398942213911]
    exact = small + [0.345731230637007, 0.841344746068543, 4.99999856674214, 20, 80, 1000]
    judge(gelu, exact, "gelu", atol=1e-6)  # PyTorch 2.13
    small = [0, 0, 0, -2.29179619726239e-7, -0.158808009391723, -0.000499601057786418, 0, 0.000500398942213582]
    close = small + [0.345714009825144, 0.841191990608277, 4.99999977082038, 20, 80, 1000]
    judge(lambda x: gelu(x, "tanh"), close, "gelu(approximate='tanh')", atol=1e-6)
    for word in ("fast", "sigmoid"):
        try:
            got = gelu(Tensor([1.0]), approximate=word)
        except ValueError as error:
            expected = f"gelu: approximate must be 'none' or 'tanh', got {word!r}"
            assert str(error) == expected, f"the error's text: expected {expected!r}, got {str(error)!r}"
        else:
            raise AssertionError(f"gelu(approximate={word!r}): expected a ValueError, got {got}")


test_unit_gelu()
### BEGIN HIDDEN TESTS
def test_hidden_gelu():
    """gelu(x) - gelu(-x) is x, in both forms."""
    x = np.random.default_rng(3).normal(0, 2, (4, 3))
    for approximate in ("none", "tanh"):
        t = Tensor(x, np.float64)
        got = gelu(t, approximate) - gelu(-t, approximate=approximate)
        assert_close(got.data, x, f"gelu(x) - gelu(-x), approximate={approximate!r}")


test_hidden_gelu()
### END HIDDEN TESTS

# %%
def leaky(x):
    """leaky_relu with a slope that can be seen."""
    return leaky_relu(x, 0.1)


x = linspace(-4, 4, 401)
for ax, functions in zip(axes(2), ((elu, leaky, relu), (softplus, gelu, silu)), strict=True):
    for f, color in zip(functions, (GREEN, ORANGE, BLUE), strict=True):
        ax.plot(x, f(x), color=color, label=f.__name__)
    ax.set_ylim(-1.2, 3)
    ax.legend()


# %% [markdown]
# ## From scores to probabilities
# A classifier ends with one number per class. **Softmax** turns these scores (logits) into probabilities:
# positive numbers that add up to 1.
#
# $$\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$
#
# It looks at a whole row at once, so it needs to know along which axis: `dim`, by default the last. And it
# overflows like the sigmoid, for a score of 89. The rescue is a property of the formula: adding the same number
# c to all scores multiplies numerator and denominator by $e^c$ and changes nothing. You may therefore choose c.
#
# Like the sigmoid it becomes an op of its own: inside, `a` is a NumPy array. Composed of operations on tensors, it would
# keep three results of the size of `a`. As one op it keeps one, and module 05 needs no other to differentiate it.
#
# <details><summary>Hint 1: the idea</summary>
#
# Choose c so that the largest exponent is 0. Then nothing overflows, and the sum is at least 1.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# With $m = \max_j x_j$ along `dim`: $e^{x_i - m} / \sum_j e^{x_j - m}$.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `a.max(dim, keepdims=True)` gives the largest along `dim`, and `e.sum(dim, keepdims=True)` the sum; NumPy writes
# `keepdims`, with an s. Without it a square matrix is divided along the wrong axis, and no error says so.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    """exp(a) over the sum of exp(a) along `dim`: positive numbers that add up to 1.

    >>> softmax(Tensor([1000, 1000, 0]))
    tensor([0.5, 0.5, 0. ])
    """
    a = floating(a) if dtype is None else a.astype(dtype)
    ### BEGIN SOLUTION
    e = np.exp(a - a.max(dim, keepdims=True))
    e /= e.sum(dim, keepdims=True)  # in its own memory
    return e
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-softmax", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_softmax():
    """softmax agrees with a loop on any axis, far from 0 too."""
    rng = np.random.default_rng(4)
    for shape, dim in [((5,), -1), ((3, 3), 0), ((3, 3), 1), ((3, 3), -1), ((2, 3, 4), 1), ((2, 3, 4), -1)]:
        x = rng.normal(0, 2, shape)
        rows = np.moveaxis(x, dim, -1).reshape(-1, shape[dim])
        slow = np.array([[np.exp(v) / sum(np.exp(w) for w in row) for v in row] for row in rows])
        expected = np.moveaxis(slow.reshape(np.moveaxis(x, dim, -1).shape), -1, dim)
        for c in (0, 1000, -1000):
            label = f"softmax of an array of shape {shape}, {c} added, dim={dim}"
            got = quietly(lambda t, dim=dim: softmax(t, dim), Tensor(x + c, np.float64), label)
            assert_close(got, expected, label, rtol=1e-9, atol=0)
    got = softmax(Tensor([[0, 0], [0, np.log(3)]])).data
    assert_close(got, np.array([[0.5, 0.5], [0.25, 0.75]]), "softmax([[0, 0], [0, log 3]])")
    spread = quietly(softmax, Tensor([[1000, 0, -1000], [0, 500, 500]]), "softmax of [[1000, 0, -1000], …]")
    assert_close(spread, np.array([[1, 0, 0], [0, 0.5, 0.5]]), "softmax of [[1000, 0, -1000], [0, 500, 500]]")
    for dim in (0, 1):
        x, y = rng.normal(size=(2, 2, 3)).round(2).tolist()
        leads_back(lambda t, dim=dim: softmax(t, dim), x, y, "softmax")


test_unit_softmax()
### BEGIN HIDDEN TESTS
def test_hidden_softmax():
    """softmax leaves no probability to -inf, keeps the type, and each row has its own maximum."""
    masked = quietly(softmax, Tensor([[1, -float("inf"), 1], [2, 2, -float("inf")]]), "softmax of a masked row")
    assert_close(masked, np.array([[0.5, 0, 0.5], [0.5, 0.5, 0]]), "softmax with -inf")
    rows = quietly(softmax, Tensor([[2000, 2000], [-2000, -2000]]), "softmax of rows far apart")
    assert_close(rows, np.full((2, 2), 0.5), "softmax of [[2000, 2000], [-2000, -2000]]")
    for x in (np.array([1, 1]), np.array([1, 1], np.float32)):
        assert str(softmax(Tensor(x)).dtype) == "float32", f"softmax of {x.dtype} should be float32"


test_hidden_softmax()
### END HIDDEN TESTS

# %% [markdown]
# Its slope will need a sum along `dim` as well: of products. `vecdot(a, b, dim)` takes it in one pass, without the
# products in memory.

# %% nbgrader={"grade": false, "grade_id": "activations-vecdot", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
vecdot = op(_arrays.vecdot)  # the sum of a * b along `dim`, which stays with length 1

# %%
vecdot(Tensor([[1, 2], [3, 4]]), Tensor([[10, 10], [1, 0]]))


# %% [markdown]
# Losses work with the *logarithm* of a probability. `log(softmax(x))` is again right on paper only: a score that
# lies 200 below the best has a probability of $10^{-87}$, float32 makes it 0, and its logarithm is -inf. Take the
# logarithm on paper instead, before anything is rounded: the exponential of the numerator disappears.
#
# This one is composed of operations on tensors again: `amax`, `exp`, `sum_`, `log`. As the result does not depend on
# c, its recipe need not say where c came from. `x.detach()`, given, is x without its past; what is computed from it
# keeps no recipe, and module 05 will have less to do.

# %% nbgrader={"grade": false, "grade_id": "activations-detach", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
@method
def detach(t):
    """A tensor on the same memory that depends on nothing."""
    return wrap(t.data)


# %% [markdown]
# Now `log_softmax`.
#
# <details><summary>Hint 1: the idea</summary>
#
# $\log(a / b) = \log a - \log b$, and $\log e^{z} = z$.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# With $z = x - \max x$: $\;z_i - \log \sum_j e^{z_j}$.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `amax(x.detach(), dim, keepdim=True)` gives the largest along `dim` (`max` would give its place too), and
# `sum_(e, dim, keepdim=True)` the sum. On tensors, `keepdim` is written without an s.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-log-softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    """The logarithm of softmax(x, dim), also where the probability is too small for a float.

    >>> log_softmax(Tensor([0, -1000]))
    tensor([    0., -1000.])
    """
    x = floating(x, dtype)
    ### BEGIN SOLUTION
    z = x - amax(x.detach(), dim, keepdim=True)
    return z - log(sum_(exp(z), dim, keepdim=True))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-log-softmax", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_log_softmax():
    """log_softmax agrees with a loop, far from 0 too."""
    rng = np.random.default_rng(5)
    for shape, dim in [((5,), -1), ((3, 3), 0), ((3, 3), 1), ((2, 3, 4), 1), ((2, 3, 4), -1)]:
        x = rng.normal(0, 2, shape)
        rows = np.moveaxis(x, dim, -1).reshape(-1, shape[dim])
        slow = np.array([[v - np.log(sum(np.exp(w) for w in row)) for v in row] for row in rows])
        expected = np.moveaxis(slow.reshape(np.moveaxis(x, dim, -1).shape), -1, dim)
        for c in (0, 1000, -1000):
            label = f"log_softmax of an array of shape {shape}, {c} added, dim={dim}"
            got = quietly(lambda t, dim=dim: log_softmax(t, dim), Tensor(x + c, np.float64), label)
            assert_close(got, expected, label)
    far = quietly(log_softmax, Tensor([[1000, 0, -1000], [0, 500, 500]]), "log_softmax of [[1000, 0, -1000], …]")
    half = -0.693147181
    expected = np.array([[0, -1000, -2000], [-500 + half, half, half]])
    assert_close(far, expected, "log_softmax of [[1000, 0, -1000], [0, 500, 500]]")
    for dim in (0, 1):
        x, y = rng.normal(size=(2, 2, 3)).round(2).tolist()
        leads_back(lambda t, dim=dim: log_softmax(t, dim), x, y, "log_softmax")


test_unit_log_softmax()
### BEGIN HIDDEN TESTS
def test_hidden_log_softmax():
    """The exponentials make 1; a class alone has log-probability 0; the type stays."""
    x = Tensor(np.random.default_rng(6).normal(0, 30, (6, 7)), np.float64)
    total = np.exp(log_softmax(x, 0).data).sum(0)
    assert_close(total, np.ones(7), "the sums of exp(log_softmax(x, 0)) along axis 0")
    assert_close(log_softmax(Tensor([[3], [4]])).data, np.zeros((2, 1)), "log_softmax of a single class")
    assert str(log_softmax(Tensor(np.array([1, 2]))).dtype) == "float32", "log_softmax of integers should be float32"


test_hidden_log_softmax()
### END HIDDEN TESTS

# %% [markdown]
# ## Functions as objects
# A network is a list of things to do in a row, and some of these have settings: a slope, an axis. So each
# activation also comes as a class. The object is made once, with its settings; afterwards it is called like a
# function. What they share stands in one base class. `forward` is what a subclass writes; `x` goes through
# `__call__` because module 03 will want to do more there than call `forward`.

# %% nbgrader={"grade": false, "grade_id": "activations-base", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Activation:
    """A function with its settings: called on a Tensor, it gives a Tensor of the same shape."""

    def __call__(self, x):
        """What `forward` gives."""
        return self.forward(x)

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


# %% nbgrader={"grade": false, "grade_id": "activations-classes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %%
bend = LeakyReLU(0.5)
bend, bend(Tensor([-2, 2]))


# %% [markdown]
# Write `Softmax` in the same way, with `dim=-1` as its only setting.
#
# <details><summary>Hint 1: the idea</summary>
#
# `LeakyReLU` above is the pattern: keep the setting when the object is made, hand it on when it is called.
#
# </details>
# <details><summary>Hint 2: the two methods</summary>
#
# `__init__(self, dim=-1)` and `forward(self, x)`. `__call__` and printing are inherited.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-softmax-class", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Softmax(Activation):
    """Probabilities along `dim`.

    >>> Softmax(dim=0)(Tensor([[1, 1], [1, 1]]))
    tensor([[0.5, 0.5],
            [0.5, 0.5]])
    """

    ### BEGIN SOLUTION
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        """`softmax` of x."""
        return softmax(x, self.dim)

    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "activations-softmax-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Halved(Softmax):
    """A subclass with a forward of its own, as somebody may write it later."""

    def forward(self, x):
        """Half of each element, and `dim` with it."""
        return 0.5 * x + self.dim


# %% nbgrader={"grade": true, "grade_id": "test-activations-softmax-class", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_softmax_class():
    """Softmax keeps its axis and is called like a function."""
    x = np.random.default_rng(7).normal(size=(3, 3)).astype(np.float32)
    for dim in (0, 1, -1):
        expected = np.exp(x) / np.exp(x).sum(dim, keepdims=True)
        label = f"Softmax({dim})(x)"
        assert_close(quietly(Softmax(dim), Tensor(x), label), expected, label)
        label = f"Softmax(dim={dim}).forward(x)"
        assert_close(quietly(Softmax(dim=dim).forward, Tensor(x), label), expected, label)
    expected = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    assert_close(quietly(Softmax(), Tensor(x), "Softmax()(x)"), expected, "Softmax()(x)")
    assert repr(Softmax(1)) == "Softmax(dim=1)", f"repr(Softmax(1)): expected Softmax(dim=1), got {Softmax(1)!r}"
    leads_back(Softmax(0), [[1, 2], [3, 0]], [[0, 1], [2, 2]], "Softmax(0)")
    got = Halved(-1)(Tensor([2, 4])).data
    assert_close(got, np.array([0.0, 1.0]), "a subclass of Softmax with its own forward, called")


test_unit_softmax_class()
### BEGIN HIDDEN TESTS
rows, columns = Softmax(1), Softmax(0)
assert_close(rows(Tensor([[0.0], [1.0]])).data, np.ones((2, 1)), "Softmax(1), made before another Softmax")
assert_close(columns(Tensor([[0.0], [0.0]])).data, np.full((2, 1), 0.5), "Softmax(0)")
### END HIDDEN TESTS

# %% [markdown]
# The others follow the pattern.

# %% nbgrader={"grade": false, "grade_id": "activations-squashing-classes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "activations-smooth-classes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "activations-exponential-classes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# ## Where gradients die
# To learn, a network asks how much its result changes when a number inside changes a little: the slope. You do
# not need calculus to measure one. Take a step h to the right and a step h to the left, and divide the
# difference by the distance of the two. This **central difference** errs by about h², a step to one side alone
# by about h. Module 05 computes slopes exactly, and will be checked by this same formula. The result has the
# dtype of x.
#
# <details><summary>Hint 1: the idea</summary>
#
# Rise over run, between the points x - h and x + h.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# $\frac{f(x + h) - f(x - h)}{2h}$
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-slope", "locked": false, "schema_version": 3, "solution": true, "task": false}
def slope(f, x, h=1e-4):
    """The slope of f at each element of x, by a central difference with step h.

    >>> slope(lambda t: t * t, Tensor([1, 3], dtype=np.float64))
    tensor([2., 6.], dtype=float64)
    """
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-slope", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_slope():
    """slope is exact for parabolas and errs by h² elsewhere."""
    x = np.array([[-2.0, 0.0], [0.5, 3.0]])
    t = Tensor(x, np.float64)
    for h in (1e-4, 0.1, 2.0):
        assert_close(slope(lambda a: 3 * a * a - a, t, h).data, 6 * x - 1, f"slope of 3x² - x with h={h}", atol=1e-6)
    assert_close(slope(lambda a: a * a * a, t, 0.1).data, 3 * x * x + 0.01, "slope of x³ with h=0.1", atol=1e-6)
    got = slope(lambda a: a.sin(), t).data
    assert_close(got, np.cos(x), "slope of sin", atol=1e-6)
    assert str(got.dtype) == "float64", f"slope of sin at float64: expected float64, got {got.dtype}"


test_unit_slope()
### BEGIN HIDDEN TESTS
got = slope(lambda a: a.exp(), Tensor(0.0, np.float64), h=1e-3).data
assert_close(got, np.array(1.0), "slope of exp at 0", atol=1e-6)
assert_close(slope(tanh, Tensor([0.0], np.float64)).data, np.array([1.0]), "slope of tanh at 0", atol=1e-6)
### END HIDDEN TESTS

# %% [markdown]
# On the left, the slopes of four activations. On the right, what is left of a slope after 1, 2, 3, … of the same
# activation in a row, because the slopes along the way are multiplied. (float64, for the difference of two
# nearly equal numbers has few digits left.)

# %%
def chain(f, times):
    """The function that applies f `times` times."""
    return lambda x: x if times == 0 else chain(f, times - 1)(f(x))


left, right = axes(2)
x, start = linspace(-6, 6, 240, dtype=np.float64), Tensor(0.9, np.float64)
for f, color in zip((relu, gelu, tanh, sigmoid), (BLUE, RED, GREEN, ORANGE), strict=True):
    left.plot(x, slope(f, x), color=color, label=f.__name__)
    right.plot(range(1, 11), [float(slope(chain(f, n), start)) for n in range(1, 11)], ".-", color=color)
left.set_title("slope")
left.legend()
right.set_yscale("log")
right.set_title("slope through n of them in a row")
right.set_xlabel("n");


# %% [markdown]
# The sigmoid's slope is at most ¼. Ten in a row leave less than a millionth of the signal, even at the best
# place; at ±6 a single one lets a four-hundredth through. That is why networks with many sigmoid layers did not
# learn, and why ReLU, whose slope is exactly 1 on half of the line, made deep ones possible. On the other half it
# is exactly 0.
#
# ## Temperature
# A language model has read "The cat sat on the" and gives each word a score. Softmax makes probabilities, and
# one of the words is drawn. Dividing the scores by a **temperature** T first changes the character of the text:
# T below 1 makes the likely words likelier still, T above 1 gives the rare ones a chance. T must be positive;
# for others raise `ValueError("temperature must be positive, got 0")`, with the value given in the place of 0.
# Like `slope`, this function stays in the notebook; it is not exported.
#
# <details><summary>Hint 1: the idea</summary>
#
# The scores become larger or smaller before softmax sees them; nothing else changes.
#
# </details>
# <details><summary>Hint 2: where not</summary>
#
# Dividing the probabilities afterwards only makes them sum to something other than 1.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "activations-temperature", "locked": false, "schema_version": 3, "solution": true, "task": false}
def with_temperature(logits, temperature):
    """The probabilities along the last axis, sharpened (temperature < 1) or flattened (> 1).

    >>> with_temperature(Tensor([0, 10]), 1000)
    tensor([0.4975, 0.5025])
    """
    ### BEGIN SOLUTION
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits / temperature)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-activations-temperature", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_temperature():
    """Odds follow the temperature; 0 and less is refused."""
    logits = Tensor([[2, 1, -1], [0, 3, 3]])
    for t in (0.5, 1, 2.0, 10):
        p = with_temperature(logits, t).data
        assert_close(p.sum(-1), np.ones(2), f"the sums of the rows at T={t}")
        assert_close(p[0, 0] / p[0, 1], np.exp(1 / t), f"p(first) / p(second) at T={t}")
        assert_close(p[1, 1], p[1, 2], f"two words with equal scores at T={t}")
    cold = quietly(lambda x: with_temperature(x, 1e-6), logits, "with_temperature(…, 1e-6)")
    assert_close(cold, np.array([[1, 0, 0], [0, 0.5, 0.5]]), "close to T=0, the best take all")
    for t in (0, -1.5):
        try:
            got = with_temperature(logits, t)
        except ValueError as error:
            expected = f"temperature must be positive, got {t}"
            assert str(error) == expected, f"the error's text: expected {expected!r}, got {str(error)!r}"
        else:
            raise AssertionError(f"with_temperature(…, {t}): expected a ValueError, got {got}")
    leads_back(lambda x: with_temperature(x, 0.5), [[2, 1, -1]], [[0, 3, 1]], "with_temperature")


test_unit_temperature()
### BEGIN HIDDEN TESTS
assert_close(with_temperature(Tensor([1, 2]), 1).data, softmax(Tensor([1, 2])).data, "T=1 changes nothing")
### END HIDDEN TESTS

# %%
words, logits = ["mat", "sofa", "floor", "roof", "moon", "theorem"], Tensor([4.0, 3.4, 3.1, 2.0, 0.5, -1.0])
ax = axes()
for i, (t, color) in enumerate(((0.4, BLUE), (1.0, GREEN), (2.5, ORANGE))):
    ax.bar([j + 0.27 * i for j in range(6)], with_temperature(logits, t), 0.25, color=color, label=f"T = {t}")
ax.set_xticks([j + 0.27 for j in range(6)], words)
ax.set_title("The cat sat on the …")
ax.set_ylabel("probability")
ax.legend();


# %% [markdown]
# ## What it costs
# The stable softmax makes two passes more over the data than the formula as it stands: one for the maximum, one
# for the subtraction. What they cost, and what they buy, measured on your machine. On the left, the sum of the
# probabilities, which should be 1, when a constant is added to 1,000 scores.

# %%
def naive_softmax(x):
    """The formula as it stands."""
    e = exp(x)
    return e / sum_(e, -1, keepdim=True)


def milliseconds(functions, x, repeats=15):
    """The shortest time of a call of each function on x; they take turns, so that a busy moment hits all."""
    times = {f: [] for f in functions}
    for _ in range(repeats):
        for f in functions:
            begin = time.perf_counter()
            f(x)
            times[f].append(time.perf_counter() - begin)
    return [1000 * min(times[f]) for f in functions]


# %%
manual_seed(0)
scores, offsets, rows = randn(1000), range(-140, 141, 5), [10, 30, 100, 300, 1000]
both = (naive_softmax, softmax)
measured = np.array([milliseconds(both, randn(n, 1000)) for n in rows])
left, right = axes(2)
for f, taken, color, size in zip(both, measured.T, (ORANGE, BLUE), (6, 2), strict=True):
    with np.errstate(all="ignore"):
        sums = np.nan_to_num([f(scores + c).sum() for c in offsets])
    left.plot(offsets, sums, "o", ms=size, color=color, label=f.__name__)
    right.plot(rows, taken, ".-", color=color)
left.set_xlabel("added to all scores")
left.set_title("sum of the probabilities (nan as 0)")
left.legend(loc="center")
right.set_xlabel("rows of 1,000 scores")
right.set_xscale("log")
right.set_yscale("log")
right.set_title("milliseconds");

# %% [markdown]
# The naive one stops working above 80, where the sum of the exponentials no longer fits into a float32, and
# below -107, where every exponential is 0 and 0/0 is not a number. Between the two it is right, which is why
# the mistake survives the first tests. Against that, two passes are a small price.
#
# ## What PyTorch does differently
# - `torch.softmax` does all its passes in one kernel, row by row, while the row is in the cache
#   (`aten/src/ATen/native/cpu/SoftMaxKernel.cpp`).
# - GELU, SiLU and the others are ops of their own, with derivatives by hand
#   (`aten/src/ATen/native/cpu/Activation.cpp`); ours are composed, and store what lies between.
# - `nn.ReLU(inplace=True)` overwrites its input and saves that memory (`torch/nn/modules/activation.py`).
#   Here results are always new.
#
# ## Questions
# 1. Show that $\tanh(x) = 2\sigma(2x) - 1$. Why is that a poor program for tanh, and for which x? Solve for σ:
#    where is that one poor?
# 2. A network has only ReLUs, and all its biases are 0. What happens to its output if you double its input? What
#    can it therefore not compute?
# 3. GELU's slope is larger than 1 in places, and yet the slope through a chain of GELUs shrinks, in the figure
#    above. Where do the numbers themselves go, layer by layer?
#
# Export the chapter with `tito export 02`. Module 03 builds the layers that go between.
