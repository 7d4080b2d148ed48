"""`tito test` against `nbgrader validate` on the same notebook, in turn, wall and CPU time.

    python benchmarks/check_against_validate.py [MODULE] [ROUNDS]

Both run the module's notebook with the reference solutions; validate starts a kernel for it, and runs
every cell, the demonstrations too. The table shows medians with the spread, and the ratio of each pair.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cost(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command that must succeed."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show(name: str, values: list[float], unit: str = "s") -> None:
    """One row: median, least and most."""
    print(f"  {name:<28} {statistics.median(values):8.2f} {unit}   ({min(values):.2f} to {max(values):.2f})")


def main() -> None:
    """Build the notebook, measure in turn, print the table."""
    from tito import notebooks
    from tito.course import Course

    course = Course(ROOT)
    module, _ = course.module(sys.argv[1] if len(sys.argv) > 1 else "01")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    notebook = str(notebooks.build(course, module))
    commands = {
        f"tito test {module.slug}": [sys.executable, "-m", "tito", "test", module.slug],
        "nbgrader validate": [sys.executable, "-m", "nbgrader", "validate", notebook],
    }
    measured = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            measured[name].append(cost(command))
    ours, theirs = (values[1:] for values in measured.values())  # the first round warms the caches
    for title, part in (("wall", 0), ("CPU", 1)):
        print(f"{title}, {rounds} rounds")
        for name, values in zip(commands, (ours, theirs), strict=True):
            show(name, [v[part] for v in values])
        show("validate / tito test", [b[part] / a[part] for a, b in zip(ours, theirs, strict=True)], "x")


if __name__ == "__main__":
    main()
