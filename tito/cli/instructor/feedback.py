"""`tito class feedback`: write the pages that go back to students."""

import click

from tito.cli import ui


@click.command("feedback")
@click.argument("modules", nargs=-1)
@click.option("--student", "students", multiple=True, metavar="ID", help="Only this student (may be repeated).")
@click.option("--reveal", is_flag=True, help="With the hidden tests, and what they said.")
@ui.json_option
def command(modules: tuple[str, ...], students: tuple[str, ...], reveal: bool, as_json: bool) -> int:
    """Write a page for each submission of MODULES (default: all).

    The pages are in feedback/ID/NN_name/; each is one file that needs no network. Of a hidden test that fails they
    tell the title only, until --reveal.
    """
    from tito.cli.progress import Progress
    from tito.grading import feedback
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    classroom.check_known(students)
    for note in notes:
        click.echo(note, err=True)
    progress = Progress("Wrote", quiet=as_json)
    try:
        rows = feedback.write(
            classroom, chosen, students, lambda done, count, r: progress(done, count, r["module"]), reveal
        )
    finally:
        progress.close()
    if error := feedback.nothing_graded(rows):
        raise error
    if as_json:
        ui.print_json("class-feedback/1", pages=rows)
    else:
        _tell(classroom, rows)
    return int(any(not r["path"] for r in rows))


def _tell(classroom, rows: list[dict]) -> None:
    for row in rows:
        if not row["path"]:
            reason = row["problem"] or "not graded yet (tito class grade)"
            ui.say(f"{ui.mark(False)} {row['student']} {row['module']}: {reason}")
    click.echo(f"{sum(bool(r['path']) for r in rows)} pages in {classroom.root / 'feedback'}")
