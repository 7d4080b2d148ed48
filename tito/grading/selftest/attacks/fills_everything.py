# module: 00_setup
# tries: fills the disk, the inodes, the descriptors, the threads and the table of processes, with zombies in it
# expect: test-setup-dot 0
# needs: sandbox
# %% setup-dot
import os
import threading
import time

KEPT = []


def dot(xs, ys):
    try:
        for n in range(200_000):
            with open(f"/tmp/{n}", "w") as file:
                file.write("x" * 4096)
    except OSError:
        pass
    try:
        while True:
            KEPT.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    try:
        for _ in range(2000):
            if not os.fork():
                os._exit(0)
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except (OSError, RuntimeError):
        pass
    return 0
