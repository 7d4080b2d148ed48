"""tinytorch.core.transformers, beyond what the checks of its notebook try."""

import itertools

import numpy as np
import pytest

transformers = pytest.importorskip("tinytorch.core.transformers", reason="tito dev build 13 makes it")
import tinytorch  # noqa: E402
from tinytorch import manual_seed, nn, tensor  # noqa: E402
from tinytorch.core.autograd import grad, gradcheck, gradgradcheck  # noqa: E402
from tinytorch.core.tensor import Tensor  # noqa: E402
from tinytorch.core.transformers import (  # noqa: E402
    GPT,
    GPTConfig,
    LayerNorm,
    RMSNorm,
    draw,
    flops,
    generate,
    keep_top_k,
    keep_top_p,
    layer_norm,
    multinomial,
    normalize,
    num_params,
    rms_norm,
    rms_normalize,
)
from tinytorch.nn import functional as F  # noqa: E402
from tinytorch.testing import assert_close, assert_same  # noqa: E402

SMALL = GPTConfig(block_size=8, vocab_size=11, n_layer=2, n_head=2, n_embd=8)


def numbers(*shape, seed=0, requires_grad=True):
    return Tensor(np.random.default_rng(seed).standard_normal(shape), np.float64, requires_grad=requires_grad)


def test_the_faces_show_it():
    assert nn.LayerNorm is LayerNorm and nn.RMSNorm is RMSNorm and tinytorch.multinomial is multinomial
    assert F.layer_norm is layer_norm is tinytorch.layer_norm and F.rms_norm is rms_norm


def test_norms_over_several_axes_are_norms_over_their_product():
    x, w, b = numbers(2, 3, 4), numbers(3, 4, seed=1), numbers(3, 4, seed=2)
    rows = x.data.reshape(2, 12)
    y = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 1e-5)
    assert_close(layer_norm(x, (3, 4), w, b).data, y.reshape(2, 3, 4) * w.data + b.data)
    assert_close(layer_norm(x, [3, 4]).data, y.reshape(2, 3, 4))
    root = np.sqrt((rows**2).mean(1, keepdims=True) + np.finfo(np.float64).eps)
    assert_close(rms_norm(x, (3, 4), weight=w).data, (rows / root).reshape(2, 3, 4) * w.data)
    assert gradcheck(lambda *given: layer_norm(given[0], (3, 4), *given[1:]), (x, w, b))
    assert gradcheck(lambda *given: rms_norm(given[0], (3, 4), given[1], 0.1), (x, w))


def test_second_derivatives():
    x, w, b = numbers(2, 3), numbers(3, seed=1), numbers(3, seed=2)
    assert gradgradcheck(lambda *given: normalize(*given, eps=0.1), (x, w, b))
    assert gradgradcheck(lambda *given: rms_normalize(*given, eps=0.1), (x, w))
    assert gradgradcheck(lambda x: rms_normalize(x, eps=0.1), (x,))


def test_a_bias_without_a_weight_learns():
    x, b = numbers(4, 3), numbers(3, seed=1)
    (g,) = grad(normalize(x, None, b).sum(), b)
    assert_close(g.data, np.full(3, 4.0))


@pytest.mark.parametrize(
    "shape, given, wrong", [(5, {}, "it has (4,)"), ((4, 2), {}, "it has (2, 4)"), (4, {"weight": 3}, "(3,)")]
)
def test_a_shape_that_does_not_fit_is_named(shape, given, wrong):
    params = {name: tensor(np.ones(n, np.float32)) for name, n in given.items()}
    with pytest.raises(RuntimeError) as refused:
        layer_norm(tensor(np.ones((2, 4), np.float32)), shape, **params)
    assert wrong in str(refused.value) and "the input is (2, 4)" in str(refused.value)


def test_layers_without_parameters_and_without_bias():
    assert list(LayerNorm(3, elementwise_affine=False).state_dict()) == []
    assert list(LayerNorm(3, bias=False).state_dict()) == ["weight"]
    assert list(LayerNorm((2, 3)).state_dict()) == ["weight", "bias"] and LayerNorm((2, 3)).weight.shape == (2, 3)
    assert list(RMSNorm(3).state_dict()) == ["weight"] and not list(RMSNorm(3, elementwise_affine=False).parameters())
    assert repr(RMSNorm(3)) == "RMSNorm((3,), eps=None, elementwise_affine=True)"


def test_nothing_at_all_can_be_normalised():
    assert LayerNorm(3)(tinytorch.zeros(0, 3)).shape == (0, 3)
    assert layer_norm(tinytorch.zeros(0, 2, 3), (2, 3)).shape == (0, 2, 3)


def test_gpt_has_nanogpts_names_and_one_table():
    model = GPT(SMALL)
    names = [name for name, _ in model.named_parameters()]
    assert names[:4] == [
        "transformer.wte.weight",
        "transformer.wpe.weight",
        "transformer.h.0.ln_1.weight",
        "transformer.h.0.ln_1.bias",
    ]
    assert (
        names[-2:] == ["transformer.ln_f.weight", "transformer.ln_f.bias"]
        and list(model.state_dict())[-1] == "lm_head.weight"
    )
    assert model.lm_head.weight is model.transformer.wte.weight
    assert sum(p.numel() for p in model.parameters()) == num_params(SMALL)


def test_more_tokens_than_the_context_are_refused():
    with pytest.raises(ValueError, match="9 tokens are more than block_size, 8"):
        GPT(SMALL)(tensor(np.zeros((1, 9), np.int64)))


def test_a_token_does_not_depend_on_later_ones():
    manual_seed(0)
    model, ids = GPT(SMALL), np.random.default_rng(0).integers(0, 11, (1, 8))
    changed = ids.copy()
    changed[0, 5:] = (changed[0, 5:] + 3) % 11
    before, after = (model(tensor(i)).data[0] for i in (ids, changed))
    assert_close(before[:5], after[:5])
    assert np.abs(before[5:] - after[5:]).max(-1).min() > 1e-6


def test_flops_of_gpt_2_by_hand():
    by_hand = 12 * (1024 * (2 * 12 * 768**2) + 4 * 1024**2 * 768) + 2 * 1024 * 50257 * 768
    assert flops(GPTConfig(), 1024) == by_hand


@pytest.mark.parametrize("replacement, count", [(True, 3), (False, 1), (False, 2)])
def test_multinomial_draws_in_proportion(replacement, count):
    manual_seed(0)
    weights = np.array([1.0, 0.0, 3.0, 4.0])
    drawn = multinomial(tensor(np.tile(weights, (20_000, 1))), count, replacement).data
    assert drawn.shape == (20_000, count) and drawn.dtype == np.int64
    assert_close(np.bincount(drawn[:, 0], minlength=4) / 20_000, weights / 8, atol=0.015, rtol=0)
    if replacement:
        assert_close(np.bincount(drawn[:, 2], minlength=4) / 20_000, weights / 8, atol=0.015, rtol=0)
    elif count == 2:
        assert (drawn[:, 0] != drawn[:, 1]).all()
        odds = {
            pair: weights[pair[0]] / 8 * weights[pair[1]] / (8 - weights[pair[0]])
            for pair in itertools.permutations((0, 2, 3), 2)
        }
        for (first, second), expected in odds.items():
            share = ((drawn[:, 0] == first) & (drawn[:, 1] == second)).mean()
            assert share == pytest.approx(expected, abs=0.015), (first, second)


def test_multinomial_is_reproducible():
    weights = tensor([0.2, 0.3, 0.5])
    manual_seed(4)
    first = multinomial(weights, 50, True).tolist()
    manual_seed(4)
    assert_same(multinomial(weights, 50, True).tolist(), first)
    own = [multinomial(weights, 50, True, generator=np.random.default_rng(7)).tolist() for _ in range(2)]
    assert own[0] == own[1] != first


@pytest.mark.parametrize(
    "weights, count, message",
    [
        ([1.0, -1.0], 1, "finite numbers >= 0"),
        ([1.0, np.nan], 1, "finite numbers >= 0"),
        ([1.0, np.inf], 1, "finite numbers >= 0"),
        ([0.0, 0.0], 1, "one above 0"),
        ([1.0, 0.0, 2.0], 3, "3 different ones cannot be drawn from 2"),
        ([1, 2], 1, "expected floats with one axis or two"),
        ([1.0, 2.0], 0, "at least one to draw"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(weights, count, message):
    with pytest.raises(RuntimeError, match=message):
        multinomial(tensor(weights), count)


def test_the_smallest_and_the_largest_weights():
    weights = Tensor(np.array([[5e-324, 0.0, 1e308], [0.0, 5e-324, 0.0]]), np.float64)
    for _ in range(20):
        assert multinomial(weights, 1).tolist() == [[2], [1]]
    assert draw(np.array([1.0, 0.0, 1.0]), np.array(0.0)) == 0


@pytest.mark.parametrize("bias", [True, False])
def test_the_formula_counts_every_parameter(bias):
    config = GPTConfig(block_size=5, vocab_size=7, n_layer=3, n_head=2, n_embd=6, bias=bias)
    assert num_params(config) == sum(p.numel() for p in GPT(config).parameters())
    assert num_params(GPTConfig()) == 124_439_808  # GPT-2's


def test_heads_that_do_not_divide_the_numbers_of_a_token_are_refused():
    with pytest.raises(ValueError, match="n_embd is 16, which cannot be shared out among n_head = 3 heads"):
        GPT(GPTConfig(n_layer=1, n_head=3, n_embd=16, vocab_size=5, block_size=4))


@pytest.mark.parametrize("option", [{"top_p": 0.0}, {"top_p": -1}, {"top_k": 0}, {"temperature": -0.5}])
def test_options_that_leave_no_token_are_refused(option):
    ((name, value),) = option.items()
    with pytest.raises(ValueError, match=rf"top_k 1 or more, top_p above 0, got .*{name}={value}"):
        next(generate(GPT(SMALL), [1], 1, **option))


def test_there_must_be_a_token_to_go_on_from():
    with pytest.raises(ValueError, match="at least one token to go on from"):
        next(generate(GPT(SMALL), [], 3))


def test_a_top_p_of_1_filters_nothing(monkeypatch):
    """The filter would: beside a score of 0, one of -40 is lost where the sums are rounded."""
    scores = tensor([0.0, -17.0, -18.0, -40.0])
    assert np.isinf(keep_top_p(scores, 1.0).data[-1])
    given = []
    monkeypatch.setattr(transformers, "softmax", lambda logits: given.append(logits.data) or F.softmax(logits, -1))
    transformers.choose(scores, 1.0, None, 1.0, np.random.default_rng(0))
    assert_close(given[-1], scores.data)


def test_filters_leave_something_whatever_they_are_given():
    scores = tensor([[-np.inf, 3.0, -np.inf], [0.0, 0.0, 0.0]])
    assert_close(keep_top_p(scores, 1e-9).data.max(1), np.float32([3, 0]))
    assert_close(keep_top_p(scores, 1.0).data, scores.data)
    assert_close(keep_top_k(scores, 1).data, np.float32([[-np.inf, 3, -np.inf], [0, 0, 0]]))


def test_generation_streams_and_leaves_recording_and_training_as_they_were():
    manual_seed(1)
    model = GPT(SMALL).train()
    tokens = []
    for token in generate(model, [1], 12, temperature=0.9, top_k=5, seed=0):
        tokens.append(token)
        assert model.training and tensor([1.0], requires_grad=True).exp().requires_grad
        assert 0 <= token < 11 and type(token) is int
    assert len(tokens) == 12


def test_the_same_seed_writes_the_same_whatever_was_drawn_before():
    manual_seed(1)
    model = GPT(SMALL)
    first = list(generate(model, [1, 2], 20, seed=5))
    tinytorch.rand(100)
    assert_same(list(generate(model, [1, 2], 20, seed=5)), first)
    manual_seed(6)
    drawn = list(generate(model, [1, 2], 20))
    manual_seed(6)
    assert_same(list(generate(model, [1, 2], 20)), drawn)


def test_a_gpt_learns_to_repeat():
    manual_seed(5)
    model, rng = GPT(SMALL), np.random.default_rng(5)
    optimizer = tinytorch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(120):
        ids = np.tile(rng.integers(0, 11, (16, 3)), 3)
        loss = F.cross_entropy(model(tensor(ids[:, :8])).transpose(1, 2), tensor(ids[:, 1:9]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    logits = model(tensor(ids[:, :8])).data
    right = (logits[:, 3:].argmax(-1) == ids[:, 4:9]).mean()
    assert right > 0.5, f"{right:.0%} of what was there before is repeated; by chance it is 9 %"
