"""The table of a class: students and modules, with points from nbgrader's gradebook."""

import csv
import io

from tito.course import Module
from tito.grading import grade, nbgrader_jobs
from tito.grading.classroom import Classroom

GRADED, MISSING = "graded", "missing"


def report(classroom: Classroom, modules: list[Module]) -> dict:
    """For each student and module: status (graded, needs_staff, waiting, missing), reason, points.

    Points count the graders' own corrections and late penalties; what could not be graded has none, which is not 0.
    """
    book = nbgrader_jobs.scores(classroom, [m.slug for m in modules])
    found = {(row["student"], row["assignment"]): row for row in book["rows"]}
    roster = {s.id: s.name for s in classroom.students()}
    strangers = {s for m in modules for s in classroom.submissions(m)} - set(roster)
    students = []
    for student, name in [*roster.items(), *((s, s) for s in sorted(strangers))]:
        cells = {m.slug: _cell(classroom, m, student, found.get((student, m.slug))) for m in modules}
        graded = [c["points"] for c in cells.values() if c["points"] is not None]
        students.append(
            {
                "student": student,
                "name": name,
                "in_roster": student in roster,
                "modules": cells,
                "total": sum(graded),
                "complete": len(graded) == len(cells),
            }
        )
    return {
        "modules": [{"module": m.slug, "title": m.title, "max": book["max"][m.slug]} for m in modules],
        "max": sum(book["max"].values()),
        "students": students,
    }


def _cell(classroom: Classroom, module: Module, student: str, row: dict | None) -> dict:
    known = grade.record(classroom, module, student)
    status, points = known["status"], None
    if status == "waiting" and row and grade.autograded(classroom, module, student).is_file() and not known["reason"]:
        status = GRADED if _by_nbgrader(classroom, module, student) else status
    if row and status == GRADED:
        points = max(0.0, row["score"] - row["penalty"])
    review = bool(row and status == GRADED and row["needs_manual_grade"])
    return {"status": status, "reason": known["reason"], "points": points, "needs_review": review}


def _by_nbgrader(classroom: Classroom, module: Module, student: str) -> bool:
    """Whether plain `nbgrader autograde` graded the submission after it came."""
    submission = classroom.submission(module, student)
    return grade.autograded(classroom, module, student).stat().st_mtime >= submission.stat().st_mtime


def shown(cell: dict) -> str:
    """A cell of the table: points, or the word for why there are none ("–": nothing was handed in)."""
    if cell["points"] is not None:
        return number(cell["points"]) + ("*" if cell["needs_review"] else "")
    return "–" if cell["status"] == MISSING else {grade.NEEDS_STAFF: "staff"}.get(cell["status"], cell["status"])


def number(points: float) -> str:
    """Points without needless decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def table(data: dict) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the table, the maximum in the columns' names."""
    numbers = [f"{m['module'][:2]}\n/{number(m['max'])}" for m in data["modules"]]
    columns = ["student", *numbers, f"total\n/{number(data['max'])}"]
    rows = [[s["student"], *(shown(c) for c in s["modules"].values()), number(s["total"])] for s in data["students"]]
    return columns, rows


def to_csv(data: dict) -> str:
    """The table as CSV: for each module its points and its status; quoted, and safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = [head for m in data["modules"] for head in (m["module"], f"{m['module']} status")]
    writer.writerow(["student", "name", *heads, "total", "max"])
    for student in data["students"]:
        cells = []
        for cell in student["modules"].values():
            cells += ["" if cell["points"] is None else number(cell["points"]), cell["status"]]
        row = [student["student"], _harmless(student["name"]), *cells, number(student["total"]), number(data["max"])]
        writer.writerow(row)
    return text.getvalue()


def _harmless(text: str) -> str:
    """A name that a spreadsheet would take for a formula, as plain text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
