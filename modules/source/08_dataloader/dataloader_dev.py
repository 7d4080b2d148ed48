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
#     - 07_training
#     title: Loading data
# ---

# %% [markdown]
# # Loading data
# > From a folder of images to batches, as fast as the network can take them, and never twice the same.
#
# So far all data lay in two arrays. Real data lie in files, must be decoded, cut and turned while the network computes,
# and there is never enough of them. At the end of this chapter other processes prepare the next batches while yours
# trains, and the same seed gives the same batches however many processes there are. And a network reads digits that are
# off centre, though all digits of the data are centred: while it learned, each image came a little different each time.

# %% nbgrader={"grade": false, "grade_id": "dataloader-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.dataloader
#| export
import contextlib
import itertools
import math
import random
import weakref

# %% nbgrader={"grade": false, "grade_id": "dataloader-import-processes", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import multiprocessing
import operator
import os
import pickle
import queue
import signal
import threading
import traceback
import types
from multiprocessing import connection

# %% nbgrader={"grade": false, "grade_id": "dataloader-import-core", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
import numpy as np

from tinytorch.core.tensor import Random, Tensor, stack, tensor
from tinytorch.core.training import epoch_order

# %% nbgrader={"grade": false, "grade_id": "dataloader-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import AdamW, OneCycleLR
from tinytorch.core.tensor import manual_seed
from tinytorch.core.training import Accuracy, Trainer
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, axes
from tinytorch.testing import assert_close, assert_same
from tinytorch.utils.data import datasets

# %%
digits = datasets.digits("train")
for ax, i in zip(axes(9, height=1, picture=True, frame=True), range(9), strict=True):
    ax.imshow(digits.images[i], cmap="gray_r")
    ax.set_title(int(digits.labels[i]))


# %% [markdown]
# ## A data set is a list of examples
# All that is asked of a **data set** is how many examples it has (`__len__`) and which one has the number i
# (`__getitem__`). Whether it reads a file for that, computes, or looks into memory is its own affair.

# %% nbgrader={"grade": false, "grade_id": "dataloader-dataset", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Dataset:
    """Examples by number. A subclass has `__len__` and `__getitem__`; `a + b` has the examples of both."""

    def __add__(self, other):
        return ConcatDataset([self, other])


# %% [markdown]
# The commonest one keeps tensors whose rows belong together: images and labels. Example i is the tuple of their rows i.
#
# <details><summary>Hint 1: the idea</summary>
#
# Ask every tensor in `self.tensors` for its row i.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# A tuple, also when there is only one tensor: `tuple(… for t in self.tensors)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-tensor-dataset", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class TensorDataset(Dataset):
    """Example i is the tuple of the rows i of all `tensors`, which have equal lengths.

    >>> TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]))[1]
    (tensor([3, 4]), tensor(1))
    """

    def __init__(self, *tensors):
        lengths = [len(t) for t in tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"TensorDataset: tensors of one length are needed, got lengths {lengths}")
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, i):
        ### BEGIN SOLUTION
        return tuple(t[i] for t in self.tensors)
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-tensor-dataset-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def example(arrays, i):
    """Example i of a TensorDataset of these arrays: its type, those of its parts, these as arrays; or an error's name."""
    try:
        found = TensorDataset(*[Tensor(a, a.dtype) for a in arrays])[i]
    except IndexError:
        return "IndexError", [], []
    if type(found) is not tuple:
        return type(found).__name__, [], []
    return "tuple", [type(part).__name__ for part in found], [part.data for part in found]


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-tensor-dataset", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_tensor_dataset():
    """TensorDataset gives the rows of all tensors as a tuple, from either end, and an IndexError beyond."""
    dice = np.random.default_rng(801)
    for count in (1, 2, 3):
        arrays = [dice.normal(size=(6, *shape)) for shape in ((2, 2), (), (3,))[:count]]
        for i in (0, 3, 5, -1, -6):
            kind, kinds, parts = example(arrays, i)
            assert kind == "tuple", f"example {i} of {count} tensors: expected a tuple, got {kind}"
            assert_same(kinds, ["Tensor"] * count, f"the types of the parts of example {i} of {count} tensors")
            for which, (part, array) in enumerate(zip(parts, arrays, strict=True)):
                assert_close(part, array[i], f"example {i} of {count} tensors, part {which}")
    assert example(arrays, 6)[0] == "IndexError", "example 6 of 6: expected an IndexError, which also ends a loop"


test_unit_tensor_dataset()
### BEGIN HIDDEN TESTS
rows = np.random.default_rng().normal(size=(9, 2))
for i in (7, -8):
    assert_close(example([rows, rows[:, 0]], i)[2][0], rows[i], f"example {i} of 9 rows, part 0")
    assert_close(example([rows, rows[:, 0]], i)[2][1], rows[i, 0], f"example {i} of 9 rows, part 1")
labels = np.arange(4, dtype=np.int16)
assert str(example([labels], 2)[2][0].dtype) == "int16", "a row should keep the type of its tensor"
### END HIDDEN TESTS

# %%
pairs = TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]))
len(pairs), pairs[1]


# %% nbgrader={"grade": false, "grade_id": "dataloader-subset", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Subset(Dataset):
    """The examples of a data set whose numbers are in `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, i):
        return self.dataset[self.indices[i]]


# %% nbgrader={"grade": false, "grade_id": "dataloader-concat", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class ConcatDataset(Dataset):
    """The examples of several data sets, one after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        self.ends = np.cumsum([len(d) for d in self.datasets]).tolist()

    def __len__(self):
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(f"ConcatDataset: there is no example {i} of {len(self)}")
        which = int(np.searchsorted(self.ends, i % len(self), side="right"))
        return self.datasets[which][i % len(self) - [0, *self.ends][which]]


# %% [markdown]
# None of these classes says how to go through its examples. Python has an old answer for that: where `__iter__` is missing,
# a loop asks for number 0, 1, 2 and so on, until an IndexError ends it.

# %%
list(Subset(pairs, [1, 0]) + pairs)


# %% nbgrader={"grade": false, "grade_id": "dataloader-iterable", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class IterableDataset(Dataset):
    """Examples that come one after another, and not by number: a subclass has `__iter__` only."""


# %% [markdown]
# ## Parts that share nothing
# To know how good a model is, some examples must be kept from it. Cutting off the end of the list is tempting and wrong:
# examples often stand in an order (all zeros first, or one writer after the other). `random_split` deals them out at
# random, each into exactly one part.
#
# <details><summary>Hint 1: the idea</summary>
#
# One random permutation of all numbers, cut into pieces of the wanted lengths.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `np.random.default_rng(generator).permutation(n)` (`default_rng` takes a seed as well as a generator), `np.split(order, np.cumsum(lengths)[:-1])`, and a `Subset` of each piece.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# `cumsum` of [5, 3, 2] is [5, 8, 10]: the last place is the end, and no cut.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-whole-lengths", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def whole_lengths(n, lengths):
    """Lengths that sum to n: as they are, or from fractions that sum to 1; what is left over goes to the first parts."""
    lengths = list(lengths)
    if math.isclose(sum(lengths), 1):
        whole = [math.floor(n * x + 1e-9) for x in lengths]
        lengths = [x + (i < n - sum(whole)) for i, x in enumerate(whole)]
    if any(x % 1 for x in lengths) or sum(lengths) != n or min(lengths, default=0) < 0:
        raise ValueError(f"random_split: lengths {lengths} should sum to {n}, the number of examples, or to 1")
    return [int(x) for x in lengths]


# %% nbgrader={"grade": false, "grade_id": "dataloader-as-seed", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def as_seed(generator):
    """A seed: the whole number itself (None: 0), or one drawn from a NumPy generator."""
    return int(generator.integers(2**31)) if hasattr(generator, "integers") else operator.index(generator or 0)


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-split", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    ### BEGIN SOLUTION
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    ends = list(itertools.accumulate(lengths))
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends, strict=True)]
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-split-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def running(seed):
    """A NumPy generator, which goes on where it was left."""
    return np.random.default_rng(seed)


# %% nbgrader={"grade": false, "grade_id": "dataloader-split-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
def split_of(n, lengths, generator):
    """The parts that random_split makes of the numbers 100 to 100 + n - 1, as lists."""
    parts = random_split(range(100, 100 + n), lengths, generator)
    for part in parts:
        kind = type(part).__name__
        assert kind == "Subset", f"each part should be a Subset(dataset, its numbers), got {kind}"
        assert type(part.dataset) is range, f"a Subset looks into the data set itself, got {type(part.dataset).__name__}"
    return [[int(part[i]) for i in range(len(part))] for part in parts]


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-random-split", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_random_split():
    """random_split deals every example into exactly one part, at random, and again the same for the same seed."""
    for n, lengths, sizes in [(10, [5, 3, 2], [5, 3, 2]), (40, [0.5, 0.25, 0.25], [20, 10, 10]), (7, [0.5, 0.5], [4, 3]), (30, [0, 30], [0, 30])]:
        parts = split_of(n, lengths, 3)
        assert_same([len(part) for part in parts], sizes, f"how many examples of {n} the parts {lengths} have")
        assert_same(sorted(sum(parts, [])), list(range(100, 100 + n)), f"all examples of {n} in parts {lengths}, sorted")
    first = split_of(50, [40, 10], 3)
    assert_same(split_of(50, [40, 10], 3), first, "the same split again")
    assert first[1] != sorted(first[1]), "the examples in a part should come in a random order, they are sorted"
    assert len(set(first[1]) & set(range(140, 150))) < 8, "the second part is the end of the data set: nothing is shuffled"
    seconds = [tuple(split_of(50, [40, 10], seed)[1]) for seed in range(6)]
    assert len(set(seconds)) == 6, "seeds 0 to 5 should give six different splits"
    generators = running(802), running(802)
    (first, again), (second, third) = [[split_of(50, [40, 10], generator) for generator in generators] for _ in range(2)]
    assert split_of(50, [40, 10], 802) != second != first, "a NumPy generator that was used before should give another split"
    assert_same([again, third], [first, second], "two splits by a generator, and by another that began in the same way")


test_unit_random_split()
### BEGIN HIDDEN TESTS
sizes = [int(n) for n in np.random.default_rng().integers(1, 20, 3)]
seed, n = sum(sizes) * 7, sum(sizes)
assert_same([len(part) for part in split_of(n, sizes, seed)], sizes, f"sizes of {n} examples in parts {sizes}")
assert_same(sorted(sum(split_of(n, sizes, seed), [])), list(range(100, 100 + n)), f"all of {n} examples, in parts {sizes}")
assert_same([len(part) for part in split_of(11, [0.3, 0.3, 0.4], 7)], [4, 3, 4], "sizes of 11 examples in parts of 0.3, 0.3, 0.4")
assert_same(sorted(sum(split_of(9, [2, 3, 4], 12), [])), list(range(100, 109)), "all of 9 examples, sorted")
### END HIDDEN TESTS

# %%
[part.indices for part in random_split(range(10), [0.8, 0.2])]


# %% [markdown]
# ## In which order: samplers
# A **sampler** yields numbers of examples: in sequence, in the random order of module 07's `epoch_order`, or drawn with
# weights, so that a rare class comes as often as the others.

# %% nbgrader={"grade": false, "grade_id": "dataloader-sampler", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Sampler:
    """Yields numbers of examples; has a length. Another pass is another epoch."""

    epoch = 0

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to."""
        self.epoch = epoch

    def __iter__(self):
        self.epoch += 1
        return iter(self.order(self.epoch - 1))


# %% nbgrader={"grade": false, "grade_id": "dataloader-sequential", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class SequentialSampler(Sampler):
    """The numbers 0 to n - 1 in sequence."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __len__(self):
        return len(self.data_source)

    def order(self, epoch):
        """All numbers."""
        return range(len(self))


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-sampler", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomSampler(Sampler):
    """Each number once in random order; or num_samples of them, drawn with replacement."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=0):
        self.data_source, self.replacement, self.num_samples = data_source, replacement, num_samples
        self.seed = as_seed(generator)

    def __len__(self):
        return len(self.data_source) if self.num_samples is None else self.num_samples

    def order(self, epoch):
        """The numbers of that epoch; without replacement, further rounds of all where there are not enough."""
        n = len(self.data_source)
        if self.replacement:
            return np.random.default_rng((self.seed, epoch)).integers(0, n, len(self)).tolist()
        # NumPy cuts a large number into words of 32 bits: i << 64 makes the key (seed, epoch, 0, i), another in each round
        rounds = (epoch_order(n, self.seed, epoch + (i << 64)).tolist() for i in range(math.ceil(len(self) / max(1, n))))
        return list(itertools.chain(*rounds))[: len(self)]


# %% nbgrader={"grade": false, "grade_id": "dataloader-weighted", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class WeightedRandomSampler(Sampler):
    """num_samples numbers, each drawn with a probability in proportion to its weight."""

    def __init__(self, weights, num_samples, replacement=True, generator=0):
        self.weights, self.num_samples, self.replacement = np.asarray(weights, float), num_samples, replacement
        self.seed = as_seed(generator)

    def __len__(self):
        return self.num_samples

    def order(self, epoch):
        """The numbers of that epoch."""
        chances, dice = self.weights / self.weights.sum(), np.random.default_rng((self.seed, epoch))
        return dice.choice(len(chances), len(self), self.replacement, chances).tolist()


# %% [markdown]
# A **batch sampler** gathers what a sampler yields into lists of `batch_size` numbers. The last list is shorter if it
# does not come out even; `drop_last` leaves it away. A sampler may go on for ever and need not have a length: take its
# numbers as you go.
#
# <details><summary>Hint 1: the idea</summary>
#
# Collect numbers in a list; when it is full, yield it and begin a new one.
#
# </details>
# <details><summary>Hint 2: the tool</summary>
#
# `itertools.islice(numbers, self.batch_size)` takes the next few of one iterator, and nothing when it is exhausted. `iter(self.sampler)` must be called once, before the loop.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# A list that is yielded belongs to whoever got it: begin a new one, do not empty the old one.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-batch-sampler", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class BatchSampler(Sampler):
    """Lists of batch_size numbers, as the sampler yields them; the last may be shorter, or is left away.

    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler, batch_size, drop_last):
        if batch_size < 1:
            raise ValueError(f"batch_size should be at least 1, got {batch_size}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def set_epoch(self, epoch):
        """Hand the epoch on to the sampler."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __len__(self):
        return (math.floor if self.drop_last else math.ceil)(len(self.sampler) / self.batch_size)

    def __iter__(self):
        ### BEGIN SOLUTION
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch
        ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-batch-sampler-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def drawn_by(take):
    """An iterator: each time it is asked, `take()` gives the next thing; None ends it."""
    return iter(take, None)


class Watched:
    """A sampler: each pass begins with `begin()`, and then `take()` gives number by number; None ends it."""

    def __init__(self, begin, take):
        self.begin, self.take = begin, take

    def __iter__(self):
        self.begin()
        return drawn_by(self.take)


def gathered(batches, most):
    """At most `most` batches, as they are when the last one has come."""
    return list(itertools.islice(batches, most))


# %% nbgrader={"grade": false, "grade_id": "dataloader-batches-of", "locked": true, "schema_version": 3, "solution": false, "task": false}
def batches_of(numbers, size, drop_last, most=100):
    """At most `most` batches of the numbers, and how many numbers were taken; each pass begins with the first number."""
    passes = []

    def begin():
        passes.append([])
        assert len(passes) == 1, "the sampler was begun 2 times in one pass: it starts anew each time"

    def take():
        (taken,) = passes
        assert len(taken) < 1000, "this sampler is endless, and 1,000 numbers were taken: take only what a batch needs"
        taken.append(numbers[len(taken)] if len(taken) < len(numbers) else None)
        return taken[-1]

    found = gathered(BatchSampler(Watched(begin, take), size, drop_last), most)
    return found, sum(map(len, passes))


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-batch-sampler", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_batch_sampler():
    """BatchSampler yields full lists in order, the short one unless it is dropped, and takes no more than it needs."""
    for n, size in [(5, 2), (6, 2), (1, 3), (0, 4), (7, 1), (3, 3), (10, 4)]:
        numbers = [3 * i for i in range(n)]
        for drop_last in (False, True):
            expected = [numbers[i : i + size] for i in range(0, n, size)]
            expected = [batch for batch in expected if len(batch) == size or not drop_last]
            assert_same(batches_of(numbers, size, drop_last)[0], expected, f"batches of {size} from {numbers}, drop_last={drop_last}")
    got, taken = batches_of(range(10**6), 4, False, most=2)
    assert_same(got, [[0, 1, 2, 3], [4, 5, 6, 7]], "two batches of 4 from an endless sampler")
    assert taken <= 9, f"for two batches of 4 the sampler was asked for {taken} numbers"


test_unit_batch_sampler()
### BEGIN HIDDEN TESTS
numbers = np.random.default_rng().integers(0, 10**6, 14).tolist()
for size, most in [(4, 3), (3, 2), (6, 2)]:
    expected = [numbers[i : i + size] for i in range(0, size * most, size)]
    case = f"batches of {size} from {numbers}, the rest dropped"
    assert_same(list(itertools.islice(BatchSampler(numbers, size, True), most)), expected, case)
    got, taken = batches_of(numbers, size, True, most)
    assert_same(got, expected, f"{case}, taken one by one")
    assert taken <= size * most + 1, f"for {most} {case}: {taken} numbers were taken"
assert_same(batches_of(list(range(11)), 5, True)[0], [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]], "batches of 5 from 11, the rest dropped")
assert_same(batches_of([0, 0, 0], 2, False)[0], [[0, 0], [0]], "batches of 2 from three zeros")
### END HIDDEN TESTS

# %%
list(RandomSampler(range(6))), list(RandomSampler(range(6), generator=1))

# %%
rare = WeightedRandomSampler([1, 1, 1, 7], num_samples=12)
list(BatchSampler(rare, 4, drop_last=False))


# %% [markdown]
# ## From examples to a batch
# A batch of examples is a list of tuples; the network wants a tuple of tensors. `default_collate` turns one into the
# other, whatever the examples are made of:
#
# - Tensors and arrays are stacked along a new first axis; numbers and truth values, Python's or NumPy's own
#   (`np.generic`), become one tensor.
# - Tuples, lists and dicts are done part by part: a list of pairs becomes a pair of batches. If not all have as many
#   parts, that is an error.
# - Anything else, such as text, stays a list.
#
# <details><summary>Hint 1: the idea</summary>
#
# Look at the first example, and let the function call itself for the parts of tuples, lists and dicts.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `stack(examples)` for Tensors, `tensor(np.stack(examples))` for arrays, `tensor(examples)` for numbers. `zip(*examples, strict=True)` turns n pairs into two tuples of n.
#
# </details>
# <details><summary>Hint 3: the form</summary>
#
# For a tuple or list: `type(first)(default_collate(part) for part in zip(…))`; for a dict: one entry per key of the first.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-collate", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    ### BEGIN SOLUTION
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-collate-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def collated(examples, tensors=False):
    """The batch of these examples with arrays in place of Tensors; with `tensors`, the arrays in them are made Tensors first."""

    def each(value, kind, change):
        if isinstance(value, kind):
            return change(value)
        if isinstance(value, dict):
            return {key: each(v, kind, change) for key, v in value.items()}
        return type(value)(each(v, kind, change) for v in value) if isinstance(value, tuple | list) else value

    given = each(examples, np.ndarray, lambda a: Tensor(a, a.dtype)) if tensors else examples
    return each(default_collate(given), Tensor, lambda t: t.data)


def refused(examples):
    """Whether default_collate raises an error for these examples."""
    try:
        default_collate(examples)
    except Exception:
        return True
    return False


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-collate", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_collate():
    """default_collate stacks arrays and Tensors, gathers numbers, goes into tuples, lists and dicts, leaves text alone."""
    dice = np.random.default_rng(803)
    images = dice.normal(size=(4, 2, 3)).astype(np.float32)
    for tensors in (False, True):
        kind = "Tensors" if tensors else "arrays"
        assert_close(collated(list(images), tensors), images, f"collate of four {kind}")
        got = collated([(image, i, str(i)) for i, image in enumerate(images)], tensors)
        assert type(got) is tuple, f"collate of tuples: expected a tuple, got {type(got).__name__}"
        assert len(got) == 3, f"collate of tuples of 3: expected 3 parts, got {len(got)}"
        assert_close(got[0], images, f"collate of ({kind[:-1]}, number, text): the first part")
        assert_close(got[1], np.arange(4), "collate of (array, number, text): the second part")
        assert got[1].dtype.kind == "i", f"collate of whole numbers: expected integers, got {got[1].dtype}"
        assert_same(got[2], ["0", "1", "2", "3"], "collate of (array, number, text): the third part")
        nested = collated([{"x": [image, 1.5], "of": (True,)} for image in images[:2]], tensors)
        assert_same(sorted(nested), ["of", "x"], "collate of dicts: the keys")
        assert type(nested["x"]) is list, "collate of lists: expected a list"
        assert_close(nested["x"][0], images[:2], "collate of dicts of lists: the first entry")
        assert_close(nested["x"][1], np.full(2, 1.5, np.float32), "collate of dicts of lists: the second entry")
        assert_close(nested["of"][0], np.array([True, True]), "collate of booleans")
    for numbers in (np.array([3, 4]), np.array([True, False]), np.array([0.5, 1.5], np.float32)):
        got, case = collated(list(numbers)), f"collate of two {numbers.dtype.type.__name__}, NumPy's own"
        assert type(got) is np.ndarray, f"{case}: expected a tensor, got {type(got).__name__}"
        assert_close(got, numbers, case)
    assert refused([(1, 2), (3,)]) is True, "collate of tuples of 2 and of 1: expected an error, the 2 would be lost"
    assert_close(collated([np.array(2.0), np.array(3.0)], True), np.array([2.0, 3.0]), "collate of Tensors without axes")


test_unit_collate()
### BEGIN HIDDEN TESTS
numbers = np.random.default_rng().normal(size=(5, 2, 2))
got = collated([{"x": (n, float(n[0, 0])), "y": [n[1]]} for n in numbers], True)
for part, expected in zip((*got["x"], *got["y"]), (numbers, numbers[:, 0, 0].astype(np.float32), numbers[:, 1]), strict=True):
    assert_close(part, expected, "collate of dicts of a tuple and a list")
alone = np.arange(6, dtype=np.float32).reshape(2, 3)
assert_close(collated([alone]), alone[None], "collate of a single array")
assert_same(collated([None, None]), [None, None], "collate of what is no number")
assert_close(collated([((alone, 1), 2)] * 2)[0][1], np.array([1, 1]), "collate of tuples in tuples")
### END HIDDEN TESTS

# %%
default_collate([pairs[0], pairs[1]])


# %% [markdown]
# ## Never twice the same: augmentation
# An image that is shifted by a pixel or turned by a few degrees shows the same digit, and is a new example. So the
# training set is varied at random each time an example is asked for: **augmentation**. The test set is not.
#
# A transform here is any function of an array (…, height, width). The first one moves the content and fills with zeros
# what comes in. The traps are the sides: nothing may come back in on the other one.
#
# <details><summary>Hint 1: the idea</summary>
#
# An array of zeros, and one assignment from a part of the image to a part of the result.
#
# </details>
# <details><summary>Hint 2: the parts</summary>
#
# Moved down by d > 0, the rows 0 to h - d land on the rows d to h. For d < 0 it is the other way round. `slice(max(d, 0), max(h + d, 0))` are the rows where something lands (a slice may end beyond the image), and the same with -d where it comes from.
#
# </details>
# <details><summary>Hint 3: everything gone</summary>
#
# Moved further than the image is large, nothing is left: the two parts must be empty alike.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    ### BEGIN SOLUTION
    moved, (height, width) = np.zeros_like(image), image.shape[-2:]
    rows, columns = (slice(max(by, 0), max(n + by, 0)) for by, n in ((down, height), (right, width)))
    from_rows, from_columns = (slice(max(-by, 0), max(n - by, 0)) for by, n in ((down, height), (right, width)))
    moved[..., rows, columns] = image[..., from_rows, from_columns]
    return moved
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-shift-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def shares_memory(image, down, right):
    """Whether what shift gives has its memory in common with the image."""
    return np.shares_memory(image, shift(image, down, right))


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-shift", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_shift():
    """shift moves every pixel by the given amounts, brings in zeros, and does not touch the image."""
    dice = np.random.default_rng(804)
    for shape in [(3, 4), (4, 4), (2, 3, 3), (2, 2, 3, 5), (1, 1)]:
        image = dice.integers(1, 99, shape)
        before = image.copy()
        for down, right in [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -2), (2, -1), (-1, 1), (5, 0), (0, -7), (-9, 9), (shape[-2], 1)]:
            expected = np.zeros_like(image)
            for i, j in np.ndindex(shape[-2:]):
                if 0 <= i + down < shape[-2] and 0 <= j + right < shape[-1]:
                    expected[..., i + down, j + right] = image[..., i, j]
            got = shift(image, down, right)
            assert_close(got, expected, f"an image of shape {shape} moved down by {down}, right by {right}")
            assert_same(str(got.dtype), str(image.dtype), f"the dtype of an image of {image.dtype}, moved")
            assert (image == before).all(), "shift has changed the image that it was given"
            shared = shares_memory(image, down, right)
            assert shared is False, f"shift by {down}, {right}: the result shares its memory with the image"


test_unit_shift()
### BEGIN HIDDEN TESTS
dice = np.random.default_rng()
image, down, right = dice.integers(1, 250, (7, 6), np.uint8), int(dice.integers(1, 5)), int(dice.integers(1, 5))
expected = np.pad(image, ((down, 0), (right, 0)))[:7, :6]
assert_close(shift(image, down, right), expected, f"{image}, moved down by {down}, right by {right}")
got = shift(np.full((5, 6), 200, np.uint8), -2, 3)
assert str(got.dtype) == "uint8", f"a shifted image of uint8 is {got.dtype}"
assert_close(got, np.pad(np.full((3, 3), 200, np.uint8), ((0, 2), (3, 0))), "200s moved up by 2, right by 3")
### END HIDDEN TESTS

# %%
shift(np.array([[1, 2], [3, 4]]), down=0, right=-1)


# %% [markdown]
# Turning is done backwards: go through the pixels of the *result*, and ask for each where in the image it came from.
# (Forwards, two pixels may land on one, and none on another.) Around the centre $(c_r, c_c)$, with the angle $a$
# counted against the clock and rows counted downwards, the pixel in row r and column c comes from
#
# $$c_r + \cos a\,(r - c_r) + \sin a\,(c - c_c), \qquad c_c - \sin a\,(r - c_r) + \cos a\,(c - c_c)$$
#
# <details><summary>Hint 1: the idea</summary>
#
# Two arrays (height, width), by broadcasting a column of r - c_r with a row of c - c_c.
#
# </details>
# <details><summary>Hint 2: the centre</summary>
#
# Of 5 pixels, 0 to 4, the centre is 2; of 4 it is 1.5: (n - 1) / 2.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `np.radians(degrees)`; `np.arange(height)[:, None]` is a column.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-turned-places", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    ### BEGIN SOLUTION
    angle = np.radians(degrees)
    rows, columns = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    from_row = np.cos(angle) * rows + np.sin(angle) * columns + (height - 1) / 2
    return from_row, np.cos(angle) * columns - np.sin(angle) * rows + (width - 1) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-turned-places", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_turned_places():
    """turned_places keeps the centre, agrees with np.rot90 for right angles, and with the formula pixel by pixel."""
    for height, width in [(4, 4), (5, 5), (3, 6), (1, 2)]:
        for degrees in (0, 90, 180, 270, -90, 30, -12.5):
            a, places = math.radians(degrees), turned_places(height, width, degrees)
            for which, got in zip(("rows", "columns"), places, strict=True):
                assert got.shape == (height, width), f"{which} for ({height}, {width}): the shape is {got.shape}"
            expected = np.zeros((2, height, width))
            for r, c in np.ndindex(height, width):
                y, x = r - (height - 1) / 2, c - (width - 1) / 2
                expected[:, r, c] = (height - 1) / 2 + math.cos(a) * y + math.sin(a) * x, (width - 1) / 2 - math.sin(a) * y + math.cos(a) * x
            for which, got, right in zip(("rows", "columns"), places, expected, strict=True):
                assert_close(np.array(got), right, f"{which} for ({height}, {width}) turned by {degrees} degrees", atol=1e-5)
    picture = np.arange(25).reshape(5, 5)
    rows, columns = (np.rint(np.array(part)).astype(int) for part in turned_places(5, 5, 90))
    assert_close(picture[rows, columns], np.rot90(picture), "an image of 5 × 5 turned by 90 degrees")


test_unit_turned_places()
### BEGIN HIDDEN TESTS
rows, columns = turned_places(7, 3, 45)
assert_close(np.array([rows[3, 1], columns[3, 1]]), np.array([3.0, 1.0]), "where the centre of (7, 3) comes from", atol=1e-6)
### END HIDDEN TESTS

# %%
[places.round(1) for places in turned_places(3, 3, 45)]


# %% [markdown]
# These places lie between the pixels. `sample` mixes the four around each (bilinear interpolation), with zeros outside.
# The other transforms are a line or two each. All their random numbers come from `Random.generator`, the generator of
# module 01.

# %% nbgrader={"grade": false, "grade_id": "dataloader-sample", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def sample(image, rows, columns):
    """The image (…, height, width) at places between its pixels, as a mixture of the four around; zeros outside."""
    height, width = image.shape[-2:]
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    total = np.zeros((*image.shape[:-2], *rows.shape), np.result_type(image, np.float32))
    for i, j in itertools.product((top, top + 1), (left, left + 1)):
        weight = (1 - np.abs(rows - i)) * (1 - np.abs(columns - j)) * ((i >= 0) & (i < height) & (j >= 0) & (j < width))
        total += weight * image[..., i.clip(0, height - 1), j.clip(0, width - 1)]
    return total


# %% nbgrader={"grade": false, "grade_id": "dataloader-compose", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Compose:
    """Several transforms, one after another."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, image):
        """The image after all of them."""
        for transform in self.transforms:
            image = transform(image)
        return image


# %% nbgrader={"grade": false, "grade_id": "dataloader-normalize", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Normalize:
    """(image - mean) / std; numbers, or one for each channel of (…, channels, height, width)."""

    def __init__(self, mean, std):
        self.mean, self.std = (np.asarray(a, np.float32).reshape(-1, 1, 1) if np.ndim(a) else a for a in (mean, std))

    def __call__(self, image):
        """The image, normalised."""
        return (np.asarray(image, np.float32) - self.mean) / self.std


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-flip", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomHorizontalFlip:
    """Left and right exchanged, with probability p."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, image):
        """The image, or its mirror image."""
        return np.asarray(image)[..., ::-1].copy() if Random.generator.random() < self.p else image


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-crop", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomCrop:
    """A part of `size` (a number, or height and width) at a random place, after `padding` zeros were added all around."""

    def __init__(self, size, padding=0):
        self.size, self.padding = (size, size) if isinstance(size, int) else tuple(size), padding

    def __call__(self, image):
        """A part of the image."""
        image = np.asarray(image)
        padded = np.pad(image, [(0, 0)] * (image.ndim - 2) + [(self.padding,) * 2] * 2)
        room = [have - want for have, want in zip(padded.shape[-2:], self.size, strict=True)]
        if min(room) < 0:
            raise ValueError(f"RandomCrop: {self.size} does not fit into {padded.shape[-2:]}, the image with its padding")
        (top, left), (height, width) = (int(Random.generator.integers(r + 1)) for r in room), self.size
        return padded[..., top : top + height, left : left + width].copy()


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-shift", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomShift:
    """Moved by at most `most` pixels, down or up, right or left."""

    def __init__(self, most=1):
        self.most = most

    def __call__(self, image):
        """The image, moved."""
        return shift(np.asarray(image), *Random.generator.integers(-self.most, self.most + 1, 2).tolist())


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-rotation", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomRotation:
    """Turned by at most `degrees` either way."""

    def __init__(self, degrees):
        self.degrees = degrees

    def __call__(self, image):
        """The image, turned."""
        places = turned_places(*image.shape[-2:], Random.generator.uniform(-self.degrees, self.degrees))
        return sample(np.asarray(image), *places)


# %% nbgrader={"grade": false, "grade_id": "dataloader-random-noise", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class RandomNoise:
    """Normal noise added to each pixel."""

    def __init__(self, std):
        self.std = std

    def __call__(self, image):
        """The image with noise."""
        return np.asarray(image) + self.std * Random.generator.standard_normal(image.shape, np.float32)


# %% nbgrader={"grade": false, "grade_id": "dataloader-transformed", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Transformed(Dataset):
    """The examples of a data set, with a transform applied to the first part of each."""

    def __init__(self, dataset, transform):
        self.dataset, self.transform = dataset, transform

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, i):
        image, *rest = self.dataset[i]
        return (self.transform(image), *rest)


# %%
scale = Normalize(0, 255)
vary = Compose([scale, RandomRotation(15), RandomShift(1)])
manual_seed(0)
for ax, i in zip(axes(9, height=1, picture=True, frame=True), range(9), strict=True):
    ax.imshow(vary(digits.images[8]) if i else scale(digits.images[8]), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title("varied" if i else "written")


# %% [markdown]
# ## Dice for each example
# Soon several processes will load examples. If all of them drew from copies of one generator, they would draw the *same*
# numbers: the bug was in thousands of published programs, whose augmentation came in identical groups. If each had its
# own, the result would depend on how many there are.
#
# So no generator runs along. Each example gets one of its own, made from what identifies it: the seed, the epoch, and its
# place in the epoch. Whoever loads it, whenever, draws the same numbers for it.
#
# One fact on NumPy is needed: zeros at the end of a seed do not count. `default_rng((0, 1))`, from which module 07's
# `epoch_order` takes the order of epoch 1, and `default_rng((0, 1, 0))` give the same numbers. No example may draw those.
#
# <details><summary>Hint 1: the idea</summary>
#
# `np.random.default_rng` takes a tuple of numbers, as in `epoch_order` of module 07.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# The first place is 0. Count places from 1.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-example-generator", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the numbers of another, or of an order."""
    ### BEGIN SOLUTION
    return np.random.default_rng((seed, epoch, place + 1))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-example-generator-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def first_numbers(seed, epoch, place):
    """The first three numbers from the generator of an example, each after that of another example was asked for one."""
    own, other, numbers = example_generator(seed, epoch, place), example_generator(1, 1, 1), []
    for _ in range(3):
        other.random()
        numbers.append(own.random())
    return np.array(numbers)


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-example-generator", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_example_generator():
    """Every seed, epoch and place has numbers of its own, the same each time, and none has those that order the epoch."""
    assert_close(first_numbers(1, 2, 3), first_numbers(1, 2, 3), "the numbers of seed 1, epoch 2, place 3, again", rtol=0, atol=0)
    known = {tuple(np.random.default_rng((s, e)).random(3)): f"the order of epoch {e}, seed {s}" for s, e in np.ndindex(4, 4)}
    for case in [*np.ndindex(4, 4, 4), (0, 0, 12), (0, 12, 0), (12, 0, 0), (0, 1, 20), (0, 12, 3), (1, 0, 23), (0, 10, 2), (0, 1, 202)]:
        numbers = tuple(map(float, first_numbers(*case)))
        assert numbers not in known, f"(seed, epoch, place) {tuple(map(int, case))} has the same numbers as {known.get(numbers)}"
        known[numbers] = f"{tuple(map(int, case))}"


test_unit_example_generator()
### BEGIN HIDDEN TESTS
case, other = (np.random.default_rng().integers(5, 10**6, 3).tolist() for _ in range(2))
assert (first_numbers(*case) != first_numbers(*other)).all(), f"{case} and {other} have the same numbers"
assert_close(first_numbers(*case), first_numbers(*case), f"the numbers of {case}, again", rtol=0, atol=0)
### END HIDDEN TESTS

# %%
first_numbers(0, 0, 0), first_numbers(0, 0, 1)


# %% [markdown]
# The rest is given: while an example is loaded, its generator stands in `Random.generator`. It is made only if somebody
# draws from it. A `TensorDataset` gives the whole batch at once.

# %% nbgrader={"grade": false, "grade_id": "dataloader-dice", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Dice:
    """Stands in for the generator of an example until the first number is drawn."""

    def __init__(self, *place):
        self.place = place

    def __getattr__(self, name):
        Random.generator = example_generator(*self.place)
        return getattr(Random.generator, name)


# %% nbgrader={"grade": false, "grade_id": "dataloader-at-once", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def at_once(dataset, indices):
    """The batch of these examples, if the data set can give it without going through them; else None."""
    if type(dataset) is Subset:
        return at_once(dataset.dataset, [dataset.indices[i] for i in indices])
    return dataset[np.asarray(indices)] if type(dataset) is TensorDataset else None


# %% nbgrader={"grade": false, "grade_id": "dataloader-load-batch", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def load_batch(dataset, collate, task):
    """The batch of a task (indices, place of the first, seed, epoch)."""
    indices, start, *key = task
    if collate is default_collate and (batch := at_once(dataset, indices)) is not None:
        return batch
    examples, before, index = [], Random.generator, None
    try:
        for place, index in enumerate(indices, start):
            Random.generator = Dice(*key, place)
            examples.append(dataset[index])
    except Exception as error:
        error.add_note(f"DataLoader: this was example {index!r} of the data set")
        raise
    finally:
        Random.generator = before
    return collate(examples)


# %% [markdown]
# ## Work ahead
# While the network computes, other processes shall prepare the next batches, but not too many: each takes memory.
# `prefetch` keeps at most `ahead` tasks under way. It sends the first ones; then it receives the oldest, *sends a new
# one at once*, and only then yields what it got, because while the network is at work nobody else would send it.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two counters, `sent` and `received`; the results come in the order of the tasks, since one asks for them by number. When
# is there nothing left to wait for?
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `tasks = iter(tasks)` first. Then `itertools.islice(tasks, n)` takes the next n tasks, or as many as there still are.
#
# </details>
# <details><summary>Hint 3: the loop</summary>
#
# It goes on while something is under way, `received < sent`. Sending the next task is a loop over `islice(tasks, 1)`, which may be empty.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "dataloader-prefetch", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    ### BEGIN SOLUTION
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    while received < sent:
        result = receive(received)
        received += 1
        for task in itertools.islice(tasks, 1):
            send(sent, task)
            sent += 1
        yield result
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "dataloader-prefetch-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def watched_prefetch(count, ahead, stop=99):
    """The results of prefetch, at most `stop`, and for each step [what, how many tasks were taken, how many are under way]."""
    steps, sent, done, taken = [], {}, [], []

    def note(what):
        steps.append([what, len(taken) - taken.count(None), len(sent) - len(done)])

    def take():
        taken.append(f"task {len(taken)}" if len(taken) < count else None)
        return taken[-1]

    def send(number, task):
        sent[number] = task
        note("send")

    def receive(number):
        done.append(number)
        return f"{sent[number]} as {number}" if done.count(number) == 1 else "asked for twice"

    results = []
    for result in itertools.islice(prefetch(drawn_by(take), send, receive, ahead), stop):
        note("yield")
        results.append(result)
    return results, steps


# %% nbgrader={"grade": true, "grade_id": "test-dataloader-prefetch", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_prefetch():
    """prefetch yields all results in order; never more than `ahead` tasks are under way, and as many as may be at each yield."""
    for count, ahead in [(6, 2), (5, 1), (4, 3), (3, 3), (2, 5), (0, 2), (1, 1), (20, 4)]:
        results, steps = watched_prefetch(count, ahead)
        case = f"{count} tasks, {ahead} ahead"
        assert_same(results, [f"task {i} as {i}" for i in range(count)], f"the results of {case}")
        most = max((flying for _, _, flying in steps), default=0)
        assert most <= ahead, f"{case}: {most} tasks were under way at once"
        for i, (_, _, flying) in enumerate([step for step in steps if step[0] == "yield"], 1):
            expected = min(ahead, count - i)
            assert flying == expected, f"{case}: when result {i - 1} is yielded, {expected} tasks should be under way, there are {flying}"
    _, steps = watched_prefetch(50, 3, stop=2)
    assert steps[-1][1] <= 5, f"after two results with 3 ahead, 5 tasks should have been taken, not {steps[-1][1]}"


test_unit_prefetch()
### BEGIN HIDDEN TESTS
for count, ahead in np.random.default_rng().integers(2, 12, (4, 2)).tolist():
    results, steps = watched_prefetch(count, ahead)
    assert_same(results, [f"task {i} as {i}" for i in range(count)], f"the results of {count} tasks, {ahead} ahead")
    flying = [step[2] for step in steps if step[0] == "yield"]
    assert_same(flying, [min(ahead, count - i) for i in range(1, count + 1)], f"{count} tasks, {ahead} ahead: under way at each yield")
results, steps = watched_prefetch(9, 4)
assert [step[2] for step in steps if step[0] == "yield"] == [4, 4, 4, 4, 4, 3, 2, 1, 0], "9 tasks, 4 ahead: tasks under way at each yield"
assert_same(results[-1], "task 8 as 8", "the last result of 9 tasks, 4 ahead")
### END HIDDEN TESTS

# %%
results, steps = watched_prefetch(3, ahead=2)
for what, taken, flying in steps:
    print(f"{what:5}: {taken} tasks taken, {flying} under way")

# %% [markdown]
# ## Processes
# Now the given machinery; skip it, if you like, down to `DataLoader`. Task k goes to worker k mod n, so that the batches
# come in order without being sorted. In the worker, one thread is the ear and one the mouth. So it can compute one batch
# while the last one is still being sent and the next task is already there.

# %%
ax = axes(height=1.9)
ax.axis("off")
ax.set(xlim=(0, 10), ylim=(0, 3))
boxes = {"your loop,\nprefetch": (1, 1.5), "listen\n(ear)": (4, 2.3), "speak\n(mouth)": (4, 0.7), "queue of tasks": (6.5, 2.3), "queue of answers": (6.5, 0.7), "work:\nload_batch": (9, 1.5)}
for name, at in boxes.items():
    ax.text(*at, name, ha="center", va="center", bbox={"facecolor": "white", "edgecolor": GREY, "boxstyle": "round"})
for start, end in [((1.7, 1.7), (3.4, 2.3)), ((3.3, 0.7), (1.7, 1.3)), ((4.6, 2.3), (5.5, 2.3)), ((5.4, 0.7), (4.8, 0.7)), ((7.5, 2.2), (8.3, 1.7)), ((8.3, 1.3), (7.6, 0.8))]:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": BLUE})
ax.axvline(2.6, color=GREY, linestyle=":")
ax.text(2.5, 0.1, "the program", ha="right", color=GREY)
ax.text(2.7, 0.1, "worker k", color=GREY)
ax.text(2.6, 1.5, "pipe", ha="center", color=GREY, backgroundcolor="white");


# %% [markdown]
# A pipe carries bytes. `pickle` makes bytes of any Python object, but would copy every array on the way. So the arrays'
# own memory is sent after the rest, piece by piece.

# %% nbgrader={"grade": false, "grade_id": "dataloader-wire", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def send_over(link, value):
    """Send a value through a pipe of our own; the arrays in it go as bytes, without being copied first."""
    buffers = []
    head = pickle.dumps(value, 5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    link.send_bytes(pickle.dumps((head, [part.nbytes for part in raw])))
    for part in filter(len, raw):
        link.send_bytes(part)


# %% nbgrader={"grade": false, "grade_id": "dataloader-wire-back", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def receive_over(link):
    """The value that send_over has sent; its arrays may be written to."""
    head, sizes = pickle.loads(link.recv_bytes())
    buffers = [bytearray(size) for size in sizes]
    for buffer in filter(len, buffers):
        link.recv_bytes_into(buffer)
    return pickle.loads(head, buffers=buffers)


# %% [markdown]
# A data set may ask in which worker it is, for example to open a file of its own there.

# %% nbgrader={"grade": false, "grade_id": "dataloader-worker-info", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class WorkerInfo(types.SimpleNamespace):
    """What a worker is told: its number `id`, `num_workers`, `seed`, `dataset`."""

    current = None


def get_worker_info():
    """The WorkerInfo of this process, or None where the program itself runs."""
    return WorkerInfo.current


# %% [markdown]
# The ear ends the worker when the pipe is closed or the program is gone, so that no worker is ever left behind.

# %% nbgrader={"grade": false, "grade_id": "dataloader-listen", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def listen(link, tasks):
    """A worker's ear: put the tasks into the queue; when the program hangs up or has died, end this process."""
    parent = os.getppid()
    with contextlib.suppress(EOFError, OSError):
        while os.getppid() == parent and multiprocessing.parent_process().is_alive():
            if link.poll(1):
                tasks.put(link.recv())
    os._exit(0)


# %% nbgrader={"grade": false, "grade_id": "dataloader-speak", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def speak(link, answers):
    """A worker's mouth: send the answers, so that the next batch is under work while the last is under way."""
    with contextlib.suppress(OSError):
        while True:
            send_over(link, answers.get())


# %% [markdown]
# An error in a worker is raised in your loop, as the same type, with the example and the worker's own traceback. Not every
# error can be pickled, and not every type can be made of a text: for these there are the second ways.

# %% nbgrader={"grade": false, "grade_id": "dataloader-packed-error", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def packed_error(error):
    """An error for the pipe: itself if it can travel, its type's name, message and traceback."""
    try:
        itself = pickle.loads(pickle.dumps(error))
    except Exception:
        itself = None
    return itself, type(error).__name__, str(error), "".join(traceback.format_exception(error))


# %% nbgrader={"grade": false, "grade_id": "dataloader-told", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Told(str):
    """A message that a KeyError shows in lines, and not with its line ends spelled out."""

    __repr__ = str.__str__


def unpacked_error(worker, itself, name, message, text):
    """The error to raise for what a worker packed: of the same type, with the worker's traceback in its message."""
    message = Told(f"{message}\n\nThis happened in DataLoader worker {worker}:\n{text}")
    try:
        return type(itself)(message) if itself is not None else RuntimeError(f"{name}: {message}")
    except Exception:
        itself.add_note(message)
        return itself


# %% [markdown]
# The worker itself is a loop: take a task, put the answer.

# %% nbgrader={"grade": false, "grade_id": "dataloader-answer", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def answer(task, dataset, collate, problem):
    """(True, the batch), or (False, what went wrong)."""
    try:
        if problem:
            raise problem
        return True, load_batch(dataset, collate, task)
    except Exception as error:
        return False, packed_error(error)


# %% nbgrader={"grade": false, "grade_id": "dataloader-work", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def work(link, dataset, collate, seed, worker, num_workers, init):
    """What a worker process does, from its first to its last moment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    WorkerInfo.current = WorkerInfo(id=worker, num_workers=num_workers, seed=seed, dataset=dataset)
    random.seed(f"{seed} {worker}")
    np.random.seed(np.random.SeedSequence((seed, worker)).generate_state(4))
    tasks, answers, problem = queue.SimpleQueue(), queue.SimpleQueue(), None
    threading.Thread(target=listen, args=(link, tasks), daemon=True).start()
    threading.Thread(target=speak, args=(link, answers), daemon=True).start()
    try:
        init and init(worker)
    except Exception as error:
        problem = error
    while True:
        answers.put(answer(tasks.get(), dataset, collate, problem))


# %% [markdown]
# On the program's side, `Workers` starts the processes, gives tasks and waits for answers. `weakref.finalize` calls `shut`
# when nobody holds the object any more: the loop has ended, or was left with `break` or an error. A worker that was killed,
# most often because memory ran out, is reported.

# %% nbgrader={"grade": false, "grade_id": "dataloader-shut", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def shut(owner, links, processes):
    """End the workers, if this is the process that started them."""
    if os.getpid() != owner:
        return
    for link, process in zip(links, processes, strict=True):
        link.close()
        process.terminate()
    for process in processes:
        process.join(5)
        process.kill()  # nothing, unless it is still there
        process.join()


# %% nbgrader={"grade": false, "grade_id": "dataloader-workers", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Workers:
    """The worker processes of a loader; they end when this object does."""

    def __init__(self, loader):
        self.links, self.processes, self.timeout = [], [], loader.timeout or None
        self.close = weakref.finalize(self, shut, os.getpid(), self.links, self.processes)
        for worker in range(loader.num_workers):
            ours, theirs = loader.context.Pipe()
            args = theirs, loader.dataset, loader.collate_fn, loader.seed, worker, loader.num_workers, loader.worker_init_fn
            process = loader.context.Process(target=work, args=args, daemon=True, name=f"DataLoader worker {worker}")
            process.start()
            theirs.close()
            self.links.append(ours)
            self.processes.append(process)

    def send(self, number, task):
        """Give a task to the worker whose turn it is; one that has died is found when its answer is wanted."""
        with contextlib.suppress(OSError):
            self.links[number % len(self.links)].send(task)

    def receive(self, number):
        """The batch with that number; raises what went wrong in the worker."""
        worker = number % len(self.links)
        link, process = self.links[worker], self.processes[worker]
        ready = connection.wait([link, process.sentinel], self.timeout)
        if not ready:
            raise RuntimeError(f"DataLoader: no batch from worker {worker} within timeout={self.timeout} seconds")
        try:
            fine, value = receive_over(link) if link in ready else None
        except (EOFError, OSError, TypeError):
            raise RuntimeError(self.obituary(worker, process)) from None
        if not fine:
            raise unpacked_error(worker, *value)
        return value

    def obituary(self, worker, process):
        """A sentence on a worker that has ended."""
        process.join(5)
        code = process.exitcode
        killed = f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"ended with exit code {code}"
        why = "; the system kills a process when memory runs out" if code == -9 else ""
        return f"DataLoader worker {worker} (process {process.pid}) {killed} before it gave its batch{why}"


# %% [markdown]
# `DataLoader` puts everything together, with PyTorch's arguments. It does not matter to the batches whether
# `num_workers` is 0, 1 or 7. Each pass over one loader is the next epoch. Make it once, before the loop over the epochs: a
# new loader begins with epoch 0 again, with the same order and the same variations.

# %% nbgrader={"grade": false, "grade_id": "dataloader-options", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def check_options(loader, shuffle, sampler, batch_sampler, batch_size, drop_last):
    """Raise ValueError for arguments that exclude each other."""
    batches, stream = batch_sampler is not None, isinstance(loader.dataset, IterableDataset)
    shown = f"num_workers={loader.num_workers}, timeout={loader.timeout}, prefetch_factor={loader.prefetch_factor}"
    problems = {
        "a sampler gives the order: no shuffle": sampler is not None and shuffle,
        "a batch_sampler gives the batches: no batch_size, shuffle, sampler, drop_last": batches and (batch_size != 1 or shuffle or sampler or drop_last),
        f"num_workers and timeout at least 0, prefetch_factor at least 1, got {shown}": min(loader.num_workers, loader.timeout, loader.prefetch_factor - 1) < 0,
        "persistent_workers needs num_workers > 0": loader.persistent_workers and not loader.num_workers,
        "an IterableDataset is read in its own order, by this process alone: no shuffle, no sampler, num_workers=0": stream and (shuffle or sampler or batches or loader.num_workers),
    }
    for problem in (text for text, wrong in problems.items() if wrong):
        raise ValueError(f"DataLoader: {problem}")


# %% nbgrader={"grade": false, "grade_id": "dataloader-loader", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class DataLoader:
    """Batches of a data set, each pass in the order of the next epoch.

    seed: what order and augmentation depend on; generator (a seed or NumPy generator) gives it, too. worker_init_fn(id)
    is called in each worker; prefetch_factor: batches under way for each worker. pin_memory does nothing here.
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None,
                 pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None,
                 generator=None, *, prefetch_factor=None, persistent_workers=False, seed=0):
        self.dataset, self.num_workers, self.timeout, self.worker_init_fn = dataset, num_workers, timeout, worker_init_fn
        self.prefetch_factor, self.persistent_workers = 2 if prefetch_factor is None else prefetch_factor, persistent_workers
        check_options(self, shuffle, sampler, batch_sampler, batch_size, drop_last)
        method = multiprocessing_context
        self.context = multiprocessing.get_context(method) if method is None or isinstance(method, str) else method
        self.collate_fn, self.batch_size, self.drop_last = collate_fn or default_collate, batch_size, drop_last
        self.seed, self.epoch, self.idle = seed if generator is None else as_seed(generator), 0, None
        if sampler is None and not isinstance(dataset, IterableDataset):
            sampler = RandomSampler(dataset, generator=self.seed) if shuffle else SequentialSampler(dataset)
        self.sampler = dataset if sampler is None else sampler
        self.batch_sampler = batch_sampler or BatchSampler(self.sampler, batch_size, drop_last)

    def __len__(self):
        return len(self.batch_sampler)

    def set_epoch(self, epoch):
        """Say which epoch the next pass belongs to; else each is the one after the last."""
        self.epoch = epoch

    def tasks(self, epoch):
        """What is to load, batch by batch."""
        start = 0
        for indices in self.batch_sampler:
            yield indices, start, self.seed, epoch
            start += len(indices)

    def __iter__(self):
        epoch, self.epoch = self.epoch, self.epoch + 1
        if hasattr(self.batch_sampler, "set_epoch"):
            self.batch_sampler.set_epoch(epoch)
        if isinstance(self.dataset, IterableDataset):
            return map(self.collate_fn, self.batch_sampler)
        if self.num_workers == 0:
            return (load_batch(self.dataset, self.collate_fn, task) for task in self.tasks(epoch))
        return self.from_workers(epoch)

    def from_workers(self, epoch):
        """The batches of an epoch; the workers end with it, unless they are to stay and all went well."""
        workers, self.idle = self.idle or Workers(self), None
        try:
            yield from prefetch(self.tasks(epoch), workers.send, workers.receive, self.num_workers * self.prefetch_factor)
            self.idle = workers if self.persistent_workers else None
        finally:
            if self.idle is not workers:
                workers.close()


# %%
varied = Transformed(digits, vary)
context = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
loaders = [DataLoader(varied, 32, shuffle=True, num_workers=n, multiprocessing_context=context) for n in (0, 2)]
both = list(zip(*loaders, strict=True))

# %%
print(f"largest difference {max((here[0] - there[0]).abs().max().item() for here, there in both)} in {len(both)} batches")

# %% [markdown]
# Two workers and none: the same batches to the last bit. (Where processes cannot be forked, on Windows, workers find only
# what stands in a file: there, `tito export 08` first and import `DataLoader` and your data sets.)

# %%
loader = DataLoader(varied, 500, drop_last=True)
print(f"{len(loader)} batches, of", [len(labels) for images, labels in loader])


# %% [markdown]
# Some data have no numbers, such as lines that come over a network. An `IterableDataset` is only gone through:

# %%
class Countdown(IterableDataset):
    """The numbers 5 to 1."""

    def __iter__(self):
        return iter(range(5, 0, -1))


# %%
list(DataLoader(Countdown(), 2))


# %% [markdown]
# An error in a worker says which example it was:

# %%
class Broken(Dataset):
    """One example is missing."""

    def __len__(self):
        return 100

    def __getitem__(self, i):
        return {17: None}.get(i, i) + 0


try:
    list(DataLoader(Broken(), 10, num_workers=2, multiprocessing_context=context))
except TypeError as error:
    print(error)


# %% [markdown]
# ## What it costs
# A network that takes 5 ms for a batch, and images that take 1 to 20 ms to load (both only wait here, as a program waits
# for a graphics card and for a disk). Without workers the times add up; with workers the slower of both counts. Were
# loading work for a processor, there would have to be enough of those, too.

# %%
class Slow(Dataset):
    """32 examples that are read from far away."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __len__(self):
        return 32

    def __getitem__(self, i):
        time.sleep(self.seconds)
        return i


# %%
def pass_time(seconds, workers, step=0.005):
    """Milliseconds for each batch of 1: loading and a step, in the second pass, when the processes run already."""
    loader = DataLoader(Slow(seconds), num_workers=workers, multiprocessing_context=context, persistent_workers=workers > 0)
    for _ in range(2):
        start = time.perf_counter()
        for _ in loader:
            time.sleep(step)
        taken = time.perf_counter() - start
    return 1000 * taken / 32


# %%
reading, crews = [0.001, 0.002, 0.005, 0.01, 0.02], [0, 1, 2, 4]
cost_of = {workers: [pass_time(s, workers) for s in reading] for workers in crews}

# %%
ax = axes()
for (workers, times), color in zip(cost_of.items(), (GREY, ORANGE, BLUE, GREEN), strict=True):
    ax.plot([1000 * s for s in reading], times, "o-", color=color, label=f"{workers} workers")
ax.axhline(5, color="black", linewidth=0.8, linestyle=":")
ax.set(xlabel="ms to load an image", ylabel="ms per step", ylim=(0, None))
ax.legend();

# %% [markdown]
# The dotted line is the step alone: below it nobody can get. But a process has its price: starting it, and sending
# tasks and batches. For data that lie in memory it is not worth it. Without workers a `TensorDataset` gives each batch by
# one indexing; `persistent_workers` keeps the processes, so that the second pass shows what sending alone costs:

# %%
in_memory = TensorDataset(tensor(digits.images), tensor(digits.labels))

# %%
for workers in (0, 2):
    loader, times = DataLoader(in_memory, 32, num_workers=workers, multiprocessing_context=context, persistent_workers=workers > 0), []
    for _ in range(2):
        start = time.perf_counter()
        list(loader)
        times.append(1000 * (time.perf_counter() - start))
    print(f"{workers} workers, {len(in_memory):,} images: {times[0]:.1f} ms in the first pass, {times[1]:.1f} ms in the second")

# %% [markdown]
# ## It pays off
# Each of the digits was cut out so that it stands in the middle of its square. How well is one read that stands a pixel
# further up, down, left or right? We judge by the 360 images of the test split as they were scanned, and with each moved to
# one of the eight neighbouring places. The same network learns from the digits as they are and from moved ones, each for
# 10 epochs and for 40. Three seeds each.

# %%
dice, scanned = np.random.default_rng(805), datasets.digits("test")

# %%
places = [place for place in itertools.product((-1, 0, 1), repeat=2) if any(place)]
moved = [(shift(image, *dice.choice(places).tolist()), label) for image, label in scanned]
judges = [Transformed(images, scale) for images in (scanned, moved)]


# %%
def score(training_set, epochs, seed):
    """The share of images that are read rightly, in per cent: as scanned, moved."""
    manual_seed(seed)
    network = Sequential(Flatten(), Linear(64, 128), ReLU(), Linear(128, 10))
    steps, loader = AdamW(network.parameters(), lr=0.005), DataLoader(training_set, 64, shuffle=True, seed=seed)
    schedule = OneCycleLR(steps, max_lr=0.005, total_steps=epochs * len(loader))
    trainer = Trainer(network, CrossEntropyLoss(), steps, schedule, [Accuracy()], schedule="step", progress="none")
    trainer.fit(loader, epochs)
    return [100 * trainer.evaluate(DataLoader(judge, 360))["accuracy"] for judge in judges]


# %%
written = list(zip(scale(digits.images), digits.labels, strict=True))  # a list is a data set, too
kinds = {"as they are": written, "moved": Transformed(written, RandomShift(1))}

# %%
scores = {(name, n): [score(kind, n, seed) for seed in range(3)] for name, kind in kinds.items() for n in (10, 40)}
{f"{name}, {n} epochs": np.mean(three, 0).round(1).tolist() for (name, n), three in scores.items()}

# %%
for which, (ax, title) in enumerate(zip(axes(2, 2), ("judged as scanned", "judged moved"), strict=True)):
    for row, (kind, three) in enumerate(scores.items()):
        color = GREY if kind[0] == "as they are" else BLUE
        ax.plot([pair[which] for pair in three], [row - 0.15, row, row + 0.15], "o", color=color, alpha=0.7)
    names = [f"{name}, {n} epochs" for name, n in scores] if which == 0 else []
    ax.set(title=title, xlabel="% read rightly", ylim=(-0.5, 3.5), yticks=range(4), yticklabels=names)

# %% [markdown]
# Learning from moved digits more than doubles the score on moved ones. After 10 epochs it costs about six points on the
# scanned ones: there is more to learn, and it takes longer. After 40 epochs about one point is missing, while the network
# that saw the digits as they are has gained little, and nothing on the moved ones. After 100 we measured 98 % on either for
# the moved ones: now they are ahead on both. Noise or turning would be other variations, to be judged in the same way; one
# image of 360 is 0.3 points.

# %% [markdown]
# ## Where data come from
# `datasets.digits` comes with the package. `mnist`, `fashion_mnist`, `cifar10` and `tiny_shakespeare` are looked for in
# the folder that the environment variable TINYTORCH_DATA names, then in your cache, then at mirrors; each file is
# checked by its sha256, and no pickle is opened, for that could run any program. Where one cannot be had the digits
# take its place, and `source` says so: print it with every result.
#
# ## What PyTorch does differently
# - Its workers draw from generators of their own, seeded by worker (`torch/utils/data/_utils/worker.py`): the same seed
#   with another `num_workers` gives other augmentation. Its order comes from the global generator unless you give one;
#   here it depends on `seed` alone, so that a training can be resumed.
# - Batches come through shared memory, one copy less than through a pipe (`torch/multiprocessing/reductions.py`), and a
#   thread may move them to the graphics card (`pin_memory.py`).
# - Any worker takes the next answer's place in a common queue, and the loader sorts (`torch/utils/data/dataloader.py`,
#   `_MultiProcessingDataLoaderIter`).
#
# ## Questions
# 1. With two workers and `prefetch_factor=2`, a batch now and then takes ten times as long to load. Which number would you raise,
#    and what does it cost?
# 2. Flipping left and right helps with photographs of cats. Would it with digits? With which letters?
# 3. The dice depend on an example's place in the epoch, not on its number. What would go wrong with numbers in a
#    `WeightedRandomSampler`?
#
# Export the chapter with `tito export 08`. Next, `09_spatial` looks at images in two dimensions.
