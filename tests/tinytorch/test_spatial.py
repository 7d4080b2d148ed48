"""Convolution, pooling and batch normalisation beyond the notebook: corners, errors, options in all combinations."""

import itertools
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinytorch
import tinytorch.nn.functional as F
from tinytorch import Tensor, nn, no_grad
from tinytorch.core import layers, spatial
from tinytorch.core.autograd import grad, gradcheck, gradgradcheck
from tinytorch.testing import assert_close

ROOT = Path(__file__).resolve().parents[2]


def double(*shape, seed=0, requires_grad=True):
    """Normal random numbers in float64, as a Tensor."""
    return Tensor(np.random.default_rng([900, seed, *shape]).standard_normal(shape), np.float64, requires_grad)


def by_definition(x, w, stride, widths, dilation, groups):
    """The convolution, window by window."""
    x = np.pad(x, [(0, 0), (0, 0), *widths])
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    places = [(n - span) // s + 1 for n, span, s in zip(x.shape[2:], spans, stride, strict=True)]
    out = np.zeros((len(x), len(w), *places))
    for o, i, j in np.ndindex(len(w), *places):
        rows = slice(i * stride[0], i * stride[0] + spans[0], dilation[0])
        columns = slice(j * stride[1], j * stride[1] + spans[1], dilation[1])
        first = o // (len(w) // groups) * w.shape[1]
        out[:, o, i, j] = (x[:, first : first + w.shape[1], rows, columns] * w[o]).sum((1, 2, 3))
    return out


OPTIONS = [
    options
    for options in itertools.product((1, 2, (1, 3)), (0, 1, (2, 1), "same", "valid"), (1, 2, (2, 1)), (1, 2))
    if options[1] != "same" or options[0] == 1
]


@pytest.mark.parametrize("kernel", [(3, 3), (2, 3), (1, 1)])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), OPTIONS)
def test_conv2d_is_its_definition_whatever_the_options(stride, padding, dilation, groups, kernel):
    x, w, b = double(2, 4, 9, 8), double(6, 4 // groups, *kernel), double(6)
    out = F.conv2d(x, w, b, stride, padding, dilation, groups)
    both = [v if isinstance(v, tuple) else (v, v) for v in (stride, dilation)]
    spans = [d * (k - 1) for d, k in zip(both[1], kernel, strict=True)]
    if padding == "same":
        widths = [(span // 2, span - span // 2) for span in spans]
    else:
        widths = [
            (p, p) for p in (padding if isinstance(padding, tuple) else [0 if padding == "valid" else padding] * 2)
        ]
    expected = by_definition(x.data, w.data, both[0], widths, both[1], groups)
    assert_close(out.data, expected + b.data[:, None, None], "conv2d")
    if padding == "same":
        assert out.shape[2:] == x.shape[2:]


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), OPTIONS)
def test_gradients_of_conv2d_whatever_the_options(stride, padding, dilation, groups):
    given = double(1, 2, 5, 4), double(2, 2 // groups, 2, 2), double(2)
    assert gradcheck(lambda x, w, b: F.conv2d(x, w, b, stride, padding, dilation, groups), given)


@pytest.mark.parametrize(("stride", "padding", "groups"), [(1, 2, 1), (1, 0, 2), (2, 1, 2), ((1, 2), 3, 1)])
def test_many_images_are_worked_on_in_parts(stride, padding, groups):
    x, w = double(21, 4, 20, 17), double(6, 4 // groups, 3, 4)
    assert spatial.together(x, (3, 4), (20, 17)) < 21, "these images should not fit into one part"
    out = F.conv2d(x, w, stride=stride, padding=padding, groups=groups)
    g = double(*out.shape, requires_grad=False)
    of_x, of_w = grad(out, (x, w), g)
    single = [F.conv2d(x[i : i + 1], w, stride=stride, padding=padding, groups=groups) for i in range(21)]
    assert_close(out.data, np.concatenate([one.data for one in single]), "all at once and one by one")
    shares = [grad(one, (x, w), g[i : i + 1]) for i, one in enumerate(single)]
    assert_close(of_x.data, sum(share.data for share, _ in shares), "gradient of the images")
    assert_close(of_w.data, sum(share.data for _, share in shares), "gradient of the weight")


@pytest.mark.parametrize(("stride", "padding", "groups"), [(1, 1, 1), (2, (1, 0), 1), ((1, 2), "valid", 2)])
def test_second_derivatives_of_two_convolutions_in_a_row(stride, padding, groups):
    given = double(1, 2, 5, 4), double(2, 2 // groups, 2, 2), double(2, 2 // groups, 1, 1)

    def two(x, first, second):
        return F.conv2d(F.conv2d(x, first, None, stride, padding, 1, groups).tanh(), second, groups=groups)

    assert gradgradcheck(two, given)


def test_the_three_ways_agree_to_the_last_digits_of_a_float32():
    rng = np.random.default_rng(920)
    x, w = rng.standard_normal((3, 5, 9, 8), np.float32), rng.standard_normal((4, 5, 3, 3), np.float32)
    exact = by_definition(x.astype(np.float64), w.astype(np.float64), (2, 2), [(0, 0)] * 2, (1, 1), 1)
    for f in (
        spatial.conv2d_loops,
        spatial.conv2d_im2col,
        lambda x, w, s: F.conv2d(Tensor(x), Tensor(w), stride=s).data,
    ):
        got = f(x, w, 2)
        assert got.dtype == np.float32
        assert abs(got - exact).max() < 45 * 2**-23 * np.abs(exact).max()  # 45 products, each rounded once


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_are_kept_and_mixed_as_everywhere(dtype):
    x, w = Tensor(np.ones((1, 1, 3, 3)), dtype), Tensor(np.ones((1, 1, 2, 2)), dtype)
    assert F.conv2d(x, w).dtype == dtype
    assert F.avg_pool2d(x, 2).dtype == F.max_pool2d(x, 2).dtype == F.adaptive_avg_pool2d(x, 2).dtype == dtype
    assert nn.BatchNorm2d(1).to(dtype)(x).dtype == dtype


def test_an_image_without_the_batch_axis_and_a_batch_of_none():
    x, w = double(2, 5, 5), double(3, 2, 3, 3)
    assert_close(F.conv2d(x, w).data, F.conv2d(x[None], w).data[0], "conv2d of (C, H, W)")
    row = double(3, 5, 3)
    assert_close(F.conv1d(x[0], row).data, F.conv1d(x[:1], row).data[0], "conv1d of (C, L)")
    empty = Tensor(np.zeros((0, 2, 5, 5)), np.float64, requires_grad=True)
    for stride, places in ((1, 3), (2, 2)):
        out = F.conv2d(empty, w, stride=stride)
        out.sum().backward()
        assert out.shape == (0, 3, places, places)
        assert empty.grad.shape == empty.shape
    assert not w.grad.data.any()


def test_only_the_gradients_that_somebody_asks_for_are_computed(monkeypatch):
    asked = []
    real = spatial.convolve_input.forward
    monkeypatch.setattr(spatial.convolve_input, "forward", lambda *a, **k: asked.append(1) or real(*a, **k))
    x, w = double(1, 1, 4, 4, requires_grad=False), double(1, 1, 2, 2)
    F.conv2d(x, w).sum().backward()
    assert not asked
    F.conv2d(double(1, 1, 4, 4), w).sum().backward()
    assert asked == [1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.conv2d(double(1, 3, 5, 5), double(2, 2, 3, 3)), r"takes 2 channels .* has 3 channels"),
        (
            lambda: F.conv2d(double(1, 2, 2, 5), double(2, 2, 3, 3)),
            r"kernel \(3, 3\), .* exceeds the padded input \(2, 5\)",
        ),
        (
            lambda: F.conv2d(double(4, 8, 8), double(2, 1, 3, 3)),
            r"takes 1 channels .* input \(4, 8, 8\), taken as one example \(C, H, W\), has 4 channels",
        ),
        (lambda: F.conv1d(double(4, 8), double(2, 1, 3)), r"\(4, 8\), taken as one example \(C, L\), has 4 channels"),
        (lambda: F.conv2d(double(1, 1, 2, 2), double(1, 1, 3, 3), stride=2), r"exceeds the padded input \(2, 2\)"),
        (lambda: F.conv2d(double(5, 5), double(2, 2, 3, 3)), r"expected an input of 3 or 4 axes .* \(5, 5\)"),
        (lambda: F.conv2d(double(1, 2, 5, 5), double(2, 2, 3, 3), double(3)), r"bias of shape \(2,\), got \(3,\)"),
        (lambda: F.conv2d(double(1, 2, 5, 5), double(2, 2, 3, 3), stride=0), "must be positive"),
        (lambda: F.conv2d(double(1, 2, 5, 5), double(2, 2, 3, 3), padding=-1), "not negative"),
        (lambda: F.conv2d(double(1, 2, 5, 5), double(2, 2, 3, 3), stride=2, padding="same"), "needs stride 1"),
        (lambda: F.conv2d(double(1, 2, 5, 5), double(2, 2, 3, 3), padding="full"), "got 'full'"),
        (lambda: F.max_pool2d(double(1, 1, 4, 4), 2, padding=2), r"at most half of the kernel \(2, 2\), got \(2, 2\)"),
        (lambda: F.max_pool2d(double(1, 1, 4, 4), 5), r"kernel \(5, 5\) is larger than the padded input \(4, 4\)"),
        (lambda: F.max_pool2d(double(4, 4), 2), r"got \(4, 4\)"),
        (lambda: F.batch_norm(double(4, 2), None, None, training=True, eps=0.0), "eps must be positive, got 0.0"),
        (lambda: F.avg_pool2d(double(1, 1, 4, 4), 2, divisor_override=0), "must not be 0"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "3 and 4 channels cannot be cut into 2 groups"),
        (lambda: nn.Conv2d(3, 4, 3, padding_mode="mirror"), "got 'mirror'"),
        (lambda: nn.BatchNorm2d(3)(double(2, 4, 1, 1)), r"C = 3, got \(2, 4, 1, 1\)"),
        (lambda: nn.BatchNorm1d(3)(double(1, 3)), r"one number per channel .* \(1, 3\)"),
        (lambda: F.pad(double(1, 1, 2, 2), (1, 1), mode="mirror"), "mirror"),
    ],
)
def test_errors_say_what_does_not_fit(call, message):
    with pytest.raises((RuntimeError, ValueError, NotImplementedError), match=message):
        call()


def windows_of(x, kernel, stride, padding, ceil_mode):
    """For each place of a window on x (H, W): the pixels in it, and how many there would be with the padding."""
    places = []
    for n, k, s, p in zip(x.shape, kernel, stride, padding, strict=True):
        count = (math.ceil if ceil_mode else math.floor)((n + 2 * p - k) / s) + 1
        starts = [i * s - p for i in range(count) if not ceil_mode or i * s < n + p]
        places.append([(max(at, 0), min(at + k, n), min(at + k, n + p) - at) for at in starts])
    return {
        (i, j): (x[rows[0] : rows[1], columns[0] : columns[1]], rows[2] * columns[2])
        for (i, rows), (j, columns) in itertools.product(*map(enumerate, places))
    }


POOLS = list(itertools.product(((2, 2), (3, 2)), (None, (1, 2), (3, 3)), ((0, 0), (1, 1)), (False, True)))


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil_mode"), POOLS)
def test_pooling_is_its_definition_whatever_the_options(kernel, stride, padding, ceil_mode):
    x = double(7, 6)
    image = x.reshape(1, 1, 7, 6)
    found = windows_of(x.data, kernel, stride or kernel, padding, ceil_mode)
    shape = tuple(1 + max(at[axis] for at in found) for axis in (0, 1))
    table = {
        "max": (F.max_pool2d(image, kernel, stride, padding, ceil_mode=ceil_mode), lambda seen, size: seen.max()),
        "mean": (F.avg_pool2d(image, kernel, stride, padding, ceil_mode), lambda seen, size: seen.sum() / size),
        "inside": (
            F.avg_pool2d(image, kernel, stride, padding, ceil_mode, count_include_pad=False),
            lambda seen, size: seen.mean(),
        ),
        "divisor": (
            F.avg_pool2d(image, kernel, stride, padding, ceil_mode, divisor_override=3),
            lambda seen, size: seen.sum() / 3,
        ),
    }
    for name, (got, f) in table.items():
        expected = np.empty(shape)
        for at, window in found.items():
            expected[at] = f(*window)
        assert_close(got.data[0, 0], expected, name)
    assert gradcheck(
        lambda t: F.max_pool2d(t, kernel, stride, padding, ceil_mode=ceil_mode), image.detach().requires_grad_()
    )
    assert gradcheck(
        lambda t: F.avg_pool2d(t, kernel, stride, padding, ceil_mode, False), image.detach().requires_grad_()
    )


def test_second_derivatives_of_pooling_and_normalisation():
    assert gradgradcheck(lambda x: F.max_pool2d(x, 2, 1) ** 3, double(1, 1, 3, 3))
    assert gradgradcheck(lambda x: F.avg_pool2d(x, 2, 1) ** 3, double(1, 1, 3, 3))
    assert gradgradcheck(lambda x: F.adaptive_avg_pool2d(x, (2, 1)) ** 3, double(1, 1, 3, 3))
    assert gradgradcheck(
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True) ** 2,
        (double(3, 2, 2, 1), double(2), double(2)),
    )


def test_among_equals_the_first_gets_the_gradient():
    x = Tensor(np.zeros((1, 1, 2, 2)), requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]


def test_padding_of_max_pooling_never_wins():
    assert F.max_pool2d(Tensor(np.full((1, 1, 2, 2), -5.0)), 3, padding=1).tolist() == [[[[-5.0]]]]
    assert F.max_pool2d(Tensor(np.full((1, 1, 2, 2), -5), np.int64), 3, padding=1).tolist() == [[[[-5]]]]


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_modes_are_numpys(mode):
    x = double(1, 2, 4, 3)
    got = F.pad(x, (1, 2, 3, 0), mode)
    numpys = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    assert_close(got.data, np.pad(x.data, [(0, 0), (0, 0), (3, 0), (1, 2)], numpys), mode)
    assert gradcheck(lambda t: F.pad(t, (1, 2, 3, 0), mode), x)
    layer = nn.Conv2d(2, 3, 3, padding=(2, 1), padding_mode=mode).to(np.float64)
    wide = np.pad(x.data, [(0, 0), (0, 0), (2, 2), (1, 1)], numpys)
    expected = by_definition(wide, layer.weight.data, (1, 1), [(0, 0)] * 2, (1, 1), 1) + layer.bias.data[:, None, None]
    assert_close(layer(x).data, expected, f"Conv2d with {mode}")


def test_constant_padding_cuts_off_where_it_is_negative():
    x = double(1, 1, 3, 4)
    got = F.pad(x, (-1, 2, 1, -1), value=7.0)
    assert got.data[0, 0, 0].tolist() == [7.0] * 5
    assert_close(got.data[0, 0, 1:, :3], x.data[0, 0, :2, 1:], "the part that stays")
    assert gradcheck(lambda t: F.pad(t, (-1, 2, 1, -1), value=7.0), x)


@pytest.mark.parametrize("momentum", [0.1, None, 1.0])
@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 5), (2, 3, 4, 5)])
def test_batch_norm_keeps_running_statistics_and_uses_them(shape, momentum):
    layer = (nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d)(3, momentum=momentum).to(np.float64)
    dims, means, variances = (0, *range(2, len(shape))), [np.zeros(3)], [np.ones(3)]
    for i in range(3):
        x = double(*shape, seed=i) * 3 + 1
        out = layer(x)
        assert_close(out.data.mean(dims), np.zeros(3), "mean of the output")
        assert_close(out.data.var(dims), x.data.var(dims) / (x.data.var(dims) + 1e-5), "variance of the output")
        share = 1 / (i + 1) if momentum is None else momentum
        means.append((1 - share) * means[-1] + share * x.data.mean(dims))
        variances.append((1 - share) * variances[-1] + share * x.data.var(dims, ddof=1))
    assert int(layer.num_batches_tracked) == 3
    assert_close(layer.running_mean.data, means[-1], "running mean")
    assert_close(layer.running_var.data, variances[-1], "running variance")
    layer.eval()
    turn = (-1,) + (1,) * (len(shape) - 2)
    expected = (x.data - means[-1].reshape(turn)) / np.sqrt(variances[-1].reshape(turn) + 1e-5)
    assert_close(layer(x).data, expected, "evaluating")
    assert int(layer.num_batches_tracked) == 3
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0, 0, 0] and layer.running_var.tolist() == [1, 1, 1]


def test_batch_norm_without_running_statistics_always_uses_the_batch():
    layer = nn.BatchNorm1d(2, affine=False, track_running_stats=False).to(np.float64)
    assert list(layer.state_dict()) == []
    x = double(5, 2)
    assert_close(layer.eval()(x).data, layer.train()(x).data, "evaluating and training")


def test_state_dict_has_pytorchs_names_and_shapes():
    network = nn.Sequential(nn.Conv2d(4, 6, (3, 2), groups=2), nn.BatchNorm2d(6), nn.Conv1d(2, 3, 5, bias=False))
    shapes = {name: t.shape for name, t in network.state_dict().items()}
    assert shapes == {
        "0.weight": (6, 2, 3, 2),
        "0.bias": (6,),
        "1.weight": (6,),
        "1.bias": (6,),
        "1.running_mean": (6,),
        "1.running_var": (6,),
        "1.num_batches_tracked": (),
        "2.weight": (3, 2, 5),
    }
    assert network.state_dict()["1.num_batches_tracked"].dtype == np.int64


def test_weights_begin_as_pytorchs_do():
    tinytorch.manual_seed(0)
    layer = nn.Conv2d(16, 64, 5)
    bound = 1 / math.sqrt(16 * 25)
    for t in (layer.weight, layer.bias):
        assert 0.9 * bound < abs(t.data).max() <= bound
    assert abs(layer.weight.data.std() - bound / math.sqrt(3)) < 0.02 * bound


def test_layers_show_their_settings():
    assert repr(nn.Conv2d(1, 2, 3)) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"
    odd = nn.Conv1d(2, 2, 3, padding="same", dilation=2, groups=2, bias=False, padding_mode="circular")
    assert repr(odd) == (
        "Conv1d(2, 2, kernel_size=(3,), stride=(1,), padding=same, "
        "dilation=(2,), groups=2, bias=False, padding_mode=circular)"
    )
    assert repr(nn.MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"


def test_conv2d_stands_beside_dense():
    assert layers.Conv2D is spatial.Conv2D
    layer = layers.Conv2D(1, 2, 3, padding=1, use_bias=False)
    assert layer.weights is layer.weight and layer.bias is None and layer.use_bias is False
    x = double(1, 1, 4, 4, requires_grad=False)
    assert_close(layer(x).data, F.conv2d(x, layer.weight, padding=1).data, "Conv2D")
    with pytest.raises(AttributeError, match="has no attribute 'Conv3D'"):
        layers.Conv3D  # noqa: B018


def test_before_module_09_is_built_conv2d_names_it(tmp_path):
    shutil.copytree(
        ROOT / "tinytorch", tmp_path / "tinytorch", ignore=shutil.ignore_patterns("spatial.py", "__pycache__")
    )
    code = "from tinytorch.core.layers import Dense; from tinytorch.core.layers import Conv2D"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "core.spatial is not built yet: module 09_spatial builds it" in done.stderr.splitlines()[-1]


def test_a_convolution_needs_little_more_memory_than_its_result():
    import tracemalloc

    x, w = Tensor(np.ones((16, 16, 32, 32), np.float32)), Tensor(np.ones((32, 16, 3, 3), np.float32))
    tracemalloc.start()
    with no_grad():
        out = F.conv2d(x, w, padding=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * out.data.nbytes  # all columns at once would be 4.5 times the result


def test_a_gradient_of_a_gradient_of_the_weight_alone():
    x, w = double(1, 1, 3, 3, requires_grad=False), double(1, 1, 2, 2)
    (slope,) = grad((F.conv2d(x, w) ** 2).sum(), w, create_graph=True)
    (curve,) = grad(slope.sum(), w)
    columns = spatial.windows(x.data, (2, 2)).reshape(4, 4)
    assert_close(curve.data.ravel(), 2 * (columns @ columns.T).sum(0), "2 X Xᵀ 1")


def test_max_pooling_says_where_its_numbers_stood():
    x = double(2, 3, 5, 4, requires_grad=False)
    out, places = F.max_pool2d(x, 3, 2, 1, return_indices=True)
    assert places.shape == out.shape and places.dtype == np.int64
    flat = x.data.reshape(2, 3, 20)
    assert_close(np.take_along_axis(flat, places.data.reshape(2, 3, -1), 2).reshape(out.shape), out.data, "the numbers")
