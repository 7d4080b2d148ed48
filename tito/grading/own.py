"""Judging one's own notebook as it will be graded: the visible checks, through the judge, on this machine.

The student's process runs without a sandbox here: it is one's own code. What came before the module is the
workspace's own package, where grading takes the reference.
"""

import copy
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tito import cells, notebooks
from tito.check import FAILED, OPEN, PASSED, Check, Checks
from tito.course import Course, Module
from tito.errors import ENVIRONMENT, TitoError
from tito.grading import judge, plain


def run(
    course: Course,
    module: Module,
    exercise: str | None = None,
    timeout: float = 60,
    *,
    each: Callable[[Check], None] | None = None,
    everything: bool = False,
) -> Checks:
    """Judge the visible checks of a module's notebook, or of one exercise; the arguments are those of `check.run`."""
    if not hasattr(os, "fork"):
        raise TitoError("The judge needs Linux or macOS.", "Without it: tito test, without --judge", ENVIRONMENT)
    own = notebooks.read(notebooks.notebook_path(course, module))
    pristine = _pristine(course, module, own)
    exercises = notebooks.exercises(pristine)
    wanted = set(notebooks.exercise(pristine, exercise, module).checks) if exercise else None
    found = Checks()

    def take(result: judge.CheckResult) -> None:
        if wanted is None or result.grade_id in wanted:
            names = tuple(e.name for e in exercises if result.grade_id in e.checks)
            found.append(_check(result, names))
            if each:
                each(found[-1])

    clean = _clean(own, pristine, wanted)
    deadlines = judge.Deadlines(call=timeout, cell=timeout, whole=3600)
    with tempfile.TemporaryDirectory(prefix="tito-judge-") as folder, _host(course, module, folder) as host:
        judged = judge.run(clean, pristine, host.start, deadlines, everything=everything, each=take)
    found.notes += judged.notes
    return found


def _host(course: Course, module: Module, folder: str) -> plain.Host:
    return plain.Host(plain.bundle(course, module, Path(folder, "bundle")))


def _pristine(course: Course, module: Module, own: dict) -> dict:
    """The notebook as it was released, or in the course as it was built, without hidden tests."""
    notebook = copy.deepcopy(own if course.kind == "course" else notebooks.read(module.path))
    for cell in notebook["cells"]:
        if notebooks.is_test(cell):
            cell["source"] = cells.without_hidden_tests(cell["source"])
    return notebook


def _clean(own: dict, pristine: dict, wanted: set[str] | None) -> list[dict]:
    """The cells of one's own notebook, each graded one once, and the checks that it lacks."""
    kept, seen = [], set()
    checks = {notebooks.grade_id(c) for c in pristine["cells"] if notebooks.is_test(c)}
    for cell in judge.clean_cells(own):
        name = cell["grade_id"]
        if name not in seen and not (wanted is not None and name in checks - wanted):
            kept.append(cell)
        seen |= {name} - {""}
    missing = [c for c in judge.clean_cells(pristine) if c["grade_id"] in checks - seen]
    return kept + [c for c in missing if wanted is None or c["grade_id"] in wanted]


def _check(result: judge.CheckResult, exercises: tuple[str, ...]) -> Check:
    status = {judge.PASSED: PASSED}.get(result.status, FAILED)
    if result.message == judge.UNFILLED:
        status = OPEN
    return Check(
        result.grade_id, result.title, status, result.message, result.seconds, float(result.max_points), exercises
    )
