"""Does the grader hold on this machine? Probes of the sandbox, hostile submissions, and submissions that are known.

for finding in selftest.run(course):
    print(finding.part, finding.name, finding.held, finding.detail)
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tito import cells, notebooks
from tito.course import Course, Module
from tito.grading import bundle, verdict
from tito.grading.engines import Job, Terms, local
from tito.grading.sandbox import SandboxError, probes
from tito.grading.selftest.corpus import Attack, corpus

PARTS = ("probes", "attacks", "known submissions")
QUICK = {"call_seconds": 5, "cell_seconds": 10, "seconds": 90}  # attacks that wait for a deadline shall not wait long


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: whether the grader held, and what came of it."""

    part: str
    name: str
    held: bool
    detail: str


@dataclass(frozen=True)
class _Case:
    part: str
    name: str
    module: Module
    raw: bytes
    attack: Attack | None = None
    full: bool = False  # a known submission: every point, or none


def run(course: Course, level: str = "auto", jobs: int = 0) -> Iterator[Finding]:
    """Try everything; the findings as they come. SandboxError where no sandbox works at all."""
    for probe in probes.run(level):
        yield Finding("probes", f"{probe.area}: {probe.name}", probe.held, probe.detail)
    with tempfile.TemporaryDirectory(prefix="tito-selftest-") as folder:
        yield from _submissions(course, Path(folder), level, jobs or local.cores())


def _submissions(course: Course, folder: Path, level: str, jobs: int) -> Iterator[Finding]:
    known = {m.slug: m for m in course.modules}
    attacks = [a for a in corpus() if a.module in known]
    modules = [m for m in course.modules if m.slug in {a.module for a in attacks}] or course.modules[:2]
    bundles = {m.slug: bundle.make(course, m, folder / m.slug) for m in modules}
    cases = [case for m in modules for case in _cases(course, m, [a for a in attacks if a.module == m.slug])]
    terms = Terms(level, "selftest", verdict.environment(), **QUICK)
    with local.Engine(terms, jobs, folder / "workers.log") as engine:
        waiting, under_way = list(enumerate(cases)), {}
        while waiting or under_way:
            while waiting and engine.free:
                number, case = waiting.pop(0)
                file = folder / f"{number}.ipynb"
                file.write_bytes(case.raw)
                under_way[file] = case
                engine.submit(Job(case.module.slug, bundles[case.module.slug].path.parent, file, ""))
            for job, answer in engine.wait():
                yield _finding(under_way.pop(job.file), answer)


def _cases(course: Course, module: Module, attacks: list[Attack]) -> Iterator[_Case]:
    reference = notebooks.read(notebooks.build(course, module))
    (path,) = notebooks.release(course, [module])
    released = notebooks.read(path)
    right = {
        notebooks.grade_id(c): cells.without_markers(c["source"])
        for c in reference["cells"]
        if notebooks.is_solution(c)
    }
    yield _Case(PARTS[2], f"{module.slug}: all right", module, _filled(released, right), full=True)
    yield _Case(PARTS[2], f"{module.slug}: nothing filled in", module, _filled(released, {}))
    for attack in attacks:
        yield _Case(PARTS[1], attack.name, module, _filled(released, right | attack.cells, attack.own), attack)


def _filled(released: dict, answers: dict[str, str], own: dict[str, str] | None = None) -> bytes:
    made = []
    for cell in released["cells"]:
        name = notebooks.grade_id(cell)
        made.append({**cell, "source": answers.get(name, cell["source"])})
        if own and name in own:
            plain = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
            made.append(plain | {"id": f"own-{name}"[:64], "source": own[name]})
    return json.dumps(released | {"cells": made}).encode()


def _finding(case: _Case, answer: dict) -> Finding:
    found = answer.get("verdict")
    if not found or found["status"] != verdict.GRADED:
        reason = answer.get("trouble") or found["reason"]
        return Finding(case.part, case.name, case.attack is not None, f"no points, for staff to look at: {reason}")
    checks = {c["grade_id"]: c for c in found["checks"]}
    wrong = _forged(case.attack, checks) if case.attack else _unlike(case, checks)
    return Finding(case.part, case.name, not wrong, "; ".join(wrong) or (case.attack.tries if case.attack else ""))


def _unlike(case: _Case, checks: dict[str, dict]) -> list[str]:
    return [
        f"{name}: {c['points']:g} of {c['max_points']:g} points: {c['message'][:200]}"
        for name, c in checks.items()
        if c["points"] != (c["max_points"] if case.full else 0)
    ]


def _forged(attack: Attack, checks: dict[str, dict]) -> list[str]:
    """What differs from the verdict that the attack must get: honest work passes, all else has no points."""
    wrong = []
    for name, status in attack.expected.items():
        check = checks[name]
        if check["status"] != status if status == "passed" else check["points"]:
            wrong.append(f"{name}: {check['status']}, {check['points']:g} points, expected {status}")
    return wrong


__all__ = ["PARTS", "Finding", "SandboxError", "run"]
