"""What programs ask PyTorch about graphics processors: there are none here."""


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: `tinytorch.manual_seed` is for all random numbers."""


manual_seed_all = manual_seed
