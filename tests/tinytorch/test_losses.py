"""Losses and the line of the user's that their warnings name."""

import warnings

import pytest

from tinytorch import Tensor, nn

COLUMN, ROW = Tensor([[1.0], [2.0]]), Tensor([1.0, 2.0])


@pytest.mark.parametrize(
    "loss",
    [
        nn.functional.mse_loss,
        nn.functional.smooth_l1_loss,
        nn.MSELoss(),
        nn.L1Loss(),
        nn.HuberLoss(),
        nn.SmoothL1Loss(),
    ],
)
def test_a_warning_of_shapes_names_the_callers_line(loss):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loss(COLUMN, ROW)
    assert [w.filename for w in caught] == [__file__]
    assert "(2, 1)" in str(caught[0].message)
