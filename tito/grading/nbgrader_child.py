"""The child process of tito.grading.nbgrader_jobs: nbgrader's converters, imported once for many items.

They change the current folder, so they have a process of their own. Standard input: one JSON object with
`parent` (the number of the process that started this one), `root` (the class folder), `action` and `items`. Standard
output: for each item a line {"started": i} and a line {"done": i, "problem": "", ...}.
"""

import json
import logging
import os
import re
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    """Do each item; one that fails says why, and the next one follows."""
    from tito.grading import forked

    forked.die_with_parent()  # what follows a killed command must find nobody at work
    job = json.load(sys.stdin)
    if os.getppid() != job["parent"]:  # it had ended before
        return 1
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    os.umask(0o077)
    os.chdir(job["root"])
    sys.modules.setdefault("rfc3987_syntax", None)  # an optional part of jsonschema: 1 s to import
    work = Work()
    for index, item in job["items"]:
        print(json.dumps({"started": index}), file=answers, flush=True)
        begun = time.monotonic()
        answer = {"problem": ""} | work.attempt(job["action"], item)
        answer["seconds"] = round(time.monotonic() - begun, 3)
        print(json.dumps({"done": index, **answer}), file=answers, flush=True)
    return 0


class Work:
    """nbgrader with the class's configuration."""

    def __init__(self):
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import PyFileConfigLoader
        from traitlets.log import get_logger

        self.config = PyFileConfigLoader("nbgrader_config.py", path=os.getcwd()).load_config()
        if os.name == "posix":  # sockets that only this user can reach; a little faster than TCP, and no port to lose
            self.sockets = tempfile.TemporaryDirectory(prefix="tito-kernels-")
            self.config.KernelManager.transport = "ipc"
            self.config.KernelManager.ip = str(Path(self.sockets.name) / "kernel")
        self.folder = CourseDirectory(config=self.config)
        if self.folder.db_url.startswith("sqlite") and "?" not in self.folder.db_url:
            self.folder.db_url += "?timeout=60"  # several children write to one gradebook
        self.heard = Heard()
        logger = get_logger()
        logger.handlers, logger.propagate = [self.heard], False

    def attempt(self, action: str, item: dict) -> dict:
        """The action's answer, or {"problem": why it failed}."""
        self.heard.lines.clear()
        try:
            return getattr(self, action)(**item) or {}
        except (Exception, SystemExit) as error:
            return {"problem": plain(self.heard.reason() or f"{type(error).__name__}: {error}")}

    def gradebook(self):
        """nbgrader's gradebook, to be closed after use."""
        from nbgrader.api import Gradebook

        return Gradebook(self.folder.db_url, self.folder.course_id)

    def convert(self, converter: type, assignment: str, student: str, **traits) -> None:
        """Run one of nbgrader's converters on one assignment of one student."""
        self.folder.assignment_id, self.folder.student_id = assignment, student
        made = converter(coursedir=self.folder, config=self.config, **traits)
        made.force = True
        made.start()

    def student(self, id: str, first_name: str, last_name: str, email: str) -> None:
        """Make a student known to the gradebook."""
        facts = {"first_name": first_name or None, "last_name": last_name or None, "email": email or None}
        with self.gradebook() as book:
            book.update_or_create_student(id, **facts)

    def release(self, assignment: str) -> dict:
        """Make the gradebook's entry of the assignment.

        nbgrader takes the old student's version away first and may then fail, so it makes a new one elsewhere.
        """
        from nbgrader.converters import GenerateAssignment

        with tempfile.TemporaryDirectory(dir=".tito", prefix="release-") as aside:
            self.folder.release_directory = os.path.relpath(aside)
            self.convert(GenerateAssignment, assignment, ".")
        with self.gradebook() as book:
            _note_version(book)
            return {"max_score": book.find_assignment(assignment).max_score}

    def feedback(self, assignment: str, student: str, notebook: str) -> None:
        """Write the feedback page of an autograded submission."""
        from nbgrader.converters import GenerateFeedback

        self.convert(GenerateFeedback, assignment, student)

    def scores(self, assignments: list[str]) -> dict:
        """The gradebook's points of each submission, cell by cell, and each assignment's maximum."""
        rows, most = [], {}
        with self.gradebook() as book:
            for name in assignments:
                assignment = book.find_assignment(name)
                most[name] = assignment.max_score
                details = {s.student.id: _details(s) for s in assignment.submissions}
                for row in book.submission_dicts(name):
                    facts = {key: row[key] for key in ("student", "score", "needs_manual_grade")}
                    rows.append(facts | {"assignment": name} | details[row["student"]])
        return {"rows": rows, "max": most}


def _note_version(book) -> None:
    """Have the gradebook know nbgrader's version of its tables, as `nbgrader db upgrade` needs it.

    nbgrader notes it half a second after it has made the tables, and never again where it was killed between.
    """
    from nbgrader.api import get_alembic_version
    from sqlalchemy import inspect, text

    if not inspect(book.engine).has_table("alembic_version"):
        version = get_alembic_version()
        book.db.execute(text("create table alembic_version (version_num varchar(32) not null)"))
        book.db.execute(text("insert into alembic_version values (:version)"), {"version": version})
        book.db.commit()


def plain(problem: str) -> str:
    """What a database or nbgrader complained of, in one line, without the names of classes and SQLAlchemy's links."""
    said = " ".join(re.sub(r"\(Background on this error at: \S*\)", "", problem).split())
    return re.sub(r"^(?:\w+Error: (?=\()\([\w.]+\)|ArgumentError:) ", "", said).rstrip(".")[:300]


def _details(submission) -> dict:
    """The late penalty, each graded cell's points, and what a grader wrote."""
    cells, comments = {}, {}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            points = {"auto": grade.auto_score, "manual": grade.manual_score, "extra": grade.extra_credit}
            cells[grade.name] = points | {"max": grade.max_score}
        comments |= {c.name: c.manual_comment for c in notebook.comments if c.manual_comment}
    return {"penalty": submission.late_submission_penalty or 0, "cells": cells, "comments": comments}


class Heard(logging.Handler):
    """Keeps what nbgrader logs as an error."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.lines.append(record.getMessage())

    def reason(self) -> str:
        """The last line of the first traceback, else the first error."""
        traces = [text for text in self.lines if text.startswith("Traceback")]
        lines = [line.strip() for line in (traces or self.lines or [""])[0].splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith("(Background on this error")]
        if not lines:
            return ""
        return (lines[-1] if traces else lines[0])[:300]


if __name__ == "__main__":
    here = str(Path(__file__).parent)
    sys.path[:] = [*(p for p in sys.path if p != here), str(Path(here).parent.parent)]  # tito, for nbgrader_parts
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
