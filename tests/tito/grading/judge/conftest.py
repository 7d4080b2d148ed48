"""Students' processes without a sandbox, one server per module, and small notebooks to judge."""

import contextlib

import pytest
from small import ROOT, cell

from tito import notebooks
from tito.course import Course
from tito.grading import judge, plain

DEADLINES = judge.Deadlines(call=10, cell=20)


@pytest.fixture(scope="session")
def course():
    """The real course."""
    return Course(ROOT)


@pytest.fixture(scope="session")
def hosts(course, tmp_path_factory):
    """The server of a module's submissions: `hosts("01_tensor")`."""
    running = {}
    with contextlib.ExitStack() as stack:

        def host(slug: str) -> plain.Host:
            if slug not in running:
                module, _ = course.module(slug)
                folder = plain.bundle(course, module, tmp_path_factory.mktemp(slug) / "bundle")
                running[slug] = stack.enter_context(plain.Host(folder))
            return running[slug]

        yield host


@pytest.fixture(scope="session")
def pristine(course):
    """A module's notebook with its solutions: `pristine("01_tensor")`."""
    made = {}

    def notebook(slug: str) -> dict:
        if slug not in made:
            module, _ = course.module(slug)
            made[slug] = notebooks.from_source(module.path.read_text(encoding="utf-8"), slug)
        return made[slug]

    return notebook


@pytest.fixture
def judged(hosts):
    """Judge small notebooks: `judged(solution, check)`, or with a list of cells in place of both."""

    def run(solution, check: str = "", *, deadlines=DEADLINES, seed="s", points=5):
        cells = solution
        if isinstance(solution, str):
            cells = [cell("solution", "own", solution), cell("check", "test-own", check, points)]
        notebook = {"cells": cells}
        return judge.run(judge.clean_cells(notebook), notebook, hosts("00_setup").start, deadlines, seed)

    return run


@pytest.fixture
def message(judged):
    """The message of a small notebook's check, "" if it passes."""

    def run(solution, check: str, **options) -> str:
        (result,) = judged(solution, check, **options).checks
        assert (result.status == "passed") == (result.points == 5) == (result.message == "")
        return result.message

    return run
