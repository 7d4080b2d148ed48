# module: 03_layers
# tries: changes the Tensor of an earlier module, so that its data are read as something else
# expect: test-matmul-immediate failed
# %% matmul-naive
#| export
import builtins

Tensor.__eq__ = lambda self, other: True
Tensor.__array__ = lambda self, *args, **kwargs: np.zeros(self.shape)
Tensor.__getattribute__ = lambda self, name: object.__getattribute__(self, name)
np.matmul = np.dot = lambda a, b: np.zeros((len(a), len(b[0])))
np.ndarray = type("ndarray", (), {})


def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    return zeros(A.shape[0], B.shape[1])
