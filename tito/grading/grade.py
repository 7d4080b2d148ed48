"""Grade what was handed in, each submission exactly once, whatever stops the run.

    .tito/verdicts/KEY.json     the verdict on a submission, written before anything else; KEY.ipynb its notebook
    .tito/ledger.db             which verdicts there are, and what stands in the gradebook (ledger.py)
    .tito/bundles/NN_name/      what judging a module needs (bundle.py)

One process leads: it hands the work to an engine and is the only one that writes.
"""

import collections
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tito.course import Module
from tito.errors import ENVIRONMENT, TitoError
from tito.files import remove_unfinished, write_atomic
from tito.grading import bundle, gradebook, judge, verdict
from tito.grading.backup import back_up
from tito.grading.classroom import Classroom, at_work
from tito.grading.engines import Job, Terms, Waiting, local
from tito.grading.gradebook import autograded
from tito.grading.ledger import TRIES, Ledger

__all__ = ["GRADED", "MISSING", "NEEDS_STAFF", "WAITING", "Options", "autograded", "grade", "record"]
GRADED, NEEDS_STAFF, WAITING, MISSING = verdict.GRADED, verdict.NEEDS_STAFF, "waiting", "missing"
BATCH, PATIENCE = 50, 2.0  # verdicts, or seconds, after which the gradebook is written

Heard = Callable[[int, int, dict], None]


@dataclass(frozen=True)
class Options:
    """How a class is graded. jobs: 0 for one per core. level: of the sandbox. again: what is graded already, too."""

    students: tuple[str, ...] = ()
    again: bool = False
    engine: str = "local"
    jobs: int = 0
    level: str = "auto"
    outputs: bool = False


def grade(
    classroom: Classroom,
    modules: list[Module],
    students: tuple[str, ...] = (),
    again: bool = False,
    heard: Heard | None = None,
    options: Options | None = None,
) -> list[dict]:
    """Grade the submissions of `modules` (of `students`, if any are named) that are new or changed, or all (`again`).

    Returns a record for each submission: see `record`, and `new`, `remarks`. heard(done, in all, record) is called
    after each.
    """
    options = options or Options(students, again)
    with at_work(classroom, "tito class grade"), Ledger(ledger_file(classroom)) as ledger:
        for name in (".tito", "autograded"):
            remove_unfinished(classroom.root / name)
        run = _Run(classroom, modules, options, ledger, heard or (lambda done, count, record: None))
        run.go()
        return run.rows()


def ledger_file(classroom: Classroom) -> Path:
    """Where the ledger is."""
    return classroom.root / ".tito" / "ledger.db"


def verdicts_folder(classroom: Classroom) -> Path:
    """Where the verdicts are."""
    return classroom.root / ".tito" / "verdicts"


@dataclass
class _Submission:
    module: Module
    student: str
    file: Path
    digest: str
    stamp: str
    key: str


class _Run:
    """One run over a class."""

    def __init__(self, classroom: Classroom, modules: list[Module], options: Options, ledger: Ledger, heard: Heard):
        self.classroom, self.options, self.ledger, self.heard = classroom, options, ledger, heard
        self.settings = classroom.facts.settings["grading"]
        self.tries = self.settings.getint("tries", TRIES)
        self.environment = verdict.environment()
        self.folder = verdicts_folder(classroom)
        self.remarks: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        self.modules = [m for m in modules if self._students(m)]
        self.bundles = {m.slug: bundle.for_class(classroom, m, self._bundle(m)) for m in self.modules}
        self.sources = {m.slug: source_digest(classroom, m) for m in self.modules}
        self.every = [self._submission(m, s) for m in self.modules for s in self._students(m)]
        self.waiting: list[_Submission] = []  # their verdict is there, and not yet recorded
        self.book: gradebook.Book | None = None
        self.done, self.told = 0, time.monotonic()

    def _students(self, module: Module) -> list[str]:
        wanted = self.options.students
        return [s for s in self.classroom.submissions(module) if not wanted or s in wanted]

    def _bundle(self, module: Module) -> Path:
        return self.classroom.root / ".tito" / "bundles" / module.slug

    def _submission(self, module: Module, student: str) -> _Submission:
        file = self.classroom.submission(module, student)
        digest = file_digest(file)
        key = verdict.key(module.slug, digest, self.bundles[module.slug].hash, self.environment)
        return _Submission(module, student, file, digest, stamp(file), key)

    def go(self) -> None:
        """Judge what has no verdict, record what is not recorded."""
        if self.options.again:
            self._forget()
        self.work = [s for s in self.every if not self._is_current(s)]
        self.new = {(s.module.slug, s.student) for s in self.work}
        if not self.work:
            return
        back_up(self.classroom)
        try:
            judged = {s.key for s in self.work if self._has_verdict(s)}
            for submission in self.work:
                if submission.key in judged:
                    self._finish(submission)
            self._judge([s for s in self.work if s.key not in judged])
        finally:
            self._record()
            if self.book:
                self.book.book.close()

    def _forget(self) -> None:
        self.ledger.forget([s.key for s in self.every])
        for submission in self.every:
            verdict.path(self.folder, submission.key).unlink(missing_ok=True)

    def _is_current(self, submission: _Submission) -> bool:
        """Whether this very submission stands in the gradebook, or is known to need a person."""
        known = self.ledger.record(submission.module.slug, submission.student)
        if known is None or (known["key"], known["stamp"]) != (submission.key, submission.stamp):
            return False
        found = self.ledger.verdict(submission.key)
        if found is None:
            return False
        needs = found["status"] == NEEDS_STAFF
        return needs or autograded(self.classroom, submission.module, submission.student).is_file()

    def _has_verdict(self, submission: _Submission) -> bool:
        """Whether the verdict is there whole; its line in the ledger is made up where a run was stopped before it."""
        try:
            found = verdict.read(verdict.path(self.folder, submission.key))
            if found["status"] == GRADED:
                _read_notebook(self.folder, submission.key)
        except (TitoError, OSError, ValueError):
            return False
        self.ledger.add_verdict(found)
        return True

    # Judging

    def _judge(self, submissions: list[_Submission]) -> None:
        """Give every submission to the engine, again where something else went wrong; equal ones once."""
        owners: dict[str, list[_Submission]] = collections.defaultdict(list)
        for submission in submissions:
            owners[submission.key].append(submission)
        waiting = Waiting(Job(o[0].module.slug, self._bundle(o[0].module), o[0].file, k) for k, o in owners.items())
        if not waiting:
            return
        with self._engine(len(waiting)) as engine:
            under_way = _fill(engine, waiting)
            self._open_book()  # while the workers start
            while under_way:
                for job, answer in engine.wait():
                    taken = self._take(job, answer)
                    if not taken:
                        waiting.put(job)
                    under_way += _fill(engine, waiting) - 1  # first: nobody waits while the gradebook is written
                    for submission in owners[job.key] if taken else ():
                        self._finish(submission)

    def _engine(self, most: int):
        jobs = min(self.options.jobs or local.cores(), most)
        if self.options.engine == "dask":
            from tito.grading.engines import dask

            scheduler = self.settings.get("dask_scheduler", "")
            return dask.Engine(self._terms(), jobs, self.classroom.root / ".tito" / "dask", scheduler)
        return local.Engine(self._terms(), jobs, self.classroom.root / ".tito" / "workers.log")

    def _terms(self) -> Terms:
        own, standard = self.settings, Terms()
        return Terms(
            self.options.level,
            secret(self.classroom),
            self.environment,
            own.getfloat("call_seconds", standard.call_seconds),
            own.getfloat("cell_seconds", standard.cell_seconds),
            own.getfloat("submission_seconds", standard.seconds),
            own.getint("memory_mb", standard.memory_mb),
            self.options.outputs or own.getboolean("outputs", False),
        )

    def _take(self, job: Job, answer: dict) -> bool:
        """Keep a verdict; False if the submission is to be tried again."""
        found, trouble = answer.get("verdict"), answer.get("trouble", "")
        if found and found["key"] != job.key:
            found, trouble = None, "the file changed while it was read"
        if not found:
            if self.ledger.add_trouble(job.key, trouble) < self.tries:
                return False
            found = self._given_up(job, f"it could not be graded, tried {self.tries} times: {trouble}")
        elif found["status"] == GRADED:
            _write_notebook(self.folder, job.key, answer["notebook"])
        verdict.write(self.folder, found)
        self.ledger.add_verdict(found)
        return True

    def _given_up(self, job: Job, reason: str) -> dict:
        own = next(s for s in self.every if s.key == job.key)
        level = "" if self.options.level == "auto" else self.options.level
        facts = {"status": NEEDS_STAFF, "reason": reason, "environment": self.environment}
        note = "Your notebook could not be graded. This is not 0 points: your instructor looks at it."
        made = self.bundles[job.module]
        return verdict.make(job.module, own.digest, made.hash, judge.Judged(), sandbox=level, notes=[note], **facts)

    # Recording

    def _finish(self, submission: _Submission) -> None:
        """A verdict is there: record it with the others, by and by."""
        self.waiting.append(submission)
        self.done += 1
        if len(self.waiting) >= BATCH or time.monotonic() - self.told > PATIENCE:
            self._record()
        found = self.ledger.verdict(submission.key)
        facts = {"module": submission.module.slug, "student": submission.student}
        self.heard(self.done, len(self.work), facts | {"status": found["status"], "reason": found["reason"]})

    def _record(self) -> None:
        """Write what waits into the gradebook and the folder of autograded notebooks, then say so in the ledger."""
        batch, self.waiting = self.waiting, []
        entries = {i: e for i, s in enumerate(batch) if (e := self._entry(s))}
        if entries:
            self._open_book().record(list(entries.values()), lambda: self._set_aside(entries.values()))
            for entry in entries.values():
                gradebook.write_notebook(self.classroom, entry)
        with self.ledger.together():
            for position, submission in enumerate(batch):
                self._note(submission, entries.get(position))
        self.told = time.monotonic()

    def _open_book(self) -> gradebook.Book:
        self.book = self.book or gradebook.Book(self.classroom, self.modules)
        return self.book

    def _entry(self, submission: _Submission) -> gradebook.Entry | None:
        found = verdict.read(verdict.path(self.folder, submission.key))
        if found["status"] != GRADED:
            return None
        before = self.ledger.record(submission.module.slug, submission.student)
        same = before is None or before["submission"] == submission.digest
        notebook = _read_notebook(self.folder, submission.key)
        return gradebook.Entry(submission.module, submission.student, found, notebook, submission.stamp, same)

    def _set_aside(self, entries) -> None:
        """Keep the manual scores that are no longer in the gradebook once its transaction ends."""
        for entry in entries:
            for grade_id, manual, automatic in entry.set_aside:
                self.ledger.set_aside(entry.module.slug, entry.student, grade_id, manual, automatic)
                self.remarks[entry.module.slug, entry.student].append(
                    f"{grade_id}: the manual {manual:g} was given for an earlier submission and is set aside; "
                    f"automatic now: {automatic:g}; review it"
                )

    def _note(self, submission: _Submission, entry: gradebook.Entry | None) -> None:
        slug, student = submission.module.slug, submission.student
        before = None if entry else self.ledger.record(slug, student)
        earlier = (before["score"], before["max_score"]) if before else (None, None)  # these stand until a person looks
        score, most = (entry.score, entry.max_score) if entry else earlier
        self.ledger.set_record(
            module=slug,
            student=student,
            key=submission.key,
            submission=submission.digest,
            stamp=submission.stamp,
            source=self.sources[slug],
            score=score,
            max_score=most,
        )

    def rows(self) -> list[dict]:
        """A record for each submission of the run."""
        found = []
        for s in self.every:
            name = (s.module.slug, s.student)
            row = _row(self.classroom, self.ledger, s.module, s.student, self.sources[s.module.slug])
            found.append(row | {"new": name in self.new, "remarks": self.remarks.get(name, [])})
        return found


def _fill(engine, waiting: Waiting) -> int:
    """Give the engine as many jobs as it can take; how many it took."""
    count = min(engine.free, len(waiting))
    for _ in range(count):
        engine.submit(waiting.take(*engine.opened))
    return count


def secret(classroom: Classroom) -> str:
    """The class's own secret, from which hidden inputs are drawn: the same in every run."""
    file = classroom.root / ".tito" / "secret"
    if not file.is_file():
        write_atomic(file, secrets.token_hex(32))
        file.chmod(0o600)
    return file.read_text(encoding="ascii").strip()


def file_digest(file: Path) -> str:
    """sha256 of a file; of nothing where it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256(b"").hexdigest()


def source_digest(classroom: Classroom, module: Module) -> str:
    """Of the notebook with the hidden tests, as it was released."""
    return file_digest(classroom.root / "source" / module.notebook)


def stamp(file: Path) -> str:
    """The text of timestamp.txt beside a submission."""
    try:
        return file.with_name("timestamp.txt").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _write_notebook(folder: Path, key: str, notebook: dict) -> None:
    write_atomic(folder / f"{key}.ipynb", json.dumps(notebook, sort_keys=True))


def _read_notebook(folder: Path, key: str) -> dict:
    return json.loads((folder / f"{key}.ipynb").read_bytes())


def record(classroom: Classroom, module: Module, student: str) -> dict:
    """What became of a student's submission: module, student, status, reason, score, max_score, key, earlier.

    status: graded, needs_staff, waiting (nothing yet, or it changed since), missing (nothing was handed in).
    earlier: where this one needs a person, the points of an earlier submission, which the gradebook still holds.
    """
    if not ledger_file(classroom).is_file():
        there = classroom.submission(module, student).is_file()
        return _blank(module, student, WAITING if there else MISSING)
    with Ledger(ledger_file(classroom)) as ledger:
        return _row(classroom, ledger, module, student)


def _blank(module: Module, student: str, status: str) -> dict:
    facts = {"module": module.slug, "student": student, "status": status, "reason": ""}
    return facts | {"score": None, "max_score": None, "key": "", "earlier": None}


def _row(classroom: Classroom, ledger: Ledger, module: Module, student: str, source: str = "") -> dict:
    file = classroom.submission(module, student)
    if not file.is_file():
        return _blank(module, student, MISSING)
    known = ledger.record(module.slug, student)
    found = ledger.verdict(known["key"]) if known else None
    now = (file_digest(file), stamp(file), source or source_digest(classroom, module))
    if not found or now != (known["submission"], known["stamp"], known["source"]):
        return _blank(module, student, WAITING)
    facts = {name: known[name] for name in ("score", "max_score", "key")}
    if found["status"] == NEEDS_STAFF:
        facts |= {"score": None, "max_score": None, "earlier": known["score"]}
    return _blank(module, student, found["status"]) | facts | {"reason": found["reason"]}


def verdict_of(classroom: Classroom, module: Module, student: str) -> dict:
    """The verdict on what a student handed in last; an error where there is none."""
    known = record(classroom, module, student)
    if known["status"] not in (GRADED, NEEDS_STAFF):
        raise TitoError(f"{student} {module.slug} is {known['status']}.", "Run: tito class grade", ENVIRONMENT)
    return verdict.read(verdict.path(verdicts_folder(classroom), known["key"]))
