"""What optimizers do with one another's parts; the rest is compared with PyTorch in tests/conformance."""

import math

import numpy as np
import pytest

from tinytorch import Tensor, optim


def test_rmsprop_with_momentum_goes_where_pytorchs_goes():
    """Its gradient lies in the memory that `velocity` computes in."""
    p = Tensor(np.linspace(-1, 1, 6).reshape(2, 3), np.float64, requires_grad=True)
    optimizer = optim.RMSprop([p], lr=0.1, momentum=0.9)
    for t in range(5):
        p.grad = Tensor(np.cos(0.7 * np.arange(6).reshape(2, 3) + t * t), np.float64)
        optimizer.step()
    expected = [-3.764136554, -2.1810405, -1.852926036, 4.994567325, 3.995351559, 3.096490018]  # PyTorch 2.13
    np.testing.assert_allclose(p.data.ravel(), expected, rtol=1e-8)


def test_muon_brings_singular_values_to_where_its_text_says():
    from tinytorch.core.optimizers import orthogonal

    values = np.linspace(0.002, 1, 64)
    after = np.diag(orthogonal(np.diag(values / np.linalg.norm(values))))
    scaled = values / np.linalg.norm(values)
    assert (after[scaled > 0.002] > 0.68).all()
    assert after.max() < 1.21


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_clipping_changes_nothing_before_its_error(bad):
    from tinytorch.nn.utils import clip_grad_norm_

    p = Tensor([1.0, 2.0], requires_grad=True)
    p.grad = Tensor([bad, 2.0])
    with pytest.raises(RuntimeError, match="norm"):
        clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(p.grad.data, np.array([bad, 2.0], np.float32))
