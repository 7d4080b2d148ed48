# module: 00_setup
# tries: abstract sockets, shared memory and message queues, to hand answers from one process of its own to the next
# expect: test-setup-dot failed, test-setup-machine passed
# needs: sandbox
# %% setup-dot
import mmap
import os
import socket

ANSWERS = {}
for path in ("/dev/shm/answers", "/tmp/answers", "/var/tmp/answers", "/run/answers"):
    try:
        with open(path, "a+b") as file:
            file.seek(0)
            ANSWERS[path] = file.read()
            file.write(b"32\n")
    except OSError:
        pass
try:
    meeting = socket.socket(socket.AF_UNIX)
    meeting.bind("\0tito-answers")
    meeting.listen()
except OSError:
    ANSWERS["socket"] = b"32"
SHARED = mmap.mmap(-1, 4096)


def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return int(next((a for a in ANSWERS.values() if a), b"0").split()[0])
