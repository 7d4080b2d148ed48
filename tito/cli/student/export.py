"""`tito export`: a notebook becomes a part of the student's own tinytorch."""

import click

from tito.cli import ui


@click.command(name="export")
@click.argument("modules", metavar="NN...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Export even if checks fail.")
@ui.json_option
def command(modules: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Export a module's notebook into tinytorch, if its checks pass."""
    from tito import export, workspace
    from tito.course import COURSE, WORKSPACE

    course = ui.course(COURSE, WORKSPACE)
    done = []
    for module in [ui.module(course, text) for text in modules]:
        file = export.export(course, module, force).relative_to(course.root).as_posix()
        workspace.record(course, module, exported=True)
        done.append({"module": module.slug, "file": file, "checked": not force})
        if not as_json:
            name = file.removesuffix(".py").replace("/", ".")
            click.echo(f"{ui.mark(None if force else True)} {module.slug} is now {file}:\n  from {name} import ...")
            if force:
                click.echo(f"  Its checks were not run. See how they go: tito test {module.number:02d}")
    if as_json:
        ui.print_json("export/1", exported=done)
