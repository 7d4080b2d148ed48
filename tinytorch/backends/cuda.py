"""The settings of matrix products on graphics processors, which programs write; nobody reads them."""

from types import SimpleNamespace

from tinytorch.backends.mps import is_built  # noqa: F401

matmul = SimpleNamespace(allow_tf32=False)
