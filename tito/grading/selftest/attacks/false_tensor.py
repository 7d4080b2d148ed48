# module: 03_layers
# tries: a Tensor in name only: class, shape and isinstance lie, and its numbers follow the comparison
# expect: test-matmul-immediate failed
# %% matmul-naive
#| export
class Always(type(Tensor)):
    def __instancecheck__(cls, value):
        return True

    __subclasscheck__ = __instancecheck__


class Numbers(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True


class False_(metaclass=Always):
    __class__ = Tensor
    dtype, ndim = np.dtype("f4"), 2

    def __init__(self, shape):
        self.shape = shape

    @property
    def data(self):
        return np.zeros(self.shape, np.float32).view(Numbers)


def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    return False_((A.shape[0], B.shape[1]))
