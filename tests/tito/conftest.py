"""Fixtures of the command line's tests: tito in this process, and a student's workspace."""

import re
import sys
from dataclasses import dataclass

import pytest


@dataclass
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def tito(monkeypatch, capsys):
    """Run tito in this process: `tito("reset", "00")`."""
    from tito.cli import main

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["tito", *map(str, arguments)])
        monkeypatch.setenv("PATH", sys.path[0])  # main changes it
        capsys.readouterr()
        code = main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(code, out, err)

    return run


def strip(notebook: dict) -> dict:
    """A stand-in for nbgrader's release: the same cells without solutions and hidden tests."""
    for cell in notebook["cells"]:
        text = re.sub(
            r"( *)### BEGIN SOLUTION.*?### END SOLUTION\n?",
            r"\1raise NotImplementedError\n",
            cell["source"],
            flags=re.S,
        )
        cell["source"] = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", "", text, flags=re.S)
    return notebook


@pytest.fixture
def quick_release(monkeypatch):
    """`notebooks.release` without nbgrader, which takes two seconds."""
    from tito import notebooks

    def release(course, modules):
        paths = []
        for module in modules:
            path = course.path("release_path") / module.notebook
            notebooks.write(path, strip(notebooks.read(notebooks.build(course, module))))
            paths.append(path)
        return paths

    monkeypatch.setattr(notebooks, "release", release)


@pytest.fixture
def tiny_workspace(tiny_course, quick_release, monkeypatch, tmp_path):
    """A student's workspace of the tiny course, the current folder."""
    from tito import workspace
    from tito.course import Course

    folder = tmp_path / "mine"
    workspace.create(Course(tiny_course), folder, student="ada")
    monkeypatch.chdir(folder)
    return Course(folder)
