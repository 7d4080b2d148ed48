# module: 00_setup
# tries: a background thread answers before anybody else can
# expect: test-setup-dot 0, test-setup-machine 0
# %% setup-dot
import json
import os
import struct
import threading


def flood():
    try:
        for number in range(1, 2000):
            text = json.dumps({"re": number, "v": 32, "w": [], "m": [], "b": []}).encode()
            os.write(3, struct.pack("!IQ", len(text), 0) + text)
    except OSError:
        pass


def dot(xs, ys):
    threading.Thread(target=flood, daemon=True).start()
    return 0
