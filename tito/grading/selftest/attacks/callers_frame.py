# module: 00_setup
# tries: reads the expected value from the frames of whoever calls
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import sys


def dot(xs, ys):
    frame = sys._getframe()
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            if "expected" in names:
                return names["expected"]
        frame = frame.f_back
    return 0
