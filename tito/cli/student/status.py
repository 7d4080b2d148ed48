"""`tito status`, and bare `tito`: where you are and the next step."""

import click

from tito.cli import ui

COLUMNS = ("module", "exercises", "checks", "exported", "submitted")


@click.command("status")
@ui.json_option
def command(as_json: bool) -> None:
    """Show where you are, module by module, and the next step."""
    from tito import status

    here = status.where()
    if as_json:
        ui.print_json("status/1", **here)
    else:
        _show(here)


def where_am_i() -> None:
    """What bare `tito` prints: the status, or outside of any course how to get into one."""
    from tito import status

    _show(status.where())


def _show(here: dict) -> None:
    click.echo(ui.style(here["title"], bold=True) + (f"  {here['folder']}" if here["folder"] else ""))
    if here["kind"] == "workspace" and here["modules"]:
        click.echo()
        _show_modules(here["modules"])
    for line in here["notes"]:
        click.echo(f"  {line}")
    click.echo()
    for number, (what, how) in enumerate(here["next"]):
        click.echo(f"{'Next: ' if not number else '      '} {how:26s} {what}")


def _show_modules(modules: list[dict]) -> None:
    rows = [_row(m) for m in modules]
    widths = [max(len(r[i]) for r in [COLUMNS, *rows]) for i in range(len(COLUMNS))]
    click.echo(ui.style("  ".join(["", " ", *_padded(COLUMNS, widths)]).rstrip(), dim=True))
    for module, row in zip(modules, rows, strict=True):
        sign = ui.mark(module["done"] or None) if module["begun"] else " "
        click.echo("  ".join(["", sign, *_padded(row, widths)]).rstrip())


def _padded(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [text.ljust(width) for text, width in zip(row, widths, strict=True)]


def _row(module: dict) -> tuple[str, ...]:
    filled, count = module["filled"], module["exercises"]
    exercises = module["problem"] or (f"{filled} of {count}" if count else "none")
    exported = {"": "", "yes": "yes", "old": "out of date"}[module["exported"]]
    submitted = "out of date" if module["submission"] == "old" else module["submitted"][:10]
    return module["module"], exercises, _passed(module["checks"]), exported, submitted


def _passed(checks: dict | None) -> str:
    if checks is None:
        return ""
    return f"{checks['passed']} of {checks['total']}" if checks["fresh"] else "changed since"
