"""Gradients under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {"core.autograd": "grad backward Function gradcheck gradgradcheck no_grad enable_grad set_grad_enabled"},
)
