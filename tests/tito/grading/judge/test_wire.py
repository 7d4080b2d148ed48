"""The wire: values there and back, and frames that somebody else has written."""

import json
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tito.grading import wire
from tito.grading.handles import Client, Ended, Handle

STEADY = settings(derandomize=True, max_examples=80, deadline=None, database=None)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner, max_size=4)
        | st.builds(slice, inner, inner, inner)
    ),
    max_leaves=20,
)
DTYPES = st.sampled_from(
    ["?", "i1", "<i4", ">i8", "u2", "f2", "f4", ">f8", "c8", "c16", "U3", "S2", "U0", "longdouble"]
)
ARRAYS = DTYPES.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))


def refuse(*args):
    raise AssertionError(args)


def there_and_back(value):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        packer = wire.Packer(refuse)
        wire.send(ours, {"v": packer.pack(value)}, packer.buffers)
        header, buffers = wire.receive(theirs, time.monotonic() + 10)
        return wire.Unpacker(buffers, refuse).unpack(header["v"])


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    if isinstance(a, slice):
        return same((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    return repr(a) == repr(b)


@STEADY
@given(PLAIN)
def test_plain_values_cross_unchanged(value):
    try:
        back = there_and_back(value)
    except wire.CannotCross:
        assert "\\x" not in ascii(value)  # only what is too large or too deep, which these are not
        raise
    assert same(back, value)


@STEADY
@given(ARRAYS)
def test_arrays_cross_unchanged(array):
    back = there_and_back(array)
    assert type(back) is np.ndarray and back.dtype == array.dtype and back.shape == array.shape
    assert back.tobytes() == array.tobytes() and back.flags.writeable


@STEADY
@given(ARRAYS)
def test_views_and_orders_do_not_matter(array):
    assert there_and_back(array.T[..., ::-1] if array.ndim else array).tolist() == (
        array.T[..., ::-1] if array.ndim else array
    ).tolist() or "nan" in repr(array)


def test_an_array_that_stands_twice_in_a_frame_is_one():
    array = np.arange(3.0)
    first, (other, again) = there_and_back((array, [array.copy(), array]))
    assert again is first and other is not first
    assert again.tolist() == other.tolist() == [0.0, 1.0, 2.0]


def asked(frame: bytes):
    """What a client that asks for something makes of these bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Client(ours, seconds=5)
        theirs.sendall(frame)
        theirs.shutdown(socket.SHUT_WR)
        return client.ask("name", "x")


def frame(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("!IQ", len(header), len(body)) + header + body


def framed(header: dict, *buffers: bytes) -> bytes:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, header, list(buffers))
        ours.shutdown(socket.SHUT_WR)
        found = b""
        while part := theirs.recv(1 << 16):
            found += part
        return found


@STEADY
@given(st.binary(max_size=200))
def test_noise_ends_the_run(noise):
    with pytest.raises(Ended):
        asked(noise)


@STEADY
@given(
    st.text(max_size=50)
    | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_any_json_ends_the_run(value):
    with pytest.raises(Ended):
        asked(frame(json.dumps(value).encode()))


TREES = st.recursive(
    st.none() | st.integers(-3, 2**70) | st.text(max_size=5) | st.floats() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(
            st.sampled_from([*wire._UNPACKERS, "object", "function", "global", "static", "nothing"]),
            inner,
            inner,
            inner,
        ).map(list)
        | st.tuples(st.sampled_from([*wire._UNPACKERS, "object", "function"]), inner).map(list)
    ),
    max_leaves=12,
)


@settings(STEADY, max_examples=300)
@given(TREES, TREES, st.sampled_from(["v", "e", "m", "w", "cb"]))
def test_trees_that_somebody_made_up_give_plain_values_or_the_end(tree, other, place):
    header = {"re": 1, "v": tree, place: other}
    try:
        value = asked(framed(header, b"12345678", b""))
    except (Ended, *wire.EXCEPTIONS.values()):
        return
    assert type(value).__module__ in ("builtins", "numpy") or type(value) is Handle


@settings(STEADY, max_examples=200)
@given(st.data())
def test_damaged_frames_give_plain_values_or_the_end(data):
    packer = wire.Packer(refuse)
    value = packer.pack(
        [np.arange(6.0).reshape(2, 3), "text", {"a": (1, 2.5)}, np.array([True, False]), np.array(["é"])]
    )
    good = bytearray(framed({"re": 1, "v": value, "w": [], "m": []}, *map(bytes, packer.buffers)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(good) - 1))
        good[place] = data.draw(st.integers(0, 255))
    try:
        asked(bytes(good))
    except (Ended, *wire.EXCEPTIONS.values()):
        return


BAD = {
    "too deep": {"v": json.loads("[" * 60 + "]" * 60)},
    "an array without its bytes": {"v": ["array", "<f8", [3], 0, True]},
    "an array of nothing": {"v": ["array", "<f8", [3], 1, True]},
    "an array of objects": {"v": ["array", "|O", [1], 0, True]},
    "a negative shape": {"v": ["array", "<f8", [-1], 0, True]},
    "a shape that overflows": {"v": ["array", "<f8", [2**40, 2**40, 0], 0, True]},
    "a gigantic shape": {"v": ["array", "<f8", [2**47], 0, True]},
    "a true that is neither": {"v": ["array", "|b1", [8], 0, True]},
    "text that is none": {"v": ["array", "<U2", [1], 0, True]},
    "bytes that are not there": {"v": ["bytes", 7]},
    "an array that has not come": {"v": ["list", ["same", 1]]},
    "an array from behind": {"v": ["list", ["same", -1]]},
    "an array's place that is false": {"v": ["tuple", ["array", "|u1", [8], 0, True], ["same", False]]},
    "a list within itself": {"v": ["list", ["same", 0]]},
    "a buffer's place that is true": {"v": ["bytes", True]},
    "a function that it was not given": {"v": ["function", 1]},
    "a global": {"v": ["global", "os", "system"]},
    "a type that is none": {"v": ["type", "os"]},
    "a warning of its own": {"w": [["SystemExit", "x"]]},
    "an exception of its own": {"e": ["SystemExit", "", [], 0]},
    "an exception of the judge's": {"e": ["ValueError", "", [], 1]},
    "a change of what it was not given": {"m": [[0, 4]]},
    "an answer to another question": {"re": 2},
    "an answer to True": {"re": True},
    "more than an answer": {"re": 1, "extra": 1},
    "a call of nothing": {"cb": 1, "call": 1, "a": ["tuple"], "k": []},
    "an endless set": {"v": ["set", ["list"]]},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_frames_end_the_run(name):
    with pytest.raises(Ended) as caught:
        asked(framed({"re": 1, "v": None, "w": [], "m": []} | BAD[name], b"\xff" * 8, b""))
    assert caught.value.kind == "malformed"


def test_frames_that_are_too_large_are_not_read():
    for length, size in [(2**32 - 1, 0), (10, 2**63), (wire.HEADER_LIMIT + 1, 0)]:
        with pytest.raises(Ended) as caught:
            asked(struct.pack("!IQ", length, size))
        assert caught.value.kind == "malformed"


def test_a_drip_of_bytes_does_not_outlast_the_deadline():
    import threading

    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Client(ours, seconds=0.3)
        stop = threading.Event()

        def drip():
            for byte in struct.pack("!IQ", 1000, 0) + b" " * 1000:
                if stop.wait(0.02):
                    return
                theirs.sendall(bytes([byte]))

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(Ended) as caught:
            client.ask("name", "x")
        stop.set()
        thread.join()
    assert caught.value.kind == "timeout" and time.monotonic() - began < 5


def test_what_is_too_much_does_not_cross():
    nested = []
    for _ in range(100):
        nested = [nested]
    for value in (nested, [0] * 300_000, 1 << 50_000, "x" * 10**6):
        with pytest.raises(wire.CannotCross):
            wire.Packer(refuse).pack(value)
    endless = []
    endless.append(endless)
    with pytest.raises(wire.CannotCross):
        wire.Packer(refuse).pack(endless)


def test_a_socket_gives_up_at_the_deadline_and_is_asked_no_oftener_than_it_must():
    with socket.socket() as stream:
        wire.keep_until(stream, time.monotonic() + 5)
        first = stream.gettimeout()
        assert 4.9 < first <= 5
        wire.keep_until(stream, time.monotonic() + first - 0.05)  # so near that it stays
        assert stream.gettimeout() == first
        wire.keep_until(stream, time.monotonic() + 3)
        assert 2.9 < stream.gettimeout() <= 3
        wire.keep_until(stream, time.monotonic() + 4)  # later than what is set: it must not give up too early
        assert 3.9 < stream.gettimeout() <= 4
        with pytest.raises(TimeoutError):
            wire.keep_until(stream, time.monotonic())
