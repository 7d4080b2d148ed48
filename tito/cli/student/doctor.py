"""`tito doctor`: look for what is wrong here."""

import click

from tito.cli import ui


@click.command("doctor")
@click.option("--full", is_flag=True, help="Also start a Jupyter kernel (a few seconds).")
@ui.json_option
def command(full: bool, as_json: bool) -> int:
    """Look for what is wrong here, and name the command that mends it.

    Exit code 3 if anything is.
    """
    from tito import doctor
    from tito.errors import ENVIRONMENT, OK

    findings = []
    for finding in doctor.examine(_root(), full):
        findings.append(finding)
        if not as_json:
            _show(finding)
    wrong = [f for f in findings if not f.ok]
    if as_json:
        ui.print_json("doctor/1", ok=not wrong, findings=[f.facts() for f in findings])
    else:
        click.echo(f"\n{len(wrong)} of {len(findings)} need mending." if wrong else "\nAll is well.")
    return ENVIRONMENT if wrong else OK


def _show(finding) -> None:
    click.echo(f"{ui.mark(finding.ok)} {finding.name:12s} {finding.detail}")
    if finding.mend:
        click.echo(f"  {'':12s} mend it: {ui.style(finding.mend, bold=True)}")


def _root():
    """The folder around the current one that has a settings.ini, even a damaged one."""
    from pathlib import Path

    from tito.bootstrap import SetupError, project_root
    from tito.errors import USAGE, TitoError

    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "settings.ini").is_file() and (folder / "pyproject.toml").is_file():
            return folder
    try:
        return project_root(Path.cwd())
    except SetupError as error:
        raise TitoError(str(error), "", USAGE) from None
