"""Keep large blocks of memory instead of giving them back to the system after every operation.

Linux's C library (glibc) takes each block above 32 MB, and at first each above 128 KB, fresh from the system and hands
it back when it is freed. A training step does that hundreds of times, and the system clears every page anew. Here
the library is told to keep what it has for the next array. The process then stays as large as it once was.

`TINYTORCH_MALLOC=system` leaves everything as it is. Elsewhere than on glibc nothing happens.
"""

import ctypes
import os

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # mallopt(3)
LIMITS = (1 << 30, 1 << 25)  # bytes; older versions of glibc refuse more than 32 MB


def keep_large_blocks() -> bool:
    """Tell glibc to keep freed blocks; whether it was told."""
    if os.environ.get("TINYTORCH_MALLOC") == "system" or not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return any(mallopt(MMAP_THRESHOLD, limit) and mallopt(TRIM_THRESHOLD, limit) for limit in LIMITS)


def _is_glibc() -> bool:
    return "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", ()) and bool(os.confstr("CS_GNU_LIBC_VERSION"))
