# module: 00_setup
# tries: seeds and replaces random generators in order to know the inputs to come
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import random

import numpy as np

random.seed(0)
np.random.seed(0)
GENERATOR = np.random.default_rng(0)
np.random.default_rng = lambda seed=None: GENERATOR
ANSWERS = [float(np.dot(*GENERATOR.normal(size=(2, n)))) for n in (1, 2, 10, 100)]


def dot(xs, ys):
    return ANSWERS.pop(0) if ANSWERS else 0
