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
#     hours: 5
#     prerequisites:
#     - 12_attention
#     title: Transformers
# ---

# %% [markdown]
# # Transformers
# > Attention, a small network, and two additions, stacked: the machine that writes.
#
# At the end of this chapter a **GPT** of your own, a generative pre-trained transformer, has read Python's manual for
# less than a minute and writes in its manner. **Transformer** is what the authors of "Attention is all you need" (A. Vaswani and
# others, 2017) called a stack of such blocks. Yours is built as GPT-2 is, with another formula for GELU; what it lacks is size. To see
# how far it comes, here is what a model writes that looks at one letter only, and has counted which letter follows it:

# %% nbgrader={"grade": false, "grade_id": "transformers-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.transformers
#| export
import math
from dataclasses import dataclass

import numpy as np

from tinytorch._arrays import sums
from tinytorch.core.activations import gelu, softmax, vecdot
from tinytorch.core.attention import join_heads, scaled_dot_product_attention, split_heads
from tinytorch.core.autograd import no_grad, rule
from tinytorch.core.embeddings import Embedding
from tinytorch.core.layers import Dropout, Linear, Module, ModuleDict, ModuleList, Parameter, normal_, zeros_
from tinytorch.core.tensor import Random, arange, argsort, cumsum, gather, mean, ones, op, reshape, sort, split, sqrt
from tinytorch.core.tensor import tensor, topk, where, wrap, zeros

# %% nbgrader={"grade": false, "grade_id": "transformers-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import re
import time
from collections import Counter
from itertools import pairwise
from pydoc_data.topics import topics

from tinytorch.core import autograd
from tinytorch.core.autograd import grad, is_grad_enabled, seam
from tinytorch.core.losses import cross_entropy
from tinytorch.core.optimizers import AdamW, Muon, OneCycleLR
from tinytorch.core.tensor import Tensor, apply, manual_seed, matmul, randn
from tinytorch.core.tokenization import CharTokenizer
from tinytorch.figures import BLUE, GREY, ORANGE, axes
from tinytorch.testing import assert_close, assert_same, gradient_problem, rule_problem

# %%
manual = " ".join(topics[key] for key in sorted(topics))
learned, unseen = manual[: len(manual) * 9 // 10], manual[len(manual) * 9 // 10 :]
letters = sorted(set(manual))
followers = np.zeros((len(letters), len(letters)))
for (first, second), times in Counter(pairwise(learned)).items():
    followers[letters.index(first), letters.index(second)] = times
dice, written = np.random.default_rng(0), "T"
for _ in range(200):
    row = followers[letters.index(written[-1])]
    written += letters[dice.choice(len(letters), p=row / row.sum())]
print(written)


# %% [markdown]
# ## A deep stack keeps its numbers in range
# A layer doubles its numbers, another one halves them. In a stack of fifty, factors a little below or above 1 multiply
# to nothing or to infinity, as module 03 has shown. Normalising layers bring each token's vector back to the same size, whatever
# came in. The plainest is **RMS norm** (B. Zhang and R. Sennrich, 2019): divide by the root of the mean square,
# then multiply each of the n numbers with a weight that is learned.
#
# $$y_i = \frac{x_i}{\sqrt{\tfrac1n \sum_j x_j^2 + \epsilon}} \qquad \text{out}_i = w_i y_i$$
#
# It is given, as an op on arrays with its rule. Everything happens along the last axis, so that each token is
# normalised for itself; `np.vecdot(x, x)` is the sum of its squares. `eps` keeps the root away from 0.

# %% nbgrader={"grade": false, "grade_id": "transformers-rms", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def rms_normalize(x, weight=None, eps=1e-5):
    """x over its root mean square along the last axis, times weight (n,)."""
    out = x / np.sqrt(np.vecdot(x, x)[..., None] / x.shape[-1] + eps)
    return out if weight is None else np.multiply(out, weight, out=out)


# %% [markdown]
# The rule: let r be one over the root, so that y = r x, and let $\hat g$ = g w be the gradient of y. Every
# $x_i$ changes its own $y_i$, by the factor r, and through r all the others:
#
# $$\frac{\partial r}{\partial x_i} = -\frac{r^3}{n} x_i = -\frac{r^2}{n} y_i
# \qquad\text{so}\qquad
# \bar x_i = r \hat g_i + \frac{\partial r}{\partial x_i} \sum_j \hat g_j x_j
# = r \Big( \hat g_i - y_i \cdot \tfrac1n \textstyle\sum_j \hat g_j y_j \Big)$$
#
# In words: from the gradient we take away its part along y, because a longer x gives the same y. A rule may get Tensors,
# so it writes module 02's `vecdot`, which is NumPy's but keeps the axis.

# %% nbgrader={"grade": false, "grade_id": "transformers-rms-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(rms_normalize)
def _(g, out, x, weight=None, eps=1e-5):
    n, part = x.shape[-1], g if weight is None else g * weight
    r = 1 / sqrt(vecdot(x, x) / n + eps)
    y = x * r
    return r * (part - y * (vecdot(part, y) / n)), lambda: g * y


# %% [markdown]
# GPT has the older **layer norm** (J. L. Ba and others, 2016): first take away the mean, then divide by the root
# of the variance, the mean square of what is left; then a weight and a bias.
#
# $$y_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} \qquad \text{out}_i = w_i y_i + b_i
# \qquad \mu = \tfrac1n \textstyle\sum_j x_j \qquad \sigma^2 = \tfrac1n \sum_j (x_j - \mu)^2$$
#
# Write `normalize`, an op on arrays. A trap: the variance is also the mean of the squares minus the square of the
# mean. For numbers around 1,000 the squares are 1,000,000, and float32 keeps seven digits.
#
# <details><summary>Hint 1: the idea</summary>
#
# Take away the mean first; the variance is then the mean of the squares. `.mean(-1, keepdims=True)` does both.
#
# </details>
# <details><summary>Hint 2: the end</summary>
#
# Weight and bias may be None, each for itself: ask `is not None`. Both broadcast along the last axis. x itself must
# not change.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-normalize", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    ### BEGIN SOLUTION
    out = x - sums(x, -1, keepdims=True) / x.shape[-1]
    out *= 1 / np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:  # (D,), the learned shift
        out += bias
    return out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-normalize", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def normalized_by_loops(x, weight, bias, eps):
    """The same in float64, token by token."""
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape[:-1]):
        row = [float(v) for v in x[place]]
        mu = sum(row) / len(row)
        sigma = math.sqrt(sum((v - mu) ** 2 for v in row) / len(row) + eps)
        for i, v in enumerate(row):
            scale, shift = 1 if weight is None else float(weight[i]), 0 if bias is None else float(bias[i])
            out[(*place, i)] = (v - mu) / sigma * scale + shift
    return out


def test_unit_normalize():
    """normalize gives each token mean 0 and variance 1, then weight and bias, also far from 0."""
    rng = np.random.default_rng(1301)
    for shape, centre, eps in [((4,), 0, 1e-5), ((3, 5), 2, 1e-5), ((2, 3, 8), 0, 0.5), ((6, 16), 1_000, 1e-5), ((2, 1), 3, 1e-5), ((2, 3, 2, 4), -1, 1e-3)]:
        x = (centre + rng.standard_normal(shape)).astype(np.float32)
        w, b = rng.standard_normal((2, shape[-1])).astype(np.float32)
        for weight, bias in [(None, None), (w, None), (None, b), (w, b)]:
            given = [None if a is None else Tensor(a) for a in (x, weight, bias)]
            got = normalize(*given, eps=eps).data
            which = f"weight {'no' if weight is None else 'yes'}, bias {'no' if bias is None else 'yes'}"
            assert_close(got, normalized_by_loops(x, weight, bias, eps), f"normalize of {shape} around {centre}, {which}, eps {eps}", 1e-3, 1e-4)
        assert_close(given[0].data, x, "the x that normalize was given")


test_unit_normalize()
### BEGIN HIDDEN TESTS
precise = np.random.default_rng(1302).standard_normal((2, 7))
assert_close(normalize(Tensor(precise, np.float64)).data, normalized_by_loops(precise, None, None, 1e-5), "normalize in float64")
assert_close(normalize(tensor([[0.0, 0.0, 0.0]])).data, np.zeros((1, 3), np.float32), "normalize of zeros")
### END HIDDEN TESTS

# %%
normalize(tensor([[1.0, 2.0, 3.0], [100.0, 200.0, 300.0]]))


# %% [markdown]
# Now its rule. It is that of RMS norm with one thing more: a constant added to all $x_i$ gives the same y, so the
# gradient also loses its mean. With $\hat g$ = g w and r = $1 / \sqrt{\sigma^2 + \epsilon}$,
#
# $$\bar x_i = r \Big( \hat g_i - \tfrac1n \textstyle\sum_j \hat g_j - y_i \cdot \tfrac1n \sum_j \hat g_j y_j \Big)$$
#
# `standardized` is given, and computes y and r again. Weight and bias get what every factor and every summand gets.
# Their gradients have the shape of g; backward sums them to (n,). Return three gradients, for x, weight and bias; one may be a
# `lambda`, which is called only if that gradient is wanted (module 05).
#
# <details><summary>Hint 1: the idea</summary>
#
# Three things to return: the formula; what y, as the weight's factor, gives; what a summand gets.
#
# </details>
# <details><summary>Hint 2: the means</summary>
#
# `mean(part, -1, keepdim=True)` works for Tensors and arrays. The solved rule above has the form of the other one.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-standardized", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def standardized(x, eps):
    """y, which is x with mean 0 and variance 1 along the last axis, and r = 1 / sqrt(variance + eps), (…, 1)."""
    centred = x - mean(x, -1, keepdim=True)
    r = 1 / sqrt(vecdot(centred, centred) / x.shape[-1] + eps)
    return centred * r, r


# %% nbgrader={"grade": false, "grade_id": "transformers-normalize-rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    ### BEGIN SOLUTION
    s = part * r
    s -= y * (vecdot(s, y) / x.shape[-1])  # in its own memory, where s is an array
    s -= mean(s, -1, keepdim=True)  # that of y is 0
    return s, lambda: g * y, g
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "transformers-normalize-rule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def norm_slope_error(check, shape, which, eps=0.1):
    """What is wrong with the gradients of normalize, with a weight and a bias or without; "" if nothing.

    check: "first", "second" (the gradients of gradients) or "alone" (what the rule gives when it is asked by itself).
    """
    rng = np.random.default_rng(1303)
    arrays = [rng.standard_normal(s) for s in (shape, *[shape[-1:]] * (("weight" in which) + ("bias" in which)))]
    tensor = lambda a: Tensor(a, np.float64, requires_grad=True)

    def twin(x, weight=1, bias=0):
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) * weight + bias

    if check == "alone":
        return rule_problem(lambda *given: autograd.RULES[normalize](*given, eps=eps), twin, arrays, tensor)
    return gradient_problem(lambda *given: normalize(*given, eps=eps), twin, arrays, tensor, grad, check == "second")


# %% nbgrader={"grade": true, "grade_id": "test-transformers-normalize-rule", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_normalize_rule():
    """The gradients of x, weight and bias agree with central differences, first and second order."""
    for shape in [(3,), (2, 4), (2, 3, 2), (1, 1, 5)]:
        for which in ("nothing", "weight", "weight and bias"):
            problem = norm_slope_error("first", shape, which)
            assert problem == "", f"normalize of {shape} with {which} (input 0: x, 1: weight, 2: bias): {problem}"
    for check, shape, what in [("second", (2, 3), "second derivative"), ("alone", (4,), "its rule, asked by itself")]:
        problem = norm_slope_error(check, shape, "weight and bias")
        assert problem == "", f"normalize, {what}: {problem}"


test_unit_normalize_rule()
### BEGIN HIDDEN TESTS
for check, shape in (("first", (3, 4)), ("alone", (5,))):
    problem = norm_slope_error(check, shape, "weight and bias", 1e-6)
    assert problem == "", f"normalize with a small eps, {check}: {problem}"
### END HIDDEN TESTS

# %% [markdown]
# What follows is given: the functions and layers under PyTorch's names. An image is often normalised over several axes at once, so
# `normalized_shape` may be a number or a tuple: `over_last` checks that x ends in that shape, and makes those axes one.

# %% nbgrader={"grade": false, "grade_id": "transformers-lengths", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def lengths(normalized_shape):
    """A shape as a tuple; a number is a shape of one axis."""
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


# %% nbgrader={"grade": false, "grade_id": "transformers-over-last", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def over_last(f, x, normalized_shape, params, eps):
    """f(x, *params, eps=eps), with the last axes of x, which are `normalized_shape`, as one axis."""
    shape = lengths(normalized_shape)
    for what, found in [("the input", x.shape[-len(shape) :]), *(("a parameter", p.shape) for p in params if p is not None)]:
        if found != shape:
            raise RuntimeError(f"normalized_shape is {shape}, which does not fit {what}: it has {found}, the input is {x.shape}")
    if len(shape) == 1:
        return f(x, *params, eps=eps)
    flat = [None if p is None else reshape(p, -1) for p in params]
    joined = reshape(x, (*x.shape[: -len(shape)], math.prod(shape)))
    return reshape(f(joined, *flat, eps=eps), x.shape)


# %% nbgrader={"grade": false, "grade_id": "transformers-norm-functions", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """`normalize` over the last axes, of shape `normalized_shape`."""
    return over_last(normalize, input, normalized_shape, (weight, bias), eps)


# %% nbgrader={"grade": false, "grade_id": "transformers-rms-norm", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """`rms_normalize` over the last axes; eps: the dtype's own if None."""
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return over_last(rms_normalize, input, normalized_shape, (weight,), eps)


# %% [markdown]
# The layers hold the parameters. One that is switched off is registered as None, so that `state_dict` leaves it out.

# %% nbgrader={"grade": false, "grade_id": "transformers-norm-layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class LayerNorm(Module):
    """Mean 0 and variance 1 for each token, then `weight` and `bias`, which begin as 1 and 0."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = lengths(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None)

    def forward(self, x):
        """x, normalised."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        """The settings, as PyTorch shows them."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


# %% nbgrader={"grade": false, "grade_id": "transformers-rms-norm-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RMSNorm(Module):
    """Root mean square 1 for each token, then `weight`, which begins as 1."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = lengths(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)

    def forward(self, x):
        """x, normalised."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    extra_repr = LayerNorm.extra_repr


# %%
LayerNorm(4), RMSNorm(4)(tensor([[1.0, 2.0, 3.0, 4.0]]))


# %% [markdown]
# ## A block
# A GPT is described by its sizes. The names are those of A. Karpathy's nanoGPT, the sizes GPT-2's. As in nanoGPT nothing is dropped
# unless asked for; GPT-2 was trained with a dropout of 0.1. Without `bias`, layers and norms have none.

# %% nbgrader={"grade": false, "grade_id": "transformers-config", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@dataclass
class GPTConfig:
    """The sizes of a GPT: tokens that it can look back on, tokens that there are, blocks, heads, numbers per token.

    dropout: the share that is thinned out in training. bias: whether layers and norms have one.
    """

    block_size: int = 1024
    vocab_size: int = 50257
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True


# %% [markdown]
# The next cells serve the checks of this chapter: a small GPT, and its parts computed by loops. Read on below them.

# %% nbgrader={"grade": false, "grade_id": "transformers-attention-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def tiny(**changes):
    """A small configuration."""
    return GPTConfig(**{"block_size": 6, "vocab_size": 7, "n_layer": 2, "n_head": 2, "n_embd": 8, **changes})


# %% nbgrader={"grade": false, "grade_id": "transformers-built-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def built(kind, seed, **changes):
    """A layer of that class with random parameters in float64, evaluating; and its parameters as arrays, by path."""
    layer, rng = kind(tiny(**changes)).to(np.float64).eval(), np.random.default_rng(seed)
    for p in layer.parameters():
        p.data = 0.5 * rng.standard_normal(p.shape)
    return layer, {path: np.array(t.data) for path, t in layer.state_dict().items()}


# %% nbgrader={"grade": false, "grade_id": "transformers-output-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def output(layer, x):
    """What the layer makes of an array."""
    return np.array(layer(Tensor(x, x.dtype)).data)


# %% nbgrader={"grade": false, "grade_id": "transformers-thinned-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def thinned_out(layer, x, weights, result):
    """What attention makes of x while training, with these shares of its weights and of its result set to 0."""
    manual_seed(1306)
    layer.dropout, layer.drop.p = weights, result
    return output(layer.train(), x)


# %% nbgrader={"grade": false, "grade_id": "transformers-inside-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def inside(p, prefix):
    """The parameters below a path, by their path from there on."""
    return {path.removeprefix(prefix): a for path, a in p.items() if path.startswith(prefix)}


# %% nbgrader={"grade": false, "grade_id": "transformers-layer-norm-by-loops-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def layer_norm_by_loops(x, p):
    """Layer norm from its parameters, by the loops of the check above."""
    return normalized_by_loops(x, p["weight"], p["bias"], 1e-5)


# %% nbgrader={"grade": false, "grade_id": "transformers-mlp-by-loops-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def mlp_by_loops(x, p):
    """The network number by number; x (T, d)."""
    hidden = x @ p["c_fc.weight"].T + p["c_fc.bias"]
    curved = np.array([[v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in row] for row in hidden])
    return curved @ p["c_proj.weight"].T + p["c_proj.bias"]


# %% nbgrader={"grade": false, "grade_id": "transformers-block-by-loops-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def block_by_loops(x, p, heads):
    """A block, from the parameters p; x (T, d)."""
    middle = x + attention_by_loops(layer_norm_by_loops(x, inside(p, "ln_1.")), inside(p, "attn."), heads)
    return middle + mlp_by_loops(layer_norm_by_loops(middle, inside(p, "ln_2.")), inside(p, "mlp."))


# %% nbgrader={"grade": false, "grade_id": "transformers-gpt-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def scores_of(model, ids):
    """The scores for an array of tokens."""
    return np.array(model(tensor(ids)).data)


# %% [markdown]
# A block has two parts. In the first the tokens look at each other: attention, as in module 12, where one layer
# `c_attn` makes queries, keys and values, in this order and side by side, of each token, and another one, `c_proj`, a **projection**, mixes
# the heads. (OpenAI's code calls its layers convolutions; hence the c.) Dropout acts twice while training: on the weights of attention, with the share `self.dropout`,
# and at the end on what `c_proj` gives, as the layer `self.drop`. Write its forward.
#
# `split(t, size, axis)` cuts t into pieces of `size` numbers. (NumPy's wants the number of pieces.)
#
# <details><summary>Hint 1: the idea</summary>
#
# Module 12's `MultiHeadAttention` does the same; its queries, keys and values come from three layers, here from the three pieces of one.
#
# </details>
# <details><summary>Hint 2: dropout</summary>
#
# `scaled_dot_product_attention` takes `dropout_p`, and does not know whether you train: `self.training` does.
#
# </details>
# <details><summary>Hint 3: the steps</summary>
#
# `c_attn`, `split`, `split_heads` for each piece, attention that looks back only, `join_heads`, `c_proj`, `drop`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        if config.n_embd % config.n_head:
            raise ValueError(f"n_embd is {config.n_embd}, which cannot be shared out among n_head = {config.n_head} heads")
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        ### BEGIN SOLUTION
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-attention", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def attention_by_loops(x, p, heads):
    """Head by head and token by token, from the parameters p; x (T, d)."""
    length, d = x.shape
    joint, wide, seen = x @ p["c_attn.weight"].T + p["c_attn.bias"], d // heads, np.zeros((length, d))
    for h in range(heads):
        q, k, v = (joint[:, part * d + h * wide : part * d + (h + 1) * wide] for part in range(3))
        for t in range(length):
            powers = [math.exp(q[t] @ k[s] / math.sqrt(wide)) for s in range(t + 1)]
            seen[t, h * wide : (h + 1) * wide] = sum(e * v[s] for s, e in enumerate(powers)) / sum(powers)
    return seen @ p["c_proj.weight"].T + p["c_proj.bias"]


def test_unit_attention_layer():
    """CausalSelfAttention looks back only, head by head, and thins out only while training."""
    for seed, heads, length in [(1304, 2, 5), (1305, 4, 3), (1306, 1, 1), (1307, 8, 6)]:
        layer, p = built(CausalSelfAttention, seed, n_head=heads, dropout=0.5)
        x = np.random.default_rng(seed).standard_normal((2, length, 8))
        got = output(layer, x)
        for b in range(2):
            assert_close(got[b], attention_by_loops(x[b], p, heads), f"CausalSelfAttention, {heads} heads, {length} tokens, example {b}")
    assert_close(thinned_out(layer, x, 0.0, 0.0), got, "CausalSelfAttention in training, no dropout")
    few = np.abs(thinned_out(layer, x, 0.5, 0.0) - got)
    assert few.max() > 0.01, "while training, with self.dropout = 0.5, weights of attention should be thinned out: the output did not change"
    half = thinned_out(layer, x, 0.0, 0.5)
    assert_close(half, np.where(half == 0, 0, 2 * got), "while training, with drop.p = 0.5: half of the output 0, the other half doubled")
    assert 0 < (half == 0).mean() < 1, "while training, with drop.p = 0.5, self.drop should set half of the output to 0: none or all are"


test_unit_attention_layer()
### BEGIN HIDDEN TESTS
layer, p = built(CausalSelfAttention, 1308, bias=False)
x = np.random.default_rng(1309).standard_normal((1, 4, 8))
zero = {"c_attn.bias": 0.0, "c_proj.bias": 0.0}
assert_close(output(layer, x)[0], attention_by_loops(x[0], p | zero, 2), "CausalSelfAttention without biases")
### END HIDDEN TESTS

# %%
CausalSelfAttention(tiny())(randn(2, 5, 8)).shape


# %% [markdown]
# In the second part each token thinks for itself: a **feed-forward** network of one hidden layer, four times as wide (`c_fc`, fully connected).

# %% nbgrader={"grade": false, "grade_id": "transformers-mlp", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class MLP(Module):
    """One hidden layer, applied to each token."""

    def __init__(self, config):
        super().__init__()
        self.c_fc = Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
        self.drop = Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) the same shape."""
        return self.drop(self.c_proj(gelu(self.c_fc(x))))


# %% [markdown]
# How the parts are put together decides whether many blocks can be trained. Neither replaces its input; each
# *adds* to it, a **residual connection** (K. He and others, 2015). Backward, an addition passes the gradient on as it is, so the first
# block hears from the loss as clearly as the last. And each part reads a *normalised* copy, while what is added to
# stays untouched; that is called **pre-norm**. For each part: normalise, compute, add.
#
# <details><summary>Hint 1: the idea</summary>
#
# Attention first, with `ln_1`; then the network, with `ln_2`, on what the first step gave.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# A line for each part, of the form x = x + part(norm(x)).
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-block", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        ### BEGIN SOLUTION
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-block", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_block():
    """Block adds attention, then the network, each of a normalised copy."""
    for seed, heads, length in [(1310, 2, 4), (1311, 1, 1), (1312, 4, 6)]:
        layer, p = built(Block, seed, n_head=heads)
        x = np.random.default_rng(seed).standard_normal((2, length, 8))
        got = output(layer, x)
        for b in range(2):
            assert_close(got[b], block_by_loops(x[b], p, heads), f"Block, {heads} heads, {length} tokens, example {b}")


test_unit_block()
### BEGIN HIDDEN TESTS
layer, p = built(Block, 1313)
x = 100 * np.random.default_rng(1314).standard_normal((1, 3, 8))
assert_close(output(layer, x)[0], block_by_loops(x[0], p, 2), "Block of large numbers")
### END HIDDEN TESTS

# %%
Block(tiny())

# %% [markdown]
# What additions and norms are worth, measured in 24 fresh blocks: how large the gradient is that reaches each of them, and how large the
# numbers are that each one gives, once the weights are twice as large. (Training moves weights; nobody promises that they stay small.)

# %%
manual_seed(1)
stack_of = [Block(GPTConfig(n_layer=24, n_head=2, n_embd=32)) for _ in range(24)]
ways = {
    "as written": lambda block, x: block(x),
    "without additions": lambda block, x: block.mlp(block.ln_2(block.attn(block.ln_1(x)))),
    "without norms": lambda block, x: x + block.attn(x) + block.mlp(x + block.attn(x)),
    "without both": lambda block, x: block.mlp(block.attn(x)),
}


# %%
def sizes_through(way, x):
    """How large the numbers are between the blocks, and how large their gradients."""
    places = [x.detach().requires_grad_()]
    for block in stack_of:
        places.append(way(block, places[-1]))
        places[-1].retain_grad()
    (places[-1] * x).sum().backward()
    return [t.std().item() for t in places], [t.grad.std().item() for t in places]


# %%
start = randn(2, 16, 32)
gradients = {name: sizes_through(way, start)[1] for name, way in ways.items()}

# %%
for block in stack_of:
    for p in block.parameters():
        p.data *= 2 if p.ndim == 2 else 1
numbers = {name: sizes_through(way, start)[0] for name, way in ways.items()}

# %%
left, right = axes(2)
for name in ways:
    left.plot(gradients[name], label=name)
    right.plot(numbers[name])
left.set(yscale="log", ylim=(1e-12, 1e3), xlabel="block", ylabel="size of the gradient", title="backward, from right to left")
right.set(yscale="log", xlabel="block", ylabel="size of the numbers", title="forward, weights doubled")
left.legend();


# %% [markdown]
# On the left additions count: without them the first blocks hear a hundredth of what the last one hears, and without norms too the gradient
# leaves the picture at block 15. On the right norms count: without them each block multiplies what the last one gave, and 24 such factors make
# a hundred million and more. With both, gradient and numbers stay within a factor of ten in both pictures.
#
# ## The beginning
# What a fresh network says should be near to nothing, so that it has nothing to unlearn. nanoGPT, after GPT-2 (A. Radford and others,
# 2019), draws all matrices, embeddings too, from a normal distribution with standard deviation 0.02, and sets the layers' biases to 0. The layers whose output is
# *added* to the tokens, both called `c_proj`, are special: with L blocks there are 2 L additions, and the variances of what is
# added sum up. So their standard deviation is $0.02 / \sqrt{2 L}$. What normalises keeps its ones and zeros.
#
# Write `initialise_`, for any module with such names inside.
#
# <details><summary>Hint 1: the idea</summary>
#
# Go through `model.named_parameters()`, which gives paths like `attn.c_proj.weight` and parameters.
#
# </details>
# <details><summary>Hint 2: who is who</summary>
#
# Matrices have `p.ndim == 2`. Paths that end in `bias` are biases. `normal_(p, 0, std)` and `zeros_(p)` fill a
# parameter.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-initialise", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    ### BEGIN SOLUTION
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "transformers-initialise-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def first_numbers(n_layer, block="block", seed=1315):
    """The parameters of a block and an embedding after `initialise_`, by path, as arrays. block: the name of the block."""
    manual_seed(seed)
    model = ModuleDict({"wte": Embedding(200, 64), block: Block(GPTConfig(n_head=1, n_embd=64))})
    for path, p in model.named_parameters():
        if path.endswith("bias") and "ln_" not in path:
            p.data = np.full(p.shape, 0.1, np.float32)
    found = initialise_(model, n_layer)
    assert found is model, f"initialise_ should return the model that it was given, got {type(found).__name__}"
    return {path: p.data for path, p in found.named_parameters()}



# %% nbgrader={"grade": true, "grade_id": "test-transformers-initialise", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_initialise(numbers_of_blocks=(1, 8, 50), **options):
    """initialise_ draws each matrix with GPT-2's spread, and sets biases to 0."""
    for n_layer in numbers_of_blocks:
        for path, numbers in first_numbers(n_layer, **options).items():
            narrow = path.endswith((".attn.c_proj.weight", ".mlp.c_proj.weight"))
            norm = path.endswith((".ln_1.weight", ".ln_2.weight"))
            expected = 0 if path.endswith("bias") or norm else 0.02 / math.sqrt(2 * n_layer) if narrow else 0.02
            middle, spread = float(numbers.mean()), float(numbers.std())
            assert_close(middle, float(norm), f"the mean of {path}, n_layer={n_layer}", rtol=0, atol=0.001)
            assert_close(spread, float(expected), f"the standard deviation of {path}, n_layer={n_layer}", rtol=0.06, atol=1e-6)


test_unit_initialise()
### BEGIN HIDDEN TESTS
def test_hidden_initialise():
    """Other numbers of blocks, and paths that nobody has seen; normal numbers, and others each time."""
    rng = np.random.default_rng()
    names, seeds = [f"h{i}" for i in rng.integers(2, 99, 2)], rng.integers(0, 2**30, 2).tolist()
    test_unit_initialise(rng.integers(2, 99, 3).tolist(), block=names[0], seed=seeds[0])
    first, second = (first_numbers(5, names[1], seed) for seed in seeds)
    for path, numbers in first.items():
        if numbers.ndim == 2:
            near = float((np.abs(numbers) < numbers.std()).mean())
            assert_close(near, 0.683, f"the share of {path} within one standard deviation", rtol=0, atol=0.04)
            assert (numbers != second[path]).any(), f"{path}: two beginnings, from other seeds, gave the same numbers"


test_hidden_initialise()
### END HIDDEN TESTS

# %%
fresh = initialise_(Block(GPTConfig(n_head=4, n_embd=64)), 12)
for path, p in fresh.named_parameters():
    print(f"{path:22} mean {p.mean().item():6.3f}, standard deviation {p.std().item():.4f}")



# %% [markdown]
# ## GPT
# The whole: a vector for each token and one for each place, from the tables `wte` and `wpe` (word token and word position
# embeddings), added; dropout, the layer `drop`, on the sum; the blocks `h`; a last, final norm `ln_f`; and a layer `lm_head`, the head
# of a language model, that gives each token of the vocabulary a score. A token that comes in and a token that goes out mean the same, so
# both tables are one: `lm_head.weight` *is* the table of `wte` (**weight tying**: O. Press and L. Wolf, 2017). The given constructor
# does that, and calls your `initialise_`. Write `forward`.
#
# <details><summary>Hint 1: the idea</summary>
#
# The layers stand in `parts`, in the order in which they are used. What do `wte` and `wpe` get, and which shapes do they give?
#
# </details>
# <details><summary>Hint 2: tokens and places</summary>
#
# `parts.wte(ids)` has the shape (B, T, n_embd). The places are `arange(T)`; `parts.wpe` of them, (T, n_embd), broadcasts.
#
# </details>
# <details><summary>Hint 3: the blocks</summary>
#
# `for block in parts.h`: each gets what the one before it gave.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-gpt", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        ### BEGIN SOLUTION
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-gpt", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def gpt_by_loops(ids, p, layers, heads):
    """The scores (T, vocab) for tokens (T,), from the parameters p."""
    p = inside(p, "transformer.")
    x = np.array([p["wte.weight"][token] + p["wpe.weight"][place] for place, token in enumerate(ids)])
    for i in range(layers):
        x = block_by_loops(x, inside(p, f"h.{i}."), heads)
    return layer_norm_by_loops(x, inside(p, "ln_f.")) @ p["wte.weight"].T


def test_unit_gpt():
    """GPT runs tokens and places through all blocks, and scores every token at every place."""
    for seed, layers, heads, length in [(1316, 2, 2, 5), (1317, 1, 1, 1), (1318, 3, 4, 6), (1319, 0, 1, 2)]:
        model, p = built(GPT, seed, n_layer=layers, n_head=heads)
        ids = np.random.default_rng(seed).integers(0, 7, (2, length))
        got = scores_of(model, ids)
        for b in range(2):
            assert_close(got[b], gpt_by_loops(ids[b], p, layers, heads), f"GPT, {layers} blocks, {heads} heads, tokens {ids[b].tolist()}")
    model, p = built(GPT, 1320, n_layer=0, dropout=0.5)
    thinned = scores_of(model.train(), ids)
    assert np.abs(thinned[0] - gpt_by_loops(ids[0], p, 0, 1)).max() > 0.01, "while training, parts.drop should thin out the sum of both tables: the scores did not change"


test_unit_gpt()
### BEGIN HIDDEN TESTS
model, p = built(GPT, 1320, dropout=0.9)
ids = np.array([[0, 6, 6, 1]])
assert_close(scores_of(model, ids)[0], gpt_by_loops(ids[0], p, 2, 2), "GPT with dropout, evaluating")
### END HIDDEN TESTS

# %%
small = GPT(GPTConfig(block_size=8, vocab_size=50, n_layer=2, n_head=2, n_embd=16))
for path, p in list(small.named_parameters())[:9]:
    print(f"{path:38} {p.shape}")

# %% [markdown]
# A fresh GPT should find every token equally probable: its loss is the logarithm of the vocabulary's size.

# %%
guesses = np.random.default_rng(1321).integers(0, 50, (16, 9))
cross_entropy(small(tensor(guesses[:, :-1])).transpose(1, 2), tensor(guesses[:, 1:])).item(), math.log(50)


# %% [markdown]
# ## What it costs
# How much memory, how much work? Both follow from the sizes: n for `n_embd`, V for `vocab_size`, T for the tokens, L for the blocks. A block has a matrix (n, 3n), one (n, n),
# (n, 4n) and (4n, n), together 12 n² numbers, and 13 n in biases and two norms; without biases these are 2 n. Therefore:

# %% nbgrader={"grade": false, "grade_id": "transformers-num-params", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def num_params(config):
    """How many numbers a GPT learns."""
    n, vectors, last = config.n_embd, 13 if config.bias else 2, 2 if config.bias else 1
    return (config.vocab_size + config.block_size + config.n_layer * (12 * n + vectors) + last) * n


# %%
print(f"GPT-2: {num_params(GPTConfig()):,}; the largest GPT-2: {num_params(GPTConfig(n_layer=48, n_head=25, n_embd=1600)):,}")
for model in small, GPT(tiny(bias=False)):
    assert sum(p.numel() for p in model.parameters()) == num_params(model.config)


# %% [markdown]
# Work is counted in FLOPs: a product of matrices (m, k) and (k, n) takes m n k multiplications and as many additions, 2 m n k. Write `flops`: what all products
# of one forward pass over T tokens take. Attention has two besides the layers: queries with keys, and weights with values, where our op computes the whole square, hidden or not.
#
# <details><summary>Hint 1: the layers</summary>
#
# A layer with a matrix of a numbers takes 2 a per token. `lm_head` is a layer too; looking up is none.
#
# </details>
# <details><summary>Hint 2: attention</summary>
#
# All heads together: (T, n) times (n, T), then (T, T) times (T, n), in each block.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-flops", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    ### BEGIN SOLUTION
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return config.n_layer * block + 2 * length * config.vocab_size * n
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "transformers-flops-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def counted(config, length):
    """The FLOPs of all matrix products of one pass, counted at the seam, where every op passes."""
    total = 0

    def count(f, args, kwargs):
        nonlocal total
        if f is matmul or f.__name__ == "attention_weights":
            a, b = (t.shape for t in args[:2])
            total += 2 * math.prod(a) * (b[-1] if f is matmul else b[-2])
        return apply(f, args, kwargs)

    model = GPT(config)
    with seam(count), no_grad():
        model(tensor(np.zeros((1, length), np.int64)))
    return total


# %% nbgrader={"grade": true, "grade_id": "test-transformers-flops", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_flops():
    """flops says what is counted while a GPT runs."""
    for sizes in [(6, 7, 2, 2, 8), (9, 5, 1, 3, 12), (4, 11, 3, 1, 4), (16, 2, 0, 1, 6)]:
        config = GPTConfig(*sizes)
        for length in (1, 3, config.block_size):
            assert_close(flops(config, length), counted(config, length), f"flops of {config}, {length} tokens")


test_unit_flops()
### BEGIN HIDDEN TESTS
assert_close(flops(GPTConfig(), 1024), 291_648_307_200, "flops of GPT-2, 1,024 tokens")
### END HIDDEN TESTS

# %% [markdown]
# Formula and measurement over the number of tokens, and what the layers and what attention take of it.

# %%
sizes = GPTConfig(block_size=1024, vocab_size=64, n_layer=2, n_head=4, n_embd=64)
tokens, watched, spans = [32, 64, 128, 256, 512, 1024], GPT(sizes), []
for length in tokens:
    with no_grad():
        given = tensor(np.zeros((1, length), np.int64))
        runs = []
        for _ in range(5):
            begun = time.perf_counter()
            watched(given)
            runs.append(time.perf_counter() - begun)
    spans.append(1000 * min(runs))

# %%
left, right = axes(2)
left.plot(tokens, [flops(sizes, n) / 1e6 for n in tokens], color=BLUE, label="by formula")
left.plot(tokens, [counted(sizes, n) / 1e6 for n in tokens], "o", color=ORANGE, label="counted")
left.plot(tokens, [2 * n * 64 * (2 * 12 * 64 + 64) / 1e6 for n in tokens], "--", color=GREY, label="layers")
left.plot(tokens, [2 * 2 * 2 * n * n * 64 / 1e6 for n in tokens], ":", color=GREY, label="attention")
left.set(xscale="log", yscale="log", xlabel="tokens", ylabel="million FLOPs", title="work")
right.plot(tokens, spans, "o-", color=BLUE)
right.set(xscale="log", yscale="log", xlabel="tokens", ylabel="milliseconds", title="time")
left.legend();


# %% [markdown]
# The work of the layers grows with T, that of attention with T²; in a block they are equal where T is 6 n. As long as T is much smaller,
# a forward pass takes 2 FLOPs per parameter and token, because each weight of a matrix is used once for each token. Backward takes twice as much: for each
# product two, of the same size. That makes the rule of thumb by which large models are planned: 6 FLOPs per parameter and token.
#
# PyTorch has `LayerNorm` in `torch/nn/modules/normalization.py`; its kernel, `aten/src/ATen/native/cpu/layer_norm_kernel.cpp`, keeps
# mean and r of each token for backward, where ours computes them again. A GPT it does not have: models live in other packages, and
# every one has its own names for the same layers.
#
# ## Writing
# The model says how probable each token is as the next. To write, draw one, put it at the end, ask again. How to draw is a choice.
# The **temperature** divides the scores first: below 1 the probable becomes more probable, at 0 only the best is left. And one can leave out what is
# improbable altogether, because out of 50,000 bad tokens of a small chance each, sooner or later one comes.
#
# **Top-k** (A. Fan and others, 2018) leaves the k best scores, and sets the others to -∞. Scores that equal the k-th stay. If k is larger than the vocabulary, all stay. The scores
# are a Tensor, and module 01's ops have what it takes.
#
# <details><summary>Hint 1: the idea</summary>
#
# `topk(logits, k).values` are the k best, in order, along the last axis. What is below the last of them goes.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `[..., -1:]` keeps the axis, so that it broadcasts. `where(condition, -math.inf, logits)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-top-k", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    ### BEGIN SOLUTION
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits < last, -math.inf, logits)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-top-k", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def kept_by_loops(x, k):
    """x with -inf for each number than which k others in its row are larger."""
    kept = x.copy()
    for place in np.ndindex(x.shape[:-1]):
        for i in range(x.shape[-1]):
            if sum(other > x[place][i] for other in x[place]) >= k:
                kept[(*place, i)] = -np.inf
    return kept


def test_unit_top_k():
    """keep_top_k leaves the k best of each row, and ties with the last of them."""
    rng = np.random.default_rng(1322)
    for shape, k in [((6,), 1), ((3, 5), 2), ((2, 2, 4), 4), ((2, 4), 9), ((1,), 1), ((2, 30), 7)]:
        x = rng.standard_normal(shape).astype(np.float32)
        given = tensor(x)
        assert_close(keep_top_k(given, k).data, kept_by_loops(x, k), f"keep_top_k of {shape}, k = {k}")
        assert_close(given.data, x, "the scores that keep_top_k was given")
    tied = keep_top_k(tensor([1.0, 5.0, 3.0, 3.0, 3.0]), 2).data
    assert_close(tied, np.float32([-np.inf, 5, 3, 3, 3]), "keep_top_k with three equal scores in second place")


test_unit_top_k()
### BEGIN HIDDEN TESTS
def test_hidden_top_k():
    """Scores far apart, equal ones in every row, -inf among them, rows that are none, a k beyond their length."""
    rng = np.random.default_rng()
    for shape, k in [((7,), 3), ((3, 1, 6), 4), ((0, 4), 2), ((2, 1), 5), ((2, 3), 2)]:
        scores = {"ordinary": rng.standard_normal(shape), "large": 300 * rng.standard_normal(shape), "whole": rng.integers(-2, 3, shape)}
        scores["masked"] = np.where(rng.random(shape) < 0.4, -np.inf, scores["whole"])
        for kind, x in scores.items():
            x = x.astype(np.float32)
            assert_close(keep_top_k(tensor(x), k).data, kept_by_loops(x, k), f"keep_top_k of {kind} numbers, {shape}, k = {k}")


test_hidden_top_k()
### END HIDDEN TESTS

# %%
softmax(keep_top_k(tensor([2.0, 1.0, 0.5, -1.0]), 2))



# %% [markdown]
# k = 40 is too few where anything can follow, and too many where only one token can. **Top-p**, or nucleus sampling (A. Holtzman and others, 2019), leaves the smallest set of the most probable
# tokens that together have at least the probability p: a token stays if those *before* it, in the order of probability, have less than p together.
# So the most probable always stays, as p is above 0.
#
# <details><summary>Hint 1: the idea</summary>
#
# `ordered, order = sort(logits, descending=True)` along the last axis. `softmax` of the ordered scores; `cumsum(…, -1)` minus the probability itself is what
# those before have.
#
# </details>
# <details><summary>Hint 2: back into the old order</summary>
#
# Set to -∞ in the sorted scores, then undo the sorting: `argsort(order)` says where each token has gone to, and `gather(sorted, -1, …)` gets it
# from there.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-top-p", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ### BEGIN SOLUTION
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-top-p", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_top_p():
    """keep_top_p leaves the fewest most probable tokens that together reach p, and always one."""
    rng = np.random.default_rng(1323)
    for shape, p in [((6,), 0.5), ((3, 5), 0.8), ((2, 2, 4), 0.3), ((2, 4), 0.001), ((1,), 0.5), ((2, 30), 0.95)]:
        x = 2 * rng.standard_normal(shape).astype(np.float32)
        expected = np.full(shape, -np.inf, np.float32)
        for place in np.ndindex(shape[:-1]):
            row, reached = [math.exp(v) for v in x[place]], 0.0
            for i in sorted(range(len(row)), key=lambda i, row=row: -row[i]):
                if reached < p:
                    expected[(*place, i)] = x[(*place, i)]
                reached += row[i] / sum(row)
        given = tensor(x)
        assert_close(keep_top_p(given, p).data, expected, f"keep_top_p of {shape}, p = {p}")
        assert_close(given.data, x, "the scores that keep_top_p was given")
    sure = keep_top_p(tensor([0.0, 50.0, 1.0]), 0.5).data
    assert_close(sure, np.float32([-np.inf, 50, -np.inf]), "keep_top_p where one token is nearly certain")
    half = keep_top_p(tensor([0.0, 0.0]), 0.5).data
    assert_close(np.sort(half), np.float32([-np.inf, 0]), "keep_top_p of two equal scores, sorted, p = 0.5, which the first one reaches")


test_unit_top_p()
### BEGIN HIDDEN TESTS
masked = keep_top_p(tensor([[1.0, -math.inf, 1.0, 1.0]]), 0.6).data
assert_close(masked.max(), np.float32(1), "keep_top_p of scores of which one is -inf")
assert_close(float(np.isfinite(masked).sum()), 2.0, "how many of three equal scores keep_top_p leaves, p = 0.6")
### END HIDDEN TESTS

# %%
softmax(keep_top_p(tensor([2.0, 1.0, 0.5, -1.0]), 0.9))


# %% [markdown]
# A computer draws numbers u between 0 and 1. To draw a token from them, lay the probabilities side by side on a
# line of length 1, and take the token on whose piece u lies. Write `draw`, on arrays: the first token whose running
# sum is *larger* than u times the total. With "larger" a token of probability 0 is never drawn, not even if u = 0. The total
# is the last running sum itself: a sum by other means may be rounded otherwise, and u then lie beyond the last piece.
#
# <details><summary>Hint 1: the idea</summary>
#
# `np.cumsum(weights, -1)` are the ends of the pieces. How many ends are not beyond u? So many tokens are passed over.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# u has no last axis: `u[..., None]`. The total is the last end, `ends[..., -1:]`. Count with `.sum(-1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-draw", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ### BEGIN SOLUTION
    ends = np.cumsum(weights, -1)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-draw", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_draw(shapes=((5,), (3, 4), (2, 3, 6), (4, 1)), seed=1324):
    """draw finds the piece on which u lies, and never a piece of length 0."""
    rng = np.random.default_rng(seed)
    for shape in shapes:
        weights, u = rng.integers(0, 4, shape) + (np.arange(shape[-1]) == shape[-1] // 2), rng.random(shape[:-1])
        got = np.asarray(draw(weights.astype(np.float64), u))
        assert got.shape == shape[:-1], f"draw from weights of {shape}: expected the shape {shape[:-1]}, got {got.shape}"
        for place in np.ndindex(shape[:-1]):
            left, token = u[place] * weights[place].sum(), 0
            while left >= weights[place][token]:
                left, token = left - weights[place][token], token + 1
            row = f", row {list(place)}" if place else ""
            assert_close(got[place], token, f"draw from {shape}{row}: weights {weights[place].tolist()}, u = {u[place]:.3f}")
    nearly = 1 - 2**-53
    for weights, u, token in [([0, 0, 1, 0], 0.0, 2), ([0, 2, 0, 2, 0], 0.5, 3), ([1, 1, 0, 0], nearly, 1), ([0.25, 0.75], 0.25, 1), ([0.1] * 10, nearly, 9)]:
        assert_close(np.asarray(draw(np.array(weights, np.float64), np.array(u))), np.array(token), f"draw from {weights}, u = {u}")


test_unit_draw()
### BEGIN HIDDEN TESTS
test_unit_draw([(9,), (0, 3), (2, 1, 3, 4), (1, 1)], None)
rng = np.random.default_rng()
weights, u = rng.random((5, 8)), rng.random(5)
for row, number, token in zip(weights, u, np.asarray(draw(weights, u)).tolist(), strict=True):
    what = f"draw from {np.round(row, 3).tolist()}, u = {number:.3f}: {token}, where the share of those before it is "
    assert row[:token].sum() / row.sum() <= number, f"{what}{row[:token].sum() / row.sum():.3f}"
    assert number < row[: token + 1].sum() / row.sum(), f"{what}{row[: token + 1].sum() / row.sum():.3f} with its own"
### END HIDDEN TESTS

# %%
thrown = draw(np.tile([0.2, 0.5, 0.3], (1000, 1)), np.random.default_rng(4).random(1000))
np.bincount(thrown) / 1000



# %% [markdown]
# PyTorch's `multinomial` draws so, once or several times. To draw several *different* tokens it has a trick: give each
# token an exponentially distributed time to wait, over its probability, and take those that come first.

# %% nbgrader={"grade": false, "grade_id": "transformers-check-weights", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_weights(weights, num_samples, replacement):
    """Raise unless `weights`, an array, can be drawn from so often."""
    if weights.dtype.kind != "f" or weights.ndim not in (1, 2) or num_samples < 1:
        what = f"{weights.dtype} of shape {weights.shape}, {num_samples} times"
        raise RuntimeError(f"multinomial: expected floats with one axis or two, and at least one to draw, got {what}")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (weights.sum(-1) > 0).all()):
        raise RuntimeError("multinomial: expected finite numbers >= 0, of which each row has one above 0")
    few = int((weights > 0).sum(-1).min(initial=num_samples))
    if not replacement and few < num_samples:
        raise RuntimeError(f"multinomial: {num_samples} different ones cannot be drawn from {few} that are possible")


# %% nbgrader={"grade": false, "grade_id": "transformers-multinomial", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
def multinomial(input, num_samples, replacement=False, generator=None):
    """Indices (…, num_samples) drawn along the last axis of `input`, (V,) or (N, V), in proportion to its numbers.

    generator: a NumPy generator in place of the one that `manual_seed` starts.
    """
    check_weights(input.data, num_samples, replacement)
    weights, dice = input.data.astype(np.float64), generator or Random.generator
    weights /= weights.max(-1, keepdims=True)  # of the smallest floats, u times the total would be the total
    if replacement or num_samples == 1:
        return wrap(draw(weights[..., None, :], dice.random((*weights.shape[:-1], num_samples))))
    with np.errstate(divide="ignore"):
        waiting = dice.exponential(size=weights.shape) / weights
    return wrap(np.argsort(waiting, -1)[..., :num_samples])


# %% nbgrader={"grade": false, "grade_id": "transformers-next-token", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def scores_after(model, ids):
    """The scores (V,) of the token after `ids`, a list, of which the model sees as many as it can; nothing is recorded."""
    if not ids:
        raise ValueError("generate: there must be at least one token to go on from, got none")
    training = model.training
    with no_grad():
        logits = model.eval()(tensor([ids[-model.config.block_size :]]))[0, -1]
    model.train(training)
    return logits


# %% nbgrader={"grade": false, "grade_id": "transformers-check-options", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_options(temperature, top_k, top_p):
    """Raise ValueError where the filters would leave no token."""
    if temperature < 0 or top_k is not None and top_k < 1 or top_p is not None and top_p <= 0:
        wanted = "temperature 0 or more, top_k 1 or more, top_p above 0"
        raise ValueError(f"generate: expected {wanted}, got temperature={temperature}, top_k={top_k}, top_p={top_p}")


# %% nbgrader={"grade": false, "grade_id": "transformers-choose", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def choose(logits, temperature, top_k, top_p, generator):
    """A token, drawn from scores (V,) after the filters; the best one for a temperature of 0. A top_p of 1 filters nothing."""
    check_options(temperature, top_k, top_p)
    if temperature == 0:
        return logits.argmax().item()
    logits = logits / temperature
    logits = logits if top_k is None else keep_top_k(logits, top_k)
    logits = logits if top_p is None or top_p >= 1 else keep_top_p(logits, top_p)
    return multinomial(softmax(logits), 1, generator=generator).item()


# %% [markdown]
# For the check of what comes next, a model whose answers are known.

# %% nbgrader={"grade": false, "grade_id": "transformers-generate-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Asking(Module):
    """A model that looks back `block_size` tokens, and asks says(ids, whether in training or recorded) for the scores (T, 10)."""

    def __init__(self, block_size, says):
        super().__init__()
        self.config, self.says = GPTConfig(block_size, 10), says

    def forward(self, ids):
        """Scores (1, T, 10)."""
        return tensor(self.says(ids.tolist()[0], self.training or is_grad_enabled())[None])


# %% nbgrader={"grade": false, "grade_id": "transformers-told-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def three(ids):
    """The sum of the last three tokens, modulo 10."""
    return sum(ids[-3:]) % 10


def counting(rule=three, sharp=50.0, block_size=5):
    """A model that is nearly sure of rule(ids), and [(what it saw, whether in training or recorded), …], empty so far."""
    seen = []

    def says(ids, loud):
        seen.append((ids, loud))
        return sharp * np.eye(10, dtype=np.float32)[[rule(ids[: i + 1]) for i in range(len(ids))]]

    return Asking(block_size, says).train(), seen


def told_by(ids, count, rule=three, sharp=50.0, **options):
    """What generate yields for `counting`, what the model saw each time, and how often in training or recorded."""
    model, seen = counting(rule, sharp)
    found = [int(token) for token in generate(model, ids, count, **options)]
    return found, [ids for ids, _ in seen], sum(loud for _, loud in seen)


def first_then(ids):
    """The first token, and how often the model had been asked by then."""
    model, seen = counting()
    stream = generate(model, ids, 5)
    assert hasattr(stream, "__next__"), f"generate should yield its tokens one by one, got a {type(stream).__name__}: return no list"
    return int(next(stream)), len(seen)


# %% nbgrader={"grade": false, "grade_id": "transformers-first-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def ids_after(model, ids, count):
    """The list of ids, after generate has gone on from it."""
    for _ in generate(model, ids, count):
        pass
    return ids


# %% [markdown]
# What remains is the loop, and it should hand out each token at once, so that one can watch: with `yield`, Python makes a function into a
# **generator**, which runs from one `yield` to the next whenever somebody asks for the next value. Write it. The caller's list of ids must not change.
# When the token `stop` is drawn, end without giving it.
#
# <details><summary>Hint 1: the idea</summary>
#
# Copy the ids to a list. `max_new_tokens` times: `scores_after`, `choose`, `append`, `yield`.
#
# </details>
# <details><summary>Hint 2: the end</summary>
#
# `return` ends a generator. Compare with `stop` before the yield; it is None if nothing is to stop it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "transformers-generate", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ### BEGIN SOLUTION
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-transformers-generate", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def continued(ids, count, rule=three, stop=None):
    """The tokens of a rule, by a loop."""
    ids, new = list(ids), []
    for _ in range(count):
        token = rule(ids)
        if token == stop:
            break
        ids.append(token)
        new.append(token)
    return new


def test_unit_generate():
    """generate continues token by token, from what fits into the context, and stops where it should."""
    for ids, count in [([1, 2, 3], 6), ([7], 4), ([1, 1, 2, 3, 5, 8], 10), ([4, 4], 0)]:
        for options in ({}, {"temperature": 0}, {"top_k": 1}, {"top_p": 0.5}):
            (new, seen, trained), expected = told_by(ids, count, **options), continued(ids, count)
            assert_same(new, expected, f"generate after {ids}, {count} tokens, {options}")
            windows = [[*ids, *expected[:i]][-5:] for i in range(count)]
            assert_same(seen, windows, f"what the model saw each time, after {ids}, block_size 5")
            assert_same(trained, 0, f"how often the model ran in training or recorded, after {ids} (scores_after does neither)")
            assert_same(ids_after(counting()[0], list(ids), count), ids, "the ids that generate was given")
    expected = continued([1, 2, 3], 9, stop=8)
    new, seen, _ = told_by([1, 2, 3], 9, stop=8)
    assert_same(new, expected, "generate after [1, 2, 3] with stop=8")
    assert_same(len(seen), len(expected) + 1, "how often the model was asked until it said stop=8")
    assert_same(told_by([0, 0, 0], 9, stop=0)[0], [], "generate where the first token is stop=0")
    assert_same(first_then([1, 2, 3]), (6, 1), "the first token, and how often the model was asked before it came")
    drawn = [told_by([1], 40, sharp=1.0, seed=seed)[0] for seed in (3, 3, 4)]
    assert_same(drawn[0], drawn[1], "twice the same seed")
    assert drawn[0] != drawn[2], "seeds 3 and 4 gave the same 40 tokens"
    for options in ({"temperature": 0}, {"temperature": 0.01}, {"top_k": 1}, {"top_p": 0.001}):
        assert_same(told_by([1], 40, sharp=1.0, seed=5, **options)[0], continued([1], 40), f"generate, which {options} leaves no choice")
    kinds = len(set(told_by([1], 40, sharp=0.0, seed=5)[0]))
    assert kinds > 3, f"generate, all ten tokens equally probable, one seed: expected many different ones within 40, got {kinds}"


test_unit_generate()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng()
for _ in range(3):
    weights, start, count = rng.integers(1, 10, 3).tolist(), rng.integers(0, 10, 4).tolist(), int(rng.integers(3, 12))
    rule = lambda ids, weights=weights: sum(weight * token for weight, token in zip(weights, ids[::-1], strict=False)) % 10
    expected = continued(start, count, rule)
    new, seen, _ = told_by(start, count, rule)
    assert_same(new, expected, f"generate after {start}, {count} tokens of another model")
    assert_same(seen, [[*start, *expected[:i]][-5:] for i in range(count)], f"what another model saw each time, after {start}")
    last = expected[-1]
    assert_same(told_by(start, count, rule, stop=last)[0], expected[: expected.index(last)], f"another model, after {start}, stop={last}")
cold, warm = (len(set(told_by([1], 60, sharp=1.0, seed=1325, temperature=t)[0])) for t in (0.01, 100.0))
assert warm == 10, f"at a temperature of 100 all ten tokens should come within 60, got {warm}"
assert_same(told_by([1], 60, sharp=1.0, seed=1325, temperature=0.01)[0], continued([1], 60), "generate at a temperature of 0.01")
### END HIDDEN TESTS

# %%
list(generate(small, [1, 2, 3], 10, temperature=0.7, seed=5))

# %% [markdown]
# ## It pays off
# Letters as tokens, 32 of them to look back on, and less than half a minute of work: a GPT with two blocks reads the manual, all but the
# last tenth, which is kept for judging. Module 06's Muon moves the matrices inside the blocks, AdamW everything else.

# %%
manual_seed(3)
reader = CharTokenizer(manual)
read, unread = (np.array(reader.encode(text)) for text in (learned, unseen))
writer = GPT(GPTConfig(block_size=32, vocab_size=reader.vocab_size, n_layer=2, n_head=4, n_embd=64))
named = [(".h." in path and p.ndim == 2, p) for path, p in writer.named_parameters()]
muon = Muon([p for inside_block, p in named if inside_block], lr=0.02)
adamw = AdamW([p for inside_block, p in named if not inside_block], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
schedules = [OneCycleLR(each, rate, total_steps=800, pct_start=0.1) for each, rate in [(muon, 0.02), (adamw, 0.01)]]


# %%
def loss_at(model, data, places):
    """The mean loss on the 32 letters from each place on."""
    window = data[places[:, None] + np.arange(33)]
    return cross_entropy(model(tensor(window[:, :-1])).transpose(1, 2), tensor(window[:, 1:]))


def judged(model, every):
    """The loss on what the model has not read, or on each so-many-th window of it."""
    with no_grad():
        return loss_at(model, unread, np.arange(0, len(unread) - 33, 32 * every)).item()


# %%
places_of, curve, exams, began = np.random.default_rng(3), [], [], time.perf_counter()
for step in range(800):
    loss = loss_at(writer, read, places_of.integers(0, len(read) - 33, 16))
    for each in (muon, adamw):
        each.zero_grad()
    loss.backward()
    for each in (muon, adamw, *schedules):
        each.step()
    curve.append(loss.item())
    if step % 100 == 99:
        exams.append(judged(writer, 8))
print(f"{time.perf_counter() - began:.0f} s; loss on what it has not read: {judged(writer, 1):.2f}")

# %% [markdown]
# The rival is the table from the beginning, counted on the same nine tenths (each pair counts once more, so that none is impossible).
# It too is judged twice: on what was counted, and on what was not. (The last tenth is the easier text, for both.)

# %%
pairs = (followers + 1) / (followers + 1).sum(1, keepdims=True)
counted_read, counted_unread = (-np.log(pairs[text[:-1], text[1:]]).mean() for text in (read, unread))
print(f"loss of pairs of letters: {counted_read:.2f} on what was counted, {counted_unread:.2f} on what was not")

# %%
ax = axes()
ax.plot(np.arange(9, 800), np.convolve(curve, np.ones(10) / 10, "valid"), color=BLUE, label="GPT, on what it reads")
ax.plot(np.arange(100, 801, 100), exams, "o-", color=ORANGE, label="GPT, on what it has not read")
ax.axhline(counted_read, color=BLUE, linestyle=":", label="pairs of letters, on what was counted")
ax.axhline(counted_unread, color=ORANGE, linestyle=":", label="pairs of letters, on what was not")
ax.set(xlabel="step", ylabel="loss", title="a GPT reads the manual")
ax.legend();

# %%
text = "The "
print(text, end="")
for letter in generate(writer, reader.encode(text), 500, temperature=0.5, top_p=0.95, seed=1):
    text += reader.decode([letter])
    print(text[-1], end="", flush=True)


# %%
def known_words(text):
    """The share of the words of three letters and more that occur in the manual."""
    words = re.findall("[a-z]{3,}", text.lower())
    return sum(word in known for word in words) / len(words)


known = set(re.findall("[a-z]{3,}", manual.lower()))
print(f"words that the manual has: GPT {known_words(text):.0%}, pairs of letters {known_words(written):.0%}")

# %% [markdown]
# It makes no sense, but most of it is words, with endings and punctuation: it learned them by guessing the next letter, and never saw a rule.
# `tito milestone 2017` trains one that is larger, and compares it with a better rival.
#
# 1. In 2017 layer norm came *after* the addition, x = norm(x + part(x)): **post-norm**. What does that do to the gradient on its way to the first block?
# 2. `generate` runs the whole text through the model again for each token, though only one is new. What of the earlier ones could be kept (programs that do it speak of
#    a **KV cache**), and what in GPT stands in the way once the text is longer than `block_size`?
# 3. What does a temperature of 0.5 change if top-k is 1? And if top-p is 1?
#
# From now on `tinytorch.nn.LayerNorm`, `RMSNorm` and `tinytorch.multinomial` are yours. To go on, give your GPT a text of your own, or read
# nanoGPT's `model.py`: there is little in it that you have not written.
