"""The judge's end of the wire: handles, which stand for objects in the student's process.

A handle does what its object does, over there. What comes back is plain data, by value, or another handle. It never
turns into plain data by itself: comparing it, asking for its truth or computing with it gives handles or an error,
because an object of the student's might answer whatever is convenient. `.data` of a Tensor is an array, by value.
"""

import builtins
import itertools
import socket
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterator

import numpy as np

from tito.grading import wire

_DUNDERS = {"__name__", "__qualname__", "__doc__", "__dict__", "__module__", "__wrapped__"}
_NESTED = 40  # calls from the student's side back into the judge, within one another
_SHARED = {"builtins", "math", "cmath", "operator", "numpy", "functools", "itertools"}  # the same on either side
_REPLY = {"re", "w", "m", "v", "e"}
_KINDS = {list: "A list", dict: "A dictionary", np.ndarray: "An array"}


class Ended(BaseException):
    """The student's process has ended or must end; a BaseException, so that no check takes it for its own."""

    def __init__(self, kind: str, reason: str):
        super().__init__(reason)
        self.kind, self.reason = kind, reason  # kind: timeout, crash, malformed


class Refused(TypeError):
    """Something that only plain data may do, asked of an object of the student's."""


class Client:
    """Asks a student's process, and waits no longer than until `until` (of time.monotonic)."""

    def __init__(self, stream, seconds: float = 10):
        self.stream, self.seconds = stream, seconds  # of a single call
        self.until = float("inf")  # of the cell
        self.numbers = itertools.count(1)
        self.handles = weakref.WeakValueDictionary()
        self.dropped = []  # [reference, how often it came], of handles that are gone
        self.functions, self.function_numbers, self.next_function = {}, {}, 1
        self.thrown = {}  # exceptions that the judge's functions raised, by token
        self.objection = None  # an AssertionError of the judge's that the student's code got to see, and may have kept
        self.changed = ""  # of what kind an argument is that the student's code changed in place, if one is
        self.depth = 0
        self.requests = 0
        self.usual = np.geterr()

    def ask(self, operation: str, /, *args, **kwargs):
        """What the operation gives on the student's side; raises what it raises there."""
        packer = wire.Packer(self._refer)
        tree, named = packer.pack(args), [[k, packer.pack(v)] for k, v in kwargs.items()]
        number, state = next(self.numbers), np.geterr()
        header = {"op": operation, "seq": number, "a": tree, "k": named, "free": self._freed()}
        header["err"] = {} if state == self.usual else state
        until = min(time.monotonic() + self.seconds, self.until)
        self.requests += 1
        self._send(header, packer.buffers, until)
        try:
            return self._await(number, packer.changeable, until)
        except (StopIteration, StopAsyncIteration) as error:
            if operation == "next":
                raise
            # As in a generator (PEP 479): it would end the loop of a check that calls this, and the check with it.
            raise _as_runtime_error(error) from None

    def command(self, operation: str, /, *args):
        """What an operation gives that only the judge's own part of the student's process answers: it never fails."""
        try:
            return self.ask(operation, *args)
        except Exception as error:
            raise Ended("malformed", f"its process answered {operation!r} by {type(error).__name__}") from None

    def descriptors(self) -> list[int]:
        """The file descriptors, two of them at most, that came with the byte behind an answer."""
        try:
            wire.keep_until(self.stream, min(time.monotonic() + self.seconds, self.until))
            data, found, _, _ = socket.recv_fds(self.stream, 1, 2, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
        except TimeoutError:
            raise Ended("timeout", "the code did not answer in time") from None
        except OSError:
            data, found = b"", []
        if not data:
            raise Ended("crash", "the code ended the Python process")
        return found

    def forget(self, first: int) -> None:
        """The judge's functions from this number on are no longer to be called: the check that gave them is over."""
        self.thrown.clear()
        if self.next_function > first:
            self.functions = {n: f for n, f in self.functions.items() if n < first}
            self.function_numbers = {f: n for n, f in self.functions.items()}
            self.command("forget", first)

    def _freed(self) -> list:
        freed, self.dropped = self.dropped, []
        return freed

    def _send(self, header: dict, buffers: list, until: float) -> None:
        try:
            wire.keep_until(self.stream, until)
            wire.send(self.stream, header, buffers)
        except TimeoutError:
            raise Ended("timeout", "the code did not answer in time") from None
        except OSError:
            raise Ended("crash", "the code ended the Python process") from None

    def _await(self, number: int, changeable: list, until: float):
        while True:
            header, buffers = self._receive(until)
            try:
                if "cb" in header:
                    call = self._callback(header, buffers)
                else:
                    return self._finish(header, buffers, number, changeable)
            except wire.Malformed as error:
                raise Ended("malformed", f"its process sent {error}") from None
            self._answer(*call)

    def _receive(self, until: float) -> tuple[dict, list]:
        try:
            return wire.receive(self.stream, until)
        except TimeoutError:
            raise Ended("timeout", "the code did not answer in time") from None
        except wire.Closed:
            raise Ended("crash", "the code ended the Python process") from None
        except wire.Malformed as error:
            raise Ended("malformed", f"its process sent {error}") from None

    def _finish(self, header: dict, buffers: list, number: int, changeable: list):
        """The value of a reply, once all of it has been looked at; or its exception."""
        if header.get("re") != number or type(header["re"]) is not int or set(header) - _REPLY:
            raise wire.Malformed("an answer to what nobody asked")
        unpacker = wire.Unpacker(buffers, self._resolve)
        warned = _checked_warnings(header.get("w", []))
        error = _checked_error(header["e"]) if "e" in header else None
        value = unpacker.unpack(header.get("v"))
        for place, new in _checked_changes(header.get("m", []), changeable, unpacker):
            self.changed = self.changed or _KINDS[type(new)]
            _change(changeable[place], new)
        for category, text in warned:
            warnings.warn(text, category, stacklevel=4)
        if error:
            raise self._raised(*error)
        return value

    def _raised(self, name: str, text: str, frames: list, token: int) -> BaseException:
        if token:
            if token not in self.thrown:
                raise wire.Malformed("an exception that nobody raised")
            if self.thrown[token] is self.objection:
                self.objection = None
            return self.thrown[token]
        error = wire.EXCEPTIONS[name](text)
        error.tito_frames = frames
        return error

    def _callback(self, header: dict, buffers: list) -> tuple:
        """What one of the judge's functions gives to the student's code that calls it: (kind, value, buffers)."""
        if set(header) != {"cb", "call", "a", "k"} or not 0 < _integer(header["cb"]) < self.next_function:
            raise wire.Malformed("a call of a function that it was not given")
        unpacker = wire.Unpacker(buffers, self._resolve)
        args = unpacker.unpack(header["a"])
        if type(args) is not tuple or type(header["k"]) is not list:
            raise wire.Malformed("a call without arguments")
        kwargs = {_string(name): unpacker.unpack(tree) for name, tree in _pairs(header["k"])}
        packer = wire.Packer(self._refer)
        try:
            function = self.functions.get(header["cb"], _forgotten)
            value = packer.pack(self._call(function, args, kwargs))
        except Exception as error:
            if isinstance(error, AssertionError):
                self.objection = error
            return "raise", self.exception(error), []
        return "return", value, packer.buffers

    def _call(self, function: Callable, args: tuple, kwargs: dict):
        if self.depth >= _NESTED:
            raise RecursionError("maximum recursion depth exceeded")
        self.depth += 1
        try:
            return function(*args, **kwargs)
        finally:
            self.depth -= 1

    def _answer(self, kind: str, value, buffers: list) -> None:
        self._send({kind: value, "free": self._freed()}, buffers, min(time.monotonic() + self.seconds, self.until))

    def exception(self, error: BaseException) -> list:
        """An exception on its way to the student's side; what a check says stays here."""
        token = len(self.thrown) + 1
        self.thrown[token] = error
        text = "" if isinstance(error, AssertionError) else wire.exception_text(error)
        return [wire.exception_name(error), text, token]

    def _refer(self, value, pack: Callable):
        if type(value) is Handle:
            client, reference, _ = value._tito
            if client is not self:
                raise wire.CannotCross("an object of a process that has ended")
            return ["object", reference]
        if type(value) is staticmethod:
            return ["static", pack(value.__func__)]
        module = "numpy" if type(value) is np.ufunc else getattr(value, "__module__", None)
        name = getattr(value, "__name__", None)
        if module in _SHARED and getattr(sys.modules[module], str(name), None) is value:
            return ["global", module, name]
        if isinstance(value, Iterator):
            return ["iterator", *map(pack, value)]
        if callable(value):
            return ["function", self._function(value), str(name or "function")]
        raise wire.CannotCross(
            f"{type(value).__name__}: only plain data, functions and the student's own objects can be handed to the "
            "student's code; make the object in a locked cell that begins with #| student"
        )

    def _function(self, value: Callable) -> int:
        """The number of a function; equal bound methods have the same."""
        if value not in self.function_numbers:
            self.function_numbers[value] = self.next_function
            self.functions[self.next_function] = value
            self.next_function += 1
        return self.function_numbers[value]

    def _resolve(self, tag, *rest):
        if tag == "object":
            return self._handle(*map(_integer, rest))
        if tag == "function":
            return self.functions[_integer(rest[0])]
        raise wire.Malformed("a value of an unknown kind")

    def _handle(self, reference: int) -> "Handle":
        handle = self.handles.get(reference)
        if handle is None:
            handle = self.handles[reference] = Handle(self, reference)
        handle._tito[2] += 1
        return handle


def _as_runtime_error(error: BaseException) -> RuntimeError:
    made = RuntimeError(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    made.tito_frames = getattr(error, "tito_frames", [])
    return made


def _forgotten(*args, **kwargs):
    raise RuntimeError("a function of an earlier cell was called")


def _integer(value) -> int:
    if type(value) is not int:
        raise wire.Malformed("a number that is none")
    return value


def _string(value) -> str:
    if type(value) is not str:
        raise wire.Malformed("a name that is none")
    return value


def _pairs(value) -> list:
    if type(value) is not list or not all(type(p) is list and len(p) == 2 for p in value):
        raise wire.Malformed("a list of pairs that is none")
    return value


def _checked_warnings(value) -> list:
    found = [(wire.WARNINGS.get(_string(name)), _string(text)) for name, text in _pairs(value)]
    if any(category is None for category, _ in found):
        raise wire.Malformed("a warning of an unknown kind")
    return found


def _checked_error(value) -> tuple:
    if type(value) is not list or len(value) != 4 or _string(value[0]) not in wire.EXCEPTIONS:
        raise wire.Malformed("an exception of an unknown kind")
    return value[0], _string(value[1]), checked_frames(value[2]), _integer(value[3])


def checked_frames(value) -> list:
    """The places that an error passed through, as (cell, line, text)."""
    if type(value) is not list or not all(type(f) is list and len(f) == 3 for f in value):
        raise wire.Malformed("the places of an error that are none")
    return [(_string(cell), _integer(line), _string(text)) for cell, line, text in value]


def _checked_changes(value, changeable: list, unpacker: wire.Unpacker) -> list:
    found = [(_integer(place), unpacker.unpack(tree)) for place, tree in _pairs(value)]
    for place, new in found:
        if not 0 <= place < len(changeable) or type(new) is not type(changeable[place]):
            raise wire.Malformed("a change of something that it was not given")
        old = changeable[place]
        if type(old) is np.ndarray and (
            not old.flags.writeable or old.shape != new.shape or not np.can_cast(new.dtype, old.dtype, "same_kind")
        ):
            raise wire.Malformed("a change that an array cannot take")
    return found


def _change(old, new) -> None:
    if type(old) is np.ndarray:
        old[...] = new
    elif type(old) is list:
        old[:] = new
    else:
        old.clear()
        old.update(new)


class Handle:
    """An object in the student's process."""

    __slots__ = ("__weakref__", "_tito")
    __array_ufunc__ = None  # array + handle is then the handle's business

    def __init__(self, client: Client, reference: int):
        object.__setattr__(self, "_tito", [client, reference, 0])

    def __del__(self):
        client, reference, count = self._tito
        client.dropped.append([reference, count])

    def __getattr__(self, name):
        if name[:2] == "__" and name not in _DUNDERS:
            raise AttributeError(name)
        return self._tito[0].ask("getattr", self, name)

    def __setattr__(self, name, value):
        self._tito[0].ask("setattr", self, name, value)

    def __delattr__(self, name):
        self._tito[0].ask("delattr", self, name)

    def __dir__(self):
        return _plain(self, "dir", (list,))

    def __call__(self, /, *args, **kwargs):
        """What the object gives when it is called."""
        return self._tito[0].ask("call", self, *args, **kwargs)

    def __getitem__(self, key):
        return self._tito[0].ask("getitem", self, key)

    def __setitem__(self, key, value):
        self._tito[0].ask("setitem", self, key, value)

    def __delitem__(self, key):
        self._tito[0].ask("delitem", self, key)

    def __len__(self):
        n = _plain(self, "len", (int,))
        if not 0 <= n <= sys.maxsize:
            raise Refused(f"len: expected a length, got {n}")
        return n

    def __float__(self):
        return _plain(self, "float", (float,))

    def __int__(self):
        return _plain(self, "int", (int,))

    def __complex__(self):
        return _plain(self, "complex", (complex,))

    def __repr__(self):
        return _plain(self, "repr", (str,))

    def __str__(self):
        return _plain(self, "str", (str,))

    def __format__(self, spec):
        return _plain(self, "format", (str,), spec)

    def __iter__(self):
        iterator = self._tito[0].ask("iter", self)
        if type(iterator) is not Handle:
            yield from iterator
            return
        while True:
            try:
                value = next(iterator)
            except StopIteration:
                return
            yield value

    def __next__(self):
        return self._tito[0].ask("next", self)

    def __enter__(self):
        return self._tito[0].ask("enter", self)

    def __exit__(self, kind, error, where):
        client = self._tito[0]
        if isinstance(error, Ended):
            return False
        left = client.ask("exit", self, *([None, "", 0] if error is None else client.exception(error)))
        if type(left) is not bool:
            raise Refused("__exit__: expected True or False")
        return left and not isinstance(error, AssertionError)  # what a check says is not the student's to swallow

    def __instancecheck__(self, value):
        return type(value) is Handle and _plain(value, "isinstance", (bool,), self)

    def __subclasscheck__(self, value):
        return type(value) is Handle and _plain(value, "issubclass", (bool,), self)

    def __bool__(self):
        raise Refused(f"the truth of a {kind_name(self)} says nothing here: ask whether it is None, or use its .data")

    def __contains__(self, value):
        raise Refused(f"`in` a {kind_name(self)} says nothing here: make a list of it, or use its .data")

    def __array__(self, *args, **kwargs):
        raise Refused(f"NumPy was given a {kind_name(self)}: use its .data")

    def __reduce_ex__(self, protocol):
        raise Refused(f"a {kind_name(self)} cannot be copied here: copy its .data")

    def __mro_entries__(self, bases):
        raise Refused("a class that is derived from the student's is defined in a locked cell of its own")

    __hash__ = object.__hash__


def _plain(handle: Handle, operation: str, kinds: tuple, *rest):
    """What an operation gives, which must be exactly of one of these types."""
    value = handle._tito[0].ask(operation, handle, *rest)
    if type(value) not in kinds:
        expected = " or ".join(k.__name__ for k in kinds)
        raise Refused(f"{operation}: expected {expected}, got {_describe(value)}")
    return value


def _describe(value) -> str:
    return kind_name(value) if type(value) is Handle else type(value).__name__


def kind_name(handle: Handle) -> str:
    """The name of the type of a handle's object, as its own side gives it."""
    try:
        name = handle._tito[0].ask("getattr", handle._tito[0].ask("type", handle), "__name__")
    except Exception:
        return "object"
    return name[:100] if type(name) is str else "object"


def _opaque(value, operation: str):
    if type(value) is not Handle:
        name = operation.strip("_")
        raise Refused(f"{name}: gives plain data ({_describe(value)}) where an object was computed with: use its .data")
    return value


def _operator(operation: str, reflected: bool = False):
    def method(self, *other):
        if operation in ("eq", "ne") and (other[0] is None or isinstance(other[0], builtins.type)):
            return NotImplemented  # those cross by value: a handle is none of them
        args = (*other, self) if reflected else (self, *other)
        return _opaque(self._tito[0].ask(operation, *args), operation)

    return method


_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_OTHERS = "neg pos abs invert eq ne lt le gt ge"
for _name in _BINARY.split():
    _word = _name + "_" if _name in ("and", "or") else _name
    setattr(Handle, f"__{_name}__", _operator(_word))
    setattr(Handle, f"__r{_name}__", _operator(_word, reflected=True))
    if "shift" not in _name:
        setattr(Handle, f"__i{_name}__", _operator(f"i{_name}"))
for _name in _OTHERS.split():
    setattr(Handle, f"__{_name}__", _operator(_name))


class _KindOf(type):
    def __call__(cls, *args):
        if len(args) == 1 and builtins.type(args[0]) is Handle:
            return _opaque(args[0]._tito[0].ask("type", args[0]), "type")
        return builtins.type(*args)

    def __instancecheck__(cls, value):
        return isinstance(value, builtins.type)


class Type(metaclass=_KindOf):
    """`type` as checks see it: of a handle, the class of its object, which is a handle too."""
