"""Models written for PyTorch train on tinytorch; tests/conformance/test_models.py compares them with PyTorch's own."""

import numpy as np
import pytest

pytest.importorskip("tinytorch.core.transformers", reason="tito dev build 13 makes it")
import tinytorch  # noqa: E402
from tests.tinytorch.idiom import load  # noqa: E402
from tinytorch import nn, tensor  # noqa: E402
from tinytorch.testing import assert_close, assert_same  # noqa: E402
from tinytorch.utils.data.embedded import digits  # noqa: E402


@pytest.fixture(scope="module")
def mine():
    return load(tinytorch, "models_in_torch_idiom.py")


def images(count):
    pixels, labels = digits("train")
    return tensor(pixels[:count, None] / np.float32(16)), tensor(labels[:count].astype(np.int64))


def sequences(count):
    """Tokens (count, 9) of 20, padded with 0 at the end, and which of 1, 2, 3 is in most places (0, 1, 2)."""
    rng = np.random.default_rng(3)
    ids = rng.integers(1, 20, (count, 9))
    labels = rng.integers(0, 3, count)
    ids[:, :4] = labels[:, None] + 1
    ids[np.arange(9) >= rng.integers(5, 10, count)[:, None]] = 0
    return tensor(ids), tensor(labels)


@pytest.mark.parametrize("group_norm", [False, True])
def test_a_residual_network_learns_digits(mine, group_norm):
    tinytorch.manual_seed(0)
    losses, right = mine.train(mine.ResNet(group_norm=group_norm), *images(400), epochs=4)
    assert losses[0] > 1.2 and losses[-1] < 0.75 * losses[0] and right > 0.5, (losses, right)


def test_a_classifier_of_sequences_learns(mine):
    tinytorch.manual_seed(0)
    losses, right = mine.train(mine.SequenceClassifier(), *sequences(200), epochs=4)
    assert losses[-1] < 0.7 and right > 0.9, (losses, right)


def test_a_variational_autoencoder_learns(mine):
    tinytorch.manual_seed(0)
    losses, _ = mine.train(mine.VAE(), *images(200), epochs=6)
    assert 40 < losses[0] < 50 and losses[-1] < 0.9 * losses[0], losses


def test_odds_and_ends(mine):
    x = np.random.default_rng(4).standard_normal((4, 6)).astype(np.float32)
    found = mine.odds_and_ends(tensor(x))
    assert_close(np.float32(found["remainder"]), x % np.float32(0.7))
    assert_same(found["even"], [False, False, False, False, True, False])
    assert_close(np.float32(found["windows"]), np.lib.stride_tricks.sliding_window_view(x, 3, 1)[:, ::2])
    times = np.ones(4)[:, None] * np.array([1, 2, 2, 2, 2, 1])
    times[1:3] *= 2
    assert_close(np.float32(found["fold"])[0, 0], x * np.float32(times), "fold of unfold")
    assert_close(np.float32(found["std"]), np.float32([x.std(ddof=1), x.std(), x.var(1).sum()]))
    assert_close(np.float32(found["einsum"]), np.einsum("ij,kj,k->i", x, x, x[:, 0]))
    assert_close(np.float32(found["inplace"]), (2 * x).clip(-1, 1))


def test_layers_take_device_and_dtype():
    for layer in (
        nn.Linear(2, 3, device="cpu", dtype=tinytorch.float64),
        nn.Conv2d(1, 2, 3, dtype=tinytorch.float64),
        nn.Embedding(4, 2, dtype=tinytorch.float64, device=None),
        nn.BatchNorm2d(3, dtype=tinytorch.float64),
        nn.LayerNorm(3, dtype=tinytorch.float64),
        nn.MultiheadAttention(4, 2, dtype=tinytorch.float64),
        nn.ConvTranspose2d(1, 2, 3, dtype=tinytorch.float64),
    ):
        kinds = {p.dtype for p in layer.parameters()}
        assert kinds == {np.dtype(np.float64)}, layer
    with pytest.raises(RuntimeError, match="device 'cuda': tinytorch computes on 'cpu' only"):
        nn.Linear(2, 3, device="cuda")
    assert nn.Linear(2, 3).weight.dtype == np.float32


def test_a_model_moves_as_pytorchs_does():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert model.to("cpu", tinytorch.float64) is model and model[0].weight.dtype == np.float64
    assert model[1].num_batches_tracked.dtype.kind == "i"
    assert model.float()[0].weight.dtype == np.float32 == model.cpu().to(device="cpu")[0].bias.dtype
    assert model.to(model[0].weight.double())[0].weight.dtype == np.float64
    for attempt in (model.cuda, lambda: model.to("cuda"), lambda: model.to(device="mps"), lambda: tensor([1.0]).cuda()):
        with pytest.raises(RuntimeError, match="computes on 'cpu' only"):
            attempt()


def test_inplace_is_taken_and_changes_nothing():
    x = tensor([-1.0, 2.0])
    assert nn.ReLU(inplace=True)(x).tolist() == nn.ReLU(True)(x).tolist() == [0, 2] and x.tolist() == [-1, 2]
    assert nn.LeakyReLU(0.5, True)(x).tolist() == [-0.5, 2] == nn.functional.leaky_relu(x, 0.5, inplace=True).tolist()
    assert nn.Dropout(0.0, inplace=True)(x).tolist() == [-1, 2]
    with pytest.raises(TypeError):
        nn.ReLU(True, 3)
    with pytest.raises(TypeError, match="Hardtanh takes min_val, max_val, inplace"):
        nn.Hardtanh(minimum=2)


@pytest.mark.parametrize(
    "equation, shapes",
    [
        ("i,i->", [(3,), (3,)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
        ("b...d,bd->...b", [(2, 3, 4, 5), (2, 5)]),
        ("iij,jj->i", [(3, 3, 2), (2, 2)]),
        ("iiij->ji", [(3, 3, 3, 2)]),
        ("ab,cd", [(2, 3), (4, 1)]),
        ("ba", [(2, 3)]),
        ("...", [(2, 3)]),
        ("ij,jk->ik", [(2, 0), (0, 3)]),
    ],
)
def test_einsum_is_numpys(equation, shapes):
    arrays = [np.random.default_rng(i).standard_normal(shape) for i, shape in enumerate(shapes)]
    given = [tinytorch.Tensor(a, np.float64, requires_grad=True) for a in arrays]
    assert_close(tinytorch.einsum(equation, *given).numpy(), np.einsum(equation, *arrays), equation)
    if 0 not in sum(shapes, ()):
        assert tinytorch.autograd.gradcheck(lambda *t: tinytorch.einsum(equation, *t), given)


@pytest.mark.parametrize(
    "equation, shapes, message",
    [
        ("ij,jk->ik", [(2, 3)], "names 2 operands, got 1"),
        ("ij->i", [(2, 3, 4)], "'ij' of 'ij->i' does not name the axes of a tensor that has 3"),
        ("ij,jk->ik", [(2, 3), (4, 2)], "'j' of 'ij,jk->ik' is 3 long in one operand, 4 in another"),
        ("ij->k", [(2, 3)], "'k' of the output"),
        ("ii->i", [(2, 3)], "'i' is 2 and 3 long in one operand"),
    ],
)
def test_einsum_says_what_does_not_fit(equation, shapes, message):
    with pytest.raises(RuntimeError, match=message):
        tinytorch.einsum(equation, *(tinytorch.ones(*shape) for shape in shapes))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda F, x: F.unfold(x, 5), r"unfold: the kernel \(5, 5\), with dilation \(1, 1\), does not fit .* \(4, 4\)"),
        (lambda F, x: F.unfold(x, 2, stride=0), r"unfold: stride must be one or two numbers, at least 1, got \(0, 0\)"),
        (lambda F, x: F.unfold(x[0, 0], 2), r"expected images \(N, C, H, W\) .* got \(4, 4\)"),
        (lambda F, x: F.fold(F.unfold(x, 2), 5, 2), r"expected a multiple of 4 rows and 16 columns, .* \(2, 12, 9\)"),
        (lambda F, x: F.conv_transpose2d(x, x), r"conv_transpose2d: expected an input .* \(2, 3, 4, 4\)"),
        (lambda F, x: F.group_norm(x, 2), r"channels of \(2, 3, 4, 4\) cannot be cut into 2 groups"),
        (lambda F, x: F.interpolate(x, 2, mode="area"), r"there is no mode 'area' for an input \(2, 3, 4, 4\)"),
        (lambda F, x: F.interpolate(x, 2, mode="linear"), r"there is no mode 'linear' for an input \(2, 3, 4, 4\)"),
        (lambda F, x: tinytorch.mm(x, x), r"mm: expected a tensor with 2 axes, got one of shape \(2, 3, 4, 4\)"),
    ],
)
def test_errors_name_the_offending_values(call, message):
    with pytest.raises((RuntimeError, NotImplementedError), match=message):
        call(nn.functional, tinytorch.ones(2, 3, 4, 4))


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, np.inf, -np.inf])
@pytest.mark.parametrize("dim", [None, 1, (0, 2)])
def test_norms_are_numpys_and_flat_where_they_are_zero(p, dim):
    a = np.random.default_rng(6).standard_normal((3, 4, 2))
    flat = a.reshape(-1) if dim is None else np.moveaxis(a, 1, 0).reshape(4, -1) if dim == (0, 2) else a
    axis = 1 if dim == 1 else -1
    got = tinytorch.Tensor(a, np.float64, requires_grad=True)
    assert_close(got.norm(p, dim).numpy(), np.asarray(np.linalg.norm(flat, p, axis)))
    if p > 0.5:
        zero = tinytorch.zeros(3, 4, 2, requires_grad=True)
        zero.norm(p, dim).sum().backward()
        assert not zero.grad.numpy().any()


def test_a_vector_of_zeros_is_normalised_and_has_a_finite_gradient():
    x = tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    out = nn.functional.normalize(x)
    assert_close(out.numpy(), np.float32([[0.6, 0.8], [0, 0]]))
    out.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_pixels_are_mixed():
    x = tensor([[[0.0, 4.0, 8.0]]])
    resized = nn.functional.interpolate
    assert resized(x, 5, mode="linear", align_corners=True).tolist() == [[[0, 2, 4, 6, 8]]]
    assert resized(x, scale_factor=2, mode="linear").tolist() == [[[0, 1, 3, 5, 7, 8]]]
    assert resized(x, 2, mode="nearest-exact").tolist() == [[[0, 8]]]
    row = tensor(np.array([0, 0, 0, 1, 0, 0, 0], np.float32)[None, None, None])
    halves = resized(row, (1, 13), mode="bicubic", align_corners=True).tolist()[0][0][0]
    assert halves[2:11] == [0, -0.09375, 0, 0.59375, 1, 0.59375, 0, -0.09375, 0]
    with pytest.raises(ValueError, match="mode 'nearest' knows no align_corners"):
        resized(x, 2, align_corners=True)


def test_truncated_normal_numbers():
    tinytorch.manual_seed(2)
    drawn = nn.init.trunc_normal_(tinytorch.empty(200, 100), mean=0.5, std=2.0, a=-1.5, b=3.5).numpy()
    assert -1.5 <= drawn.min() < -1.45 and 3.4 < drawn.max() <= 3.5
    inside = np.random.default_rng(3).normal(0.5, 2.0, 60_000)
    inside = np.sort(inside[(inside > -1.5) & (inside < 3.5)])
    shares = np.linspace(0.02, 0.98, 25)
    np.testing.assert_allclose(np.quantile(drawn, shares), np.quantile(inside, shares), atol=0.06)
    assert 0.0195 < nn.init.trunc_normal_(tinytorch.empty(100, 100), std=0.02).numpy().std() < 0.0205
    with pytest.raises(ValueError, match=r"almost no number of mean 0.0 and std 0.01 lies in \[1.0, 2.0\]"):
        nn.init.trunc_normal_(tinytorch.empty(3), std=0.01, a=1.0)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 2, 3)])
def test_orthogonal_weights(shape):
    tinytorch.manual_seed(4)
    flat = nn.init.orthogonal_(tinytorch.empty(*shape, dtype=tinytorch.float64), gain=2.0).numpy().reshape(shape[0], -1)
    few = flat if len(flat) < flat.shape[1] else flat.T
    assert_close(few @ few.T, 4 * np.eye(len(few)), rtol=1e-9, atol=1e-9)
    with pytest.raises(ValueError, match="at least 2 axes"):
        nn.init.orthogonal_(tinytorch.empty(3))


def test_parameters_are_stepped_in_place():
    w = tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    same = w
    with tinytorch.no_grad():
        w -= 0.5 * w.grad
        w *= 3
        w += 1
        w /= 2
        w **= 2
    assert w is same and w.tolist() == [0.25, 0.25] and w.grad.tolist() == [2, 4]
    with pytest.raises(RuntimeError, match="cannot be written into"):
        w += 1


def test_where_a_gradient_is_wanted_the_operators_make_new_tensors():
    x, w = tensor([1.0, 2.0]), tensor([3.0, 4.0], requires_grad=True)
    out = before = x * w
    out += w
    out *= 2
    assert before.tolist() == [3, 8] and out.tolist() == [12, 24]
    x += w
    (out.sum() + x.sum()).backward()
    assert w.grad.tolist() == [5, 7]


def test_plain_numbers_are_changed_in_place_and_keep_their_dtype():
    counts = tensor([1, 2])
    seen = counts
    counts += tensor([True, False])
    assert seen.tolist() == [2, 2] and seen.dtype == np.int64
    for change in (lambda: counts.__iadd__(0.5), lambda: counts.__itruediv__(2), lambda: counts.add_(tensor([0.5, 1]))):
        with pytest.raises(RuntimeError, match="numbers of float32 cannot be written into a tensor of int64"):
            change()
    coins = tinytorch.empty(2000).bernoulli_(0.3)
    assert set(coins.tolist()) == {0.0, 1.0} and 0.25 < coins.mean().item() < 0.35


def test_what_programs_ask_about_the_machine():
    backends = tinytorch.backends
    backends.cudnn.benchmark = backends.cuda.matmul.allow_tf32 = True
    assert not (backends.mps.is_available() or backends.cudnn.is_available() or backends.cuda.is_built())
    layer = nn.Linear(2, 3)
    assert tinytorch.compile(layer, mode="default") is layer and tinytorch.compile()(layer) is layer
    with tinytorch.inference_mode():
        assert not layer(tensor([1.0, 2.0])).requires_grad


def test_what_was_saved_is_loaded_to_the_cpu(tmp_path):
    tinytorch.save({"epoch": 3, "w": tensor([1.0])}, tmp_path / "model.pt")
    for options in ({}, {"map_location": "cpu"}, {"map_location": tinytorch.device("cpu"), "weights_only": True}):
        assert tinytorch.load(tmp_path / "model.pt", **options)["w"].tolist() == [1.0]
    with pytest.raises(RuntimeError, match="computes on 'cpu' only"):
        tinytorch.load(tmp_path / "model.pt", map_location="cuda:0")


def test_random_order_and_coins():
    tinytorch.manual_seed(1)
    order = tinytorch.randperm(50)
    assert order.dtype == np.int64 and sorted(order.tolist()) == list(range(50)) != order.tolist()
    chances = tinytorch.full((2000,), 0.3)
    coins = chances.bernoulli()
    assert set(coins.tolist()) == {0.0, 1.0} and 0.25 < coins.mean().item() < 0.35
    assert tinytorch.zeros(5).bernoulli().sum() == 0 and tinytorch.ones(5).bernoulli().sum() == 5


def test_writing_in_place_is_refused_where_a_gradient_is_wanted():
    w = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="cannot be written into"):
        w.mul_(2)
    with tinytorch.no_grad():
        assert w.mul_(2).sub_(1) is w
    assert w.tolist() == [1, 3]
    tinytorch.manual_seed(0)
    assert abs(tinytorch.zeros(4000).normal_(3, 0.5).mean().item() - 3) < 0.05
    assert abs(tinytorch.zeros(4000).uniform_(1, 2).mean().item() - 1.5) < 0.05
