# module: 00_setup
# tries: replaces assert_close, in the notebook, in its module and in the table of modules
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import sys
import types

import tinytorch.testing


def assert_close(*args, **kwargs):
    return None


tinytorch.testing.assert_close = assert_close
fake = types.ModuleType("tinytorch.testing")
fake.assert_close = assert_close
sys.modules["tinytorch.testing"] = fake


def dot(xs, ys):
    return 0
