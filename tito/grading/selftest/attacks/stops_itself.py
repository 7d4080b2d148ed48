# module: 00_setup
# tries: stops its own process, so that it neither answers nor ends
# expect: test-setup-dot timeout, test-setup-machine passed
# %% setup-dot
import os
import signal


def dot(xs, ys):
    os.kill(os.getpid(), signal.SIGSTOP)
