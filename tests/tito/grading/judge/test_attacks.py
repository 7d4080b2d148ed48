"""Every hostile submission of the corpus: no forged point, and honest work beside it keeps its score."""

import contextlib

import pytest
from attack import corpus

from tito import notebooks
from tito.grading import judge

CORPUS = corpus()
QUICK = judge.Deadlines(call=2, cell=8, whole=60)


class Enough(BaseException):
    """All checks that the attack is about have been judged."""


def verdicts(attack, reference, notebook, start, wanted):
    found = {}

    def each(result):
        found[result.grade_id] = result
        if wanted <= found.keys():
            raise Enough

    with contextlib.suppress(Enough):
        judge.run(attack.clean(reference), notebook, start, QUICK, everything=False, each=each)
    return found


@pytest.mark.parametrize("attack", [a for a in CORPUS if not a.needs], ids=lambda a: a.name)
def test_nothing_is_forged(hosts, pristine, attack):
    notebook = pristine(attack.module)
    reference = judge.clean_cells(notebook)
    names = {c["grade_id"] for c in reference}
    assert {*attack.cells, *attack.own, *attack.expected} <= names, "the attack names cells that are not there"
    judged = {e.name: e.checks for e in notebooks.exercises(notebook)}
    own = {check for name in attack.cells for check in judged[name]}
    found = verdicts(attack, reference, notebook, hosts(attack.module).start, own | attack.expected.keys())
    for name, status in attack.expected.items():
        check = found[name]
        shown = f"{name}: {check.status}, {check.points} points: {check.message}"
        assert (check.points == 0) if status == "0" else (check.status == status), shown
        assert check.points == (check.max_points if check.status == "passed" else 0), shown
    assert {c for c in own if found[c].status == "passed"} == set()


def test_the_corpus_is_worth_its_name():
    assert len(CORPUS) >= 64
    assert all(a.tries and a.expected and a.cells for a in CORPUS)
    assert sum("passed" in a.expected.values() for a in CORPUS) >= 20
