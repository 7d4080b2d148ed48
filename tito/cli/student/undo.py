"""`tito undo`: bring a backup back."""

import click

from tito.cli import ui


@click.command("undo")
@click.argument("backup", required=False, default="")
@click.option("--list", "listing", is_flag=True, help="List the backups, change nothing.")
@ui.json_option
def command(backup: str, listing: bool, as_json: bool) -> None:
    """Bring back what was there before the last change.

    Or before an earlier change: BACKUP is its name in --list. What is there now is backed up first, so
    a second undo undoes the first.
    """
    from tito import workspace

    course = ui.course("workspace")
    if listing:
        _list(workspace.backups(course), as_json)
        return
    done = workspace.undo(course, backup)
    if as_json:
        ui.print_json("undo/1", backup=done["name"], path=done["path"], why=done["why"])
        return
    click.echo(f"{done['path']} {'is gone again' if done['absent'] else 'is back'},")
    click.echo(f"as it was before the {done['why']} ({done['time']}).")
    click.echo("Undo this, too: tito undo")
    click.echo("If it is open in JupyterLab: File > Reload Notebook from Disk.")


def _list(backups: list[dict], as_json: bool) -> None:
    if as_json:
        ui.print_json("backups/1", backups=backups)
    elif not backups:
        click.echo("There are no backups yet.")
    else:
        for one in backups:
            click.echo(f"{one['name']}  {one['time'][:16].replace('T', ' ')} UTC  before the {one['why']}")
