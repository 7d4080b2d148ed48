"""A notebook as nbgrader's formgrader may show it: nothing in it runs, or reaches out of the page.

nbgrader puts Markdown, outputs and metadata into its pages as they are. So autograded notebooks are written through
`clean`, and formgrader's exporter (nbgrader_parts.Harmless) cleans whatever lies in autograded/ once more.
"""

import re

from tito.grading import markup
from tito.visible import visible

MOST_TEXT = 100_000  # characters of one output
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_NBGRADER = ("cell_type", "checksum", "grade", "grade_id", "locked", "points", "schema_version", "solution", "task")


def clean(notebook: dict, everything: bool = False) -> dict:
    """The notebook with outputs of text, PNG and JPEG only, and the students' Markdown as clean HTML.

    everything: the Markdown of every cell, with links in what is locked, and formulas as pictures: for a page.
    """
    cells = [_cell(cell, everything) for cell in notebook.get("cells", [])]
    metadata = {k: v for k, v in notebook.get("metadata", {}).items() if k in ("kernelspec", "language_info")}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": notebook.get("nbformat_minor", 5)}


def _cell(cell: dict, everything: bool) -> dict:
    kind, source = cell.get("cell_type"), _joined(cell.get("source", ""))
    facts = _marks(cell)
    made = {"cell_type": kind, "metadata": {"nbgrader": facts} if facts else {}, "source": source}
    if _NAME.fullmatch(str(cell.get("id", ""))):
        made["id"] = cell["id"]
    if kind == "code":
        outputs = [o for output in cell.get("outputs", []) if (o := _output(output))]
        number = cell.get("execution_count")
        counted = number if type(number) is int else None
        return {**made, "source": visible(source), "outputs": outputs, "execution_count": counted}
    locked = bool(facts.get("locked")) and not facts.get("solution")
    if kind != "markdown":
        return {**made, "cell_type": "markdown", "source": one_line(f"<pre>{markup.text(source)}</pre>")}
    if everything or not locked and facts:
        made["source"] = one_line(markup.markdown(source, links=locked, formulas=everything))
    return made


def one_line(made: str) -> str:
    """Clean HTML as Markdown that is read as this very HTML: one block, without an end of line inside."""
    return "<div>" + made.strip().replace("\n", "&#10;").replace("\\", "&#92;").replace("$", "&#36;") + "</div>"


def _marks(cell: dict) -> dict:
    """nbgrader's marks of a cell as far as they are in form; formgrader writes the name into attributes."""
    found = cell.get("metadata", {}).get("nbgrader")
    if not isinstance(found, dict) or not _NAME.fullmatch(str(found.get("grade_id", ""))):
        return {}
    plain = {k: found[k] for k in _NBGRADER if type(found.get(k)) in (str, bool, int, float)}
    return {k: v for k, v in plain.items() if type(v) is not str or _NAME.fullmatch(v)}


def _joined(text: object) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _output(output: dict) -> dict | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _shown(output.get("text", ""))}
    if kind == "error":
        trace = output.get("traceback", [])
        lines = [_shown(line) for line in (trace if isinstance(trace, list) else [trace])]
        facts = {name: _shown(output.get(name, "")) for name in ("ename", "evalue")}
        return {"output_type": "error", "traceback": lines, **facts}
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        data = _data(output["data"])
        counted = {"execution_count": None} if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}, **counted} if data else None
    return None


def _data(data: dict) -> dict:
    """The text, and a picture drawn anew; HTML, SVG, LaTeX, JavaScript and widgets go."""
    for kind in ("png", "jpeg"):
        drawn = markup.picture(_joined(data.get(f"image/{kind}", "")))
        if drawn and drawn[0] == kind:
            return {f"image/{kind}": markup.as_base64(drawn[1])}
    return {"text/plain": _shown(data["text/plain"])} if "text/plain" in data else {}


def _shown(text: object) -> str:
    """Text of an output, its colours taken away."""
    shown = visible(re.sub(r"\x1b\[[0-9;]*m", "", _joined(text)))
    return shown if len(shown) <= MOST_TEXT else shown[:MOST_TEXT] + " …"
