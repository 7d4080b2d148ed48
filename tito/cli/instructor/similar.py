"""`tito class similar`: who handed in the same work."""

import click

from tito.cli import ui


@click.command("similar")
@click.argument("modules", nargs=-1)
@ui.json_option
def command(modules: tuple[str, ...], as_json: bool) -> None:
    """Show which students handed in the same work in MODULES.

    The same but for layout, comments and names of variables, and neither the reference solution nor what many
    found. A reason to talk to them, no verdict; no student sees it.
    """
    from dataclasses import asdict

    from tito.grading import similarity
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    for note in notes:
        click.echo(note, err=True)
    found = {m.slug: similarity.of_class(classroom, m) for m in chosen}
    if as_json:
        ui.print_json("class-similar/1", modules={slug: [asdict(p) for p in found[slug]] for slug in found})
        return
    for slug, pairs in found.items():
        for pair in pairs:
            ui.say(f"{slug}: {pair.sentence()}")
    if not any(found.values()):
        click.echo("No two students handed in the same work.")
