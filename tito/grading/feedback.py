"""The pages that go back to students: one for each student and module, which needs nothing but itself."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tito import cells, notebooks
from tito.course import Module
from tito.errors import TitoError
from tito.files import remove_unfinished, write_atomic
from tito.grading import judge, markup, pages, results
from tito.grading.classroom import Classroom, at_work
from tito.grading.results import GRADED, NEEDS_STAFF, Result

_HIDDEN = "It fails in tests that you do not see."
_WORDS = {judge.TIMEOUT: "took too long", judge.NOT_RUN: "not run", judge.ERROR: "could not be judged"}


def write(
    classroom: Classroom, modules: list[Module], students: tuple[str, ...] = (), heard=None, reveal: bool = False
) -> list[dict]:
    """Write the page of each submission; returns module, student, status, path and problem of each.

    reveal: with the hidden tests, and what they said.
    """
    with at_work(classroom, "tito class feedback"):
        return _write(classroom, modules, students, heard, reveal)


def _write(classroom: Classroom, modules: list[Module], students: tuple[str, ...], heard, reveal: bool) -> list[dict]:
    remove_unfinished(classroom.root / "feedback")
    found = results.of_class(classroom, modules, students)
    names = {s.id: s.name for s in classroom.students()}
    tests = {m.slug: _checks(classroom, m) if reveal else {} for m in modules}
    rows = []
    for result in found:
        row = {"module": result.module.slug, "student": result.student, "status": result.status, "path": ""}
        row["problem"] = _problem(result)
        if not row["problem"]:
            target = page(classroom, result.module, result.student)
            name = names.get(result.student, result.student)
            write_atomic(target, _document(classroom, result, name, tests[result.module.slug], reveal))
            row["path"] = str(target.relative_to(classroom.root))
        rows.append(row)
        if heard:
            heard(len(rows), len(found), row)
    return rows


def _problem(result: Result) -> str:
    if result.by_nbgrader:
        return "graded by nbgrader autograde: nbgrader generate_feedback writes its page"
    return "" if result.verdict and result.status in (GRADED, NEEDS_STAFF) else "not graded yet (tito class grade)"


def page(classroom: Classroom, module: Module, student: str) -> Path:
    """Where a student's page stands; `nbgrader release_feedback` takes it from there."""
    return classroom.root / "feedback" / student / module.slug / f"{module.name}.html"


def nothing_graded(rows: list[dict]) -> TitoError | None:
    """The error to raise where there is no page to write yet."""
    if any(r["path"] for r in rows):
        return None
    return TitoError("Nothing has been graded yet, so there is no feedback to write.", "Run: tito class grade")


def _checks(classroom: Classroom, module: Module) -> dict[str, str]:
    """The source of every check with its hidden tests, by grade_id."""
    built = notebooks.read(classroom.root / "source" / module.notebook)
    return {notebooks.grade_id(c): c["source"] for c in built["cells"] if notebooks.is_test(c)}


def _document(classroom: Classroom, result: Result, name: str, tests: dict[str, str], reveal: bool) -> str:
    stamp = classroom.submission(result.module, result.student).with_name("timestamp.txt")
    notebook = results.notebook(classroom, result.verdict) if result.status == GRADED else {"cells": []}
    facts = {"name": name, "handed_in": stamp.read_text(encoding="utf-8", errors="replace") if stamp.is_file() else ""}
    return document(result, notebook, tests=tests, reveal=reveal, **facts)


def document(
    result: Result,
    notebook: dict,
    *,
    name: str = "",
    handed_in: str = "",
    tests: dict[str, str] | None = None,
    reveal: bool = False,
) -> str:
    """The page of a result that has a verdict.

    notebook: rebuilt, without hidden tests. tests: the checks with them, which `reveal` shows.
    """
    view = _View(result, notebook, tests or {}, reveal)
    parts = [_head(result, name or result.student, handed_in)]
    parts += [view.score(), view.notes(), view.table(), *view.sections()] if result.status == GRADED else [view.staff()]
    parts.append(_foot(result.verdict))
    title = f"{result.module.slug}: {result.module.title} ({result.student})"
    return pages.document(title, "\n".join(filter(None, parts)))


def _head(result: Result, name: str, handed_in: str) -> str:
    person = name if name == result.student else f"{name} ({result.student})"
    moment = f" · handed in {markup.text(handed_in.strip()[:40])}" if handed_in.strip() else ""
    return (
        f'<p class="over">Module {markup.text(result.module.slug[:2])} · {markup.text(person)}{moment}</p>\n'
        f"<h1>{markup.text(result.module.title)}</h1>"
    )


def _foot(verdict: dict) -> str:
    sandbox = f", sandbox {markup.text(verdict['sandbox'])}" if verdict["sandbox"] else ""
    return f"<footer>Submission sha256 {markup.text(verdict['submission'])}{sandbox}</footer>"


def number(points: float) -> str:
    """Points without needless decimals."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


@dataclass
class _Section:
    """A heading of the notebook, and what stands below it on the page."""

    heading: str
    blocks: list[str] = field(default_factory=list)


class _View:
    """One verdict as HTML."""

    def __init__(self, result: Result, notebook: dict, tests: dict[str, str], reveal: bool):
        self.result, self.notebook, self.tests, self.reveal = result, notebook, tests, reveal
        self.verdict = result.verdict
        self.checks = {c["grade_id"]: c for c in self.verdict["checks"]}
        self.cells = result.marks.get("cells", {})
        self.outputs: dict[str, list[dict]] = {}
        for output in self.verdict["outputs"]:
            self.outputs.setdefault(output["grade_id"], []).append(output)
        self.hints = {name: e.hints for e in notebooks.exercises(notebook) for name in e.checks}

    def points(self, check: dict) -> float:
        """A check's points: the automatic ones, or those given by hand, and extra credit."""
        marks = self.cells.get(check["grade_id"], {})
        given = check["points"] if marks.get("manual") is None else marks["manual"]
        return given + (marks.get("extra") or 0)

    def score(self) -> str:
        """The points in all, and what a late penalty or a grader changed."""
        most = sum(c["max_points"] for c in self.checks.values())
        passed = sum(c["status"] == judge.PASSED for c in self.checks.values())
        lines = [
            f'<p class="score"><b>{number(self.result.points)}</b> of {number(most)} points</p>',
            f'<p class="soft">{passed} of {len(self.checks)} checks pass{self._changed()}</p>',
        ]
        return "\n".join(lines)

    def _changed(self) -> str:
        said = []
        if any(m.get("manual") is not None or m.get("extra") for m in self.cells.values()):
            said.append("some points were given by hand")
        if self.result.marks.get("penalty"):
            said.append(f"{number(self.result.marks['penalty'])} points are taken off for lateness")
        return "".join(f" · {s}" for s in said)

    def notes(self) -> str:
        """What sanitising and running had to say."""
        items = "\n".join(f"<li>{markup.text(n)}</li>" for n in self.verdict["notes"])
        return f'<section class="notes"><ul>\n{items}\n</ul></section>' if items else ""

    def staff(self) -> str:
        """Why there are no points, and what to do."""
        slug = markup.text(self.result.module.slug)
        reason = self.result.reason[:1].upper() + self.result.reason[1:].rstrip(".") + "."
        return (
            "<p>Your notebook came in, but it could not be graded. It has no score, which is not the same as "
            f"0 points: your instructor looks at it.{self._earlier()}</p>\n"
            f'<p class="reason">{markup.text(reason)}</p>\n'
            "<p>Open the notebook in JupyterLab. If it does not open, bring back a good copy (<code>tito undo</code>, "
            f"or <code>tito reset {slug}</code> and fill it in again). Look for a loop that does not end and for cells "
            f"that use very much memory. Run <code>tito test {slug}</code>, and ask your instructor before you hand it "
            f"in once more: <code>tito submit {slug}</code>.</p>"
        )

    def _earlier(self) -> str:
        points = self.result.earlier
        if points is None:
            return ""
        return f" Until then the gradebook holds the {number(points)} points of what was handed in before."

    def table(self) -> str:
        """All checks, each a link to where it is told."""
        rows = [
            f'<tr><td class="mark">{self._mark(c)}</td><td><a href="#{_anchor(c)}">{markup.text(c["title"])}</a></td>'
            f'<td class="number">{number(self.points(c))}</td><td class="number">{number(c["max_points"])}</td></tr>'
            for c in self.checks.values()
        ]
        head = '<tr><th class="mark"></th><th>check</th><th class="number">points</th><th class="number">of</th></tr>'
        return f"<h2>Checks</h2>\n<table><thead>{head}</thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody></table>"

    def _mark(self, check: dict) -> str:
        good = check["status"] == judge.PASSED
        return f'<span class="{"good" if good else "bad"}">{"✓" if good else "✗"}</span>'

    def sections(self) -> list[str]:
        """The student's work in the notebook's order, under the notebook's headings."""
        found, number = [_Section("Your work")], 0
        for cell in self.notebook["cells"]:
            if cell["cell_type"] == "code":
                number += 1
                block = self._code(cell, notebooks.grade_id(cell) or f"cell {number}")
            elif cell["cell_type"] == "markdown":
                headings = re.findall(r"(?m)^##\s+(.+)$", cell["source"]) if not _is_answer(cell) else []
                found += [_Section(headings[-1])] if headings else []
                block = self._answer(cell) if _is_answer(cell) else ""
            else:
                block = ""
            found[-1].blocks += [block] if block else []
        told = set(re.findall(r'(?<= id=")[^"]+', "".join(b for s in found for b in s.blocks)))
        rest = [self._check(c) for c in self.checks.values() if _anchor(c) not in told]
        found.append(_Section("Other checks", rest))
        return [f"<h2>{_heading(s.heading)}</h2>\n" + "\n".join(s.blocks) for s in found if s.blocks]

    def _code(self, cell: dict, label: str) -> str:
        if label in self.checks:
            return self._check(self.checks[label])
        outputs = self._outputs(label)
        if notebooks.is_solution(cell):
            block = _source(cell["source"]) if cell["source"].strip() else '<p class="soft">Empty.</p>'
            return f"<h3><code>{markup.text(label)}</code></h3>\n" + block + outputs + self._comment(label)
        if re.fullmatch(r"added-\d+", str(cell.get("id", ""))) and not notebooks.grade_id(cell):
            return "<h3>A cell that you added</h3>\n" + _source(cell["source"]) + outputs
        if outputs:
            return f"<details><summary>given code</summary>{_source(cell['source'])}</details>\n" + outputs
        return ""

    def _answer(self, cell: dict) -> str:
        label = notebooks.grade_id(cell)
        marks = self.cells.get(label, {})
        points = ""
        if marks.get("max"):
            given = marks["auto"] if marks.get("manual") is None else marks["manual"]
            shown = "not looked at yet" if given is None else f"{number(given)} / {number(marks['max'])}"
            points = f' <span class="soft">{shown}</span>'
        answer = f'<div class="comment">{markup.markdown(cell["source"])}</div>'
        return f"<h3><code>{markup.text(label)}</code>{points}</h3>\n{answer}{self._comment(label)}"

    def _outputs(self, label: str) -> str:
        shown = []
        for output in self.outputs.get(label, []):
            if output["kind"] == "text":
                shown.append(f'<pre class="wrap">{markup.text(output["data"])}</pre>')
            else:
                shown.append(markup.image(output["data"], f"picture drawn by {label}"))
        return f'\n<div class="output">{"".join(shown)}</div>' if shown else ""

    def _comment(self, label: str) -> str:
        comment = self.result.marks.get("comments", {}).get(label, "")
        if not comment:
            return ""
        written = markup.markdown(comment, links=True)
        return f'\n<div class="comment"><p class="over">Your instructor:</p>{written}</div>'

    def _check(self, check: dict) -> str:
        points, most = self.points(check), check["max_points"]
        kind = "" if check["status"] == judge.PASSED and points >= most else " part" if points else " lost"
        word = _WORDS.get(check["status"], "")
        title = markup.text(check["title"]) + (f' <span class="soft">({word})</span>' if word else "")
        head = (
            f"<header><span>{self._mark(check)} {title}</span><span>{number(points)} / {number(most)}</span></header>"
        )
        body = self._message(check) + self._hint(check) + self._test(check) + self._comment(check["grade_id"])
        return f'<div class="check{kind}" id="{_anchor(check)}">{head}{body}</div>'

    def _message(self, check: dict) -> str:
        if check["hidden"] and not self.reveal:
            return f"<p>{_HIDDEN}</p>"
        return f'<pre class="wrap">{markup.text(check["message"])}</pre>' if check["message"] else ""

    def _hint(self, check: dict) -> str:
        hints = self.hints.get(check["grade_id"], ())
        hint = check["hint"] or (hints[0] if hints else "")
        if check["status"] == judge.PASSED or not hint:
            return ""
        return f"<details><summary>hint</summary>{markup.markdown(hint)}</details>"

    def _test(self, check: dict) -> str:
        source = self.tests.get(check["grade_id"], "")
        if not self.reveal or not source or cells.without_hidden_tests(source) == source:
            return ""
        return f"<details><summary>the check, with its hidden tests</summary>{_source(source)}</details>"


def _is_answer(cell: dict) -> bool:
    """Whether the student writes prose in this cell."""
    return cell["cell_type"] == "markdown" and bool((cell["metadata"].get("nbgrader") or {}).get("solution"))


def _source(source: str) -> str:
    return f'<pre class="code"><code>{markup.code(source)}</code></pre>'


def _anchor(check: dict) -> str:
    return re.sub(r"[^\w-]", "-", check["grade_id"])


def _heading(source: str) -> str:
    """One line of Markdown without the paragraph around it."""
    return re.sub(r"^<p>|</p>$", "", markup.markdown(source).strip())
