"""Data sets and loaders, under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.dataloader": "Dataset TensorDataset IterableDataset ConcatDataset Subset random_split DataLoader Sampler "
        "RandomSampler SequentialSampler BatchSampler WeightedRandomSampler get_worker_info default_collate",
        "utils.data._more": "ChainDataset StackDataset SubsetRandomSampler default_convert",
    },
    submodules="datasets embedded fetch transforms",
)
