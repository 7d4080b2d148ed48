"""Comparing results, with a message that shows the first element that differs.

Works on plain data only: NumPy arrays and Python numbers, so that an object that claims to be
equal to everything is refused. `Folder` gives what files hold as plain data, too.
"""

import os
import tempfile
from pathlib import Path

import numpy as np

_NUMBERS = (bool, int, float, complex)
_SHORT = 60  # characters of a row that is shown whole


def assert_close(got, expected, what: str = "result", rtol: float | None = None, atol: float | None = None) -> None:
    """Raise AssertionError unless `got` equals `expected` in shape and, within tolerance, in values.

    got: a NumPy array (a Tensor's `.data`), a number, or a tuple or list of numbers.
    expected: the same, from an independent computation; NaN equals NaN.
    rtol, atol: |got - expected| <= atol + rtol |expected|; by default 1.3e-6 and 1e-5 where both
        are at most float32, 1e-7 and 1e-7 in float64, 0 for integers and booleans (PyTorch's
        `torch.testing.assert_close` has the same form).
    """
    __tracebackhide__ = True
    got, expected = _plain(got, what), np.asarray(expected)
    if got.shape != expected.shape:
        raise AssertionError(f"{what}: expected shape {expected.shape}, got {got.shape}")
    if rtol is None:
        rtol = _tolerance(got, expected, 1.3e-6, 1e-7)
    if atol is None:
        atol = _tolerance(got, expected, 1e-5, 1e-7)
    wrong = ~np.isclose(got, expected, rtol, atol, equal_nan=True)
    if wrong.any():
        where = tuple(map(int, np.argwhere(wrong)[0]))
        place = f"element {list(where)}: " if where else ""
        count = f" ({wrong.sum()} of {wrong.size} elements differ)" if wrong.size > 1 else ""
        right, wrong_one = _shown_apart(expected[where], got[where])
        raise AssertionError(f"{what}: {place}expected {right}, got {wrong_one}{count}")


def _plain(got, what: str) -> np.ndarray:
    if type(got) in (tuple, list):
        for i, x in enumerate(got):
            if not _is_number(x):
                raise AssertionError(f"{what}: element [{i}]: expected a number, got {_kind(x)}")
        return np.asarray(got)
    if _is_number(got) or type(got) is np.ndarray and got.dtype.kind in "biufc":
        return np.asarray(got)
    if type(got) is memoryview:  # the .data of what is no Tensor
        kind = type(got.obj)
        raise AssertionError(f"{what}: expected a Tensor, got {kind.__module__}.{kind.__name__}")
    raise AssertionError(f"{what}: expected numbers, got {_kind(got)}")


def _is_number(x) -> bool:
    """Whether x is a number of Python's or NumPy's own; a subclass might answer comparisons as it likes."""
    return type(x) in _NUMBERS or type(x).__module__ == "numpy" and isinstance(x, (np.number, np.bool_))


def _kind(x) -> str:
    """The type of what is no number, and what to do about it."""
    of = f" of {x.dtype}" if type(x) is np.ndarray else ""
    numbers = not of and not isinstance(x, np.generic) and hasattr(x, "data")
    return f"{type(x).__name__}{of}" + (": compare its .data" if numbers else "")


def _tolerance(got: np.ndarray, expected: np.ndarray, single: float, double: float) -> float:
    kinds = {got.dtype.kind, expected.dtype.kind}
    if not kinds & set("fc"):
        return 0.0
    return double if got.dtype == expected.dtype == np.float64 else single


def _shown_apart(expected: np.generic, got: np.generic) -> tuple[str, str]:
    """Two numbers as texts that differ: with six digits, or with all, where six do not tell them apart."""
    short = _show(expected), _show(got)
    return short if short[0] != short[1] else (str(expected), str(got))


def _show(value: np.generic) -> str:
    return f"{value:.6g}" if value.dtype.kind == "f" else str(value)


def assert_same(got, expected, what: str = "result") -> None:
    """Raise AssertionError unless `got` is the same plain data as `expected`: same types, same values.

    got: text, bytes, numbers, None, or tuples, lists and dicts of them, and nothing that only claims to be equal.
    """
    __tracebackhide__ = True
    if type(got) is not type(expected):
        kind = f", {_a(type(got).__name__)} where {_a(type(expected).__name__)} should be"
        raise AssertionError(f"{what}: expected {_brief(expected)}, got {_brief(got)}{kind}")
    if type(expected) is dict:
        _assert_same_dicts(got, expected, what)
    elif type(expected) in (list, tuple):
        for i, pair in enumerate(zip(got, expected, strict=False)):
            _assert_same_part(*pair, f"{what}: element [{i}]")
    whole = type(expected) not in (list, tuple, dict)
    if got != expected if whole else len(got) != len(expected):
        raise AssertionError(f"{what}: expected {_brief(expected)}, got {_brief(got)}")


def _assert_same_part(got, expected, what: str) -> None:
    """`assert_same`; a short row that differs is shown whole: a pair says more than the one of its elements."""
    __tracebackhide__ = True
    try:
        assert_same(got, expected, what)
    except AssertionError:
        if type(got) is not type(expected) or type(expected) not in (tuple, list):
            raise
        right, wrong = repr(expected), repr(got)
        if right == wrong or max(len(right), len(wrong)) > _SHORT:
            raise
        raise AssertionError(f"{what}: expected {right}, got {wrong}") from None


def _assert_same_dicts(got: dict, expected: dict, what: str) -> None:
    __tracebackhide__ = True
    for key in expected:
        if key not in got:
            raise AssertionError(f"{what}: expected {_brief(expected[key])} at {_brief(key)}, got nothing there")
        _assert_same_part(got[key], expected[key], f"{what}: at {_brief(key)}")
    more = [key for key in got if key not in expected]
    if more:
        raise AssertionError(f"{what}: expected nothing at {_brief(more[0])}, got {_brief(got[more[0]])}")


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _brief(value) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"


class Folder:
    """A new empty folder to look into, which goes at the end of its `with`.

    In grading another class stands for it, whose facts come from outside the process that student code runs in.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = self._folder.name

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *problem) -> None:
        self._folder.cleanup()

    def names(self) -> list[str]:
        """The names of all that is in it, sorted."""
        return sorted(os.listdir(self.path))

    def read(self, name: str) -> bytes | None:
        """What a file in it holds; None where there is no file of this name, but nothing, a folder or a link."""
        file = Path(self.path, name)
        return file.read_bytes() if file.name == name and os.path.isfile(file) and not file.is_symlink() else None

    def write(self, name: str, data: bytes) -> None:
        """Put a file into it."""
        Path(self.path, name).write_bytes(data)


def gradient_problem(f, twin, arrays, tensor, grad, second: bool = False) -> str:
    """What is wrong with the gradients of `f`, or with its values, at some float64 arrays; "" if nothing is.

    f takes and gives Tensors; `twin` does the same with arrays, in plain NumPy: on it the slopes are measured, by
    central differences, so that nothing that is to be judged has a say in what is expected.
    tensor: makes a Tensor that requires a gradient of an array. grad: autograd's. second: those of gradients, too.
    """
    rng, given = np.random.default_rng(0), [tensor(a) for a in arrays]
    out, expected = f(*given), twin(*arrays)
    weights = rng.uniform(0.5, 1.5, expected.shape)
    assert_close(out.data, expected, "the value itself", rtol=1e-6, atol=1e-7)
    slopes = grad((out * tensor(weights)).sum(), given, create_graph=second, allow_unused=True)
    problem = _first_difference(slopes, [_slopes(twin, arrays, i, weights) for i in range(len(arrays))])
    if problem or not second:
        return problem
    ways = [rng.uniform(0.5, 1.5, a.shape) / np.sqrt(a.size) for a in arrays]
    total = sum((t * tensor(way)).sum() for t, way in zip(slopes, ways, strict=True) if t is not None)
    measured = [_bends(twin, arrays, i, weights, ways) for i in range(len(arrays))]
    found = grad(total, given, allow_unused=True) if total.requires_grad else [None] * len(arrays)
    return _first_difference(found, measured)


def rule_problem(rule, twin, arrays, tensor, **options) -> str:
    """What is wrong with the gradients of float64 arrays that `rule` gives when asked by itself; "" if nothing is.

    An engine that measures slopes, in place of asking rules, would pass for one with a right rule. The rule is
    asked for `rule(g, out, *tensors, **options)`, `twin` gives what its op does, on arrays. tensor: as above.
    """
    out = twin(*arrays)
    g = np.random.default_rng(0).uniform(0.5, 1.5, out.shape)
    found = rule(tensor(g), tensor(out), *map(tensor, arrays), **options)
    found = found[: len(arrays)] if type(found) is tuple else (found,)
    shares = [share if share is None or hasattr(share, "data") else share() for share in found]
    return _first_difference(shares, [_slopes(twin, arrays, i, g) for i in range(len(arrays))])


def _slopes(twin, arrays, i: int, weights, h: float = 1e-6) -> np.ndarray:
    """The gradient of (twin * weights).sum() for array i."""
    slopes = np.zeros(arrays[i].shape)
    for place in np.ndindex(slopes.shape):
        ends = [_moved(twin, arrays, weights, {i: _step(slopes.shape, place, way * h)}) for way in (1, -1)]
        slopes[place] = (ends[0] - ends[1]) / (2 * h)
    return slopes


def _bends(twin, arrays, i: int, weights, ways, h: float = 1e-4) -> np.ndarray:
    """The gradient, for array i, of how fast (twin * weights).sum() grows along `ways`."""
    bends = np.zeros(arrays[i].shape)
    for place in np.ndindex(bends.shape):
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            steps = {j: a * h * way for j, way in enumerate(ways)}
            steps[i] = steps[i] + _step(bends.shape, place, b * h)
            bends[place] += a * b * _moved(twin, arrays, weights, steps) / (4 * h * h)
    return bends


def _step(shape: tuple, place: tuple, h: float) -> np.ndarray:
    step = np.zeros(shape)
    step[place] = h
    return step


def _moved(twin, arrays, weights, steps: dict) -> float:
    return float((twin(*(a + steps[j] if j in steps else a for j, a in enumerate(arrays))) * weights).sum())


def _first_difference(found, measured: list) -> str:
    for i, (t, expected) in enumerate(zip(found, measured, strict=True)):
        ours = np.zeros(expected.shape) if t is None else t.data
        if type(ours) is not np.ndarray or ours.shape != expected.shape:
            shape = getattr(ours, "shape", _kind(ours))
            return f"input {i}: expected a gradient of shape {expected.shape}, got {shape}"
        for at in np.argwhere(~np.isclose(ours, expected, 1e-3, 1e-5)).tolist():
            return f"input {i}, element {at}: measured {expected[*at]:.6g}, backward gives {ours[*at]:.6g}"
    return ""
