# ruff: noqa: E501  (the sources below are shown as they stand in a file)
"""Fixtures shared by the suites: a tiny course of two modules, written fresh for each test."""

import os
import shutil
import textwrap
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two workers on two cores: more threads only wait for each other

ROOT = Path(__file__).parent.parent

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 0.5
#     prerequisites:{prerequisites}
#     title: {title}
# ---

"""


def meta(grade_id: str, *, solution: bool = False, points: int | None = None) -> str:
    """The percent line of an nbgrader cell; with `points` it is a graded check."""
    grade = points is not None
    extra = f'"points": {points}, ' if grade else ""
    return (
        f'# %% nbgrader={{"grade": {str(grade).lower()}, "grade_id": "{grade_id}", '
        f'"locked": {str(not solution).lower()}, {extra}"schema_version": 3, '
        f'"solution": {str(solution).lower()}, "task": false}}\n'
    )


FIRST = (
    HEADER.format(prerequisites=" []", title="First steps")
    + "# %% [markdown]\n# # First steps\n# > Two functions.\n\n"
    + meta("first-imports")
    + "#| default_exp core.first\n#| export\nimport math\n\n\n"
    + textwrap.dedent("""\
        # %% [markdown]
        # ## Doubling
        # Write `double`.
        #
        # <details><summary>Hint 1: the idea</summary>
        #
        # Twice a number is the number added to itself.
        #
        # </details>
        # <details><summary>Hint 2: the formula</summary>
        #
        # `2 * x`
        #
        # </details>

        """)
    + meta("first-double", solution=True)
    + '#| export\ndef double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n\n\n'
    + meta("test-first-double", points=3)
    + 'def test_unit_double():\n    """double doubles."""\n    assert double(4) == 8, f"double(4): expected 8, got {double(4)}"\n\n\n'
    + "test_unit_double()\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n### END HIDDEN TESTS\n\n"
    + "# %% [markdown]\n# ## Quadrupling\n# Write `quadruple` with `double`.\n\n"
    + meta("first-quadruple", solution=True)
    + '#| export\ndef quadruple(x):\n    """Four times x."""\n    ### BEGIN SOLUTION\n    return double(double(x))\n    ### END SOLUTION\n\n\n'
    + meta("test-first-quadruple", points=2)
    + 'def test_unit_quadruple():\n    """quadruple is double twice."""\n'
    + '    assert quadruple(3) == 12, f"quadruple(3): expected 12, got {quadruple(3)}"\n\n\ntest_unit_quadruple()\n'
)

SECOND = (
    HEADER.format(prerequisites="\n#     - 00_first", title="Second steps")
    + "# %% [markdown]\n# # Second steps\n# > One function more.\n\n"
    + meta("second-imports")
    + "#| default_exp core.second\n#| export\nfrom tinytorch.core.first import double\n\n\n"
    + meta("second-eight", solution=True)
    + '#| export\ndef eight(x):\n    """Eight times x."""\n    ### BEGIN SOLUTION\n    return double(double(double(x)))\n    ### END SOLUTION\n\n\n'
    + meta("test-second-eight", points=5)
    + 'def test_unit_eight():\n    """eight is double three times."""\n    assert eight(2) == 16, f"eight(2): expected 16, got {eight(2)}"\n\n\ntest_unit_eight()\n'
)


@pytest.fixture
def tiny_course(tmp_path, monkeypatch):
    """The folder of a course with modules 00_first and 01_second, the current folder."""
    root = make_tiny_course(tmp_path / "course")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="session", name="make_tiny_course")
def _make_tiny_course():
    """`make_tiny_course`, for fixtures of other folders."""
    return make_tiny_course


def make_tiny_course(root: Path) -> Path:
    """Write the tiny course into the new folder `root`."""
    root.mkdir()
    for name in ("settings.ini", "pyproject.toml", "nbgrader_config.py"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, root / name)
    for slug, text in (("00_first", FIRST), ("01_second", SECOND)):
        folder = root / "modules" / "source" / slug
        folder.mkdir(parents=True)
        (folder / f"{slug[3:]}_dev.py").write_text(text)
    package = root / "tinytorch"
    shutil.copytree(ROOT / "tinytorch", package, ignore=shutil.ignore_patterns("__pycache__", "core", "_built_by.py"))
    (package / "core").mkdir()
    if (ROOT / "tinytorch/core/__init__.py").exists():
        shutil.copy(ROOT / "tinytorch/core/__init__.py", package / "core/__init__.py")
    return root
