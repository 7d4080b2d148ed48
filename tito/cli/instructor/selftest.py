"""`tito class selftest`: does the grader hold on this machine?"""

import click

from tito.cli import ui


@click.command("selftest")
@click.option("--jobs", type=click.IntRange(1), help="Workers side by side (default: one for each core).")
@click.option("--unsafe-local", is_flag=True, help="Without a sandbox, to see what falls then.")
@ui.json_option
def command(jobs: int | None, unsafe_local: bool, as_json: bool) -> int:
    """Try to break out and to cheat, on the machine that will grade.

    Probes of the sandbox, the corpus of hostile submissions, and submissions whose points are known. Some attacks wait
    for a deadline: it takes minutes. Exit code 1 if anything falls.
    """
    from dataclasses import asdict

    from tito.course import CLASS, WORKSPACE, Course
    from tito.errors import USAGE, TitoError

    found = ui.course()
    if found.kind == WORKSPACE:
        raise TitoError(
            f"{found.root} is a workspace: the grading host tests itself.", "Go to the class folder.", USAGE
        )
    from tito.grading import selftest
    from tito.grading.classroom import Classroom

    course = Classroom(found.root).course if found.kind == CLASS else Course(found.root)
    findings = []
    for finding in selftest.run(course, "unsafe-local" if unsafe_local else "auto", jobs or 0):
        findings.append(finding)
        if not as_json and not finding.held:
            click.echo(ui.message(f"{ui.mark(False)} {finding.part}, {finding.name}: {finding.detail}", ""))
    fell = [f for f in findings if not f.held]
    if as_json:
        ui.print_json("class-selftest/1", findings=[asdict(f) for f in findings], fell=len(fell))
        return int(bool(fell))
    rows = []
    for part in selftest.PARTS:
        own = [f for f in findings if f.part == part]
        rows.append([part, str(len(own)), str(sum(f.held for f in own)), str(sum(not f.held for f in own))])
    ui.table(["", "tried", "held", "fell"], rows)
    return int(bool(fell))
