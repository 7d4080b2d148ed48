"""Where submissions are judged: by processes of this machine (`local`), or of a cluster (`dask`).

An engine is a context manager with

    free       how many jobs it can take now
    submit     give it a job
    wait       the jobs that are done, each with its answer: [(job, answer)]

It judges, and writes nothing: verdicts are written by the one process that leads the run. An answer is
{"verdict": …, "notebook": …}, or {"trouble": why it was not judged}, for which no submission is to blame.
"""

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
