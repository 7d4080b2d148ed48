"""Plausible wrong solutions, and whether the checks of a module catch them.

tests/mutants/NN_name.py holds percent cells, each a full replacement of one solution cell:

    # %% grade_id: what a student would get wrong
    # %% grade_id! what a student must be told before handing in
    # %% grade_id + another right way to write it

A wrong one must fail a check (`!`: the visible part of one), a right one must pass them all. All of a module's mutants
run in children forked from one process that has the cells before the exercise loaded, so that hundreds take seconds.
`python -m tests.mutants 01_tensor` prints each with what became of it.
"""

import json
import linecache
import os
import re
import selectors
import signal
import subprocess
import sys
import time
import types
from dataclasses import dataclass, replace
from pathlib import Path

from tito import notebooks
from tito.cells import without_hidden_tests
from tito.course import Course, Module
from tito.errors import TitoError

_HEADER = re.compile(r"^# %% +(?P<id>[\w.-]+) *(?P<sign>[:!+]) *(?P<title>\S.*?) *$")


@dataclass(frozen=True)
class Mutant:
    """One replacement of a solution cell; `right` ones must pass every check, `visible` ones fail a visible one."""

    grade_id: str
    right: bool
    title: str
    source: str
    visible: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the first check that failed ("" none), its message, or why it could not be tried."""

    mutant: Mutant
    check: str
    message: str
    seconds: float
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended as it should: wrong ones fail a check, right ones none."""
        return not self.problem and bool(self.check) != self.mutant.right


def path(course: Course, module: Module) -> Path:
    """Where the mutants of a module stand."""
    return course.root / "tests" / "mutants" / f"{module.slug}.py"


def load(file: Path) -> list[Mutant]:
    """The mutants in a file, in its order."""
    found, header, lines = [], None, []
    for number, line in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("# %%"):
            lines.append(line)
            continue
        found += _mutant(header, lines)
        header, lines = _HEADER.match(line), []
        if header is None:
            raise TitoError(f"{file}:{number}: expected '# %% grade_id: title', '! title' or '+ title': {line}")
    return found + _mutant(header, lines)


def _mutant(header: re.Match | None, lines: list[str]) -> list[Mutant]:
    if header is None:
        return []  # what stands before the first cell is a comment
    source, sign = "\n".join(lines).strip("\n"), header["sign"]
    return [Mutant(header["id"], sign == "+", header["title"], source, sign == "!")]


def judge(course: Course, module: Module, mutants: list[Mutant], timeout: float = 10) -> list[Outcome]:
    """Try each mutant in the reference notebook, hidden tests included; `timeout` seconds each."""
    notebook = notebooks.from_source(module.path.read_text(encoding="utf-8"), module.slug)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and _matters(cell)]
    solutions = {notebooks.grade_id(cell) for cell in cells if notebooks.is_solution(cell)}
    for mutant in mutants:
        if mutant.grade_id not in solutions:
            raise TitoError(f"{path(course, module)}: {module.slug} has no solution cell '{mutant.grade_id}'.")
    work = {
        "cells": [[notebooks.grade_id(c), notebooks.is_test(c), _plain(c["source"])] for c in cells],
        "visible": [_plain(without_hidden_tests(c["source"])) for c in cells],
        "mutants": [[m.grade_id, m.right, _plain(m.source), m.visible] for m in mutants],
        "timeout": timeout,
    }
    environment = os.environ | {
        "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(course.root), str(Path(__file__).parent.parent)]),
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "tito.mutants"]
    child = subprocess.run(
        command, input=json.dumps(work), stdout=subprocess.PIPE, text=True, env=environment, check=False
    )
    answers = [json.loads(line) for line in child.stdout.splitlines()]
    if child.returncode or len(answers) != len(mutants):
        reason = answers[-1]["problem"] if answers else f"the process ended with {child.returncode}"
        raise TitoError(f"{module.slug}: the mutants could not be tried: {reason}.")
    return [Outcome(mutants[a.pop("index")], **a) for a in sorted(answers, key=lambda a: a["index"])]


def _matters(cell: dict) -> bool:
    """Whether a check can depend on the cell: plots and measurements are left out, they cost seconds."""
    return bool(notebooks.grade_id(cell)) or bool(re.search(r"(?m)^#\| *export", cell["source"]))


def _plain(source: str) -> str:
    """The cell without IPython's magics, which a plain process cannot run."""
    return re.sub(r"(?m)^[ \t]*[%!].*$", "", source)


# From here on: the child process.


def _serve(work: dict) -> int:
    """Walk through the reference; at each solution cell fork once for each of its mutants."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    notebook = types.ModuleType("__main__")
    sys.modules["__main__"] = notebook
    cells = [_Cell(i, *cell) for i, cell in enumerate(work["cells"])]
    shown = [replace(cell, source=source) for cell, source in zip(cells, work["visible"], strict=True)]
    for position, cell in enumerate(cells):
        for index, (grade_id, right, source, visible) in enumerate(work["mutants"]):
            if grade_id == cell.name and not cell.check:
                later = [_Cell(position, grade_id, False, source), *(shown if visible else cells)[position + 1 :]]
                answer = _fork(later, vars(notebook), work["timeout"], stop=not right)
                print(json.dumps({"index": index, **answer}), file=answers, flush=True)
        message = cell.run(vars(notebook))
        if message:
            problem = f"the reference itself fails at {cell.name or f'cell {position}'}: {message}"
            print(json.dumps({"problem": problem}), file=answers, flush=True)
            return 1
    return 0


@dataclass(frozen=True)
class _Cell:
    position: int
    name: str
    check: bool
    source: str

    def run(self, namespace: dict) -> str:
        """Run the cell; return its error's last line, or ""."""
        file = f"<cell {self.position} {self.name} {hash(self.source)}>"
        linecache.cache[file] = len(self.source), None, self.source.splitlines(keepends=True), file
        try:
            exec(compile(self.source, file, "exec"), namespace)
        except (Exception, SystemExit) as error:
            return f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
        return ""


def _fork(cells: list[_Cell], namespace: dict, timeout: float, stop: bool) -> dict:
    started, (reader, writer) = time.perf_counter(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        with os.fdopen(writer, "w") as pipe:
            _try(cells, namespace, stop, lambda **event: print(json.dumps(event), file=pipe, flush=True))
        os._exit(0)
    os.close(writer)
    events, timed_out = _listen(reader, timeout)
    os.killpg(child, signal.SIGKILL) if timed_out else None
    os.waitpid(child, 0)
    answer = {"check": "", "message": "", "problem": ""} | (events[-1] if events else {})
    running = answer.pop("running", "")
    if timed_out or running:  # the child never came to the end
        answer |= {"check": running, "message": f"no end after {timeout} s" if timed_out else "the process died"}
    if not answer.pop("done", False) and not answer["check"] and not answer["problem"]:
        answer["problem"] = "it did not come as far as a check"
    return {**answer, "seconds": time.perf_counter() - started}


def _listen(reader: int, timeout: float) -> tuple[list[dict], bool]:
    """The events a child sent until it closed the pipe, and whether the time was up first."""
    data, deadline = b"", time.monotonic() + timeout
    with selectors.DefaultSelector() as selector, os.fdopen(reader, "rb", buffering=0) as pipe:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0, deadline - time.monotonic())):
            part = pipe.read(65536)
            if not part:
                return [json.loads(line) for line in data.splitlines()], False
            data += part
    return [json.loads(line) for line in data.splitlines()], True


def _try(cells: list[_Cell], namespace: dict, stop: bool, say) -> None:
    """Run the mutant and the cells after it; tell the first check that fails."""
    first, *later = cells
    message = first.run(namespace)
    if message:
        return say(problem=f"the replacement itself does not run: {message}")
    for cell in later:
        if cell.check:
            say(running=cell.name)
        message = cell.run(namespace)
        if cell.check and message:
            return say(check=cell.name, message=message)
        if message and not stop:
            return say(check=cell.name or f"cell {cell.position}", message=message)
    return say(done=True)


def report(course: Course, module: Module, timeout: float = 10) -> tuple[list[str], bool]:
    """Lines that tell of each mutant of a module, and whether all ended as they should."""
    outcomes = judge(course, module, load(path(course, module)), timeout)
    lines = [_line(outcome) for outcome in outcomes]
    wrong = [o for o in outcomes if not o.mutant.right]
    killed, passed = sum(o.ok for o in wrong), sum(o.ok for o in outcomes if o.mutant.right)
    lines.append(
        f"{module.slug}: {killed} of {len(wrong)} wrong solutions fail a check, "
        f"{passed} of {len(outcomes) - len(wrong)} other right ones pass."
    )
    return lines, all(o.ok for o in outcomes)


def _line(outcome: Outcome) -> str:
    mutant = outcome.mutant
    word = "ok      " if outcome.ok else "BROKEN  " if outcome.problem else "REJECTED" if mutant.right else "SURVIVED"
    sign = "+" if mutant.right else "!" if mutant.visible else ":"
    detail = outcome.problem or (f"{outcome.check}: {outcome.message}" if outcome.check else "")
    first = f"{word} {outcome.seconds:5.2f} s  {mutant.grade_id}{sign} {mutant.title}"
    return f"{first}\n             {detail}" if detail else first


if __name__ == "__main__":
    status = _serve(json.load(sys.stdin))
    os._exit(status)
