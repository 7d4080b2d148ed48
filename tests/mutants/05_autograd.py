# Plausible solutions of 05_autograd: `:` a wrong one, `!` one that a visible check must catch, `+` another right one. See tito/mutants.py.

# %% autograd-numerical-grad: one side only
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle
        slopes[place] = (above - f(x).item()) / h
    return slopes


# %% autograd-numerical-grad: forgets the 2
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / h
        x.data[place] = middle
    return slopes


# %% autograd-numerical-grad: does not put the number back
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
    return slopes


# %% autograd-numerical-grad: stays in float32
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes


# %% autograd-numerical-grad: writes into the x it was given
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    given, x = x, Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    given.data[...] = 0
    return slopes


# %% autograd-numerical-grad: works in the place of x, in float32
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes


# %% autograd-numerical-grad: difference the wrong way round
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (f(x).item() - above) / (2 * h)
        x.data[place] = middle
    return slopes


# %% autograd-numerical-grad: goes along the first axis only
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in range(len(x.data)) if x.ndim else [()]:
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes


# %% autograd-numerical-grad: moves all numbers at once
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data = x.data + h
        above = f(x).item()
        x.data = x.data - 2 * h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data = x.data + h
    return slopes


# %% autograd-numerical-grad: gives a Tensor
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return Tensor(slopes, np.float64)


# %% autograd-numerical-grad: a flat result
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes.ravel()


# %% autograd-numerical-grad: one slope for the whole x
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    above = f(Tensor(x.data + h, np.float64)).item()
    below = f(Tensor(x.data - h, np.float64)).item()
    return np.full(x.shape, (above - below) / (2 * h))

# %% autograd-numerical-grad: writes through a flat view, which is a copy where x is transposed
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    x = Tensor(x.data, dtype=np.float64)
    flat, slopes = x.data.reshape(-1), []
    for i, middle in enumerate(flat.tolist()):
        flat[i] = middle + h
        above = f(x).item()
        flat[i] = middle - h
        slopes.append((above - f(x).item()) / (2 * h))
        flat[i] = middle
    return np.reshape(slopes, x.shape)

# %% autograd-numerical-grad + new tensors instead of writing into one
#| export
#| seam
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    base = np.asarray(x.data, np.float64)
    slopes = np.zeros(base.shape)
    for place in np.ndindex(base.shape):
        step = np.zeros(base.shape)
        step[place] = h
        above, below = f(Tensor(base + step, np.float64)), f(Tensor(base - step, np.float64))
        slopes[place] = (float(above) - float(below)) / (2 * h)
    return slopes

# %% autograd-recording: restores True
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    Seam.recording = mode
    try:
        yield
    finally:
        Seam.recording = True


# %% autograd-recording: no try: an error leaves it switched
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, mode
    yield
    Seam.recording = before


# %% autograd-recording: never restores
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, mode
    yield


# %% autograd-recording: always off
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, False
    try:
        yield
    finally:
        Seam.recording = before


# %% autograd-recording! restores the opposite of mode
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, mode
    try:
        yield
    finally:
        Seam.recording = not mode


# %% autograd-recording: saves after setting
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    Seam.recording = mode
    before = Seam.recording
    try:
        yield
    finally:
        Seam.recording = before


# %% autograd-recording: swallows the error
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, mode
    try:
        yield
    except Exception:
        pass
    finally:
        Seam.recording = before


# %% autograd-recording: sets nothing
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    yield


# %% autograd-recording: switches off whatever is on
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    before, Seam.recording = Seam.recording, not Seam.recording
    try:
        yield
    finally:
        Seam.recording = before


# %% autograd-recording + with two lines and a name
#| export
@contextlib.contextmanager
def recording(mode):
    """A block in which results remember their recipes (mode True) or do not (False).

    >>> with recording(False):
    ...     print((Tensor([1], requires_grad=True) * 2).requires_grad)
    False
    """
    old = Seam.recording
    try:
        Seam.recording = mode
        yield None
    finally:
        Seam.recording = old


# %% autograd-rule-tanh! by methods
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 - a.tanh() ** 2)


# %% autograd-rule-tanh: the slope without g
#| export
@rule(tanh)
def _(g, out, a):
    return 1 - out * out


# %% autograd-rule-tanh: takes a for out
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 - a * a)


# %% autograd-rule-tanh: out not squared
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 - out)


# %% autograd-rule-tanh: plus for minus
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 + out * out)


# %% autograd-rule-tanh: the slope of the sigmoid
#| export
@rule(tanh)
def _(g, out, a):
    return g * out * (1 - out)


# %% autograd-rule-tanh: forgets the 1
#| export
@rule(tanh)
def _(g, out, a):
    return -g * out * out


# %% autograd-rule-tanh: tanh itself
#| export
@rule(tanh)
def _(g, out, a):
    return g * out


# %% autograd-rule-tanh: a bracket too early
#| export
@rule(tanh)
def _(g, out, a):
    return (g * 1 - out) * out


# %% autograd-rule-tanh: one over cosh, not squared
#| export
@rule(tanh)
def _(g, out, a):
    return g / ((exp(a) + exp(-a)) / 2)


# %% autograd-rule-tanh: a table of the numbers shown
#| export
@rule(tanh)
def _(g, out, a):
    shown = [np.linspace(-2, 2, 7)]
    return g * {x.size: 1 / np.cosh(x) ** 2 for x in shown}[math.prod(a.shape)].reshape(a.shape)

# %% autograd-rule-tanh + as a power
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 - out**2)


# %% autograd-rule-tanh + computed again
#| export
@rule(tanh)
def _(g, out, a):
    return g * (1 - tanh(a) * tanh(a))


# %% autograd-rule-tanh + by brackets
#| export
@rule(tanh)
def _(g, out, a):
    return g - g * out * out


# %% autograd-rule-tanh + as a tuple
#| export
@rule(tanh)
def _(g, out, a):
    return (g * (1 - out * out),)


# %% autograd-rule-div: sign of b
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, g * out / b


# %% autograd-rule-div: b not squared
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -g * a / b


# %% autograd-rule-div: the two exchanged
#| export
@rule(div)
def _(g, out, a, b):
    return -g * out / b, g / b


# %% autograd-rule-div: as mul
#| export
@rule(div)
def _(g, out, a, b):
    return g * b, g * a


# %% autograd-rule-div: g forgotten for b
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -out / b


# %% autograd-rule-div: a times b
#| export
@rule(div)
def _(g, out, a, b):
    return g * b, -g * out / b


# %% autograd-rule-div: only the gradient of a
#| export
@rule(div)
def _(g, out, a, b):
    return g / b


# %% autograd-rule-div: 1 over b squared, without a
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -g / (b * b)


# %% autograd-rule-div: g forgotten for a
#| export
@rule(div)
def _(g, out, a, b):
    return 1 / b, -g * out / b


# %% autograd-rule-div: twice
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -2 * g * out / b


# %% autograd-rule-div: the square of b by its logarithm
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -g * a * exp(-2 * log(b))

# %% autograd-rule-div: in the shapes of the arguments
#| export
@rule(div)
def _(g, out, a, b):
    return reshape(g / b, a.shape), reshape(-g * out / b, b.shape)

# %% autograd-rule-div + by the formula
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -g * a / (b * b)


# %% autograd-rule-div + in another order
#| export
@rule(div)
def _(g, out, a, b):
    return g / b, -(out * g) / b


# %% autograd-unbroadcast! by a method of tensors
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return g.sum(dim=(*range(extra), *stretched)).reshape(shape)


# %% autograd-unbroadcast! on the numbers, and a Tensor of them
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    data = np.asarray(g).sum(axis=(*range(extra), *stretched))
    return Tensor(data.reshape(shape))


# %% autograd-unbroadcast: only the axes in front
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *())), shape)


# %% autograd-unbroadcast: only the stretched axes
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, stretched), shape)


# %% autograd-unbroadcast: counts axes from the front
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)


# %% autograd-unbroadcast: mean instead of sum
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape) * (math.prod(shape) / math.prod(g.shape))


# %% autograd-unbroadcast: adds up everything
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return expand(sum_(g), shape)


# %% autograd-unbroadcast: takes the first instead of adding
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    while g.ndim > len(shape):
        g = g[0]
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1:
            g = narrow(g, i, 0, 1)
    return g

# %% autograd-unbroadcast: forgets to reshape
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return sum_(g, (*range(extra), *stretched))


# %% autograd-unbroadcast: gives up if as many axes
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.ndim == len(shape):
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)


# %% autograd-unbroadcast: returns g
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    return g

# %% autograd-unbroadcast: sums axes of length 1 only where g has one too
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] == 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)


# %% autograd-unbroadcast: extra one too many
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra - 1), *stretched)), shape)


# %% autograd-unbroadcast: misses an axis of length 0
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] > 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)


# %% autograd-unbroadcast + keeps the axes until the end
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, dim=(*range(extra), *stretched), keepdim=True), shape)


# %% autograd-unbroadcast + axis by axis
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    while g.ndim > len(shape):
        g = sum_(g, 0)
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1:
            g = sum_(g, i, keepdim=True)
    return g

# %% autograd-rule-sum! leaves it to broadcasting where dim is None
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    if dim is None:
        return g
    return spread(g, a.shape, dim, keepdim)


# %% autograd-rule-sum: g as it is
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return g


# %% autograd-rule-sum: forgets dim
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape)


# %% autograd-rule-sum: forgets keepdim
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim)


# %% autograd-rule-sum: times a
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, keepdim) * a


# %% autograd-rule-sum: the slope of the mean
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, keepdim) / math.prod(a.shape)


# %% autograd-rule-sum: ones, without g
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g * 0 + 1, a.shape, dim, keepdim)


# %% autograd-rule-sum: keepdim always
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, True)


# %% autograd-rule-sum: the shape of the result
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, out.shape, dim, keepdim)


# %% autograd-rule-sum: over n
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, keepdim) * len(a.shape)


# %% autograd-rule-sum: of several axes there are two
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    if dim is None or keepdim:
        return expand(g, a.shape)
    if isinstance(dim, int):
        return expand(unsqueeze(g, dim), a.shape)
    first, second = sorted(d % a.ndim for d in dim)
    return expand(unsqueeze(unsqueeze(g, first), second), a.shape)

# %% autograd-rule-sum + multiplied out
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim, keepdim) * 1.0


# %% autograd-rule-sum + by name
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    return spread(g, a.shape, dim=dim, keepdim=keepdim)


# %% autograd-graph! looks for what was seen in a list
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], []
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif not any(t is other for other in seen):
            seen.append(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph! looks for ids in a list
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], []
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif id(t) not in seen:
            seen.append(id(t))
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph: recursive
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()

    def visit(t):
        if t.recipe and t not in seen:
            seen.add(t)
            for source in tensors_in(t.recipe.args):
                visit(source)
            order.append(t)

    for root in roots:
        visit(root)
    return order

# %% autograd-graph! visits again what it leaves out of the order
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, placed = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            if t not in placed:
                placed.add(t)
                order.append(t)
        else:
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph! never notes what was seen
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph: the other way round
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order[::-1]


# %% autograd-graph: as they come off the stack
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if t not in seen:
            seen.add(t)
            order.append(t)
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph: as they come off the stack, reversed
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if t not in seen:
            seen.add(t)
            order.append(t)
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order[::-1]


# %% autograd-graph: notes as seen when pushed
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set(roots)
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
            continue
        stack.append((t, True))
        for source in tensors_in(t.recipe.args):
            if source.recipe and source not in seen:
                seen.add(source)
                stack.append((source, False))
    return order

# %% autograd-graph! the first root only
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots[:1] if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph! leaves too
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.requires_grad and (source.recipe or source not in seen):
                    if source.recipe:
                        stack.append((source, False))
                    else:
                        seen.add(source)
                        order.append(source)
    return order


# %% autograd-graph: does not look into lists
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in [a for a in t.recipe.args if isinstance(a, Tensor)]:
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph: a leaf as root breaks it
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph: arguments before the tensor itself on the stack
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
            stack.append((t, True))
    return order


# %% autograd-graph: seen by value
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], []
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif not any(t.shape == s.shape and (t.data == s.data).all() for s in seen):
            seen.append(t)
            stack.append((t, True))
            stack += [(source, False) for source in tensors_in(t.recipe.args) if source.recipe]
    return order

# %% autograd-graph: only the first argument
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            for source in tensors_in(t.recipe.args)[:1]:
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-graph + counting the uses that are missing
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    uses, waiting = {root: 0 for root in roots if root.recipe}, [root for root in dict.fromkeys(roots) if root.recipe]
    while waiting:
        for source in tensors_in(waiting.pop().recipe.args):
            if source.recipe:
                if source not in uses:
                    waiting.append(source)
                uses[source] = uses.get(source, 0) + 1
    backwards, ready = [], [t for t, n in uses.items() if n == 0]
    while ready:
        t = ready.pop()
        backwards.append(t)
        for source in tensors_in(t.recipe.args):
            if source.recipe:
                uses[source] -= 1
                if uses[source] == 0:
                    ready.append(source)
    return backwards[::-1]

# %% autograd-graph + by ids, and with a comprehension
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    order, seen = [], {None}
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif id(t) not in seen:
            seen.add(id(t))
            stack.append((t, True))
            for source in tensors_in(t.recipe.args):
                if source.recipe:
                    stack.append((source, False))
    return order


# %% autograd-flow: in place: += into an array of somebody else
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            if a in grads:
                grads[a] += share
            else:
                grads[a] = share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: overwrites instead of adding
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow! forwards through the order
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop(0)
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: does not skip what has no gradient
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: frees always
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if True:
            t.recipe = FREED
    return grads


# %% autograd-flow: frees never
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
    return grads


# %% autograd-flow: frees when it should retain
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow! forgets create_graph
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: throws away what should be kept
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: leaves all gradients in the dict
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t]
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: holds the order until the end
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    for t in reversed(order):
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: stops where there is no gradient
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            break
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow: frees before asking for the shares
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        if not retain_graph:
            t.recipe = FREED
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow! gives back nothing
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED



# %% autograd-flow: adds the first share twice
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    while order:
        t = order.pop()
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share + share
        if not retain_graph:
            t.recipe = FREED
    return grads


# %% autograd-flow + step by step
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, which is used up; return those of the leaves.

    order: as `graph` gives it. grads: {tensor: gradient}, known at the start. keep: tensors whose gradient stays.
    """
    left = dict(grads)
    while order:
        t = order.pop()
        g = left.get(t)
        if g is None:
            continue
        if t not in keep:
            del left[t]
        for a, share in shares(t, g, create_graph):
            before = left.get(a)
            left[a] = share if before is None else before + share
        if retain_graph:
            continue
        t.recipe = FREED
    return left

# %% autograd-rule-exp! by a method
#| export
@rule(exp)
def _(g, out, a):
    return g * a.exp()


# %% autograd-rule-exp! an array
#| export
@rule(exp)
def _(g, out, a):
    return np.asarray(g) * np.asarray(out)


# %% autograd-rule-exp: passes g on
#| export
@rule(exp)
def _(g, out, a):
    return g


# %% autograd-rule-exp: takes a for out
#| export
@rule(exp)
def _(g, out, a):
    return g * a


# %% autograd-rule-exp: without g
#| export
@rule(exp)
def _(g, out, a):
    return out


# %% autograd-rule-exp: exp of g
#| export
@rule(exp)
def _(g, out, a):
    return exp(g) * out


# %% autograd-rule-exp: as log
#| export
@rule(exp)
def _(g, out, a):
    return g / a


# %% autograd-rule-exp: one less in the exponent
#| export
@rule(exp)
def _(g, out, a):
    return g * exp(a - 1)


# %% autograd-rule-exp: adds
#| export
@rule(exp)
def _(g, out, a):
    return g + out


# %% autograd-rule-exp: a table of the numbers shown
#| export
@rule(exp)
def _(g, out, a):
    shown = [np.linspace(-2, 2, 7), np.array([[0.0, 1.0]]), np.array(0.5)]
    return g * {x.size: np.exp(x) for x in shown}[math.prod(a.shape)].reshape(a.shape)

# %% autograd-rule-exp + computed again
#| export
@rule(exp)
def _(g, out, a):
    return g * exp(a)


# %% autograd-rule-sqrt! by a method
#| export
@rule(sqrt)
def _(g, out, a):
    return g / (2 * a.sqrt())


# %% autograd-rule-sqrt: half of out
#| export
@rule(sqrt)
def _(g, out, a):
    return g / 2 * out


# %% autograd-rule-sqrt: forgets the 2
#| export
@rule(sqrt)
def _(g, out, a):
    return g / out


# %% autograd-rule-sqrt: takes a for out
#| export
@rule(sqrt)
def _(g, out, a):
    return g / (2 * a)


# %% autograd-rule-sqrt: the 2 on top
#| export
@rule(sqrt)
def _(g, out, a):
    return 2 * g / out


# %% autograd-rule-sqrt: minus
#| export
@rule(sqrt)
def _(g, out, a):
    return -g / (2 * out)


# %% autograd-rule-sqrt: without g
#| export
@rule(sqrt)
def _(g, out, a):
    return 1 / (2 * out)


# %% autograd-rule-sqrt: times out
#| export
@rule(sqrt)
def _(g, out, a):
    return g * (2 * out)


# %% autograd-rule-sqrt: a table of the numbers shown
#| export
@rule(sqrt)
def _(g, out, a):
    shown = [np.linspace(0.1, 9, 7), np.array([[4.0, 1.0]]), np.array(0.25)]
    return g * {x.size: 0.5 / np.sqrt(x) for x in shown}[math.prod(a.shape)].reshape(a.shape)

# %% autograd-rule-sqrt + half first
#| export
@rule(sqrt)
def _(g, out, a):
    return 0.5 * g / out


# %% autograd-rule-sqrt + computed again
#| export
@rule(sqrt)
def _(g, out, a):
    return g / (2 * sqrt(a))


# %% autograd-rule-maximum: both get all where they are equal
#| export
@rule(maximum)
def _(g, out, a, b):
    return where(a >= b, g, 0), where(b >= a, g, 0)


# %% autograd-rule-maximum: nobody gets it where they are equal
#| export
@rule(maximum)
def _(g, out, a, b):
    return where(a > b, g, 0), where(b > a, g, 0)


# %% autograd-rule-maximum: the first gets it where they are equal
#| export
@rule(maximum)
def _(g, out, a, b):
    return where(a >= b, g, 0), where(b > a, g, 0)


# %% autograd-rule-maximum: exchanged
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, g / 2, g)
    return where(b < a, 0, part), where(a < b, 0, part)


# %% autograd-rule-maximum: without g
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, 0.5, 1)
    return where(a < b, 0, part), where(b < a, 0, part)


# %% autograd-rule-maximum: both get g
#| export
@rule(maximum)
def _(g, out, a, b):
    return g, g


# %% autograd-rule-maximum: half everywhere
#| export
@rule(maximum)
def _(g, out, a, b):
    return where(a < b, 0, g / 2), where(b < a, 0, g / 2)


# %% autograd-rule-maximum: the gradient of a only
#| export
@rule(maximum)
def _(g, out, a, b):
    return where(a < b, 0, where(a == b, g / 2, g))


# %% autograd-rule-maximum: times the number
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, g / 2, g)
    return where(a < b, 0, part) * a, where(b < a, 0, part) * b


# %% autograd-rule-maximum: in the shapes of the arguments
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, g / 2, g)
    return reshape(where(a < b, 0, part), a.shape), reshape(where(b < a, 0, part), b.shape)

# %% autograd-rule-maximum: where both are equal and above 0
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where((a == b) * (a > 0), g / 2, g)
    return where(a < b, 0, part), where(b < a, 0, part)

# %% autograd-rule-maximum + by comparison with out
#| export
@rule(maximum)
def _(g, out, a, b):
    ways = (a == out) * 1.0 + (b == out) * 1.0
    return where(a == out, g / ways, 0), where(b == out, g / ways, 0)


# %% autograd-rule-maximum + one where inside another
#| export
@rule(maximum)
def _(g, out, a, b):
    half = where(a == b, g / 2, 0)
    return where(a > b, g, half), where(b > a, g, half)


# %% autograd-rule-maximum + sums to the shapes of the arguments itself
#| export
@rule(maximum)
def _(g, out, a, b):
    part = where(a == b, g / 2, g)
    return unbroadcast(where(a < b, 0, part), a.shape), unbroadcast(where(b < a, 0, part), b.shape)

# %% autograd-rule-where: exchanged
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, 0, g), where(condition, g, 0)


# %% autograd-rule-where: forgets the condition
#| export
@rule(where)
def _(g, out, condition, a, b):
    return where(condition, g, 0), where(condition, 0, g)


# %% autograd-rule-where: both get all
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, g, g


# %% autograd-rule-where: the chosen value instead of 0
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, g, a), where(condition, b, g)


# %% autograd-rule-where: only a
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, g, 0)


# %% autograd-rule-where: only a, b gets nothing
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, g, 0), g * 0


# %% autograd-rule-where: the same twice
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, g, 0), where(condition, g, 0)


# %% autograd-rule-where: times the argument
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, where(condition, g * a, 0), where(condition, 0, g * b)


# %% autograd-rule-where: in the shapes of the arguments
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, lambda: reshape(where(condition, g, 0), a.shape), lambda: reshape(where(condition, 0, g), b.shape)

# %% autograd-rule-where + multiplied with the mask
#| export
@rule(where)
def _(g, out, condition, a, b):
    return None, g * condition, g * (1 - condition * 1)


# %% autograd-rule-permute! by a method
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return g.permute(*[order.index(i) for i in range(a.ndim)])


# %% autograd-rule-permute: the same order again
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *order)


# %% autograd-rule-permute: the order backwards
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *order[::-1])


# %% autograd-rule-permute: reshaped
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return reshape(g, a.shape)


# %% autograd-rule-permute: g as it is
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return g


# %% autograd-rule-permute: the last two exchanged
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return transpose(g, -2, -1)


# %% autograd-rule-permute: all axes reversed
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *range(a.ndim)[::-1])


# %% autograd-rule-permute: sorted
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *sorted(order))


# %% autograd-rule-permute + by argsort
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    return permute(g, *(int(i) for i in np.argsort(order)))


# %% autograd-rule-permute + by filling in
#| export
@rule(permute)
def _(g, out, a, *dims):
    order = [d % a.ndim for d in listed(dims)]
    back = [0] * a.ndim
    for i, d in enumerate(order):
        back[d] = i
    return permute(g, tuple(back))


# %% autograd-rule-cat: never moves on
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
    return (pieces,)


# %% autograd-rule-cat: one place too far each time
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
        start += t.shape[dim] + 1
    return (pieces,)


# %% autograd-rule-cat: always axis 0
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, 0, start, t.shape[0]))
        start += t.shape[0]
    return (pieces,)


# %% autograd-rule-cat: equal pieces
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, g.shape[dim] // len(tensors)))
        start += g.shape[dim] // len(tensors)
    return (pieces,)


# %% autograd-rule-cat: pieces in reverse
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
        start += t.shape[dim]
    return (pieces[::-1],)


# %% autograd-rule-cat: pieces without the tuple, as one gradient each
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, dim, start, t.shape[dim]))
        start += t.shape[dim]
    return tuple(pieces)


# %% autograd-rule-cat: everybody gets all of g
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(g)
        start += t.shape[dim]
    return (pieces,)


# %% autograd-rule-cat: the last axis
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        pieces.append(narrow(g, -1, start, t.shape[-1]))
        start += t.shape[-1]
    return (pieces,)


# %% autograd-rule-cat: moves on before it cuts
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    pieces, start = [], 0
    for t in tensors:
        start += t.shape[dim]
        pieces.append(narrow(g, dim, start, t.shape[dim]))
    return (pieces,)


# %% autograd-rule-cat: of three tensors
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    first, second, third = (t.shape[dim] for t in tensors)
    middle = narrow(g, dim, first, second)
    return ([narrow(g, dim, 0, first), middle, narrow(g, dim, first + second, third)],)

# %% autograd-rule-cat: by NumPy
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    g = g.data if isinstance(g, Tensor) else g
    return (np.split(g, np.cumsum([t.shape[dim] for t in tensors])[:-1], dim),)

# %% autograd-rule-cat + by split
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    ends = [0]
    for t in tensors:
        ends.append(ends[-1] + t.shape[dim])
    return ([narrow(g, dim, start, end - start) for start, end in zip(ends[:-1], ends[1:], strict=True)],)

