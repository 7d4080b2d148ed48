"""Measure the engine, print the tables, and write docs/benchmarks.md with its plot.

    python -m benchmarks.engine [--rounds 25] [--no-page]

Each framework that is installed has a process of its own. They take turns, case by case and round by round, and a
ratio is the median of the ratios of neighbours in time: a slow moment of the machine falls on both.
"""

import argparse
import importlib.util
import math
import sys

from benchmarks.engine import loading, spatial
from benchmarks.engine.cases import ADAM, CASES, cases_of
from benchmarks.engine.page import facts, memory_table, peak_table, speed_table, write
from benchmarks.engine.worker import PARTS, Worker

WARM_UP = 2
STARTS = 5
STEPS = 30


def measure(frameworks: list[str], threads: int, rounds: int) -> list[dict]:
    """For each case {"case", "threads", "times"}: milliseconds of each framework, one number per round.

    With one thread they are the processor's time for the process, which other work on the machine disturbs least; for
    loaders, which have processes of their own and no threads, the clock's.
    """
    workers = {name: Worker(name, threads) for name in frameworks}
    found = []
    for case in CASES if threads == 1 else [case for case in CASES if case not in loading.CASES]:
        kind = "cpu" if threads == 1 and case not in loading.CASES else "clock"
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


def peaks(frameworks: list[str]) -> dict[str, dict[str, float]]:
    """For each spatial case: the MB that each framework's process grows by while it does the case several times."""
    found = {}
    for case in spatial.CASES:
        able = [name for name in frameworks if case in cases_of(name)]
        found[case] = {}
        for name in able:
            with Worker(name, threads=1) as worker:
                peak = [worker.run(case)["peak"] for _ in range(STEPS // 6)][-1]
            found[case][name] = (peak - worker.hello["peak"]) / 1e6
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
    sizes, grown = memory(frameworks), peaks(frameworks)
    print(f"{speed_table(found)}\n\n{memory_table(sizes)}\n\n{peak_table(grown)}")
    if "torch" not in frameworks:
        print("PyTorch is not installed (tito setup --conformance): docs/benchmarks.md stays as it is", file=sys.stderr)
    elif not options.no_page:
        write(found, sizes, grown, known, options.rounds)


if __name__ == "__main__":
    main()
