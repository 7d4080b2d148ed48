"""Optimizers under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {"core.optimizers": "Optimizer SGD Adam AdamW RMSprop Adagrad Muon"},
    submodules="lr_scheduler",
)
