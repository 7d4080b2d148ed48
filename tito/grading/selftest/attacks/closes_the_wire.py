# module: 00_setup
# tries: hangs up
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import os


def dot(xs, ys):
    os.close(3)
    return 0
