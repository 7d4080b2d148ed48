"""From PyTorch's samples to ours, and the comparison of what comes out."""

import numpy as np
import torch

from tinytorch.core.tensor import Tensor, wrap
from tinytorch.testing import assert_close

DTYPES = {
    getattr(torch, name): np.dtype(name.replace("bool", "bool_"))
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
}
DROPPED = {"device", "layout", "pin_memory"}  # there is one device here, and one way to lay out memory
TOLERANCE = {np.dtype(np.float64): (1e-7, 1e-9), np.dtype(np.float32): (1e-5, 1e-5), np.dtype(np.float16): (1e-3, 1e-3)}


class NotOurs(Exception):
    """A sample about something that tinytorch does not have at all: complex numbers, devices, PyTorch's own layers."""


class Converter:
    """Turns values of one sample into ours; the same torch tensor becomes the same Tensor."""

    def __init__(self):
        self.made = {}  # id of a torch tensor: (it, ours)

    def __call__(self, value):
        """Our counterpart of `value`."""
        if isinstance(value, torch.Tensor):
            if id(value) not in self.made:
                self.made[id(value)] = (value, tensor(value))
            return self.made[id(value)][1]
        if isinstance(value, torch.dtype):
            return dtype(value)
        if isinstance(value, (torch.device, torch.memory_format, torch.layout, torch.nn.Module, complex)):
            raise NotOurs(f"{type(value).__name__} {value}")
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, slice):
            return slice(*map(self, (value.start, value.stop, value.step)))
        if isinstance(value, (list, tuple)):
            return type(value)(map(self, value))
        if isinstance(value, dict):
            return {k: self(v) for k, v in value.items() if k not in DROPPED}
        return value

    def leaves(self):
        """The pairs (torch tensor, Tensor) that require a gradient, in the order of the sample."""
        return [(theirs, mine) for theirs, mine in self.made.values() if theirs.requires_grad]

    def changed(self):
        """Whether any of our tensors no longer holds what PyTorch's does, which may have been written into as well."""
        pairs = ((theirs.detach().numpy(), mine.data) for theirs, mine in self.made.values())
        return any(a.shape != b.shape or not np.allclose(a, b, 1e-5, 1e-7, equal_nan=True) for a, b in pairs)


def dtype(value):
    """NumPy's dtype for PyTorch's."""
    if value not in DTYPES:
        raise NotOurs(f"dtype {value}")
    return DTYPES[value]


def tensor(value):
    """A Tensor with the numbers, dtype, axes' order in memory and `requires_grad` of a torch tensor."""
    if value.layout != torch.strided or value.device.type != "cpu":
        raise NotOurs(f"{value.layout} on {value.device}")
    dtype(value.dtype)
    if value.ndim > 64:
        raise NotOurs("NumPy's arrays have at most 64 axes")
    mine = wrap(np.array(value.detach().numpy()))
    mine.requires_grad = value.requires_grad
    return mine


def array(theirs):
    """The numbers of a torch tensor."""
    theirs = theirs.detach()
    return (torch.zeros(theirs.shape, dtype=theirs.dtype) if theirs._is_zerotensor() else theirs).numpy()


def flat(result):
    """The tensors and numbers of a result, those in tuples and lists one after another."""
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [result]


def compare(mine, theirs, values=True, loose=1.0):
    """Raise AssertionError unless our result is PyTorch's, in structure, shape, dtype and (if `values`) numbers."""
    if isinstance(theirs, (tuple, list)):
        if not isinstance(mine, (tuple, list)) or len(mine) != len(theirs):
            raise AssertionError(f"expected {len(theirs)} results, got {_kind(mine)}")
        for a, b in zip(mine, theirs, strict=True):
            compare(a, b, values, loose)
        return
    if not isinstance(theirs, torch.Tensor):
        if type(mine) is not type(theirs) or not (mine == theirs or mine != mine and theirs != theirs):
            raise AssertionError(f"expected {theirs!r}, got {mine!r}")
        return
    if not isinstance(mine, Tensor):
        raise AssertionError(f"expected a Tensor, got {_kind(mine)}")
    expected = array(theirs)
    if mine.dtype != expected.dtype:
        raise AssertionError(f"expected {expected.dtype}, got {mine.dtype}")
    close(mine.data, expected if values else mine.data.reshape(mine.shape), expected.shape, loose)


def close(mine, expected, shape, loose=1.0):
    """Raise AssertionError unless the array `mine` has this shape and the numbers `expected`."""
    if mine.shape != tuple(shape):
        raise AssertionError(f"expected shape {tuple(shape)}, got {mine.shape}")
    rtol, atol = TOLERANCE.get(expected.dtype, (0.0, 0.0))
    assert_close(mine, expected, rtol=rtol * loose, atol=atol * loose)


def _kind(value):
    count = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
    return f"{type(value).__name__}{count}"
