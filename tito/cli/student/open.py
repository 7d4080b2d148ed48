"""`tito open`: JupyterLab at one notebook."""

import click

from tito.cli import ui


@click.command("open", context_settings={"ignore_unknown_options": True})
@click.argument("module", metavar="NN")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def command(module: str, options: tuple[str, ...]) -> int:
    """Open a module's notebook in JupyterLab.

    Lab's own OPTIONS pass through: tito open 01, tito open tensor --no-browser
    """
    from tito import lab, notebooks

    course = ui.course("course", "workspace")
    return lab.start(course, notebooks.notebook_path(course, ui.module(course, module)), options)
