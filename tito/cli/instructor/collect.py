"""`tito class collect`: take in what students handed in."""

from pathlib import Path

import click

from tito.cli import ui


@click.command("collect")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--module", "only", metavar="NN", help="Take only this module.")
@click.option("--exchange", is_flag=True, help="Fetch from nbgrader's exchange first.")
@ui.json_option
def command(paths: tuple[Path, ...], only: str | None, exchange: bool, as_json: bool) -> int:
    """Take in what was handed in: zips, notebooks, folders, downloads.

    PATHS name them; default: the class's inbox/. The newest of each student counts; every original is
    kept under collected/.
    """
    from dataclasses import asdict

    from tito.grading import collect
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    module = classroom.module(only)[0] if only else None
    modules = [module] if module else classroom.modules()[0]
    problems = collect.from_exchange(classroom, modules) if exchange else []
    paths = paths or (() if exchange else (classroom.root / "inbox",))
    taken = collect.collect(classroom, list(paths), module)
    if as_json:
        exchanged = [{"module": m, "problem": p} for m, p in problems]
        ui.print_json("class-collect/1", taken=[asdict(t) for t in taken], exchange=exchanged)
    else:
        _tell(classroom, taken, problems)
    return int(any(t.status == "refused" for t in taken) or any(p for _, p in problems))


def _tell(classroom, taken: list, problems: list) -> None:
    for module, problem in problems:
        click.echo(f"{ui.mark(not problem)} exchange {module}: {problem or 'fetched'}")
    for one in taken:
        if one.status == "refused":
            click.echo(f"{ui.mark(False)} refused: {one.source}: {one.note}")
            continue
        receipt = {"agrees": "receipt agrees", "none": "no receipt", "differs": ""}[one.receipt]
        notes = "; ".join(n for n in (receipt, one.note) if n)
        sign = ui.mark(None if one.note else True)
        click.echo(f"{sign} {one.student} {one.module} {one.time} {one.status} ({notes})")
    counts = {word: sum(t.status == word for t in taken) for word in ("new", "newer", "older", "same", "refused")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    if taken:
        click.echo(f"{len(taken)} notebooks: {told}.")
    elif not problems:
        click.echo(f"Nothing found. Put what you downloaded into {classroom.root / 'inbox'}, or name it.")
