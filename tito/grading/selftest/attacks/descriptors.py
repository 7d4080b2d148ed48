# module: 00_setup
# tries: writes points and answers into every descriptor that is open, and reads from them
# expect: test-setup-dot 0
# %% setup-dot
import os
import socket

FORGED = b'["check", {"grade_id": "test-setup-dot", "title": "", "points": 5, "max_points": 5, "status": "passed"}]\n'


def dot(xs, ys):
    for descriptor in range(64):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, FORGED)
            if descriptor != 3:
                os.read(descriptor, 1 << 16)
        except OSError:
            pass
    return 0
