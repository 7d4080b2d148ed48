"""Wrong solutions of module 01 that a student would write, and other right ones; see tito/mutants.py."""

# %% tensor-as-array: keeps whatever NumPy makes of it
#| export
def as_array(data, dtype=None):
    return np.array(data, dtype)

# %% tensor-as-array: everything becomes float32
#| export
def as_array(data, dtype=None):
    return np.array(data, dtype or np.float32)

# %% tensor-as-array: shares the array's memory
#| export
def as_array(data, dtype=None):
    array = np.asarray(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: integers in arrays become floats too
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    if dtype is None and (array.dtype.kind == "i" or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: forgets tuples
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: everything from Python becomes float32, booleans too
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    if dtype is None and (isinstance(data, (int, list, tuple)) or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: float64 is turned into float32 even when asked for
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    if array.dtype == np.float64 or (dtype is None and isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: every float becomes float32, float16 too
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype.kind == "f"):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: copies only where the dtype changes
#| export
def as_array(data, dtype=None):
    if isinstance(data, np.ndarray) and dtype is None and data.dtype != np.float64:
        return data
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: returns a view of its own list's type
#| export
def as_array(data, dtype=None):
    if dtype is None and not isinstance(data, np.ndarray):
        dtype = np.float32
    array = np.array(data, dtype)
    return array.astype(np.float32) if dtype is None and array.dtype == np.float64 else array

# %% tensor-as-array: no copy where a dtype is asked for
#| export
def as_array(data, dtype=None):
    if dtype is not None:
        return np.asarray(data, dtype)
    array = np.array(data)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    return array.astype(np.float32) if from_python or array.dtype == np.float64 else array

# %% tensor-as-array: no copy of an array where a dtype is asked for
#| export
def as_array(data, dtype=None):
    if dtype is not None and isinstance(data, np.ndarray):
        return data.astype(dtype, copy=False)
    array = np.array(data, dtype)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: the first element decides whether it is bool
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    if dtype is not None:
        return array
    first = data
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(first, bool):
        return array.astype(bool)
    if isinstance(data, (int, list, tuple)) or array.dtype == np.float64:
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: one bool makes them all bool
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    if dtype is None and isinstance(data, (list, tuple)) and any(type(x) is bool for x in data):
        return array.astype(bool)
    from_python = isinstance(data, (int, list, tuple)) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: whatever is no array becomes float32, text too
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    keep = isinstance(data, (np.ndarray, np.generic)) or array.dtype == bool
    if dtype is None and (array.dtype == np.float64 or not keep):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array: NumPy's integers become float32 where they are no arrays
#| export
def as_array(data, dtype=None):
    array = np.array(data, dtype)
    from_python = not isinstance(data, np.ndarray) and array.dtype.kind == "i"
    if dtype is None and (from_python or array.dtype == np.float64):
        array = array.astype(np.float32)
    return array

# %% tensor-as-array + whatever comes from Python and is whole, NumPy's own excepted
#| export
def as_array(data, dtype=None):
    if dtype is not None:
        return np.array(data, dtype)
    array = np.array(data)
    numpys = isinstance(data, (np.ndarray, np.generic))
    whole = np.issubdtype(array.dtype, np.integer) and not numpys
    return array.astype("float32") if whole or array.dtype == "float64" else array

# %% tensor-as-array + decides the dtype first
#| export
def as_array(data, dtype=None):
    if dtype is None:
        dtype = np.asarray(data).dtype
        if dtype == np.float64 or (dtype.kind == "i" and isinstance(data, (int, list, tuple))):
            dtype = np.float32
    return np.array(data, dtype=dtype)

# %% tensor-strides: the shape itself
def strides(shape):
    return tuple(shape)

# %% tensor-strides: column order
def strides(shape):
    return tuple(math.prod(shape[:i]) for i in range(len(shape)))

# %% tensor-strides: includes the axis itself
def strides(shape):
    return tuple(math.prod(shape[i:]) for i in range(len(shape)))

# %% tensor-strides: right only for two axes
def strides(shape):
    return (shape[1], 1)

# %% tensor-strides: the next axis only
def strides(shape):
    return tuple(shape[1:]) + (1,) if shape else ()

# %% tensor-strides: from right to left and not turned round
def strides(shape):
    found, step = [], 1
    for n in shape[::-1]:
        found.append(step)
        step *= n
    return tuple(found)

# %% tensor-strides: in bytes of float32
def strides(shape):
    return np.zeros(shape, np.float32).strides

# %% tensor-strides: a generator
def strides(shape):
    return (math.prod(shape[i + 1 :]) for i in range(len(shape)))

# %% tensor-strides: tuples in the tuple
def strides(shape):
    return tuple(shape[i + 1 :] for i in range(len(shape)))

# %% tensor-strides + NumPy's prod
def strides(shape):
    return tuple(np.prod(shape[i + 1 :]) for i in range(len(shape)))

# %% tensor-strides + NumPy's prod of integers
def strides(shape):
    return tuple(np.prod(shape[i + 1 :], dtype=int) for i in range(len(shape)))

# %% tensor-strides + a loop from the right
def strides(shape):
    found, step = [], 1
    for n in reversed(shape):
        found.insert(0, step)
        step = step * n
    return tuple(found)

# %% tensor-strides + asks NumPy, returns a list
def strides(shape):
    return [s // 8 for s in np.zeros(shape).strides]

# %% tensor-apply: does not promote
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(np.asarray(f.forward(*unwrap(args), **kwargs)))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: forgets kwargs
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args)), inputs))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: always records
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: records only if all inputs require a gradient
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and all(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: never asks whether recording is on
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: integers require a gradient too
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: does not look into lists
#| export
def apply(f, args, kwargs):
    inputs = [a for a in args if isinstance(a, Tensor)]
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: remembers arrays instead of tensors
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, unwrap(args), kwargs)
    return out

# %% tensor-apply: sets the recipe but not requires_grad
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.recipe = Recipe(f, args, kwargs)
    return out

# %% tensor-apply: sets requires_grad but no recipe
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    out.requires_grad = Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs)
    return out

# %% tensor-apply: remembers the forward function instead of the op
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f.forward, args, kwargs)
    return out

# %% tensor-apply: Tensor(...) instead of wrap, so float64 is lost
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = Tensor(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: does not pass on the dtype that was asked for
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs))
    if Seam.recording and out.dtype.kind == "f" and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: looks at the first input only
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and out.dtype.kind == "f" and inputs and inputs[0].requires_grad:
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: asks whether the inputs are floats, not the result
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and any(t.requires_grad and t.dtype.kind == "f" for t in inputs):
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: an integer result keeps its recipe, without requires_grad
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and any(t.requires_grad for t in inputs):
        out.requires_grad, out.recipe = out.dtype.kind == "f", Recipe(f, args, kwargs)
    return out

# %% tensor-apply: recording off takes requires_grad but leaves the recipe
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if any(t.requires_grad for t in inputs) and out.dtype.kind == "f":
        out.requires_grad, out.recipe = Seam.recording, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: wraps no more than NumPy's result
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(f.forward(*unwrap(args), **kwargs))
    if Seam.recording and any(t.requires_grad for t in inputs) and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: everything in the type of the first input
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(np.asarray(f.forward(*unwrap(args), **kwargs)).astype(inputs[0].dtype))
    if Seam.recording and any(t.requires_grad for t in inputs) and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: calls the op itself
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and any(t.requires_grad for t in inputs) and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)
    return out

# %% tensor-apply: returns the array
#| export
def apply(f, args, kwargs):
    return promote(f.forward(*unwrap(args), **kwargs), tensors_in(args), kwargs.get("dtype"))

# %% tensor-apply: forgets to return
#| export
def apply(f, args, kwargs):
    inputs = tensors_in(args)
    out = wrap(promote(f.forward(*unwrap(args), **kwargs), inputs, kwargs.get("dtype")))
    if Seam.recording and any(t.requires_grad for t in inputs) and out.dtype.kind == "f":
        out.requires_grad, out.recipe = True, Recipe(f, args, kwargs)

# %% tensor-apply + step by step, with early returns
#| export
def apply(f, args, kwargs):
    tensors = tensors_in(args)
    arrays = unwrap(args)
    array = f.forward(*arrays, **kwargs)
    result = wrap(promote(array, tensors, kwargs.get("dtype")))
    if not Seam.recording or result.dtype.kind != "f":
        return result
    for t in tensors:
        if t.requires_grad:
            result.requires_grad = True
            result.recipe = Recipe(op=f, args=args, kwargs=kwargs)
    return result

# %% tensor-op: calls apply, past the seam
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return apply(lifted, args, kwargs)

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: looks the seam up once, when the op is made
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    call = Seam.call

    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return call(lifted, args, kwargs)

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: hands over the array function, not the op
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return Seam.call(forward, args, kwargs)

    forward.forward = forward
    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: spreads the arguments out
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return Seam.call(lifted, *args, **kwargs)

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: computes without the seam
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return wrap(promote(forward(*unwrap(args), **kwargs), tensors_in(args), kwargs.get("dtype")))

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: forgets to return
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        Seam.call(lifted, args, kwargs)

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op: forgets the keyword arguments
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        return Seam.call(lifted, args, {})

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-op + names its parts
#| export
OPS = {}
Seam.call = staticmethod(apply)


def op(forward):
    @functools.wraps(forward)
    def lifted(*args, **kwargs):
        run = Seam.call
        result = run(lifted, tuple(args), dict(kwargs))
        return result

    lifted.forward = forward
    lifted.__name__ = forward.__name__.rstrip("_")
    OPS[lifted.__name__] = lifted
    setattr(Tensor, lifted.__name__, lifted)
    return lifted

# %% tensor-swapped: does not swap
#| export
def swapped(f):
    return lambda a, b: f(a, b)

# %% tensor-swapped: returns f itself
#| export
def swapped(f):
    return f

# %% tensor-swapped: negates, which is right for a difference only
#| export
def swapped(f):
    return lambda a, b: -f(a, b)

# %% tensor-swapped: returns a result, not a function
#| export
def swapped(f):
    return f(1, 0)

# %% tensor-swapped: turns the number into a float32 tensor
#| export
def swapped(f):
    return lambda a, b: f(Tensor(b), a)

# %% tensor-swapped: always swaps a subtraction
#| export
def swapped(f):
    return lambda a, b: sub(b, a)

# %% tensor-swapped: the same argument twice
#| export
def swapped(f):
    return lambda a, b: f(b, b)

# %% tensor-swapped + an inner function
#| export
def swapped(f):
    def g(left, right):
        return f(right, left)

    return g

# %% tensor-broadcast-shapes: pads on the right
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    a, b = tuple(a) + (1,) * (size - len(a)), tuple(b) + (1,) * (size - len(b))
    out = []
    for axis in range(-size, 0):
        if a[axis] != b[axis] and 1 not in (a[axis], b[axis]):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {a[axis]} and {b[axis]}")
        out.append(a[axis] if b[axis] == 1 else b[axis])
    return tuple(out)

# %% tensor-broadcast-shapes: takes the larger length
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(max(m, n))
    return tuple(out)

# %% tensor-broadcast-shapes: never refuses
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    return tuple(m if n == 1 else n for m, n in zip(longer_a, longer_b))

# %% tensor-broadcast-shapes: stops at the shorter shape
#| export
def broadcast_shapes(a, b):
    out = []
    for axis in range(-min(len(a), len(b)), 0):
        m, n = a[axis], b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes: counts the axis from the left
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(size):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes: stretches only the second shape
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and n != 1:
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
    return longer_a

# %% tensor-broadcast-shapes: NumPy's own function, with its message
#| export
def broadcast_shapes(a, b):
    return np.broadcast_shapes(a, b)

# %% tensor-broadcast-shapes: lets 0 stretch as 1 does
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m > 1 and n > 1 and m != n:
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes: the message has the padded shapes
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    a, b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = a[axis], b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes: the message swaps the two lengths
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {n} and {m}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes: returns a list
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return out

# %% tensor-broadcast-shapes: returns the error instead of raising it
#| export
def broadcast_shapes(a, b):
    size = max(len(a), len(b))
    longer_a, longer_b = (1,) * (size - len(a)) + tuple(a), (1,) * (size - len(b)) + tuple(b)
    out = []
    for axis in range(-size, 0):
        m, n = longer_a[axis], longer_b[axis]
        if m != n and 1 not in (m, n):
            return ValueError(f"broadcast_shapes: {a} and {b} differ in axis {axis}: {m} and {n}")
        out.append(m if n == 1 else n)
    return tuple(out)

# %% tensor-broadcast-shapes + zip_longest from the right, the leftmost misfit kept
#| export
def broadcast_shapes(a, b):
    import itertools

    out, misfit = [], ""
    for i, (m, n) in enumerate(itertools.zip_longest(reversed(a), reversed(b), fillvalue=1), 1):
        if m != n and 1 not in (m, n):
            misfit = f"axis {-i}: {m} and {n}"
        out.append(n if m == 1 else m)
    if misfit:
        raise ValueError(f"broadcast_shapes: {a} and {b} differ in {misfit}")
    return tuple(reversed(out))

# %% tensor-broadcast-shapes: names the rightmost axis that does not fit
#| export
def broadcast_shapes(a, b):
    import itertools

    out = []
    for i, (m, n) in enumerate(itertools.zip_longest(reversed(a), reversed(b), fillvalue=1), 1):
        if m == n or n == 1:
            out.append(m)
        elif m == 1:
            out.append(n)
        else:
            raise ValueError(f"broadcast_shapes: {a} and {b} differ in axis {-i}: {m} and {n}")
    return tuple(out[::-1])

# %% tensor-matmul: element by element
#| export
@op
def matmul(a, b):
    return a * b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: no message of its own
#| export
@op
def matmul(a, b):
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: a vector b is refused
#| export
@op
def matmul(a, b):
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's first ({b.shape[-2]})")
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: compares with b's first axis, also in a batch
#| export
@op
def matmul(a, b):
    if a.shape[-1] != b.shape[0]:
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's first ({b.shape[0]})")
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: np.dot, which differs for batches
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if b.ndim <= 2 else "second to last"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})")
    return np.dot(a, b)


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: always says "first"
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's first ({inner})")
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: A's axes decide what B's axis is called
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if a.ndim <= 2 else "second to last"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})")
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: any of the two with more than two axes decides what B's axis is called
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if max(a.ndim, b.ndim) <= 2 else "second to last"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})")
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: b @ a
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if b.ndim <= 2 else "second to last"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})")
    return b @ a


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: three loops over matrices only
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    if a.shape[-1] != inner:
        which = "first" if b.ndim <= 2 else "second to last"
        raise ValueError(f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})")
    out = np.zeros((a.shape[0], b.shape[1]), a.dtype)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = sum(a[i, k] * b[k, j] for k in range(inner))
    return out


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul: an assertion instead of a ValueError
#| export
@op
def matmul(a, b):
    inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
    which = "first" if b.ndim <= 2 else "second to last"
    assert a.shape[-1] == inner, (
        f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {which} ({inner})"
    )
    return a @ b


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-matmul + catches NumPy's error
#| export
@op
def matmul(a, b):
    try:
        return np.matmul(a, b)
    except ValueError:
        axis = max(b.ndim - 2, 0)
        word = "second to last" if b.ndim > 2 else "first"
        raise ValueError(
            f"matmul: A is {a.shape}, B is {b.shape}: A's last axis ({a.shape[-1]}) must equal B's {word} ({b.shape[axis]})"
        ) from None


Tensor.__matmul__, Tensor.__rmatmul__ = matmul, swapped(matmul)

# %% tensor-mean: divides by all elements
#| export
@method
def mean(a, dim=None, keepdim=False):
    return sum_(a, dim, keepdim) / a.numel()

# %% tensor-mean: ignores keepdim
#| export
@method
def mean(a, dim=None, keepdim=False):
    return sum_(a, dim) / count(a, dim)

# %% tensor-mean: ignores dim
#| export
@method
def mean(a, dim=None, keepdim=False):
    return sum_(a) / a.numel()

# %% tensor-mean: NumPy's mean, without a recipe
#| export
@method
def mean(a, dim=None, keepdim=False):
    axis = tuple(dim) if isinstance(dim, list) else dim
    return Tensor(a.data.mean(axis, keepdims=keepdim))

# %% tensor-mean: divides by the length of the first axis
#| export
@method
def mean(a, dim=None, keepdim=False):
    return sum_(a, dim, keepdim) / a.shape[0 if dim is None else dim]

# %% tensor-mean: one axis only
#| export
@method
def mean(a, dim=None, keepdim=False):
    n = a.numel() if dim is None else a.shape[dim]
    return sum_(a, dim, keepdim) / n

# %% tensor-mean: divides whole numbers down
#| export
@method
def mean(a, dim=None, keepdim=False):
    total = sum_(a, dim, keepdim) / count(a, dim)
    return total.to(a.dtype)

# %% tensor-mean: forgets keepdim's position
#| export
@method
def mean(a, dim=None, keepdim=True):
    return sum_(a, dim, keepdim) / count(a, dim)

# %% tensor-mean: NumPy's mean, told to require a gradient, but without a recipe
#| export
@method
def mean(a, dim=None, keepdim=False):
    axis = tuple(dim) if isinstance(dim, list) else dim
    return Tensor(a.data.mean(axis, keepdims=keepdim), requires_grad=a.requires_grad)

# %% tensor-mean: returns an array
#| export
@method
def mean(a, dim=None, keepdim=False):
    axis = tuple(dim) if isinstance(dim, list) else dim
    return a.data.mean(axis, keepdims=keepdim)

# %% tensor-mean + weights before the sum
#| export
@method
def mean(a, dim=None, keepdim=False):
    return (a / count(a, dim)).sum(dim=dim, keepdim=keepdim)

# %% tensor-mean + multiplies by one over n
#| export
@method
def mean(a, dim=None, keepdim=False):
    return a.sum(dim, keepdim=keepdim) * (1 / count(a, dim))

# %% tensor-var: divides by n
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim, keepdim) / count(a, dim)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: always n - 1
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - 1)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: the mean does not keep its axis
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: the mean keeps its axis as the result does
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: mean of squares minus square of the mean, which cancels
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    n = count(a, dim)
    return (mean(a * a, dim, keepdim) - mean(a, dim, keepdim) ** 2) * n / (n - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: the absolute distance instead of the squared one
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = abs_(a - mean(a, dim, keepdim=True))
    return sum_(distance, dim, keepdim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: the standard deviation
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim=True)
    return sqrt(sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction))


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: NumPy's var, without a recipe
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    return wrap(np.asarray(a.data.var(dim, ddof=correction, keepdims=keepdim)))


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: the distances on .data, the rest with ops
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = wrap(a.data - mean(a, dim, keepdim=True).data)
    return sum_(distance * distance, dim, keepdim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: n over all axes
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim, keepdim) / (a.numel() - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var: ignores keepdim
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    distance = a - mean(a, dim, keepdim=True)
    return sum_(distance * distance, dim) / (count(a, dim) - correction)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-var + the mean of squares, corrected
#| export
@corrected
def var(a, dim=None, correction=1, keepdim=False):
    n = count(a, dim)
    return ((a - a.mean(dim, keepdim=True)) ** 2).mean(dim, keepdim) * (n / (n - correction) if n != correction else math.nan)


@corrected
def std(a, dim=None, correction=1, keepdim=False):
    return sqrt(var(a, dim, correction, keepdim))

# %% tensor-flatten: always everything
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    return reshape(a, -1)

# %% tensor-flatten: always keeps the first axis
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    return reshape(a, a.shape[0], -1)

# %% tensor-flatten: ignores end_dim
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    return reshape(a, *a.shape[:start_dim], -1)

# %% tensor-flatten: end_dim not included
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    shape = a.shape or (1,)
    start, end = start_dim % len(shape), end_dim % len(shape)
    return reshape(a, *shape[:start], math.prod(shape[start:end]), *shape[end:])

# %% tensor-flatten: negative dims not made positive
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    if a.ndim == 0:
        return reshape(a, 1)
    joined = math.prod(a.shape[start_dim : end_dim + 1])
    return reshape(a, *a.shape[:start_dim], joined, *a.shape[end_dim + 1 :])

# %% tensor-flatten: forgets tensors without axes
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    start, end = start_dim % a.ndim, end_dim % a.ndim
    return reshape(a, *a.shape[:start], math.prod(a.shape[start : end + 1]), *a.shape[end + 1 :])

# %% tensor-flatten: lets -1 find the length, which it cannot for empty tensors
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    shape = a.shape or (1,)
    start, end = start_dim % len(shape), end_dim % len(shape)
    return reshape(a, *shape[:start], -1, *shape[end + 1 :])

# %% tensor-flatten: the numbers as they lie in memory
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    shape = a.shape or (1,)
    start, end = start_dim % len(shape), end_dim % len(shape)
    shape = (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    return wrap(a.data.ravel(order="K").reshape(shape))

# %% tensor-flatten: an array's own reshape, without a recipe
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    shape = a.shape or (1,)
    start, end = start_dim % len(shape), end_dim % len(shape)
    return wrap(a.data.reshape(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))

# %% tensor-flatten + multiplies in a loop
#| export
@method
def flatten(a, start_dim=0, end_dim=-1):
    if a.ndim == 0:
        return a.reshape((1,))
    start = start_dim + a.ndim if start_dim < 0 else start_dim
    end = end_dim + a.ndim if end_dim < 0 else end_dim
    length = 1
    for n in a.shape[start : end + 1]:
        length *= n
    return a.reshape(a.shape[:start] + (length,) + a.shape[end + 1 :])

# %% tensor-stack: cat without a new axis
#| export
def stack(tensors, dim=0):
    return cat(tensors, dim)

# %% tensor-stack: the new axis always first
#| export
def stack(tensors, dim=0):
    return cat([unsqueeze(t, 0) for t in tensors], 0)

# %% tensor-stack: the new axis at dim, joined along the first
#| export
def stack(tensors, dim=0):
    return cat([unsqueeze(t, dim) for t in tensors], 0)

# %% tensor-stack: the new axis first, joined along dim
#| export
def stack(tensors, dim=0):
    return cat([unsqueeze(t, 0) for t in tensors], dim)

# %% tensor-stack: NumPy's stack, without a recipe
#| export
def stack(tensors, dim=0):
    return Tensor(np.stack([t.data for t in tensors], dim))

# %% tensor-stack: NumPy's stack, told to require a gradient, but without a recipe
#| export
def stack(tensors, dim=0):
    return Tensor(np.stack([t.data for t in tensors], dim), requires_grad=any(t.requires_grad for t in tensors))

# %% tensor-stack: reshape instead of a new axis where it is asked for
#| export
def stack(tensors, dim=0):
    return reshape(cat(tensors, dim), *tensors[0].shape[:dim], len(tensors), *tensors[0].shape[dim:])

# %% tensor-stack: ignores negative dims
#| export
def stack(tensors, dim=0):
    return cat([unsqueeze(t, max(dim, 0)) for t in tensors], max(dim, 0))

# %% tensor-stack + stacks in front, then moves the axis
#| export
def stack(tensors, dim=0):
    joined = cat([reshape(t, 1, *t.shape) for t in tensors])
    place = dim % joined.ndim
    order = list(range(1, joined.ndim))
    order.insert(place, 0)
    return permute(joined, *order)

# %% tensor-stack + indexing with None
#| export
def stack(tensors, dim=0):
    place = dim % (tensors[0].ndim + 1)
    return cat([t[(slice(None),) * place + (None,)] for t in tensors], place)

# %% tensor-roll: the other direction
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    shift = shifts % n
    return cat([narrow(a, dims, shift, n - shift), narrow(a, dims, 0, shift)], dims)

# %% tensor-roll: small positive shifts only
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    return cat([narrow(a, dims, n - shifts, shifts), narrow(a, dims, 0, n - shifts)], dims)

# %% tensor-roll: the same pieces in the old order
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    shift = shifts % n
    return cat([narrow(a, dims, 0, n - shift), narrow(a, dims, n - shift, shift)], dims)

# %% tensor-roll: joins along the first axis
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    shift = shifts % n
    return cat([narrow(a, dims, n - shift, shift), narrow(a, dims, 0, n - shift)])

# %% tensor-roll: zeros come in instead of what left
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    shift = shifts % n
    return cat([narrow(a, dims, n - shift, shift) * 0, narrow(a, dims, 0, n - shift)], dims)

# %% tensor-roll: slices the first axis whatever dims is
#| export
@along_each
def roll(a, shifts, dims):
    shift = shifts % a.shape[0]
    return cat([a[-shift:], a[:-shift]]) if shift else a

# %% tensor-roll + slices from -shift on, which is right for 0 too
#| export
@along_each
def roll(a, shifts, dims):
    before = (slice(None),) * (dims % a.ndim)
    shift = shifts % a.shape[dims]
    return cat([a[(*before, slice(-shift, None))], a[(*before, slice(None, -shift))]], dims)

# %% tensor-roll: NumPy's roll, without a recipe
#| export
@along_each
def roll(a, shifts, dims):
    return wrap(np.roll(a.data, shifts, dims))

# %% tensor-roll: the length of the first axis in place of its own
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[0]
    shift = shifts % n
    return cat([narrow(a, dims, n - shift, shift), narrow(a, dims, 0, n - shift)], dims)

# %% tensor-roll + picks places
#| export
@along_each
def roll(a, shifts, dims):
    dims = dims % a.ndim
    places = (np.arange(a.shape[dims]) - shifts) % a.shape[dims]
    return a[(slice(None),) * dims + (places,)]

# %% tensor-roll + split
#| export
@along_each
def roll(a, shifts, dims):
    n = a.shape[dims]
    head, tail = split(a, [n - shifts % n, shifts % n], dims)
    return cat((tail, head), dims)

# %% tensor-tril: leaves out the diagonal
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows < diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: the upper triangle
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows >= diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: rows and columns exchanged
#| export
@method
def tril(a, diagonal=0):
    rows, columns = arange(a.shape[-2]), unsqueeze(arange(a.shape[-1]), 1)
    return where(columns - rows <= diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: the diagonal counted the other way
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= -diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: ignores the diagonal
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns <= rows, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: multiplies by the mask
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    with np.errstate(invalid="ignore"):
        return a * (columns - rows <= diagonal)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: square matrices only
#| export
@method
def tril(a, diagonal=0):
    n = a.shape[-1]
    return where(arange(n) - unsqueeze(arange(n), 1) <= diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: the first two axes instead of the last
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[0]), 1), arange(a.shape[1])
    return where(columns - rows <= diagonal, a, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: integers become floats
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a, 0.0)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: NumPy's tril, without a recipe
#| export
@method
def tril(a, diagonal=0):
    return wrap(np.tril(a.data, diagonal))


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: booleans become integers
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a, 0)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril: whatever it was, it becomes float32
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a.to(np.float32), False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril + zeros of the same type
#| export
@method
def tril(a, diagonal=0):
    rows, columns = unsqueeze(arange(a.shape[-2]), 1), arange(a.shape[-1])
    return where(columns - rows <= diagonal, a, zeros_like(a))


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-tril + masked_fill
#| export
@method
def tril(a, diagonal=0):
    rows, columns = arange(a.shape[-2]).unsqueeze(1), arange(a.shape[-1])
    return a.masked_fill(columns > rows + diagonal, False)


@method
def triu(a, diagonal=0):
    return where(tril(ones(*a.shape[-2:], dtype=bool), diagonal - 1), False, a)

# %% tensor-topk: always the largest
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim, descending=True)
    return ValuesIndices(narrow(values, dim, 0, k), narrow(indices, dim, 0, k))

# %% tensor-topk: always the smallest
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim)
    return ValuesIndices(narrow(values, dim, 0, k), narrow(indices, dim, 0, k))

# %% tensor-topk: the last k of an ascending order
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim)
    start = a.shape[dim] - k if largest else 0
    return ValuesIndices(narrow(values, dim, start, k), narrow(indices, dim, start, k))

# %% tensor-topk: the last axis whatever dim is
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, -1, descending=largest)
    return ValuesIndices(narrow(values, -1, 0, k), narrow(indices, -1, 0, k))

# %% tensor-topk: slices the first axis
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim, descending=largest)
    return ValuesIndices(values[:k], indices[:k])

# %% tensor-topk: the k-th element only
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim, descending=largest)
    return ValuesIndices(narrow(values, dim, k - 1, 1), narrow(indices, dim, k - 1, 1))

# %% tensor-topk: the pair the other way round
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim, descending=largest)
    return ValuesIndices(narrow(indices, dim, 0, k), narrow(values, dim, 0, k))

# %% tensor-topk: values without a recipe
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    order = np.argsort(-a.data if largest else a.data, dim, stable=True)
    order = np.take(order, range(k), dim)
    return ValuesIndices(wrap(np.take_along_axis(a.data, order, dim)), wrap(order))

# %% tensor-topk: a plain tuple
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    values, indices = sort(a, dim, descending=largest)
    return narrow(values, dim, 0, k), narrow(indices, dim, 0, k)

# %% tensor-topk: the values only
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    return narrow(sort(a, dim, descending=largest).values, dim, 0, k)

# %% tensor-topk: narrows first, then sorts
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    return sort(narrow(a, dim, 0, k), dim, descending=largest)

# %% tensor-topk + argsort and gather
#| export
@method
def topk(a, k, dim=-1, largest=True, sorted=True):
    places = narrow(argsort(a, dim, descending=largest), dim, 0, k)
    return ValuesIndices(gather(a, dim, places), places)

# %% tensor-box-blur: divides by 2r + 1 only
def box_blur(image, r):
    total = 0
    for i in range(-r, r + 1):
        for j in range(-r, r + 1):
            total = total + image.roll(i, 0).roll(j, 1)
    return total / (2 * r + 1)

# %% tensor-box-blur: the square has side 2r
def box_blur(image, r):
    for dim in (0, 1):
        image = stack([image.roll(i, dim) for i in range(-r, r)]).mean(dim=0) if r else image
    return image

# %% tensor-box-blur: one direction only
def box_blur(image, r):
    return stack([image.roll(i, 0) for i in range(-r, r + 1)]).mean(dim=0)

# %% tensor-box-blur: a cross instead of a square
def box_blur(image, r):
    shifted = [image.roll(i, dim) for dim in (0, 1) for i in range(-r, r + 1)]
    return stack(shifted).mean(dim=0)

# %% tensor-box-blur: the last two axes
def box_blur(image, r):
    for dim in (-2, -1):
        image = stack([image.roll(i, dim) for i in range(-r, r + 1)]).mean(dim=0)
    return image

# %% tensor-box-blur: to one side only
def box_blur(image, r):
    for dim in (0, 1):
        image = stack([image.roll(i, dim) for i in range(2 * r + 1)]).mean(dim=0)
    return image

# %% tensor-box-blur: the two sweeps both blur the original
def box_blur(image, r):
    for dim in (0, 1):
        blurred = stack([image.roll(i, dim) for i in range(-r, r + 1)]).mean(dim=0)
    return blurred

# %% tensor-box-blur: along the diagonal
def box_blur(image, r):
    return stack([image.roll(i, 0).roll(i, 1) for i in range(-r, r + 1)]).mean(dim=0)

# %% tensor-box-blur: NumPy's roll, without a recipe
def box_blur(image, r):
    steps = range(-r, r + 1)
    return Tensor(sum(np.roll(image.data, (i, j), (0, 1)) for i in steps for j in steps) / (2 * r + 1) ** 2)

# %% tensor-box-blur: a border of r pixels, which a smaller picture does not have
def box_blur(image, r):
    for _ in range(2 if r else 0):
        wide = cat([image[-r:], image, image[:r]])
        image = stack([wide[i : i + image.shape[0]] for i in range(2 * r + 1)]).mean(dim=0).transpose(0, 1)
    return image

# %% tensor-box-blur: NumPy's roll, and a recipe that says nothing
def box_blur(image, r):
    steps = range(-r, r + 1)
    blurred = sum(np.roll(image.data, (i, j), (0, 1)) for i in steps for j in steps) / (2 * r + 1) ** 2
    return Tensor(blurred) + image * 0

# %% tensor-box-blur + all shifts at once
def box_blur(image, r):
    steps = range(-r, r + 1)
    return stack([image.roll(i, 0).roll(j, 1) for i in steps for j in steps]).mean(0)

# %% tensor-box-blur + adds up
def box_blur(image, r):
    total, side = 0 * image, 2 * r + 1
    for i in range(side):
        for j in range(side):
            total = total + roll(roll(image, i - r, 0), j - r, 1)
    return total / side**2
