"""Apple's graphics processors."""


def is_available() -> bool:
    """False."""
    return False


is_built = is_available
