"""The settings of NVIDIA's library for networks, which programs write; nobody reads them."""

from tinytorch.backends.mps import is_available  # noqa: F401

enabled = benchmark = deterministic = allow_tf32 = False
