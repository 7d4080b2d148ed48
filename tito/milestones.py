"""The milestones: programs that rebuild a piece of history with the framework; which there are, and running one.

A milestone is milestones/YEAR_name.py. Its docstring's first line is its title, NEEDS names the last modules that
it needs, SECONDS says about how long it takes. It leaves NAME.json and NAME.png in the folder that MILESTONE_OUTPUT
names.
"""

import ast
import difflib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tito.course import COURSE, Course
from tito.errors import ENVIRONMENT, USAGE, TitoError

_FILE = re.compile(r"\d{4}_\w+")


@dataclass(frozen=True)
class Milestone:
    """One program, and what is known of it here."""

    name: str
    title: str
    needs: tuple[str, ...]
    missing: tuple[str, ...]  # the modules that are not exported yet, those that others need included
    result: dict | None  # what the last run left behind
    path: Path
    seconds: float | None = None  # about how long it takes on a machine of today; None where it does not say

    @property
    def year(self) -> int:
        """When it was first done."""
        return int(self.name[:4])

    @property
    def done(self) -> bool:
        """Whether its claim held when it last ran."""
        return bool(self.result) and self.result.get("holds") is True

    def facts(self) -> dict:
        """The milestone as plain data, for --json."""
        return {
            "name": self.name,
            "year": self.year,
            "title": self.title,
            "needs": list(self.needs),
            "seconds": self.seconds,
            "missing": list(self.missing),
            "done": self.done,
            "result": self.result,
        }


def output(course: Course) -> Path:
    """Where the milestones leave their pictures and results."""
    return course.root / ("build/milestones" if course.kind == COURSE else "milestones/output")


def every(course: Course) -> list[Milestone]:
    """All milestones of a course or workspace, by year, and within one by what they need."""
    files = sorted((course.root / "milestones").glob("*.py"))
    found = [_milestone(course, file) for file in files if _FILE.fullmatch(file.stem)]
    return sorted(found, key=lambda m: (m.year, m.needs, m.name))


def _milestone(course: Course, file: Path) -> Milestone:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        title = (ast.get_docstring(tree) or file.stem).splitlines()[0]
        needs, seconds = tuple(ast.literal_eval(_value_of(tree, "NEEDS"))), _seconds(tree)
    except (OSError, SyntaxError, ValueError) as error:
        raise TitoError(
            f"{file} cannot be read: {error}.", "Bring it back: delete it, then tito init .", ENVIRONMENT
        ) from error
    title = title.removeprefix(f"{file.stem[:4]}: ").rstrip(".")
    title, missing, result = title[:1].upper() + title[1:], _missing(course, needs), _result(course, file.stem)
    return Milestone(file.stem, title, needs, missing, result, file, seconds)


def _seconds(tree: ast.Module) -> float | None:
    value = ast.literal_eval(_value_of(tree, "SECONDS"))
    return value if isinstance(value, (int, float)) else None


def _value_of(tree: ast.Module, name: str) -> ast.expr:
    """What the program assigns to `name` at its top; an empty tuple where it does not."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == [name]:
            return node.value
    return ast.Tuple([], ast.Load())


def _missing(course: Course, needs: tuple[str, ...]) -> tuple[str, ...]:
    by_slug = {m.slug: m for m in course.modules}
    before = [p.slug for slug in needs if slug in by_slug for p in course.prerequisites(by_slug[slug])]
    chain = dict.fromkeys(sorted({*before, *needs}))
    return tuple(slug for slug in chain if not (course.package / "core" / f"{slug.partition('_')[2]}.py").exists())


def _result(course: Course, name: str) -> dict | None:
    try:
        found = json.loads((output(course) / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def find(course: Course, text: str) -> Milestone:
    """The milestone that `text` means: its name, its year, or a part of its name."""
    known = every(course)
    word = text.strip().lower().removesuffix(".py")
    found = [m for m in known if m.name == word] or [m for m in known if word and word in m.name]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(m.name for m in found)
        raise TitoError(f"'{text}' may be {names}.", f"Say which: tito milestone {found[0].name}", USAGE)
    if not known:
        raise TitoError(
            f"There are no milestones in {course.root}.", "Bring them back from the course: tito init", USAGE
        )
    near = difflib.get_close_matches(word, [m.name for m in known] + [m.name[5:] for m in known], n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "The list: tito milestone"
    raise TitoError(f"There is no milestone '{text}'.", hint, USAGE)


def run(course: Course, milestone: Milestone, quiet: bool = False) -> tuple[int, dict | None]:
    """Run a milestone in a process of its own; its exit code (0 or 1), and the result that it left, if it did.

    quiet: what it prints goes to standard error, so that standard output is free for JSON.
    """
    file = output(course) / f"{milestone.name}.json"
    before = _stamp(file)
    code = _run_child(course, milestone, quiet)
    result = _result(course, milestone.name) if _stamp(file) != before else None
    return (0 if code == 0 else 1), result


def _stamp(file: Path) -> tuple[int, int] | None:
    return (file.stat().st_ino, file.stat().st_mtime_ns) if file.exists() else None


def _run_child(course: Course, milestone: Milestone, quiet: bool) -> int:
    paths = [str(course.root), os.environ.get("PYTHONPATH", "")]
    environment = dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(p for p in paths if p),
        PYTHONIOENCODING=f"{sys.stdout.encoding or 'utf-8'}:replace",
        MILESTONE_OUTPUT=str(output(course)),
    )
    child = subprocess.Popen(
        [sys.executable, str(milestone.path)],
        stdout=sys.stderr.fileno() if quiet else None,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    try:
        code = child.wait()
    except KeyboardInterrupt:  # the terminal has told the child too
        child.wait()
        raise
    finally:
        child.kill()
    if code < 0:
        raise TitoError(
            f"{milestone.name} was killed ({signal.Signals(-code).name}).", "Is there enough memory? tito doctor"
        )
    return code
