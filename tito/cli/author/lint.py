"""`tito dev lint`: the rules of style and form, with file and line."""

import click

from tito.cli import ui


@click.command(name="lint")
@click.argument("modules", metavar="[NN...]", nargs=-1)
@click.option("--fix", is_flag=True, help="Bring the sources into canonical form first.")
@click.option("--rules", is_flag=True, help="List the rules.")
@ui.json_option
def command(modules: tuple[str, ...], fix: bool, rules: bool, as_json: bool) -> int:
    """Check the sources against the course's rules."""
    from tito import lint
    from tito.course import COURSE

    if rules:
        for rule in lint.RULES:
            click.echo(f"{rule.__name__}: {rule.__doc__}")
        return 0
    course = ui.course(COURSE)
    chosen = [ui.module(course, text) for text in modules] or course.modules
    fixed = [m.slug for m in chosen if fix and lint.fix(m)]
    findings = lint.lint(course, chosen)
    if as_json:
        facts = [{"file": f.file, "line": f.line, "rule": f.rule, "message": f.message} for f in findings]
        ui.print_json("lint/1", findings=facts, fixed=fixed)
        return int(bool(findings))
    for slug in fixed:
        click.echo(f"{slug}: brought into canonical form")
    for finding in findings:
        click.echo(str(finding))
    count = f"{len(findings)} findings" if findings else "nothing to find fault with"
    click.echo(f"{ui.mark(not findings)} {len(chosen)} modules: {count}")
    return int(bool(findings))
