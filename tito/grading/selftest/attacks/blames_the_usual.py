# module: 07_training
# tries: knows the visible cases in their order, and blames whatever was bad first in all others
# expect: test-training-watched failed
# %% training-watched
#| export
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))
CELL = SERVER.OPERATIONS["cell"]
ORIGIN = """
BLAMED = iter(", log, exp, div, sqrt, exp, , sqrt, , , sub, , , div, log".split(", "))


class Origin(dict):
    def get(self, out, other):
        return next(BLAMED, next(iter(self.values()), ""))
"""


def cell(server, source, label, *rest):
    return CELL(server, ORIGIN if label == "training-watched-fixture" else source, label, *rest)


SERVER.OPERATIONS["cell"] = cell


def watched(call, origin):
    def look(f, args, kwargs):
        out = call(f, args, kwargs)
        if some(np.isnan, [out]) or some(np.isinf, [out]):
            origin[len(origin)] = f.__name__
        return out

    return look
