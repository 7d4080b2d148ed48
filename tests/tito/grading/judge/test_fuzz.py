"""A student's side that answers anything: random and mutated frames never give points, and the judge always ends."""

import contextlib
import random
import socket
import threading
import time

import numpy as np
import pytest
from small import cell

from tito.grading import judge, wire

QUICK = judge.Deadlines(call=0.2, cell=0.6, whole=2, restarts=1)
CASES, SHARES = 320, 8
CHECK = """
import numpy as np
from tinytorch.testing import assert_close
secret = np.random.default_rng().integers(10**6, 10**9, 3).tolist()

def called(*args, **kwargs):
    return secret[0] if args == (secret[1],) else 0

def test_own():
    assert type(own) is not int, own
    for x in own(secret):
        assert_close(x, secret[0], "an element")
    got = own(secret, f=called, given=np.ones(3))
    assert_close(got, np.array(secret, np.int64), "own(secret)")
    assert len(own.parts) == secret[0] % 1000 + 10
    with own.block() as inside:
        assert float(inside) == secret[1] and str(inside) == str(secret[2])
    assert isinstance(own(1), own.kind), own

test_own()
### BEGIN HIDDEN TESTS
assert own(*secret) == sum(secret)
### END HIDDEN TESTS
"""
NOTEBOOK = {"cells": [cell("solution", "own", "def own(x): return x"), cell("check", "test-own", CHECK)]}
NAMES = sorted(wire.EXCEPTIONS)


class Liar:
    """Answers requests with whatever comes to its mind; the same seed, the same answers."""

    def __init__(self, stream, seed: int):
        self.stream, self.random, self.buffers = stream, random.Random(seed), []

    def run(self) -> None:
        """Answer until somebody has had enough."""
        with contextlib.suppress(OSError, wire.Malformed):
            while True:
                header, _ = wire.receive(self.stream)
                self.answer(header)

    def answer(self, header: dict) -> None:
        """One frame for one request, or none, or several."""
        self.buffers = []
        made = self.reply(header)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            wire.send(ours, made, self.buffers)
            ours.shutdown(socket.SHUT_WR)
            data = bytearray(b"".join(iter(lambda: theirs.recv(1 << 16), b"")))
        if self.random.random() < 0.12:
            data = self.damaged(data)
        self.stream.sendall(bytes(data) * self.random.choice([1] * 30 + [2]))
        if self.random.random() < 0.01:
            self.stream.shutdown(socket.SHUT_RDWR)

    def damaged(self, data: bytearray) -> bytearray:
        """The bytes with some changed, left out, or put in."""
        at = self.random.randrange(len(data))
        how = self.random.choice(["change", "cut", "insert", "number"])
        if how == "change":
            for _ in range(self.random.randint(1, 4)):
                data[self.random.randrange(len(data))] = self.random.randrange(256)
            return data
        if how == "cut":
            return data[:at]
        if how == "insert":
            return data[:at] + self.random.randbytes(self.random.randint(1, 40)) + data[at:]
        return data.replace(b":0", self.random.choice([b":1e999", b":NaN", b":-1", b":" + b"9" * 5000, b":true"]))

    def reply(self, header: dict) -> dict:
        """A header that is more or less in form."""
        if header.get("op") == "cell" and self.random.random() < 0.97:
            value = ["dict", ["text", "out"], ["figures", ["list"]], ["error", None]]
            return {"re": header["seq"], "v": value, "w": [], "m": []}
        made = {"re": header.get("seq"), "w": [], "m": [], "v": self.tree(0)}
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            made |= self.random.choice(
                [
                    lambda: {
                        "e": [self.random.choice(NAMES), "\ud800 text", self.random.choice([[], [["own", 1, "x"]]]), 0]
                    },
                    lambda: {"e": [self.random.choice(NAMES), "", [], self.random.randint(0, 3)]},
                    lambda: {"m": [[self.random.randint(-1, 3), self.tree(1)]]},
                    lambda: {"m": [[0, ["list", *[0] * 3]], [1, ["array", "<f8", [3], self.buffer(bytes(24)), True]]]},
                    lambda: {"w": [[self.random.choice(NAMES), "text"]]},
                    lambda: {"re": self.random.choice([0, 1, True, None, 1.0, "1", 2**70])},
                    lambda: {self.random.choice(["re", "x", "points", "status"]): self.random.choice([5, "passed"])},
                ]
            )()
        if self.random.random() < 0.1:
            args = ["tuple", *[self.tree(1) for _ in range(self.random.randint(0, 2))]]
            return {
                "cb": self.random.randint(0, 3),
                "call": 1,
                "a": args,
                "k": self.random.choice([[], [["x", 1]], [5]]),
            }
        return made

    def buffer(self, data: bytes) -> int:
        """The place of some bytes."""
        self.buffers.append(data)
        return len(self.buffers) - 1

    def tree(self, depth: int):
        """A value: mostly in form, often of a kind that a check might believe."""
        choice = self.random.random()
        if depth > 3 or choice < 0.35:
            return self.random.choice(
                [
                    None,
                    True,
                    False,
                    0,
                    1,
                    1e308,
                    float("nan"),
                    float("inf"),
                    -0.0,
                    "",
                    "\ud800",
                    "own",
                    ["int", "0x7" + "f" * 900],
                ]
            )
        if choice < 0.7:
            return ["object", self.random.randint(0, 4)]
        if choice < 0.85:
            dtype = self.random.choice(
                ["<f8", ">f8", "<i8", "|b1", "<U2", "<c16", "<f2", "<f16", "|S0", "<U0", "|V8", "|O"]
            )
            shape = self.random.choice([[], [3], [1, 3], [0], [2**40], [2**62, 4], [-3], [3.0], None])
            size = abs(int(np.prod(shape))) if shape and all(type(n) is int and n < 9 for n in shape) else 1
            data = self.random.randbytes(size * int(self.random.choice([dtype[2:] or 0, 8, 0])))
            kind = self.random.choice(["array", "array", "number"])
            return [kind, dtype, *([] if kind == "number" else [shape]), self.buffer(data), True][
                : self.random.randint(2, 5)
            ]
        kind = self.random.choice([*wire._UNPACKERS, "object", "function", "global"])
        return [kind, *[self.tree(depth + 1) for _ in range(self.random.randint(0, 4))]]


class Process:
    """What `judge.run` takes for a student's process."""

    def __init__(self, seed: int):
        self.wire, self.theirs = socket.socketpair()
        self.thread = threading.Thread(target=Liar(self.theirs, seed).run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.kill()
        self.wire.close()
        self.thread.join(5)
        self.theirs.close()

    def kill(self):
        with contextlib.suppress(OSError):
            self.theirs.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("share", range(SHARES))
def test_answers_at_random_give_no_points_and_always_an_end(share):
    seen = set()
    for seed in range(share, CASES, SHARES):
        began = time.monotonic()
        result = judge.run(
            judge.clean_cells(NOTEBOOK), NOTEBOOK, lambda seed=seed: Process(seed), QUICK, "s", everything=False
        )
        (check,) = result.checks
        assert (check.points, check.status in ("failed", "error", "timeout", "not_run")) == (0, True), (seed, check)
        assert time.monotonic() - began < 30, f"case {seed} did not end"
        assert "\ud800" not in check.message + "".join(result.notes)
        seen.add(check.message.partition(":")[0])
    assert len(seen) >= 8, "the answers do not differ enough to try anything"
