"""`tito init`: make a student's workspace."""

import shlex
from collections import Counter
from pathlib import Path

import click

from tito.cli import ui


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--student", metavar="ID", default="", help="The student's id, for submissions.")
@ui.json_option
def command(directory: Path, student: str, as_json: bool) -> None:
    """Make a student's workspace in DIR, with the released notebooks.

    Run it in the course's folder. In a workspace that is there already it puts back what is
    missing and touches nothing else.
    """
    from tito import workspace

    added = workspace.create(_course(), directory, student)
    if as_json:
        ui.print_json("init/1", directory=str(directory.resolve()), added=added, kept=added.kept)
        return
    if not added:
        click.echo(f"{directory} is a workspace already and complete; nothing was changed.")
    else:
        count = sum(name.startswith("notebooks/") for name in added)
        click.echo(f"{directory}: {len(added)} files added, {count} of them notebooks.")
    if added.kept:
        click.echo(ui.message(f"Kept, though the course's are other ones by now: {_by_folder(added.kept)}.", ""))
        click.echo("To have the course's, delete yours (not tinytorch/core) and run tito init again.")
    if not added:
        return
    click.echo(f"Next:  cd {shlex.quote(str(directory))}\n       make setup      (Windows: py -m tito setup)")


def _by_folder(files: list[str]) -> str:
    """Files at the top by name, others by their folder: "README.md, tito (47 files)"."""
    folders = Counter(name.rpartition("/")[0] and name.partition("/")[0] for name in files)
    rest = [f"{name} ({count} file{'s' * (count > 1)})" for name, count in folders.items() if name]
    return ", ".join([name for name in files if "/" not in name] + rest)


def _course():
    """The course around the current folder, else the one that this tito belongs to."""
    from tito.course import Course
    from tito.errors import USAGE, TitoError

    for start in (Path.cwd(), Path(__file__).resolve().parents[3]):
        try:
            return Course.find(start)
        except TitoError as error:
            if error.code != USAGE:
                raise
    raise TitoError("There is no course here to make a workspace from.", "Run it in the course's folder.", USAGE)
