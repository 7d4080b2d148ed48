"""`tito milestone`: the pieces of history that the framework rebuilds."""

import click

from tito.cli import ui


@click.command("milestone")
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--all", "everything", is_flag=True, help="Run all of them, one after the other.")
@ui.json_option
def command(name: str | None, everything: bool, as_json: bool) -> int:
    """Rebuild a piece of history with your framework.

    NAME is a milestone, a year or a part of the name. Without it: the list of milestones, what each
    needs, how long it takes and whether it is done. Exit code 1 if a claim fails, a run takes longer
    than it may, or a module is missing.
    """
    from dataclasses import replace

    from tito import milestones
    from tito.course import COURSE, WORKSPACE
    from tito.errors import USAGE, TitoError

    if name and everything:
        raise TitoError("Give a NAME or --all, not both.", "See: tito milestone --help", USAGE)
    course = ui.course(COURSE, WORKSPACE)
    if not name and not everything:
        _show(milestones.every(course), as_json)
        return 0
    chosen = milestones.every(course) if everything else [milestones.find(course, name)]
    codes, facts = [], []
    for milestone in chosen:
        code, result = milestones.run(course, milestone, quiet=as_json)
        codes.append(code)
        facts.append(replace(milestone, result=result).facts())
        if everything and not as_json:
            click.echo()
    if as_json:
        ui.print_json("milestone/1", milestones=facts)
    return max(codes, default=0)


def _show(known: list, as_json: bool) -> None:
    if as_json:
        ui.print_json("milestone/1", milestones=[m.facts() for m in known])
        return
    if not known:
        click.echo("There are no milestones here.")
    width = max((len(m.name) for m in known), default=0)
    indent = " " * (width + 4)
    for milestone in known:
        told = ui.message(f"{milestone.title}\n{_state(milestone)}", indent).removeprefix(indent)
        click.echo(f"{ui.mark(milestone.done or None)} {milestone.name:<{width}}  {told}")
    following = next((m for m in known if not m.done), None)
    if following:
        click.echo(f"\nNext: {_next_step(following)}")


def _state(milestone) -> str:
    takes = f"{', '.join(milestone.needs)}{_time(milestone)}"
    if milestone.done:
        return f"needs {takes}; done"
    missing = ", ".join(slug[:2] for slug in milestone.missing)
    return f"needs {takes}; to be built: {missing}" if missing else f"needs {takes}; ready to run"


def _time(milestone) -> str:
    """How long it takes: as long as it last took here, else what the program says of itself."""
    trials = (milestone.result or {}).get("trials")
    if trials:
        return f"; took {_spoken(sum(t['seconds'] for t in trials))}"
    return f"; takes about {_spoken(milestone.seconds)}" if milestone.seconds else ""


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _next_step(milestone) -> str:
    if milestone.missing:
        return f"tito open {milestone.missing[0][:2]}   ({milestone.name} needs it)"
    return f"tito milestone {milestone.name}"
