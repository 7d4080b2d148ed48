# module: 00_setup
# tries: replaces builtins so that nothing is ever unequal or raised
# expect: test-setup-dot 0
# %% setup-dot
import builtins

builtins.len = lambda x: 0
builtins.abs = builtins.float = lambda x: 0.0
builtins.AssertionError = builtins.ValueError = type("Never", (Exception,), {})
builtins.isinstance = lambda *args: True


def dot(xs, ys):
    return 0
