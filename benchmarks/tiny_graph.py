"""A tiny graph, forward and backward: 1,000 ops on single numbers, where nothing counts but the cost of an op.

    python benchmarks/tiny_graph.py [--rounds 100] [--ops 1000]

tinytorch, and beside it PyTorch (one thread) and micrograd, where they are installed. In every round each is timed
once, in turn; the table shows the fastest round, the median, the middle half of the rounds, and the median of the
ratios to PyTorch's (else tinytorch's) time in the same round, so that a busy machine slows all of them alike.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable


def chain(x, w, ops: int):
    """x * w + x, again and again: `ops` operations, half of them products."""
    y = x
    for _ in range(ops // 2):
        y = (y * w) + x
    return y


def runs(ops: int) -> dict[str, Callable[[], float]]:
    """For each engine that is installed: build the graph, go backward, give the gradient of w."""
    from tinytorch.core.autograd import backward
    from tinytorch.core.tensor import Tensor

    def tinytorch() -> float:
        x, w = Tensor(0.5, requires_grad=True), Tensor(0.9, requires_grad=True)
        backward(chain(x, w, ops))
        return w.grad.item()

    found = {"tinytorch": tinytorch}
    if importlib.util.find_spec("torch"):
        found["PyTorch"] = _torch(ops)
    if importlib.util.find_spec("micrograd"):
        found["micrograd"] = _micrograd(ops)
    return found


def _torch(ops: int) -> Callable[[], float]:
    import torch

    torch.set_num_threads(1)

    def run() -> float:
        x, w = torch.tensor(0.5, requires_grad=True), torch.tensor(0.9, requires_grad=True)
        chain(x, w, ops).backward()
        return w.grad.item()

    return run


def _micrograd(ops: int) -> Callable[[], float]:
    import sys

    from micrograd.engine import Value

    sys.setrecursionlimit(10 * ops + 1000)  # its backward is recursive

    def run() -> float:
        x, w = Value(0.5), Value(0.9)
        chain(x, w, ops).backward()
        return w.grad

    return run


def measure(functions: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of a run, by name, one number per round, after one round that does not count."""
    times = {name: [] for name in functions}
    for number in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if number:
                times[name].append(1e3 * (time.perf_counter() - start))
    return times


def main() -> None:
    """Check that all agree, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--ops", type=int, default=1000)
    given = parser.parse_args()
    functions = runs(given.ops)
    slopes = {name: function() for name, function in functions.items()}
    if max(slopes.values()) - min(slopes.values()) > 1e-3 * max(slopes.values()):
        raise SystemExit(f"the gradients differ: {slopes}")
    times = measure(functions, given.rounds)
    base = "PyTorch" if "PyTorch" in times else "tinytorch"
    print(f"{given.ops} ops on single numbers, forward and backward, {given.rounds} rounds")
    print(f"{'':12}{'fastest':>10}{'median':>10}{'middle half':>18}{f'against {base}':>22}")
    for name, taken in times.items():
        low, middle, high = statistics.quantiles(taken, n=4)
        ratio = statistics.median(t / b for t, b in zip(taken, times[base], strict=True))
        print(f"{name:12}{min(taken):7.2f} ms{middle:7.2f} ms{f'{low:.2f} to {high:.2f} ms':>18}{ratio:20.2f} x")


if __name__ == "__main__":
    main()
