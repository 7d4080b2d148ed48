"""Give modules to a class: nbgrader's release, and the gradebook's entry that grading needs."""

import shutil

from tito import notebooks
from tito.course import Module
from tito.errors import USAGE, TitoError
from tito.files import remove_unfinished, write_atomic
from tito.grading import nbgrader_jobs
from tito.grading.backup import back_up
from tito.grading.classroom import Classroom, at_work


def release(classroom: Classroom, texts: tuple[str, ...], heard=None) -> tuple[list[dict], list[str]]:
    """Release the modules that `texts` name (none: every one); returns a row for each, and notes.

    The student's notebook is the same, byte for byte, as in a workspace that `tito init` makes.
    """
    course = classroom.course
    found = [course.module(text) for text in texts] or [(m, "") for m in course.modules]
    modules = list(dict.fromkeys(m for m, _ in found))
    if not modules:
        raise TitoError(f"There are no modules in {course.root}.", "", USAGE)
    with at_work(classroom, "tito class release"):
        rows = _release(classroom, modules, heard)
    return rows, [note for _, note in found if note]


def _release(classroom: Classroom, modules: list[Module], heard) -> list[dict]:
    course = classroom.course
    for folder in ("source", "release"):
        remove_unfinished(classroom.root / folder)
    released = notebooks.release(course, modules)
    for module in modules:
        write_atomic(_source(classroom, module), notebooks.build(course, module).read_bytes())
    back_up(classroom)
    for left in (classroom.root / ".tito").glob("release-*"):  # by a release that was killed
        shutil.rmtree(left, ignore_errors=True)
    answers = nbgrader_jobs.run(classroom, "release", [{"assignment": m.slug} for m in modules], heard)
    rows = []
    for module, answer, file in zip(modules, answers, released, strict=True):
        target = classroom.root / "release" / module.notebook
        if not answer["problem"]:
            write_atomic(target, file.read_bytes())
        points = answer.get("max_score")
        rows.append({"module": module.slug, "title": module.title, "points": points, "problem": answer["problem"]})
    nbgrader_jobs.register(classroom, classroom.students())
    return rows


def _source(classroom: Classroom, module: Module):
    return classroom.root / "source" / module.notebook
