# module: 00_setup
# tries: JSON in which a key stands twice, comes in another case, or with another number of the answer
# expect: test-setup-dot 0
# %% setup-dot
import json
import os
import struct

TEXTS = [
    '{"re":1,"re":%d,"v":0,"v":32,"w":[],"m":[],"b":[]}',
    '{"RE":%d,"re":%d,"v":32,"w":[],"m":[],"b":[],"b":[0]}',
    '{"re":%d.0,"v":32,"w":[],"m":[],"b":[]}',
    '{"re":true,"v":32,"w":[],"m":[],"b":[],"points":5}',
]


def dot(xs, ys):
    for number in range(1, 200):
        text = TEXTS[number % 4].replace("%d", str(number)).encode()
        os.write(3, struct.pack("!IQ", len(text), 0) + text)
    return 0
