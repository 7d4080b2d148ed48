"""Measure the engine, print the tables, and write docs/benchmarks.md with its plot.

    python -m benchmarks.engine [--rounds 25] [--no-page]

Each framework that is installed has a process of its own. They take turns, case by case and round by round, and a
ratio is the median of the ratios of neighbours in time: a slow moment of the machine falls on both.
"""

import argparse
import importlib.util
import math
import sys

from benchmarks.engine.cases import ADAM, CASES, cases_of
from benchmarks.engine.page import facts, memory_table, speed_table, write
from benchmarks.engine.worker import PARTS, Worker

WARM_UP = 2
STARTS = 5
STEPS = 30


def measure(frameworks: list[str], threads: int, rounds: int) -> list[dict]:
    """For each case {"case", "threads", "times"}: milliseconds of each framework, one number per round.

    With one thread they are the processor's time for the process, which other work on the machine disturbs least.
    """
    workers = {name: Worker(name, threads) for name in frameworks}
    found, kind = [], "cpu" if threads == 1 else "clock"
    for case in CASES:
        able = {name: worker for name, worker in workers.items() if case in cases_of(name)}
        answers = [{name: worker.run(case) for name, worker in able.items()} for _ in range(WARM_UP + rounds)]
        agree(case, {name: answer["result"] for name, answer in answers[0].items()})
        times = {name: [1e3 * answer[name][kind] for answer in answers[WARM_UP:]] for name in able}
        found.append({"case": case, "threads": threads, "times": times})
    for worker in workers.values():
        worker.__exit__()
    return found


def agree(case: str, results: dict[str, float]) -> None:
    """Stop if the frameworks did not compute the same thing."""
    expected = results["tinytorch"]
    if not all(math.isclose(value, expected, rel_tol=1e-3, abs_tol=1e-5) for value in results.values()):
        raise SystemExit(f"{case}: the results differ: {results}")


def memory(frameworks: list[str]) -> dict[str, dict]:
    """For each framework: the seconds of each import, and peaks of memory in MB before and after 30 steps."""
    found = {}
    for name in (name for name in frameworks if ADAM in cases_of(name)):
        imports = []
        for _ in range(STARTS):
            with Worker(name, threads=1) as worker:
                imports.append(worker.hello["import"])
                peak = [worker.run(ADAM)["peak"] for _ in range(STEPS // 2)][-1]
        found[name] = {"imports": imports, "before": worker.hello["peak"] / 1e6, "after": peak / 1e6}
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args()
    frameworks = [name for name in PARTS if importlib.util.find_spec(name)]
    found, known = [], facts(frameworks)
    for threads in (1, 2):
        print(f"measuring {', '.join(frameworks)} with {threads} thread(s) ...", file=sys.stderr)
        found += measure(frameworks, threads, options.rounds)
    sizes = memory(frameworks)
    print(f"{speed_table(found)}\n\n{memory_table(sizes)}")
    if "torch" not in frameworks:
        print("PyTorch is not installed (tito setup --conformance): docs/benchmarks.md stays as it is", file=sys.stderr)
    elif not options.no_page:
        write(found, sizes, known, options.rounds)


if __name__ == "__main__":
    main()
