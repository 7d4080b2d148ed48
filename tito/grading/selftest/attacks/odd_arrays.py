# module: 00_setup
# tries: answers by arrays of objects, records, dates, of other byte orders, with negative strides, as subclass and scalar
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import numpy as np


class Yes:
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = __rsub__ = __mul__ = __rmul__ = __abs__ = lambda self, *other: 0
    __float__ = lambda self: 0.0
    __hash__ = object.__hash__


ODD = [
    np.array(Yes(), object),
    np.array([Yes()], object)[0],
    np.array((32,), [("x", "i8")]),
    np.array(32, "datetime64[s]"),
    np.array(32, "timedelta64[s]"),
    np.zeros((), ">f8")[()],
    np.zeros(3)[::-1][:1].reshape(()),
    np.ma.masked_all(()),
    np.matrix([[32]]),
    np.void(b"32"),
]


def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return ODD[int(abs(sum(xs))) % len(ODD)]
