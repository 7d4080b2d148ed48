"""A worker of the local engine: a line of JSON in (a job), a line of JSON out (its answer), until the input ends."""

import json
import os
import sys
from pathlib import Path

from tito.errors import TitoError
from tito.grading import forked
from tito.grading.engines import Terms
from tito.grading.engines.work import Bench


def main() -> None:
    """Take the terms from the first line, then do one job after another."""
    forked.die_with_parent()
    os.umask(0o077)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    with Bench(Terms(**json.loads(sys.stdin.readline()))) as bench:
        _say(answers, {"ready": True})
        for line in sys.stdin:
            job = json.loads(line)
            _say(answers, _answer(bench, Path(job["bundle"]), Path(job["file"])))


def _answer(bench: Bench, folder: Path, file: Path) -> dict:
    try:
        raw = file.read_bytes()
    except OSError as error:
        return {"trouble": f"its file cannot be read: {error.strerror}"}
    try:
        return bench.answer(folder, raw)
    except TitoError as error:  # this machine, or the bundle: no submission is to blame
        return {"unfit": [error.what, error.do]}
    except OSError as error:
        return {"trouble": f"the machine that grades it: {error}"}


def _say(answers, value: dict) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
