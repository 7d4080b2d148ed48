"""The judge: runs the pristine checks in a process that student code cannot touch.

The student's cells run in a process of their own; what they made is reached through handles (handles.py), so that
a check sees plain data only. Which code runs where:

    the student's cells, given cells, demonstrations     the student's process
    checks                                               here
    locked cells that are not exported                   both; a check uses what they define here
      except classes derived from the student's classes,
      and cells that begin with `#| student`             the student's process only
      and functions that only checks use                 here only: they may hold what an exercise asks for
    imports                                              NumPy, tinytorch.testing and the harmless part of the standard
                                                         library are the judge's own, all else is the student's
"""

import ast
import builtins
import contextlib
import functools
import hashlib
import importlib
import itertools
import linecache
import re
import signal
import threading
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from tito import cells, notebooks
from tito.grading import forked, handles, wire
from tito.grading.folder import Folder
from tito.grading.handles import Client, Ended, Handle

VERSION = "4"
PASSED, FAILED, ERROR, TIMEOUT, NOT_RUN = "passed", "failed", "error", "timeout", "not_run"
_PNG = b"\x89PNG\r\n\x1a\n"
UNFILLED = "not filled in yet"
CHANGED = "{} that your code was given was changed by it: leave what you are given as it is, and work on a copy"
MESSAGE_LIMIT = 2000  # characters of a check's message
_OWN_MODULES = "math cmath time json warnings functools itertools operator random os sys platform contextlib "
_OWN_MODULES += "collections typing re string io statistics fractions decimal bisect heapq types numpy"
_OWN_MODULES = {*_OWN_MODULES.split(), "tinytorch.testing"}


@dataclass(frozen=True)
class Deadlines:
    """Seconds that a single call, a cell and all of a submission may take, and how often it may be begun again."""

    call: float = 10
    cell: float = 60
    whole: float = 300
    restarts: int = 3


@dataclass(frozen=True)
class CheckResult:
    """One check, and how it went. `hidden`: it failed in its hidden part."""

    grade_id: str
    title: str
    points: float
    max_points: float
    status: str
    message: str = ""
    hint: str = ""
    hidden: bool = False
    seconds: float = 0.0

    def facts(self) -> dict:
        """The check as plain data, without its time."""
        return {k: v for k, v in asdict(self).items() if k != "seconds"}


@dataclass
class Judged:
    """All that came of a submission: its checks, what its cells put out, and remarks for the student."""

    checks: list[CheckResult] = field(default_factory=list)
    outputs: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True)
class Step:
    """One cell on its way: `kind` is given, fixture (runs on both sides), own (runs here only), student or check."""

    label: str
    kind: str
    source: str
    points: float = 0
    title: str = ""
    imports: str = ""  # what the judge imports for itself
    defines: frozenset[str] = frozenset()  # names that the pristine cell defines
    names: cells.Names | None = field(default=None, compare=False, repr=False)  # of `source`

    @property
    def spoken(self) -> str:
        """How a note to the student calls the cell: by its exercise, what it defines, or its place."""
        if self.kind == "student":
            return f"Exercise {self.label}" if self.defines else self.label
        defined = ", ".join(sorted(self.defines)[:3])
        return f"The given cell {self.label}" + (f" ({defined})" if defined else "")

    @property
    def is_check(self) -> bool:
        """Whether it is graded."""
        return self.kind == "check"


def steps(clean: list[dict], pristine: dict, everything: bool = True) -> list[Step]:
    """The cells of a clean submission as steps; checks and fixtures are taken from the pristine notebook.

    clean: cells as sanitise.py gives them (grade_id, kind, source).
    everything: demonstrations too, which no check needs.
    """
    locked = {notebooks.grade_id(c): c for c in pristine["cells"] if notebooks.grade_id(c)}
    known = {c["source"] for c in pristine["cells"]}
    found = [_step(i, cell, locked, known) for i, cell in enumerate(clean)]
    own = _judges_own(tuple(_facts(c) for c in pristine["cells"] if c["cell_type"] == "code"))
    found = [replace(step, kind="own") if step.label in own else step for step in found]
    return found if everything else _needed(found, locked)


Facts = tuple[str, str, bool, bool, bool]  # a cell's name and text, and whether it is a solution, a check, exported


def _facts(cell: dict) -> Facts:
    kinds = notebooks.is_solution(cell), notebooks.is_test(cell), cells.is_exported(cell)
    return notebooks.grade_id(cell), cell["source"], *kinds


@functools.lru_cache(64)  # the same for every submission
def _judges_own(pristine: tuple[Facts, ...]) -> frozenset[str]:
    """The fixtures that define nothing but functions and constants, of which only checks make use."""
    others = [
        _pristine_step(*facts, 0) if facts[0] else _free_step(facts[1])
        for facts in pristine
        if not (facts[2] or facts[3])
    ]
    own = {step.label: step for step in others if step.kind == "fixture" and _only_defines(step.source)}
    while True:
        needed = set().union(*(step.names.uses for step in others if step.label not in own))
        kept = {label: step for label, step in own.items() if not step.defines & needed}
        if len(kept) == len(own):
            return frozenset(own)
        own = kept


def _only_defines(source: str) -> bool:
    """Whether a cell has functions only, and literal values: it cannot fail, and puts out nothing."""
    found = [n.value if isinstance(n, ast.Assign) else n for n in _parsed(source).body]
    return all(
        isinstance(n, ast.FunctionDef) or not any(isinstance(p, ast.Name | ast.Call) for p in ast.walk(n))
        for n in found
    )


def _step(position: int, cell: dict, locked: dict[str, dict], known: set[str]) -> Step:
    name = cell.get("grade_id") or ""
    original = locked.get(name)
    if original is None:
        make = _free_step if cell["source"] in known else _free_step.__wrapped__
        return replace(make(cell["source"]), label=name or f"cell {position + 1}")
    made = _pristine_step(*_facts(original), notebooks.points(original))
    if made.kind != "student":
        return made
    source = cells.plain(cell["source"])
    return replace(made, source=source, names=cells.Names(uses=cells.reads(source)))


@functools.lru_cache(4096)  # a demonstration is the same for every submission
def _free_step(text: str) -> Step:
    source = cells.plain(text)
    return Step("", "student", source, names=cells.names(source))


@functools.lru_cache(4096)  # the same cells for every submission
def _pristine_step(name: str, text: str, solution: bool, test: bool, exported: bool, points: float) -> Step:
    source = cells.plain(text)
    names = cells.names(source)
    made = Step(name, "student", source, defines=frozenset(names.defines), names=names)
    if solution:
        return made
    if test:
        title = cells.first_docstring(source, "test").partition("\n")[0].strip().rstrip(".") or name
        return replace(made, kind="check", points=points, title=title, defines=frozenset())
    if exported:
        return replace(made, kind="given", imports=_own_imports(source))
    return replace(made, kind="given" if "student" in cells.directives(source) else "fixture")


def _needed(found: list[Step], locked: dict) -> list[Step]:
    """Without the demonstrations that define nothing which later cells use."""
    needed, kept = set(), []
    for step in reversed(found):
        names = step.names
        if step.label in locked or names.defines & needed or names.everything or "export" in step.source:
            kept.append(step)
            needed |= names.uses
    return kept[::-1]


def _own_imports(source: str) -> str:
    """The imports at the top of a given cell that are the judge's own affair."""
    kept = []
    for node in _parsed(source).body:
        if isinstance(node, ast.Import):
            node.names = [a for a in node.names if _is_own(a.name)]
            kept += [node] if node.names else []
        elif isinstance(node, ast.ImportFrom) and _is_own(node.module or ""):
            kept.append(node)
    return "\n".join(map(ast.unparse, kept))


def _is_own(module: str) -> bool:
    return module in _OWN_MODULES or module.partition(".")[0] in _OWN_MODULES - {"tinytorch.testing"}


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def checks_of(pristine: dict) -> list[Step]:
    """The checks of a module; what judging its submissions has in common is ready afterwards, in children too."""
    found = [step for step in steps(clean_cells(pristine), pristine) if step.is_check]
    for step in found:
        with contextlib.suppress(SyntaxError, ValueError):  # which the check itself will say
            _compiled(step.source, f"<{step.label}>")
    return found


def clean_cells(notebook: dict, solutions: dict[str, str] | None = None) -> list[dict]:
    """The code cells of a notebook as `steps` wants them, some with other sources."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and cell["source"].strip():
            name = notebooks.grade_id(cell)
            found.append({"grade_id": name, "source": (solutions or {}).get(name, cell["source"])})
    return found


def run(
    clean: list[dict],
    pristine: dict,
    start: Callable,
    deadlines: Deadlines = Deadlines(),
    seed: str = "",
    *,
    everything: bool = True,
    each: Callable[[CheckResult], None] | None = None,
) -> Judged:
    """Judge a clean submission.

    start: gives a context manager of a fresh student's process, which has `.wire` and `.kill()`.
    seed: the secret of this run, from which hidden inputs are drawn; the same seed gives the same verdict.
    each: is told of every check as it is done. everything: see `steps`; without it no figure is drawn out either.
    """
    judgement = _Judgement(steps(clean, pristine, everything), deadlines, seed, each, everything)
    began = time.monotonic()
    with _quiet(), _secret_seed(judgement), _folders(judgement):
        judgement.run(start, began + deadlines.whole)
    judgement.judged.seconds = time.monotonic() - began
    return judgement.judged


@contextlib.contextmanager
def _quiet():
    """Warnings are looked at by checks that want to see them only."""
    with warnings.catch_warnings(), np.errstate():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _replaced(module: types.ModuleType, name: str, value: Callable):
    """A module's function is another one meanwhile."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def _secret_seed(judgement: "_Judgement"):
    """np.random.default_rng() without a seed draws from the run's secret."""
    make = np.random.default_rng

    def default_rng(seed=None):
        return make(judgement.draw() if seed is None else seed)

    return _replaced(np.random, "default_rng", default_rng)


def _folders(judgement: "_Judgement"):
    """tinytorch.testing.Folder() makes a folder of the student's process into which this one looks by itself."""
    return _replaced(importlib.import_module("tinytorch.testing"), "Folder", lambda: Folder(judgement.client))


class _Judgement:
    """One submission under judgement, over as many student's processes as it takes."""

    def __init__(self, steps: list[Step], deadlines: Deadlines, seed: str, each: Callable | None, figures: bool):
        self.steps, self.deadlines, self.seed, self.each, self.figures = steps, deadlines, seed, each, figures
        self.judged = Judged()
        self.results: dict[str, CheckResult] = {}
        self.shown: set[int] = set()  # steps whose outputs are known
        self.skipped: set[int] = set()  # cells that ended the process
        self.halves: set[str] = set()  # checks whose visible part holds; the hidden one is still to be run
        self.later: list[Later] = []
        self.drawing, self.drawn = "", itertools.count()
        self.client: Client | None = None  # of the student's process under way

    def draw(self) -> list[int]:
        """The next secret number of the check under way."""
        text = f"{self.seed}/{self.drawing}/{next(self.drawn)}"
        return list(hashlib.sha256(text.encode()).digest())

    def run(self, start: Callable, until: float) -> None:
        """Begin, and begin again after a cell that ended the process; then say what was never run."""
        ended = None
        for left in range(self.deadlines.restarts if self.steps else -1, -2, -1):
            if left < 0 and not self.halves - self.results.keys():
                break
            with start() as student:
                session = Session(student.wire, self.deadlines, self.steps, self.figures)
                self.client = session.client
                ended = self._attempt(session, until, left < 0) or (ended if left < 0 else None)
                student.kill()
            if ended is None or ended.kind == "malformed" or time.monotonic() > until:
                break
        for step in self.steps:
            if step.is_check and step.label not in self.results:
                kind = ERROR if ended and ended.kind == "malformed" else NOT_RUN
                why = ended.reason if ended else "an earlier cell did not run"
                self._record(step, kind, f"not run: {why}", 0.0)
        self.judged.checks = [self.results[s.label] for s in self.steps if s.is_check]

    def _attempt(self, session: "Session", until: float, halves_only: bool) -> Ended | None:
        """Run what has not been run; the reason why the process ended before the last cell, or None.

        Hidden parts come last: nothing that the student reads is made after code of theirs has seen hidden inputs.
        halves_only: of the checks, only those whose hidden part alone is still to be run.
        """
        self.later = []
        try:
            for position, step in enumerate(self.steps):
                done = step.label in self.results or halves_only and step.label not in self.halves
                if step.is_check and done or position in self.skipped:
                    continue
                ended = self._step(session, position, step, until)
                if ended:
                    return ended
            for later in self.later:
                ended = self._step(session, -1, later.step, until, later)
                if ended:
                    return ended
        finally:
            self.judged.requests += session.client.requests
        return None

    def _step(
        self, session: "Session", position: int, step: Step, until: float, later: "Later | None" = None
    ) -> Ended | None:
        self.drawing, self.drawn = f"{step.label}/hidden" if later else step.label, itertools.count()
        began = time.monotonic()
        try:
            with _alarm(min(self.deadlines.cell, until - began)):
                session.begin(min(began + self.deadlines.cell, until))
                if step.is_check:
                    self._judge(session, step, began, later)
                else:
                    self._show(position, step, session.prepare(step))
        except Ended as ended:
            self._end(position, step, ended, time.monotonic() - began, later is not None)
            return ended
        return None

    def _judge(self, session: "Session", step: Step, began: float, later: "Later | None") -> None:
        outcome = session.check_hidden(later) if later else session.check(step)
        if later is None:
            session.pin()
        if type(outcome) is Later:
            known = session.pinned | session.names.known
            self.later.append(replace(outcome, known=known, seconds=time.monotonic() - began))
            self.halves.add(step.label)
            return
        status, points, message = outcome
        seconds = time.monotonic() - began + (later.seconds if later else 0)
        self._record(step, status, message, seconds, points, later is not None and status != PASSED)

    def _end(self, position: int, step: Step, ended: Ended, seconds: float, hidden: bool) -> None:
        if step.is_check:
            status = {"timeout": TIMEOUT, "malformed": ERROR}.get(ended.kind, FAILED)
            self._record(step, status, ended.reason, seconds, hidden=hidden)
        else:
            self.skipped.add(position)
            self.judged.notes.append(f"{step.spoken} did not run: {ended.reason}.")

    def _record(self, step: Step, status: str, message: str, seconds: float, points=0, hidden: bool = False) -> None:
        text = readable(message)
        result = CheckResult(step.label, step.title, points, step.points, status, text, "", hidden, round(seconds, 4))
        self.results[step.label] = result
        if self.each:
            self.each(result)

    def _show(self, position: int, step: Step, output: dict) -> None:
        """Keep what a cell put out, and say of one that failed why, the first time it is run."""
        if position in self.shown:
            return
        self.shown.add(position)
        if output["text"]:
            text = readable(output["text"], 20_000)
            self.judged.outputs.append({"grade_id": step.label, "kind": "text", "data": text})
        for figure in output["figures"]:
            self.judged.outputs.append({"grade_id": step.label, "kind": "png", "data": figure})
        if output["error"]:
            name, text, frames = output["error"]
            self.judged.notes.append(f"{step.spoken} did not run: {readable(_located(f'{name}: {text}', frames))}")


@contextlib.contextmanager
def _alarm(seconds: float):
    """End a check that is busy in this process, where the platform and the thread allow it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number, frame):
        raise Ended("timeout", "the check took too long")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(0.01, seconds + 1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def readable(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text from the student's side as it may be shown: no control characters, not too long."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "�", text)
    return text if len(text) <= limit else text[:limit] + " …"


Code = tuple[types.CodeType, types.CodeType | None]  # of some lines, and of the last of them if it is an expression


@functools.lru_cache(4096)  # the same checks for every submission
def _compiled(source: str, file: str) -> tuple[Code, Code | None]:
    """The code of a check's visible part, and of its hidden one if it has one."""
    visible, hidden = _parts(ast.parse(source, file), source)
    return _code(visible, file), _code(hidden, file) if hidden.body else None


def _code(tree: ast.Module, file: str) -> Code:
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    value = compile(ast.Expression(last.value), file, "eval", dont_inherit=True) if last else None
    return compile(tree, file, "exec", dont_inherit=True), value


def _evaluate(code: Code, namespace: dict):
    """Run the code; the value of its last line, where that is an expression."""
    lines, last = code
    exec(lines, namespace)
    return eval(last, namespace) if last else None


def _parts(tree: ast.Module, source: str) -> tuple[ast.Module, ast.Module]:
    """The visible part of a check, and what is run last: its hidden part, then its last line if that is a value."""
    inside, hidden = False, set()
    for number, line in enumerate(source.split("\n"), 1):
        inside = "BEGIN HIDDEN TESTS" in line or inside and "END HIDDEN TESTS" not in line
        hidden |= {number} if inside else set()
    later = [node for node in tree.body if node.lineno in hidden]
    if later and later[-1] is not tree.body[-1] and isinstance(tree.body[-1], ast.Expr):
        later.append(tree.body[-1])
    return ast.Module([node for node in tree.body if node.lineno not in hidden], []), ast.Module(later, [])


@dataclass(frozen=True)
class Later:
    """The hidden part of a check whose visible part holds, and what its names meant there."""

    step: Step
    code: Code
    namespace: dict
    known: dict = field(default_factory=dict)
    seconds: float = 0.0


class Session:
    """One student's process, and the judge's names beside it."""

    def __init__(self, stream, deadlines: Deadlines, steps: list[Step], figures: bool = True):
        self.deadlines, self.figures = deadlines, figures
        self.client = Client(stream, deadlines.call)
        self.names = _Names(self.client)
        self.pinned = {}  # what the names of judged exercises mean, whatever later cells make of them
        self.waiting = set()  # names that are pinned after the next check
        self.checks_own = set()  # names that the student's side does not have, and the notebook has
        self.namespace = {"__name__": "__main__", "__builtins__": self.names}
        for step in steps:
            if step.imports:
                exec(compile(step.imports, f"<{step.label}>", "exec"), self.namespace)

    def begin(self, until: float) -> None:
        """Before each cell: its deadline; nothing of the cell before it is known any more."""
        self.client.until = until
        self.names.known = dict(self.pinned)

    def prepare(self, step: Step) -> dict:
        """Run a cell that is no check, on the student's side and, if it is a fixture, here too; what it put out."""
        if step.kind == "own":
            self._fixture(step)
            self.checks_own |= step.defines
            return {"text": "", "figures": [], "error": None}
        self.client.seconds = self.deadlines.cell
        output = _checked_output(self.client.command("cell", step.source, step.label, self.figures))
        self.client.seconds = self.deadlines.call
        if step.kind == "fixture":
            self._fixture(step)
        if step.kind == "student":
            self.waiting |= step.defines
            return output
        for name in step.defines & self.pinned.keys():  # a locked cell may give a name another meaning
            del self.pinned[name], self.names.known[name]
        self._pin(step.defines)
        return output

    def pin(self) -> None:
        """Hold fast what the names defined before the check just run mean: a later cell may not replace it."""
        self._pin(self.waiting)
        self.waiting.clear()

    def _pin(self, names: set[str] | frozenset[str]) -> None:
        for name in sorted(names - self.namespace.keys()):
            with contextlib.suppress(Exception):
                value = self.names[name]
                if type(value) is Handle:
                    self.pinned[name] = value

    def _fixture(self, step: Step) -> None:
        tree = _parsed(step.source)
        tree.body = [n for n in tree.body if not (isinstance(n, ast.ClassDef) and self._is_derived(n))]
        own = cells.names(ast.unparse(tree)).defines
        for name in own:
            self.namespace.pop(name, None)
        self.names.reserved |= own
        with contextlib.suppress(Exception), contextlib.redirect_stdout(None):
            exec(compile(tree, f"<{step.label}>", "exec"), self.namespace)

    def _is_derived(self, node: ast.ClassDef) -> bool:
        """Whether a class has a base that is neither a builtin nor defined here."""
        names = [b.id if isinstance(b, ast.Name) else "" for b in node.bases]
        return not all(isinstance(self.namespace.get(n, getattr(builtins, n, None)), type) for n in names)

    def check(self, step: Step) -> "tuple[str, float, str] | Later":
        """Run the visible part of a check: its status, points and message; or what is left to run, where it holds."""
        file = f"<{step.label}>"
        linecache.cache[file] = (len(step.source), None, step.source.splitlines(keepends=True), file)
        visible, hidden = _compiled(step.source, file)
        if not hidden:
            return self._judged(step, visible, self.namespace)
        status, _, message = self._judged(step, visible, self.namespace, whole=False)
        if status != PASSED:
            return status, 0, message
        return Later(step, hidden, dict(self.namespace))

    def check_hidden(self, later: Later) -> tuple[str, float, str]:
        """Run the hidden part of a check: the check's status, points and message."""
        self.names.known = dict(later.known)
        return self._judged(later.step, later.code, later.namespace)

    def _judged(self, step: Step, code: Code, namespace: dict, whole: bool = True) -> tuple[str, float, str]:
        first, value, error = self.client.next_function, None, None
        self.client.changed, self.client.objection = "", None
        try:
            value = _evaluate(code, namespace)
            if self.client.objection:
                raise self.client.objection
        except Exception as raised:
            error = raised
        self.client.forget(first)
        if error is not None:
            return FAILED, 0, self._message(error)
        if self.client.changed and "changes" not in cells.directives(step.source):
            return FAILED, 0, CHANGED.format(self.client.changed)
        points, problem = partial_credit(value if whole else None, step.points)
        return (ERROR, 0, problem) if problem else (PASSED, points, "")

    def _message(self, error: Exception) -> str:
        name, text = wire.exception_name(error), wire.exception_text(error)
        frames = getattr(error, "tito_frames", [])
        if isinstance(error, NotImplementedError) and not text and frames and "NotImplementedError" in frames[-1][2]:
            return UNFILLED
        if isinstance(error, AssertionError) and not frames:
            return text or "the check does not hold"
        missing = re.fullmatch(r"name '(\w+)' is not defined", text) if isinstance(error, NameError) else None
        if missing and missing[1] in self.checks_own:
            text += ": it belongs to the checks, and is not there where your code is used"
        return _located(f"{name}: {text}" if text else name, frames)


def _located(text: str, frames: list) -> str:
    if not frames:
        return text
    cell, line, code = frames[-1]
    return f"{text}\n{cell}, line {line}: {code}"


def partial_credit(value, most: float) -> tuple[float, str]:
    """The points that a check's last value means, and what is wrong with it: nothing, or a number from 0 to `most`."""
    if value is None:
        return most, ""
    if type(value) in (int, float) and 0 <= value <= most:  # which NaN is not
        return value, ""
    shown = repr(value)[:100] if type(value) in (int, float, bool, str) else handles._describe(value)
    return 0, f"the check ended with {shown}, which is no number of points from 0 to {most:g}: for the staff to look at"


def _checked_output(value) -> dict:
    """A cell's outputs as the student's side reports them, believed only in their form."""
    try:
        text, figures, error = value["text"], value["figures"], value["error"]
        fine = type(text) is str and type(figures) is list and all(type(f) is bytes for f in figures)
        fine = fine and len(text) < 100_000 and len(figures) <= 8 and all(f.startswith(_PNG) for f in figures)
        if error is not None:
            name, message, frames = error
            fine = fine and type(name) is str and type(message) is str
            error = (name[:100], message, handles.checked_frames(frames))
        if not fine:
            raise ValueError
    except (TypeError, KeyError, ValueError, wire.Malformed):
        raise Ended("malformed", "its process sent outputs that are none") from None
    return {"text": text, "figures": figures, "error": error}


class _Names(dict):
    """The builtins of the judge's code; a name that nobody here knows is looked up on the student's side."""

    def __init__(self, client: Client):
        super().__init__(vars(builtins))
        self.client, self.known, self.reserved = client, {}, set()
        self.update({"type": handles.Type, "__import__": self._import})

    def __missing__(self, name: str):
        if name in self.reserved:
            raise NameError(f"name {name!r} is not defined: its cell did not run")
        if name in self.known:
            return self.known[name]
        value = self.client.ask("name", name)
        if type(value) is Handle:
            self.known[name] = value
        return value

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if not level and _is_own(name) or name == "tinytorch" and set(fromlist or ()) == {"testing"}:
            return importlib.__import__(name, globals, locals, fromlist, level)
        module = self.client.ask("import", name)
        return module if fromlist else self.client.ask("import", name.partition(".")[0])


def apart(run: Callable[[Callable], Judged], expected: list[Step], seconds: float, memory_mb: int = 4096) -> Judged:
    """Do `run(each)` in a child process that may be blown up without harm: what it has judged by then stays.

    expected: the steps of the submission, of which every check gets a result.
    """

    def body(say: Callable) -> None:
        judged = run(lambda result: say(["check", asdict(result)]))
        outputs = [o | ({"data": o["data"].hex()} if o["kind"] == "png" else {}) for o in judged.outputs]
        facts = {"outputs": outputs, "notes": judged.notes, "seconds": judged.seconds, "n": judged.requests}
        say(["end", facts])

    return _collected(forked.told(body, seconds, memory_mb), expected)


def _collected(said: list, expected: list[Step]) -> Judged:
    judged, done = Judged(), {}
    for kind, value in said:
        if kind == "check":
            done[value["grade_id"]] = CheckResult(**value)
        else:
            judged = Judged([], value["outputs"], value["notes"], value["seconds"], value["n"])
            for output in judged.outputs:
                if output["kind"] == "png":
                    output["data"] = bytes.fromhex(output["data"])
    lost = CheckResult("", "", 0, 0, ERROR, "judging it took more time or memory than there is")
    for step in expected:
        if step.is_check:
            own = replace(lost, grade_id=step.label, title=step.title, max_points=step.points)
            judged.checks.append(done.get(step.label, own))
    return judged
