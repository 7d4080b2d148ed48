"""Verdicts written by hand, a real browser, and a server that hears whether a page asked for anything."""

import http.server
import io
import re
import shutil
import subprocess
import threading

import pytest

from tito.course import Module
from tito.grading import verdict
from tito.grading.judge import CheckResult, Judged
from tito.grading.results import Result

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync "
OPTIONS += "--disable-component-update --virtual-time-budget=3000 --dump-dom"


@pytest.fixture
def module(tmp_path):
    """A module for pages."""
    return Module(0, "first", "First steps", (), 1.0, 3, tmp_path / "first.ipynb")


@pytest.fixture
def make_result(module):
    """A graded result: `make_result(checks, outputs, notes, marks)`."""

    def make(checks=(), outputs=(), notes=(), marks=None, **facts) -> Result:
        found = [CheckResult(**{"points": 0, "max_points": 3, "status": "failed", **c}) for c in checks]
        judged = Judged(found, list(outputs), [])
        made = verdict.make(module.slug, "a" * 64, "b" * 64, judged, sandbox="bubblewrap", notes=list(notes))
        return Result(module, facts.get("student", "ada"), "graded", "", made, marks or {})

    return make


@pytest.fixture
def png():
    """A PNG of the size that is asked for."""

    def make(width=8, height=8, kind="png") -> bytes:
        from PIL import Image

        file = io.BytesIO()
        Image.new("RGB", (width, height), (200, 30, 30)).save(file, kind)
        return file.getvalue()

    return make


@pytest.fixture
def listener():
    """A server on this computer: its address, and the paths that were asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *facts):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def browse(tmp_path):
    """Open a page in Chromium; the payloads that ran, and the document as it stands afterwards."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium here: apt-get install chromium")

    def browse(page: str) -> tuple[list[str], str]:
        file = tmp_path / "page.html"
        file.write_text(page, encoding="utf-8", errors="replace")
        command = [CHROMIUM, *OPTIONS.split(), f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert "</html>" in done.stdout, done.stderr
        return re.findall(r"data-ran-(\d+)", re.search(r"<html[^>]*>", done.stdout)[0]), done.stdout

    return browse
