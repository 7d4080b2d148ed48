# module: 00_setup
# tries: confuses the judge with noise
# expect: test-setup-dot error, test-setup-machine 0
# %% setup-dot
import os


def dot(xs, ys):
    os.write(3, b"\xff" * 65536)
    return 0
