"""The pages that go back to students: nbgrader's feedback, and a plain page where nothing could be graded."""

import html
import itertools
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError
from tito.files import write_atomic
from tito.grading import grade, nbgrader_jobs, pages
from tito.grading.classroom import Classroom, check_ready


def write(classroom: Classroom, modules: list[Module], students: tuple[str, ...] = (), heard=None) -> list[dict]:
    """Write the page of each submission; returns module, student, status, path and problem of each."""
    check_ready(classroom)
    rows = [
        grade.record(classroom, m, s) | {"_module": m}
        for m in modules
        for s in classroom.submissions(m)
        if not students or s in students
    ]
    made = [r for r in rows if r["status"] == grade.GRADED]
    items = [{"assignment": r["module"], "student": r["student"], "notebook": r["_module"].name} for r in made]

    done = itertools.count(1)

    def take(index: int, answer: dict) -> None:
        if not answer["problem"]:
            _mend(classroom, made[index]["_module"], made[index]["student"])
        if heard:
            heard(next(done), len(made), made[index])

    answers = nbgrader_jobs.run(classroom, "feedback", items, take, nbgrader_jobs.at_once())
    problems = {(r["module"], r["student"]): a["problem"] for r, a in zip(made, answers, strict=True)}
    for row in rows:
        module = row.pop("_module")
        row["problem"] = problems.get((row["module"], row["student"]), "")
        row["path"] = ""
        if row["status"] == grade.NEEDS_STAFF:
            write_atomic(page(classroom, module, row["student"]), _plain_page(module, row))
        if row["status"] != "waiting" and not row["problem"]:
            row["path"] = str(page(classroom, module, row["student"]).relative_to(classroom.root))
    return rows


def page(classroom: Classroom, module: Module, student: str) -> Path:
    """Where a student's page stands; `nbgrader release_feedback` takes it from there."""
    return classroom.root / "feedback" / student / module.slug / f"{module.name}.html"


def _mend(classroom: Classroom, module: Module, student: str) -> None:
    path = page(classroom, module, student)
    title = f"{module.slug}: {module.title} ({student})"
    write_atomic(path, pages.mend(path.read_text(encoding="utf-8"), title))


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, sans-serif; color: #222; }}
body {{ max-width: 46em; margin: 3em auto; padding: 0 1em; }}
h1 {{ font-size: 1.6em; }}
.reason {{ border-left: 4px solid #c33; padding: .6em 1em; background: #fbf1f1; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{student}: your notebook came in, but it could not be graded. It has no score, which is not the same as 0 points.</p>
<p class="reason">{reason}</p>
<p>{advice}</p>
</body>
</html>
"""
_ADVICE = (
    "Open the notebook in JupyterLab. If it does not open, bring back a good copy (<code>tito undo</code>, or "
    "<code>tito reset {slug}</code> and fill it in again), run <code>tito test {slug}</code>, and hand it in once "
    "more: <code>tito submit {slug}</code>. Your instructor looks at it as well."
)


def _plain_page(module: Module, row: dict) -> str:
    facts = {"title": f"{module.slug}: {module.title}", "student": row["student"], "reason": row["reason"]}
    advice = _ADVICE.format(slug=module.slug)
    sentence = facts["reason"][:1].upper() + facts["reason"][1:] + "."
    escaped = {key: html.escape(value) for key, value in (facts | {"reason": sentence}).items()}
    return _PAGE.format(advice=advice, **escaped)


def nothing_graded(rows: list[dict]) -> TitoError | None:
    """The error to raise where there is no page to write yet."""
    if any(r["path"] for r in rows):
        return None
    return TitoError("Nothing has been graded yet, so there is no feedback to write.", "Run: tito class grade")
