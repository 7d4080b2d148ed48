"""Copies of the gradebook: one before each run, the last ten are kept, and each can be brought back.

SQLite is copied through its own backup; a PostgreSQL database (db_url in settings.ini) through pg_dump and pg_restore.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from tito.errors import ENVIRONMENT, FAILED, USAGE, TitoError
from tito.files import write_atomic
from tito.grading import forked
from tito.grading.classroom import Classroom, restoring, room
from tito.grading.lock import alone

KEPT = 10
_HELD = "55P03"  # PostgreSQL's lock_not_available
PATIENCE = 5  # seconds for which a program may have a PostgreSQL gradebook open


def is_postgres(classroom: Classroom) -> bool:
    """Whether the gradebook is in a PostgreSQL database."""
    return _url(classroom).startswith("postgresql")


def complaint(classroom: Classroom, reason: str) -> TitoError:
    """The error to raise where the gradebook cannot be read or written."""
    reason = " ".join(reason.split()).rstrip(".?")
    reason = re.sub(r",? *Is the server running.*", "", reason)  # which the hint asks as well
    copies_of = "Earlier copies: tito class restore --list"
    hint = f"Check db_url in {classroom.root / 'settings.ini'}, and whether its server runs."
    return TitoError(f"The gradebook cannot be used: {reason}.", hint if _url(classroom) else copies_of, ENVIRONMENT)


def back_up(classroom: Classroom, spare: Path | None = None) -> Path | None:
    """Copy the gradebook, so that the copy is whole whatever else goes on; None where there is no gradebook yet.

    spare: a copy that is kept however old it is.
    """
    if not is_postgres(classroom) and not _book(classroom).exists():
        return None
    target = _free(classroom)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in target.parent.glob(".*"):  # by a run that was killed
        left.unlink()
    unfinished = target.with_name(f".{target.name}")
    problem = _dump(classroom, unfinished) if is_postgres(classroom) else _copy(_book(classroom), unfinished)
    if problem:
        unfinished.unlink(missing_ok=True)
        if is_postgres(classroom):
            raise complaint(classroom, problem)
        if not _integrity(_book(classroom)):
            raise TitoError(
                f"The gradebook could not be copied into {target.parent}: {problem}.",
                "Check the free space and your permissions there.",
                ENVIRONMENT,
            )
        newest = next(iter(copies(classroom)), None)
        hint = f"The last good copy: {newest}" if newest else "There is no older copy of it."
        raise TitoError(f"{_book(classroom)} is damaged: {problem}.", hint, ENVIRONMENT)
    unfinished.replace(target)
    for old in set(copies(classroom)[KEPT:]) - {spare}:
        old.unlink()
    return target


def copies(classroom: Classroom) -> list[Path]:
    """The copies that there are, the newest first."""
    folder = classroom.root / ".tito" / "backups"
    return sorted(folder.glob(f"gradebook-*{_suffix(classroom)}"), reverse=True)


def restore(classroom: Classroom, name: str = "") -> tuple[Path, Path | None]:
    """Bring back a copy (its file name, or the newest); returns it, and the copy of what was there until now.

    Where it was stopped on the way, it goes on with the same copy: the newest is then that of the present.
    Manual scores and comments are those of the copy; the next `grade` writes the automatic scores that it lacks,
    from the verdicts that are there.
    """
    from tito.grading import grade
    from tito.grading.ledger import Ledger

    with alone(classroom.root, "tito class restore"), room(classroom):
        begun = restoring(classroom)
        wanted = _wanted(classroom, name or (begun.read_text(encoding="utf-8") if begun.is_file() else ""))
        if not is_postgres(classroom) and (problem := _integrity(wanted)):
            raise TitoError(f"{wanted} is damaged: {problem}.", "Take another: tito class restore --list", ENVIRONMENT)
        if is_postgres(classroom):
            _need_free(classroom)
        write_atomic(begun, wanted.name)
        before = _keep_present(classroom, wanted)
        with Ledger(grade.ledger_file(classroom)) as ledger:
            ledger.forget_records()
        problem = _load(classroom, wanted) if is_postgres(classroom) else _copy(wanted, _book(classroom))
        if problem:
            kept = f" (what was there until now: {before})" if before else ""
            do = f"Then go on: tito class restore{kept}"
            raise TitoError(f"{wanted.name} could not be brought back: {problem}.", do, ENVIRONMENT)
        begun.unlink()
    return wanted, before


def _wanted(classroom: Classroom, name: str) -> Path:
    there = copies(classroom)
    found = [c for c in there if not name or c.name == Path(name).name]
    if not found:
        what = f"There is no copy '{name}' of the gradebook." if name else "There is no copy of the gradebook yet."
        raise TitoError(what, "See: tito class restore --list", USAGE)
    return found[0]


def _keep_present(classroom: Classroom, spare: Path) -> Path | None:
    """A copy of the gradebook as it is; where it is damaged, the file itself."""
    try:
        return back_up(classroom, spare)
    except TitoError:
        book = _book(classroom)
        if is_postgres(classroom) or not book.exists() or not _integrity(book):
            raise
        aside = book.with_name(f"gradebook-damaged-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}.db")
        shutil.move(book, aside)
        return aside


def _url(classroom: Classroom) -> str:
    return classroom.facts.settings.get("grading", "db_url", fallback="")


def _book(classroom: Classroom) -> Path:
    """The file of a SQLite gradebook."""
    own = _url(classroom).partition("?")[0]
    return Path(own.removeprefix("sqlite:///")) if own else classroom.root / "gradebook.db"


def _suffix(classroom: Classroom) -> str:
    return ".dump" if is_postgres(classroom) else ".db"


def _copy(book: Path, target: Path) -> str:
    """Copy a SQLite database; what is wrong with the copy, "" if it is whole."""
    try:
        with closing(sqlite3.connect(book)) as source, closing(sqlite3.connect(target, timeout=60)) as copy:
            source.backup(copy)
        return _integrity(target)
    except sqlite3.Error as error:
        return str(error)


def _integrity(file: Path) -> str:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            found = database.execute("pragma integrity_check").fetchone()[0]
            return "" if found == "ok" else found
    except sqlite3.Error as error:
        return str(error)


def _address(classroom: Classroom) -> str:
    """The database's address as PostgreSQL's own programs read it: without SQLAlchemy's driver."""
    scheme, rest = _url(classroom).split("://", 1)
    return f"{scheme.partition('+')[0]}://{rest}"


def _dump(classroom: Classroom, target: Path) -> str:
    said = _postgres("pg_dump", "--format=custom", f"--file={target}", f"--dbname={_address(classroom)}")
    return said or _postgres("pg_restore", "--list", str(target))


def _load(classroom: Classroom, file: Path) -> str:
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    return _postgres("pg_restore", *options, f"--dbname={_address(classroom)}", str(file))


def _need_free(classroom: Classroom) -> None:
    """An error where a program has a table of the gradebook open: pg_restore would wait until it ends."""
    from sqlalchemy import NullPool, create_engine, exc, inspect, text

    try:
        with create_engine(_url(classroom), poolclass=NullPool).connect() as database:
            tables = ", ".join(inspect(database).get_table_names())
            database.execute(text(f"set lock_timeout = '{PATIENCE}s'"))
            if tables:
                database.execute(text(f"lock table {tables} in access exclusive mode"))
    except (exc.SQLAlchemyError, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        if getattr(cause, "sqlstate", "") != _HELD:
            raise complaint(classroom, str(cause)) from None
        do = "End it (tito class review?), then again: tito class restore"
        raise TitoError("Another program has the gradebook open: nothing was changed.", do, FAILED) from None


def _postgres(program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs; what it complained of, "" if all went well."""
    path = shutil.which(program)
    if not path:
        return f"{program} is not installed (Debian: apt-get install postgresql-client)"
    with_us = forked.die_with_parent if os.name == "posix" else None  # a killed restore must not go on
    done = subprocess.run([path, *arguments], capture_output=True, text=True, preexec_fn=with_us)
    said = " ".join(done.stderr.split()).rstrip(".?") or f"{program} gave no reason"
    return said if done.returncode else ""


def _free(classroom: Classroom) -> Path:
    """A name for now, or for the second after the newest copy, so that names sort by age."""
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    newest = next((c.stem.partition("-")[2] for c in copies(classroom)), "0")
    name = f"gradebook-{now if now > newest else int(newest) + 1}{_suffix(classroom)}"
    return classroom.root / ".tito" / "backups" / name
