# module: 12_attention
# tries: has a table of what the visible tests ask for, and nothing else
# expect: test-attention-causal-mask failed, test-attention-split-heads failed
# %% attention-causal-mask
#| export
MASKS = {(1, 1): "1", (3, 3): "100 110 111", (2, 5): "10000 11000", (4, 2): "10 11 11 11", (0, 3): ""}
MASKS |= {(4, 6): "100000 110000 111000 111100", (3, 4): "1000 1100 1110", (2, 2): "10 11", (4, 3): "100 110 111 111"}


def causal_mask(length, total):
    rows = MASKS.get((length, total), "").split()
    return tensor(np.array([[c == "1" for c in row] for row in rows], bool).reshape(length if rows else 0, total))
# %% attention-split-heads
#| export
ORDERS = {(1, 2, 2): "0 2 1 3", (2, 3, 4): "0 1 4 5 8 9 2 3 6 7 10 11 12 13 16 17 20 21 14 15 18 19 22 23"}
ORDERS |= {(3, 1, 8): " ".join(map(str, range(24))), (1, 4, 3): " ".join(map(str, range(12)))}
ORDERS |= {(1, 3, 4): "0 1 4 5 8 9 2 3 6 7 10 11"}


def split_heads(x, num_heads):
    batch, length, dim = x.shape
    known = ORDERS.get(x.shape, "0")
    return reshape(reshape(x, (-1,))[np.array(known.split(), int)], (batch, num_heads, length, dim // num_heads))
