"""The generated parts of the pages are what the sources and the commands say now."""

from pathlib import Path

import pytest

from tito import docs
from tito.course import Course

ROOT = Path(__file__).parents[2]


def test_no_page_is_stale():
    assert [p.relative_to(ROOT).as_posix() for p in docs.refresh(ROOT, write=False)] == []


def test_a_stale_part_is_found_and_filled_and_the_rest_left_alone(tiny_course):
    page = tiny_course / "README.md"
    page.write_text("before\n<!-- generated: modules -->\nold\n<!-- end -->\nafter\n")
    assert docs.refresh(tiny_course, write=False) == [page]
    assert "old" in page.read_text()
    assert docs.refresh(tiny_course) == [page]
    table = docs.module_table(Course(tiny_course))
    assert page.read_text() == f"before\n<!-- generated: modules -->\n{table}<!-- end -->\nafter\n"
    assert docs.refresh(tiny_course) == []


def test_the_module_table_has_the_facts(tiny_course):
    rows = docs.module_table(Course(tiny_course)).splitlines()[2:]
    link = "modules/source/01_second/second_dev.py"
    assert rows[1] == f"| [01_second]({link}) | Second steps | 00 | 0.5 | 5 |"
    assert len(rows) == 2


def test_a_command_shows_its_arguments_help_and_options():
    text = docs.commands("student")
    assert "### `tito open NN [OPTIONS]...`\n\nOpen a module's notebook in JupyterLab" in text
    assert "| `--offline DIR` | Install from this folder of wheels. |" in text
    assert "### `tito class" not in text


def test_an_unknown_part_is_an_error(tiny_course):
    (tiny_course / "README.md").write_text("<!-- generated: weather -->\n<!-- end -->\n")
    with pytest.raises(ValueError, match="weather"):
        docs.refresh(tiny_course)
