"""Solutions of 09_spatial that a student might write: wrong ones (:) and other right ones (+)."""

# %% spatial-out-length: padding once
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1

# %% spatial-out-length: forgets the last place
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride

# %% spatial-out-length: no dilation
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - (kernel - 1) - 1) // stride + 1

# %% spatial-out-length: dilated kernel too long
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * kernel - 1) // stride + 1

# %% spatial-out-length: adds before dividing
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1)) // stride

# %% spatial-out-length: a float
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1

# %% spatial-out-length: rounds up
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return -(-(n + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1

# %% spatial-out-length: no stride
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1) + 1

# %% spatial-out-length: the length
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return n

# %% spatial-out-length + len of a range
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return len(range(0, n + 2 * padding - dilation * (kernel - 1), stride))

# %% spatial-out-length + stride added first
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1 + stride) // stride

# %% spatial-loops: no stride
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i + a, j + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: stride in rows only
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: turned kernel
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[o, c, -1 - a, -1 - b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: first channel only
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, 0, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: first kernel only
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[0, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: first image only
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[0, c, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: keeps only the last product
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total = x[n, c, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: rows and columns swapped
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[o, c, b % w.shape[2], a % w.shape[3]]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: stride times kernel
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i + a * stride % w.shape[2], j + b] * w[o, c, a, b]
        out[n, o, i, j] = total
    return out

# %% spatial-loops: mean instead of sum
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        total = 0.0
        for c, a, b in np.ndindex(w.shape[1:]):
            total += x[n, c, i * stride + a, j * stride + b] * w[o, c, a, b]
        out[n, o, i, j] = total / w[0].size
    return out

# %% spatial-loops: nothing
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        pass
    return out

# %% spatial-loops + a slice for each window
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        window = x[n, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
        out[n, o, i, j] = (window * w[o]).sum()
    return out

# %% spatial-loops + adds to out
#| export
def conv2d_loops(x, w, stride=1):
    """The convolution of images x (N, C, H, W) with kernels w (O, C, kh, kw), arrays, number by number: (N, O, oh, ow)."""
    height, width = (out_length(n, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
    out = np.zeros((len(x), len(w), height, width), x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        for c, a, b in np.ndindex(w.shape[1:]):
            out[n, o, i, j] += x[n, c, i * stride + a, j * stride + b] * w[o, c, a, b]
    return out

# %% spatial-windows: no dilation
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, down, right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: no stride
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[0] * down, dilation[1] * right, down, right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: stride and dilation swapped
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, stride[0] * down, stride[1] * right, dilation[0] * down, dilation[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: rows and columns swapped
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[1] * right, dilation[0] * down, stride[1] * right, stride[0] * down)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: places before kernel
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, stride[0] * down, stride[0] * right, dilation[1] * down, dilation[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: one stride for both
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[0] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: one dilation for both
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[0] * down, dilation[0] * right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: as if in one piece
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    down = x.itemsize * x.shape[3]
    right = x.itemsize
    strides = (image, channel, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: bytes of float32 always
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    right = 4
    down = 4 * x.shape[3]
    strides = (image, channel, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows: image and channel swapped
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (channel, image, dilation[0] * down, dilation[1] * right, stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-windows + from products of arrays
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (*x.strides[:2], *(np.array(dilation) * x.strides[2:]).tolist(), *(np.array(stride) * x.strides[2:]).tolist())
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-im2col: columns as rows
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen.reshape(len(x), -1, rows.shape[1]).swapaxes(1, 2)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-im2col: rows and columns of the places swapped
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen.swapaxes(4, 5).reshape(len(x), rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-im2col: kernel transposed
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen.swapaxes(2, 3).reshape(len(x), rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-im2col: kernel turned
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen[:, :, ::-1, ::-1].reshape(len(x), rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-im2col: images in the product
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen.reshape(rows.shape[1], -1)
    return (rows @ columns).reshape(len(x), len(w), *seen.shape[4:])

# %% spatial-im2col: nothing
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    return np.zeros((len(x), len(w), *seen.shape[4:]))

# %% spatial-im2col: one image for all
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    columns = seen[:1].reshape(1, rows.shape[1], -1)
    return np.repeat((rows @ columns).reshape(1, len(w), *seen.shape[4:]), len(x), 0)

# %% spatial-im2col + einsum
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    return np.einsum("ncabij,ocab->noij", seen, w)

# %% spatial-im2col + tensordot
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    return np.tensordot(w, seen, ((1, 2, 3), (1, 2, 3))).swapaxes(0, 1)

# %% spatial-weight-grad: last image only
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total[...] = (columns @ rows.mT).sum(0)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: mean over the batch
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (columns @ rows.mT).sum(0) / len(g)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: transposed in shape only
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (rows @ columns.mT).sum(0).reshape(total.shape)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: subtracts
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total -= (columns @ rows.mT).sum(0)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: nothing
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        pass
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: reversed columns
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (columns[..., ::-1] @ rows.mT).sum(0)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: the first image of each part
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (columns @ rows.mT)[0]
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad: a new array
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total = (columns @ rows.mT).sum(0)
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad + the other way round
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += (rows @ columns.mT).sum(0).mT
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-weight-grad + einsum
#| export
@op
def convolve_weight(g, x, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """The gradient of the weight of `convolve`, (O, C / groups, kh, kw), where its result has the gradient g (N, O, oh, ow)."""
    count, channels, places = g.shape[1] // groups, x.shape[1] // groups, math.prod(g.shape[2:])
    given, tall = g.reshape(len(g), groups, 1, count, places), channels * math.prod(kernel)
    parts = _arrays.pieces(count, places, tall)
    total = np.zeros((groups, parts, tall // parts, count), np.result_type(g, x))
    for images, columns in by_part(x, kernel, stride, padding, dilation, groups):
        columns, rows = columns.reshape(len(columns), groups, parts, tall // parts, places), given[images]
        total += np.einsum("nghkp,ngop->ghko", columns, rows[:, :, 0])
    return total.reshape(groups, tall, count).mT.reshape(groups * count, channels, *kernel)

# %% spatial-turned: not turned
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-turned: turned in rows only
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)[..., ::-1, :]
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-turned: turned in columns only
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)[..., ::-1]
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-turned: channels not swapped
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    return w[..., ::-1, ::-1].reshape(groups * w.shape[1], -1, *w.shape[2:])

# %% spatial-turned: no groups
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    return w.swapaxes(0, 1)[..., ::-1, ::-1]

# %% spatial-turned: channels reversed too
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)[:, ::-1, :, ::-1, ::-1]
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-turned: transposed instead of turned
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2).swapaxes(-1, -2)
    return parts.reshape(-1, *parts.shape[2:])

# %% spatial-turned: groups at the inner place
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = w.reshape(-1, groups, *w.shape[1:]).swapaxes(0, 2)[..., ::-1, ::-1]
    return parts.reshape(-1, w.shape[0] // groups, *w.shape[2:])

# %% spatial-turned: kernel as it is
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    return w

# %% spatial-turned + flip
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = np.flip(w.reshape(groups, -1, *w.shape[1:]).transpose(0, 2, 1, 3, 4), (3, 4))
    return parts.reshape(groups * w.shape[1], -1, *w.shape[2:])

# %% spatial-turned + rot90, group by group
#| export
def turned(w, groups=1):
    """The array w (O, C / groups, kh, kw), turned by 180°, with the channels swapped within each group: (C, O / groups, kh, kw).

    >>> turned(np.arange(4).reshape(1, 1, 2, 2))[0, 0].tolist()
    [[3, 2], [1, 0]]
    """
    parts = [np.rot90(part.swapaxes(0, 1), 2, (2, 3)) for part in np.split(w, groups)]
    return np.concatenate(parts)

# %% spatial-rule: the two swapped
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options), lambda: convolve(h, weight, **options)

# %% spatial-rule: no gradient of the weight
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight, **options), None

# %% spatial-rule: no gradient of g
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return None, lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-rule: g convolved
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(g, weight, **options), lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-rule: g twice
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight, **options), lambda: convolve_weight(g, g, kernel=weight.shape[2:], **options)

# %% spatial-rule: h as the gradient
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight, **options), lambda: convolve_weight(h, g, kernel=weight.shape[2:], **options)

# %% spatial-rule: no options
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight), lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-rule: no options for the weight
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(h, weight, **options), lambda: convolve_weight(g, h, kernel=weight.shape[2:])

# %% spatial-rule: a sign
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return lambda: convolve(-h, weight, **options), lambda: convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-rule + at once
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return convolve(h, weight, **options), convolve_weight(g, h, kernel=weight.shape[2:], **options)

# %% spatial-max-pool: the smallest
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]].copy()
    for at in indices[1:]:
        np.minimum(out, image[at], out=out)
    return out

# %% spatial-max-pool: writes into the image
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]]
    for at in indices[1:]:
        np.maximum(out, image[at], out=out)
    return out

# %% spatial-max-pool: starts at 0
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = np.zeros(image[indices[0]].shape, x.dtype)
    for at in indices:
        np.maximum(out, image[at], out=out)
    return out

# %% spatial-max-pool: first pixel only
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    return image[indices[0]].copy()

# %% spatial-max-pool: last place forgotten
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]].copy()
    for at in indices[1:-1]:
        np.maximum(out, image[at], out=out)
    return out

# %% spatial-max-pool: mean
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    return sum(image[at] for at in indices) / len(indices)

# %% spatial-max-pool: the sum
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    return sum(image[at] for at in indices)

# %% spatial-max-pool: largest size
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]].copy()
    for at in indices[1:]:
        out = np.where(np.abs(image[at]) > np.abs(out), image[at], out)
    return out

# %% spatial-max-pool + stack
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    return np.stack([image[at] for at in indices]).max(0)

# %% spatial-max-pool + windows
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    return windows(image, kernel, stride, dilation).max((2, 3))

# %% spatial-max-pool-grad: overwrites
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] = _arrays.where(here, g, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: to all of the window
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += g
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: where it is not
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += _arrays.where(here, 0, g)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: divided
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += _arrays.where(here, g, 0) / (kernel[0] * kernel[1])
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: counts only
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += _arrays.where(here, 1, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: shared among equals
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += np.where(image[at] == out, g, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: nothing
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        pass
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: subtracts
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] -= _arrays.where(here, g, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad: the numbers themselves
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += _arrays.where(here, out, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad + np.where
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += np.where(here, g, 0)
    return padded(total, opposite(padding))

# %% spatial-max-pool-grad + times the mask
#| export
@op
def max_pool_grad(g, x, out, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The gradient of x (…, H, W), where `out`, the result of max_pool, has the gradient g (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    total = np.zeros(image.shape, g.dtype)
    for at, here in firsts(image, out, kernel, stride, dilation):
        total[at] += g * here
    return padded(total, opposite(padding))

# %% spatial-averaging: end rounded down
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, max((i + 1) * n // m, i * n // m + 1)
        matrix[i, start:end] = 1 / (end - start)
    return matrix

# %% spatial-averaging: start rounded up
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = -(-i * n // m) if -(-i * n // m) < n else n - 1, -(-(i + 1) * n // m)
        matrix[i, start:end] = 1 / (end - start)
    return matrix

# %% spatial-averaging: the sum
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start:end] = 1
    return matrix

# %% spatial-averaging: divides by n / m
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start:end] = m / n
    return matrix

# %% spatial-averaging: divides by n
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start:end] = 1 / n
    return matrix

# %% spatial-averaging: equal bins
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        size = max(n // m, 1)
        matrix[i, i * size : (i + 1) * size] = 1 / size
    return matrix

# %% spatial-averaging: bins without overlap
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, max((i + 1) * n // m, i * n // m + 1)
        matrix[i, start:end] = 1 / (end - start)
    return matrix

# %% spatial-averaging: one more
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        start, end = i * n // m, -(-(i + 1) * n // m)
        matrix[i, start : end + 1] = 1 / (end - start)
    return matrix

# %% spatial-averaging: nothing
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    pass
    return matrix

# %% spatial-averaging + math
#| export
def averaging(n, m):
    """The array (m, n) whose product with n numbers is the averages of m bins.

    >>> averaging(4, 2).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    matrix = np.zeros((m, n))
    for i in range(m):
        row = slice(math.floor(i * n / m), math.ceil((i + 1) * n / m))
        matrix[i, row] = 1
        matrix[i] /= matrix[i].sum()
    return matrix

# %% spatial-standardize-rule: only divided
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return g / s

# %% spatial-standardize-rule: no mean of g
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: no stretching
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True)) / s

# %% spatial-standardize-rule: unbiased variance
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: no eps
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True))
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: eps outside the root
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True)) + eps
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: divides by the variance
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = var(x, dim, correction=0, keepdim=True) + eps
    return (g - mean(g, dim, keepdim=True) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: sum for mean
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) - out * sum_(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: mean over everything
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g) - out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule: x for out
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) - out * mean(g * x, dim, keepdim=True)) / s

# %% spatial-standardize-rule: wrong sign
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, correction=0, keepdim=True) + eps)
    return (g - mean(g, dim, keepdim=True) + out * mean(g * out, dim, keepdim=True)) / s

# %% spatial-standardize-rule + in steps
#| export
@rule(standardize)
def _(g, out, x, dim, eps=1e-5):
    s = sqrt(var(x, dim, 0, True) + eps)
    share = g / s
    return share - mean(share, dim, keepdim=True) - out * mean(share * out, dim, keepdim=True)

# %% spatial-track: momentum the other way round
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    m = momentum
    overwrite(running_mean, m * running_mean + (1 - m) * mean(x, dims))
    overwrite(running_var, m * running_var + (1 - m) * var(x, dims))

# %% spatial-track: biased variance
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, dims))
    overwrite(running_var, (1 - momentum) * running_var + momentum * var(x, dims, correction=0))

# %% spatial-track: not in place
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    running_mean = (1 - momentum) * running_mean + momentum * mean(x, dims)
    running_var = (1 - momentum) * running_var + momentum * var(x, dims)

# %% spatial-track: new memory
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    running_mean.data = ((1 - momentum) * running_mean + momentum * mean(x, dims)).data
    running_var.data = ((1 - momentum) * running_var + momentum * var(x, dims)).data

# %% spatial-track: mean only
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, dims))

# %% spatial-track: the batch alone
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, mean(x, dims))
    overwrite(running_var, var(x, dims))

# %% spatial-track: over the batch only, first pixel
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    x = reshape(x, (x.shape[0], x.shape[1], -1))[:, :, 0]
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, 0))
    overwrite(running_var, (1 - momentum) * running_var + momentum * var(x, 0))

# %% spatial-track: standard deviation
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, (1 - momentum) * running_mean + momentum * mean(x, dims))
    overwrite(running_var, (1 - momentum) * running_var + momentum * sqrt(var(x, dims)))

# %% spatial-track: adds without forgetting
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, running_mean + momentum * mean(x, dims))
    overwrite(running_var, (1 - momentum) * running_var + momentum * var(x, dims))

# %% spatial-track: nothing
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    pass

# %% spatial-track + as a step
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    overwrite(running_mean, running_mean + momentum * (mean(x, dims) - running_mean))
    overwrite(running_var, running_var + momentum * (var(x, dims) - running_var))

# %% spatial-out-length! int() rounds towards 0
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return int((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1

# %% spatial-out-length + int() of all of it
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return int((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)

# %% spatial-out-length + never below 0
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return max(0, (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)

# %% spatial-out-length + math.floor
#| export
def out_length(n, kernel, stride=1, padding=0, dilation=1):
    """At how many places a kernel fits along an axis of n pixels.

    >>> out_length(28, 3), out_length(28, 3, padding=1), out_length(28, 3, stride=2)
    (26, 28, 13)
    """
    return math.floor((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)

# %% spatial-im2col! calls the loops
#| export
def conv2d_im2col(x, w, stride=1):
    """What `conv2d_loops` gives, as one product of matrices."""
    seen = windows(x, w.shape[2:], (stride, stride))
    rows = w.reshape(len(w), -1)
    return conv2d_loops(x, w, stride)

# %% spatial-windows! stride too large
#| export
def windows(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an array x (N, C, H, W), not copied: out[n, c, a, b, i, j] is under (a, b) of the kernel at place (i, j).

    kernel, stride and dilation: one number for rows and one for columns. The result is (N, C, kh, kw, oh, ow).
    """
    places = [out_length(n, k, s, 0, d) for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    image, channel, down, right = x.strides
    strides = (image, channel, dilation[0] * down, dilation[1] * right, 10**6 * stride[0] * down, stride[1] * right)
    return as_strided(x, (*x.shape[:2], *kernel, *places), strides, writeable=False)

# %% spatial-max-pool! a view of the image
#| export
@op
def max_pool(x, kernel, stride, padding=((0, 0), (0, 0)), dilation=(1, 1)):
    """The largest number of each window of x (…, H, W): (…, oh, ow)."""
    image = padded(x, padding, lowest(x))
    indices = list(shifts(kernel, stride, dilation, fitting(image.shape[-2:], kernel, stride, dilation)))
    out = image[indices[0]]
    for at in indices[1:]:
        out = np.maximum(out, image[at])
    return out

# %% spatial-track! names bound anew
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    running_mean = (1 - momentum) * running_mean + momentum * mean(x, dims)
    running_var = (1 - momentum) * running_var + momentum * var(x, dims)

# %% spatial-track! *= and +=
#| export
def track_(running_mean, running_var, x, momentum):
    """Move the running mean and variance, Tensors (C,), towards those of the batch x (N, C, …); in place."""
    dims = (0, *range(2, x.ndim))
    running_mean *= 1 - momentum
    running_mean += momentum * mean(x, dims)
    running_var *= 1 - momentum
    running_var += momentum * var(x, dims)

# %% spatial-rule + values at once
#| export
@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return convolve(h, weight, **options), convolve_weight(g, h, kernel=weight.shape[2:], **options)
