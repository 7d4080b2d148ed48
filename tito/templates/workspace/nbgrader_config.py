"""What nbgrader's own commands need to know here: `nbgrader submit 01_tensor`, `nbgrader list`."""

import configparser
from pathlib import Path

here = Path(__file__).parent
settings = configparser.ConfigParser(interpolation=None)
settings.read(here / "settings.ini", encoding="utf-8")

c = get_config()  # noqa: F821  (nbgrader defines it)
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = settings["course"]["course_id"]
c.Exchange.assignment_dir = str(here / settings["DEFAULT"]["nbs_path"])
if settings["course"].get("exchange_path"):
    c.Exchange.root = settings["course"]["exchange_path"]
