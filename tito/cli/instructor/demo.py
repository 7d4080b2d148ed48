"""`tito class demo`: a demonstration class on the real notebooks."""

import os

import click

from tito.cli import ui


@click.command("demo")
@ui.json_option
def command(as_json: bool) -> int:
    """Lead four made-up students through the whole chain.

    Made anew in build/demo each time: real workspaces, submitted zips, nbgrader's autograding, feedback
    pages and the table of points; at the end the exported tinytorch at work. Exit code 1 if anything
    comes out otherwise than it must.
    """
    from tito.cli.progress import Progress
    from tito.grading import demo

    course = ui.course("course")
    say = (lambda text: None) if as_json else click.echo
    progress = Progress("Graded", quiet=as_json)
    try:
        outcome = demo.run(course, say, lambda done, count, r: progress(done, count, f"{r['student']} {r['module']}"))
    finally:
        progress.close()
    problems = demo.shortcomings(outcome)
    xor = demo.xor(course)
    if as_json:
        ui.print_json("class-demo/1", **outcome.data, story=outcome.story, xor=xor, problems=problems)
    else:
        _tell(course, outcome, xor)
    for problem in problems:
        click.echo(f"tito: {problem}", err=True)
    return int(bool(problems))


def _tell(course, outcome, xor: str | None) -> None:
    from tito.cli.instructor.report import show

    for student, story in outcome.story.items():
        for line in story or ["everything right"]:
            click.echo(f"  {student:5s} {line}")
    show(outcome.data)
    folder = os.path.relpath(outcome.classroom.root)
    click.echo(f"{len(outcome.pages)} feedback pages in {folder}/feedback, the gradebook is {folder}/gradebook.db")
    if xor:
        click.echo("\nThe exported tinytorch at work: XOR from two layers with weights set by hand")
        click.echo(xor, nl=False)
