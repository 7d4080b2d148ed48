"""A token is a number that means nothing. A table of vectors gives it a place among the others."""

# Exported from modules/source/11_embeddings/embeddings_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['one_hot', 'embedding', 'add_rows', 'Embedding', 'from_pretrained', 'sinusoids', 'within', 'LearnedPositions',
           'SinusoidalPositions', 'rotary_angles', 'rope', 'nearest']

# %% embeddings-imports
import numpy as np

from .autograd import rule
from .layers import Module, Parameter
from .tensor import Tensor, cat, cos, eq, op, randn, sin, tensor, unsqueeze, where, wrap

# %% embeddings-one-hot
def one_hot(ids, num_classes):
    """A vector for each token: integers of shape ids.shape + (num_classes,), 1 at the token's place and 0 elsewhere.

    ids: integers from 0 to num_classes - 1.

    >>> one_hot(tensor([2, 0]), 3)
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    return (ids[..., None] == np.arange(num_classes)).to(np.int64)

# %% embeddings-embedding
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
    return weight[ids]

# %% embeddings-add-rows
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
    out[found] = np.add.reduceat(g[order], starts)
    return out

# %% embeddings-rule
@rule(embedding)
def _(g, out, ids, weight, padding_idx=None):
    if padding_idx is not None:
        g = where(unsqueeze(eq(ids, padding_idx), -1), 0, g)
    return None, add_rows(g, ids, weight.shape[0])

# %% embeddings-add-rows-rule
@rule(add_rows)
def _(g, out, rows, ids, size):
    return embedding(ids, g), None

# %% embeddings-layer
class Embedding(Module):
    """A table of vectors, `weight` (num_embeddings, embedding_dim), drawn from N(0, 1); the padding's row is zeros.

    padding_idx: a token (negative: counted from the end) whose row gets no gradient.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None):
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} is no row of a table of {num_embeddings}")
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, ids):
        """The vectors (…, embedding_dim) of the tokens ids (…), a Tensor of integers; TypeError for anything else."""
        kind = f"a Tensor of {ids.dtype}" if isinstance(ids, Tensor) else f"a {type(ids).__name__}"
        if not isinstance(ids, Tensor) or ids.dtype.kind not in "iu":
            raise TypeError(f"Embedding: tokens are a Tensor of integers, such as tensor([1, 2]); got {kind}")
        return embedding(ids, self.weight, padding_idx=self.padding_idx)

    def extra_repr(self):
        """The sizes, as PyTorch shows them."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"

# %% embeddings-from-pretrained
def from_pretrained(embeddings, freeze=True, padding_idx=None):
    """An Embedding with the given table (tokens, dim), a Tensor; frozen, it does not learn."""
    if embeddings.ndim != 2:
        raise ValueError(f"from_pretrained: expected a table (tokens, dim), got shape {embeddings.shape}")
    layer = Embedding(*embeddings.shape, padding_idx=padding_idx)
    layer.weight = Parameter(embeddings).requires_grad_(not freeze)
    return layer


Embedding.from_pretrained = staticmethod(from_pretrained)

# %% embeddings-sinusoids
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
    return table

# %% embeddings-within
def within(length, max_length):
    """`length`; ValueError if there are not so many positions."""
    if length > max_length:
        raise ValueError(f"positions: the input has {length} tokens, there are {max_length} positions")
    return length

# %% embeddings-learned-positions
class LearnedPositions(Module):
    """Adds a vector of its own to each position, from a table that learns; as in GPT-2."""

    def __init__(self, max_length, dim):
        super().__init__()
        self.table = Embedding(max_length, dim)

    def forward(self, x):
        """x (…, length, dim) with the vectors of the positions added."""
        return x + self.table.weight[: within(x.shape[-2], self.table.num_embeddings)]

# %% embeddings-sinusoidal-positions
class SinusoidalPositions(Module):
    """Adds `sinusoids` to the positions; nothing to learn."""

    def __init__(self, max_length, dim):
        super().__init__()
        self.register_buffer("table", wrap(sinusoids(max_length, dim)), persistent=False)

    def forward(self, x):
        """x (…, length, dim) with the waves added."""
        return x + self.table[: within(x.shape[-2], len(self.table))]

# %% embeddings-angles
def rotary_angles(positions, dim, base=10000.0):
    """The angle of each position and pair, (length, dim / 2), an array; positions: an array of integers, or how many."""
    positions = np.arange(positions) if isinstance(positions, int) else np.asarray(positions)
    return (positions[:, None] * base ** (-np.arange(0, dim, 2) / dim)).astype(np.float32)

# %% embeddings-rope
def rope(x, angles):
    """x (…, length, dim), each pair (number i of the first half, number i of the second) turned by angles (length, dim / 2).

    >>> rope(tensor([[1.0, 0.0]]), np.array([[math.pi / 2]])).to(np.int64)
    tensor([[0, 1]])
    """
    half = x.shape[-1] // 2
    a, b, turn = x[..., :half], x[..., half:], Tensor(angles, x.dtype)
    return cat([a * cos(turn) - b * sin(turn), a * sin(turn) + b * cos(turn)], -1)

# %% embeddings-nearest
def nearest(table, i, k=5):
    """The numbers of the k rows of `table`, an array (n, dim), whose direction is nearest to that of row i, nearest first.

    No row may be all zeros, as a padding's is: it has no direction.

    >>> nearest(np.array([[1.0, 0.0], [0.0, 1.0], [5.0, 1.0]]), 0, k=2)
    [2, 1]
    """
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[i]
    cosines[i] = -np.inf
    return np.argsort(-cosines)[:k].tolist()
