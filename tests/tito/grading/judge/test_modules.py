"""Every check of every module through the judge: references, unfilled releases, and wrong solutions."""

import re

import pytest
from small import ROOT, unfilled

from tito import mutants, notebooks
from tito.grading import judge

TELLING = re.compile("memory|same dictionary|temporar|alive|new array|(into|in) spare|norms exch|one piece")
SLUGS = sorted(folder.parent.name for folder in (ROOT / "modules/source").glob("[0-9][0-9]_*/*_dev.py"))


@pytest.mark.parametrize("slug", SLUGS)
def test_references_get_every_point(hosts, pristine, slug):
    notebook = pristine(slug)
    result = judge.run(judge.clean_cells(notebook), notebook, hosts(slug).start, everything=False)
    assert {c.grade_id: c.message for c in result.checks if c.status != "passed"} == {}
    assert result.notes == []
    assert sum(c.points for c in result.checks) == sum(map(notebooks.points, notebook["cells"])) > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_unfilled_releases_get_none(hosts, pristine, slug):
    notebook = pristine(slug)
    stubs = {notebooks.grade_id(c): unfilled(c["source"]) for c in notebook["cells"] if notebooks.is_solution(c)}
    result = judge.run(judge.clean_cells(notebook, stubs), notebook, hosts(slug).start, everything=False)
    assert {c.grade_id: c.points for c in result.checks if c.points or c.status != "failed"} == {}
    assert result.checks[0].message == "not filled in yet"


class Fell(BaseException):
    """A check that did not pass: the rest of the notebook is of no interest."""


def falls(result):
    if result.status != "passed":
        raise Fell


def chosen(slug):
    """Two mutants of each module, and those that are told by the student's side alone, or might be lost on the wire."""
    every = mutants.load(ROOT / "tests/mutants" / f"{slug}.py")
    return [every[7], every[-3], *[m for m in every if TELLING.search(m.title)]]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sample_of_mutants_fares_as_in_the_notebook(hosts, pristine, slug):
    notebook, outcomes = pristine(slug), {}
    for mutant in chosen(slug):
        clean = judge.clean_cells(notebook, {mutant.grade_id: mutant.source})
        try:
            judge.run(clean, notebook, hosts(slug).start, everything=False, each=falls)
            outcomes[mutant.title] = True
        except Fell:
            outcomes[mutant.title] = False
    assert outcomes == {m.title: m.right for m in chosen(slug)}


def test_outputs_of_cells_are_kept(hosts, pristine):
    notebook = pristine("00_setup")
    result = judge.run(judge.clean_cells(notebook), notebook, hosts("00_setup").start)
    text = {o["grade_id"]: o["data"] for o in result.outputs if o["kind"] == "text"}
    figures = [o["data"] for o in result.outputs if o["kind"] == "png"]
    assert any("Python:" in t and " ms" in t for t in text.values())
    assert "6\n" in text.values()
    assert len(figures) == 1 and figures[0].startswith(b"\x89PNG")
    assert result.notes == []
