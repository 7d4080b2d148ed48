"""What `tito class review` adds to nbgrader's formgrader, as an extension of its server.

Formgrader's templates put names and ids into their pages as they are, and its Autograde button runs students' code with
the instructor's rights. Here its pages are escaped, and the button does what `tito class grade` does.
"""

import re
import subprocess
import sys


def load_jupyter_server_extension(server) -> None:
    """Called by Jupyter after formgrader's own extension: it loads them by name, and n comes before t."""
    from nbgrader.apps.api import NbGraderAPI

    server.web_app.settings["nbgrader_jinja2_env"].autoescape = True
    NbGraderAPI.autograde = autograde


def autograde(api, assignment_id: str, student_id: str, force: bool = True, create: bool = True) -> dict:
    """What formgrader's button calls: success, log and error of `tito class grade` for one submission."""
    again = ["--again"] if force else []
    command = [sys.executable, "-P", "-m", "tito", "class", "grade", *again, f"--student={student_id}", assignment_id]
    done = subprocess.run(command, cwd=api.coursedir.root, capture_output=True, text=True)
    said = re.sub(r"(?m)^Graded \d+ of \d+,.*\n?", "", done.stderr).strip()  # its progress
    if done.returncode == 0:
        return {"success": True, "log": done.stdout}
    return {"success": False, "error": said or done.stdout, "log": done.stdout if said else ""}
