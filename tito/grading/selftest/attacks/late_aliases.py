# module: 01_tensor
# tries: gives the same array every time, and changes it when the next is asked for
# expect: test-tensor-as-array failed
# %% tensor-as-array
#| export
SAME = {}


def as_array(data, dtype=None):
    made = np.array(data)
    kind = np.dtype(dtype or ("float32" if made.dtype.kind in "fi" and not isinstance(data, (np.ndarray, np.generic)) else made.dtype))
    kept = SAME.setdefault((made.shape, kind.str), np.zeros(made.shape, kind))
    for other in SAME.values():
        other.fill(0)
    return kept
