"""What has been graded and recorded: SQLite in the class folder, on the machine that grades.

A verdict's file comes first, then its line here, then the gradebook and the autograded notebook, then the line that
says so. Each step can be done again without harm, so a run that was stopped anywhere goes on where it was.
"""

import contextlib
import sqlite3
import time
from pathlib import Path

TRIES = 3  # times that a submission is tried before a person has to look

_TABLES = """
create table if not exists verdict (
    key text primary key, module text, submission text, status text, reason text, written real);
create table if not exists trouble (key text, reason text, at real);
create table if not exists record (
    module text, student text, key text, submission text, stamp text, source text, score real, max_score real,
    at real, primary key (module, student));
create table if not exists set_aside (
    module text, student text, grade_id text, manual real, automatic real, at real);
"""


class Ledger:
    """The ledger in a file; a context manager."""

    def __init__(self, file: Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(file, timeout=60, isolation_level=None)
        self.database.row_factory = sqlite3.Row
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = normal")  # verdicts' files are the truth; this can be made again
        self.database.executescript(_TABLES)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *problem) -> None:
        self.database.close()

    @contextlib.contextmanager
    def together(self):
        """All changes within, or none."""
        self.database.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.database.execute("rollback")
            raise
        self.database.execute("commit")

    def verdict(self, key: str) -> sqlite3.Row | None:
        """The line of a verdict."""
        return self.database.execute("select * from verdict where key = ?", (key,)).fetchone()

    def add_verdict(self, verdict: dict) -> bool:
        """Note a verdict whose file is written; False if it stood here already."""
        facts = [verdict[name] for name in ("key", "module", "submission", "status", "reason")]
        done = self.database.execute("insert or ignore into verdict values (?, ?, ?, ?, ?, ?)", [*facts, time.time()])
        return bool(done.rowcount)

    def add_trouble(self, key: str, reason: str) -> int:
        """Note that trying a submission came to nothing; how often it has by now."""
        self.database.execute("insert into trouble values (?, ?, ?)", (key, reason, time.time()))
        return self.database.execute("select count(*) from trouble where key = ?", (key,)).fetchone()[0]

    def forget(self, keys: list[str]) -> None:
        """Forget verdicts, and what went wrong on the way to them, so that they are made again."""
        with self.together():
            for table in ("verdict", "trouble"):
                self.database.executemany(f"delete from {table} where key = ?", [(k,) for k in keys])
            self.database.executemany("update record set key = '' where key = ?", [(k,) for k in keys])

    def record(self, module: str, student: str) -> sqlite3.Row | None:
        """What stands in the gradebook for a student's module."""
        return self.database.execute(
            "select * from record where module = ? and student = ?", (module, student)
        ).fetchone()

    def set_record(self, **facts) -> None:
        """Note that a verdict stands in the gradebook, and which submission it is about."""
        names = ("module", "student", "key", "submission", "stamp", "source", "score", "max_score")
        values = [*(facts[n] for n in names), time.time()]
        self.database.execute("insert or replace into record values (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def set_aside(self, module: str, student: str, grade_id: str, manual: float, automatic: float) -> None:
        """Keep a manual score that was given for an earlier submission."""
        facts = (module, student, grade_id, manual, automatic, time.time())
        self.database.execute("insert into set_aside values (?, ?, ?, ?, ?, ?)", facts)

    def forget_records(self) -> None:
        """The gradebook is another one now: everything is to be recorded again, nothing to be judged again."""
        self.database.execute("update record set key = ''")
