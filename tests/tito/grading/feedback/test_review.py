"""nbgrader's formgrader as `tito class review` starts it: reachable with the token alone, and what it saves is kept."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tito.grading import grade, report, review


@pytest.fixture
def server(classroom, work, monkeypatch):
    """A class with a wrong submission under review; asks the server: `ask(path, method, body, token)`."""
    work.put("ada", "00", work.notebook("00", first_double="def double(x):\n    return '<script>x</script>'"))
    grade.grade(classroom, classroom.released[:1], options=grade.Options(level="unsafe-local"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--no-browser", "--IdentityProvider.token=sesame", "--allow-root"]
    command = [sys.executable, "-m", "tito", "class", "review", *options]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(classroom.root.parent / "jupyter")}
    log = (classroom.root.parent / "review.txt").open("wb")
    process = subprocess.Popen(command, cwd=classroom.root, env=environment, stdout=log, stderr=log)

    def ask(path: str, method: str = "GET", body=None, token: str = "sesame"):
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.read().decode(), answer.headers

    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            ask("/api/status")
            break
        except (OSError, urllib.error.URLError):
            assert process.poll() is None, (classroom.root.parent / "review.txt").read_text()
            time.sleep(0.5)
    yield ask
    process.send_signal(signal.SIGTERM)
    process.wait(30)


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


def test_only_this_computer_is_served(classroom):
    command = review.command(classroom, ("--x",))
    assert "--ServerApp.ip=127.0.0.1" in command and command[-1] == "--x"
    assert not [part for part in command if "token" in part or "password" in part]  # Jupyter draws a token itself
