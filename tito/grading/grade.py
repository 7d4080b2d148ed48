"""Grade what was handed in: nbgrader's autograde, once for each submission that is new or changed.

What became of each stands in .tito/graded/NN_name/ID.json, written when it is known: a run that was
stopped goes on where it was.
"""

import hashlib
import json
from pathlib import Path

from tito import notebooks
from tito.course import Module
from tito.errors import TitoError
from tito.files import dump_json, write_atomic
from tito.grading import nbgrader_jobs
from tito.grading.backup import back_up
from tito.grading.classroom import Classroom, check_ready

GRADED, DAMAGED, FAILED = "graded", "damaged", "failed"


def grade(classroom: Classroom, modules: list[Module], students: tuple[str, ...] = (), again: bool = False, heard=None):
    """Grade the submissions of `modules` (of `students`, if any are named) that changed since, or all (`again`).

    Returns a record for each submission: module, student, status, reason, score, max_score, seconds, new.
    heard(number done, number in all, record) is called after each.
    """
    check_ready(classroom)
    every = [(m, s) for m in modules for s in classroom.submissions(m) if not students or s in students]
    work = [pair for pair in every if again or not is_current(classroom, *pair)]
    if work:
        back_up(classroom)
        _grade(classroom, work, heard or (lambda done, count, record: None))
    new = set(work)
    return [record(classroom, m, s) | {"new": (m, s) in new} for m, s in every]


def _grade(classroom: Classroom, work: list[tuple[Module, str]], heard) -> None:
    done, readable = 0, []

    def finish(module: Module, student: str, key: str, **facts) -> None:
        nonlocal done
        done += 1
        heard(done, len(work), _write(classroom, module, student, key, **facts))

    for module, student in work:
        key = _key(classroom, module, student)
        reason = damage(classroom.submission(module, student))
        if reason:
            finish(module, student, key, status=DAMAGED, reason=reason)
        else:
            readable.append((module, student, key))
    roster = {s.id: s for s in classroom.students()}
    nbgrader_jobs.register(classroom, [roster[s] for s in {s for _, s, _ in readable} if s in roster])
    items = [{"assignment": m.slug, "student": s, "notebook": m.name} for m, s, _ in readable]

    def take(index: int, answer: dict) -> None:
        status = FAILED if answer["problem"] else GRADED
        points = {k: answer.get(k) for k in ("score", "max_score")}
        finish(*readable[index], status=status, reason=answer["problem"], seconds=answer.get("seconds", 0.0), **points)

    nbgrader_jobs.run(classroom, "autograde", items, take, nbgrader_jobs.at_once())


def damage(file: Path) -> str:
    """Why a submission cannot be read ("" if it can)."""
    if file.is_symlink():
        return "it is a link to another file"
    try:
        notebooks.read(file)
    except TitoError as error:
        return error.what.removeprefix(str(file)).strip().removeprefix("is damaged: ").removesuffix(".")
    except (OSError, RecursionError, ValueError) as error:
        return f"it cannot be read: {error}"
    return ""


def _key(classroom: Classroom, module: Module, student: str) -> str:
    """What a grade depends on: the submission and its time, and the module as it was released."""
    submission = classroom.submission(module, student)
    files = (submission, submission.with_name("timestamp.txt"), classroom.root / "source" / module.notebook)
    digests = [hashlib.sha256(f.read_bytes() if f.is_file() else b"").hexdigest() for f in files]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _file(classroom: Classroom, module: Module, student: str) -> Path:
    return classroom.root / ".tito" / "graded" / module.slug / f"{student}.json"


def _write(classroom: Classroom, module: Module, student: str, key: str, **facts) -> dict:
    blank = {"status": GRADED, "reason": "", "score": None, "max_score": None, "seconds": 0.0}
    written = {"module": module.slug, "student": student, **blank, **facts}
    write_atomic(_file(classroom, module, student), dump_json({"schema": "tito/graded/1", "key": key, **written}))
    return written


def _stored(classroom: Classroom, module: Module, student: str) -> dict:
    try:
        stored = json.loads(_file(classroom, module, student).read_text(encoding="utf-8"))
        return stored if isinstance(stored, dict) else {}
    except (OSError, ValueError):
        return {}


def is_current(classroom: Classroom, module: Module, student: str) -> bool:
    """Whether this very submission has been graded, or found damaged, already."""
    stored = _stored(classroom, module, student)
    if stored.get("key") != _key(classroom, module, student):
        return False
    return stored["status"] == DAMAGED or (
        stored["status"] == GRADED and autograded(classroom, module, student).is_file()
    )


def autograded(classroom: Classroom, module: Module, student: str) -> Path:
    """Where nbgrader puts the graded notebook."""
    return classroom.root / "autograded" / student / module.slug / f"{module.name}.ipynb"


def record(classroom: Classroom, module: Module, student: str) -> dict:
    """What became of a student's submission; status "missing" or "waiting" where nothing did yet."""
    if not classroom.submission(module, student).is_file():
        return {"module": module.slug, "student": student, "status": "missing", "reason": ""}
    stored = _stored(classroom, module, student)
    current = stored.get("key") == _key(classroom, module, student)
    if not current:
        return {"module": module.slug, "student": student, "status": "waiting", "reason": ""}
    return {k: v for k, v in stored.items() if k not in ("schema", "key")}
