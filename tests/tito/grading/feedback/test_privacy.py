"""Pseudonyms, logs without names, files that nobody else can read."""

import os
import re
import stat
import subprocess
import sys

import pytest

from tito import doctor
from tito.errors import TitoError
from tito.grading import nbgrader_jobs, privacy
from tito.grading.classroom import Student, read_roster


def test_a_pseudonym_leads_back_with_the_key_alone(classroom, tito):
    own = privacy.pseudonym(classroom.root, "ada")
    assert re.fullmatch("student-[0-9a-f]{12}", own) and own == privacy.pseudonym(classroom.root, "ada")
    assert own != privacy.pseudonym(classroom.root, "cleo")
    key = classroom.root / ".tito/pseudonyms.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(bytes.fromhex(key.read_text())) == 32
    assert tito("class", "whois", own).out == "ada  Ada Lovelace\n"
    assert tito("class", "whois", "student-000000000000").code == 1
    assert "is no pseudonym" in tito("class", "whois", "ada").err
    key.write_text("00" * 32)
    privacy.key.cache_clear()
    assert privacy.pseudonym(classroom.root, "ada") != own


def test_who_is_not_in_the_roster_is_found_too(classroom):
    (classroom.root / "submitted/stranger/00_first").mkdir(parents=True)
    own = privacy.pseudonym(classroom.root, "stranger")
    assert privacy.whois(classroom, own) == Student("stranger")
    assert privacy.Redactor(classroom.root)("at submitted/stranger/00_first") == f"at submitted/{own}/00_first"


def test_names_give_way_to_pseudonyms(classroom):
    redact = privacy.Redactor(classroom.root)
    ada, ben = (privacy.pseudonym(classroom.root, s) for s in ("ada", "ben_2"))
    assert redact("ADA ada@example.org Ada Lovelace, ada_first.zip") == f"{ada} {ada} {ada}, {ada}_first.zip"
    assert redact("/x/ben_2/y ben_23 Bitdiddle") == f"/x/{ben}/y {ben}_23 {ben}"
    assert redact("cascade adapter Cipherless") == "cascade adapter Cipherless"


def test_a_child_writes_no_name_into_a_log(classroom):
    file = classroom.root / ".tito/some.log"
    code = "import sys; sys.stderr.write('no file submitted/ada/00_first\\nLovelace \\xe9 \\x1b[2J\\n')"
    with privacy.log(file) as descriptor:
        subprocess.run([sys.executable, "-c", code], stderr=descriptor, check=True)
    own = privacy.pseudonym(classroom.root, "ada")
    for _ in range(100):
        if file.is_file() and file.read_text().count("\n") == 2:
            break
        __import__("time").sleep(0.05)
    assert file.read_text().splitlines()[0] == f"no file submitted/{own}/00_first"
    second = file.read_text().splitlines()[1]
    assert second.startswith(own) and second.endswith(" \\x1b[2J")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_a_run_no_log_holds_a_name_and_no_file_is_open_to_others(classroom, work, tito, monkeypatch):
    loud = "import sys; print('Traceback: submitted/ada/00_first, Ada Lovelace, Cipher', file=sys.stderr)\n"
    child = classroom.root.parent / "loud.py"
    child.write_text(loud + nbgrader_jobs._CHILD.read_text().replace('"""The child', 'r"""The child', 1))
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="raise ValueError('Bitdiddle')"))
    work.put("cleo", "00", work.notebook("00")[:700])
    assert tito("class", "grade", "--unsafe-local").code == 1
    monkeypatch.setattr(nbgrader_jobs, "_CHILD", child)
    assert tito("class", "report").code == 0
    assert tito("class", "feedback").code == 0
    own = privacy.pseudonym(classroom.root, "ada")
    for _ in range(100):
        logs = {f: f.read_text(errors="replace") for f in classroom.root.rglob("*.log")}
        if any(own in text for text in logs.values()):
            break
        __import__("time").sleep(0.05)
    assert any(own in text for text in logs.values()), logs
    for student in classroom.students():
        words = filter(None, (student.id, student.first_name, student.last_name, student.email))
        for word in words:
            assert not [f for f, text in logs.items() if re.search(rf"\b{re.escape(word)}\b", text, re.I)], word
    assert privacy.exposed(classroom.root) == []


def test_doctor_fails_where_others_may_read(classroom):
    assert doctor.private(classroom.course.root).ok
    file = classroom.root / "students.csv"
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        finding = doctor.private(classroom.course.root)
        assert not finding.ok and "students.csv" in finding.detail and "chmod -R go-rwx" in finding.mend
    file.chmod(0o600)
    assert doctor.private(classroom.course.root).ok
    (classroom.root / "submitted").chmod(0o755)
    assert privacy.exposed(classroom.root) == [classroom.root / "submitted"]


def test_doctor_looks_at_the_class_it_stands_in_or_that_the_course_names(classroom, monkeypatch):
    (classroom.root / "students.csv").chmod(0o644)
    monkeypatch.chdir(classroom.course.root)
    assert not doctor.private(classroom.course.root).ok
    monkeypatch.chdir("/")
    settings = classroom.course.root / "settings.ini"
    settings.write_text(settings.read_text().replace("class_path = class", "class_path = elsewhere"))
    assert doctor.private(classroom.course.root).detail == "there is no class here"


def test_a_course_that_others_may_enter_shows_its_solutions(tmp_path):
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    for mode, open_ in ((0o755, True), (0o711, True), (0o700, False), (0o750, True)):
        (tmp_path / "a").chmod(mode)
        inner.chmod(0o755)
        outside = all(os.stat(p).st_mode & 0o011 for p in tmp_path.parents) and bool(tmp_path.stat().st_mode & 0o011)
        assert privacy.is_reachable(inner) == (open_ and outside)


def test_a_name_that_a_page_could_run_is_refused(tmp_path):
    file = tmp_path / "students.csv"
    for name in ("<script>", "a>b", "x\u202ey", "x\x00y"):
        file.write_text(f"id,first_name\nada,{name}\n")
        with pytest.raises(TitoError, match="is no name"):
            read_roster(file)
    file.write_text("id,first_name\nada,Zoë-Ann O'Hara\n")
    assert read_roster(file)[0].first_name == "Zoë-Ann O'Hara"
