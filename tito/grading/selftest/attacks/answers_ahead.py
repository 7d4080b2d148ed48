# module: 00_setup
# tries: writes the answers to the next questions into the wire before they are asked
# expect: test-setup-dot 0
# %% setup-dot
import json
import os
import struct
import sys

SERVER = next(m for m in sys.modules.values() if hasattr(m, "OPERATIONS"))


def dot(xs, ys):
    for number in range(1, 60):
        for value in (32, -6, None, ["object", number]):
            text = json.dumps({"re": number, "v": value, "w": [], "m": [], "b": []}).encode()
            os.write(3, struct.pack("!IQ", len(text), 0) + text)
    return 0
