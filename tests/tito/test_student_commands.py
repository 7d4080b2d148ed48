"""The student's commands: what they print, their exit codes, and bad input to each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tito import notebooks, workspace
from tito.course import Course

NOTEBOOK = Path("notebooks/00_first/first.ipynb")
HEAVY = ("numpy", "nbformat", "rich", "yaml", "jupytext", "nbgrader", "nbdev", "matplotlib")


def fill(grade_id="first-double", text="def double(x):\n    return 2 * x"):
    notebook = notebooks.read(NOTEBOOK)
    for cell in notebook["cells"]:
        if notebooks.grade_id(cell) == grade_id:
            cell["source"] = text
    notebooks.write(NOTEBOOK, notebook)


def source_of(grade_id):
    return next(c["source"] for c in notebooks.read(NOTEBOOK)["cells"] if notebooks.grade_id(c) == grade_id)


# What every command has in common


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], [], ["status"], ["hint", "--help"], ["doctor", "--help"]])
def test_what_must_be_quick_imports_nothing_heavy(arguments, tiny_workspace):
    code = f"""
import sys
sys.argv = ["tito", *{arguments!r}]
from tito.__main__ import main
code = main()
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


def test_the_help_lists_every_command_of_the_folder(tito):
    out = tito("--help").out
    for name in ("setup", "doctor", "init", "lab", "status", "open", "hint", "reset", "undo", "submit", "class", "dev"):
        assert f"\n  {name} " in out
    assert max(len(line) for line in out.splitlines()) <= 80 and "..." not in out.partition("Commands:")[2]


def test_the_help_keeps_what_is_not_for_students_apart(tito):
    out = tito("--help").out
    mine, _, others = out.partition("\nFor instructors and authors:\n")
    assert "\n  class" not in mine and "\n  dev" not in mine
    assert [line.split()[0] for line in others.splitlines()] == ["class", "dev"]
    assert "instructors and authors" not in tito("dev", "--help").out


def groups(command=None, path=()):
    """Every group of commands below `command`, with the words that lead to it."""
    import click

    from tito.cli import tito as outermost

    command = command or outermost
    context = click.Context(command, info_name="tito", max_content_width=80, terminal_width=80)
    found = [(" ".join(path) or "tito", command, context)]
    for name in command.list_commands(context):
        if isinstance(command.get_command(context, name), click.Group):
            found += groups(command.get_command(context, name), (*path, name))
    return found


@pytest.mark.parametrize(("name", "group", "context"), groups(), ids=lambda g: g if isinstance(g, str) else "")
def test_no_short_help_is_cut(name, group, context):
    lines = [line for line in group.get_help(context).partition("Commands:\n")[2].splitlines() if line[:1] == " "]
    assert len(lines) == len(group.list_commands(context)) > 1
    assert [line for line in lines if not line.endswith((".", ")")) or "..." in line or len(line) > 80] == []


@pytest.mark.parametrize(
    "name", ["setup", "doctor", "init", "lab", "status", "open", "hint", "reset", "undo", "submit"]
)
def test_each_help_fits_80_columns(name, tito):
    result = tito(name, "--help")
    assert result.code == 0 and f"Usage: tito {name}" in result.out
    assert max(len(line) for line in result.out.splitlines()) <= 80


@pytest.mark.parametrize("command", ["open", "hint", "reset", "submit"])
def test_an_unknown_module_is_one_line_and_code_2(command, tito, tiny_workspace):
    result = tito(command, "frist.x" if command == "hint" else "frist")
    assert result.code == 2 and result.out == ""
    assert result.err.splitlines() == ["tito: There is no module 'frist'. Did you mean 00_first?"]


@pytest.mark.parametrize("command", ["hint", "test", "reset"])
def test_an_exercises_name_as_it_is_listed_is_answered_with_the_one_to_type(command, tito, tiny_workspace):
    result = tito(command, "first-double")
    assert result.code == 2 and "The exercise is called 00.double here." in result.err


@pytest.mark.parametrize(
    "command", [["open", "00"], ["hint", "00.double"], ["reset", "00"], ["undo"], ["submit", "00"]]
)
def test_outside_of_a_course_each_command_says_where_to_go(command, tito, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = tito(*command)
    assert result.code == 2 and "is not inside a TinyTorch course or workspace" in result.err


@pytest.mark.parametrize("command", [["reset", "00"], ["undo"], ["submit", "00"]])
def test_in_the_course_a_students_command_refuses(command, tito, tiny_course):
    result = tito(*command)
    assert result.code == 2 and "works in a workspace" in result.err


def test_an_unknown_command_names_the_nearest(tito):
    result = tito("statsu")
    assert result.code == 2 and "Did you mean 'status'?" in result.err


@pytest.mark.parametrize(
    ("words", "says", "help_of"),
    [
        (["test"], "Missing argument 'NN[.EXERCISE]'", "test"),
        (["status", "09"], "unexpected extra argument (09)", "status"),
    ],
)
def test_a_wrong_number_of_words_leads_to_the_help(words, says, help_of, tito, tiny_workspace):
    result = tito(*words)
    assert result.code == 2 and says in result.err and f"\n  See: tito {help_of} --help\n" in result.err


def test_a_failure_leads_to_its_hint(tito, tiny_workspace):
    assert "tito hint" not in tito("test", "00").out  # nothing is filled in yet
    fill(text="#| export\ndef double(x):\n    return x")
    assert tito("test", "00").out.endswith("A hint: tito hint 00.double\n")


def test_an_error_in_json_is_json_too(tito, tiny_workspace):
    result = tito("reset", "99", "--json")
    assert result.code == 2
    assert json.loads(result.out)["schema"] == "tito/error/1"


# status


def test_status_leads_through_a_module(tito, tiny_workspace):
    module = tiny_workspace.modules[0]
    workspace.record(tiny_workspace, module, passed=0, checks=2)
    assert "Next:  tito open 00" in tito().out and "begin 00_first" in tito().out
    fill()
    assert "1 of 2" in tito().out and "tito test 00" in tito().out
    fill("first-quadruple", "def quadruple(x):\n    return 4 * x")
    workspace.record(tiny_workspace, module, passed=1, checks=2)
    assert "1 of 2" in tito().out and "Next:  tito test 00" in tito().out
    workspace.record(tiny_workspace, module, passed=2, checks=2)
    assert "Next:  tito export 00" in tito().out
    (tiny_workspace.package / "core" / "first.py").write_text("double = None")
    workspace.record(tiny_workspace, module, exported=True)
    assert "Next:  tito open 01" in tito().out


def test_status_knows_that_the_work_has_changed_since(tito, tiny_workspace):
    module = tiny_workspace.modules[0]
    fill()
    fill("first-quadruple", "def quadruple(x):\n    return 4 * x")
    (tiny_workspace.package / "core" / "first.py").write_text("double = None")
    workspace.record(tiny_workspace, module, passed=2, checks=2)
    workspace.record(tiny_workspace, module, exported=True)
    notebook = notebooks.read(NOTEBOOK)
    notebook["cells"].append({"cell_type": "code", "id": "new", "metadata": {}, "outputs": [], "source": "double(3)"})
    notebooks.write(NOTEBOOK, notebook)
    assert "Next:  tito open 01" in tito().out
    fill(text="def double(x):\n    return x + x")
    assert "changed since" in tito().out and "out of date" in tito().out and "Next:  tito test 00" in tito().out
    workspace.record(tiny_workspace, module, passed=2, checks=2)
    assert "export again" in tito().out and "tito export 00" in tito().out


def test_an_export_runs_the_checks_and_a_submission_grows_old(tito, tiny_workspace):
    fill(text="#| export\ndef double(x):\n    return 2 * x")
    fill("first-quadruple", "#| export\ndef quadruple(x):\n    return 4 * x")
    tito("test", "00")
    fill(text="#| export\ndef double(x):\n    return x + x")
    assert "changed since" in tito().out
    assert tito("export", "00").code == 0
    assert "changed since" not in tito().out and "2 of 2" in tito().out
    tito("submit", "00")
    [row] = [line for line in tito().out.splitlines() if "00_first" in line]
    assert row.split()[-1].startswith("20") and "out of date" not in row
    fill(text="#| export\ndef double(x):\n    return 2 * x + 0")
    assert tito("export", "00").code == 0
    [row] = [line for line in tito().out.splitlines() if "00_first" in line]
    assert row.endswith("yes       out of date")
    first = json.loads(tito("status", "--json").out)["modules"][0]
    assert first["submission"] == "old" and first["submitted"].startswith("20")


def test_when_all_is_built_status_leads_to_handing_in(tito, tiny_workspace):
    for module, names in zip(tiny_workspace.modules, (("double", "quadruple"), ("eight",)), strict=True):
        (tiny_workspace.package / "core" / f"{module.name}.py").write_text("".join(f"{n} = None\n" for n in names))
        workspace.record(tiny_workspace, module, passed=2, checks=2, exported=True)
    assert "Next:  tito submit 00" in tito().out and "tito milestone" not in tito().out
    (tiny_workspace.root / "milestones").mkdir(exist_ok=True)
    program = tiny_workspace.root / "milestones/1900_eight.py"
    program.write_text('"""1900: Eight is doubled."""\n\nNEEDS = ("01_second",)\n')
    assert tito().out.splitlines()[-1].split(None, 3)[2:] == ["1900_eight", "Eight is doubled"]
    program.write_text("NEEDS = (")
    assert tito().code == 0 and "tito milestone" not in tito().out
    program.unlink()
    workspace.record(tiny_workspace, tiny_workspace.modules[0], submitted={"time": "2026-11-23T12:00:00Z"})
    assert "Next:  tito submit 01" in tito().out
    workspace.record(tiny_workspace, tiny_workspace.modules[1], submitted={"time": "2026-11-23T12:00:00Z"})
    assert "everything is done and handed in" in tito().out
    fill()
    workspace.record(tiny_workspace, tiny_workspace.modules[0], passed=2, checks=2, exported=True)
    assert "tito submit 00" in tito().out and "hand in again: it has changed" in tito().out


def test_each_line_of_the_status_fits_80_columns(tito, tiny_workspace):
    module = tiny_workspace.modules[0]
    fill()
    (tiny_workspace.package / "core" / "first.py").write_text("double = None")
    workspace.record(tiny_workspace, module, passed=2, checks=2, submitted={"time": "2026-11-23T12:00:00Z"})
    assert max(len(line) for line in tito().out.splitlines()[1:]) <= 80


@pytest.mark.parametrize("damage", ["{half", "[]", '{"nbformat": 3}', "", "\x00\xff"])
def test_status_shows_a_damaged_notebook_and_how_to_get_it_back(damage, tito, tiny_workspace):
    NOTEBOOK.write_text(damage)
    result = tito()
    assert result.code == 0 and "damaged" in result.out and "tito reset 00" in result.out
    NOTEBOOK.unlink()
    assert "missing" in tito("status").out


def test_status_in_json_has_the_modules(tito, tiny_workspace):
    fill()
    data = json.loads(tito("status", "--json").out)
    assert data["schema"] == "tito/status/1" and data["kind"] == "workspace"
    first, second = data["modules"]
    assert (first["module"], first["filled"], first["exercises"], first["begun"]) == ("00_first", 1, 2, True)
    assert (second["filled"], second["begun"], second["points"]) == (0, False, 5)


def test_status_elsewhere(tito, tiny_course, tmp_path, monkeypatch):
    assert "The course" in tito().out and "2 modules" in tito().out
    monkeypatch.chdir(tmp_path)
    result = tito()
    assert result.code == 0 and "not in a TinyTorch course" in result.out and "tito init DIR" in result.out


def test_status_in_a_class(tito, tmp_path, monkeypatch):
    (tmp_path / "settings.ini").write_text("[course]\nkind = class\nrelease_path = release\n")
    (tmp_path / "submitted" / "ada").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert "A class" in tito().out and "submissions of 1 student\n" in tito().out


def test_status_with_damaged_settings_is_one_message(tito, tmp_path, monkeypatch):
    (tmp_path / "settings.ini").write_text("[course]\nkind\n=")
    monkeypatch.chdir(tmp_path)
    result = tito()
    assert result.code == 3 and "settings.ini cannot be read" in result.err


# init


def test_init_makes_a_workspace_and_says_what_next(tito, tiny_course, quick_release, tmp_path):
    result = tito("init", tmp_path / "mine", "--student", "ada")
    assert result.code == 0 and "2 of them notebooks" in result.out and "make setup" in result.out
    assert Course(tmp_path / "mine").settings["course"]["student"] == "ada"
    assert "nothing was changed" in tito("init", tmp_path / "mine").out


def test_init_in_json(tito, tiny_course, quick_release, tmp_path):
    data = json.loads(tito("init", tmp_path / "mine", "--json").out)
    assert data["schema"] == "tito/init/1" and "notebooks/01_second/second.ipynb" in data["added"]


def test_init_refuses_what_is_not_empty(tito, tiny_course, quick_release, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").touch()
    result = tito("init", tmp_path / "thesis")
    assert result.code == 4 and "nothing was changed" in result.err


@pytest.mark.parametrize("arguments", [[], ["a b", "c"], ["x", "--student", "a b"]])
def test_init_with_bad_arguments(arguments, tito, tiny_course, quick_release):
    assert tito("init", *arguments).code == 2


def test_init_from_a_workspace_says_where_to_run_it(tito, tiny_workspace, tmp_path):
    result = tito("init", tmp_path / "another")
    assert result.code == 2 and "course's own folder" in result.err
    assert not (tmp_path / "another").exists()


# hint


def test_hints_come_one_by_one(tito, tiny_workspace):
    first = tito("hint", "00.double").out
    assert "Hint 1 of 2" in first and "added to itself" in first and "2 * x" not in first
    assert "Another hint: tito hint 00.double\n" in first
    again = tito("hint", "00.double", "--again").out
    assert "Hint 1 of 2" in again
    second = tito("hint", "00.double").out
    assert "Hint 2 of 2" in second and "2 * x" in second and "last hint" in second
    assert "no more hints" in tito("hint", "00.double").out


def test_a_long_hint_is_wrapped_and_code_is_not(tito, tiny_workspace):
    code = "    x" + " = x" * 30
    hint = f"<details><summary>Hint</summary>\n\n{'word ' * 40}\n\n{code}\n\n</details>"
    notebook = notebooks.read(tiny_workspace.modules[0].path)
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "x", "metadata": {}, "source": hint})
    notebooks.write(tiny_workspace.modules[0].path, notebook)
    lines = tito("hint", "00.double").out.splitlines()
    assert any(code in line for line in lines)
    assert max(len(line) for line in lines if code not in line) <= 80


def test_a_paragraph_of_a_hint_is_filled_and_a_list_is_not():
    from tito.cli.student.hint import _wrapped

    text = f"{'word ' * 18}end,\nbegin again.\n\n- one\n- two\n\n```\nx\ny\n```"
    first, second, *rest = _wrapped(text).splitlines()
    assert len(first) <= 78 and second.endswith("end, begin again.")
    assert rest == ["", "  - one", "  - two", "", "  ```", "  x", "  y", "  ```"]


def test_no_line_of_a_hint_ends_inside_backticks():
    from tito.cli.student.hint import _wrapped

    text = f"{'word ' * 13}then `np.argsort(ids, kind=1)` and `reshape(-1, 2)` at the end."
    lines = _wrapped(text).splitlines()
    assert len(lines) == 2 and all(line.count("`") % 2 == 0 and len(line) <= 78 for line in lines)
    assert "`np.argsort(ids, kind=1)`" in " ".join(lines)


def test_a_formula_in_a_hint_is_shown_readably_and_kept_in_json(tito, tiny_workspace):
    hint = "<details><summary>Hint</summary>\n\n$A_{ik}$ for $i \\ge 0$\n\n</details>"
    notebook = notebooks.read(tiny_workspace.modules[0].path)
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "x", "metadata": {}, "source": hint})
    notebooks.write(tiny_workspace.modules[0].path, notebook)
    assert "  A_ik for i ≥ 0\n" in tito("hint", "00.double").out
    assert json.loads(tito("hint", "00.double", "--again", "--json").out)["hints"] == [[1, "$A_{ik}$ for $i \\ge 0$"]]


def test_all_hints_at_once(tito, tiny_workspace):
    out = tito("hint", "00.double", "--all").out
    assert "Hint 1 of 2" in out and "Hint 2 of 2" in out


@pytest.mark.parametrize("hints", [[7], {"first-double": "two"}, {"first-double": -5}, None])
def test_hints_do_not_need_a_sound_notebook_or_progress(hints, tito, tiny_workspace):
    NOTEBOOK.write_text("{half")
    progress = json.dumps({"modules": {"00_first": {"hints": hints}}})
    (tiny_workspace.root / ".tito" / "progress.json").write_text(progress)
    assert "Hint 1 of 2" in tito("hint", "00.double").out


def test_hints_in_json(tito, tiny_workspace):
    data = json.loads(tito("hint", "00.double", "--json").out)
    assert (data["schema"], data["shown"], data["count"]) == ("tito/hint/1", 1, 2)
    assert data["hints"][0][0] == 1 and "itself" in data["hints"][0][1]


def test_hints_in_the_course_are_those_of_the_source(tito, tiny_course):
    assert "Hint 1 of 2" in tito("hint", "00.double").out


def test_an_exercise_without_hints_says_so(tito, tiny_workspace):
    result = tito("hint", "01.eight")
    assert result.code == 0 and "has no hints" in result.out
    assert tito("hint", "01.eight", "--again").code == 0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("00", "Which exercise of 00_first?"),
        ("00.", "Which exercise of 00_first?"),
        ("00.zzz", "00_first has no exercise 'zzz'.\n"),
        ("00.dubble", "00_first has no exercise 'dubble'. Did you mean 00.double?\n"),
        ("00.u", "'u' could mean 2 exercises of 00_first.\n"),
    ],
)
def test_a_hint_for_nothing_names_the_exercises(word, expected, tito, tiny_workspace):
    result = tito("hint", word)
    assert result.code == 2 and expected in result.err and "\n  00.double  00.quadruple\n" in result.err


def test_hint_again_and_all_exclude_each_other(tito, tiny_workspace):
    assert tito("hint", "00.double", "--again", "--all").code == 2


# reset and undo


def test_reset_and_undo_by_command(tito, tiny_workspace):
    released = NOTEBOOK.read_bytes()
    fill()
    mine = NOTEBOOK.read_bytes()
    assert "tito undo" in tito("reset", "first").out
    assert NOTEBOOK.read_bytes() == released
    assert "reset of 00_first" in tito("undo").out
    assert NOTEBOOK.read_bytes() == mine
    assert json.loads(tito("reset", "00.double", "--json").out)["backup"] == "0003"
    assert "NotImplementedError" in source_of("first-double")
    listing = tito("undo", "--list").out.splitlines()
    assert len(listing) == 3 and listing[0].startswith("0001") and "reset of 00.double" in listing[2]
    assert tito("undo", "0001").code == 0
    assert NOTEBOOK.read_bytes() == mine


@pytest.mark.parametrize("word", ["00.zzz", "00.", "", "00.first"])
def test_a_reset_of_nothing_changes_nothing(word, tito, tiny_workspace):
    fill()
    mine = NOTEBOOK.read_bytes()
    assert tito("reset", word).code == 2
    assert NOTEBOOK.read_bytes() == mine and workspace.backups(tiny_workspace) == []


def test_a_reset_of_an_exercise_in_a_damaged_notebook_points_to_the_whole_reset(tito, tiny_workspace):
    NOTEBOOK.write_text("{half")
    result = tito("reset", "00.double")
    assert result.code == 1 and "damaged" in result.err and "tito reset" in result.err
    assert NOTEBOOK.read_text() == "{half"
    assert tito("reset", "00").code == 0
    assert "first-double" in NOTEBOOK.read_text()


def test_a_wrong_number_with_a_right_name_is_noted(tito, tiny_workspace):
    result = tito("reset", "07_first")
    assert result.code == 0 and "taking 00_first" in result.err


def test_undo_without_backups(tito, tiny_workspace):
    result = tito("undo")
    assert result.code == 1 and "it brings back what tito reset replaced in a notebook" in result.err
    assert "tito export NN" in result.err
    assert "no backups" in tito("undo", "--list").out
    tito("reset", "00")
    assert tito("undo", "0099").code == 2


# lab and open


@pytest.fixture(params=["posix", "nt"])
def jupyter(request, monkeypatch):
    """What JupyterLab would have been started with, and where: as on POSIX, and as on Windows."""
    from types import SimpleNamespace

    from tito import lab

    started = []

    def execve(program, command, variables):
        started.append((command, {"cwd": Path.cwd(), "env": variables}))

    def run(command, **options):
        if request.param == "nt":
            started.append((command, options))
        return SimpleNamespace(returncode=0)

    stand_in = SimpleNamespace(
        name=request.param, execve=execve, chdir=os.chdir, environ=os.environ, pathsep=os.pathsep
    )
    monkeypatch.setattr(lab, "os", stand_in)
    monkeypatch.setattr(lab.subprocess, "run", run)
    return started


def test_open_starts_lab_at_the_notebook_with_the_students_package(tito, tiny_workspace, jupyter, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert tito("open", "first", "--no-browser", "--port=9999").code == 0
    [(command, options)] = jupyter
    assert command[1:4] == ["-m", "jupyterlab", f"--ServerApp.root_dir={tiny_workspace.root}"]
    assert command[4] == f"--LabApp.default_url=/lab/tree/{NOTEBOOK.as_posix()}"
    settings = Path(command[5].removeprefix("--LabApp.app_settings_dir="))
    assert json.loads((settings / "page_config.json").read_text())["disabledExtensions"]
    assert command[6:] == ["--no-browser", "--port=9999"]
    assert options["cwd"] == tiny_workspace.root
    assert options["env"]["PYTHONPATH"] == os.pathsep.join([str(tiny_workspace.root), "/elsewhere"])
    assert options["env"]["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_lab_starts_at_the_workspace(tito, tiny_workspace, jupyter, monkeypatch):
    monkeypatch.chdir("notebooks/00_first")
    assert tito("lab", "--no-browser").code == 0
    [(command, options)] = jupyter
    assert command[2:4] == ["jupyterlab", f"--ServerApp.root_dir={tiny_workspace.root}"]
    assert command[5:] == ["--no-browser"]
    assert options["cwd"] == tiny_workspace.root


def test_open_of_a_missing_notebook_says_how_to_get_it_back(tito, tiny_workspace, jupyter):
    NOTEBOOK.unlink()
    result = tito("open", "00")
    assert result.code == 1 and "tito reset 00" in result.err and jupyter == []


def test_open_in_the_course_builds_the_notebook(tito, tiny_course, jupyter):
    assert tito("open", "00").code == 0
    assert jupyter[0][0][4] == "--LabApp.default_url=/lab/tree/build/source/00_first/first.ipynb"


def test_lab_without_jupyterlab_says_to_set_up(tito, tiny_workspace, monkeypatch):
    monkeypatch.setattr("tito.lab.find_spec", lambda name: None)
    result = tito("lab")
    assert result.code == 3 and "tito setup" in result.err


# setup


def test_setup_goes_to_the_bootstrap(tito, tiny_workspace, monkeypatch):
    from tito import bootstrap

    calls = []
    monkeypatch.setattr(bootstrap, "main", lambda arguments: calls.append(arguments) or 3)
    assert tito("setup", "--offline", "wheels", "--dev", "--quiet", "--force").code == 3
    assert calls == [["--offline", "wheels", "--dev", "--quiet", "--force"]]
