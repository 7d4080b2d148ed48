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
#     - 08_dataloader
#     title: Convolution
# ---

# %% [markdown]
# # Convolution
# > One small pattern, looked for everywhere.
#
# At the end of this chapter a network of your own reads handwritten digits with a fifth of the parameters that
# the full layers of module 08 needed, and you see the patterns that it looks for. You will have written its central
# operation with loops, and then as a product of matrices, thousands of times as fast; the third version needs a third of
# the second's memory for large images. Here are nine numbers, slid over a photograph:

# %% nbgrader={"grade": false, "grade_id": "spatial-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.spatial
#| export
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tinytorch import _arrays
from tinytorch._images import abreast, inner, is_narrow, lowest, one_by_one, opposite, padded, together
from tinytorch.core.autograd import no_grad, rule
from tinytorch.core.layers import Module, Parameter, fans, kaiming_uniform_, overwrite, uniform_
from tinytorch.core.tensor import Tensor, mean, op, ones, reshape, sqrt, sum_, tensor, var, zeros

# %% nbgrader={"grade": false, "grade_id": "spatial-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import functools
import operator
import time
import tracemalloc

import matplotlib.pyplot as plt
from matplotlib.cbook import get_sample_data

from tinytorch.core import autograd
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import grad
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, AdamW, OneCycleLR
from tinytorch.core.tensor import manual_seed
from tinytorch.core.training import Accuracy, Trainer
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, axes
from tinytorch.testing import assert_close, assert_same, gradient_problem, rule_problem
from tinytorch.utils.data import datasets

# %%
photo = plt.imread(get_sample_data("grace_hopper.jpg"))[40:440:2, 80:480:2].mean(2) / 255
upright = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
slid = np.lib.stride_tricks.sliding_window_view(photo, (3, 3))
found = [(slid * kernel).sum((2, 3)) for kernel in (upright, upright.T)]
for ax, shown, title in zip(axes(3, 2.6, picture=True), [photo, *found], ["photograph", "upright edges", "level edges"], strict=True):
    ax.imshow(shown)
    ax.set_title(title)

# %% [markdown]
# Each pixel on the right is a sum of nine products: the nine numbers, the **kernel**, times the nine pixels around
# one place. Where the picture changes from left to right, the sum is far from 0. I. Sobel chose these numbers in 1968.
# In a network they are parameters, and training chooses them.
#
# Two things make this cheaper than a full layer. A pixel of the result looks at nine pixels and not at all 40,000; and
# all places share the same nine numbers, so that what is learned in one corner is known in every other.
#
# ## How many places
# A kernel of length k fits into n pixels at n - k + 1 places. Three settings change that. **Padding** p adds p zeros at
# both ends. With **stride** s only every s-th place counts. **Dilation** d spreads the kernel: its k numbers stand d
# pixels apart, so that it spans d (k - 1) + 1 pixels. Below, k = 3 with d = 2, s = 2 and p = 1 has three places on 7 pixels.

# %%
ax = axes(height=1.7, picture=True)
for row, start in enumerate((0, 2, 4)):
    for i in range(9):
        color = BLUE if i in range(start, start + 5, 2) else "white"
        line = ":" if i in (0, 8) else "-"
        ax.add_patch(plt.Rectangle((i, -1.3 * row), 0.9, 0.9, facecolor=color, edgecolor=GREY, linestyle=line))
    ax.text(-0.4, 0.45 - 1.3 * row, f"place {row}", ha="right", va="center")
ax.set(xlim=(-6, 15), ylim=(-2.8, 1.1))
ax.text(9.3, 0.45, "dotted: padding", va="center");


# %% [markdown]
# Write the number of places. Where the kernel does not fit even once, the number must be 0 or less: all errors further
# down rely on it.
#
# <details><summary>Hint 1: the idea</summary>
#
# The last place where the kernel may begin is (padded length) - (span), counted from 0. How many multiples of s are
# there from 0 up to it?
#
# </details>
# <details><summary>Hint 2: the formula</summary>
#
# The whole part of last / s, plus 1.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-out-length", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    ### BEGIN SOLUTION
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-spatial-out-length", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_out_length(smallest=(3, 1, 1, 0, 1), counts=(9, 4, 4, 3, 4)):
    """out_length counts the places at which a kernel fits, for every combination of settings."""
    for more in np.ndindex(counts):
        n, kernel, stride, padding, dilation = map(operator.add, smallest, more)
        starts = range(0, n + 2 * padding, stride)
        expected = sum(start + dilation * (kernel - 1) < n + 2 * padding for start in starts)
        got = out_length(n, kernel, stride, padding, dilation)
        case = f"out_length({n}, {kernel}, stride={stride}, padding={padding}, dilation={dilation})"
        if expected:
            assert_same(got, expected, case)
        else:
            assert got < 1, f"{case}: the kernel does not fit, expected 0 or less, got {got}"


test_unit_out_length()
### BEGIN HIDDEN TESTS
test_unit_out_length(np.random.default_rng().integers(4, [300, 9, 9, 9, 9]).tolist(), (3, 2, 2, 2, 2))
### END HIDDEN TESTS

# %% [markdown]
# ## With loops
# Images come as (N, C, H, W): N images, each of C **channels** (red, green and blue; deeper in a network, whatever
# the layer before has found), H rows and W columns. A kernel looks at all channels at once, and there are O of them,
# one for each channel of the result: the weight is (O, C, kh, kw).
#
# $$\text{out}[n, o, i, j] = \sum_{c, a, b} x[n, c,\; s\,i + a,\; s\,j + b] \; w[o, c, a, b]$$
#
# Mathematicians turn the kernel by 180° first, call that convolution, and this correlation. Networks learn their
# kernels either way, and call this convolution. Given are the loops over the places of the result; fill in
# `out[n, o, i, j]`. (Here `stride` is one number for rows and columns; from `windows` on it is a pair.)
#
# <details><summary>Hint 1: the idea</summary>
#
# One more loop over the places (c, a, b) in a kernel, which adds up products.
#
# </details>
# <details><summary>Hint 2: the loop</summary>
#
# `for c, a, b in np.ndindex(w.shape[1:])` goes through them. Which row of the image is under row a of the kernel?
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-loops", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        ### BEGIN SOLUTION
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total
        ### END SOLUTION
    return out


# %% nbgrader={"grade": false, "grade_id": "spatial-shifts-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def conv_by_shifts(x, w, stride=(1, 1), dilation=(1, 1), groups=1):
    """The same, kernel place by kernel place, by another way: each place is an einsum over a shifted image."""
    n, (o, c, kh, kw) = len(x), w.shape
    height, width = ((m - d * (k - 1) - 1) // s + 1 for m, k, s, d in zip(x.shape[2:], (kh, kw), stride, dilation, strict=True))
    out = np.zeros((n, groups, o // groups, height, width))
    for a, b in np.ndindex(kh, kw):
        seen = x[:, :, a * dilation[0] :: stride[0], b * dilation[1] :: stride[1]][:, :, :height, :width].astype(np.float64)
        out += np.einsum("ngchw,goc->ngohw", seen.reshape(n, groups, c, height, width), w[:, :, a, b].reshape(groups, -1, c))
    return out.reshape(n, o, height, width)


# %% nbgrader={"grade": true, "grade_id": "test-spatial-loops", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_loops():
    """conv2d_loops equals a sum of shifted images, for several sizes, channels and strides."""
    rng = np.random.default_rng(901)
    for shape, kernels, stride in [((1, 1, 4, 4), (1, 1, 2, 2), 1), ((2, 3, 5, 4), (2, 3, 3, 2), 1), ((2, 2, 7, 6), (3, 2, 2, 3), 2), ((1, 2, 8, 5), (1, 2, 1, 1), 3)]:
        x, w = rng.standard_normal(shape), rng.standard_normal(kernels)
        got = conv2d_loops(x, w, stride)
        assert_close(got, conv_by_shifts(x, w, (stride, stride)), f"conv2d_loops of {shape} with {kernels}, stride {stride}")


test_unit_loops()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(902)
x, w = rng.standard_normal((1, 2, 6, 9)), rng.standard_normal((2, 2, 2, 4))
assert_close(conv2d_loops(x, w, 3), conv_by_shifts(x, w, (3, 3)), "conv2d_loops of (1, 2, 6, 9) with (2, 2, 2, 4), stride 3")
### END HIDDEN TESTS

# %%
spot = np.zeros((1, 1, 5, 5))
spot[0, 0, 2, 2] = 1
conv2d_loops(spot, np.arange(9.0).reshape(1, 1, 3, 3))[0, 0]


# %% [markdown]
# One bright pixel: the kernel comes out turned by 180°. Keep that in mind for the gradient.
#
# ## As a matrix product
# Module 03 measured how far loops are from `@`. Can a convolution be a product of matrices? Each number of the result
# is one row of weights times one window of the image. So write every window as a *column*: the image becomes a
# matrix of C · kh · kw rows and oh · ow columns, the weights one of O rows and C · kh · kw columns. This is called
# **im2col** (K. Chellapilla and others, 2006).
#
# No loop is needed to collect the windows. An array is memory and **strides**: how many bytes to go for one step along
# each axis (module 01). A window's rows are the image's rows, so the array (N, C, kh, kw, oh, ow) of all windows is the
# same memory seen with six strides.
#
# `as_strided` makes the view; it believes what it is told, and a wrong stride reads memory that belongs to others. Write
# `strides`, the bytes for one step along each of the axes (N, C, kh, kw, oh, ow).
#
# <details><summary>Hint 1: the idea</summary>
#
# For each of the six axes: how many rows or columns does one step go? That many times `down` or `right`, which are
# bytes. The first two axes are the image's own.
#
# </details>
# <details><summary>Hint 2: one axis</summary>
#
# One step along kh goes `dilation[0]` rows down: `dilation[0] * down` bytes. One step along ow goes on by how many columns?
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    ### BEGIN SOLUTION
    strides = (image, channel, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[1] * right)
    ### END SOLUTION
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)


# %% nbgrader={"grade": false, "grade_id": "spatial-windows-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def copied_windows(whole, rows, order, *settings):
    """A copy of `windows` of a view: the rows ::rows, the axes in this order; after a look whether all lies in its memory."""
    x = whole[:, :, ::rows].transpose(order)
    seen = windows(x, *settings)
    (low, high), (first, last) = (np.lib.array_utils.byte_bounds(a) for a in (x, seen))
    assert low <= first and last <= high, f"with the strides {seen.strides} as_strided leaves the image: x has {x.strides}"
    return np.array(seen)


# %% nbgrader={"grade": true, "grade_id": "test-spatial-windows", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_windows(
    shape=(2, 2, 9, 8), cases=(((3, 3), (1, 1), (1, 1)), ((2, 3), (2, 1), (1, 1)), ((3, 2), (1, 3), (2, 1)), ((1, 2), (3, 2), (1, 3)))
):
    """windows shows for each place what is under the kernel, with strides, dilation, and images that are views."""
    whole = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    usual, turned = (0, 1, 2, 3), (0, 1, 3, 2)
    views = {"an image": (whole, 1, usual), "every other row": (whole, 2, usual), "a transposed image": (whole, 1, turned)}
    for name, (image, rows, order) in {**views, "float64": (whole.astype(np.float64), 1, usual)}.items():
        x = image[:, :, ::rows].transpose(order)
        for kernel, stride, dilation in cases:
            got = copied_windows(image, rows, order, kernel, stride, dilation)
            places = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
            expected = np.empty((*x.shape[:2], *kernel, *places), x.dtype)
            for a, b, i, j in np.ndindex(expected.shape[2:]):
                expected[:, :, a, b, i, j] = x[:, :, i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1]]
            assert_close(got, expected, f"windows of {name}, kernel {kernel}, stride {stride}, dilation {dilation}")


test_unit_windows()
### BEGIN HIDDEN TESTS
test_unit_windows((3, 1, 13, 7), np.random.default_rng().integers(1, [[4, 4], [5, 5], [4, 4]], (4, 3, 2)).tolist())
### END HIDDEN TESTS

# %%
windows(np.arange(12.0).reshape(1, 1, 3, 4), (2, 2)).reshape(4, 6)  # each column is a window


# %% [markdown]
# Now the product. `reshape` makes the columns. Here it has to copy: in the view a pixel is part of several windows, and in
# a matrix every number has a place of its own.
#
# <details><summary>Hint 1: the idea</summary>
#
# Weights (O, C · kh · kw) times columns (N, C · kh · kw, oh · ow) are (N, O, oh · ow).
#
# </details>
# <details><summary>Hint 2: the steps</summary>
#
# `seen.reshape(len(x), rows.shape[1], -1)` gives the columns; the product is reshaped to the sizes at the end of
# `seen.shape`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-im2col", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    ### BEGIN SOLUTION
    columns = seen.reshape(len(x), rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "spatial-im2col-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def im2col_alone(x, w, stride):
    """What conv2d_im2col gives while conv2d_loops, which is right but slow, refuses to help."""

    def refuse(*given):
        raise AssertionError("conv2d_im2col should be a product of matrices, and not call conv2d_loops")

    kept, globals()["conv2d_loops"] = conv2d_loops, refuse
    try:
        return conv2d_im2col(x, w, stride)
    finally:
        globals()["conv2d_loops"] = kept


# %% nbgrader={"grade": true, "grade_id": "test-spatial-im2col", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_im2col(
    seed=903, cases=(((1, 1, 3, 3), (1, 1, 2, 2), 1), ((3, 2, 5, 4), (4, 2, 3, 2), 1), ((2, 3, 7, 6), (2, 3, 2, 3), 2))
):
    """conv2d_im2col equals a sum of shifted images."""
    rng = np.random.default_rng(seed)
    for shape, kernels, stride in cases:
        x, w = rng.standard_normal(shape), rng.standard_normal(kernels)
        assert_close(im2col_alone(x, w, stride), conv_by_shifts(x, w, (stride, stride)), f"conv2d_im2col of {shape} with {kernels}, stride {stride}")


test_unit_im2col()
### BEGIN HIDDEN TESTS
test_unit_im2col(None, [((2, 1, 6, 8), (3, 1, 3, 2), 3), ((1, 4, 5, 5), (2, 4, 1, 4), 1)])
rng = np.random.default_rng()  # so many numbers that loops would take longer than a call may
x, w = rng.standard_normal((8, 16, 28, 28)), rng.standard_normal((32, 16, 3, 3))
assert_close(conv2d_im2col(x, w, 1), conv_by_shifts(x, w), "conv2d_im2col of eight images of 28 × 28")
### END HIDDEN TESTS

# %% [markdown]
# ## The fast one
# The columns of 32 images with 16 channels of 28 × 28 are nine times the images: 14 MB, more than fits into a cache. They
# are written to memory and read again. The fast version takes a few images at a time, whose columns, a
# megabyte, stay in the cache. With stride 1 it copies windows to the end of each row of the image, in one long run, and
# drops what nobody asked for. It is given, with the rest that PyTorch has: a padding for each side (where it is negative,
# the image is cut off: the gradient of padding is cutting off, so `padded` does both), and **groups**, which cut channels and
# kernels into parts that have nothing to do with each other. As many groups as channels is the *depthwise* convolution of
# small networks.

# %% nbgrader={"grade": false, "grade_id": "spatial-fitting", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def fitting(lengths, kernel, stride, dilation):
    """At how many places a kernel fits along axes of these lengths."""
    return [out_length(n, k, s, 0, d) for n, k, s, d in zip(lengths, kernel, stride, dilation, strict=True)]


# %% nbgrader={"grade": false, "grade_id": "spatial-by-part", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def by_part(x, kernel, stride, padding, dilation, groups, run_on=False):
    """For some images of the array x after others: which, and their columns (n, groups, C / groups * kh * kw, oh * ow).

    All columns lie in the same memory, one after the other. run_on: the rows of windows run on into the next row of
    the image, so that instead of ow there are as many as pixels in a row; those beyond ow are of no use.
    """
    height, width = (n + sum(pads) for n, pads in zip(x.shape[2:], padding, strict=True))
    tall, wide = fitting((height, width), kernel, stride, dilation)
    count = together(x, kernel, (tall, wide))
    memory = np.zeros((count, x.shape[1], height + 1, width), x.dtype)
    image, (inside, kept) = memory[:, :, :height], inner(x.shape[2:], padding)
    rows = as_strided(memory, (*image.shape[:3], 2 * width - wide), memory.strides) if run_on else image
    seen = windows(rows, kernel, stride, dilation)
    columns = np.empty(seen.shape, x.dtype)
    flat = columns.reshape(count, groups, seen.shape[1] // groups * math.prod(kernel), math.prod(seen.shape[4:]))
    for start in range(0, len(x), count):
        given = x[start : start + count]
        image[: len(given)][inside] = given[kept]
        columns[: len(given)] = seen[: len(given)]
        yield slice(start, start + count), flat[: len(given)]


# %% nbgrader={"grade": false, "grade_id": "spatial-correlate", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def correlate(x, w, bias=None, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The convolution of arrays x (N, C, H, W) and w (O, C / groups, kh, kw), plus bias (O,): (N, O, oh, ow)."""
    kernel, count, run_on = w.shape[2:], len(w) // groups, tuple(stride) == (1, 1)
    lengths = [n + sum(pads) for n, pads in zip(x.shape[2:], padding, strict=True)]
    tall, wide = fitting(lengths, kernel, stride, dilation)
    rows = w.reshape(groups, count, math.prod(w.shape[1:]))
    out = np.empty((len(x), len(w), tall, wide), np.result_type(x, w))
    made = np.empty((together(x, kernel, (tall, wide)), len(w), tall, lengths[1] if run_on else wide), out.dtype)
    results = made.reshape(len(made), groups, count, math.prod(made.shape[2:]))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups, run_on):
        result = _arrays.product(rows, columns, results[: len(columns)])
        if bias is not None:
            result += bias.reshape(groups, count, 1)
        out[images] = made[: len(columns), :, :, :wide]
    return out


# %%
x32, w32 = (np.random.default_rng(i).standard_normal(s, np.float32) for i, s in enumerate([(2, 3, 9, 9), (4, 3, 3, 3)]))
exact = conv2d_loops(x32.astype(np.float64), w32.astype(np.float64))
[float(abs(f(x32, w32) - exact).max()) for f in (conv2d_loops, conv2d_im2col, correlate)]


# %% [markdown]
# All three agree up to the last digits of a float32. The loops add in another order than the products of matrices, and so
# round differently.

# %% nbgrader={"grade": false, "grade_id": "spatial-convolve", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def convolve(x, weight, bias=None, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The convolution of x (N, C, H, W) and weight (O, C / groups, kh, kw), plus bias (O,); a padding for each side."""
    return correlate(x, weight, bias, stride, padding, dilation, groups)


# %% [markdown]
# ## The gradient of the weight
# For one image, the convolution *is* a product of matrices, W X with the columns X, and module 05 knows its
# gradient: $\bar W = g X^\top$. Each image has its columns, and all share the weights, so the gradients of the images
# add up.
#
# Write the step for some images. `total` is kept transposed, $(g X^\top)^\top = X g^\top$: the tall matrix comes first,
# which BLAS, the library behind `@`, does faster.
#
# <details><summary>Hint 1: the shapes</summary>
#
# `columns` is (n, groups, parts, m, places), `rows` (n, groups, 1, O / groups, places), and `total` (groups, parts, m,
# O / groups), where parts · m is C / groups · kh · kw: small products take less time.
#
# </details>
# <details><summary>Hint 2: the operation</summary>
#
# A product over the places for each image, summed over the n images. `.mT` swaps the last two axes.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-weight-grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    if is_narrow(g, stride):
        parts = abreast(g, x, taps=x.shape[1] * math.prod(kernel), padding=padding, dilation=dilation)
        return sum(convolve_weight.forward(*wide, kernel, stride, groups=groups, **rest) for _, wide, rest in parts)
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        ### BEGIN SOLUTION
        total += (columns @ rows.mT).sum(0)
        ### END SOLUTION
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)


# %% nbgrader={"grade": true, "grade_id": "test-spatial-weight-grad", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_weight_grad(
    seed=904,
    cases=(
        ((1, 1, 3, 3), (1, 1, 2, 2), (1, 1), 1),
        ((3, 2, 5, 4), (2, 2, 2, 3), (1, 1), 1),
        ((2, 4, 6, 5), (6, 2, 3, 2), (2, 1), 2),
        ((3, 2, 100, 99), (1, 2, 2, 3), (1, 1), 1),
    ),
):
    """convolve_weight says how much the sum of g * convolve(x, w) changes with each weight."""
    rng = np.random.default_rng(seed)
    for shape, kernels, stride, groups in cases:
        x = rng.standard_normal(shape)
        g = rng.standard_normal(conv_by_shifts(x, np.ones(kernels), stride, groups=groups).shape)
        got = convolve_weight(Tensor(g, np.float64), Tensor(x, np.float64), kernel=kernels[2:], stride=stride, groups=groups).data
        expected = np.zeros(kernels)
        for place in np.ndindex(kernels):
            single = np.zeros(kernels)
            single[place] = 1
            expected[place] = (g * conv_by_shifts(x, single, stride, groups=groups)).sum()
        assert_close(got, expected, f"convolve_weight for x {shape}, weight {kernels}, stride {stride}, {groups} groups")


test_unit_weight_grad()
### BEGIN HIDDEN TESTS
test_unit_weight_grad(None, [((2, 3, 5, 7), (4, 3, 2, 1), (2, 3), 1), ((3, 6, 4, 4), (6, 2, 2, 3), (1, 1), 3)])
### END HIDDEN TESTS

# %% [markdown]
# ## The gradient of the image
# You have seen what one bright pixel becomes: the kernel, turned. Backwards, one number of g goes to every pixel that
# was under the kernel, times the weight that lay on it. So (for stride 1) each pixel collects from the places around it,
# with the weights in reverse order: this is a convolution again, of g, with the kernel turned by 180°. And it goes from
# the O channels of the result to the C channels of the image: the first two axes of the weight swap, within each group.
#
# Write `turned`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Cut the first axis into (groups, O / groups). Then swap O / groups and C / groups, reverse the last two axes, and
# join groups and C / groups.
#
# </details>
# <details><summary>Hint 2: the operations</summary>
#
# `w.reshape(groups, -1, *w.shape[1:])`, `.swapaxes(1, 2)`, `[..., ::-1, ::-1]`, and a `reshape` at the end.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-turned", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    ### BEGIN SOLUTION
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)[..., ::-1, ::-1]
    return parts.reshape(-1, *parts.shape[2:])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-spatial-turned", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_turned(cases=(((1, 1, 2, 2), 1), ((2, 3, 2, 3), 1), ((4, 3, 3, 1), 2), ((3, 1, 2, 2), 3), ((6, 2, 1, 2), 3))):
    """turned reverses each kernel and swaps the channels within each group."""
    for shape, groups in cases:
        w = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
        out, into = shape[0] // groups, shape[1]
        expected = np.empty((groups * into, out, *shape[2:]))
        for part, o, c, a, b in np.ndindex(groups, out, into, *shape[2:]):
            expected[part * into + c, o, shape[2] - 1 - a, shape[3] - 1 - b] = w[part * out + o, c, a, b]
        assert_close(np.array(turned(w, groups)), expected, f"turned of a weight {shape}, {groups} groups")


test_unit_turned()
### BEGIN HIDDEN TESTS
drawn = np.random.default_rng().integers(1, [4, 4, 4, 4, 5], (6, 5)).tolist()
test_unit_turned([((groups * out, into, kh, kw), groups) for groups, out, into, kh, kw in drawn])
### END HIDDEN TESTS

# %% [markdown]
# How much padding does g need? Without padding, the corner pixel of the image was under one number of the kernel only, at
# one place. So the turned kernel begins where it touches g with one number, and hangs over by d (k - 1). With padding p the
# corner pixel stood p further in, and the kernel hangs over by that much less: `span - before` in `convolve_input`. It may be
# negative: of what was only padding, no gradient is wanted.
#
# With a larger stride the numbers of g lie apart in the image, and turning would multiply mostly zeros. There the
# gradients of the columns, $W^\top g$, are added back to where the columns were read. Both are given.

# %% nbgrader={"grade": false, "grade_id": "spatial-shifts", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def shifts(kernel, stride, dilation, places):
    """For each place (a, b) in the kernel, in order, the index of the pixels that are under it: one for each place of the kernel."""
    for a in range(kernel[0]):
        for b in range(kernel[1]):
            starts = (a * dilation[0], b * dilation[1])
            yield (..., *(slice(at, at + (n - 1) * s + 1, s) for at, n, s in zip(starts, places, stride, strict=True)))


# %% nbgrader={"grade": false, "grade_id": "spatial-added-up", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def added_up(columns, size, stride, dilation):
    """Columns (N, C, kh, kw, oh, ow) added to where `windows` reads them in images of `size`: (N, C, *size)."""
    out = np.zeros((*columns.shape[:2], *size), columns.dtype)
    kernel, places = columns.shape[2:4], columns.shape[4:]
    for (a, b), at in zip(np.ndindex(kernel), shifts(kernel, stride, dilation, places), strict=True):
        out[at] += columns[:, :, a, b]
    return out


# %% nbgrader={"grade": false, "grade_id": "spatial-input-grad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def convolve_input(g, weight, size, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the images (N, C, *size) of `convolve`, where its result has the gradient g (N, O, oh, ow)."""
    kernel = weight.shape[2:]
    channels = groups * weight.shape[1]
    few = len(weight) * math.prod(size) > 3 * channels * math.prod(g.shape[2:])  # columns of images, against those of g
    if few and is_narrow(g, stride):
        parts = abreast(g, taps=channels * math.prod(kernel), padding=padding, dilation=dilation)
        made = [(convolve_input.forward(*wide, weight, (size[0], n * size[1]), stride, groups=groups, **rest), n) for n, wide, rest in parts]
        return np.concatenate([one_by_one(*pair) for pair in made])
    if tuple(stride) == (1, 1) and not (few and len(g) == 1):
        spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        margins = tuple((span - before, span - after) for span, (before, after) in zip(spans, padding, strict=True))
        return correlate(g, turned(weight, groups), None, (1, 1), margins, dilation, groups)
    rows = weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))
    full, out = [n + sum(pads) for n, pads in zip(size, padding, strict=True)], []
    for image in g.reshape(len(g), 1, groups, rows.shape[1], math.prod(g.shape[2:])):
        columns = (rows.mT @ image).reshape(1, -1, *kernel, *g.shape[2:])
        out.append(padded(added_up(columns, full, stride, dilation), opposite(padding)))
    return np.concatenate(out) if out else np.zeros((0, groups * weight.shape[1], *size), g.dtype)


# %% [markdown]
# Now the rules, and they show something. The sum of g · convolve(x, w) is a sum of products of three factors, one number
# of g, one of x and one of w, all in the same places. The three operations are its derivatives with respect to each of the
# three. So the gradients of each are made by the other two. For example `convolve_weight(g, x)`: the gradient h of its result
# has the shape of a weight, and takes the weight's place. The gradient of g is `convolve(x, h)`, and that of x is
# `convolve_input(g, h)`. Gradients of gradients come for nothing.
#
# A rule may return gradients, or functions without arguments that give them and are called only for the inputs that need one:
# worth it where a gradient is expensive. Its inputs are arrays, or Tensors when gradients of gradients are wanted
# (module 05). So it is written with operations, which take both: `mean(x)`, and not `x.mean()`.
#
# The first two rules are given. Write the third.
#
# <details><summary>Hint 1: the idea</summary>
#
# `convolve_input(g, weight)` has two inputs. h has the shape of an image. The gradient of g has the shape of a result,
# and is made of h and weight; the gradient of weight is made of g and h. Which operation gives which shape?
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# As in the rule above it. h has the shape of an image, so it stands where the other two operations take an image. Pass
# `**options` on to both, and to `convolve_weight` the `kernel`, which is the end of the weight's shape.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(convolve)
def _(g, out, x, weight, bias=None, **options):
    return (
        lambda: convolve_input(g, weight, size=x.shape[2:], **options),
        lambda: convolve_weight(g, x, kernel=weight.shape[2:], **options),
        lambda: sum_(reshape(g, (*g.shape[:2], math.prod(g.shape[2:]))) @ np.ones(math.prod(g.shape[2:]), g.dtype), 0),
    )


# %% nbgrader={"grade": false, "grade_id": "spatial-weight-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(convolve_weight)
def _(h, out, g, x, kernel, **options):
    return lambda: convolve(x, h, **options), lambda: convolve_input(g, h, size=x.shape[2:], **options)


# %% nbgrader={"grade": false, "grade_id": "spatial-rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    ### BEGIN SOLUTION
    return lambda: convolve(h, weight, **options), lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "spatial-rule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slopes_problem(check, f, twin, *arrays):
    """What is wrong with the gradients of f (check "second": of the gradients') by those of its twin in NumPy; "" if nothing."""
    tensor = lambda a: Tensor(a, np.float64, requires_grad=True)
    return gradient_problem(f, twin, arrays, tensor, grad, check == "second")


def conv_problem(check, shape, kernels, options):
    """The same of a convolution of images of `shape` with a weight of shape `kernels` and a bias; squared, for a gradient that changes."""
    rng = np.random.default_rng(905)
    given = [rng.standard_normal(s) for s in (shape, kernels, kernels[:1])]
    others = {name: value for name, value in options.items() if name != "padding"}
    wide = lambda x: np.pad(x, [(0, 0), (0, 0), *options.get("padding", [(0, 0)] * 2)])
    twin = lambda x, w, b: (conv_by_shifts(wide(x), w, **others) + b.reshape(-1, 1, 1)) ** 2
    return slopes_problem(check, lambda x, w, b: convolve(x, w, b, **options) ** 2, twin, *given)


def input_rule_problem(shape, kernels, stride):
    """What is wrong with what the rule of convolve_input gives when it is asked by itself, "" if nothing."""
    rng = np.random.default_rng(912)
    g, w = rng.standard_normal(conv_by_shifts(np.zeros(shape), np.zeros(kernels), stride).shape), rng.standard_normal(kernels)

    def twin(g, w):
        out = np.zeros(shape)
        for n, o, i, j in np.ndindex(g.shape):
            y, x = i * stride[0], j * stride[1]
            out[n, :, y : y + kernels[2], x : x + kernels[3]] += g[n, o, i, j] * w[o]
        return out

    rule = lambda *given: autograd.RULES[convolve_input](*given, size=shape[2:], stride=stride)
    return rule_problem(rule, twin, [g, w], lambda a: Tensor(a, np.float64, requires_grad=True))


# %% nbgrader={"grade": true, "grade_id": "test-spatial-rule", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_convolution_rules():
    """Gradients, and gradients of gradients, of a convolution agree with central differences, whatever its options."""
    both = ((1, 1), (0, 2))
    for shape, kernels, options in [
        ((2, 2, 3, 4), (2, 2, 2, 2), {}),
        ((1, 2, 4, 4), (2, 1, 2, 2), {"groups": 2, "padding": both}),
        ((1, 1, 5, 4), (2, 1, 2, 2), {"stride": (2, 1), "dilation": (2, 1), "padding": both}),
    ]:
        for check in ("first", "second"):
            problem = conv_problem(check, shape, kernels, options)
            assert problem == "", f"convolve of {shape} with {kernels}, {options} (input 0: x, 1: weight, 2: bias), {check} derivative: {problem}"
    problem = input_rule_problem((2, 2, 4, 3), (3, 2, 2, 1), (2, 1))
    assert problem == "", f"the rule of convolve_input, asked by itself (input 0: g, 1: weight): {problem}"


test_unit_convolution_rules()
### BEGIN HIDDEN TESTS
problem = conv_problem("second", (1, 4, 4, 3), (4, 2, 2, 1), {"stride": (2, 2), "groups": 2, "padding": ((2, 0), (1, 1))})
assert problem == "", f"convolve with stride, groups and uneven padding, second derivative: {problem}"
### END HIDDEN TESTS

# %% [markdown]
# PyTorch's `conv2d` on top: numbers or pairs for each option, padding as a word, one image without the axis of the batch,
# and errors that say what does not fit. `conv1d`, for sound and text, is a convolution of images of one row.

# %% nbgrader={"grade": false, "grade_id": "spatial-pair", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def pair(value, count=2):
    """A number as a tuple of `count` of it; a tuple of that many stays, and one of one number is repeated."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return values * count if len(values) == 1 else values


# %% nbgrader={"grade": false, "grade_id": "spatial-both-sides", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def both_sides(padding, kernel, stride, dilation):
    """The padding as ((before, after), …) from a number, numbers, "valid" or "same"."""
    if padding == "same" and any(s != 1 for s in stride):
        raise ValueError(f"padding='same' needs stride 1, got {stride}")
    if padding == "same":
        spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((span // 2, span - span // 2) for span in spans)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"padding must be numbers, 'valid' or 'same', got {padding!r}")
    return tuple((p, p) for p in pair(0 if padding == "valid" else padding, len(kernel)))


# %% nbgrader={"grade": false, "grade_id": "spatial-check", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_conv(name, x, weight, bias, widths, options, single):
    """Raise an error that says what does not fit, if anything does not."""
    axes = weight.ndim - 2
    if x.ndim != weight.ndim:
        raise RuntimeError(f"{name}: expected an input of {axes + 1} or {axes + 2} axes and a weight of {axes + 2}, got {x.shape} and {weight.shape}")
    groups, wrong = options["groups"], [v for name in ("stride", "dilation") for v in options[name] if v < 1]
    if wrong or groups < 1 or min(map(min, widths)) < 0:
        raise RuntimeError(f"{name}: stride, dilation and groups must be positive and padding not negative, got {options}")
    if x.shape[1] != weight.shape[1] * groups or len(weight) % groups:
        given = f"{x.shape[1:]}, taken as one example ({'C, L' if axes == 1 else 'C, H, W'})," if single else x.shape
        fits = f"weight {weight.shape} with {groups} group(s) takes {weight.shape[1] * groups} channels"
        raise RuntimeError(f"{name}: {fits} and a multiple of {groups} kernels; the input {given} has {x.shape[1]} channels")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"{name}: expected a bias of shape {weight.shape[:1]}, got {bias.shape}")
    lengths = [n + sum(pads) for n, pads in zip(x.shape[2:], widths, strict=True)]
    if min(fitting(lengths, weight.shape[2:], options["stride"], options["dilation"])) < 1:
        raise RuntimeError(f"{name}: the kernel {weight.shape[2:]}, with dilation {options['dilation']}, exceeds the padded input {tuple(lengths)}")


# %% nbgrader={"grade": false, "grade_id": "spatial-conv2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def conv_nd(name, x, weight, bias, stride, padding, dilation, groups):
    """A convolution along all axes of the weight but the first two, which are one or two; x with or without the batch's axis."""
    axes, single = weight.ndim - 2, x.ndim == weight.ndim - 1
    x = x.unsqueeze(0) if single else x
    options = {"stride": pair(stride, axes), "dilation": pair(dilation, axes), "groups": groups}
    widths = both_sides(padding, weight.shape[2:], options["stride"], options["dilation"])
    check_conv(name, x, weight, bias, widths, options, single)
    if axes == 1:  # an image of one row
        options.update(stride=(1, *options["stride"]), dilation=(1, *options["dilation"]))
        x, weight, widths = x.unsqueeze(2), weight.unsqueeze(2), ((0, 0), *widths)
    out = convolve(x, weight, bias, padding=widths, **options)
    out = out.squeeze(2) if axes == 1 else out
    return out[0] if single else out


# %% nbgrader={"grade": false, "grade_id": "spatial-conv2d-face", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """The convolution of input (N, C, H, W), or (C, H, W), with weight (O, C / groups, kh, kw), plus bias (O,)."""
    return conv_nd("conv2d", input, weight, bias, stride, padding, dilation, groups)


# %% nbgrader={"grade": false, "grade_id": "spatial-conv1d-face", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """The convolution of input (N, C, L), or (C, L), with weight (O, C / groups, k), plus bias (O,)."""
    return conv_nd("conv1d", input, weight, bias, stride, padding, dilation, groups)


# %%
picture, sobel = tensor(photo[None], np.float32), tensor(upright[None, None], np.float32)
[conv2d(picture, sobel, **options).shape for options in ({"stride": 2}, {"padding": "same"}, {"dilation": 20})]

# %% [markdown]
# One row of the photograph, and the mean of five neighbours each; then a depthwise convolution, in which each of two channels
# has a kernel of its own.

# %%
row = picture[:, 100]
rough, smooth = (abs(np.diff(t.numpy())).mean() for t in (row, conv1d(row, ones(1, 1, 5) / 5)))
both = conv2d(ones(1, 2, 3, 3), tensor([1.0, 10.0]).reshape(2, 1, 1, 1), groups=2)
print(f"from pixel to pixel: {rough:.3f} before, {smooth:.3f} after; depthwise: {both[0, :, 0, 0].tolist()}")


# %% [markdown]
# ## Pooling
# What is in a picture does not depend on the exact pixel. **Max pooling** keeps of each window only the largest number:
# the pattern was there, somewhere around here. The windows mostly lie side by side, 2 × 2 with stride 2. Padding must never
# win, so it is -∞.
#
# `shifts` gives for each place in the window the index of the pixels that lie there: `image[at]` is as large as the result. Write
# the largest of them.
#
# <details><summary>Hint 1: the idea</summary>
#
# The first one, then `np.maximum` with each of the others. Four fast operations on whole images, for 2 × 2.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `out=` saves memory, but the first must not be a view of the image when it is written into: copy it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    ### BEGIN SOLUTION
    out = image[indices[0]].copy()
    for at in indices[1:]:
        np.maximum(out, image[at], out=out)
    return out
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def pooled_by_loops(f, x, kernel, stride, padding, dilation, outside):
    """f of each window, place by place, with `outside` around the image."""
    wide = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=outside)
    height, width = ((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(wide.shape[2:], kernel, stride, dilation, strict=True))
    out = np.empty((*x.shape[:2], height, width))
    for i, j in np.ndindex(height, width):
        rows = [i * stride[0] + a * dilation[0] for a in range(kernel[0])]
        columns = [j * stride[1] + b * dilation[1] for b in range(kernel[1])]
        out[:, :, i, j] = f(wide[:, :, rows][:, :, :, columns], axis=(2, 3))
    return out


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-own", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def shares_memory(f, x, **options):
    """Whether f(x) has its memory in common with x, Tensors both."""
    return np.shares_memory(f(x, **options).data, x.data)


# %% nbgrader={"grade": true, "grade_id": "test-spatial-max-pool", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_max_pool(
    seed=906,
    cases=(
        ((1, 1, 4, 4), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
        ((2, 3, 5, 6), (3, 2), (1, 2), ((1, 1), (0, 1)), (1, 1)),
        ((2, 1, 6, 7), (2, 3), (2, 1), ((0, 0), (1, 1)), (2, 2)),
        ((1, 2, 3, 2), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ),
):
    """max_pool finds the largest number of each window, all of them negative too, and leaves the image as it is."""
    rng = np.random.default_rng(seed)
    for shape, kernel, stride, padding, dilation in cases:
        x = rng.standard_normal(shape) - 3
        picture, options = Tensor(x, np.float64), {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        got, expected = max_pool(picture, **options).data, pooled_by_loops(np.max, x, kernel, stride, padding, dilation, -np.inf)
        assert_close(got, expected, f"max_pool of {shape}, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}")
        assert_close(picture.data, x, "the image after max_pool")
        assert shares_memory(max_pool, picture, **options) is False, f"max_pool with kernel {kernel}: the result shares its memory with the image, copy the first part"


test_unit_max_pool()
### BEGIN HIDDEN TESTS
test_unit_max_pool(None, [((2, 1, 7, 5), (3, 3), (2, 3), ((1, 1), (1, 0)), (1, 1)), ((1, 3, 5, 8), (1, 4), (1, 2), ((0, 0), (2, 1)), (1, 2))])
### END HIDDEN TESTS

# %% [markdown]
# Backwards, all of a window's gradient goes to the one pixel that was the largest. If two are equally large, the first one
# gets it, as in PyTorch. `firsts` says for each place in the window where the winner stands there. Write `share`, what comes
# to the pixels at each `at`. Where windows overlap, a pixel may win twice, and its shares add up.
#
# <details><summary>Hint 1: the idea</summary>
#
# `here` is an array of booleans, as large as g: whether this place is the winner. There the pixel gets g, elsewhere
# nothing.
#
# </details>
# <details><summary>Hint 2: the operation</summary>
#
# `np.where(here, g, 0)`, or `_arrays.where`, which is the same and faster.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-firsts", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def firsts(image, out, kernel, stride, dilation):
    """For each place in the window: the index of the pixels there, and where they are the first to equal the window's largest."""
    open_ = np.ones(out.shape, bool)
    for at in shifts(kernel, stride, dilation, out.shape[-2:]):
        here = image[at] == out
        here &= open_
        open_ ^= here
        yield at, here


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    apart = all(s > d * (k - 1) for k, s, d in zip(kernel, stride, dilation, strict=True))  # no pixel is in two windows
    for at, here in firsts(image, out, kernel, stride, dilation):
        ### BEGIN SOLUTION
        share = _arrays.where(here, g, 0)
        ### END SOLUTION
        total[at] = share if apart else total[at] + share
    return padded(total, opposite(padding))


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def max_pool_pick(h, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The numbers of h (…, H, W) that stand where x has the largest of each window: (…, oh, ow)."""
    image, wide = padded(x, padding, lowest(x)), padded(h, padding)
    return sum(_arrays.where(here, wide[at], 0) for at, here in firsts(image, out, kernel, stride, dilation))


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-rule-table", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(max_pool)(lambda g, out, x, **options: max_pool_grad(g, x, out, **options))
rule(max_pool_grad)(lambda h, total, g, x, out, **options: (max_pool_pick(h, x, out, **options), None, None))
rule(max_pool_pick)(lambda g, picked, h, x, out, **options: (max_pool_grad(g, x, out, **options), None, None));


# %% nbgrader={"grade": true, "grade_id": "test-spatial-max-pool-grad", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_max_pool_grad():
    """The gradient goes to the first largest pixel of each window, and adds up where windows overlap."""
    rng = np.random.default_rng(907)
    for shape, kernel, stride, padding, dilation in [
        ((1, 1, 4, 4), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
        ((2, 2, 5, 4), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
        ((1, 2, 6, 5), (2, 2), (1, 2), ((0, 0), (1, 0)), (2, 1)),
    ]:
        for x in (rng.standard_normal(shape), rng.integers(0, 3, shape).astype(np.float64)):
            wide = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=-np.inf)
            out = pooled_by_loops(np.max, x, kernel, stride, padding, dilation, -np.inf)
            g, expected = rng.standard_normal(out.shape), np.zeros(wide.shape)
            for n, c, i, j in np.ndindex(out.shape):
                for a, b in np.ndindex(kernel):
                    y, z = i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1]
                    if wide[n, c, y, z] == out[n, c, i, j]:
                        expected[n, c, y, z] += g[n, c, i, j]
                        break
            expected = expected[:, :, padding[0][0] : padding[0][0] + shape[2], padding[1][0] : padding[1][0] + shape[3]]
            given = [Tensor(a, np.float64) for a in (g, x, out)]
            got = max_pool_grad(*given, kernel=kernel, stride=stride, padding=padding, dilation=dilation).data
            assert_close(got, expected, f"max_pool_grad of {shape}, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}")


test_unit_max_pool_grad()
### BEGIN HIDDEN TESTS
numbers = np.random.default_rng(908).permutation(24).astype(np.float64).reshape(1, 1, 4, 6)
twin = lambda x: x.reshape(1, 1, 2, 2, 2, 3).max((3, 5)) ** 2
problem = slopes_problem("second", lambda x: max_pool(x, kernel=(2, 3), stride=(2, 3)) ** 2, twin, numbers)
assert problem == "", f"max_pool, second derivative: {problem}"
### END HIDDEN TESTS

# %% [markdown]
# Average pooling is simpler: the sum of each window over the number of its pixels, and backwards each pixel gets an equal
# share. What counts where a window hangs over the edge is a matter of PyTorch's options. All given, with `ceil_mode`, which
# lets the last window hang over the end.

# %% nbgrader={"grade": false, "grade_id": "spatial-window-sum", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def window_sum(x, kernel, stride, padding=((0, 0), (0, 0))):
    """The sum of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding)
    return sum(image[at] for at in shifts(kernel, stride, (1, 1), fitting(image.shape[-2:], kernel, stride, (1, 1))))


# %% nbgrader={"grade": false, "grade_id": "spatial-window-spread", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def window_spread(g, size, kernel, stride, padding=((0, 0), (0, 0))):
    """Each number of g (…, oh, ow) added to all pixels of its window: (…, *size)."""
    out = np.zeros((*g.shape[:-2], *(n + sum(pads) for n, pads in zip(size, padding, strict=True))), g.dtype)
    for at in shifts(kernel, stride, (1, 1), g.shape[-2:]):
        out[at] += g
    return padded(out, opposite(padding))


# %% nbgrader={"grade": false, "grade_id": "spatial-window-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(window_sum)(lambda g, out, x, **options: window_spread(g, size=x.shape[-2:], **options))
rule(window_spread)(lambda h, out, g, size, **options: window_sum(h, **options));


# %% nbgrader={"grade": false, "grade_id": "spatial-overhang", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def overhang(n, kernel, stride, padding, dilation, ceil_mode):
    """The padding (before, after) of an axis of n pixels; with ceil_mode, more after it if the last window needs that."""
    span = dilation * (kernel - 1) + 1
    last = -(-(n + 2 * padding - span) // stride) * stride  # where the last window begins, in the padded axis
    last -= stride if last >= n + padding else 0  # it must begin in the image or before it
    return padding, padding + max(0, last + span - n - 2 * padding) * bool(ceil_mode)


# %% nbgrader={"grade": false, "grade_id": "spatial-pool-options", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def pool_options(name, x, kernel_size, stride, padding, dilation, ceil_mode):
    """The options of a pooling op from PyTorch's; errors say what does not fit."""
    kernel, padding, dilation = pair(kernel_size), pair(padding), pair(dilation)
    stride = kernel if stride is None or stride == () else pair(stride)
    if x.ndim not in (3, 4) or min(*kernel, *stride, *dilation) < 1:
        raise RuntimeError(f"{name}: expected (N, C, H, W) or (C, H, W) and positive settings, got {x.shape}, kernel {kernel}, stride {stride}")
    if any(not 0 <= p <= k // 2 for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(f"{name}: padding must be at most half of the kernel {kernel}, got {padding}")
    widths = tuple(overhang(*side, ceil_mode) for side in zip(x.shape[-2:], kernel, stride, padding, dilation, strict=True))
    lengths = [n + sum(pads) for n, pads in zip(x.shape[-2:], widths, strict=True)]
    if min(fitting(lengths, kernel, stride, dilation)) < 1:
        raise RuntimeError(f"{name}: the kernel {kernel} is larger than the padded input {tuple(lengths)}")
    return {"kernel": kernel, "stride": stride, "padding": widths}


# %% nbgrader={"grade": false, "grade_id": "spatial-max-pool-places", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def max_pool_places(x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The number of the pixel, counted row by row, at which each number of `out`, the result of max_pool, stands in x."""
    numbers = padded(np.arange(math.prod(x.shape[-2:])).reshape(x.shape[-2:]), padding)
    image = padded(x, padding, lowest(x))
    return sum(np.where(here, numbers[at], 0) for at, here in firsts(image, out, kernel, stride, dilation))


# %% nbgrader={"grade": false, "grade_id": "spatial-pool2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number of each window of input (N, C, H, W) or (C, H, W); stride: the kernel's size if None.

    return_indices: also where in the image, whose pixels are counted row by row, each of them stands.
    """
    options = pool_options("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode) | {"dilation": pair(dilation)}
    out = max_pool(input, **options)
    return (out, max_pool_places(input, out, **options)) if return_indices else out


# %% nbgrader={"grade": false, "grade_id": "spatial-pixels", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def pixels(n, kernel, stride, padding, places, count_include_pad):
    """For each of the places along an axis of n pixels, how many of the kernel's pixels count."""
    starts = np.arange(places) * stride - padding
    ends = np.minimum(starts + kernel, n + padding)
    return ends - starts if count_include_pad else np.minimum(ends, n) - np.maximum(starts, 0)


# %% nbgrader={"grade": false, "grade_id": "spatial-avg-pool2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of each window of input (N, C, H, W) or (C, H, W); divisor_override: by what to divide the sum instead."""
    options = pool_options("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: divisor_override must not be 0")
    total = window_sum(input, **options)
    sides = zip(input.shape[-2:], options["kernel"], options["stride"], pair(padding), total.shape[-2:], strict=True)
    high, wide = (pixels(*side, count_include_pad) for side in sides)
    return total / (divisor_override or Tensor(np.outer(high, wide), total.dtype))


# %%
numbers = tensor(np.arange(25.0, dtype=np.float32).reshape(1, 5, 5))
[pooled[0].tolist() for pooled in (max_pool2d(numbers, 2), max_pool2d(numbers, 2, ceil_mode=True), avg_pool2d(numbers, 2))]


# %% [markdown]
# **Adaptive** pooling is told the size of the result instead: whatever the image, m × m numbers come out, and a full layer
# can follow. Bin i of m, on an axis of n pixels, goes from the whole part of i n / m to below (i + 1) n / m rounded up.
# Bins may overlap. An average is a product with a matrix: row i has 1 / (length of the bin) in it, and 0 elsewhere. Write it.
#
# <details><summary>Hint 1: the idea</summary>
#
# For each row i its start and end, then fill the row from start to end.
#
# </details>
# <details><summary>Hint 2: rounding up</summary>
#
# `i * n // m` rounds down; `-(-(i + 1) * n // m)` rounds up, exactly, as no float could.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-averaging", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    ### BEGIN SOLUTION
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start:end] = 1 / (end - start)
    ### END SOLUTION
    return matrix


# %% nbgrader={"grade": true, "grade_id": "test-spatial-averaging", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_averaging(seed=909, cases=((4, 2), (6, 3), (5, 1), (5, 2), (7, 3), (7, 4), (10, 7), (3, 3), (2, 5), (1, 4))):
    """averaging gives the means of PyTorch's bins, for bins that divide evenly, overlap, and are finer than the pixels."""
    rng = np.random.default_rng(seed)
    for n, m in cases:
        row = rng.standard_normal(n)
        expected = [row[math.floor(i * n / m) : math.ceil((i + 1) * n / m)].mean() for i in range(m)]
        assert_close(averaging(n, m) @ row, np.array(expected), f"averaging({n}, {m}) @ {row.round(2).tolist()}")


test_unit_averaging()
### BEGIN HIDDEN TESTS
test_unit_averaging(None, np.random.default_rng().integers(1, 30, (8, 2)).tolist())
### END HIDDEN TESTS

# %%
averaging(5, 2)


# %% nbgrader={"grade": false, "grade_id": "spatial-adaptive", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def adaptive_avg_pool2d(input, output_size):
    """The averages of output_size (a number, or two; None: as in input) bins of input (N, C, H, W) or (C, H, W)."""
    if input.ndim not in (3, 4):
        raise RuntimeError(f"adaptive_avg_pool2d: expected (N, C, H, W) or (C, H, W), got {input.shape}")
    sizes = [n if m is None else m for n, m in zip(input.shape[-2:], pair(output_size), strict=True)]
    if min(sizes) < 0:
        raise RuntimeError(f"adaptive_avg_pool2d: output_size must not be negative, got {output_size}")
    high, wide = (Tensor(averaging(n, m), input.dtype) for n, m in zip(input.shape[-2:], sizes, strict=True))
    return high @ (input @ wide.T)


# %%
for ax, size in zip(axes(3, 2.6, picture=True), (12, 25, 50), strict=True):
    ax.imshow(adaptive_avg_pool2d(picture, size)[0].numpy())
    ax.set_title(f"{size} × {size}")


# %% [markdown]
# ## Batch normalization
# While a deep network learns, each layer's inputs change in size and place, because the layers before it change. **Batch
# normalization** (S. Ioffe and C. Szegedy, 2015) brings each channel to mean 0 and variance 1, over all images of the batch
# and all pixels, and lets two parameters per channel scale and shift it:
#
# $$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} \qquad \text{out} = \gamma\, \hat x + \beta$$
#
# μ and σ² depend on x, and so the gradient has three parts. Here it is in full, n numbers to a channel, with
# $s = \sqrt{\sigma^2 + \varepsilon}$. Moving one $x_j$ moves the mean by 1/n, and σ² by $2 (x_j - \mu)/n$, and so s by
# $\hat x_j / n$. Hence $\partial \hat x_i / \partial x_j = (\delta_{ij} - 1/n - \hat x_i \hat x_j / n) / s$, and the sum over i,
# weighted by g, is
#
# $$\bar x = \frac{1}{s} \big(g - \operatorname{mean}(g) - \hat x \operatorname{mean}(g\, \hat x)\big)$$
#
# The gradient loses its mean, and whatever of it would only stretch the channel: neither can change the result. Write the rule.
#
# <details><summary>Hint 1: the idea</summary>
#
# `out` is $\hat x$. s comes from `var(x, dim, correction=0, keepdim=True)`, plus eps, under the root.
#
# </details>
# <details><summary>Hint 2: the means</summary>
#
# `mean(g, dim, keepdim=True)`, and the same of `g * out`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-standardize", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def standardize(x, dim, eps=1e-5):
    """x with mean 0 and variance 1 over the axes `dim`; eps is added to the variance."""
    centred = x - x.mean(dim, keepdims=True)
    centred /= np.sqrt((centred * centred).mean(dim, keepdims=True) + eps)
    return centred


# %% nbgrader={"grade": false, "grade_id": "spatial-standardize-rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    ### BEGIN SOLUTION
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "spatial-standardized-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def standardized(dim, eps):
    """standardize in plain NumPy."""
    return lambda x: (x - x.mean(dim, keepdims=True)) / np.sqrt(x.var(dim, keepdims=True) + eps)


# %% nbgrader={"grade": false, "grade_id": "spatial-standard-rule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def standard_rule_problem(given, dim, eps):
    """What is wrong with what the rule of standardize gives when it is asked by itself, "" if nothing."""
    tensor = lambda a: Tensor(a, np.float64, requires_grad=True)
    return rule_problem(autograd.RULES[standardize], standardized(dim, eps), [given], tensor, dim=dim, eps=eps)


# %% nbgrader={"grade": false, "grade_id": "spatial-standardize-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def standard_problem(check, shape, dim, eps):
    """The same by itself, or of the gradients of standardize (check "second": of the gradients')."""
    given = np.random.default_rng(910).standard_normal(shape)
    if check == "alone":
        return standard_rule_problem(given, dim, eps)
    return slopes_problem(check, lambda x: standardize(x, dim=dim, eps=eps), standardized(dim, eps), given)


# %% nbgrader={"grade": true, "grade_id": "test-spatial-standardize", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_standardize_rule(cases=(((5, 2), (0,), 1e-5), ((2, 3, 2, 2), (0, 2, 3), 1e-5), ((3, 2, 4), (0, 2), 0.5), ((4, 3), (1,), 1.0))):
    """The gradient of standardize agrees with central differences, first and second order, for several axes and eps."""
    for shape, dim, eps in cases:
        for check in ("first", "second", "alone"):
            problem = standard_problem(check, shape, dim, eps)
            what = "its rule, asked by itself" if check == "alone" else f"{check} derivative"
            assert problem == "", f"standardize of {shape} over {dim}, eps={eps}, {what}: {problem}"


test_unit_standardize_rule()
### BEGIN HIDDEN TESTS
test_unit_standardize_rule([((2, 5, 1), (1, 2), 0.1), ((3, 2), (0, 1), float(np.random.default_rng().uniform(0.5, 2)))])
### END HIDDEN TESTS

# %% [markdown]
# When the network is used, there may be one image, and its result should not depend on its neighbours. So the layer keeps
# running averages of mean and variance while it trains, and uses them afterwards: new = (1 - momentum) · old + momentum · batch's.
# The variance is the unbiased one (over n - 1), since it estimates that of all images to come. Write the update.
#
# <details><summary>Hint 1: the idea</summary>
#
# `mean(x, dims)` and `var(x, dims)`, where module 01's `var` is unbiased unless told otherwise.
#
# </details>
# <details><summary>Hint 2: in place</summary>
#
# The two Tensors are buffers of a layer: their memory must be written into. `overwrite(t, values)` does that.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "spatial-track", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    ### BEGIN SOLUTION
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, dims))
    overwrite(running_var, (1 - momentum) * running_var + momentum * var(x, dims))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "spatial-track-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def keeps_memory(mean, variance, batch, momentum):
    """Whether mean and variance have their numbers in the same memory, once track_ has seen the batch."""
    before = mean.data, variance.data
    track_(mean, variance, batch, momentum)
    return mean.data is before[0] and variance.data is before[1]


# %% nbgrader={"grade": true, "grade_id": "test-spatial-track", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_track(seed=911, cases=(((4, 2), 0.1), ((3, 2, 5), 0.5), ((2, 3, 2, 2), 1.0), ((2, 1, 3, 1), 0.3))):
    """track_ moves both running averages, in place, by momentum towards the batch's mean and unbiased variance."""
    rng = np.random.default_rng(seed)
    for shape, momentum in cases:
        batches = [3 + 2 * rng.standard_normal(shape) for _ in range(3)]
        kept = [Tensor(np.full(shape[1], start), np.float64) for start in (0.0, 1.0)]
        expected_mean, expected_var = np.zeros(shape[1]), np.ones(shape[1])
        for batch in batches:
            for c in range(shape[1]):
                numbers = batch[:, c].ravel()
                unbiased = ((numbers - numbers.mean()) ** 2).sum() / (numbers.size - 1)
                expected_mean[c] += momentum * (numbers.mean() - expected_mean[c])
                expected_var[c] += momentum * (unbiased - expected_var[c])
            same = keeps_memory(*kept, Tensor(batch, np.float64), momentum)
            assert same is True, "the buffers must keep their memory: write into them with overwrite"
        got_mean, got_var = (t.data for t in kept)
        for name, changed in (("running_mean", (got_mean != 0).any()), ("running_var", (got_var != 1).any())):
            assert changed, f"{name} is as it was: `=`, and `*=` too, give a name a new Tensor; write into the old one with overwrite"
        assert_close(got_mean, expected_mean, f"running mean after three batches {shape}, momentum {momentum}")
        assert_close(got_var, expected_var, f"running variance after three batches {shape}, momentum {momentum}")


test_unit_track()
### BEGIN HIDDEN TESTS
test_unit_track(None, [((5, 3), 0.25), ((2, 2, 4), 0.9)])
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "spatial-batch-norm", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """input (N, C, …), each channel with mean 0 and variance 1 (of the batch if training, else the running ones), times weight, plus bias."""
    shape, dims = (-1,) + (1,) * (input.ndim - 2), (0, *range(2, input.ndim))
    if eps <= 0:
        raise ValueError(f"batch_norm: eps must be positive, got {eps}")
    if training:
        if input.numel() == input.shape[1]:
            raise ValueError(f"batch_norm: one number per channel has no variance to train with, got {input.shape}")
        if running_mean is not None and input.numel():
            with no_grad():
                track_(running_mean, running_var, input, momentum)
        out = standardize(input, dim=dims, eps=eps)
    else:
        out = (input - reshape(running_mean, shape)) / sqrt(reshape(running_var, shape) + eps)
    out = out if weight is None else out * reshape(weight, shape)
    return out if bias is None else out + reshape(bias, shape)


# %% [markdown]
# ## Layers
# All under PyTorch's names, with its arguments, initial values and `state_dict`.

# %% nbgrader={"grade": false, "grade_id": "spatial-pad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def pad_constant(x, widths, value=0):
    """x with (before, after) more of `value` along each of its last axes; negative: cut off."""
    return padded(x, widths, value)


# %% nbgrader={"grade": false, "grade_id": "spatial-pad-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(pad_constant)(lambda g, out, x, widths, value=0: pad_constant(g, widths=opposite(widths)))
MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's names, and NumPy's


# %% nbgrader={"grade": false, "grade_id": "spatial-pad-face", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def pad(input, pad, mode="constant", value=None):
    """input with more around it. pad: (left, right, top, bottom, …), from the last axis backwards; negative: cut off.

    mode: "constant" (filled with value, or 0), "reflect", "replicate" or "circular".
    """
    widths = tuple(zip(pad[::2], pad[1::2], strict=True))[::-1]
    if len(widths) > input.ndim or mode not in ("constant", *MODES):
        raise NotImplementedError(f"pad: no mode {mode!r} for {len(widths)} axes of {input.shape}")
    if mode == "constant":
        return pad_constant(input, widths=widths, value=0 if value is None else value)
    more = tuple((max(before, 0), max(after, 0)) for before, after in widths)
    if more != widths:
        input = pad_constant(input, widths=tuple((min(before, 0), min(after, 0)) for before, after in widths))
    for axis, sides in enumerate(more, input.ndim - len(widths)):
        index = np.pad(np.arange(input.shape[axis]), sides, MODES[mode])
        input = input[(*[slice(None)] * axis, index)]
    return input


# %%
line = tensor([[1.0, 2.0, 3.0]])
{mode: pad(line, (2, 2), mode)[0].tolist() for mode in ("constant", *MODES)}


# %% nbgrader={"grade": false, "grade_id": "spatial-conv-layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class ConvNd(Module):
    """What the convolutional layers share: `weight` (out_channels, in_channels / groups, *kernel_size) and `bias`."""

    axes, function = 2, staticmethod(conv2d)

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 padding_mode="zeros"):
        super().__init__()
        kind = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(f"{kind}: {in_channels} and {out_channels} channels cannot be cut into {groups} groups")
        if padding_mode not in ("zeros", *MODES):
            raise ValueError(f"{kind}: padding_mode must be one of zeros, {', '.join(MODES)}, got {padding_mode!r}")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size, self.stride, self.dilation = (pair(v, self.axes) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else pair(padding, self.axes)
        both_sides(self.padding, self.kernel_size, self.stride, self.dilation)  # complains at once, not at the first image
        self.weight = kaiming_uniform_(Parameter(zeros(out_channels, in_channels // groups, *self.kernel_size)), a=math.sqrt(5))
        bound = 1 / math.sqrt(max(fans(self.weight.shape)[0], 1))
        self.register_parameter("bias", uniform_(Parameter(zeros(out_channels)), -bound, bound) if bias else None)

    def forward(self, x):
        """The convolution of x (N, in_channels, …)."""
        padding = self.padding
        if self.padding_mode != "zeros":
            sides = both_sides(padding, self.kernel_size, self.stride, self.dilation)
            x, padding = pad(x, [n for pads in sides[::-1] for n in pads], self.padding_mode), 0
        return self.function(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self):
        """The settings that are not the usual ones, as PyTorch shows them."""
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        usual = {"padding": (0,) * self.axes, "dilation": (1,) * self.axes, "groups": 1}
        shown += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        shown += ["bias=False"] * (self.bias is None)
        return ", ".join(shown + [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros"))


# %% nbgrader={"grade": false, "grade_id": "spatial-conv2d-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Conv2d(ConvNd):
    """A convolution of images (N, in_channels, H, W)."""


# %% nbgrader={"grade": false, "grade_id": "spatial-conv1d-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Conv1d(ConvNd):
    """A convolution of rows (N, in_channels, L)."""

    axes, function = 1, staticmethod(conv1d)


# %% [markdown]
# Module 03 had two full layers, the plain `Dense` with `weights` and `use_bias`, and `Linear`, which is PyTorch's. `Conv2D`
# stands beside Dense: it is Conv2d with Dense's words. From now on `from tinytorch.core.layers import Dense, Conv2D` gives both.

# %% nbgrader={"grade": false, "grade_id": "spatial-conv2d-of-layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Conv2D(Conv2d):
    """Conv2d in the words of `Dense`: `use_bias`, and `weights`; the other options of Conv2d by name."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, use_bias=True, **options):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, **{"bias": use_bias, **options})
        self.use_bias = self.bias is not None

    weights = property(lambda self: self.weight, doc="The weight, in the word of Dense.")


# %% nbgrader={"grade": false, "grade_id": "spatial-pool-layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class MaxPool2d(Module):
    """Keeps the largest number of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, x):
        """The largest numbers, (N, C, oh, ow)."""
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self):
        """The settings."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in ("kernel_size", "stride", "padding", "dilation", "ceil_mode"))


# %% nbgrader={"grade": false, "grade_id": "spatial-avg-pool2d-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class AvgPool2d(Module):
    """Keeps the mean of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def forward(self, x):
        """The means, (N, C, oh, ow)."""
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)

    def extra_repr(self):
        """The settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


# %% nbgrader={"grade": false, "grade_id": "spatial-adaptive-layer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class AdaptiveAvgPool2d(Module):
    """Averages any image down, or up, to output_size."""

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, x):
        """The averages, (N, C, *output_size)."""
        return adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        """The size."""
        return f"output_size={self.output_size}"


# %% nbgrader={"grade": false, "grade_id": "spatial-batch-norm-layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share; momentum=None: the running averages are those of all batches so far."""

    shapes = {}  # number of axes: what they are

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, *, bias=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter(ones(num_features)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features)) if affine and bias else None)
        kept = (zeros(num_features), ones(num_features), tensor(0)) if track_running_stats else (None, None, None)
        for name, value in zip(("running_mean", "running_var", "num_batches_tracked"), kept, strict=True):
            self.register_buffer(name, value)

    def reset_running_stats(self):
        """Forget the running averages."""
        for t, value in zip(self.buffers(), (0, 1, 0), strict=False):  # none, if none are kept
            overwrite(t, value)

    def forward(self, x):
        """x with each channel normalised, scaled and shifted."""
        if x.ndim not in self.shapes or x.shape[1] != self.num_features:
            raise ValueError(f"{type(self).__name__}: expected {' or '.join(self.shapes.values())} with C = {self.num_features}, got {x.shape}")
        kept, momentum = (self.running_mean, self.running_var), self.momentum
        if self.training and self.running_mean is not None:
            overwrite(self.num_batches_tracked, self.num_batches_tracked + 1)
            momentum = 1 / int(self.num_batches_tracked) if momentum is None else momentum
        return batch_norm(x, *kept, self.weight, self.bias, self.training or kept[0] is None, momentum, self.eps)

    def extra_repr(self):
        """The settings."""
        shown = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{shown}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"


# %% nbgrader={"grade": false, "grade_id": "spatial-batch-norm-1d", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BatchNorm1d(BatchNorm):
    """Normalises each channel of (N, C) or (N, C, L)."""

    shapes = {2: "(N, C)", 3: "(N, C, L)"}


# %% nbgrader={"grade": false, "grade_id": "spatial-batch-norm-2d", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class BatchNorm2d(BatchNorm):
    """Normalises each channel of images (N, C, H, W)."""

    shapes = {4: "(N, C, H, W)"}


# %%
Sequential(Conv2d(1, 8, 3, padding=1), BatchNorm2d(8), ReLU(), MaxPool2d(2))

# %% [markdown]
# ## What batch normalization is good for
# The digits of module 08, read by *eight* convolutions. Two epochs, each from the same two seeds: with PyTorch's initial values,
# with He's (module 03), and with batch normalization.

# %%
loaded = {}
for split in ("train", "test"):
    images, labels = datasets.digits(split).images, datasets.digits(split).labels
    loaded[split] = TensorDataset(tensor(images[:, None] / np.float32(255)), tensor(labels))


def batches(seed):
    """A loader of the training images, 64 at a time."""
    return DataLoader(loaded["train"], 64, shuffle=True, seed=seed)


# %%
def trained(build, optimizer_of, epochs, seed):
    """The share of test images that are read right, in per cent, and the network that was trained."""
    manual_seed(seed)
    network = build()
    trainer = Trainer(network, CrossEntropyLoss(), *optimizer_of(network.parameters()), metrics=[Accuracy()], schedule="step", progress="none")
    trainer.fit(batches(seed), epochs)
    return 100 * trainer.evaluate(DataLoader(loaded["test"], 360))["accuracy"], network


# %%
def deep(norm=False, start=None):
    """Eight convolutions of 12 channels, pooling after the first and the last, and a full layer."""
    layers = []
    for i in range(8):
        layers += [Conv2d(12 if i else 1, 12, 3, padding=1), *[BatchNorm2d(12)] * norm, ReLU(), *[MaxPool2d(2)] * (i in (0, 7))]
    for layer in layers if start else []:
        if type(layer) is Conv2d:
            start(layer.weight)
    return Sequential(*layers, Flatten(), Linear(48, 10))


kinds = {"PyTorch's initial values": {}, "He's initial values": {"start": kaiming_uniform_}, "batch norm": {"norm": True}}
for name, how in kinds.items():
    scores = [trained(functools.partial(deep, **how), lambda p: [SGD(p, lr=0.01, momentum=0.9)], 2, seed)[0] for seed in (0, 1)]
    print(f"{name:25} {scores[0]:.1f} % and {scores[1]:.1f} %")


# %% [markdown]
# Ten per cent is guessing. With each layer the signal becomes smaller, and the gradient with it: nothing is learned. He's
# initial values keep its size at the start; batch normalization keeps it in every step, whatever the weights become. (With
# AdamW in place of SGD we measured about 60 % without, and 95 % with it, after three epochs.)

# %% [markdown]
# ## What it costs
# One convolution 3 × 3 of images with 16 channels to 32, three ways, for larger and larger images; and the most memory that
# each asks for on the way, as `tracemalloc` counts it.

# %%
def cost(f, image, weight):
    """Seconds and megabytes of f(image, weight), the best of three times."""
    times = []
    for _ in range(3 if f is not conv2d_loops else 1):
        start = time.perf_counter()
        f(image, weight)
        times.append(time.perf_counter() - start)
    if f is conv2d_loops:
        return min(times), 0
    tracemalloc.start()
    f(image, weight)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), peak / 1e6


# %%
sizes = {conv2d_loops: [6, 8], conv2d_im2col: [6, 8, 16, 32, 64, 128], correlate: [6, 8, 16, 32, 64, 128]}
costs = {f: [cost(f, np.ones((8 if f is not conv2d_loops else 1, 16, n, n), np.float32), np.ones((32, 16, 3, 3), np.float32)) for n in ns] for f, ns in sizes.items()}
names = {conv2d_loops: ("loops", ORANGE), conv2d_im2col: ("im2col", GREEN), correlate: ("in parts", BLUE)}
slow, middle = costs[conv2d_loops][1][0] * 8, costs[conv2d_im2col][1][0]
print(f"8 images of 8 × 8: loops {1e3 * slow:,.0f} ms, im2col {1e3 * middle:.2f} ms: {slow / middle:,.0f} times as fast")
for n, (seconds, mb), (later, less) in zip(sizes[correlate], costs[conv2d_im2col], costs[correlate], strict=True):
    print(f"{n:3} pixels: in parts takes {later / seconds:.1f} times the time of im2col, {less / mb:.2f} times its memory")

# %%
left, right = axes(2)
for f, (name, color) in names.items():
    scale = 8 if f is conv2d_loops else 1
    left.plot(sizes[f], [scale * s for s, _ in costs[f]], "o-", color=color, label=name)
    if f is not conv2d_loops:
        right.plot(sizes[f], [mb for _, mb in costs[f]], "o-", color=color, label=name)
left.set(xscale="log", yscale="log", xlabel="pixels along a side", ylabel="seconds", title="8 images, 16 → 32 channels")
right.set(xscale="log", yscale="log", xlabel="pixels along a side", ylabel="MB", title="peak memory")
left.legend();


# %% [markdown]
# im2col keeps nine copies of every image at once; in parts, of a few images.
# For small images its loop, in Python, costs more than it saves; it pays once the columns outgrow the cache.
#
# ## What PyTorch does differently
# `torch/nn/functional.py` has the signatures, and `aten/src/ATen/native/Convolution.cpp` chooses among a dozen kernels.
# `aten/src/ATen/native/im2col.h` is our second version; on most processors oneDNN is called, whose kernels never write the
# columns down. Pooling is in `aten/src/ATen/native/cpu/MaxPoolKernel.cpp`; it saves the winners' places in forward, where ours
# finds them anew.
#
# ## It pays off: the digits, with a fifth of the parameters
# Module 08's network of full layers against one of two convolutions, with and without batch normalization: the same
# training, 10 epochs, three seeds. `OneCycleLR` sets the rate of every step; the `lr` that AdamW is given does not count.

# %%
def convolutional(norm=True):
    """Two convolutions of 12 channels, each followed by pooling, and one full layer."""
    layers = [Conv2d(1, 12, 3, padding=1), BatchNorm2d(12), ReLU(), MaxPool2d(2)]
    layers += [Conv2d(12, 12, 3, padding=1), BatchNorm2d(12), ReLU(), MaxPool2d(2), Flatten(), Linear(48, 10)]
    return Sequential(*[layer for layer in layers if norm or type(layer) is not BatchNorm2d])


builders = {
    "full layers": lambda: Sequential(Flatten(), Linear(64, 128), ReLU(), Linear(128, 10)),
    "convolutions": lambda: convolutional(norm=False),
    "convolutions, batch norm": convolutional,
}


# %%
def one_cycle(parameters, epochs=10):
    """AdamW, and a schedule of one cycle."""
    steps = AdamW(parameters, lr=0.02)
    return steps, OneCycleLR(steps, max_lr=0.02, total_steps=epochs * len(batches(0)))


for name, build in builders.items():
    scores, networks = zip(*[trained(build, one_cycle, 10, seed) for seed in range(3)], strict=True)
    count = sum(p.numel() for p in networks[0].parameters())
    print(f"{name:25} {count:6,} parameters: {', '.join(f'{score:.1f} %' for score in scores)}")

# %% [markdown]
# A fifth of the parameters, and no worse than the full layers. With two convolutions, batch normalization makes no difference that
# three seeds and 360 images could show: it matters where a network is deep.

# %%
network = networks[0].eval()
image = loaded["test"][3][0].unsqueeze(0)
with no_grad():
    maps = network[:3](image).numpy()[0]
for row, title in ((network[0].weight.numpy()[:, 0], "kernel"), (maps, "seen")):
    largest = abs(row).max()
    for i, (ax, shown) in enumerate(zip(axes(13, 0.9, picture=True), [image.numpy()[0, 0], *row], strict=True)):
        ax.imshow(shown, **({"vmin": -largest, "vmax": largest} if i else {"cmap": "gray_r"}))
        ax.set_title(f"{title} {i}" if i else "image", fontsize=6)

# %% [markdown]
# Above, the test image and the twelve kernels of the last network: grey is 0, white positive, black negative. Edges of several
# directions and a few spots can be made out. Below, what each kernel sees in the image, after batch normalization and
# ReLU. `milestones/1998_lenet.py` does this on MNIST, with the network of Y. LeCun and others.
#
# ## Questions
# 1. Two layers of 3 × 3 see 5 × 5 pixels of the image. Count their weights against one layer of 5 × 5, for C channels everywhere. What else do two layers have?
# 2. If the image moves by one pixel, what becomes of the result of a convolution? Of max pooling with stride 2? Of the flattened layer at the end?
# 3. A bias before batch normalization changes nothing. Why? What is its gradient?
#
# `tinytorch.nn.Conv2d`, its layers and functions are yours from now on. Sentences, too, can be read by windows; next come their
# pieces, in `10_tokenization`.
