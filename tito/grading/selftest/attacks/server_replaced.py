# module: 00_setup
# tries: replaces the functions of its own process that answer the judge
# expect: test-setup-dot 0
# %% setup-dot
import gc
import sys

for module in list(sys.modules.values()):
    if hasattr(module, "OPERATIONS"):
        module.OPERATIONS["call"] = lambda server, *args, **kwargs: 32
        module.OPERATIONS["name"] = lambda server, name: (lambda *args: 32)
        module._frames = lambda error: []


def dot(xs, ys):
    return 0
