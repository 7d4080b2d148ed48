"""`tito class collect`: take in what students handed in."""

from pathlib import Path

import click

from tito.cli import ui
from tito.visible import visible_line


@click.command("collect")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--module", "only", metavar="NN", help="Take only this module.")
@click.option("--exchange", is_flag=True, help="Take what came through nbgrader's exchange.")
@ui.json_option
def command(paths: tuple[Path, ...], only: str | None, exchange: bool, as_json: bool) -> int:
    """Take in what was handed in: notebooks, archives, folders.

    PATHS name them; default: the class's inbox/. The newest of each student counts; every original is
    kept under collected/.
    """
    from dataclasses import asdict

    from tito.grading import collect
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    module = classroom.module(only)[0] if only else None
    taken = collect.from_exchange(classroom, module) if exchange else []
    paths = paths or (() if exchange else (classroom.root / "inbox",))
    taken += collect.collect(classroom, list(paths), module)
    if as_json:
        ui.print_json("class-collect/1", taken=[asdict(t) for t in taken])
    else:
        _tell(classroom, taken, exchange)
    return int(any(t.status == "refused" for t in taken))


def _tell(classroom, taken: list, exchange: bool) -> None:
    for one in taken:
        if one.status == "refused":
            ui.say(f"{ui.mark(False)} refused: {visible_line(one.source)}: {visible_line(one.note)}")
            continue
        receipt = {"agrees": "receipt agrees", "none": "no receipt", "differs": ""}[one.receipt]
        clock = {"student": "the student's own clock", "file": "the file's date"}.get(one.clock, "")
        notes = "; ".join(n for n in (receipt, clock, visible_line(one.note)) if n)
        sign = ui.mark(None if one.note else True)
        ui.say(f"{sign} {one.student} {one.module} {one.time} {one.status} ({notes})")
    counts = {word: sum(t.status == word for t in taken) for word in ("new", "newer", "older", "same", "refused")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    if taken:
        click.echo(f"{len(taken)} notebooks: {told}.")
    elif exchange:
        click.echo("The exchange holds nothing for this class.")
    else:
        click.echo(f"Nothing found. Put what you downloaded into {classroom.root / 'inbox'}, or name it.")
