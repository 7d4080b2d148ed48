"""What killed graders leave in the temporary folder: the next one removes it, and nothing else."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tito.grading import sandbox
from tito.grading.engines import Terms
from tito.grading.engines.work import Bench
from tito.grading.sandbox import layout

GRADER = "from tito.grading.sandbox import layout; a = layout.own_folder(); print(a[0], flush=True); input()"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A temporary folder of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def grader(temporary):
    """A process that has a sandbox's folder: (process, folder)."""
    command = [sys.executable, "-c", GRADER]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = Path(process.stdout.readline().strip())
    yield process, folder
    process.kill()
    process.communicate()


def test_the_folder_of_a_killed_grader_goes_and_that_of_a_living_one_stays(grader, temporary):
    process, folder = grader
    (folder / "scratch").mkdir()
    sandbox.sweep()
    assert (folder / "scratch").is_dir() and folder.parent == temporary
    process.kill()
    process.wait()
    sandbox.sweep()
    assert not folder.exists()


def test_what_is_no_folder_of_a_grader_stays(temporary, monkeypatch):
    outside = temporary / "outside"
    outside.mkdir()
    (outside / "owner").touch()
    link, file, other = (temporary / f"{layout.PREFIX}{name}" for name in ("link", "file", "other"))
    link.symlink_to(outside)
    file.touch()
    other.mkdir()
    (other / "owner").touch()
    another = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: another)
    sandbox.sweep()
    assert (outside / "owner").is_file() and link.is_symlink() and file.is_file() and other.is_dir()
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    sandbox.sweep()
    assert (outside / "owner").is_file() and link.is_symlink() and file.is_file() and not other.exists()


def test_a_folder_without_a_lock_goes_once_nobody_can_be_making_it(temporary):
    made, old = temporary / f"{layout.PREFIX}made", temporary / f"{layout.PREFIX}old"
    made.mkdir()
    old.mkdir()
    os.utime(old, (0, 0))
    sandbox.sweep()
    assert made.is_dir() and not old.exists()


def test_a_worker_sweeps_when_it_starts_and_leaves_nothing_itself(bundle, light, temporary):
    old = temporary / f"{layout.PREFIX}old"
    old.mkdir()
    os.utime(old, (0, 0))
    with Bench(Terms()):
        assert not old.exists()
    with sandbox.open(bundle, level="unsafe-local") as host:
        sandbox.sweep()
        assert host.folder.is_dir() and host.folder.parent == temporary
    assert not list(temporary.iterdir())
