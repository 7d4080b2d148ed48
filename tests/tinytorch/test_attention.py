"""tinytorch.core.attention, beyond what the checks of its notebook try."""

import math
import tracemalloc

import numpy as np
import pytest

attention = pytest.importorskip("tinytorch.core.attention", reason="tito dev build 12 makes it")
from tinytorch import manual_seed, nn, no_grad, tensor  # noqa: E402
from tinytorch.core.attention import (  # noqa: E402
    MultiheadAttention,
    attention_weights,
    causal_mask,
    scaled_dot_product_attention,
    split_heads,
    tiled_attention,
)
from tinytorch.core.autograd import gradcheck, gradgradcheck  # noqa: E402
from tinytorch.core.tensor import Tensor, randn  # noqa: E402
from tinytorch.nn import functional as F  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402


def given(*shapes, seed=0):
    """float64 Tensors that require a gradient."""
    rng = np.random.default_rng(seed)
    return [Tensor(rng.standard_normal(shape), np.float64, requires_grad=True) for shape in shapes]


def plain(q, k, v, may, scale):
    """Attention by its definition, in NumPy, for any leading axes."""
    scores = np.where(may, scale * (q @ np.swapaxes(k, -1, -2)), -np.inf)
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True) @ v


def test_the_faces_show_it():
    assert F.scaled_dot_product_attention is scaled_dot_product_attention
    assert nn.MultiheadAttention is MultiheadAttention is attention.MultiHeadAttention


def test_mask_and_causal_together_are_refused():
    q, k, v = given((2, 3), (2, 3), (2, 3))
    with pytest.raises(RuntimeError, match="attn_mask or is_causal, not both"):
        scaled_dot_product_attention(q, k, v, causal_mask(2, 2), is_causal=True)


@pytest.mark.parametrize("kind", ["attn_mask", "key_padding_mask"])
def test_masks_of_integers_are_refused(kind):
    x, mask = tensor(np.ones((1, 3, 4), np.float32)), tensor(np.ones((1, 3), int))
    layer = MultiheadAttention(4, 2, batch_first=True)
    with pytest.raises(RuntimeError, match="a mask must be of booleans or floats, got int64"):
        layer(x, x, x, **{kind: mask if kind == "key_padding_mask" else mask.expand(3, 3)})
    with pytest.raises(RuntimeError, match="attn_mask must be of booleans or floats, got int64"):
        scaled_dot_product_attention(x, x, x, mask)


def test_a_query_that_sees_nothing_gets_zeros_and_no_gradient():
    q, k, v = given((2, 3), (4, 3), (4, 2))
    may = tensor(np.array([[True, False, True, True], [False] * 4]))
    out = scaled_dot_product_attention(q, k, v, may)
    assert_close(out.data[1], np.zeros(2))
    out.sum().backward()
    assert_close(q.grad.data[1], np.zeros(3))
    assert np.isfinite(k.grad.data).all() and np.isfinite(v.grad.data).all()


@pytest.mark.parametrize("mask", [None, np.tri(3, 4, dtype=bool), np.linspace(-1, 1, 4)[None]])
def test_slopes_of_first_and_second_order(mask):
    inputs = given((2, 3, 2), (2, 4, 2), (2, 4, 3))
    mask = None if mask is None else Tensor(mask, mask.dtype)
    attend = lambda q, k, v: scaled_dot_product_attention(q, k, v, mask)  # noqa: E731
    assert gradcheck(attend, inputs) and gradgradcheck(attend, inputs)


def test_keys_and_masks_are_broadcast():
    q, k = given((2, 3, 4, 5), (3, 6, 5))
    may = tensor(np.random.default_rng(1).random((2, 1, 1, 6)) < 0.7)
    weights = attention_weights(q, k, may, scale=0.5)
    assert weights.shape == (2, 3, 4, 6)
    assert gradcheck(lambda q, k: attention_weights(q, k, may, scale=0.5), (q, k))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("length", "total", "block"), [(7, 7, 3), (5, 9, 4), (9, 5, 4), (1, 1, 128), (8, 8, 1), (6, 6, 6)]
)
def test_tiles_give_the_same_output_and_gradients(length, total, block, causal):
    ours, theirs = (given((2, length, 4), (2, total, 4), (2, total, 3)) for _ in range(2))
    out, expected = (
        tiled_attention(*ours, is_causal=causal, block=block),
        scaled_dot_product_attention(*theirs, is_causal=causal),
    )
    assert_close(out.data, expected.data)
    scale = Tensor(np.random.default_rng(2).standard_normal(out.shape), np.float64)
    (out * scale).sum().backward()
    (expected * scale).sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        assert_close(a.grad.data, b.grad.data)


def test_tiles_are_stable_where_scores_are_large():
    q, k, v = (Tensor(np.random.default_rng(3).standard_normal((40, 8)) * 100, np.float64) for _ in range(3))
    expected = plain(q.data, k.data, v.data, np.tri(40, dtype=bool), 8**-0.5)
    assert_close(tiled_attention(q, k, v, is_causal=True, block=16).data, expected, rtol=1e-6)


def test_tiles_refuse_axes_that_do_not_fit():
    q, k, v = given((2, 3, 4), (1, 3, 4), (2, 3, 4))
    with pytest.raises(ValueError, match=r"query \(2, 3, 4\), key \(1, 3, 4\)"):
        tiled_attention(q, k, v)


def peak(attend, length):
    """The megabytes that attention over `length` tokens asks for, forward and backward."""
    inputs = [randn(length, 16).requires_grad_() for _ in range(3)]
    attend(*inputs).sum().backward()
    tracemalloc.start()
    attend(*inputs).sum().backward()
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return megabytes


def test_memory_of_tiles_grows_linearly_and_otherwise_with_the_square():
    tiled = [peak(lambda q, k, v: tiled_attention(q, k, v, is_causal=True, block=64), n) for n in (512, 1024, 2048)]
    square = [peak(lambda q, k, v: scaled_dot_product_attention(q, k, v, is_causal=True), n) for n in (512, 1024, 2048)]
    assert tiled[2] < 2.6 * tiled[1] < 2.6**2 * tiled[0]
    assert square[2] > 3.4 * square[1] > 3.4**2 * square[0]
    assert tiled[2] < square[2] / 20


def test_multihead_attention_has_pytorchs_parameters_and_start():
    manual_seed(0)
    layer = MultiheadAttention(12, 3)
    shapes = {name: p.shape for name, p in layer.named_parameters()}
    assert shapes == {
        "in_proj_weight": (36, 12),
        "in_proj_bias": (36,),
        "out_proj.weight": (12, 12),
        "out_proj.bias": (12,),
    }
    assert not layer.in_proj_bias.data.any() and not layer.out_proj.bias.data.any()
    assert abs(layer.in_proj_weight.data).max() <= math.sqrt(6 / 48)
    assert list(MultiheadAttention(12, 3, bias=False).state_dict()) == ["in_proj_weight", "out_proj.weight"]
    with pytest.raises(ValueError, match="embed_dim 10 is no multiple of num_heads 3"):
        MultiheadAttention(10, 3)


def by_hand(layer, q, k, v, may):
    """The layer's output for inputs (B, T, dim) by its definition, head by head."""
    weights, bias = np.split(layer.in_proj_weight.data, 3), np.split(layer.in_proj_bias.data, 3)
    parts = [x @ w.T + b for x, w, b in zip((q, k, v), weights, bias, strict=True)]
    wide = parts[0].shape[-1] // layer.num_heads
    heads = [
        plain(*(part[..., h * wide : (h + 1) * wide] for part in parts), may, wide**-0.5)
        for h in range(layer.num_heads)
    ]
    return np.concatenate(heads, -1) @ layer.out_proj.weight.data.T + layer.out_proj.bias.data


def test_multihead_attention_by_hand_with_both_masks():
    manual_seed(1)
    layer = MultiheadAttention(8, 2, batch_first=True)
    for p in layer.parameters():
        p.data += np.random.default_rng(4).standard_normal(p.shape).astype(np.float32) * 0.1
    q, k = randn(3, 4, 8), randn(3, 5, 8)
    hide, padding = ~np.tri(4, 5, dtype=bool), np.zeros((3, 5), bool)
    padding[1, 3:] = padding[2, 1] = True
    out, weights = layer(q, k, k, key_padding_mask=tensor(padding), attn_mask=tensor(hide))
    may = ~hide & ~padding[:, None]
    assert_close(out.data, by_hand(layer, q.data, k.data, k.data, may).astype(np.float32))
    assert weights.shape == (3, 4, 5) and not weights.data[~may].any()
    added = tensor(np.where(hide, -np.inf, 0).astype(np.float32))
    assert_close(layer(q, k, k, key_padding_mask=tensor(padding), attn_mask=added)[0].data, out.data)
    each = tensor(np.repeat(hide[None], 6, 0))
    assert_close(layer(q, k, k, key_padding_mask=tensor(padding), attn_mask=each)[0].data, out.data)


def test_keys_of_no_token_stand_last_and_are_never_hidden():
    manual_seed(4)
    layer = MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True, batch_first=True)
    q, k = randn(3, 4, 8), randn(3, 5, 8)
    hide = tensor(np.arange(4)[:, None] >= np.array([1, 1, 1, 1, 1]))  # all but the first query see nothing
    out, weights = layer(q, k, k, attn_mask=hide, key_padding_mask=tensor(np.zeros((3, 5), bool)))
    asked = q.data @ layer.in_proj_weight.data[:8].T * layer.bias_k.data
    score = asked.reshape(3, 4, 2, 4).sum(-1) / math.sqrt(4)
    share = 1 / (1 + np.exp(-score))  # of the learned key, against the score 0 of the zeros
    mixed = np.repeat(share, 4, -1) * layer.bias_v.data
    assert weights.shape == (3, 4, 7)
    assert_close(weights.data[:, 1:, 5], share.mean(-1)[:, 1:])
    assert_close(weights.data[:, 1:, 6], 1 - share.mean(-1)[:, 1:])
    assert_close(out.data[:, 1:], (mixed @ layer.out_proj.weight.data.T)[:, 1:])
    assert (weights.data[:, 0] > 0).all() and not weights.data[:, 1:, :5].any()


def test_parameters_of_other_widths_and_of_no_token():
    manual_seed(5)
    layer = MultiheadAttention(12, 3, 0.0, True, True, False, 5, 7, True)
    shapes = {name: p.shape for name, p in layer.named_parameters()}
    assert shapes == {
        "q_proj_weight": (12, 12),
        "k_proj_weight": (12, 5),
        "v_proj_weight": (12, 7),
        "in_proj_bias": (36,),
        "bias_k": (1, 1, 12),
        "bias_v": (1, 1, 12),
        "out_proj.weight": (12, 12),
        "out_proj.bias": (12,),
    }
    assert layer.batch_first and layer.in_proj_weight is None
    assert math.sqrt(6 / 24) < abs(layer.k_proj_weight.data).max() <= math.sqrt(6 / 17)
    wide = MultiheadAttention(1200, 1, add_bias_kv=True)
    assert 0.9 < wide.bias_k.data.std() / math.sqrt(2 / 2400) < 1.1 and abs(wide.bias_v.data).max() > 0.06
    out, weights = layer(randn(2, 3, 12), randn(2, 4, 5), randn(2, 4, 7))
    assert out.shape == (2, 3, 12) and weights.shape == (2, 3, 5)
    with pytest.raises(RuntimeError, match="give the mask, too"):
        layer(randn(2, 3, 12), randn(2, 4, 5), randn(2, 4, 7), is_causal=True)


def test_layouts_of_the_batch():
    manual_seed(2)
    layer = MultiheadAttention(8, 4, batch_first=True).eval()
    x = randn(2, 5, 8)
    out, weights = layer(x, x, x, average_attn_weights=False)
    assert out.shape == (2, 5, 8) and weights.shape == (2, 4, 5, 5)
    turned = MultiheadAttention(8, 4).eval()
    turned.load_state_dict(layer.state_dict())
    y = x.transpose(0, 1)
    assert_close(turned(y, y, y)[0].transpose(0, 1).data, out.data)
    single, shown = turned(x[0], x[0], x[0])
    assert_close(single.data, out.data[0])
    assert shown.shape == (5, 5) and turned(y, y, y, need_weights=False)[1] is None


def test_dropout_falls_on_the_weights_in_training_only():
    manual_seed(3)
    layer = MultiheadAttention(4, 1, dropout=0.5, batch_first=True)
    x = randn(1, 6, 4)
    with no_grad():
        assert not np.array_equal(layer(x, x, x)[0].data, layer(x, x, x)[0].data)
        layer.eval()
        assert_close(layer(x, x, x)[0].data, layer(x, x, x)[0].data)


def test_heads_are_columns():
    x = tensor(np.arange(12.0).reshape(1, 2, 6))
    assert split_heads(x, 3).data.tolist() == [[[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]]
