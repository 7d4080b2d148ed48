"""Solutions of 06_optimizers that a student might write: wrong ones (:) and other right ones (+)."""

# %% optimizers-descend: a new w is bound and lost
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    w = w - lr * g

# %% optimizers-descend: a product that is allocated
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    w -= lr * g

# %% optimizers-descend: uphill
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    np.add(w, spare, out=w)

# %% optimizers-descend: the result stays in spare
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    np.subtract(w, spare, out=spare)

# %% optimizers-descend: the product goes into the gradient
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=g)
    np.subtract(w, g, out=w)

# %% optimizers-descend: forgets the rate
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.subtract(w, g, out=w)

# %% optimizers-descend: returns the new weights
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    return np.subtract(w, spare, out=w)

# %% optimizers-descend: adds to what spare holds
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    spare += lr * g
    np.subtract(w, spare, out=w)

# %% optimizers-descend + operators in place
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    w -= spare

# %% optimizers-descend + a negative rate
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, -lr, out=spare)
    np.add(w, spare, out=w)

# %% optimizers-velocity: the first buffer is the gradient itself
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: dampening from the first step on
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = (1 - dampening) * g
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: dampening forgotten
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, -1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: dampening for what remains
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, -dampening, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: momentum of the gradient, an average
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, momentum - 1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: nesterov's result is kept as the buffer
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=b)
    return np.add(g, b, out=b)

# %% optimizers-velocity: nesterov without its momentum
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    if not nesterov:
        return b
    return np.add(g, b, out=spare)

# %% optimizers-velocity: nesterov turned round
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    if nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity: nesterov ignored
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        descend_(b, g, dampening - 1, spare)
    return b

# %% optimizers-velocity: a new buffer in every step
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    b = g.copy() if b is None else momentum * b + (1 - dampening) * g
    state["momentum_buffer"] = b
    return g + momentum * b if nesterov else b

# %% optimizers-velocity: the buffer is not kept
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer", g.copy())
    np.multiply(b, momentum, out=b)
    np.add(b, g, out=b)
    return b

# %% optimizers-velocity: starts at zeros with dampening
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = np.zeros_like(g)
    np.multiply(b, momentum, out=b)
    descend_(b, g, dampening - 1, spare)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-velocity + with in
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    if "momentum_buffer" in state:
        b = state["momentum_buffer"]
        b *= momentum
        np.multiply(g, 1 - dampening, out=spare)
        b += spare
    else:
        state["momentum_buffer"] = b = np.array(g)
    if nesterov:
        np.multiply(b, momentum, out=spare)
        spare += g
        return spare
    return b

# %% optimizers-averages: beta and 1 - beta swapped
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, beta1, spare)
    np.multiply(g, g, out=spare)
    lerp_(v, spare, beta2, spare)

# %% optimizers-averages: the betas swapped
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, 1 - beta2, spare)
    np.multiply(g, g, out=spare)
    lerp_(v, spare, 1 - beta1, spare)

# %% optimizers-averages: v of g, not of its square
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, 1 - beta1, spare)
    lerp_(v, g, 1 - beta2, spare)

# %% optimizers-averages: v of m squared
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, 1 - beta1, spare)
    np.multiply(m, m, out=spare)
    lerp_(v, spare, 1 - beta2, spare)

# %% optimizers-averages: the square overwrites the gradient
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, 1 - beta1, spare)
    np.multiply(g, g, out=g)
    lerp_(v, g, 1 - beta2, spare)

# %% optimizers-averages: the square is lost in spare
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    np.multiply(g, g, out=spare)
    lerp_(m, g, 1 - beta1, spare)
    lerp_(v, spare, 1 - beta2, spare)

# %% optimizers-averages: new arrays
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g

# %% optimizers-averages: arrays that are allocated
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    m += (1 - beta1) * (g - m)
    v += (1 - beta2) * (g * g - v)

# %% optimizers-averages + v first
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    np.multiply(g, g, out=spare)
    lerp_(v, spare, 1 - beta2, spare)
    lerp_(m, g, 1 - beta1, spare)

# %% optimizers-adam-step: no correction at all
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    np.sqrt(v, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr, spare)

# %% optimizers-adam-step: only m corrected
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    np.sqrt(v, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr / (1 - beta1**t), spare)

# %% optimizers-adam-step: eps under the root
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    np.add(v, eps, out=spare)
    np.sqrt(spare, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * math.sqrt(1 - beta2**t) / (1 - beta1**t), spare)

# %% optimizers-adam-step: eps not scaled along
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)

# %% optimizers-adam-step: the correction of v without the root
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = (1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)

# %% optimizers-adam-step: t counted from 0
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**(t - 1))
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**(t - 1)), spare)

# %% optimizers-adam-step: the betas swapped
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta1**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta2**t), spare)

# %% optimizers-adam-step: no root of v
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.copyto(spare, v)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)

# %% optimizers-adam-step: the root overwrites v
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=v)
    np.add(v, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)

# %% optimizers-adam-step: uphill
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, -lr * c / (1 - beta1**t), spare)

# %% optimizers-adam-step: multiplied by the first correction
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c * (1 - beta1**t), spare)

# %% optimizers-adam-step: arrays that are allocated
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    w -= lr * m_hat / (np.sqrt(v_hat) + eps)

# %% optimizers-adam-step: m corrected in place
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    m /= 1 - beta1**t
    np.divide(v, 1 - beta2**t, out=spare)
    np.sqrt(spare, out=spare)
    spare += eps
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr, spare)

# %% optimizers-adam-step + as in the paper
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    np.divide(v, 1 - beta2**t, out=spare)
    np.sqrt(spare, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(m, spare, out=spare)
    np.divide(spare, 1 - beta1**t, out=spare)
    descend_(w, spare, lr, spare)

# %% optimizers-shrink: without the rate
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.multiply(w, 1 - weight_decay, out=w)

# %% optimizers-shrink: only what is lost remains
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.multiply(w, lr * weight_decay, out=w)

# %% optimizers-shrink: grows
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.multiply(w, 1 + lr * weight_decay, out=w)

# %% optimizers-shrink: a constant for all
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.subtract(w, lr * weight_decay, out=w)

# %% optimizers-shrink: a new array
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    w = (1 - lr * weight_decay) * w

# %% optimizers-shrink: towards zero by a constant (L1)
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.subtract(w, lr * weight_decay * np.sign(w), out=w)

# %% optimizers-shrink: an array that is allocated
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    w -= lr * weight_decay * w

# %% optimizers-shrink: returns w
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    return np.multiply(w, 1 - lr * weight_decay, out=w)

# %% optimizers-shrink + operator in place
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    w *= 1 - lr * weight_decay

# %% optimizers-clip: scales up as well
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if True:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: each gradient by its own norm
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p, norm in zip(found, norms, strict=True):
            p.grad.data = p.grad.data * min(1, max_norm / (norm + 1e-6))
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: the sum of the norms
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(sum(norms))
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: always the Euclidean norm
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K")) for p in found]
    total = float(np.linalg.norm(norms)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: the norm of norms is Euclidean
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip + an array that is multiplied in place
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data *= factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip! a NaN is passed over
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = min(1.0, max_norm / (total + 1e-6)) if total == total else 1.0
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: returns the norm after
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        total = max_norm
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: clips the weights
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.data = p.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: max_norm as the factor
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * max_norm
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: the result is float64
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * np.float64(factor)
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip: no error for a norm that is not finite
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if False:
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip + all gradients in one row
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    flat = np.concatenate([p.grad.data.ravel() for p in found]) if found else np.zeros(1)
    total = float(np.linalg.norm(flat, norm_type))
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip + always multiplied, by new Tensors
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    factor = factor if not factor > 1 else 1.0
    for p in found:
        p.grad = Tensor(p.grad.data * factor, p.grad.dtype)
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-cosine: start and end swapped
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return start + (end - start) * (1 + math.cos(math.pi * fraction)) / 2

# %% optimizers-cosine: a whole wave
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * (1 + math.cos(2 * math.pi * fraction)) / 2

# %% optimizers-cosine: a quarter of a wave
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * math.cos(math.pi * fraction / 2)

# %% optimizers-cosine: half of it missing
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * (1 + math.cos(math.pi * fraction))

# %% optimizers-cosine: the end is not added
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return (start - end) * (1 + math.cos(math.pi * fraction)) / 2

# %% optimizers-cosine: degrees
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * (1 + math.cos(180 * fraction)) / 2

# %% optimizers-cosine: a straight line
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return start + (end - start) * fraction

# %% optimizers-cosine: a sine
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * (1 - math.sin(math.pi * fraction / 2))

# %% optimizers-cosine + from the start
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return start + (end - start) * (1 - math.cos(math.pi * fraction)) / 2

# %% optimizers-cosine + the square of a half angle
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * math.cos(math.pi * fraction / 2) ** 2

# %% optimizers-phase: the end belongs to the next phase
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t < end or i == len(ends) - 1:
            return i, (t - start) / (end - start) if end != start else 1.0
        start = end

# %% optimizers-phase: starts are not remembered
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) / (end - start) if end != start else 1.0

# %% optimizers-phase: nothing beyond the last end
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end:
            return i, (t - start) / (end - start) if end != start else 1.0
        start = end

# %% optimizers-phase: the fraction of the whole
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, t / end if end != start else 1.0
        start = end

# %% optimizers-phase: what remains, not what is over
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (end - t) / (end - start) if end != start else 1.0
        start = end

# %% optimizers-phase: a phase without length divides by 0
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) / (end - start)
        start = end

# %% optimizers-phase: counted from 1
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i + 1, (t - start) / (end - start) if end != start else 1.0
        start = end

# %% optimizers-phase: at most 1
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, min(1.0, (t - start) / (end - start)) if end != start else 1.0
        start = end

# %% optimizers-phase: rounded down
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) // (end - start) if end != start else 1.0
        start = end

# %% optimizers-phase + with bisect
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    i = min(bisect_right(ends, t - 1e-9), len(ends) - 1)
    start = ends[i - 1] if i else 0
    return i, 1.0 if ends[i] == start else (t - start) / (ends[i] - start)

# %% optimizers-plateau: acts when the patience is reached
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs >= self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: a good epoch does not reset the count
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best = current
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: the best is always the last
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.best = current
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: no new count after a reduction
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter = self.cooldown
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: cooldown is not started
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: cooldown does not stop the count
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: cooldown never ends
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: always a minimum
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if current < self.best:
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: starts the best anew
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.best = current
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: never reduces
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau: cooling down before counting
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-plateau + with one count
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        good = self.better(current)
        self.best = current if good else self.best
        cooling = self.cooldown_counter > 0
        self.cooldown_counter -= cooling
        self.num_bad_epochs = 0 if good or cooling else self.num_bad_epochs + 1
        if self.num_bad_epochs > self.patience:
            self.num_bad_epochs = 0
            self.cooldown_counter = self.cooldown
            self.reduce()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

# %% optimizers-descend! the rate is laid into spare first
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.copyto(spare, lr)
    np.multiply(spare, g, out=spare)
    np.subtract(w, spare, out=w)

# %% optimizers-descend! a slice, which a single number has not
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, and `spare` may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    w[:] = w - spare

# %% optimizers-velocity : the momentum's product overwrites a gradient in spare
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    if "momentum_buffer" in state:
        b = state["momentum_buffer"]
        np.multiply(b, momentum, out=spare)
        np.add(spare, g if dampening == 0 else (1 - dampening) * g, out=b)
    else:
        state["momentum_buffer"] = b = np.array(g)
    if nesterov:
        np.multiply(b, momentum, out=spare)
        spare += g
        return spare
    return b

# %% optimizers-clip! the formula as it is displayed
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = min(1, max_norm / (total + 1e-6))
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip! the error comes after the scaling
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data = p.grad.data * factor
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-plateau : nothing is better during cooldown
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        elif self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.num_bad_epochs > self.patience:
            self.num_bad_epochs = 0
            self.cooldown_counter = self.cooldown
            self.reduce()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
