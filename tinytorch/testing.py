"""Comparing results, with a message that shows the first element that differs.

Works on plain data only: NumPy arrays and Python numbers, so that an object that claims to be
equal to everything is refused.
"""

import numpy as np

_NUMBERS = (bool, int, float, complex)


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
        raise AssertionError(f"{what}: {place}expected {_show(expected[where])}, got {_show(got[where])}{count}")


def _plain(got, what: str) -> np.ndarray:
    numbers = type(got) in (tuple, list) and all(type(x) in _NUMBERS for x in got)
    if type(got) is np.ndarray or type(got) in _NUMBERS or isinstance(got, np.generic) or numbers:
        array = np.asarray(got)
        if array.dtype.kind in "biufc":
            return array
    hint = ": compare its .data" if hasattr(got, "data") else ""
    raise AssertionError(f"{what}: expected numbers, got {type(got).__name__}{hint}")


def _tolerance(got: np.ndarray, expected: np.ndarray, single: float, double: float) -> float:
    kinds = {got.dtype.kind, expected.dtype.kind}
    if not kinds & set("fc"):
        return 0.0
    return double if got.dtype == expected.dtype == np.float64 else single


def _show(value: np.generic) -> str:
    return f"{value:.6g}" if value.dtype.kind == "f" else str(value)
