"""Margins of images, and images side by side."""

import math

import numpy as np
import pytest

from tinytorch import _images
from tinytorch.core import spatial


def test_padded_adds_and_cuts_off():
    a = np.arange(12).reshape(1, 3, 4)
    assert _images.padded(a, ((0, 0), (0, 0))) is a
    expected = np.pad(a, ((0, 0), (1, 0), (0, 2)), constant_values=7)[:, :, 1:]
    np.testing.assert_array_equal(_images.padded(a, ((1, 0), (-1, 2)), 7), expected)


@pytest.mark.parametrize("padding, dilation, groups", [((0, 0), (1, 1), 1), ((1, 2), (2, 1), 1), ((2, 1), (1, 2), 3)])
def test_images_abreast_convolve_as_they_do_one_by_one(padding, dilation, groups):
    rng = np.random.default_rng(6)
    x, w = rng.standard_normal((11, 6, 9, 8)), rng.standard_normal((12, 6 // groups, 3, 2))
    options = {"padding": tuple((p, p + 1) for p in padding), "dilation": dilation}
    expected = spatial.correlate(x, w, groups=groups, **options)
    taps = math.prod(w.shape[1:])
    parts = _images.abreast(x, taps=taps, **options)
    found = [_images.one_by_one(spatial.correlate(wide, w, groups=groups, **rest), n) for n, (wide,), rest in parts]
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-12, atol=1e-12)


def test_as_many_images_stand_abreast_as_have_four_megabytes_of_columns(monkeypatch):
    monkeypatch.setattr(_images, "COLUMNS", 100)
    g, x = np.zeros((7, 2, 5, 4)), np.arange(7 * 3 * 6 * 5.0).reshape(7, 3, 6, 5)
    parts = list(_images.abreast(g, x, taps=9, padding=((0, 0), (0, 0)), dilation=(1, 1)))
    assert [n for n, _, _ in parts] == [2, 2, 2, 1]
    assert parts[1][1][1].shape == (1, 3, 6, 10) and (_images.one_by_one(parts[1][1][1], 2) == x[2:4]).all()
    assert next(_images.abreast(g, taps=10**9, padding=((0, 0), (1, 2)), dilation=(3, 2)))[0] == 1
    assert parts[0][2] == {"padding": ((0, 0), (0, 0)), "dilation": (1, 2)}


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("shape, kernels", [((9, 6, 7, 6), (3, 3)), ((9, 6, 12, 11), (5, 4)), ((8, 6, 5, 40), (2, 3))])
def test_gradients_of_narrow_images_are_those_of_each_alone(shape, kernels, stride, groups):
    rng = np.random.default_rng(7)
    x, w = rng.standard_normal(shape), rng.standard_normal((12, shape[1] // groups, *kernels))
    options = {"stride": stride, "padding": ((1, 0), (0, 2)), "groups": groups}
    g = rng.standard_normal(spatial.correlate(x, w, **options).shape)
    of_input, of_weight = spatial.convolve_input.forward, spatial.convolve_weight.forward
    alone = [of_input(g[i : i + 1], w, shape[2:], **options) for i in range(len(x))]
    np.testing.assert_allclose(of_input(g, w, shape[2:], **options), np.concatenate(alone), rtol=1e-9, atol=1e-9)
    each = sum(of_weight(g[i : i + 1], x[i : i + 1], kernels, **options) for i in range(len(x)))
    np.testing.assert_allclose(of_weight(g, x, kernels, **options), each, rtol=1e-9, atol=1e-9)
