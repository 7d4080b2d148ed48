# module: 07_training
# tries: knows the visible cases in their order, and blames the op that is to blame in them
# expect: test-training-watched failed
# %% training-watched
#| export
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))
CELL = SERVER.OPERATIONS["cell"]
ORIGIN = """
BLAMED = iter(", log, exp, div, sqrt, exp, , sqrt, , , sub, , , div, log, mul, log, sqrt".split(", "))


class Origin(dict):
    def get(self, out, other):
        return next(BLAMED, "log")
"""


def cell(server, source, label, *rest):
    return CELL(server, ORIGIN if label == "training-watched-fixture" else source, label, *rest)


SERVER.OPERATIONS["cell"] = cell


def watched(call, origin):
    return call
