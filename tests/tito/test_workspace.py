"""A workspace: made whole or not at all, without a solution, and nothing in it is ever lost."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tito import notebooks, workspace
from tito.course import Course
from tito.errors import ENVIRONMENT, USAGE, WOULD_OVERWRITE, TitoError


def notebook_of(course, slug="00_first"):
    return course.notebooks / slug / f"{slug[3:]}.ipynb"


def edit(path, grade_id, text):
    notebook = notebooks.read(path)
    for cell in notebook["cells"]:
        if notebooks.grade_id(cell) == grade_id:
            cell["source"] = text
    notebooks.write(path, notebook)


def cell_text(path, grade_id):
    return [c["source"] for c in notebooks.read(path)["cells"] if notebooks.grade_id(c) == grade_id]


def test_create_makes_everything_that_a_student_needs(tiny_workspace):
    root = tiny_workspace.root
    assert [m.slug for m in tiny_workspace.modules] == ["00_first", "01_second"]
    assert tiny_workspace.modules[0].points == 5 and tiny_workspace.modules[1].prerequisites == ("00_first",)
    assert workspace.student_id(tiny_workspace) == "ada"
    for name in ("README.md", "Makefile", "pyproject.toml", "nbgrader_config.py", ".gitignore", "tito/__main__.py"):
        assert (root / name).read_text().strip(), name
        assert "{{" not in (root / name).read_text().replace("{{(", "")
    assert [p.name for p in (root / "tinytorch" / "core").iterdir()] == ["__init__.py"]
    assert (root / "tinytorch" / "testing.py").exists()
    assert notebook_of(tiny_workspace).read_bytes() == (root / ".tito/release/00_first/first.ipynb").read_bytes()


def test_create_names_every_dependency_of_the_course(tiny_course, tiny_workspace):
    import tomllib

    course = tomllib.loads((tiny_course / "pyproject.toml").read_text())
    mine = tomllib.loads((tiny_workspace.root / "pyproject.toml").read_text())
    assert mine["project"]["dependencies"] == course["project"]["dependencies"]
    assert mine["build-system"] == course["build-system"]
    assert mine["project"]["scripts"] == course["project"]["scripts"]


def test_no_file_of_a_real_release_holds_a_solution(tiny_course, tmp_path):
    """Through nbgrader itself; the texts are the tiny course's solutions and hidden tests."""
    workspace.create(Course(tiny_course), tmp_path / "mine")
    secrets = ("return 2 * x", "return double(double(x))", "double(-1) == -2", "double(double(double(x)))")
    files = [p for p in (tmp_path / "mine").rglob("*") if p.is_file()]
    assert len(files) > 30
    for file in files:
        text = file.read_text(errors="replace")
        assert not [s for s in secrets if s in text], file
        if file.suffix == ".ipynb":
            assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text, file
            assert all(not c.get("outputs") for c in json.loads(text)["cells"])


def test_create_refuses_a_folder_that_holds_something_else(tiny_course, quick_release, tmp_path):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("mine")
    with pytest.raises(TitoError) as caught:
        workspace.create(Course(tiny_course), other)
    assert caught.value.code == WOULD_OVERWRITE
    assert [p.name for p in other.iterdir()] == ["chapter.txt"]


def test_create_refuses_the_course_itself_and_a_file(tiny_course, quick_release, tmp_path):
    (tmp_path / "file").write_text("mine")
    for target in (tiny_course, tmp_path, tmp_path / "file"):
        with pytest.raises(TitoError) as caught:
            workspace.create(Course(tiny_course), target)
        assert caught.value.code == WOULD_OVERWRITE, target
        assert ("holds the course itself" in str(caught.value)) == target.is_dir()
    assert (tmp_path / "file").read_text() == "mine"


def test_create_takes_an_empty_folder(tiny_course, quick_release, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "README.md" in workspace.create(Course(tiny_course), tmp_path / "empty")
    assert (tmp_path / "empty" / "settings.ini").exists()


def test_create_again_puts_back_only_what_is_missing(tiny_course, tiny_workspace):
    edit(notebook_of(tiny_workspace), "first-double", "my own work")
    notebook_of(tiny_workspace, "01_second").unlink()
    added = workspace.create(Course(tiny_course), tiny_workspace.root, "somebody-else")
    assert added == ["notebooks/01_second/second.ipynb"]
    assert cell_text(notebook_of(tiny_workspace), "first-double") == ["my own work"]
    assert workspace.student_id(Course(tiny_workspace.root)) == "ada"
    assert workspace.create(Course(tiny_course), tiny_workspace.root) == []


def test_create_again_tells_which_files_the_course_has_changed(tiny_course, tiny_workspace, tito, monkeypatch):
    root = tiny_workspace.root
    edit(notebook_of(tiny_workspace), "first-double", "my own work")
    (root / "tinytorch" / "core" / "first.py").write_text("# exported")
    (root / "tinytorch" / "core" / "__init__.py").write_text("# mine")
    assert workspace.create(Course(tiny_course), root, "somebody-else").kept == []
    old = ["README.md", "tito/check.py", "tito/cli/ui.py", "tinytorch/__init__.py"]
    for name in old:
        (root / name).write_text("# of yesterday")
    assert sorted(workspace.create(Course(tiny_course), root).kept) == sorted(old)
    monkeypatch.chdir(tiny_course)
    result = tito("init", root)
    assert "complete; nothing was changed.\nKept, though the course's are other ones by now: README.md, " in result.out
    assert "tinytorch (1 file), tito (2 files). To have the course's, delete yours" in " ".join(result.out.split())
    assert max(map(len, result.out.splitlines()[1:])) <= 80
    assert json.loads(tito("init", root, "--json").out)["kept"] == sorted(old)
    for name in old:
        assert (root / name).read_text() == "# of yesterday"
        (root / name).unlink()
    result = tito("init", root)
    assert result.code == 0 and "4 files added, 0 of them notebooks.\nNext:" in result.out and "Kept" not in result.out


def test_create_that_fails_leaves_nothing(tiny_course, quick_release, tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace.shutil, "copytree", full)
    with pytest.raises(TitoError, match="No space left") as caught:
        workspace.create(Course(tiny_course), tmp_path / "mine")
    assert caught.value.code == ENVIRONMENT
    assert [p.name for p in tmp_path.iterdir()] == ["course"]


def test_create_that_is_killed_leaves_no_half_workspace(tiny_course, quick_release, tmp_path):
    """The process ends by SIGKILL in the middle of copying: the folder's name does not exist."""
    release = tiny_course / "build" / "release"
    workspace._releases(Course(tiny_course))
    code = f"""
import os, shutil, signal
from pathlib import Path
from tito import notebooks, workspace
from tito.course import Course
notebooks.release = lambda course, modules: [Path({str(release)!r}) / m.notebook for m in modules]
shutil.copyfile = lambda *a, **o: os.kill(os.getpid(), signal.SIGKILL)
workspace.create(Course(Path({str(tiny_course)!r})), Path({str(tmp_path / "mine")!r}))
"""
    done = subprocess.run([sys.executable, "-c", code])
    assert done.returncode == -9
    assert not (tmp_path / "mine").exists()
    [left] = tmp_path.glob(".mine*")
    os.utime(left, (0, 0))
    workspace.create(Course(tiny_course), tmp_path / "mine")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["course", "mine"]


def test_create_works_only_from_the_course(tiny_workspace, tmp_path):
    with pytest.raises(TitoError, match="holds no sources") as caught:
        workspace.create(tiny_workspace, tmp_path / "another")
    assert caught.value.code == USAGE and "course's own folder" in str(caught.value)


@pytest.mark.parametrize("student", ["a b", "../up", "x/y", "a+b", "*", ".hidden", "é", "x" * 65])
def test_a_student_id_that_would_break_file_names_is_refused(student):
    with pytest.raises(TitoError) as caught:
        workspace.checked_student(student)
    assert caught.value.code == USAGE


def test_the_courses_exchange_is_known_in_the_workspace(tiny_course, quick_release, tmp_path):
    settings = (tiny_course / "settings.ini").read_text()
    (tiny_course / "settings.ini").write_text(settings.replace("[grading]", "[grading]\nexchange_path = ../exchange"))
    workspace.create(Course(tiny_course), tmp_path / "mine")
    assert Course(tmp_path / "mine").settings["course"]["exchange_path"] == str(tmp_path / "exchange")


def test_remember_student_changes_one_line(tiny_workspace):
    file = tiny_workspace.root / "settings.ini"
    before = file.read_text()
    workspace.remember_student(tiny_workspace, "bob@uni.edu")
    assert file.read_text() == before.replace("student = ada", "student = bob@uni.edu")
    file.write_text(before.replace("student = ada\n", ""))
    workspace.remember_student(Course(tiny_workspace.root), "eve")
    assert workspace.student_id(Course(tiny_workspace.root)) == "eve"


def test_reset_and_undo_and_undo_again(tiny_workspace):
    path = notebook_of(tiny_workspace)
    released = path.read_bytes()
    edit(path, "first-double", "my own work")
    mine = path.read_bytes()
    module, _ = tiny_workspace.module("00")
    workspace.reset(tiny_workspace, module)
    assert path.read_bytes() == released
    assert workspace.undo(tiny_workspace)["why"] == "reset of 00_first"
    assert path.read_bytes() == mine
    workspace.undo(tiny_workspace)
    assert path.read_bytes() == released
    workspace.undo(tiny_workspace, "0001")
    assert path.read_bytes() == mine


def test_reset_of_one_exercise_leaves_the_others(tiny_workspace):
    path = notebook_of(tiny_workspace)
    fresh = cell_text(path, "first-double")
    edit(path, "first-double", "wrong")
    edit(path, "first-quadruple", "right")
    module, _ = tiny_workspace.module("00")
    workspace.reset(tiny_workspace, module, "double")
    assert cell_text(path, "first-double") == fresh
    assert cell_text(path, "first-quadruple") == ["right"]


def test_reset_of_one_exercise_mends_deleted_and_duplicated_cells(tiny_workspace):
    path = notebook_of(tiny_workspace)
    module, _ = tiny_workspace.module("00")
    order = [notebooks.grade_id(c) for c in notebooks.read(path)["cells"]]
    original = notebooks.read(path)
    without = [c for c in original["cells"] if notebooks.grade_id(c) != "first-quadruple"]
    notebooks.write(path, {**original, "cells": without})
    workspace.reset(tiny_workspace, module, "quadruple")
    assert [notebooks.grade_id(c) for c in notebooks.read(path)["cells"]] == order
    twice = [c for c in original["cells"] for _ in range(2 if notebooks.grade_id(c) == "first-double" else 1)]
    notebooks.write(path, {**original, "cells": twice})
    workspace.reset(tiny_workspace, module, "double")
    assert [notebooks.grade_id(c) for c in notebooks.read(path)["cells"]] == order


def test_reset_of_one_exercise_in_a_notebook_from_colab(tiny_workspace):
    """nbformat 4.0, a BOM, CRLF, no cell ids, metadata of its own: it stays a valid notebook of its version."""
    path = notebook_of(tiny_workspace)
    colab = notebooks.read(path)
    colab |= {"nbformat_minor": 0, "metadata": {**colab["metadata"], "colab": {"provenance": []}}}
    for cell in colab["cells"]:
        del cell["id"]
        cell["source"] = cell["source"].replace("\n", "\r\n").splitlines(keepends=True)
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(colab).encode())
    edit(path, "first-double", "mine")
    module, _ = tiny_workspace.module("00")
    workspace.reset(tiny_workspace, module, "double")
    assert "NotImplementedError" in cell_text(path, "first-double")[0]
    import nbformat

    nbformat.validate(json.loads(path.read_text()))
    assert not [c for c in json.loads(path.read_text())["cells"] if "id" in c]


def test_reset_of_a_damaged_notebook_keeps_the_damaged_one(tiny_workspace):
    path = notebook_of(tiny_workspace)
    released = path.read_bytes()
    path.write_bytes(b'{"cells": [half of')
    module, _ = tiny_workspace.module("00")
    with pytest.raises(TitoError, match="damaged"):
        workspace.reset(tiny_workspace, module, "double")
    assert path.read_bytes() == b'{"cells": [half of'
    workspace.reset(tiny_workspace, module)
    assert path.read_bytes() == released
    workspace.undo(tiny_workspace)
    assert path.read_bytes() == b'{"cells": [half of'


def test_reset_of_a_missing_notebook_brings_it_back(tiny_workspace):
    path = notebook_of(tiny_workspace)
    shutil.rmtree(path.parent)
    module, _ = tiny_workspace.module("00")
    workspace.reset(tiny_workspace, module)
    assert cell_text(path, "first-double")
    workspace.undo(tiny_workspace)
    assert not path.exists()


def test_a_backup_that_cannot_be_written_stops_the_change(tiny_workspace, monkeypatch):
    path = notebook_of(tiny_workspace)
    edit(path, "first-double", "my own work")
    mine = path.read_bytes()

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace.shutil, "copy2", full)
    module, _ = tiny_workspace.module("00")
    with pytest.raises(TitoError, match="could not be backed up"):
        workspace.reset(tiny_workspace, module)
    assert path.read_bytes() == mine
    assert workspace.backups(tiny_workspace) == []


def test_undo_with_nothing_to_undo_and_with_a_wrong_name(tiny_workspace):
    with pytest.raises(TitoError, match="nothing to undo"):
        workspace.undo(tiny_workspace)
    workspace.backup(tiny_workspace, notebook_of(tiny_workspace), "a test")
    with pytest.raises(TitoError, match="There is no backup '77'") as caught:
        workspace.undo(tiny_workspace, "77")
    assert caught.value.code == USAGE


def test_progress_is_merged_and_survives_damage(tiny_workspace):
    module, _ = tiny_workspace.module("00")
    workspace.record(tiny_workspace, module, hints={"first-double": 1}, checks={"passed": 1, "total": 2})
    workspace.record(tiny_workspace, module, hints={"first-quadruple": 2})
    known = workspace.progress(tiny_workspace)["00_first"]
    assert known["hints"] == {"first-double": 1, "first-quadruple": 2}
    assert known["checks"] == {"passed": 1, "total": 2}
    file = tiny_workspace.root / ".tito" / "progress.json"
    for damage in ("{half", "[]", '{"modules": [1]}', ""):
        file.write_text(damage)
        assert workspace.progress(tiny_workspace) == {}
        assert file.with_name("progress.damaged.json").read_text() == damage
    workspace.record(tiny_workspace, module, checks={"passed": 2, "total": 2})
    assert workspace.progress(tiny_workspace)["00_first"]["checks"]["passed"] == 2


def test_nothing_is_recorded_outside_a_workspace(tiny_course):
    course = Course(tiny_course)
    workspace.record(course, course.modules[0], checks={"passed": 1, "total": 1})
    assert workspace.backup(course, tiny_course / "settings.ini", "a test") == ""
    assert not (tiny_course / ".tito").exists()


def test_filled_counts_the_exercises_that_were_changed(tiny_workspace):
    module, _ = tiny_workspace.module("00")
    assert workspace.filled(tiny_workspace, module) == (0, 2)
    edit(notebook_of(tiny_workspace), "first-double", "def double(x): return x")
    assert workspace.filled(tiny_workspace, module) == (1, 2)
    notebook_of(tiny_workspace).write_text("{")
    assert workspace.filled(tiny_workspace, module) == (0, 2)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_workspace_has_the_permissions_of_any_new_folder(tiny_course, quick_release, tmp_path):
    old = os.umask(0o027)
    try:
        workspace.create(Course(tiny_course), tmp_path / "mine")
    finally:
        os.umask(old)
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o750
