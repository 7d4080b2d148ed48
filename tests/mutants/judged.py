"""`python -m tests.mutants --judge 01_tensor`: do a module's mutants fare in the grader's judge as in the notebook?"""

import contextlib
import tempfile
from pathlib import Path

from tito import mutants, notebooks
from tito.course import Course, Module
from tito.grading import judge, plain


class _Enough(BaseException):
    """The checks of the mutant's exercise have been judged."""


def report(course: Course, module: Module) -> tuple[list[str], bool]:
    """A line on each mutant that does not fare as it should, then a sum; and whether there was none."""
    notebook = notebooks.from_source(module.path.read_text(encoding="utf-8"), module.slug)
    checks = {e.name: set(e.checks) for e in notebooks.exercises(notebook)}
    every, lines = mutants.load(mutants.path(course, module)), []
    with tempfile.TemporaryDirectory() as folder, plain.Host(plain.bundle(course, module, Path(folder) / "b")) as host:
        for mutant in every:
            clean = judge.clean_cells(notebook, {mutant.grade_id: mutant.source})
            lost = _lost(clean, notebook, host.start, checks[mutant.grade_id])
            if mutant.right == bool(lost):
                word = "REJECTED" if mutant.right else "SURVIVED"
                lines.append(f"{word} in the judge  {mutant.grade_id}: {mutant.title}: {'; '.join(lost)}")
    lines.append(
        f"{module.slug}: {len(every) - len(lines)} of {len(every)} solutions fare in the judge as they should."
    )
    return lines, len(lines) == 1


def _lost(clean: list[dict], notebook: dict, start, checks: set[str]) -> list[str]:
    """The messages of those of the checks that do not pass."""
    found = {}

    def each(result: judge.CheckResult) -> None:
        found[result.grade_id] = result
        if checks <= found.keys():
            raise _Enough

    with contextlib.suppress(_Enough):
        judge.run(clean, notebook, start, everything=False, each=each)
    return [found[name].message for name in sorted(checks) if found[name].status != "passed"]
