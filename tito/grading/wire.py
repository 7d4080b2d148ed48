"""What passes between the judge and a student's process: frames of a JSON header and raw array bytes, never pickle.

Exact builtin values and exact NumPy arrays of numbers, booleans and text cross by value, within limits; an array that
stands in a frame twice is one array on the other side, too.
Everything else is named by a reference that only its owner can resolve. Whatever does not follow the rules is
`Malformed`. Between two frames one byte may bring a file descriptor, where the judge has asked for it (folder.py).
This file is copied into the sandbox: it needs the standard library and NumPy only.
"""

import builtins
import json
import re
import struct
import time

import numpy as np

VERSION = "1"
HEADER_LIMIT = 4_000_000  # bytes of JSON in a frame
BODY_LIMIT = 256_000_000  # bytes of arrays in a frame
DEPTH_LIMIT = 40  # lists within lists
ITEM_LIMIT = 200_000  # values in a frame
BIT_LIMIT = 40_000  # bits of an integer
_PREFIX = struct.Struct("!IQ")  # the lengths of the header and of all arrays together
_ALIGNMENT = 16
_DTYPE = re.compile(r"[<>|=]?[biufcUS][0-9]{1,7}")
_SMALL = 1 << 62
_TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)}
_TYPES |= {f"numpy.{t.__name__}": t for t in {np.dtype(c).type for c in "?bBhHiIlLqQefdgFDGSU"} | {np.ndarray}}
_TYPES |= {"object": object, "type": type, "slice": slice, "range": range, "NoneType": type(None)}
_TYPE_NAMES = {t: name for name, t in _TYPES.items()}

EXCEPTIONS = {
    e.__name__: e
    for e in vars(builtins).values()
    if isinstance(e, type) and issubclass(e, Exception) and not issubclass(e, (UnicodeError, BaseExceptionGroup))
}
WARNINGS = {name: e for name, e in EXCEPTIONS.items() if issubclass(e, Warning)}


class Malformed(Exception):
    """A frame that does not follow the rules, or the end of the stream."""


class Closed(Malformed):
    """The other side has closed the stream."""


class CannotCross(TypeError):
    """A value that may not cross, with what to do about it."""


class Packer:
    """Turns values into a JSON tree and a list of buffers; `refer(value, pack)` gives the tree of others."""

    def __init__(self, refer):
        self.refer = refer
        self.buffers, self.size, self.count = [], 0, 0
        self.changeable = []  # lists, dicts and arrays, in the order in which the other side meets them
        self.kept = []  # what is named by a reference lives until it is sent, also what a generator made
        self.arrays = {}  # id of an array: its place among them

    def pack(self, value, depth: int = 0):
        """The tree of a value."""
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        self.count += 1
        if depth > DEPTH_LIMIT or self.count > ITEM_LIMIT:
            raise CannotCross("a result is nested too deeply or holds too many values")
        if kind is int:
            return value if -_SMALL < value < _SMALL else _large(value)
        if kind is str:
            return _text(value)
        packer = _PACKERS.get(kind)
        if packer is not None:
            return packer(self, value, depth + 1)
        if kind is type and value in _TYPE_NAMES:
            return ["type", _TYPE_NAMES[value]]
        if isinstance(value, np.dtype) and _DTYPE.fullmatch(value.str):
            return ["dtype", value.str]
        self.kept.append(value)
        return self.refer(value, lambda inner: self.pack(inner, depth + 1))

    def _many(self, tag: str, values, depth: int):
        return [tag, *[self.pack(v, depth) for v in values]]

    def _list(self, value: list, depth: int):
        self.changeable.append(value)
        return self._many("list", value, depth)

    def _dict(self, value: dict, depth: int):
        self.changeable.append(value)
        return ["dict", *[[self.pack(k, depth), self.pack(v, depth)] for k, v in value.items()]]

    def _array(self, value: np.ndarray, depth: int):
        if not _DTYPE.fullmatch(value.dtype.str):
            return self.refer(value, self.pack)
        if id(value) in self.arrays:
            return ["same", self.arrays[id(value)]]
        self.arrays[id(value)] = len(self.changeable)
        self.changeable.append(value)
        data = np.ascontiguousarray(value)
        place = self._buffer(data.reshape(-1).view(np.uint8).data if data.size and data.itemsize else b"")
        return ["array", value.dtype.str, list(value.shape), place, value.flags.writeable]

    def _scalar(self, value: np.generic):
        if not _DTYPE.fullmatch(value.dtype.str):
            return self.refer(value, self.pack)
        return ["number", value.dtype.str, self._buffer(value.tobytes())]

    def _buffer(self, data) -> int:
        self.size += len(data)
        if self.size > BODY_LIMIT:
            raise CannotCross(f"a result is larger than {BODY_LIMIT // 1_000_000} MB")
        self.buffers.append(data)
        return len(self.buffers) - 1


def _large(value: int):
    if value.bit_length() > BIT_LIMIT:
        raise CannotCross(f"an integer of more than {BIT_LIMIT} bits")
    return ["int", hex(value)]


def _text(value: str) -> str:
    if len(value) > HEADER_LIMIT // 8:
        raise CannotCross(f"a text of {len(value)} characters")
    return value


_PACKERS = {
    list: Packer._list,
    dict: Packer._dict,
    np.ndarray: Packer._array,
    tuple: lambda p, v, depth: p._many("tuple", v, depth),
    set: lambda p, v, depth: p._many("set", v, depth),
    frozenset: lambda p, v, depth: p._many("frozenset", v, depth),
    slice: lambda p, v, depth: p._many("slice", (v.start, v.stop, v.step), depth),
    range: lambda p, v, depth: p._many("range", (v.start, v.stop, v.step), depth),
    complex: lambda p, v, depth: ["complex", v.real, v.imag],
    bytes: lambda p, v, depth: ["bytes", p._buffer(v)],
    type(Ellipsis): lambda p, v, depth: ["ellipsis"],
    type(NotImplemented): lambda p, v, depth: ["notimplemented"],
    **{t: (lambda p, v, depth: p._scalar(v)) for t in _TYPE_NAMES if issubclass(t, np.generic)},
}


class Unpacker:
    """Turns trees back into values, and believes nothing: `resolve(tag, *rest)` answers references."""

    def __init__(self, buffers: list, resolve):
        self.buffers, self.resolve = buffers, resolve
        self.changeable = []

    def unpack(self, tree, depth: int = 0):
        """The value of a tree."""
        if depth > DEPTH_LIMIT + 2:
            raise Malformed("a value is nested too deeply")
        kind = type(tree)
        if tree is None or kind in (bool, int, float, str):
            return tree
        if kind is not list or not tree or type(tree[0]) is not str:
            raise Malformed("a value that is none")
        unpacker = _UNPACKERS.get(tree[0])
        try:
            return unpacker(self, tree[1:], depth + 1) if unpacker else self.resolve(*tree)
        except (TypeError, ValueError, OverflowError, KeyError, IndexError, MemoryError) as error:
            raise Malformed(f"a value of kind {tree[0][:20]} is damaged: {type(error).__name__}") from None

    def _many(self, trees, depth: int) -> list:
        return [self.unpack(t, depth) for t in trees]

    def _list(self, trees, depth: int) -> list:
        value = []
        self.changeable.append(value)
        value += self._many(trees, depth)
        return value

    def _dict(self, pairs, depth: int) -> dict:
        value = {}
        self.changeable.append(value)
        for key, item in pairs:
            value[self.unpack(key, depth)] = self.unpack(item, depth)
        return value

    def _array(self, rest, depth: int) -> np.ndarray:
        text, shape, place, writeable = rest
        dtype, data = _dtype(text), self._buffer(place)
        if type(shape) is not list or len(shape) > 64 or not all(type(n) is int and 0 <= n < 1 << 48 for n in shape):
            raise Malformed("an array with an impossible shape")
        count = 1
        for n in shape:
            count *= n
        if count * dtype.itemsize != len(data) or not dtype.itemsize and count > ITEM_LIMIT:
            raise Malformed("an array whose bytes are not those of its shape")
        value = np.frombuffer(data, dtype) if len(data) else np.zeros(count, dtype)
        value = _sound(value).reshape(shape)
        value.flags.writeable = writeable is True
        self.changeable.append(value)
        return value

    def _same(self, rest, depth: int) -> np.ndarray:
        """An array that has come already; of lists it would make circles."""
        (place,) = rest
        if type(place) is not int or not 0 <= place < len(self.changeable):
            raise Malformed("an array that has not come yet")
        if type(self.changeable[place]) is not np.ndarray:
            raise Malformed("an array that is none")
        return self.changeable[place]

    def _number(self, rest, depth: int) -> np.generic:
        text, place = rest
        dtype, data = _dtype(text), self._buffer(place)
        if not dtype.itemsize:
            return dtype.type()
        (value,) = _sound(np.frombuffer(data, dtype))
        return value

    def _buffer(self, place):
        if type(place) is not int or not 0 <= place < len(self.buffers):
            raise Malformed("a value without its bytes")
        return self.buffers[place]


def _dtype(text) -> np.dtype:
    if type(text) is not str or not _DTYPE.fullmatch(text):
        raise Malformed("an unknown dtype")
    return np.dtype(text)


def _sound(value: np.ndarray) -> np.ndarray:
    """The array, unless its bytes are none that NumPy would have written."""
    if value.dtype.kind == "b" and (value.view(np.uint8) > 1).any():
        raise Malformed("a boolean that is neither true nor false")
    if value.dtype.kind == "U" and value.size and (value.view(value.dtype.str[0] + "u4") > 0x10FFFF).any():
        raise Malformed("text that is none")
    return value


def _hex(text) -> int:
    if type(text) is not str or len(text) > BIT_LIMIT // 4 + 4:
        raise Malformed("an integer that is none")
    return int(text, 16)


def _set(kind, values: list):
    if not all(type(v) in (int, float, str, bool, bytes, type(None), tuple, frozenset) for v in values):
        raise Malformed("a set of what cannot stand in one")
    return kind(values)


_UNPACKERS = {
    "list": Unpacker._list,
    "dict": Unpacker._dict,
    "array": Unpacker._array,
    "same": Unpacker._same,
    "number": Unpacker._number,
    "tuple": lambda u, rest, depth: tuple(u._many(rest, depth)),
    "set": lambda u, rest, depth: _set(set, u._many(rest, depth)),
    "frozenset": lambda u, rest, depth: _set(frozenset, u._many(rest, depth)),
    "slice": lambda u, rest, depth: slice(*u._many(rest, depth)),
    "range": lambda u, rest, depth: range(*u._many(rest, depth)),
    "complex": lambda u, rest, depth: complex(float(rest[0]), float(rest[1])),
    "bytes": lambda u, rest, depth: bytes(u._buffer(rest[0])),
    "ellipsis": lambda u, rest, depth: Ellipsis,
    "notimplemented": lambda u, rest, depth: NotImplemented,
    "iterator": lambda u, rest, depth: iter(u._many(rest, depth)),
    "static": lambda u, rest, depth: staticmethod(u.unpack(rest[0], depth)),
    "int": lambda u, rest, depth: _hex(rest[0]),
    "type": lambda u, rest, depth: _TYPES[rest[0]],
    "dtype": lambda u, rest, depth: _dtype(rest[0]),
}


def changes(changeable: list, before: list) -> list[tuple[int, object]]:
    """The (place, value) of the lists, dicts and arrays that are no longer what `before` says."""
    return [(i, v) for i, (v, old) in enumerate(zip(changeable, before, strict=True)) if _differs(v, old)]


def snapshot(changeable: list) -> list:
    """What `changes` needs to know."""
    return [_copy(value) for value in changeable]


def _copy(value):
    if type(value) is np.ndarray:
        return value.tobytes() if value.flags.writeable else None
    return list(value) if type(value) is list else dict(value)


def _differs(value, old) -> bool:
    if type(value) is np.ndarray:
        return old is not None and value.tobytes() != old
    if type(value) is list:
        return len(value) != len(old) or any(a is not b for a, b in zip(value, old, strict=True))
    return list(value) != list(old) or any(value[k] is not old[k] for k in old)


_encode = json.JSONEncoder(separators=(",", ":")).encode


def send(stream, header: dict, buffers: list) -> None:
    """Write one frame to a socket."""
    header["b"] = [len(b) for b in buffers]
    text = _encode(header).encode("utf-8", "surrogatepass")
    if len(text) > HEADER_LIMIT:
        raise CannotCross("a frame with too much in it")
    padded = [part for b in buffers for part in (b, bytes(-len(b) % _ALIGNMENT))]
    size = sum(map(len, padded))
    head = _PREFIX.pack(len(text), size) + text
    if size < 1 << 16:
        stream.sendall(b"".join([head, *padded]))
    else:
        stream.sendall(head)
        for part in padded:
            stream.sendall(part)


def keep_until(stream, until: float) -> None:
    """Have a socket give up at about the time `until` (of time.monotonic); TimeoutError if that is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    timeout = stream.gettimeout()
    if timeout is None or not left <= timeout < left + 0.1:  # to set it is a system call
        stream.settimeout(left)


def receive(stream, until: float | None = None) -> tuple[dict, list]:
    """Read one frame from a socket; TimeoutError at the time `until` (of time.monotonic)."""
    length, size = _PREFIX.unpack(_exactly(stream, _PREFIX.size, until))
    if length > HEADER_LIMIT or size > BODY_LIMIT + HEADER_LIMIT:
        raise Malformed("a frame that is too large")
    header = _header(_exactly(stream, length, until))
    body = memoryview(_exactly(stream, size, until))
    return header, _slices(header.pop("b", None), body)


def _header(data: bytearray) -> dict:
    try:
        header = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise Malformed("a frame that is not JSON") from None
    if type(header) is not dict:
        raise Malformed("a frame without a header")
    return header


def _slices(lengths, body: memoryview) -> list:
    if type(lengths) is not list or not all(type(n) is int and n >= 0 for n in lengths):
        raise Malformed("a frame without its lengths")
    found, start = [], 0
    for n in lengths:
        found.append(body[start : start + n])
        start += n + -n % _ALIGNMENT
    if start != len(body):
        raise Malformed("a frame whose lengths do not add up")
    return found


def _exactly(stream, count: int, until: float | None) -> bytearray:
    """The next `count` bytes."""
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        if until is not None:
            keep_until(stream, until)
        try:
            n = stream.recv_into(view[got:])
        except TimeoutError:
            raise
        except OSError:
            n = 0
        if not n:
            raise Closed("the student's process has ended")
        got += n
    return data


def exception_name(error: BaseException) -> str:
    """The builtin exception that this one is, or is derived from; RuntimeError for those that end a program."""
    for kind in type(error).__mro__:
        if EXCEPTIONS.get(kind.__name__) is kind:
            return kind.__name__
    return "RuntimeError"


def exception_text(error: BaseException) -> str:
    """The message of an error, cut to what somebody would read."""
    try:
        if type(error) is KeyError and len(error.args) == 1 and type(error.args[0]) is str:
            return error.args[0][:10_000]
        text = str(error)
        return text[:10_000] if type(text) is str else ""
    except BaseException:
        return "(an error whose message cannot be shown)"
