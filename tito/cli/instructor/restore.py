"""`tito class restore`: bring back an earlier gradebook."""

import click

from tito.cli import ui


@click.command("restore")
@click.argument("copy", required=False, default="")
@click.option("--list", "only_list", is_flag=True, help="Only show the copies that there are.")
@ui.json_option
def command(copy: str, only_list: bool, as_json: bool) -> None:
    """Bring back COPY of the gradebook (default: the newest).

    A copy is made before each run. What is there now is copied first, so that this can be undone as well. The next
    `tito class grade` writes the automatic scores that the copy lacks, without running anything again. Stopped on
    the way, the same command goes on; until it has, the class is not graded.
    """
    from tito.grading import backup
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    if only_list:
        names = [c.name for c in backup.copies(classroom)]
        if as_json:
            ui.print_json("class-restore/1", copies=names)
        else:
            click.echo("\n".join(names) or "There is no copy of the gradebook yet.")
        return
    restored, before = backup.restore(classroom, copy)
    if as_json:
        ui.print_json("class-restore/1", restored=restored.name, before=before.name if before else None)
        return
    click.echo(f"Brought back: {restored.name}")
    if before:
        click.echo(f"What was there until now: {before.name}")
    click.echo("Next: tito class grade, which writes the automatic scores that it lacks")
