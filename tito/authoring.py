"""What authors do with modules: begin one, and see what is behind its source."""

import re
import string
from dataclasses import dataclass
from pathlib import Path

from tito import export, notebooks
from tito.course import Course, Module
from tito.errors import USAGE, WOULD_OVERWRITE, TitoError
from tito.files import write_atomic


@dataclass(frozen=True)
class Stale:
    """A file that is behind what it is made from, why, and the command that mends it."""

    file: str
    why: str
    do: str


def new(course: Course, slug: str) -> Path:
    """Write the source of a new module from the template; return it."""
    match = re.fullmatch(r"(\d\d)_([a-z][a-z0-9_]*)", slug)
    if not match:
        raise TitoError(
            f"'{slug}' is no name for a module: expected two digits, _ and lower-case letters.",
            "For example: tito dev new 24_robotics",
            USAGE,
        )
    number, name = match.groups()
    for module in course.modules:
        if module.number == int(number) or module.name == name:
            raise TitoError(
                f"There is a module {module.slug} already.", "Choose another number and name.", WOULD_OVERWRITE
            )
    before = [m.slug for m in course.modules if m.number < int(number)]
    template = Path(__file__).with_name("templates") / "module_dev.txt"
    text = string.Template(template.read_text(encoding="utf-8")).safe_substitute(
        name=name, title=name.replace("_", " ").capitalize(), prerequisites="".join(before[-1:])
    )
    file = course.path("source_path") / slug / f"{name}_dev.py"
    write_atomic(file, notebooks.to_source(notebooks.from_source(text, slug)))
    return file


def stale(course: Course, modules: list[Module]) -> list[Stale]:
    """Every file of these modules that is behind its source; nothing is written."""
    found = [item for module in modules for item in _stale(course, module)]
    table = course.package / "_built_by.py"
    if not table.exists() or table.read_text(encoding="utf-8") != export.built_by(course):
        found.append(_item(course, table, "does not list what the package exports", "tito dev build"))
    return found


def _stale(course: Course, module: Module):
    source = module.path.read_text(encoding="utf-8")
    content = notebooks.from_source(source, module.slug)
    build = f"tito dev build {module.slug}"
    if notebooks.to_source(content) != source:
        yield _item(course, module.path, "not in canonical form", f"tito dev lint --fix {module.slug}")
    notebook = course.notebooks / module.notebook
    if not notebook.exists() or notebook.read_text(encoding="utf-8") != notebooks.as_text(content):
        yield _item(course, notebook, _why(notebook), build)
    release = course.path("release_path") / module.notebook
    if not notebooks.is_released(course, module):
        yield _item(course, release, _why(release), build)
    package = export.target(course, module)
    text = export.module_text(content, export.origin(course, module), module)
    if not package.exists() or package.read_text(encoding="utf-8") != text:
        yield _item(course, package, _why(package), build)


def _why(file: Path) -> str:
    return "behind its source" if file.exists() else "not built yet"


def _item(course: Course, file: Path, why: str, do: str) -> Stale:
    return Stale(file.relative_to(course.root).as_posix(), why, do)
