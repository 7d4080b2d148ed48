"""Solutions of 08_dataloader that a student might write: wrong ones (:) and other right ones (+)."""

# %% dataloader-tensor-dataset: a list
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
        return [t[i] for t in self.tensors]

# %% dataloader-tensor-dataset: the tensor number i
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
        return self.tensors[i]

# %% dataloader-tensor-dataset: the first only
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
        return self.tensors[0][i]

# %% dataloader-tensor-dataset: two only
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
        return self.tensors[0][i], self.tensors[-1][i]

# %% dataloader-tensor-dataset: slices with an axis
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
        return tuple(t[i : i + 1] for t in self.tensors)

# %% dataloader-tensor-dataset: one tensor bare
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
        found = tuple(t[i] for t in self.tensors)
        return found[0] if len(found) == 1 else found

# %% dataloader-tensor-dataset: wraps around
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
        return tuple(t[i % len(t)] for t in self.tensors)

# %% dataloader-tensor-dataset: a generator
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
        return (t[i] for t in self.tensors)

# %% dataloader-tensor-dataset: columns
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
        return tuple(t[..., i] for t in self.tensors)

# %% dataloader-tensor-dataset: the last row always
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
        return tuple(t[-1] for t in self.tensors)

# %% dataloader-tensor-dataset: nothing
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
        return None

# %% dataloader-tensor-dataset + a loop
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
        rows = []
        for t in self.tensors:
            rows.append(t[i])
        return tuple(rows)

# %% dataloader-tensor-dataset + map
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
        return tuple(map(lambda t: t[i], self.tensors))

# %% dataloader-random-split: nothing is shuffled
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    ends = np.cumsum(lengths)
    return [Subset(dataset, list(range(end - n, end))) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: cut at the end too
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset))
    return [Subset(dataset, p.tolist()) for p in np.split(order, np.cumsum(lengths))]

# %% dataloader-random-split: lengths as cuts
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset))
    return [Subset(dataset, p.tolist()) for p in np.split(order, lengths[:-1])]

# %% dataloader-random-split: drawn for each part
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    dice = np.random.default_rng(generator)
    return [Subset(dataset, dice.choice(len(dataset), n, replace=False).tolist()) for n in lengths]

# %% dataloader-random-split: seed ignored
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(0).permutation(len(dataset)).tolist()
    ends = np.cumsum(lengths)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: no seed
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng().permutation(len(dataset)).tolist()
    ends = np.cumsum(lengths)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: sorted parts
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    ends = np.cumsum(lengths)
    return [Subset(dataset, sorted(order[end - n : end])) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: with replacement
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).integers(0, len(dataset), len(dataset)).tolist()
    ends = np.cumsum(lengths)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: all in the first
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    return [Subset(dataset, order[:n]) for n in lengths]

# %% dataloader-random-split: shuffled inside the parts only
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    dice, ends = np.random.default_rng(generator), np.cumsum(lengths)
    return [Subset(dataset, dice.permutation(np.arange(end - n, end)).tolist()) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: the last one missing
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset) - 1).tolist()
    ends = np.cumsum(lengths)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(lengths, ends)]

# %% dataloader-random-split: rotated
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    n = len(dataset)
    first = np.random.default_rng(generator).integers(n)
    order = [int(i + first) % n for i in range(n)]
    ends = np.cumsum(lengths)
    return [Subset(dataset, order[end - k : end]) for k, end in zip(lengths, ends)]

# %% dataloader-random-split + np.split
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset))
    return [Subset(dataset, p.tolist()) for p in np.split(order, np.cumsum(lengths)[:-1])]

# %% dataloader-random-split + shuffle and pop
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.arange(len(dataset))
    np.random.default_rng(generator).shuffle(order)
    left = iter(order.tolist())
    return [Subset(dataset, [next(left) for _ in range(n)]) for n in lengths]

# %% dataloader-batch-sampler: drop_last ignored
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
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            yield batch

# %% dataloader-batch-sampler: the rest always dropped
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
        batch = []
        for n in self.sampler:
            batch.append(n)
            if len(batch) == self.batch_size:
                yield batch
                batch = []

# %% dataloader-batch-sampler: an empty list at the end
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
        batch = []
        for n in self.sampler:
            batch.append(n)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if not self.drop_last:
            yield batch

# %% dataloader-batch-sampler: drop_last the wrong way
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
        numbers = iter(self.sampler)
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or self.drop_last:
                yield batch

# %% dataloader-batch-sampler: everything taken first
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
        numbers = list(itertools.islice(self.sampler, 10**5))
        for i in range(0, len(numbers), self.batch_size):
            batch = numbers[i : i + self.batch_size]
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-batch-sampler: the same list emptied
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
        batch = []
        for n in self.sampler:
            batch.append(n)
            if len(batch) == self.batch_size:
                yield batch
                batch.clear()
        if batch and not self.drop_last:
            yield batch

# %% dataloader-batch-sampler: tuples
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
        numbers = iter(self.sampler)
        while batch := tuple(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-batch-sampler: one number too many
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
        batch = []
        for n in self.sampler:
            batch.append(n)
            if len(batch) > self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

# %% dataloader-batch-sampler: the number that fills it is lost
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
        batch = []
        for n in self.sampler:
            if len(batch) == self.batch_size:
                yield batch
                batch = []
            else:
                batch.append(n)
        if batch and not self.drop_last:
            yield batch

# %% dataloader-batch-sampler: stops at zero
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
        numbers = iter(self.sampler)
        while any(batch := list(itertools.islice(numbers, self.batch_size))):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-batch-sampler: a list of lists is returned from len
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
        numbers = iter(self.sampler)
        for _ in range(10):
            yield list(itertools.islice(numbers, self.batch_size))

# %% dataloader-batch-sampler + a list that is filled
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
        batch = []
        for n in self.sampler:
            batch.append(n)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

# %% dataloader-batch-sampler + batched by zip
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
        numbers = iter(self.sampler)
        while True:
            batch = [n for _, n in zip(range(self.batch_size), numbers)]
            if not batch or self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

# %% dataloader-collate: tuples become lists
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return [default_collate(list(part)) for part in zip(*examples, strict=True)]
    return list(examples)

# %% dataloader-collate: always tuples
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return tuple(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: no dicts
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: no numbers
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: NumPy's numbers stay a list
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: stacked along the end
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples, -1))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: joined, not stacked
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.concatenate(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: Tensors stacked along the end
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples, -1)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: numbers as floats
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor([float(e) for e in examples])
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: the first level only
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(list(part) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: arrays stay arrays in a list
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: the first example only
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return first
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: examples in reverse
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples[::-1])
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate: tensors of everything
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    return tuple(tensor(list(part)) for part in zip(*examples))

# %% dataloader-collate: dicts of the last example
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([examples[-1][key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate + stack for both
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor | np.ndarray):
        return stack([e if isinstance(e, Tensor) else tensor(e) for e in examples])
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-collate + by position
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in ([e[i] for e in examples] for i in range(len(first))))
    return list(examples)

# %% dataloader-shift: np.roll
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    return np.roll(image, (down, right), (-2, -1))

# %% dataloader-shift: axes swapped
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    rows, columns = right, down
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i - rows < h and 0 <= j - columns < w:
                moved[..., i, j] = image[..., i - rows, j - columns]
    return moved

# %% dataloader-shift: the other way
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i + down < h and 0 <= j + right < w:
                moved[..., i, j] = image[..., i + down, j + right]
    return moved

# %% dataloader-shift: wraps at the sides
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if i - down < h and j - right < w:
                moved[..., i, j] = image[..., (i - down) % h, (j - right) % w]
    return moved

# %% dataloader-shift: down and right only
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    d, r = max(down, 0), max(right, 0)
    moved[..., min(d, h) :, min(r, w) :] = image[..., : max(h - d, 0), : max(w - r, 0)]
    return moved

# %% dataloader-shift: the image itself
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    return image

# %% dataloader-shift: in place
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    h, w = image.shape[-2:]
    moved = np.zeros_like(image)
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[..., i, j] = image[..., i - down, j - right]
    image[...] = moved
    return image

# %% dataloader-shift: edges repeated
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    h, w = image.shape[-2:]
    rows = np.clip(np.arange(h) - down, 0, h - 1)
    columns = np.clip(np.arange(w) - right, 0, w - 1)
    return image[..., rows[:, None], columns]

# %% dataloader-shift: the first two axes
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[:2]
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[i, j] = image[i - down, j - right]
    return moved

# %% dataloader-shift: floats
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros(image.shape)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[..., i, j] = image[..., i - down, j - right]
    return moved

# %% dataloader-shift: uninitialised
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.full_like(image, 7)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[..., i, j] = image[..., i - down, j - right]
    return moved

# %% dataloader-shift: fails when everything is gone
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    moved[..., max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)] = image[..., max(-down, 0) : h - max(down, 0), max(-right, 0) : w - max(right, 0)]
    return moved

# %% dataloader-shift: a view when nothing moves
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    if down == right == 0:
        return image
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[..., i, j] = image[..., i - down, j - right]
    return moved

# %% dataloader-shift + padding and cutting
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    h, w = image.shape[-2:]
    n = max(h, w)
    d, r = (min(max(x, -n), n) for x in (down, right))
    padded = np.pad(image, [(0, 0)] * (image.ndim - 2) + [(n, n)] * 2)
    return padded[..., n - d : n - d + h, n - r : n - r + w].copy()

# %% dataloader-shift + a loop
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved = np.zeros_like(image)
    h, w = image.shape[-2:]
    for i in range(h):
        for j in range(w):
            if 0 <= i - down < h and 0 <= j - right < w:
                moved[..., i, j] = image[..., i - down, j - right]
    return moved

# %% dataloader-turned-places: with the clock
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = -np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2, np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: degrees as radians
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = degrees
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2, np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: centre at n / 2
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - height / 2, np.arange(width) - width / 2
    return np.cos(angle) * r + np.sin(angle) * c + height / 2, np.cos(angle) * c - np.sin(angle) * r + width / 2

# %% dataloader-turned-places: whole centre
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height // 2), np.arange(width) - (width // 2)
    return np.cos(angle) * r + np.sin(angle) * c + (height // 2), np.cos(angle) * c - np.sin(angle) * r + (width // 2)

# %% dataloader-turned-places: centre not added
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c, np.cos(angle) * c - np.sin(angle) * r

# %% dataloader-turned-places: around the corner
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None], np.arange(width)
    return np.cos(angle) * r + np.sin(angle) * c, np.cos(angle) * c - np.sin(angle) * r

# %% dataloader-turned-places: both signs plus
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2, np.cos(angle) * c + np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: height for both centres
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (height - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2, np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: columns first
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2, np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2

# %% dataloader-turned-places: rounded
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    return np.round(np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2), np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: transposed
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height) - (height - 1) / 2, np.arange(width)[:, None] - (width - 1) / 2
    return np.cos(angle) * r + np.sin(angle) * c + (height - 1) / 2, np.cos(angle) * c - np.sin(angle) * r + (width - 1) / 2

# %% dataloader-turned-places: no turn
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    return np.arange(height)[:, None] + np.zeros(width), np.zeros((height, 1)) + np.arange(width)

# %% dataloader-turned-places + as a matrix
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    angle = np.radians(degrees)
    r, c = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    flat = turn @ np.stack([(r + 0 * c).ravel(), (c + 0 * r).ravel()])
    return flat[0].reshape(height, width) + (height - 1) / 2, flat[1].reshape(height, width) + (width - 1) / 2

# %% dataloader-turned-places + meshgrid
#| export
def turned_places(height, width, degrees):
    """For each pixel of an image turned against the clock by `degrees`: the row and the column that it comes from.

    Both are arrays (height, width) of floats.
    """
    a = math.radians(degrees)
    r, c = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing='ij')
    return math.cos(a) * r + math.sin(a) * c + (height - 1) / 2, math.cos(a) * c - math.sin(a) * r + (width - 1) / 2

# %% dataloader-example-generator: the sum
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng(seed + epoch + place)

# %% dataloader-example-generator: place as it is
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((seed, epoch, place))

# %% dataloader-example-generator: without the epoch
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((seed, place + 1))

# %% dataloader-example-generator: without the seed
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((epoch, place + 1))

# %% dataloader-example-generator: without the place
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((seed, epoch))

# %% dataloader-example-generator: no seed at all
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng()

# %% dataloader-example-generator: the product
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng(seed * epoch * (place + 1))

# %% dataloader-example-generator: seed and epoch added
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((seed + epoch, place + 1))

# %% dataloader-example-generator: digits in a row
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng(int(f'{seed}{epoch}{place}'))

# %% dataloader-example-generator: epoch and place added
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((seed, epoch + place + 1))

# %% dataloader-example-generator: one generator for all
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return Random.generator

# %% dataloader-example-generator: the global one seeded
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.seed(seed * 10000 + epoch * 100 + place) or np.random

# %% dataloader-example-generator + place first
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.default_rng((place + 1, epoch + 1, seed + 1))

# %% dataloader-example-generator + a seed sequence
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the same numbers as another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=(seed, epoch), spawn_key=(place + 7,))))

# %% dataloader-prefetch: one after another
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    for number, task in enumerate(tasks):
        send(number, task)
        yield receive(number)

# %% dataloader-prefetch: all at once
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks = list(tasks)
    for number, task in enumerate(tasks):
        send(number, task)
    for number in range(len(tasks)):
        yield receive(number)

# %% dataloader-prefetch: the rest never received
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    waiting = 0
    for number, task in enumerate(tasks):
        send(number, task)
        if number >= ahead - 1:
            yield receive(number - ahead + 1)

# %% dataloader-prefetch: sends after the yield
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    while received < sent:
        yield receive(received)
        received += 1
        for task in itertools.islice(tasks, 1):
            send(sent, task)
            sent += 1

# %% dataloader-prefetch: one too many
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    while received < sent:
        for task in itertools.islice(tasks, 1):
            send(sent, task)
            sent += 1
        result = receive(received)
        received += 1
        yield result

# %% dataloader-prefetch: the newest first
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    while received < sent:
        result = receive(sent - 1 - received)
        received += 1
        for task in itertools.islice(tasks, 1):
            send(sent, task)
            sent += 1
        yield result

# %% dataloader-prefetch: the tasks come back
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    for task in tasks:
        yield task

# %% dataloader-prefetch: numbers from one
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 1, 1
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

# %% dataloader-prefetch: stops when the tasks end
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent, received = iter(tasks), 0, 0
    for task in itertools.islice(tasks, ahead):
        send(sent, task)
        sent += 1
    for task in tasks:
        result = receive(received)
        received += 1
        send(sent, task)
        sent += 1
        yield result

# %% dataloader-prefetch: in blocks
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent = iter(tasks), 0
    while block := list(itertools.islice(tasks, ahead)):
        for i, task in enumerate(block):
            send(sent + i, task)
        for i in range(len(block)):
            yield receive(sent + i)
        sent += len(block)

# %% dataloader-prefetch: a list of tasks first
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks = list(tasks)
    for number in range(min(ahead, len(tasks))):
        send(number, tasks[number])
    for number in range(len(tasks)):
        result = receive(number)
        if number + ahead < len(tasks):
            send(number + ahead, tasks[number + ahead])
        yield result

# %% dataloader-prefetch: never yields
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks = iter(tasks)
    for number, task in enumerate(itertools.islice(tasks, ahead)):
        send(number, task)
    return []

# %% dataloader-prefetch + a queue of numbers
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    numbered, waiting = enumerate(tasks), []
    for number, task in itertools.islice(numbered, ahead):
        send(number, task)
        waiting.append(number)
    while waiting:
        result = receive(waiting.pop(0))
        following = next(numbered, None)
        if following is not None:
            send(*following)
            waiting.append(following[0])
        yield result

# %% dataloader-prefetch + the end by StopIteration
#| export
def prefetch(tasks, send, receive, ahead):
    """Yield the results of the tasks in order, while at most `ahead` of them are under way.

    send(number, task) gives a task away, receive(number) waits for its result; numbers count from 0. Tasks are taken
    from the iterable only when they can be sent.
    """
    tasks, sent = iter(tasks), 0

    def more():
        nonlocal sent
        try:
            task = next(tasks)
        except StopIteration:
            return
        send(sent, task)
        sent += 1

    for _ in range(ahead):
        more()
    for number in itertools.count():
        if number == sent:
            return
        result = receive(number)
        more()
        yield result

# %% dataloader-tensor-dataset! arrays in place of Tensors
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
        return tuple(t.data[i] for t in self.tensors)

# %% dataloader-tensor-dataset! return forgotten
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
        tuple(t[i] for t in self.tensors)

# %% dataloader-random-split! all examples read at once
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    ends = list(itertools.accumulate(lengths))
    return [[dataset[i] for i in order[end - n : end]] for n, end in zip(lengths, ends, strict=True)]

# %% dataloader-random-split! numbers in place of parts
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    return np.split(np.random.default_rng(generator).permutation(len(dataset)), np.cumsum(lengths)[:-1])

# %% dataloader-random-split! Subsets of lists that were read at once
#| export
def random_split(dataset, lengths, generator=0):
    """Parts of a data set, a list of Subsets; every example is in exactly one, chosen at random.

    lengths: how many examples each part has, or which fraction. generator: a seed, or a NumPy generator.
    """
    lengths = whole_lengths(len(dataset), lengths)
    order = np.random.default_rng(generator).permutation(len(dataset)).tolist()
    ends = list(itertools.accumulate(lengths))
    return [Subset([dataset[i] for i in order[end - n : end]], range(n)) for n, end in zip(lengths, ends, strict=True)]

# %% dataloader-batch-sampler! the sampler is begun again for each batch
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
        while batch := list(itertools.islice(self.sampler, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-batch-sampler! all numbers in a list first
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
        numbers = list(self.sampler)
        for start in range(0, len(numbers), self.batch_size):
            batch = numbers[start : start + self.batch_size]
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

# %% dataloader-batch-sampler! all batches in a list first
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
        batches, batch = [], []
        for n in self.sampler:
            batch.append(n)
            if len(batch) == self.batch_size:
                batches.append(batch)
                batch = []
        if batch and not self.drop_last:
            batches.append(batch)
        return iter(batches)

# %% dataloader-collate! parts that are missing are left away
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.generic):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples))
    return list(examples)

# %% dataloader-collate! NumPy's truth values stay a list
#| export
def default_collate(examples):
    """One batch of a list of examples, in the form of each example.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (tensor([1., 2.]), ['a', 'b'])
    """
    first = examples[0]
    if isinstance(first, Tensor):
        return stack(examples)
    if isinstance(first, np.ndarray):
        return tensor(np.stack(examples))
    if isinstance(first, bool | int | float | np.number):
        return tensor(examples)
    if isinstance(first, dict):
        return {key: default_collate([example[key] for example in examples]) for key in first}
    if isinstance(first, tuple | list):
        return type(first)(default_collate(list(part)) for part in zip(*examples, strict=True))
    return list(examples)

# %% dataloader-shift! floats for integer images
#| export
def shift(image, down, right):
    """The image (…, height, width) moved by whole pixels, zeros where nothing was; negative: up, left.

    >>> shift(np.array([[1, 2], [3, 4]]), down=1, right=0)
    array([[0, 0],
           [1, 2]])
    """
    moved, (height, width) = np.zeros(image.shape), image.shape[-2:]
    rows, columns = (slice(max(by, 0), max(n + by, 0)) for by, n in ((down, height), (right, width)))
    from_rows, from_columns = (slice(max(-by, 0), max(n - by, 0)) for by, n in ((down, height), (right, width)))
    moved[..., rows, columns] = image[..., from_rows, from_columns]
    return moved

# %% dataloader-example-generator + another word at the end
#| export
def example_generator(seed, epoch, place):
    """The NumPy generator of the example in that place of that epoch; none draws the numbers of another, or of an order."""
    return np.random.default_rng((seed, epoch, place, 1))
