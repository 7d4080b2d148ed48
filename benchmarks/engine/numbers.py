"""Inputs: the same numbers for every framework."""

import numpy as np


def numbers(*shape: int) -> np.ndarray:
    """Normal random numbers in float32, the same for every framework."""
    return np.random.default_rng(shape).standard_normal(shape, np.float32)


def tensor(torch, array: np.ndarray, requires_grad: bool = False):
    """A tensor of a framework on these numbers, in their dtype."""
    made = torch.from_numpy(array.copy()) if torch.__name__ == "torch" else torch.Tensor(array)
    return made.requires_grad_() if requires_grad else made
