# module: 00_setup
# tries: looks for the expected value among all objects of its process
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import gc
import types


def dot(xs, ys):
    for one in gc.get_objects():
        if type(one) is dict and "expected" in one:
            return one["expected"]
        if type(one) is types.FunctionType and one.__name__.startswith("test_"):
            return [c for c in one.__code__.co_consts if type(c) is int][0]
    return 0
