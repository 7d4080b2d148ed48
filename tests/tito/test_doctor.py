"""tito doctor: sound where all is well, and each fault that it is for is found, with a command that mends it."""

import json
import os
import sys
from pathlib import Path

import pytest

from tito import bootstrap, doctor

ROOT = Path(__file__).parents[2]


def faults(root, **options):
    return {f.name: f for f in doctor.examine(root, **options) if not f.ok}


@pytest.fixture
def sound(tiny_workspace, monkeypatch):
    """A workspace in which doctor finds nothing: its environment is the one that runs the tests."""
    root = tiny_workspace.root
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    monkeypatch.setattr(doctor, "editable", lambda root: doctor.Finding("package", True, "not looked at"))
    assert faults(root) == {}
    return root


def test_all_is_well_in_a_sound_workspace(sound, tito, monkeypatch):
    result = tito("doctor")
    assert result.code == 0 and "All is well." in result.out
    assert all(line.startswith("✓ ") for line in result.out.splitlines()[:-2])


def test_a_fault_gives_code_3_and_one_command(sound, tito, monkeypatch):
    (sound / "pyproject.toml").write_text((sound / "pyproject.toml").read_text().replace('"0.1.0"', '"0.2.0"'))
    result = tito("doctor")
    assert result.code == 3 and "1 of 11 need mending." in result.out
    assert "✗ settings" in result.out and result.out.count("mend it: ") == 1


def test_json_names_every_finding(sound, tito):
    data = json.loads(tito("doctor", "--json").out)
    assert data["schema"] == "tito/doctor/1" and data["ok"] is True
    assert [f["name"] for f in data["findings"]] == [
        "Python", "environment", "packages", "package", "settings", "kernel", "PATH", "permissions", "privacy",
        "disk", "sandbox",
    ]  # fmt: skip


def test_outside_of_a_course_it_looks_at_titos_own(tito, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(ROOT) in tito("doctor").out


def test_an_old_python(sound, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    found = faults(sound)["Python"]
    assert "3.10.2" in found.detail and found.mend == "python3.11 -m tito setup"


def test_no_environment_at_all(sound, monkeypatch):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    found = faults(sound)["environment"]
    assert found.detail == "there is no working .venv" and "tito setup" in found.mend


def make_venv(root, home):
    python = bootstrap.interpreter(root / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    (root / ".venv" / bootstrap.BEGUN).touch()
    if home:
        (root / ".venv" / bootstrap.STAMP).write_text(json.dumps({"facts": {"root": str(home)}, "extras": []}))


def test_an_environment_that_was_moved(sound):
    make_venv(sound, "/home/ada/old")
    assert "made in /home/ada/old and moved" in faults(sound)["environment"].detail


def test_an_environment_whose_setup_was_killed(sound):
    make_venv(sound, None)
    assert "setup was not finished" in faults(sound)["environment"].detail


def test_titos_from_elsewhere(sound):
    make_venv(sound, sound)
    found = faults(sound)["environment"]
    assert "not in .venv" in found.detail and "activate" in found.mend


@pytest.mark.parametrize(
    ("version", "expected"), [("1.26.4", "numpy 1.26.4, needed >=2.0"), (None, "numpy is missing")]
)
def test_a_package_that_is_missing_or_too_old(version, expected, sound, monkeypatch):
    true_version = doctor.metadata.version

    def fake(name):
        if name != "numpy":
            return true_version(name)
        if version is None:
            raise doctor.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(doctor.metadata, "version", fake)
    found = faults(sound)["packages"]
    assert found.detail == expected and found.mend.endswith("setup --force")


def test_an_editable_install_that_points_elsewhere(tiny_workspace):
    """The tests' environment has the course's own package, so a workspace is not the one imported."""
    found = doctor.editable(tiny_workspace.root)
    assert not found.ok and str(ROOT / "tinytorch") in found.detail
    assert doctor.editable(ROOT).ok


def write_kernel(folder, program):
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": [program, "-m", "x"], "display_name": "P", "language": "python"})
    )


def test_a_kernel_of_another_python(sound, tmp_path, monkeypatch):
    write_kernel(tmp_path / "jupyter", "/opt/old/bin/python")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    found = faults(sound)["kernel"]
    assert "runs /opt/old/bin/python" in found.detail and "ipykernel install" in found.mend


def test_a_kernel_that_names_this_python_in_full(sound, tmp_path, monkeypatch):
    write_kernel(tmp_path / "jupyter", sys.executable)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert faults(sound) == {}


def test_programs_that_are_missing_or_of_another_environment(sound, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "alembic is not on PATH" in faults(sound)["PATH"].detail
    (tmp_path / "jupyter").write_text("#!/bin/sh\n")
    (tmp_path / "jupyter").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent)]))
    found = faults(sound)["PATH"]
    assert found.detail == f"jupyter is {tmp_path / 'jupyter'}"


def test_files_that_are_not_the_users(sound, monkeypatch):
    """os.access is asked, since the tests may run as root, who may write everything."""
    true_access = os.access
    locked = sound / "notebooks/00_first/first.ipynb"
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked and true_access(path, mode))
    found = faults(sound)["permissions"]
    assert str(locked) in found.detail and "chown" in found.mend


def test_a_full_disk(sound, monkeypatch):
    usage = doctor.shutil._ntuple_diskusage(10, 5, 3 << 20)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert "3 MB free" in faults(sound)["disk"].detail


@pytest.mark.parametrize("text", ["", "[course]\nkind\n=", "\x00", "[course]\nkind = workspace\n"])
def test_damaged_settings_are_a_finding_not_a_crash(text, sound, tito):
    (sound / "settings.ini").write_text(text)
    assert tito("doctor").code == 3
    assert faults(sound)["settings"].mend


def test_a_damaged_pyproject_is_a_finding_not_a_crash(sound, tito):
    (sound / "pyproject.toml").write_text("[project\n")
    result = tito("doctor")
    assert result.code == 3 and "settings" in faults(sound)


def test_full_starts_a_kernel(sound, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(sound))
    findings = list(doctor.examine(sound, full=True))
    assert findings[-1].name == "kernel starts" and findings[-1].ok, findings[-1].detail


def sandboxes(monkeypatch, root, lacking):
    from tito.grading import sandbox

    monkeypatch.setattr(sandbox, "why_not", lambda level: lacking.get(level, ""))
    return doctor.sandbox(root)


def test_without_bubblewrap_it_says_how_to_install_it(sound, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    found = sandboxes(monkeypatch, sound, {"bubblewrap": "bubblewrap is not installed"})
    assert found.ok and found.detail == (
        "landlock is used instead (bubblewrap is not installed); best: sudo apt-get install bubblewrap"
    )


def test_without_any_sandbox_it_says_that_a_class_cannot_be_graded(sound, monkeypatch):
    lacking = dict.fromkeys(("bubblewrap", "landlock", "podman"), "it needs Linux, this is darwin")
    monkeypatch.setattr(sys, "platform", "darwin")
    found = sandboxes(monkeypatch, sound, lacking)
    assert found.ok and found.detail == "a class cannot be graded here (it needs Linux, this is darwin)"


def test_bubblewrap_that_the_kernel_refuses_is_not_counted(sound, monkeypatch):
    from tito.grading.sandbox import bubblewrap

    monkeypatch.setattr(bubblewrap, "program", lambda: "/bin/false")
    found = sandboxes(monkeypatch, sound, {})
    assert "landlock is used instead (it fails without a word)" in found.detail
