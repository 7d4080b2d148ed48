"""The student's process: runs the notebook's cells and answers the judge's questions about what they made.

Nothing here is trusted by anybody: student code runs in the same process and may change all of it. What it cannot
change is what the judge asks and how it compares. This file is copied into the sandbox: it needs the standard
library, NumPy and wire.py beside it only.
"""

import ast
import importlib
import io
import itertools
import linecache
import operator
import os
import random
import socket
import sys
import tempfile
import traceback
import types
import warnings

import numpy as np

try:
    import wire
except ImportError:  # as a part of tito, in its own tests
    from tito.grading import wire

PRINT_LIMIT = 5_000_000  # characters that one cell may print before it is stopped
TEXT_LIMIT = 20_000  # characters that are kept of what one cell prints
FIGURES, FIGURE_LIMIT = 4, 500_000  # figures of a cell, and bytes of each, that are kept


class PrintedTooMuch(BaseException):
    """Raised in the running cell when it has printed more than any reader would read."""


class Sink(io.TextIOBase):
    """Standard output of course code: keeps the beginning, counts the rest."""

    def __init__(self):
        self.count, self.kept = 0, []

    def writable(self) -> bool:
        """It takes everything."""
        return True

    def write(self, text: str) -> int:
        """Keep what fits; stop a cell that prints without end."""
        if self.count < TEXT_LIMIT:
            self.kept.append(text[: TEXT_LIMIT - self.count])
        self.count += len(text)
        if self.count > PRINT_LIMIT:
            raise PrintedTooMuch("printed more than 5 million characters: is there a print in a loop?")
        return len(text)

    def text(self) -> str:
        """What is kept, with a mark where something was cut."""
        return "".join(self.kept) + ("\n…" if self.count > TEXT_LIMIT else "")


class Server:
    """Answers requests until the stream ends."""

    def __init__(self, stream):
        self.stream = stream
        self.main = types.ModuleType("__main__")
        self.main.display = self._display
        self.objects = {}  # reference: [object, how often it was sent]
        self.references = {}  # id of the object: reference
        self.functions = {}  # the judge's functions, by their number
        self.thrown = {}  # exceptions that came from the judge, by id
        self.handed = []  # file descriptors that go to the judge behind the answer
        self.numbers = itertools.count(1)
        self.calls = itertools.count(1)

    def run(self) -> None:
        """Serve until the judge has gone."""
        sys.modules["__main__"] = self.main
        try:
            while True:
                self._answer(*wire.receive(self.stream))
        except (wire.Malformed, OSError):
            return

    def _answer(self, header: dict, buffers: list) -> None:
        for reference, count in header["free"]:
            self._free(reference, count)
        unpacker = wire.Unpacker(buffers, self._resolve)
        args, kwargs = unpacker.unpack(header["a"]), {k: unpacker.unpack(v) for k, v in header["k"]}
        before = wire.snapshot(unpacker.changeable)
        with warnings.catch_warnings(record=True) as caught, np.errstate(**header["err"]):
            warnings.simplefilter("always")
            try:
                value, error = OPERATIONS[header["op"]](self, *args, **kwargs), None
            except BaseException as raised:
                value, error = None, raised
        answer = {"re": header["seq"], "w": _warnings(caught)}
        changed = wire.changes(unpacker.changeable, before)
        try:
            self._reply(answer, value, error, changed)
        except (wire.CannotCross, MemoryError) as problem:
            self._reply({"re": header["seq"], "w": []}, None, problem, [])
        self._hand_over()

    def _reply(self, answer: dict, value, error: BaseException | None, changed: list) -> None:
        packer = wire.Packer(self._refer)
        if error is None:
            answer["v"] = packer.pack(value)
        else:
            answer["e"] = self._error(error)
        answer["m"] = [[i, packer.pack(v)] for i, v in changed]
        wire.send(self.stream, answer, packer.buffers)

    def _hand_over(self) -> None:
        while self.handed:
            descriptor = self.handed.pop()
            socket.send_fds(self.stream, [b"\0"], [descriptor])
            os.close(descriptor)

    def _error(self, error: BaseException) -> list:
        _, token = self.thrown.get(id(error), (None, 0))
        return [wire.exception_name(error), wire.exception_text(error), _frames(error), token]

    def _refer(self, value, pack):
        number = vars(value).get("__tito_function__") if type(value) is types.FunctionType else None
        if number and self.functions.get(number) is value:
            return ["function", number]
        reference = self.references.get(id(value))
        if reference is None:
            reference = next(self.numbers)
            self.references[id(value)], self.objects[reference] = reference, [value, 0]
        self.objects[reference][1] += 1
        return ["object", reference]

    def _free(self, reference: int, count: int) -> None:
        entry = self.objects[reference]
        entry[1] -= count
        if not entry[1]:
            del self.objects[reference], self.references[id(entry[0])]

    def _resolve(self, tag, *rest):
        if tag == "object":
            return self.objects[rest[0]][0]
        if tag == "function":
            return self._function(*rest)
        if tag == "global":
            return getattr(importlib.import_module(rest[0]), rest[1])
        raise wire.Malformed(f"an unknown kind of value: {tag}")

    def _function(self, number: int, name: str):
        """The stand-in of one of the judge's functions: calling it asks the judge, while a request is under way."""
        if number not in self.functions:

            def function(*args, **kwargs):
                return self._ask(number, args, kwargs)

            function.__name__ = function.__qualname__ = name
            function.__tito_function__ = number
            self.functions[number] = function
        return self.functions[number]

    def _ask(self, number: int, args: tuple, kwargs: dict):
        packer = wire.Packer(self._refer)
        call = next(self.calls)
        tree, named = packer.pack(args), [[k, packer.pack(v)] for k, v in kwargs.items()]
        wire.send(self.stream, {"cb": number, "call": call, "a": tree, "k": named}, packer.buffers)
        while True:
            header, buffers = wire.receive(self.stream)
            if "return" in header or "raise" in header:
                break
            self._answer(header, buffers)
        value = wire.Unpacker(buffers, self._resolve).unpack(header.get("return"))
        for reference, count in header["free"]:  # only now: the value itself may be among them
            self._free(reference, count)
        if "raise" in header:
            raise self._throw(*header["raise"])
        return value

    def _throw(self, name: str, text: str, token: int) -> BaseException:
        error = wire.EXCEPTIONS[name](text)
        self.thrown[id(error)] = (error, token)
        return error

    def _display(self, *objects, **options) -> None:
        for one in objects:
            print(repr(one))

    def cell(self, source: str, label: str, figures: bool = True) -> dict:
        """Run a cell of the notebook; its outputs (with its `figures`), and its error if there was one."""
        sink = sys.stdout = sys.stderr = Sink()
        file = f"<{label}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        error = None
        try:
            value = _execute(source, file, vars(self.main))
            if value is not None and not source.rstrip().endswith(";"):
                print(repr(value))
        except BaseException as raised:
            name = wire.exception_name(raised) if isinstance(raised, Exception) else type(raised).__name__
            error = [name, wire.exception_text(raised), _frames(raised)]
        found = _figures(FIGURES if figures else 0)
        sys.stdout = sys.stderr = Sink()
        return {"text": sink.text(), "figures": found, "error": error}

    def folder(self) -> str:
        """The path of a new folder, of which a descriptor follows."""
        path = tempfile.mkdtemp()
        self.handed.append(os.open(path, os.O_RDONLY))
        return path

    def forget(self, first: int) -> None:
        """Let go of the judge's functions from this number on."""
        for number in [n for n in self.functions if n >= first]:
            del self.functions[number]
        self.thrown.clear()

    def name(self, name: str):
        """What the notebook calls by this name."""
        try:
            return vars(self.main)[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def leave(self, manager, name: str | None, text: str, token: int) -> bool:
        """Leave a context, by an error or without."""
        if name is None:
            return bool(type(manager).__exit__(manager, None, None, None))
        error = self._throw(name, text, token)
        return bool(type(manager).__exit__(manager, type(error), error, error.__traceback__))


def _warnings(caught: list) -> list:
    found = []
    for warning in caught[:100]:
        names = [k.__name__ for k in warning.category.__mro__ if wire.WARNINGS.get(k.__name__) is k]
        found.append([names[0], str(warning.message)[:2000]])
    return found


def _frames(error: BaseException) -> list:
    """The places in the notebook that the error passed through, outermost first."""
    found = []
    for frame, line in itertools.islice(traceback.walk_tb(error.__traceback__), 2000):
        file = frame.f_code.co_filename
        if file[:1] == "<" and file in linecache.cache:
            found.append([file[1:-1], line, linecache.getline(file, line).strip()[:200]])
    return found[-5:]


def _execute(source: str, file: str, namespace: dict):
    """Run the source; the value of its last line, where that is an expression."""
    tree = ast.parse(source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec", dont_inherit=True), namespace)
    if last is not None:
        return eval(compile(ast.Expression(last.value), file, "eval", dont_inherit=True), namespace)
    return None


def _figures(most: int) -> list[bytes]:
    """At most so many of the figures that are open, as PNG; then none is open any more."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    found = []
    try:
        for number in pyplot.get_fignums()[:most]:
            file = io.BytesIO()
            pyplot.figure(number).savefig(file, format="png")
            if len(file.getvalue()) <= FIGURE_LIMIT:
                found.append(file.getvalue())
        pyplot.close("all")
    except BaseException:  # a figure that cannot be drawn is no output
        return found
    return found


def _call(server, function, /, *args, **kwargs):
    return function(*args, **kwargs)


def _plain_type(server, value):
    return type(value)


_OPERATORS = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift neg pos abs invert"
_OPERATORS += " eq ne lt le gt ge"
_OPERATORS += " iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor getitem setitem delitem"
_BUILTINS = (getattr, setattr, delattr, dir, len, float, int, complex, repr, str, format, iter, next)
_FUNCTIONS = {f.__name__: f for f in (*_BUILTINS, isinstance, issubclass)}
_FUNCTIONS |= {name: getattr(operator, name) for name in _OPERATORS.split()}
_FUNCTIONS |= {"import": importlib.import_module}


def _without_server(function):
    return lambda server, *args: function(*args)


OPERATIONS = {name: _without_server(f) for name, f in _FUNCTIONS.items()}
OPERATIONS |= {
    "call": _call,
    "type": _plain_type,
    "cell": Server.cell,
    "name": Server.name,
    "enter": lambda server, manager: type(manager).__enter__(manager),
    "exit": Server.leave,
    "forget": Server.forget,
    "folder": Server.folder,
}


def settle() -> None:
    """Make what is random the same in every run, where the code asks for no seed."""
    make, count = np.random.default_rng, itertools.count()

    def default_rng(seed=None):
        return make([1, next(count)] if seed is None else seed)

    np.random.default_rng = default_rng
    np.random.seed(0)
    random.seed(0)
    tensor = sys.modules.get("tinytorch.core.tensor")
    if tensor is not None:
        tensor.manual_seed(0)


def serve(descriptor: int) -> None:
    """Serve the judge on a connected stream socket, then leave without any further ado."""
    settle()
    sys.stdout = sys.stderr = Sink()
    sys.argv = [""]
    Server(socket.socket(fileno=descriptor)).run()
    os._exit(0)  # threads and exit handlers of course code shall not hold anybody up


if __name__ == "__main__":
    sys.modules["student_process"] = sys.modules["__main__"]
    serve(3)
