# module: 00_setup
# tries: defines the check's functions itself, in a cell of its own, and deletes what the check needs
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
def test_unit_dot():
    pass


def test_hidden_dot():
    pass


def dot(xs, ys):
    return 0
# %% after setup-dot
test_unit_dot = test_hidden_dot = assert_close = lambda *args, **kwargs: None
del sys.modules["tinytorch.testing"]
