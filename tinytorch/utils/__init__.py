"""Data and helpers around the framework, under PyTorch's names."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(__name__, {}, submodules="data")
