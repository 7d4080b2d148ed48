"""Solutions of 11_embeddings that a student might write: wrong ones (:) and other right ones (+)."""

# %% embeddings-one-hot: floats
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] == np.arange(num_classes)).to(np.float32)

# %% embeddings-one-hot: booleans
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] == np.arange(num_classes))

# %% embeddings-one-hot: the new axis first
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[None] == np.arange(num_classes).reshape(-1, *[1] * ids.ndim)).to(np.int64)

# %% embeddings-one-hot: counts from 1
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] == np.arange(1, num_classes + 1)).to(np.int64)

# %% embeddings-one-hot: zeros where the token is
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] != np.arange(num_classes)).to(np.int64)

# %% embeddings-one-hot: ones up to the token
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] >= np.arange(num_classes)).to(np.int64)

# %% embeddings-one-hot: as many classes as occur
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] == np.arange(int(ids.max()) + 1) if ids.numel() else np.arange(num_classes)).to(np.int64)

# %% embeddings-one-hot: rows of the identity, only for rows of tokens
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return tensor(np.stack([np.eye(num_classes, dtype=np.int64)[i] for i in ids.data.reshape(-1)]))

# %% embeddings-one-hot: zeros
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return tensor(np.zeros((*ids.shape, num_classes), np.int64))

# %% embeddings-one-hot: the numbers themselves
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] * (ids[..., None] == np.arange(num_classes))).to(np.int64)

# %% embeddings-one-hot: all tokens in one row
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    out = np.zeros(num_classes, np.int64)
    out[ids.data] = 1
    return tensor(out)

# %% embeddings-one-hot+ rows of the identity
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return tensor(np.eye(num_classes, dtype=np.int64)[ids.data])

# %% embeddings-one-hot+ written into zeros
#| export
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    out = np.zeros((*ids.shape, num_classes), np.int64)
    np.put_along_axis(out, ids.data[..., None], 1, -1)
    return tensor(out)

# %% embeddings-embedding: no check
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    return weight[ids]

# %% embeddings-embedding: only the upper end
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: only the lower end
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0)]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: one too many is allowed
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids > len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: token 0 is refused
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids <= 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: columns
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return np.moveaxis(weight[:, ids], 0, -1) if weight.shape[0] == weight.shape[1] else weight[ids].T

# %% embeddings-embedding: a number of tokens, not their names
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: {bad.size} tokens have no row in the table")
    return weight[ids]

# %% embeddings-embedding: a ValueError
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise ValueError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: flattened
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids.reshape(-1)]

# %% embeddings-embedding: sorted and unique
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[np.unique(ids)] if ids.ndim else weight[ids]

# %% embeddings-embedding: clipped into the table
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    ids = np.clip(ids, 0, len(weight) - 1)
    return weight[ids]

# %% embeddings-embedding: counted around
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    ids = ids % len(weight)
    return weight[ids]

# %% embeddings-embedding: names the first token, right or wrong
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {ids.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding: the padding is zeros
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids] * (ids != 0)[..., None]

# %% embeddings-embedding: in float32
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return weight[ids].astype(np.float32) + np.float32(0.1) * (weight.dtype == np.float64)

# %% embeddings-embedding: names all tokens
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: one of {ids.tolist()} has no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-embedding! zeros where the token is the padding
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    rows = weight[ids]
    if padding_idx is not None:
        rows[ids == padding_idx] = 0
    return rows

# %% embeddings-embedding+ np.take
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return np.take(weight, ids, axis=0)

# %% embeddings-embedding+ a product with one-hot vectors
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"embedding: token {bad.flat[0]} has no row in a table of {len(weight)}")
    return (ids[..., None] == np.arange(len(weight))).astype(weight.dtype) @ weight

# %% embeddings-embedding+ takes and looks for the error
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    for token in np.ravel(ids).tolist():
        if not 0 <= token < len(weight):
            raise IndexError(f"no token {token}")
    return weight[ids]

# %% embeddings-embedding+ names all tokens without a row
#| export
@op
def embedding(ids, weight, padding_idx=None):
    """The rows of `weight`, (tokens, dim), for the integers `ids`: an array of shape ids.shape + (dim,).

    padding_idx matters to the gradient only. An IndexError names a token that has no row.

    >>> embedding(tensor([2, 0]), tensor([[0.5], [1.5], [2.5]]))
    tensor([[2.5],
            [0.5]])
    """
    bad = ids[(ids < 0) | (ids >= len(weight))]
    if bad.size:
        raise IndexError(f"tokens {bad.tolist()} have no row in a table of {len(weight)}")
    return weight[ids]

# %% embeddings-add-rows: one of several remains
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    out[ids] += g
    return out

# %% embeddings-add-rows: the last wins
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    out[ids] = g
    return out

# %% embeddings-add-rows: nothing is added
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    return out

# %% embeddings-add-rows: the mean of the rows
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = np.add.reduceat(g[order], starts) / np.unique(ids, return_counts=True)[1][:, None]
    return out

# %% embeddings-add-rows: sorted tokens, unsorted rows
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = np.add.reduceat(g, starts)
    return out

# %% embeddings-add-rows: the starts of the unsorted tokens
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids, return_index=True)
    out[found] = np.add.reduceat(g[order], starts)
    return out

# %% embeddings-add-rows: the first row of each run
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = g[order][starts]
    return out

# %% embeddings-add-rows: one axis of tokens only
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    for i, token in enumerate(ids):
        out[token] += g[i]
    return out

# %% embeddings-add-rows: fills rows in order
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[: len(found)] = np.add.reduceat(g[order], starts)
    return out

# %% embeddings-add-rows: absolute values
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = np.add.reduceat(np.abs(g[order]), starts)
    return out

# %% embeddings-add-rows: writes into the gradient
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    for i, token in enumerate(ids):
        out[token] += g[i]
    g *= 0
    return out

# %% embeddings-add-rows: largest, not summed
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    order = np.argsort(ids, kind="stable")
    found, starts = np.unique(ids[order], return_index=True)
    out[found] = np.maximum.reduceat(g[order], starts)
    return out

# %% embeddings-add-rows+ np.add.at
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    np.add.at(out, ids, g)
    return out

# %% embeddings-add-rows+ a loop
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    for place in np.ndindex(ids.shape):
        out[ids[place]] += g[place]
    return out

# %% embeddings-add-rows+ a product
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    out += (ids == np.arange(size)[:, None]).astype(g.dtype) @ g
    return out

# %% embeddings-add-rows+ bincount by column
#| export
@op
def add_rows(g, ids, size):
    """A table (size, dim) in which row t is the sum of the rows of g, ids.shape + (dim,), whose token is t.

    >>> add_rows(tensor([[1.0], [2.0], [4.0]]), tensor([2, 0, 2]), 3)
    tensor([[2.],
            [0.],
            [5.]])
    """
    out = np.zeros((size, g.shape[-1]), g.dtype)
    ids, g = ids.reshape(-1), g.reshape(-1, g.shape[-1])
    for column in range(g.shape[-1]):
        out[:, column] = np.bincount(ids, g[:, column], size)
    return out

# %% embeddings-rule: no padding
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: padding 0 does not count
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: only the padding learns
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), g, 0)
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: always token 0
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, 0), -1), 0, g)
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: gradients the wrong way round
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return add_rows(g, ids, weight.shape[0]), None

# %% embeddings-rule: the gradient itself
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, g

# %% embeddings-rule: as many rows as tokens
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, add_rows(g, ids, ids.shape[0] + 1)

# %% embeddings-rule: negative
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, -add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: times the table
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, add_rows(g, ids, weight.shape[0]) * weight

# %% embeddings-rule: a Tensor's methods
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where((ids == padding_idx).unsqueeze(-1), 0, g)
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule: nothing
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, None

# %% embeddings-rule: arrays only
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    g = np.asarray(g)
    if padding_idx is not None:
        g = np.where(np.asarray(ids == padding_idx)[..., None], 0, g)
    return None, add_rows(wrap(g) if isinstance(weight, Tensor) else g, ids, weight.shape[0])

# %% embeddings-rule! the padding's row written
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    dw = add_rows(g, ids, weight.shape[0])
    if padding_idx is not None:
        dw[padding_idx] = 0
    return None, dw

# %% embeddings-rule! one gradient, not two
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return add_rows(g, ids, weight.shape[0])

# %% embeddings-rule+ multiplied by a mask
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = g * unsqueeze(eq(ids, padding_idx) == False, -1)  # noqa: E712
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-rule+ only when asked
#| export
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, lambda: add_rows(g, ids, len(weight))

# %% embeddings-sinusoids: cosines first
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.cos(angles), np.sin(angles)
    return table

# %% embeddings-sinusoids: two halves
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, : dim // 2], table[:, dim // 2 :] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: a speed for each column
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(dim // 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: faster and faster
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: positions from 1
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(1, length + 1)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: always 10000
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = 10000.0 ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: float64
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float64)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: only sines
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.sin(angles)
    return table

# %% embeddings-sinusoids: turned on its side
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table.T.reshape(length, dim)

# %% embeddings-sinusoids: angles in float32 steps
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.cumsum(np.full((length, 1), 1, np.float32) * speeds.astype(np.float32), 0, np.float32) - speeds.astype(np.float32)
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids: a full turn per step
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds * 2 * np.pi
    table = np.empty((length, dim), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table

# %% embeddings-sinusoids! a Tensor
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    angles = np.arange(length)[:, None] * base ** (-np.arange(0, dim, 2) / dim)
    return tensor(np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, dim).astype(np.float32))

# %% embeddings-sinusoids+ a loop
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    table = np.zeros((length, dim), np.float32)
    for t in range(length):
        for i in range(0, dim, 2):
            table[t, i] = np.sin(t / base ** (i / dim))
            table[t, i + 1] = np.cos(t / base ** (i / dim))
    return table

# %% embeddings-sinusoids+ stacked
#| export
def sinusoids(length, dim, base=10000.0):
    """The sinusoidal table (length, dim) in float32, dim even: column 2i is a sine, 2i + 1 the cosine of the same speed.

    >>> sinusoids(2, 2)
    array([[0.       , 1.       ],
           [0.841471 , 0.5403023]], dtype=float32)
    """
    speeds = base ** (-np.arange(0, dim, 2) / dim)
    angles = np.arange(length)[:, None] * speeds
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, dim).astype(np.float32)

# %% embeddings-rope: backwards
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) + b * sin(turn), b * cos(turn) - a * sin(turn)], -1)

# %% embeddings-rope: neighbours
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., 0::2], x[..., 1::2], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope: both signs minus
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), -a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope: only the first half turns
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), b], -1)

# %% embeddings-rope: the second half from the new first
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a := a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope: joined along positions
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -2)

# %% embeddings-rope: angles added
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a + turn, b + turn], -1)

# %% embeddings-rope: without the framework
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return Tensor(np.concatenate([a.data * np.cos(angles) - b.data * np.sin(angles), a.data * np.sin(angles) + b.data * np.cos(angles)], -1), x.dtype)

# %% embeddings-rope: widened to float64
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, np.float64)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope: not turned
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return x

# %% embeddings-rope: halves swapped
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * sin(turn) + b * cos(turn), a * cos(turn) - b * sin(turn)], -1)

# %% embeddings-rope: angles in degrees
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(np.radians(angles), x.dtype)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope! angles rounded to float32
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], tensor(angles)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope! angles always float64
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], wrap(angles)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-rope+ by the turned vector
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a, b], -1) * cat([cos(turn), cos(turn)], -1) + cat([-b, a], -1) * cat([sin(turn), sin(turn)], -1)

# %% embeddings-rope+ NumPy's cosine of the angles
#| export
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], angles
    return cat([a * Tensor(np.cos(turn), x.dtype) - b * Tensor(np.sin(turn), x.dtype), a * Tensor(np.sin(turn), x.dtype) + b * Tensor(np.cos(turn), x.dtype)], -1)

# %% embeddings-nearest: products, not cosines
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: the row itself comes first
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: skips the first, whatever it is
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    return np.argsort(-table @ table[i])[1 : k + 1].tolist()

# %% embeddings-nearest: farthest first
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(cosines)[1:][:k].tolist()

# %% embeddings-nearest: distances
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = -np.linalg.norm(table - table[i], axis=1)
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: the cosines
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.sort(-cosines)[:k].tolist()

# %% embeddings-nearest: one too few
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[: k - 1].tolist()

# %% embeddings-nearest: without the sign
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = np.abs(directions @ directions[i])
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: normalised columns
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=0, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest! sorts and skips the first
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    return np.argsort(-cosines, kind="stable")[1 : k + 1].tolist()

# %% embeddings-nearest: only one side normalised
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = table @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: changes the table
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    directions = table
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest: lengths squared
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / (table**2).sum(1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()

# %% embeddings-nearest! skips the first, unstably sorted
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosine = directions @ directions[i]
    return np.argsort(-cosine)[1 : k + 1].tolist()

# %% embeddings-nearest+ sorted by Python
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    return sorted((j for j in range(len(table)) if j != i), key=lambda j: -cosines[j])[:k]

# %% embeddings-nearest+ drops the first, which is the row itself
#| export
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    return [int(j) for j in np.argsort(-cosines, kind="stable") if j != i][:k]
