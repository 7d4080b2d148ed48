"""What programs ask and set about the ways to compute that PyTorch has: none of them is here."""

from tinytorch.backends import cuda, cudnn, mps  # noqa: F401
