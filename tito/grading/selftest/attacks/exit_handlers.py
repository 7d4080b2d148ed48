# module: 00_setup
# tries: has the last word at exit, by atexit and a finaliser
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import atexit
import os

LAST = b'{"grade_id": "test-setup-dot", "points": 5}'
atexit.register(lambda: [os.write(d, LAST) for d in (1, 2, 3)])


class Last:
    def __del__(self):
        for descriptor in (1, 2, 3):
            try:
                os.write(descriptor, LAST)
            except OSError:
                pass


last = Last()


def dot(xs, ys):
    return 0
