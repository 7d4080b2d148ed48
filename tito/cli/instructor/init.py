"""`tito class init`: make a class folder."""

from pathlib import Path

import click

from tito.cli import ui


@click.command("init")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@ui.json_option
def command(directory: Path | None, as_json: bool) -> None:
    """Make a class folder in DIRECTORY (default: class/).

    nbgrader's own commands work from inside it.
    """
    from tito.course import Course
    from tito.grading import classroom

    made = classroom.create(Course.find(do="Go to the course's folder."), directory)
    if as_json:
        ui.print_json("class-init/1", path=str(made.root))
        return
    click.echo(f"The class is in {made.root}; only you can read it.")
    click.echo("Next: tito class roster import FILE.csv   then: tito class release 00")
