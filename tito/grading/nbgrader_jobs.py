"""nbgrader's work on a class, in one child process: release, autograde, feedback, scores.

The child imports nbgrader once (about 1 s) for all items. An item that fails is reported by itself; where the
child dies over one, that one is reported and a new child takes the rest.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading.classroom import Classroom, Student

Heard = Callable[[int, dict], None]
_CHILD = Path(__file__).with_name("nbgrader_child.py")
_DIED = "the process that grades it died (out of memory?)"


def run(classroom: Classroom, action: str, items: list[dict], heard: Heard | None = None) -> list[dict]:
    """Do `action` with each item; return the answers in order ("problem" is "" where all went well).

    heard(i, answer) is called as soon as an answer is there. Ctrl-C stops the child before it goes on.
    """
    answers: dict[int, dict] = {}

    def take(index: int, answer: dict) -> None:
        answers[index] = answer
        if heard:
            heard(index, answer)

    left = list(enumerate(items))
    while left:
        last = _child(classroom, action, left, take)
        left = [pair for pair in left if pair[0] not in answers]
        if left and last is None:
            raise TitoError("nbgrader could not be started.", "Look for what is missing: tito doctor", ENVIRONMENT)
        if left:
            take(last, {"problem": _DIED})
            left = [pair for pair in left if pair[0] != last]
    return [answers[i] for i in range(len(items))]


def _child(classroom: Classroom, action: str, pairs: list, take: Heard) -> int | None:
    """One child's run; returns the item it was at when it ended (None: it never began)."""
    log = classroom.root / ".tito" / "nbgrader.log"
    command = [sys.executable, "-P", str(_CHILD)]
    with log.open("ab") as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=_environment(),
        )
    last = None
    try:
        child.stdin.write(json.dumps({"root": str(classroom.root), "action": action, "items": pairs}))
        child.stdin.close()
        for line in child.stdout:
            event = json.loads(line)
            last = event.get("started", last)
            if "done" in event:
                take(event.pop("done"), event)
    except BrokenPipeError:
        pass
    except BaseException:
        _stop(child)
        raise
    finally:
        child.stdout.close()
        child.wait()
    return last


def _stop(child: subprocess.Popen) -> None:
    """End the child as Ctrl-C would, so that it shuts down its kernel; after 10 s by force."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()


def _environment() -> dict:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    return os.environ | one | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def register(classroom: Classroom, students: list[Student]) -> None:
    """Make the gradebook know the roster."""
    _all_well(run(classroom, "student", [asdict(s) for s in students]))


def scores(classroom: Classroom, slugs: list[str]) -> dict:
    """{"rows": [{student, assignment, score, penalty, needs_manual_grade}], "max": {assignment: points}}."""
    return _all_well(run(classroom, "scores", [{"assignments": slugs}]))[0]


def _all_well(answers: list[dict]) -> list[dict]:
    for answer in answers:
        if answer["problem"]:
            raise TitoError(
                f"nbgrader's gradebook: {answer['problem']}.",
                "A copy from before each run stands in the class's .tito/backups/",
                ENVIRONMENT,
            )
    return answers
