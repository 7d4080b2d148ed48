"""A process with one framework, which runs cases as it is told.

    python -m benchmarks.engine.worker tinytorch

It reads names of cases from its standard input, one a line, does each twice and prints what the second time took as
JSON: the first brings back into the processor's caches what the other's turn has driven out. So frameworks are measured
in turn without sharing threads, memory or settings of the C library.
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from types import ModuleType
from typing import IO

from benchmarks.engine.cases import cases_of

USED = ("nn.functional", "optim", "utils.data")
PARTS = {"tinytorch": USED, "torch": USED, "micrograd": ("engine",)}
BLAS_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # go together; where they are set, they may slow NumPy down


def load(framework: str) -> ModuleType:
    """The framework's module, imported with what the cases need."""
    module = importlib.import_module(framework)
    for part in PARTS[framework]:
        importlib.import_module(f"{framework}.{part}")
    if framework != "micrograd":
        module.Tensor  # noqa: B018  (tinytorch imports NumPy and its core only now)
    if framework == "torch":
        module.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    return module


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def number(result: object) -> float:
    """The only element of a tensor, or the number itself."""
    return float(result.item() if hasattr(result, "item") else result)


def main(framework: str) -> None:
    """Say what the import cost, then serve."""
    start = time.perf_counter()
    module = load(framework)
    print(json.dumps({"import": time.perf_counter() - start, "peak": peak()}), flush=True)
    made = {}
    for line in sys.stdin:
        case = line.strip()
        if case not in made:
            made = {case: cases_of(framework)[case](module)}
        made[case]()
        start, busy = time.perf_counter(), time.process_time()
        result = made[case]()
        taken = {"cpu": time.process_time() - busy, "clock": time.perf_counter() - start}
        print(json.dumps({**taken, "result": number(result), "peak": peak()}), flush=True)


class Worker:
    """A running worker process, as the one who asks sees it."""

    def __init__(self, framework: str, threads: int) -> None:
        limits = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL")}
        environment = {k: v for k, v in os.environ.items() if k not in BLAS_SETTINGS} | limits
        command = [sys.executable, "-m", "benchmarks.engine.worker", framework]
        self.process = subprocess.Popen(
            command, env=environment, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.hello = self._answer()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error: object) -> None:
        self._pipe(self.process.stdin).close()
        self.process.wait()

    def run(self, case: str) -> dict:
        """Let it run a case twice: {"cpu", "clock", "result", "peak"} of the second time."""
        self._pipe(self.process.stdin).write(f"{case}\n")
        return self._answer()

    def _answer(self) -> dict:
        line = self._pipe(self.process.stdout).readline()
        if not line:
            raise SystemExit(f"{' '.join(self.process.args)} ended with {self.process.wait()}")
        return json.loads(line)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


if __name__ == "__main__":
    main(sys.argv[1])
