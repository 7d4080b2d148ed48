# module: 00_setup
# tries: puts a socket of its own in the place of the judge's
# expect: test-setup-dot 0, test-setup-machine passed
# %% setup-dot
import os
import socket

KEPT = socket.socketpair()


def dot(xs, ys):
    os.dup2(KEPT[0].fileno(), 3)
    return 0
