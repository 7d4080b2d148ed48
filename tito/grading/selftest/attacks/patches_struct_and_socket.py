# module: 00_setup
# tries: replaces struct and socket below the wire
# expect: test-setup-dot 0
# %% setup-dot
import socket
import struct

struct.Struct = struct.pack = struct.unpack = lambda *args: (0, 0)
socket.socket.sendall = lambda self, data: None
socket.socket.recv_into = lambda self, view: len(view)


def dot(xs, ys):
    return 0
