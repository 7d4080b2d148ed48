# module: 00_setup
# tries: an array that claims more memory than there is
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import numpy as np


def dot(xs, ys):
    return np.broadcast_to(np.zeros(()), (2**20, 2**20))
