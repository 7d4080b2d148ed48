"""Solutions of 12_attention that a student might write: wrong ones (:) and other right ones (+)."""

# %% attention-causal-mask: not itself
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(length)[:, None] > np.arange(total))

# %% attention-causal-mask: the future
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(length)[:, None] <= np.arange(total))

# %% attention-causal-mask: everything
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.ones((length, total), bool))

# %% attention-causal-mask: numbers
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor((np.arange(length)[:, None] >= np.arange(total)).astype(np.float32))

# %% attention-causal-mask: turned
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(total) >= np.arange(length)[:, None])

# %% attention-causal-mask: square
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.tri(length, dtype=bool))

# %% attention-causal-mask: total by length
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(total)[:, None] >= np.arange(length))

# %% attention-causal-mask: aligned at the end
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.tri(length, total, total - length, dtype=bool))

# %% attention-causal-mask: only itself
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.arange(length)[:, None] == np.arange(total))

# %% attention-causal-mask: integers
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.tri(length, total, dtype=np.int64))

# %% attention-causal-mask+ np.tri
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.tri(length, total, dtype=bool))

# %% attention-causal-mask+ np.tril
#| export
def causal_mask(length, total):
    """A Tensor of booleans (length, total): whether query i may look at key j, which is so for j <= i.

    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return tensor(np.tril(np.ones((length, total), bool)))

# %% attention-weights: no scale
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: divided by scale
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores /= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: always the root of d
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores /= np.sqrt(query.shape[-1])
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: no mask
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: the mask upside down
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: hidden scores are 0
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, 0, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: hidden scores are -100
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -100, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: weights masked after the softmax
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        pass
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights if mask is None or mask.dtype != bool else weights * mask

# %% attention-weights: numbers are not added
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: numbers multiply
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores * mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: numbers taken for may and may not
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None:
        np.copyto(scores, -np.inf, where=mask == 0)
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: scaled after the mask
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    scores = scores * scale
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: unstable
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    weights = np.exp(scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: the largest of all
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = np.full((*scores.shape[:-1], 1), scores.max())
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: NaN where nothing may be seen
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    weights /= total
    return weights

# %% attention-weights: still NaN: only the sum is mended
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: still NaN: only the top is mended
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    weights /= total
    return weights

# %% attention-weights: evenly where nothing may be seen
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    weights[(weights.sum(-1) == 0)] = 1 / key.shape[-2]
    return weights

# %% attention-weights: softmax over the queries
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-2, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-2, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: softmax over everything
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = np.full((*weights.shape[:-1], 1), weights.sum())
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: no softmax
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    return weights

# %% attention-weights: a sum that may be too small
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total += 1e-6
    weights /= total
    return weights

# %% attention-weights! works in the queries
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    query *= scale
    scores = query @ key.mT
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: turned by .T
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.T (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.T
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights: squares
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * (query @ key.mT) ** 2 (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = (query @ key.mT) ** 2
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights! booleans multiply the exponentials
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = (query * scale) @ key.mT
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    if mask is not None:
        powers = powers * (mask if mask.dtype == bool else np.exp(mask))
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, np.ones_like(total), total)

# %% attention-weights! numbers multiply the exponentials
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = (query * scale) @ key.mT
    if mask is not None and mask.dtype == bool:
        scores, mask = np.where(mask, scores, np.array(-np.inf, scores.dtype)), None
    top = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(top == -np.inf, np.zeros_like(top), top))
    if mask is not None:
        powers = powers * np.exp(mask)
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, np.ones_like(total), total)

# %% attention-weights! scales the query in place
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    query *= scale
    scores = query @ key.mT
    if mask is not None:
        scores = np.where(mask, scores, np.array(-np.inf, scores.dtype)) if mask.dtype == bool else scores + mask
    top = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(top == -np.inf, np.zeros_like(top), top))
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, np.ones_like(total), total)

# %% attention-weights! scales the keys in place
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    key *= scale
    scores = query @ key.mT
    if mask is not None:
        scores = np.where(mask, scores, np.array(-np.inf, scores.dtype)) if mask.dtype == bool else scores + mask
    top = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(top == -np.inf, np.zeros_like(top), top))
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, np.ones_like(total), total)

# %% attention-weights+ np.where, step by step
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(scores - top)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights+ einsum
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * np.array(np.einsum("...ld,...sd->...ls", query, key)) (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = np.array(np.einsum("...ld,...sd->...ls", query, key))
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights+ the scaled query
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = (query * scale) @ np.swapaxes(key, -1, -2)
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights

# %% attention-weights+ np.nan_to_num at the end
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        weights = np.exp(scores - top)
        return np.where(top == -np.inf, 0, weights / weights.sum(-1, keepdims=True)).astype(weights.dtype)

# %% attention-weights: NaN hidden
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return np.nan_to_num(weights)

# %% attention-weights+ float64, which is made float32 again
#| export
@op
def attention_weights(query, key, mask=None, scale=1.0):
    """How much each query (…, L, d) looks at each key (…, S, d): weights (…, L, S); rows sum to 1, or are zeros.

    mask: booleans (may look) or numbers (added to the scores), broadcast to (…, L, S). The softmax is
    over scale * query @ key.mT (A. Vaswani and others, 2017, section 3.2.1).
    """
    scores = query @ key.mT
    scores *= scale
    if mask is not None and mask.dtype == bool:
        np.copyto(scores, -np.inf, where=~mask)
    elif mask is not None:
        scores = scores + mask
    top = scores.max(-1, keepdims=True)
    top[top == -np.inf] = 0
    weights = np.exp(np.subtract(scores, top, out=scores), out=scores)
    total = weights.sum(-1, keepdims=True)
    total[total == 0] = 1
    weights /= total
    return weights.astype(np.float64)

# %% attention-rule: the softmax forgotten
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = g
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: no sum
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * g
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: only the diagonal
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (1 - out) * g
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: the sum of g
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g, -1, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: summed over the queries
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -2, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: summed over everything
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: no scale
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s @ key, s.mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: scale in the query only
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s * scale @ key, s.mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: scale in the key only
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: query and key swapped
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return (s * scale).mT @ query, s * scale @ key, None if mask is None or mask.dtype == bool else s

# %% attention-rule: the mask scaled too
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s * scale

# %% attention-rule: the mask has no gradient
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None

# %% attention-rule: plus
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g + sum_(g * out, -1, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: Tensor methods
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - (g * out).sum(dim=-1, keepdim=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: the key's gradient not turned
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return s * scale @ key, s * scale @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule: arrays only
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - np.sum(np.asarray(g) * np.asarray(out), -1, keepdims=True))
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule+ in parts
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    part = g * out
    s = part - out * sum_(part, -1, keepdim=True)
    return s * scale @ key, (s * scale).mT @ query, None if mask is None or mask.dtype == bool else s

# %% attention-rule+ only what is asked
#| export
@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    s = out * (g - sum_(g * out, -1, keepdim=True))
    return lambda: s * scale @ key, lambda: transpose(s * scale, -2, -1) @ query, None if mask is None or mask.dtype == bool else s

# %% attention-sdpa: no scale by default
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1.0 if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: the root as a factor
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: by d, not its root
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / query.shape[-1] if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: by the number of keys
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(key.shape[-2]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: scale 0 is no scale
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if not scale else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: the given scale ignored
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1])
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: never causal
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: the mask forgotten
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else None
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: the causal mask turned
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(key.shape[-2], query.shape[-2]).mT if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ value

# %% attention-sdpa: no dropout
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = attention_weights(query, key, mask, scale=scale)
    return weights @ value

# %% attention-sdpa: always half dropped
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), 0.5)
    return weights @ value

# %% attention-sdpa: averages the keys
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights @ key

# %% attention-sdpa: dropout of the values
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    return dropout(attention_weights(query, key, mask, scale=scale) @ value, dropout_p) * (1 - dropout_p)

# %% attention-sdpa: dropout of the output
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    return dropout(attention_weights(query, key, mask, scale=scale) @ value, dropout_p)

# %% attention-sdpa: the weights
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query, key, mask, scale=scale), dropout_p)
    return weights

# %% attention-sdpa+ scaled queries
#| export
def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    """The values (…, S, e) averaged for each query (…, L, d), by how well it matches the keys (…, S, d): (…, L, e).

    attn_mask: booleans (may look) or numbers (added), broadcast to (…, L, S). scale: 1/sqrt(d) if None.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: give attn_mask or is_causal, not both")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    mask = causal_mask(query.shape[-2], key.shape[-2]) if is_causal else attn_mask
    weights = dropout(attention_weights(query * scale, key, mask), dropout_p)
    return weights @ value

# %% attention-split-heads: only reshaped
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return reshape(x, (batch, num_heads, length, dim // num_heads))

# %% attention-split-heads: not swapped
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return reshape(x, (batch, length, num_heads, dim // num_heads))

# %% attention-split-heads: every other column
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return reshape(x, (batch, length, dim // num_heads, num_heads)).permute(0, 3, 1, 2)

# %% attention-split-heads: the wrong axes
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return transpose(reshape(x, (batch, length, num_heads, dim // num_heads)), 2, 3)

# %% attention-split-heads: length and heads swapped
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return transpose(reshape(x, (batch, num_heads, length, dim // num_heads)), 1, 2)

# %% attention-split-heads: on arrays
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return wrap(x.data.reshape(batch, length, num_heads, dim // num_heads).swapaxes(1, 2))

# %% attention-split-heads+ permute
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    batch, length, dim = x.shape
    return x.reshape(batch, length, num_heads, -1).permute(0, 2, 1, 3)

# %% attention-split-heads+ cut and stacked
#| export
def split_heads(x, num_heads):
    """Vectors x (B, T, d), d a multiple of num_heads, cut into heads: (B, num_heads, T, d / num_heads).

    >>> split_heads(tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]]), 2)[0, 1]
    tensor([[3, 4],
            [7, 8]])
    """
    from tinytorch.core.tensor import stack

    return stack(x.chunk(num_heads, -1), 1)

# %% attention-fold: the old sums not mended
#| export
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
    return new_top, total + weights.sum(-1, keepdims=True), mixed + weights @ values

# %% attention-fold: only the total mended
#| export
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
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed + weights @ values

# %% attention-fold: only the mixture mended
#| export
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
    return new_top, total + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: the wrong way
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(safe - top), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: the top of the block
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = scores.max(-1, keepdims=True)
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: the first top stays
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.where(top == -np.inf, scores.max(-1, keepdims=True), top)
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: NaN where all is hidden
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = new_top
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: 0 as the new top where all is hidden
#| export
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
    return safe, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: the old top returned
#| export
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
    return top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: divided already
#| export
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
    return new_top, total * shrink + weights.sum(-1, keepdims=True), (mixed * shrink + weights @ values) / (total * shrink + weights.sum(-1, keepdims=True))

# %% attention-fold: forgets what was
#| export
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
    return new_top, weights.sum(-1, keepdims=True), weights @ values

# %% attention-fold: counts keys
#| export
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
    return new_top, total * shrink + scores.shape[-1], mixed * shrink + weights @ values

# %% attention-fold: the top of all queries
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max())
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: no top at all
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.zeros_like(scores[..., :1])
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold: in float64
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.where(new_top == -np.inf, 0, new_top).astype(np.float64)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold! writes into the state
#| export
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
    total *= shrink
    total += weights.sum(-1, keepdims=True)
    mixed *= shrink
    mixed += weights @ values
    return new_top, total, mixed

# %% attention-fold! writes into the scores
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.where(new_top == -np.inf, 0, new_top).astype(scores.dtype)
    shrink = np.exp(top - safe)
    scores -= safe
    weights = np.exp(scores)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold+ query by query
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    new = [], [], []
    for top, total, mixed, row in zip(*(np.moveaxis(a, -2, 0) for a in (*state, scores)), strict=True):
        largest = np.maximum(top[..., 0], row.max(-1))
        safe = np.where(np.isinf(largest), np.zeros_like(largest), largest)[..., None]
        powers, shrink = np.exp(row - safe), np.exp(top - safe)
        more = (powers[..., None] * values).sum(-2)
        for part, a in zip(new, (largest[..., None], shrink * total + powers.sum(-1, keepdims=True), shrink * mixed + more), strict=True):
            part.append(a)
    return tuple(np.stack(part, -2) for part in new)

# %% attention-fold+ np.nan_to_num
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    new_top = np.maximum(top, scores.max(-1, keepdims=True))
    safe = np.nan_to_num(new_top, neginf=0)
    shrink, weights = np.exp(top - safe), np.exp(scores - safe)
    return new_top, total * shrink + weights.sum(-1, keepdims=True), mixed * shrink + weights @ values

# %% attention-fold+ the block on its own first
#| export
def fold(state, scores, values):
    """The state (top, total, mixed) of L queries after S more keys; all are arrays.

    top, total: (…, L, 1), the largest score so far and the sum of exp(score - top). mixed: (…, L, e), the sum of
    exp(score - top) * value. scores: (…, L, S); values: (…, S, e). At the start top is -inf, the sums 0.
    The state's arrays are new; those that were given stay as they are.
    """
    top, total, mixed = state
    own = scores.max(-1, keepdims=True)
    new_top = np.maximum(top, own)
    safe = np.where(np.isinf(new_top), np.zeros_like(new_top), new_top)
    powers = np.exp(scores - np.where(np.isinf(own), np.zeros_like(own), own))
    old, new = np.exp(top - safe), np.exp(own - safe)
    return new_top, old * total + new * powers.sum(-1, keepdims=True), old * mixed + new * (powers @ values)
