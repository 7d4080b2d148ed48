"""A model file written for PyTorch runs on tinytorch, and computes what PyTorch computes.

The last tests need PyTorch; the others only `sys.modules["torch"] = tinytorch`.
"""

import numpy as np
import pytest

pytest.importorskip("tinytorch.core.transformers", reason="tito dev build 13 makes it")
import tinytorch  # noqa: E402
from tests.tinytorch.idiom import as_torch, load, moved  # noqa: E402
from tinytorch import tensor  # noqa: E402
from tinytorch.core.transformers import GPT, GPTConfig, generate  # noqa: E402
from tinytorch.testing import assert_close, assert_same  # noqa: E402

FILE = "gpt_in_torch_idiom.py"
DATA = (np.arange(3000) ** 2 % 24).astype(np.uint16)
WAYS = {
    "flash": {},
    "mask": {"flash": False},
    "without bias": {"bias": False},
    "tanh": {"new_gelu": True, "flash": False, "n_head": 4},
}


@pytest.fixture(scope="module")
def mine():
    return load(tinytorch, FILE)


@pytest.fixture(scope="module")
def theirs():
    return load(pytest.importorskip("torch", reason="PyTorch is the judge here; it is not installed"), FILE)


def test_torch_is_tinytorch_down_to_its_parts():
    spec = tinytorch.nn.__spec__
    with as_torch(tinytorch):
        import torch
        import torch.nn as nn
        import torch.optim.lr_scheduler
        from torch.nn import functional as F
        from torch.utils.data import embedded

        assert torch is tinytorch and nn is tinytorch.nn and F is tinytorch.nn.functional
        assert torch.optim is tinytorch.optim and embedded is tinytorch.utils.data.embedded
        with pytest.raises(ModuleNotFoundError, match="tinytorch.nothing"):
            import torch.nothing  # noqa: F401
    assert tinytorch.nn.__spec__ is spec and tinytorch.nn.__name__ == "tinytorch.nn"


@pytest.mark.parametrize("way", WAYS)
def test_it_trains(mine, way):
    _, before, after = mine.train(mine.GPTConfig(**WAYS[way], dropout=0.05), DATA, 40)
    assert before == pytest.approx(np.log(24), abs=0.1)
    assert after < 1.7, f"the loss went from {before:.2f} to {after:.2f} only"


def test_the_same_seed_gives_the_same_model_and_text(mine):
    texts = []
    for seed in (1, 1, 2):
        model, *_ = mine.train(mine.GPTConfig(), DATA, 3, seed)
        texts.append(model.generate(tensor([[0]]), 12, temperature=0.9, top_k=7).tolist())
    assert texts[0] == texts[1] != texts[2]


def test_a_cropped_model_goes_on(mine):
    for way in ("flash", "mask"):
        model = mine.GPT(mine.GPTConfig(**WAYS[way])).eval()
        ids = tensor(np.arange(6).reshape(1, 6))
        whole = model(ids)[0].numpy()
        model.crop_block_size(8)
        assert_close(model(ids)[0].numpy(), whole, f"{way}, cropped")
        assert model.generate(ids, 5, do_sample=False).shape == (1, 11)


def test_its_weights_fit_ours(mine):
    config = {"block_size": 16, "vocab_size": 24, "n_layer": 2, "n_head": 2, "n_embd": 16}
    model, ours = mine.GPT(mine.GPTConfig(**config)), GPT(GPTConfig(**config))
    assert list(ours.state_dict()) == list(model.state_dict())
    ours.load_state_dict(model.state_dict())
    ids = tensor(np.random.default_rng(0).integers(0, 24, (2, 16)))
    assert_close(ours(ids).numpy()[:, [-1]], model(ids)[0].numpy())
    assert_same(
        list(generate(ours, [1, 2], 9, temperature=0)),
        model.generate(tensor([[1, 2]]), 9, do_sample=False).tolist()[0][2:],
    )


def test_what_else_such_files_do(mine):
    ids = np.random.default_rng(1).integers(0, 24, (2, 16))
    found = mine.arrange(tensor(ids))
    assert_same(found["rolled"], np.roll(ids, -1, 1).tolist())
    assert_same(found["last"], ids[:, 0].tolist())
    assert_close(np.float32(found["softmax"]), np.float32((np.tri(16) / np.arange(1, 17)[:, None]).sum(0)))
    assert_close(found["bool"], float((ids > 3).mean()))
    assert found["full"] == [[7, 7], [7, 7]] and found["shape"] == [2, 3] and found["type"] == "int64"


def test_there_is_one_device():
    t = tinytorch.zeros(2, device="cpu")
    assert t.device == "cpu" and t.device.type == "cpu" and str(t.to(t.device).device) == "cpu"
    assert tinytorch.ones(2, device=tinytorch.device("cpu:0"), requires_grad=True).requires_grad
    for attempt in (lambda: tinytorch.zeros(2, device="cuda"), lambda: t.to("cuda:1"), lambda: tinytorch.device("mps")):
        with pytest.raises(RuntimeError, match="computes on 'cpu' only"):
            attempt()
    assert not tinytorch.cuda.is_available()


def test_from_numpy_shares_memory_and_clone_does_not():
    array = np.arange(3.0)
    shared, copy = tinytorch.from_numpy(array), tinytorch.from_numpy(array).clone()
    array[0] = 7
    assert shared[0].item() == 7 and copy[0].item() == 0 and shared.dtype == np.float64
    with pytest.raises(TypeError, match="expected a NumPy array, got list"):
        tinytorch.from_numpy([1])
    w = tensor([1.0, 2.0], requires_grad=True)
    (w.clone() * 3).sum().backward()
    assert w.grad.tolist() == [3, 3]


def test_slices_along_an_axis():
    t = tensor(np.arange(6).reshape(2, 3))
    assert [part.tolist() for part in t.unbind(-1)] == [[0, 3], [1, 4], [2, 5]]
    assert [part.tolist() for part in tinytorch.unbind(t)] == [[0, 1, 2], [3, 4, 5]]


def test_casts_and_writing_in_place():
    t = tensor([1.5, 0.0])
    assert (t.long().dtype, t.bool().tolist(), t.double().dtype) == (np.int64, [True, False], np.float64)
    assert t.to(tinytorch.int64).dtype == t.to("cpu", tinytorch.int64).dtype == t.type_as(t.long()).dtype == np.int64
    assert t.to("cpu") is t and t.to(dtype=tinytorch.float64, device="cpu").dtype == np.float64
    assert t.copy_(tensor([4.0, 5.0])).tolist() == [4, 5] and t.zero_().tolist() == [0, 0]
    with pytest.raises(RuntimeError, match="cannot be written into"):
        tensor([1.0], requires_grad=True).fill_(2)
    assert tinytorch.allclose(t, t + 1e-9) and not tinytorch.allclose(t, t + 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("towards", ["tinytorch", "torch"])
def test_logits_and_gradients_are_pytorchs(mine, theirs, way, towards):
    import torch

    theirs.torch.manual_seed(0)
    ours, judge = (m.GPT(m.GPTConfig(**WAYS[way])) for m in (mine, theirs))
    if towards == "tinytorch":
        ours.load_state_dict(moved(judge, tinytorch.from_numpy))
    else:
        judge.load_state_dict(moved(ours, torch.from_numpy))
    ids = np.random.default_rng(2).integers(0, 24, (3, 17))
    x, y = ids[:, :-1], ids[:, 1:].copy()
    y[0, :3] = -1  # to be ignored
    (logits, loss), (right, right_loss) = (
        model(kind(x), kind(y)) for model, kind in ((ours, tinytorch.from_numpy), (judge, torch.from_numpy))
    )
    assert_close(logits.numpy(), right.detach().numpy(), "logits")
    assert_close(loss.numpy(), right_loss.detach().numpy(), "loss")
    loss.backward()
    right_loss.backward()
    expected = {name: p.grad.numpy() for name, p in judge.named_parameters()}
    assert [name for name, _ in ours.named_parameters()] == list(expected)
    for name, p in ours.named_parameters():
        assert_close(p.grad.numpy(), expected[name], f"gradient of {name}", rtol=1e-4, atol=1e-6)


def test_both_take_the_same_steps(mine, theirs):
    import torch

    ours, judge = (m.GPT(m.GPTConfig()) for m in (mine, theirs))
    ours.load_state_dict(moved(judge, tinytorch.from_numpy))
    steps = [model.configure_optimizers(0.1, 1e-3, (0.9, 0.95), "cpu") for model in (ours, judge)]
    for i in range(5):
        ids = np.random.default_rng(i).integers(0, 24, (4, 17))
        for model, optimizer, torch_ in zip((ours, judge), steps, (tinytorch, torch), strict=True):
            _, loss = model(torch_.from_numpy(ids[:, :-1].copy()), torch_.from_numpy(ids[:, 1:].copy()))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch_.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    for name, p in ours.named_parameters():
        right = dict(judge.named_parameters())[name].detach().numpy()
        assert_close(p.numpy(), right, f"{name} after five steps", rtol=1e-3, atol=2e-5)


def test_the_odds_and_ends_are_pytorchs(mine, theirs):
    import torch

    ids = np.random.default_rng(3).integers(0, 24, (2, 16))
    ours, judge = mine.arrange(tinytorch.from_numpy(ids)), theirs.arrange(torch.from_numpy(ids))
    for name, expected in judge.items():
        if name in ("softmax", "halves", "bool"):
            assert_close(np.array(ours[name]), np.array(expected), name)
        else:
            assert_same(ours[name], expected, name)
