"""Source, notebook and release: one chain, always in this direction, always the same bytes.

    modules/source/01_tensor/tensor_dev.py        the author's percent source
      -> build/source/01_tensor/tensor.ipynb      jupytext          (`build`)
      -> build/release/01_tensor/tensor.ipynb     nbgrader          (`release`)

Notebooks are plain dicts here; nbformat is never imported except by nbgrader itself.
"""

import difflib
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from tito import stamps
from tito.course import Course, Module
from tito.errors import ENVIRONMENT, FAILED, USAGE, TitoError
from tito.files import dump_json, write_atomic

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read(path: Path) -> dict:
    """The notebook in a file: nbformat 4.0 to 4.5, with or without BOM, each source one string."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        notebook = json.loads(text)
    except FileNotFoundError:
        raise TitoError(f"{path} does not exist.", "Bring it back: tito reset", FAILED) from None
    except OSError as error:
        raise TitoError(
            f"{path} cannot be read: {error.strerror}.", "Check who owns it: tito doctor", ENVIRONMENT
        ) from None
    except UnicodeDecodeError:
        raise TitoError(f"{path} is not a text file in UTF-8.", "Save it again from JupyterLab.") from None
    except json.JSONDecodeError as error:
        raise TitoError(
            f"{path} is damaged: not valid JSON at line {error.lineno}, column {error.colno}.",
            "Restore a saved copy (tito undo), or the released notebook (tito reset).",
        ) from None
    problem = _problem(notebook)
    if problem:
        raise TitoError(f"{path} is not a Jupyter notebook: {problem}.", "Save it again from JupyterLab.")
    for cell in notebook["cells"]:
        cell["source"] = source(cell)
        cell.setdefault("metadata", {})
    return notebook


def _problem(notebook: object) -> str:
    if not isinstance(notebook, dict):
        return "its JSON is not an object"
    if notebook.get("nbformat") != 4:
        return f"its format is {notebook.get('nbformat')!r}, expected 4"
    if not isinstance(notebook.get("metadata", {}), dict):
        return "its metadata is not an object"
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        return "it has no list of cells"
    for i, cell in enumerate(cells):
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            return f"cell {i + 1} is no code, markdown or raw cell"
        text = cell.get("source")
        if not isinstance(text, str) and not (isinstance(text, list) and all(isinstance(t, str) for t in text)):
            return f"cell {i + 1} has no source"
        if not isinstance(cell.get("metadata", {}), dict):
            return f"cell {i + 1} has damaged metadata"
    return ""


def write(path: Path, notebook: dict) -> None:
    """Write a notebook atomically, in the form in which two builds are equal byte for byte."""
    write_atomic(path, as_text(notebook))


def as_text(notebook: dict) -> str:
    """The text of a notebook's file."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return dump_json({**notebook, "cells": cells})


def source(cell: dict) -> str:
    """A cell's source as one string, with Unix line ends."""
    text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    return text.replace("\r\n", "\n")


def grade_id(cell: dict) -> str:
    """The cell's nbgrader grade_id, or ""."""
    return str(_nbgrader(cell).get("grade_id") or "")


def is_solution(cell: dict) -> bool:
    """Whether the student writes in this cell."""
    return bool(_nbgrader(cell).get("solution")) and cell["cell_type"] == "code"


def is_test(cell: dict) -> bool:
    """Whether this cell is a graded check."""
    return bool(_nbgrader(cell).get("grade")) and not _nbgrader(cell).get("solution")


@dataclass(frozen=True)
class Exercise:
    """One hole of a notebook: the cell the student fills in, its hints and the checks after it."""

    name: str  # the solution cell's grade_id
    index: int  # the cell's position
    hints: tuple[str, ...]  # the ladder, first rung first
    checks: tuple[str, ...]  # the grade_ids of the checks that judge it


def exercises(notebook: dict) -> list[Exercise]:
    """The exercises in order. A check judges the solution cells since the check before it."""
    found, waiting, hints = [], [], []
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            hints += re.findall(r"(?s)<details>\s*<summary>.*?</summary>\s*(.*?)\s*</details>", cell["source"])
        elif is_solution(cell):
            waiting.append(Exercise(grade_id(cell), index, tuple(hints), ()))
            hints = []
        elif is_test(cell) and waiting:
            found += [replace(e, checks=(grade_id(cell),)) for e in waiting]
            waiting = []
        elif is_test(cell) and found:
            last = found[-1].checks
            found = [replace(e, checks=(*e.checks, grade_id(cell))) if e.checks == last else e for e in found]
    return found + waiting


def exercise(notebook: dict, text: str, module: Module) -> Exercise:
    """The exercise that `text` means: its grade_id or its short name, what it defines, or a part that one has."""
    every = exercises(notebook)
    word = _plain_name(text)
    called = {e.name: _calls(notebook, e, module) for e in every}
    chosen = [e for e in every if word in (_plain_name(e.name), _plain_name(short_name(e.name, module)))]
    chosen = chosen or [e for e in every if word in called[e.name]]
    chosen = chosen or [e for e in every if word and word in _plain_name(e.name)]
    if len(chosen) == 1:
        return chosen[0]
    what = _no_exercise(text, chosen, called, module)
    raise TitoError(f"{what}\n{exercise_names(chosen or every, module)}".rstrip(), "", USAGE)


def short_name(exercise: str, module: Module) -> str:
    """An exercise's name without its module's: what stands after the dot in `01.as-array`."""
    return exercise.removeprefix(f"{module.name}-")


def _plain_name(text: str) -> str:
    return text.strip().lower().replace("_", "-").rstrip("-()")


def _calls(notebook: dict, one: Exercise, module: Module) -> list[str]:
    """The names under which an exercise may be called: those of its functions and classes too."""
    defined = re.findall(r"(?m)^(?:def|class) +(\w+)", notebook["cells"][one.index]["source"])
    return [_plain_name(n) for n in (short_name(one.name, module), one.name, *defined)]


def _no_exercise(text: str, chosen: list[Exercise], called: dict[str, list[str]], module: Module) -> str:
    """Why `text` means none of the exercises or several, and the nearest one."""
    number = f"{module.number:02d}"
    prefix = f"{module.name}-"  # most grade_ids have it: it would make them all alike
    owners = {call.removeprefix(prefix): name for name, calls in called.items() for call in calls}
    near = difflib.get_close_matches(_plain_name(text).removeprefix(prefix), owners, n=1, cutoff=0.6)
    what = f"{module.slug} has no exercise '{text}'."
    if chosen:
        what = f"'{text}' could mean {len(chosen)} exercises of {module.slug}."
    elif near:
        what += f" Did you mean {number}.{short_name(owners[near[0]], module)}?"
    return what


def exercise_names(exercises: list[Exercise], module: Module) -> str:
    """The exercises as one types them (`01.as-array`), in indented lines of at most 80 columns."""
    names = "  ".join(f"{module.number:02d}.{short_name(e.name, module)}" for e in exercises)
    return textwrap.fill(
        names, 78, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _nbgrader(cell: dict) -> dict:
    data = cell.get("metadata", {}).get("nbgrader")
    return data if isinstance(data, dict) else {}


def points(cell: dict) -> float:
    """The cell's points, 0 where it is not graded (or where somebody wrote something else there)."""
    found = _nbgrader(cell).get("points")
    return found if isinstance(found, (int, float)) else 0


def _jupytext():
    sys.modules.setdefault("rfc3987_syntax", None)  # an optional part of jsonschema: 1 s to import
    import jupytext

    return jupytext


def from_source(text: str, slug: str) -> dict:
    """The notebook of a percent source, with ids that derive from grade_id or position."""
    notebook = json.loads(json.dumps(_jupytext().reads(text, fmt="py:percent")))
    notebook["metadata"].pop("jupytext", None)
    notebook["metadata"]["language_info"] = {"name": "python"}
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    for position, cell in enumerate(notebook["cells"]):
        cell["metadata"].pop("lines_to_next_cell", None)
        cell["id"] = cell_id(grade_id(cell), slug, position)
        cell["source"] = source(cell)
    return notebook


def cell_id(grade_id: str, slug: str, position: int) -> str:
    """A cell id that two builds agree on: valid in nbformat 4.5 (1 to 64 of A-Z a-z 0-9 - _)."""
    name = grade_id or f"{slug}-{position:03d}"
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def to_source(notebook: dict) -> str:
    """The percent source of a built notebook: `to_source(from_source(text)) == text`."""
    jupytext = _jupytext()
    import nbformat

    copy = json.loads(json.dumps(notebook))
    del copy["metadata"]["language_info"]
    form = {"extension": ".py", "format_name": "percent", "format_version": "1.3"}
    copy["metadata"]["jupytext"] = {
        "cell_metadata_filter": "all",
        "notebook_metadata_filter": "tinytorch,kernelspec",
        "text_representation": form,
    }
    text = jupytext.writes(nbformat.from_dict(copy), fmt="py:percent")
    return re.sub(r"(?m)^#     (  jupytext_version|(cell|notebook)_metadata_filter): .*\n", "", text)


def build(course: Course, module: Module) -> Path:
    """Build a module's notebook from its source; return its path. Nothing is done twice."""
    target = course.notebooks / module.notebook
    if not is_built(course, module):
        text = module.path.read_text(encoding="utf-8")
        write(target, from_source(text, module.slug))
        stamps.record(course, f"{module.slug}.notebook", text, target)
    return target


def is_built(course: Course, module: Module) -> bool:
    """Whether the module's notebook is up to date with its source."""
    text = module.path.read_text(encoding="utf-8")
    return stamps.is_fresh(course, f"{module.slug}.notebook", text, course.notebooks / module.notebook)


def release(course: Course, modules: list[Module]) -> list[Path]:
    """Release modules through nbgrader's generate_assignment, in one child process and without a database.

    Returns the released notebooks, of which those that are up to date are not made again.
    """
    folder = course.path("release_path")
    built = {module: build(course, module) for module in modules}
    stale = [m for m in modules if not is_released(course, m)]
    if stale:
        with tempfile.TemporaryDirectory(prefix="tito-release-") as root:
            for module in stale:
                write_atomic(Path(root, "source", module.notebook), built[module].read_bytes())
            _generate(course, Path(root), stale)
            for module in stale:
                write(folder / module.notebook, _released(read(Path(root, "release", module.notebook))))
                stamps.record(course, f"{module.slug}.release", _ingredients(course, module), folder / module.notebook)
    return [folder / module.notebook for module in modules]


def is_released(course: Course, module: Module) -> bool:
    """Whether the module's release is up to date with its built notebook."""
    target = course.path("release_path") / module.notebook
    return stamps.is_fresh(course, f"{module.slug}.release", _ingredients(course, module), target)


def _ingredients(course: Course, module: Module) -> str:
    files = [course.notebooks / module.notebook, course.root / "nbgrader_config.py", course.root / "settings.ini"]
    return stamps.digest(*(f.read_bytes() if f.exists() else b"" for f in files))


def _generate(course: Course, root: Path, modules: list[Module]) -> None:
    config = course.root / "nbgrader_config.py"
    job = {
        "root": str(root),
        "assignments": [m.slug for m in modules],
        "config": str(config) if config.exists() else "",
    }
    command = [sys.executable, "-P", str(Path(__file__).with_name("release_job.py"))]
    child = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, cwd=course.root, encoding="utf-8"
    )
    if child.returncode:
        reason = (child.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise TitoError(f"nbgrader could not be run: {reason}.", "Look for what is missing: tito doctor", ENVIRONMENT)
    for slug, problem in json.loads(child.stdout.strip().splitlines()[-1]).items():
        if problem:
            raise TitoError(f"{slug}: nbgrader cannot release the notebook: {problem}.", f"Run: tito dev lint {slug}")


def _released(notebook: dict) -> dict:
    """A released notebook without what only the author's tools need, and without any output."""
    notebook["metadata"].pop("jupytext", None)
    for cell in notebook["cells"]:
        cell["metadata"].pop("lines_to_next_cell", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def notebook_path(course: Course, module: Module) -> Path:
    """The notebook to work on: the student's own, or in the course the one built from the source."""
    return build(course, module) if course.kind == "course" else course.notebooks / module.notebook
