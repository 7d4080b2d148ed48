# module: 00_setup
# tries: makes every comparison of NumPy's agree
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import numpy as np

np.allclose = np.isclose = np.array_equal = lambda *args, **kwargs: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *args, **kwargs: None


def dot(xs, ys):
    return 0
