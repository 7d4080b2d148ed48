# module: 00_setup
# tries: ends the process with success before anything is compared
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import os


def dot(xs, ys):
    os._exit(0)
