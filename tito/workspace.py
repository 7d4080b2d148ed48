"""The student's folder: made whole or not at all, backed up before every change, its progress kept.

README.md Makefile settings.ini pyproject.toml nbgrader_config.py .gitignore
notebooks/NN_name/name.ipynb      the student's own
tinytorch/                        grows with `tito export`
tito/                             a copy, so that `python3 -m tito setup` needs nothing but Python
milestones/                       programs that run on the student's framework
.tito/release/                    the notebooks as they were released
.tito/backups/  .tito/progress.json
"""

import glob
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import tomllib
from pathlib import Path

from tito import notebooks
from tito.course import COURSE, WORKSPACE, Course, Module
from tito.errors import ENVIRONMENT, FAILED, USAGE, WOULD_OVERWRITE, TitoError
from tito.files import dump_json, umask, write_atomic

TEMPLATES = Path(__file__).parent / "templates" / "workspace"
STUDENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NO_FACES = shutil.ignore_patterns(
    "__pycache__", "core", "_modidx.py", "*.pyc", "*.tmp", "*.ipynb", ".*", "*~", "*.orig"
)
_NOT_FOR_STUDENTS = shutil.ignore_patterns(
    *("__pycache__", "*.pyc", "*.egg-info", ".ipynb_checkpoints", "*.tmp"),
    "selftest",  # attacks on the grader, with answers in them
)


class Added(list):
    """The files that were added, as paths in the workspace, and `kept`: those that differ from the course's."""

    def __init__(self, files=(), kept=()):
        super().__init__(files)
        self.kept = list(kept)


def create(course: Course, directory: Path, student: str = "") -> Added:
    """Make a workspace in `directory`; return what was added, as paths in it.

    In a workspace that is there already, only what is missing is put back, and the course's own files that
    are others by now are told, in `kept`. A folder that holds anything else is refused. Killed at any moment,
    it leaves `directory` as it was.
    """
    if course.kind != COURSE:
        raise TitoError(
            f"{course.root} is a {course.kind}: it holds no sources to make a workspace from.",
            "Run it in the course's own folder: cd COURSE; tito init DIR",
            USAGE,
        )
    directory = Path(os.path.abspath(directory))
    checked_student(student, empty=True)
    _refuse_occupied(course, directory)
    releases = _releases(course)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        _forget_killed(directory)
        temporary = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}.tito-init-"))
    except OSError as error:
        raise _not_made(directory, error) from error
    try:
        os.chmod(temporary, 0o777 & ~umask())
        _fill(course, temporary, student, releases)
        return _put(temporary, directory)
    except OSError as error:
        raise _not_made(directory, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _forget_killed(directory: Path) -> None:
    """Remove what an `init` of an hour ago or more has left behind, killed in the middle."""
    for left in directory.parent.glob(f".{glob.escape(directory.name)}.tito-init-*"):
        if left.stat().st_mtime < time.time() - 3600:
            shutil.rmtree(left, ignore_errors=True)


def _not_made(directory: Path, error: OSError) -> TitoError:
    return TitoError(
        f"{directory} could not be made: {error.strerror or error}.",
        "Choose a folder that you may write to, with some free space.",
        ENVIRONMENT,
    )


def checked_student(student: str, empty: bool = False) -> str:
    """`student` if it is a usable id (it becomes part of file names), else an error."""
    if STUDENT_ID.fullmatch(student) or (empty and not student):
        return student
    raise TitoError(
        f"'{student}' is no student id: letters, digits and . _ @ - only, beginning with a letter or digit.",
        "Take the id that your course gave you, e.g. --student ada01",
        USAGE,
    )


def _refuse_occupied(course: Course, directory: Path) -> None:
    if directory == course.root or course.root.is_relative_to(directory):
        raise TitoError(f"{directory} holds the course itself.", "Choose a folder of its own.", WOULD_OVERWRITE)
    if directory.exists() and not directory.is_dir():
        raise TitoError(f"{directory} is a file.", "Choose a new folder: tito init DIR", WOULD_OVERWRITE)
    if directory.is_dir() and any(directory.iterdir()) and not _is_workspace(directory):
        raise TitoError(
            f"{directory} is not empty and not a workspace: nothing was changed.",
            "Choose a new folder: tito init DIR",
            WOULD_OVERWRITE,
        )


def _is_workspace(directory: Path) -> bool:
    try:
        return Course(directory).kind == WORKSPACE
    except TitoError:
        return False


def _releases(course: Course) -> dict[str, Path]:
    """Every module's released notebook, by the path that it has below a folder of notebooks."""
    modules = course.modules
    return {m.notebook: path for m, path in zip(modules, notebooks.release(course, modules), strict=True)}


def _fill(course: Course, folder: Path, student: str, releases: dict[str, Path]) -> None:
    project = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    facts = {
        "student": student,
        "course_id": course.settings["course"]["course_id"],
        "lib_name": course.settings["DEFAULT"]["lib_name"],
        "version": project["version"],
        "min_python": course.settings["DEFAULT"]["min_python"],
        "description": project["description"],
        "license": project["license"],
        "dependencies": "".join(f"    {json.dumps(d)},\n" for d in project["dependencies"]),
        "modules": _module_table(course),
        "exchange_path": str(course.path("exchange_path", "grading").resolve()) if _has_exchange(course) else "",
    }
    for template in sorted(TEMPLATES.iterdir()):
        text = re.sub(r"\{\{(\w+)\}\}", lambda m: facts[m[1]], template.read_text(encoding="utf-8"))
        name = ".gitignore" if template.name == "gitignore" else template.name.removesuffix(".in")
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(Path(__file__).parent, folder / "tito", ignore=_NOT_FOR_STUDENTS)
    copy_faces(course.package, folder / "tinytorch")
    if (course.root / "milestones").is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "output", "*.tmp")
        shutil.copytree(course.root / "milestones", folder / "milestones", ignore=ignored)
    for name, release in releases.items():
        for base in ("notebooks", ".tito/release"):
            target = folder / base / name
            target.parent.mkdir(parents=True)
            shutil.copyfile(release, target)
    (folder / ".tito" / "backups").mkdir()


def _has_exchange(course: Course) -> bool:
    return bool(course.settings.get("grading", "exchange_path", fallback=""))


def _module_table(course: Course) -> str:
    rows = [f"| {m.number:02d} | {m.title} | {m.hours:g} | {m.points} |" for m in course.modules]
    return "\n".join(["| module | what it is about | hours | points |", "|---|---|---|---|", *rows])


def copy_faces(package: Path, target: Path) -> None:
    """The faces of the package; nothing that was exported."""
    shutil.copytree(package, target, ignore=_NO_FACES)
    core = target / "core"
    core.mkdir()
    init = package / "core" / "__init__.py"
    text = init.read_text(encoding="utf-8") if init.exists() else '"""What the notebooks export."""\n'
    (core / "__init__.py").write_text(text, encoding="utf-8")


def _put(temporary: Path, directory: Path) -> Added:
    """Give the finished folder its name; in a workspace, add the files that are missing there."""
    files = sorted(p.relative_to(temporary) for p in temporary.rglob("*") if p.is_file())
    if not directory.exists() or not any(directory.iterdir()):
        if directory.exists():
            directory.rmdir()
        os.rename(temporary, directory)
        return Added(f.as_posix() for f in files)
    missing = [f for f in files if not (directory / f).exists()]
    for file in missing:
        write_atomic(directory / file, (temporary / file).read_bytes())
    changed = (f for f in files if f not in missing and (directory / f).read_bytes() != (temporary / f).read_bytes())
    return Added((f.as_posix() for f in missing), (f.as_posix() for f in changed if not _is_the_students(f)))


def _is_the_students(file: Path) -> bool:
    """Whether this file of a workspace is the student's to change."""
    return file.parts[0] in ("notebooks", "settings.ini") or file.parts[:2] == ("tinytorch", "core")


def pristine(course: Course, module: Module) -> dict:
    """The module's notebook as it was released."""
    return notebooks.read(module.path)


def student_id(course: Course) -> str:
    """The student id in settings.ini, "" where there is none."""
    return course.settings["course"].get("student", "").strip()


def remember_student(course: Course, student: str) -> None:
    """Write the student id into settings.ini; its other lines stay as they are."""
    file = course.root / "settings.ini"
    text = file.read_text(encoding="utf-8")
    line = f"student = {checked_student(student)}"
    if re.search(r"(?m)^student\s*=.*$", text):
        text = re.sub(r"(?m)^student\s*=.*$", line, text)
    else:
        text = re.sub(r"(?m)^\[course\]\s*$", f"[course]\n{line}", text)
    write_atomic(file, text)
    course.settings["course"]["student"] = student


def backup(course: Course, path: Path, why: str) -> str:
    """Keep a copy of a file under .tito/backups; return the backup's name.

    A file that does not exist is remembered as absent. Outside a workspace nothing is kept
    and the name is "".
    """
    if course.kind != WORKSPACE:
        return ""
    path = Path(path).resolve()
    inside = path.relative_to(course.root)
    folder = course.root / ".tito" / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    name = _next_name(folder)
    temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".new-"))
    try:
        facts = {"schema": "tito/backup/1", "path": inside.as_posix(), "why": why, "time": _now()}
        facts["absent"] = not path.exists()
        if path.exists():
            shutil.copy2(path, temporary / "content")
        (temporary / "backup.json").write_text(dump_json(facts), encoding="utf-8")
        os.rename(temporary, folder / name)
    except OSError as error:
        raise TitoError(
            f"{path} could not be backed up: {error.strerror or error}. Nothing was changed.",
            "Check the free space and your permissions: tito doctor",
            ENVIRONMENT,
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return name


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _next_name(folder: Path) -> str:
    last = max((int(p.name) for p in folder.iterdir() if p.name.isdigit()), default=0)
    return f"{last + 1:04d}"


def backups(course: Course) -> list[dict]:
    """The backups, oldest first: name, path, why, time, absent."""
    found = []
    for file in sorted((course.root / ".tito" / "backups").glob("[0-9]*/backup.json")):
        try:
            found.append({"name": file.parent.name, **json.loads(file.read_text(encoding="utf-8"))})
        except (OSError, ValueError):
            continue
    return found


def undo(course: Course, name: str = "") -> dict:
    """Bring a backup back (the last one, or the named one); what is there now is backed up first.

    So an undo can be undone: the last backup is then what was there before it.
    """
    every = backups(course)
    if not every:
        raise TitoError(
            "There is nothing to undo: it brings back what tito reset replaced in a notebook, and nothing was reset.",
            "An export is renewed from its notebook: tito export NN. In JupyterLab, Ctrl-Z undoes what you typed.",
            FAILED,
        )
    chosen = next((b for b in every if b["name"] == name), None) if name else every[-1]
    if chosen is None:
        names = f"{every[0]['name']} to {every[-1]['name']}"
        raise TitoError(f"There is no backup '{name}'; there are {names}.", "See: tito undo --list", USAGE)
    target = course.root / chosen["path"]
    backup(course, target, f"undo of {chosen['name']}")
    if chosen["absent"]:
        target.unlink(missing_ok=True)
    else:
        content = course.root / ".tito" / "backups" / chosen["name"] / "content"
        write_atomic(target, content.read_bytes())
    return chosen


def reset(course: Course, module: Module, exercise: str | None = None) -> str:
    """Restore the released notebook, or one exercise's cell of it; return the backup's name."""
    _require_workspace(course)
    target = course.notebooks / module.notebook
    if exercise is None:
        name = backup(course, target, f"reset of {module.slug}")
        write_atomic(target, module.path.read_bytes())
        return name
    released = pristine(course, module)
    chosen = notebooks.exercise(released, exercise, module)
    changed = _with_released_cell(notebooks.read(target), released, chosen.index)
    name = backup(course, target, f"reset of {module.number:02d}.{notebooks.short_name(chosen.name, module)}")
    notebooks.write(target, changed)
    return name


def _require_workspace(course: Course) -> None:
    if course.kind != WORKSPACE:
        raise TitoError(
            f"{course.root} is a {course.kind}, not a student's workspace.",
            "Go to your workspace, or make one: tito init DIR",
            USAGE,
        )


def _with_released_cell(notebook: dict, released: dict, index: int) -> dict:
    """`notebook` with exactly one copy of a released cell: in place, else after its neighbour."""
    cell = dict(released["cells"][index])
    if notebook.get("nbformat_minor", 0) < 5:  # Colab saves 4.0, which knows no cell ids
        cell.pop("id", None)
    name = notebooks.grade_id(cell)
    cells = notebook["cells"]
    places = [i for i, c in enumerate(cells) if notebooks.grade_id(c) == name]
    if not places:
        before = {notebooks.grade_id(c) or c.get("id") for c in released["cells"][:index]}
        known = [i for i, c in enumerate(cells) if (notebooks.grade_id(c) or c.get("id")) in before]
        place = known[-1] + 1 if known else 0
        return {**notebook, "cells": [*cells[:place], cell, *cells[place:]]}
    first, rest = places[0], set(places[1:])
    return {**notebook, "cells": [cell if i == first else c for i, c in enumerate(cells) if i not in rest]}


def record(course: Course, module: Module, **facts) -> None:
    """Remember facts about a module in .tito/progress.json; outside a workspace, nothing.

    A fact that is a dict is merged into the one that is there, key by key. `tito status` reads
    passed and checks (numbers), exported=True and submitted={"time": …}; `tito hint` reads
    hints={exercise: rung}. Under "of" stands, for each fact, the `work` that it was true of.
    """
    if course.kind != WORKSPACE:
        return
    every = progress(course)
    mine = every.setdefault(module.slug, {})
    for key, value in facts.items():
        merge = isinstance(value, dict) and isinstance(mine.get(key), dict)
        mine[key] = {**mine[key], **value} if merge else value
    of = mine.get("of")
    mine["of"] = {**(of if isinstance(of, dict) else {}), **dict.fromkeys(facts, work(course, module))}
    data = {"schema": "tito/progress/1", "modules": every}
    write_atomic(course.root / ".tito" / "progress.json", dump_json(data))


def record_checks(course: Course, module: Module, checks: list) -> None:
    """Remember how all visible checks of a module went."""
    passed = [c for c in checks if c.status == "passed"]
    points = [sum(c.points for c in passed), sum(c.points for c in checks)]
    record(course, module, passed=len(passed), checks=len(checks), points=points)


def progress(course: Course) -> dict:
    """What is remembered, by module slug; a damaged file counts as empty and is kept aside."""
    file = course.root / ".tito" / "progress.json"
    try:
        modules = json.loads(file.read_text(encoding="utf-8"))["modules"]
        return {k: v for k, v in modules.items() if isinstance(v, dict)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        if file.is_file() and os.access(file.parent, os.W_OK):
            os.replace(file, file.with_name("progress.damaged.json"))
        return {}


def work(course: Course, module: Module) -> str:
    """A digest of what the student wrote and exports; "" where the notebook cannot be read."""
    try:
        cells = notebooks.read(course.notebooks / module.notebook)["cells"]
    except TitoError:
        return ""
    mine = [c["source"] for c in cells if notebooks.is_solution(c) or c["source"].lstrip().startswith("#| export")]
    return hashlib.sha256(json.dumps(mine).encode()).hexdigest()[:16]


def filled(course: Course, module: Module) -> tuple[int, int]:
    """How many exercises of the student's notebook differ from the release, of how many."""
    released = pristine(course, module)
    holes = {e.name: released["cells"][e.index]["source"] for e in notebooks.exercises(released)}
    try:
        mine = notebooks.read(course.notebooks / module.notebook)["cells"]
    except TitoError:
        return 0, len(holes)
    texts = {notebooks.grade_id(c): c["source"] for c in mine}
    changed = [n for n, text in holes.items() if n in texts and texts[n].strip() != text.strip()]
    return len(changed), len(holes)
