"""What commands share: the course at hand, JSON output, tables. rich is imported only to draw."""

import json
import os
import re
import shutil
import sys
import textwrap

import click

from tito.errors import cut
from tito.visible import visible

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


_STYLES = re.compile(r"(\x1b\[(?:[012]|3[123])m)")  # those of `style`


def course(*kinds: str):
    """The course, workspace or class around the current folder; an error if it is of another kind."""
    from tito.course import Course
    from tito.errors import USAGE, TitoError

    found = Course.find()
    if kinds and found.kind not in kinds:
        raise TitoError(f"{found.root} is a {found.kind}: this command works in a {' or '.join(kinds)}.", "", USAGE)
    return found


def module(found, text: str):
    """The module that `text` means; a note about a wrong number goes to stderr."""
    chosen, note = found.module(text)
    if note:
        click.echo(note, err=True)
    return chosen


def print_json(schema: str, **data) -> None:
    """Print one JSON object that names its versioned schema, e.g. `tito/test/1`."""
    text = json.dumps({"schema": f"tito/{schema}", **data}, ensure_ascii=False)
    click.echo("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text))


def say(text: str, err: bool = False) -> None:
    """Print a line that may hold what a student wrote (a file's name, an id); a terminal gets it filled."""
    line = shown(text)
    if sys.stdout.isatty() and len(line) > width():
        line = textwrap.fill(line, width(), subsequent_indent="  ", break_on_hyphens=False)
    click.echo(line, err=err)


def shown(text: str) -> str:
    """The text as a terminal may have it: our own styles stay, all else that cannot be seen is written out."""
    if _is_plain():
        return visible(text)
    return "".join(part if i % 2 else visible(part) for i, part in enumerate(_STYLES.split(text)))


def unicode_ok() -> bool:
    """Whether the terminal can show more than ASCII."""
    try:
        "✓─".encode(sys.stdout.encoding or "ascii")
        return True
    except UnicodeEncodeError:
        return False


def mark(ok: bool | None) -> str:
    """A tick, a cross or a dot (None), coloured in a terminal."""
    index = 2 if ok is None else int(not ok)
    sign = ("✓", "✗", "·")[index] if unicode_ok() else ("ok", "x", "-")[index]
    return style(sign, fg=(("green", "red", "yellow")[index]))


def style(text: str, **kwargs) -> str:
    """`click.style`, but plain where the output is a pipe or NO_COLOR is set."""
    return text if _is_plain() else click.style(text, **kwargs)


def _is_plain() -> bool:
    return bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()


def width() -> int:
    """The terminal's columns; 80 in a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80


def message(text: str, indent: str = "    ") -> str:
    """What a check or an error says: indented and wrapped; a line of code is cut, a drawn array stays as it is."""
    lines, room = [], max(width() - len(indent), 20)
    for line in shown(text).splitlines():
        place = re.match(r".*?, line \d+: ", line)
        if place:
            lines.append(place[0] + cut(line[place.end() :], max(room - place.end(), 20)))
        elif len(line) <= room or line[:1].isspace():
            lines.append(line)
        else:
            lines += textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n".join(lines), indent)


def table(columns: list[str], rows: list[list[str]], title: str = "") -> None:
    """Draw a table with rich; numbers are aligned to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, box=box.SIMPLE_HEAD if unicode_ok() else box.ASCII2, title_justify="left")
    for i, name in enumerate(columns):
        numeric = rows and all(_numeric(row[i]) for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text.from_ansi(shown(str(value))) for value in row))
    Console(no_color=bool(os.environ.get("NO_COLOR")), highlight=False).print(drawn)


def _numeric(value: object) -> bool:
    return str(value).replace(".", "").replace("/", "").replace(" ", "").replace("–", "").isdigit() or value in (
        "",
        "–",
    )
