"""The functions behind the layers, under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.tensor": "tanh",
        "core.activations": "relu sigmoid softmax gelu leaky_relu silu log_softmax elu softplus",
        "core.layers": "linear dropout",
    },
)
