"""Which modules there are, their order, titles and prerequisites; read from the sources.

A folder with a settings.ini is one of three kinds: the `course` itself (modules come from
modules/source), a student's `workspace` or an instructor's `class` (modules come from the
released notebooks kept there).
"""

import configparser
import difflib
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from tito.errors import ENVIRONMENT, FAILED, USAGE, TitoError

COURSE, WORKSPACE, CLASS = "course", "workspace", "class"
_FOLDER = re.compile(r"(\d\d)_(\w+)")


@dataclass(frozen=True)
class Module:
    """One module of the course: `01_tensor` has number 1, name `tensor`, slug `01_tensor`."""

    number: int
    name: str
    title: str
    prerequisites: tuple[str, ...]
    hours: float
    points: int
    path: Path  # its source (*_dev.py) in the course, its pristine release elsewhere

    @property
    def slug(self) -> str:
        """Its folder's name, and its name everywhere."""
        return f"{self.number:02d}_{self.name}"

    @property
    def notebook(self) -> str:
        """Where the notebook stands below a folder of notebooks."""
        return f"{self.slug}/{self.name}.ipynb"

    def facts(self) -> dict:
        """The module's facts as plain data, for --json."""
        return {
            "module": self.slug,
            "title": self.title,
            "prerequisites": list(self.prerequisites),
            "hours": self.hours,
            "points": self.points,
        }


class Course:
    """A folder with a settings.ini, and the modules in it."""

    def __init__(self, root: Path):
        self.root = Path(root).resolve()
        self.settings = configparser.ConfigParser(interpolation=None)
        try:
            self.settings.read_string((self.root / "settings.ini").read_text(encoding="utf-8"))
            self.kind = self.settings["course"]["kind"]
        except (OSError, UnicodeDecodeError, configparser.Error, KeyError) as error:
            raise TitoError(
                f"{self.root / 'settings.ini'} cannot be read: {error}.",
                "Restore it from the course (git checkout settings.ini, or tito init).",
                ENVIRONMENT,
            ) from error

    @classmethod
    def find(cls, start: Path | None = None, do: str = "") -> "Course":
        """The course, workspace or class that contains `start` (default: the current folder); `do`: else what to do."""
        start = Path(start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            file = folder / "settings.ini"
            if file.is_file() and re.search(r"(?m)^\[course\]", file.read_text("utf-8", "replace")):
                return cls(folder)
        raise TitoError(
            f"{start} is not inside a TinyTorch course or workspace.",
            do or "Go to your workspace's folder, or make one: tito init DIR",
            USAGE,
        )

    def path(self, key: str, section: str = "course") -> Path:
        """The folder that settings.ini names under `key`."""
        return self.root / self.settings[section][key]

    @functools.cached_property
    def notebooks(self) -> Path:
        """Where the notebooks stand: built from the sources, or the student's own."""
        return self.path("nbs_path", "DEFAULT")

    @functools.cached_property
    def package(self) -> Path:
        """The folder of the `tinytorch` package."""
        return self.path("lib_path", "DEFAULT")

    @functools.cached_property
    def modules(self) -> list[Module]:
        """Every module, in order."""
        if self.kind == COURSE:
            files = self.path("source_path").glob("[0-9][0-9]_*/*_dev.py")
            return sorted((_from_source(f) for f in files), key=lambda m: m.number)
        files = self.path("release_path").glob("[0-9][0-9]_*/*.ipynb")
        return sorted((_from_release(f) for f in files), key=lambda m: m.number)

    def module(self, text: str) -> tuple[Module, str]:
        """The module that `text` means (3, 03, layers, 03_layers), and a note ("" if exact).

        A right name with a wrong number is resolved by the name, and the note says so.
        """
        word = text.strip().rstrip("/").lower()
        by_name = {m.name: m for m in self.modules}
        by_number = {m.number: m for m in self.modules}
        number, _, name = word.partition("_") if word[:1].isdigit() else ("", "", word)
        if name in by_name:
            module = by_name[name]
            if number and int(number) != module.number if number.isdigit() else bool(number):
                return module, f"There is no {word}; taking {module.slug}."
            return module, ""
        if not name and number.isdigit() and int(number) in by_number:
            return by_number[int(number)], ""
        if not self.modules:
            raise TitoError(f"There are no modules in {self.root}.", "", ENVIRONMENT)
        choices = {m.slug: m for m in self.modules} | by_name
        near = difflib.get_close_matches(word, choices, n=1, cutoff=0.4)
        first, last = self.modules[0].slug, self.modules[-1].slug
        hint = f"Did you mean {choices[near[0]].slug}?" if near else f"Modules: {first} to {last}."
        start, _, exercise = word.partition("-")
        if exercise and start in by_name:  # as `tito test` lists it
            hint = f"The exercise is called {by_name[start].number:02d}.{exercise} here."
        raise TitoError(f"There is no module '{text}'. {hint}", "", USAGE)

    def prerequisites(self, module: Module) -> list[Module]:
        """The modules before this one that it needs, in order, indirect ones included."""
        by_slug = {m.slug: m for m in self.modules}
        needed, todo = set(), list(module.prerequisites)
        while todo:
            slug = todo.pop()
            if slug in by_slug and slug not in needed:
                needed.add(slug)
                todo += by_slug[slug].prerequisites
        return [m for m in self.modules if m.slug in needed]


def header(source: str) -> dict:
    """The jupytext header of a percent source, as the notebook metadata that it becomes."""
    import yaml

    match = re.match(r"# ---\n((?:#.*\n)+?)# ---\n", source)
    if not match:
        raise ValueError("the file does not begin with a jupytext header")
    text = "".join(line[2:] + "\n" for line in match[1].splitlines())
    return yaml.safe_load(text).get("jupyter") or {}


def _from_source(file: Path) -> Module:
    try:
        source = file.read_text(encoding="utf-8")
        return _module(file.parent.name, header(source)["tinytorch"], _points(source, file), file)
    except TitoError:
        raise
    except Exception as error:
        raise TitoError(
            f"{file}: the header does not give the module's facts: {error}.",
            "See docs/author.md, 'The header', and run: tito dev lint",
            FAILED,
        ) from error


def _points(source: str, file: Path) -> int:
    """The points of all checks; a cell whose metadata is broken would silently lose its own."""
    points = 0
    for number, line in enumerate(source.splitlines(), 1):
        match = re.match(r"# %%.*?nbgrader=(.*?)\s*$", line)
        try:
            points += json.loads(match[1]).get("points", 0) if match else 0
        except (ValueError, AttributeError, TypeError) as error:
            problem = f"{file}:{number}: the cell's nbgrader metadata is not valid JSON: {error}."
            raise TitoError(problem, "Mend that line: it must end in nbgrader={…}.", FAILED) from error
    return points


def _from_release(file: Path) -> Module:
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        points = sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in notebook["cells"])
        return _module(file.parent.name, notebook["metadata"]["tinytorch"], points, file)
    except Exception as error:
        raise TitoError(
            f"{file}: the released notebook cannot be read: {error}.",
            "Bring it back from the course: tito init, or tito class release",
            ENVIRONMENT,
        ) from error


def _module(folder: str, facts: dict, points: int, file: Path) -> Module:
    number, name = _FOLDER.fullmatch(folder).groups()
    return Module(
        int(number),
        name,
        str(facts["title"]),
        tuple(facts.get("prerequisites") or ()),
        float(facts["hours"]),
        int(points),
        file,
    )
