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
#     - 11_embeddings
#     title: Attention
# ---

# %% [markdown]
# # Attention
# > A weighted average, whose weights are computed from what is being averaged.
#
# At the end of this chapter a layer of your own puts numbers in order by looking, at each step, at the one that
# comes next; its map shows where it looked. And you will have made attention over 4,096 tokens fit where the
# textbook's version needs forty times the memory. The idea is older than networks. Here are forty measurements,
# and a curve through them:

# %% nbgrader={"grade": false, "grade_id": "attention-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.attention
#| export
import math

import numpy as np

from tinytorch._arrays import row_max, sums
from tinytorch.core.activations import vecdot
from tinytorch.core.autograd import Function, rule
from tinytorch.core.layers import Linear, Module, Parameter, dropout, linear, xavier_normal_, xavier_uniform_, zeros_
from tinytorch.core.spatial import pad
from tinytorch.core.tensor import Tensor, cat, op, reshape, sum_, tensor, transpose, where, wrap, zeros

# %% nbgrader={"grade": false, "grade_id": "attention-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time
import tracemalloc

from tinytorch.core import autograd
from tinytorch.core.activations import softmax
from tinytorch.core.autograd import grad, no_grad
from tinytorch.core.embeddings import Embedding
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import manual_seed, randn
from tinytorch.figures import BLUE, GREY, ORANGE, axes
from tinytorch.testing import assert_close, gradient_problem, rule_problem

# %%
dice = np.random.default_rng(1201)
places = np.sort(dice.uniform(0, 6, 40))
heights = np.sin(places) + dice.normal(0, 0.2, 40)
asked = np.linspace(0, 6, 200)
nearness = softmax(tensor(-20 * (asked[:, None] - places) ** 2), dim=1).numpy()
left, right = axes(2)
left.plot(places, heights, ".", color=GREY)
left.plot(asked, nearness @ heights, color=BLUE)
left.set(title="a weighted average for each place", xlabel="place", ylabel="height")
right.imshow(nearness, cmap="Blues", aspect="auto", extent=(0, 40, 6, 0))
right.set(title="its weights", xlabel="measurement", ylabel="place that is asked about");


# %% [markdown]
# At each place the curve is an average of all measurements, and the near ones weigh most: E. Nadaraya and G.
# Watson, 1964. Each row on the right sums to 1. In attention the places become vectors that are *learned*: a
# **query** asks, each measurement has a **key** that says what it is about, and a **value** that says what it has
# to give. How much a key matters to a query is their product.
#
# Tokens ask tokens: in "the cat that chased the dog was tired", the query of *was* should match the key of *cat*.
#
# ## Who may look where
# When a model learns to guess the next token, a token must not look at those after it. The **causal mask** says
# who may look at whom: row i, column j is True where token i may look at token j, that is, for j up to i. There may
# be more keys than queries, or fewer. Both are then counted from the first token on, as PyTorch counts them, so that
# query i is still token i; the keys after the last query's are hidden from all.
#
# <details><summary>Hint 1: the idea</summary>
#
# Compare the numbers of the rows, as a column, with the numbers of the columns.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `np.arange(length)[:, None]` and `np.arange(total)`; `tensor(…)` makes a Tensor of booleans.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-causal-mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    ### BEGIN SOLUTION
    return tensor(np.arange(length)[:, None] >= np.arange(total))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-attention-causal-mask", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_causal_mask(cases=((1, 1), (3, 3), (2, 5), (4, 2), (0, 3))):
    """causal_mask lets each query look at itself and at what came before."""
    for length, total in cases:
        expected = np.array([[j <= i for j in range(total)] for i in range(length)], bool).reshape(length, total)
        got = causal_mask(length, total).data
        assert_close(got, expected, f"causal_mask({length}, {total})")
        assert str(got.dtype) == "bool", f"causal_mask: expected booleans, got {got.dtype}"


test_unit_causal_mask()
### BEGIN HIDDEN TESTS
test_unit_causal_mask(np.random.default_rng().integers(1, 12, (6, 2)).tolist())
### END HIDDEN TESTS

# %%
causal_mask(4, 4)

# %% [markdown]
# ## The weights
# For queries of shape (…, L, d) and keys (…, S, d), the products of all with all are one matrix product, (…, L,
# S). They are multiplied by `scale`. Why? A product of two vectors of d random numbers is about as large as
# $\sqrt d$. With d = 64 the scores differ by tens, `softmax` gives nearly everything to the largest, and nearly no
# gradient to the others:

# %%
manual_seed(0)
for d in (4, 64, 1024):
    products = (randn(1000, 1, d) @ randn(1000, 16, d).mT).squeeze(1)
    largest = softmax(products, dim=1).max(1).values.mean().item()
    scaled = softmax(products / math.sqrt(d), dim=1).max(1).values.mean().item()
    print(f"d = {d:4}: the largest of 16 weights is {largest:.2f} on average, after scaling {scaled:.2f}")


# %% [markdown]
# Write `attention_weights`, an op on arrays. It makes the scores, applies the mask, and takes the softmax over
# the keys. A mask of booleans says where one may look; where it is False the score becomes -∞, whose exponential
# is 0. A mask of numbers is added to the scores. Three traps:
#
# - As in module 02, take away the largest score before the exponential: the largest of those that may be seen, so mask
#   first.
# - A query may be allowed to look nowhere. Its scores are all -∞, and -∞ - (-∞) is NaN. Let its weights be zeros, as
#   PyTorch's are. But a query that is NaN itself must give NaN, or nobody ever finds where it came from.
# - The arrays that you are given belong to others: change none of them.
#
# <details><summary>Hint 1: the idea</summary>
#
# `query @ key.mT`, where `.mT` swaps the last two axes; times scale; mask; then the steps of a stable softmax.
#
# </details>
# <details><summary>Hint 2: the mask</summary>
#
# `np.where(mask, scores, -np.inf)` if `mask.dtype == bool`, else `scores + mask`. None: nothing to do.
#
# </details>
# <details><summary>Hint 3: rows of nothing but -∞</summary>
#
# Where the largest score is -∞, take away 0 instead: the exponentials are then 0, and so is their sum. Divide by
# 1 where the sum is 0.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    ### BEGIN SOLUTION
    scores = (query * scale) @ key.mT
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = row_max(scores)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = sums(weights, -1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "attention-weights-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def weights_by_loops(q, k, mask, scale):
    """The same, query by query and key by key, for two axes."""
    out = np.zeros((len(q), len(k)))
    for i in range(len(q)):
        scores = [scale * sum(a * b for a, b in zip(q[i], k[j], strict=True)) for j in range(len(k))]
        if mask is not None and mask.dtype == bool:
            scores = [s if may else -math.inf for s, may in zip(scores, mask[i], strict=True)]
        elif mask is not None:
            scores = [s + m for s, m in zip(scores, mask[i], strict=True)]
        if max(scores) > -math.inf:
            powers = [math.exp(s - max(scores)) for s in scores]
            out[i] = [p / sum(powers) for p in powers]
    return out


# %% nbgrader={"grade": true, "grade_id": "test-attention-weights", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_attention_weights():
    """attention_weights is a stable softmax of scaled products, with both kinds of mask and with rows that see nothing."""
    rng = np.random.default_rng(1202)
    for shape, keys, scale in [((2, 3), 4, 1.0), ((3, 5), 3, 0.5), ((1, 2), 1, 2.0), ((4, 2), 6, 0.1)]:
        q, k = rng.standard_normal(shape), rng.standard_normal((keys, shape[1]))
        may = rng.random((shape[0], keys)) < 0.6
        may[0] = False
        for mask in (None, may, rng.standard_normal((shape[0], keys)), np.where(may, 0.0, -np.inf)):
            arrays = [a for a in (q, k, mask) if a is not None]
            given = [Tensor(a, a.dtype) for a in arrays]
            what = f"attention_weights, {shape} queries, {keys} keys, {'no mask' if mask is None else f'a mask of {mask.dtype}'}"
            assert_close(attention_weights(*given, scale=scale).data, weights_by_loops(q, k, mask, scale), what)
            for name, t, a in zip(("queries", "keys", "mask"), given, arrays, strict=False):
                assert_close(t.data, a, f"the {name} after {what}, which must not change them")
    q, k = np.array([[1.0]]), np.array([[3000.0], [0.0], [1.0]])
    for mask in (np.array([[False, True, True]]), np.array([[-np.inf, 0.0, 0.0]])):
        got = attention_weights(*(Tensor(a, a.dtype) for a in (q, k, mask))).data
        assert_close(got, weights_by_loops(q, k, mask, 1), "attention_weights where a hidden key has by far the largest score")
    big = attention_weights(tensor([[1000.0], [-1000.0]]), tensor([[1.0], [0.5], [0.0]])).data
    assert_close(big, np.float32([[1, 0, 0], [0, 0, 1]]), "attention_weights for products of ±1,000")
    assert str(big.dtype) == "float32", f"attention_weights of float32: expected float32, got {big.dtype}"
    lost = attention_weights(tensor([[math.nan]]), tensor([[1.0], [2.0]])).data
    assert np.isnan(lost).all(), f"attention_weights of a query that is NaN: expected NaN, got {lost}"
    q, k = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((2, 1, 6, 5))
    got = attention_weights(Tensor(q, np.float64), Tensor(k, np.float64), causal_mask(4, 6), scale=0.3).data
    for b, h in np.ndindex(2, 3):
        expected = weights_by_loops(q[b, h], k[b, 0], np.tri(4, 6, dtype=bool), 0.3)
        assert_close(got[b, h], expected, f"attention_weights in four axes, at [{b}, {h}]")


test_unit_attention_weights()
### BEGIN HIDDEN TESTS
given = Tensor(np.ones((2, 2), np.float32)), Tensor(np.full((3, 2), 2, np.float32))
got = attention_weights(*given, scale=0.25).data
assert_close(got, np.full((2, 3), 1 / 3, np.float32), "attention_weights of equal keys")
assert str(got.dtype) == "float32", f"attention_weights of float32: got {got.dtype}"
assert_close(given[0].data, np.ones((2, 2), np.float32), "the queries after attention_weights")
assert_close(given[1].data, np.full((3, 2), 2, np.float32), "the keys after attention_weights")
### END HIDDEN TESTS

# %%
attention_weights(tensor([[1.0, 0.0]]), tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]]))


# %% [markdown]
# Now its rule. `out` is the softmax P of the scores s, and g the gradient of the loss with respect to P. For the softmax
# of one row, $\partial P_j / \partial s_k = P_j (\delta_{jk} - P_k)$, where $\delta_{jk}$ is 1 if j = k, else 0. So the
# gradient with respect to s, written $\bar s$, is
#
# $$\bar s = P \circ \big(g - \textstyle\sum_j g_j P_j\big)$$
#
# where ∘ multiplies element by element. From there on it is the matrix product of module 05, twice, with `scale`
# between. What the mask hides has P = 0, and so no gradient: nothing to do. A mask of numbers, which is added to the
# scores, gets $\bar s$ itself; where it was broadcast, backward sums it up.
#
# A rule runs on arrays in `backward`, and on Tensors when a second derivative is asked for. So write what both
# know: `@`, `.mT`, and functions in place of methods: `sum_(x, -1, keepdim=True)`, or `vecdot(x, y)`, which is the sum
# of x * y in one pass. Return three gradients: of query, key, mask.
#
# <details><summary>Hint 1: the idea</summary>
#
# First `s`, by the formula; the sum is over the last axis and keeps it. Then the gradients of query, key and
# mask.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# s is (…, L, S). The query's gradient is (…, L, d), the key's (…, S, d): each is s, or s with its last axes swapped,
# times the other of the two, and times scale.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    ### BEGIN SOLUTION
    s = g - vecdot(g, out)
    s *= out  # in its own memory, where it is an array
    return s @ (key * scale), s.mT @ (query * scale), None if mask is None or mask.dtype == bool else s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "attention-rule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slope_error(check, shapes, mask=None, scale=0.7):
    """What is wrong with the gradients of attention_weights, "" if nothing.

    check: "first", "second" (the gradients of gradients) or "alone" (what the rule gives when it is asked by itself).
    """
    rng = np.random.default_rng(1203)
    arrays, fixed = [rng.standard_normal(shape) for shape in shapes], []
    if mask is not None and mask.dtype == bool:
        fixed = [Tensor(mask, bool)]
    elif mask is not None:
        arrays.append(mask)

    def twin(q, k, more=0):
        scores = scale * q @ k.swapaxes(-1, -2) + more
        powers = np.exp(scores) if not fixed else np.where(mask, np.exp(scores), 0)
        total = powers.sum(-1, keepdims=True)
        return powers / np.where(total == 0, 1, total)

    tensor = lambda a: Tensor(a, np.float64, requires_grad=True)
    if check == "alone":
        rule = autograd.RULES[attention_weights]
        return rule_problem(lambda *given: rule(*given, *fixed, scale=scale), twin, arrays, tensor)
    f = lambda *given: attention_weights(*given, *fixed, scale=scale)
    return gradient_problem(f, twin, arrays, tensor, grad, check == "second")


# %% nbgrader={"grade": true, "grade_id": "test-attention-rule", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_attention_rule():
    """The gradients of queries, keys and a mask of numbers agree with central differences, first and second order."""
    for shapes in [((2, 3), (4, 3)), ((2, 1, 2, 3), (2, 2, 3))]:
        length, total = shapes[0][-2], shapes[1][-2]
        for name, mask in [("no mask", None), ("a causal mask", np.tri(length, total, dtype=bool)), ("numbers", np.ones((1, total)))]:
            problem = slope_error("first", shapes, mask)
            assert problem == "", f"attention_weights of {shapes}, {name} (input 0: query, 1: key, 2: mask): {problem}"
    for check, what in [("second", "second derivative"), ("alone", "its rule, asked by itself")]:
        problem = slope_error(check, ((2, 2), (3, 2)), np.tri(2, 3, dtype=bool))
        assert problem == "", f"attention_weights, {what}: {problem}"


test_unit_attention_rule()
### BEGIN HIDDEN TESTS
problem = slope_error("first", ((3, 2), (2, 2)), np.array([[True, False], [False, False], [True, True]]), 1.5)
assert problem == "", f"attention_weights with a query that sees nothing: {problem}"
### END HIDDEN TESTS

# %%
q, k = randn(2, 3).requires_grad_(), randn(4, 3)
attention_weights(q, k)[0, 1].backward()
q.grad  # only the first query matters to the first row


# %% [markdown]
# ## Attention
# What comes out for a query is the average of the values with these weights. `scaled_dot_product_attention` is
# PyTorch's name and signature. Write its body: the scale is $1/\sqrt d$ unless one is given, `is_causal` asks for
# the causal mask, `dropout(weights, p)` thins out the weights, and then the product with the values.
#
# <details><summary>Hint 1: the idea</summary>
#
# Four lines: scale, mask, weights (with dropout), product.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# d is `query.shape[-1]`; the causal mask is for `query.shape[-2]` queries and `key.shape[-2]` keys. Scale is
# given by keyword, the mask by position.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-sdpa", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    if attn_mask is not None and attn_mask.dtype.kind not in "bf":
        raise RuntimeError(f"scaled_dot_product_attention: attn_mask must be of booleans or floats, got {attn_mask.dtype}")
    ### BEGIN SOLUTION
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "attention-replay-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def replay(t, leaf, value):
    """The tensor t, computed anew from its recipe with `value` in the place of `leaf`."""
    recipe = getattr(t, "recipe", None)
    if t is leaf or recipe is None:
        return value if t is leaf else t
    return recipe.op(*(replay(part, leaf, value) for part in recipe.args), **recipe.kwargs)


# %% nbgrader={"grade": true, "grade_id": "test-attention-sdpa", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_sdpa():
    """scaled_dot_product_attention averages the values, with PyTorch's defaults."""
    rng = np.random.default_rng(1204)
    for lengths, d, e in [((3, 4), 2, 5), ((2, 2), 16, 1), ((4, 3), 9, 2)]:
        q, k = (rng.standard_normal((2, n, d)) for n in lengths)
        v, mask = rng.standard_normal((2, lengths[1], e)), rng.random(lengths) < 0.7
        given = [Tensor(a, np.float64) for a in (q, k, v)]
        for options, allowed, scale in [({}, None, d**-0.5), ({"scale": 0.2}, None, 0.2), ({"scale": 0.0}, None, 0.0), ({"is_causal": True}, np.tri(*lengths, dtype=bool), d**-0.5)]:
            expected = np.stack([weights_by_loops(q[b], k[b], allowed, scale) @ v[b] for b in range(2)])
            got = scaled_dot_product_attention(*given, **options).data
            assert_close(got, expected, f"scaled_dot_product_attention, {lengths} queries and keys, d = {d}, {options}")
        expected = np.stack([weights_by_loops(q[b], k[b], mask, d**-0.5) @ v[b] for b in range(2)])
        assert_close(scaled_dot_product_attention(*given, tensor(mask)).data, expected, f"scaled_dot_product_attention, {lengths}, attn_mask")
    arrays = [rng.standard_normal(shape) for shape in ((2, 3), (4, 3), (4, 2))]
    given = [Tensor(a, np.float64, requires_grad=True) for a in arrays]
    for i, name in enumerate(("query", "key", "value")):
        q, k, v = [a * 2 if i == j else a for j, a in enumerate(arrays)]
        new = replay(scaled_dot_product_attention(*given), given[i], Tensor([q, k, v][i], np.float64)).data
        told = f"the result forgot its {name}: compute with Tensors, not with .data; with twice the {name} in its recipe"
        assert_close(new, weights_by_loops(q, k, None, 3**-0.5) @ v, told)
    ones = Tensor(np.ones((1, 400, 4)), np.float64)
    thinned = scaled_dot_product_attention(ones, ones, ones, dropout_p=0.5).data
    told = "dropout_p=0.5 should drop half of the weights, not of the output, and double the rest"
    assert abs(thinned.mean() - 1) < 0.1 and 0.01 < thinned.std() < 0.3, told


test_unit_sdpa()
### BEGIN HIDDEN TESTS
q = Tensor(np.array([[3.0, 0.0]]), np.float64)
keys, values = Tensor(np.array([[1.0, 0.0], [0.0, 1.0]]), np.float64), Tensor(np.array([[1.0], [3.0]]), np.float64)
got = scaled_dot_product_attention(q, keys, values, scale=0.0)
assert_close(got.data, np.array([[2.0]]), "scaled_dot_product_attention with scale=0.0")
### END HIDDEN TESTS

# %%
values = tensor([[10.0], [20.0], [30.0]])
scaled_dot_product_attention(randn(3, 4), randn(3, 4), values, is_causal=True)


# %% [markdown]
# ## Several heads
# One set of weights can look at one thing. A token wants several: the verb's subject, and its tense. So the d
# numbers of each vector are cut into `num_heads` parts, and each part attends for itself. As a shape: (B, T, d)
# becomes (B, heads, T, d / heads), and everything above works as it is, since it minds only the last two axes.
# `join_heads`, the way back, is given. Write `split_heads`.
#
# <details><summary>Hint 1: the trap</summary>
#
# `reshape(x, (B, heads, T, d / heads))` has the right shape, but cuts the wrong way: it would tear the first
# tokens apart, instead of each token.
#
# </details>
# <details><summary>Hint 2: two steps</summary>
#
# First cut the last axis alone, so that the heads are an axis of their own. Then bring that axis to its place.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-join-heads", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def join_heads(x):
    """Heads (B, heads, T, d) side by side again: (B, T, heads * d)."""
    joined = transpose(x, 1, 2)
    return reshape(joined, (*joined.shape[:2], -1))


# %% nbgrader={"grade": false, "grade_id": "attention-split-heads", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    ### BEGIN SOLUTION
    batch, length, dim = x.shape
    return transpose(reshape(x, (batch, length, num_heads, dim // num_heads)), 1, 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-attention-split-heads", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_split_heads(cases=((1, 2, 2, 2), (2, 3, 2, 4), (3, 1, 4, 8), (1, 4, 1, 3))):
    """split_heads gives each head its own columns of every token, and join_heads takes it back."""
    for batch, length, heads, dim in cases:
        x = np.arange(batch * length * dim, dtype=np.float32).reshape(batch, length, dim)
        got, wide = split_heads(tensor(x), heads), dim // heads
        expected = np.stack([x[:, :, h * wide : (h + 1) * wide] for h in range(heads)], 1)
        assert_close(got.data, expected, f"split_heads of {x.shape} in {heads}")
        assert_close(join_heads(got).data, x, f"join_heads of split_heads of {x.shape} in {heads}")
    leaf = Tensor(np.ones((1, 3, 4)), np.float64, requires_grad=True)
    out = split_heads(leaf, 2)
    assert out.requires_grad, "split_heads: gradients must flow; use reshape and transpose of Tensors, not .data"
    out.sum().backward()
    assert_close(leaf.grad.data, np.ones((1, 3, 4)), "the gradient of split_heads, summed")


test_unit_split_heads()
### BEGIN HIDDEN TESTS
drawn = np.random.default_rng().integers(1, 6, (5, 4)).tolist()
test_unit_split_heads([(batch, length, heads, heads * wide) for batch, length, heads, wide in drawn])
### END HIDDEN TESTS

# %%
split_heads(tensor(np.arange(12.0).reshape(1, 3, 4)), 2)


# %% [markdown]
# ### The layer
# It is given, under PyTorch's name and with its parameters: one matrix that makes queries, keys and values,
# attention in heads, and one layer that mixes the heads. It has a peculiarity: in its masks of booleans True
# means *must not* look, the opposite of `scaled_dot_product_attention`. `hidden` brings both of its masks into
# the form of numbers that are added: -∞ where one must not look. `key_padding_mask` hides the padding's keys from all
# queries; the padding's own rows come out all the same, and it is for the loss to leave them away.

# %% nbgrader={"grade": false, "grade_id": "attention-hidden", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def hidden(mask):
    """A mask of MultiheadAttention as numbers to add: booleans, True for "must not look", become -inf and 0."""
    if mask is not None and mask.dtype.kind not in "bf":
        raise RuntimeError(f"MultiheadAttention: a mask must be of booleans or floats, got {mask.dtype}")
    return mask if mask is None or mask.dtype.kind == "f" else where(mask, -math.inf, zeros(mask.shape))


# %%
hidden(tensor([[False, True]]))


# %% nbgrader={"grade": false, "grade_id": "attention-both-masks", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def both_masks(attn_mask, key_padding_mask, batch, heads):
    """attn_mask, (L, S) or (batch * heads, L, S), and key_padding_mask, (batch, S), as one mask; None if there is none."""
    ours, padding = hidden(attn_mask), hidden(key_padding_mask)
    if ours is not None and ours.ndim == 3:
        ours = reshape(ours, (batch, heads, *ours.shape[1:]))
    if padding is not None:
        padding = reshape(padding, (batch, 1, 1, -1))
    return ours if padding is None else padding if ours is None else ours + padding


# %% [markdown]
# Keys and values may be other vectors than the queries, `kdim` and `vdim` numbers wide; then each has a matrix of its own.
# And a query that matches nothing must still spend its weights: they sum to 1. Two arguments give it keys of no token,
# behind all others and never masked. With `add_bias_kv` one key and its value are learned; with `add_zero_attn` there is
# a key of zeros, whose score is 0, and whose value adds nothing.

# %% nbgrader={"grade": false, "grade_id": "attention-projected", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Projections(Module):
    """What MultiheadAttention learns; the first matrix makes queries, keys and values, or three do, if widths differ.

    `in_proj_weight` (3 dim, dim), or `q_proj_weight` (dim, dim), `k_proj_weight` (dim, kdim) and `v_proj_weight` (dim,
    vdim); `in_proj_bias` (3 dim,); `bias_k` and `bias_v` (1, 1, dim); the layer `out_proj`.
    """

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, batch_first=False
    ):
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"MultiheadAttention: embed_dim {embed_dim} is no multiple of num_heads {num_heads}")
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim, self.add_zero_attn = kdim or embed_dim, vdim or embed_dim, add_zero_attn
        alike = self.kdim == self.vdim == embed_dim
        self.own("in_proj_weight", alike, xavier_uniform_, 3 * embed_dim, embed_dim)
        for letter, width in zip("qkv", (embed_dim, self.kdim, self.vdim), strict=True):
            self.own(f"{letter}_proj_weight", not alike, xavier_uniform_, embed_dim, width)
        self.own("in_proj_bias", bias, zeros_, 3 * embed_dim)
        self.own("bias_k", add_bias_kv, xavier_normal_, 1, 1, embed_dim)
        self.own("bias_v", add_bias_kv, xavier_normal_, 1, 1, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias)
        if bias:
            zeros_(self.out_proj.bias)

    def own(self, name, wanted, fill, *shape):
        """Keep a parameter that `fill` has filled, or None where it is not wanted."""
        self.register_parameter(name, fill(Parameter(zeros(*shape))) if wanted else None)

    def heads(self, *inputs):
        """Queries, keys and values (B, heads, T, dim / heads) of three inputs (B, T, dim); behind them those of no token."""
        packed, bias, each = self.in_proj_weight, self.in_proj_bias, (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        weights, biases = each if packed is None else packed.chunk(3), [None] * 3 if bias is None else bias.chunk(3)
        q, k, v = map(linear, inputs, weights, biases)
        return [split_heads(x, self.num_heads) for x in (q, self.longer(k, self.bias_k), self.longer(v, self.bias_v))]

    def longer(self, x, learned):
        """Keys or values x (B, S, dim), and behind them the learned one and zeros, if the layer has them."""
        more = ([] if learned is None else [learned]) + [zeros(1, 1, self.embed_dim, dtype=x.dtype)] * self.add_zero_attn
        return cat([x, *(t.expand(len(x), 1, -1) for t in more)], 1) if more else x


# %% nbgrader={"grade": false, "grade_id": "attention-multihead", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class MultiheadAttention(Projections):
    """Attention in `num_heads` heads, with PyTorch's arguments and parameters; (T, B, dim), or (B, T, dim) if batch_first."""

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False
    ):
        """The output in the query's shape, and the weights (B, L, S), for each head if not averaged; or None.

        key_padding_mask (B, S), attn_mask (L, S) or (B * heads, L, S): True where one must not look, or numbers.
        is_causal says that attn_mask is the causal one, which must be given all the same.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("MultiheadAttention: is_causal says what attn_mask is; give the mask, too")
        single, turn = query.ndim == 2, query.ndim == 3 and not self.batch_first
        inputs = [x.unsqueeze(0) if single else x.transpose(0, 1) if turn else x for x in (query, key, value)]
        q, k, v = self.heads(*inputs)
        mask = both_masks(attn_mask, key_padding_mask, len(q), self.num_heads)
        mask = mask if mask is None else pad(mask, (0, k.shape[2] - inputs[1].shape[1]))
        weights = attention_weights(q, k, mask, scale=1 / math.sqrt(q.shape[-1]))
        out = self.out_proj(join_heads(dropout(weights, self.dropout, self.training) @ v))
        out = out[0] if single else out.transpose(0, 1) if turn else out
        shown = weights.mean(1) if average_attn_weights else weights
        return out, (shown[0] if single else shown) if need_weights else None


# %% nbgrader={"grade": false, "grade_id": "attention-name", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
MultiHeadAttention = MultiheadAttention  # as most papers write it

# %%
manual_seed(0)
layer = MultiheadAttention(8, 2, batch_first=True)
x = randn(1, 4, 8)
out, looked = layer(x, x, x, attn_mask=tensor(np.triu(np.ones((4, 4), bool), 1)))
print(out.shape)
looked[0]


# %% [markdown]
# ## Without the square
# For 4,096 tokens the weights of one head are 16.8 million numbers; for 100,000 tokens, 10 billion. And they are
# needed only to average the values. Can one average without having all the weights at once? The trouble is the
# softmax: it divides by a sum over *all* keys, and takes away the largest score of *all*.
#
# The trick is to go through the keys in blocks and to keep three things for each query: the largest score so far
# (`top`), the sum of the exponentials (`total`), and the sum of the values weighted by them (`mixed`), both
# measured relative to that top. When a block brings a larger score, what was summed before was measured relative
# to the wrong top. It is too large by the factor $e^{\text{new} - \text{old}}$, the same for all of it, and that
# can be mended: multiply by $e^{\text{old} - \text{new}}$. At the end, `mixed / total` is the average. This is
# called *online* softmax (M. Milakov and N. Gimelshein, 2018), and FlashAttention (T. Dao and others, 2022) is
# built on it.
#
# Write `fold`, which takes one block into account.
#
# <details><summary>Hint 1: the idea</summary>
#
# The new top; the factor for what is there already, `np.exp(top - new_top)`; the exponentials of the block,
# `np.exp(scores - new_top)`. Then both sums: old times factor, plus new.
#
# </details>
# <details><summary>Hint 2: the first block, and blocks that are hidden</summary>
#
# At the start top is -∞ and the sums are 0; `np.exp(-np.inf)` is 0, so the factor does no harm. Only where the
# *new* top is still
# -∞ would -∞ - (-∞) be NaN: take away 0 there.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention-fold", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    ### BEGIN SOLUTION
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "attention-fold-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def folded(scores, values, cuts):
    """top, total and mixed after `fold` has seen the keys in blocks that end at `cuts`."""
    shape = (*scores.shape[:-1], 1)
    state = np.full(shape, -np.inf), np.zeros(shape), np.zeros((*scores.shape[:-1], values.shape[-1]))
    with np.errstate(invalid="ignore", over="ignore"):
        for start, end in zip([0, *cuts], [*cuts, scores.shape[-1]], strict=True):
            given = *state, scores[..., start:end].copy(), values[..., start:end, :]
            before = [np.array(a) for a in given]
            state = fold(given[:3], *given[3:])
            for name, a, b in zip(("top", "total", "mixed", "scores", "values"), given, before, strict=True):
                assert np.array_equal(a, b, equal_nan=True), f"fold wrote into `{name}`, which it was given; make new arrays"
    return tuple(np.array(part) for part in state)


# %% nbgrader={"grade": true, "grade_id": "test-attention-fold", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_fold():
    """Whatever the blocks, fold ends with the top, the total and the mixture of all keys at once."""
    rng = np.random.default_rng(1205)
    rising = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    small = np.array([[1.0, 2.0, 3.0], [5.0, 1.0, 5.0]])
    for scores in [small, rising, rising[:, ::-1].copy(), 100 * rising, rng.standard_normal((2, 3, 6)), -500 + rng.standard_normal((1, 6))]:
        keys = scores.shape[-1]
        values = rng.standard_normal((*scores.shape[:-2], keys, 2))
        top = scores.max(-1, keepdims=True)
        powers = np.exp(scores - top)
        expected = top, powers.sum(-1, keepdims=True), powers @ values
        shown = scores.round(2).tolist() if scores.ndim == 2 else f"of shape {scores.shape}"
        for cuts in ([], [1], [1, 2], [keys // 2], [keys - 1], list(range(1, keys))):
            for name, got, right in zip(("top", "total", "mixed"), folded(scores, values, cuts), expected, strict=True):
                assert_close(got, right, f"{name} of scores {shown}, blocks cut at {cuts}")
    hide = np.array([[-np.inf, -np.inf, 1.0, 2.0], [-np.inf, -np.inf, -np.inf, -np.inf], [3.0, -np.inf, -np.inf, -np.inf]])
    top, total, mixed = folded(hide, np.ones((4, 1)), [2])
    assert_close(top, np.array([[2.0], [-np.inf], [3.0]]), "top where the first block, all, or the last is hidden")
    assert_close(total, np.array([[1 + math.exp(-1)], [0.0], [1.0]]), "total where the first block, all, or the last is hidden")
    assert_close(mixed, total, "mixed of values 1 where the first block, all, or the last is hidden")


test_unit_fold()
### BEGIN HIDDEN TESTS
single = tuple(a.astype(np.float32) for a in (np.full((2, 1), -np.inf), np.zeros((2, 1)), np.zeros((2, 3))))
after = fold(single, np.ones((2, 4), np.float32), np.ones((4, 3), np.float32))
assert all(str(part.dtype) == "float32" for part in after), "fold of float32 arrays gave another type"
assert_close(after[2], np.full((2, 3), 4, np.float32), "mixed of four equal scores")
assert_close(single[1], np.zeros((2, 1), np.float32), "the state that fold was given")
### END HIDDEN TESTS

# %%
folded(np.array([[1.0, 2.0, 9.0]]), np.array([[1.0], [2.0], [3.0]]), [2])


# %% [markdown]
# ### Tile by tile
# The rest is given: tiles of queries and keys, where tiles that the causal mask hides altogether are skipped.
# Backward keeps no weights either. It keeps one number per query, `top + log(total)`, the logarithm of the sum of the
# exponentials of all its scores, from which each tile's weights are computed once more: P = exp(score - that number).
#
# The rule above needs for each query the sum of $\bar P_j P_j$, over all keys, where $\bar P_j$ is the gradient of the
# weight P_j. The output is the sum of $P_j v_j$; with g its gradient, $\bar P_j = g \cdot v_j$, and
#
# $$\textstyle\sum_j \bar P_j P_j = \sum_j (g \cdot v_j) P_j = g \cdot \sum_j P_j v_j = g \cdot \text{out}$$
#
# so that this number, too, is there without the weights: `mean` in `tiled_backward`.
#
# `Function` from module 05 ties both together: its `forward` and `backward`
# compute with arrays, `ctx` takes from one to the other what is kept, and `wrap` (module 01) makes a Tensor around an
# array. Unlike a rule, such a backward has no gradient of its own: for a second derivative take the plain attention.

# %% nbgrader={"grade": false, "grade_id": "attention-key-tiles", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def key_tiles(rows, total, block, is_causal):
    """Slices of at most `block` of the `total` keys, without those that the causal mask hides from all queries `rows`."""
    end = min(total, rows.stop) if is_causal else total
    return [slice(j, min(j + block, end)) for j in range(0, end, block)]


# %%
computed = np.zeros((8, 8))  # of 1,024 queries and keys, in tiles of 128
for i in range(8):
    for columns in key_tiles(slice(128 * i, 128 * (i + 1)), 1024, 128, is_causal=True):
        computed[i, columns.start // 128] = 1
ax = axes(picture=True, frame=True)
ax.imshow(computed, cmap="Blues", vmin=0, vmax=2)
ax.set(xlabel="keys", ylabel="queries", title="the tiles that are computed")
print(f"{computed.sum():.0f} of {computed.size} tiles are computed")


# %% nbgrader={"grade": false, "grade_id": "attention-tile-scores", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tile_scores(q, k, rows, columns, scale, is_causal):
    """The scores (…, rows, columns) of one tile, -inf where the causal mask hides."""
    scores = q[..., rows, :] @ k[..., columns, :].mT
    scores *= scale
    if is_causal and columns.stop - 1 > rows.start:
        later = np.arange(columns.start, columns.stop) > np.arange(rows.start, rows.stop)[:, None]
        np.copyto(scores, -np.inf, where=later)
    return scores


# %% nbgrader={"grade": false, "grade_id": "attention-tiled-forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tiled_forward(q, k, v, scale, is_causal, block):
    """Attention tile by tile, on arrays: the output (…, L, e), and for each query (…, L, 1) the logarithm of its total."""
    out, logs = np.empty((*q.shape[:-1], v.shape[-1]), v.dtype), np.empty((*q.shape[:-1], 1), q.dtype)
    for i in range(0, q.shape[-2], block):
        rows = slice(i, min(i + block, q.shape[-2]))
        top, total, mixed = np.full_like(logs[..., rows, :], -np.inf), np.zeros_like(logs[..., rows, :]), np.zeros_like(out[..., rows, :])
        for columns in key_tiles(rows, k.shape[-2], block, is_causal):
            scores = tile_scores(q, k, rows, columns, scale, is_causal)
            top, total, mixed = fold((top, total, mixed), scores, v[..., columns, :])
        out[..., rows, :], logs[..., rows, :] = mixed / total, top + np.log(total)
    return out, logs


# %% nbgrader={"grade": false, "grade_id": "attention-tiled-backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tiled_backward(g, out, logs, q, k, v, scale, is_causal, block):
    """The gradients of q, k and v, tile by tile; every tile's weights are computed once more."""
    dq, dk, dv = (np.zeros_like(a) for a in (q, k, v))
    mean = (g * out).sum(-1, keepdims=True)
    for i in range(0, q.shape[-2], block):
        rows = slice(i, min(i + block, q.shape[-2]))
        for columns in key_tiles(rows, k.shape[-2], block, is_causal):
            weights = np.exp(tile_scores(q, k, rows, columns, scale, is_causal) - logs[..., rows, :])
            dv[..., columns, :] += weights.mT @ g[..., rows, :]
            s = weights * (g[..., rows, :] @ v[..., columns, :].mT - mean[..., rows, :]) * scale
            dq[..., rows, :] += s @ k[..., columns, :]
            dk[..., columns, :] += s.mT @ q[..., rows, :]
    return dq, dk, dv


# %% nbgrader={"grade": false, "grade_id": "attention-tiled", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
class Tiled(Function):
    """Attention in tiles; its gradient has no gradient of its own."""

    @staticmethod
    def forward(ctx, q, k, v, scale, is_causal, block):
        """The output; kept for backward are the inputs, the output and one number per query."""
        out, logs = tiled_forward(q.data, k.data, v.data, scale, is_causal, block)
        ctx.kept = out, logs, q.data, k.data, v.data, scale, is_causal, block
        return wrap(out)

    @staticmethod
    def backward(ctx, g):
        """The gradients of q, k, v; the settings have none."""
        return (*map(wrap, tiled_backward(g.data, *ctx.kept)), None, None, None)


# %% nbgrader={"grade": false, "grade_id": "attention-tiled-attention", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def tiled_attention(query, key, value, is_causal=False, scale=None, block=128):
    """What `scaled_dot_product_attention` gives, in memory that grows with L + S and not with L * S.

    query (…, L, d), key (…, S, d), value (…, S, e), with the same axes before. Every query must see a key.
    """
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        raise ValueError(f"tiled_attention: query {query.shape}, key {key.shape} and value {value.shape} differ before the last two axes")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    return Tiled.apply(query, key, value, scale, is_causal, block)


# %%
given = [randn(1, 300, 16) for _ in range(3)]
at_once, in_tiles = scaled_dot_product_attention(*given, is_causal=True), tiled_attention(*given, is_causal=True)
print(f"largest difference: {(at_once - in_tiles).abs().max().item():.1e}, which is rounding in float32")


# %% [markdown]
# ## What it costs
# Time and memory of both, forward and backward, for one head of 64 numbers. `tracemalloc` counts what Python and
# NumPy ask for.

# %%
def cost(attend, length):
    """Seconds and megabytes of one pass forward and backward over `length` tokens."""
    q, k, v = (randn(1, length, 64).requires_grad_() for _ in range(3))
    taken = []
    for _ in range(3 if length < 2048 else 1):
        start = time.perf_counter()
        attend(q, k, v).sum().backward()
        taken.append(time.perf_counter() - start)
    tracemalloc.start()
    attend(q, k, v).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(taken), peak / 1e6


# %%
lengths = [256, 512, 1024, 2048, 4096]
costs = {
    "all weights at once": [cost(lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True), n) for n in lengths],
    "in tiles": [cost(lambda q, k, v: tiled_attention(q, k, v, is_causal=True), n) for n in lengths],
}

# %%
for which, (ax, unit) in enumerate(zip(axes(2), ("seconds", "MB"), strict=True)):
    for (name, numbers), color in zip(costs.items(), (ORANGE, BLUE), strict=True):
        ax.plot(lengths, [pair[which] for pair in numbers], "o-", color=color, label=name)
    ax.set(xscale="log", yscale="log", xlabel="tokens", ylabel=unit, title=("time", "peak memory")[which])
    ax.set_xticks([], minor=True)
    ax.set_xticks(lengths, lengths)
    ax.legend()

# %%
at_once, in_tiles = (numbers[-1] for numbers in costs.values())
print(f"4,096 tokens: {at_once[0]:.2f} s and {at_once[1]:.0f} MB at once, {in_tiles[0]:.2f} s and {in_tiles[1]:.1f} MB in tiles, {at_once[1] / in_tiles[1]:.0f} times less")
unmasked = [cost(attend, 4096)[0] for attend in (scaled_dot_product_attention, tiled_attention)]
print(f"without a mask: {unmasked[0]:.2f} s at once, {unmasked[1]:.2f} s in tiles")

# %% [markdown]
# Four times the tokens cost sixteen times the memory one way, and towards four times the other. The time grows with
# the square both ways. Tiles compute every weight once more in backward; but a tile stays in the processor's cache,
# and those that the causal mask hides are skipped, nearly half. With the mask, tiles are as a rule the faster way;
# without it they come out about even, or a little slower.
#
# PyTorch chooses between several such kernels: `torch/nn/functional.py` has the signature,
# `aten/src/ATen/native/transformers/attention.cpp` the choice, and `_scaled_dot_product_attention_math` in it is
# the version with all weights at once. On a processor its tiles are in
# `aten/src/ATen/native/cpu/FlashAttentionKernel.cpp`. Its `MultiheadAttention` gives NaN for a query that may
# look nowhere, where ours gives the bias of `out_proj`.
#
# ## It pays off: putting numbers in order
# Eight different numbers below 20 come in any order; the layer is to say them in order. At each step the query is
# the number said last, the keys are the eight numbers. There is nothing but one embedding, one head and one layer
# that names the number. All eight steps are computed at once: "said last" is taken from the right answer, not from
# what the layer would have said.

# %%
manual_seed(2)
shuffle, names = np.random.default_rng(1206), Embedding(21, 32)
head, speak = MultiheadAttention(32, 1, batch_first=True), Linear(32, 20)

# %%
learned = [p for part in (names, head, speak) for p in part.parameters()]
adam, loss_of, losses = Adam(learned, lr=0.003), CrossEntropyLoss(), []


# %%
def sort(given, said):
    """For each step the scores of the 20 numbers (B, 8, 20), and where the layer looked (B, 8, 8)."""
    keys = names(tensor(given))
    out, looked = head(names(tensor(said)), keys, keys)
    return speak(out), looked


def problems(count):
    """Numbers in any order, in order, and what was said before each step; 20 stands for the beginning."""
    given = np.argsort(shuffle.random((count, 20)), 1)[:, :8]
    ordered = np.sort(given, 1)
    return given, ordered, np.concatenate([np.full((count, 1), 20), ordered[:, :-1]], 1)


# %%
start = time.perf_counter()
for _ in range(600):
    given, ordered, said = problems(64)
    loss = loss_of(sort(given, said)[0].transpose(1, 2), tensor(ordered))
    adam.zero_grad()
    loss.backward()
    adam.step()
    losses.append(loss.item())

# %%
given, ordered, said = problems(1000)
with no_grad():
    scores, looked = sort(given, said)
right = (scores.numpy().argmax(-1) == ordered).all(1).mean()  # of all eight steps
print(f"{time.perf_counter() - start:.0f} s; loss {losses[0]:.2f}, then {losses[-1]:.3f}; {right:.1%} of 1,000 new rows entirely right")

# %%
ax = axes(height=2.2)
ax.plot(losses, color=BLUE, linewidth=0.8)
ax.axhline(math.log(20), color=GREY, linestyle=":")
ax.set(xlabel="step", ylabel="loss", title="the dotted line: a guess among 20");

# %%
for ax, i in zip(axes(3, 2.6), range(3), strict=True):
    ax.imshow(looked.numpy()[i], cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(8), given[i])
    ax.set_yticks(range(8), ordered[i])
    ax.set(xlabel="given", ylabel="next in order" if i == 0 else "")

# %% [markdown]
# A row that is entirely right would be right, too, if the layer heard only itself: its first number is right, so the
# second step hears what it heard here, and so on.
#
# Each row of a map is a step, and the darkest cell is where it looked most: as a rule the smallest number that is
# larger than the last. Where numbers are close it looks at several. Nobody programmed the comparison; it is in
# the products of queries and keys.
#
# 1. Without embeddings of positions, this layer gives the same output whatever the order of the keys. Why was that good here, and why is it not for a sentence?
# 2. A head of d numbers can tell at most how many keys apart, if their products with some query are to be largest for each in turn?
# 3. In generating text token by token, what of the last step's work can the next step use again? (Module 17 does it.)
#
# From now on `tinytorch.nn.functional.scaled_dot_product_attention` and `tinytorch.nn.MultiheadAttention` are
# yours. Next, `13_transformers` stacks them.
