"""Hostile submissions in a real browser: no script runs, and nothing is asked of the network."""

import re
from pathlib import Path

import nbformat
import pytest
from hostile import staying, texts

from tito.grading import displayed, feedback, markup, pages

ROOT = Path(__file__).parents[4]


def cell(kind: str, source: str, name: str, **facts) -> dict:
    marks = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": True, "task": False}
    made = {"cell_type": kind, "metadata": {"nbgrader": marks | facts}, "source": source, "id": name}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def hostile_notebook(payloads: list[str]) -> dict:
    """Every payload as prose, as code, in each kind of output, in metadata and in names."""
    cells = []
    for n, text in enumerate(payloads):
        code = cell("code", text, f"code-{n}")
        wide = {"width": text}
        html = {"text/html": text, "text/plain": text, "text/markdown": text, "text/latex": f"${text}$"}
        code["outputs"] = [
            {"output_type": "display_data", "data": html, "metadata": {"text/html": {"isolated": True}}},
            {"output_type": "display_data", "data": {"image/svg+xml": text}, "metadata": {}},
            {"output_type": "display_data", "data": {"application/javascript": text}, "metadata": {}},
            {"output_type": "display_data", "data": {"image/png": f"x'>{text}"}, "metadata": {"image/png": wide}},
            {"output_type": "stream", "name": "stdout", "text": text},
            {"output_type": "error", "ename": text, "evalue": text, "traceback": [f"\x1b[31m{text}\x1b[0m"]},
        ]  # fmt: skip
        named = cell("code", "pass", f'"><b>{text}')
        named["id"] = f"named-{n}"
        raw = {"cell_type": "raw", "metadata": {}, "source": text, "id": f"raw-{n}"}
        prose = {"cell_type": "markdown", "metadata": {}, "source": text, "id": f"prose-{n}"}
        answer = cell("markdown", text, f"answer-{n}", grade=True, points=3)
        answer["attachments"] = {"x.svg": {"image/svg+xml": text}}
        cells += [code, named, raw, prose, answer]
    metadata = {"title": payloads[2], "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def formgrader_page(notebook: dict, tmp_path: Path, ours: bool) -> str:
    """The page that formgrader's own exporter makes, with the class's settings or without."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers
    from traitlets.config import Config, PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config() if ours else Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    facts = {"assignment_id": "00_first", "notebook_id": "first", "submission_id": "s", "index": 0, "total": 1}
    facts |= {"base_url": "", "student": "ada", "last_name": "L", "first_name": "A", "notebook_path": "p"}
    node = nbformat.from_dict(notebook)
    page, _ = HTMLExporter(config=config).from_notebook_node(node, resources=facts)
    return page


@pytest.fixture
def own_environment(monkeypatch):
    """nbgrader_config.py changes variables."""
    for name in ("PYTHONPATH", "JUPYTER_PATH"):
        monkeypatch.setenv(name, "")


def test_a_feedback_page_runs_nothing_and_asks_for_nothing(browse, listener, make_result, png):
    at, asked = listener
    payloads = texts(at)
    checks = [{"grade_id": f"test-{n}", "title": t, "message": t, "hint": t} for n, t in enumerate(payloads)]
    outputs = [{"grade_id": f"code-{n}", "kind": "text", "data": t} for n, t in enumerate(payloads)]
    outputs += [{"grade_id": "code-0", "kind": "png", "data": b"<svg onload=alert(1)>"}]
    outputs += [{"grade_id": "code-0", "kind": "png", "data": png() + payloads[0].encode()}]
    marks = {"score": 3, "penalty": 0, "cells": {}, "comments": {f"code-{n}": t for n, t in enumerate(payloads)}}
    result = make_result(checks, outputs, payloads, marks)
    page = feedback.document(result, hostile_notebook(payloads), name=payloads[0], handed_in=payloads[1])
    ran, shown = browse(page)
    assert ran == [] and asked == []
    assert f"code-{len(payloads) - 1}" in shown and shown.count('<img alt="picture') == 1
    without = page.replace(re.search(r"<meta http-equiv=\"Content-Security-Policy[^>]*>", page)[0], "")
    ran, shown = browse(without)
    assert ran == [] and asked == [], "the policy must not be what the cleaning relies on"
    own = r'<[a-z]+\b[^<>]*(?:href|src|action)="(?!#|data:image/|http://127\.0\.0\.1:\d+/(?:link|auto|ping)\d+")'
    assert not re.search(own, shown), "an address that is neither the page's nor the instructor's"


def test_no_answer_makes_a_page_wider_or_longer_than_one_can_read(browse, make_result):
    payloads = texts("http://127.0.0.1:9")
    checks = [{"grade_id": f"test-{n}", "title": t, "message": t} for n, t in enumerate(payloads)]
    page = feedback.document(make_result(checks, [], payloads), hostile_notebook(payloads))
    measure = "let whole = document.documentElement, answers = [...document.querySelectorAll('.comment')];"
    measure += "document.title = [whole.scrollWidth - whole.clientWidth,"
    measure += "  ...answers.map(e => e.offsetHeight / innerHeight | 0)].join()"
    page = page.replace("img-src data:", "img-src data:; script-src 'unsafe-inline'")
    shown = browse(page.replace("</body>", f"<script>{measure}</script></body>"))[1]
    wider, *heights = map(int, re.search(r"<title>(.*?)</title>", shown)[1].split(","))
    assert wider <= 0 and len(heights) > 50 and max(heights) < 20, (wider, sorted(heights)[-3:])


def test_the_policy_alone_stops_every_script(browse, listener):
    at, asked = listener
    page = pages.document("x", "\n".join(f"<div>{t}</div>" for t in staying(at)))
    assert browse(page)[0] == [] and asked == []
    bare = page.replace(re.search(r"<meta http-equiv=\"Content-Security-Policy[^>]*>", page)[0], "")
    ran, _ = browse(bare)
    assert len(ran) > 5 and asked, "the payloads do run where nothing stops them"


def test_formgrader_runs_nothing_of_a_students(browse, listener, tmp_path, own_environment):
    at, asked = listener
    notebook = hostile_notebook(texts(at))
    page = formgrader_page(notebook, tmp_path, ours=True)
    assert "cdnjs" not in page and "x-mathjax" not in page and "var MathJax = " in page  # what formgrader waits for
    ran, shown = browse(page)
    assert ran == [] and asked == []
    assert "answer-0" in shown and "code-0" in shown


def test_formgrader_without_the_cleaning_would_run_it(browse, listener, tmp_path, own_environment):
    at, asked = listener
    payloads = texts(at)[:3]
    ran, _ = browse(formgrader_page(hostile_notebook(payloads), tmp_path, ours=False))
    assert ran, "the test above could not fail"
    on_disk = displayed.clean(hostile_notebook(payloads))
    on_disk["cells"] = [c for c in on_disk["cells"] if not c["id"].startswith("prose")]  # no submission has those
    assert browse(formgrader_page(on_disk, tmp_path, ours=False))[0] == []


def test_the_style_is_allowed_by_its_own_hash(browse):
    page = pages.document("x", f'<p class="score">{markup.text("<3")}</p><script>document.title = "ran"</script>')
    page = page.replace("</body>", "<style>p { color: red }</style></body>")
    probe = page.replace("img-src data:", "img-src data:; script-src 'unsafe-inline'").replace(
        'document.title = "ran"', "document.title = getComputedStyle(document.querySelector('p')).fontSize"
        " + getComputedStyle(document.querySelector('p')).color")  # fmt: skip
    title = re.search(r"<title>(.*?)</title>", browse(probe)[1])[1]
    assert title.startswith("16.8px") and "255, 0, 0" not in title
