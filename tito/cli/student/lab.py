"""`tito lab`: JupyterLab in the workspace."""

import click

from tito.cli import ui


@click.command("lab", context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def command(options: tuple[str, ...]) -> int:
    """Start JupyterLab here; its own OPTIONS pass through.

    For example: tito lab --no-browser
    """
    from tito import lab

    return lab.start(ui.course("course", "workspace"), None, options)
