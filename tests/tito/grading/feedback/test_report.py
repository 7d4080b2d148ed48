"""The table, what to teach again, how the points are spread, and the platforms' CSV."""

import csv
import io
import json

import pytest
from PIL import Image

from tito.grading import grade, report
from tito.grading.classroom import Student


def data(**names: str) -> dict:
    """Two modules and a student, whose name may be anything."""
    cells = {
        "00_first": {"status": "graded", "points": 2.5, "reason": "", "needs_review": True},
        "01_second": {"status": "needs_staff", "points": None, "reason": "x", "needs_review": False},
    }
    student = {"student": "a", "name": names.get("name", "A"), "modules": cells, "total": 2.5}
    modules = [{"module": "00_first", "max": 5}, {"module": "01_second", "max": 10}]
    return {"modules": modules, "max": 15, "students": [student]}


def rows(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|'/c calc'!A1"])
def test_a_formula_is_text(text):
    safe = "'" + text.replace("\t", " ").replace("\r", " ")
    assert report.harmless(text) == safe
    (row,) = rows(report.to_csv(data(name=text)))
    assert row["name"] == safe
    moodle = rows(report.to_moodle(data(), [Student("a", text, text, text)]))[0]
    assert moodle["First name"] == moodle["Last name"] == moodle["Email address"] == safe
    assert rows(report.to_canvas(data(), [Student("a", text, "")]))[1]["Student"] == "'" + text.strip()


def test_text_and_numbers_stay_as_they_are():
    for text in ("", "Ada", "2.5", "O'Hara-Smith", "    Points Possible"):
        assert report.harmless(text) == text
    (row,) = rows(report.to_csv(data(name='Smith, "Jo" Jr.')))
    assert row["name"] == 'Smith, "Jo" Jr.' and row["00_first"] == "2.5" and row["01_second"] == ""
    assert row["01_second status"] == "needs_staff" and row["max"] == "15"


def test_canvas_finds_its_columns():
    text = report.to_canvas(data(), [Student("a", "Ada", "Lovelace", "a@b.c")])
    head, possible, student = csv.reader(io.StringIO(text))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "00_first", "01_second"]
    assert possible == ["    Points Possible", "", "", "", "", "5", "10"]
    assert student == ["Lovelace, Ada", "", "", "a", "", "2.5", ""]


def test_moodle_finds_its_columns():
    text = report.to_moodle(data(), [Student("a", "Ada", "Lovelace", "a@b.c")])
    head, student = csv.reader(io.StringIO(text))
    assert head == ["First name", "Last name", "Username", "ID number", "Email address", "00_first", "01_second"]
    assert student == ["Ada", "Lovelace", "a", "a", "a@b.c", "2.5", ""]


def test_the_hardest_check_comes_first(make_result):
    def one(status="failed", message="", hidden=False, name="t"):
        return {"grade_id": name, "title": name.upper(), "status": status, "message": message, "hidden": hidden}

    found = [
        make_result([one(message="got 1\nat line 2"), one("passed", name="u", **{"message": ""})]),
        make_result([one(message="got 1\nat line 3"), one("passed", name="u")]),
        make_result([one(message="got 2"), one("timeout", name="u")]),
        make_result([one(message="secret", hidden=True), one("passed", name="u")]),
        make_result([one("passed"), one("passed", name="u")]),
    ]
    first, second = report.checks(found)
    assert (first["grade_id"], first["judged"], first["failed"], first["rate"]) == ("t", 5, 4, 0.8)
    assert (first["message"], first["said"], first["title"]) == ("got 1", 2, "T")
    assert (second["grade_id"], second["rate"], second["message"]) == ("u", 0.2, "timeout")
    assert report.checks(found[3:4])[0]["message"] == report.HIDDEN


def test_points_are_spread_over_tenths():
    assert report.spread([0, 0.4, 0.5, 4.9, 5, 6, None], 5) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert report.spread([1], 0) == [0] * 10
    lines = report.bars([2, 1, 0, 0, 0, 0, 0, 0, 0, 4], width=8, block="#")
    assert lines[0] == " 90–100 %  ######## 4" and lines[-1] == "  0– 10 %  #### 2" and lines[1] == " 80– 90 %"


def test_the_histogram_is_a_picture():
    made = report.draw(data() | {"spread": {"00_first": [0] * 9 + [3], "01_second": [1] * 10}})
    with Image.open(io.BytesIO(made)) as drawn:
        assert drawn.format == "PNG" and drawn.width > 400
        assert any(
            abs(r - 47) + abs(g - 111) + abs(b - 179) < 10
            for _, (r, g, b, *_) in drawn.convert("RGB").getcolors(1 << 20)
        )


def test_the_report_of_a_graded_class(classroom, work, tito, tmp_path):
    wrong = "def double(x):\n    return 7"
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double=wrong))
    work.put("cleo", "00", work.notebook("00", first_double=wrong))
    grade.grade(classroom, classroom.released, options=grade.Options(level="unsafe-local"))
    files = {kind: tmp_path / f"{kind}.x" for kind in ("csv", "canvas", "moodle", "histogram")}
    result = tito("class", "report", *[a for kind, file in files.items() for a in (f"--{kind}", str(file))])
    assert result.code == 0 and all(len(line) <= 80 for line in result.out.splitlines() if "Written" not in line)
    assert "67 %" in result.out and "2/3" in result.out and "00 double doubles" in result.out
    assert "double(4): expected 8, got 7 (2 times)" in result.out and "3 submissions by their share" in result.out
    assert ["ada", "5", "–", "5"] in [line.split() for line in result.out.splitlines()]
    assert rows(files["canvas"].read_text())[1]["00_first"] == "5" and files["histogram"].read_bytes()[:4] == b"\x89PNG"
    assert rows(files["moodle"].read_text())[0]["Username"] == "ada"
    assert tito("class", "report", "--moodle", str(files["moodle"])).code == 4
    found = json.loads(tito("class", "report", "00", "--json").out)
    assert found["schema"] == "tito/class-report/2" and found["spread"]["00_first"] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert found["checks"][0]["message"] == "double(4): expected 8, got 7" and found["checks"][0]["said"] == 2


def test_a_large_course_stays_within_80_columns(capsys, monkeypatch):
    from tito.cli.instructor.report import show

    monkeypatch.setenv("COLUMNS", "80")
    slugs = [f"{n:02d}_module" for n in range(15)]
    cell = {"status": "graded", "points": 123.25, "reason": "", "needs_review": True}
    student = {"student": "a.student@example.org", "modules": dict.fromkeys(slugs, cell), "total": 1848.75}
    modules = [{"module": slug, "max": 150} for slug in slugs]
    show({"modules": modules, "max": 2250, "students": [student], "checks": [], "spread": {"x": [0] * 10}})
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80 and sum("123.25*" in line for line in lines) == 3
    assert any("1848.75" in line for line in lines)
