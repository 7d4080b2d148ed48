"""A workspace of the real course holds nothing of its solutions and hidden tests, in whatever file."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tito import workspace
from tito.course import Course

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.S)


def telling_lines(source: str) -> set[str]:
    """The lines of solutions and hidden tests that stand nowhere else in the source."""
    outside = BLOCK.sub("", source)
    lines = {line.strip() for block in BLOCK.finditer(source) for line in block[2].splitlines()}
    return {line for line in lines if len(line) >= 20 and line not in outside and not line.startswith("#")}


def text_of(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".ipynb":
        return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return text


@pytest.fixture(scope="module")
def real_workspace(tmp_path_factory):
    """A workspace made from a copy of this course, with everything that was ever exported in place."""
    course = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "modules", course / "modules", ignore=ignored)
    shutil.copytree(ROOT / "tinytorch", course / "tinytorch", ignore=ignored)
    shutil.copytree(ROOT / "milestones", course / "milestones", ignore=ignored)
    for name in ("settings.ini", "pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, course / name)
    workspace.create(Course(course), course.parent / "secret-less")
    return course.parent / "secret-less"


def test_no_file_of_the_workspace_tells_a_solution_or_a_hidden_test(real_workspace):
    secrets = {}
    for source in sorted((ROOT / "modules" / "source").glob("*/*_dev.py")):
        lines = telling_lines(source.read_text(encoding="utf-8"))
        assert lines, source
        secrets |= dict.fromkeys(lines, source.name)
    told = []
    for file in (p for p in real_workspace.rglob("*") if p.is_file()):
        text = text_of(file)
        told += [(file.relative_to(real_workspace).as_posix(), s, secrets[s]) for s in secrets if s in text]
    assert told == []


def test_no_notebook_has_a_marker_or_an_output(real_workspace):
    notebooks = sorted(real_workspace.rglob("*.ipynb"))
    assert len(notebooks) == 2 * len(Course(ROOT).modules)
    for file in notebooks:
        assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)", text_of(file)), file
        assert not [c for c in json.loads(file.read_text())["cells"] if c.get("outputs")], file


def test_the_package_holds_only_what_is_not_exported(real_workspace):
    assert [p.name for p in (real_workspace / "tinytorch" / "core").iterdir()] == ["__init__.py"]
