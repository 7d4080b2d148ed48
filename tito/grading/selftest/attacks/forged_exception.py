# module: 00_setup
# tries: claims that an exception is the judge's own
# expect: test-setup-dot 0
# %% setup-dot
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))
SERVER.Server._error = lambda self, error: ["AssertionError", "", [], 1]


def dot(xs, ys):
    raise ValueError("forged")
