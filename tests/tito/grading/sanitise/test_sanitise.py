"""What becomes of damaged, foreign, renamed, copied, stripped and hostile notebooks, and what the student reads."""

import json
import time

import pytest
from damaged import (
    ALL,
    ANSWERS,
    DAMAGED,
    ENCODED,
    ROOT,
    UNREADABLE,
    cell,
    change,
    good,
    insert,
    named,
    passing,
    pristine,
    raw,
    sources,
    together,
)

from tito.grading import sanitise


def clean(notebook) -> sanitise.Clean:
    return sanitise.clean(notebook if isinstance(notebook, bytes) else raw(notebook), pristine())


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_notebook_is_mended_and_the_student_reads_how(name):
    damage, passed, note = DAMAGED[name]
    made = clean(damage(good()))
    assert (made.status, made.reason) == ("ok", "")
    assert "|".join(made.notes) == note
    assert passing(made) == passed
    names = [c["grade_id"] for c in made.cells if not c["added"]]
    assert names == ["m-given", "m-double", "test-m-double", "", "m-root", "test-m-root", "m-both", "test-m-both"]


@pytest.mark.parametrize("name", ENCODED)
def test_a_file_in_another_form_is_read(name):
    make, note = ENCODED[name]
    content = make(good())
    begun = time.process_time()
    made = clean(content)
    assert time.process_time() - begun < 20
    assert (made.status, "|".join(made.notes), passing(made)) == ("ok", note, ALL)
    letters = {"UTF-16 without one": "déjà", "Latin-1": "d\x81jà"}.get(name, "déjà")
    assert sources(made) == ANSWERS | {"m-root": f"# {letters}\n{ROOT}"}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_graded_needs_staff_and_says_why(name):
    make, reason = UNREADABLE[name]
    content = make(good())
    begun = time.process_time()
    made = clean(content)
    assert time.process_time() - begun < 20
    assert (made.status, made.reason, made.cells) == ("needs_staff", reason, [])
    assert made.notes == [
        f"Your notebook could not be graded: {reason}. This is not 0 points: your instructor looks at it."
    ]
    with pytest.raises(ValueError, match="no notebook to rebuild"):
        made.notebook()


def test_a_file_without_bounds_is_not_even_decoded(monkeypatch):
    monkeypatch.setattr("tito.grading.scan.MOST_BYTES", 1 << 20)
    made = clean(b"{" + b" " * (1 << 20))
    assert made.reason == "it is larger than 1 MB (clear all outputs before you save)"


@pytest.mark.parametrize("name", [n for n in DAMAGED if not n.startswith(("IPython", "zero"))])
def test_nothing_but_sources_is_left_of_what_was_handed_in(name):
    release = pristine()
    made = clean(DAMAGED[name][0](good())).notebook(hidden=True)
    assert made["metadata"] == release["metadata"]
    kept = [c for c in made["cells"] if not c["id"].startswith("added-")]
    assert len(kept) == len(release["cells"])
    for mine, theirs in zip(kept, release["cells"], strict=True):
        if theirs["metadata"].get("nbgrader", {}).get("solution"):
            mine, theirs = mine | {"source": ""}, theirs | {"source": ""}
        assert mine == theirs
    for added in (c for c in made["cells"] if c["id"].startswith("added-")):
        assert added == {**cell(added["source"]), "id": added["id"]}


def test_hidden_tests_are_in_the_rebuilt_notebook_only_where_asked_for():
    made = clean(good())
    assert "HIDDEN" not in json.dumps(made.notebook())
    shown, hidden = made.notebook(), made.notebook(hidden=True)
    assert shown["cells"][3]["source"] == "assert double(3) == 6"
    assert hidden["cells"][3]["source"] == pristine()["cells"][3]["source"]
    assert [c["hidden"] for c in made.cells if c["kind"] == "check"] == [True, True, True]
    assert [c["points"] for c in made.cells if c["kind"] == "check"] == [3, 2, 5]


def test_a_student_cannot_hide_code_behind_the_markers_of_hidden_tests():
    trick = "### BEGIN HIDDEN TESTS\n" + ROOT + "\n### END HIDDEN TESTS"
    made = clean(change("m-root", source=trick)(good()))
    assert trick in [c["source"] for c in made.notebook()["cells"]]
    assert [c["hidden"] for c in made.cells if c["grade_id"] == "m-root"] == [False]


def test_kinds_and_order_of_added_cells():
    made = clean(
        together(
            insert("m-root", "def helper(x):\n    return x**0.5"),
            change("m-root", source="def root(x):\n    return helper(x)"),
        )(good())
    )
    kinds = [(c["kind"], c["grade_id"], c["added"]) for c in made.cells]
    assert kinds[3:6] == [("free", "", False), ("free", "", True), ("solution", "m-root", False)]
    assert [c["id"] for c in made.notebook()["cells"]][4:7] == ["m-004", "added-1", "m-root"]


def test_the_plain_text_keeps_the_lines_of_the_written_one():
    made = clean(change("m-root", source="%time 1\n!ls\n" + ROOT)(good()))
    one = made.cells[[c["grade_id"] for c in made.cells].index("m-root")]
    assert one["source"] == "pass\npass\n" + ROOT
    assert one["written"] == "%time 1\n!ls\n" + ROOT


def test_names_in_sentences_are_those_of_the_release():
    notebook = good()
    notebook["cells"][named(notebook, "m-root")]["metadata"]["nbgrader"]["grade_id"] = "<script>alert(1)</script>"
    notebook["cells"].append(cell("def other(): pass", "\u202e<b>evil</b>"))
    text = " ".join(clean(notebook).notes)
    assert "m-root" in text and "<" not in text and "evil" not in text


def test_an_answer_in_markdown_is_kept_for_the_reader():
    release, notebook = pristine(), good()
    release["cells"].append(cell("YOUR ANSWER HERE", "m-why", solution=True, points=4, kind="markdown"))
    notebook["cells"].append(cell("Because.", "m-why", solution=True, points=4, kind="markdown"))
    made = sanitise.clean(raw(notebook), release)
    assert made.notes == [] and len(made.cells) == 8
    assert made.notebook()["cells"][-1]["source"] == "Because."


def test_a_copy_without_marks_does_not_run_after_the_one_that_counts():
    release, notebook = pristine(), good()
    notebook["cells"].insert(6, cell(release["cells"][5]["source"]))
    for one in notebook["cells"]:
        one["metadata"], one["id"] = {}, "x"
    made = clean(notebook)
    assert passing(made) == ALL and not [c for c in made.cells if c["added"]]
    assert "There are copies of m-root; the one that is filled in counts. Delete the others." in made.notes


def test_two_exercises_of_one_name_are_told_apart_by_their_places():
    release, notebook = pristine(), good()
    better = "def root(x):\n    return abs(x) ** 0.5"
    for one, text in ((release, "def root(x):\n    raise NotImplementedError()  # better"), (notebook, better)):
        one["cells"].insert(7, cell(text, "m-better", solution=True))
        one["cells"].insert(8, cell("assert root(-4) == 2", "test-m-better", points=1))
    for one in notebook["cells"]:
        one["metadata"], one["id"] = {}, "x"
    made = sanitise.clean(raw(notebook), release)
    assert sources(made) == {**ANSWERS, "m-better": better}
