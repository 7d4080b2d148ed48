"""`tito class report`: the table of students and modules, and what the class found hard."""

import textwrap
from pathlib import Path

import click

from tito.cli import ui

_COLUMNS = 6  # modules in one table of 80 columns
_HARD = 10  # checks that are shown
_writable = click.Path(path_type=Path)


@click.command("report")
@click.argument("modules", nargs=-1)
@click.option("--csv", type=_writable, metavar="FILE", help="Also write the table as CSV.")
@click.option("--canvas", type=_writable, metavar="FILE", help="Also write a CSV for Canvas's import of grades.")
@click.option("--moodle", type=_writable, metavar="FILE", help="Also write a CSV for Moodle's import of grades.")
@click.option("--histogram", type=_writable, metavar="FILE", help="Also draw how the points are spread (PNG).")
@click.option("--force", is_flag=True, help="Write over a FILE that is there.")
@ui.json_option
def command(modules: tuple[str, ...], force: bool, as_json: bool, **files: Path | None) -> None:
    """Show points, and which checks most students fail.

    A dash: nothing was handed in. A word instead of points: it could not be graded, which is not 0.
    """
    from tito.errors import USAGE, WOULD_OVERWRITE, TitoError
    from tito.files import write_atomic
    from tito.grading import report
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    for note in notes:
        click.echo(note, err=True)
    files = {kind: file for kind, file in files.items() if file}
    for file in files.values():
        if file.is_dir():
            raise TitoError(f"{file} is a folder.", f"Name a file in it: --csv {file / 'marks.csv'}", USAGE)
        if file.exists() and not force:
            raise TitoError(f"{file} is there already: nothing was changed.", "Write over it: --force", WOULD_OVERWRITE)
    data = report.report(classroom, chosen)
    roster = classroom.students()
    make = {
        "csv": lambda: report.to_csv(data),
        "canvas": lambda: report.to_canvas(data, roster),
        "moodle": lambda: report.to_moodle(data, roster),
        "histogram": lambda: report.draw(data),
    }
    for kind, file in files.items():
        write_atomic(file, make[kind]())
    if as_json:
        ui.print_json("class-report/2", **data)
        return
    show(data)
    for file in files.values():
        click.echo(f"Written: {file}")


def show(data: dict) -> None:
    """Print the table, why something has no points, what is hard, and how the points are spread."""
    from tito.grading import report

    every = data["modules"]
    for first in range(0, len(every), _COLUMNS):
        ui.table(*report.table(data, every[first : first + _COLUMNS]))
    for student in data["students"]:
        for module, cell in student["modules"].items():
            if cell["reason"]:
                status = cell["status"].replace("_", " ")
                if cell["earlier"] is not None:
                    status += f" (not counted: {report.number(cell['earlier'])} points in the gradebook, from before)"
                click.echo(ui.message(f"{student['student']} {module} {status}: {cell['reason']}", ""))
    if any(c["needs_review"] for s in data["students"] for c in s["modules"].values()):
        click.echo("* wants a look: tito class review")
    _show_hard([c for c in data["checks"] if c["failed"]])
    _show_spread(data["spread"])


def _show_hard(checks: list[dict]) -> None:
    if not checks:
        return
    rows = [
        [f"{100 * c['rate']:.0f} %", f"{c['failed']}/{c['judged']}", f"{c['module'][:2]} {c['title']}"]
        for c in checks[:_HARD]
    ]
    for check, row in zip(checks, rows, strict=False):
        times = f" ({check['said']} times)" if check["said"] > 1 else ""
        row[2] = "\n".join([*_filled(row[2], ""), *_filled(check["message"] + times, "  ")])
    ui.table(["failed", "of", "check, and the commonest message"], rows, "What to teach again")
    if len(checks) > _HARD:
        click.echo(f"{len(checks) - _HARD} more: tito class report --json")


def _filled(text: str, indent: str) -> list[str]:
    """Lines for the last column; what stands before it takes 19."""
    return textwrap.wrap(text, max(ui.width() - 19, 30), initial_indent=indent, subsequent_indent=indent)


def _show_spread(spread: dict[str, list[int]]) -> None:
    from tito.grading import report

    total = [sum(counts) for counts in zip(*spread.values(), strict=True)]
    if sum(total):
        click.echo(f"{sum(total)} submissions by their share of the points:\n")
        block = "█" if ui.unicode_ok() else "#"
        lines = report.bars(total, block=block)
        click.echo("\n".join(line if ui.unicode_ok() else line.replace("–", "-") for line in lines))
