"""What is done to the gradients of many parameters at once, under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(__name__, {"core.optimizers": "clip_grad_norm_ clip_grad_value_"})
