"""What module 09 is measured by: a convolution, a LeNet, pooling and batch normalisation, forward and backward."""

from collections.abc import Callable

import numpy as np

from benchmarks.engine.numbers import numbers, tensor, training_step


def with_gradient(torch, layer, shape: tuple, result: tuple) -> Callable:
    """A layer on numbers of `shape`, forward, and backward from a given gradient in the shape `result`."""
    x, g = tensor(torch, numbers(*shape), True), tensor(torch, numbers(*result))
    layer.load_state_dict(
        {k: tensor(torch, 0.1 * numbers(*v.shape)) for k, v in layer.state_dict().items()}, strict=False
    )

    def run():
        x.grad = None
        out = layer(x)
        out.backward(g)
        return x.grad[0, 0, :2, :2].sum()

    return run


def convolution(torch) -> Callable:
    """3 × 3, 16 → 32 channels."""
    layer = torch.nn.Conv2d(16, 32, 3, padding=1)
    return with_gradient(torch, layer, (32, 16, 28, 28), (32, 32, 28, 28))


def max_pool(torch) -> Callable:
    """2 × 2."""
    return with_gradient(torch, torch.nn.MaxPool2d(2), (32, 16, 28, 28), (32, 16, 14, 14))


def lenet(torch) -> Callable:
    """A full training step of LeNet-5 on 64 images of 28 × 28: forward, loss, backward, update."""
    nn = torch.nn
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    model.load_state_dict({name: tensor(torch, 0.05 * numbers(*p.shape)) for name, p in model.state_dict().items()})
    steps = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    data, target, measure = (
        tensor(torch, numbers(64, 1, 28, 28)),
        tensor(torch, np.arange(64) % 10),
        nn.CrossEntropyLoss(),
    )
    return training_step(model, steps, measure, data, target)


CASES = {"Conv2d 3 × 3, 16 → 32": convolution, "max pooling 2 × 2": max_pool, "LeNet step, batch of 64": lenet}
TARGETS = dict(zip(CASES, (1.5, 0.5, 1.1), strict=True))  # × PyTorch, one thread
