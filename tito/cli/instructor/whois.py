"""`tito class whois`: the student behind a pseudonym of the logs."""

import click

from tito.cli import ui


@click.command("whois")
@click.argument("pseudonym")
@ui.json_option
def command(pseudonym: str, as_json: bool) -> None:
    """Show which student a PSEUDONYM in the logs stands for.

    Logs hold no id, name or e-mail address; only the key in the class folder leads back.
    """
    from dataclasses import asdict

    from tito.grading import privacy
    from tito.grading.classroom import Classroom

    student = privacy.whois(Classroom.find(), pseudonym)
    if as_json:
        ui.print_json("class-whois/1", **asdict(student))
    else:
        ui.say(student.id if student.name == student.id else f"{student.id}  {student.name}")
