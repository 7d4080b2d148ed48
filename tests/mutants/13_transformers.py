"""Solutions of 13_transformers that a student might write: wrong ones (:) and other right ones (+)."""

# %% transformers-normalize: the mean stays
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x * 1.0
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: over the first axis
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(0, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: over everything
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean()
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: not the root
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= (out.var(-1, keepdims=True) + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: eps outside of the root
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= (out.std(-1, keepdims=True) + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: no eps
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= out.std(-1, keepdims=True)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: eps is always 1e-5
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + 1e-5)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: divided by n - 1
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / max(x.shape[-1] - 1, 1) + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: mean of squares minus square of the mean
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt((x * x).mean(-1, keepdims=True) - x.mean(-1, keepdims=True) ** 2 + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: no weight
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        pass
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: no bias
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        pass
    return out

# %% transformers-normalize: bias before the weight
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if bias is not None:
        out += bias
    if weight is not None:
        out *= weight
    return out

# %% transformers-normalize: bias only with a weight
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if weight is not None and bias is not None:
        out += bias
    return out

# %% transformers-normalize: in x itself
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    x -= x.mean(-1, keepdims=True)
    out = x
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize: in float64
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    x = x.astype(np.float64)
    out = x - x.mean(-1, keepdims=True)
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out.astype(np.float16).astype(np.float32)

# %% transformers-normalize: root mean square
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x.copy()
    out /= np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize + with var
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize + with a power
#| export
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - x.mean(-1, keepdims=True)
    out = out * ((out * out).mean(-1, keepdims=True) + eps) ** -0.5
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out

# %% transformers-normalize-rule: without the mean
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - y * along), lambda: g * y, g

# %% transformers-normalize-rule: without what goes along y
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level), lambda: g * y, g

# %% transformers-normalize-rule: only the factor r
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * part, lambda: g * y, g

# %% transformers-normalize-rule: without r
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: the mean of g in place of that of g w
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(g, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: g y in place of g w y
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(g * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: g in place of g w
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (g - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: divided by r
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return 1 / r * (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: weight gets g x
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * x, g

# %% transformers-normalize-rule: weight gets g
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g, g

# %% transformers-normalize-rule: weight gets g w y
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: part * y, g

# %% transformers-normalize-rule: weight gets g out
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * out, g

# %% transformers-normalize-rule: bias gets g w
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, part

# %% transformers-normalize-rule: bias gets ones
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g * 0 + 1

# %% transformers-normalize-rule: sums in place of means
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    n = x.shape[-1]
    along, level = n * mean(part * y, -1, keepdim=True), n * mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule: plus in place of minus
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level + y * along), lambda: g * y, g

# %% transformers-normalize-rule: along x
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - x * along), lambda: g * y, g

# %% transformers-normalize-rule: out in place of y
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * out, -1, keepdim=True), mean(part, -1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g

# %% transformers-normalize-rule + in two steps
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(part * y, -1, keepdim=True), mean(part, -1, keepdim=True)
    gx = part - level
    gx = gx - y * along
    return gx * r, lambda: y * g, lambda: g

# %% transformers-normalize-rule + with sums
#| export
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    along, level = mean(y * part, dim=-1, keepdim=True), mean(part, dim=-1, keepdim=True)
    return r * (part - level - y * along), lambda: g * y, g

# %% transformers-attention: not causal
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: no c_proj
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(join_heads(seen))

# %% transformers-attention: keys first
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        k, q, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: values first
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        v, k, q = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: one head
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, 1) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: thinned out while evaluating
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: never thinned out
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(join_heads(seen))

# %% transformers-attention: heads before pieces
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = split(split_heads(self.c_attn(x), self.n_head), self.n_embd // self.n_head, -1)
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: heads not turned back
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(reshape(seen, x.shape)))

# %% transformers-attention: scale 1
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True, scale=1.0)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: scale by all numbers
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True, scale=1 / math.sqrt(self.n_embd))
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention: x is added
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return x + self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention + line by line
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = self.c_attn(x).chunk(3, 2)
        q, k, v = split_heads(q, self.n_head), split_heads(k, self.n_head), split_heads(v, self.n_head)
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention! only the output is thinned out
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = self.c_attn(x).chunk(3, 2)
        q, k, v = split_heads(q, self.n_head), split_heads(k, self.n_head), split_heads(v, self.n_head)
        seen = scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-attention! only the weights are thinned out
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = self.c_attn(x).chunk(3, 2)
        q, k, v = split_heads(q, self.n_head), split_heads(k, self.n_head), split_heads(v, self.n_head)
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.c_proj(join_heads(seen))

# %% transformers-attention! thinned out before c_proj
#| export
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = self.c_attn(x).chunk(3, 2)
        q, k, v = split_heads(q, self.n_head), split_heads(k, self.n_head), split_heads(v, self.n_head)
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.c_proj(self.drop(join_heads(seen)))

# %% transformers-block: no additions
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = self.attn(self.ln_1(x))
        return self.mlp(self.ln_2(x))

# %% transformers-block: first part is not added
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))

# %% transformers-block: second part is not added
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = x + self.attn(self.ln_1(x))
        return self.mlp(self.ln_2(x))

# %% transformers-block: norms after the additions
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = self.ln_1(x + self.attn(x))
        return self.ln_2(x + self.mlp(x))

# %% transformers-block: both read the same
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        
        return x + self.attn(self.ln_1(x)) + self.mlp(self.ln_2(x))

# %% transformers-block: network first
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = x + self.mlp(self.ln_2(x))
        return x + self.attn(self.ln_1(x))

# %% transformers-block: norms exchanged
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = x + self.attn(self.ln_2(x))
        return x + self.mlp(self.ln_1(x))

# %% transformers-block: no norms
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = x + self.attn(x)
        return x + self.mlp(x)

# %% transformers-block: adds to the normalised copy
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = self.ln_1(x)
        x = x + self.attn(x)
        x = self.ln_2(x)
        return x + self.mlp(x)

# %% transformers-block: no attention
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        pass
        return x + self.mlp(self.ln_2(x))

# %% transformers-block + with other names
#| export
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        seen = x + self.attn(self.ln_1(x))
        thought = self.mlp(self.ln_2(seen))
        return seen + thought

# %% transformers-initialise: all alike
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: root of L
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(n_layer) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: no root
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / (2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: one addition for each block too many
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer + 2) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: biases stay
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
    return model

# %% transformers-initialise: norms are zeros too
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
        else:
            zeros_(p)
    return model

# %% transformers-initialise: embeddings stay
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2 and "wte" not in path:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: variance in place of deviation
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.0004 / (2 * n_layer) if path.endswith("c_proj.weight") else 0.0004)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: only attention's c_proj
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("attn.c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: everything is drawn
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if True:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
    return model

# %% transformers-initialise: uniform numbers
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            spread = 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02
            p.data = np.random.default_rng().uniform(-1, 1, p.shape).astype(np.float32) * spread * math.sqrt(3)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: the same numbers each time
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            spread = 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02
            p.data = np.random.default_rng(0).normal(0, spread, p.shape).astype(np.float32)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise: the paths of the check
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            named = path in ("block.attn.c_proj.weight", "block.mlp.c_proj.weight")
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if named else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-initialise + biases first
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if path.endswith("bias"):
            zeros_(p)
        elif p.ndim > 1:
            normal_(p, std=0.02)
            if "c_proj" in path:
                normal_(p, std=0.02 * (2 * n_layer) ** -0.5)
    return model

# %% transformers-initialise! returns nothing
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if "ln_" in path:
            continue
        if path.endswith("bias"):
            zeros_(p)
        else:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)

# %% transformers-initialise + norms are left alone
#| export
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if "ln_" in path:
            continue
        if path.endswith("bias"):
            zeros_(p)
        else:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
    return model

# %% transformers-gpt: no positions
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: no last norm
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = block(x)
        return self.lm_head(x)

# %% transformers-gpt: no blocks
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            pass
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: every block reads the beginning
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        start = x
        for block in parts.h:
            x = block(start)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: blocks are added again
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = x + block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: no lm_head
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = block(x)
        return parts.ln_f(x)

# %% transformers-gpt: only the last place
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))[:, [-1], :]

# %% transformers-gpt: probabilities
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in parts.h:
            x = block(x)
        return softmax(self.lm_head(parts.ln_f(x)))

# %% transformers-gpt: positions of the tokens
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(ids % self.config.block_size))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: positions from 1
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe((arange(ids.shape[-1]) + 1) % self.config.block_size))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: no dropout
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.wte(ids) + parts.wpe(arange(ids.shape[-1]))
        for block in parts.h.eval():
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: blocks backwards
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        for block in reversed(list(parts.h)):
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt: ln_f before the blocks
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe(arange(ids.shape[-1])))
        x = parts.ln_f(x)
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt + rows of the table
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.drop(parts.wte(ids) + parts.wpe.weight[: ids.shape[1]])
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-gpt! no dropout, but in the blocks
#| export
class GPT(Module):
    """A GPT whose parameters have nanoGPT's names."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        tables = {"wte": Embedding(config.vocab_size, config.n_embd), "wpe": Embedding(config.block_size, config.n_embd)}
        blocks = ModuleList([Block(config) for _ in range(config.n_layer)])
        ln_f = LayerNorm(config.n_embd, bias=config.bias)
        self.transformer = ModuleDict({**tables, "drop": Dropout(config.dropout), "h": blocks, "ln_f": ln_f})
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        initialise_(self, config.n_layer)

    def forward(self, ids):
        """For tokens ids (B, T) the score of each token that may come next, at each place: (B, T, vocab_size)."""
        if ids.shape[-1] > self.config.block_size:
            raise ValueError(f"GPT: {ids.shape[-1]} tokens are more than block_size, {self.config.block_size}")
        parts = self.transformer
        x = parts.wte(ids) + parts.wpe(arange(ids.shape[-1]))
        for block in parts.h:
            x = block(x)
        return self.lm_head(parts.ln_f(x))

# %% transformers-flops: one for a multiplication and an addition
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return 1 / 2 * (config.n_layer * block + 2 * length * config.vocab_size * n)

# %% transformers-flops: no attention
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: one product of attention
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * length * length * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: each head counts all
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n * config.n_head
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: only what the mask shows
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * length * (length + 1) * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: no lm_head
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return config.n_layer * block

# %% transformers-flops: places too
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return config.n_layer * block + 2 * length * (config.vocab_size + config.block_size) * n

# %% transformers-flops: lm_head in each block
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return config.n_layer * (block + 2 * length * config.vocab_size * n)

# %% transformers-flops: no c_proj of attention
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 11 * n * n + 2 * 2 * length * length * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: whole block_size
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * config.block_size**2 * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops: parameters with biases
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * (12 * n * n + 13 * n) + 2 * 2 * length * length * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-flops + layer by layer
#| export
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    layers = 3 * n * n + n * n + 4 * n * n + 4 * n * n
    block = 2 * length * layers + 4 * n * length**2
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-top-k: ties go
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits <= last, -math.inf, logits)

# %% transformers-top-k: k larger than the vocabulary
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, k).values[..., -1:]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-k: one too many
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k + 1, logits.shape[-1])).values[..., -1:]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-k: the largest goes only
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., :1]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-k: zeros
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits < last, 0, logits)

# %% transformers-top-k: the best go
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits > last, -math.inf, logits)

# %% transformers-top-k: by the first row
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values.reshape(-1)[min(k, logits.shape[-1]) - 1]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-k: probabilities
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits < last, -math.inf, softmax(logits))

# %% transformers-top-k: writes into the scores
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    logits[logits < last] = -math.inf
    return logits

# %% transformers-top-k: sorted
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    logits = sort(logits, descending=True).values
    return where(logits < last, -math.inf, logits)

# %% transformers-top-k: by probabilities, of which some are 0
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    chances = softmax(logits)
    return where(chances < topk(chances, min(k, logits.shape[-1])).values[..., -1:], -math.inf, logits)

# %% transformers-top-k + by sorting
#| export
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = sort(logits).values[..., [-min(k, logits.shape[-1])]]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-p: the token that crosses p goes
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) 
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: not sorted back
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return where(before >= p, -math.inf, ordered)

# %% transformers-top-p: sorted back wrongly
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, order)

# %% transformers-top-p: in ascending order
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=False)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: up to p only
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before > p - chances, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: one more
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before - chances >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: zeros
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, 0, ordered), -1, argsort(order))

# %% transformers-top-p: every token above p
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = where(chances < p, 2.0, 0.0)
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: sum of scores
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = ordered
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: 1 - p
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= 1 - p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: along the first axis
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, 0) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p: the others stay
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before < p, -math.inf, ordered), -1, argsort(order))

# %% transformers-top-p + by a threshold
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return where(gather(before, -1, argsort(order)) >= p, -math.inf, logits)

# %% transformers-top-p! at most p
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return where(gather(before, -1, argsort(order)) > p, -math.inf, logits)

# %% transformers-top-p! all that are as probable as the last
#| export
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    last = where(before >= p, math.inf, ordered).min(-1, keepdim=True).values
    return where(logits < last, -math.inf, logits)

# %% transformers-draw: smaller, not at most
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends < u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: not times the total
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends <= u[..., None]).sum(-1)

# %% transformers-draw: the best
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return weights.argmax(-1)

# %% transformers-draw: one further
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1) + 1

# %% transformers-draw: from the other end
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights[..., ::-1], -1)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: along the first axis
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, 0)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: evenly
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (u * weights.shape[-1]).astype(np.int64)

# %% transformers-draw: larger
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends > u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: in float32
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    u = u.astype(np.float32)
    ends = np.cumsum(weights.astype(np.float32), -1)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: weights, not their sums
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = weights
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-draw: row by row, of which there must be one
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1).reshape(-1, weights.shape[-1])
    return np.stack([(row <= v * row[-1]).sum() for row, v in zip(ends, u.reshape(-1), strict=True)]).reshape(u.shape)

# %% transformers-draw + the first that is larger
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends > u[..., None] * ends[..., -1:]).argmax(-1)

# %% transformers-draw + divided by the total
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends / ends[..., -1:] <= u[..., None]).sum(-1)

# %% transformers-draw! chances by sum
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights / weights.sum(-1, keepdims=True), -1)
    return (ends <= u[..., None]).sum(-1)

# %% transformers-draw! the total by sum
#| export
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends <= u[..., None] * weights.sum(-1, keepdims=True)).sum(-1)

# %% transformers-generate: the caller's list grows
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    pass
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: stop is given
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        ids.append(token)
        yield token
        if token == stop:
            return

# %% transformers-generate: stop is passed over
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            continue
        ids.append(token)
        yield token

# %% transformers-generate: never stops
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        ids.append(token)
        yield token

# %% transformers-generate: stop 0 counts as none
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if stop and token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: does not see what it wrote
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        yield token

# %% transformers-generate: one too many
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens + 1):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: all at the end
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids, new = list(ids), []
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            break
        ids.append(token)
        new.append(token)
    yield from new

# %% transformers-generate: no temperature
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), 1.0, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: no top-k
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), 0.5, None, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: no seed
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, None)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: the seed anew for each token
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, None if seed is None else np.random.default_rng(seed))
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: yields everything
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield from ids

# %% transformers-generate: counts the beginning
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens - len(ids)):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate: put in front
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.insert(0, token)
        yield token

# %% transformers-generate + with while
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids, left = [*ids], max_new_tokens
    while left > 0:
        left -= 1
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate + with a new list
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids = [*ids, token]
        yield token

# %% transformers-generate! top-k is passed over
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, None, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! top-p is passed over
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, None, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! temperature 1 always
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), 1.0, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! dice thrown anew for each token
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, None if seed is None else np.random.default_rng(seed))
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! in training
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(model(tensor([ids[-model.config.block_size :]]))[0, -1], temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! recorded
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids = list(ids)
    for _ in range(max_new_tokens):
        token = choose(model.eval()(tensor([ids[-model.config.block_size :]]))[0, -1], temperature, top_k, top_p, generator)
        if token == stop:
            return
        ids.append(token)
        yield token

# %% transformers-generate! a list
#| export
def generate(model, ids, max_new_tokens, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
    """Yield up to max_new_tokens tokens that continue `ids`, one by one; ends before the token `stop`.

    The same seed gives the same tokens; without one, `manual_seed` decides.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    ids, new = list(ids), []
    for _ in range(max_new_tokens):
        token = choose(scores_after(model, ids), temperature, top_k, top_p, generator)
        if token == stop:
            break
        ids.append(token)
        new.append(token)
    return new

