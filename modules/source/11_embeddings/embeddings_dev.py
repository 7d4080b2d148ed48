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
#     hours: 3
#     prerequisites:
#     - 06_optimizers
#     title: Embeddings
# ---

# %% [markdown]
# # Embeddings
# > A token is a number that means nothing. A table of vectors gives it a place among the others.
#
# At the end of this chapter a model has read Python's manual six times, in half a minute or less, and when you
# ask it for words like `bytes` it answers with their kin, such as `bytearray`. Nobody told it what a word means.
# It has only seen which words stand near which, and that is on the page:

# %% nbgrader={"grade": false, "grade_id": "embeddings-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.embeddings
#| export
import numpy as np

from tinytorch.core.autograd import rule
from tinytorch.core.layers import Module, Parameter
from tinytorch.core.tensor import Tensor, cat, cos, eq, op, randn, sin, tensor, unsqueeze, where, wrap

# %% nbgrader={"grade": false, "grade_id": "embeddings-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
import re
import time
from collections import Counter
from pydoc_data.topics import topics

from tinytorch.core import autograd
from tinytorch.core.autograd import grad
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import AdamW
from tinytorch.core.tensor import manual_seed
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, axes
from tinytorch.testing import assert_close, gradient_problem, rule_problem

# %%
manual = " ".join(topics[key] for key in sorted(topics)).lower()
words = re.findall(r"[a-z_]{2,}", manual)
usual = Counter(words)
for word in ("integer", "exception", "file"):
    near = Counter(w for i, found in enumerate(words) if found == word for w in words[max(i - 4, 0) : i + 5])
    words_near = (w for w in near if near[w] > 2 and len(w) > 3 and w != "ffff")  # a hexadecimal number
    telling = sorted(words_near, key=lambda w: -near[w] / usual[w] ** 0.75)  # frequent words stand near all: they count less
    print(f"{word:10} stands near {', '.join(telling[1:9])}")


# %% [markdown]
# "You shall know a word by the company it keeps", wrote the linguist J. R. Firth in 1957. A network can learn
# this company, if each word has numbers of its own that can be moved.
#
# ## One-hot
# Token 7 is not more than token 3, so the number itself must not enter a computation. What may enter is a vector
# with a 1 at place 7 and zeros elsewhere, its **one-hot** vector. Every token is then as far from every other.
#
# Write `one_hot`. It takes integers of any shape and adds an axis of length `num_classes` at the end.
#
# <details><summary>Hint 1: the idea</summary>
#
# Compare each token with the numbers 0, 1, …, num_classes - 1: equal gives True, which is 1 as an integer.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `ids[..., None]` has an axis of length 1 at the end, which broadcasts against `np.arange(num_classes)`. Booleans
# become integers by `.to(np.int64)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-one-hot", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    ids: integers from 0 to num_classes - 1.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    ### BEGIN SOLUTION
    return (ids[..., None] == np.arange(num_classes)).to(np.int64)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-one-hot", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_one_hot(seed=1101, cases=(((4,), 3), ((2, 3), 5), ((), 4), ((2, 1, 2), 2), ((0,), 3), ((3,), 1))):
    """one_hot puts a single 1 at the token's place, for tokens of any shape."""
    rng = np.random.default_rng(seed)
    for shape, classes in cases:
        ids = rng.integers(0, classes, shape)
        expected = np.zeros((*shape, classes), np.int64)
        for place in np.ndindex(shape):
            expected[(*place, ids[place])] = 1
        got = one_hot(tensor(ids), classes).data
        assert_close(got, expected, f"one_hot of {ids.tolist()}, {classes} classes")
        assert str(got.dtype) == "int64", f"one_hot: expected integers (int64), got {got.dtype}"


test_unit_one_hot()
### BEGIN HIDDEN TESTS
test_unit_one_hot(None, [((9,), 30), ((1, 4, 2), 6), ((), 11), ((2, 0), 4)])
### END HIDDEN TESTS

# %% [markdown]
# A layer without a bias, `one_hot @ table`, multiplies this vector with a matrix of shape (tokens, dim). Of all
# the products only one row survives, the row of the token:

# %%
table = tensor([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])
one_hot(tensor([2, 0]), 3).to(np.float32) @ table


# %% [markdown]
# So there is nothing to multiply. An **embedding** is the table, and looking a token up is taking a row. For
# GPT-2's 50,257 tokens of 768 numbers each, the product would be 39 million multiplications per token, nearly all
# with zero.
#
# Write the operation. Two things can go wrong in silence: NumPy takes -1 as the last row, and a number beyond the
# table gives an error that names an axis, not a token. So check the numbers first. There may be no tokens at all:
# an empty `ids` has no largest number, and gives an empty result.
#
# <details><summary>Hint 1: the idea</summary>
#
# `weight[ids]`, with an array of integers between the brackets, takes a row for each of them and keeps the shape
# of `ids`.
#
# </details>
# <details><summary>Hint 2: the check</summary>
#
# A comparison such as `ids < 0` gives an array of booleans, `|` joins two of them, each in parentheses, and
# `ids[booleans]` takes the tokens where it is True. If these have a `.size`, name the first of them, `.flat[0]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-embedding", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    ### BEGIN SOLUTION
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "embeddings-refused-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def refusal(f, *args):
    """The type and message of the error that a call raises; "nothing" if it raises none."""
    try:
        f(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-embedding", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_embedding():
    """embedding takes the row of each token, and names a token that has none."""
    rng = np.random.default_rng(1102)
    for shape, tokens, dim in [((3,), 4, 2), ((2, 3), 5, 4), ((), 3, 2), ((1, 2, 2), 2, 1), ((0,), 3, 2), ((5,), 1, 3)]:
        weight = np.arange(tokens * dim, dtype=np.float32).reshape(tokens, dim)
        ids = rng.integers(0, tokens, shape)
        expected = np.zeros((*shape, dim), np.float32)
        for place in np.ndindex(shape):
            expected[place] = weight[ids[place]]
        assert_close(embedding(tensor(ids), Tensor(weight)).data, expected, f"embedding of {ids.tolist()}")
    padded = embedding(tensor([[1, 0], [2, 1]]), tensor([[1.0], [2.0], [3.0]]), padding_idx=1).data
    assert_close(padded, np.float32([[[2], [1]], [[3], [2]]]), "embedding of [[1, 0], [2, 1]] with padding_idx=1, as without")
    for ids, wrong in [([17, -1], -1), ([17, 99], 99), ([17, 50], 50), ([[17, 17], [17, 64]], 64)]:
        got = refusal(embedding, tensor(ids), Tensor(np.ones((50, 2), np.float32)))
        what = f"embedding of {ids} in a table of 50: expected an IndexError that names {wrong} and not 17, got {got}"
        assert got.startswith("IndexError") and f"{wrong}" in got and "17" not in got and "axis" not in got, what


test_unit_embedding()
### BEGIN HIDDEN TESTS
assert_close(embedding(tensor([1, 1]), Tensor(np.eye(2), np.float64)).data, [[0.0, 1.0], [0.0, 1.0]], "embedding in float64")
### END HIDDEN TESTS

# %% [markdown]
# ## The gradient: rows that are added up
# Which rows of the table are to blame for the loss? Only those that were looked up, and a row that was looked up
# three times gets three gradients, which add up. The word "the" does this in every sentence.
#
# `add_rows` goes the way back: it takes one row per token, and adds each to its token's row in a table of zeros.
# Beware of `out[ids] += g`: NumPy reads, adds and writes back all at once, and of three writes to the same row
# one remains.
#
# <details><summary>Hint 1: the idea</summary>
#
# Flatten first: `ids.reshape(-1)` and `g.reshape(-1, g.shape[-1])`. Then a loop over all tokens is right, and
# slow. `np.add.at` does such a loop in C.
#
# </details>
# <details><summary>Hint 2: faster</summary>
#
# Sort the tokens, so that equal ones stand together: `order = np.argsort(ids, kind="stable")`.
# `np.add.reduceat(rows, starts)` adds up the rows between each two starts.
#
# </details>
# <details><summary>Hint 3: where the runs start</summary>
#
# With `found, starts = np.unique(ids[order], return_index=True)` the sums belong to the rows `found`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-add-rows", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ### BEGIN SOLUTION
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = np.add.reduceat(g[order], starts)
    ### END SOLUTION
    return out


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-add-rows", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_add_rows():
    """add_rows adds every row to its token's, however often and in whatever order a token occurs."""
    rng = np.random.default_rng(1103)
    for shape, tokens, dim in [((8,), 3, 2), ((2, 3), 9, 4), ((2, 2, 4), 2, 1), ((0,), 3, 2), ((6,), 1, 3), ((), 2, 2)]:
        ids = rng.integers(0, tokens, shape)
        for kind, g in (("ones", np.ones((*shape, dim))), ("random rows", rng.standard_normal((*shape, dim)))):
            expected = np.zeros((tokens, dim), np.float32)
            for place in np.ndindex(shape):
                expected[ids[place]] += np.float32(g[place])
            got = add_rows(Tensor(g, np.float32), tensor(ids), tokens).data
            assert_close(got, expected, f"add_rows of {kind} for the tokens {ids.tolist()} into {tokens} rows")
            assert got.dtype == np.float32, f"add_rows of float32: expected float32, got {got.dtype}"
    given = Tensor(np.ones((3, 2), np.float32))
    add_rows(given, tensor([1, 0, 1]), 2)
    assert_close(given.data, np.ones((3, 2), np.float32), "the gradients after add_rows")


test_unit_add_rows()
### BEGIN HIDDEN TESTS
many = np.tile([1, 0, 1], 1000)
assert_close(add_rows(Tensor(np.ones((3000, 1)), np.float64), tensor(many), 3).data, [[1000.0], [2000.0], [0.0]], "3,000 tokens")
### END HIDDEN TESTS

# %% [markdown]
# Now the rule of `embedding`, as in module 05: from `g`, the gradient of the result, to one gradient for each
# argument. The integers have none: None. A rule runs on arrays in `backward`, and on Tensors when gradients of
# gradients are asked for, which the check does. So use functions, which know both, not a Tensor's methods, and write
# into nothing. (The rule of `add_rows` itself is given below: the gradient of a sum of rows is a lookup.)
#
# One more thing belongs here. Sentences of different lengths are filled up to one length with a token that means
# nothing, the **padding**. Its row must not learn. So where a token is `padding_idx`, its gradient counts as
# zero; `None` means that there is no such token.
#
# <details><summary>Hint 1: the idea</summary>
#
# Without padding, the gradient of the table is `add_rows(g, ids, size)`, with as many rows as the table has.
#
# </details>
# <details><summary>Hint 2: the padding</summary>
#
# `where(condition, 0, g)` with `condition = unsqueeze(eq(ids, padding_idx), -1)`, whose new last axis broadcasts
# along the dim of g. Return two gradients.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    ### BEGIN SOLUTION
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, add_rows(g, ids, weight.shape[0])
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "embeddings-add-rows-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(add_rows)
def _(g, out, rows, ids, size):
    return embedding(ids, g), None


# %% nbgrader={"grade": false, "grade_id": "embeddings-rule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def gradient_of_lookup(ids, weight, scale, padding_idx=None):
    """The gradient of the sum of scale * embedding with respect to the table, an array."""
    table = Tensor(weight, weight.dtype, requires_grad=True)
    (embedding(tensor(ids), table, padding_idx=padding_idx) * Tensor(scale, weight.dtype)).sum().backward()
    assert table.grad is not None, "the table got no gradient: the rule returns two, None for ids and then the table's"
    return table.grad.data


def slope_error(ids, weight, check, padding_idx=None):
    """What is wrong with the gradients of a lookup, "" if nothing.

    check: "first", "second" (the gradients of gradients) or "alone" (what the rule gives when it is asked by itself).
    """
    table = lambda a: Tensor(a, np.float64, requires_grad=True)
    if check == "alone":
        rule = autograd.RULES[embedding]
        return rule_problem(lambda g, out, a: rule(g, out, tensor(ids), a)[1], lambda a: a[np.array(ids)], [weight], table)
    lookup = lambda table: embedding(tensor(ids), table, padding_idx=padding_idx) ** 2
    still = (np.array(ids) == padding_idx)[..., None]  # what the padding's row gives counts as a constant
    twin = lambda a: np.where(still, weight[ids], a[ids]) ** 2
    return gradient_problem(lookup, twin, [weight], table, grad, check == "second")


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-rule", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_embedding_rule():
    """The gradient of a lookup reaches the rows that were looked up, and not the padding."""
    rng = np.random.default_rng(1104)
    for shape, tokens, dim, padding in [((5,), 3, 2, None), ((2, 4), 4, 3, 1), ((2, 4), 4, 3, 0), ((3,), 5, 1, 4), ((6,), 2, 2, None)]:
        ids, scale = rng.integers(0, tokens, shape), rng.integers(1, 9, (*shape, dim)).astype(float)
        weight = rng.standard_normal((tokens, dim))
        expected = np.zeros((tokens, dim))
        for place in np.ndindex(shape):
            expected[ids[place]] += scale[place] * (ids[place] != padding)
        got = gradient_of_lookup(ids, weight, scale, padding)
        assert_close(got, expected, f"the gradient of the table, tokens {ids.tolist()}, padding_idx {padding}")
    for check, padding in [("first", None), ("second", None), ("second", 1), ("alone", None)]:
        problem = slope_error([[0, 2], [2, 1]], rng.standard_normal((4, 2)), check, padding)
        what = "the rule of embedding, asked by itself" if check == "alone" else f"{check} derivative of embedding squared"
        assert problem == "", f"{what}, padding_idx {padding}: {problem}"


test_unit_embedding_rule()
### BEGIN HIDDEN TESTS
got = gradient_of_lookup(np.array([1, 1, 0]), np.ones((3, 1), np.float32), np.ones((3, 1)), 1)
assert_close(got, np.array([[1.0], [0.0], [0.0]], np.float32), "the gradient of the table, tokens [1, 1, 0], padding_idx 1")
### END HIDDEN TESTS

# %% [markdown]
# The layer is the table and the lookup. PyTorch draws the table from the normal distribution; the padding's row
# is zeros, and stays so, since it gets no gradient. (`#| seam` is for the authors: their linter lets exported code
# touch `.data`, here to write those zeros, only where the cell says so.)

# %% nbgrader={"grade": false, "grade_id": "embeddings-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
class Embedding(Module):
    """A table of vectors, `weight` (num_embeddings, embedding_dim), drawn from N(0, 1); the padding's row is zeros.

    padding_idx: a token (negative: counted from the end) whose row gets no gradient.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} is no row of a table of {num_embeddings}")
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, ids):
        """The vectors (…, embedding_dim) of the tokens ids (…), a Tensor of integers; TypeError for anything else."""
        kind = f"a Tensor of {ids.dtype}" if isinstance(ids, Tensor) else f"a {type(ids).__name__}"
        if not isinstance(ids, Tensor) or ids.dtype.kind not in "iu":
            raise TypeError(f"Embedding: tokens are a Tensor of integers, such as tensor([1, 2]); got {kind}")
        return embedding(ids, self.weight, padding_idx=self.padding_idx)

    def extra_repr(self):
        """The sizes, as PyTorch shows them."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


# %% nbgrader={"grade": false, "grade_id": "embeddings-from-pretrained", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def from_pretrained(embeddings, freeze=True, padding_idx=None):
    """An Embedding with the given table (tokens, dim), a Tensor; frozen, it does not learn."""
    if embeddings.ndim != 2:
        raise ValueError(f"from_pretrained: expected a table (tokens, dim), got shape {embeddings.shape}")
    layer = Embedding(*embeddings.shape, padding_idx=padding_idx)
    layer.weight = Parameter(embeddings).requires_grad_(not freeze)
    return layer


Embedding.from_pretrained = staticmethod(from_pretrained)

# %%
manual_seed(0)
layer = Embedding(10, 3, padding_idx=0)
layer(tensor([[1, 2, 0], [1, 0, 0]]))


# %% [markdown]
# ## Where a token stands
# "Dog bites man" and "man bites dog" hold the same three vectors. A model that compares each with each, as the next
# chapter's does, cannot tell the two apart. So each position gets a vector too, which is added to the token's, before
# anything is compared. It can be a table that learns, as in GPT-2, or waves of different lengths (A. Vaswani and
# others, 2017, section 3.5). For position t and pair i of the d columns:
#
# $$p_{t,2i} = \sin\left(t / 10000^{2i/d}\right) \qquad p_{t,2i+1} = \cos\left(t / 10000^{2i/d}\right)$$
#
# The first pair of columns turns once in six positions, the last hardly at all: a clock with many hands. Write
# `sinusoids`, the table (an array, no Tensor) for the positions 0, …, length - 1, with `base` in place of 10000.
#
# <details><summary>Hint 1: the idea</summary>
#
# First the speeds, one for each pair of columns: `base ** (-2i / dim)` for i = 0, 1, …. Then an angle for each
# position and speed.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# `np.arange(length)[:, None] * speeds` is (length, dim / 2). Sines go to the columns `0::2`, cosines to `1::2`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-sinusoids", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    ### BEGIN SOLUTION
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-sinusoids", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_sinusoids():
    """sinusoids holds sine and cosine side by side, each pair slower than the one before."""
    for length, dim, base in [(4, 2, 10000.0), (6, 8, 10000.0), (3, 4, 100.0), (0, 4, 10000.0), (1, 6, 10.0)]:
        expected = np.zeros((length, dim), np.float32)
        for t in range(length):
            for i in range(dim // 2):
                angle = t / base ** (2 * i / dim)
                expected[t, 2 * i], expected[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
        got = sinusoids(length, dim, base)
        assert isinstance(got, np.ndarray), f"sinusoids: expected an array, got {type(got).__name__}"
        assert_close(got, expected, f"sinusoids({length}, {dim}, {base})")
        assert str(got.dtype) == "float32", f"sinusoids: expected float32, got {got.dtype}"


test_unit_sinusoids()
### BEGIN HIDDEN TESTS
far = sinusoids(5001, 64)
angle = 5000 / 10000 ** (2 / 64)
expected = np.array([math.sin(angle), math.cos(angle)], np.float32)
assert_close(far[5000, 2:4], expected, "sinusoids(5001, 64)[5000, 2:4]", atol=1e-6)
near = [float(far[t] @ far[t + 3]) for t in (0, 100, 1000)]
assert_close(np.array(near), np.full(3, near[0]), "the product of vectors three positions apart", rtol=1e-4)
### END HIDDEN TESTS

# %%
left, right = axes(2)
colors = left.imshow(sinusoids(100, 64), cmap="coolwarm", aspect="auto")
left.figure.colorbar(colors, ax=left, ticks=[-1, 0, 1])
left.set(xlabel="column", ylabel="position", title="the table")
for start, color, width in ((0, BLUE, 6), (30, ORANGE, 3.5), (60, GREEN, 1.2)):
    products = sinusoids(100, 64) @ sinusoids(100, 64)[start]
    right.plot(np.arange(100) - start, products, color=color, linewidth=width, label=f"position {start}")
right.set(xlabel="distance", title="product with one position")
right.legend();


# %% [markdown]
# On the right is why waves were chosen: the product of two positions depends on their distance alone, since sin a
# sin b + cos a cos b = cos(a - b). The two layers, given:

# %% nbgrader={"grade": false, "grade_id": "embeddings-within", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def within(length, max_length):
    """`length`; ValueError if there are not so many positions."""
    if length > max_length:
        raise ValueError(f"positions: the input has {length} tokens, there are {max_length} positions")
    return length


# %% nbgrader={"grade": false, "grade_id": "embeddings-learned-positions", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class LearnedPositions(Module):
    """Adds a vector of its own to each position, from a table that learns; as in GPT-2."""

    def __init__(self, max_length, dim):
        super().__init__()
        self.table = Embedding(max_length, dim)

    def forward(self, x):
        """x (…, length, dim) with the vectors of the positions added."""
        return x + self.table.weight[: within(x.shape[-2], self.table.num_embeddings)]


# %% nbgrader={"grade": false, "grade_id": "embeddings-sinusoidal-positions", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class SinusoidalPositions(Module):
    """Adds `sinusoids` to the positions; nothing to learn."""

    def __init__(self, max_length, dim):
        super().__init__()
        self.register_buffer("table", wrap(sinusoids(max_length, dim)), persistent=False)

    def forward(self, x):
        """x (…, length, dim) with the waves added."""
        return x + self.table[: within(x.shape[-2], len(self.table))]


# %%
dog, bites, man = 5, 3, 8
sentences = Embedding(10, 4)(tensor([[dog, bites, man], [man, bites, dog]]))
for name, x in (("without", sentences), ("with", SinusoidalPositions(16, 4)(sentences))):
    first, second = (x[0, 0] * x[0, 1]).sum().item(), (x[1, 2] * x[1, 1]).sum().item()
    print(f"product of dog and bites {name:7} positions: {first:6.3f} in the first sentence, {second:6.3f} in the second")


# %% [markdown]
# ## Turning instead of adding
# Attention, in the next chapter, compares tokens by products of vectors. Between two waves such a product depends on
# the distance alone; between two sums, (token + wave) · (token + wave), it does not: token · wave depends on the place.
# If only distance should count, one can *turn* the vectors instead: by an angle that grows with the position. Turning
# both by the same angle does not change a product, so it depends on the difference of the angles. This is **RoPE**,
# rotary position embedding (J. Su and others, 2021), and most models since 2022 use it.
#
# A vector of dim numbers is taken as dim / 2 points in the plane, and each is turned with its own speed, the same
# as before. Which two numbers make a point? The paper takes neighbours; GPT-NeoX and Llama take number i of the
# first half and number i of the second, which is quicker to compute. We do as they do:
#
# $$(a, b) \to (a \cos\theta - b \sin\theta,\; a \sin\theta + b \cos\theta)$$
#
# Given is `rotary_angles`: θ for each position and point, position times speed. Write `rope`, which turns x by angles
# that are given to it, with Tensor operations, so that gradients flow. The angles come as an array; make them a Tensor
# of x's dtype, so that x in float64 is turned exactly and x in float32 stays float32.
#
# <details><summary>Hint 1: the idea</summary>
#
# Cut x in two halves, a and b, along the last axis: `x[..., :half]` and `x[..., half:]`. `angles` is an array (length,
# half), which broadcasts against (…, length, half); `Tensor(angles, x.dtype)` makes it a Tensor.
#
# </details>
# <details><summary>Hint 2: the result</summary>
#
# `cos` and `sin` of that Tensor, and the formula above: its left part is the new first half, its right part the new
# second. `cat([first, second], -1)` joins them.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-angles", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def rotary_angles(positions, dim, base=10000.0):
    """The angle of each position and pair, (length, dim / 2), an array; positions: an array of integers, or how many."""
    positions = np.arange(positions) if isinstance(positions, int) else np.asarray(positions)
    return (positions[:, None] * base ** (-np.arange(0, dim, 2) / dim)).astype(np.float32)


# %% nbgrader={"grade": false, "grade_id": "embeddings-rope", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    ### BEGIN SOLUTION
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "embeddings-rope-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def rope_gradient(x, angles, scale):
    """The gradient of the sum of scale * rope(x, angles), an array."""
    x = Tensor(x, np.float64, requires_grad=True)
    (rope(x, angles) * Tensor(scale, np.float64)).sum().backward()
    return x.grad.data


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-rope", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_rope():
    """rope turns every pair by its angle, as multiplying complex numbers does."""
    rng = np.random.default_rng(1105)
    for shape in [(3, 4), (2, 5, 2), (2, 2, 4, 6), (1, 8)]:
        x, angles = rng.standard_normal(shape), rng.uniform(-4, 4, (shape[-2], shape[-1] // 2))
        half = shape[-1] // 2
        turned = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)
        expected = np.concatenate([turned.real, turned.imag], -1)
        got, rounding = rope(Tensor(x, np.float64), angles).data, "right but for rounding: make the angles a Tensor of x's dtype"
        assert_close(got, expected, f"rope of {shape}", rtol=1e-5, atol=1e-5)
        assert_close(got, expected, f"rope of {shape} in float64, {rounding}", rtol=1e-12, atol=1e-12)
        scale = rng.standard_normal(shape)
        back = (scale[..., :half] + 1j * scale[..., half:]) * np.exp(-1j * angles)
        assert_close(rope_gradient(x, angles, scale), np.concatenate([back.real, back.imag], -1), f"the gradient of rope, {shape}")
    single = rope(Tensor(np.ones((2, 4), np.float32)), np.zeros((2, 2))).data
    assert_close(single, np.ones((2, 4), np.float32), "rope by no angle")
    told = f"rope of float32: expected float32, got {single.dtype}; make the angles a Tensor of x's dtype"
    assert str(single.dtype) == "float32", told


test_unit_rope()
### BEGIN HIDDEN TESTS
q, k = np.random.default_rng(1106).standard_normal((2, 1, 8)).astype(np.float32)
products = [
    (rope(Tensor(q), rotary_angles([m], 8)).data * rope(Tensor(k), rotary_angles([m + 5], 8)).data).sum() for m in (0, 7, 90)
]
assert_close(np.array(products), np.full(3, products[0]), "products five positions apart", rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS

# %%
query, key = tensor([[1.0, 0.5, 0.2, -0.3]]), tensor([[0.4, 1.0, -0.2, 0.1]])
for here, there in ((0, 3), (10, 13), (10, 14)):
    turned = rope(query, rotary_angles([here], 4)) * rope(key, rotary_angles([there], 4))
    print(f"positions {here:2} and {there:2}: product {turned.sum().item():.4f}")


# %% [markdown]
# ## What it costs
# A batch looks up a few thousand tokens, but its gradient is a table as large as the weights, nearly all zeros,
# and the optimizer then walks through all of it. PyTorch has `sparse=True`, which keeps only the rows that were
# touched. Here are three ways to add up the rows of 4,096 tokens into a table, and one that makes no table:

# %%
def seconds(f, *args):
    """The fastest of nine calls."""
    taken = []
    for _ in range(9):
        start = time.perf_counter()
        f(*args)
        taken.append(time.perf_counter() - start)
    return min(taken)


def by_loop_in_c(g, ids, size):
    """The rows added up by np.add.at."""
    np.add.at(out := np.zeros((size, g.shape[1]), g.dtype), ids, g)
    return out


def by_product(g, ids, size):
    """The rows added up by a product with the one-hot vectors."""
    return (ids == np.arange(size)[:, None]).astype(g.dtype) @ g


def touched_rows(g, ids, size):
    """Only the rows that were touched: their numbers and sums."""
    found, places = np.unique(ids, return_inverse=True)
    return found, add_rows.forward(g, places, len(found))


# %%
sizes, random = [1_000, 4_000, 16_000, 50_000], np.random.default_rng(1107)
rows = random.standard_normal((4096, 64)).astype(np.float32)
curves = {"one-hot product": by_product, "np.add.at": by_loop_in_c, "yours": add_rows.forward, "touched rows only": touched_rows}
times = {name: [] for name in curves}
for size in sizes:
    looked_up = random.integers(0, size, 4096)
    for name, f in curves.items():
        times[name].append(1000 * seconds(f, rows, looked_up, size))

# %%
left, right = axes(2)
for (name, taken), color in zip(times.items(), (GREY, ORANGE, BLUE, GREEN), strict=True):
    left.plot(sizes, taken, "o-", color=color, label=name)
left.set(xscale="log", yscale="log", xlabel="tokens in the table", ylabel="ms", title="adding up 4,096 rows of 64")
left.figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=4, fontsize=9)
megabytes = [size * 64 * 4 / 1e6 for size in sizes]
right.plot(sizes, megabytes, "o-", color=BLUE, label="the whole table")
right.plot(sizes, [min(size, 4096) * 64 * 4 / 1e6 for size in sizes], "o-", color=GREEN, label="touched rows, at most")
right.set(xscale="log", xlabel="tokens in the table", ylabel="MB", title="size of the gradient")
right.legend();

# %% [markdown]
# The product's time grows with the table. The others' hardly does: sorting first, or `np.add.at`, a factor of two at
# most. What the zeros cost is memory, and the optimizer's time.
#
# PyTorch's `torch.nn.functional.embedding` is in `torch/nn/functional.py`; the rows are added up in
# `aten/src/ATen/native/Embedding.cpp`, where each thread takes the tokens of its own range of rows, so that no
# two write to the same. Its layer can also keep the vectors shorter than `max_norm`, which rewrites the table
# while reading; ours cannot.
#
# ## It pays off: the company of words
# Now the model of the opening. It sees the four words before and the four after a gap, averages their vectors,
# and guesses the word in the gap (T. Mikolov and others, 2013, call it CBOW). Frequent words such as "the" tell
# little, so most of them are left out, by chance: a word whose share of the text is s is kept with probability
# $\sqrt{0.001 / s}$, and always if that is above 1.

# %%
vocabulary = [word for word, _ in Counter(words).most_common(1000)]
number = {word: i for i, word in enumerate(vocabulary)}
text = np.array([number[word] for word in words if word in number])
share = np.bincount(text) / len(text)
print(f"{len(text):,} words, {len(vocabulary)} different ones")


# %%
def gaps(text, rng, width=4):
    """Words around each gap (n, 2 width) and the words in the gaps (n,), without many of the frequent ones."""
    kept = text[rng.random(len(text)) < np.sqrt(1e-3 / share[text])]
    windows = np.lib.stride_tricks.sliding_window_view(kept, 2 * width + 1)
    return np.delete(windows, width, axis=1), windows[:, width]


# %%
manual_seed(0)
random, loss_of = np.random.default_rng(1108), CrossEntropyLoss()
vectors, guess = Embedding(1000, 32), Linear(32, 1000)
vectors.load_state_dict({"weight": vectors.weight.detach() * 0.1})
optimizer, losses = AdamW([*vectors.parameters(), *guess.parameters()], lr=0.01), []

# %%
start = time.perf_counter()
for _ in range(6):
    around, inside = gaps(text, random)
    shuffled = random.permutation(len(inside))
    for batch in np.array_split(shuffled, len(shuffled) // 1024):
        loss = loss_of(guess(vectors(tensor(around[batch])).mean(1)), tensor(inside[batch]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
print(f"loss {losses[0]:.2f} (a guess among 1,000 is {math.log(1000):.2f}), then {losses[-1]:.2f}, after {time.perf_counter() - start:.0f} s")

# %%
ax = axes(height=2.2)
ax.plot(losses, color=BLUE, linewidth=0.8)
ax.axhline(math.log(1000), color=GREY, linestyle=":")
ax.set(xlabel="step", ylabel="loss", title="the dotted line: a guess among 1,000");


# %% [markdown]
# Which words have learned to be alike? Compare directions, not lengths: the **cosine** of the angle between two
# vectors is their product over both their lengths. Write `nearest`: the k rows whose cosine with row i is
# largest, the largest first, row i left out.
#
# <details><summary>Hint 1: the idea</summary>
#
# Divide each row by its length. Then all cosines with row i are one product of the matrix and that row.
#
# </details>
# <details><summary>Hint 2: sorting</summary>
#
# `np.argsort(-cosines)` puts the largest first. Row i itself need not be the first of them, since a row of the same
# direction may be: set its cosine to `-np.inf`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "embeddings-nearest", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    No row may be all zeros, as a padding's is: it has no direction.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    ### BEGIN SOLUTION
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-embeddings-nearest", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_nearest():
    """nearest goes by the angle, not by length or product, and leaves out the row itself."""
    rng = np.random.default_rng(1109)
    for n, dim, k in [(6, 2, 3), (20, 5, 4), (5, 3, 4), (4, 2, 1)]:
        table = rng.standard_normal((n, dim)) * rng.uniform(0.1, 9, (n, 1))
        before = table.copy()
        for i in range(n):
            cosine = {}
            for j in range(n):
                if j != i:
                    lengths = math.sqrt(sum(table[i] ** 2)) * math.sqrt(sum(table[j] ** 2))
                    cosine[j] = sum(table[i] * table[j]) / lengths
            expected = sorted(cosine, key=cosine.get, reverse=True)[:k]
            assert_close(nearest(table, i, k), expected, f"nearest of row {i} of {n}, k={k}")
        assert_close(table, before, "the table after nearest")
    parallel = np.array([[1.0, 1.0], [0.0, 2.0], [0.0, 4.0]])
    for i in (1, 2):
        assert_close(nearest(parallel, i, 2), [3 - i, 0], f"nearest of row {i} of {parallel.tolist()}, in which two rows are parallel")


test_unit_nearest()
### BEGIN HIDDEN TESTS
assert_close(nearest(np.array([[1.0, 1.0], [-2.0, -2.0], [1.0, -1.0], [0.1, 0.1]]), 0, 3), [3, 2, 1], "nearest: opposite rows come last")
assert_close(nearest(np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 1, 1), [0], "nearest of the second of two parallel rows")
### END HIDDEN TESTS

# %% [markdown]
# All vectors share a part that says nothing about any word, their mean; it is taken away before they are compared.

# %%
learned = vectors.weight.numpy() - vectors.weight.numpy().mean(0)
for word in ("integer", "list", "function", "exception", "class", "string", "file", "true", "bytes", "method"):
    print(f"{word:10} {', '.join(vocabulary[i] for i in nearest(learned, number[word], 6))}")

# %% [markdown]
# And on paper: 32 numbers a word, seen from the side from which they differ most (their two first principal
# components).

# %%
numbers, texts = ["int", "float", "decimal", "integer"], ["str", "string", "bytes"]
errors, containers = ["exception", "except", "finally", "handler"], ["list", "tuple", "dict", "set"]
shown = [word for word in numbers + texts + errors + containers if word in number]
points = learned[[number[word] for word in shown]]
points = (points - points.mean(0)) @ np.linalg.svd(points - points.mean(0), full_matrices=False)[2][:2].T
distances = np.linalg.norm(points[:, None] - points, axis=2) + np.diag(np.full(len(points), np.inf))
beside = points[distances.argmin(1), 0]
group = {word: color for words_of, color in ((numbers, BLUE), (texts, ORANGE), (errors, GREEN)) for word in words_of}
ax = axes(height=3.6)
for word, (x, y), other in zip(shown, points, beside, strict=True):
    ax.scatter(x, y, color=group.get(word, GREY), s=12)
    side, shift = ("left", 4) if x > other else ("right", -4)  # away from the nearest point
    ax.annotate(word, (x, y), xytext=(shift, 3), textcoords="offset points", fontsize=9, ha=side, color=group.get(word, GREY))
ax.margins(x=0.12)
ax.set(xticks=[], yticks=[], title="numbers (blue), texts (orange), errors (green), containers (grey)");

# %% [markdown]
# The errors stand far from the rest, and the containers by themselves. Numbers and texts mix: the manual speaks of
# both in the same sentences (`int` reads a `str`), and two directions of 32 show only a part.
#
# 1. The table was drawn small (times 0.1) before the training above. What do you see in the first losses if it is not, and why?
# 2. Two words that exclude each other, such as `true` and `false`, come out as near neighbours. Why must they, in this model?
# 3. GPT-2 uses one table for reading tokens and for guessing them. What does that save, and what does it demand of the vectors?
#
# `milestones/2003_neural_lm.py` is the network that began all this: Y. Bengio's language model of 2003, with an
# embedding and one hidden layer. Run it with `tito milestone neural_lm`. Next, `12_attention` lets the tokens of
# a text look at each other.
