"""Models written for PyTorch give PyTorch's outputs and gradients on tinytorch, with PyTorch's weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: tito setup --conformance")

import tinytorch  # noqa: E402
from tests.tinytorch.idiom import load, moved  # noqa: E402
from tests.tinytorch.test_models_in_torch_idiom import images, sequences  # noqa: E402
from tinytorch.testing import assert_close, assert_same  # noqa: E402

FILE = "models_in_torch_idiom.py"
MODELS = {
    "ResNet": (lambda m: m.ResNet(), images),
    "ResNet, deeper, with group norm": (lambda m: m.ResNet((2, 2), group_norm=True), images),
    "sequence classifier": (lambda m: m.SequenceClassifier(), sequences),
    "VAE": (lambda m: m.VAE(noise=False), images),
}


@pytest.fixture(scope="module")
def both():
    return load(tinytorch, FILE), load(torch, FILE)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluating"])
def test_outputs_and_gradients_are_pytorchs(both, name, training):
    build, data = MODELS[name]
    torch.manual_seed(1)
    mine, theirs = (build(m).train(training) for m in both)
    for model in (mine, theirs):
        for layer in model.modules():
            if type(layer).__name__ == "Dropout2d":
                layer.eval()  # each draws its own
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(moved(theirs, tinytorch.from_numpy))
    x, y = (t.numpy() for t in data(16))
    losses = []
    for module, model, kind in zip(both, (mine, theirs), (tinytorch, torch), strict=True):
        losses.append(module.loss_of(model, kind.from_numpy(x), kind.from_numpy(y)))
        losses[-1].backward()
    assert_close(losses[0].numpy(), losses[1].detach().numpy(), "loss", rtol=1e-5)
    expected = {name: p.grad.numpy() for name, p in theirs.named_parameters()}
    assert_same([name for name, _ in mine.named_parameters()], list(expected))
    for name, p in mine.named_parameters():
        scale = float(np.abs(expected[name]).max())
        assert_close(p.grad.numpy(), expected[name], f"gradient of {name}", rtol=1e-3, atol=1e-5 + 1e-4 * scale)
    for name, kept in theirs.named_buffers():
        assert_close(mine.state_dict()[name].numpy(), kept.numpy(), name, rtol=1e-4)


def test_the_odds_and_ends_are_pytorchs(both):
    x = np.random.default_rng(5).standard_normal((4, 6)).astype(np.float32)
    found, expected = (m.odds_and_ends(kind.from_numpy(x)) for m, kind in zip(both, (tinytorch, torch), strict=True))
    for name, value in expected.items():
        right = np.array(value)
        right = right if right.dtype.kind in "bi" else np.float32(right)
        assert_close(np.array(found[name]).astype(right.dtype), right, name)
