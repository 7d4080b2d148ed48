# module: 00_setup
# tries: leaves children behind that live on and write into the wire later
# expect: test-setup-dot 0
# %% setup-dot
import os
import time


def dot(xs, ys):
    if not os.fork():
        os.setsid()
        time.sleep(0.05)
        for _ in range(100):
            try:
                os.write(3, b'\x00\x00\x00\x10' + bytes(8) + b'{"re":1,"v":32} ')
            except OSError:
                break
            time.sleep(0.01)
        os._exit(0)
    return 0
