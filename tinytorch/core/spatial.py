"""One small pattern, looked for everywhere."""

# Exported from modules/source/09_spatial/spatial_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['MODES', 'out_length', 'conv2d_loops', 'windows', 'conv2d_im2col', 'fitting', 'by_part', 'correlate', 'convolve',
           'convolve_weight', 'turned', 'shifts', 'added_up', 'convolve_input', 'pair', 'both_sides', 'check_conv',
           'conv_nd', 'conv2d', 'conv1d', 'max_pool', 'firsts', 'max_pool_grad', 'max_pool_pick', 'window_sum',
           'window_spread', 'overhang', 'pool_options', 'max_pool_places', 'max_pool2d', 'pixels', 'avg_pool2d',
           'averaging', 'adaptive_avg_pool2d', 'standardize', 'track_', 'batch_norm', 'pad_constant', 'pad', 'ConvNd',
           'Conv2d', 'Conv1d', 'Conv2D', 'MaxPool2d', 'AvgPool2d', 'AdaptiveAvgPool2d', 'BatchNorm', 'BatchNorm1d',
           'BatchNorm2d']

# %% spatial-imports
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import _arrays
from .._images import abreast, inner, is_narrow, lowest, one_by_one, opposite, padded, together
from .autograd import no_grad, rule
from .layers import Module, Parameter, fans, kaiming_uniform_, overwrite, uniform_
from .tensor import Tensor, mean, op, ones, reshape, sqrt, sum_, tensor, var, zeros

# %% spatial-out-length
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% spatial-loops
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-windows
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-im2col
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen.reshape(len(x), rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-fitting
def fitting(lengths, kernel, stride, dilation):
    """At how many places a kernel fits along axes of these lengths."""
    return [out_length(n, k, s, 0, d) for n, k, s, d in zip(lengths, kernel, stride, dilation, strict=True)]

# %% spatial-by-part
def by_part(x, kernel, stride, padding, dilation, groups, run_on=False):
    """For some images of the array x after others: which, and their columns (n, groups, C / groups * kh * kw, oh * ow).

    All columns lie in the same memory, one after the other. run_on: the rows of windows run on into the next row of
    the image, so that instead of ow there are as many as pixels in a row; those beyond ow are of no use.
    """
    height, width = (n + sum(pads) for n, pads in zip(x.shape[2:], padding, strict=True))
    tall, wide = fitting((height, width), kernel, stride, dilation)
    count = together(x, kernel, (tall, wide))
    memory = np.zeros((count, x.shape[1], height + 1, width), x.dtype)
    image, (inside, kept) = memory[:, :, :height], inner(x.shape[2:], padding)
    rows = as_strided(memory, (*image.shape[:3], 2 * width - wide), memory.strides) if run_on else image
    seen = windows(rows, kernel, stride, dilation)
    columns = np.empty(seen.shape, x.dtype)
    flat = columns.reshape(count, groups, seen.shape[1] // groups * math.prod(kernel), math.prod(seen.shape[4:]))
    for start in range(0, len(x), count):
        given = x[start : start + count]
        image[: len(given)][inside] = given[kept]
        columns[: len(given)] = seen[: len(given)]
        yield slice(start, start + count), flat[: len(given)]

# %% spatial-correlate
def correlate(x, w, bias=None, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The convolution of arrays x (N, C, H, W) and w (O, C / groups, kh, kw), plus bias (O,): (N, O, oh, ow)."""
    kernel, count, run_on = w.shape[2:], len(w) // groups, tuple(stride) == (1, 1)
    lengths = [n + sum(pads) for n, pads in zip(x.shape[2:], padding, strict=True)]
    tall, wide = fitting(lengths, kernel, stride, dilation)
    rows = w.reshape(groups, count, math.prod(w.shape[1:]))
    out = np.empty((len(x), len(w), tall, wide), np.result_type(x, w))
    made = np.empty((together(x, kernel, (tall, wide)), len(w), tall, lengths[1] if run_on else wide), out.dtype)
    results = made.reshape(len(made), groups, count, math.prod(made.shape[2:]))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups, run_on):
        result = _arrays.product(rows, columns, results[: len(columns)])
        if bias is not None:
            result += bias.reshape(groups, count, 1)
        out[images] = made[: len(columns), :, :, :wide]
    return out

# %% spatial-convolve
@op
def convolve(x, weight, bias=None, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The convolution of x (N, C, H, W) and weight (O, C / groups, kh, kw), plus bias (O,); a padding for each side."""
    return correlate(x, weight, bias, stride, padding, dilation, groups)

# %% spatial-weight-grad
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    if is_narrow(g, stride):
        parts = abreast(g, x, taps=x.shape[1] * math.prod(kernel), padding=padding, dilation=dilation)
        return sum(convolve_weight.forward(*wide, kernel, stride, groups=groups, **rest) for _, wide, rest in parts)
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (columns @ rows.mT).sum(0)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-turned
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)[..., ::-1, ::-1]
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-shifts
def shifts(kernel, stride, dilation, places):
    """For each place (a, b) in the kernel, in order, the index of the pixels that are under it: one for each place of the kernel."""
    for a in range(kernel[0]):
        for b in range(kernel[1]):
            starts = (a * dilation[0], b * dilation[1])
            yield (..., *(slice(at, at + (n - 1) * s + 1, s) for at, n, s in zip(starts, places, stride, strict=True)))

# %% spatial-added-up
def added_up(columns, size, stride, dilation):
    """Columns (N, C, kh, kw, oh, ow) added to where `windows` reads them in images of `size`: (N, C, *size)."""
    out = np.zeros((*columns.shape[:2], *size), columns.dtype)
    kernel, places = columns.shape[2:4], columns.shape[4:]
    for (a, b), at in zip(np.ndindex(kernel), shifts(kernel, stride, dilation, places), strict=True):
        out[at] += columns[:, :, a, b]
    return out

# %% spatial-input-grad
@op
def convolve_input(g, weight, size, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the images (N, C, *size) of `convolve`, where its result has the gradient g (N, O, oh, ow)."""
    kernel = weight.shape[2:]
    channels = groups * weight.shape[1]
    few = len(weight) * math.prod(size) > 3 * channels * math.prod(g.shape[2:])  # columns of images, against those of g
    if few and is_narrow(g, stride):
        parts = abreast(g, taps=channels * math.prod(kernel), padding=padding, dilation=dilation)
        made = [(convolve_input.forward(*wide, weight, (size[0], n * size[1]), stride, groups=groups, **rest), n) for n, wide, rest in parts]
        return np.concatenate([one_by_one(*pair) for pair in made])
    if tuple(stride) == (1, 1) and not (few and len(g) == 1):
        spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        margins = tuple((span - before, span - after) for span, (before, after) in zip(spans, padding, strict=True))
        return correlate(g, turned(weight, groups), None, (1, 1), margins, dilation, groups)
    rows = weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))
    full, out = [n + sum(pads) for n, pads in zip(size, padding, strict=True)], []
    for image in g.reshape(len(g), 1, groups, rows.shape[1], math.prod(g.shape[2:])):
        columns = (rows.mT @ image).reshape(1, -1, *kernel, *g.shape[2:])
        out.append(padded(added_up(columns, full, stride, dilation), opposite(padding)))
    return np.concatenate(out) if out else np.zeros((0, groups * weight.shape[1], *size), g.dtype)

# %% spatial-rules
@rule(convolve)
def _(g, out, x, weight, bias=None, **options):
    return (
        lambda: convolve_input(g, weight, size=x.shape[2:], **options),
        lambda: convolve_weight(g, x, kernel=weight.shape[2:], **options),
        lambda: sum_(reshape(g, (*g.shape[:2], math.prod(g.shape[2:]))) @ np.ones(math.prod(g.shape[2:]), g.dtype), 0),
    )

# %% spatial-weight-rule
@rule(convolve_weight)
def _(h, out, g, x, kernel, **options):
    return lambda: convolve(x, h, **options), lambda: convolve_input(g, h, size=x.shape[2:], **options)

# %% spatial-rule
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight, **options), lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-pair
def pair(value, count=2):
    """A number as a tuple of `count` of it; a tuple of that many stays, and one of one number is repeated."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return values * count if len(values) == 1 else values

# %% spatial-both-sides
def both_sides(padding, kernel, stride, dilation):
    """The padding as ((before, after), …) from a number, numbers, "valid" or "same"."""
    if padding == "same" and any(s != 1 for s in stride):
        raise ValueError(f"padding='same' needs stride 1, got {stride}")
    if padding == "same":
        spans = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((span // 2, span - span // 2) for span in spans)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f"padding must be numbers, 'valid' or 'same', got {padding!r}")
    return tuple((p, p) for p in pair(0 if padding == "valid" else padding, len(kernel)))

# %% spatial-check
def check_conv(name, x, weight, bias, widths, options, single):
    """Raise an error that says what does not fit, if anything does not."""
    axes = weight.ndim - 2
    if x.ndim != weight.ndim:
        raise RuntimeError(f"{name}: expected an input of {axes + 1} or {axes + 2} axes and a weight of {axes + 2}, got {x.shape} and {weight.shape}")
    groups, wrong = options["groups"], [v for name in ("stride", "dilation") for v in options[name] if v < 1]
    if wrong or groups < 1 or min(map(min, widths)) < 0:
        raise RuntimeError(f"{name}: stride, dilation and groups must be positive and padding not negative, got {options}")
    if x.shape[1] != weight.shape[1] * groups or len(weight) % groups:
        given = f"{x.shape[1:]}, taken as one example ({'C, L' if axes == 1 else 'C, H, W'})," if single else x.shape
        fits = f"weight {weight.shape} with {groups} group(s) takes {weight.shape[1] * groups} channels"
        raise RuntimeError(f"{name}: {fits} and a multiple of {groups} kernels; the input {given} has {x.shape[1]} channels")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"{name}: expected a bias of shape {weight.shape[:1]}, got {bias.shape}")
    lengths = [n + sum(pads) for n, pads in zip(x.shape[2:], widths, strict=True)]
    if min(fitting(lengths, weight.shape[2:], options["stride"], options["dilation"])) < 1:
        raise RuntimeError(f"{name}: the kernel {weight.shape[2:]}, with dilation {options['dilation']}, exceeds the padded input {tuple(lengths)}")

# %% spatial-conv2d
def conv_nd(name, x, weight, bias, stride, padding, dilation, groups):
    """A convolution along all axes of the weight but the first two, which are one or two; x with or without the batch's axis."""
    axes, single = weight.ndim - 2, x.ndim == weight.ndim - 1
    x = x.unsqueeze(0) if single else x
    options = {"stride": pair(stride, axes), "dilation": pair(dilation, axes), "groups": groups}
    widths = both_sides(padding, weight.shape[2:], options["stride"], options["dilation"])
    check_conv(name, x, weight, bias, widths, options, single)
    if axes == 1:  # an image of one row
        options.update(stride=(1, *options["stride"]), dilation=(1, *options["dilation"]))
        x, weight, widths = x.unsqueeze(2), weight.unsqueeze(2), ((0, 0), *widths)
    out = convolve(x, weight, bias, padding=widths, **options)
    out = out.squeeze(2) if axes == 1 else out
    return out[0] if single else out

# %% spatial-conv2d-face
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """The convolution of input (N, C, H, W), or (C, H, W), with weight (O, C / groups, kh, kw), plus bias (O,)."""
    return conv_nd("conv2d", input, weight, bias, stride, padding, dilation, groups)

# %% spatial-conv1d-face
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """The convolution of input (N, C, L), or (C, L), with weight (O, C / groups, k), plus bias (O,)."""
    return conv_nd("conv1d", input, weight, bias, stride, padding, dilation, groups)

# %% spatial-max-pool
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]].copy()
    for at in indices[1:]:
        np.maximum(out, image[at], out=out)
    return out

# %% spatial-firsts
def firsts(image, out, kernel, stride, dilation):
    """For each place in the window: the index of the pixels there, and where they are the first to equal the window's largest."""
    open_ = np.ones(out.shape, bool)
    for at in shifts(kernel, stride, dilation, out.shape[-2:]):
        here = image[at] == out
        here &= open_
        open_ ^= here
        yield at, here

# %% spatial-max-pool-grad
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    apart = all(s > d * (k - 1) for k, s, d in zip(kernel, stride, dilation, strict=True))  # no pixel is in two windows
    for at, here in firsts(image, out, kernel, stride, dilation):
        share = _arrays.where(here, g, 0)
        total[at] = share if apart else total[at] + share
    return padded(total, opposite(padding))

# %% spatial-max-pool-rules
@op
def max_pool_pick(h, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The numbers of h (…, H, W) that stand where x has the largest of each window: (…, oh, ow)."""
    image, wide = padded(x, padding, lowest(x)), padded(h, padding)
    return sum(_arrays.where(here, wide[at], 0) for at, here in firsts(image, out, kernel, stride, dilation))

# %% spatial-max-pool-rule-table
rule(max_pool)(lambda g, out, x, **options: max_pool_grad(g, x, out, **options))
rule(max_pool_grad)(lambda h, total, g, x, out, **options: (max_pool_pick(h, x, out, **options), None, None))
rule(max_pool_pick)(lambda g, picked, h, x, out, **options: (max_pool_grad(g, x, out, **options), None, None));

# %% spatial-window-sum
@op
def window_sum(x, kernel, stride, padding=((0, 0), (0, 0))):
    """The sum of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding)
    return sum(image[at] for at in shifts(kernel, stride, (1, 1), fitting(image.shape[-2:], kernel, stride, (1, 1))))

# %% spatial-window-spread
@op
def window_spread(g, size, kernel, stride, padding=((0, 0), (0, 0))):
    """Each number of g (…, oh, ow) added to all pixels of its window: (…, *size)."""
    out = np.zeros((*g.shape[:-2], *(n + sum(pads) for n, pads in zip(size, padding, strict=True))), g.dtype)
    for at in shifts(kernel, stride, (1, 1), g.shape[-2:]):
        out[at] += g
    return padded(out, opposite(padding))

# %% spatial-window-rules
rule(window_sum)(lambda g, out, x, **options: window_spread(g, size=x.shape[-2:], **options))
rule(window_spread)(lambda h, out, g, size, **options: window_sum(h, **options));

# %% spatial-overhang
def overhang(n, kernel, stride, padding, dilation, ceil_mode):
    """The padding (before, after) of an axis of n pixels; with ceil_mode, more after it if the last window needs that."""
    span = dilation * (kernel - 1) + 1
    last = -(-(n + 2 * padding - span) // stride) * stride  # where the last window begins, in the padded axis
    last -= stride if last >= n + padding else 0  # it must begin in the image or before it
    return padding, padding + max(0, last + span - n - 2 * padding) * bool(ceil_mode)

# %% spatial-pool-options
def pool_options(name, x, kernel_size, stride, padding, dilation, ceil_mode):
    """The options of a pooling op from PyTorch's; errors say what does not fit."""
    kernel, padding, dilation = pair(kernel_size), pair(padding), pair(dilation)
    stride = kernel if stride is None or stride == () else pair(stride)
    if x.ndim not in (3, 4) or min(*kernel, *stride, *dilation) < 1:
        raise RuntimeError(f"{name}: expected (N, C, H, W) or (C, H, W) and positive settings, got {x.shape}, kernel {kernel}, stride {stride}")
    if any(not 0 <= p <= k // 2 for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(f"{name}: padding must be at most half of the kernel {kernel}, got {padding}")
    widths = tuple(overhang(*side, ceil_mode) for side in zip(x.shape[-2:], kernel, stride, padding, dilation, strict=True))
    lengths = [n + sum(pads) for n, pads in zip(x.shape[-2:], widths, strict=True)]
    if min(fitting(lengths, kernel, stride, dilation)) < 1:
        raise RuntimeError(f"{name}: the kernel {kernel} is larger than the padded input {tuple(lengths)}")
    return {"kernel": kernel, "stride": stride, "padding": widths}

# %% spatial-max-pool-places
@op
def max_pool_places(x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The number of the pixel, counted row by row, at which each number of `out`, the result of max_pool, stands in x."""
    numbers = padded(np.arange(math.prod(x.shape[-2:])).reshape(x.shape[-2:]), padding)
    image = padded(x, padding, lowest(x))
    return sum(np.where(here, numbers[at], 0) for at, here in firsts(image, out, kernel, stride, dilation))

# %% spatial-pool2d
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number of each window of input (N, C, H, W) or (C, H, W); stride: the kernel's size if None.

    return_indices: also where in the image, whose pixels are counted row by row, each of them stands.
    """
    options = pool_options("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode) | {"dilation": pair(dilation)}
    out = max_pool(input, **options)
    return (out, max_pool_places(input, out, **options)) if return_indices else out

# %% spatial-pixels
def pixels(n, kernel, stride, padding, places, count_include_pad):
    """For each of the places along an axis of n pixels, how many of the kernel's pixels count."""
    starts = np.arange(places) * stride - padding
    ends = np.minimum(starts + kernel, n + padding)
    return ends - starts if count_include_pad else np.minimum(ends, n) - np.maximum(starts, 0)

# %% spatial-avg-pool2d
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of each window of input (N, C, H, W) or (C, H, W); divisor_override: by what to divide the sum instead."""
    options = pool_options("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: divisor_override must not be 0")
    total = window_sum(input, **options)
    sides = zip(input.shape[-2:], options["kernel"], options["stride"], pair(padding), total.shape[-2:], strict=True)
    high, wide = (pixels(*side, count_include_pad) for side in sides)
    return total / (divisor_override or Tensor(np.outer(high, wide), total.dtype))

# %% spatial-averaging
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start:end] = 1 / (end - start)
    return matrix

# %% spatial-adaptive
def adaptive_avg_pool2d(input, output_size):
    """The averages of output_size (a number, or two; None: as in input) bins of input (N, C, H, W) or (C, H, W)."""
    if input.ndim not in (3, 4):
        raise RuntimeError(f"adaptive_avg_pool2d: expected (N, C, H, W) or (C, H, W), got {input.shape}")
    sizes = [n if m is None else m for n, m in zip(input.shape[-2:], pair(output_size), strict=True)]
    if min(sizes) < 0:
        raise RuntimeError(f"adaptive_avg_pool2d: output_size must not be negative, got {output_size}")
    high, wide = (Tensor(averaging(n, m), input.dtype) for n, m in zip(input.shape[-2:], sizes, strict=True))
    return high @ (input @ wide.T)

# %% spatial-standardize
@op
def standardize(x, dim, eps=1e-5):
    """x with mean 0 and variance 1 over the axes `dim`; eps is added to the variance."""
    centred = x - x.mean(dim, keepdims=True)
    centred /= np.sqrt((centred * centred).mean(dim, keepdims=True) + eps)
    return centred

# %% spatial-standardize-rule
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-track
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, dims))
    overwrite(running_var, (1 - momentum) * running_var + momentum * var(x, dims))

# %% spatial-batch-norm
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """input (N, C, …), each channel with mean 0 and variance 1 (of the batch if training, else the running ones), times weight, plus bias."""
    shape, dims = (-1,) + (1,) * (input.ndim - 2), (0, *range(2, input.ndim))
    if eps <= 0:
        raise ValueError(f"batch_norm: eps must be positive, got {eps}")
    if training:
        if input.numel() == input.shape[1]:
            raise ValueError(f"batch_norm: one number per channel has no variance to train with, got {input.shape}")
        if running_mean is not None and input.numel():
            with no_grad():
                track_(running_mean, running_var, input, momentum)
        out = standardize(input, dim=dims, eps=eps)
    else:
        out = (input - reshape(running_mean, shape)) / sqrt(reshape(running_var, shape) + eps)
    out = out if weight is None else out * reshape(weight, shape)
    return out if bias is None else out + reshape(bias, shape)

# %% spatial-pad
@op
def pad_constant(x, widths, value=0):
    """x with (before, after) more of `value` along each of its last axes; negative: cut off."""
    return padded(x, widths, value)

# %% spatial-pad-rule
rule(pad_constant)(lambda g, out, x, widths, value=0: pad_constant(g, widths=opposite(widths)))
MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's names, and NumPy's

# %% spatial-pad-face
def pad(input, pad, mode="constant", value=None):
    """input with more around it. pad: (left, right, top, bottom, …), from the last axis backwards; negative: cut off.

    mode: "constant" (filled with value, or 0), "reflect", "replicate" or "circular".
    """
    widths = tuple(zip(pad[::2], pad[1::2], strict=True))[::-1]
    if len(widths) > input.ndim or mode not in ("constant", *MODES):
        raise NotImplementedError(f"pad: no mode {mode!r} for {len(widths)} axes of {input.shape}")
    if mode == "constant":
        return pad_constant(input, widths=widths, value=0 if value is None else value)
    more = tuple((max(before, 0), max(after, 0)) for before, after in widths)
    if more != widths:
        input = pad_constant(input, widths=tuple((min(before, 0), min(after, 0)) for before, after in widths))
    for axis, sides in enumerate(more, input.ndim - len(widths)):
        index = np.pad(np.arange(input.shape[axis]), sides, MODES[mode])
        input = input[(*[slice(None)] * axis, index)]
    return input

# %% spatial-conv-layers
class ConvNd(Module):
    """What the convolutional layers share: `weight` (out_channels, in_channels / groups, *kernel_size) and `bias`."""

    axes, function = 2, staticmethod(conv2d)

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 padding_mode="zeros"):
        super().__init__()
        kind = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(f"{kind}: {in_channels} and {out_channels} channels cannot be cut into {groups} groups")
        if padding_mode not in ("zeros", *MODES):
            raise ValueError(f"{kind}: padding_mode must be one of zeros, {', '.join(MODES)}, got {padding_mode!r}")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size, self.stride, self.dilation = (pair(v, self.axes) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else pair(padding, self.axes)
        both_sides(self.padding, self.kernel_size, self.stride, self.dilation)  # complains at once, not at the first image
        self.weight = kaiming_uniform_(Parameter(zeros(out_channels, in_channels // groups, *self.kernel_size)), a=math.sqrt(5))
        bound = 1 / math.sqrt(max(fans(self.weight.shape)[0], 1))
        self.register_parameter("bias", uniform_(Parameter(zeros(out_channels)), -bound, bound) if bias else None)

    def forward(self, x):
        """The convolution of x (N, in_channels, …)."""
        padding = self.padding
        if self.padding_mode != "zeros":
            sides = both_sides(padding, self.kernel_size, self.stride, self.dilation)
            x, padding = pad(x, [n for pads in sides[::-1] for n in pads], self.padding_mode), 0
        return self.function(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def extra_repr(self):
        """The settings that are not the usual ones, as PyTorch shows them."""
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        usual = {"padding": (0,) * self.axes, "dilation": (1,) * self.axes, "groups": 1}
        shown += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        shown += ["bias=False"] * (self.bias is None)
        return ", ".join(shown + [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros"))

# %% spatial-conv2d-layer
class Conv2d(ConvNd):
    """A convolution of images (N, in_channels, H, W)."""

# %% spatial-conv1d-layer
class Conv1d(ConvNd):
    """A convolution of rows (N, in_channels, L)."""

    axes, function = 1, staticmethod(conv1d)

# %% spatial-conv2d-of-layers
class Conv2D(Conv2d):
    """Conv2d in the words of `Dense`: `use_bias`, and `weights`; the other options of Conv2d by name."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, use_bias=True, **options):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, **{"bias": use_bias, **options})
        self.use_bias = self.bias is not None

    weights = property(lambda self: self.weight, doc="The weight, in the word of Dense.")

# %% spatial-pool-layers
class MaxPool2d(Module):
    """Keeps the largest number of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.return_indices, self.ceil_mode = padding, dilation, return_indices, ceil_mode

    def forward(self, x):
        """The largest numbers, (N, C, oh, ow)."""
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self):
        """The settings."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in ("kernel_size", "stride", "padding", "dilation", "ceil_mode"))

# %% spatial-avg-pool2d-layer
class AvgPool2d(Module):
    """Keeps the mean of each window."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override

    def forward(self, x):
        """The means, (N, C, oh, ow)."""
        return avg_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)

    def extra_repr(self):
        """The settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

# %% spatial-adaptive-layer
class AdaptiveAvgPool2d(Module):
    """Averages any image down, or up, to output_size."""

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, x):
        """The averages, (N, C, *output_size)."""
        return adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self):
        """The size."""
        return f"output_size={self.output_size}"

# %% spatial-batch-norm-layers
class BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d share; momentum=None: the running averages are those of all batches so far."""

    shapes = {}  # number of axes: what they are

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, *, bias=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter(ones(num_features)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features)) if affine and bias else None)
        kept = (zeros(num_features), ones(num_features), tensor(0)) if track_running_stats else (None, None, None)
        for name, value in zip(("running_mean", "running_var", "num_batches_tracked"), kept, strict=True):
            self.register_buffer(name, value)

    def reset_running_stats(self):
        """Forget the running averages."""
        for t, value in zip(self.buffers(), (0, 1, 0), strict=False):  # none, if none are kept
            overwrite(t, value)

    def forward(self, x):
        """x with each channel normalised, scaled and shifted."""
        if x.ndim not in self.shapes or x.shape[1] != self.num_features:
            raise ValueError(f"{type(self).__name__}: expected {' or '.join(self.shapes.values())} with C = {self.num_features}, got {x.shape}")
        kept, momentum = (self.running_mean, self.running_var), self.momentum
        if self.training and self.running_mean is not None:
            overwrite(self.num_batches_tracked, self.num_batches_tracked + 1)
            momentum = 1 / int(self.num_batches_tracked) if momentum is None else momentum
        return batch_norm(x, *kept, self.weight, self.bias, self.training or kept[0] is None, momentum, self.eps)

    def extra_repr(self):
        """The settings."""
        shown = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{shown}, bias={self.bias is not None}, track_running_stats={self.track_running_stats}"

# %% spatial-batch-norm-1d
class BatchNorm1d(BatchNorm):
    """Normalises each channel of (N, C) or (N, C, L)."""

    shapes = {2: "(N, C)", 3: "(N, C, L)"}

# %% spatial-batch-norm-2d
class BatchNorm2d(BatchNorm):
    """Normalises each channel of images (N, C, H, W)."""

    shapes = {4: "(N, C, H, W)"}
