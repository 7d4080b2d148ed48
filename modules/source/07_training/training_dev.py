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
#     - 06_optimizers
#     title: Training
# ---

# %% [markdown]
# # Training
# > The loop around the step: batches, scores, early stopping, checkpoints that survive a power cut.
#
# Model, loss, gradient, step: you have built all four, and a loop of five lines drives them. What goes wrong in real
# training goes wrong around these five lines: the score was taken on the wrong data, the run died at night and cannot
# be continued, the loss became NaN and nobody knows where. At the end of this chapter a `Trainer` takes care of it, and
# a small network reads handwriting: 1,797 real digits of 8 × 8 pixels.

# %% nbgrader={"grade": false, "grade_id": "training-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.training
#| export
import itertools
import json
import math
import os
import time
import zlib
from pathlib import Path

# %% nbgrader={"grade": false, "grade_id": "training-import-core", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import numpy as np

from tinytorch.core.autograd import grad, graph, no_grad, on_arrays, seam, shares
from tinytorch.core.optimizers import ReduceLROnPlateau, clip_grad_norm_
from tinytorch.core.tensor import Random, Seam, Tensor, tensor, tensors_in, unwrap
from tinytorch.progress import on_interrupt, progress_display, say

# %% nbgrader={"grade": false, "grade_id": "training-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import contextlib
import tempfile
from unittest import mock

from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, RED, axes
from tinytorch.testing import Folder, assert_close, assert_same
from tinytorch.utils.data.embedded import digits

# %% nbgrader={"grade": false, "grade_id": "training-test-networks", "locked": true, "schema_version": 3, "solution": false, "task": false}
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam, StepLR
from tinytorch.core.tensor import manual_seed, stack

# %%
images, labels = digits("train")
for ax, image, label in zip(axes(9, height=1, picture=True), images, labels, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(int(label))


# %% [markdown]
# ## Batches, in an order that can be repeated
# A step on all the data is exact and slow; a step on a few examples, a *batch*, is rough and fast, and a hundred rough
# steps go further than one exact one. Each pass over the data, an *epoch*, should meet the examples in another order, so
# that the same ones do not always sit together.
#
# That order is usually drawn from a random generator which runs along with the training. To continue a run that died
# in epoch 40 one would then have to draw the first 39 again. Ours depends on nothing but the seed and the epoch:
# a NumPy generator can be made from both at once.
#
# <details><summary>Hint 1: the idea</summary>
#
# A permutation of the numbers 0 to n - 1, from a generator made just for it by `np.random.default_rng`.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `seed + epoch` would make epoch 1 of seed 0 the same as epoch 0 of seed 1. A generator takes a tuple, too.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-epoch-order", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def epoch_order(n, seed, epoch):
    """The order in which an epoch visits n examples: an array of the numbers 0 to n - 1.

    The same for the same (n, seed, epoch), whatever random numbers were drawn before.
    """
    ### BEGIN SOLUTION
    return np.random.default_rng((seed, epoch)).permutation(n)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-epoch-order-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
numpy_random = np.random  # NumPy's own random numbers, as the code above sees them


# %% nbgrader={"grade": true, "grade_id": "test-training-epoch-order", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_epoch_order(n=50):
    """epoch_order visits each example once, in an order of its own for each seed and epoch, repeatable at any time."""
    first = epoch_order(n, 0, 0)
    assert_close(np.sort(first), np.arange(n), f"epoch_order({n}, 0, 0), sorted")
    assert_close(epoch_order(n, 0, 0), first, f"epoch_order({n}, 0, 0), called again")
    assert (first != np.arange(n)).any(), f"epoch_order({n}, 0, 0): nothing is shuffled"
    pairs = [(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (5, 2), (0, 10**12)]
    pairs += [pair for k in (10, 100, 1000, 10_000) for pair in ((0, k), (k, 0))]
    orders = {(0, 0): tuple(map(int, first))}
    for pair in pairs:
        order = tuple(map(int, epoch_order(n, *pair)))
        same = [other for other, known in orders.items() if known == order]
        assert not same, f"seed and epoch {pair} give the same order as {same[0]}"
        orders[pair] = order
    neighbours = [set(itertools.pairwise(orders[pair])) for pair in ((0, 0), (0, 1))]
    assert len(neighbours[0] & neighbours[1]) < 20, "in epoch 1 the same examples follow each other as in epoch 0"


def test_draws_of_others(seed=5):
    """epoch_order uses none of the random numbers of NumPy and the framework: they go on from their seed."""
    manual_seed(seed)
    numpy_random.seed(seed)
    epoch_order(100, 1, 2)
    expected = np.random.RandomState(seed).random_sample(2), np.random.default_rng(seed).random(2)
    assert_close(numpy_random.random(2), expected[0], "np.random.random(2) after epoch_order: it has used some of them")
    assert_close(Random.generator.random(2), expected[1], "the framework's random numbers: epoch_order has used some")


test_unit_epoch_order()
test_draws_of_others()
### BEGIN HIDDEN TESTS
assert_close(epoch_order(1, 3, 4), [0], "epoch_order(1, 3, 4)")
assert_close(np.sort(epoch_order(1000, 12, 345)), np.arange(1000), "epoch_order(1000, 12, 345), sorted")
test_draws_of_others(int(np.random.default_rng().integers(2**31)))
### END HIDDEN TESTS

# %%
epoch_order(8, seed=0, epoch=0), epoch_order(8, seed=0, epoch=1)


# %% nbgrader={"grade": false, "grade_id": "training-batches", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Batches:
    """Inputs x and targets y in batches (x, y); shuffled by seed and epoch unless shuffle is False."""

    def __init__(self, x, y, batch_size=32, shuffle=True, seed=0):
        if len(x) != len(y) or batch_size < 1:
            raise ValueError(f"Batches: {len(x)} inputs, but {len(y)} targets, in batches of {batch_size}")
        self.x, self.y = (t if isinstance(t, Tensor) else tensor(t) for t in (x, y))
        self.batch_size, self.shuffle, self.seed, self.epoch = batch_size, shuffle, seed, 0

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to."""
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __iter__(self):
        order = epoch_order(len(self.x), self.seed, self.epoch) if self.shuffle else np.arange(len(self.x))
        for chosen in np.split(order, range(self.batch_size, len(order), self.batch_size)):
            yield self.x[chosen], self.y[chosen]


# %%
x, y = next(iter(Batches(images, labels, batch_size=64)))
x.shape, y[:8]


# %% [markdown]
# ## How good is it?
# The loss is for the optimizer. A person wants to know how many are right. A **metric** is told every batch (`update`)
# and gives its value at the end (`compute`). Accuracy is the share of right answers over *all* examples. The mean of the
# batches' shares is something else: the last batch is often smaller, and would weigh too much.
#
# Write `update`. It gets scores per class, (n, classes), and the n right class numbers, as Tensors.
#
# <details><summary>Hint 1: the idea</summary>
#
# Count what is right and what was seen; divide only in `compute`.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# The guess is `prediction.argmax(1)`. Comparing gives a Tensor of booleans; `int(t.sum())` makes a number of it.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def reset(self):
        """Forget all that was counted."""
        self.right, self.seen = 0, 0

    def update(self, prediction, target):
        """Count a batch."""
        ### BEGIN SOLUTION
        self.right += int((prediction.argmax(1) == target).sum())
        self.seen += len(target)
        ### END SOLUTION

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)


# %% nbgrader={"grade": false, "grade_id": "training-accuracy-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def accuracy_of(*batches):
    """What Accuracy computes after these batches, each a pair of arrays; reset comes first."""
    metric = Accuracy()
    metric.reset()
    for prediction, target in batches:
        metric.update(Tensor(prediction), Tensor(target))
    return metric.compute()


# %% nbgrader={"grade": true, "grade_id": "test-training-accuracy", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_accuracy():
    """Accuracy is the share over all examples of all batches, however they are cut."""
    rng = np.random.default_rng(3)
    scores, wanted = rng.normal(size=(21, 4)) - 5, rng.integers(0, 4, 21)
    expected = sum(list(row).index(max(row)) == w for row, w in zip(scores, wanted, strict=True)) / 21
    for cuts in ([], [7, 14], [20], [3, 4, 10]):
        batches = list(zip(np.split(scores, cuts), np.split(wanted, cuts), strict=True))
        got = accuracy_of(*batches)
        assert isinstance(got, float), f"compute gives a {type(got).__name__}: right and seen should be Python numbers"
        assert_close(got, expected, f"accuracy of 21 examples, cut at {cuts}")
    assert_close(accuracy_of((np.eye(3), np.array([0, 1, 1]))), 2 / 3, "accuracy with two of three right")


test_unit_accuracy()
### BEGIN HIDDEN TESTS
assert_close(accuracy_of((np.eye(300)[:, ::-1], np.arange(299, -1, -1))), 1.0, "accuracy with 300 classes, all right")
assert_close(accuracy_of((np.eye(2), np.array([1, 0])), (np.eye(2), np.array([0, 1]))), 0.5, "0 of 2, then 2 of 2")
### END HIDDEN TESTS

# %% [markdown]
# And which are taken for which? A **confusion matrix** counts: row i, column j holds how many of class i were called j.
# Right answers lie on the diagonal.
#
# <details><summary>Hint 1: the idea</summary>
#
# For every example, add 1 at [wanted, predicted].
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `counts[wanted, predicted] += 1` counts a pair that occurs twice only once. `np.add.at(counts, (wanted, predicted), 1)`
# does not.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-confusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, an array of integers.

    predicted, wanted: integers in arrays or lists.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    ### BEGIN SOLUTION
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (np.asarray(wanted, int), np.asarray(predicted, int)), 1)
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-training-confusion", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_confusion():
    """confusion_matrix counts every pair, row by wanted class, repeated ones too."""
    rng = np.random.default_rng(1)
    for classes, n in [(3, 40), (2, 5), (4, 0), (5, 1)]:
        wanted, predicted = rng.integers(0, classes, n), rng.integers(0, classes, n)
        expected = np.array([[sum((wanted == i) & (predicted == j)) for j in range(classes)] for i in range(classes)])
        got = confusion_matrix(predicted, wanted, classes)
        assert_close(got, expected, f"confusion_matrix of {n} examples in {classes} classes")
        assert got.dtype.kind == "i", f"confusion_matrix: expected integers, got {got.dtype}"
    assert_close(confusion_matrix([1, 1, 1], [0, 0, 2], 3), [[0, 2, 0], [0, 0, 0], [0, 1, 0]], "confusion_matrix of lists")
    small = np.uint8([200, 3])
    assert_close(confusion_matrix(small, small, 201)[200, 200], 1, "confusion_matrix of uint8 numbers, at [200, 200]")


test_unit_confusion()
### BEGIN HIDDEN TESTS
assert_close(confusion_matrix([0] * 5, [0] * 5, 1), [[5]], "confusion_matrix with one class")
small = np.array([250, 3], np.uint8)
assert_close(confusion_matrix(small, small, 251).sum(), 2, "confusion_matrix of uint8 numbers, all counts")
assert_close(confusion_matrix(small, small, 251)[250, 250], 1, "confusion_matrix of uint8 numbers, at [250, 250]")
### END HIDDEN TESTS

# %%
confusion_matrix(predicted=[0, 1, 1, 2, 2], wanted=[0, 1, 2, 2, 2], classes=3)


# %% nbgrader={"grade": false, "grade_id": "training-confusion-metric", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class ConfusionMatrix:
    """The confusion matrix as a metric."""

    name = "confusion"

    def __init__(self, classes):
        self.classes = classes

    def reset(self):
        """Forget all that was counted."""
        self.counts = np.zeros((self.classes, self.classes), np.int64)

    def update(self, prediction, target):
        """Count a batch."""
        self.counts += confusion_matrix(np.asarray(prediction.argmax(1)), np.asarray(target), self.classes)

    def compute(self):
        """The counts so far."""
        return self.counts


# %% [markdown]
# ## A score that can be trusted
# It is easy to measure in the wrong way. Dropout must be off, nothing may be learned or remembered on the way, every
# example must count alike, and afterwards the model must be as it was before. `evaluate` does all of that, once.
#
# <details><summary>Hint 1: the four things around the loop</summary>
#
# `was = model.training`; `model.eval()`; the loop inside `with no_grad():`; `model.train(was)`.
#
# </details>
# <details><summary>Hint 2: inside the loop</summary>
#
# One prediction per batch, used for the loss and for all metrics. The loss of a batch is a mean: multiply it by the
# number of its examples, and divide by all of them at the end.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-evaluate", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def evaluate(model, loss, data, metrics=()):
    """The mean loss over all examples of data, and each metric's value, as {"loss": number, metric.name: value, …}.

    data: batches (inputs, targets); without any the loss is NaN. Each metric is reset first. The model does not
    change, and goes on in its mode.
    """
    ### BEGIN SOLUTION
    was, total, seen = model.training, 0.0, 0
    for metric in metrics:
        metric.reset()
    model.eval()
    with no_grad():
        for x, y in data:
            prediction = model(x)
            total, seen = total + loss(prediction, y).item() * len(x), seen + len(x)
            for metric in metrics:
                metric.update(prediction, y)
    model.train(was)
    return {"loss": total / seen if seen else math.nan} | {metric.name: metric.compute() for metric in metrics}
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-evaluate-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def by_hand(pairs):
    """Cross-entropy and accuracy of [(scores, class numbers), …], all examples together, in plain NumPy."""
    scores, y = map(np.concatenate, zip(*pairs, strict=True))
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return float(-np.log(chances[np.arange(len(y)), y]).mean()), float((scores.argmax(1) == y).mean())


# %% nbgrader={"grade": false, "grade_id": "training-scored-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def scored(x, y, w, cuts=(), training=True):
    """What evaluate gives for x, y in batches, what model and loss note when they are called, and the modes afterwards."""
    model, drop, weight = Module(), Dropout(0.5), Tensor(w, requires_grad=True)
    called, told = [], [(w, np.arange(len(w)) % 2)]  # told: something is left over from an earlier use
    model.drop = drop
    model.train(training)

    def forward(x):
        called.append(["model", drop.training, Seam.recording])
        return drop(x) @ weight

    def loss(prediction, target):
        called.append(["loss", False, prediction.requires_grad or Seam.recording])
        return Tensor(by_hand([(prediction.data, target.data)])[0])

    model.forward = forward
    metric = mock.Mock(reset=lambda: told.clear(), compute=lambda: by_hand(told)[1])
    metric.update, metric.name = lambda prediction, target: told.append((prediction.data, target.data)), "accuracy"
    data = ((Tensor(x[a:b]), tensor(y[a:b])) for a, b in itertools.pairwise((0, *cuts, len(x))))
    found = evaluate(model, loss, data, [metric])
    return found, called, [module.training for module in model.modules()]


# %% nbgrader={"grade": true, "grade_id": "test-training-evaluate", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_evaluate(seed=1):
    """evaluate weighs every example alike, learns nothing, switches Dropout off, and leaves the model in its mode."""
    rng = np.random.default_rng(seed)
    x, y, w = rng.normal(size=(10, 4)), rng.integers(0, 3, 10), rng.normal(size=(4, 3))
    loss, accuracy = by_hand([(x @ w, y)])
    for cuts in ([], [5], [9], [3, 4, 8]):
        found, called, modes = scored(x, y, w, cuts)
        assert list(found) == ["loss", "accuracy"], f"evaluate: expected loss and accuracy, got {list(found)}"
        assert type(found["loss"]) is float, f"the loss should be a Python number, got {type(found['loss']).__name__}"
        training, recording = (any(call[i] for call in called) for i in (1, 2))
        assert not training, "evaluate: a layer was in training mode when the model was called: is Dropout off?"
        assert_close(found["loss"], loss, f"the loss of 10 examples, cut at {cuts}", rtol=1e-5)
        assert_close(found["accuracy"], accuracy, f"the accuracy of 10 examples, cut at {cuts}")
        assert not recording, "evaluate: recipes are remembered in the loop: that costs memory for nothing"
        for name in ("loss", "model"):
            times = sum(call[0] == name for call in called)
            assert_close(times, len(cuts) + 1, f"cut at {cuts}: how many times the {name} was called")
        assert all(modes), "evaluate: the model, or a layer in it, was in training mode and is not any more"
        assert Seam.recording, "evaluate: recipes are not remembered any more afterwards"
    modes = scored(x, y, w, training=False)[2]
    assert not any(modes), "evaluate: a model in evaluation mode is in training mode afterwards"
    empty = evaluate(Linear(2, 2), CrossEntropyLoss(), [])
    assert math.isnan(empty["loss"]), f"the loss of no data: expected nan, got {empty}"


test_unit_evaluate()
### BEGIN HIDDEN TESTS
test_unit_evaluate(seed=None)
### END HIDDEN TESTS

# %%
pixels = Batches(images.reshape(-1, 64) / 16, labels, 256, shuffle=False)
evaluate(Linear(64, 10), CrossEntropyLoss(), pixels, [Accuracy()])


# %% [markdown]
# A network that has learned nothing is right in one of ten cases, more or less, and its loss is near log 10 = 2.3.

# %% [markdown]
# ## A step in parts
# Sometimes the batch that one wants does not fit into memory. Its gradient can be gathered from smaller parts: `.grad`
# adds up by itself, so call `backward` for each part and step once at the end. But the loss of a part is the mean over
# that part, and the mean over all is not the mean of the means when the last part is smaller. Each must count by its
# share of the examples.
#
# <details><summary>Hint 1: the idea</summary>
#
# Multiply the loss of each part by len(part) / (number of all examples) before `backward`.
#
# </details>
# <details><summary>Hint 2: what to return</summary>
#
# The mean loss over all examples, as a Python number: the sum of the weighted losses, each by `.item()`. Not the
# tensors: they would keep all graphs alive.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-gather", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def gather_gradients(model, loss, parts):
    """Add to the .grad of the model's parameters the gradient of the mean loss over all parts; return that loss.

    parts: a list of (inputs, targets); loss(prediction, target) is the mean over a part.
    """
    ### BEGIN SOLUTION
    n, total = sum(len(x) for x, _ in parts), 0.0
    for x, y in parts:
        share = loss(model(x), y) * (len(x) / n)
        share.backward()
        total += share.item()
    return total
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-slopes-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slopes(x, y, w, b):
    """The mean squared error of x @ w.T + b against y, and its gradients for w and b, in plain NumPy."""
    r = x @ w.T + b - y
    return float((r**2).mean()), 2 * r.T @ x / r.size, 2 * r.sum(0) / r.size


# %% nbgrader={"grade": false, "grade_id": "training-gather-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def gathered(x, y, w, b, sizes, times=1):
    """The loss of x, y in parts of these sizes; graphs alive and w's gradient as each part began; both gradients at last."""
    model, results, began = Linear(*w.T.shape), [], []
    model.load_state_dict({"weight": Tensor(w), "bias": Tensor(b)})
    weight, bias = model.weight, model.bias

    def gradient(array, grad):
        return np.zeros(array.shape) if grad is None else np.array(grad.data)

    def forward(x):
        alive = sum(len(result.recipe.args) > 0 for result in results[-1:])  # a graph that backward has used is empty
        began.append([alive, gradient(w, weight.grad)])
        return x @ weight.T + bias

    def loss(prediction, target):
        results.append(((prediction - target) ** 2).mean())
        return results[-1]

    model.forward = forward
    cuts = np.cumsum(sizes)[:-1]
    parts = [(Tensor(a), Tensor(b)) for a, b in zip(np.split(x, cuts), np.split(y, cuts), strict=True)]
    for _ in range(times):
        total = gather_gradients(model, loss, parts)
    return total, began, [gradient(w, weight.grad), gradient(b, bias.grad)]


# %% nbgrader={"grade": true, "grade_id": "test-training-gather", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_gather_gradients(seed=3):
    """Gathered in parts, even or uneven, loss and gradients are those of the whole batch, one graph at a time."""
    rng = np.random.default_rng(seed)
    x, y, w, b = (rng.normal(size=size) for size in ((12, 4), (12, 2), (2, 4), 2))
    loss, *expected = slopes(x, y, w, b)
    for sizes in ([12], [5, 5, 2], [1, 11], [3, 3, 3, 3]):
        total, began, got = gathered(x, y, w, b, sizes)
        assert type(total) is float, f"the loss should be a Python number, got {type(total).__name__}"
        assert_close(total, loss, f"the loss of a batch in parts of {sizes}", rtol=1e-5)
        for i, name in enumerate(("weight", "bias")):
            assert_close(got[i], expected[i], f"gradient of the {name}, batch in parts of {sizes}")
        assert_close(len(began), len(sizes), f"parts of {sizes}: how many times the model was called")
        for k, (alive, before) in zip(np.cumsum(sizes[:-1]), began[1:], strict=True):
            assert alive == 0, f"parts of {sizes}: a part began while the graph of another was still in memory"
            so_far = k / 12 * slopes(x[:k], y[:k], w, b)[1]
            assert_close(before, so_far, f"parts of {sizes}: gradient of the weight when {k} examples are done")
    for got, once in zip(gathered(x, y, w, b, [12], times=2)[2], expected, strict=True):
        assert_close(got, 2 * once, "gradients after two calls: they add up, zero_grad is somebody else's business")


test_unit_gather_gradients()
### BEGIN HIDDEN TESTS
test_unit_gather_gradients(seed=None)
### END HIDDEN TESTS

# %% [markdown]
# ## One step, in the right order
# Forget the old gradient, gather the new one, limit its length if a limit is given, go. Only the order matters, and one
# question: is the gradient a number at all? If its norm or the loss is NaN or infinite, a step would destroy every
# weight. Then leave them as they are. Whoever called can see it from what is returned.
#
# <details><summary>Hint 1: the idea</summary>
#
# `clip_grad_norm_` of module 06 returns the norm before clipping, as a Tensor. With `math.inf` as the limit it only
# measures.
#
# </details>
# <details><summary>Hint 2: the order</summary>
#
# `optimizer.zero_grad()`, `gather_gradients`, `clip_grad_norm_(…).item()`, `optimizer.step()` if `math.isfinite` of both.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-take-step", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def take_step(model, loss, optimizer, parts, max_norm=None):
    """One step on parts, a list of (inputs, targets); returns the mean loss and the gradient's norm, two numbers.

    The norm is that of the gradients of the parameters that the optimizer moves (optimizer.all_params()); others are
    left out. max_norm: what it is limited to (None: nothing); the norm returned is that before. If loss or norm is
    not finite, no step is made.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    value = gather_gradients(model, loss, parts)
    norm = clip_grad_norm_(optimizer.all_params(), math.inf if max_norm is None else max_norm).item()
    if math.isfinite(value) and math.isfinite(norm):
        optimizer.step()
    return value, norm
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-take-step-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def stepped(x, y, w, b, max_norm=None, steps=2, head_only=False, loss=None):
    """[loss, norm] of each step at rate 0.1 on (x, y) in two parts, and weight and bias after the steps."""
    model = Linear(*w.T.shape)
    model.load_state_dict({"weight": Tensor(w), "bias": Tensor(b)})
    optimizer = SGD([model.bias] if head_only else model.parameters(), lr=0.1)
    parts = [(Tensor(x[:2]), Tensor(y[:2])), (Tensor(x[2:]), Tensor(y[2:]))]
    with np.errstate(all="ignore"):
        values = [list(take_step(model, loss or MSELoss(), optimizer, parts, max_norm)) for _ in range(steps)]
    return values, np.array(model.weight.data), np.array(model.bias.data)


# %% nbgrader={"grade": false, "grade_id": "training-steps-by-hand-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def steps_by_hand(x, y, w, b, max_norm, head_only=False):
    """The same for two steps, in plain NumPy."""
    values = []
    for _ in range(2):
        loss, gw, gb = slopes(x, y, w, b)
        norm = float(np.sqrt((0 if head_only else (gw**2).sum()) + (gb**2).sum()))
        factor = 0.1 * (1 if max_norm is None else min(1, max_norm / norm))
        values.append([loss, norm])
        w, b = w if head_only else w - factor * gw, b - factor * gb
    return values, w, b


# %% nbgrader={"grade": false, "grade_id": "training-own-parameter-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def own_parameter(slope):
    """A parameter of the loss, not of the model, that begins at 1: after two steps at rate 0.1 with this gradient."""
    model, scale = Linear(2, 1), Tensor([1.0], requires_grad=True)
    optimizer, parts = SGD([scale], lr=0.1), [(Tensor(np.ones((3, 2))), Tensor(np.zeros(3)))]
    for _ in range(2):
        take_step(model, lambda p, y: (p * 0).mean() + scale.sum() * slope, optimizer, parts)
    return np.array(scale.data)


# %% nbgrader={"grade": true, "grade_id": "test-training-take-step", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_take_step(seed=4):
    """take_step forgets the last gradient, clips before it steps, tells loss and norm, and refuses what is not finite."""
    rng = np.random.default_rng(seed)
    x, y, w, b = (rng.normal(size=size) for size in ((3, 2), (3, 1), (1, 2), 1))
    for max_norm, head_only in ((None, False), (0.5, False), (100.0, False), (0.0, False), (0.5, True), (100.0, True)):
        got, expected = (f(x, y, w, b, max_norm, head_only=head_only) for f in (stepped, steps_by_hand))
        title = f"max_norm={max_norm}" + ", SGD([model.bias])" * head_only
        for i in range(2):
            assert all(type(v) is float for v in got[0][i]), f"loss and norm should be Python numbers, got {got[0][i]}"
            assert_close(got[0][i], expected[0][i], f"loss and norm of step {i + 1}, {title}", rtol=1e-4)
        assert_close(got[1], expected[1], f"the weight after two steps, {title}", atol=1e-4)
        assert_close(got[2], expected[2], f"the bias after two steps, {title}", atol=1e-4)
    cases = [("the inputs are times 1e30", x * 1e30, None, None), ("the inputs are times 1e30", x * 1e30, 1.0, None)]
    cases += [("the inputs are NaN", x * np.nan, None, None)]
    cases += [("the loss is infinite, the gradient is not", x, None, lambda p, y: p.mean() + math.inf)]
    cases += [("the gradient is NaN, the loss 0", x, None, lambda p, y: (p * 0).sqrt().mean())]
    for title, inputs, max_norm, loss in cases:
        values, *after = stepped(inputs, y, w, b, max_norm, loss=loss)
        assert not np.isfinite(values).all(), f"{title}: loss or norm should not be finite, got {values}"
        assert_close(after[0], w, f"the weight after a step in which {title}")
        assert_close(after[1], b, f"the bias after a step in which {title}")
    assert_close(own_parameter(0.5), [0.9], "a parameter of the loss that SGD moves: 1 - 0.05 - 0.05")


test_unit_take_step()
### BEGIN HIDDEN TESTS
test_unit_take_step(seed=None)
slope, far = np.random.default_rng().uniform(1, 2), np.full((3, 2), 1e6)
assert_close(own_parameter(float(slope)), [1 - 0.2 * slope], "a parameter of the loss that SGD moves")
values, _, after = stepped(far, np.zeros((3, 1)), np.ones((1, 2)), np.zeros(1), steps=1)
assert math.isfinite(values[0][0]) and after[0] != 0, "a large step that is finite is a step"
### END HIDDEN TESTS

# %%
model, parts = Linear(64, 10), list(Batches(images.reshape(-1, 64) / 16, labels, 256))
optimizer = SGD(model.parameters(), lr=0.5)
[take_step(model, CrossEntropyLoss(), optimizer, parts) for _ in range(5)]


# %% [markdown]
# ## When to stop
# A network that trains too long learns its examples by heart. The loss on data that it does not train on, the
# *validation* loss, says when: at first it falls, then it turns. But it also trembles, so one bad epoch is no reason to
# stop. Early stopping waits until there was no better value for `patience` epochs.
#
# <details><summary>Hint 1: the idea</summary>
#
# Remember the best value and how many epochs have passed since.
#
# </details>
# <details><summary>Hint 2: better by how much</summary>
#
# A value is better if it is below `best - min_delta`. NaN is never better: write the comparison so that it says so.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-patience", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Patience:
    """Says when a value that should fall has not done so for `patience` updates."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited = math.inf, 0

    def update(self, value):
        """Take note of a value in `best` and `waited`; return whether it is the best so far."""
        ### BEGIN SOLUTION
        better = value < self.best - self.min_delta
        self.best = value if better else self.best
        self.waited = 0 if better else self.waited + 1
        return better
        ### END SOLUTION

    def is_over(self):
        """Whether it is time to stop."""
        return self.waited >= self.patience


# %% nbgrader={"grade": false, "grade_id": "training-patience-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def stops_at(values, patience, min_delta=0.0):
    """After which of the values it is over first (-1: never), and the best value in the end."""
    p, over = Patience(patience, min_delta), []
    for value in values:
        p.update(value)
        over.append(p.is_over())
    return [over.index(True) if True in over else -1, p.best]


# %% nbgrader={"grade": false, "grade_id": "training-best-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def which_are_best(values, min_delta=0.0):
    """What update returns for each of the values."""
    p = Patience(100, min_delta)
    return [p.update(value) for value in values]


# %% nbgrader={"grade": true, "grade_id": "test-training-patience", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_patience():
    """Patience stops after so many values without a better one, and counts anew after each better one."""
    cases = [
        ([3, 2, 1, 1.5, 1.2, 1.1], 3, 0.0, [5, 1]),
        ([3, 2, 2.5, 1.9, 2, 2], 2, 0.0, [5, 1.9]),
        ([5, 4, 3, 2, 1], 1, 0.0, [-1, 1]),
        ([5, 6, 7, 4, 6, 6], 3, 0.0, [-1, 4]),
        ([3, 3, 3], 2, 0.0, [2, 3]),
        ([3, 2.9, 2.8, 2.7, 2.6], 3, 0.25, [-1, 2.7]),
        ([3, 2.95, 2.93, 2.91], 3, 0.1, [3, 3]),
        ([2, math.nan, math.nan, 1], 2, 0.0, [2, 1]),
        ([math.nan, 2, 3, 1], 5, 0.0, [-1, 1]),
        ([-1, -2, -3, -2], 1, 0.5, [3, -3]),
    ]
    for values, patience, min_delta, expected in cases:
        got = stops_at(values, patience, min_delta)
        assert_close(got, expected, f"where {values} stops (patience {patience}, min_delta {min_delta}), and the best")
    got = which_are_best([3, 4, 2, 2, math.nan, 1])
    assert got == [True, False, True, False, False, True], f"which of 3, 4, 2, 2, nan, 1 are the best so far: got {got}"


test_unit_patience()
### BEGIN HIDDEN TESTS
assert_close(stops_at([1, 2, 3], 1), [1, 1], "patience 1")
assert which_are_best([3, 2.5, 1.9], 1.0) == [True, False, True], "which of 3, 2.5, 1.9 are better by 1"
### END HIDDEN TESTS

# %%
which_are_best([3.0, 2.0, 2.5, 1.9, 2.0])

# %% [markdown]
# ## Tensors in a file
# A trained model is a dict of tensors. Python's `pickle` would write it in one line, and run any program hidden in a file
# that somebody gives you when you read it. **safetensors** is a format without that hole, and hardly longer: eight bytes
# with the length of the header (little-endian); the header, JSON, filled up with spaces to a multiple of 8 bytes, so that
# the numbers begin at an aligned place (the length counts the spaces); then all numbers, one tensor after another.
#
# `{"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {…}}`
#
# The offsets count bytes from the end of the header. First the given half, which reads such a file and trusts nothing
# in it; then write its counterpart.

# %% nbgrader={"grade": false, "grade_id": "training-codes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
CODES = {"float64": "F64", "float32": "F32", "float16": "F16", "complex64": "C64", "bool": "BOOL"}
CODES |= {f"{u}int{n}": f"{'U' if u else 'I'}{n}" for u in ("", "u") for n in (8, 16, 32, 64)}
DTYPES = {code: np.dtype(name) for name, code in CODES.items()}


# %% nbgrader={"grade": false, "grade_id": "training-read-header", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def read_header(data):
    """The header of a safetensors file, a dict, and the number of the byte that follows it."""
    end = 8 + int.from_bytes(data[:8], "little")
    if len(data) < end:
        raise ValueError(f"not a safetensors file, or cut off: {len(data)} bytes, of which the header needs {end}")
    try:
        header = json.loads(bytes(data[8:end]))
        header["__metadata__"] = dict(header.get("__metadata__", {}))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a safetensors file: there is no header in JSON after the first 8 bytes") from None
    return header, end


# %% nbgrader={"grade": false, "grade_id": "training-read-tensor", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def read_tensor(name, facts, data):
    """The array that `facts`, its entry in the header, finds in `data`, the bytes after the header."""
    try:
        dtype, shape, (start, end) = DTYPES[facts["dtype"]], facts["shape"], facts["data_offsets"]
        if not all(type(n) is int and n >= 0 for n in (*shape, start, end)) or not start <= end <= len(data):
            raise ValueError(f"it needs bytes {start} to {end}, there are {len(data)}: is the file cut off?")
        return np.frombuffer(data[start:end], dtype).reshape(shape).copy()
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"tensor {name!r} ({facts}) cannot be read: {error}") from None


# %% nbgrader={"grade": false, "grade_id": "training-read-tensors", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def read_tensors(data):
    """The arrays and the metadata, two dicts, in the bytes of a safetensors file; ValueError if it is none."""
    header, end = read_header(data)
    metadata, rest = header.pop("__metadata__"), memoryview(data)[end:]
    arrays = {name: read_tensor(name, facts, rest) for name, facts in header.items()}
    spans = sorted(facts["data_offsets"] for facts in header.values())
    if [0, *(end for _, end in spans)] != [*(start for start, _ in spans), len(rest)]:
        raise ValueError(f"the tensors do not lie one after another up to the end: they have {spans} of {len(rest)} bytes")
    return arrays, metadata


# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# Go through the arrays once: append each one's bytes (`array.tobytes()`) to a list, and note where they begin and end.
#
# </details>
# <details><summary>Hint 2: the pieces</summary>
#
# The header: `json.dumps(header).encode()`, filled up with spaces so that its length is a multiple of 8. Its length:
# `len(text).to_bytes(8, "little")`. The dtype: `CODES[str(array.dtype)]`.
#
# </details>
# <details><summary>Hint 3: filling up</summary>
#
# `-n % 8` is how many bytes n lacks to the next multiple of 8.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-write-tensors", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def write_tensors(arrays, metadata):
    """The bytes of a safetensors file with these arrays (dict of name to array) and metadata (dict of strings)."""
    ### BEGIN SOLUTION
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, array in arrays.items():
        parts.append(array.tobytes())
        start, end = end, end + len(parts[-1])
        header[name] = {"dtype": CODES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-turned-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def written_turned(array):
    """The file of the transposed array, which lies in memory column by column."""
    return write_tensors({"turned": array.T}, {})


# %% nbgrader={"grade": false, "grade_id": "training-header-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def header_of(data):
    """The length and the contents of the header in these bytes; AssertionError says which of the two is wrong."""
    size = int.from_bytes(data[:8], "little")
    assert size <= len(data) - 8, f"the length of the header, little-endian, is {size}, but {len(data) - 8} bytes follow"
    try:
        return size, json.loads(data[8 : 8 + size])
    except ValueError as error:
        raise AssertionError(f"the header ends with {data[:8 + size][-12:]!r} and is no JSON: {error}") from None


# %% nbgrader={"grade": true, "grade_id": "test-training-write-tensors", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_write_tensors(seed=5):
    """write_tensors lays out the bytes as the format says, for every type, in the order of the dict."""
    rng = np.random.default_rng(seed)
    arrays = {"w": rng.normal(size=(2, 3)).astype(np.float32), "none": np.zeros((0, 3), np.float64)}
    arrays |= {"half": rng.normal(size=5).astype(np.float16), "mask": rng.random(3) > 0.5, "one": np.array(7)}
    for note in ("ä", "aa", "aaa", "a" * 200):
        data = write_tensors(arrays, {"note": note})
        assert type(data) is bytes, f"write_tensors: expected bytes, got {type(data).__name__}"
        size, header = header_of(data)
        assert size % 8 == 0, f"the header should be filled up to a multiple of 8 bytes, its length is {size}"
        assert data[8 : 8 + size].rstrip(b" ").endswith(b"}"), "the header should be filled up with spaces at its end"
        assert header.pop("__metadata__", None) == {"note": note}, f"the metadata are not in the header: {header}"
        assert list(header) == list(arrays), f"names: expected {list(arrays)}, got {list(header)}"
        start = 0
        for code, (name, array) in zip(("F32", "F64", "F16", "BOOL", "I64"), arrays.items(), strict=True):
            end = start + array.nbytes
            expected = {"dtype": code, "shape": list(array.shape), "data_offsets": [start, end]}
            assert header[name] == expected, f"the header's entry for {name}: expected {expected}, got {header[name]}"
            there = data[8 + size :][start:end]
            assert there == array.tobytes(), f"bytes {start} to {end} after the header should be the numbers of {name}"
            start = end
        assert_close(len(data), 8 + size + start, "the length of the file")
    turned = rng.normal(size=(2, 3))
    data = written_turned(turned)
    got = np.frombuffer(data[8 + header_of(data)[0] :])
    assert_close(got, turned.T.ravel(), "the numbers of a transposed array, row by row")


test_unit_write_tensors()
### BEGIN HIDDEN TESTS
test_unit_write_tensors(seed=None)
data = write_tensors({}, {})
assert header_of(data)[1] in ({}, {"__metadata__": {}}), "a file without tensors"
assert len(data) == 8 + header_of(data)[0], "the length of a file without tensors"
others = {f"U{8 * n}": np.arange(3, dtype=f"u{n}") for n in (1, 2, 4, 8)} | {"I8": np.int8([-1]), "C64": np.complex64([[1j]])}
header = header_of(write_tensors({code.lower(): a for code, a in others.items()}, {}))[1]
for code, array in others.items():
    assert header[code.lower()]["dtype"] == code, f"the dtype of an array of {array.dtype}: {header[code.lower()]}"
### END HIDDEN TESTS

# %% [markdown]
# ## All of it, or nothing
# A power cut may come in the middle of saving. Opening the old checkpoint for writing empties it first, so that moment
# would cost the old checkpoint and the new one. Therefore: write to another file in the same folder; make sure that the
# bytes are on the disk and not only in the system's memory; then let it take the old one's place. The system does that
# last part in one indivisible act. (A careful program then asks for the folder too, so that the new name is on the disk
# as well; that is allowed here.)
#
# <details><summary>Hint 1: the idea</summary>
#
# The other file may be called `f"{path}.tmp"`. A file in `/tmp` would not do: it may be on another disk, and then
# taking the place is a copy after all.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `file.flush()` empties Python's own buffer, `os.fsync(file.fileno())` the system's; `os.replace(temporary, path)` once
# the file is closed.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-write-whole", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def write_whole(path, data):
    """The file at `path` holds the bytes `data` afterwards; whatever happens on the way, it is never half written."""
    ### BEGIN SOLUTION
    temporary = f"{path}.tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "training-write-whole-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
system = os  # as write_whole sees it


# %% nbgrader={"grade": false, "grade_id": "training-saved-in-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def saved_in(folder, new, breaks, as_path):
    """The steps of write_whole in a folder: what happens, what another file there holds, what run.bin holds meanwhile."""
    path, steps, fsync, replace = Path(folder.path, "run.bin"), [], system.fsync, system.replace

    def held(names):
        found = [data for data in map(folder.read, names) if data is not None]
        return new if new in found else found[0] if found else "nothing"

    def beside():
        return held(name for name in folder.names() if name != "run.bin")

    def note(step, data):
        assert len(steps) < 20, f"too many steps: {[step for step, _, _ in steps]} and more"
        steps.append([step, data, held(["run.bin"])])
        if step == breaks:
            raise OSError("No space left on device")

    def sync(fd):
        fd = fd if isinstance(fd, int) else fd.fileno()
        if system.path.isfile(fd):  # not the folder, which may be asked for too
            size = system.fstat(fd).st_size
            note("fsync", beside() if size == len(new) else f"{size} bytes")
        fsync(fd)

    def move(source, target, **options):
        file = Path(source).resolve()
        near = str(file.parent) == str(Path(folder.path).resolve())
        note("replace" if near else "replace from another folder", held([file.name]))
        replace(source, target)

    with mock.patch.multiple("os", fsync=sync, replace=move, rename=move):
        try:
            write_whole(path if as_path else str(path), new)
        except OSError:
            note("raised", beside())
    note("end", beside())
    return steps


# %% nbgrader={"grade": false, "grade_id": "training-saved-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def saved(old, new, breaks="", as_path=False):
    """The steps of write_whole that puts `new` where `old` (None: nothing) stands, and the files' names afterwards."""
    with Folder() as folder:
        if old is not None:
            folder.write("run.bin", old)
        return saved_in(folder, new, breaks, as_path), folder.names()


# %% nbgrader={"grade": true, "grade_id": "test-training-write-whole", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_write_whole(seed=8):
    """write_whole puts the bytes on the disk beside the old file, and only then in its place."""
    rng = np.random.default_rng(seed)
    for old, as_path in ((b"the old one", False), (None, False), (b"old" * 9, True)):
        before, new = old or "nothing", f"the new one, {rng.integers(1000)}".encode()
        steps, files = saved(old, new, as_path=as_path)
        names = [name for name, _, _ in steps]
        assert "fsync" in names, "os.fsync is never called: after a power cut the file may be empty"
        expected = [["fsync", new, before], ["replace", new, before], ["end", "nothing", new]]
        assert steps == expected, f"what happens, another file, the old file meanwhile: expected {expected}, got {steps}"
        assert_same(files, ["run.bin"], "the files in the folder afterwards")
    for breaks in ("fsync", "replace"):
        steps, _ = saved(b"the old one", new, breaks)
        assert steps[-1][2] == b"the old one", f"when {breaks} fails, the old file should stay; it is now {steps[-1][2]!r}"
        raised = "raised" in [name for name, _, _ in steps]
        assert raised, f"{breaks} failed, but write_whole said nothing: its caller must know that nothing was saved"


test_unit_write_whole()
### BEGIN HIDDEN TESTS
test_unit_write_whole(seed=None)
new = np.random.default_rng().bytes(200_000)
steps, files = saved(b"a", new)
assert steps[0][1] == new, "a large file is not complete when os.fsync is called"
assert steps[1][1] == steps[-1][2] == new, "a large file holds other bytes than it was given"
assert saved(b"a" * 100, b"b")[0][-1] == ["end", "nothing", b"b"], "a long file replaced by a short one"
### END HIDDEN TESTS

# %% [markdown]
# An optimizer's state is not a flat dict of tensors: it has numbers, lists and dicts in dicts. `save` gives each tensor a
# name from its path, such as `optimizer.state.0.exp_avg`, and puts the rest into the metadata, with a checksum. Anyone's
# safetensors program can read the result.

# %% nbgrader={"grade": false, "grade_id": "training-pack", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _pack(value, arrays, path):
    if isinstance(value, Tensor | np.ndarray) and str(value.dtype) in CODES:
        name = path or "tensor"
        while name in arrays or name == "__metadata__":
            name += "_"
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "tensor": name}
    for kind in (dict, list, tuple):
        if isinstance(value, kind):
            items = value.items() if kind is dict else enumerate(value)
            return {kind.__name__: [[key, _pack(v, arrays, f"{path}.{key}".strip("."))] for key, v in items]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"save: {path or 'this'} cannot be written: {type(value).__name__}, {value!r:.60}")


# %% nbgrader={"grade": false, "grade_id": "training-unpack", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _unpack(packed, arrays):
    if not isinstance(packed, dict):
        return packed
    ((kind, inner),) = packed.items()
    if kind in ("tensor", "array"):
        return arrays[inner] if kind == "array" else Tensor(arrays[inner], arrays[inner].dtype)
    pairs = [(key, _unpack(value, arrays)) for key, value in inner]
    return dict(pairs) if kind == "dict" else {"list": list, "tuple": tuple}[kind](value for _, value in pairs)


# %% nbgrader={"grade": false, "grade_id": "training-checksum", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _checksum(arrays, text):
    facts = [f"{name} {array.dtype} {array.shape}".encode() + array.tobytes() for name, array in arrays.items()]
    return str(zlib.crc32(b"".join([text.encode(), *facts])))


# %% nbgrader={"grade": false, "grade_id": "training-save", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def save(obj, path):
    """Write tensors, numbers, text, and lists and dicts of them, to a safetensors file: all of it, or nothing."""
    arrays = {}
    text = json.dumps(_pack(obj, arrays, ""))
    write_whole(path, write_tensors(arrays, {"tinytorch": text, "crc32": _checksum(arrays, text)}))


# %% nbgrader={"grade": false, "grade_id": "training-load", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def load(path):
    """What `save` wrote; from another program's safetensors file, a dict of tensors. ValueError if it is damaged."""
    try:
        arrays, metadata = read_tensors(Path(path).read_bytes())
        text = metadata.get("tinytorch", json.dumps({"dict": [[name, {"tensor": name}] for name in arrays]}))
        if "tinytorch" in metadata and metadata.get("crc32") != _checksum(arrays, text):
            raise ValueError("the file is damaged: its checksum does not fit its contents")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return _unpack(json.loads(text), arrays)


# %%
with tempfile.TemporaryDirectory() as folder:
    save({"weight": Tensor([[1, 2, 3]]), "settings": {"rate": 0.1}}, f"{folder}/model.safetensors")
    data, again = Path(folder, "model.safetensors").read_bytes(), load(f"{folder}/model.safetensors")
again, len(data)

# %%
data[:200]

# %%
try:
    read_tensors(b"PK, and the rest of a zip file")
except ValueError as error:
    print(error)


# %% [markdown]
# ## Where the first NaN came from
# A NaN is catching: one of them makes the next result NaN, and after one step all weights are. By the time the loss shows
# it, the place where it began is far behind. But every op passes the seam: `Seam.call(f, args, kwargs)` runs op f, and in module
# 05 you put the recording there. A watcher in the same place can write down for each bad result (one with NaN or infinity
# in it) whose fault it is:
#
# - An argument has an entry already: the result inherits it.
# - No argument has one, and the result is NaN where no argument was NaN, or infinite where no argument was NaN or
#   infinite: it is this op's own fault.
# - Otherwise nobody is to blame: a mask of -inf, as attention uses it, was put in on purpose.
#
# `watched(call, origin)` returns a function that is called as `call`, the seam so far, is. Fill in what it does with a
# result.
#
# <details><summary>Hint 1: the tools</summary>
#
# `some(np.isnan, args)` says whether there is a NaN in `args`, `some(np.isinf, [out])` whether there is an infinity in
# the result; `tensors_in(args)` are the Tensors among the arguments, `t in origin` asks for an entry.
#
# </details>
# <details><summary>Hint 2: the order of the questions</summary>
#
# First: is the result bad at all? `clip` makes a good result of a bad argument, and then nothing is inherited. Then the
# entries of the arguments; then the op's own fault, and its entry is `fault(f, args)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-some", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def some(test, values):
    """Whether test (np.isnan, np.isinf) holds for a number in `values`: tensors, arrays, numbers, lists of them."""
    if isinstance(values, list | tuple):
        return any(some(test, value) for value in values)
    array = np.asarray(values) if isinstance(values, Tensor | np.ndarray | np.generic | float) else np.zeros(0)
    return array.dtype.kind in "fc" and bool(test(array).any())


# %% nbgrader={"grade": false, "grade_id": "training-fault", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def fault(f, args):
    """A sentence on the op that was given args and made NaN or infinity."""
    given = ", ".join(f"{a.shape} from {a.min():.4g} to {a.max():.4g}" for a in unwrap(tensors_in(args)) if a.size)
    return f"{f.__name__} was the first whose result is not finite; it was given {given or 'no tensors'}"


# %% nbgrader={"grade": false, "grade_id": "training-watched", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def watched(call, origin):
    """A seam that does what `call` does, and notes in the dict `origin`, for each bad result, whose fault it is."""

    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        ### BEGIN SOLUTION
        nan, inf = some(np.isnan, [out]), some(np.isinf, [out])
        inherited = [origin[t] for t in tensors_in(args) if t in origin]
        if inherited and (nan or inf):
            origin[out] = inherited[0]
        elif (nan or inf and not some(np.isinf, args)) and not some(np.isnan, args):
            origin[out] = fault(f, args)
        ### END SOLUTION
        return out

    return look


# %% nbgrader={"grade": false, "grade_id": "training-watched-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
class Origin(dict):
    """A dict, which the code above fills where it runs."""


# %% nbgrader={"grade": false, "grade_id": "training-blamed-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def blamed(f, *arrays):
    """The name of the op that is blamed for what f makes of these arrays, "" if none; and whether the value is right."""
    tensors, origin = [Tensor(a) for a in arrays], Origin()
    with np.errstate(all="ignore"):
        with seam(watched(Seam.call, origin)):
            out = f(*tensors)
        same = np.array_equal(out.data, f(*tensors).data, equal_nan=True)
    return [origin.get(out, "").partition(" ")[0], same]


# %% nbgrader={"grade": true, "grade_id": "test-training-watched", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_watched(arrange=list):
    """The watcher blames the op where NaN or infinity began, lets results inherit it, and blames nobody for a mask."""
    x, mask = np.array([0.0, 1.0, 2.0]), np.array([0.0, -np.inf, 0.0])
    cases = [
        ("nothing is wrong", lambda t: (t * 2 + 1).exp(), "", x),
        ("log of 0, then two more ops", lambda t: (t * 2).log() * 3 + 1, "log", x),
        ("exp of 200", lambda t: (t * 100).exp() + 1, "exp", x),
        ("1 / 0, then - 5", lambda t: 1 / t - 5, "div", x),
        ("sqrt of -1", lambda t: (t - 1).sqrt().sum(), "sqrt", x),
        ("exp of 200, divided by itself", lambda t: (t * 100).exp() / (t * 100).exp(), "exp", x),
        ("log of 0, but clipped", lambda t: t.log().clip(-100) * 2, "", x),
        ("clipped, then sqrt of -100", lambda t: t.log().clip(-100).sqrt(), "sqrt", x),
        ("a mask of -inf", lambda t: (t + mask).exp(), "", x),
        ("a mask of -inf, itself", lambda t: t + mask, "", x),
        ("-inf minus -inf", lambda t: (t + mask) - (t + mask), "sub", x),
        ("NaN in the data", lambda t: (t * 2).exp(), "", x * np.nan),
        ("NaN in the data, and 1 / 0", lambda t: 1 / t, "", np.array([np.nan, 0.0])),
        ("0 in the second argument", lambda t, u: (t / u) @ u, "div", x, x),
        ("a list of tensors", lambda t: stack([t, t.log()]), "log", x),
    ]
    for title, f, expected, *arrays in arrange(cases):
        name, same = blamed(f, *arrays)
        assert name == expected, f"{title}: expected {expected or 'nobody'} to blame, got {name or 'nobody'}"
        assert same, f"{title}: the result under the watcher is another than without it"


test_unit_watched()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng()
test_unit_watched(lambda cases: [cases[i] for i in rng.permutation(len(cases))])
assert blamed(lambda t: (t * np.array([np.inf, 1, 1])).sum(), np.zeros(3))[0] == "mul", "0 times infinity"
assert blamed(lambda t: t.log().log(), np.array([0.0, 1.0]))[0] == "log", "log of log"
assert blamed(lambda t: (t - 1).sqrt().log().exp(), np.array([0.0]))[0] == "sqrt", "three ops after sqrt"
faults = {"": lambda t: t * 3, "log": lambda t: (t * 0).log(), "sqrt": lambda t: (t - 9).sqrt()}
faults |= {"exp": lambda t: (t * 1e4 + 200).exp(), "div": lambda t: t / (t - t)}


def chain(t):
    """Some ops, one of them at fault, or none."""
    for _ in range(before):
        t = t * 0.9
    t = faults[name](t)
    for _ in range(after):
        t = 1 + t
    return t


for name in rng.choice(list(faults), 12).tolist():
    before, after = rng.integers(3, size=2).tolist()
    blame = blamed(chain, rng.uniform(0.1, 1, 4))[0]
    assert blame == name, f"{name or 'nobody'} to blame, after {before} ops and before {after}: got {blame or 'nobody'}"
### END HIDDEN TESTS

# %% [markdown]
# Backward needs no such bookkeeping: blame the first rule that makes NaN or infinity of a finite gradient. `find_nan`
# looks forward, then backward.

# %% nbgrader={"grade": false, "grade_id": "training-check-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_rules(loss):
    """Ask the rules behind loss, from its own back; FloatingPointError at the first that makes NaN or infinity."""
    order = graph(loss)
    grads = grad(loss, order, retain_graph=True, allow_unused=True)
    with no_grad(), on_arrays():
        for t, g in reversed(list(zip(order, grads, strict=True))):
            if g is not None and not all(np.isfinite(share).all() for _, share in shares(t, unwrap(g))):
                raise FloatingPointError(f"the rule of {t.recipe.op.__name__} made NaN or infinity of a finite gradient")


# %% nbgrader={"grade": false, "grade_id": "training-find-nan", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def find_nan(compute):
    """Run compute(), which returns a loss, and its backward pass; FloatingPointError names the op where NaN began."""
    origin = {}
    with np.errstate(all="ignore"):
        with seam(watched(Seam.call, origin)):
            loss = compute()
        if some(np.isnan, [loss]) or some(np.isinf, [loss]):
            raise FloatingPointError(origin.get(loss, "NaN or infinity came with the data or the parameters"))
        check_rules(loss)


# %%
w = Tensor([0.0, 4.0], requires_grad=True)
for compute in (lambda: (w.log() * 2).sum(), lambda: (w * 2).sqrt().sum()):
    try:
        find_nan(compute)
    except FloatingPointError as error:
        print(error)


# %% [markdown]
# ## The trainer
# The parts are there; `Trainer` puts them in order. It keeps to three habits:
#
# - What others may want to do, it *tells*: `epoch_begin`, `step_end`, `epoch_end` and so on go to **callbacks**. Early
#   stopping, checkpoints and progress are nothing else.
# - All that it knows is in its `state_dict`, so a run can be killed at any step and continued.
# - When a loss or a gradient is not finite, it puts the random numbers back, runs the step again under `find_nan`, and
#   tells you the op.
#
# It grows in small classes, each of which adds one task to the last:
#
# | class | its task |
# |---|---|
# | `Callback` | hears; `EarlyStopping`, `Checkpoint`, `Progress` are three |
# | `Bookkeeping` | where the training is, and its history |
# | `Resumable` | its state: your last exercise |
# | `Stepper` | one step, or why it fails |
# | `Feeder` | the batches of an epoch that are left |
# | `Epochs` | an epoch, and its end |
# | `Trainer` | `fit` |

# %% nbgrader={"grade": false, "grade_id": "training-random-state", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def random_state():
    """The state of the framework's random numbers, as plain data."""
    return Random.generator.bit_generator.state


# %% nbgrader={"grade": false, "grade_id": "training-set-random-state", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def set_random_state(state):
    """Continue the random numbers from a state that random_state gave."""
    Random.generator.bit_generator.state = state


# %% nbgrader={"grade": false, "grade_id": "training-callback", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Callback:
    """Hears what a Trainer does: define the methods that you want; each gets the trainer.

    fit_begin, epoch_begin, step_end, epoch_end, fit_end. And `resume` comes before all, `pause` after each step or
    epoch, when everything has been said and the state may be saved. STATE: the attributes that belong to it.
    """

    STATE = ()

    def state_dict(self):
        """What must be saved for the callback to go on after a resume."""
        return {name: getattr(self, name) for name in self.STATE}

    def load_state_dict(self, state):
        """Take over what state_dict gave."""
        vars(self).update(state)


# %% nbgrader={"grade": false, "grade_id": "training-early-stopping", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class EarlyStopping(Patience, Callback):
    """Stops when the monitored value has not improved for `patience` epochs; puts the best weights back at the end."""

    STATE = ("best", "waited", "weights")

    def __init__(self, monitor="val_loss", patience=5, min_delta=0.0, mode="min"):
        super().__init__(patience, min_delta)
        self.monitor, self.weights, self.sign = monitor, None, {"min": 1, "max": -1}[mode]

    def fit_begin(self, trainer):
        """A run that was continued may be over already."""
        trainer.should_stop |= self.is_over()

    def epoch_end(self, trainer):
        """Look at the newest value."""
        if self.update(self.sign * trainer.latest(self.monitor)):
            self.weights = {name: Tensor(t, t.dtype) for name, t in trainer.model.state_dict().items()}
        trainer.should_stop |= self.is_over()

    def fit_end(self, trainer):
        """Put the best weights back, if the training has come to its end."""
        if self.weights and trainer.outcome == "finished":
            trainer.model.load_state_dict(self.weights)


# %% nbgrader={"grade": false, "grade_id": "training-checkpoint", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Checkpoint(Callback):
    """Saves the whole training to `path`, every so many steps and after each epoch, and continues from there."""

    def __init__(self, path, every=100):
        self.path, self.every = Path(path), every

    def resume(self, trainer):
        """Continue where the file left off, if there is one and nothing was trained yet; make its folder if there is none."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not (trainer.epoch or trainer.step):
            state = load(self.path)
            try:
                trainer.load_state_dict(state)
            except (ValueError, RuntimeError) as error:
                raise ValueError(f"{self.path}: {error}\nDelete the file to begin anew.") from None
            say(f"continuing from {self.path}, after {trainer.place()}")

    def pause(self, trainer):
        """Save, if it is time to."""
        if trainer.step % self.every == 0 or trainer.stopping:
            save(trainer.state_dict(), self.path)


# %% [markdown]
# Progress has three faces, and may be switched off: a curve that grows in a notebook, a bar in a terminal, plain lines in
# a log.

# %% nbgrader={"grade": false, "grade_id": "training-progress", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Progress(Callback):
    """Shows how the training goes; kind: "lines", "bar", "plot", "none", or "auto" by where it runs."""

    def __init__(self, kind="auto"):
        self.display, self.shown = progress_display(kind), time.monotonic()

    def step_end(self, trainer):
        """Say where it is, but not more often than a person can read."""
        if time.monotonic() - self.shown >= self.display.seconds:
            self.shown, loss = time.monotonic(), f"loss {trainer.running_loss():.4f}"
            self.display.within(f"{trainer.place()}  {loss}", trainer.step, trainer.steps, trainer.history)

    def epoch_end(self, trainer):
        """Say what the epoch brought."""
        self.display.line(trainer.newest())

    def fit_end(self, trainer):
        """Leave a clean line, or the whole picture, behind."""
        self.display.close(trainer.newest(), trainer.history)


# %% [markdown]
# Now the state. A run that was killed in the middle of an epoch must go on as if nothing had happened, to the last bit.
# What does the next step depend on? Write `state_dict` as a plain dict, under the keys that `load_state_dict` reads.
#
# <details><summary>Hint 1: the idea</summary>
#
# Six things: `model`, `optimizer`, `scheduler` (may be None), `callbacks`, `random`, and the `place`, a dict of the
# attributes that `PLACE` names.
#
# </details>
# <details><summary>Hint 2: the callbacks</summary>
#
# A list with each callback's `state_dict()`, in order, those of progress and the like included: they are empty.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `random_state()` above; `getattr(self, name)` for each name in `self.PLACE`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-bookkeeping", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Bookkeeping:
    """What a training keeps: where it is, its history, whom it tells."""

    PLACE = ("epoch", "step", "history", "loss_sum", "seen", "epoch_random", "kinds", "steps", "batches_per_epoch")

    def tell(self, event):
        """Call `event` of every callback that has it."""
        for callback in self.callbacks:
            getattr(callback, event, lambda trainer: None)(self)

    def expect(self, n):
        """Note that an epoch has n batches (None: unknown); ValueError inside an epoch that has another number."""
        if self.step and None not in (n, self.batches_per_epoch) and n != self.batches_per_epoch:
            raise ValueError(f"fit: an epoch of {self.batches_per_epoch} batches is not done yet, and this data gives {n}")
        self.batches_per_epoch, self.steps = n, n and math.ceil(n / self.accumulate)

    def latest(self, name):
        """The newest value of the history under `name`."""
        if name not in self.history:
            raise ValueError(f"the history has no {name!r}, only {', '.join(self.history)}: is there validation data?")
        return self.history[name][-1]

    def running_loss(self):
        """The mean loss of this epoch so far."""
        return self.loss_sum / max(1, self.seen)

    def place(self, ahead=0):
        """Where the training is, or where it will be `ahead` steps later, as text."""
        step, of = self.step + ahead, f" of {self.steps}" if self.steps else ""
        return f"epoch {self.epoch + 1}, step {step}{of}" if step else f"epoch {self.epoch}"

    def newest(self):
        """The values of the last epoch, as text."""
        return f"epoch {self.epoch:3d}  " + "  ".join(f"{name} {v[-1]:.4f}" for name, v in self.history.items())

    @property
    def kinds(self):
        """The names of all parts that have a state: a checkpoint must come from the same ones."""
        parts = [self.optimizer, self.scheduler, *(c for c in self.callbacks if c.state_dict())]
        return [f"accumulate={self.accumulate}", *(type(part).__name__ for part in parts if part)]

    def check_state(self, state):
        """ValueError unless `state` is that of a training like this one."""
        theirs = state.get("place", {}).get("kinds", ["no training"]) if isinstance(state, dict) else ["no training"]
        if theirs != self.kinds:
            raise ValueError(f"the state is that of {', '.join(theirs)}; this training has {', '.join(self.kinds)}")


# %% nbgrader={"grade": false, "grade_id": "training-state", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Resumable(Bookkeeping):
    """A training whose state can be saved and loaded."""

    def state_dict(self):
        """All that the next step depends on, as a dict of dicts, lists, numbers and Tensors."""
        ### BEGIN SOLUTION
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }
        ### END SOLUTION

    def load_state_dict(self, state):
        """Continue from what state_dict gave; ValueError or RuntimeError if it is that of another training."""
        self.check_state(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        stateful = [callback for callback in self.callbacks if callback.state_dict()]
        for callback, own in zip(stateful, filter(None, state["callbacks"]), strict=False):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update({name: value for name, value in state["place"].items() if name != "kinds"})


# %% nbgrader={"grade": false, "grade_id": "training-first-bad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def first_bad(x):
    """The example of the inputs x that holds NaN or infinity first, as half a sentence; "" if none does."""
    rows = [i for a in unwrap(tensors_in([x])) for i, r in enumerate(a) if some(np.isnan, [r]) or some(np.isinf, [r])]
    return f"; the inputs of this batch hold it, first at example {rows[0]}" if rows else ""


# %% nbgrader={"grade": false, "grade_id": "training-stepper", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Stepper(Resumable):
    """One step of the optimizer, and what to do when it goes wrong."""

    @np.errstate(all="ignore")  # explain says more than NumPy's warnings would
    def update(self, parts):
        """Step on the parts, or say why that is impossible."""
        before, n = random_state(), sum(len(x) for x, _ in parts)
        value, norm = take_step(self.model, self.loss, self.optimizer, parts, self.max_norm)
        if not math.isfinite(value + norm):
            set_random_state(before)
            raise FloatingPointError(f"{self.place(1)}: {self.explain(parts)}")
        self.loss_sum, self.seen, self.step = self.loss_sum + value * n, self.seen + n, self.step + 1
        if self.scheduler and self.schedule == "step":
            self.scheduler.step()

    def explain(self, parts):
        """Run the step again and return a sentence on where it goes wrong."""
        bad = [name for name, p in self.model.named_parameters() if some(np.isnan, [p]) or some(np.isinf, [p])]
        try:
            for x, y in parts:
                find_nan(lambda x=x, y=y: self.loss(self.model(x), y))
        except FloatingPointError as error:
            return f"the parameter {bad[0]} holds NaN or infinity" if bad else str(error) + first_bad(x)
        return "the sum of all gradients, or their norm, is too large for its type"


# %% nbgrader={"grade": false, "grade_id": "training-as-pair", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def as_pair(batch):
    """A batch as (inputs, targets), arrays and lists made Tensors; TypeError if it is no pair."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        what = f"{type(batch).__name__} of {len(batch)}" if hasattr(batch, "__len__") else type(batch).__name__
        raise TypeError(f"expected batches (inputs, targets), got a {what}")
    return tuple(tensor(part) if isinstance(part, np.ndarray | list) else part for part in batch)


# %% nbgrader={"grade": false, "grade_id": "training-remaining", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Feeder(Stepper):
    """Where the batches of an epoch come from."""

    def batches(self, train):
        """The batches of this epoch that are not done yet."""
        getattr(train, "set_epoch", lambda epoch: None)(self.epoch)
        if self.step == 0:
            self.tell("epoch_begin")
            self.loss_sum, self.seen, self.epoch_random = 0.0, 0, random_state()
            return map(as_pair, train)
        now = random_state()
        set_random_state(self.epoch_random)  # a loader that draws its order from them draws the same again
        batches, done = map(as_pair, train), self.step * self.accumulate
        skipped = sum(1 for _ in itertools.islice(batches, done))
        if skipped <= done - self.accumulate:
            raise ValueError(f"fit: {self.place()} is done, but the data gives only {skipped} batches: is it another?")
        set_random_state(now)
        return batches


# %% nbgrader={"grade": false, "grade_id": "training-epochs", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Epochs(Feeder):
    """One epoch: its steps, and what follows them."""

    def run_epoch(self, train):
        """The steps of this epoch that are not done yet, until somebody says stop."""
        batches = self.batches(train)
        self.model.train()
        while not self.stopping and (parts := list(itertools.islice(batches, self.accumulate))):
            self.update(parts)
            self.tell("step_end")
            self.tell("pause")
        if not self.seen and not self.stopping:
            raise ValueError("fit: the training data gave no batch")

    def finish_epoch(self, validation):
        """Write the history, step the scheduler, tell the callbacks."""
        found = {} if validation is None else self.evaluate(validation)
        values = {"loss": self.running_loss()} | {f"val_{n}": v for n, v in found.items() if np.ndim(v) == 0}
        for name, value in values.items():
            self.history.setdefault(name, []).append(float(value))
        if self.scheduler and self.schedule == "epoch":
            watched = [found.get("loss", values["loss"])] if isinstance(self.scheduler, ReduceLROnPlateau) else []
            self.scheduler.step(*watched)
        self.epoch, self.step = self.epoch + 1, 0
        self.tell("epoch_end")
        self.tell("pause")

    def evaluate(self, data):
        """The loss and the metrics on data, a dict; nothing is learned from it."""
        return evaluate(self.model, self.loss, map(as_pair, data), self.metrics)


# %% nbgrader={"grade": false, "grade_id": "training-trainer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Trainer(Epochs):
    """Fits a model to data.

    loss(prediction, target): a function or Module that gives the mean loss. metrics: objects like Accuracy.
    schedule: when the scheduler steps, after each "epoch" or "step". accumulate: batches per step. max_norm: what the
    gradient's norm is limited to. progress: "auto", "plot", "bar", "lines" or "none".
    """

    def __init__(self, model, loss, optimizer, scheduler=None, metrics=(), callbacks=(), *, schedule="epoch",
                 accumulate=1, max_norm=None, progress="auto"):
        if schedule not in ("epoch", "step") or accumulate < 1:
            raise ValueError(f"Trainer: schedule 'epoch' or 'step', accumulate >= 1, got {schedule!r}, {accumulate!r}")
        self.model, self.loss, self.optimizer, self.scheduler = model, loss, optimizer, scheduler
        self.metrics, self.callbacks, self.loss_sum, self.seen = list(metrics), [Progress(progress), *callbacks], 0.0, 0
        self.schedule, self.accumulate, self.max_norm, self.history = schedule, accumulate, max_norm, {}
        self.epoch, self.step, self.steps, self.batches_per_epoch, self.epoch_random = 0, 0, None, None, None

    def stop(self):
        """Break off after this step; `fit` goes on from there."""
        self.stopping = True

    def fit(self, train, epochs, validation=None):
        """Train until `epochs` epochs are done in all; return the history, {name: one value per epoch}.

        train, validation: objects that give batches (inputs, targets) as often as they are asked.
        """
        if hasattr(train, "__next__") or hasattr(validation, "__next__"):
            raise TypeError("fit: an iterator gives its batches only once; give a list, or an object with __iter__")
        self.stopping, self.should_stop, self.outcome = False, False, "failed"
        self.tell("resume")
        self.expect(len(train) if hasattr(train, "__len__") else None)
        self.tell("fit_begin")
        try:
            with on_interrupt(self.stop):
                while self.epoch < epochs and not self.should_stop and not self.stopping:
                    self.run_epoch(train)
                    if not self.stopping:
                        self.finish_epoch(validation)
            self.outcome = "stopped" if self.stopping else "finished"
        finally:
            self.tell("fit_end")
        if self.stopping:
            say(f"stopped after {self.place()}; the same fit again goes on from there")
        return self.history


# %% nbgrader={"grade": false, "grade_id": "training-power-cut-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def power_cut(after):
    """A callback that ends everything after so many steps (0: never)."""
    left, callback = iter(range(after - 1)), Callback()

    def step_end(trainer):
        if next(left, None) is None:
            raise RuntimeError("power cut")

    if after:
        callback.step_end = step_end
    return callback


# %% nbgrader={"grade": false, "grade_id": "training-fresh-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def fresh_trainer(cut=0, seed=1):
    """A trainer with everything that has a state: Dropout, Adam, a scheduler, early stopping."""
    manual_seed(seed)
    model = Sequential(Linear(4, 8), ReLU(), Dropout(0.5), Linear(8, 3))
    optimizer = Adam(model.parameters(), lr=0.05)
    callbacks = [EarlyStopping("loss", patience=2), power_cut(cut)]
    return Trainer(model, CrossEntropyLoss(), optimizer, StepLR(optimizer, 2, 0.5), [], callbacks, progress="none")


# %% nbgrader={"grade": false, "grade_id": "training-outcome-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def weights_and_losses(trainer):
    """All weights in one array, then the losses of the epochs."""
    weights = [np.array(p.data).ravel() for p in trainer.model.parameters()]
    return np.concatenate([*weights, trainer.history["loss"]])


# %% nbgrader={"grade": false, "grade_id": "training-plain-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def plain(state):
    """A state with arrays for its Tensors; AssertionError if it holds what is no dict, list, number, text or Tensor."""
    if isinstance(state, Tensor):
        return np.array(state.data)
    if type(state) is dict:
        return {key: plain(value) for key, value in state.items()}
    if type(state) in (list, tuple):
        return [plain(value) for value in state]
    kind = type(state).__name__
    fine = kind in ("NoneType", "bool", "int", "float", "str")
    assert fine, f"state_dict: expected dicts, lists, numbers, text and Tensors, got a {kind}"
    return state


# %% nbgrader={"grade": false, "grade_id": "training-tensors-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def with_tensors(state):
    """The state again, with new Tensors for its arrays."""
    if type(state) is dict:
        return {key: with_tensors(value) for key, value in state.items()}
    if type(state) is list:
        return [with_tensors(value) for value in state]
    return Tensor(state, state.dtype) if isinstance(state, np.ndarray) else state


# %% nbgrader={"grade": false, "grade_id": "training-state-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def cut_and_continued(cut, epochs=6):
    """What comes out when the training dies after `cut` steps (0: never) and a new trainer continues from its state."""
    x, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3
    data, trainer = Batches(x, y, 4), fresh_trainer(cut)
    with contextlib.suppress(RuntimeError):
        trainer.fit(data, epochs)
    if cut:
        state = plain(trainer.state_dict())
        trainer = fresh_trainer(seed=99)
        trainer.load_state_dict(with_tensors(state))
        trainer.fit(data, epochs)
    return weights_and_losses(trainer)


# %% nbgrader={"grade": false, "grade_id": "training-drawn-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def drawn_training(seed):
    """A training whose parts have random numbers for states, and the state that it should give."""
    numbers, training = iter(np.random.default_rng(seed).integers(2**30, size=20).tolist()), Resumable()
    state = {part: {"drawn": next(numbers)} for part in ("model", "optimizer", "scheduler")}
    for part, own in state.items():
        setattr(training, part, mock.Mock(**{"state_dict.return_value": own}))
    state["callbacks"] = [{"drawn": next(numbers)}, {"drawn": next(numbers)}]
    training.callbacks = [mock.Mock(**{"state_dict.return_value": own}) for own in state["callbacks"]]
    place = "epoch step history loss_sum seen epoch_random steps batches_per_epoch"
    state["place"] = {name: next(numbers) for name in place.split()}
    for name, value in state["place"].items():
        setattr(training, name, value)
    training.accumulate = seed = next(numbers)
    manual_seed(seed)
    return training, state | {"random": np.random.default_rng(seed).bit_generator.state}


# %% nbgrader={"grade": true, "grade_id": "test-training-state", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_state():
    """A training that died at any step and was continued ends with the same weights and losses, to the last bit."""
    undisturbed = cut_and_continued(0)
    for cut in (1, 4, 5, 8, 12, 17, 23):
        got = cut_and_continued(cut)
        assert_close(len(got), len(undisturbed), f"numbers of weights and epochs, cut after step {cut} of 5 per epoch")
        assert_close(got, undisturbed, f"weights, then losses: cut after step {cut} of 5 per epoch", rtol=0, atol=0)


def test_drawn_state(seed=7):
    """state_dict gives for each part what that part gives."""
    training, expected = drawn_training(seed)
    state = training.state_dict()
    wanted = list(expected)
    assert type(state) is dict and set(state) == set(wanted), f"state_dict: expected a dict with the keys {wanted}"
    got, place = plain(state), expected.pop("place")
    for name, value in place.items():
        there = got["place"].get(name)
        assert there == value, f"state_dict, place, {name}: expected {value}, got {there}"
    for name, value in expected.items():
        assert got[name] == value, f"state_dict, {name}: expected {value}, got {got[name]}"
    training.scheduler = None
    assert plain(training.state_dict()["scheduler"]) is None, "state_dict, scheduler: expected None where there is none"


test_drawn_state()
test_unit_state()
### BEGIN HIDDEN TESTS
test_drawn_state(seed=None)
### END HIDDEN TESTS

# %%
{name: type(value).__name__ for name, value in fresh_trainer().state_dict().items()}

# %% [markdown]
# ## Real handwriting
# The pixels of a digit are 64 numbers from 0 to 16. A network with one hidden layer reads them, some of its units
# dropped out at random. The last 237 training images serve for validation.

# %%
images, labels = digits("train")
pixels = images.reshape(-1, 64) / 16
train = Batches(pixels[:1200], labels[:1200])
validation = Batches(pixels[1200:], labels[1200:], 256, shuffle=False)

# %%
manual_seed(0)
model = Sequential(Linear(64, 128), ReLU(), Dropout(0.2), Linear(128, 10))
optimizer, stop = Adam(model.parameters(), lr=0.003), EarlyStopping(patience=5)
trainer = Trainer(model, CrossEntropyLoss(), optimizer, metrics=[Accuracy(), ConfusionMatrix(10)], callbacks=[stop])
history = trainer.fit(train, epochs=60, validation=validation)

# %% [markdown]
# Early stopping has put the best weights back. The 360 images of the test split took no part in any of this:

# %%
test_images, test_labels = digits("test")
test = Batches(test_images.reshape(-1, 64) / 16, test_labels, 90, shuffle=False)
found = trainer.evaluate(test)
found["loss"], found["accuracy"]

# %% [markdown]
# More than validation promised: question 1 asks what the last training images may have of their own.

# %%
ax = axes(picture=False, height=3.4)
ax.imshow(np.sqrt(found["confusion"]), cmap="Blues")
for (i, j), n in np.ndenumerate(found["confusion"]):
    ax.text(j, i, n or "", ha="center", va="center", fontsize=8, color=RED if i != j else "white")
ax.set(xlabel="read as", ylabel="written", xticks=range(10), yticks=range(10), title="the test split");

# %% [markdown]
# And the mistakes, with what was written and what was read. Some of them you would not have read either.

# %%
with no_grad():
    scores = model.eval()(test.x).softmax(1).numpy()
worst = np.argsort(scores[np.arange(len(scores)), test_labels])[:8]
for ax, i in zip(axes(8, height=1.2, picture=True), worst, strict=True):
    ax.imshow(test_images[i], cmap="gray_r")
    ax.set_title(f"{test_labels[i]} as {scores[i].argmax()}", fontsize=9)


# %% [markdown]
# ## Killed and continued
# A training is stopped in the middle of an epoch, as a power cut would do it, and continued by a new trainer from the
# last checkpoint. In the end every weight is the same, to the last bit, as in a run that was never disturbed.

# %%
def small_network():
    """A model that uses random numbers, and an optimizer with momentum."""
    model = Sequential(Linear(64, 32), ReLU(), Dropout(0.5), Linear(32, 10))
    return model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.1, momentum=0.9)


# %%
def trained(*callbacks):
    """Its weights after three epochs."""
    manual_seed(1)
    trainer = Trainer(*small_network(), callbacks=callbacks, progress="none")
    with contextlib.suppress(RuntimeError):
        trainer.fit(train, epochs=3)
    return np.concatenate([p.numpy().ravel() for p in trainer.model.parameters()])


# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "run.safetensors")
    cut = trained(Checkpoint(path, every=10), power_cut(after=57))
    continued = trained(Checkpoint(path, every=10))
undisturbed = trained()
print("after the cut:", np.abs(cut - undisturbed).max(), " continued:", np.abs(continued - undisturbed).max())


# %% [markdown]
# Ctrl-C (the stop button of a notebook) is kinder: the step is finished, `fit` returns the history of the epochs that are
# done, `trainer.outcome` is "stopped", and `fit` with the same arguments goes on at the next step.
#
# And a run that goes wrong says where. Here a layer takes the root of what may be negative:

# %%
class Root(Module):
    """The square root of each number."""

    def forward(self, x):
        """The root."""
        return x.sqrt()


# %%
model = Sequential(Linear(64, 8), Root(), Linear(8, 10))
try:
    Trainer(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.1), progress="none").fit(train, 1)
except FloatingPointError as error:
    print(error)


# %% [markdown]
# ## What it costs
# Where does the time of a step go? Here is the network from above with 512 hidden units, for batches of several
# sizes. Load, forward and backward have more to do for more images; Adam's step has not.

# %%
def parts_of_a_step(batch_size, repeats=30):
    """The least milliseconds of loading, forward, backward and step: what other programs cost is not in them."""
    model = Sequential(Linear(64, 512), ReLU(), Linear(512, 10))
    optimizer, loss, times = Adam(model.parameters()), CrossEntropyLoss(), []
    batches = itertools.chain.from_iterable(itertools.repeat(Batches(pixels, labels, batch_size)))
    for _ in range(repeats):
        marks = [time.perf_counter()]
        inputs, targets = next(batches)
        marks.append(time.perf_counter())
        value = loss(model(inputs), targets)
        marks.append(time.perf_counter())
        value.backward()
        marks.append(time.perf_counter())
        optimizer.step()
        optimizer.zero_grad()
        marks.append(time.perf_counter())
        times.append(np.diff(marks))
    return 1000 * np.min(times, axis=0)


# %%
sizes, names = [4, 16, 64, 256, 1024], ("load", "forward", "backward", "step")
times = np.array([parts_of_a_step(size) for size in sizes])
times.round(3)

# %%
ax, percent = axes(), 100 * times.T / times.sum(1)
for i, color in enumerate((GREY, BLUE, ORANGE, GREEN)):
    ax.bar(range(len(sizes)), percent[i], bottom=percent[:i].sum(0), color=color, label=names[i])
each = [f"{n}\n{1000 * t / n:,.0f} µs" for n, t in zip(sizes, times.sum(1), strict=True)]
ax.set_xticks(range(len(sizes)), each)
ax.set(xlabel="images per batch, and the time of one", ylabel="% of a step")
ax.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0));

# %% [markdown]
# On a quiet machine backward costs about half as much again as forward: three matrix products for two, since nobody
# asks for the gradient of the pixels. (If forward jumps between two sizes, other programs hold the cores: run the cell
# again.) A small batch pays mostly for calls: of NumPy, and of Adam, which touches each weight a dozen
# times in every step. The time per image falls until the products are large enough to keep the processor busy; after
# that a larger batch only means fewer steps.
#
# ## What PyTorch does differently
# - It has no trainer: the loop is left to you, or to libraries on top of it (Lightning, Hugging Face's `Trainer`).
# - `torch.save` writes Python's pickle in a zip (`torch/serialization.py`); `weights_only=True` is what keeps it from
#   running programs. Models are exchanged as safetensors, in the format above.
# - `torch.autograd.detect_anomaly` looks for NaN in gradients only (`torch/autograd/anomaly_mode.py`), and shows where
#   the forward op was called.
#
# ## Questions
# 1. The validation accuracy above is far below that of the test split, whatever the seed. The images stand in the
#    order in which they were published, each person wrote many of them, and the test split was drawn from all of them
#    at random. What may make the last images different? Which of the two scores would you promise to a post office?
# 2. Early stopping looks at the validation loss to choose the weights. Is the validation accuracy of these weights an
#    honest estimate for new data? What is the test split for?
# 3. Gathering gradients in parts gives those of the whole batch. With Dropout in the model, is that still true? With
#    a layer that normalises by the mean of its batch (module 09)?
#
# Export the chapter with `tito export 07`, then run `tito milestone digits`.
