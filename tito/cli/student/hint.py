"""`tito hint`: the next rung of an exercise's ladder of hints."""

import re
import textwrap

import click

from tito.cli import ui


@click.command("hint")
@click.argument("exercise", metavar="NN.EXERCISE")
@click.option("--again", is_flag=True, help="Show the last hint again; do not go on.")
@click.option("--all", "every", is_flag=True, help="Show all the hints.")
@ui.json_option
def command(exercise: str, again: bool, every: bool, as_json: bool) -> None:
    """Give the next hint for an exercise.

    For example: tito hint 01.broadcast. Each call goes one step further; the last hint is
    repeated when there are no more.
    """
    from tito import hints, tex

    if again and every:
        raise click.UsageError("--again and --all exclude each other.")
    found = hints.climb(ui.course("course", "workspace"), exercise, again=again, every=every)
    if as_json:
        ui.print_json("hint/1", **found)
        return
    if found["note"]:
        click.echo(found["note"], err=True)
    for number, text in found["hints"]:
        click.echo(ui.style(f"Hint {number} of {found['count']} for {found['short']}", bold=True))
        click.echo(_wrapped(tex.readable(text) if ui.unicode_ok() else text) + "\n")
    if not found["count"]:
        click.echo(f"{found['short']} has no hints: its text says it all.")
    elif found["shown"] < found["count"]:
        click.echo(f"Another hint: tito hint {found['short']}")
    elif not every:
        click.echo("That was the last hint." if not found["repeated"] else "There are no more hints: this is the last.")


def _wrapped(text: str) -> str:
    """The hint, indented and at most 80 columns wide; paragraphs are filled, lines of code stay as they are."""
    lines, paragraph, code = [], [], False
    for line in [*text.splitlines(), ""]:
        fence = line.lstrip().startswith("```")
        if not (code or fence) and re.match(r"[^\s|$]", line) and not re.match(r"([-*]|\d+\.) ", line):
            paragraph.append(line)
            continue
        lines += _filled(" ".join(paragraph))
        code, paragraph = code ^ fence, []
        lines += [line] if code or fence or len(line) <= 76 or line.startswith("    ") else _filled(line)
    return textwrap.indent("\n".join(lines[:-1]), "  ")


def _filled(text: str) -> list[str]:
    """Lines of at most 76 characters, none of which ends inside backticks, where the code is not longer itself."""
    held = re.sub(r"`[^`]{,74}`", lambda code: code[0].replace(" ", "\0"), text)
    lines = textwrap.wrap(held, 76, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]
