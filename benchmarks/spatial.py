"""Measure convolution and pooling beside PyTorch, with one thread, and print a table.

    python -m benchmarks.spatial [--rounds 25]

As in `benchmarks.engine`, each framework has a process of its own, and they take turns.
"""

import argparse

from benchmarks.engine.__main__ import WARM_UP, agree
from benchmarks.engine.page import ratio
from benchmarks.engine.spatial import CASES, TARGETS
from benchmarks.engine.worker import Worker

FRAMEWORKS = ("tinytorch", "torch")


def measure(case: str, rounds: int) -> tuple[dict, dict]:
    """Milliseconds of the processor for each framework, one per round, and the MB that it needed over its import."""
    workers = {name: Worker(name, 1) for name in FRAMEWORKS}
    answers = [{name: worker.run(case) for name, worker in workers.items()} for _ in range(WARM_UP + rounds)]
    agree(case, {name: answer["result"] for name, answer in answers[0].items()})
    times = {name: [1e3 * answer[name]["cpu"] for answer in answers[WARM_UP:]] for name in workers}
    grown = {name: (answers[-1][name]["peak"] - worker.hello["peak"]) / 1e6 for name, worker in workers.items()}
    for worker in workers.values():
        worker.__exit__()
    return {"times": times}, grown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    print("case | tinytorch, ms | PyTorch, ms | ratio (quartiles) | target | MB, tinytorch | MB, PyTorch")
    for case in CASES:
        row, grown = measure(case, rounds)
        ours, theirs = (sorted(row["times"][name])[rounds // 2] for name in FRAMEWORKS)
        low, middle, high = ratio(row)
        verdict = f"<= {TARGETS[case]}: {'met' if middle <= TARGETS[case] else 'missed'}"
        sizes = " | ".join(f"{grown[name]:.1f}" for name in FRAMEWORKS)
        print(
            f"{case} | {ours:.2f} | {theirs:.2f} | {middle:.2f} ({low:.2f}-{high:.2f}) | {verdict} | {sizes}",
            flush=True,
        )


if __name__ == "__main__":
    main()
