"""The engine against PyTorch: tiny graphs, a training step, fused functions; time and memory, paired.

    python benchmarks/engine.py [--rounds 15] [--write]

For one and for two threads a child process runs tinytorch and PyTorch in turn, case by case, so that a slow moment of
the machine falls on both. The table shows the median time of each with the quartiles, and the median of the ratios pair
by pair. Memory is the peak of a process of its own that trains for 30 steps, over what it had after its imports.
--write puts table and plot into docs/benchmarks.md and docs/benchmarks.svg. Without PyTorch only our times are shown.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHAPE = (32, 128, 256)
TARGETS = {"tiny graph, 1,000 ops": 0.6, "MLP step, SGD": 1.0, "MLP step, Adam": 1.0, "GELU": 0.8, "softmax": 2.5}
TARGETS |= {"layer norm": 3.8}


def tiny_graph(torch):
    """500 products and 500 sums of single numbers, forward and backward."""

    def run():
        x, w = torch.tensor(0.5, requires_grad=True), torch.tensor(0.9, requires_grad=True)
        y = x
        for _ in range(500):
            y = y * w + x
        y.backward()

    return run


def mlp_step(torch, optimizer: str):
    """A full training step of 784-256-128-10 on a batch of 128."""
    nn, data = torch.nn, torch.randn(128, 784)
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    target, loss = torch.arange(128) % 10 if torch.__name__ == "torch" else _classes(torch), nn.CrossEntropyLoss()
    settings = {"lr": 0.01, "momentum": 0.9} if optimizer == "SGD" else {"lr": 0.001}
    step = getattr(torch.optim, optimizer)(model.parameters(), **settings)

    def run():
        step.zero_grad()
        loss(model(data), target).backward()
        step.step()

    return run


def _classes(torch):
    import numpy as np

    return torch.Tensor(np.arange(128) % 10)


def elementwise(torch, f):
    """A function of a (32, 128, 256), forward and backward."""
    x = torch.randn(*SHAPE)
    x.requires_grad_()

    def run():
        x.grad = None
        f(torch, x).sum().backward()

    return run


def layer_norm(torch, x):
    """Layer norm: the fused one where there is one, else composed."""
    if hasattr(torch.nn.functional, "layer_norm"):
        return torch.nn.functional.layer_norm(x, SHAPE[-1:])
    centred = x - x.mean(-1, keepdim=True)
    return centred / ((centred * centred).mean(-1, keepdim=True) + 1e-5).sqrt()


def cross_entropy(torch, x):
    """Cross-entropy of (32 * 128, 256) scores."""
    import numpy as np

    classes = np.arange(SHAPE[0] * SHAPE[1]) % SHAPE[2]
    target = torch.from_numpy(classes) if torch.__name__ == "torch" else torch.Tensor(classes)
    return torch.nn.functional.cross_entropy(x.reshape(-1, SHAPE[2]), target)


CASES = {
    "tiny graph, 1,000 ops": tiny_graph,
    "MLP step, SGD": lambda torch: mlp_step(torch, "SGD"),
    "MLP step, Adam": lambda torch: mlp_step(torch, "Adam"),
    "softmax": lambda torch: elementwise(torch, lambda torch, x: torch.nn.functional.softmax(x, dim=-1)),
    "layer norm": lambda torch: elementwise(torch, layer_norm),
    "GELU": lambda torch: elementwise(torch, lambda torch, x: torch.nn.functional.gelu(x)),
    "cross-entropy": lambda torch: elementwise(torch, cross_entropy),
}


def frameworks() -> dict:
    """The modules that are there: tinytorch, and torch where it is installed."""
    import tinytorch
    import tinytorch.nn.functional
    import tinytorch.optim

    found = {"tinytorch": tinytorch}
    try:
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        found["torch"] = torch
    except ImportError:
        pass
    return found


def child(rounds: int) -> None:
    """Time every case of every framework, in turn; print JSON."""
    found, result = frameworks(), {}
    for case, make in CASES.items():
        runs = {name: make(module) for name, module in found.items()}
        times = {name: [] for name in runs}
        for i in range(rounds + 2):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                if i >= 2:  # the first two warm up
                    times[name].append(1000 * (time.perf_counter() - start))
        result[case] = times
    print(json.dumps(result))


def memory(name: str) -> None:
    """Train for 30 steps with one framework; print the import's time and the peak of memory over it."""
    start = time.perf_counter()
    module = frameworks_one(name)
    imported = time.perf_counter() - start
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run = mlp_step(module, "Adam")
    for _ in range(30):
        run()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"import": imported, "step": (after - before) / 1024, "all": after / 1024}))


def frameworks_one(name: str):
    """One framework, with what its models need."""
    import importlib

    module = importlib.import_module(name)
    for part in ("nn.functional", "optim"):
        importlib.import_module(f"{name}.{part}")
    module.Tensor  # noqa: B018  (tinytorch imports NumPy and its core only now)
    return module


def in_child(arguments: list[str], threads: int) -> dict:
    """The JSON that this file prints when run with these arguments and so many threads."""
    limit = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL")}
    environment = os.environ | limit | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def rows(result: dict, threads: int) -> list[dict]:
    """One row per case: medians, quartiles, ratio."""
    found = []
    for case, times in result.items():
        ours, theirs = times["tinytorch"], times.get("torch")
        row = {"case": case, "threads": threads, "ours": statistics.median(ours), "spread": statistics.quantiles(ours)}
        if theirs:
            row["torch"] = statistics.median(theirs)
            row["ratio"] = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        found.append(row)
    return found


def table(found: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = ["| case | threads | tinytorch | quartiles | PyTorch | ratio | target |", "|---|--:|--:|--:|--:|--:|--:|"]
    for row in found:
        low, _, high = row["spread"]
        target = f"{TARGETS[row['case']]}" if row["case"] in TARGETS and row["threads"] == 1 else ""
        torch, ratio = (f"{row['torch']:.2f} ms", f"{row['ratio']:.2f}") if "torch" in row else ("", "")
        ours = f"{row['ours']:.2f} ms | {low:.2f} to {high:.2f}"
        lines.append(f"| {row['case']} | {row['threads']} | {ours} | {torch} | {ratio} | {target} |")
    return "\n".join(lines)


def memory_table(names: list[str]) -> str:
    """Import time and peak memory of each framework."""
    lines = ["| | import | 30 MLP steps with Adam, over the imports | whole process |", "|---|--:|--:|--:|"]
    for name in names:
        facts = in_child(["--memory", name], 1)
        lines.append(f"| {name} | {facts['import']:.2f} s | {facts['step']:.1f} MB | {facts['all']:.0f} MB |")
    return "\n".join(lines)


def plot(found: list[dict], path: Path) -> None:
    """The ratios as bars, with the targets."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tinytorch"
    from tinytorch.figures import BLUE, ORANGE, RED, axes

    ax, single = axes(height=3), [row for row in found if row["threads"] == 1]
    for threads, color, shift in ((1, BLUE, 0.0), (2, ORANGE, 0.38)):
        values = [row["ratio"] for row in found if row["threads"] == threads]
        ax.bar([i + shift for i in range(len(values))], values, 0.36, color=color, label=f"{threads} thread(s)")
    for i, row in enumerate(single):
        if row["case"] in TARGETS:
            ax.hlines(TARGETS[row["case"]], i - 0.2, i + 0.58, color=RED, lw=1.2)
    ax.set_xticks([i + 0.19 for i in range(len(single))], [row["case"].replace(", ", "\n") for row in single])
    ax.set(ylabel="time / PyTorch's time", title="lower is faster; red: target with one thread")
    ax.legend()
    ax.figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.rounds)
    if options.memory:
        return memory(options.memory)
    found = []
    for threads in (1, 2):
        print(f"measuring with {threads} thread(s) ...", file=sys.stderr)
        found += rows(in_child(["--child", "--rounds", str(options.rounds)], threads), threads)
    names = ["tinytorch", *(["torch"] if "torch" in found[0] else [])]
    text = f"{table(found)}\n\n{memory_table(names)}\n"
    print(text)
    if options.write and "torch" in found[0]:
        plot(found, ROOT / "docs" / "benchmarks.svg")
        head = "# Benchmarks\n\nWritten by `python benchmarks/engine.py --write`; times are medians, ratios "
        head += "medians of pairs.\n"
        head += "Below 1, tinytorch is faster than PyTorch.\n\n![Ratios](benchmarks.svg)\n\n"
        (ROOT / "docs" / "benchmarks.md").write_text(head + text, encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
