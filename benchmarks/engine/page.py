"""The page of figures, docs/benchmarks.md, and its plot."""

import os
import platform
import re
import statistics
from importlib import metadata
from pathlib import Path

from benchmarks.engine.cases import TARGETS

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = {"tinytorch": "tinytorch", "torch": "PyTorch", "micrograd": "micrograd"}


def ratio(row: dict) -> list[float]:
    """The quartiles of tinytorch's time over PyTorch's, round by round."""
    pairs = zip(row["times"]["tinytorch"], row["times"]["torch"], strict=True)
    return statistics.quantiles([ours / theirs for ours, theirs in pairs])


def verdict(row: dict) -> str:
    """Whether a row's target is met, "" where it has none: targets are for one thread."""
    target = TARGETS.get(row["case"]) if row["threads"] == 1 and "torch" in row["times"] else None
    if target is None:
        return ""
    return f"≤ {target}: {'met' if ratio(row)[1] <= target else 'missed'}"


def speed_table(found: list[dict]) -> str:
    """A line per case and number of threads, as Markdown."""
    names = [name for name in NAMES if any(name in row["times"] for row in found)]
    head = ["case", "threads", *(f"{NAMES[name]}, ms" for name in names), "ratio", "target"]
    lines = [head, ["---", "--:", *["--:"] * len(names), "--:", "---"]]
    for row in found:
        times = [_spread(row["times"].get(name)) for name in names]
        both = _quartiles(ratio(row)) if "torch" in row["times"] else ""
        lines.append([row["case"], str(row["threads"]), *times, both, verdict(row)])
    return markdown(lines)


def memory_table(sizes: dict[str, dict]) -> str:
    """A line per framework: import time, and what 30 steps of the MLP need beyond it."""
    lines = [["", "import, s", "30 MLP steps with Adam, over the imports", "whole process"], ["---"] + ["--:"] * 3]
    for name, found in sizes.items():
        over, whole = found["after"] - found["before"], found["after"]
        lines.append([NAMES[name], _spread(found["imports"]), f"{over:.1f} MB", f"{whole:.0f} MB"])
    return markdown(lines)


PEAK = 1.3  # × PyTorch's


def peak_table(grown: dict[str, dict[str, float]]) -> str:
    """A line per case: what each framework's process grows by."""
    names = [name for name in NAMES if any(name in row for row in grown.values())]
    lines = [["case", *(f"{NAMES[name]}, MB" for name in names), "ratio", "target"]]
    lines.append(["---"] + ["--:"] * (len(names) + 1) + ["---"])
    for case, row in grown.items():
        both = row["tinytorch"] / row["torch"] if "torch" in row else None
        said = ["", ""] if both is None else [f"{both:.2f}", f"≤ {PEAK}: {'met' if both <= PEAK else 'missed'}"]
        lines.append([case, *(f"{row[name]:.1f}" for name in names), *said])
    return markdown(lines)


def _spread(times: list[float] | None) -> str:
    return _quartiles(statistics.quantiles(times)) if times else ""


def _quartiles(three: list[float]) -> str:
    low, middle, high = (f"{number:.2f}" for number in three)
    return f"{middle} ({low}–{high})"


def markdown(lines: list[list[str]]) -> str:
    """The lines as a table; the first two are its head and the rule below it."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def facts(frameworks: list[str]) -> dict[str, str]:
    """The machine and the versions."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[call-overload]
    packages = {"torch": "PyTorch", "micrograd": "micrograd"}
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}".strip(", "),
        "Python": platform.python_version(),
        "NumPy": f"{np.__version__} with {blas['name']} {blas['version']}",
        **{packages[name]: metadata.version(name) for name in frameworks if name in packages},
        "load": f"{os.getloadavg()[0]:.1f} processes on average in the minute before",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return named[1] if named else platform.processor() or platform.machine()


def machine_table(known: dict[str, str]) -> str:
    """What `facts` says, as Markdown."""
    return markdown([["", ""], ["---", "---"], *([name, value] for name, value in known.items())])


def page(found: list[dict], sizes: dict[str, dict], grown: dict[str, dict], known: dict[str, str], rounds: int) -> str:
    """The page's text."""
    verdicts = [verdict(row) for row in found if verdict(row)]
    met = sum(v.endswith("met") for v in verdicts)
    machine = machine_table(known)
    return f"""# Benchmarks

Written by `make bench`. Each framework has a process of its own and its default settings. They take turns, {rounds}
times each, and of the two runs in each turn the second counts. A time is the median in milliseconds, with the quartiles
in brackets: the processor's with one thread, the clock's with two and for loaders. A ratio is the median of tinytorch's
time over PyTorch's in the same round: below 1, tinytorch is faster.
{met} of {len(verdicts)} targets, for one thread, are met.

![Time relative to PyTorch's](benchmarks.svg)

{speed_table(found)}

What is measured stands in `benchmarks/engine/cases.py`. The MLP is 784-256-128-10 with a batch of 128, and a step is
forward, loss, backward and update. Softmax, layer norm, GELU and cross-entropy work
on (32, 128, 256) numbers in float32, forward and backward. The convolution and the max pooling work on 32 images of 16
channels, 28 × 28, LeNet's step on 64 images of 28 × 28. A loader goes once through 10,000 images in batches of 64,
shuffled, with or without processes of its own; each image is made of bytes as it is asked for, but for the last case.

## Memory and import

{memory_table(sizes)}

tinytorch asks glibc to keep large blocks of memory for the next array (`tinytorch/_memory.py`). With
`TINYTORCH_MALLOC=system` it does not.

What a process grows by over its imports, in some runs of a case:

{peak_table(grown)}

## Machine

{machine}
"""


def svg() -> None:
    """Have matplotlib draw SVG, the same bytes for the same figures."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tinytorch"


def plot(found: list[dict], path: Path) -> None:
    """The ratios with their quartiles, one and two threads, and the targets."""
    svg()
    from tinytorch.figures import BLUE, GREY, ORANGE, RED, axes

    cases = list(dict.fromkeys(row["case"] for row in found))
    ax = axes(height=0.5 * len(cases) + 1)
    for row in found:
        low, middle, high = ratio(row)
        y = cases.index(row["case"]) + (-0.13 if row["threads"] == 1 else 0.13)
        color = BLUE if row["threads"] == 1 else ORANGE
        label = f"{row['threads']} thread{'s' * (row['threads'] > 1)}" if row["case"] == cases[0] else None
        ax.plot([low, high], [y, y], color=color)
        ax.plot(middle, y, "o", color=color, label=label)
    for case, target in TARGETS.items():
        y, label = cases.index(case), "target, 1 thread" if case == cases[0] else None
        ax.plot([target, target], [y - 0.35, y + 0.35], color=RED, label=label)
    ax.axvline(1, color=GREY, lw=0.8)
    ax.set_xscale("log")
    ax.set_xticks(ticks := [0.25, 0.5, 1, 2, 4, 8], [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_yticks(range(len(cases)), cases)
    ax.invert_yaxis()
    ax.set_xlabel("tinytorch's time / PyTorch's")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    ax.figure.savefig(path, metadata={"Date": None})


def write(
    found: list[dict], sizes: dict[str, dict], grown: dict[str, dict], known: dict[str, str], rounds: int
) -> None:
    """Write page and plot into docs/."""
    (DOCS / "benchmarks.md").write_text(page(found, sizes, grown, known, rounds), encoding="utf-8")
    plot(found, DOCS / "benchmarks.svg")
