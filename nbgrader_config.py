"""nbgrader's settings: every fact is read from settings.ini beside this file.

The same file serves the course (where nbgrader works on the class that settings.ini names) and a class folder.
"""

import configparser
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETTINGS = configparser.ConfigParser(interpolation=None)
SETTINGS.read(HERE / "settings.ini", encoding="utf-8")
GRADING = SETTINGS["grading"]

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = SETTINGS["course"]["course_id"]
c.CourseDirectory.root = str((HERE / GRADING["class_path"]).resolve())
if GRADING.get("db_url"):
    c.CourseDirectory.db_url = GRADING["db_url"]
if GRADING.get("exchange_path"):
    c.Exchange.root = str((HERE / GRADING["exchange_path"]).resolve())

# Kernels find the course's own tinytorch, whichever folder they run in.
PACKAGE = str((HERE / SETTINGS["DEFAULT"]["lib_path"]).resolve().parent)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (PACKAGE, os.environ.get("PYTHONPATH"))))

# nbgrader's own steps, and one of ours: a copied cell is an ordinary cell.
STEPS = "ClearOutput DeduplicateIds ForgetCopies OverwriteKernelspec OverwriteCells CheckCellMetadata"
OURS = {"ForgetCopies": "tito.grading.nbgrader_parts"}
c.Autograde.sanitize_preprocessors = [f"{OURS.get(s, 'nbgrader.preprocessors')}.{s}" for s in STEPS.split()]

# A check that the student deleted comes back and is graded.
c.OverwriteCells.add_missing_cells = True
c.Execute.timeout = GRADING.getint("cell_seconds", 60)
c.Execute.shutdown_kernel = "immediate"

# What `tito submit` writes: 01_tensor_ada_attempt_20260901120000_tensor.zip
c.FileNameCollectorPlugin.named_regexp = (
    r".*?\d\d_(?P<file_id>\w+)_(?P<student_id>[^/\\]+?)_attempt_(?P<timestamp>\d{14})_(?P=file_id)\b"
)
