"""nbgrader's formgrader as `tito class review` starts it: reachable with the token alone, and what it saves is kept."""

import json
import re
import urllib.error
from urllib.parse import quote

import pytest

from tito.grading import grade, gradebook, report, review


@pytest.fixture
def server(classroom, work, reviewed):
    """A class with a wrong submission under review; asks the server: `ask(path, method, body, token)`."""
    work.put("ada", "00", work.notebook("00", first_double="def double(x):\n    return '<script>x</script>'"))
    grade.grade(classroom, classroom.released[:1], options=grade.Options(level="unsafe-local"))
    return reviewed(classroom)


def test_formgrader_shows_the_class_and_keeps_what_is_entered(server, classroom, work):
    names = [a["name"] for a in json.loads(server("/formgrader/api/assignments")[0])]
    assert names == ["00_first", "01_second"]
    (row,) = json.loads(server("/formgrader/api/submitted_notebooks/00_first/first")[0])
    assert (row["student"], row["score"]) == ("ada", 0)
    page, headers = server(f"/formgrader/submissions/{row['id']}/")
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "<script>x</script>" not in page and "&lt;script&gt;x&lt;/script&gt;" in page
    assert not re.search(r"""(src|href)=["']https?://""", page), "something comes from the network"
    grades = json.loads(server(f"/formgrader/api/grades?submission_id={row['id']}")[0])
    own = next(g for g in grades if g["name"] == "test-first-double")
    server(f"/formgrader/api/grade/{own['id']}", "PUT", own | {"manual_score": 1.5})
    with pytest.raises(urllib.error.HTTPError):
        server(f"/formgrader/api/grade/{own['id']}", "PUT", own | {"manual_score": 3}, token="wrong")
    for again in (False, True):
        options = grade.Options(level="unsafe-local", again=again)
        grade.grade(classroom, classroom.released[:1], options=options)
        cell = report.report(classroom, classroom.released[:1])["students"][0]["modules"]["00_first"]
        assert cell["points"] == 1.5


def test_names_from_elsewhere_are_escaped_on_every_page(server, classroom):
    name = "<img src=x onerror=alert(1)>"
    with gradebook.Book(classroom, classroom.released[:1]) as book:  # as `nbgrader db student import` would
        book.book.find_student("ada").first_name = name
        book.book.add_student(name)
        book.db.commit()
    (row,) = json.loads(server("/formgrader/api/submitted_notebooks/00_first/first")[0])
    pages = (f"submissions/{row['id']}/", f"manage_students/{quote(name)}", f"manage_students/{quote(name)}/00_first")
    for page in pages:
        shown = server(f"/formgrader/{page}")[0]
        assert "<img src=x" not in shown and "&lt;img src=x onerror=alert(1)&gt;" in shown


def test_the_button_that_autogrades_is_the_class_s_own_grading(server, classroom, work):
    where = classroom.root / "where"
    spy = f"import os\ntry:\n    open({str(where)!r}, 'w').write('me')\nexcept OSError:\n    pass\n"
    work.put("ada", "00", work.notebook("00", first_double=f"{spy}def double(x):\n    return 2 * x"))
    said = json.loads(server("/formgrader/api/submission/00_first/ada/autograde", "POST")[0])
    if said["success"]:  # this computer has a sandbox
        assert "1 submissions: 1 graded now" in said["log"]
        assert report.report(classroom, classroom.released[:1])["students"][0]["modules"]["00_first"]["points"] == 5
    else:
        assert "sandbox" in said["error"]
    assert not where.exists()
    said = json.loads(server("/formgrader/api/submission/00_first/nobody/autograde", "POST")[0])
    assert not said["success"] and "There is no student 'nobody' in the roster." in said["error"]


def test_only_this_computer_is_served(classroom):
    command = review.command(classroom, ("--x",))
    assert "--ServerApp.ip=127.0.0.1" in command and command[-1] == "--x"
    assert not [part for part in command if "token" in part or "password" in part]  # Jupyter draws a token itself
