"""`tito dev check`: what is stale."""

import click

from tito.cli import ui


@click.command(name="check")
@click.argument("modules", metavar="[NN...]", nargs=-1)
@ui.json_option
def command(modules: tuple[str, ...], as_json: bool) -> int:
    """Say what is stale: notebooks, releases, package files.

    Nothing is written. Exit code 1 when something is stale.
    """
    from tito import authoring
    from tito.course import COURSE

    course = ui.course(COURSE)
    chosen = [ui.module(course, text) for text in modules] or course.modules
    stale = authoring.stale(course, chosen)
    if as_json:
        ui.print_json("check/1", stale=[{"file": s.file, "why": s.why, "do": s.do} for s in stale])
        return int(bool(stale))
    for item in stale:
        click.echo(f"{ui.mark(False)} {item.file}: {item.why}. Run: {item.do}")
    if not stale:
        click.echo(f"{ui.mark(True)} {len(chosen)} modules: notebooks, releases and package are up to date.")
    return int(bool(stale))
