"""`tito class report`: the table of students and modules."""

from pathlib import Path

import click

from tito.cli import ui


@click.command("report")
@click.argument("modules", nargs=-1)
@click.option("--csv", "file", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as CSV.")
@click.option("--force", is_flag=True, help="Write over a FILE that is there.")
@ui.json_option
def command(modules: tuple[str, ...], file: Path | None, force: bool, as_json: bool) -> None:
    """Show every student's points in MODULES (default: all).

    A dash: nothing was handed in. A word instead of points: it could not be graded, which is not 0.
    """
    from tito.errors import WOULD_OVERWRITE, TitoError
    from tito.files import write_atomic
    from tito.grading import report
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    for note in notes:
        click.echo(note, err=True)
    if file and file.exists() and not force:
        raise TitoError(f"{file} is there already: nothing was changed.", "Write over it: --force", WOULD_OVERWRITE)
    data = report.report(classroom, chosen)
    if file:
        write_atomic(file, report.to_csv(data))
    if as_json:
        ui.print_json("class-report/1", **data)
        return
    show(data)
    if file:
        click.echo(f"Written: {file}")


def show(data: dict) -> None:
    """Print the table, and below it why something has no points."""
    from tito.grading import report

    ui.table(*report.table(data))
    for student in data["students"]:
        for module, cell in student["modules"].items():
            if cell["reason"]:
                click.echo(f"{student['student']} {module} {cell['status']}: {cell['reason']}")
    if any(c["needs_review"] for s in data["students"] for c in s["modules"].values()):
        click.echo("* wants a look in nbgrader's formgrader: jupyter lab, menu Nbgrader")
