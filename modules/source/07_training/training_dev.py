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
# > The loop around the step: batches, metrics, early stopping, checkpoints that survive a power cut.
#
# Model, loss, gradient, step: you have built all four, and a loop of five lines drives them. Everything that goes
# wrong in real training goes wrong around these five lines: the score was measured on the wrong data, the run died
# at night and cannot be continued, the loss became NaN and nobody knows where. At the end of this chapter a
# `Trainer` takes care of it, and a small network reads handwriting: 1,797 real digits of 8 × 8 pixels, collected
# from 43 people.

# %% nbgrader={"grade": false, "grade_id": "training-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.training
#| export
import contextlib
import itertools
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tinytorch.core.autograd import RULES, no_grad
from tinytorch.core.layers import Module
from tinytorch.core.optimizers import ReduceLROnPlateau, clip_grad_norm_
from tinytorch.core.tensor import Random, Seam, Tensor, tensors_in

# %% nbgrader={"grade": false, "grade_id": "training-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import exp, log, manual_seed, randn
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, RED, axes
from tinytorch.testing import assert_close
from tinytorch.utils.data.embedded import digits

# %%
images, labels = digits("train")
for ax, image, label in zip(axes(9, height=1, picture=True), images, labels, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(int(label))


# %% [markdown]
# ## Batches, in an order that can be repeated
# A step on all the data is exact and slow; a step on a few examples, a *batch*, is rough and fast, and a hundred
# rough steps go further than one exact one. Each pass over the data, an *epoch*, should meet the examples in another
# order, so that the same ones do not always sit together.
#
# That order is usually drawn from a random generator which runs along with the training. Then, to continue a run
# that died in epoch 40, one would have to draw the first 39 again. Ours depends on nothing but two numbers, the
# seed and the epoch: `np.random.default_rng((seed, epoch))` makes a generator from both.
#
# <details><summary>Hint 1: the idea</summary>
#
# A permutation of the numbers 0 to n - 1, from a generator made just for it.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `seed + epoch` would make epoch 1 of seed 0 the same as epoch 0 of seed 1. A generator takes a tuple.
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


# %% nbgrader={"grade": true, "grade_id": "test-training-epoch-order", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_epoch_order():
    """epoch_order visits each example once, repeats itself on demand only, and leaves the framework's generator."""
    first = epoch_order(50, 0, 0)
    assert_close(np.sort(first), np.arange(50), "epoch_order(50, 0, 0), sorted")
    assert_close(epoch_order(50, 0, 0), first, "epoch_order(50, 0, 0), called again")
    for seed, epoch in [(0, 1), (1, 0), (1, 1)]:
        assert (epoch_order(50, seed, epoch) != first).any(), f"epoch_order: seed {seed}, epoch {epoch} repeats 0, 0"
    assert (epoch_order(50, 0, 1) != epoch_order(50, 1, 0)).any(), "epoch 1 of seed 0 is epoch 0 of seed 1"
    assert (first != np.arange(50)).any(), "epoch_order(50, 0, 0): nothing is shuffled"


test_unit_epoch_order()


# %% nbgrader={"grade": false, "grade_id": "training-batches", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Batches:
    """Inputs x and targets y in batches; shuffled by (seed, epoch) unless shuffle is False."""

    def __init__(self, x, y, batch_size=32, shuffle=True, seed=0):
        if len(x) != len(y):
            raise ValueError(f"Batches: {len(x)} inputs, but {len(y)} targets")
        self.x, self.y = (t if isinstance(t, Tensor) else Tensor(t) for t in (x, y))
        self.batch_size, self.shuffle, self.seed, self.epoch = batch_size, shuffle, seed, 0

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to."""
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __iter__(self):
        n = len(self.x)
        order = epoch_order(n, self.seed, self.epoch) if self.shuffle else np.arange(n)
        for start in range(0, n, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.x[chosen], self.y[chosen]


# %%
x, y = next(iter(Batches(images, labels, batch_size=64)))
x.shape, y[:8]


# %% [markdown]
# ## How good is it?
# The loss is for the optimizer. A person wants to know how many are right, and which are taken for which. A
# **confusion matrix** counts: row i, column j holds how many of class i were called j. Right answers lie on the
# diagonal.
#
# <details><summary>Hint 1: the idea</summary>
#
# For every example, add 1 at [wanted, predicted].
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# `counts[wanted, predicted] += 1` counts a pair that occurs twice only once. `np.add.at` does not.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-confusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def confusion_matrix(predicted, wanted, classes):
    """The (classes, classes) counts of wanted (row) against predicted (column) class numbers, as an array.

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
    for classes, n in [(3, 40), (2, 5), (4, 0)]:
        wanted, predicted = rng.integers(0, classes, n), rng.integers(0, classes, n)
        expected = np.array([[sum((wanted == i) & (predicted == j)) for j in range(classes)] for i in range(classes)])
        assert_close(confusion_matrix(predicted, wanted, classes), expected, f"confusion_matrix of {n} in {classes}")


test_unit_confusion()


# %% nbgrader={"grade": false, "grade_id": "training-accuracy", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Accuracy:
    """The share of right answers; predictions are scores per class, (n, classes)."""

    name = "accuracy"

    def __init__(self):
        self.reset()

    def reset(self):
        """Forget all that was counted."""
        self.right = self.seen = 0

    def update(self, prediction, target):
        """Count a batch."""
        self.right += int((prediction.argmax(1) == target).sum())
        self.seen += len(target)

    def compute(self):
        """The share so far."""
        return self.right / max(1, self.seen)


# %% [markdown]
# ## A step in parts
# Sometimes the batch that one wants does not fit into memory. Then its gradient can be gathered from smaller parts:
# `.grad` adds up by itself, so call `backward` for each part and step once at the end. The loss of a part is the
# mean over that part, and the mean over all is not the mean of the means when the last part is smaller: each must
# count by its share of the examples.
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


# %% nbgrader={"grade": false, "grade_id": "training-gather-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def gathered(sizes, times=1):
    """The loss and the gradients that gather_gradients gives for one batch cut into parts of these sizes."""
    manual_seed(3)
    model, loss = Sequential(Linear(4, 5), ReLU(), Linear(5, 3)), CrossEntropyLoss()
    x, y = randn(sum(sizes), 4), Tensor(np.arange(sum(sizes)) % 3)
    ends = np.cumsum([0, *sizes])
    parts = [(x[a:b], y[a:b]) for a, b in itertools.pairwise(map(int, ends))]
    for _ in range(times):
        total = gather_gradients(model, loss, parts)
    return total, [p.grad.data for p in model.parameters()], float(loss(model(x), y))


# %% nbgrader={"grade": true, "grade_id": "test-training-gather", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_gather_gradients():
    """Gathered in parts, even or uneven, loss and gradients are those of the whole batch."""
    whole, expected, direct = gathered([12])
    assert_close(whole, direct, "the loss of a batch in one part")
    for sizes in ([6, 6], [5, 5, 2], [1, 11]):
        total, got, _ = gathered(sizes)
        assert_close(total, whole, f"the loss of a batch in parts of {sizes}")
        for i, (a, b) in enumerate(zip(got, expected, strict=True)):
            assert_close(a, b, f"gradient of parameter {i}, batch in parts of {sizes}")
    assert type(whole) is float, f"the loss should be a Python number, got {type(whole).__name__}"
    for a, b in zip(gathered([12], times=2)[1], expected, strict=True):
        assert_close(a, 2 * b, "gradients after two calls: they add up, zero_grad is somebody else's business")


test_unit_gather_gradients()


# %% [markdown]
# ## When to stop
# A network that trains too long learns its examples by heart. The loss on data that it does not train on, the
# *validation* loss, says when: at first it falls, then it turns. But it also trembles, so one bad epoch is no reason
# to stop. Early stopping waits until there was no better value for `patience` epochs.
#
# <details><summary>Hint 1: the idea</summary>
#
# Remember the best value and how many epochs have passed since.
#
# </details>
# <details><summary>Hint 2: better by how much</summary>
#
# A value is better if it is below `best - min_delta`. NaN is never better: let the comparison say so.
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
        """Take note of a value; return whether it is the best so far."""
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
    """After which of the values it is over (None: never), and the best value."""
    p = Patience(patience, min_delta)
    for i, value in enumerate(values):
        p.update(value)
        if p.is_over():
            return i, p.best
    return None, p.best


def which_are_best(values, min_delta=0.0):
    """What update returns for each of the values."""
    p = Patience(100, min_delta)
    return [bool(p.update(value)) for value in values]


# %% nbgrader={"grade": true, "grade_id": "test-training-patience", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_patience():
    """Patience stops after so many values without a better one, and counts anew after each better one."""
    cases = [
        ([3, 2, 1, 1.5, 1.2, 1.1], 3, 0.0, (5, 1)),
        ([3, 2, 2.5, 1.9, 2, 2], 2, 0.0, (5, 1.9)),
        ([3, 2, 2.5, 1.9, 2, 2], 3, 0.0, (None, 1.9)),
        ([1.0, 0.95, 0.92, 0.5], 2, 0.1, (2, 1.0)),
        ([1.0, 1.0, 1.0], 2, 0.0, (2, 1.0)),
        ([1.0, math.nan, math.nan], 2, 0.0, (2, 1.0)),
    ]
    for values, patience, min_delta, expected in cases:
        got = stops_at(values, patience, min_delta)
        assert got == expected, f"{values}, patience {patience}, min_delta {min_delta}: expected {expected}, got {got}"
    got = which_are_best([3, 4, 2, 2, math.nan, 1])
    assert got == [True, False, True, False, False, True], f"update on [3, 4, 2, 2, nan, 1]: got {got}"


test_unit_patience()

# %% [markdown]
# ## Tensors in a file
# A trained model is a dict of tensors. Python's `pickle` would write it in one line, and run any program hidden in a
# file that somebody gives you when you read it. **safetensors** is a format without that hole, and hardly longer:
# eight bytes with the length of the header; the header, JSON; then all numbers, one tensor after another.
#
# `{"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {…}}`
#
# The offsets count bytes from the end of the header. `read_tensors` is given; write its counterpart.
#
# <details><summary>Hint 1: the idea</summary>
#
# Go through the arrays once: append each one's bytes (`array.tobytes()`) to a list and note where they begin and end.
#
# </details>
# <details><summary>Hint 2: the pieces</summary>
#
# The header: `json.dumps(header).encode()`, filled up with spaces to a multiple of 8. Its length:
# `len(text).to_bytes(8, "little")`.
#
# </details>
# <details><summary>Hint 3: the dtype</summary>
#
# `CODES[str(array.dtype)]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-read-tensors", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
CODES = {"float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL"}
CODES |= {f"{u}int{n}": f"{'U' if u else 'I'}{n}" for u in ("", "u") for n in (8, 16, 32, 64)}


def read_tensors(data):
    """The arrays and the metadata, two dicts, in the bytes of a safetensors file."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    names = {code: name for name, code in CODES.items()}
    arrays = {}
    for key, facts in header.items():
        start, end = (8 + size + offset for offset in facts["data_offsets"])
        arrays[key] = np.frombuffer(data[start:end], names[facts["dtype"]]).reshape(facts["shape"]).copy()
    return arrays, metadata


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


# %% nbgrader={"grade": true, "grade_id": "test-training-write-tensors", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_write_tensors():
    """write_tensors lays out the bytes as the format says, for every type, and read_tensors finds all again."""
    rng = np.random.default_rng(5)
    arrays = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "none": np.zeros((0, 3), np.float64)}
    arrays |= {"half": rng.normal(size=5).astype(np.float16), "mask": rng.random(3) > 0.5, "one": np.array(7)}
    arrays["turned"] = rng.normal(size=(2, 3)).T
    data = write_tensors(arrays, {"note": "ä"})
    assert type(data) is bytes, f"write_tensors: expected bytes, got {type(data).__name__}"
    size = int.from_bytes(data[:8], "little")
    assert size % 8 == 0, f"the header should be filled up to a multiple of 8 bytes, its length is {size}"
    header = json.loads(data[8 : 8 + size])
    expected = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    assert header["w"] == expected, f"the header's entry for w: expected {expected}, got {header['w']}"
    assert data[8 + size : 32 + size] == arrays["w"].tobytes(), "the numbers of w should follow the header at once"
    assert len(data) == 8 + size + sum(a.nbytes for a in arrays.values()), f"the file has {len(data)} bytes"
    found, metadata = read_tensors(data)
    assert metadata == {"note": "ä"}, f"metadata: expected {{'note': 'ä'}}, got {metadata}"
    assert list(found) == list(arrays), f"names: expected {list(arrays)}, got {list(found)}"
    for name, array in arrays.items():
        assert_close(found[name], array, f"tensor {name}, written and read")
        assert found[name].dtype == array.dtype, f"tensor {name}: expected {array.dtype}, got {found[name].dtype}"


test_unit_write_tensors()


# %% [markdown]
# An optimizer's state is not a flat dict of tensors: it has numbers, lists and dicts in dicts. `save` puts the
# tensors into the file as above and the rest, with a note where each tensor belongs, into the metadata. And it
# writes to a temporary file first, which takes the old file's place in one step when it is complete: a power cut
# in the middle of saving must not cost the checkpoint before it too.

# %% nbgrader={"grade": false, "grade_id": "training-pack", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _pack(value, arrays):
    if isinstance(value, Tensor | np.ndarray):
        arrays[f"{len(arrays)}"] = np.asarray(value)
        return {"tensor": f"{len(arrays) - 1}", "array": isinstance(value, np.ndarray)}
    if isinstance(value, dict):
        return {"dict": [[key, _pack(inner, arrays)] for key, inner in value.items()]}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_pack(inner, arrays) for inner in value]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"save: cannot write a {type(value).__name__}: only tensors, numbers, text, lists and dicts")


def _unpack(packed, arrays):
    if not isinstance(packed, dict):
        return packed
    (kind, inner), *rest = packed.items()
    if kind == "tensor":
        return arrays[inner] if rest and rest[0][1] else Tensor(arrays[inner], arrays[inner].dtype)
    if kind == "dict":
        return {key: _unpack(value, arrays) for key, value in inner}
    return {"list": list, "tuple": tuple}[kind](_unpack(value, arrays) for value in inner)


# %% nbgrader={"grade": false, "grade_id": "training-save", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def save(obj, path):
    """Write tensors, or lists and dicts with tensors in them, to a safetensors file; all of it, or nothing."""
    path, arrays = Path(path), {}
    flat = isinstance(obj, dict) and all(isinstance(v, Tensor) and isinstance(k, str) for k, v in obj.items())
    if flat:  # a plain state_dict: the names stand in the file, for others to read
        data = write_tensors({key: np.asarray(value) for key, value in obj.items()}, {})
    else:
        data = write_tensors(arrays, {"tree": json.dumps(tree)}) if (tree := _pack(obj, arrays)) else b""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def load(path):
    """What `save` wrote; from another program's safetensors file, a dict of tensors."""
    arrays, metadata = read_tensors(Path(path).read_bytes())
    if "tree" in metadata:
        return _unpack(json.loads(metadata["tree"]), arrays)
    return {name: Tensor(array, array.dtype) for name, array in arrays.items()}


# %% [markdown]
# ## Where the first NaN came from
# A NaN is catching: one of them makes the next result NaN, and after one step all weights are. By the time the loss
# shows it, the place where it began is far behind. But every op passes the seam. For one step, put a guard there: an
# op whose inputs are all finite and whose result is not is the culprit.
#
# Write the guard: `guarded(call)` returns a function that is called like the seam itself. An infinity among the
# inputs may be meant (a mask of -inf, for attention), so an op that got one is not to blame.
#
# <details><summary>Hint 1: the idea</summary>
#
# Run `call(f, args, kwargs)`; look at the result; if it is not all finite, look at the inputs.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `all_finite(values)`, given, looks through tensors, arrays, numbers and lists of them.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "training-all-finite", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def all_finite(values):
    """Whether all numbers in `values` (tensors, arrays, numbers, lists of them) are neither NaN nor infinite."""
    if isinstance(values, list | tuple):
        return all(map(all_finite, values))
    if isinstance(values, Tensor | np.ndarray | float | np.generic):
        array = np.asarray(values)
        return array.dtype.kind != "f" or bool(np.isfinite(array).all())
    return True


def _blame(what, f, args):
    shapes = ", ".join(str(t.shape) for t in tensors_in(args))
    lows = ", ".join(f"{np.asarray(t).min():.4g} to {np.asarray(t).max():.4g}" for t in tensors_in(args) if t.numel())
    where = f" of shape {shapes}, with values from {lows}" if shapes else ""
    return FloatingPointError(f"{what} {f.__name__} is the first that is not finite: its input{where}")


# %% nbgrader={"grade": false, "grade_id": "training-guarded", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def guarded(call):
    """A seam that does what `call` does, and raises FloatingPointError (by `_blame`) where NaN or infinity begins."""

    def look(f, args, kwargs):
        ### BEGIN SOLUTION
        out = call(f, args, kwargs)
        if not all_finite(out) and all_finite(args):
            raise _blame("the result of", f, args)
        return out
        ### END SOLUTION

    return look


# %% nbgrader={"grade": false, "grade_id": "training-detect-nan", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _guarded_rule(f, rule):
    def look(g, out, *args, **kwargs):
        found = rule(g, out, *args, **kwargs)
        parts = found if isinstance(found, tuple) else (found,)
        shares = [p() if callable(p) and not isinstance(p, Tensor) else p for p in parts]
        if all_finite([g, out]) and not all_finite(shares):
            raise _blame("the gradient of", f, [t if isinstance(t, Tensor) else Tensor(t) for t in [out]])
        return tuple(shares)

    return look


@contextlib.contextmanager
def detect_nan():
    """A block in which the first op, or rule of an op, that makes NaN or infinity raises FloatingPointError."""
    call, rules = Seam.call, dict(RULES)
    Seam.call = staticmethod(guarded(call))
    RULES.update({f: _guarded_rule(f, rule) for f, rule in rules.items()})
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        Seam.call = staticmethod(call)
        RULES.update(rules)


# %% nbgrader={"grade": false, "grade_id": "training-guarded-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def culprit(f, *arrays):
    """The message of detect_nan while f runs on these arrays, forward and backward, or ""."""
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    try:
        with detect_nan():
            f(*tensors).sum().backward()
    except FloatingPointError as error:
        return str(error)
    return ""


# %% nbgrader={"grade": true, "grade_id": "test-training-guarded", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_guarded():
    """The guard names the op where NaN or infinity begins, forward and backward, and nothing else."""
    x = np.array([0.0, 1.0, 2.0])
    assert culprit(lambda t: (t * 2 + 1).exp(), x) == "", f"nothing is wrong here: {culprit(lambda t: t.exp(), x)}"
    cases = [
        ("log", lambda t: (t * 2).log() * 3, x),
        ("exp", lambda t: (t * 100).exp() + 1, x),
        ("div", lambda t: 1 / t - 5, x),
        ("sqrt", lambda t: (t - 1).sqrt(), x),
    ]
    for name, f, array in cases:
        message = culprit(f, array)
        assert f"result of {name} " in message, f"the {name} should be named, got: {message!r}"
    assert "gradient of sqrt " in culprit(lambda t: t.sqrt(), x), "the slope of sqrt at 0 is infinite: name its gradient"
    masked = culprit(lambda t: (t + np.array([0, -np.inf, 0])).exp(), x)
    assert masked == "", f"an infinity that was put in on purpose is nobody's fault, got: {masked!r}"
    before = Seam.call
    culprit(lambda t: t.log(), x)
    assert Seam.call is before, "after an error the seam must be as it was"


test_unit_guarded()


# %% [markdown]
# ## The trainer
# The parts are there; `Trainer` puts them in order. It keeps to three habits:
#
# - What others may want to do, it *tells*: `epoch_begin`, `step_end`, `epoch_end` and so on go to **callbacks**, and
#   early stopping, checkpoints and progress are nothing else.
# - All that it knows is in its `state_dict`: weights, optimizer, scheduler, history, the state of the random numbers,
#   and how far it is in which epoch. So a run can be killed at any step and continued.
# - When a loss or a gradient is not finite, it puts the random numbers back, runs the step again under
#   `detect_nan`, and tells you the op.

# %% nbgrader={"grade": false, "grade_id": "training-random-state", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def random_state():
    """The state of the framework's random numbers, as plain data."""
    return Random.generator.bit_generator.state


def set_random_state(state):
    """Continue the random numbers from a state that random_state gave."""
    Random.generator = np.random.default_rng()
    Random.generator.bit_generator.state = state


# %% nbgrader={"grade": false, "grade_id": "training-callback", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Callback:
    """Hears what a Trainer does: define the methods that you want, each gets the trainer."""

    def state_dict(self):
        """What must be saved for the callback to go on after a resume."""
        return {}

    def load_state_dict(self, state):
        """Take over what state_dict gave."""


class EarlyStopping(Callback):
    """Stops when the monitored value has not fallen for `patience` epochs; puts the best weights back."""

    def __init__(self, monitor="val_loss", patience=5, min_delta=0.0):
        self.monitor, self.patience, self.weights = monitor, Patience(patience, min_delta), None

    def epoch_end(self, trainer):
        """Look at the newest value."""
        if self.patience.update(trainer.latest(self.monitor)):
            self.weights = {name: t.detach() + 0 for name, t in trainer.model.state_dict().items()}
        trainer.should_stop |= self.patience.is_over()

    def fit_end(self, trainer):
        """Put the best weights back."""
        if self.weights:
            trainer.model.load_state_dict(self.weights)

    def state_dict(self):
        """The best value, the epochs since, and the best weights."""
        return {"best": self.patience.best, "waited": self.patience.waited, "weights": self.weights}

    def load_state_dict(self, state):
        """Take over what state_dict gave."""
        self.patience.best, self.patience.waited, self.weights = state["best"], state["waited"], state["weights"]


# %% nbgrader={"grade": false, "grade_id": "training-checkpoint", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Checkpoint(Callback):
    """Saves the whole state of the training to `path`, every so many steps and after each epoch."""

    def __init__(self, path, every=100):
        self.path, self.every = Path(path), every

    def fit_begin(self, trainer):
        """Continue where the file left off, if there is one."""
        if self.path.exists():
            trainer.load_state_dict(load(self.path))

    def step_end(self, trainer):
        """Save, if it is time to."""
        if trainer.step % self.every == 0:
            save(trainer.state_dict(), self.path)

    def epoch_done(self, trainer):
        """Save, after every other callback has had its say."""
        save(trainer.state_dict(), self.path)


# %% [markdown]
# Progress has three faces: a curve that grows in a notebook, a bar in a terminal, a line per epoch in a log.

# %% nbgrader={"grade": false, "grade_id": "training-progress", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Progress(Callback):
    """Shows how the training goes: "plot", "bar", "lines", or "auto" by where it runs."""

    def __init__(self, kind="auto"):
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        notebook = type(shell).__name__ == "ZMQInteractiveShell"
        self.kind = kind if kind != "auto" else "plot" if notebook else "bar" if sys.stderr.isatty() else "lines"
        self.handle, self.shown = None, 0.0

    def step_end(self, trainer):
        """Move the bar, ten times a second at most."""
        if self.kind == "bar" and time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            done = int(24 * trainer.step / trainer.steps)
            bar = "█" * done + "·" * (24 - done)
            print(f"\repoch {trainer.epoch + 1:3d} {bar} loss {trainer.running_loss():.4f}", end="", file=sys.stderr)

    def epoch_end(self, trainer):
        """One line, or the curve so far."""
        if self.kind == "plot":
            self.draw(trainer)
        elif self.kind != "none":
            values = "  ".join(f"{name} {v[-1]:.4f}" for name, v in trainer.history.items())
            print(f"{chr(13) if self.kind == 'bar' else ''}epoch {trainer.epoch:3d}  {values:<48}", file=sys.stderr)

    def draw(self, trainer):
        """The curves, in place of those before."""
        display, figure = sys.modules["IPython"].display, plot_history(trainer.history)
        if self.handle is None:
            self.handle = display.display(figure, display_id=True)
        else:
            self.handle.update(figure)


# %% nbgrader={"grade": false, "grade_id": "training-plot-history", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def plot_history(history):
    """A figure with the losses of a training on the left and the other values on the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.6), layout="constrained")
    sides = figure.subplots(1, 2)
    for name, values in history.items():
        sides[int("loss" not in name)].plot(range(1, len(values) + 1), values, label=name)
    for ax, title in zip(sides, ("loss", "other"), strict=True):
        ax.set(xlabel="epoch", title=title)
        if ax.lines:
            ax.legend(frameon=False)
    return figure


# %% nbgrader={"grade": false, "grade_id": "training-trainer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Recorder:
    """The book-keeping of a training: where it is, its history, its state."""

    def tell(self, event):
        """Call `event` of every callback that has it."""
        for callback in self.callbacks:
            if hasattr(callback, event):
                getattr(callback, event)(self)

    def latest(self, name):
        """The newest value of the history under `name`."""
        if name not in self.history:
            raise KeyError(f"the history has no {name!r}, only {', '.join(self.history)}: is there validation data?")
        return self.history[name][-1]

    def running_loss(self):
        """The mean loss of this epoch so far."""
        return self.loss_sum / max(1, self.seen)

    def state_dict(self):
        """All that is needed to continue at this very step."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "random": random_state(),
            "place": {name: getattr(self, name) for name in self.PLACE},
        }

    def load_state_dict(self, state):
        """Continue from what state_dict gave."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler:
            self.scheduler.load_state_dict(state["scheduler"])
        for callback, own in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state_dict(own)
        set_random_state(state["random"])
        vars(self).update(state["place"])


# %% nbgrader={"grade": false, "grade_id": "training-trainer-step", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Stepper(Recorder):
    """One step of the optimizer, and what to do when it goes wrong."""

    def update(self, parts):
        """Gather the gradients of the parts, clip, step."""
        before = random_state()
        self.optimizer.zero_grad()
        loss = gather_gradients(self.model, self.loss, parts)
        if not all_finite([loss, *(p.grad for p in self.model.parameters() if p.grad is not None)]):
            self.explain(parts, before)
        if self.max_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.optimizer.step()
        n = sum(len(x) for x, _ in parts)
        self.loss_sum, self.seen = self.loss_sum + loss * n, self.seen + n

    def explain(self, parts, random):
        """Run the step again and raise an error that names the op where it went wrong."""
        bad = [name for name, p in self.model.named_parameters() if not all_finite(p)]
        place = f"epoch {self.epoch + 1}, step {self.step + 1}"
        if bad:
            raise FloatingPointError(f"{place}: the parameter {bad[0]} is not finite: was the last step too large?")
        set_random_state(random)
        self.optimizer.zero_grad()
        try:
            with detect_nan():
                gather_gradients(self.model, self.loss, parts)
        except FloatingPointError as error:
            raise FloatingPointError(f"{place}: {error}") from None
        raise FloatingPointError(f"{place}: the loss or a gradient is not finite")


# %% nbgrader={"grade": false, "grade_id": "training-trainer-fit", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Trainer(Stepper):
    """Fits a model to data.

    model: a Module. loss(prediction, target): a function or Module that gives the mean loss. metrics: objects
    like Accuracy. accumulate: batches per step. max_norm: clip gradients to this norm. progress: "auto", "plot",
    "bar", "lines" or "none". The scheduler steps once per epoch.
    """

    PLACE = ("epoch", "step", "history", "loss_sum", "seen", "should_stop")

    def __init__(
        self, model, loss, optimizer, scheduler=None, metrics=(), callbacks=(), accumulate=1, max_norm=None, progress="auto"
    ):
        self.model, self.loss, self.optimizer, self.scheduler = model, loss, optimizer, scheduler
        self.metrics, self.callbacks = list(metrics), [Progress(progress), *callbacks]
        self.accumulate, self.max_norm = accumulate, max_norm
        self.epoch, self.step, self.history, self.should_stop = 0, 0, {}, False
        self.loss_sum, self.seen, self.steps = 0.0, 0, 0

    def fit(self, train, epochs, validation=None):
        """Train until `epochs` epochs are done; return the history, {name: one value per epoch}."""
        self.steps = math.ceil(len(train) / self.accumulate)
        self.tell("fit_begin")
        try:
            while self.epoch < epochs and not self.should_stop:
                self.run_epoch(train)
                self.finish_epoch(validation)
        finally:
            self.tell("fit_end")
        return self.history

    def run_epoch(self, train):
        """The steps of an epoch that are not done yet."""
        if hasattr(train, "set_epoch"):
            train.set_epoch(self.epoch)
        if self.step == 0:
            self.loss_sum, self.seen = 0.0, 0
            self.tell("epoch_begin")
        self.model.train()
        batches = itertools.islice(train, self.step * self.accumulate, None)
        while parts := list(itertools.islice(batches, self.accumulate)):
            self.update(parts)
            self.step += 1
            self.tell("step_end")

    def finish_epoch(self, validation):
        """Write the history, step the scheduler, tell the callbacks."""
        values = {"loss": self.running_loss()}
        if validation is not None:
            values |= {f"val_{name}": value for name, value in self.evaluate(validation).items()}
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(values.get("val_loss", values["loss"]))
        elif self.scheduler:
            self.scheduler.step()
        self.epoch, self.step = self.epoch + 1, 0
        self.tell("epoch_end")
        self.tell("epoch_done")

    def evaluate(self, data):
        """The loss and the metrics on data, a dict; nothing is learned from it."""
        self.model.eval()
        total = seen = 0
        for metric in self.metrics:
            metric.reset()
        with no_grad():
            for x, y in data:
                prediction = self.model(x)
                total, seen = total + self.loss(prediction, y).item() * len(x), seen + len(x)
                for metric in self.metrics:
                    metric.update(prediction, y)
        self.model.train()
        return {"loss": total / max(1, seen)} | {metric.name: metric.compute() for metric in self.metrics}


# %% [markdown]
# ## Real handwriting
# The pixels of a digit are 64 numbers from 0 to 16. A network with 64 hidden units, some of them dropped out at
# random, reads them. The 360 images of the test split were never trained on; a part of the others serves for
# validation.

# %%
manual_seed(0)
images, labels = digits("train")
x, y = Tensor(images.reshape(-1, 64) / 16), Tensor(labels.astype(np.int64))
train, validation = Batches(x[:1200], y[:1200]), Batches(x[1200:], y[1200:], 256, shuffle=False)
model = Sequential(Linear(64, 128), ReLU(), Dropout(0.2), Linear(128, 10))
stop = EarlyStopping(patience=5)
trainer = Trainer(model, CrossEntropyLoss(), Adam(model.parameters(), lr=0.003), metrics=[Accuracy()], callbacks=[stop])
history = trainer.fit(train, epochs=40, validation=validation)

# %%
test_images, test_labels = digits("test")
test = Batches(test_images.reshape(-1, 64) / 16, test_labels.astype(np.int64), 360, shuffle=False)
trainer.evaluate(test)

# %%
with no_grad():
    scores = model.eval()(test.x).softmax(1).numpy()
predicted = scores.argmax(1)
counts = confusion_matrix(predicted, test_labels, 10)
left, right = axes(2, 3.2)
left.imshow(np.sqrt(counts), cmap="Blues")
for (i, j), n in np.ndenumerate(counts):
    if n:
        left.text(j, i, n, ha="center", va="center", fontsize=8, color=RED if i != j else "white")
left.set(xlabel="predicted", ylabel="written", xticks=range(10), yticks=range(10), title="the test split")
right.plot(history["loss"], label="training")
right.plot(history["val_loss"], label="validation")
right.set(xlabel="epoch", ylabel="loss", yscale="log", title=f"stopped after epoch {trainer.epoch}")
right.legend();

# %% [markdown]
# And the mistakes, with what was written and what was read. Some of them you would not have read either.

# %%
wrong = np.argsort(scores[np.arange(len(scores)), test_labels.astype(int)])[:8]
for ax, i in zip(axes(8, height=1.2, picture=True), wrong, strict=True):
    ax.imshow(test_images[i], cmap="gray_r")
    ax.set_title(f"{test_labels[i]} as {predicted[i]}", fontsize=9)


# %% [markdown]
# ## Killed and continued
# Training is stopped in the middle of an epoch, as a power cut would do it, and continued by a new trainer from the
# last checkpoint. In the end every weight is the same, to the last bit, as in a run that was never disturbed.

# %%
class PowerCut(Callback):
    """Ends the training after so many steps."""

    def __init__(self, after):
        self.after = after

    def step_end(self, trainer):
        """Count down."""
        self.after -= 1
        if self.after == 0:
            raise KeyboardInterrupt


def trained(*callbacks):
    """The weights after three epochs; with a model that uses random numbers, momentum and a checkpoint."""
    manual_seed(1)
    model = Sequential(Linear(64, 32), ReLU(), Dropout(0.5), Linear(32, 10))
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    trainer = Trainer(model, CrossEntropyLoss(), optimizer, callbacks=callbacks, progress="none")
    with contextlib.suppress(KeyboardInterrupt):
        trainer.fit(train, epochs=3)
    return np.concatenate([p.numpy().ravel() for p in model.parameters()])


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "run.safetensors")
    cut = trained(Checkpoint(path, every=10), PowerCut(after=57))
    continued = trained(Checkpoint(path, every=10), PowerCut(after=10**6))
undisturbed = trained()
print("after the cut:", np.abs(cut - undisturbed).max(), " continued:", np.abs(continued - undisturbed).max())


# %% [markdown]
# ## What it costs
# Where does the time of a step go? The network above is small, so what counts is the number of operations, and not
# yet the numbers in them; watch the shares move as the hidden layer grows.

# %%
def shares_of_a_step(hidden, repeats=30):
    """The median milliseconds of loading, forward, backward and step."""
    model = Sequential(Linear(64, hidden), ReLU(), Linear(hidden, 10))
    optimizer, loss, times = Adam(model.parameters()), CrossEntropyLoss(), []
    batches = itertools.cycle(Batches(x, y))
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
    return 1000 * np.median(times, axis=0)


widths = [32, 128, 512, 2048]
times = np.array([shares_of_a_step(hidden) for hidden in widths])
ax, below = axes(), np.zeros(len(widths))
for name, part, color in zip(("load", "forward", "backward", "step"), times.T, (GREY, BLUE, ORANGE, GREEN), strict=True):
    ax.bar(range(len(widths)), part / times.sum(1), bottom=below, color=color, label=name)
    below += part / times.sum(1)
ax.set_xticks(range(len(widths)), [f"{n} hidden\n{t:.2f} ms" for n, t in zip(widths, times.sum(1), strict=True)])
ax.set(ylabel="share of a step", title="batches of 32")
ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.2));

# %% [markdown]
# ## What PyTorch does differently
# - It has no trainer: the loop is left to you, or to libraries on top of it (Lightning, Hugging Face's `Trainer`).
# - `torch.save` writes Python's pickle in a zip (`torch/serialization.py`); `weights_only=True` is what keeps it from
#   running programs. Models are exchanged as safetensors, in the format above.
# - `torch.autograd.detect_anomaly` looks for NaN in gradients only (`torch/autograd/anomaly_mode.py`), and shows where
#   the forward op was called.
#
# ## Questions
# 1. Why must the validation data not be shuffled, and would it be wrong to?
# 2. Early stopping looks at the validation loss to choose the weights. Is the validation accuracy of these weights an
#    honest estimate for new data? What is the test split for?
# 3. Gathering gradients in parts gives those of the whole batch. With Dropout in the model, is that still true? With
#    a layer that normalises by the mean of its batch (module 09)?
#
# Export the chapter with `tito export 07`, then run `tito milestone digits`.
