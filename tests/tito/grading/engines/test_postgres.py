"""The gradebook in PostgreSQL: a real server, on a socket in a temporary folder."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tito.grading import backup, grade, gradebook, release, report

NEEDED = [p for p in ("initdb", "postgres", "createdb", "pg_dump", "pg_restore") if not shutil.which(p)]
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)} (Debian's postgresql)")
pytest.importorskip("psycopg", reason="psycopg is not installed: tinytorch[postgres]")


@pytest.fixture(scope="module")
def server():
    """The folder of the socket of a server that everybody on this machine may use."""
    own = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="tito-pg-") as temporary:
        folder = Path(temporary)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if own:
            os.chown(data, own["user"], own["group"])
            os.chown(folder, own["user"], own["group"])
        folder.chmod(0o755)
        options = {"cwd": folder, "stdout": subprocess.DEVNULL, **own}
        command = ["initdb", "-D", data, "-U", "tito", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(command, check=True, **options)
        command = ["postgres", "-D", data, "-k", folder, "-h", "", "-F"]
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
        try:
            _until(lambda: subprocess.run(["createdb", "-h", folder, "-U", "tito", "book"], capture_output=True))
            yield folder
        finally:
            running.terminate()
            running.wait(60)


def _until(attempt, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while (done := attempt()).returncode:
        assert time.monotonic() < until, done.stderr
        time.sleep(0.2)


@pytest.fixture
def on_postgres(classroom, server):
    """The class with its gradebook there, released again."""
    settings = classroom.root / "settings.ini"
    address = f"postgresql+psycopg://tito@/book?host={server}"
    text = settings.read_text()
    assert "db_url = \n" in text
    settings.write_text(text.replace("db_url = \n", f"db_url = {address}\n"))
    made = type(classroom)(classroom.root)
    assert gradebook.url(made) == address
    (made.root / "gradebook.db").unlink()
    rows, _ = release.release(made, ())
    assert [r["problem"] for r in rows] == ["", ""]
    return made


def test_grade_report_back_up_and_restore(on_postgres, work, tito):
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    rows = grade.grade(on_postgres, on_postgres.released)
    assert [(r["student"], r["score"], r["max_score"]) for r in rows] == [("ada", 5, 5), ("ben_2", 2, 5)]
    assert not (on_postgres.root / "gradebook.db").exists()

    def points() -> list[float | None]:
        return [
            s["modules"]["00_first"]["points"] for s in report.report(on_postgres, on_postgres.released)["students"]
        ]

    assert points() == [5, 2, None]
    kept = backup.back_up(on_postgres)
    assert kept.suffix == ".dump"
    with gradebook.Book(on_postgres, on_postgres.released) as book:
        grade_ = book.book.find_grade("test-first-double", "first", "00_first", "ada")
        grade_.manual_score = 0
        book.db.commit()
    assert points() == [2, 2, None]
    assert backup.restore(on_postgres, kept.name)[0] == kept
    assert points() == [5, 2, None]
    assert [r["new"] for r in grade.grade(on_postgres, on_postgres.released)] == [True, True] and points() == [
        5,
        2,
        None,
    ]
    # nbgrader's own commands, and formgrader, which reads the same setting, see the same book.
    command = [sys.executable, "-m", "nbgrader", "db", "student", "list"]
    listed = subprocess.run(command, cwd=on_postgres.root, capture_output=True, text=True, timeout=120)
    assert "ada" in listed.stdout and "ben_2" in listed.stdout, listed.stderr
    said = tito("class", "report")
    assert said.code == 0 and ["ada", "5", "–", "5"] in [line.split() for line in said.out.splitlines()]


def test_formgrader_reads_and_writes_there(on_postgres, work, tito, reviewed):
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    grade.grade(on_postgres, on_postgres.released, again=True)
    ask = reviewed(on_postgres)

    def read(path: str):
        return json.loads(ask(f"/formgrader/api/{path}")[0])

    assert [(a["name"], a["num_submissions"]) for a in read("assignments")] == [("00_first", 2), ("01_second", 0)]
    assert {s["id"]: s["score"] for s in read("students")} == {"ada": 5, "ben_2": 2, "cleo": 0}
    rows = {row["student"]: row["id"] for row in read("submitted_notebooks/00_first/first")}
    assert "Submission #" in ask(f"/formgrader/submissions/{rows['ada']}/")[0]
    own = next(g for g in read(f"grades?submission_id={rows['ben_2']}") if g["name"] == "test-first-double")
    ask(f"/formgrader/api/grade/{own['id']}", "PUT", own | {"manual_score": 1.5, "extra_credit": 0.25})
    remark = next(c for c in read(f"comments?submission_id={rows['ben_2']}") if c["name"] == "first-double")
    ask(f"/formgrader/api/comment/{remark['id']}", "PUT", remark | {"manual_comment": "And of negative numbers?"})
    following = ask(f"/formgrader/submissions/{min(rows.values())}/next")[0]
    assert max(rows.values()) in following, "the next submission"
    (ben,) = (s for s in report.report(on_postgres, on_postgres.released)["students"] if s["student"] == "ben_2")
    assert ben["modules"]["00_first"]["points"] == 3.75
    assert tito("class", "feedback", "00").code == 0
    page = (on_postgres.root / "feedback/ben_2/00_first/first.html").read_text()
    assert "<b>3.75</b> of 5 points" in page and "And of negative numbers?" in page
    assert not (on_postgres.root / "gradebook.db").exists()
