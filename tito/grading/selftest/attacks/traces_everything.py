# module: 00_setup
# tries: watches every frame for the expected value, by settrace and setprofile
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import sys
import threading

SEEN = {}


def watch(frame, event, argument):
    SEEN.update({k: v for k, v in frame.f_locals.items() if k == "expected"})
    return watch


sys.settrace(watch)
sys.setprofile(watch)
threading.settrace(watch)


def dot(xs, ys):
    return SEEN.get("expected", 0)
