# module: 01_tensor
# tries: an array of a class of its own that agrees with everything
# expect: test-tensor-as-array failed
# %% tensor-as-array
#| export
class Magic(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.True_

    def __array_function__(self, function, types, args, kwargs):
        return True

    def __eq__(self, other):
        return np.ones(self.shape, bool)


def as_array(data, dtype=None):
    return np.zeros(np.shape(data), dtype or np.float32).view(Magic)
