"""The engine of one machine: a pool of worker processes, each with one sandbox and one submission at a time."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import tito
from tito.errors import ENVIRONMENT, TitoError
from tito.grading import privacy
from tito.grading.engines import Job, Terms
from tito.grading.sandbox import SandboxError

DIED = "the process that grades it was ended (out of memory?)"
HUNG = "the process that grades it did not answer"


def cores() -> int:
    """How many workers run side by side unless told otherwise."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Engine:
    """`jobs` workers; one that ends is replaced, and what it was at is answered with its trouble."""

    def __init__(self, terms: Terms, jobs: int, log: Path):
        self.terms, self.count, self.log = terms, max(1, jobs), log
        self.events: queue.SimpleQueue = queue.SimpleQueue()
        self.workers: list[_Worker] = []

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *problem) -> None:
        for worker in self.workers:
            worker.end()

    @property
    def free(self) -> int:
        """How many jobs it can take now."""
        return self.count - sum(w.job is not None for w in self.workers)

    @property
    def opened(self) -> tuple[list[str], list[str]]:
        """The modules that idle workers have open, and those of busy ones."""
        return [w.module for w in self.workers if w.job is None], [w.module for w in self.workers if w.job]

    def submit(self, job: Job) -> None:
        """Give the job to a worker that has its module's sandbox open already, or to any that is idle."""
        idle = [w for w in self.workers if w.job is None]
        worker = next((w for w in idle if w.module == job.module), None)
        if worker is None and len(self.workers) < self.count:
            worker = _Worker(self.terms, self.log, self.events)
            self.workers.append(worker)
        (worker or idle[0]).give(job)

    def wait(self) -> list[tuple[Job, dict]]:
        """Wait until a job is done; it, and its answer."""
        while True:
            try:
                worker, line = self.events.get(timeout=1)
            except queue.Empty:
                self._end_hung()
                continue
            if answer := self._take(worker, line):
                return [answer]

    def _take(self, worker: "_Worker", line: str) -> tuple[Job, dict] | None:
        if line:
            answer = json.loads(line)
            if "ready" in answer:
                worker.ready = True
                return None
            if "unfit" in answer:
                raise SandboxError(*answer["unfit"])
        else:
            self.workers = [w for w in self.workers if w is not worker]
            worker.end()
            if not worker.ready and not worker.hung and worker.process.returncode > 0:
                raise TitoError(f"A grading process could not be started; see {self.log}.", "tito doctor", ENVIRONMENT)
            answer = {"trouble": HUNG if worker.hung else DIED}
        job, worker.job = worker.job, None
        return (job, answer) if job else None

    def _end_hung(self) -> None:
        """Kill a worker that is over every deadline that it should keep itself."""
        patience = 2 * self.terms.seconds + self.terms.cell_seconds + 600
        for worker in self.workers:
            if worker.job and time.monotonic() - worker.began > patience:
                worker.hung = True
                worker.process.kill()


class _Worker:
    """A worker process, and the thread that listens to it; the thread's last word on it is an empty line."""

    def __init__(self, terms: Terms, log: Path, events: queue.SimpleQueue):
        command = [sys.executable, "-P", "-m", "tito.grading.engines.worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        with privacy.log(log) as file:
            self.process = subprocess.Popen(
                command, stderr=file, env=_environment(), start_new_session=True, **pipes
            )  # a session of its own: Ctrl-C is the leader's to hear
        self.events, self.job, self.module = events, None, ""
        self.ready = self.hung = False
        self._write(asdict(terms))
        threading.Thread(target=self._listen, daemon=True).start()

    def give(self, job: Job) -> None:
        """Send a job."""
        self.job, self.module, self.began = job, job.module, time.monotonic()
        self._write({"bundle": str(job.bundle), "file": str(job.file)})

    def _write(self, value: dict) -> None:
        try:
            self.process.stdin.write(json.dumps(value) + "\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended, which its listener says

    def _listen(self) -> None:
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.events.put((self, line))
        self.process.wait()
        self.events.put((self, ""))

    def end(self) -> None:
        """Kill it; its sandbox ends with it."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            self.process.stdin.close()


def _environment() -> dict[str, str]:
    """This process's, with the tito that it runs, and one thread for numbers."""
    paths = (str(Path(tito.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    programs = os.environ.get("PATH", "") + os.pathsep + os.defpath
    own = {"PATH": programs, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
    return os.environ | one | own
