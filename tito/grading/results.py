"""What is known of each submission: the verdict on it, and what the gradebook adds by hand.

A verdict names the submission by the sha256 of its file, never the student.
"""

from dataclasses import dataclass, field

from tito import notebooks
from tito.course import Module
from tito.grading import grade, nbgrader_jobs, verdict
from tito.grading.classroom import Classroom, room
from tito.grading.grade import GRADED, NEEDS_STAFF, WAITING


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
    def earlier(self) -> float | None:
        """Where it needs a person: the points that the gradebook holds, of an earlier submission or given by hand."""
        if self.status != NEEDS_STAFF or not self.marks:
            return None
        return max(0.0, self.marks["score"] - self.marks["penalty"])

    @property
    def needs_review(self) -> bool:
        """Whether nbgrader wants somebody to look at it."""
        return self.status == GRADED and bool(self.marks.get("needs_manual_grade"))


def notebook(classroom: Classroom, verdict: dict) -> dict:
    """The notebook that a verdict is about, rebuilt from the release and the student's cells; no cells if none is."""
    file = grade.verdicts_folder(classroom) / f"{verdict['key']}.ipynb"
    return notebooks.read(file) if file.is_file() else {"cells": []}


def marks(classroom: Classroom, modules: list[Module]) -> tuple[dict[tuple[str, str], dict], dict[str, float]]:
    """What the gradebook holds of each module and student, and each module's maximum.

    {"score", "penalty", "needs_manual_grade", "cells": {grade_id: {"auto", "manual", "extra", "max"}},
    "comments": {grade_id: text that a grader wrote}}
    """
    if not modules:
        return {}, {}
    with room(classroom):  # reading it too needs a log
        book = nbgrader_jobs.scores(classroom, [m.slug for m in modules])
    return {(row["assignment"], row["student"]): row for row in book["rows"]}, book["max"]


def of_class(classroom: Classroom, modules: list[Module], students: tuple[str, ...] = ()) -> list[Result]:
    """The result of every submission of `modules` (of `students`, if any are named), by module, then student."""
    book, _ = marks(classroom, modules)
    return [
        result(classroom, module, student, book.get((module.slug, student), {}))
        for module in modules
        for student in classroom.submissions(module)
        if not students or student in students
    ]


def result(classroom: Classroom, module: Module, student: str, marks: dict) -> Result:
    """What is known of one submission, given the gradebook's entry."""
    known = grade.record(classroom, module, student)
    status = known["status"]
    if status in (GRADED, NEEDS_STAFF):
        found = verdict.read(verdict.path(grade.verdicts_folder(classroom), known["key"]))
        return Result(module, student, status, known["reason"], found, marks)
    if status == WAITING and marks and _by_nbgrader(classroom, module, student):
        return Result(module, student, GRADED, marks=marks, by_nbgrader=True)
    return Result(module, student, status)


def _by_nbgrader(classroom: Classroom, module: Module, student: str) -> bool:
    """Whether plain `nbgrader autograde` graded the submission after it came."""
    autograded = grade.autograded(classroom, module, student)
    submission = classroom.submission(module, student)
    return autograded.is_file() and autograded.stat().st_mtime >= submission.stat().st_mtime
