"""Run a notebook's visible checks quickly: one plain Python process, one verdict per check.

passed    the check ran through
failed    it did not, and the exercise's own code is to blame
waiting   it did not, because an earlier exercise that it needs is open or fails
open      the exercise is not filled in yet
"""

import contextlib
import json
import linecache
import os
import queue
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tito import cells, free_names, notebooks
from tito.course import COURSE, Course, Module
from tito.errors import ENVIRONMENT, TitoError
from tito.notebooks import grade_id

PASSED, FAILED, WAITING, OPEN = "passed", "failed", "waiting", "open"
_STUB = re.compile(r"raise NotImplementedError(\(\))?")
_RESTARTS = 3  # a process that dies is started again without the cell that killed it, so many times
_GRACE = 3.0  # seconds after the limit in which the child may still interrupt itself
_DEMONSTRATION = 6  # times the limit, for a cell that is neither exercise nor check: it may train a model


@dataclass(frozen=True)
class Check:
    """One check of a notebook, and how it went."""

    grade_id: str
    title: str
    status: str
    message: str
    seconds: float
    points: float
    exercises: tuple[str, ...]

    def facts(self) -> dict:
        """The check as plain data, for --json."""
        return {**asdict(self), "exercises": list(self.exercises)}


class Checks(list):
    """The checks in order, and `notes`: what else went wrong on the way."""

    def __init__(self, checks=(), notes=()):
        super().__init__(checks)
        self.notes = list(notes)


def run(
    course: Course,
    module: Module,
    exercise: str | None = None,
    timeout: float = 60,
    *,
    each: Callable[[Check], None] | None = None,
    everything: bool = False,
    notebook: Path | None = None,
) -> Checks:
    """Run the visible checks of a module's notebook, or of one exercise; `each` sees every check as it is done.

    Demonstration cells that no check needs are left out unless `everything`. `timeout` is per exercise and check,
    in seconds; demonstrations have six times as long.
    """
    content = notebooks.read(notebook or notebooks.notebook_path(course, module))
    plan = Plan(course, module, content, exercise, everything)
    killers: dict[int, dict] = {}
    told: set[str] = set()
    for attempt in range(_RESTARTS + 1):
        judge = Judge(plan, timeout, each, told)
        killer = _run_child(plan, judge, killers)
        if killer is None:
            break
        killers[killer[0]] = killer[1]
        if attempt == _RESTARTS:
            judge.end(killer[0], 0.0, killer[1])
    judge.finish()
    return Checks(judge.checks, [*plan.notes, *judge.notes])


class Plan:
    """Which cells run, and what is known of them before they do."""

    def __init__(self, course: Course, module: Module, notebook: dict, exercise: str | None, everything: bool):
        self.course, self.module = course, module
        self.released = _released(course, module)
        self.cells = notebook["cells"]
        self.exercises = notebooks.exercises(notebook)
        self.wanted = self._wanted(notebook, exercise)
        self.labels = [self._label(i) for i in range(len(self.cells))]
        self.by_file = {f"<{label}>": i for i, label in enumerate(self.labels)}
        self.sources = [self._source(i) for i in range(len(self.cells))]
        self.missing = self._missing(exercise)
        self.notes = self._duplicates() + self._changed() + self._unexported(notebook, exercise)
        self.names = [self._names(i) for i in range(len(self.cells))]
        self.running = self._running(everything)

    def _wanted(self, notebook: dict, exercise: str | None) -> set[str]:
        checks = {grade_id(c) for c in self.cells if _is_check(c)}
        if exercise:
            checks &= set(notebooks.exercise(notebook, exercise, self.module).checks)
        return checks

    def _label(self, index: int) -> str:
        name = grade_id(self.cells[index])
        first = next(i for i, c in enumerate(self.cells) if grade_id(c) == name)
        return name if name and first == index else f"cell {index + 1}"

    def spoken(self, index: int) -> str:
        """What a note calls the cell: its label; where that is a number, which nobody sees, its first line too."""
        label = self.labels[index]
        if label == grade_id(self.cells[index]):
            return label
        code = (line for line in self.sources[index].splitlines() if line.strip() and not line.startswith("#"))
        return f"{label} ({textwrap.shorten(next(code, ''), 50, placeholder=' …')})"

    def _source(self, index: int) -> str:
        cell = self.cells[index]
        if cell["cell_type"] != "code":
            return ""
        text = cell["source"]
        if _is_check(cell):  # as it was released, and as it will be graded
            text = self.released.get(grade_id(cell), {"source": text})["source"]
        return cells.plain(cells.without_hidden_tests(text))

    def _names(self, index: int) -> cells.Names:
        """The names of a cell, and those that it defined when it was released."""
        found = cells.names(self.sources[index])
        released = self.released.get(grade_id(self.cells[index]))
        if released and self.sources[index]:
            found.defines |= cells.names(released["source"]).defines
        return found

    def _missing(self, exercise: str | None) -> list[dict]:
        """The released checks that the notebook lacks."""
        here = {grade_id(c) for c in self.cells if _is_check(c)}
        return [c for name, c in self.released.items() if _is_check(c) and name not in here and not exercise]

    def _duplicates(self) -> list[str]:
        names = [grade_id(c) for c in self.cells if grade_id(c)]
        twice = sorted({n for n in names if names.count(n) > 1})
        return [f"the cell {n} is in the notebook {names.count(n)} times: delete the copies." for n in twice]

    def _changed(self) -> list[str]:
        """Checks that were edited: what is graded is the released one, so that is what runs."""
        checks = {grade_id(c): c["source"].strip() for c in self.cells if _is_check(c)}
        changed = [n for n, s in checks.items() if n in self.released and self.released[n]["source"].strip() != s]
        return [f"the check {n} was changed in the notebook; the released one was run, as in grading." for n in changed]

    def _unexported(self, notebook: dict, exercise: str | None) -> list[str]:
        """What export will refuse: exported code that leans on cells which are not. Open exercises are left out."""
        mine = {e.index for e in self.exercises if self.wanted & set(e.checks)}
        open_ = {e.index for e in self.exercises if self.is_untouched(e.name)}
        found = {i: text for i, text in free_names.problems(notebook).items() if i not in open_}
        return [f"{text} Export will ask for it." for i, text in found.items() if not exercise or i in mine]

    def is_check(self, index: int) -> bool:
        """Whether the cell is one of the checks asked for."""
        return _is_check(self.cells[index]) and self.labels[index] in self.wanted

    def _running(self, everything: bool) -> list[int]:
        """The cells to run: the checks, all that is graded, locked or exported before them, and what those need."""
        last = max((i for i in range(len(self.cells)) if self.is_check(i)), default=-1)
        chosen, needed = [], set()
        for index in range(len(self.cells) - 1 if everything else last, -1, -1):
            cell, names = self.cells[index], self.names[index]
            if cell["cell_type"] != "code" or not self.sources[index].strip():
                continue
            given = grade_id(cell) and not notebooks.is_test(cell) or cells.is_exported(cell) or names.everything
            if everything or self.is_check(index) or given or (names.defines & needed):
                chosen.append(index)
                needed |= names.uses
        return chosen[::-1]

    def own(self, index: int) -> set[str]:
        """The exercises that the check in this cell judges."""
        name = grade_id(self.cells[index])
        return {e.name for e in self.exercises if name in e.checks}

    def exercise_at(self, index: int) -> str:
        """The exercise that is filled in in this cell, or ""."""
        return next((e.name for e in self.exercises if e.index == index), "")

    def line(self, file: str, number: int) -> str:
        """A line of a cell or a file, stripped."""
        if file in self.by_file:
            lines = self.sources[self.by_file[file]].split("\n")
            return lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return linecache.getline(file, number).strip()

    def is_stub(self, index: int, number: int) -> bool:
        """Whether this line is what the release left in place of a solution."""
        return bool(_STUB.fullmatch(self.line(f"<{self.labels[index]}>", number)))

    def is_untouched(self, name: str) -> bool:
        """Whether the exercise's cell still is as it was released."""
        index = next(e.index for e in self.exercises if e.name == name)
        text = self.cells[index]["source"]
        if name not in self.released:
            return bool(re.search(r"# YOUR CODE HERE\s+raise NotImplementedError\(\)", text))
        return "NotImplementedError" in text and self.released[name]["source"].strip() == text.strip()

    def title(self, index: int) -> str:
        """What the check says of itself: the first line of its function's docstring, else its grade_id."""
        docstring = cells.first_docstring(self.sources[index], "test")
        return docstring.partition("\n")[0].strip().rstrip(".") or grade_id(self.cells[index])


def _is_check(cell: dict) -> bool:
    return notebooks.is_test(cell) and cell["cell_type"] == "code"


def _released(course: Course, module: Module) -> dict[str, dict]:
    """The cells as they were released, by grade_id; in the course there is no such thing."""
    if course.kind == COURSE:
        return {}
    return {grade_id(c): c for c in notebooks.read(module.path)["cells"] if grade_id(c)}


class Judge:
    """Turns the events of the child process into checks, in order."""

    def __init__(self, plan: Plan, timeout: float, each: Callable[[Check], None] | None, told: set[str]):
        self.plan, self.timeout, self.each, self.told = plan, timeout, each, told
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.failed: dict[int, dict] = {}  # cells that did not run, with their errors
        self.bad: set[str] = set()  # exercises with a check that did not pass

    def limit(self, index: int | None) -> float:
        """The seconds that a cell may take; demonstrations, which may train a model, have more."""
        graded = index is None or self.plan.is_check(index) or self.plan.exercise_at(index)
        return self.timeout if graded else _DEMONSTRATION * self.timeout

    def end(self, index: int, seconds: float, error: dict | None) -> None:
        """Take note of how a cell went."""
        if self.plan.is_check(index):
            self._add(index, seconds, error)
        elif error:
            follows = bool(self._stub(error) or self._culprit(error, index) is not None)
            self.failed[index] = error
            if not self.plan.exercise_at(index) and not follows:
                self.notes.append(f"{self.plan.spoken(index)} did not run: {self._describe(error)}")

    def finish(self) -> None:
        """Say of checks that never ran that they did not: the process died too often, or their cells are gone."""
        plan, done = self.plan, {c.grade_id for c in self.checks}
        for index in range(len(plan.cells)):
            if plan.is_check(index) and grade_id(plan.cells[index]) not in done:
                self._tell(index, FAILED, "not run: the Python process ended too often before it.", 0.0)
        for cell in plan.missing:
            message = f"this check is missing from the notebook. Bring it back: tito reset {plan.module.slug}"
            self._report(Check(grade_id(cell), grade_id(cell), FAILED, message, 0.0, notebooks.points(cell), ()))

    def _add(self, index: int, seconds: float, error: dict | None) -> None:
        status, message = self._verdict(index, error) if error else (PASSED, "")
        self._tell(index, status, message, seconds)

    def _tell(self, index: int, status: str, message: str, seconds: float) -> None:
        plan, cell = self.plan, self.plan.cells[index]
        own = tuple(e.name for e in plan.exercises if e.name in plan.own(index))
        if status != PASSED:
            self.bad |= set(own)
        points = float(notebooks.points(cell))
        self._report(Check(grade_id(cell), plan.title(index), status, message, seconds, points, own))

    def _report(self, check: Check) -> None:
        self.checks.append(check)
        if self.each and check.grade_id not in self.told:
            self.told.add(check.grade_id)
            self.each(check)

    def _verdict(self, index: int, error: dict) -> tuple[str, str]:
        """Who is to blame, asked in this order: the exercise's own cell, an earlier cell, the check's own words."""
        own = self.plan.own(index)
        for cell in self.failed:
            if self.plan.exercise_at(cell) in own:
                return self._blame(cell, own)
        if any(self.plan.is_untouched(name) for name in own):
            return OPEN, "not filled in yet"
        stub = self._stub(error)
        if stub:
            return (OPEN, "not filled in yet") if stub in own else (WAITING, f"waiting for {stub}")
        culprit = self._culprit(error, index)
        if culprit is not None:
            return self._blame(culprit, own)
        return self._by_calls(error, own) or (FAILED, self._describe(error) + self._elsewhere(error, own))

    def _elsewhere(self, error: dict, own: set[str]) -> str:
        """A line that says so where the error came up in the code of another exercise, whose own check passes."""
        file, _ = (self._mine(error) or [("", 0)])[-1]
        name = self.plan.exercise_at(self.plan.by_file[file]) if file in self.plan.by_file else ""
        if not name or name in own:
            return ""
        return f"\nThis line is in {name}, which {' and '.join(sorted(own))} uses. Look at both."

    def _culprit(self, error: dict, index: int) -> int | None:
        """The cell before `index` that would have defined the missing name, had it run."""
        for cell in self.failed:
            names = self.plan.names[cell]
            if cell < index and error["name"] and error["name"] in names.defines | names.attributes:
                return cell
        return None

    def _by_calls(self, error: dict, own: set[str]) -> tuple[str, str] | None:
        """Waiting, where the check went through code of an earlier exercise that is open or fails."""
        called = {self.plan.by_file.get(f) for f in [*error["called"], *(f for f, _ in error["frames"])]}
        for exercise in self.plan.exercises:
            if exercise.index in called and exercise.name in self.bad - own:
                return WAITING, f"waiting for {exercise.name}"
        file, number = (self._mine(error) or [("", 0)])[-1]
        if (
            error["type"] == "NotImplementedError"
            and file.endswith(".py")
            and _STUB.fullmatch(self.plan.line(file, number))
        ):
            return WAITING, f"waiting for module {Path(file).stem}: {self._describe(error)}"
        return None

    def _blame(self, cell: int, own: set[str]) -> tuple[str, str]:
        """The verdict on a check that fails because this earlier cell did not run."""
        error, name = self.failed[cell], self.plan.exercise_at(cell)
        stub = self._stub(error)
        if stub:
            return (OPEN, "not filled in yet") if stub in own else (WAITING, f"waiting for {stub}")
        if name and name not in own:
            return WAITING, f"waiting for {name}"
        culprit = self._culprit(error, cell)
        if culprit is not None:
            return self._blame(culprit, own)
        if not name:
            return WAITING, f"waiting for {self.plan.labels[cell]}: {self._describe(error)}"
        return FAILED, self._describe(error)

    def _stub(self, error: dict) -> str:
        """The exercise whose unfilled stub raised this, or ""."""
        if error["type"] != "NotImplementedError" or not error["frames"]:
            return ""
        file, number = error["frames"][-1]
        index = self.plan.by_file.get(file)
        return self.plan.exercise_at(index) if index is not None and self.plan.is_stub(index, number) else ""

    def _place(self, error: dict) -> tuple[str, int] | None:
        """The line to show: the innermost one of an exercise that the error passed through, else of any of ours."""
        mine = self._mine(error)
        written = [(f, n) for f, n in mine if f in self.plan.by_file and self.plan.exercise_at(self.plan.by_file[f])]
        return (written or mine or [None])[-1]

    def _mine(self, error: dict) -> list[tuple[str, int]]:
        """The lines of the notebook and of the student's own package that the error passed through, outermost first."""
        package = str(self.plan.course.package / "core")
        return [(f, n) for f, n in error["frames"] if f in self.plan.by_file or f.startswith(package)]

    def _describe(self, error: dict) -> str:
        text, kind = error["text"].strip(), error["type"]
        if len(text) > 2000:
            text = text[:2000] + " …"
        if kind == "AssertionError" and text:
            return text
        text = {
            "AssertionError": "the check does not hold",
            "SystemExit": "the code ended the program (sys.exit or quit)",
            "PrintedTooMuch": "printed more than 5 million characters: is there a print in a loop?",
        }.get(kind) or (text if kind in ("Crash", "TookTooLong") else f"{kind}: {text}" if text else kind)
        place = self._place(error)
        return f"{text}\n{self._location(*place)}" if place else text

    def _location(self, file: str, number: int) -> str:
        if file in self.plan.by_file:
            where = f"{file[1:-1]}, line {number}"
        else:
            where = f"{Path(file).relative_to(self.plan.course.root).as_posix()}, line {number}"
        return f"{where}: {self.plan.line(file, number)}"


def _run_child(plan: Plan, judge: Judge, killers: dict[int, dict]) -> tuple[int, dict] | None:
    """Run the plan in a child; None, or the cell that ended or blocked the process, and how."""
    job = {
        "cells": [
            {
                "index": i,
                "file": f"<{plan.labels[i]}>",
                "source": plan.sources[i],
                "check": plan.is_check(i),
                "timeout": judge.limit(i),
                "error": killers.get(i),
            }
            for i in plan.running
        ],
    }
    child = _start(plan)
    try:
        return _listen(child, json.dumps(job).encode(), judge)
    finally:
        _kill(child)


def _start(plan: Plan) -> subprocess.Popen:
    environment = dict(os.environ, MPLBACKEND="Agg", PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8")
    paths = [str(plan.course.root), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
    folder = plan.course.notebooks / plan.module.slug
    command = [sys.executable, "-P", str(Path(__file__).with_name("check_runner.py"))]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        cwd=folder if folder.is_dir() else plan.course.root,
        env=environment,
        start_new_session=os.name == "posix",
    )


def _listen(child: subprocess.Popen, job: bytes, judge: Judge) -> tuple[int, dict] | None:
    events: queue.Queue = queue.Queue()
    threading.Thread(target=_read, args=(child, events), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(job)
        child.stdin.close()
    current = None
    while True:
        try:
            event = events.get(timeout=2 * judge.limit(current) + _GRACE)  # a failed check runs a second time
        except queue.Empty:
            return current, _error("TookTooLong", f"took longer than {judge.limit(current):g} s")
        if event is None:
            return _ended(child, current)
        if "done" in event:
            return None
        if "start" in event:
            current = event["start"]
        else:
            judge.end(current, event["seconds"], event["error"])


def _read(child: subprocess.Popen, events: queue.Queue) -> None:
    for line in child.stdout:
        with contextlib.suppress(ValueError):
            events.put(json.loads(line))
    events.put(None)


def _ended(child: subprocess.Popen, current: int | None) -> tuple[int, dict]:
    """How the process ended, as the error of the cell that was running."""
    code = child.wait()
    if current is None:
        reason = (child.stderr.read().decode(errors="replace").strip().splitlines() or [f"exit code {code}"])[-1]
        raise TitoError(f"The checks could not be run: {reason}.", "Run: tito doctor", ENVIRONMENT)
    if code >= 0:
        return current, _error("Crash", f"the code ended the Python process (exit code {code})")
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    why = {"SIGKILL": ": perhaps the memory ran out", "SIGSEGV": ": a crash in native code"}.get(name, "")
    return current, _error("Crash", f"the Python process was killed ({name}){why}")


def _error(kind: str, text: str = "") -> dict:
    return {"type": kind, "text": text, "name": None, "frames": [], "called": []}


def _kill(child: subprocess.Popen) -> None:
    """End the child and whatever it has started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        with contextlib.suppress(OSError):
            stream.close()
