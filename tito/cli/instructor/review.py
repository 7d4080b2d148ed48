"""`tito class review`: nbgrader's formgrader on the class's gradebook."""

import click


@click.command("review", context_settings={"ignore_unknown_options": True})
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def command(no_browser: bool, options: tuple[str, ...]) -> int:
    """Look through the submissions in nbgrader's formgrader.

    It runs on this computer only (127.0.0.1, with a token) until Ctrl-C. What you enter is kept by the next
    `tito class grade` and stands in the feedback. OPTIONS are JupyterLab's own.
    """
    from tito.grading import review
    from tito.grading.classroom import Classroom

    return review.start(Classroom.find(), (*(["--no-browser"] if no_browser else []), *options))
