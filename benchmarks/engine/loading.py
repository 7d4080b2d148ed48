"""What module 08 is measured by: one pass through a DataLoader over 10,000 images of 28 × 28, in batches of 64."""

from collections.abc import Callable

import numpy as np

COUNT, BATCH = 10_000, 64
PIXELS = np.random.default_rng(0).integers(0, 256, (COUNT, 28, 28), np.uint8)


class Images:
    """Example i: the pixels as float32 from 0 to 1, (1, 28, 28), and its label, i % 10; for any framework's loader."""

    def __len__(self):
        return COUNT

    def __getitem__(self, i):
        return PIXELS[i : i + 1].astype(np.float32) / np.float32(255), i % 10


def mean_of(loader) -> float:
    """The mean pixel plus the mean label of all batches, whatever their order."""
    return sum(x.sum().item() / PIXELS[0].size + y.sum().item() for x, y in loader) / COUNT


def images(torch, workers: int) -> Callable:
    """All batches once, shuffled; the data set makes each example as it is asked for."""
    loader = torch.utils.data.DataLoader(Images(), batch_size=BATCH, shuffle=True, num_workers=workers)

    def run():
        return mean_of(loader)

    return run


def tensors(torch, workers: int) -> Callable:
    """The same from a TensorDataset, whose examples are tensors already."""
    floats, labels = PIXELS[:, None].astype(np.float32) / np.float32(255), np.arange(COUNT) % 10
    make = torch.from_numpy
    dataset = torch.utils.data.TensorDataset(make(floats), make(labels))
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True, num_workers=workers)

    def run():
        return mean_of(loader)

    return run


CASES = {
    "DataLoader, 10,000 images": lambda torch: images(torch, 0),
    "DataLoader, 2 workers": lambda torch: images(torch, 2),
    "DataLoader of a TensorDataset": lambda torch: tensors(torch, 0),
}
TARGETS = dict(zip(CASES, (1.0, 1.0, 0.5), strict=True))  # × PyTorch's time, by the clock
