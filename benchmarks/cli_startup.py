"""CPU time of tito's quick commands, against Python alone and Python with click, paired in one run.

    python benchmarks/cli_startup.py [ROUNDS]

Each round runs every command once, in turn, so that a slow moment of the machine falls on all of
them. Times are user + system of the child process; the table shows medians and what a command
costs over `import click`.
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 150  # what `tito --help` may take


def cpu_ms(command: list[str], folder: Path) -> float:
    """User and system time of one run of a command, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()}")
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def workspace(folder: Path) -> Path:
    """A workspace made from what the course has released."""
    from tito import workspace
    from tito.course import Course

    target = folder / "workspace"
    workspace.create(Course(ROOT), target, student="ada")
    return target


def main() -> int:
    """Measure, print the table; exit 1 if `tito --help` is too slow."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    folder = Path(tempfile.mkdtemp(prefix="tito-bench-"))
    try:
        here = workspace(folder)
        python, tito = [sys.executable], [sys.executable, "-m", "tito"]
        commands = {
            "python -c pass": ([*python, "-c", "pass"], folder),
            'python -c "import click"': ([*python, "-c", "import click"], folder),
            "tito --help": ([*tito, "--help"], folder),
            "tito (in a workspace)": (tito, here),
            "tito (in the course)": (tito, ROOT),
            "tito status --json": ([*tito, "status", "--json"], here),
            "tito hint 00.dot --again": ([*tito, "hint", "00.dot", "--again"], here),
            "tito undo --list": ([*tito, "undo", "--list"], here),
            "python3 -m tito setup --help": ([*tito, "setup", "--help"], here),
        }
        times = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, (command, where) in commands.items():
                times[name].append(cpu_ms(command, where))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report({name: values[1:] for name, values in times.items()})  # the first round warms the caches


def report(times: dict[str, list[float]]) -> int:
    """Print the medians with their quartiles."""
    base = statistics.median(times['python -c "import click"'])
    title = f"CPU in ms, {len(times['tito --help'])} rounds"
    print(f"{title:30s} {'median':>7s} {'quartiles':>13s} {'over click':>11s}")
    for name, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"{name:30s} {middle:7.0f} {low:6.0f}–{high:<6.0f} {middle - base:+10.0f}")
    median = statistics.median(times["tito --help"])
    print(json.dumps({"tito_help_cpu_ms": round(median), "limit_ms": LIMIT_MS}))
    return int(median > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
