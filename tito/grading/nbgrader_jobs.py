"""nbgrader's work on a class, in child processes: release, autograde, feedback, scores.

A child imports nbgrader once (about 1 s) for all its items. An item that fails is reported by itself; where the
child dies over one, that one is reported and a new child takes the rest.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.files import full_disk
from tito.grading import backup, privacy
from tito.grading.classroom import Classroom, Student

Heard = Callable[[int, dict], None]
_CHILD = Path(__file__).with_name("nbgrader_child.py")
_DIED = "the process that grades it died (out of memory?)"


def run(classroom: Classroom, action: str, items: list[dict], heard: Heard | None = None, most: int = 1) -> list[dict]:
    """Do `action` with each item; return the answers in order ("problem" is "" where all went well).

    heard(i, answer) is called as soon as an answer is there. `most` children may work side by side.
    Ctrl-C stops them before it goes on.
    """
    answers: dict[int, dict] = {}
    events = queue.SimpleQueue()
    pairs, count = list(enumerate(items)), max(1, min(most, len(items)))
    children = [_Child(classroom, action, pairs[i::count], events) for i in range(count) if pairs]
    try:
        while len(answers) < len(items):
            index, answer = events.get()
            if index is None:
                raise answer["error"]
            answers[index] = answer
            if heard:
                heard(index, answer)
    finally:
        for child in children:
            child.stop()
    return [answers[i] for i in range(len(items))]


def at_once() -> int:
    """How many children may grade side by side: one for each core, at most four (they share one gradebook)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, cores)


class _Child(threading.Thread):
    """A child process, and the thread that listens to it; a new one takes over where one dies."""

    def __init__(self, classroom: Classroom, action: str, pairs: list, events: queue.SimpleQueue):
        super().__init__(daemon=True)
        self.classroom, self.action, self.left, self.events = classroom, action, pairs, events
        self.process, self.at, self.stopped, self.lock = None, None, False, threading.Lock()
        self.start()

    def run(self) -> None:
        """Work off the items; an item that kills the child is answered for it."""
        while self.left and not self.stopped:
            self.at = None
            lost = TitoError("nbgrader could not be started.", "Look for what is missing: tito doctor", ENVIRONMENT)
            try:
                self._listen()
            except (OSError, ValueError) as error:  # its pipe broke, or a line of it did; or its log cannot be written
                lost = error if full_disk(error) else lost
            if self.left and self.at is None:
                self.events.put((None, {"error": lost}))
                return
            if self.left and not self.stopped:
                self._answer(self.at, {"problem": _DIED})

    def _listen(self) -> None:
        """One process's run; `at` is the item it began last."""
        command = [sys.executable, "-P", str(_CHILD)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        with self.lock, privacy.log(self.classroom.root / ".tito" / "nbgrader.log") as log:
            if self.stopped:
                return
            self.process = subprocess.Popen(command, stderr=log, env=_environment(), **pipes)
        with self.process as process:
            with contextlib.suppress(BrokenPipeError):
                facts = {"parent": os.getpid(), "root": str(self.classroom.root), "action": self.action}
                json.dump(facts | {"items": self.left}, process.stdin)
                process.stdin.close()
            for line in process.stdout:
                event = json.loads(line)
                self.at = event.get("started", self.at)
                if "done" in event:
                    self._answer(event.pop("done"), event)

    def _answer(self, index: int, answer: dict) -> None:
        self.left = [pair for pair in self.left if pair[0] != index]
        self.events.put((index, answer))

    def stop(self) -> None:
        """End the process as Ctrl-C would, so that it shuts down its kernel; after 10 s by force."""
        with self.lock:
            self.stopped = True
        if self.process and self.left:
            self.process.send_signal(signal.SIGINT)
        self.join(10)
        if self.process and self.process.poll() is None:
            self.process.kill()
        self.join()


def _environment() -> dict:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    return os.environ | one | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def register(classroom: Classroom, students: list[Student]) -> None:
    """Make the gradebook know the roster."""
    _all_well(classroom, run(classroom, "student", [asdict(s) for s in students]))


def scores(classroom: Classroom, slugs: list[str]) -> dict:
    """{"rows": [{student, assignment, score, penalty, needs_manual_grade}], "max": {assignment: points}}."""
    return _all_well(classroom, run(classroom, "scores", [{"assignments": slugs}]))[0]


def _all_well(classroom: Classroom, answers: list[dict]) -> list[dict]:
    for answer in answers:
        if answer["problem"]:
            raise backup.complaint(classroom, answer["problem"])
    return answers
