"""Where a person is in the course, and the next step: for `tito` and `tito status`."""

import sys
from pathlib import Path

from tito import milestones, notebooks, workspace
from tito.course import CLASS, COURSE, Course, Module
from tito.errors import USAGE, TitoError


def where(start: Path | None = None) -> dict:
    """The kind of folder, its modules and the next steps as (what, how), as plain data."""
    try:
        course = Course.find(start)
    except TitoError as error:
        if error.code != USAGE:
            raise
        return _outside()
    return {COURSE: _in_course, CLASS: _in_class}.get(course.kind, _in_workspace)(course)


def _facts(course: Course | None, title: str, next_steps: list[tuple[str, str]], **more) -> dict:
    kind, folder = (course.kind, str(course.root)) if course else ("none", "")
    return {"kind": kind, "folder": folder, "title": title, "modules": [], "notes": [], "next": next_steps, **more}


def _outside() -> dict:
    steps = [
        ("go to your workspace", "cd DIR"),
        ("or make one, in the course's folder", "tito init DIR"),
        ("every command", "tito --help"),
    ]
    return _facts(None, "You are not in a TinyTorch course or workspace.", steps)


def _in_course(course: Course) -> dict:
    modules = course.modules
    built = sum((course.notebooks / m.notebook).exists() for m in modules)
    steps = [("build the notebooks and the package", "tito dev build")] if built < len(modules) else []
    steps += [
        ("make a student's workspace", "tito init DIR"),
        ("what is stale", "tito dev check"),
        ("make a class to grade", "tito class init"),
    ]
    notes = [f"{_count(len(modules), 'module')}, {built} built"]
    return _facts(course, "The course", steps, modules=[m.facts() for m in modules], notes=notes)


def _in_class(course: Course) -> dict:
    modules = course.modules
    submitted = course.root / "submitted"
    students = len([p for p in submitted.iterdir() if p.is_dir()]) if submitted.is_dir() else 0
    notes = [f"{_count(len(modules), 'module')} released, submissions of {_count(students, 'student')}"]
    steps = [("release a module", "tito class release NN")] if not modules else []
    steps += [
        ("read in the submissions", "tito class collect NN"),
        ("grade them", "tito class grade NN"),
        ("the table of points", "tito class report"),
    ]
    return _facts(course, "A class", steps, modules=[m.facts() for m in modules], notes=notes)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("s" if number != 1 else "")


def _in_workspace(course: Course) -> dict:
    known = workspace.progress(course)
    modules = [_module(course, m, known.get(m.slug, {})) for m in course.modules]
    student = workspace.student_id(course)
    title = f"Your TinyTorch ({student})" if student else "Your TinyTorch"
    return _facts(course, title, _next_steps(course, modules), modules=modules)


def _module(course: Course, module: Module, known: dict) -> dict:
    filled, count = workspace.filled(course, module)
    of = known.get("of") if isinstance(known.get("of"), dict) else {}
    now = workspace.work(course, module)
    checks = _checks(known, of.get("checks") == now)
    sent = known.get("submitted")
    submitted = sent.get("time", "") if isinstance(sent, dict) else ""
    built = (course.package / "core" / f"{module.name}.py").exists()
    exported = "" if not built else "yes" if of.get("exported") == now else "old"
    return {
        **module.facts(),
        "filled": filled,
        "exercises": count,
        "problem": _problem(course, module),
        "checks": checks,
        "exported": exported,
        "submitted": submitted,
        "submission": "" if not submitted else "yes" if of.get("submitted") == now else "old",
        "begun": bool(filled or exported or (checks and checks["passed"])),
        "done": _pass(checks) and exported == "yes",
    }


def _checks(known: dict, fresh: bool) -> dict | None:
    """How many of the visible checks passed when they were last run; `fresh`: on this very work."""
    passed, total = known.get("passed"), known.get("checks")
    if not (isinstance(passed, int) and isinstance(total, int)):
        return None
    return {"passed": passed, "total": total, "fresh": fresh}


def _pass(checks: dict | None) -> bool:
    return bool(checks) and checks["fresh"] and checks["passed"] == checks["total"]


def _problem(course: Course, module: Module) -> str:
    """Why the notebook cannot be read, in a word or two; "" where it can."""
    path = course.notebooks / module.notebook
    if not path.exists():
        return "missing"
    try:
        notebooks.read(path)
    except (TitoError, OSError):
        return "damaged"
    return ""


def _next_steps(course: Course, modules: list[dict]) -> list[tuple[str, str]]:
    prefix = [] if _is_set_up(course) else [("make the environment", _setup())]
    current = next((m for m in modules if not m["done"] or m["problem"]), None)
    if current is None:
        return [*prefix, *_submissions(modules), *_milestone(course)]
    number = current["module"][:2]
    if current["problem"]:
        return [*prefix, ("bring the notebook back", f"tito reset {number}")]
    if not current["begun"]:
        return [*prefix, (f"begin {current['module']}: {current['title']}", f"tito open {number}")]
    return prefix + _steps_within(current, number)


def _submissions(modules: list[dict]) -> list[tuple[str, str]]:
    """What is left when every module is done: to hand in what is not, or has changed since."""
    left = next((m for m in modules if m["submission"] != "yes"), None)
    if left is None:
        return [("everything is done and handed in", "tito status")]
    again = "hand in again: it has changed" if left["submission"] == "old" else "hand in what is not yet handed in"
    return [(again, f"tito submit {left['module'][:2]}")]


def _milestone(course: Course) -> list[tuple[str, str]]:
    """The first milestone that is ready to run and has not been, if there is one."""
    try:
        ready = next((m for m in milestones.every(course) if not (m.missing or m.done)), None)
    except TitoError:  # `tito milestone` says which program is damaged
        return []
    return [(ready.title, f"tito milestone {ready.name}")] if ready else []


def _steps_within(current: dict, number: str) -> list[tuple[str, str]]:
    if _pass(current["checks"]):
        how = "export again: the notebook has changed" if current["exported"] else "put your code into the package"
        return [(how, f"tito export {number}")]
    if current["filled"] < current["exercises"]:
        return [("go on with the exercises", f"tito open {number}"), ("see what passes", f"tito test {number}")]
    return [("run the checks", f"tito test {number}")]


def _is_set_up(course: Course) -> bool:
    """Whether this very Python has what the notebooks need, be it .venv or another environment."""
    from importlib.util import find_spec

    return all(find_spec(name) for name in ("numpy", "jupyterlab", "nbdev"))


def _setup() -> str:
    return "py -m tito setup" if sys.platform == "win32" else "python3 -m tito setup"
