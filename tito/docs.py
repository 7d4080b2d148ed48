"""Fill the generated parts of the pages: `python -m tito.docs`; with --check only say what is stale.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is `modules`, or
`student commands`, `instructor commands`, `author commands`.
"""

import inspect
import re
import sys
from pathlib import Path

from tito.course import Course
from tito.files import write_atomic

PAGES = ("README.md", "docs/*.md")
_PART = re.compile(r"(<!-- generated: ([\w ]+) -->\n)(.*?)(<!-- end -->)", re.S)


def module_table(course: Course) -> str:
    """The course's modules as a Markdown table."""
    rows = ["| module | about | needs | hours | points |", "|---|---|---|---:|---:|"]
    for module in course.modules:
        needs = ", ".join(slug[:2] for slug in module.prerequisites) or "–"
        source = module.path.relative_to(course.root).as_posix()
        rows.append(f"| [{module.slug}]({source}) | {module.title} | {needs} | {module.hours:g} | {module.points} |")
    return "\n".join(rows) + "\n"


def commands(group: str) -> str:
    """Every command of a group (student, instructor, author) with its help, as Markdown."""
    import click

    from tito.cli import tito

    name = {"student": "tito", "instructor": "tito class", "author": "tito dev"}[group]
    chosen = tito if group == "student" else tito.commands[name.split()[1]]
    context = click.Context(chosen, info_name=name)
    names = [n for n in chosen.list_commands(context) if n not in chosen.commands]
    return "\n".join(_command(chosen.get_command(context, n), f"{name} {n}") for n in names)


def _command(command, name: str) -> str:
    import click

    context = click.Context(command, info_name=name)
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    options = [p.get_help_record(context) for p in command.params if isinstance(p, click.Option)]
    rows = [f"| `{_escaped(names)}` | {_escaped(about)} |" for names, about in filter(None, options)]
    table = "\n| option | |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    return f"### `{' '.join([name, *arguments])}`\n\n{text}\n{table}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def refresh(root: Path, write: bool = True) -> list[Path]:
    """Fill every generated part of the pages; return the pages that were stale."""
    course = Course(root)
    stale = []
    for page in sorted(p for pattern in PAGES for p in root.glob(pattern)):
        text = page.read_text(encoding="utf-8")
        fresh = _PART.sub(lambda part: part[1] + _content(course, part[2]) + part[4], text)
        if fresh != text:
            stale.append(page)
            if write:
                write_atomic(page, fresh)
    return stale


def _content(course: Course, name: str) -> str:
    if name == "modules":
        return module_table(course)
    group, _, word = name.partition(" ")
    if word != "commands" or group not in ("student", "instructor", "author"):
        raise ValueError(f"nothing generates '{name}'")
    return commands(group)


def main() -> int:
    """Refresh the pages of the course around the current folder, or (--check) name the stale ones."""
    check = "--check" in sys.argv[1:]
    root = Course.find().root
    stale = refresh(root, write=not check)
    for page in stale:
        print(f"{page.relative_to(root)} {'is stale: python -m tito.docs' if check else 'is refreshed'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
