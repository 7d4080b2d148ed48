"""The grader's benchmark: the class that it makes, what it measures of a command, and the page that it writes."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks.grading import page, throughput
from tito import notebooks
from tito.course import Course

ROWS = [
    {"submissions": 250, "seconds": 100.0, "mb": 90, "whole_mb": 300},
    {"submissions": 1000, "seconds": 390.0, "mb": 95, "whole_mb": 310},
]
COMPARED = {"submissions": 42, "nbgrader_seconds": 210.0, "tito_seconds": 20.0, "ratio": 10.5, "different_scores": {}}
MACHINE = {"processor": "a processor", "load": "0.1"}
KEPT = {
    "cores": 2,
    "compared": COMPARED | {"machine": MACHINE},
    "many": {"rows": ROWS, "machine": MACHINE},
}


def test_the_page_says_what_was_measured():
    text = page.page(KEPT)
    assert "42 submissions, 10.5 times the throughput. The scores are the same." in text
    assert "| tito class grade | 20.0 | 0.48 |" in text and "| nbgrader autograde | 210.0 | 5.00 |" in text
    assert "| 1,000 | 390.0 | 390 | 95 | 310 |" in text and text.count("| processor | a processor |") == 2
    assert "![" not in page.page({"cores": 2, "compared": KEPT["compared"]})


def test_the_page_names_scores_that_differ():
    found = COMPARED | {"different_scores": {"student0001 01_tensor": [3.0, 4.0]}, "machine": MACHINE}
    text = page.compared_text(found)
    assert "- student0001 01_tensor: 3.0 and 4.0" in text and "The scores are the same" not in text


def test_the_plot_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.svg", "b.svg"):
        page.plot(ROWS, tmp_path / name)
    ElementTree.parse(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    page.plot([{**row, "whole_mb": 2 * row["whole_mb"]} for row in ROWS], tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() != (tmp_path / "b.svg").read_bytes()


def test_the_committed_page_is_one_that_this_code_writes():
    text = (page.DOCS / "grading-speed.md").read_text(encoding="utf-8")
    cores = re.search(r"(\d+) submissions are judged side by side", text)[1]
    assert text.startswith(page.page({"cores": cores}).strip())
    assert "| " + " | ".join(page.HEAD) + " |" in text
    ElementTree.parse(page.DOCS / "grading-speed.svg")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_memory_of_all_processes_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(throughput, "LOOK", 0.05)
    child = "import time; a = bytearray(80 << 20); time.sleep(1)"
    used = throughput.run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"], tmp_path
    )
    assert used.whole_mb > 80 and 1 <= used.seconds < 60
    with pytest.raises(SystemExit, match="ended with 3"):
        throughput.run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_the_kinds_of_submissions_are_what_they_say():
    course = Course(Path(throughput.ROOT))
    module = course.module("00")[0]
    notebooks.release(course, [module])
    made = {kind: throughput.notebook(course, module, kind, 3) for kind in ("right", "wrong", "empty", "slow")}
    assert b"time.sleep(1)" in made["slow"] and b"# YOUR CODE HERE" not in made["right"]
    assert made["right"] != made["wrong"] and b"# student 3" in made["right"]
    released = notebooks.read(course.path("release_path") / module.notebook)
    assert made["empty"] == throughput.json.dumps(released).encode()
