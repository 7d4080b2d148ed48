"""`tito submit`: hand a notebook in."""

import sys
from pathlib import Path

import click

from tito.cli import ui


@click.command("submit")
@click.argument("module", metavar="NN")
@click.option("--student", metavar="ID", default="", help="Your id; kept in settings.ini.")
@click.option("--exchange", is_flag=True, help="Hand in through nbgrader's exchange instead of a zip.")
@click.option("--force", is_flag=True, help="Also a notebook that cannot be read, or with every exercise open.")
@ui.json_option
def command(module: str, student: str, exchange: bool, force: bool, as_json: bool) -> None:
    """Pack a module's notebook for the instructor, with a receipt.

    Makes a zip under submissions/. Open exercises and checks that fail are named, but do not stop it.
    """
    from tito import submission, workspace

    course = ui.course("workspace")
    chosen = ui.module(course, module)
    student = _student(course, workspace, student, as_json)
    if not force and submission.is_untouched(course, chosen):
        _ask_about_empty(chosen, as_json)
    notes = submission.warnings(course, chosen)
    if exchange:
        done = submission.to_exchange(course, chosen, student, force)
    else:
        done = submission.pack(course, chosen, student, force)
    if as_json:
        ui.print_json("submit/1", **done, warnings=notes)
        return
    for note in notes:
        click.echo(click.wrap_text(f"{ui.style('Warning:', fg='yellow', bold=True)} {note}", 80, "", "  "))
    _tell(done, exchange)


def _ask_about_empty(module, as_json: bool) -> None:
    """A notebook without any work in it goes out only if that is meant."""
    from tito.errors import FAILED, TitoError

    what = f"Every exercise of {module.slug} is still open: there is nothing to grade."
    if not as_json and sys.stdin.isatty() and click.confirm(f"{what} Hand it in all the same?"):
        return
    number = f"{module.number:02d}"
    raise TitoError(
        f"{what} Nothing was handed in.",
        f"Is it saved? See: tito test {number}   Hand it in all the same: tito submit {number} --force",
        FAILED,
    )


def _student(course, workspace, student: str, as_json: bool) -> str:
    """The id from --student, else from settings.ini, else asked for in a terminal."""
    from tito.errors import USAGE, TitoError

    known = workspace.student_id(course)
    if not student and not known:
        if as_json or not sys.stdin.isatty():
            raise TitoError("Who hands in? Your workspace has no student id.", "Give it once: --student ID", USAGE)
        student = click.prompt("Your student id").strip()
    if student and student != known:
        workspace.remember_student(course, student)
    return workspace.checked_student(student or known)


def _tell(done: dict, exchange: bool) -> None:
    receipt = done["receipt"]
    click.echo(f"{receipt['module']} by {receipt['student']} at {receipt['time']}")
    click.echo(f"sha256 {receipt['sha256']}")
    if exchange:
        click.echo("Handed in through the exchange.")
    else:
        click.echo(f"Packed: {Path(done['path'])}\nHand this file to your instructor.")
