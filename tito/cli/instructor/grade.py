"""`tito class grade`: run the submissions and record their points."""

import click

from tito.cli import ui


@click.command("grade")
@click.argument("modules", nargs=-1)
@click.option("--student", "students", multiple=True, metavar="ID", help="Only this student (may be repeated).")
@click.option("--again", is_flag=True, help="Also what has not changed since it was graded.")
@ui.json_option
def command(modules: tuple[str, ...], students: tuple[str, ...], again: bool, as_json: bool) -> int:
    """Autograde the submissions of MODULES (default: all).

    nbgrader runs what is new or changed. Stopped with Ctrl-C, the next run goes on. Students' code runs
    with your rights in this version: see docs/instructor.md.
    """
    from tito.cli.progress import Progress
    from tito.grading import grade
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    for student in students:
        if not (classroom.root / "submitted" / student).is_dir():
            classroom.student(student)
    for note in notes:
        click.echo(note, err=True)
    progress = Progress("Graded", quiet=as_json)
    try:
        rows = grade.grade(
            classroom,
            chosen,
            students,
            again,
            lambda done, count, r: progress(done, count, f"{r['student']} {r['module']}"),
        )
    finally:
        progress.close()
    if as_json:
        ui.print_json("class-grade/1", submissions=rows)
    else:
        _tell(rows)
    return int(any(r["status"] != grade.GRADED for r in rows))


def _tell(rows: list[dict]) -> None:
    for row in rows:
        if row["status"] != "graded":
            click.echo(f"{ui.mark(False)} {row['student']} {row['module']} {row['status']}: {row['reason']}")
    new = [r for r in rows if r["new"]]
    click.echo(f"{len(rows)} submissions: {len(new)} graded now, {len(rows) - len(new)} unchanged.")
    click.echo("Next: tito class feedback   and: tito class report" if rows else "Next: tito class collect")
