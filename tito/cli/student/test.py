"""`tito test`: the visible checks of a notebook, one line each."""

import re

import click

from tito.cli import ui


@click.command(name="test")
@click.argument("module", metavar="NN[.EXERCISE]")
@click.option("--timeout", default=20.0, show_default=True, help="Seconds that one cell may take.")
@click.option("--all", "everything", is_flag=True, help="Run the demonstration cells too.")
@click.option("--judge", is_flag=True, help="Run the checks as in grading, apart from the notebook's process.")
@ui.json_option
def command(module: str, timeout: float, everything: bool, judge: bool, as_json: bool) -> int:
    """Run the checks of a module's notebook, or of one exercise."""
    from tito import check, workspace
    from tito.course import COURSE, WORKSPACE

    course = ui.course(COURSE, WORKSPACE)
    name, _, exercise = module.partition(".")
    chosen = ui.module(course, name)
    show = None if as_json else _show
    run = _judge if judge else check.run
    checks = run(course, chosen, exercise or None, timeout, each=show, everything=everything)
    passed = [c for c in checks if c.status == check.PASSED]
    if not exercise:
        workspace.record_checks(course, chosen, checks)
    if as_json:
        facts = [c.facts() for c in checks]
        ui.print_json("test/1", module=chosen.slug, passed=len(passed) == len(checks), checks=facts, notes=checks.notes)
    else:
        _summary(chosen, checks, passed, judge, exercise)
    return 0 if checks and len(passed) == len(checks) else 1


def _judge(*args, **kwargs):
    from tito.grading import own

    return own.run(*args, **kwargs)


def _show(check) -> None:
    """One line for a check, named by its exercise, and below it why it fails, if it does."""
    signs = {"passed": True, "failed": False}
    name = ", ".join(check.exercises) or check.grade_id
    points = f"{check.points:g} pt"
    click.echo(f"{ui.mark(signs.get(check.status))} {name:<52} {points:>6} {check.seconds:7.2f} s")
    if check.message:
        click.echo(ui.message(check.message))


def _exercise(module, checks: list) -> str:
    """The exercise, or the exercises, that these checks judge, as one types them."""
    from tito.notebooks import short_name

    names = dict.fromkeys(name for c in checks for name in c.exercises or [c.grade_id])
    return ", ".join(f"{module.number:02d}.{short_name(name, module)}" for name in names)


def _awaited(module, checks: list) -> str:
    """The exercise that a check waits for, as one types it, where no check here is its own; else ""."""
    from tito.notebooks import short_name

    own = {name for c in checks for name in c.exercises}
    for check in checks:
        found = re.fullmatch(r"waiting for ([\w-]+)", check.message)
        if check.status == "waiting" and found and found[1] not in own:
            return f"{module.number:02d}.{short_name(found[1], module)}"
    return ""


def _summary(module, checks: list, passed: list, judge: bool, exercise: str) -> None:
    for note in checks.notes:
        click.echo(ui.message(f"note: {note}", "  ").removeprefix("  "))
    if not checks:
        click.echo(f"{module.slug} has no checks.")
    elif len(passed) == len(checks):
        total = sum(c.points for c in checks)
        which = "visible checks" + f" of {_exercise(module, checks)}" * bool(exercise) + ", run apart," * judge
        click.echo(ui.message(f"All {which} pass ({total:g} points); hidden ones run at grading.", ""))
    else:
        got, total = (sum(c.points for c in some) for some in (passed, checks))
        click.echo(f"{len(passed)} of {len(checks)} checks pass, {got:g} of {total:g} points.")
        failed = [c for c in checks if c.status == "failed" and c.exercises]
        if failed:
            click.echo(f"A hint: tito hint {_exercise(module, failed[:1]).partition(',')[0]}")
        elif awaited := _awaited(module, checks):
            click.echo(f"Next: tito test {awaited}")
