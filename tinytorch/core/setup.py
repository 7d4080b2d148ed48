"""Once round the whole loop: fill in, test, export, import, submit."""

# Exported from modules/source/00_setup/setup_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['dot', 'memory_gb', 'machine']

# %% setup-imports
import os
import platform
import sys

import numpy as np

# %% setup-dot
def dot(xs, ys):
    """The sum of the products of `xs` and `ys`, pair by pair; sequences of the same length.

    >>> dot([1, 2, 3], [4, 5, 6])
    32
    """
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x, y in zip(xs, ys, strict=True))

# %% setup-memory
def memory_gb():
    """The machine's memory in GB, rounded to one digit; None where the system does not say."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return round(size / 2**30, 1)

# %% setup-machine
def machine():
    """What this machine is: a dictionary with the keys python, numpy, system, cores and memory_gb.

    python and numpy are versions as text; system is Linux, Darwin (macOS) or Windows; cores is a whole number.
    Each call gives a new dictionary.

    >>> sorted(machine())
    ['cores', 'memory_gb', 'numpy', 'python', 'system']
    """
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }
