"""Layers of images that PyTorch has besides those of module 09: windows taken apart and put together, over its im2col.

`unfold` is im2col with PyTorch's arguments, and `fold` its adjoint: each is the other's gradient.
"""

import math

import numpy as np

from tinytorch.core.autograd import rule
from tinytorch.core.layers import Module, Parameter, fans, kaiming_uniform_, uniform_
from tinytorch.core.spatial import (
    added_up,
    avg_pool2d,
    convolve_input,
    fitting,
    max_pool2d,
    opposite,
    pad,
    padded,
    pair,
    standardize,
    windows,
)
from tinytorch.core.tensor import Tensor, ones, op, transpose, zeros


@op
def im2col(x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The windows of x (N, C, H, W) as columns (N, C * kh * kw, places)."""
    seen = windows(padded(x, padding), kernel, stride, dilation)
    return seen.reshape(len(x), x.shape[1] * math.prod(kernel), math.prod(seen.shape[4:]))


@op
def col2im(columns, size, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """Columns (N, C * kh * kw, places) added up to where im2col reads them in images (N, C, *size)."""
    wide = [n + sum(pads) for n, pads in zip(size, padding, strict=True)]
    places = fitting(wide, kernel, stride, dilation)
    cut = columns.reshape(len(columns), columns.shape[1] // math.prod(kernel), *kernel, *places)
    return padded(added_up(cut, wide, stride, dilation), opposite(padding))


rule(im2col)(lambda g, out, x, kernel, **options: col2im(g, size=x.shape[2:], kernel=kernel, **options))
rule(col2im)(lambda g, out, columns, size, kernel, **options: im2col(g, kernel=kernel, **options))


def window_options(name: str, kernel_size, dilation, padding, stride) -> dict:
    """The options of im2col from PyTorch's; an error that says which are not possible."""
    kernel, dilation, padding, stride = map(pair, (kernel_size, dilation, padding, stride))
    for what, values, least in (
        ("kernel_size", kernel, 1),
        ("dilation", dilation, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
    ):
        if len(values) != 2 or min(values) < least:
            raise RuntimeError(f"{name}: {what} must be one or two numbers, at least {least}, got {values}")
    return {"kernel": kernel, "stride": stride, "padding": tuple((p, p) for p in padding), "dilation": dilation}


def _places(name: str, size: tuple, options: dict) -> int:
    wide = [n + sum(pads) for n, pads in zip(size, options["padding"], strict=True)]
    found = fitting(wide, options["kernel"], options["stride"], options["dilation"])
    if min(found) < 1:
        spread = f"the kernel {options['kernel']}, with dilation {options['dilation']},"
        raise RuntimeError(f"{name}: {spread} does not fit into the padded image {tuple(wide)}")
    return math.prod(found)


def unfold(input: Tensor, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """The windows of input (N, C, H, W), or (C, H, W), as columns: (N, C * kh * kw, places), or without N."""
    options = window_options("unfold", kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(f"unfold: expected images (N, C, H, W) or (C, H, W) that are not empty, got {input.shape}")
    _places("unfold", input.shape[-2:], options)
    return im2col(input, **options) if input.ndim == 4 else im2col(input[None], **options)[0]


def fold(input: Tensor, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """Columns (N, C * kh * kw, places), or without N, added up to images (N, C, *output_size): what unfold took apart.

    Where windows overlap, the numbers are added.
    """
    options, size = window_options("fold", kernel_size, dilation, padding, stride), pair(output_size)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            f"fold: expected columns (N, C * kh * kw, places) or without N, not empty, got {input.shape}"
        )
    rows, places = math.prod(options["kernel"]), _places("fold", size, options)
    if input.shape[-2] % rows or input.shape[-1] != places:
        wanted = f"a multiple of {rows} rows and {places} columns, one for each place of the kernel in {size}"
        raise RuntimeError(f"fold: expected {wanted}, got {input.shape}")
    options["size"] = size
    return col2im(input, **options) if input.ndim == 3 else col2im(input[None], **options)[0]


class Unfold(Module):
    """`unfold` as a layer."""

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input):
        """The windows of input as columns."""
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self):
        """The settings."""
        names = "kernel_size", "dilation", "padding", "stride"
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class Fold(Module):
    """`fold` as a layer."""

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input):
        """The images that the columns of input add up to."""
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self):
        """The settings."""
        names = "output_size", "kernel_size", "dilation", "padding", "stride"
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1) -> Tensor:
    """The gradient of a convolution as an operation: input (N, C, H, W), or (C, H, W), weight (C, O / groups, kh, kw).

    Each number of the input lays the kernel, times itself, into the result (N, O, …), every `stride` pixels.
    """
    if input.ndim == 3:
        return conv_transpose2d(input[None], weight, bias, stride, padding, output_padding, groups, dilation)[0]
    if input.ndim != 4 or weight.ndim != 4 or input.shape[1] != weight.shape[0] or input.shape[1] % groups:
        wanted = f"an input (N, C, H, W) and a weight (C, O / {groups}, kh, kw)"
        raise RuntimeError(f"conv_transpose2d: expected {wanted}, got {input.shape} and {weight.shape}")
    stride, padding, more, dilation = map(pair, (stride, padding, output_padding, dilation))
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise RuntimeError(
            f"conv_transpose2d: output_padding {more} must be less than stride {stride} or dilation {dilation}"
        )
    sides = zip(input.shape[2:], weight.shape[2:], stride, padding, more, dilation, strict=True)
    size = tuple((n - 1) * s - 2 * p + d * (k - 1) + m + 1 for n, k, s, p, m, d in sides)
    widths = tuple((p, p - m) for p, m in zip(padding, more, strict=True))
    out = convolve_input(input, weight, size=size, stride=stride, padding=widths, dilation=dilation, groups=groups)
    return out + bias.reshape(-1, 1, 1) if bias is not None else out


class ConvTranspose2d(Module):
    """Images (N, in_channels, H, W) made larger; `weight` (in_channels, out_channels / groups, kh, kw) and `bias`."""

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
    ):
        super().__init__()
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"ConvTranspose2d: {in_channels} and {out_channels} channels cannot be cut into {groups} groups"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.padding = pair(kernel_size), pair(stride), pair(padding)
        self.output_padding, self.dilation = pair(output_padding), pair(dilation)
        self.weight = kaiming_uniform_(
            Parameter(zeros(in_channels, out_channels // groups, *self.kernel_size)), a=math.sqrt(5)
        )
        bound = 1 / math.sqrt(fans(self.weight.shape)[0])
        self.register_parameter("bias", uniform_(Parameter(zeros(out_channels)), -bound, bound) if bias else None)

    def forward(self, input):
        """The larger images."""
        settings = self.stride, self.padding, self.output_padding, self.groups, self.dilation
        return conv_transpose2d(input, self.weight, self.bias, *settings)

    def extra_repr(self):
        """The settings."""
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"


def group_norm(input: Tensor, num_groups: int, weight=None, bias=None, eps: float = 1e-5) -> Tensor:
    """input (N, C, …) with mean 0 and variance 1 over each group of channels, times weight (C,), plus bias (C,)."""
    if input.ndim < 2 or input.shape[1] % num_groups:
        raise RuntimeError(f"group_norm: the channels of {input.shape} cannot be cut into {num_groups} groups")
    groups = input.reshape(len(input), num_groups, input.numel() // max(len(input) * num_groups, 1))
    out = standardize(groups, dim=(2,), eps=eps).reshape(input.shape)
    weight, bias = (p if p is None else p.reshape((-1,) + (1,) * (input.ndim - 2)) for p in (weight, bias))
    out = out if weight is None else out * weight
    return out + bias if bias is not None else out


class GroupNorm(Module):
    """Normalises each group of channels of each example, then scales and shifts channels (Y. Wu and K. He, 2018)."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, *, bias=True):
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_channels} channels cannot be cut into {num_groups} groups")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.register_parameter("weight", Parameter(ones(num_channels)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels)) if affine and bias else None)

    def forward(self, input):
        """input, normalised."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        """The settings."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def _row(n, default: int = 0) -> tuple:
    """A setting of one axis as that of an image of one row."""
    return (default, *pair(n, 1))


def max_pool1d(input: Tensor, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number of each window of input (N, C, L) or (C, L)."""
    stride = kernel_size if stride is None or stride == () else stride
    settings = _row(kernel_size, 1), _row(stride, 1), _row(padding), _row(dilation, 1)
    found = max_pool2d(input.unsqueeze(-2), *settings, ceil_mode, return_indices)
    return tuple(t.squeeze(-2) for t in found) if return_indices else found.squeeze(-2)


def avg_pool1d(input: Tensor, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True) -> Tensor:
    """The mean of each window of input (N, C, L) or (C, L)."""
    stride = kernel_size if stride is None or stride == () else stride
    settings = _row(kernel_size, 1), _row(stride, 1), _row(padding)
    return avg_pool2d(input.unsqueeze(-2), *settings, ceil_mode, count_include_pad).squeeze(-2)


class MaxPool1d(Module):
    """Keeps the largest number of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, input):
        """The largest numbers."""
        return max_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class AvgPool1d(Module):
    """Keeps the mean of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, input):
        """The means."""
        return avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


def _hat(d: np.ndarray) -> np.ndarray:
    return 1 - np.abs(d)


def _cubic(d: np.ndarray, a: float = -0.75) -> np.ndarray:
    d = np.abs(d)
    return np.where(d <= 1, ((a + 2) * d - (a + 3)) * d * d + 1, (((d - 5) * d + 8) * d - 4) * a)


MODES = {  # how many axes, how far a pixel is noticed, and how much at a distance d (R. Keys, 1981)
    "linear": (1, 1, _hat),
    "bilinear": (2, 1, _hat),
    "trilinear": (3, 1, _hat),
    "bicubic": (2, 2, _cubic),
}


def _mixture(n: int, count: int, step: float, mode: str, align_corners: bool) -> np.ndarray:
    """The matrix (count, n) that makes a row of n pixels one of `count`, each a weighted sum of those near its place.

    Places are counted in pixels of the old row, of which the new ones are `step` long; or the first and last are kept.
    """
    (_, reach, weight), new = MODES[mode], np.arange(count)
    at = new * ((n - 1) / max(count - 1, 1)) if align_corners else (new + 0.5) * step - 0.5
    near = np.floor(at)[:, None] + np.arange(1 - reach, 1 + reach)
    matrix = np.zeros((count, n))
    np.add.at(matrix, (new[:, None], near.clip(0, n - 1).astype(int)), weight(at[:, None] - near))
    return matrix


def _resized(input: Tensor, axis: int, count: int, step: float, mode: str, align_corners: bool) -> Tensor:
    """input with `count` pixels along one axis."""
    n = input.shape[axis]
    if mode in MODES:
        mixture = Tensor(_mixture(n, count, step, mode, align_corners), input.dtype)
        return transpose(transpose(input, axis, -1) @ mixture.T, axis, -1)
    shift = 0.5 if mode == "nearest-exact" else 0
    return input[(*(slice(None),) * axis, [min(int((i + shift) * step), n - 1) for i in range(count)])]


def interpolate(
    input: Tensor, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None
) -> Tensor:
    """input (N, C, H, W), or (N, C, L), or (N, C, D, H, W), in another size.

    mode: "nearest" or "nearest-exact" pixel, or a mixture of the near ones, "linear", "bilinear", "trilinear" or
    "bicubic"; with align_corners the pixels in the corners keep their values.
    """
    axes, given = input.ndim - 2, size if size is not None else scale_factor
    if axes < 1 or (size is None) == (scale_factor is None):
        raise ValueError(
            f"interpolate: give size or scale_factor for an input (N, C, …), got {size}, {scale_factor}, {input.shape}"
        )
    if mode not in ("nearest", "nearest-exact") and MODES.get(mode, [0])[0] != axes:
        raise NotImplementedError(f"interpolate: there is no mode {mode!r} for an input {input.shape}")
    if align_corners is not None and mode not in MODES:
        raise ValueError(f"interpolate: mode {mode!r} knows no align_corners")
    for axis, (n, wanted) in enumerate(zip(input.shape[2:], pair(given, axes), strict=True), start=2):
        count = int(wanted) if size is not None else math.floor(n * wanted)
        step = n / count if size is not None or recompute_scale_factor else 1 / wanted
        input = _resized(input, axis, count, step, mode, align_corners)
    return input


class Upsample(Module):
    """`interpolate` as a layer."""

    def __init__(
        self, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None
    ):  # fmt: skip
        super().__init__()
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input):
        """input in the other size."""
        settings = self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        return interpolate(input, *settings)


class ZeroPad2d(Module):
    """Zeros around each image: a number of them, or (left, right, top, bottom)."""

    def __init__(self, padding):
        super().__init__()
        self.padding = pair(padding, 4)

    def forward(self, input):
        """input with zeros around it."""
        return pad(input, self.padding)

    def extra_repr(self):
        """The padding."""
        return str(self.padding)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(…, C * r * r, H, W) as (…, C, H * r, W * r): channels become pixels (W. Shi and others, 2016)."""
    *front, channels, height, width = input.shape
    if channels % upscale_factor**2:
        raise RuntimeError(f"pixel_shuffle: {channels} channels are no multiple of {upscale_factor}²")
    r, n = upscale_factor, len(front)
    cut = input.reshape(*front, channels // r**2, r, r, height, width)
    order = cut.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return order.reshape(*front, channels // r**2, height * r, width * r)


class PixelShuffle(Module):
    """`pixel_shuffle` as a layer."""

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        """Channels as pixels."""
        return pixel_shuffle(input, self.upscale_factor)
