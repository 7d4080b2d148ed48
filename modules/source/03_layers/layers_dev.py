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
#     - 01_tensor
#     - 02_activations
#     title: Layers
# ---

# %% [markdown]
# # Layers
# > A layer is a matrix, a vector and one line of arithmetic. A network is layers that know what they own.
#
# XOR is 1 where exactly one of two inputs is 1. No straight line separates its 1s from its 0s, so no single
# layer can compute it; in 1969 that was held against neural networks. Two layers can. At the end of this
# chapter you build a network that draws the picture below, and everything that PyTorch calls an `nn.Module`.

# %% nbgrader={"grade": false, "grade_id": "layers-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.layers
#| export
import importlib
import itertools
import math
import operator
from typing import NamedTuple

import numpy as np

from tinytorch.core.activations import ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor, rand, randn, unwrap, where, wrap, zeros

# %% nbgrader={"grade": false, "grade_id": "layers-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

from tinytorch.core.tensor import manual_seed, ones
from tinytorch.figures import BLUE, GREY, ORANGE, axes
from tinytorch.testing import assert_close

# %% nbgrader={"grade": false, "grade_id": "layers-welcome", "locked": true, "schema_version": 3, "solution": false, "task": false}
points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
xor = points[:, 0] != points[:, 1]
print("inputs", *points.astype(int), "-> XOR", *xor.astype(int))

# %%
ax = axes(1, 3.2, picture=True)
ax.tripcolor(*points.T, xor * 1.0, triangles=[[0, 1, 2], [1, 2, 3]], shading="gouraud", cmap="Blues")
ax.scatter(*points.T, c=xor, cmap="gray", edgecolors=ORANGE, s=90, linewidths=2, clip_on=False)
ax.set(title="two layers: dark where the network says 1", aspect="equal");

# %% [markdown]
# ## The matrix product, by hand
# A neuron multiplies each input by a weight and adds up. Many neurons, many examples: put the examples in the
# rows of A, the weights of each neuron in a column of B, and all the sums together are the matrix product
#
# $$C_{ij} = \sum_k A_{ik} B_{kj}.$$

# %%
a = np.array([[7, 5, 4, 2], [2, 0, 1, 3], [1, 7, 5, 8]])
b = np.array([[4, 5], [8, 6], [5, 4], [5, 8]])
for ax, values, title, chosen in zip(
    axes(3, 2.2, picture=True),
    (a, b, a @ b),
    ("A (3, 4): an example per row", "B (4, 2): a neuron per column", "C (3, 2)"),
    ((1, slice(None)), (slice(None), 1), (1, 1)),
    strict=True,
):
    shade = np.zeros(values.shape)
    shade[chosen] = 0.5
    ax.imshow(shade, cmap="Blues", vmin=0, vmax=1)
    ax.set_title(title, fontsize=9)
    for (i, j), value in np.ndenumerate(values):
        ax.text(j, i, value, ha="center", va="center")


# %% [markdown]
# Row 1 of A and column 1 of B give the one dark number of C. They must be equally long: A's second length must
# equal B's first. Write this once with three loops, to know what `@` does; the check sees only the numbers. The
# loops work on Python's own numbers (`A.tolist()` gives them), so they are slow, and the result, always float32,
# forgets how it was made. The layers use `@`.
#
# If A or B is not a matrix, or the lengths differ, raise a `ValueError` that reads
# `Incompatible matrix dimensions: A is (2, 3), B is (4, 5)`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Begin with a C of zeros. One loop over the rows of A, in it one over the columns of B, in it one over k.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `rows, columns = A.tolist(), B.tolist()` are lists of lists: $A_{ik}$ is `rows[i][k]`. `C = zeros(m, n)`
# makes the result, and `C[i, j] = total` writes into it.
#
# </details>
# <details><summary>Hint 3: the order of things</summary>
#
# First the check: `A.ndim`, `B.ndim`, then `A.shape[1] != B.shape[0]`. In the innermost loop
# `total += …`, and `total = 0.0` starts anew for each (i, j).
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "matmul-naive", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def matmul(A, B):
    """The matrix product of the Tensors A (m, p) and B (p, n), a float32 Tensor (m, n), with three loops.

    >>> matmul(Tensor([[1, 2], [3, 4]]), Tensor([[5], [6]]))
    tensor([[17.],
            [39.]])
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-matmul-immediate", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_matrix_multiplication():
    """matmul agrees with NumPy, and names the shapes that do not fit."""
    rng = np.random.default_rng(1)
    for m, p, n in [(2, 3, 4), (1, 1, 1), (5, 2, 1), (1, 7, 3), (3, 3, 3)]:
        a, b = rng.normal(size=(m, p)).astype(np.float32), rng.normal(size=(p, n)).astype(np.float32)
        A, B = Tensor(a), Tensor(b)
        assert_close(matmul(A, B).data, a @ b, f"matmul of {a.shape} and {b.shape}")
        assert_close(A.data, a, "matmul must leave A as it is: A")
        assert_close(B.data, b, "matmul must leave B as it is: B")
    assert_close(matmul(Tensor([[1, 2]]), Tensor([[3], [4]])).data, np.array([[11.0]]), "[[1, 2]] times [[3], [4]]")
    dtype = matmul(Tensor(np.array([[1]])), Tensor(np.array([[2]]))).dtype
    assert str(dtype) == "float32", f"matmul of whole numbers: expected a float32 Tensor, got {dtype}"
    for shape_a, shape_b in [((2, 3), (4, 5)), ((2, 3), (2, 3)), ((3, 2), (3, 2)), ((3,), (3, 2)), ((2, 2), (2,))]:
        expected = f"Incompatible matrix dimensions: A is {shape_a}, B is {shape_b}"
        try:
            matmul(Tensor(np.zeros(shape_a)), Tensor(np.zeros(shape_b)))
            got = "no error"
        except ValueError as error:
            got = str(error)
        assert got.startswith(expected), f"matmul of {shape_a} and {shape_b}: expected\n  {expected}\ngot\n  {got}"


test_unit_matrix_multiplication()
### BEGIN HIDDEN TESTS
def test_hidden_matmul():
    """Longer sums, transposed views, integers, empty matrices."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(4, 30)).astype(np.float32), rng.normal(size=(6, 30)).astype(np.float32)
    assert_close(matmul(Tensor(a), Tensor(b).T).data, a @ b.T, "matmul of a (4, 30) and a transposed (6, 30)")
    whole = Tensor(np.array([[1, 2], [3, 4]]))
    assert_close(matmul(whole, whole).data, np.array([[7.0, 10.0], [15.0, 22.0]]), "matmul of integers")
    assert_close(matmul(zeros(2, 0), zeros(0, 3)).data, np.zeros((2, 3)), "matmul of a (2, 0) and a (0, 3)")
    kind = type(matmul(whole, whole)).__name__
    assert kind == "Tensor", f"matmul: expected a Tensor, got {kind}"


test_hidden_matmul()
### END HIDDEN TESTS

# %%
matmul(Tensor([[1, 0], [1, 1]]), Tensor([[1, 2, 3], [10, 20, 30]]))


# %% [markdown]
# ## The plainest layer
# `Dense` keeps the matrix, adds one number per neuron, the bias, and computes $y = xW + b$. The bias lets a
# neuron be on when all its inputs are 0.
#
# The weights must start at random: neurons that start equal get equal corrections, and stay equal forever. How
# large? If the inputs have variance 1 and are independent, a sum of n of them, each times a weight of variance
# $\sigma^2$, has variance $n\sigma^2$. To hand on variance 1, $\sigma^2$ should be 1 / input_size. The
# gradient of module 05 travels the other way, and asks for 1 / output_size. Glorot and Bengio (2010, section
# 4.2) took the middle, *Xavier initialisation*:
#
# $$\sigma = \sqrt{\frac{2}{\text{input size} + \text{output size}}}$$
#
# Fill in two places. What the layer starts with: `weights` are normal numbers times σ, `bias` is zeros, or `None`
# if `use_bias` is false. And its one line of arithmetic. `__call__`, which makes `layer(x)` work, is given: it
# asks for `forward`, so a subclass only has to write a `forward` of its own.
#
# Two rules hold from here on. Random numbers come from `rand` and `randn`, not from `np.random`, so that
# `manual_seed` repeats them. And layers compute with Tensors, not with `.data`: what is computed from arrays
# forgets how it was made, and module 05 could not train it.
#
# <details><summary>Hint 1: the idea</summary>
#
# `weights` has the shape (input_size, output_size), `bias` the shape (output_size,). Without a bias nothing is
# added.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `randn(…)` draws from the normal distribution with variance 1; `zeros(…)`; `np.sqrt`.
#
# </details>
# <details><summary>Hint 3: forward</summary>
#
# `x @ self.weights`; then, if there is a bias, a `+`. It broadcasts over all rows. Ask `self.bias is None`: the
# truth value of a tensor of several numbers is an error.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dense-layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Dense:
    """A fully connected layer: `weights` (input_size, output_size), `bias` (output_size,) or None.

    >>> Dense(3, 2)(ones(5, 3)).shape
    (5, 2)
    """

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        ### BEGIN SOLUTION
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None
        ### END SOLUTION

    def forward(self, x):
        """The outputs (…, output_size) for the inputs x (…, input_size)."""
        ### BEGIN SOLUTION
        out = x @ self.weights
        return out if self.bias is None else out + self.bias
        ### END SOLUTION

    def __call__(self, x):
        """layer(x) is layer.forward(x)."""
        return self.forward(x)


# %% nbgrader={"grade": false, "grade_id": "dense-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Doubled(Dense):
    """A layer of one's own: twice what Dense gives."""

    def forward(self, x):
        """Twice the outputs."""
        return super().forward(x) * 2


# %% nbgrader={"grade": false, "grade_id": "layers-leads-to", "locked": true, "schema_version": 3, "solution": false, "task": false}
def replay(t, leaf, value):
    """The tensor t, computed anew from its recipe with `value` in the place of `leaf`."""
    recipe = getattr(t, "recipe", None)
    if t is leaf or type(t) not in (list, tuple) and recipe is None:
        return value if t is leaf else t
    parts = t if recipe is None else tuple(recipe.args)
    parts = type(parts)(replay(part, leaf, value) for part in parts)
    return parts if recipe is None else recipe.op(*parts, **recipe.kwargs)


# %% nbgrader={"grade": false, "grade_id": "layers-leads-to-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def leads_to(out, t, value, expected):
    """Whether the recipe of `out`, followed with the numbers `value` in the place of the tensor t, gives `expected`."""
    got = replay(out, t, Tensor(value)).data
    return got.shape == np.shape(expected) and np.allclose(got, expected, 1e-4, 1e-5)


# %% nbgrader={"grade": false, "grade_id": "layers-kind-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
def kind_of(value):
    """The name of the type of `value`."""
    return type(value).__name__


# %% nbgrader={"grade": true, "grade_id": "test-dense-layer", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_dense_layer():
    """Dense starts with Xavier weights and a bias of zeros, and computes x W + b."""
    manual_seed(0)
    for inputs, outputs in [(300, 500), (500, 100)]:
        layer, scale = Dense(inputs, outputs), math.sqrt(2 / (inputs + outputs))
        kinds = {"weights": kind_of(layer.weights), "bias": kind_of(layer.bias)}
        for name, kind in kinds.items():
            assert kind == "Tensor", f"{name}: expected a Tensor, got {kind}"
        assert layer.weights.shape == (inputs, outputs), f"weights: expected {(inputs, outputs)}, got {layer.weights.shape}"
        assert_close(layer.bias.data, np.zeros(outputs), "the bias at the start")
        assert_close(layer.weights.data.std() / scale, 1.0, f"std of Dense({inputs}, {outputs}) over its σ", rtol=0.02)
        assert_close(layer.weights.data.mean() / scale, 0.0, "mean of the weights over σ", atol=0.02)
        normal = np.abs(layer.weights.data / scale) < 1
        assert_close(normal.mean(), 0.6827, "share of normal weights within one σ", atol=0.02)
        assert str(layer.weights.dtype) == "float32", f"weights: expected float32, got {layer.weights.dtype}"
    manual_seed(7)
    first, other = Dense(3, 2), Dense(3, 2)
    manual_seed(7)
    assert_close(Dense(3, 2).weights.data, first.weights.data, "weights after the same manual_seed")
    same = np.allclose(other.weights.data, first.weights.data)
    assert not same, f"two layers: expected different weights, got twice\n{first.weights.data}"
    layer, x = Dense(3, 2), Tensor([[1, 2, 3], [1, 0, 0]])
    layer.weights, layer.bias = Tensor([[1, 2], [3, 4], [5, 6]]), Tensor([10, 20])
    expected = np.array([[32.0, 48.0], [11.0, 22.0]])
    assert kind_of(layer(x)) == "Tensor", f"layer(x): expected a Tensor, got {kind_of(layer(x))}"
    assert_close(layer(x).data, expected, "layer(x) with weights set by hand")
    assert_close(x.data, np.array([[1, 2, 3], [1, 0, 0]]), "the input x after layer(x)")
    assert_close(layer(Tensor([1, 2, 3])).data, expected[0], "layer(x) of one example")
    assert_close(layer.forward(ones(2, 4, 3)).data, np.full((2, 4, 2), [19.0, 32.0]), "layer of a (2, 4, 3)")
    known = {"weights": np.array([[1, 2], [3, 4], [5, 6]]), "bias": np.array([10, 20]), "x": np.array([[1, 2, 3], [1, 0, 0]])}
    for name, t in [("weights", layer.weights), ("bias", layer.bias), ("x", x)]:
        t.requires_grad, other = True, known | {name: known[name] * 3}
        new = other["x"] @ other["weights"] + other["bias"]
        assert leads_to(layer(x), t, other[name], new), f"layer(x) forgot that it came from {name}: compute with Tensors, not with .data"
        t.requires_grad = False
    double = Doubled(3, 2)
    double.weights = layer.weights
    assert_close(double(x).data, np.array([[44, 56], [2, 4]]), "a subclass with a forward of its own, called")
    plain = Dense(3, 2, use_bias=False)
    assert plain.bias is None, f"bias with use_bias=False: expected None, got {plain.bias!r}"
    assert_close(plain(Tensor(np.eye(3))).data, plain.weights.data, "a layer without a bias on the unit vectors")


test_unit_dense_layer()
### BEGIN HIDDEN TESTS
def test_hidden_dense():
    """A subclass's own forward is what is called; the layer is made of ops; sizes are kept."""
    layer = Doubled(2, 3)
    x = np.array([[1.0, -1.0], [0.5, 2.0]], np.float32)
    layer.bias = Tensor([1, 2, 3])
    assert_close(layer(Tensor(x)).data, 2 * (x @ layer.weights.data + [1, 2, 3]), "a subclass with its own forward")
    layer.weights.requires_grad = True
    new = np.ones((2, 3)), 2 * (x.sum(1, keepdims=True) + [1, 2, 3])
    assert leads_to(layer(Tensor(x)), layer.weights, *new), "layer(x) of a subclass forgot that it came from weights"
    sizes = (layer.input_size, layer.output_size, layer.use_bias, layer.bias.shape, layer.weights.shape)
    expected = (2, 3, True, (3,), (2, 3))
    assert sizes == expected, f"input_size, output_size, use_bias and the shapes: expected {expected}, got {sizes}"


test_hidden_dense()
### END HIDDEN TESTS

# %%
Dense(3, 2)(Tensor([[0, 0, 0], [1, 0, 0], [100, 0, 0]]))


# %% [markdown]
# Between two layers stands an activation. Without it, the second layer only multiplies by another matrix, and
# $(xW_1)W_2 = x(W_1W_2)$ is one layer again. The next two checks put your `Dense` and the activations of module
# 02 together; there is nothing to fill in.

# %% nbgrader={"grade": true, "grade_id": "test-layer-activation-comprehensive", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_layer_activation(seed=3):
    """A layer and each activation after it, and two layers in a row, agree with NumPy."""
    rng = np.random.default_rng(seed)
    x, w, b, w2 = (rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3, 5), 5, (5, 2)))
    layer, second = Dense(3, 5), Dense(5, 2, use_bias=False)
    layer.weights, layer.bias, second.weights = Tensor(w), Tensor(b), Tensor(w2)
    z = x @ w + b
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    expected = {
        "ReLU": (ReLU(), np.maximum(z, 0)),
        "Sigmoid": (Sigmoid(), 1 / (1 + np.exp(-z))),
        "Tanh": (Tanh(), np.tanh(z)),
        "Softmax": (Softmax(), shifted / shifted.sum(axis=1, keepdims=True)),
    }
    for name, (activation, values) in expected.items():
        assert_close(activation(layer(Tensor(x))).data, values, f"{name} after a layer")
    out = second(ReLU()(layer(Tensor(x))))
    assert_close(out.data, np.maximum(z, 0) @ w2, "two layers with a ReLU between them", atol=1e-4)
    layer.weights.requires_grad, new = True, np.broadcast_to(b @ w2, (4, 2))
    assert leads_to(second(layer(Tensor(x))), layer.weights, 0 * w, new), "two layers forgot the weights of the first"


test_unit_layer_activation()
### BEGIN HIDDEN TESTS
test_unit_layer_activation(seed=None)
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test-layer-tensor", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_module_layer_tensor(seed=4):
    """Layers and tensors together: batches, slices, both products, and no bend without an activation."""
    rng = np.random.default_rng(seed)
    numbers, weights, bias, last = (rng.normal(size=shape).astype(np.float32) for shape in ((6, 3), (3, 4), 4, (4, 2)))
    x, first, second, expected = Tensor(numbers), Dense(3, 4), Dense(4, 2, use_bias=False), numbers @ weights + bias
    first.weights, first.bias, second.weights = Tensor(weights), Tensor(bias), Tensor(last)
    whole = first(x)
    assert_close(whole.data, expected, "a layer with weights set by hand")
    assert_close(first(x[2:4]).data, expected[2:4], "a slice of the batch")
    assert_close((matmul(x, first.weights) + first.bias).data, expected, "the three loops against the layer")
    assert_close((whole.mean(dim=0) * 2).data, 2 * expected.mean(axis=0), "a reduction of the outputs")
    one = Dense(3, 2)
    one.weights, one.bias = matmul(first.weights, second.weights), first.bias @ second.weights
    assert_close(second(whole).data, expected @ last, "two layers without an activation", atol=1e-4)
    assert_close(one(x).data, expected @ last, "a layer with the product of both weights", atol=1e-4)
    x.requires_grad = True
    assert leads_to(first(x[2:4]), x, 0 * numbers, np.stack([bias, bias])), "a layer of a slice forgot where it came from"


test_module_layer_tensor()
### BEGIN HIDDEN TESTS
test_module_layer_tensor(seed=None)
### END HIDDEN TESTS

# %% [markdown]
# ## Who owns the weights?
# A network of a hundred layers has a few hundred tensors that training must change, saving must write down and
# counting must find. Nobody keeps such a list by hand. PyTorch's answer: a layer notices what is *assigned* to
# it. A tensor that training should change is marked by its type, `Parameter`. It is a `Tensor` that requires a
# gradient from the start; results computed with it are plain Tensors again. Made from a Tensor, it keeps that
# one's dtype and copies its numbers. Write its `__init__`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Let `super().__init__` do the work. `Tensor` takes `data`, `dtype` and `requires_grad`.
#
# </details>
# <details><summary>Hint 2: the dtype</summary>
#
# `Tensor(data)` copies, and makes float32 of float64. For a Tensor, hand on its `data.dtype`; for numbers, lists
# and arrays `dtype=None` decides as usual.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-parameter", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Parameter(Tensor):
    """A tensor that a module owns and training changes; a copy of `data`, in its dtype if that is a Tensor.

    >>> Parameter([1, 2])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __init__(self, data, requires_grad=True):
        ### BEGIN SOLUTION
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, requires_grad)
        ### END SOLUTION

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


# %% nbgrader={"grade": true, "grade_id": "test-layers-parameter", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_parameter():
    """A Parameter is a Tensor that requires a gradient, in the dtype of the Tensor it is made from."""
    weight = Parameter([[1, 2], [3, 4]])
    assert_close(weight.data, np.array([[1.0, 2.0], [3.0, 4.0]]), "Parameter([[1, 2], [3, 4]])")
    assert weight.requires_grad is True, f"requires_grad of a Parameter: expected True, got {weight.requires_grad}"
    out = weight * 2 + 1
    assert_close(out.data, np.array([[3.0, 5.0], [7.0, 9.0]]), "weight * 2 + 1")
    assert leads_to(out, weight, np.zeros((2, 2)), np.ones((2, 2))), "weight * 2 + 1: expected a recipe that leads back to the Parameter, got none"
    assert kind_of(out) == "Tensor", f"weight * 2 + 1: expected a Tensor, got a {kind_of(out)}"
    for dtype in ("float32", "float64", "float16"):
        got = Parameter(Tensor([1.5, 2.5], dtype))
        assert str(got.dtype) == dtype, f"Parameter of a {dtype} Tensor: expected {dtype}, got {got.dtype}"
        assert got.requires_grad is True, f"requires_grad of {got!r}: expected True"
    got = Parameter(np.ones(2)).dtype
    assert str(got) == "float32", f"Parameter of a NumPy array of float64: expected float32, got {got}"
    frozen = Parameter([1.0], requires_grad=False).requires_grad
    assert frozen is False, f"Parameter([1.0], requires_grad=False).requires_grad: expected False, got {frozen}"
    start = Tensor([1.0, 2.0])
    copy = Parameter(start)
    start[0] = 9
    assert_close(copy.data, np.array([1.0, 2.0]), "a Parameter, after the Tensor it was made from has changed")


test_unit_parameter()
### BEGIN HIDDEN TESTS
assert_close(Parameter(zeros(2, 3)).data, np.zeros((2, 3)), "Parameter(zeros(2, 3))")
assert_close(Parameter(3.0).data, np.array(3.0), "Parameter(3.0)")
frozen = Parameter(Tensor([1.0]), False).requires_grad
assert frozen is False, f"Parameter(Tensor([1.0]), False).requires_grad: expected False, got {frozen}"
### END HIDDEN TESTS

# %%
Parameter([1, 2]) * 3


# %% [markdown]
# Now the layer that notices. PyTorch's `Module` is one large class; ours is a ladder of small ones, each of which
# adds one thing: `Shelves` keeps, `Registry` notices, `Tree` walks, `Members` lists, `Trainable` freezes, `State`
# saves, `Shown` prints, and `Module` runs.
#
# Python runs `layer.__setattr__("weight", value)` whenever somebody writes `layer.weight = value`. Three
# dictionaries, the *shelves*, keep what matters:
#
# | shelf | what it keeps |
# |---|---|
# | `_parameters` | Parameters: saved and trained |
# | `_buffers` | Tensors put there by `register_buffer`: saved, not trained (a running mean, a mask) |
# | `_modules` | the layers inside this layer |
#
# `Shelves` is given. Python calls `__getattr__` only where an ordinary attribute is missing, so what
# stands on a shelf still reads as `layer.weight`. `_non_persistent_buffers_set` names the buffers that are not
# saved. `fits` lets anything callable be a module, for the activations of module 02 are plain callables.

# %% nbgrader={"grade": false, "grade_id": "layers-shelves", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "layers-fits", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def fits(shelf, value):
    """Whether `value` may stand on `shelf`; None may always."""
    if shelf == "_modules":
        return value is None or callable(value) or isinstance(value, Shelves)
    return value is None or isinstance(value, Parameter if shelf == "_parameters" else Tensor)


# %% nbgrader={"grade": false, "grade_id": "layers-put", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# Write `__setattr__`. Four cases, in this order: a `Parameter` is `put` on its shelf; so is another object that
# notices (a `Registry`), on that of the modules; anything else goes to the shelf on which its name stands already,
# so that `layer.bias = None` or a new value for a buffer finds its place; `put` refuses what does not fit there. A
# name on no shelf becomes an ordinary attribute: `super().__setattr__(name, value)`, Python's own way, which also
# respects properties. (`self.x = value` in here would call `__setattr__` again, for ever.) So `self.act = ReLU()`,
# which is no Registry, becomes an ordinary attribute: it can be called, but is not printed with the network.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two cases by `isinstance`, one by `self._shelf(name)`, which gives the shelf's name or "", and the rest.
#
# </details>
# <details><summary>Hint 2: the calls</summary>
#
# `put(self, "_parameters", name, value)`; for the third case, `put(self, self._shelf(name), name, value)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-registry", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Registry(Shelves):
    """An object that notices which parameters and which other registries are assigned to it."""

    def __setattr__(self, name, value):
        ### BEGIN SOLUTION
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)
        ### END SOLUTION

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


# %% nbgrader={"grade": false, "grade_id": "layers-part", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Part(Registry):
    """A layer with one of each kind: a parameter, a buffer, a number."""

    def __init__(self, start=1.0):
        super().__init__()
        self.weight, self.size = Parameter([start, 2]), 2
        self.register_buffer("seen", zeros(1))

    @property
    def half(self):
        """Half of the size; assigning it sets the size."""
        return self.size / 2

    @half.setter
    def half(self, value):
        self.size = 2 * value


# %% nbgrader={"grade": false, "grade_id": "layers-whole", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Whole(Registry):
    """Two parts, and a parameter that it does without."""

    def __init__(self):
        super().__init__()
        self.left, self.right = Part(), Part()
        self.register_parameter("bias", None)


# %% nbgrader={"grade": false, "grade_id": "layers-forgetful", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Forgetful(Registry):
    """A layer whose author forgot super().__init__()."""

    def __init__(self):
        self.weight = Parameter([1.0])


# %% nbgrader={"grade": false, "grade_id": "layers-shelf-names", "locked": true, "schema_version": 3, "solution": false, "task": false}
def shelves(registry):
    """Which names stand on which shelf."""
    return {shelf: sorted(vars(registry)[shelf]) for shelf in ("_parameters", "_buffers", "_modules")}


# %% nbgrader={"grade": false, "grade_id": "layers-ordinary", "locked": true, "schema_version": 3, "solution": false, "task": false}
def ordinary(registry):
    """The names of the ordinary attributes."""
    return sorted(name for name in vars(registry) if name[0] != "_" and name != "training")


# %% nbgrader={"grade": false, "grade_id": "layers-error-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
def error_of(action):
    """The type and the text of the error that `action` raises."""
    try:
        action()
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", ""


# %% nbgrader={"grade": true, "grade_id": "test-layers-registry", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_registry():
    """What is assigned lands on the right shelf, and can be read, replaced and moved."""
    part, whole = Part(), Whole()

    def stand(registry, expected, others, what):
        expected = dict(zip(("_parameters", "_buffers", "_modules"), expected, strict=True))
        got = shelves(registry)
        assert got == expected, f"{what}: expected the shelves {expected}, got {got}"
        got = ordinary(registry)
        assert got == others, f"{what}: expected the ordinary attributes {others}, got {got}"

    stand(part, [["weight"], ["seen"], []], ["size"], "a Part()")
    stand(whole, [["bias"], [], ["left", "right"]], [], "a Whole()")
    assert_close(part.size, 2, "part.size")
    assert_close(whole.left.weight.data, np.array([1.0, 2.0]), "whole.left.weight")
    part.seen = Tensor([5.0])
    stand(part, [["weight"], ["seen"], []], ["size"], "part.seen = Tensor([5.0]), which is a buffer")
    assert_close(part.seen.data, np.array([5.0]), "part.seen after a new value")
    whole.bias = Parameter([7.0])
    assert_close(whole.bias.data, np.array([7.0]), "whole.bias after a Parameter in the place of None")
    whole.bias = whole.left = None
    stand(whole, [["bias"], [], ["left", "right"]], [], "whole.bias = whole.left = None")
    assert whole.bias is None, f"whole.bias after whole.bias = None: expected None, got {whole.bias!r}"
    part.free, part.bend = Tensor([1.0]), ReLU()
    stand(part, [["weight"], ["seen"], []], ["bend", "free", "size"], "a Tensor that is no Parameter, and a ReLU")
    part.half = 3
    stand(part, [["weight"], ["seen"], []], ["bend", "free", "size"], "part.half = 3, which is a property")
    assert_close(part.size, 6, "part.size after part.half = 3, whose property sets part.size")
    for name, value in [("weight", Tensor([1.0])), ("weight", 3), ("seen", 3)]:
        kind, text = error_of(lambda name=name, value=value: setattr(part, name, value))
        assert kind == "TypeError", f"part.{name} = {value!r}: expected a TypeError, got {kind} {text}"
    part.size = Parameter([1.0])
    stand(part, [["size", "weight"], ["seen"], []], ["bend", "free"], "part.size = Parameter, in the place of a number")
    part.weight = Part()
    stand(part, [["size"], ["seen"], ["weight"]], ["bend", "free"], "part.weight = Part(), in the place of a Parameter")
    kind, text = error_of(Forgetful)
    told = kind == "AttributeError" and "super().__init__()" in text
    assert told, f"Forgetful(): expected an AttributeError about super().__init__(), got {kind}: {text}"


test_unit_registry()
### BEGIN HIDDEN TESTS
def test_hidden_registry():
    """Deleting, moving back, buffers of a Parameter, assigning again, names."""
    part = Part()
    part.weight = Parameter([9.0])
    assert_close(part.weight.data, np.array([9.0]), "part.weight assigned twice")
    del part.weight
    expected = {"_parameters": [], "_buffers": ["seen"], "_modules": []}
    assert shelves(part) == expected, f"del part.weight: expected {expected}, got {shelves(part)}"
    part.seen = Parameter([1.0])
    expected = {"_parameters": ["seen"], "_buffers": [], "_modules": []}
    assert shelves(part) == expected, f"a buffer replaced by a Parameter: expected {expected}, got {shelves(part)}"
    whole = Whole()
    whole.extra, whole.extra = 1, 2
    assert_close(whole.extra, 2, "an ordinary attribute assigned twice")
    kind, text = error_of(lambda: put(whole, "_modules", 0, Part()))
    assert kind == "TypeError", f"put under the name 0: expected a TypeError, got {kind}: {text}"


test_hidden_registry()
### END HIDDEN TESTS

# %%
whole = Whole()
whole.left.weight, dict(whole._modules).keys()


# %% [markdown]
# ## A network is a tree
# Layers hold layers, so a network is a tree, and a walk through it finds everything. Each layer gets the path
# that leads to it: "" for the root, `left`, `left.inner`. PyTorch's checkpoints are dictionaries with these
# paths as keys.
#
# Two networks may share a layer, and one network may use a layer twice: a GPT reads and writes words with the
# same matrix. Training must count it once, so `memo` notes which layers have been seen. With
# `remove_duplicate=False` the walk shows them each time.
#
# Write `named_modules`, a generator of pairs (path, layer): first the layer itself, then, child by child, what
# their own walks give. `self._inner()` is given and leaves out what is no Tree: a plain function, or None. `memo`
# is a set, None at the root, and passed down.
#
# <details><summary>Hint 1: the idea</summary>
#
# A recursion: `yield prefix, self`, then for each name and child of `self._inner()` the child's
# `named_modules` with a longer prefix.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `yield from` hands on all that another generator yields. `joined(prefix, name)` is given: it puts a dot
# between the two, if there is a prefix. A default `memo=set()` would be shared by all calls ever made;
# hence `None`.
#
# </details>
# <details><summary>Hint 3: the memo</summary>
#
# If `self in memo`, return at once. Add `self` only if `remove_duplicate` is wanted.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-joined", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def joined(prefix, name):
    """The path `prefix.name`, or `name` alone."""
    return f"{prefix}.{name}" if prefix else name


# %% nbgrader={"grade": false, "grade_id": "layers-tree", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Tree(Registry):
    """A registry that can be walked: its children, theirs, and so on."""

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """This layer and all layers inside it, with their paths, parents first."""
        ### BEGIN SOLUTION
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "layers-tree-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Node(Tree):
    """A layer with a value, a parameter and named layers inside."""

    def __init__(self, value, **children):
        super().__init__()
        self.value, self.weight = value, Parameter([float(value)])
        for name, child in children.items():
            self.add_module(name, child)


# %% nbgrader={"grade": false, "grade_id": "layers-walk", "locked": true, "schema_version": 3, "solution": false, "task": false}
def walk(tree, **options):
    """The walk as plain data: (path, value) pairs."""
    pairs = list(tree.named_modules(**options))
    for pair in pairs:
        kinds = f"({', '.join(map(kind_of, pair))})" if isinstance(pair, tuple) else kind_of(pair)
        if kinds != "(str, Node)":
            raise TypeError(f"named_modules: expected pairs (path, layer), here (str, Node), got {kinds}")
    return [(path, node.value) for path, node in pairs]


# %% nbgrader={"grade": true, "grade_id": "test-layers-tree", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_tree():
    """named_modules walks parents first, names the paths and counts what is shared once."""
    assert walk(Node(1)) == [("", 1)], f"a single layer: expected [('', 1)], got {walk(Node(1))}"
    tree = Node(1, a=Node(2, b=Node(3), c=Node(4)), d=Node(5))
    expected = [("", 1), ("a", 2), ("a.b", 3), ("a.c", 4), ("d", 5)]
    assert walk(tree) == expected, f"the walk: expected {expected}, got {walk(tree)}"
    assert walk(tree) == expected, f"a second walk over the same tree: expected {expected}, got {walk(tree)}"
    longer = [(f"net.{path}" if path else "net", value) for path, value in expected]
    assert walk(tree, prefix="net") == longer, f"with a prefix: expected {longer}, got {walk(tree, prefix='net')}"
    leaf = Node(9)
    shared = Node(1, a=Node(2, x=leaf), b=Node(3, x=leaf))
    once, twice = [("", 1), ("a", 2), ("a.x", 9), ("b", 3)], [("", 1), ("a", 2), ("a.x", 9), ("b", 3), ("b.x", 9)]
    assert walk(shared) == once, f"a shared layer: expected {once}, got {walk(shared)}"
    got = walk(shared, remove_duplicate=False)
    assert got == twice, f"remove_duplicate=False: expected {twice}, got {got}"
    mixed, got = Node(1, nothing=None, root=math.sqrt, a=Node(2)), []
    kind, text = error_of(lambda: got.extend(walk(mixed)))
    assert kind == "no error", f"children that are None or a function: expected them to be left out, got {kind}: {text}"
    assert got == [("", 1), ("a", 2)], f"beside None and a function: expected [('', 1), ('a', 2)], got {got}"


test_unit_tree()
### BEGIN HIDDEN TESTS
def test_hidden_tree():
    """Deep trees, missing children, a layer that holds itself."""
    tree = Node(0)
    for value in range(1, 60):
        tree = Node(value, inner=tree)
    path = walk(tree)[-1][0]
    assert path == ".".join(["inner"] * 59), f"60 layers deep: expected 59 times inner, got {path}"
    tree.inner = None
    assert walk(tree) == [("", 59)], f"a child that became None: expected [('', 59)], got {walk(tree)}"
    loop = Node(1)
    loop.itself = loop
    assert walk(loop) == [("", 1)], f"a layer that holds itself: expected [('', 1)], got {walk(loop)}"


test_hidden_tree()
### END HIDDEN TESTS

# %%
walk(Node(1, a=Node(2, b=Node(3)), c=Node(4)))


# %% [markdown]
# With this walk, everything else is a filter over it, and given. Again a tensor that two layers share is
# counted once. (`#| seam` marks a cell that may touch `.data`.)

# %% nbgrader={"grade": false, "grade_id": "layers-members", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "layers-trainable", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
#| seam
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


# %% [markdown]
# ## Saving and loading
# `state_dict` gives every parameter and persistent buffer by its path: a dictionary that can be written to a
# file. `load_state_dict` brings one back, and that is where things go wrong: a layer was renamed, a size
# changed. A loader that takes what fits and is silent about the rest gives you a network that is partly random,
# and a week of wondering. So it has to say all that is wrong, at once, *before* it changes anything.
#
# Fill in the middle of `load_state_dict`. `own` holds this network's tensors by path; the values of `state_dict` are
# Tensors, or arrays of another library. Find three lists:
#
# - `missing`: the paths of `own` that `state_dict` lacks, in the order of `own`,
# - `unexpected`: the paths of `state_dict` that `own` lacks, in its order,
# - `sizes`: for each path in both whose shapes differ, a line such as `left.weight: expected (2, 3), got (3, 2)`.
#
# With `strict=False`, missing and unexpected paths are returned but are no problem; a wrong size always is. (The
# lines below, which are given, see to that.)
#
# <details><summary>Hint 1: the idea</summary>
#
# Three list comprehensions over dictionaries; `in` asks for a key.
#
# </details>
# <details><summary>Hint 2: the shapes</summary>
#
# Tensors and arrays both have a `shape`, a tuple.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-keys", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Keys(NamedTuple):
    """The paths that did not match when a state was loaded."""

    missing_keys: list
    unexpected_keys: list


# %% nbgrader={"grade": false, "grade_id": "layers-overwrite", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def overwrite(t, values):
    """Write `values` into the memory of the tensor `t`, without a recipe; return `t`."""
    unwrap(t)[...] = unwrap(values)
    return t


# %% nbgrader={"grade": false, "grade_id": "layers-state", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
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
        ### BEGIN SOLUTION
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        ### END SOLUTION
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)


# %% nbgrader={"grade": false, "grade_id": "layers-state-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Cell(State):
    """A (2, 3) weight, a buffer that is saved and one that is not, and perhaps a layer inside."""

    def __init__(self, value=0.0, inner=None):
        super().__init__()
        self.weight, self.inner = Parameter(np.full((2, 3), value)), inner
        self.register_buffer("mean", Tensor([value]))
        self.register_buffer("mask", zeros(5), persistent=False)


# %% nbgrader={"grade": true, "grade_id": "test-layers-state", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_state():
    """A state goes from one network to another; what does not fit is named, and changes nothing."""
    source, target = Cell(1.0, Cell(2.0)), Cell(5.0, Cell(6.0))
    state = source.state_dict()
    paths = ["weight", "mean", "inner.weight", "inner.mean"]
    assert list(state) == paths, f"the paths of the state: expected {paths}, got {list(state)}"
    weight = target.inner.weight
    keys = target.load_state_dict(state)
    assert (list(keys[0]), list(keys[1])) == ([], []), f"all paths fit, got {keys}"
    assert target.inner.weight is weight, "loading: expected the same parameter with new numbers, got another one"
    assert_close(weight.data, np.full((2, 3), 2.0), "inner.weight after loading")
    assert_close(target.mean.data, np.array([1.0]), "mean after loading")
    damaged = {"weight": Tensor(np.ones((3, 2))), "old": 1, "inner.weight": np.zeros(3), "z": zeros(2)}
    lines = ["weight: expected (2, 3), got (3, 2)", "inner.weight: expected (2, 3), got (3,)"]
    lines += ["missing: mean", "missing: inner.mean", "unexpected: old", "unexpected: z"]
    kind, text = error_of(lambda: target.load_state_dict(damaged))
    assert kind == "RuntimeError", f"a damaged state: expected a RuntimeError, got {kind} {text}"
    got = [line.strip() for line in text.split("\n")[1:]]
    assert got == lines, "a damaged state: expected the lines\n  " + "\n  ".join(lines) + f"\ngot\n{text}"
    fits = {**damaged, "weight": zeros(2, 3), "inner.weight": zeros(2, 3)}
    kind, text = error_of(lambda: target.load_state_dict(fits))
    assert kind == "RuntimeError", f"missing paths alone: expected a RuntimeError, got {kind} {text}"
    assert_close(weight.data, np.full((2, 3), 2.0), "inner.weight after states that were refused")
    part = {"inner.weight": np.full((2, 3), 8.0, np.float32), **dict.fromkeys("zyxwvut", 1)}
    keys = target.load_state_dict(part, strict=False)
    expected = (["weight", "mean", "inner.mean"], list("zyxwvut"))
    assert (list(keys[0]), list(keys[1])) == expected, f"strict=False: expected {expected}, got {keys}"
    assert_close(weight.data, np.full((2, 3), 8.0), "inner.weight after loading a part")
    kind, text = error_of(lambda: target.load_state_dict({"weight": zeros(2)}, strict=False))
    assert kind == "RuntimeError", f"a wrong size with strict=False: expected a RuntimeError, got {kind} {text}"


test_unit_state()
### BEGIN HIDDEN TESTS
def test_hidden_state():
    """Shared layers appear under both paths; the order of the lists; a single missing path."""
    inner = Cell(3.0)
    pair = Cell(1.0)
    pair.inner, pair.twin = inner, inner
    expected = ["weight", "mean", "inner.weight", "inner.mean", "twin.weight", "twin.mean"]
    assert list(pair.state_dict()) == expected, f"a shared layer: expected {expected}, got {list(pair.state_dict())}"
    state = {**Cell().state_dict(), "b": 1, "a": 2}
    keys = Cell().load_state_dict({k: v for k, v in state.items() if k != "mean"}, strict=False)
    assert (list(keys[0]), list(keys[1])) == (["mean"], ["b", "a"]), f"the order of the paths: {keys}"
    kind, text = error_of(lambda: Cell().load_state_dict({"weight": zeros(2, 3)}))
    assert kind == "RuntimeError" and "missing: mean" in text and "expected (" not in text, f"one path missing: {text}"
    for shape in [(3,), (1, 3), (2, 3, 1), ()]:
        state = {"weight": np.zeros(shape), "mean": np.ones(1)}
        kind, text = error_of(lambda state=state: Cell().load_state_dict(state))
        assert kind == "RuntimeError" and f"weight: expected (2, 3), got {shape}" in text, f"shape {shape}: {kind} {text}"


test_hidden_state()
### END HIDDEN TESTS

# %%
[(path, p.shape) for path, p in Cell(1.0, Cell(2.0)).named_parameters()]


# %% [markdown]
# ## Module
# `Shown`, given, prints a network as PyTorch does; `extra_repr` is a layer's own part.

# %% nbgrader={"grade": false, "grade_id": "layers-label", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def label(layer):
    """How a layer shows itself inside another one: in its own way, or else by its class's name."""
    return repr(layer) if type(layer).__repr__ is not object.__repr__ else f"{type(layer).__name__}()"


# %% nbgrader={"grade": false, "grade_id": "layers-shown", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# At the top of the ladder stands the name that everybody knows. `layer(x)` runs `forward`, and a network is either
# *training* or *evaluating*; dropout, below, behaves differently in the two. Write `train(mode)`, which sets the flag
# `training` for the layer and all inside it. Ask each child to `train`, so that a layer which does it
# its own way is respected; `self.children()` leaves out None and plain functions.
#
# <details><summary>Hint 1: the idea</summary>
#
# Set the flag, ask the children one by one, and return the layer itself, so that `net = Net().train()` works.
#
# </details>
# <details><summary>Hint 2: the mode</summary>
#
# `train(False)` means evaluating: hand the mode on to the children.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-module", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
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
        ### BEGIN SOLUTION
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self
        ### END SOLUTION

    def eval(self):
        """Switch to evaluating: `train(False)`."""
        return self.train(False)

    def apply(self, f):
        """Call `f` with every layer inside, then with this one; return it."""
        for child in self.children():
            child.apply(f)
        f(self)
        return self


# %% nbgrader={"grade": false, "grade_id": "layers-scale", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Scale(Module):
    """A layer that multiplies by its parameter."""

    def __init__(self, factor):
        super().__init__()
        self.factor = Parameter(factor)

    def forward(self, x):
        """x times the factor."""
        return x * self.factor

    def extra_repr(self):
        """The factor."""
        return f"factor={self.factor.item():g}"


# %% nbgrader={"grade": false, "grade_id": "layers-frozen", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Frozen(Scale):
    """A layer that never trains."""

    def train(self, mode=True):
        """Stay evaluating."""
        return super().train(False)


# %% nbgrader={"grade": false, "grade_id": "layers-twice", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Twice(Module):
    """Two scales, one inside the other network."""

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x, plus=0):
        """First, then second, and a number."""
        return self.second(self.first(x)) + plus


# %% nbgrader={"grade": true, "grade_id": "test-layers-module", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_module():
    """train and eval reach every layer; calling runs forward."""
    net = Twice(Twice(Scale(2.0), Frozen(3.0)), Scale(5.0))
    net.first.add_module("nothing", None)
    net.first.add_module("bend", ReLU())
    flags = lambda: [module.training for module in net.modules()]
    assert flags() == [True] * 5, f"a new network: expected training to be True five times, got {flags()}"
    kind, text = error_of(net.eval)
    assert kind == "no error", f"a network with None and a ReLU among its layers: expected no error, got {kind}: {text}"
    assert net.eval() is net, f"net.eval(): expected the network itself, got {net.eval()!r}"
    assert flags() == [False] * 5, f"after eval: expected all False, got {flags()}"
    assert net.train() is net, f"net.train(): expected the network itself, got {net.train()!r}"
    expected = [True, True, True, False, True]
    assert flags() == expected, f"after train, with one layer that refuses: expected {expected}, got {flags()}"
    net.first.train(False)
    expected = [True, False, False, False, True]
    assert flags() == expected, f"after net.first.train(False): expected {expected}, got {flags()}"
    assert_close(net(Tensor([1, 2]), plus=1).data, np.array([31.0, 61.0]), "net(x, plus=1)")


test_unit_module()
### BEGIN HIDDEN TESTS
def test_hidden_module():
    """A network of any depth is switched as a whole."""
    net, levels = Scale(1.0), int(np.random.default_rng().integers(3, 9))
    for _ in range(levels):
        net = Twice(net, Scale(2.0))
    for mode in (False, True):
        got = [module.training for module in net.train(mode).modules()]
        assert got == [mode] * (2 * levels + 1), f"train({mode}) of {levels} networks within one another: got {got}"


test_hidden_module()
### END HIDDEN TESTS

# %%
print(Twice(Twice(Scale(2.0), Frozen(3.0)), Scale(5.0)))

# %% [markdown]
# ## How numbers travel through depth
# A formula gave the weights of `Dense` their scale. Here is why it matters: a signal through 20 layers of
# 256 neurons with ReLU, for three scales. ReLU throws half of the variance away, so the scale that keeps it
# constant is $\sqrt{2/n}$, not $\sqrt{1/n}$ (He et al., 2015, section 2.2). A factor of 2 per layer, either
# way, is a factor of a million after 20.

# %%
manual_seed(0)
ax = axes()
for factor, color in ((0.5, ORANGE), (1.0, BLUE), (2.0, GREY)):
    x, spread = randn(100, 256), []
    for _ in range(20):
        x = ReLU()(x @ (randn(256, 256) * (factor * math.sqrt(2 / 256))))
        spread.append((x * x).mean().item() ** 0.5)
    ax.plot(range(1, 21), spread, color=color, label=f"{factor:g} × √(2/n)")
ax.set(yscale="log", xlabel="layer", ylabel="size of the outputs (RMS)", xticks=range(2, 21, 2))
ax.legend();


# %% [markdown]
# Initialisers write into a tensor that is there already; PyTorch marks that with an underscore at the end. Two
# of them draw numbers, the rest choose the spread. All need to know how many inputs a neuron has (*fan in*)
# and how many neurons read one input (*fan out*). In PyTorch's layout a weight is (out, in): one *row* per
# neuron, the transpose of `Dense`. A convolution (module 09) has (out, in, height, width): a neuron reads
# in × height × width numbers.
#
# Write `fans`, for any number of axes from two on; for fewer raise
# `ValueError("fans: expected at least 2 axes, got shape (3,)")`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Both numbers are multiplied by the size of the window, the product of the axes from the third on.
#
# </details>
# <details><summary>Hint 2: the tool</summary>
#
# `math.prod(shape[2:])` is 1 for a matrix.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-fans", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def fans(shape):
    """The fan in and the fan out of a weight of `shape` (out, in, …).

    >>> fans((10, 3)), fans((8, 4, 5, 5))
    ((3, 10), (100, 200))
    """
    ### BEGIN SOLUTION
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-layers-fans", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_fans():
    """fans counts what a neuron reads, and who reads an input, by counting connections."""
    for shape in [(10, 3), (3, 10), (8, 4, 5), (2, 3, 4, 5), (1, 1)]:
        connections = np.ones(shape)
        expected = (connections[0].sum(), connections[:, 0].sum())
        assert_close(tuple(fans(shape)), expected, f"fans({shape})")
    kind, text = error_of(lambda: fans((3,)))
    expected = "fans: expected at least 2 axes, got shape (3,)"
    assert (kind, text) == ("ValueError", expected), f"fans((3,)): expected ValueError: {expected}, got {kind}: {text}"


test_unit_fans()
### BEGIN HIDDEN TESTS
assert_close(tuple(fans((6, 5, 2, 3, 7))), (210, 252), "fans((6, 5, 2, 3, 7))")
kind, text = error_of(lambda: fans(()))
assert kind == "ValueError", f"fans(()): expected a ValueError, got {kind}: {text}"
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "layers-constant", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def constant_(t, val):
    """Fill `t` with one number."""
    return overwrite(t, val)


def zeros_(t):
    """Fill `t` with 0."""
    return overwrite(t, 0)


def ones_(t):
    """Fill `t` with 1."""
    return overwrite(t, 1)


# %%
constant_(zeros(2, 3), 4)


# %% nbgrader={"grade": false, "grade_id": "layers-random", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def normal_(t, mean=0.0, std=1.0):
    """Fill `t` with normal random numbers."""
    return overwrite(t, randn(t.shape, dtype=t.dtype) * std + mean)


def uniform_(t, a=0.0, b=1.0):
    """Fill `t` with random numbers drawn evenly from [a, b)."""
    return overwrite(t, rand(t.shape, dtype=t.dtype) * (b - a) + a)


# %%
normal_(zeros(3, 4), std=10)


# %% [markdown]
# The *gain* is the factor by which a scale must grow because an activation shrinks the signal: √2 for ReLU.
# A leaky ReLU with slope a on the left keeps more, and needs $\sqrt{2 / (1 + a^2)}$. The two normal
# initialisers are given.

# %% nbgrader={"grade": false, "grade_id": "layers-gain", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what an activation takes from the spread of its inputs."""
    leaky = math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"relu": math.sqrt(2), "leaky_relu": leaky, "tanh": 5 / 3, "selu": 3 / 4}
    if nonlinearity not in {*gains, "linear", "sigmoid", "conv1d", "conv2d"}:
        raise ValueError(f"calculate_gain: unknown nonlinearity {nonlinearity!r}")
    return gains.get(nonlinearity, 1.0)


# %%
calculate_gain("relu"), calculate_gain("leaky_relu", 0.2)


# %% nbgrader={"grade": false, "grade_id": "layers-normal", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def xavier_normal_(t, gain=1.0):
    """Fill `t` with normal numbers of variance gain² · 2 / (fan in + fan out); Glorot and Bengio, 2010."""
    return normal_(t, 0, gain * math.sqrt(2 / sum(fans(t.shape))))


def kaiming_normal_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill `t` with normal numbers of variance gain² / fan; He et al., 2015. a: the slope of a leaky ReLU."""
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    return normal_(t, 0, calculate_gain(nonlinearity, a) / math.sqrt(fan))


# %% [markdown]
# Numbers drawn evenly from [-b, b] have the variance $b^2/3$: that is the mean of $x^2$ over the interval.
# Write `kaiming_uniform_`, with the same spread as `kaiming_normal_`; like there, an unknown `mode` is a
# `ValueError`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Find the standard deviation as above, and then the b which gives it.
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# $b = \sqrt{3}\,\sigma$, and `uniform_(t, -b, b)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-kaiming-uniform", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    """Fill `t` with numbers drawn evenly from [-b, b), of variance gain² / fan; return `t`.

    >>> kaiming_uniform_(zeros(1000, 600)).var()        # 2 / 600
    tensor(0.0033)
    """
    ### BEGIN SOLUTION
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-layers-kaiming-uniform", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_kaiming_uniform():
    """The numbers fill the right interval evenly, in place; bounds from PyTorch 2.13's torch.nn.init."""
    manual_seed(0)
    bounds = [
        ((200, 600), {}, 0.1),
        ((600, 200), {}, 0.173205),
        ((600, 200), {"mode": "fan_out"}, 0.1),
        ((300, 400), {"a": math.sqrt(5)}, 0.05),
        ((300, 300), {"nonlinearity": "tanh"}, 0.166667),
        ((300, 300), {"nonlinearity": "linear"}, 0.1),
        ((30, 40, 5, 5), {"nonlinearity": "relu"}, 0.0774597),
    ]
    for shape, options, bound in bounds:
        t = Tensor(np.full(shape, 9.0))
        row, got = t[0], kaiming_uniform_(t, **options)
        what = f"kaiming_uniform_ of a {shape} with {options}"
        assert got is t, f"{what}: expected t itself, got {got!r}"
        assert_close(row.data, t.data[0], f"{what}: row 0 in the memory of t, which should be written into")
        assert_close(np.abs(t.data).max(), bound, f"{what}: largest value", rtol=1e-3)
        assert_close(t.data.std(), bound / math.sqrt(3), f"{what}: standard deviation", rtol=0.01)
        assert_close(t.data.mean() / bound, 0.0, f"{what}: mean over the bound", atol=0.01)
    draws = []
    for _ in range(2):
        manual_seed(5)
        draws.append(kaiming_uniform_(zeros(3, 4)).data)
    assert_close(draws[1], draws[0], "kaiming_uniform_ twice, each time after manual_seed(5)")
    kind, text = error_of(lambda: kaiming_uniform_(zeros(2, 2), mode="fan"))
    assert kind == "ValueError", f"kaiming_uniform_ with mode='fan': expected a ValueError, got {kind}: {text}"


test_unit_kaiming_uniform()
### BEGIN HIDDEN TESTS
def test_hidden_kaiming():
    """Dtypes, parameters, another unknown mode."""
    weight = kaiming_uniform_(Parameter(zeros(50, 20, dtype=np.float64)))
    got = (str(weight.dtype), weight.requires_grad, weight.recipe)
    expected = ("float64", True, None)
    assert got == expected, f"dtype, requires_grad and recipe of a Parameter: expected {expected}, got {got}"
    kind, text = error_of(lambda: kaiming_uniform_(zeros(2, 2), mode=None))
    assert kind == "ValueError", f"kaiming_uniform_ with mode=None: expected a ValueError, got {kind}: {text}"


test_hidden_kaiming()
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "layers-xavier-uniform", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def xavier_uniform_(t, gain=1.0):
    """Fill `t` with numbers drawn evenly, of variance gain² · 2 / (fan in + fan out); Glorot and Bengio, 2010."""
    bound = gain * math.sqrt(6 / sum(fans(t.shape)))
    return uniform_(t, -bound, bound)


# %%
xavier_uniform_(zeros(3, 4))


# %% [markdown]
# ## Linear
# `Dense` once more, in PyTorch's way: a Module, with `weight` as (out_features, in_features), so $y = xW^T + b$.
# PyTorch starts the weight with `kaiming_uniform_(weight, a=√5)`, a historical choice: the gain becomes
# $\sqrt{1/3}$, the bound therefore $1/\sqrt{\text{in\_features}}$. The bias is drawn evenly from the same
# interval. Without a bias, `bias` must be registered as `None`. Write the function `linear`, and what the layer
# starts with.
#
# <details><summary>Hint 1: the idea</summary>
#
# Make `Parameter(zeros(…))` and run an initialiser over it, once for the weight and once for the bias.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `kaiming_uniform_(t, a=math.sqrt(5))` returns `t`; `uniform_(t, -bound, bound)`;
# `self.register_parameter("bias", None)`.
#
# </details>
# <details><summary>Hint 3: forward</summary>
#
# `linear`, above the class, is one line like that of `Dense`, with `weight.T`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-linear", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def linear(x, weight, bias=None):
    """x @ weight.T + bias: x (…, in), weight (out, in), bias (out,) or None give (…, out)."""
    ### BEGIN SOLUTION
    out = x @ weight.T
    return out if bias is None else out + bias
    ### END SOLUTION


class Linear(Module):
    """A fully connected layer as PyTorch keeps it: `weight` (out_features, in_features), `bias` (out_features,).

    >>> Linear(3, 2)(ones(5, 3)).shape
    (5, 2)
    """

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        ### BEGIN SOLUTION
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)
        ### END SOLUTION

    def forward(self, x):
        """The outputs (…, out_features) for the inputs x (…, in_features)."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        """The sizes, as PyTorch shows them."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


# %% nbgrader={"grade": true, "grade_id": "test-layers-linear", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_linear():
    """Linear keeps PyTorch's layout, starts in PyTorch's interval and computes x Wᵀ + b."""
    manual_seed(1)
    for inputs, outputs in [(400, 300), (100, 2000)]:
        layer, bound = Linear(inputs, outputs), 1 / math.sqrt(inputs)
        shapes = [(name, p.shape) for name, p in layer.named_parameters()]
        expected = [("weight", (outputs, inputs)), ("bias", (outputs,))]
        assert shapes == expected, f"parameters of Linear({inputs}, {outputs}): expected {expected}, got {shapes}"
        for name, p in [("weight", layer.weight), ("bias", layer.bias)]:
            assert_close(np.abs(p.data).max() / bound, 1.0, f"{name}: largest value over 1/√in", atol=0.02)
            assert_close(p.data.std() / bound, math.sqrt(1 / 3), f"{name}: spread over 1/√in", rtol=0.1)
            assert_close(p.data.mean() / bound, 0.0, f"{name}: mean over 1/√in", atol=0.1)
    pair = []
    for _ in range(2):
        manual_seed(6)
        pair.append(Linear(4, 3))
    for name in ("weight", "bias"):
        first, second = (layer.state_dict()[name].data for layer in pair)
        assert_close(second, first, f"{name} of Linear(4, 3) twice, each time after manual_seed(6)")
    layer, x = Linear(3, 2), Tensor([[1, 2, 3], [1, 0, 0]], requires_grad=True)
    layer.load_state_dict({"weight": Tensor([[1, 3, 5], [2, 4, 6]]), "bias": Tensor([10, 20])})
    expected = np.array([[32.0, 48.0], [11.0, 22.0]])
    assert_close(layer(x).data, expected, "layer(x) with weights set by hand")
    known = {"weight": np.array([[1, 3, 5], [2, 4, 6]]), "bias": np.array([10, 20]), "x": np.array([[1, 2, 3], [1, 0, 0]])}
    for name, t in [("weight", layer.weight), ("bias", layer.bias), ("x", x)]:
        other = known | {name: known[name] * 3}
        new = other["x"] @ other["weight"].T + other["bias"]
        assert leads_to(layer(x), t, other[name], new), f"layer(x) forgot that it came from {name}: compute with Tensors, not with .data"
    assert_close(x.data, np.array([[1, 2, 3], [1, 0, 0]]), "the input x after layer(x)")
    assert_close(layer(ones(2, 4, 3)).data, np.full((2, 4, 2), [19.0, 32.0]), "layer of a (2, 4, 3)")
    plain = Linear(3, 2, bias=False)
    paths = list(plain.state_dict())
    assert paths == ["weight"], f"the state with bias=False: expected ['weight'], got {paths}"
    advice = "call self.register_parameter('bias', None): a plain self.bias = None is an ordinary attribute"
    names = shelves(plain)["_parameters"]
    assert names == ["bias", "weight"], f"without a bias {advice}. _parameters: expected bias and weight, got {names}"
    assert plain.bias is None, f"bias with bias=False: expected None, got {plain.bias!r}"
    assert_close(plain(Tensor(np.eye(3))).data, plain.weight.data.T, "a layer without a bias on the unit vectors")


test_unit_linear()
### BEGIN HIDDEN TESTS
def test_hidden_linear():
    """Recipes, one example, the functional form, the printed form."""
    layer = Linear(4, 3)
    new = np.zeros((3, 4)), np.broadcast_to(layer.bias.data, (2, 5, 3))
    assert leads_to(layer(ones(2, 5, 4)), layer.weight, *new), "layer of a (2, 5, 4) forgot that it came from weight"
    assert_close(layer(ones(4)).data, layer.weight.data.sum(axis=1) + layer.bias.data, "one example", atol=1e-4)
    assert_close(linear(Tensor([1, 2]), Tensor([[3, 4]])).data, np.array([11.0]), "linear without a bias")
    expected = "Linear(in_features=4, out_features=3, bias=True)"
    assert repr(layer) == expected, f"repr: expected {expected}, got {layer!r}"


test_hidden_linear()
### END HIDDEN TESTS

# %% [markdown]
# ## Layers in a row
# `Sequential` hands the output of each layer to the next. Anything callable may stand in it, so the activations of
# module 02 do. `Container`, given, gives layers back by index; the `__init__` of `Sequential`, given too, names them
# `0`, `1`, …, unless a dictionary does. Write `forward`.
#
# <details><summary>Hint 1: the idea</summary>
#
# A loop over the layers. Each time `x` becomes the output of a layer.
#
# </details>
# <details><summary>Hint 2: the tool</summary>
#
# `for layer in self` gives the layers in order: `Container` has an `__iter__`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-container", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "layers-sequential", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
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
        ### BEGIN SOLUTION
        for layer in self:
            x = layer(x)
        return x
        ### END SOLUTION

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]


# %% nbgrader={"grade": false, "grade_id": "layers-sequential-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Times(Module):
    """Multiplies by a number."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        """factor · x."""
        return x * self.factor


# %% nbgrader={"grade": false, "grade_id": "layers-plus-one", "locked": true, "schema_version": 3, "solution": false, "task": false}
def plus_one(x):
    """A plain function as a layer."""
    return x + 1


# %% nbgrader={"grade": true, "grade_id": "test-layers-sequential", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_sequential():
    """Sequential calls its layers in order, whatever they are, and owns their parameters."""
    x = Tensor([-1, 2])
    assert_close(Sequential(Times(3), plus_one)(x).data, np.array([-2.0, 7.0]), "three times, plus one")
    assert_close(Sequential(plus_one, Times(3))(x).data, np.array([0.0, 9.0]), "plus one, three times")
    assert_close(Sequential(plus_one, plus_one, ReLU(), Times(2))(x).data, np.array([2.0, 8.0]), "four layers")
    assert_close(Sequential()(x).data, np.array([-1.0, 2.0]), "no layer at all")
    net, paths = Sequential(Linear(2, 3), ReLU(), Linear(3, 1)), ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert list(net.state_dict()) == paths, f"paths: expected {paths}, got {list(net.state_dict())}"
    first, last = net[0], net[-1]
    inner = np.maximum(x.data @ first.weight.data.T + first.bias.data, 0)
    assert_close(net(x).data, inner @ last.weight.data.T + last.bias.data, "a network of two layers")
    assert_close(net[:2](x).data, inner, "the first two layers of it")
    new = np.zeros((3, 2)), first.bias.data @ last.weight.data.T + last.bias.data
    assert leads_to(Sequential(first, last)(x), first.weight, *new), "net(x) forgot that it came from its first layer's weight"


test_unit_sequential()
### BEGIN HIDDEN TESTS
named = Sequential({"double": Times(2), "next": Sequential(plus_one, Times(5))})
assert_close(named(Tensor([1.0])).data, np.array([15.0]), "named layers, nested")
paths, expected = [path for path, _ in named.named_modules()], ["", "double", "next", "next.1"]
assert paths == expected, f"the paths of a nested one: expected {expected}, got {paths}"
### END HIDDEN TESTS

# %%
print(Sequential(Linear(2, 3), ReLU(), Linear(3, 1)))


# %% [markdown]
# Not every network is a row. If `forward` needs the layers one at a time, a Python list seems right:
# `self.blocks = [Linear(4, 4), Linear(4, 4)]`. But a list is neither Parameter nor module, so nothing is
# noticed: the blocks are not trained and not saved. `ModuleList` is a list that is a module. Write its
# `append`.
#
# <details><summary>Hint 1: the idea</summary>
#
# The name of the new layer is how many there are, as text. Put it on the shelf of modules.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `put(self, "_modules", name, layer)`; return the list, as the docstring says.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-module-list", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
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
        ### BEGIN SOLUTION
        put(self, "_modules", str(len(self)), layer)
        return self
        ### END SOLUTION

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


# %% nbgrader={"grade": true, "grade_id": "test-layers-module-list", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_module_list():
    """A ModuleList behaves like a list, and its layers are found."""
    blocks = ModuleList([Times(float(factor)) for factor in range(12)])
    factors, expected = [b.factor for b in blocks], list(range(12))
    assert factors == expected, f"the factors of twelve layers, in order: expected {expected}, got {factors}"
    got = (len(blocks), blocks[-1].factor, blocks[3].factor)
    assert_close(got, (12, 11, 3), "the length, blocks[-1] and blocks[3]")
    assert_close([b.factor for b in blocks[8:]], [8, 9, 10, 11], "the factors of blocks[8:]")
    paths, expected = [path for path, _ in blocks.named_modules()][1:], [str(i) for i in range(12)]
    assert paths == expected, f"the paths of twelve layers: expected {expected}, got {paths}"
    got = blocks.append(Scale(5.0))
    assert got is blocks, f"append: expected the list itself, got {got!r}"
    names = [path for path, _ in blocks.named_parameters()]
    assert names == ["12.factor"], f"the parameters after append(Scale(5.0)): expected ['12.factor'], got {names}"
    mixed = ModuleList([plus_one, ReLU(), Times(2)])
    assert_close([float(f(Tensor(1.0))) for f in mixed], [2, 1, 2], "a function, a ReLU and a layer in a list, called")
    net = Times(1)
    net.blocks = ModuleList([Linear(2, 2)]).append(Linear(2, 1, bias=False))
    paths = ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight"]
    assert list(net.state_dict()) == paths, f"a list inside a network: expected {paths}, got {list(net.state_dict())}"
    kind, text = error_of(lambda: blocks[13])
    assert kind == "IndexError", f"blocks[13]: expected an IndexError, got {kind}: {text}"
    kind, text = error_of(lambda: blocks.append(3))
    assert kind == "TypeError", f"append(3): expected a TypeError, got {kind}: {text}"


test_unit_module_list()
### BEGIN HIDDEN TESTS
blocks = ModuleList()
assert len(blocks) == 0, f"an empty list: expected length 0, got {len(blocks)}"
blocks.extend([Times(1), Times(2)])[0] = Times(9)
assert_close([b.factor for b in blocks], [9, 2], "blocks[0] = a new layer")
assert blocks.eval()[1].training is False, f"eval of a list: expected training False, got {blocks[1].training}"
kind, text = error_of(lambda: blocks.append("a"))
assert (kind, len(blocks)) == ("TypeError", 2), f"append('a'): expected a TypeError, got {kind}: {text}"
### END HIDDEN TESTS

# %%
ModuleList([Linear(2, 2), Linear(2, 2), ReLU()])

# %% [markdown]
# `Sequential` borrows your `append`. A dictionary of layers is the same again, given for later.

# %% nbgrader={"grade": false, "grade_id": "layers-sequential-append", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
Sequential.append, Sequential.extend = ModuleList.append, ModuleList.extend


# %% nbgrader={"grade": false, "grade_id": "layers-module-dict", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# ## Three layers without weights
# `Identity` does nothing; it takes the place of a layer that one wants to leave out. `Flatten` turns each
# example of a batch into one row: all axes but the first are joined, unless told otherwise. Write its `forward`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Tensors can do that: you wrote it in module 01.
#
# </details>
# <details><summary>Hint 2: the tool</summary>
#
# `flatten(start_dim, end_dim)`, with the axes that the constructor was given.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-flatten", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
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
        ### BEGIN SOLUTION
        return x.flatten(self.start_dim, self.end_dim)
        ### END SOLUTION

    def extra_repr(self):
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


# %% nbgrader={"grade": false, "grade_id": "layers-identity", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Identity(Module):
    """Gives back its input; arguments to the constructor are ignored."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x):
        """x."""
        return x


# %% nbgrader={"grade": true, "grade_id": "test-layers-flatten", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_flatten_layer():
    """Flatten joins the axes it is told to, and keeps the order; Identity does nothing."""
    x = np.arange(120.0, dtype=np.float32).reshape(2, 3, 4, 5)
    cases = [((), (2, 60)), ((0,), (120,)), ((2,), (2, 3, 20)), ((1, 2), (2, 12, 5)), ((-2,), (2, 3, 20)), ((0, -2), (24, 5))]
    for dims, shape in cases:
        assert_close(Flatten(*dims)(Tensor(x)).data, x.reshape(shape), f"Flatten{dims} of a {x.shape}")
    assert_close(Flatten(end_dim=2)(Tensor(x)).data, x.reshape(2, 12, 5), "Flatten(end_dim=2)")
    assert_close(Identity(54, unused=1)(Tensor(x)).data, x, "Identity")
    given = Tensor(x, requires_grad=True)
    assert leads_to(Flatten()(given), given, x + 1, x.reshape(2, 60) + 1), "Flatten()(x) forgot its x: compute with Tensors, not with .data"
    assert_close(given.data, x, "the input after Flatten")


test_unit_flatten_layer()
### BEGIN HIDDEN TESTS
assert_close(Flatten()(zeros(0, 3, 2)).data, np.zeros((0, 6)), "Flatten of an empty batch")
net = Sequential(Identity(), Flatten(), Linear(6, 1))
got = net(zeros(4, 2, 3)).shape
assert got == (4, 1), f"Flatten in a network: expected shape (4, 1), got {got}"
### END HIDDEN TESTS

# %%
Sequential(Linear(2, 3), Identity(), Flatten(0))(ones(4, 2)).shape


# %% [markdown]
# `Dropout` sets each number to 0 with probability p while training, anew each time, so that no neuron can rely
# on a single other one (Srivastava et al., 2014). When evaluating nothing is dropped, and then the next layer
# would suddenly receive more. So those that stay are divided by 1 - p while training: on average, each number
# keeps its value, and evaluating costs nothing. That is *inverted* dropout.
#
# Write the function `dropout`; the layer is given. Leave x itself as it is. With p = 1 everything becomes 0, and
# 1 / (1 - p) must not be computed. A dropped infinity becomes 0, not NaN.
#
# <details><summary>Hint 1: the idea</summary>
#
# When not training, or when p is 0, return x as it is. Else draw one number per element: `rand(x.shape) >= p`
# is true with probability 1 - p.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `where(keep, x * scale, 0)`, with any scale if p is 1. Multiplying by a mask of 0 and 1 would give ∞ · 0 = NaN.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def dropout(x, p=0.5, training=True):
    """x with each element set to 0 with probability p, the others divided by 1 - p; x itself if not training.

    >>> dropout(ones(4), p=0.5)        # for example
    tensor([2., 0., 0., 2.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    ### BEGIN SOLUTION
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    return where(rand(x.shape) >= p, x * scale, 0)
    ### END SOLUTION


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


# %% nbgrader={"grade": true, "grade_id": "test-layers-dropout", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_dropout():
    """The right share is dropped, the mean stays, evaluating changes nothing."""
    manual_seed(0)
    x = np.random.default_rng(0).normal(3, 1, size=(200, 100)).astype(np.float32)
    for p in (0.1, 0.5, 0.8):
        given = Tensor(x)
        out = dropout(given, p).data
        assert_close(given.data, x, f"the input x after dropout with p={p}")
        gone = out == 0
        assert_close(gone.mean(), p, f"share of zeros with p={p}", atol=0.015)
        assert_close(out[~gone], x[~gone] / np.float32(1 - p), f"what stays with p={p}", rtol=1e-5)
        for axis, parts in ((0, "columns"), (1, "rows")):
            spread = gone.mean(axis=axis).std()
            what = f"p={p}: each element is dropped by itself, not whole {parts}: spread of their shares of zeros"
            assert 0.01 < spread < 0.07, f"{what}: expected 0.01 to 0.07, got {spread:.3f}"
    layer, given = Dropout(0.5), Tensor(x, requires_grad=True)
    first, second = layer(given), layer(given)
    assert leads_to(first, given, 2 * x, 2 * first.data), "dropout(x) forgot that it came from x: compute with Tensors, not with .data"
    same = ((first.data == 0) == (second.data == 0)).mean()
    assert same < 0.6, f"two calls: expected masks that agree in about half of the elements, got {same:.0%}"
    draws = []
    for _ in range(2):
        manual_seed(4)
        draws.append(layer(given).data)
    assert_close(draws[1], draws[0], "dropout twice, each time after manual_seed(4)")
    vast = dropout(Tensor(np.full(100, np.inf)), 0.5).data
    assert not np.isnan(vast).any(), f"a dropped infinity: expected 0, got {np.isnan(vast).sum()} times NaN"
    assert_close(layer.eval()(Tensor(x)).data, x, "Dropout when evaluating")
    assert_close(dropout(Tensor(x), 0.0).data, x, "dropout with p=0")
    with np.errstate(all="raise"):
        assert_close(dropout(Tensor(x), 1.0).data, np.zeros_like(x), "dropout with p=1")


test_unit_dropout()
### BEGIN HIDDEN TESTS
def test_hidden_dropout():
    """Dtypes, infinities, a p out of range, training in a network."""
    x = np.array([[1.0, -2.0, np.inf, 4.0]] * 50, np.float64)
    given = Tensor(x, np.float64)
    out = dropout(given, 0.75)
    assert str(out.dtype) == "float64", f"dropout of float64: expected float64, got {out.dtype}"
    assert_close(out.data[out.data != 0], np.broadcast_to(4 * x, x.shape)[out.data != 0], "what stays, with infinities")
    assert_close(given.data, x, "the input after dropout")
    with np.errstate(invalid="ignore"):
        assert_close(dropout(given, 1.0).data, np.zeros_like(x), "dropout of infinities with p=1")
    for p in (-0.1, 1.5):
        kind, text = error_of(lambda p=p: Dropout(p))
        assert kind == "ValueError", f"Dropout({p}): expected a ValueError, got {kind}: {text}"
    net = Sequential(Identity(), Sequential(Dropout(0.5)))
    share = (net(ones(1000)).data == 0).mean()
    assert_close(share, 0.5, "share of zeros from a new network, which is training", atol=0.1)
    assert_close(net.eval()(ones(1000)).data, np.ones(1000), "Dropout inside an evaluating network")


test_hidden_dropout()
### END HIDDEN TESTS

# %%
drop = Dropout(0.25)
drop(ones(3, 8))

# %%
drop.eval()(ones(2))


# %% [markdown]
# ## XOR
# Now the network from the top. `Dense(2, 2)`, a ReLU, `Dense(2, 1)`: nine numbers, to be found by thinking,
# since learning them comes in module 05. There is more than one answer.
#
# <details><summary>Hint 1: the idea</summary>
#
# Let the first neuron count the ones among the inputs. Let the second be on only if both are 1. Then the output
# is the count, minus what is too much.
#
# </details>
# <details><summary>Hint 2: the numbers</summary>
#
# Both neurons add up the inputs with weights 1; a bias of -1 keeps the second one silent until both are on. For
# (1, 1) the count is 2 and should become 0, and the second neuron says 1: how often must it be taken away?
#
# </details>
# <details><summary>Hint 3: the form</summary>
#
# `hidden.weights = Tensor([[…, …], […, …]])` with one column per neuron, `hidden.bias = Tensor([…, …])`;
# `output.weights` has the shape (2, 1).
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "layers-xor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def xor_network():
    """A network of two layers that gives x1 XOR x2 for rows (x1, x2) of zeros and ones.

    >>> xor_network()(Tensor([[1, 0], [1, 1]]))
    tensor([[1.],
            [0.]])
    """
    hidden, output = Dense(2, 2), Dense(2, 1)
    ### BEGIN SOLUTION
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[1], [-2]]), zeros(1)
    ### END SOLUTION
    return Sequential(hidden, ReLU(), output)


# %% nbgrader={"grade": true, "grade_id": "test-layers-xor", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_xor():
    """The network computes XOR with two layers and a ReLU."""
    net, table = xor_network(), np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    kinds = [type(layer).__name__ for layer in net]
    assert kinds == ["Dense", "ReLU", "Dense"], f"the layers: expected Dense, ReLU, Dense, got {kinds}"
    shapes = (net[0].weights.shape, net[2].weights.shape)
    assert shapes == ((2, 2), (2, 1)), f"the shapes of both weights: expected ((2, 2), (2, 1)), got {shapes}"
    for row in table:
        assert_close(net(Tensor(row)).data, np.array([row[0] != row[1]], float), f"XOR of {row[0]:g} and {row[1]:g}")
    assert_close(net(Tensor(table)).data, np.array([[0.0], [1], [1], [0]]), "XOR of all four at once")


test_unit_xor()
### BEGIN HIDDEN TESTS
bits = np.random.default_rng(9).integers(0, 2, (50, 2))
got = xor_network()(Tensor(bits)).data
assert_close(got, (bits[:, :1] ^ bits[:, 1:]).astype(np.float32), "XOR of fifty rows")
### END HIDDEN TESTS

# %%
grid = np.stack(np.meshgrid(*2 * [np.linspace(-0.3, 1.3, 81)]), axis=-1)
ax = axes(1, 3.2, picture=True)
ax.imshow(xor_network()(Tensor(grid)).data[..., 0], cmap="Blues", origin="lower", extent=(-0.3, 1.3, -0.3, 1.3))
ax.scatter(*points.T, c=xor, cmap="gray", edgecolors=ORANGE, s=90, linewidths=2)
ax.set_title("your network");


# %% nbgrader={"grade": false, "grade_id": "layers-later", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def __getattr__(name):
    """Conv2D, which a later module builds, can be imported from here as well, beside Dense."""
    if name == "Conv2D":
        return importlib.import_module("tinytorch.core.spatial").Conv2D
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# %% [markdown]
# ## What it costs
# Three loops against `@`, square matrices, on your machine. Both do $2n^3$ additions and multiplications.

# %%
def seconds(f):
    """The best time of three calls."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)


# %%
def rates(multiply, sizes):
    """Millions of operations per second of `multiply`, for square matrices of these sizes."""
    squares = [(n, randn(n, n)) for n in sizes]
    return [2e-6 * n**3 / seconds(lambda a=a: multiply(a, a)) for n, a in squares]


# %%
small, large = (4, 8, 16, 32, 64), (4, 8, 16, 32, 64, 128, 256, 512)
loops, blas = rates(matmul, small), rates(lambda a, b: a @ b, large)
print(f"n = 64: {blas[4] / loops[4]:,.0f} times; three loops at n = 4096 would take {2e-6 * 4096**3 / loops[4] / 60:,.0f} minutes")

# %%
ax = axes()
ax.plot(small, loops, "o-", label="three loops", color=ORANGE)
ax.plot(large, blas, "o-", label="A @ B", color=BLUE)
ax.set(xscale="log", yscale="log", xlabel="n", ylabel="million operations / s", xticks=large, xticklabels=large)
ax.legend();

# %% [markdown]
# The loops pay for Python's interpreter at every number. `@` pays once, for the call (left end), and then runs
# a library that computes many products per instruction and keeps the numbers it needs again close by, in the
# cache. Module 18 takes that apart.
#
# ## What PyTorch does differently
# - `torch/nn/modules/module.py` keeps the same three dictionaries, in one class of 3,000 lines: the rest is
#   hooks, devices, and versions of old files.
# - Its `load_state_dict` copies what fits before it complains; ours changes nothing.
# - Its activations are modules (`torch/nn/modules/activation.py`); ours are plain callables, so they appear in
#   a `Sequential`, but not in `named_modules`.
# - `nn.Parameter(t)` shares the memory of t; ours copies.
# - Dropout draws its mask inside the kernel (`aten/src/ATen/native/Dropout.cpp`) and saves it for the gradient.
#
# ## Questions
# 1. Two `Dense` layers of 1000 × 1000 without an activation between them compute what one could. By which factor
#    is the pair slower? And when would one still write a matrix as a product of two, 1000 × 10 and 10 × 1000?
# 2. `state_dict` shares memory with the network. You keep `best = net.state_dict()` and train on; what is in
#    `best` at the end? And what would become of two layers that share a weight if `load_state_dict` replaced
#    parameters instead of writing into them?
# 3. A network ends in `Dropout(0.5)` followed by a mean over 1,000 numbers. How does the spread of its output
#    while training compare with evaluating, and does the division by 1 - p change that?
#
# Export the chapter with `tito export 03`. Module 04 measures how wrong a network is; module 05 finds the
# direction in which each of its parameters should move.
