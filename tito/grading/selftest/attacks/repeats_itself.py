# module: 00_setup
# tries: sends every answer twice, the second time as if it were the next one, and answers after it has hung up
# expect: test-setup-dot 0
# %% setup-dot
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))
send = SERVER.wire.send


def twice(stream, header, buffers):
    send(stream, dict(header), buffers)
    if "re" in header:
        send(stream, {**header, "re": header["re"] + 1, "v": 32}, buffers)


SERVER.wire.send = twice


def dot(xs, ys):
    return 0
