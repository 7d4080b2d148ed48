"""`tito class grade`: run the submissions and record their points."""

import contextlib
import signal

import click

from tito.cli import ui
from tito.visible import visible_line


@click.command("grade")
@click.argument("modules", nargs=-1)
@click.option("--student", "students", multiple=True, metavar="ID", help="Only this student (may be repeated).")
@click.option("--again", is_flag=True, help="Also what has not changed since it was graded.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="Where the work is done.")
@click.option("--jobs", type=click.IntRange(1), help="Workers side by side (default: one for each core).")
@click.option("--outputs", is_flag=True, help="Also run demonstrations, and keep what they show.")
@click.option("--unsafe-local", is_flag=True, help="Without a sandbox: submissions run with your own rights.")
@ui.json_option
def command(modules: tuple[str, ...], students: tuple[str, ...], as_json: bool, **options) -> int:
    """Grade the submissions of MODULES (default: all).

    What is new or changed is run in a sandbox and judged apart from it. Stopped with Ctrl-C, or by anything else,
    the next run goes on. Exit code 1 if anything needs a person or was not graded.
    """
    from tito.cli.progress import Progress
    from tito.grading import grade
    from tito.grading.classroom import Classroom

    classroom = Classroom.find()
    chosen, notes = classroom.modules(modules)
    classroom.check_known(students)
    for note in notes:
        click.echo(note, err=True)
    level = "unsafe-local" if options.pop("unsafe_local") else "auto"
    settings = grade.Options(students, level=level, jobs=options.pop("jobs") or 0, **options)
    progress = Progress("Graded", quiet=as_json)
    try:
        with _one_interrupt():
            rows = grade.grade(classroom, chosen, heard=lambda *facts: _hear(progress, *facts), options=settings)
    except _Stopped as stopped:
        with contextlib.suppress(OSError):  # the terminal may be gone
            progress.close()
            click.echo("Stopped. What is graded is recorded; go on with the same command.", err=True)
        return 128 + stopped.args[0]
    finally:
        with contextlib.suppress(OSError):
            progress.close()
    left_out = classroom.left_out()
    if as_json:
        ui.print_json("class-grade/2", submissions=rows, left_out=left_out)
    else:
        _tell(rows, left_out)
    return int(bool(left_out) or any(r["status"] != grade.GRADED for r in rows))


class _Stopped(KeyboardInterrupt):
    """A signal, whose number it holds, asked the run to stop."""


@contextlib.contextmanager
def _one_interrupt():
    """The first Ctrl-C, SIGTERM or SIGHUP stops the run; further ones shall not stop its stopping, to the end.

    One that is ignored stays so (nohup).
    """
    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}

    def stop(number, frame):
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise _Stopped(number)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, handler)


def _hear(progress, done: int, count: int, row: dict) -> None:
    with contextlib.suppress(OSError):  # a terminal that was closed
        progress(done, count, row["module"])


def _tell(rows: list[dict], left_out: list[str]) -> None:
    for name in left_out:
        why = "its name is no id (letters, digits and . _ @ - only). Rename it."
        ui.say(f"submitted/{visible_line(name)} is left out: {why}", err=True)
    for row in rows:
        if row["status"] != "graded":
            reason = f": {row['reason']}" if row["reason"] else ""
            if row["earlier"] is not None:
                reason += f". The gradebook still holds the {row['earlier']:g} points of an earlier submission"
            click.echo(ui.message(f"{row['student']} {row['module']} {_words(row['status'])}{reason}", ""))
        for remark in row["remarks"]:
            click.echo(ui.message(f"{row['student']} {row['module']} {remark}", ""))
    if not rows:
        click.echo("Next: tito class collect")
        return
    states = ("graded", "needs_staff", "waiting")
    lines = [[m, *(str(n) for n in _counts(rows, m, states))] for m in dict.fromkeys(r["module"] for r in rows)]
    ui.table(["module", *(_words(s) for s in states), "graded now"], lines)
    new = sum(r["new"] for r in rows)
    click.echo(f"{len(rows)} submissions: {new} graded now, {len(rows) - new} unchanged.")
    click.echo("Next: tito class feedback   and: tito class report")


def _counts(rows: list[dict], module: str, states: tuple[str, ...]) -> list[int]:
    own = [r for r in rows if r["module"] == module]
    return [*(sum(r["status"] == s for r in own) for s in states), sum(r["new"] for r in own)]


def _words(status: str) -> str:
    return status.replace("_", " ")
