# module: 09_spatial
# tries: windows of no size, since nothing differs from nothing
# expect: test-spatial-windows failed
# %% spatial-windows
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    return x.reshape(*x.shape[:2], 1, 1, *x.shape[2:])[:, :, :, :, :0, :0]
