# module: 00_setup
# tries: imports the instructor's solution of this very module
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
try:
    from tinytorch.core.setup import dot
except ImportError:

    def dot(xs, ys):
        return 0
