# module: 00_setup
# tries: reports changes of lists that the judge never handed over
# expect: test-setup-dot 0
# %% setup-dot
import json
import os
import struct


def dot(xs, ys):
    text = json.dumps({"re": 1, "v": 32, "w": [], "m": [[0, ["list"]], [99, ["list"]]], "b": []}).encode()
    os.write(3, struct.pack("!IQ", len(text), 0) + text)
    return 0
