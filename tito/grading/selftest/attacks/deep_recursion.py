# module: 00_setup
# tries: recursion until the stack is gone
# expect: test-setup-dot 0, test-setup-machine passed
# %% setup-dot
import sys

sys.setrecursionlimit(10**9)


def dot(xs, ys):
    return dot([xs], ys)
