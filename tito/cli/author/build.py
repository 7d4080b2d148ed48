"""`tito dev build`: source to notebook to release to package."""

import time

import click

from tito.cli import ui


@click.command(name="build")
@click.argument("modules", metavar="[NN...]", nargs=-1)
@ui.json_option
def command(modules: tuple[str, ...], as_json: bool) -> None:
    """Build notebooks, releases and the package from the sources.

    Without NN: every module. What is up to date is left as it is.
    """
    from tito import export, notebooks
    from tito.course import COURSE

    course = ui.course(COURSE)
    chosen = [ui.module(course, text) for text in modules] or course.modules
    say = (lambda text: None) if as_json else click.echo
    start = time.perf_counter()
    new = [m.slug for m in chosen if not _is_fresh(course, m)]
    if new:
        say(f"building {len(new)} of {len(chosen)} modules ...")
    releases = notebooks.release(course, chosen)
    say(f"{ui.mark(True)} {len(releases)} notebooks and releases  {time.perf_counter() - start:6.2f} s")
    done = []
    for module, release in zip(chosen, releases, strict=True):
        begun = time.perf_counter()
        file = export.export(course, module, checked=False)
        files = {"notebook": course.notebooks / module.notebook, "release": release, "package": file}
        paths = {kind: path.relative_to(course.root).as_posix() for kind, path in files.items()}
        seconds = round(time.perf_counter() - begun, 3)
        done.append({"module": module.slug, "new": module.slug in new, **paths, "seconds": seconds})
        state = "built" if module.slug in new else "up to date"
        say(f"{ui.mark(True)} {module.slug:<20} {state:<10} {paths['package']:<34} {seconds:6.2f} s")
    export.write_built_by(course)
    if as_json:
        ui.print_json("build/1", built=done, seconds=round(time.perf_counter() - start, 3))


def _is_fresh(course, module) -> bool:
    from tito import export, notebooks

    notebook = course.notebooks / module.notebook
    return (
        notebooks.is_built(course, module)
        and notebooks.is_released(course, module)
        and (export.is_exported(course, module, notebook))
    )
