# module: 00_setup
# tries: parent and child both answer
# expect: test-setup-dot 0
# %% setup-dot
import os


def dot(xs, ys):
    if os.fork():
        return 0
    return 32
