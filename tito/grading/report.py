"""What a class did: points by student and module, failure rates by check, and how the points are spread."""

import collections
import csv
import io
import re
from collections.abc import Callable

from tito.course import Module
from tito.grading import judge, results
from tito.grading.classroom import Classroom, Student
from tito.grading.grade import GRADED, MISSING, NEEDS_STAFF
from tito.grading.results import Result

HIDDEN = "fails in its hidden tests"
BINS = 10
_SHORT = {MISSING: "–", NEEDS_STAFF: "staff"}


def report(classroom: Classroom, modules: list[Module]) -> dict:
    """The table (`students`), `checks` by failure rate, and `spread`: submissions by tenth of the points.

    For each student and module: status (graded, needs_staff, waiting, missing), reason, points. Points count the
    graders' own corrections and late penalties; what could not be graded has none, which is not 0.
    """
    book, most = results.marks(classroom, modules)
    roster = {s.id: s.name for s in classroom.students()}
    strangers = {s for m in modules for s in classroom.submissions(m)} - set(roster)
    every, students = [], []
    for student, name in [*roster.items(), *((s, s) for s in sorted(strangers))]:
        found = [results.result(classroom, m, student, book.get((m.slug, student), {})) for m in modules]
        every += found
        facts = {"student": student, "name": name, "in_roster": student in roster}
        students.append(facts | _row(found))
    return {
        "modules": [{"module": m.slug, "title": m.title, "max": most[m.slug]} for m in modules],
        "max": sum(most.values()),
        "students": students,
        "checks": checks(every),
        "spread": {m.slug: spread([r.points for r in every if r.module == m], most[m.slug]) for m in modules},
    }


def _row(found: list[Result]) -> dict:
    cells = {
        r.module.slug: {
            **{"status": r.status, "reason": r.reason, "points": r.points},
            **{"needs_review": r.needs_review, "earlier": r.earlier},
        }
        for r in found
    }
    points = [r.points for r in found if r.points is not None]
    return {"modules": cells, "total": sum(points), "complete": len(points) == len(cells)}


def checks(found: list[Result]) -> list[dict]:
    """Every check, the most often failed first: module, grade_id, title, judged, failed, rate, message, said.

    message: the failure said most often, and `said` how many it was said to.
    """
    judged: dict[tuple[str, str], list[dict]] = collections.defaultdict(list)
    for result in found:
        if result.verdict and result.status == GRADED:
            for check in result.verdict["checks"]:
                judged[result.module.slug, check["grade_id"]].append(check)
    rows = [_rate(module, name, every) for (module, name), every in judged.items()]
    return sorted(rows, key=lambda r: (-r["rate"], -r["failed"], r["module"]))


def _rate(module: str, name: str, every: list[dict]) -> dict:
    failed = [c for c in every if c["status"] != judge.PASSED]
    messages = collections.Counter(_message(c) for c in failed)
    message, said = messages.most_common(1)[0] if messages else ("", 0)
    facts = {"module": module, "grade_id": name, "title": every[0]["title"], "judged": len(every)}
    return facts | {"failed": len(failed), "rate": len(failed) / len(every), "message": message, "said": said}


def _message(check: dict) -> str:
    """A failure's first line; hidden tests keep what they say to themselves."""
    text = HIDDEN if check["hidden"] else check["message"].strip()
    return text.splitlines()[0][:200] if text else check["status"].replace("_", " ")


def spread(points: list[float | None], most: float) -> list[int]:
    """How many submissions earned each tenth of the points; the last tenth holds full marks and more."""
    counts = [0] * BINS
    for own in points:
        if own is not None and most:
            counts[min(BINS - 1, int(BINS * own / most))] += 1
    return counts


def shown(cell: dict) -> str:
    """A cell of the table: points, or the word for why there are none ("–": nothing was handed in)."""
    if cell["points"] is not None:
        return number(cell["points"]) + ("*" if cell["needs_review"] else "")
    return _SHORT.get(cell["status"], cell["status"])


def number(points: float) -> str:
    """Points without needless decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def table(data: dict, modules: list[dict] | None = None) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the table for some of the modules (default: all), the maximum in the columns' names."""
    modules = data["modules"] if modules is None else modules
    columns = ["student", *(f"{m['module'][:2]}\n/{number(m['max'])}" for m in modules)]
    rows = [[s["student"], *(shown(s["modules"][m["module"]]) for m in modules)] for s in data["students"]]
    if modules and modules[-1] is data["modules"][-1]:
        columns.append(f"total\n/{number(data['max'])}")
        rows = [[*row, number(s["total"])] for row, s in zip(rows, data["students"], strict=True)]
    return columns, rows


def bars(counts: list[int], width: int = 40, block: str = "█") -> list[str]:
    """The spread as lines of text, full marks first."""
    most = max([*counts, 1])
    lines = []
    for tenth in reversed(range(BINS)):
        length = round(width * counts[tenth] / most)
        low, high = tenth * 100 // BINS, (tenth + 1) * 100 // BINS
        lines.append(f"{low:3d}–{high:3d} %  {block * max(length, bool(counts[tenth]))} {counts[tenth] or ''}".rstrip())
    return lines


def draw(data: dict) -> bytes:
    """The spread of every module as a PNG, side by side."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    names = [m["module"] for m in data["modules"]]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.3 * rows), dpi=120, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).flat
    tenths = [(i + 0.5) * 100 / BINS for i in range(BINS)]
    for panel, name in zip(panels, names, strict=False):
        panel.bar(tenths, data["spread"][name], width=90 / BINS, color="#2f6fb3")
        panel.set_xlim(0, 100)
        panel.set_title(f"{name} ({sum(data['spread'][name])})", fontsize=9, loc="left")
        panel.spines[["top", "right"]].set_visible(False)
        panel.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        panel.tick_params(labelsize=8)
    for panel in list(panels)[len(names) :]:
        panel.set_visible(False)
    figure.supxlabel("points, in % of the maximum", fontsize=9)
    figure.supylabel("submissions", fontsize=9)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def to_csv(data: dict) -> str:
    """The table as CSV: for each module its points and its status; quoted, and safe to open in a spreadsheet."""
    heads = [head for m in data["modules"] for head in (m["module"], f"{m['module']} status")]
    rows = [["student", "name", *heads, "total", "max"]]
    for student in data["students"]:
        cells = []
        for cell in student["modules"].values():
            cells += [_points(cell), cell["status"]]
        rows.append([student["student"], student["name"], *cells, number(student["total"]), number(data["max"])])
    return _written(rows)


def to_canvas(data: dict, roster: list[Student]) -> str:
    """For Canvas, Grades, Import: students are found by SIS Login ID; empty where there are no points."""
    modules = [m["module"] for m in data["modules"]]
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *modules]]
    rows.append(["    Points Possible", "", "", "", "", *(number(m["max"]) for m in data["modules"])])
    name = lambda s: f"{s.last_name}, {s.first_name}" if s.last_name and s.first_name else s.name  # noqa: E731
    return _for_roster(data, roster, rows, lambda s: [name(s), "", "", s.id, ""])


def to_moodle(data: dict, roster: list[Student]) -> str:
    """For Moodle, Grades, Import, CSV file: map a column to its grade item, and the user by name, number or address."""
    modules = [m["module"] for m in data["modules"]]
    rows = [["First name", "Last name", "Username", "ID number", "Email address", *modules]]
    return _for_roster(data, roster, rows, lambda s: [s.first_name, s.last_name, s.id, s.id, s.email])


def _for_roster(data: dict, roster: list[Student], rows: list[list[str]], person: Callable) -> str:
    """The rows, and one for each student of the roster; others a platform does not know."""
    cells = {s["student"]: s["modules"] for s in data["students"]}
    return _written([*rows, *([*person(s), *map(_points, cells[s.id].values())] for s in roster)])


def _points(cell: dict) -> str:
    return "" if cell["points"] is None else number(cell["points"])


def _written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(text: str) -> str:
    """A cell that a spreadsheet would take for a formula, as plain text; a number stays one."""
    text = re.sub(r"[\t\r\n]", " ", text)
    return f"'{text}" if text.lstrip(" ")[:1] in set("=+-@") else text
