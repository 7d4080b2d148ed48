"""Attention, a small network, and two additions, stacked: the machine that writes."""

# Exported from modules/source/13_transformers/transformers_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['rms_normalize', 'normalize', 'standardized', 'lengths', 'over_last', 'layer_norm', 'rms_norm', 'LayerNorm', 'RMSNorm',
           'GPTConfig', 'CausalSelfAttention', 'MLP', 'Block', 'initialise_', 'GPT', 'num_params', 'flops',
           'keep_top_k', 'keep_top_p', 'draw', 'check_weights', 'multinomial', 'scores_after', 'check_options',
           'choose', 'generate']

# %% transformers-imports
import math
from dataclasses import dataclass

import numpy as np

from .._arrays import sums
from .activations import gelu, softmax, vecdot
from .attention import join_heads, scaled_dot_product_attention, split_heads
from .autograd import no_grad, rule
from .embeddings import Embedding
from .layers import Dropout, Linear, Module, ModuleDict, ModuleList, Parameter, normal_, zeros_
from .tensor import Random, arange, argsort, cumsum, gather, mean, ones, op, reshape, sort, split, sqrt
from .tensor import tensor, topk, where, wrap, zeros

# %% transformers-rms
@op
def rms_normalize(x, weight=None, eps=1e-5):
    """x over its root mean square along the last axis, times weight (n,)."""
    out = x / np.sqrt(np.vecdot(x, x)[..., None] / x.shape[-1] + eps)
    return out if weight is None else np.multiply(out, weight, out=out)

# %% transformers-rms-rule
@rule(rms_normalize)
def _(g, out, x, weight=None, eps=1e-5):
    n, part = x.shape[-1], g if weight is None else g * weight
    r = 1 / sqrt(vecdot(x, x) / n + eps)
    y = x * r
    return r * (part - y * (vecdot(part, y) / n)), lambda: g * y

# %% transformers-normalize
@op
def normalize(x, weight=None, bias=None, eps=1e-5):
    """x (…, n) with mean 0 and variance 1 along its last axis, times weight (n,), plus bias (n,).

    >>> normalize(tensor([[1.0, 3.0], [0.0, 0.0]]), None, tensor([5.0, 5.0]))
    tensor([[4., 6.],
            [5., 5.]])
    """
    out = x - sums(x, -1, keepdims=True) / x.shape[-1]
    out *= 1 / np.sqrt(np.vecdot(out, out)[..., None] / x.shape[-1] + eps)
    if weight is not None:
        out *= weight
    if bias is not None:  # (D,), the learned shift
        out += bias
    return out

# %% transformers-standardized
def standardized(x, eps):
    """y, which is x with mean 0 and variance 1 along the last axis, and r = 1 / sqrt(variance + eps), (…, 1)."""
    centred = x - mean(x, -1, keepdim=True)
    r = 1 / sqrt(vecdot(centred, centred) / x.shape[-1] + eps)
    return centred * r, r

# %% transformers-normalize-rule
@rule(normalize)
def _(g, out, x, weight=None, bias=None, eps=1e-5):
    y, r = standardized(x, eps)
    part = g if weight is None else g * weight
    s = part * r
    s -= y * (vecdot(s, y) / x.shape[-1])  # in its own memory, where s is an array
    s -= mean(s, -1, keepdim=True)  # that of y is 0
    return s, lambda: g * y, g

# %% transformers-lengths
def lengths(normalized_shape):
    """A shape as a tuple; a number is a shape of one axis."""
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)

# %% transformers-over-last
def over_last(f, x, normalized_shape, params, eps):
    """f(x, *params, eps=eps), with the last axes of x, which are `normalized_shape`, as one axis."""
    shape = lengths(normalized_shape)
    for what, found in [("the input", x.shape[-len(shape) :]), *(("a parameter", p.shape) for p in params if p is not None)]:
        if found != shape:
            raise RuntimeError(f"normalized_shape is {shape}, which does not fit {what}: it has {found}, the input is {x.shape}")
    if len(shape) == 1:
        return f(x, *params, eps=eps)
    flat = [None if p is None else reshape(p, -1) for p in params]
    joined = reshape(x, (*x.shape[: -len(shape)], math.prod(shape)))
    return reshape(f(joined, *flat, eps=eps), x.shape)

# %% transformers-norm-functions
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """`normalize` over the last axes, of shape `normalized_shape`."""
    return over_last(normalize, input, normalized_shape, (weight, bias), eps)

# %% transformers-rms-norm
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """`rms_normalize` over the last axes; eps: the dtype's own if None."""
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return over_last(rms_normalize, input, normalized_shape, (weight,), eps)

# %% transformers-norm-layers
class LayerNorm(Module):
    """Mean 0 and variance 1 for each token, then `weight` and `bias`, which begin as 1 and 0."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = lengths(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None)

    def forward(self, x):
        """x, normalised."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        """The settings, as PyTorch shows them."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"

# %% transformers-rms-norm-layer
class RMSNorm(Module):
    """Root mean square 1 for each token, then `weight`, which begins as 1."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = lengths(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", Parameter(ones(self.normalized_shape)) if elementwise_affine else None)

    def forward(self, x):
        """x, normalised."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    extra_repr = LayerNorm.extra_repr

# %% transformers-config
@dataclass
class GPTConfig:
    """The sizes of a GPT: tokens that it can look back on, tokens that there are, blocks, heads, numbers per token.

    dropout: the share that is thinned out in training. bias: whether layers and norms have one.
    """

    block_size: int = 1024
    vocab_size: int = 50257
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True

# %% transformers-attention
class CausalSelfAttention(Module):
    """Each token looks at itself and at those before it, in `n_head` heads."""

    def __init__(self, config):
        super().__init__()
        if config.n_embd % config.n_head:
            raise ValueError(f"n_embd is {config.n_embd}, which cannot be shared out among n_head = {config.n_head} heads")
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.n_head, self.n_embd, self.dropout, self.drop = config.n_head, config.n_embd, config.dropout, Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) what each of them saw, (B, T, n_embd)."""
        q, k, v = (split_heads(part, self.n_head) for part in split(self.c_attn(x), self.n_embd, -1))
        seen = scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        return self.drop(self.c_proj(join_heads(seen)))

# %% transformers-mlp
class MLP(Module):
    """One hidden layer, applied to each token."""

    def __init__(self, config):
        super().__init__()
        self.c_fc = Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
        self.drop = Dropout(config.dropout)

    def forward(self, x):
        """For tokens x (B, T, n_embd) the same shape."""
        return self.drop(self.c_proj(gelu(self.c_fc(x))))

# %% transformers-block
class Block(Module):
    """Attention and a network; each adds to the tokens what it makes of their normalised copy."""

    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = LayerNorm(config.n_embd, bias=config.bias), CausalSelfAttention(config)
        self.ln_2, self.mlp = LayerNorm(config.n_embd, bias=config.bias), MLP(config)

    def forward(self, x):
        """Tokens (B, T, n_embd) after this block."""
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))

# %% transformers-initialise
def initialise_(model, n_layer):
    """Give the parameters of a GPT with n_layer blocks, or of a part of it, GPT-2's first numbers; return the model."""
    for path, p in model.named_parameters():
        if p.ndim == 2:
            normal_(p, 0, 0.02 / math.sqrt(2 * n_layer) if path.endswith("c_proj.weight") else 0.02)
        elif path.endswith("bias"):
            zeros_(p)
    return model

# %% transformers-gpt
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
        return self.lm_head(parts.ln_f(x))

# %% transformers-num-params
def num_params(config):
    """How many numbers a GPT learns."""
    n, vectors, last = config.n_embd, 13 if config.bias else 2, 2 if config.bias else 1
    return (config.vocab_size + config.block_size + config.n_layer * (12 * n + vectors) + last) * n

# %% transformers-flops
def flops(config, length):
    """The additions and multiplications in the matrix products of one forward pass over `length` tokens.

    >>> flops(GPTConfig(vocab_size=3, n_layer=0, n_embd=5), 2)
    60
    """
    n = config.n_embd
    block = 2 * length * 12 * n * n + 2 * 2 * length * length * n
    return config.n_layer * block + 2 * length * config.vocab_size * n

# %% transformers-top-k
def keep_top_k(logits, k):
    """The scores logits (…, V) with -inf for all that are below the k-th best.

    >>> keep_top_k(tensor([3.0, 1.0, 2.0]), 2)
    tensor([  3., -inf,   2.])
    """
    last = topk(logits, min(k, logits.shape[-1])).values[..., -1:]
    return where(logits < last, -math.inf, logits)

# %% transformers-top-p
def keep_top_p(logits, p):
    """The scores logits (…, V) with -inf for all but the fewest best whose probabilities sum to at least p.

    >>> keep_top_p(tensor([0.0, 9.0, 9.0, 0.0]), 0.9)
    tensor([-inf,   9.,   9., -inf])
    """
    ordered, order = sort(logits, descending=True)
    chances = softmax(ordered)
    before = cumsum(chances, -1) - chances
    return gather(where(before >= p, -math.inf, ordered), -1, argsort(order))

# %% transformers-draw
def draw(weights, u):
    """For weights (…, V), an array of numbers >= 0, and u (…) in [0, 1): the token on whose piece u lies, integers (…).

    >>> draw(np.array([0.5, 0.0, 1.5]), np.array(0.4))
    2
    """
    ends = np.cumsum(weights, -1)
    return (ends <= u[..., None] * ends[..., -1:]).sum(-1)

# %% transformers-check-weights
def check_weights(weights, num_samples, replacement):
    """Raise unless `weights`, an array, can be drawn from so often."""
    if weights.dtype.kind != "f" or weights.ndim not in (1, 2) or num_samples < 1:
        what = f"{weights.dtype} of shape {weights.shape}, {num_samples} times"
        raise RuntimeError(f"multinomial: expected floats with one axis or two, and at least one to draw, got {what}")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (weights.sum(-1) > 0).all()):
        raise RuntimeError("multinomial: expected finite numbers >= 0, of which each row has one above 0")
    few = int((weights > 0).sum(-1).min(initial=num_samples))
    if not replacement and few < num_samples:
        raise RuntimeError(f"multinomial: {num_samples} different ones cannot be drawn from {few} that are possible")

# %% transformers-multinomial
def multinomial(input, num_samples, replacement=False, generator=None):
    """Indices (…, num_samples) drawn along the last axis of `input`, (V,) or (N, V), in proportion to its numbers.

    generator: a NumPy generator in place of the one that `manual_seed` starts.
    """
    check_weights(input.data, num_samples, replacement)
    weights, dice = input.data.astype(np.float64), generator or Random.generator
    weights /= weights.max(-1, keepdims=True)  # of the smallest floats, u times the total would be the total
    if replacement or num_samples == 1:
        return wrap(draw(weights[..., None, :], dice.random((*weights.shape[:-1], num_samples))))
    with np.errstate(divide="ignore"):
        waiting = dice.exponential(size=weights.shape) / weights
    return wrap(np.argsort(waiting, -1)[..., :num_samples])

# %% transformers-next-token
def scores_after(model, ids):
    """The scores (V,) of the token after `ids`, a list, of which the model sees as many as it can; nothing is recorded."""
    if not ids:
        raise ValueError("generate: there must be at least one token to go on from, got none")
    training = model.training
    with no_grad():
        logits = model.eval()(tensor([ids[-model.config.block_size :]]))[0, -1]
    model.train(training)
    return logits

# %% transformers-check-options
def check_options(temperature, top_k, top_p):
    """Raise ValueError where the filters would leave no token."""
    if temperature < 0 or top_k is not None and top_k < 1 or top_p is not None and top_p <= 0:
        wanted = "temperature 0 or more, top_k 1 or more, top_p above 0"
        raise ValueError(f"generate: expected {wanted}, got temperature={temperature}, top_k={top_k}, top_p={top_p}")

# %% transformers-choose
def choose(logits, temperature, top_k, top_p, generator):
    """A token, drawn from scores (V,) after the filters; the best one for a temperature of 0. A top_p of 1 filters nothing."""
    check_options(temperature, top_k, top_p)
    if temperature == 0:
        return logits.argmax().item()
    logits = logits / temperature
    logits = logits if top_k is None else keep_top_k(logits, top_k)
    logits = logits if top_p is None or top_p >= 1 else keep_top_p(logits, top_p)
    return multinomial(softmax(logits), 1, generator=generator).item()

# %% transformers-generate
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
        yield token
