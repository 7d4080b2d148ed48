"""What is measured: the same work for every framework, on the same numbers.

A case is a function of a framework's module. It makes the inputs and returns a function without arguments, which does
the work once and returns a tensor by which results can be compared.
"""

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.engine import gpt, loading, spatial
from benchmarks.engine.numbers import numbers, tensor, training_step

SHAPE = (32, 128, 256)
SIZES = (784, 256, 128, 10)
TINY, SGD, ADAM = "tiny graph, 1,000 ops", "MLP step, SGD", "MLP step, Adam"
GPT = "GPT step, 4 blocks of 128, AdamW"


def tiny_graph(torch) -> Callable:
    """500 products and 500 sums of single numbers, forward and backward."""

    def run():
        x, w = torch.tensor(0.5, requires_grad=True), torch.tensor(0.9, requires_grad=True)
        y = x
        for _ in range(500):
            y = y * w + x
        y.backward()
        return w.grad

    return run


def tiny_graph_of_values(micrograd) -> Callable:
    """The same for micrograd, whose backward is recursive."""
    sys.setrecursionlimit(20_000)
    value = micrograd.engine.Value

    def run():
        x, w = value(0.5), value(0.9)
        y = x
        for _ in range(500):
            y = y * w + x
        y.backward()
        return w.grad

    return run


def mlp_step(torch, optimizer: str) -> Callable:
    """A full training step of 784-256-128-10 on a batch of 128: forward, loss, backward, update."""
    nn = torch.nn
    layers = [nn.Linear(m, n) for m, n in zip(SIZES, SIZES[1:], strict=False)]
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    model.load_state_dict({name: tensor(torch, 0.05 * numbers(*p.shape)) for name, p in model.state_dict().items()})
    settings = {"lr": 0.01, "momentum": 0.9} if optimizer == "SGD" else {"lr": 0.001}
    steps = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    data, target = tensor(torch, numbers(128, SIZES[0])), tensor(torch, np.arange(128) % 10)
    measure = nn.CrossEntropyLoss()
    return training_step(model, steps, measure, data, target)


def forward_backward(torch, f: Callable) -> Callable:
    """A function of a (32, 128, 256), forward, and backward from a given gradient."""
    x, g = tensor(torch, numbers(*SHAPE), True), tensor(torch, numbers(*SHAPE[::-1]).reshape(SHAPE))

    def run():
        x.grad = None
        f(torch, x).backward(g)
        return x.grad[0, 0, 0]

    return run


def cross_entropy(torch) -> Callable:
    """The cross-entropy of scores (32 * 128, 256) with a class for each row, forward and backward."""
    x, target = tensor(torch, numbers(*SHAPE), True), tensor(torch, np.arange(SHAPE[0] * SHAPE[1]) % SHAPE[2])

    def run():
        x.grad = None
        loss = torch.nn.functional.cross_entropy(x.reshape(-1, SHAPE[2]), target)
        loss.backward()
        return loss

    return run


CASES = {
    TINY: tiny_graph,
    SGD: lambda torch: mlp_step(torch, "SGD"),
    ADAM: lambda torch: mlp_step(torch, "Adam"),
    "softmax": lambda torch: forward_backward(torch, lambda torch, x: torch.nn.functional.softmax(x, dim=-1)),
    "layer norm": lambda torch: forward_backward(torch, lambda torch, x: torch.nn.functional.layer_norm(x, SHAPE[-1:])),
    "GELU": lambda torch: forward_backward(torch, lambda torch, x: torch.nn.functional.gelu(x)),
    "GELU by tanh": lambda torch: forward_backward(
        torch, lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh")
    ),
    "cross-entropy": cross_entropy,
    GPT: lambda torch: gpt.step(torch, tensor, numbers),
    **spatial.CASES,
    **loading.CASES,
}
# × PyTorch, one thread
TARGETS = {TINY: 0.6, SGD: 1.0, ADAM: 1.0, "softmax": 2.5, "layer norm": 3.8, GPT: 1.15}
TARGETS |= {"GELU": 0.8, "GELU by tanh": 0.8} | spatial.TARGETS | loading.TARGETS


def cases_of(framework: str) -> dict[str, Callable]:
    """The cases that a framework can do, by name."""
    return {TINY: tiny_graph_of_values} if framework == "micrograd" else CASES
