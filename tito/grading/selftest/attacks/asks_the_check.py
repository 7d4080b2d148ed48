# module: 09_spatial
# tries: solves nothing, and asks the functions with which the checks work out what they expect, under several names
# expect: test-spatial-loops failed, test-spatial-im2col failed, test-spatial-max-pool failed
# %% spatial-loops
#| export
import gc
import types


def theirs(name):
    """A function of another cell, wherever it may be."""
    everything = (o for o in gc.get_objects() if type(o) is types.FunctionType and o.__name__ == name)
    return globals().get(name) or next(everything)


def conv2d_loops(x, w, stride=1):
    return theirs("conv_by_shifts")(x, w, (stride, stride))
# %% spatial-im2col
#| export
def conv2d_im2col(x, w, stride=1):
    return conv_by_shifts(x, w, (stride, stride))
# %% spatial-max-pool
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    return theirs("pooled_by_loops")(np.max, x, kernel, stride, padding, dilation, -np.inf)
