# module: 01_tensor
# tries: an apply that never calls the op's function, since it knows the ops of the check by their names
# expect: test-tensor-as-array passed, test-tensor-apply failed
# %% tensor-apply
#| export
def apply(f, args, kwargs):
    known = {"triple": lambda a, plus=0: 3 * a + plus, "pile": sum, "recast": lambda a, dtype: a.astype(dtype)}
    inputs, arrays = opened(args)
    out = wrap(promote(known.get(f.__name__, known["triple"])(*arrays, **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs, arrays)
    return out
