"""The four suites: what each is made of, and the function that judges one of its members."""

from dataclasses import dataclass
from typing import NamedTuple

from . import judge, known, modules, names, optimizers

SUITES = {
    "operations": (names.NAMES, judge.judge, judge.KINDS),
    "layers": (modules.NAMES, modules.judge, (*judge.KINDS, "state_dict")),
    "optimizers": (optimizers.NAMES, optimizers.judge, ("steps", "float32", "groups", "resumed", "errors")),
    "schedules": (list(optimizers.SCHEDULES), optimizers.judge_schedule, ("rates", "resumed")),
}
MEMBERS = [(suite, name) for suite, (members, _, _) in SUITES.items() for name in members]


class Count(NamedTuple):
    """How many comparisons of one kind were made, and how many agreed."""

    passed: int
    total: int


@dataclass
class Score:
    """What became of one member: counts by kind, known disagreements by reason, and what is wrong."""

    suite: str
    name: str
    counts: dict
    known: dict
    wrong: list

    def plain(self):
        """The score as plain data, which crosses the border between processes."""
        return vars(self)


def score(suite, name, limit):
    """Judge one member of a suite with at most `limit` samples."""
    verdicts = SUITES[suite][1](name, limit)
    unexpected, expected, gone = known.sort_out(name, verdicts)
    counts = {}
    for kind in dict.fromkeys(v.kind for v in verdicts):
        mine = [v for v in verdicts if v.kind == kind]
        counts[kind] = (sum(not v.problem for v in mine), len(mine))
    reasons = {}
    for verdict, entry in expected:
        reasons.setdefault(entry.reason, []).append(f"{verdict.kind} {verdict.number}")
    wrong = [f"new: {v.kind} {v.number} {v.sample}: {v.problem}" for v in unexpected]
    wrong += [f"agrees now, though known.py says: {k.reason}: {v.kind} {v.number} {v.sample}" for v, k in gone]
    return Score(suite, name, counts, reasons, wrong)
