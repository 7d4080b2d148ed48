"""Initialisers that PyTorch has besides those of module 03."""

import math

import numpy as np

from tinytorch._special import normal_cdf
from tinytorch.core.layers import fans, overwrite
from tinytorch.core.tensor import Random, Tensor


def trunc_normal_(tensor: Tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None) -> Tensor:
    """Fill a tensor with normal random numbers from [a, b] alone: the inverse of Φ, read from a table, of even ones."""
    low, high = max(a, mean - 9 * std), min(b, mean + 9 * std)
    if not low < high:
        raise ValueError(f"trunc_normal_: almost no number of mean {mean} and std {std} lies in [{a}, {b}]")
    table = np.linspace(low, high, 10_001)
    shares = normal_cdf((table - mean) / std)
    drawn = (generator or Random.generator).uniform(shares[0], shares[-1], tensor.shape)
    return overwrite(tensor, np.interp(drawn, shares, table))


def orthogonal_(tensor: Tensor, gain=1.0, generator=None) -> Tensor:
    """Fill a tensor (rows, …) with a random matrix whose rows, or columns if they are fewer, are orthogonal.

    Each of them has length `gain` (A. Saxe and others, 2013).
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: expected at least 2 axes, got shape {tensor.shape}")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    q, r = np.linalg.qr((generator or Random.generator).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # else the directions are not evenly distributed
    return overwrite(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many numbers go into, and out of, each number that a layer with this weight makes."""
    return fans(tensor.shape)
