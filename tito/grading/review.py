"""nbgrader's formgrader on the class's gradebook, for this computer's browser alone."""

import os
import subprocess
import sys
from importlib.util import find_spec

from tito import lab
from tito.errors import ENVIRONMENT, TitoError
from tito.grading.classroom import Classroom, check_ready

PAGE = "/formgrader/manage_assignments"
EXTENSIONS = {"jupyterlab": True, "tito.grading.review_server": True}  # the others are found
# Formgrader's own pages need inline scripts, so this policy does not stop one: cleaning does (displayed.py). It stops
# whatever got through from sending anything anywhere.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws://127.0.0.1:*; "
    "object-src 'none'; frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)


def command(classroom: Classroom, options: tuple[str, ...] = ()) -> list[str]:
    """What starts the server; `options` are Jupyter's own and come last."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        f"--ServerApp.root_dir={classroom.root}",
        f"--ServerApp.tornado_settings={ {'headers': {'Content-Security-Policy': POLICY}} }",
        "--IdentityProvider.cookie_options={'path': '/'}",  # formgrader's handlers would set it for one page only
        f"--ServerApp.jpserver_extensions={EXTENSIONS}",
        f"--LabApp.default_url={PAGE}",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        *options,
    ]


def start(classroom: Classroom, options: tuple[str, ...] = ()) -> int:
    """Run JupyterLab with formgrader in the class folder until it is stopped."""
    check_ready(classroom)
    for name in ("jupyterlab", "nbgrader"):
        if find_spec(name) is None:
            raise TitoError(f"{name} is not installed here.", "Run: python3 -m tito setup", ENVIRONMENT)
    facts = {"cwd": classroom.root, "env": lab.environment(classroom.course)}
    if os.name == "posix":  # take its place: Ctrl-C and signals reach it as if it had been typed
        os.chdir(classroom.root)
        os.execve(sys.executable, command(classroom, options), facts["env"])
    return subprocess.run(command(classroom, options), **facts).returncode
