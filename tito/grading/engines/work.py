"""Judge one submission after another, in one process with one sandbox: what every engine's workers do."""

import gc
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading import bundle, displayed, forked, judge, sandbox, sanitise, verdict
from tito.grading.engines import Terms

CLEANING = 60  # seconds that it may take to read a notebook
OPENINGS = 3  # times that a sandbox is tried before the machine is held to be unfit
_TROUBLE = "\0"  # begins a note that is none of a student's: those have no control characters


class Bench:
    """The sandbox of one module at a time, its bundle, and the terms of the run; a context manager."""

    def __init__(self, terms: Terms):
        sandbox.sweep()
        self.terms = terms
        self.host: sandbox.Host | None = None
        self.folder: Path | None = None

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *problem) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox."""
        if self.host:
            self.host.close()
        self.host = self.folder = None

    def answer(self, folder: Path, raw: bytes) -> dict:
        """The answer on one submission; SandboxError where this machine cannot judge anything."""
        self._open(folder)
        try:
            clean = self._clean(raw)
        except forked.Lost as lost:
            return {"trouble": f"reading the notebook: {lost}"}
        if clean.status != sanitise.OK:
            return self._verdict(
                raw, judge.Judged(), status=verdict.NEEDS_STAFF, reason=clean.reason, notes=clean.notes
            )
        judged = self._judge(clean)
        troubles = [n.removeprefix(_TROUBLE) for n in judged.notes if n.startswith(_TROUBLE)]
        if troubles or not judged.seconds:  # without its last line there is no time
            return {"trouble": (troubles or ["the process that judges it ended"])[0]}
        return self._verdict(raw, judged, notes=clean.notes) | {"notebook": shown(clean, judged)}

    def _open(self, folder: Path) -> None:
        if self.folder == folder:
            return
        self.close()
        if self.terms.environment and self.terms.environment != verdict.environment():
            raise TitoError("This worker has another Python or NumPy than the run.", "Install the same.", ENVIRONMENT)
        self.made = bundle.load(folder)
        self.pristine = self.made.pristine()
        self.checks = judge.checks_of(self.pristine)
        sanitise.clean(self.made.checks.read_bytes(), self.pristine)  # what it keeps, the children that clean inherit
        gc.collect()
        gc.freeze()  # a collection in a child must not copy what it shares with this process
        for attempt in range(1, OPENINGS + 1):
            try:
                limits = sandbox.Limits(seconds=self.terms.seconds, memory_mb=self.terms.memory_mb)
                self.host = sandbox.open(self.made, limits, self.terms.level)
                break
            except sandbox.SandboxError:
                if attempt == OPENINGS:
                    raise
        self.folder = folder

    def _clean(self, raw: bytes) -> sanitise.Clean:
        return sanitise.Clean(**forked.call(lambda: asdict(sanitise.clean(raw, self.pristine)), CLEANING))

    def _judge(self, clean: sanitise.Clean) -> judge.Judged:
        terms = self.terms
        deadlines = judge.Deadlines(terms.call_seconds, terms.cell_seconds, terms.seconds)

        def run(each) -> judge.Judged:
            watch = _Watch(self.host)
            try:
                facts = {"everything": terms.outputs, "each": each}
                judged = judge.run(clean.cells, self.pristine, watch.start, deadlines, terms.seed, **facts)
            except sandbox.SandboxError as error:
                watch.troubles.append(error.what)
                judged = judge.Judged()
            judged.notes[:0] = [_TROUBLE + text for text in watch.troubles]
            return judged

        return judge.apart(run, self.checks, terms.seconds + terms.cell_seconds + 30)

    def _verdict(self, raw: bytes, judged: judge.Judged, **facts) -> dict:
        made = verdict.make(
            self.made.module,
            hashlib.sha256(raw).hexdigest(),
            self.made.hash,
            judged,
            sandbox=self.host.level,
            environment=self.terms.environment,
            **facts,
        )
        return {"verdict": made}


class _Watch:
    """Starts students' processes, and notes which of them ended by nobody's fault: killed from outside."""

    def __init__(self, host: sandbox.Host):
        self.host, self.troubles = host, []

    def start(self) -> "_Watched":
        return _Watched(self.host.start(), self.troubles)


class _Watched:
    def __init__(self, student, troubles: list[str]):
        self.student, self.wire, self.troubles = student, student.wire, troubles

    def __enter__(self) -> "_Watched":
        return self

    def __exit__(self, *problem) -> None:
        self.student.__exit__(*problem)

    def outcome(self):
        return self.student.outcome()

    def kill(self):
        outcome = self.student.kill()
        if outcome.kind == "signal" and outcome.detail.startswith("SIGKILL"):
            self.troubles.append("the submission's process was killed from outside, or killed itself")
        elif outcome.kind == "killed" and "sandbox" in outcome.detail:
            self.troubles.append(outcome.detail)
        return outcome


def shown(clean: sanitise.Clean, judged: judge.Judged) -> dict:
    """The notebook for staff and student: rebuilt, made harmless, with its cells' outputs and its checks' messages."""
    notebook = json.loads(json.dumps(clean.notebook()))
    by_label: dict[str, list[dict]] = {}
    for output in verdict.make("", "", "", judged, sandbox="", environment="-")["outputs"]:
        by_label.setdefault(output["grade_id"], []).append(_output(output))
    for check in judged.checks:
        by_label[check.grade_id] = _check_output(check)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for position, (cell, facts) in enumerate(zip(code, clean.cells, strict=True)):
        cell["outputs"] = by_label.get(facts["grade_id"] or f"cell {position + 1}", [])
    return displayed.clean(notebook)


def _output(output: dict) -> dict:
    if output["kind"] == "text":
        return {"output_type": "stream", "name": "stdout", "text": output["data"]}
    return {"output_type": "display_data", "data": {"image/png": output["data"]}, "metadata": {}}


def _check_output(check: judge.CheckResult) -> list[dict]:
    """An error where the check did not pass; the points as the cell's result where it gave some of them."""
    if check.status == judge.PASSED:
        if check.points == check.max_points:
            return []
        data = {"text/plain": f"{float(check.points)}"}
        return [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}]
    message = "a hidden part of this check does not hold" if check.hidden else check.message or check.status
    name = {judge.FAILED: "AssertionError", judge.TIMEOUT: "TimeoutError"}.get(check.status, "RuntimeError")
    return [{"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}]
