"""tinytorch.core.embeddings, beyond what the checks of its notebook try."""

import math
import tracemalloc

import numpy as np
import pytest

embeddings = pytest.importorskip("tinytorch.core.embeddings", reason="tito dev build 11 makes it")
from tinytorch import manual_seed, nn, no_grad, tensor  # noqa: E402
from tinytorch.core.autograd import grad, gradgradcheck  # noqa: E402
from tinytorch.core.embeddings import (  # noqa: E402
    Embedding,
    LearnedPositions,
    SinusoidalPositions,
    add_rows,
    embedding,
    nearest,
    one_hot,
    rope,
    rotary_angles,
    sinusoids,
)
from tinytorch.core.tensor import Tensor  # noqa: E402
from tinytorch.nn import functional as F  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402


def table(*shape, requires_grad=True):
    return Tensor(np.random.default_rng(0).standard_normal(shape), np.float64, requires_grad=requires_grad)


def test_the_faces_show_it():
    assert nn.Embedding is Embedding and F.embedding is embedding and F.one_hot is one_hot


def test_a_lookup_is_the_product_with_one_hot_vectors():
    weight, ids = table(5, 3), tensor(np.array([[1, 4, 1], [0, 0, 2]]))
    product = one_hot(ids, 5).to(np.float64) @ weight
    assert_close(embedding(ids, weight).data, product.data)
    scale = table(2, 3, 3, requires_grad=False)
    (ours,) = grad((embedding(ids, weight) * scale).sum(), weight)
    (theirs,) = grad((product * scale).sum(), weight)
    assert_close(ours.data, theirs.data)


def test_ids_may_be_arrays_and_lists_of_ids_tensors_of_any_integer_type():
    weight = table(4, 2)
    expected = weight.data[[3, 0]]
    for ids in (
        np.array([3, 0]),
        tensor([3, 0]),
        Tensor(np.array([3, 0], np.uint8)),
        Tensor(np.array([3, 0], np.int32)),
    ):
        assert_close(embedding(ids, weight).data, expected)


@pytest.mark.parametrize("ids", [[4], [-1], [[0, 1], [7, 2]]])
def test_a_token_without_a_row_is_named(ids):
    bad = next(i for i in np.ravel(ids) if not 0 <= i < 4)
    with pytest.raises(IndexError, match=rf"token {bad} has no row in a table of 4"):
        Embedding(4, 2)(tensor(np.array(ids)))


@pytest.mark.parametrize(
    "ids, kind",
    [([1, 2], "a list"), (tensor([1.0, 2.0]), "a Tensor of float32"), (np.array([1]), "a ndarray"), (3, "a int")],
)
def test_what_is_no_tensor_of_integers_is_refused(ids, kind):
    with pytest.raises(TypeError, match=rf"Embedding: tokens are a Tensor of integers, .*; got {kind}$"):
        nn.Embedding(4, 2)(ids)


def test_the_padding_does_not_learn():
    manual_seed(0)
    layer = Embedding(5, 3, padding_idx=-1)
    assert layer.padding_idx == 4 and repr(layer) == "Embedding(5, 3, padding_idx=4)"
    assert_close(layer.weight.data[4], np.zeros(3, np.float32))
    layer(tensor([[4, 1], [4, 4]])).sum().backward()
    assert_close(layer.weight.grad.data, np.float32([[0] * 3, [1] * 3, [0] * 3, [0] * 3, [0] * 3]))
    with pytest.raises(ValueError, match="padding_idx 5 is no row"):
        Embedding(5, 3, padding_idx=5)


def test_a_pretrained_table_is_frozen_unless_it_is_not():
    given = table(3, 2, requires_grad=False)
    layer = Embedding.from_pretrained(given)
    assert not layer.weight.requires_grad and layer(tensor([2])).data.tolist() == [given.data[2].tolist()]
    assert Embedding.from_pretrained(given, freeze=False).weight.requires_grad
    assert Embedding.from_pretrained(given, padding_idx=1).padding_idx == 1
    with pytest.raises(ValueError, match=r"expected a table .* got shape \(3,\)"):
        Embedding.from_pretrained(Tensor([1, 2, 3]))


def test_second_derivatives():
    ids = tensor([[0, 2], [2, 2]])
    assert gradgradcheck(lambda w: embedding(ids, w) ** 3, table(4, 2))
    assert gradgradcheck(lambda w: embedding(ids, w, padding_idx=0) ** 3, table(4, 2))
    assert gradgradcheck(lambda g: add_rows(g, ids, 4) ** 3, table(2, 2, 3))


def test_a_million_lookups_of_one_token_add_up():
    g = Tensor(np.ones((1_000_000, 1)), np.float64)
    assert_close(add_rows(g, tensor(np.zeros(1_000_000, np.int64)), 2).data, np.array([[1e6], [0.0]]))


def test_the_initial_table_is_normal():
    manual_seed(0)
    weight = Embedding(2000, 50).weight.data
    assert abs(weight.mean()) < 0.01 and abs(weight.std() - 1) < 0.01


def test_waves_keep_their_distance():
    waves = sinusoids(2000, 64)
    for distance in (1, 10, 100):
        products = (waves[:-distance] * waves[distance:]).sum(1)
        assert products.std() < 1e-3 * abs(products.mean())
    assert_close(waves[:, 0], np.sin(np.arange(2000)).astype(np.float32), atol=1e-6)


@pytest.mark.parametrize("layer", [LearnedPositions, SinusoidalPositions])
def test_positions_are_added_to_the_last_but_one_axis(layer):
    positions = layer(6, 4)
    x = Tensor(np.zeros((2, 3, 5, 4), np.float32))
    added = positions(x).data
    assert added.shape == (2, 3, 5, 4) and (added == added[0, 0]).all()
    assert len(np.unique(added[0, 0], axis=0)) == 5, "two positions have the same vector"
    with pytest.raises(ValueError, match="the input has 7 tokens, there are 6 positions"):
        positions(Tensor(np.zeros((1, 7, 4), np.float32)))


def test_only_learned_positions_are_saved_and_learn():
    assert list(LearnedPositions(6, 4).state_dict()) == ["table.weight"]
    assert list(SinusoidalPositions(6, 4).state_dict()) == [] and not list(SinusoidalPositions(6, 4).parameters())


def test_turning_keeps_lengths_and_counts_distance_only():
    rng = np.random.default_rng(1)
    q, k = (Tensor(rng.standard_normal((1, 16)), np.float64) for _ in range(2))
    with no_grad():
        turned = rope(q, rotary_angles([123], 16))
        assert_close((turned * turned).sum().item(), (q * q).sum().item(), rtol=1e-6)
        products = [
            (rope(q, rotary_angles([m], 16)) * rope(k, rotary_angles([m + 7], 16))).sum().item()
            for m in range(0, 400, 50)
        ]
    assert max(products) - min(products) < 1e-3 * max(map(abs, products))
    assert_close(rope(q, rotary_angles(1, 16)).data, q.data)


def test_angles_are_those_of_the_paper():
    angles = rotary_angles(3, 4)
    expected = [[t / 10000 ** (2 * i / 4) for i in range(2)] for t in range(3)]
    assert_close(angles, np.float32(expected))
    assert_close(rotary_angles(np.array([5, 1]), 2, base=100.0), np.float32([[5], [1]]))


def test_nearest_by_angle():
    directions = [(math.cos(a), math.sin(a)) for a in (0, 0.1, 0.3, 2, 3)]
    lengths = np.array([[1], [50], [0.01], [9], [1]])
    assert nearest(np.array(directions) * lengths, 0, 4) == [1, 2, 3, 4]


def test_the_gradient_costs_a_table_not_a_one_hot_matrix():
    ids, g = tensor(np.arange(4096) % 5000), Tensor(np.ones((4096, 8), np.float32))
    add_rows(g, ids, 5000)
    tracemalloc.start()
    add_rows(g, ids, 5000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 5000 * 8 * 4, "expected some tables' worth; a one-hot matrix would take 82 MB"
