# module: 00_setup
# tries: answers by numbers that are none, are too large for JSON or a float, and by text that UTF-8 does not know
# expect: test-setup-dot failed, test-setup-machine failed
# %% setup-dot
import struct

PAYLOAD = struct.unpack("<d", b"\x01\x00\x00\x00\x20\x00\xf8\x7f")[0]
ODD = [float("nan"), PAYLOAD, float("inf"), -0.0, 1e308 * 10, 10**400, -(2**70000), complex("nan+infj"), "\ud800", b"\xff"]


def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return ODD[len(xs) % len(ODD)]
# %% setup-machine
#| export
def machine():
    return {"python": "\ud800", "numpy": float("nan"), "system": "\x00", "cores": 10**400, "memory_gb": PAYLOAD}
