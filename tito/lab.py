"""Start JupyterLab so that its kernels import the package of this folder."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tito.course import Course
from tito.errors import ENVIRONMENT, FAILED, TitoError


def environment(course: Course) -> dict[str, str]:
    """The variables for a child process: this environment's programs and this folder's package first."""
    variables = dict(os.environ)
    for key, first in (("PATH", str(Path(sys.executable).parent)), ("PYTHONPATH", str(course.root))):
        rest = [p for p in variables.get(key, "").split(os.pathsep) if p and p != first]
        variables[key] = os.pathsep.join([first, *rest])
    return variables


def start(course: Course, notebook: Path | None, options: tuple[str, ...]) -> int:
    """Run JupyterLab in the course's folder until it is stopped; return its exit code."""
    if find_spec("jupyterlab") is None:
        raise TitoError("JupyterLab is not installed here.", "Run: python3 -m tito setup", ENVIRONMENT)
    if notebook is not None and not notebook.exists():
        raise TitoError(f"{notebook} does not exist.", f"Bring it back: tito reset {notebook.parent.name}", FAILED)
    target = [str(notebook.relative_to(course.root))] if notebook else []
    command = [sys.executable, "-m", "jupyterlab", *target, *options]
    try:
        return subprocess.run(command, cwd=course.root, env=environment(course)).returncode
    except KeyboardInterrupt:  # Jupyter has heard it too and stops by itself
        return 0
