"""Handing in: the zip, the receipt, and nbgrader's own zip_collect and exchange reading them."""

import calendar
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tito import notebooks, submission, workspace
from tito.course import Course
from tito.errors import TitoError

ROOT = Path(__file__).parents[2]
NOTEBOOK = Path("notebooks/00_first/first.ipynb")
CONFIG = """
import sys
sys.modules.setdefault("rfc3987_syntax", None)
"""


def answer(double="2 * x", quadruple="4 * x"):
    """Fill in both exercises of the notebook."""
    notebook = notebooks.read(NOTEBOOK)
    for cell in notebook["cells"]:
        name = notebooks.grade_id(cell)
        if name in ("first-double", "first-quadruple"):
            body = double if name == "first-double" else quadruple
            cell["source"] = f"#| export\ndef {name[6:]}(x):\n    return {body}\n"
    notebooks.write(NOTEBOOK, notebook)


def set_exchange(folder):
    settings = Path("settings.ini")
    settings.write_text(re.sub(r"(?m)^exchange_path =.*$", f"exchange_path = {folder}", settings.read_text()))


def nbgrader(folder, *arguments):
    """Run nbgrader in a folder, as an instructor would."""
    code = CONFIG + "from nbgrader.apps.nbgraderapp import NbGraderApp\nNbGraderApp.launch_instance()\n"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)


@pytest.fixture
def class_folder(tiny_workspace, tmp_path):
    """A plain nbgrader course folder with the released notebooks and our regular expression."""
    folder = tmp_path / "class"
    for module in tiny_workspace.modules:
        target = folder / "release" / module.notebook
        target.parent.mkdir(parents=True)
        target.write_bytes(module.path.read_bytes())
    config = "c = get_config()\nc.CourseDirectory.course_id = 'tinytorch'\n"
    config += f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    config += f"c.FileNameCollectorPlugin.named_regexp = {submission.ZIP_NAME!r}\n"
    (folder / "nbgrader_config.py").write_text(config)
    return folder


def test_the_zip_holds_the_notebook_and_a_true_receipt(tito, tiny_workspace):
    answer()
    before = time.time() - 1
    result = tito("submit", "00", "--json")
    assert result.code == 0
    data = json.loads(result.out)
    assert data["schema"] == "tito/submit/1"
    with zipfile.ZipFile(data["path"]) as packed:
        assert sorted(packed.namelist()) == ["first.ipynb", "receipt.json"]
        content, receipt = packed.read("first.ipynb"), json.loads(packed.read("receipt.json"))
    assert content == NOTEBOOK.read_bytes()
    assert receipt["sha256"] == hashlib.sha256(content).hexdigest()
    assert (receipt["module"], receipt["student"], receipt["schema"]) == ("00_first", "ada", "tito/receipt/1")
    packed_at = time.strptime(receipt["time"], "%Y-%m-%dT%H:%M:%SZ")
    assert before <= calendar.timegm(packed_at) <= time.time() + 1
    assert data["receipt"] == receipt
    assert workspace.progress(tiny_workspace)["00_first"]["submitted"]["sha256"] == receipt["sha256"]


def test_two_submissions_are_two_files(tito, tiny_workspace):
    answer()
    tito("submit", "00")
    tito("submit", "00")
    assert len(list(Path("submissions").glob("*.zip"))) == 2


def test_open_exercises_and_failing_checks_are_named_but_submitted(tito, tiny_workspace):
    notebook = notebooks.read(NOTEBOOK)
    answer()
    half = notebooks.read(NOTEBOOK)
    half["cells"][-2] = notebook["cells"][-2]
    notebooks.write(NOTEBOOK, half)
    result = tito("submit", "00")
    assert result.code == 0 and "Warning: 1 of 2 exercises are still open and earn no points:" in result.out
    assert "first-quadruple." in result.out and max(map(len, result.out.splitlines())) <= 80
    answer("7", "double(x) + 7")
    result = tito("submit", "00")
    assert result.code == 0 and "The checks of these exercises fail: first-double" in result.out
    answer()
    out = tito("submit", "00").out
    assert "fail" not in out and "open" not in out and "Packed: submissions" in out


def test_a_notebook_with_every_exercise_open_is_not_handed_in_by_accident(tito, tiny_workspace):
    for options in ([], ["--json"], ["--exchange"]):
        result = tito("submit", "00", *options)
        assert result.code == 1 and "Every exercise of 00_first is still open" in result.err
        assert "tito submit 00 --force" in result.err and not Path("submissions").exists()
    result = tito("submit", "00", "--force")
    assert result.code == 0 and "2 of 2 exercises are still open" in result.out and len(os.listdir("submissions")) == 1


@pytest.mark.parametrize(("said", "code"), [(True, 0), (False, 1)])
def test_in_a_terminal_it_asks_about_an_empty_notebook(said, code, tito, tiny_workspace, monkeypatch):
    from tito.cli.student import submit

    asked = []
    monkeypatch.setattr(submit.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(submit.click, "confirm", lambda text: asked.append(text) or said)
    assert tito("submit", "00").code == code
    assert len(asked) == 1 and asked[0].endswith("Hand it in all the same?")
    assert Path("submissions").exists() == said


@pytest.mark.parametrize("damage", [b"{half", b"\xff\xfe\x00", b"[]"])
def test_a_damaged_notebook_is_refused_unless_forced(damage, tito, tiny_workspace):
    NOTEBOOK.write_bytes(damage)
    result = tito("submit", "00")
    assert result.code == 1 and "--force" in result.err and not Path("submissions").exists()
    result = tito("submit", "00", "--force")
    assert result.code == 0 and "could not be run" in result.out
    [path] = Path("submissions").glob("*.zip")
    assert zipfile.ZipFile(path).read("first.ipynb") == damage


def test_a_missing_notebook_is_refused_even_when_forced(tito, tiny_workspace):
    NOTEBOOK.unlink()
    assert tito("submit", "00", "--force").code == 1
    assert not Path("submissions").exists()


def test_without_an_id_it_is_asked_for_by_option_and_remembered(tito, tiny_workspace):
    answer()
    settings = tiny_workspace.root / "settings.ini"
    settings.write_text(settings.read_text().replace("student = ada", "student ="))
    result = tito("submit", "00")
    assert result.code == 2 and "--student ID" in result.err and not Path("submissions").exists()
    assert tito("submit", "00", "--student", "bob").code == 0
    assert workspace.student_id(Course(tiny_workspace.root)) == "bob"
    assert tito("submit", "00").code == 0
    assert {p.name.split("_")[2] for p in Path("submissions").glob("*.zip")} == {"bob"}


def test_an_id_that_would_break_file_names_is_refused(tito, tiny_workspace):
    answer()
    result = tito("submit", "00", "--student", "../../etc")
    assert result.code == 2 and "is no student id" in result.err
    assert workspace.student_id(Course(tiny_workspace.root)) == "ada"


def test_no_room_for_the_zip_is_one_message(tito, tiny_workspace):
    answer()
    Path("submissions").write_text("a file where the folder should be")
    result = tito("submit", "00")
    assert result.code == 3 and "could not be written" in result.err


@pytest.mark.parametrize("student", ["ada", "ada_lovelace", "a.b-c@uni.edu", "x_attempt_y", "01_tensor"])
@pytest.mark.parametrize("slug", ["01_tensor", "15_kv_cache"])
def test_the_name_of_a_zip_can_be_read_again(student, slug):
    from tito.course import Module

    module = Module(int(slug[:2]), slug[3:], "", (), 1, 1, Path())
    name = submission.zip_name(module, student, 1_800_000_000).removesuffix(".zip")
    path = f"/srv/class/downloaded/{slug}/extracted/{name}/{module.name}.ipynb"
    for text in (path, path.replace("/", "\\"), f"Lovelace Ada_77_assignsubmission_file_{name}/{module.name}.ipynb"):
        found = re.match(submission.ZIP_NAME, text).groupdict()
        assert found == {"file_id": module.name, "student_id": student, "timestamp": "20270115080000"}, text


def test_the_courses_nbgrader_config_knows_the_name():
    assert submission.ZIP_NAME in (ROOT / "nbgrader_config.py").read_text()


def test_nbgraders_own_zip_collect_reads_it(tito, tiny_workspace, class_folder):
    answer()
    tito("submit", "00", "--student", "ada_lovelace")
    tito("submit", "00", "--student", "bob.b")
    archive = class_folder / "downloaded" / "00_first" / "archive"
    archive.mkdir(parents=True)
    for path in Path("submissions").glob("*.zip"):
        path.rename(archive / path.name)
    done = nbgrader(class_folder, "zip_collect", "00_first", "--strict")
    assert done.returncode == 0, done.stderr
    for student in ("ada_lovelace", "bob.b"):
        folder = class_folder / "submitted" / student / "00_first"
        assert (folder / "first.ipynb").read_bytes() == NOTEBOOK.read_bytes()
        assert re.match(time.strftime("%Y-%m-%d "), (folder / "timestamp.txt").read_text())


def test_nbgraders_own_exchange_takes_it(tito, tiny_workspace, class_folder, tmp_path):
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    released = nbgrader(class_folder, "release_assignment", "00_first")
    assert released.returncode == 0, released.stderr
    set_exchange(exchange)
    with open("nbgrader_config.py", "a") as file:
        file.write(f"c.Exchange.cache = {str(tmp_path / 'cache')!r}\n")
    answer()
    result = tito("submit", "00", "--exchange")
    assert result.code == 0, result.err
    collected = nbgrader(class_folder, "collect", "00_first")
    assert collected.returncode == 0, collected.stderr
    folder = class_folder / "submitted" / "ada" / "00_first"
    assert (folder / "first.ipynb").read_bytes() == NOTEBOOK.read_bytes()
    assert json.loads((folder / "receipt.json").read_text())["student"] == "ada"


def test_without_an_exchange_it_says_to_make_a_zip(tito, tiny_workspace, tmp_path):
    answer()
    set_exchange(tmp_path / "nowhere")
    result = tito("submit", "00", "--exchange")
    assert result.code == 3 and "tito submit 00_first" in result.err
    assert "submitted" not in workspace.progress(tiny_workspace).get("00_first", {})


def test_warnings_do_not_hide_an_environment_that_is_broken(tiny_workspace, monkeypatch):
    from tito import check

    def broken(*arguments, **options):
        raise TitoError("no child process")

    monkeypatch.setattr(check, "run", broken)
    assert submission.warnings(tiny_workspace, tiny_workspace.modules[0]) == [
        "The checks could not be run: no child process"
    ]
