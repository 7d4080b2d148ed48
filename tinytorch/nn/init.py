"""Initialisers under PyTorch's names; each fills a tensor in place."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.layers": "xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ "
        "zeros_ ones_ normal_ uniform_ constant_ calculate_gain",
        "nn._init": "trunc_normal_ orthogonal_ _calculate_fan_in_and_fan_out",
    },
)
