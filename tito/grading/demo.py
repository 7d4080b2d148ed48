"""The demonstration class: four students, from their workspaces to their feedback, in build/demo.

ada has everything right; ben left exercises open; cleo made one plausible mistake in each module; dan's
notebook of one module is damaged. What must come of that is checked at the end.
"""

import ast
import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tito import cells, mutants, notebooks, submission, workspace
from tito.course import COURSE, Course, Module
from tito.errors import ENVIRONMENT, FAILED, USAGE, TitoError
from tito.grading import classroom, collect, feedback, grade, release, report
from tito.grading.classroom import Classroom, Student
from tito.grading.lock import alone
from tito.grading.sandbox import SandboxError

STUDENTS = (
    Student("ada", "Ada", "Lovelace", "ada@example.org"),
    Student("ben", "Ben", "Bitdiddle", "ben@example.org"),
    Student("cleo", "Cleo", "Cipher", "cleo@example.org"),
    Student("dan", "Dan", "Damage", "dan@example.org"),
)
XOR = Path(__file__).parent.parent / "templates" / "xor_by_hand.py"


@dataclass
class Outcome:
    """What the demonstration did: the class's table, what each student did, where the pages are."""

    classroom: Classroom
    data: dict
    story: dict[str, list[str]] = field(default_factory=dict)
    pages: list[Path] = field(default_factory=list)


def run(course: Course, say=lambda text: None, heard=None) -> Outcome:
    """Make the class anew, and lead it from release to feedback.

    say(text) is called at each step; heard(done, in all, record) after each submission.
    """
    if course.kind != COURSE:
        raise TitoError(f"{course.root} is a {course.kind}: the demonstration needs the course's sources.", "", USAGE)
    folder = course.root / "build" / "demo"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder, "tito class demo", folder.with_name("demo.lock")):
        return _run(course, folder, say, heard)


def _run(course: Course, folder: Path, say, heard) -> Outcome:
    _clear(folder)
    made = classroom.create(course, folder / "class")
    made.write_roster(list(STUDENTS))
    rows, _ = release.release(made, ())
    _all_well(rows, "released")
    say(f"Released {len(rows)} modules to {len(STUDENTS)} students.")
    outcome = Outcome(made, {})
    for student in STUDENTS:
        outcome.story[student.id] = _hand_in(course, made, folder / "students" / student.id, student)
    taken = collect.collect(made, [made.root / "inbox"])
    _all_well([{"module": t.source, "problem": t.note if t.status == "refused" else ""} for t in taken], "collected")
    say(f"Collected {len(taken)} notebooks from the zips that the students packed.")
    _grade(made, say, heard)
    pages = feedback.write(made, made.released)
    outcome.pages = [made.root / row["path"] for row in pages if row["path"]]
    outcome.data = report.report(made, made.released)
    return outcome


def _clear(folder: Path) -> None:
    """Remove the demonstration before this one, unless another command is at work in its class."""
    lock = folder / "class" / ".tito" / "lock"
    with alone(folder / "class", "tito class demo") if lock.is_file() else contextlib.nullcontext():
        shutil.rmtree(folder, ignore_errors=True)


def _grade(made: Classroom, say, heard) -> None:
    """In a sandbox, or where there is none without: this is the course's own code."""
    try:
        grade.grade(made, made.released, heard=heard)
    except SandboxError as error:
        say(f"Without a sandbox, which a real class must have: {error.what}.")
        grade.grade(made, made.released, heard=heard, options=grade.Options(level="unsafe-local"))


def _all_well(rows: list[dict], word: str) -> None:
    bad = [f"{row['module']}: {row['problem']}" for row in rows if row["problem"]]
    if bad:
        raise TitoError(f"Not everything could be {word}: {'; '.join(bad)}", "", FAILED)


def _hand_in(course: Course, made: Classroom, folder: Path, student: Student) -> list[str]:
    """Make the student's workspace, fill it in as the story goes, submit; returns the story."""
    workspace.create(course, folder, student.id)
    theirs, story = Course(folder), []
    for position, module in enumerate(theirs.modules):
        reference = notebooks.read(notebooks.build(course, course.module(module.slug)[0]))
        path = theirs.notebooks / module.notebook
        notebook = notebooks.read(path)
        wanted = _answers(student.id, course, module, reference)
        for cell in notebook["cells"]:
            cell["source"] = wanted.answers.get(notebooks.grade_id(cell), cell["source"])
        notebooks.write(path, notebook)
        story += [f"{module.slug}: {wanted.note}"] if wanted.note else []
        if student.id == "dan" and position == min(1, len(theirs.modules) - 1):
            content = path.read_bytes()
            path.write_bytes(content[: len(content) * 3 // 5])
            story.append(f"{module.slug}: the file ends in the middle")
        packed = submission.pack(theirs, module, student.id, force=True)
        shutil.copy(folder / packed["path"], made.root / "inbox")
    return story


@dataclass(frozen=True)
class _Answers:
    answers: dict[str, str]  # grade_id -> what the student wrote
    note: str = ""


def _answers(who: str, course: Course, module: Module, reference: dict) -> _Answers:
    right = {
        notebooks.grade_id(c): cells.without_markers(c["source"])
        for c in reference["cells"]
        if notebooks.is_solution(c)
    }
    names = [e.name for e in notebooks.exercises(reference)]
    if who == "ben":
        left = names[len(names) // 2 :]
        return _Answers({k: v for k, v in right.items() if k not in left}, f"left open: {', '.join(left)}")
    if who == "cleo" and names:
        mistake = _mistake(course, module, names, right)
        return _Answers(right | {mistake.grade_id: mistake.source}, f"{mistake.grade_id}: {mistake.title}")
    return _Answers(right)


def _mistake(course: Course, module: Module, names: list[str], right: dict[str, str]) -> mutants.Mutant:
    """The plausible mistake of a module: the first one known for its last exercise, else one made up."""
    file = mutants.path(course, module)
    known = [m for m in mutants.load(file) if not m.right] if file.exists() else []
    for name in reversed(names):
        for mutant in known:
            if mutant.grade_id == name:
                return mutant
    return mutants.Mutant(names[-1], False, "an operator mixed up", _mixed_up(right[names[-1]]))


class _MixUp(ast.NodeTransformer):
    """Changes the first operator, or where there is none the first returned value."""

    _OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.MatMult: ast.Mult}

    def __init__(self, kind: type):
        self.kind, self.done = kind, False

    def visit(self, node: ast.AST) -> ast.AST:
        """Change the node if it is the one."""
        if not self.done and isinstance(node, self.kind):
            if isinstance(node, ast.BinOp) and type(node.op) in self._OTHER:
                node.op, self.done = self._OTHER[type(node.op)](), True
            elif isinstance(node, ast.Return) and node.value is not None:
                node.value, self.done = ast.Constant(None), True
        return self.generic_visit(node)


def _mixed_up(source: str) -> str:
    for kind in (ast.BinOp, ast.Return):
        change = _MixUp(kind)
        tree = change.visit(ast.parse(cells.plain(source)))
        if change.done:
            return ast.unparse(tree)
    return "pass"


def shortcomings(outcome: Outcome) -> list[str]:
    """What did not come out as the story says; an empty list if all did."""
    rows = {row["student"]: row for row in outcome.data["students"]}
    most, problems = outcome.data["max"], []
    if rows["ada"]["total"] != most:
        problems.append(f"ada has {rows['ada']['total']:g} of {most:g} points, expected all")
    if not rows["ben"]["total"] < most:
        problems.append("ben left exercises open and has all points")
    for module in outcome.data["modules"]:
        points = rows["cleo"]["modules"][module["module"]]["points"]
        if points is None or not points < module["max"]:
            problems.append(f"cleo's mistake in {module['module']} went unnoticed: {points} points")
    damaged = [c for c in rows["dan"]["modules"].values() if c["status"] == grade.NEEDS_STAFF]
    if len(damaged) != 1 or not damaged[0]["reason"]:
        problems.append("dan's damaged notebook was not reported")
    others = [c["points"] for c in rows["dan"]["modules"].values() if c["status"] != grade.NEEDS_STAFF]
    expected = [m["max"] for m in outcome.data["modules"] if rows["dan"]["modules"][m["module"]] not in damaged]
    if others != expected:
        problems.append(f"dan's other notebooks have {others} points, expected {expected}")
    missing = [str(p) for p in outcome.pages if not p.is_file()]
    if missing or len(outcome.pages) != len(rows) * len(outcome.data["modules"]):
        problems.append(f"{len(outcome.pages)} feedback pages were written, one for each submission expected")
    return problems


def xor(course: Course) -> str | None:
    """What the hand-set XOR network prints with the exported package (None: there is no module of layers yet)."""
    if "layers" not in {m.name for m in course.modules}:
        return None
    environment = os.environ | {"PYTHONPATH": str(course.package.parent)}
    done = subprocess.run([sys.executable, "-P", str(XOR)], env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise TitoError(f"The XOR network does not run: {last}.", "Export the modules: tito dev build", ENVIRONMENT)
    return done.stdout
