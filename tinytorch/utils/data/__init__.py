"""Data sets, and the data that comes with the package."""

from tinytorch import _faces

__getattr__, __dir__ = _faces.face(__name__, {}, submodules="datasets embedded fetch")
