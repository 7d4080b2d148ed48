# Plausible solutions of 02_activations: `:` a wrong one, `+` another right one. See tito/mutants.py.

# %% activations-relu: returns its input
#| export
@method
def relu(x):
    return x

# %% activations-relu: absolute value
#| export
@method
def relu(x):
    return abs_(x)

# %% activations-relu: keeps the negative numbers instead
#| export
@method
def relu(x):
    return where(x > 0, 0, x)

# %% activations-relu: swallows not-a-number
#| export
@method
def relu(x):
    return where(x > 0, x, 0)

# %% activations-relu: multiplies by the mask, so that an infinity becomes not-a-number
#| export
@method
def relu(x):
    return x * (x > 0)

# %% activations-relu: writes into its input
#| export
@method
def relu(x):
    x[x < 0] = 0
    return x

# %% activations-relu: goes round the seam
#| export
@method
def relu(x):
    from tinytorch.core.tensor import Tensor

    return Tensor(np.maximum(x.data, 0), x.dtype)

# %% activations-relu: gives an array
#| export
@method
def relu(x):
    return np.maximum(x.data, 0)

# %% activations-relu: everything becomes float32
#| export
@method
def relu(x):
    return maximum(x.to(np.float32), 0)

# %% activations-relu: cuts off at 1 as well
#| export
@method
def relu(x):
    return x.clip(0, 1)

# %% activations-relu: nothing but zeros
#| export
@method
def relu(x):
    return x * 0

# %% activations-relu: leaks
#| export
@method
def relu(x):
    return where(x > 0, x, 0.01 * x)

# %% activations-relu: Python's max, which gives a plain 0
#| export
@method
def relu(x):
    return max(0, x)

# %% activations-relu: the positive numbers without their recipe
#| export
@method
def relu(x):
    return where(x <= 0, 0 * x, x.data)

# %% activations-relu + by maximum
#| export
@method
def relu(x):
    return maximum(x, 0)

# %% activations-relu + by clip
#| export
@method
def relu(x):
    return x.clip(min=0)

# %% activations-relu + told apart by NumPy, computed by operations
#| export
@method
def relu(x):
    return where(x.data <= 0, 0, x)

# %% activations-leaky-relu: the slope on the positive side
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, negative_slope * x, x)

# %% activations-leaky-relu: the slope is subtracted
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, x, -negative_slope * x)

# %% activations-leaky-relu: by maximum, right only for slopes below 1
#| export
def leaky_relu(x, negative_slope=0.01):
    return maximum(x, negative_slope * x)

# %% activations-leaky-relu: ignores its slope
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, x, 0.01 * x)

# %% activations-leaky-relu: a constant instead of a slope
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, x, -negative_slope)

# %% activations-leaky-relu: another default
#| export
def leaky_relu(x, negative_slope=0.1):
    return where(x > 0, x, negative_slope * x)

# %% activations-leaky-relu: no leak at all
#| export
def leaky_relu(x, negative_slope=0.01):
    return maximum(x, 0)

# %% activations-leaky-relu: the negative numbers without their recipe
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, x, negative_slope * x.data)

# %% activations-leaky-relu: the positive numbers without their recipe
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x > 0, x.data, negative_slope * x)

# %% activations-leaky-relu: forgets to return
#| export
def leaky_relu(x, negative_slope=0.01):
    where(x > 0, x, negative_slope * x)

# %% activations-leaky-relu + as a difference of two relus
#| export
def leaky_relu(x, negative_slope=0.01):
    return maximum(x, 0) - negative_slope * maximum(-x, 0)

# %% activations-leaky-relu + the condition the other way round
#| export
def leaky_relu(x, negative_slope=0.01):
    return where(x <= 0, x * negative_slope, x)

# %% activations-sigmoid: the formula as it stands
#| export
@op
def sigmoid(a):
    return 1 / (1 + np.exp(-a))

# %% activations-sigmoid: the other formula as it stands
#| export
@op
def sigmoid(a):
    return np.exp(a) / (1 + np.exp(a))

# %% activations-sigmoid: both formulas, and where that computes both
#| export
@op
def sigmoid(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-a)), np.exp(a) / (1 + np.exp(a)))

# %% activations-sigmoid: the input cut off
#| export
@op
def sigmoid(a):
    return 1 / (1 + np.exp(-np.clip(a, -60, 60)))

# %% activations-sigmoid: by tanh, which loses the small results
#| export
@op
def sigmoid(a):
    return (1 + np.tanh(a / 2)) / 2

# %% activations-sigmoid: hides the warnings
#| export
@op
def sigmoid(a):
    with np.errstate(all="ignore"):
        return np.where(a >= 0, 1, np.exp(a)) / (1 + np.exp(a))

# %% activations-sigmoid: one side only
#| export
@op
def sigmoid(a):
    return 1 / (1 + np.exp(-np.abs(a)))

# %% activations-sigmoid: mirrored
#| export
@op
def sigmoid(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, e, 1) / (1 + e)

# %% activations-sigmoid: one minus the other side, which rounds the small results away
#| export
@op
def sigmoid(a):
    p = 1 / (1 + np.exp(-np.abs(a)))
    return np.where(a >= 0, p, 1 - p)

# %% activations-sigmoid: adds a little to be safe
#| export
@op
def sigmoid(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e + 1e-4)

# %% activations-sigmoid: computes in float32
#| export
@op
def sigmoid(a):
    e = np.exp(-np.abs(a)).astype(np.float32)
    return np.where(a >= 0, 1, e) / (1 + e)

# %% activations-sigmoid: the formula as it stands, and the warning silenced
#| export
@op
def sigmoid(a):
    a = floating(a)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-a))

# %% activations-sigmoid + one form with the exponential cut off
#| export
@op
def sigmoid(a):
    a = floating(a)
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))

# %% activations-sigmoid + places of each sign filled in turn
#| export
@op
def sigmoid(a):
    a = floating(a)
    out = np.empty(a.shape, a.dtype)
    right = ~(a < 0)
    out[right] = 1 / (1 + np.exp(-a[right]))
    e = np.exp(a[~right])
    out[~right] = e / (1 + e)
    return out

# %% activations-softplus: the formula as it stands
#| export
def softplus(x, beta=1.0, threshold=20.0):
    return log(1 + exp(beta * x)) / beta

# %% activations-softplus: where, with the formula as it stands
#| export
def softplus(x, beta=1.0, threshold=20.0):
    return where(beta * x > threshold, x, log1p(exp(beta * x)) / beta)

# %% activations-softplus: loses the small results
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, (maximum(z, 0) + log(1 + exp(-abs_(z)))) / beta)

# %% activations-softplus: not divided by beta
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, maximum(z, 0) + log1p(exp(-abs_(z))))

# %% activations-softplus: threshold compared with x
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(x > threshold, x, (maximum(z, 0) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus: no threshold
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return (maximum(z, 0) + log1p(exp(-abs_(z)))) / beta

# %% activations-softplus: beta times x above the threshold
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, z, (maximum(z, 0) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus: ignores beta
#| export
def softplus(x, beta=1.0, threshold=20.0):
    return where(x > threshold, x, maximum(x, 0) + log1p(exp(-abs_(x))))

# %% activations-softplus: forgets the maximum
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, log1p(exp(-abs_(z))) / beta)

# %% activations-softplus: the logarithm without its recipe
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, (relu(z) + log1p(exp(-abs_(z))).data) / beta)

# %% activations-softplus: the maximum without its recipe
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, (np.maximum(z.data, 0) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus: what is beyond the threshold without its recipe
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x.data, (relu(z) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus: the formula as it stands, and the warning silenced
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    with np.errstate(over="ignore"):
        return where(z > threshold, x, log1p(exp(z)) / beta)

# %% activations-softplus: the threshold itself counted as beyond
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z >= threshold, x, (relu(z) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus + the exponential does not see what is beyond the threshold
#| export
def softplus(x, beta=1.0, threshold=20.0):
    large = beta * x > threshold
    return where(large, x, log1p(exp(where(large, 0, beta * x).clip(max=80))) / beta)

# %% activations-softplus + with relu
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = x * beta
    return where(z <= threshold, relu(x) + log1p(exp(-z.abs())) / beta, x)

# %% activations-softplus + by maximum and the absolute value
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    return where(z > threshold, x, (maximum(z, 0) + log1p(exp(-abs_(z)))) / beta)

# %% activations-softplus + by minimum, one choice between two whole forms
#| export
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    bend = log1p(exp(minimum(z, -z)))
    return where(z > threshold, x, where(z > 0, z + bend, bend) / beta)

# %% activations-elu: computes the exponential of large numbers
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * expm1(x))

# %% activations-elu: loses digits near 0
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * (exp(where(x > 0, 0, x)) - 1))

# %% activations-elu: ignores alpha
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, expm1(where(x > 0, 0, x)))

# %% activations-elu: alpha inside the exponential
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, expm1(alpha * where(x > 0, 0, x)))

# %% activations-elu: the 1 outside alpha
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * exp(where(x > 0, 0, x)) - 1)

# %% activations-elu: alpha on both sides
#| export
def elu(x, alpha=1.0):
    return alpha * where(x > 0, x, expm1(where(x > 0, 0, x)))

# %% activations-elu: the exponential without the 1
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * exp(where(x > 0, 0, x)))

# %% activations-elu: the exponential without its recipe
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * expm1(where(x > 0, 0, x)).data)

# %% activations-elu: the exponential by NumPy
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * np.expm1(np.minimum(x.data, 0)))

# %% activations-elu: the positive numbers without their recipe
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x.data, alpha * expm1(where(x > 0, 0, x)))

# %% activations-elu: the exponential of large numbers, and the warning silenced
#| export
def elu(x, alpha=1.0):
    with np.errstate(over="ignore"):
        return where(x > 0, x, alpha * expm1(x))

# %% activations-elu + a sum of two halves
#| export
def elu(x, alpha=1.0):
    return maximum(x, 0) + alpha * expm1(x.clip(max=0))

# %% activations-elu + by minimum
#| export
def elu(x, alpha=1.0):
    return where(x <= 0, alpha * expm1(x.minimum(0)), x)

# %% activations-elu + told apart by NumPy, computed by operations
#| export
def elu(x, alpha=1.0):
    return where(x.data > 0, x, alpha * expm1(where(x.data > 0, 0, x)))

# %% activations-elu + with the function minimum
#| export
def elu(x, alpha=1.0):
    return where(x > 0, x, alpha * expm1(minimum(x, 0)))

# %% activations-gelu: forgets the root of 2
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)) if approximate == "tanh" else erf(x)
    return 0.5 * x * (1 + s)

# %% activations-gelu: only Φ, not x Φ
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * (1 + s)

# %% activations-gelu: always the approximation
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: always exact
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))

# %% activations-gelu: by the sigmoid
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    return x * sigmoid(1.702 * x)

# %% activations-gelu: the default is the approximation
#| export
def gelu(x, approximate="tanh"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    if approximate == "none":
        return x * normal_cdf(x)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: takes any word
#| export
def gelu(x, approximate="none"):
    if approximate == "none":
        return x * normal_cdf(x)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: the error does not show the value
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError("wrong approximate")
    if approximate == "none":
        return x * normal_cdf(x)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: the square instead of the cube
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x)) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * x * (1 + s)

# %% activations-gelu: the factor on the whole sum
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    s = tanh(math.sqrt(2 / math.pi) * 1.044715 * x * x * x) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * x * (1 + s)

# %% activations-gelu: Φ without its recipe
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * x * (1 + s.data)

# %% activations-gelu: the cube without its recipe
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    cube = x.data * x.data * x.data
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * cube)) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * x * (1 + s)

# %% activations-gelu: the factor x without its recipe
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    s = tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)) if approximate == "tanh" else erf(x / math.sqrt(2))
    return 0.5 * x.data * (1 + s)

# %% activations-gelu: 'fast' in the error's text, whatever was given
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError("gelu: approximate must be 'none' or 'tanh', got 'fast'")
    if approximate == "none":
        return x * normal_cdf(x)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: Φ of x over the root of 2
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    if approximate == "none":
        return x * normal_cdf(x / math.sqrt(2))
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: Φ in the place of s
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    if approximate == "none":
        return 0.5 * x * (1 + normal_cdf(x))
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: Φ by its op, without its recipe
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    if approximate == "none":
        return x * normal_cdf(x).data
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu: Φ by its op, and the factor x without its recipe
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    if approximate == "none":
        return x.data * normal_cdf(x)
    return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))

# %% activations-gelu + the tanh form by a power, two returns
#| export
def gelu(x, approximate="none"):
    if approximate == "none":
        return x * (erf(x / 2**0.5) + 1) / 2
    if approximate == "tanh":
        return x * (tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)) + 1) / 2
    raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")

# %% activations-gelu + the tanh form by the sigmoid
#| export
def gelu(x, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    if approximate == "tanh":
        return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return x * 0.5 * (1.0 + erf(x * math.sqrt(0.5)))

# %% activations-softmax: the formula as it stands
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a)
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: the formula as it stands, and the warning silenced
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    with np.errstate(all="ignore"):
        e = np.exp(a)
        return e / e.sum(dim, keepdims=True)

# %% activations-softmax: sum without keepdims
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / e.sum(dim)

# %% activations-softmax: maximum without keepdims
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: the maximum of everything
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max())
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: the sum of everything
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / e.sum()

# %% activations-softmax: always the last axis
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

# %% activations-softmax: the sum along the last axis always
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / e.sum(-1, keepdims=True)

# %% activations-softmax: the first axis by default
#| export
@op
def softmax(a, dim=0, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: adds a little to the sum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / (e.sum(dim, keepdims=True) + 1e-3)

# %% activations-softmax: divides the scores by their sum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    return a / a.sum(dim, keepdims=True)

# %% activations-softmax: the mean instead of the maximum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.mean(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: the largest absolute value instead of the maximum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - np.abs(a).max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: the scores cut off
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(np.clip(a, -80, 80))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: powers of 2
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = 2 ** (a - a.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: forgets to divide
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    return np.exp(a - a.max(dim, keepdims=True))

# %% activations-softmax: writes into its input
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    a -= a.max(dim, keepdims=True)
    np.exp(a, out=a)
    a /= a.sum(dim, keepdims=True)
    return a

# %% activations-softmax: computes in float32
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp((a - a.max(dim, keepdims=True)).astype(np.float32))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: forgets the exponential's minus and takes the minimum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a.min(dim, keepdims=True) - a)
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax: goes round the seam
#| export
@method
def softmax(x, dim=-1, dtype=None):
    from tinytorch.core.tensor import Tensor

    e = np.exp(x.data - x.data.max(dim, keepdims=True))
    return Tensor(e / e.sum(dim, keepdims=True), x.dtype)

# %% activations-softmax + without writing into its own memory
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)

# %% activations-softmax + all in one array
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    e = np.subtract(a, np.max(a, axis=dim, keepdims=True))
    np.exp(e, out=e)
    np.divide(e, e.sum(axis=dim, keepdims=True), out=e)
    return e

# %% activations-softmax + by the logarithm of the sum
#| export
@op
def softmax(a, dim=-1, *, dtype=None):
    a = floating(a) if dtype is None else a.astype(dtype)
    z = a - a.max(dim, keepdims=True)
    return np.exp(z - np.log(np.exp(z).sum(dim, keepdims=True)))

# %% activations-softmax + composed of operations on tensors
#| export
@method
def softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    e = exp(x - amax(x, dim, keepdim=True))
    return e / sum_(e, dim, keepdim=True)

# %% activations-log-softmax: the logarithm of softmax
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    return log(softmax(x, dim))

# %% activations-log-softmax: the logarithm of softmax and a little
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    return log(softmax(x, dim) + 1e-12)

# %% activations-log-softmax: the formula without the maximum
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    return x - log(sum_(exp(x), dim, keepdim=True))

# %% activations-log-softmax: the sum without keepdim
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x, dim, keepdim=True)
    return z - log(sum_(exp(z), dim))

# %% activations-log-softmax: the sum of everything
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x, dim, keepdim=True)
    return z - log(sum_(exp(z)))

# %% activations-log-softmax: the maximum of everything
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x)
    return z - log(sum_(exp(z), dim, keepdim=True))

# %% activations-log-softmax: subtracts from x, which still has the maximum
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x, dim, keepdim=True)
    return x - log(sum_(exp(z), dim, keepdim=True))

# %% activations-log-softmax: always the last axis
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x, -1, keepdim=True)
    return z - log(sum_(exp(z), -1, keepdim=True))

# %% activations-log-softmax: the wrong sign
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    z = x - amax(x, dim, keepdim=True)
    return log(sum_(exp(z), dim, keepdim=True)) - z

# %% activations-log-softmax: the logarithm without its recipe
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    s = x - amax(x, dim, keepdim=True)
    return s - log(sum_(exp(s), dim, True)).data

# %% activations-log-softmax: the exponentials without their recipe
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    s = x - amax(x, dim, keepdim=True)
    return s - log(np.exp(s.data).sum(dim, keepdims=True))

# %% activations-log-softmax: the scores without their recipe, but in the sum
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    s = x - amax(x, dim, keepdim=True)
    return s.data - log(sum_(exp(s), dim, True))

# %% activations-log-softmax + the maximum added to the logarithm again
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    m = amax(x, dim, keepdim=True)
    return (x - m) - (exp(x - m).sum(dim, keepdim=True)).log()

# %% activations-log-softmax + a maximum without a recipe, which log_softmax does not depend on
#| export
@method
def log_softmax(x, dim=-1, *, dtype=None):
    x = floating(x, dtype)
    s = x - amax(x, dim, keepdim=True).data
    return s - log(sum_(exp(s), dim, keepdim=True))

# %% activations-softmax-class: ignores its axis
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        return softmax(x)

# %% activations-softmax-class: the first axis by default
#| export
class Softmax(Activation):
    def __init__(self, dim=0):
        self.dim = dim

    def forward(self, x):
        return softmax(x, self.dim)

# %% activations-softmax-class: the axis belongs to the class, not to the object
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        Softmax.dim = dim

    def forward(self, x):
        return softmax(x, self.dim)

    def __repr__(self):
        return f"Softmax(dim={self.dim})"

# %% activations-softmax-class: __call__ instead of forward, so that a subclass's forward is not asked
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        self.dim = dim

    def __call__(self, x):
        return softmax(x, self.dim)

    forward = __call__

# %% activations-softmax-class: no setting kept
#| export
class Softmax(Activation):
    def forward(self, x):
        return softmax(x, -1)

# %% activations-softmax-class: forgets to return
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        softmax(x, self.dim)

# %% activations-softmax-class: the setting under another name
#| export
class Softmax(Activation):
    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, x):
        return softmax(x, self.axis)

# %% activations-softmax-class: the logarithm
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        return log_softmax(x, self.dim)

# %% activations-softmax-class: an array
#| export
class Softmax(Activation):
    def __init__(self, dim=-1):
        self.dim = dim

    def forward(self, x):
        return softmax(x, self.dim).data

# %% activations-softmax-class + by name, with a type
#| export
class Softmax(Activation):
    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.softmax(dim=self.dim)

# %% activations-slope: a step to one side
def slope(f, x, h=1e-4):
    return (f(x + h) - f(x)) / h

# %% activations-slope: divides by h only
def slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / h

# %% activations-slope: the precedence of the division
def slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / 2 * h

# %% activations-slope: the difference the wrong way round
def slope(f, x, h=1e-4):
    return (f(x - h) - f(x + h)) / (2 * h)

# %% activations-slope: ignores h
def slope(f, x, h=1e-4):
    return (f(x + 1e-4) - f(x - 1e-4)) / (2 * 1e-4)

# %% activations-slope: the value, not the slope
def slope(f, x, h=1e-4):
    return (f(x + h) + f(x - h)) / 2

# %% activations-slope: computes in float32
def slope(f, x, h=1e-4):
    return ((f(x + h) - f(x - h)) / (2 * h)).to(np.float32)

# %% activations-slope + half a step, spelled out
def slope(f, x, h=1e-4):
    rise = f(x + h) - f(x - h)
    return rise / h / 2

# %% activations-temperature: multiplies
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits * temperature)

# %% activations-temperature: divides the probabilities
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits) / temperature

# %% activations-temperature: subtracts
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits - temperature)

# %% activations-temperature: lets 0 pass
def with_temperature(logits, temperature):
    if temperature < 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits / temperature)

# %% activations-temperature: lets everything pass
def with_temperature(logits, temperature):
    return softmax(logits / temperature)

# %% activations-temperature: the error does not show the value
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    return softmax(logits / temperature)

# %% activations-temperature: along the first axis
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits / temperature, 0)

# %% activations-temperature: powers of the exponentials, which overflow
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    e = exp(logits) ** (1 / temperature)
    return e / e.sum(-1, keepdim=True)

# %% activations-temperature: the 0 of the text, whatever was given
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError("temperature must be positive, got 0")
    return softmax(logits / temperature)

# %% activations-temperature: another text
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"bad temperature {temperature}")
    return softmax(logits / temperature)

# %% activations-temperature: refuses small temperatures too
def with_temperature(logits, temperature):
    if temperature < 1e-5:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits / temperature)

# %% activations-temperature: adds a little to be safe
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(logits / (temperature + 1e-3))

# %% activations-temperature: without a recipe
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return softmax(Tensor(logits.data / temperature))

# %% activations-temperature + with the class
def with_temperature(logits, temperature):
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return Softmax()(logits / temperature)

# %% activations-temperature + by the logarithm
def with_temperature(logits, temperature):
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    return exp(log_softmax(logits * (1 / temperature)))
