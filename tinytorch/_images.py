"""Images as arrays: margins around them, some at a time, and many side by side in one."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

COLUMNS = 2**18  # numbers in columns, a megabyte in float32
NARROW, SEVERAL = 16, 8  # places in a row; images


def inner(lengths: Sequence[int], widths: Sequence[tuple[int, int]]) -> tuple[tuple, tuple]:
    """Two indices: where an image stands in one with (before, after) more along each axis, and what of it is kept."""
    pairs = list(zip(lengths, widths, strict=True))
    inside = [slice(max(before, 0), n + before + min(after, 0)) for n, (before, after) in pairs]
    kept = [slice(max(-before, 0), n + min(after, 0)) for n, (before, after) in pairs]
    return (..., *inside), (..., *kept)


def padded(a: np.ndarray, widths: Sequence[tuple[int, int]], value=0) -> np.ndarray:
    """`a` with (before, after) more along each of its last axes, filled with `value`; negative: cut off."""
    if not any(map(any, widths)):
        return a
    lengths = a.shape[a.ndim - len(widths) :]
    outer = [n + sum(pads) for n, pads in zip(lengths, widths, strict=True)]
    out = np.full((*a.shape[: a.ndim - len(widths)], *outer), value, a.dtype)
    inside, kept = inner(lengths, widths)
    out[inside] = a[kept]
    return out


def opposite(widths: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The widths that cut off what `widths` add."""
    return tuple((-before, -after) for before, after in widths)


def lowest(a: np.ndarray):
    """What is never larger than a number of the array's dtype."""
    return -np.inf if a.dtype.kind == "f" else np.iinfo(a.dtype).min


def together(x: np.ndarray, kernel: Sequence[int], places: Sequence[int]) -> int:
    """How many of the images x (N, C, H, W) to work on at a time: as many as have a megabyte of columns; or 1."""
    return max(1, min(len(x), COLUMNS // max(1, x.shape[1] * math.prod((*kernel, *places)))))


def is_narrow(g: np.ndarray, stride: Sequence[int]) -> bool:
    """Whether g (N, O, oh, ow), made with this stride, has rows so short that images are better laid abreast."""
    return len(g) >= SEVERAL and g.shape[3] < NARROW and stride[1] == 1


def abreast(
    *arrays: np.ndarray, taps: int, padding: Sequence[tuple[int, int]], dilation: Sequence[int]
) -> Iterator[tuple[int, list[np.ndarray], dict]]:
    """Some images after others of arrays (N, C, H, W), n of them in one, (1, C, H, W * n): n, the arrays, the options.

    Pixels of the same place stand side by side, one of each image, so that a short row becomes a long one. To the
    right, the next pixel of the same image is n further on: what padding and dilation are then is in the options. The
    first array has the shape of the convolution's result, of which each number is made of as many as `taps`.
    """
    at_once = max(1, 4 * COLUMNS // max(1, taps * math.prod(arrays[0].shape[2:])))
    for start in range(0, len(arrays[0]), at_once):
        parts = [a[start : start + at_once].transpose(1, 2, 3, 0) for a in arrays]
        n, (above, beside) = parts[0].shape[3], padding
        options = {"padding": (above, tuple(n * p for p in beside)), "dilation": (dilation[0], n * dilation[1])}
        yield n, [p.reshape(1, *p.shape[:2], -1) for p in parts], options


def one_by_one(wide: np.ndarray, n: int) -> np.ndarray:
    """The n images (n, C, H, W) that stand abreast in one, (1, C, H, W * n)."""
    return wide.reshape(*wide.shape[1:3], -1, n).transpose(3, 0, 1, 2)
