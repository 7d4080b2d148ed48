# module: 00_setup
# tries: overwrites small integers in memory, so that all are equal
# expect: test-setup-dot 0
# %% setup-dot
import ctypes


def dot(xs, ys):
    ctypes.memmove(id(32) + 24, id(0) + 24, 4)
    return 0
