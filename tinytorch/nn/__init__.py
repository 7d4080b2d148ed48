"""Layers and activations under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.layers": "Module Parameter Linear Sequential ModuleList Flatten Dropout Identity",
        "core.activations": "ReLU Sigmoid Tanh Softmax GELU LeakyReLU SiLU LogSoftmax ELU Softplus",
    },
    submodules="functional init",
)
