"""A copy of the gradebook before each run: the last ten are kept."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading.classroom import Classroom

KEPT = 10


def back_up(classroom: Classroom) -> Path | None:
    """Copy gradebook.db through SQLite's own backup, so that a copy is whole whatever else goes on."""
    book = classroom.root / "gradebook.db"
    if not book.exists():
        return None
    folder = classroom.root / ".tito" / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = _free(folder)
    try:
        with closing(sqlite3.connect(book)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            problem = copy.execute("pragma integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        problem = str(error)
    if problem != "ok":
        target.unlink(missing_ok=True)
        newest = max(folder.glob("gradebook-*.db"), default=None)
        hint = f"The last good copy: {newest}" if newest else "There is no older copy of it."
        raise TitoError(f"{book} is damaged: {problem}.", hint, ENVIRONMENT)
    for old in sorted(folder.glob("gradebook-*.db"))[:-KEPT]:
        old.unlink()
    return target


def _free(folder: Path) -> Path:
    """A name for now, or for the second after the newest copy, so that names sort by age."""
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    newest = max(folder.glob("gradebook-*.db"), default=Path("gradebook-0.db")).stem.partition("-")[2]
    return folder / f"gradebook-{now if now > newest else int(newest) + 1}.db"
