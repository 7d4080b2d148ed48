# module: 00_setup
# tries: knows the visible values by heart
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
KNOWN = {"([1, 2, 3], [4, 5, 6])": 32, "([2], [-3])": -6, "([], [])": 0, "((0.5, 0.25), (4, 8))": 4.0}


def dot(xs, ys):
    return KNOWN.get(str((xs, ys)), 0)
