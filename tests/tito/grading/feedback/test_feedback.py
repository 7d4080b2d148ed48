"""The page of a result: what it says, what it keeps to itself."""

import json
import re
from pathlib import Path

import pytest

from tito.grading import feedback, grade, results

CHECK = {"grade_id": "test-first-double", "title": "double doubles", "message": "double(4): expected 8, got 0"}


def words(page: str) -> str:
    """A page's text without its tags."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S).split())


def test_a_page_tells_points_checks_notes_and_who(make_result):
    result = make_result(
        [CHECK, {"grade_id": "b", "title": "b is <right>", "points": 2, "max_points": 2, "status": "passed"}],
        notes=["A cell was missing & put back."],
    )
    page = feedback.document(result, {"cells": []}, name="Ada Lovelace", handed_in="2026-09-01 12:00:00 UTC\n")
    said = words(page)
    assert "Module 00 · Ada Lovelace (ada) · handed in 2026-09-01 12:00:00 UTC First steps" in said
    assert "2 of 5 points 1 of 2 checks pass" in said
    assert "A cell was missing &amp; put back." in page and "b is &lt;right&gt;" in page
    assert said.count("double(4): expected 8, got 0") == 1
    assert '<div class="check lost" id="test-first-double">' in page and '<a href="#test-first-double">' in page
    assert '<div class="check" id="b">' in page
    assert "Submission sha256 " + "a" * 64 in said


def test_a_hidden_failure_is_told_by_its_title_until_revealed(make_result):
    result = make_result([CHECK | {"hidden": True, "message": "double(-1): expected -2"}])
    source = "test()\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n### END HIDDEN TESTS"
    tests = {"test-first-double": source}
    page = feedback.document(result, {"cells": []}, tests=tests)
    assert "double doubles" in page and "It fails in tests that you do not see." in page
    assert "expected -2" not in page and "HIDDEN" not in page
    page = feedback.document(result, {"cells": []}, tests=tests, reveal=True)
    assert "double(-1): expected -2" in page and "BEGIN HIDDEN TESTS" in page


def test_points_given_by_hand_count_and_are_told(make_result):
    cells = {"test-first-double": {"auto": 0.0, "manual": 1.5, "extra": 0.25, "max": 3.0}}
    marks = {
        "score": 1.75,
        "penalty": 0.5,
        "cells": cells,
        "comments": {"test-first-double": "See [this](https://a.b)"},
    }
    page = feedback.document(make_result([CHECK], marks=marks), {"cells": []})
    said = words(page)
    assert "1.25 of 3 points" in said and "some points were given by hand" in said
    assert "0.5 points are taken off for lateness" in said and "1.75 / 3" in said
    assert '<a href="https://a.b">this</a>' in page and '<div class="check part"' in page


@pytest.mark.parametrize("status, word", [("timeout", "took too long"), ("not_run", "not run")])
def test_other_ends_have_their_words(make_result, status, word):
    assert f"double doubles ({word})" in words(
        feedback.document(make_result([CHECK | {"status": status}]), {"cells": []})
    )


@pytest.fixture
def graded(classroom, work):
    """ada is right, ben_2 fails a hidden test and prints, cleo's notebook is damaged; all graded."""
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="print('<ben>')\ndef double(x):\n    return abs(2 * x)"))
    work.put("cleo", "00", work.notebook("00")[:700])
    grade.grade(classroom, classroom.released[:1], options=grade.Options(level="unsafe-local", outputs=True))
    return classroom


def test_pages_from_a_graded_class(graded, tito):
    result = tito("class", "feedback", "00")
    assert result.code == 0 and "3 pages in" in result.out
    pages = {s: (graded.root / f"feedback/{s}/00_first/first.html").read_text() for s in ("ada", "ben_2", "cleo")}
    said = {s: words(p) for s, p in pages.items()}
    assert "5 of 5 points 2 of 2 checks pass" in said["ada"] and "Ada Lovelace (ada)" in said["ada"]
    assert "2 of 5 points 1 of 2 checks pass" in said["ben_2"] and "It fails in tests" in said["ben_2"]
    assert "&lt;ben&gt;" in pages["ben_2"] and "Twice a number is the number added to itself." in said["ben_2"]
    assert '<span class="k">return</span>' in pages["ben_2"] and said["ben_2"].index("Doubling") > 0
    assert "double(-1) == -2" not in pages["ben_2"]
    assert "It has no score, which is not the same as 0 points" in said["cleo"] and "JSON" in said["cleo"]
    for page in pages.values():
        assert "default-src 'none'" in page and "<script" not in page and " style=" not in page
        assert Path(graded.root / "feedback").stat().st_mode & 0o077 == 0
    everybody = {"ada": ("Ada", "Lovelace", "ada"), "ben_2": ("Ben", "Bitdiddle"), "cleo": ("Cléo", "Cipher", "cleo")}
    for own, page in said.items():
        others = {name for student, names in everybody.items() if student != own for name in names}
        assert not [name for name in others if re.search(rf"\b{name}\b", page)]
    again = tito("class", "feedback", "00", "--student", "ben_2", "--reveal", "--json")
    assert [p["student"] for p in json.loads(again.out)["pages"]] == ["ben_2"]
    assert "BEGIN HIDDEN TESTS" in words((graded.root / "feedback/ben_2/00_first/first.html").read_text())


def test_the_same_verdict_gives_the_same_page(graded):
    (module,) = graded.released[:1]
    feedback.write(graded, [module])
    page = feedback.page(graded, module, "ben_2")
    before = page.read_bytes()
    feedback.write(graded, [module])
    assert page.read_bytes() == before


def test_autograded_notebooks_are_clean(graded):
    (module,) = graded.released[:1]
    text = grade.autograded(graded, module, "ben_2").read_text()
    outputs = [o for c in json.loads(text)["cells"] for o in c.get("outputs", [])]
    assert {"output_type": "stream", "name": "stdout", "text": "<ben>\n"} in outputs
    found = results.of_class(graded, [module], ("ben_2",))
    assert [(r.status, r.points) for r in found] == [("graded", 2)]
