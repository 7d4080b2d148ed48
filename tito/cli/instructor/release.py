"""`tito class release`: give modules to the class."""

import click

from tito.cli import ui


@click.command("release")
@click.argument("modules", nargs=-1)
@ui.json_option
def command(modules: tuple[str, ...], as_json: bool) -> int:
    """Make MODULES (default: all) ready to hand out and to grade.

    The notebooks for students are in release/, as in every workspace.
    """
    from tito.grading.classroom import Classroom
    from tito.grading.release import release

    classroom = Classroom.find()
    rows, notes = release(classroom, modules)
    for note in notes:
        click.echo(note, err=True)
    if as_json:
        ui.print_json("class-release/1", modules=rows)
    else:
        for row in rows:
            text = f"{row['title']}, {row['points']:g} points" if not row["problem"] else row["problem"]
            click.echo(f"{ui.mark(not row['problem'])} {row['module']}  {text}")
        click.echo(f"For students: {classroom.root / 'release'}")
    return int(any(row["problem"] for row in rows))
