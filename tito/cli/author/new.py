"""`tito dev new`: a module's source to begin with."""

import click

from tito.cli import ui


@click.command(name="new")
@click.argument("name", metavar="NN_name")
@ui.json_option
def command(name: str, as_json: bool) -> None:
    """Make the source of a new module, with one worked exercise.

    It builds, releases and passes its checks as it stands: change it piece by piece.
    """
    from tito import authoring
    from tito.course import COURSE

    course = ui.course(COURSE)
    file = authoring.new(course, name).relative_to(course.root).as_posix()
    if as_json:
        ui.print_json("new/1", module=name, file=file)
    else:
        click.echo(f"{ui.mark(True)} {file}\n  Edit it, then: tito dev build {name} && tito test {name}")
