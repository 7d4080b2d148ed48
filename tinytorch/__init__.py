"""The framework that the course builds, under PyTorch's names.

Nothing is imported before it is asked for: `import tinytorch` works from the first day, and a name
that is not built yet says which module builds it.
"""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(
    __name__,
    {
        "core.tensor": None,
        "core.activations": "relu sigmoid softmax log_softmax",
        "core.autograd": "no_grad enable_grad",
    },
    submodules="core nn testing",
)
