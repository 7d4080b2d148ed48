"""`tito class roster`: who is in the class."""

from pathlib import Path

import click

from tito.cli import ui


@click.group("roster", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show the class's students; add, import or remove some."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@command.command("list")
@ui.json_option
def show(as_json: bool = False) -> None:
    """Show the students."""
    from dataclasses import asdict

    students = _classroom().students()
    if as_json:
        ui.print_json("class-roster/1", students=[asdict(s) for s in students])
    elif students:
        rows = [[s.id, s.first_name, s.last_name, s.email] for s in students]
        ui.table(["id", "first name", "last name", "e-mail"], rows)
    else:
        click.echo("No students yet. Run: tito class roster import FILE.csv")


@command.command("add")
@click.argument("student")
@click.option("--first-name", default="", help="First name.")
@click.option("--last-name", default="", help="Last name.")
@click.option("--email", default="", help="E-mail address.")
def add(student: str, first_name: str, last_name: str, email: str) -> None:
    """Add STUDENT (an id), or change the names of one."""
    from tito.grading.classroom import Student, add_students

    _tell(*add_students(_classroom(), [Student(student, first_name, last_name, email)]))


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def take(file: Path) -> None:
    """Take over the students of a CSV file.

    Its columns: id,first_name,last_name,email. Only id is needed. If one line is wrong, nothing is taken over.
    """
    from tito.grading.classroom import add_students, read_roster

    _tell(*add_students(_classroom(), read_roster(file)))


@command.command("remove")
@click.argument("students", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Also those who have handed in work; their files and grades stay.")
def remove(students: tuple[str, ...], force: bool) -> None:
    """Take STUDENTS (ids) off the roster."""
    from tito.grading.classroom import remove_students

    remove_students(_classroom(), students, force)
    click.echo(f"Removed: {', '.join(students)}")


def _classroom():
    from tito.grading.classroom import Classroom

    return Classroom.find()


def _tell(added: list[str], changed: list[str]) -> None:
    for word, students in (("Added", added), ("Changed", changed)):
        if students:
            click.echo(f"{word} {len(students)}: {', '.join(students)}")
    if not added and not changed:
        click.echo("Nothing new.")
