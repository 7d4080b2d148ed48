"""What the seam costs: `add` of two small tensors against NumPy's and, where it is installed, PyTorch's.

    python benchmarks/seam.py [--rounds 60] [--size 4]

In every round each way is timed once, in turn; the table shows the median time of a call and the median of the
ratios to NumPy's time in the same round, so that a busy machine slows all of them alike.
"""

import argparse
import importlib.util
import statistics
import timeit

import numpy as np

from tinytorch.core.tensor import Tensor

CALLS = 2000


def ways(size: int) -> dict:
    """A name and a function of no arguments for each way to add two (size, size) float32 matrices."""
    x = np.ones((size, size), np.float32)
    plain, watched = Tensor(x), Tensor(x, requires_grad=True)
    found = {
        "numpy": lambda: x + x,
        "tinytorch": lambda: plain + plain,
        "tinytorch, recording": lambda: watched + plain,
    }
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        t, w = torch.from_numpy(x), torch.from_numpy(x.copy()).requires_grad_()
        found |= {"torch": lambda: t + t, "torch, recording": lambda: w + t}
    return found


def measure(functions: dict, rounds: int) -> dict:
    """Nanoseconds of a call, by name, one number per round."""
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(1e9 * timeit.timeit(function, number=CALLS) / CALLS)
    return times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--size", type=int, default=4)
    given = parser.parse_args()
    times = measure(ways(given.size), given.rounds)
    print(f"add of two ({given.size}, {given.size}) float32 matrices, {given.rounds} rounds of {CALLS} calls")
    print(f"{'':22}{'median':>10}{'against NumPy':>16}")
    for name, taken in times.items():
        ratio = statistics.median(t / n for t, n in zip(taken, times["numpy"], strict=True))
        print(f"{name:22}{statistics.median(taken):7.0f} ns{ratio:14.2f} x")


if __name__ == "__main__":
    main()
