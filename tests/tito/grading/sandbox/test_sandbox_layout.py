"""What the sandbox shows of this machine, and that the reference solutions are not among it."""

import os
import subprocess
import sys

import pytest
from sandbox_tools import WALLED, say

from tito.grading import sandbox
from tito.grading.sandbox import layout


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An environment into which the course was installed, not linked: its solutions lie beside NumPy."""
    libraries = tmp_path / "lib" / "site-packages"
    for name in (*layout.OURS, "torch", "friendly"):
        (libraries / name).mkdir(parents=True)
        (libraries / name / "__init__.py").write_text(f"kept = '{name}'\n")
    real = layout._libraries()
    monkeypatch.setattr(layout, "_libraries", lambda: [*real, str(libraries)])
    if os.getuid() == 0:
        subprocess.run(["chmod", "-R", "go+rX", tmp_path.parent], check=True)
    return libraries


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("level", WALLED)
def test_the_reference_and_other_frameworks_are_out_of_reach_where_they_are_installed(bundle, installed, level):
    with sandbox.open(bundle, level=level) as host, host.start() as student:
        there = host.layout.shown[str(installed)]
        for name in (*layout.OURS, "torch"):
            said = say(student, f"answer = open({there + '/' + name + '/__init__.py'!r}).read()")
            assert said.startswith(("FileNotFoundError", "PermissionError"))
        assert say(student, "import friendly; answer = friendly.kept") == "friendly"
        assert say(student, "from tinytorch.core import first; answer = first.double(4)") == 8


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("level", WALLED)
def test_beside_program_and_package_nothing_of_the_bundle_is_shown(bundle, tmp_path, level):
    subprocess.run(["cp", "-r", bundle, tmp_path / "bundle"], check=True)
    (tmp_path / "bundle" / "checks.json").write_text("hidden tests")
    with sandbox.open(tmp_path / "bundle", level=level) as host, host.start() as student:
        code = """
        import os, student_process
        folder = os.path.dirname(os.path.dirname(student_process.__file__))
        try: answer = open(folder + "/checks.json").read()
        except OSError as error: answer = type(error).__name__
        """
        assert say(student, code) in ("FileNotFoundError", "PermissionError")


def test_without_leaves_out_what_is_hidden_and_nothing_else(tmp_path):
    for path in ("a/b/c", "a/b/d", "a/e", "f"):
        (tmp_path / path).mkdir(parents=True)
    root = str(tmp_path)
    assert layout.without(root, []) == [root]
    assert layout.without(root, [f"{root}/a/b/c"]) == [f"{root}/a/b/d", f"{root}/a/e", f"{root}/f"]
    assert layout.without(root, [f"{root}/a", "/elsewhere"]) == [f"{root}/f"]
    assert layout.without(root, [root]) == []


def test_a_checkout_below_what_is_shown_is_hidden_whole(tmp_path, monkeypatch):
    checkout = tmp_path / "usr" / "src" / "course"
    for folder in ("tinytorch", "tito", "modules/source"):
        (checkout / folder).mkdir(parents=True)
    spec = type("Spec", (), {})
    found = {name: [str(checkout / name)] for name in layout.OURS}

    def find_spec(name):
        known = spec()
        known.origin = f"{tmp_path}/elsewhere/{name}/__init__.py"
        known.submodule_search_locations = found.get(name, [])
        return known

    monkeypatch.setattr(layout.importlib.util, "find_spec", find_spec)
    laid = layout.Layout.__new__(layout.Layout)
    laid.shown = {str(tmp_path / "bundle"): "/bundle"}
    assert laid.hidden((str(tmp_path / "usr"),)) == [str(checkout)]
    assert laid.hidden() == []


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="not in a virtual environment")
def test_the_base_python_is_shown_under_its_own_name(bundle, tmp_path):
    laid = layout.Layout(bundle, tmp_path, True, None)
    base = os.path.realpath(sys.base_prefix)
    assert base in ("/", "/usr") or laid.shown[base] == base
    assert all(path.startswith("/libraries/") for path in laid.libraries)
