"""Start JupyterLab so that its kernels import the package of this folder."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from tito.course import WORKSPACE, Course
from tito.errors import ENVIRONMENT, FAILED, TitoError

STUDENT_LAB = Path(__file__).parent / "templates" / "lab"  # Lab without what is the instructor's, and without news


def environment(course: Course) -> dict[str, str]:
    """The variables for a child process: this environment's programs and this folder's package first."""
    variables = dict(os.environ)
    for key, first in (("PATH", str(Path(sys.executable).parent)), ("PYTHONPATH", str(course.root))):
        rest = [p for p in variables.get(key, "").split(os.pathsep) if p and p != first]
        variables[key] = os.pathsep.join([first, *rest])
    return variables


def start(course: Course, notebook: Path | None, options: tuple[str, ...]) -> int:
    """Run JupyterLab in the course's folder until it is stopped."""
    if find_spec("jupyterlab") is None:
        raise TitoError("JupyterLab is not installed here.", "Run: python3 -m tito setup", ENVIRONMENT)
    if notebook is not None and not notebook.exists():
        raise TitoError(f"{notebook} does not exist.", f"Bring it back: tito reset {notebook.parent.name}", FAILED)
    here = [f"--ServerApp.root_dir={course.root}"]
    if notebook:  # as the page that Lab starts with, it also stands in the address that --no-browser prints
        here.append(f"--LabApp.default_url=/lab/tree/{quote(notebook.relative_to(course.root).as_posix())}")
    if course.kind == WORKSPACE:
        here.append(f"--LabApp.app_settings_dir={STUDENT_LAB}")
    command = [sys.executable, "-m", "jupyterlab", *here, *options]
    if os.name == "posix":  # take its place: Ctrl-C and signals reach it as if it had been typed
        os.chdir(course.root)
        os.execve(sys.executable, command, environment(course))
    return subprocess.run(command, cwd=course.root, env=environment(course)).returncode
