"""The class folder, its roster, and the release: made whole, kept private, bad input told in one message."""

import json
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from tito import notebooks
from tito.course import Course
from tito.errors import TitoError
from tito.grading import backup
from tito.grading.classroom import Classroom, Student


def test_a_class_is_made_where_the_settings_say_and_is_private(tiny_course, tito):
    result = tito("class", "init")
    assert result.code == 0 and str(tiny_course / "class") in result.out
    assert stat.S_IMODE((tiny_course / "class").stat().st_mode) == 0o700
    made = Classroom(tiny_course / "class")
    assert made.course.root == tiny_course and made.released == [] and made.students() == []
    assert made.facts.settings["course"]["course_id"] == Course(tiny_course).settings["course"]["course_id"]
    for file in made.root.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_a_class_may_lie_anywhere(tiny_course, tmp_path, tito):
    assert tito("class", "init", tmp_path / "far/away").code == 0
    assert Classroom(tmp_path / "far/away").course.root == tiny_course


def test_a_name_that_leads_nbgrader_elsewhere_is_refused(tiny_course, tmp_path, tito):
    for name, sign in (("2026?", "?"), ("$HOME", "$")):
        result = tito("class", "init", tmp_path / name)
        assert result.code == 2 and f"{tmp_path / name} holds a '{sign}'" in result.err
        assert not (tmp_path / name).exists()
    made = tmp_path / "it's ü 100%"
    assert tito("class", "init", made).code == 0
    with pytest.raises(TitoError, match="holds a"):
        Classroom(made.rename(tmp_path / "is it?"))


def test_a_class_or_any_folder_in_use_is_left_as_it_is(tiny_course, tito):
    (tiny_course / "class").mkdir()
    (tiny_course / "class/notes.txt").write_text("mine")
    result = tito("class", "init")
    assert result.code == 4 and "is not empty: nothing was changed" in result.err
    assert [f.name for f in (tiny_course / "class").iterdir()] == ["notes.txt"]
    (tiny_course / "file").write_text("")
    assert tito("class", "init", "file").code == 4


def test_commands_of_a_class_where_there_is_none(tiny_course, tito, monkeypatch, tmp_path):
    for command in ("release", "collect", "grade", "feedback", "report", "roster"):
        result = tito("class", command)
        assert result.code == 2 and "tito class init" in result.err, command
    monkeypatch.chdir(tmp_path)
    assert tito("class", "report").code == 2
    assert tito("class", "init", "x").code == 2


def test_a_workspace_is_no_place_for_a_class(tiny_workspace, tito):
    assert tito("class", "init", "x").code == 2
    result = tito("class", "report")
    assert result.code == 2 and "is a workspace" in result.err


def test_settings_that_lead_nowhere_name_the_keys(classroom, tito):
    file = classroom.root / "settings.ini"
    file.write_text(file.read_text().replace("lib_path = ../tinytorch", "lib_path = /nowhere/tinytorch"))
    result = tito("class", "grade")
    assert result.code == 3 and "lib_path" in result.err


def test_the_roster_is_kept_as_it_was_written(classroom):
    students = [Student("z", 'Quo"te', "Com,ma", "z@example.org"), Student("y", "Zoë", "Line", "")]
    classroom.write_roster(students)
    assert classroom.students() == students


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,email\nada,x\n", "must name the columns: id,first_name,last_name,email"),
        ("id\nada\nada\n", "line 3: the id 'ada' stands in line 2 already"),
        ("id\nada\nADA\n", "line 3: the id 'ADA' stands in line 2"),
        ("id\n../ada\n", "line 2: '../ada' is no id"),
        ("id,email\nada,nonsense\n", "line 2: 'nonsense' is no e-mail address"),
        ("id\n\n  \nada b\n", "'ada b' is no id"),
        ("id\nada,extra\n", "more fields"),
        (b"id\n\xff\xfe\n", "no CSV file in UTF-8"),
        ('id,first_name\nada,"open\n', "no CSV file"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_taken_over(classroom, tito, tmp_path, text, reason):
    before = (classroom.root / "students.csv").read_bytes()
    file = tmp_path / "list.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = tito("class", "roster", "import", file)
    assert result.code == 2 and reason in result.err
    assert (classroom.root / "students.csv").read_bytes() == before


def test_students_are_imported_added_changed_and_removed(classroom, tito, tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes(b"\xef\xbb\xbfid,last_name,first_name,group\r\ndora,Doe,Dora,1\r\nada,King,Ada,2\r\n")
    result = tito("class", "roster", "import", file)
    assert result.code == 0 and "Added 1: dora" in result.out and "Changed 1: ada" in result.out
    assert tito("class", "roster", "add", "emil", "--email", "emil@example.org").code == 0
    assert tito("class", "roster", "add", "emil", "--email", "emil@example.org").out == "Nothing new.\n"
    assert tito("class", "roster", "remove", "dora", "cleo").code == 0
    listed = json.loads(tito("class", "roster", "list", "--json").out)["students"]
    assert [s["id"] for s in listed] == ["ada", "ben_2", "emil"] and listed[0]["last_name"] == "King"
    assert "emil@example.org" in tito("class", "roster").out


def test_bad_ids_for_the_roster(classroom, work, tito):
    assert tito("class", "roster", "add", "a/b").code == 2
    assert tito("class", "roster", "add", "ADA").code == 2
    assert tito("class", "roster", "remove", "nobody").code == 2
    assert tito("class", "roster", "import", "nowhere.csv").code == 2
    work.put("ada", "00", b"")
    assert tito("class", "roster", "remove", "ada").code == 1
    assert tito("class", "roster", "remove", "ada", "--force").code == 0
    assert (classroom.root / "submitted/ada/00_first/first.ipynb").exists()


def test_a_release_is_the_one_that_workspaces_have(classroom):
    course = classroom.course
    for module, path in zip(course.modules, notebooks.release(course, course.modules), strict=True):
        assert (classroom.root / "release" / module.notebook).read_bytes() == path.read_bytes()
        text = (classroom.root / "release" / module.notebook).read_text()
        assert "return 2 * x" not in text and "HIDDEN" not in text and "double(-1)" not in text


def test_an_unknown_module_is_not_released(classroom, tito):
    result = tito("class", "release", "frist")
    assert result.code == 2 and "Did you mean 00_first" in result.err


def test_a_release_again_keeps_the_gradebook_and_backs_it_up(classroom, tito):
    result = tito("class", "release", "first", "--json")
    assert result.code == 0
    assert json.loads(result.out)["modules"] == [
        {"module": "00_first", "title": "First steps", "points": 5.0, "problem": ""}
    ]
    assert list((classroom.root / ".tito/backups").glob("gradebook-*.db"))


def test_a_release_notes_the_version_of_the_tables_where_the_one_that_made_them_was_killed(classroom, tito):
    with closing(sqlite3.connect(classroom.root / "gradebook.db")) as book:
        (before,) = book.execute("select version_num from alembic_version").fetchall()
        book.execute("drop table alembic_version")
    for _ in range(2):
        assert tito("class", "release", "00").code == 0
    with closing(sqlite3.connect(classroom.root / "gradebook.db")) as book:
        assert book.execute("select version_num from alembic_version").fetchall() == [before]


def test_ten_backups_are_kept_and_a_damaged_gradebook_is_told(classroom, tito, monkeypatch):
    monkeypatch.setattr(backup, "KEPT", 3)
    made = [backup.back_up(classroom) for _ in range(5)]
    assert sorted((classroom.root / ".tito/backups").glob("*.db")) == made[2:]
    assert made[-1].read_bytes()[:15] == b"SQLite format 3"
    (classroom.root / "gradebook.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    result = tito("class", "release", "00")
    assert result.code == 3 and "gradebook.db is damaged" in result.err and made[-1].name in result.err


@pytest.mark.skipif("os.getuid() == 0", reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(classroom, tito):
    (classroom.root / ".tito").chmod(0o500)
    assert tito("class", "grade").code == 3


def test_the_commands_import_nothing_heavy_for_their_help():
    code = (
        "import sys; from tito.cli import main; sys.argv = ['tito', 'class', 'grade', '--help']; main();"
        "print([m for m in ('numpy', 'nbformat', 'nbgrader', 'rich', 'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.endswith("[]\n")


def test_a_gradebook_out_of_reach_is_told_and_leaves_what_was_released(classroom, tito):
    settings = classroom.root / "settings.ini"
    (classroom.root / ".tito/release-killed").mkdir()
    before = {f: f.read_bytes() for f in (classroom.root / "release").rglob("*.ipynb")}
    assert len(before) == 2
    addresses = {
        "sqlite:////nowhere/book.db": "unable to open database file",
        "nonsense": "Could not parse SQLAlchemy URL from given URL string",
        "postgresql+psycopg://tito@/book?host=/nowhere": "No such file or directory",
    }
    for address, reason in addresses.items():
        settings.write_text(re.sub("(?m)^db_url = .*$", f"db_url = {address}", settings.read_text()))
        for command in ("release", "report"):
            result = tito("class", command, "00")
            assert result.code == 3 and result.err.startswith("tito: The gradebook cannot be used: ")
            assert reason in result.err.splitlines()[0] or "is not installed" in result.err or "psycopg" in result.err
            assert result.err.splitlines()[1] == f"  Check db_url in {settings}, and whether its server runs."
        assert {f: f.read_bytes() for f in (classroom.root / "release").rglob("*.ipynb")} == before
    assert not list((classroom.root / ".tito").glob("release-*"))


def test_a_command_outside_of_a_class_or_with_a_wrong_word_says_what_to_do(classroom, tito, tmp_path, monkeypatch):
    said = {
        ("whois", "ada"): "Copy it from a log of this class (.tito/*.log).",
        ("whois", "student-000000000000"): "Run it in the class whose log it stands in.",
        ("report", "--csv", str(tmp_path)): f"Name a file in it: --csv {tmp_path}/marks.csv",
        ("roster", "import", "no.csv"): "Name a CSV file that you may read.",
        ("grade", "--student", ".."): "Run: tito class roster add ..",
        ("collect", "no.zip"): "Name the file or folder that you downloaded.",
    }
    for arguments, do in said.items():
        result = tito("class", *arguments)
        assert result.code in (1, 2) and result.err.splitlines()[1:] == [f"  {do}"] and not result.out
    monkeypatch.chdir(tmp_path)
    for command in ("grade", "report", "similar", "roster"):
        assert tito("class", command).err.endswith("\n  Go to the class's folder, or to the course's.\n")
    assert tito("class", "init").err.endswith("\n  Go to the course's folder.\n")


def test_a_backup_that_cannot_be_written_does_not_call_the_gradebook_damaged(classroom, monkeypatch):
    monkeypatch.setattr(backup, "_copy", lambda book, target: "database or disk is full")
    with pytest.raises(TitoError, match="could not be copied into .*backups: database or disk is full") as error:
        backup.back_up(classroom)
    assert error.value.do == "Check the free space and your permissions there."
