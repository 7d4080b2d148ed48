"""Verdicts into nbgrader's gradebook, with nbgrader's meaning of every number; one process writes.

Automatic scores are the verdict's. Late penalties come from the class's plugin, extra credit and comments of
graders stay. A manual score stays while it is about the same submission; given for an earlier one, it is set aside
(the ledger keeps it) where there is an automatic score, and in both cases the cell asks for review.
"""

import datetime
import importlib.util
import json
import logging
import os
import shutil
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tito import notebooks
from tito.course import Module
from tito.errors import ENVIRONMENT, TitoError
from tito.files import write_atomic
from tito.grading import backup, channels
from tito.grading.classroom import Classroom, Student


@dataclass
class Entry:
    """A verdict to be recorded for a student, and what came of it."""

    module: Module
    student: str
    verdict: dict
    notebook: dict
    stamp: str  # the text of timestamp.txt, "" where there is none
    same: bool  # whether the scores that stand there are about this very submission
    score: float = 0.0
    max_score: float = 0.0
    set_aside: list[tuple[str, float, float]] = field(default_factory=list)  # grade_id, manual, automatic


def url(classroom: Classroom) -> str:
    """Where the gradebook is: what settings.ini says under [grading] db_url, else gradebook.db in the class folder."""
    own = classroom.facts.settings.get("grading", "db_url", fallback="")
    return own or f"sqlite:///{classroom.root / 'gradebook.db'}"


def autograded(classroom: Classroom, module: Module, student: str) -> Path:
    """Where nbgrader has the graded notebook."""
    return classroom.root / "autograded" / student / module.slug / f"{module.name}.ipynb"


def _api():
    """nbgrader's gradebook, without the parts for a notebook server that `import nbgrader` brings along (1 s)."""
    if "nbgrader" in sys.modules:
        from nbgrader import api

        return api
    whole = types.ModuleType("nbgrader")
    whole.__path__ = list(importlib.util.find_spec("nbgrader").submodule_search_locations)
    sys.modules["nbgrader"] = whole
    try:
        return importlib.import_module("nbgrader.api")
    finally:
        del sys.modules["nbgrader"]  # whoever imports it next gets all of it


class Book:
    """The gradebook, open for one run; a context manager."""

    def __init__(self, classroom: Classroom, modules: list[Module]):
        sys.modules.setdefault("rfc3987_syntax", None)  # an optional part of jsonschema: 1 s to import
        os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
        self.api, self.classroom = _api(), classroom
        address = url(classroom)
        if address.startswith("sqlite") and "?" not in address:
            address += "?timeout=60"  # formgrader may be writing
        with _complaints(classroom):
            self.book = self.api.Gradebook(address, classroom.facts.settings["course"]["course_id"])
        self.db = self.book.db
        self.assignments = {m.slug: self._assignment(m) for m in modules}
        self.released = {m.slug: self._released(m) for m in modules}
        self.penalties = _Penalties(classroom)
        self.known = {row[0] for row in self.db.query(self.api.Student.id)}
        self.roster = {s.id: s for s in classroom.students()}
        self.db.rollback()  # nothing is held until there is something to write

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *problem) -> None:
        self.book.close()

    def _assignment(self, module: Module):
        try:
            return self.book.find_assignment(module.slug)
        except self.api.MissingEntry:
            raise TitoError(
                f"{module.slug} is not in the gradebook.", f"Run: tito class release {module.slug}", ENVIRONMENT
            ) from None

    def _released(self, module: Module) -> dict[str, str]:
        cells = notebooks.read(self.classroom.root / "release" / module.notebook)["cells"]
        return {notebooks.grade_id(c): c["source"] for c in cells if notebooks.is_solution(c)}

    def record(self, entries: list[Entry], before: Callable[[], None] = lambda: None) -> None:
        """Write all entries in one transaction, calling `before` it ends; their scores are filled in."""
        with _complaints(self.classroom):
            try:
                self._know({entry.student for entry in entries})
                with self.db.no_autoflush:
                    for entry in entries:
                        self._record(entry)
                before()
                self.db.commit()
            except BaseException:
                self.db.rollback()
                raise

    def _record(self, entry: Entry) -> None:
        submission = self._submission(entry)
        seconds = channels.stamp(entry.stamp)
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None) if seconds else None
        submission.timestamp = moment
        notebook = next(n for n in submission.notebooks if n.notebook.name == entry.module.name)
        checks = {c["grade_id"]: c for c in entry.verdict["checks"]}
        sources = {notebooks.grade_id(c): c["source"] for c in entry.notebook["cells"]}
        released = self.released[entry.module.slug]
        empty = {name for name, text in released.items() if sources.get(name) == text}
        for grade in notebook.grades:
            _grade(grade, checks.get(grade.cell.name), grade.cell.name in empty, entry)
        for comment in notebook.comments:
            comment.auto_comment = "No response." if comment.cell.name in empty else None
        notebook.late_submission_penalty = None
        late = max(0.0, (moment - submission.duedate).total_seconds()) if moment and submission.duedate else 0.0
        score = sum(_score(g) for g in notebook.grades)
        if late:
            notebook.late_submission_penalty = self.penalties.of(entry.student, score, late)
        entry.score, entry.max_score = score, sum(g.cell.max_score for g in notebook.grades)

    def _know(self, names: set[str]) -> None:
        """Have students in the gradebook that are not there yet."""
        for name in sorted(names - self.known):
            facts = self.roster.get(name, Student(name))
            rest = {k: getattr(facts, k) or None for k in ("first_name", "last_name", "email")}
            self.db.add(self.api.Student(id=name, **rest))
        self.db.flush()
        self.known |= names

    def _submission(self, entry: Entry):
        """The student's submission, with an empty grade for each graded cell where it is new."""
        api, assignment = self.api, self.assignments[entry.module.slug]
        query = self.db.query(api.SubmittedAssignment)
        found = query.filter_by(assignment_id=assignment.id, student_id=entry.student).one_or_none()
        if found is None:
            found = api.SubmittedAssignment(assignment=assignment, student_id=entry.student)
            self.db.add(found)
        there = {n.notebook_id: n for n in found.notebooks}
        for notebook in assignment.notebooks:
            own = there.get(notebook.id)
            if own is None:
                own = api.SubmittedNotebook(notebook=notebook, assignment=found)
                self.db.add(own)
            graded, remarked = {g.cell_id for g in own.grades}, {c.cell_id for c in own.comments}
            tasks = list(notebook.task_cells)
            missing = [api.Grade(cell=c, notebook=own) for c in [*notebook.grade_cells, *tasks] if c.id not in graded]
            missing += [
                api.Comment(cell=c, notebook=own) for c in [*notebook.solution_cells, *tasks] if c.id not in remarked
            ]
            self.db.add_all(missing)
        return found


def _grade(grade, check: dict | None, empty: bool, entry: Entry) -> None:
    """One cell's automatic score; a manual one is kept, or set aside, as the module says."""
    before = grade.auto_score
    grade.auto_score = float(check["points"]) if check else (0.0 if empty else None)
    if grade.manual_score is None:
        grade.needs_manual_grade = grade.auto_score is None
        return
    if entry.same and before == grade.auto_score:
        return
    grade.needs_manual_grade = True
    if check and not entry.same:
        entry.set_aside.append((grade.cell.name, grade.manual_score, grade.auto_score))
        grade.manual_score = None


def _score(grade) -> float:
    """The points of a cell as nbgrader counts them."""
    own = grade.manual_score if grade.manual_score is not None else grade.auto_score or 0.0
    return own + (grade.extra_credit or 0.0)


class _Penalties:
    """The class's plugin for late submissions, made when the first one is late."""

    def __init__(self, classroom: Classroom):
        self.classroom, self.plugin = classroom, None

    def of(self, student: str, score: float, late: float) -> float | None:
        """The penalty, as nbgrader bounds it: from 0 to the score."""
        self.plugin = self.plugin or self._make()
        penalty = self.plugin.late_submission_penalty(student, score, late)
        return None if penalty is None else min(max(0.0, penalty), score)

    def _make(self):
        from nbgrader.preprocessors import AssignLatePenalties
        from traitlets.config import PyFileConfigLoader

        config = PyFileConfigLoader("nbgrader_config.py", path=str(self.classroom.root)).load_config()
        step = AssignLatePenalties(config=config)
        step.init_plugin()
        step.plugin_inst.log.setLevel(logging.ERROR)
        return step.plugin_inst


def write_notebook(classroom: Classroom, entry: Entry) -> None:
    """The autograded notebook and its time, where they are not the same already."""
    target = autograded(classroom, entry.module, entry.student)
    text = json.dumps(entry.notebook, sort_keys=True, ensure_ascii=False) + "\n"  # indented it takes ten times as long
    if not target.is_file() or target.read_bytes() != text.encode():
        if target.is_symlink() or target.is_dir():
            shutil.rmtree(target) if not target.is_symlink() else target.unlink()
        write_atomic(target, text)
    stamp = target.with_name("timestamp.txt")
    if entry.stamp:
        write_atomic(stamp, entry.stamp)
    else:
        stamp.unlink(missing_ok=True)


class _complaints:
    """Database errors as one message."""

    def __init__(self, classroom: Classroom):
        self.classroom = classroom

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        if isinstance(error, (SQLAlchemyError, ImportError)):
            reason = " ".join(str(getattr(error, "orig", None) or error).split())
            raise backup.complaint(self.classroom, reason) from None
