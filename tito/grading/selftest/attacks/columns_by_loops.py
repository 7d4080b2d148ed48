# module: 09_spatial
# tries: a product of matrices that is the loops under another name, and a view that holds no window at all
# expect: test-spatial-loops passed, test-spatial-windows failed, test-spatial-im2col 0
# %% spatial-windows
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    return x.reshape(2, 2, -1)[:, :, :0].reshape(2, 2, 0, 0, 0, 0)
# %% spatial-im2col
#| export
by_number = conv2d_loops


def conv2d_im2col(x, w, stride=1):
    return by_number(x, w, stride)
