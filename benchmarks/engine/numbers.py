"""What cases share: the same numbers for every framework, and a training step."""

from collections.abc import Callable

import numpy as np


def numbers(*shape: int) -> np.ndarray:
    """Normal random numbers in float32, the same for every framework."""
    return np.random.default_rng(shape).standard_normal(shape, np.float32)


def tensor(torch, array: np.ndarray, requires_grad: bool = False):
    """A tensor of a framework on these numbers, in their dtype."""
    made = torch.from_numpy(array.copy()) if torch.__name__ == "torch" else torch.Tensor(array)
    return made.requires_grad_() if requires_grad else made


def training_step(model, steps, measure: Callable, data, target) -> Callable:
    """A full step: forward, loss, backward, and the optimizer's `steps`; it returns the loss."""

    def run():
        steps.zero_grad()
        loss = measure(model(data), target)
        loss.backward()
        steps.step()
        return loss

    return run
