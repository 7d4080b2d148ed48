"""A student's submission: the notebook and a receipt, as a zip or into nbgrader's exchange.

The zip's name carries module, student and time: 01_tensor_ada_attempt_20261123115345_tensor.zip.
`nbgrader zip_collect` reads it with ZIP_NAME as its named_regexp (it has no default of its own);
nbgrader_config.py of a class sets it.
"""

import hashlib
import io
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tito import notebooks, workspace
from tito.course import Course, Module
from tito.errors import ENVIRONMENT, FAILED, TitoError
from tito.files import dump_json, write_atomic

# The module's name stands before and after the student's id, so an id may hold underscores.
ZIP_NAME = r".*?\d\d_(?P<file_id>\w+)_(?P<student_id>[^/\\]+?)_attempt_(?P<timestamp>\d{14})_(?P=file_id)\b"


def warnings(course: Course, module: Module) -> list[str]:
    """What the student should know before handing in: exercises left open, checks that fail."""
    from tito import check

    try:
        checks = check.run(course, module)
    except TitoError as error:
        return [f"The checks could not be run: {error.what}"]
    workspace.record_checks(course, module, checks)
    failed = [", ".join(c.exercises) or c.grade_id for c in checks if c.status == check.FAILED]
    left = list(dict.fromkeys(name for c in checks if c.status == check.OPEN for name in c.exercises))
    count = len({name for c in checks for name in c.exercises})
    notes = []
    if left:
        notes.append(f"{len(left)} of {count} exercises are still open and earn no points: {', '.join(left)}.")
    if failed:
        notes.append(f"The checks of these exercises fail: {', '.join(failed)}. See: tito test {module.number:02d}")
    return notes


def is_untouched(course: Course, module: Module) -> bool:
    """Whether every exercise of the notebook is as it was released, so that there is nothing to grade."""
    try:
        notebooks.read(course.notebooks / module.notebook)
    except TitoError:
        return False  # it is damaged, which is told otherwise
    filled, count = workspace.filled(course, module)
    return bool(count) and not filled


def receipt(course: Course, module: Module, student: str, content: bytes, seconds: float) -> dict:
    """What is handed in, by whom, when (UTC) and with which tito."""
    return {
        "schema": "tito/receipt/1",
        "module": module.slug,
        "student": student,
        "file": f"{module.name}.ipynb",
        "sha256": hashlib.sha256(content).hexdigest(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        "tito": course.settings["DEFAULT"]["version"],
    }


def pack(course: Course, module: Module, student: str, force: bool = False) -> dict:
    """Write the zip under submissions/; return its path and the receipt."""
    content = _content(course, module, force)
    folder = course.root / "submissions"
    seconds = _free_second(folder, module, student)
    facts = receipt(course, module, student, content, seconds)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        moment = time.gmtime(seconds)[:6]
        for name, data in ((facts["file"], content), ("receipt.json", dump_json(facts).encode())):
            packed.writestr(zipfile.ZipInfo(name, moment), data, zipfile.ZIP_DEFLATED)
    path = folder / zip_name(module, student, seconds)
    write_atomic(path, archive.getvalue())
    workspace.record(course, module, submitted={"time": facts["time"], "sha256": facts["sha256"], "path": path.name})
    return {"path": path.relative_to(course.root).as_posix(), "receipt": facts}


def zip_name(module: Module, student: str, seconds: float) -> str:
    """The zip's name, from which ZIP_NAME reads module, student and time again."""
    moment = time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))
    return f"{module.slug}_{student}_attempt_{moment}_{module.name}.zip"


def _free_second(folder: Path, module: Module, student: str) -> int:
    """Now, or the first second after it in which nothing was packed yet."""
    seconds = int(time.time())
    while (folder / zip_name(module, student, seconds)).exists():
        seconds += 1
    return seconds


def _content(course: Course, module: Module, force: bool) -> bytes:
    path = course.notebooks / module.notebook
    try:
        notebooks.read(path)
    except TitoError as error:
        if not force or not path.is_file():
            raise TitoError(error.what, f"{error.do} Or hand it in as it is: --force", FAILED) from None
    return path.read_bytes()


def to_exchange(course: Course, module: Module, student: str, force: bool = False) -> dict:
    """Hand in with nbgrader's own submit; return the receipt."""
    content = _content(course, module, force)
    facts = receipt(course, module, student, content, time.time())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / module.slug
        folder.mkdir()
        (folder / facts["file"]).write_bytes(content)
        (folder / "receipt.json").write_text(dump_json(facts), encoding="utf-8")
        _nbgrader_submit(course, module, student, Path(temporary))
    workspace.record(course, module, submitted={"time": facts["time"], "sha256": facts["sha256"], "path": "exchange"})
    return {"path": "exchange", "receipt": facts}


def _nbgrader_submit(course: Course, module: Module, student: str, folder: Path) -> None:
    from tito.lab import environment

    options = [f"--student={student}", f"--Exchange.assignment_dir={folder}"]
    command = [sys.executable, "-c", _SUBMIT, "submit", module.slug, *options]
    done = subprocess.run(command, cwd=course.root, env=environment(course), capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line or "CRITICAL" in line]
        reason = lines[0].split("]", 1)[-1].strip() if lines else "nbgrader submit failed"
        raise TitoError(
            f"The exchange did not take it: {reason}.",
            f"Ask your instructor about the exchange; or make a zip: tito submit {module.slug}",
            ENVIRONMENT,
        )


_SUBMIT = """
import sys
sys.modules.setdefault("rfc3987_syntax", None)
from nbgrader.apps.nbgraderapp import NbGraderApp
NbGraderApp.launch_instance()
"""
