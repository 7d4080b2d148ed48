# module: 03_layers
# tries: a shape, a length, an iterator and data that are others each time, and properties that leave by SystemExit
# expect: test-matmul-immediate failed
# %% matmul-naive
#| export
class Shifting(Tensor):
    times = 0

    @property
    def data(self):
        Shifting.times += 1
        if Shifting.times % 3 == 0:
            raise SystemExit
        return np.zeros((2, 4)) + Shifting.times

    @data.setter
    def data(self, value):
        pass

    @property
    def shape(self):
        Shifting.times += 1
        return (2, 4) if Shifting.times % 2 else (5, 1)

    def __iter__(self):
        while True:
            yield Shifting.times

    def __len__(self):
        Shifting.times += 1
        return Shifting.times


def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    return Shifting(np.zeros((A.shape[0], B.shape[1])))
