"""What is known of each submission: the verdict on it, and what the gradebook adds by hand.

A verdict names the submission by the sha256 of its file, never the student.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from tito import notebooks
from tito.course import Module
from tito.grading import nbgrader_jobs, verdict
from tito.grading.classroom import Classroom

GRADED, NEEDS_STAFF, WAITING, MISSING = "graded", "needs_staff", "waiting", "missing"


@dataclass(frozen=True)
class Result:
    """One student's submission of one module.

    status: graded, needs_staff, waiting (no verdict yet) or missing (nothing was handed in).
    verdict: as verdict.py describes it, or None.
    marks: from the gradebook (see `marks`), or {} where it knows nothing of the submission.
    """

    module: Module
    student: str
    status: str
    reason: str = ""
    verdict: dict | None = None
    marks: dict = field(default_factory=dict)
    by_nbgrader: bool = False  # graded by plain `nbgrader autograde`: no verdict

    @property
    def points(self) -> float | None:
        """The points that count: corrections by hand, extra credit and late penalties included."""
        if self.status != GRADED:
            return None
        if self.marks:
            return max(0.0, self.marks["score"] - self.marks["penalty"])
        return float(sum(c["points"] for c in self.verdict["checks"])) if self.verdict else None

    @property
    def needs_review(self) -> bool:
        """Whether nbgrader wants somebody to look at it."""
        return self.status == GRADED and bool(self.marks.get("needs_manual_grade"))


def folder(classroom: Classroom) -> Path:
    """Where the verdicts stand."""
    return classroom.root / ".tito" / "verdicts"


def verdicts(classroom: Classroom) -> dict[tuple[str, str], dict]:
    """Every verdict by its module and the sha256 of its submission; of several the newest."""
    found = {}
    for file in sorted(folder(classroom).rglob("*.json"), key=lambda f: (f.stat().st_mtime_ns, f.name)):
        if not file.name.startswith("."):
            known = verdict.read(file)
            found[known["module"], known["submission"]] = known
    return found


def notebook(classroom: Classroom, verdict: dict) -> dict:
    """The notebook that a verdict is about, rebuilt from the release and the student's cells; no cells if none is."""
    file = folder(classroom) / f"{verdict['key']}.ipynb"
    return notebooks.read(file) if file.is_file() else {"cells": []}


def digest(file: Path) -> str:
    """The sha256 of a submission's file, "" where there is none that is a file of its own."""
    if file.is_symlink() or not file.is_file():
        return ""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def marks(classroom: Classroom, modules: list[Module]) -> tuple[dict[tuple[str, str], dict], dict[str, float]]:
    """What the gradebook holds of each module and student, and each module's maximum.

    {"score", "penalty", "needs_manual_grade", "cells": {grade_id: {"auto", "manual", "extra", "max"}},
    "comments": {grade_id: text that a grader wrote}}
    """
    if not modules:
        return {}, {}
    book = nbgrader_jobs.scores(classroom, [m.slug for m in modules])
    return {(row["assignment"], row["student"]): row for row in book["rows"]}, book["max"]


def of_class(classroom: Classroom, modules: list[Module], students: tuple[str, ...] = ()) -> list[Result]:
    """The result of every submission of `modules` (of `students`, if any are named), by module, then student."""
    known, (book, _) = verdicts(classroom), marks(classroom, modules)
    return [
        result(classroom, module, student, known, book.get((module.slug, student), {}))
        for module in modules
        for student in classroom.submissions(module)
        if not students or student in students
    ]


def result(classroom: Classroom, module: Module, student: str, known: dict, marks: dict) -> Result:
    """What is known of one submission, given all verdicts and the gradebook's entry."""
    file = classroom.submission(module, student)
    if not file.is_file():
        return Result(module, student, MISSING)
    found = known.get((module.slug, digest(file)))
    if found is None or found["status"] == verdict.RETRY:
        graded = bool(marks) and _by_nbgrader(classroom, module, student)
        return Result(module, student, GRADED if graded else WAITING, marks=marks, by_nbgrader=graded)
    status = GRADED if found["status"] == verdict.GRADED else NEEDS_STAFF
    return Result(module, student, status, found["reason"], found, marks)


def _by_nbgrader(classroom: Classroom, module: Module, student: str) -> bool:
    """Whether plain `nbgrader autograde` graded the submission after it came."""
    autograded = classroom.root / "autograded" / student / module.slug / f"{module.name}.ipynb"
    submission = classroom.submission(module, student)
    return autograded.is_file() and autograded.stat().st_mtime >= submission.stat().st_mtime


def known_student(classroom: Classroom, student: str) -> None:
    """Raise an error unless the student is in the roster or has handed something in."""
    if not (classroom.root / "submitted" / student).is_dir():
        classroom.student(student)
