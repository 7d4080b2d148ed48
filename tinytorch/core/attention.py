"""A weighted average, whose weights are computed from what is being averaged."""

# Exported from modules/source/12_attention/attention_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['MultiHeadAttention', 'causal_mask', 'attention_weights', 'scaled_dot_product_attention', 'join_heads', 'split_heads',
           'hidden', 'both_masks', 'Projections', 'MultiheadAttention', 'fold', 'key_tiles', 'tile_scores',
           'tiled_forward', 'tiled_backward', 'Tiled', 'tiled_attention']

# %% attention-imports
import math

import numpy as np

from .._arrays import row_max, sums
from .activations import vecdot
from .autograd import Function, rule
from .layers import Linear, Module, Parameter, dropout, linear, xavier_normal_, xavier_uniform_, zeros_
from .spatial import pad
from .tensor import Tensor, cat, op, reshape, sum_, tensor, transpose, where, wrap, zeros

# %% attention-causal-mask
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(length)[:, None] >= np.arange(total))

# %% attention-weights
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = (query * scale) @ key.mT
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = row_max(scores)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = sums(weights, -1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-rule
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = g - vecdot(g, out)
    s *= out  # in its own memory, where it is an array
    return s @ (key * scale), s.mT @ (query * scale), None if mask is None or mask.dtype == bool else s

# %% attention-sdpa
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    if attn_mask is not None and attn_mask.dtype.kind not in "bf":
        raise RuntimeError(f"scaled_dot_product_attention: attn_mask must be of booleans or floats, got {attn_mask.dtype}")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-join-heads
def join_heads(x):
    """Heads (B, heads, T, d) side by side again: (B, T, heads * d)."""
    joined = transpose(x, 1, 2)
    return reshape(joined, (*joined.shape[:2], -1))

# %% attention-split-heads
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return transpose(reshape(x, (batch, length, num_heads, dim // num_heads)), 1, 2)

# %% attention-hidden
def hidden(mask):
    """A mask of MultiheadAttention as numbers to add: booleans, True for "must not look", become -inf and 0."""
    if mask is not None and mask.dtype.kind not in "bf":
        raise RuntimeError(f"MultiheadAttention: a mask must be of booleans or floats, got {mask.dtype}")
    return mask if mask is None or mask.dtype.kind == "f" else where(mask, -math.inf, zeros(mask.shape))

# %% attention-both-masks
def both_masks(attn_mask, key_padding_mask, batch, heads):
    """attn_mask, (L, S) or (batch * heads, L, S), and key_padding_mask, (batch, S), as one mask; None if there is none."""
    ours, padding = hidden(attn_mask), hidden(key_padding_mask)
    if ours is not None and ours.ndim == 3:
        ours = reshape(ours, (batch, heads, *ours.shape[1:]))
    if padding is not None:
        padding = reshape(padding, (batch, 1, 1, -1))
    return ours if padding is None else padding if ours is None else ours + padding

# %% attention-projected
class Projections(Module):
    """What MultiheadAttention learns; the first matrix makes queries, keys and values, or three do, if widths differ.

    `in_proj_weight` (3 dim, dim), or `q_proj_weight` (dim, dim), `k_proj_weight` (dim, kdim) and `v_proj_weight` (dim,
    vdim); `in_proj_bias` (3 dim,); `bias_k` and `bias_v` (1, 1, dim); the layer `out_proj`.
    """

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, batch_first=False
    ):
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"MultiheadAttention: embed_dim {embed_dim} is no multiple of num_heads {num_heads}")
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim, self.add_zero_attn = kdim or embed_dim, vdim or embed_dim, add_zero_attn
        alike = self.kdim == self.vdim == embed_dim
        self.own("in_proj_weight", alike, xavier_uniform_, 3 * embed_dim, embed_dim)
        for letter, width in zip("qkv", (embed_dim, self.kdim, self.vdim), strict=True):
            self.own(f"{letter}_proj_weight", not alike, xavier_uniform_, embed_dim, width)
        self.own("in_proj_bias", bias, zeros_, 3 * embed_dim)
        self.own("bias_k", add_bias_kv, xavier_normal_, 1, 1, embed_dim)
        self.own("bias_v", add_bias_kv, xavier_normal_, 1, 1, embed_dim)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias)
        if bias:
            zeros_(self.out_proj.bias)

    def own(self, name, wanted, fill, *shape):
        """Keep a parameter that `fill` has filled, or None where it is not wanted."""
        self.register_parameter(name, fill(Parameter(zeros(*shape))) if wanted else None)

    def heads(self, *inputs):
        """Queries, keys and values (B, heads, T, dim / heads) of three inputs (B, T, dim); behind them those of no token."""
        packed, bias, each = self.in_proj_weight, self.in_proj_bias, (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        weights, biases = each if packed is None else packed.chunk(3), [None] * 3 if bias is None else bias.chunk(3)
        q, k, v = map(linear, inputs, weights, biases)
        return [split_heads(x, self.num_heads) for x in (q, self.longer(k, self.bias_k), self.longer(v, self.bias_v))]

    def longer(self, x, learned):
        """Keys or values x (B, S, dim), and behind them the learned one and zeros, if the layer has them."""
        more = ([] if learned is None else [learned]) + [zeros(1, 1, self.embed_dim, dtype=x.dtype)] * self.add_zero_attn
        return cat([x, *(t.expand(len(x), 1, -1) for t in more)], 1) if more else x

# %% attention-multihead
class MultiheadAttention(Projections):
    """Attention in `num_heads` heads, with PyTorch's arguments and parameters; (T, B, dim), or (B, T, dim) if batch_first."""

    def forward(
        self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False
    ):
        """The output in the query's shape, and the weights (B, L, S), for each head if not averaged; or None.

        key_padding_mask (B, S), attn_mask (L, S) or (B * heads, L, S): True where one must not look, or numbers.
        is_causal says that attn_mask is the causal one, which must be given all the same.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("MultiheadAttention: is_causal says what attn_mask is; give the mask, too")
        single, turn = query.ndim == 2, query.ndim == 3 and not self.batch_first
        inputs = [x.unsqueeze(0) if single else x.transpose(0, 1) if turn else x for x in (query, key, value)]
        q, k, v = self.heads(*inputs)
        mask = both_masks(attn_mask, key_padding_mask, len(q), self.num_heads)
        mask = mask if mask is None else pad(mask, (0, k.shape[2] - inputs[1].shape[1]))
        weights = attention_weights(q, k, mask, scale=1 / math.sqrt(q.shape[-1]))
        out = self.out_proj(join_heads(dropout(weights, self.dropout, self.training) @ v))
        out = out[0] if single else out.transpose(0, 1) if turn else out
        shown = weights.mean(1) if average_attn_weights else weights
        return out, (shown[0] if single else shown) if need_weights else None

# %% attention-name
MultiHeadAttention = MultiheadAttention  # as most papers write it

# %% attention-fold
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-key-tiles
def key_tiles(rows, total, block, is_causal):
    """Slices of at most `block` of the `total` keys, without those that the causal mask hides from all queries `rows`."""
    end = min(total, rows.stop) if is_causal else total
    return [slice(j, min(j + block, end)) for j in range(0, end, block)]

# %% attention-tile-scores
def tile_scores(q, k, rows, columns, scale, is_causal):
    """The scores (…, rows, columns) of one tile, -inf where the causal mask hides."""
    scores = q[..., rows, :] @ k[..., columns, :].mT
    scores *= scale
    if is_causal and columns.stop - 1 > rows.start:
        later = np.arange(columns.start, columns.stop) > np.arange(rows.start, rows.stop)[:, None]
        np.copyto(scores, -np.inf, where=later)
    return scores

# %% attention-tiled-forward
def tiled_forward(q, k, v, scale, is_causal, block):
    """Attention tile by tile, on arrays: the output (…, L, e), and for each query (…, L, 1) the logarithm of its total."""
    out, logs = np.empty((*q.shape[:-1], v.shape[-1]), v.dtype), np.empty((*q.shape[:-1], 1), q.dtype)
    for i in range(0, q.shape[-2], block):
        rows = slice(i, min(i + block, q.shape[-2]))
        top, total, mixed = np.full_like(logs[..., rows, :], -np.inf), np.zeros_like(logs[..., rows, :]), np.zeros_like(out[..., rows, :])
        for columns in key_tiles(rows, k.shape[-2], block, is_causal):
            scores = tile_scores(q, k, rows, columns, scale, is_causal)
            top, total, mixed = fold((top, total, mixed), scores, v[..., columns, :])
        out[..., rows, :], logs[..., rows, :] = mixed / total, top + np.log(total)
    return out, logs

# %% attention-tiled-backward
def tiled_backward(g, out, logs, q, k, v, scale, is_causal, block):
    """The gradients of q, k and v, tile by tile; every tile's weights are computed once more."""
    dq, dk, dv = (np.zeros_like(a) for a in (q, k, v))
    mean = (g * out).sum(-1, keepdims=True)
    for i in range(0, q.shape[-2], block):
        rows = slice(i, min(i + block, q.shape[-2]))
        for columns in key_tiles(rows, k.shape[-2], block, is_causal):
            weights = np.exp(tile_scores(q, k, rows, columns, scale, is_causal) - logs[..., rows, :])
            dv[..., columns, :] += weights.mT @ g[..., rows, :]
            s = weights * (g[..., rows, :] @ v[..., columns, :].mT - mean[..., rows, :]) * scale
            dq[..., rows, :] += s @ k[..., columns, :]
            dk[..., columns, :] += s.mT @ q[..., rows, :]
    return dq, dk, dv

# %% attention-tiled
class Tiled(Function):
    """Attention in tiles; its gradient has no gradient of its own."""

    @staticmethod
    def forward(ctx, q, k, v, scale, is_causal, block):
        """The output; kept for backward are the inputs, the output and one number per query."""
        out, logs = tiled_forward(q.data, k.data, v.data, scale, is_causal, block)
        ctx.kept = out, logs, q.data, k.data, v.data, scale, is_causal, block
        return wrap(out)

    @staticmethod
    def backward(ctx, g):
        """The gradients of q, k, v; the settings have none."""
        return (*map(wrap, tiled_backward(g.data, *ctx.kept)), None, None, None)

# %% attention-tiled-attention
def tiled_attention(query, key, value, is_causal=False, scale=None, block=128):
    """What `scaled_dot_product_attention` gives, in memory that grows with L + S and not with L * S.

    query (…, L, d), key (…, S, d), value (…, S, e), with the same axes before. Every query must see a key.
    """
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        raise ValueError(f"tiled_attention: query {query.shape}, key {key.shape} and value {value.shape} differ before the last two axes")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    return Tiled.apply(query, key, value, scale, is_causal, block)
