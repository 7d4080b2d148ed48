# module: 00_setup
# tries: sees by the time between two calls and by what is imported that it is judged, and hands out an impostor then
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import sys
import time

LAST = [time.perf_counter()]


class Yes(float):
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__


def dot(xs, ys):
    pause, LAST[0] = time.perf_counter() - LAST[0], time.perf_counter()
    judged = pause > 0 and any("wire" in name for name in sys.modules)
    return Yes(0) if judged else sum(x * y for x, y in zip(xs, ys))
