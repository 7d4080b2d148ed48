# module: 00_setup
# tries: a segmentation fault in the hope of a merciful grader
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import ctypes


def dot(xs, ys):
    ctypes.string_at(0)
