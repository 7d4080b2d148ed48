"""Text, code, Markdown, pictures: what comes out is harmless, and still says what was written."""

import base64
import io

import pytest
from PIL import Image

from tito.grading import displayed, markup
from tito.visible import visible, visible_line


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("plain", "plain"),
        ("a\tb\r\nc\rd", "a\tb\nc\nd"),
        ("x\u202ey\u2066", "x\\u202ey\\u2066"),
        ("\x1b[31m\x00", "\\x1b[31m\\x00"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("thin\u2009space\u00a0", "thin space "),
        ("lone\ud800", "lone\\ud800"),
        ("Zoë 数 👩\u200d🔬", "Zoë 数 👩\u200d🔬"),
    ],
)
def test_what_cannot_be_seen_is_written_out(raw, shown):
    assert visible(raw) == shown
    assert visible_line(raw) == shown.replace("\n", "\\x0a").replace("\t", "\\x09") or "\r" in raw


def test_code_is_highlighted_and_says_the_same():
    made = markup.code('def f(x):\n    return "<b>" + x  # \u202e & <i>\n')
    assert '<span class="k">def</span>' in made and "&lt;b&gt;" in made and "<b>" not in made and "\\u202e" in made
    plain = markup.code("x" * (markup.LONGEST_CODE + 1))
    assert "<span" not in plain and len(plain) == markup.LONGEST_CODE + 1


def test_markdown_keeps_what_is_harmless():
    made = markup.markdown("# T\n\n*a* **b** `<c>`\n\n1. x\n2. y\n\n|a|b|\n|-|-|\n|1|2|\n\n> q\n\n~~s~~")
    for tag in ("<h1>", "<em>a</em>", "<strong>b</strong>", "<code>&lt;c&gt;</code>", "<ol>", "<td>1</td>", "<del>"):
        assert tag in made


def test_links_are_the_instructors_alone():
    text = "[a](https://example.org) <b onclick=x>b</b> [c](javascript:alert(1)) <a href=data:x>d</a>"
    assert "href" not in markup.markdown(text)
    trusted = markup.markdown(text, links=True)
    assert '<a href="https://example.org">a</a>' in trusted and "onclick" not in trusted
    assert "javascript" not in trusted and "data:x" not in trusted


def test_formulas_become_pictures():
    made = markup.markdown(
        "Take $\\frac{1}{n} a_i b_i$ of $5 and $6, `$a$`, or\n\n$$\\sum_k a < b$$\n\nnot $\\nonsense$."
    )
    assert made.count("<img ") == 2 and 'alt="\\frac{1}{n} a_i b_i"' in made and 'alt="\\sum_k a &lt; b"' in made
    assert '<span class="formula"><img class="tex d' in made
    assert "$5 and $6" in made and "<code>$a$</code>" in made and "$\\nonsense$" in made
    assert made == markup.markdown(
        "Take $\\frac{1}{n} a_i b_i$ of $5 and $6, `$a$`, or\n\n$$\\sum_k a < b$$\n\nnot $\\nonsense$."
    )
    assert "<img" not in markup.markdown("$" + "x" * (markup.LONGEST_FORMULA + 1) + "$")
    assert "<metadata>" not in base64.b64decode(made.split("base64,")[1].split('"')[0]).decode()


def test_pictures_are_drawn_anew(png):
    kind, data = markup.picture(png() + b"<script>")
    assert kind == "png" and b"<script>" not in data
    with Image.open(io.BytesIO(data)) as drawn:
        assert drawn.size == (8, 8) and drawn.getpixel((3, 3)) == (200, 30, 30)
    assert markup.picture(base64.b64encode(png(kind="jpeg")).decode())[0] == "jpeg"


def test_what_is_no_picture_is_none(png, monkeypatch):
    for data in (b"", b"<svg onload=x>", b"GIF89a", png()[:40], b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not base64 €"):
        assert markup.picture(data) is None
    monkeypatch.setattr(markup, "PIXELS", 63)
    assert markup.picture(png()) is None and "left out" in markup.image(png(), "x")


def test_a_notebook_keeps_text_and_pictures_only(png):
    picture = base64.b64encode(png()).decode()
    marks = {"grade_id": "a", "solution": True, "locked": False, "grade": True, "points": 2, "schema_version": 3}
    outputs = [
        {"output_type": "display_data", "data": {"text/html": "<b>", "text/plain": "\x1b[1mb\u202e"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg>"}, "metadata": {}},
        {"output_type": "execute_result", "data": {"image/png": picture, "text/plain": "Figure"}, "metadata": {}},
    ]
    code = {"cell_type": "code", "metadata": {"nbgrader": marks, "tags": ["x"]}, "source": ["a\n", "b"], "id": "ok"}
    prose = {
        "cell_type": "markdown",
        "metadata": {"nbgrader": marks},
        "source": "<i>x</i>\n\n$a$\n\n<script>y</script>",
    }
    given = {"cell_type": "markdown", "metadata": {}, "source": "<i>x</i> $a$"}
    made = displayed.clean({"cells": [code | {"outputs": outputs}, prose, given], "metadata": {"title": "<b>"}})
    assert made["metadata"] == {} and made["cells"][0]["metadata"] == {"nbgrader": marks}
    assert made["cells"][0]["source"] == "a\nb"
    first, second = made["cells"][0]["outputs"]
    assert first["data"] == {"text/plain": "b\\u202e"} and set(second["data"]) == {"image/png"}
    answer = made["cells"][1]["source"]
    assert "script" not in answer and "\n" not in answer and "$" not in answer and "x" in answer
    assert made["cells"][2]["source"] == "<i>x</i> $a$"
    page = displayed.clean(made, everything=True)["cells"]
    assert page[1]["source"].count("<img") == 1 and page[2]["source"].count("<img") == 1
    assert "<script" not in page[1]["source"]


def test_a_forged_name_is_no_mark():
    marks = {"grade_id": '"><script>', "grade": True, "points": 1}
    cell = {"cell_type": "code", "metadata": {"nbgrader": marks}, "source": "", "outputs": [], "id": '"><b>'}
    made = displayed.clean({"cells": [cell]})["cells"][0]
    assert made["metadata"] == {} and "id" not in made
