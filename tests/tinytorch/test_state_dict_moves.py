"""Weights move between PyTorch and tinytorch, both ways; outputs and gradients then agree.

Each network is written once and built twice: with PyTorch's `nn` and with ours.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is the judge here; it is not installed")
pytest.importorskip("tinytorch.core.autograd", reason="module 05 is not built")

import tinytorch  # noqa: E402

ACTIVATIONS = {
    "ReLU": lambda nn: nn.ReLU(),
    "Sigmoid": lambda nn: nn.Sigmoid(),
    "Tanh": lambda nn: nn.Tanh(),
    "Softmax": lambda nn: nn.Softmax(dim=-1),
    "LogSoftmax": lambda nn: nn.LogSoftmax(dim=-1),
    "GELU": lambda nn: nn.GELU(),
    "GELU tanh": lambda nn: nn.GELU(approximate="tanh"),
    "LeakyReLU": lambda nn: nn.LeakyReLU(0.2),
    "SiLU": lambda nn: nn.SiLU(),
    "ELU": lambda nn: nn.ELU(0.7),
    "Softplus": lambda nn: nn.Softplus(beta=2.0),
}


def residual(nn):
    """A network whose layers stand in a ModuleList, a ModuleDict and attributes; one of them is used twice."""

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(6, 5)
            self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(5, 5), nn.Tanh()) for _ in range(2)])
            self.heads = nn.ModuleDict({"out": nn.Linear(5, 3, bias=False)})

        def forward(self, x):
            x = self.first(x)
            for block in (*self.blocks, self.blocks[0]):
                x = x + block(x)
            return self.heads["out"](x)

    return Residual()


def buffered(nn):
    """A network with a buffer in its state, which is no parameter."""
    own = torch if nn is torch.nn else tinytorch

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", own.ones(6) * 3)
            self.layer = nn.Linear(6, 3)

        def forward(self, x):
            return self.layer(x * self.scale)

    return Scaled()


def attentive(nn, **options):
    """A network whose tokens look at those up to their own, of which keys and values may be less wide than queries."""
    own = torch if nn is torch.nn else tinytorch

    class Attentive(nn.Module):
        def __init__(self):
            super().__init__()
            self.attend = nn.MultiheadAttention(6, 2, **options)
            self.out = nn.Linear(6, 3)

        def forward(self, x):
            later = own.ones(7, 7, dtype=own.bool).triu(1)
            keys, values = x[:, : self.attend.kdim], x[:, : self.attend.vdim]
            return self.out(self.attend(x, keys, values, attn_mask=later)[0])

    return Attentive()


NETWORKS = {
    "Linear": lambda nn: nn.Linear(6, 3),
    "Linear without bias": lambda nn: nn.Linear(6, 3, bias=False),
    "Flatten, Identity, Dropout": lambda nn: nn.Sequential(
        nn.Flatten(), nn.Identity(), nn.Dropout(0.5), nn.Linear(6, 3)
    ),
    "nested": lambda nn: nn.Sequential(nn.Sequential(nn.Linear(6, 4), nn.ReLU()), nn.Sequential(nn.Linear(4, 3))),
    "residual": residual,
    "buffered": buffered,
    "attention": attentive,
    "attention to keys of no token": lambda nn: attentive(nn, add_bias_kv=True, add_zero_attn=True),
    "attention to other widths": lambda nn: attentive(nn, kdim=4, vdim=5, add_bias_kv=True),
    "attention to other widths without bias": lambda nn: attentive(nn, vdim=5, bias=False, add_zero_attn=True),
    **{
        name: lambda nn, make=make: nn.Sequential(nn.Linear(6, 4), make(nn), nn.Linear(4, 3))
        for name, make in ACTIVATIONS.items()
    },
}
LOSSES = {
    "MSELoss": (lambda nn: nn.MSELoss(), "numbers"),
    "L1Loss": (lambda nn: nn.L1Loss(), "numbers"),
    "HuberLoss": (lambda nn: nn.HuberLoss(delta=0.4), "numbers"),
    "SmoothL1Loss": (lambda nn: nn.SmoothL1Loss(beta=0.4), "numbers"),
    "BCEWithLogitsLoss": (lambda nn: nn.BCEWithLogitsLoss(), "shares"),
    "BCELoss": (lambda nn: nn.BCELoss(), "shares"),
    "NLLLoss": (lambda nn: nn.NLLLoss(), "classes"),
    "CrossEntropyLoss": (lambda nn: nn.CrossEntropyLoss(), "classes"),
    "CrossEntropyLoss smoothed": (lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), "classes"),
    "KLDivLoss": (lambda nn: nn.KLDivLoss(reduction="batchmean"), "shares"),
}
BEFORE = {
    "BCELoss": lambda nn: nn.Sigmoid(),
    "NLLLoss": lambda nn: nn.LogSoftmax(dim=1),
    "KLDivLoss": lambda nn: nn.LogSoftmax(dim=1),
}


def pair(build):
    """The same network twice in float64: theirs and ours, each with weights of its own."""
    theirs, ours = build(torch.nn).double().eval(), build(tinytorch.nn).to(tinytorch.float64).eval()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    return theirs, ours


def to_ours(theirs, ours):
    """Move PyTorch's weights into our network, as they are."""
    ours.load_state_dict(theirs.state_dict())


def to_theirs(theirs, ours):
    """Move our weights into PyTorch's network."""
    theirs.load_state_dict({name: torch.from_numpy(t.numpy()) for name, t in ours.state_dict().items()})


def assert_same(theirs, ours, loss_name="CrossEntropyLoss", seed=0):
    """Outputs, the loss, and the gradients of the input and of each parameter agree."""
    random = np.random.default_rng(seed)
    make_loss, kind = LOSSES[loss_name]
    numbers = random.normal(size=(7, 6))
    targets = {
        "numbers": random.normal(size=(7, 3)),
        "shares": random.dirichlet(np.ones(3), size=7),
        "classes": random.integers(0, 3, size=7),
    }[kind]
    x, y = torch.from_numpy(numbers).requires_grad_(), torch.from_numpy(targets)
    u = tinytorch.Tensor(numbers, dtype=tinytorch.float64, requires_grad=True)
    v = tinytorch.Tensor(targets, dtype=targets.dtype)
    before = BEFORE.get(loss_name, lambda nn: nn.Identity())
    their_out, our_out = before(torch.nn)(theirs(x)), before(tinytorch.nn)(ours(u))
    close(our_out.detach().numpy(), their_out.detach().numpy(), "output")
    their_loss, our_loss = make_loss(torch.nn)(their_out, y), make_loss(tinytorch.nn)(our_out, v)
    close(our_loss.item(), their_loss.item(), "loss")
    their_loss.backward()
    our_loss.backward()
    close(u.grad.numpy(), x.grad.numpy(), "gradient of the input")
    for (name, p), (_, q) in zip(theirs.named_parameters(), ours.named_parameters(), strict=True):
        close(q.grad.numpy(), p.grad.numpy(), f"gradient of {name}")


def close(got, expected, what):
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12, err_msg=what)


@pytest.mark.parametrize("move", [to_ours, to_theirs])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_these_layers(name, move):
    theirs, ours = pair(NETWORKS[name])
    move(theirs, ours)
    assert_same(theirs, ours)


@pytest.mark.parametrize("move", [to_ours, to_theirs])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss(loss, move):
    theirs, ours = pair(NETWORKS["nested"])
    move(theirs, ours)
    assert_same(theirs, ours, loss, seed=1)


def test_in_float32_too():
    theirs, ours = NETWORKS["residual"](torch.nn), NETWORKS["residual"](tinytorch.nn)
    to_ours(theirs, ours)
    numbers = np.random.default_rng(2).normal(size=(7, 6)).astype(np.float32)
    expected = theirs(torch.from_numpy(numbers)).detach().numpy()
    np.testing.assert_allclose(ours(tinytorch.Tensor(numbers)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_there_and_back_changes_no_bit():
    theirs, ours = pair(NETWORKS["residual"])
    before = {name: t.numpy().copy() for name, t in ours.state_dict().items()}
    to_theirs(theirs, ours)
    for p in ours.parameters():
        p.data[...] = 0
    to_ours(theirs, ours)
    for name, t in ours.state_dict().items():
        assert t.numpy().tobytes() == before[name].tobytes()


def test_weights_of_another_shape_are_refused_and_nothing_changes():
    theirs, ours = torch.nn.Linear(6, 4), tinytorch.nn.Linear(6, 3)
    before = ours.weight.numpy().copy()
    with pytest.raises(RuntimeError, match=r"weight: expected \(3, 6\), got .*4, 6"):
        to_ours(theirs, ours)
    assert (ours.weight.numpy() == before).all()


FACES = {
    "tinytorch": torch,
    "tinytorch.nn": torch.nn,
    "tinytorch.nn.functional": torch.nn.functional,
    "tinytorch.nn.init": torch.nn.init,
    "tinytorch.nn.utils": torch.nn.utils,
    "tinytorch.optim": torch.optim,
    "tinytorch.optim.lr_scheduler": torch.optim.lr_scheduler,
    "tinytorch.autograd": torch.autograd,
}


@pytest.mark.parametrize("name", FACES)
def test_every_name_on_a_face_is_pytorchs(name):
    import importlib

    names = [n for n in dir(importlib.import_module(name)) if n not in ("core", "testing")]
    assert names
    assert [n for n in names if not hasattr(FACES[name], n)] == []
