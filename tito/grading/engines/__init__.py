"""Where submissions are judged: by processes of this machine (`local`), or of a cluster (`dask`).

An engine is a context manager with

    free       how many jobs it can take now
    opened     the modules that its idle parts have open, and those that others are at
    submit     give it a job
    wait       the jobs that are done, each with its answer: [(job, answer)]

It judges, and writes nothing: verdicts are written by the one process that leads the run. An answer is
{"verdict": …, "notebook": …}, or {"trouble": why it was not judged}, for which no submission is to blame.
"""

import collections
from dataclasses import dataclass
from pathlib import Path

NAMES = ("local", "dask")


@dataclass(frozen=True)
class Job:
    """One submission to be judged: its module's bundle, its file, and the key that its verdict must have."""

    module: str
    bundle: Path
    file: Path
    key: str


@dataclass(frozen=True)
class Terms:
    """What all jobs of a run have in common: sandbox, limits, the secret of hidden inputs, the environment's hash.

    outputs: whether demonstrations are run, and what they show is kept.
    """

    level: str = "auto"
    seed: str = ""
    environment: str = ""
    call_seconds: float = 10
    cell_seconds: float = 60
    seconds: float = 300
    memory_mb: int = 1024
    outputs: bool = False


class Waiting:
    """The jobs that wait, by module: to open a module costs a worker as much as judging some submissions."""

    def __init__(self, jobs=()):
        self.jobs: dict[str, collections.deque[Job]] = {}
        for job in jobs:
            self.put(job)

    def __len__(self) -> int:
        return sum(map(len, self.jobs.values()))

    def put(self, job: Job) -> None:
        """Have a job wait, behind the others of its module."""
        self.jobs.setdefault(job.module, collections.deque()).append(job)

    def take(self, idle: list[str], busy: list[str]) -> Job:
        """The next job: of a module that somebody idle has open, else of the longest row at which nobody is busy."""
        left = [m for m, row in self.jobs.items() if row]
        choice = [m for m in left if m in idle] or [m for m in left if m not in busy] or left
        return self.jobs[max(choice, key=lambda m: len(self.jobs[m]))].popleft()
