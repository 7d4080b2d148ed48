"""The author's commands: new, build, check."""

import json
import os

import pytest

from tito import notebooks
from tito.course import Course


def built(root):
    files = [*root.glob("build/*/*/*.ipynb"), *root.glob("tinytorch/core/*.py")]
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in [*files, root / "tinytorch/_built_by.py"]}


def edit(course, old, new, module=0):
    path = course / "modules/source" / ("00_first/first_dev.py", "01_second/second_dev.py")[module]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# build


def test_build_makes_everything_and_says_so(tiny_course, tito):
    result = tito("dev", "build")
    assert result.code == 0
    assert "00_first" in result.out and "built" in result.out and "tinytorch/core/second.py" in result.out
    assert set(built(tiny_course)) == {
        "build/source/00_first/first.ipynb",
        "build/source/01_second/second.ipynb",
        "build/release/00_first/first.ipynb",
        "build/release/01_second/second.ipynb",
        "tinytorch/core/__init__.py",
        "tinytorch/core/first.py",
        "tinytorch/core/second.py",
        "tinytorch/_built_by.py",
    }


def test_a_second_build_does_nothing_and_a_fresh_one_gives_the_same_bytes(tiny_course, tito, monkeypatch):
    tito("dev", "build")
    before = built(tiny_course)
    times = {p: (tiny_course / p).stat().st_mtime_ns for p in before}
    assert "up to date" in tito("dev", "build").out
    assert {p: (tiny_course / p).stat().st_mtime_ns for p in before} == times
    for path in before:
        if not path.endswith("__init__.py"):
            os.unlink(tiny_course / path)
    tito("dev", "build")
    assert built(tiny_course) == before


def test_build_of_one_module_leaves_the_others(tiny_course, tito):
    data = json.loads(tito("dev", "build", "1", "--json").out)
    assert data["schema"] == "tito/build/1" and [b["module"] for b in data["built"]] == ["01_second"]
    assert data["built"][0]["package"] == "tinytorch/core/second.py" and data["built"][0]["new"] is True
    assert not (tiny_course / "tinytorch/core/first.py").exists()


def test_a_broken_solution_stops_the_build_and_leaves_the_package(tiny_course, tito):
    tito("dev", "build")
    before = (tiny_course / "tinytorch/core/first.py").read_bytes()
    edit(tiny_course, "return 2 * x", "return 2 *")
    result = tito("dev", "build")
    assert result.code == 1 and "00_first, cell 4 (first-double), line 5: SyntaxError" in result.err
    assert (tiny_course / "tinytorch/core/first.py").read_bytes() == before


def test_authors_commands_need_a_course(tiny_workspace, tito):
    for arguments in (["build"], ["check"], ["lint"], ["new", "05_x"]):
        result = tito("dev", *arguments)
        assert result.code == 2 and "is a workspace: this command works in a course" in result.err


@pytest.mark.parametrize("command", ["build", "check", "lint"])
def test_an_unknown_module_is_named_with_the_nearest(command, tiny_course, tito):
    result = tito("dev", command, "frist")
    assert result.code == 2 and "There is no module 'frist'. Did you mean 00_first?" in result.err


# check


def stale(tito):
    result = tito("dev", "check", "--json")
    data = json.loads(result.out)
    assert data["schema"] == "tito/check/1" and result.code == int(bool(data["stale"]))
    return {s["file"]: (s["why"], s["do"]) for s in data["stale"]}


def test_check_says_what_is_not_built(tiny_course, tito):
    assert stale(tito)["build/release/01_second/second.ipynb"] == ("not built yet", "tito dev build 01_second")
    assert len(stale(tito)) == 7


def test_check_is_silent_after_a_build_and_writes_nothing(tiny_course, tito):
    tito("dev", "build")
    before = {p: p.stat().st_mtime_ns for p in tiny_course.rglob("*") if p.is_file()}
    assert stale(tito) == {}
    assert {p: p.stat().st_mtime_ns for p in tiny_course.rglob("*") if p.is_file()} == before


def test_check_finds_a_changed_source(tiny_course, tito):
    tito("dev", "build")
    edit(tiny_course, "Twice x", "Two times x")
    assert {f: why for f, (why, _) in stale(tito).items()} == {
        "build/source/00_first/first.ipynb": "behind its source",
        "tinytorch/core/first.py": "behind its source",
    }


@pytest.mark.parametrize(
    "file, why",
    [
        ("build/source/00_first/first.ipynb", "behind its source"),
        ("build/release/00_first/first.ipynb", "behind its source"),
        ("tinytorch/core/first.py", "behind its source"),
        ("tinytorch/_built_by.py", "does not list what the package exports"),
    ],
)
def test_check_finds_a_file_edited_by_hand(file, why, tiny_course, tito):
    tito("dev", "build")
    path = tiny_course / file
    path.write_text(path.read_text() + "\n")
    assert stale(tito)[file][0] == why
    tito("dev", "build")
    assert stale(tito) == {}


def test_check_finds_a_source_that_is_not_canonical(tiny_course, tito):
    edit(tiny_course, "# %% [markdown]\n# # Second", "# %%  [markdown]\n# # Second", module=1)
    tito("dev", "build")
    file = "modules/source/01_second/second_dev.py"
    assert stale(tito) == {file: ("not in canonical form", "tito dev lint --fix 01_second")}


# new


def test_a_new_module_builds_releases_and_passes_as_it_is(tiny_course, tito):
    assert tito("dev", "new", "24_robotics").code == 0
    assert tito("dev", "lint", "24").code == 0
    assert tito("dev", "build").code == 0
    assert tito("test", "24_robotics").code == 0
    module, _ = Course(tiny_course).module("robotics")
    assert (module.title, module.prerequisites, module.points) == ("Robotics", ("01_second",), 5)
    release = notebooks.read(tiny_course / "build/release" / module.notebook)
    assert "cumsum(x) /" not in json.dumps(release)


@pytest.mark.parametrize(
    "name, code, words",
    [
        ("robotics", 2, "no name for a module"),
        ("5_x", 2, "no name for a module"),
        ("05_X", 2, "no name for a module"),
        ("../05_x", 2, "no name for a module"),
        ("00_other", 4, "There is a module 00_first already"),
        ("05_first", 4, "There is a module 00_first already"),
    ],
)
def test_new_refuses_a_bad_or_taken_name(name, code, words, tiny_course, tito):
    before = sorted(tiny_course.rglob("*"))
    result = tito("dev", "new", name)
    assert result.code == code and words in result.err
    assert sorted(tiny_course.rglob("*")) == before
