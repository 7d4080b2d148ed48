"""`python3 -m tito setup` with stand-ins for uv, venv and pip: what is called, when, and what is said.

One program stands in for all three. FAKE_LOG collects its calls; FAKE_FAIL names the call that
fails and FAKE_OUTPUT what it says then; FAKE_SLEEP makes `pip install` last.
"""

import ast
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tito import bootstrap

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are POSIX scripts")

FAKE = f"""\
#!{sys.executable} -IS
import os, shutil, sys, time
arguments = sys.argv[1:]
kind = "venv" if "venv" in arguments else "install" if "install" in arguments else "other"
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(kind + " " + " ".join([os.path.basename(sys.argv[0]), *arguments]) + chr(10))
if kind == os.environ.get("FAKE_FAIL"):
    print(os.environ.get("FAKE_OUTPUT", "ERROR: it broke"))
    sys.exit(1)
if kind == "venv":
    target = arguments[-1]
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target + "/bin")
    shutil.copy(sys.argv[0], target + "/bin/python")
    version = {sys.version.split()[0]!r}
    open(target + "/pyvenv.cfg", "w").write("version = " + version + chr(10))
if kind == "install":
    print("Collecting numpy", flush=True)
    time.sleep(float(os.environ.get("FAKE_SLEEP", 0)))
"""


class Project:
    """A project with the real bootstrap in it, and a PATH with nothing but the stand-ins."""

    def __init__(self, root: Path, monkeypatch):
        self.root, self.log = root, root.parent / "calls.log"
        (root / "tito").mkdir(parents=True)
        for name in ("__init__.py", "__main__.py", "bootstrap.py"):
            shutil.copy(ROOT / "tito" / name, root / "tito" / name)
        shutil.copy(ROOT / "pyproject.toml", root)
        self.bin = root.parent / "bin"
        self.bin.mkdir()
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setenv("FAKE_LOG", str(self.log))
        monkeypatch.chdir(root)

    def fake(self, name: str) -> Path:
        path = self.bin / name
        path.write_text(FAKE)
        path.chmod(0o755)
        return path

    def calls(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if not line.startswith("other")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    return Project(tmp_path / "a project", monkeypatch)


@pytest.fixture
def with_uv(project):
    project.fake("uv")
    return project


@pytest.fixture
def with_pip(project, monkeypatch):
    """No uv; `python -m venv` and the environment's pip are the stand-in."""
    monkeypatch.setattr(sys, "_base_executable", str(project.fake("base-python")))
    return project


def setup(*arguments):
    return bootstrap.main(list(arguments))


def test_uv_is_used_where_there_is_one(with_uv, capsys):
    assert setup() == 0
    made, installed = with_uv.calls()
    assert made.startswith("venv uv venv --clear --seed --python") and made.endswith(str(with_uv.root / ".venv"))
    assert installed.startswith("install uv pip install") and installed.endswith(f"--editable {with_uv.root}")
    assert "uv" in capsys.readouterr().out


def test_pip_is_used_where_there_is_no_uv(with_pip):
    assert setup() == 0
    made, installed = with_pip.calls()
    assert made == f"venv base-python -m venv --clear {with_pip.root / '.venv'}"
    assert installed.startswith("install python -m pip install")
    assert installed.endswith(f"--editable {with_pip.root}")


def test_the_second_time_it_does_nothing(with_uv, capsys):
    setup()
    before = with_uv.calls()
    capsys.readouterr()
    assert setup() == 0
    assert with_uv.calls() == before
    assert "is ready" in capsys.readouterr().out
    assert setup("--quiet") == 0 and capsys.readouterr().out == ""


def test_the_second_time_takes_less_than_a_third_of_a_second(with_uv):
    setup()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "tito", "setup"], cwd=with_uv.root, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and "is ready" in done.stdout, done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_the_next_command_is_named_unless_quiet(with_uv, capsys):
    setup()
    assert "Next:  source .venv/bin/activate" in capsys.readouterr().out
    setup("--force", "--quiet")
    out, err = capsys.readouterr()
    assert out == "" and err == "tito: setting up the environment; the first time this takes some minutes.\n"


def test_dev_adds_to_the_environment_and_stays(with_uv):
    setup()
    setup("--dev")
    setup()
    calls = with_uv.calls()
    assert [c.split()[0] for c in calls] == ["venv", "install", "install"]
    assert calls[-1].endswith(f"{with_uv.root}[dev]")


def test_conformance_is_installed_beside_dev(with_uv):
    setup("--dev")
    setup("--conformance")
    assert with_uv.calls()[-1].endswith(f"{with_uv.root}[conformance,dev]")


def test_a_changed_dependency_is_installed(with_uv):
    setup("--dev")
    file = with_uv.root / "pyproject.toml"
    file.write_text(file.read_text().replace('"numpy>=2.0"', '"numpy>=2.1"'))
    setup()
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install", "install"]
    assert with_uv.calls()[-1].endswith("[dev]")
    file.write_text(file.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    setup()
    assert len(with_uv.calls()) == 3


def test_another_python_makes_it_anew(with_uv, monkeypatch):
    setup()
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    setup()
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install", "venv", "install"]


def test_force_makes_it_anew(with_uv):
    setup()
    setup("--force")
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install", "venv", "install"]


def test_a_moved_folder_makes_it_anew(with_uv, monkeypatch):
    setup()
    moved = with_uv.root.with_name("moved")
    with_uv.root.rename(moved)
    monkeypatch.chdir(moved)
    assert setup() == 0
    made, installed = with_uv.calls()[2:]
    assert made.endswith(str(moved / ".venv")) and installed.endswith(str(moved))


def test_a_missing_interpreter_makes_it_anew(with_uv):
    setup()
    python = with_uv.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert setup() == 0
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install", "venv", "install"]


def test_a_killed_setup_is_resumed(with_uv, monkeypatch):
    """Killed in the middle of pip: the next run keeps the environment and installs again."""
    monkeypatch.setenv("FAKE_SLEEP", "2")
    process = subprocess.Popen([sys.executable, "-m", "tito", "setup"], cwd=with_uv.root, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while len(with_uv.calls()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (with_uv.root / ".venv" / bootstrap.STAMP).exists()
    half = with_uv.root / ".venv/lib/python3.11/site-packages/numpy-2.0.dist-info"
    half.mkdir(parents=True)
    (half / "METADATA").write_text("Name: numpy")
    whole = half.with_name("click-8.dist-info")
    whole.mkdir()
    (whole / "METADATA").write_text("Name: click")
    (whole / "RECORD").write_text("click/__init__.py,,")
    monkeypatch.delenv("FAKE_SLEEP")
    assert setup() == 0
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install", "install"]
    assert whole.exists() and not half.exists()


def test_two_setups_at_once_wait_for_each_other(with_uv, monkeypatch):
    monkeypatch.setenv("FAKE_SLEEP", "0.7")
    command = [sys.executable, "-m", "tito", "setup"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    first, second = (subprocess.Popen(command, cwd=with_uv.root, **pipes) for _ in range(2))
    outputs = [first.communicate()[0], second.communicate()[0]]
    assert first.returncode == second.returncode == 0
    assert sum("waiting for it" in o for o in outputs) == 1
    assert [c.split()[0] for c in with_uv.calls()] == ["venv", "install"]


def test_a_folder_named_venv_with_other_things_is_left_alone(with_uv, capsys):
    (with_uv.root / ".venv").mkdir()
    (with_uv.root / ".venv" / "letter.txt").write_text("mine")
    assert setup() == 3
    assert "is not a Python environment" in capsys.readouterr().err
    assert (with_uv.root / ".venv" / "letter.txt").read_text() == "mine"


def test_a_working_environment_made_by_hand_is_kept(with_uv):
    subprocess.run([with_uv.bin / "uv", "venv", str(with_uv.root / ".venv")], check=True)
    with open(with_uv.root / ".venv/pyvenv.cfg", "a") as file:
        file.write(f"command = /usr/bin/python3 -m venv {with_uv.root / '.venv'}\n")
    (with_uv.root / ".venv" / "kept").touch()
    assert setup() == 0
    assert (with_uv.root / ".venv" / "kept").exists()


@pytest.mark.parametrize("route", ["with_uv", "with_pip"])
def test_offline_takes_everything_from_the_wheelhouse(route, request, tmp_path):
    project = request.getfixturevalue(route)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "click-8-py3-none-any.whl").touch()
    assert setup("--offline", str(wheels)) == 0
    assert f"--no-index --find-links {wheels}" in project.calls()[1]


def test_a_wheelhouse_that_is_none_is_refused_before_anything_is_made(with_uv, tmp_path, capsys):
    for folder, reason in ((tmp_path / "nothing", "is not a folder"), (with_uv.bin, "holds no wheels")):
        assert setup("--offline", str(folder)) == 3
        message = capsys.readouterr().err
        assert reason in message and "pip wheel --wheel-dir" in message
    assert with_uv.calls() == []


FAILURES = {
    "no network": ("WARNING: Retrying ... NewConnectionError: Temporary failure in name resolution", "no network"),
    "uv without network": ("error: Request failed\n  Caused by: dns error: failed to lookup", "no network"),
    "disk full": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "permission": ("ERROR: [Errno 13] Permission denied: '/x/.venv/lib'", "permission denied"),
    "something else": ("noise\nERROR: Invalid wheel: numpy.whl\nmore", "ERROR: Invalid wheel: numpy.whl"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_one_message_with_the_log(failure, with_pip, monkeypatch, capsys):
    output, expected = FAILURES[failure]
    monkeypatch.setenv("FAKE_FAIL", "install")
    monkeypatch.setenv("FAKE_OUTPUT", output)
    assert setup() == 3
    message = capsys.readouterr().err
    assert message.count("tito: ") == 1 and expected in message
    log = Path(message.split("whole output: ")[1].strip())
    assert log.parent == with_pip.root / ".venv" and output in log.read_text()
    assert not (with_pip.root / ".venv" / bootstrap.STAMP).exists()


def test_a_wheel_that_the_wheelhouse_lacks_is_named(with_pip, tmp_path, monkeypatch, capsys):
    (tmp_path / "click-8-py3-none-any.whl").touch()
    monkeypatch.setenv("FAKE_FAIL", "install")
    monkeypatch.setenv("FAKE_OUTPUT", "ERROR: No matching distribution found for setuptools>=77")
    assert setup("--offline", str(tmp_path)) == 3
    assert "lacks setuptools>=77" in capsys.readouterr().err


def test_a_failing_venv_says_so_with_a_log_outside(with_pip, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAIL", "venv")
    monkeypatch.setenv("FAKE_OUTPUT", "The virtual environment was not created: ensurepip is not available.")
    assert setup() == 3
    message = capsys.readouterr().err
    assert "apt install python3-venv" in message
    log = Path(message.split("whole output: ")[1].strip())
    assert "ensurepip is not available" in log.read_text()
    log.unlink()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_without_the_venv_module_it_says_what_to_install(missing, with_pip, monkeypatch, capsys):
    find = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None if name == missing else find(name))
    assert setup() == 3
    message = capsys.readouterr().err
    assert missing in message and "sudo apt install python3-venv" in message
    assert with_pip.calls() == []


def test_too_little_space_is_seen_before_anything_is_made(with_pip, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 5, 5 << 20))
    assert setup() == 3
    assert "5 MB of free disk space" in capsys.readouterr().err
    assert with_pip.calls() == []


def test_packages_that_do_not_import_are_not_called_ready(with_uv, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAIL", "other")
    assert setup() == 3
    assert "--force" in capsys.readouterr().err
    assert not (with_uv.root / ".venv" / bootstrap.STAMP).exists()


def test_a_damaged_pyproject_is_one_message(with_uv, capsys):
    (with_uv.root / "pyproject.toml").write_text("[project\n")
    assert setup() == 3
    assert "pyproject.toml cannot be read" in capsys.readouterr().err


def test_pip_does_not_see_what_would_lead_it_astray(with_pip, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    clean = bootstrap._clean_environment()
    assert "PYTHONPATH" not in clean and clean["PIP_USER"] == "0" and clean["PATH"] == str(with_pip.bin)


def test_the_project_is_found_from_a_folder_below(with_uv, monkeypatch):
    below = with_uv.root / "notebooks" / "01_tensor"
    below.mkdir(parents=True)
    assert bootstrap.project_root(below) == with_uv.root
    assert bootstrap.environment_python(below) is None
    setup()
    assert bootstrap.environment_python(below) == with_uv.root / ".venv/bin/python"


def test_the_first_lines_parse_on_old_pythons():
    for name in ("__init__.py", "__main__.py"):
        ast.parse((ROOT / "tito" / name).read_text(), feature_version=(3, 8))


def test_an_old_python_gets_one_message(monkeypatch, capsys):
    from tito import __main__ as entry

    monkeypatch.setattr(entry.sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(sys, "argv", ["tito", "setup"])
    assert entry.main() == 3
    message = capsys.readouterr().err
    assert "Python 3.9.18 is too old" in message and message.count("tito: ") == 1


def test_the_oldest_python_is_the_one_in_pyproject():
    import tomllib

    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert (
        f"sys.version_info < ({wanted.removeprefix('>=').replace('.', ', ')})"
        in (ROOT / "tito/__main__.py").read_text()
    )


def test_bootstrap_imports_the_standard_library_only():
    tree = ast.parse((ROOT / "tito/bootstrap.py").read_text())
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {n.split(".")[0] for n in names} <= set(sys.stdlib_module_names)


def test_without_click_tito_goes_on_in_the_environment(with_uv):
    """A Python without packages (-S) finds .venv's interpreter and hands the command over."""
    setup()
    command = [sys.executable, "-S", "-m", "tito", "status", "--json"]
    done = subprocess.run(command, cwd=with_uv.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert with_uv.log.read_text().splitlines()[-1] == "other python -m tito status --json"


def test_with_click_alone_tito_goes_on_in_the_environment(with_uv):
    """A system Python that happens to have click is not the course's."""
    setup()
    (with_uv.root / "click.py").touch()
    command = [sys.executable, "-S", "-m", "tito", "status"]
    subprocess.run(command, cwd=with_uv.root, capture_output=True, text=True, check=True)
    assert with_uv.log.read_text().splitlines()[-1] == "other python -m tito status"


def test_without_click_and_environment_it_says_to_set_up(with_uv):
    command = [sys.executable, "-S", "-m", "tito"]
    done = subprocess.run(command, cwd=with_uv.root, capture_output=True, text=True)
    assert done.returncode == 3
    assert "Run: python3 -m tito setup" in done.stderr and "Traceback" not in done.stderr


def test_the_stamp_is_json_that_names_the_folder(with_uv):
    setup("--dev")
    stamp = json.loads((with_uv.root / ".venv" / bootstrap.STAMP).read_text())
    assert stamp["facts"]["root"] == str(with_uv.root) and stamp["extras"] == ["dev"]
