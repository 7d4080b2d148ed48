"""`tito reset`: the released notebook again, or one exercise of it."""

import click

from tito.cli import ui


@click.command("reset")
@click.argument("what", metavar="NN[.EXERCISE]")
@ui.json_option
def command(what: str, as_json: bool) -> None:
    """Restore a notebook, or one exercise, as it was released.

    What was there is kept: tito undo brings it back. Works on a damaged notebook too.
    """
    from tito import workspace

    course = ui.course("workspace")
    word, dot, exercise = what.partition(".")
    if dot and not exercise:
        raise click.UsageError(f"'{what}' names no exercise after the dot.")
    module = ui.module(course, word)
    name = workspace.reset(course, module, exercise or None)
    path = (course.notebooks / module.notebook).relative_to(course.root).as_posix()
    if as_json:
        ui.print_json("reset/1", module=module.slug, exercise=exercise or None, path=path, backup=name)
        return
    click.echo(f"{path}: {'the exercise' if exercise else 'the notebook'} is as it was released.")
    click.echo(f"Yours is backup {name}. Bring it back: tito undo")
    click.echo("If it is open in JupyterLab: File > Reload Notebook from Disk.")
