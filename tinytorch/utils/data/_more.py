"""Data sets and samplers that PyTorch has besides those of module 08."""

import itertools

import numpy as np

from tinytorch.core.dataloader import Dataset, IterableDataset, Sampler, as_seed
from tinytorch.core.tensor import Tensor, tensor


class ChainDataset(IterableDataset):
    """The examples of several iterable data sets, one after another."""

    def __init__(self, datasets):
        self.datasets = list(datasets)

    def __iter__(self):
        return itertools.chain.from_iterable(self.datasets)


class StackDataset(Dataset):
    """Example i is made of example i of each data set: a tuple, or a dictionary if they are given by name."""

    def __init__(self, *args, **kwargs):
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset: give data sets either by position or by name")
        self.datasets = args or kwargs
        lengths = [len(d) for d in (args or kwargs.values())]
        if len(set(lengths)) != 1:
            raise ValueError(f"StackDataset: data sets of one length are needed, got lengths {lengths}")
        self.length = lengths[0]

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        if isinstance(self.datasets, dict):
            return {name: d[i] for name, d in self.datasets.items()}
        return tuple(d[i] for d in self.datasets)


class SubsetRandomSampler(Sampler):
    """The numbers in `indices`, in random order."""

    def __init__(self, indices, generator=0):
        self.indices, self.seed = list(indices), as_seed(generator)

    def __len__(self):
        return len(self.indices)

    def order(self, epoch):
        """The numbers of that epoch."""
        places = np.random.default_rng((self.seed, epoch)).permutation(len(self))
        return [self.indices[i] for i in places]


def default_convert(data):
    """The arrays and numbers in lists, tuples and dictionaries as Tensors; everything else as it is."""
    if isinstance(data, (np.ndarray, np.generic)):
        return tensor(data)
    if isinstance(data, dict):
        return {name: default_convert(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)) and not isinstance(data, Tensor):
        return type(data)(default_convert(value) for value in data)
    return data
