"""The command line: one small file per command, found by its name.

cli/student/export.py is `tito export`, cli/instructor/collect.py is `tito class collect`,
cli/author/build.py is `tito dev build`; each defines `command`. A file imports only click and
tito.cli.ui at its top, so that `tito --help` stays fast; the parts are imported when they run.
"""

import importlib
import os
import sys
from pathlib import Path

import click

from tito.errors import ENVIRONMENT, FAILED, TitoError
from tito.visible import visible

_HERE = Path(__file__).parent


class Folder(click.Group):
    """A group whose commands are the files of one folder."""

    def __init__(self, folder: str, order: tuple[str, ...] = (), **kwargs):
        super().__init__(**kwargs)
        self.folder, self.order = folder, order

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the folder's commands, in the order in which they are learned."""
        names = {f.stem for f in (_HERE / self.folder).glob("*.py") if f.stem != "__init__"}
        names |= set(self.commands)
        return sorted(names, key=lambda n: (self.order.index(n) if n in self.order else 99, n))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name; its file is imported only now."""
        if name in self.commands:
            return self.commands[name]
        if name not in self.list_commands(ctx):
            return None
        return importlib.import_module(f"tito.cli.{self.folder}.{name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The folder's own commands, and the groups that are for others than students below them."""
        names = self.list_commands(ctx)
        room = formatter.width - 4 - max(map(len, names))
        for title, groups in (("Commands", False), ("For instructors and authors", True)):
            chosen = [n for n in names if (n in self.commands) == groups]
            rows = [(n, self.get_command(ctx, n).get_short_help_str(room)) for n in chosen]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows, col_max=max(map(len, names)), col_spacing=2)

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """The command that args name; for a wrong name, the nearest one is offered."""
        import difflib

        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"See: {ctx.command_path} --help"
            raise click.UsageError(f"There is no command '{args[0]}'. {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Folder,
    folder="student",
    order=(
        "setup",
        "doctor",
        "init",
        "lab",
        "status",
        "open",
        "test",
        "hint",
        "export",
        "reset",
        "undo",
        "milestone",
        "submit",
    ),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.pass_context
def tito(ctx: click.Context) -> None:
    """Build a deep-learning framework, notebook by notebook.

    Without a command: where you are, and the next step.
    """
    if ctx.invoked_subcommand is None:
        from tito.cli.student.status import where_am_i

        where_am_i()


tito.add_command(
    Folder(
        "instructor",
        ("init", "roster", "release", "collect", "similar", "grade", "review", "feedback", "report", "whois"),
        name="class",
        help="Release, collect, grade and return a class's work (instructors).",
    )
)
tito.add_command(
    Folder(
        "author",
        ("new", "build", "lint", "check"),
        name="dev",
        help="Write and check the course's modules (authors).",
    )
)


def main() -> int:
    """Run tito; every foreseen failure is one message and its exit code."""
    bin_folder = str(Path(sys.executable).parent)  # nbgrader runs a bare `alembic`
    os.environ["PATH"] = bin_folder + os.pathsep + os.environ.get("PATH", "")
    try:
        result = tito.main(prog_name="tito", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except TitoError as error:
        _fail(str(error))
        return error.code
    except click.ClickException as error:
        where = f"\n  See: {error.ctx.command_path} --help" if getattr(error, "ctx", None) else ""
        _fail(error.format_message() + where)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped; nothing was left half written.")
        return FAILED
    except PermissionError as error:
        _fail(f"{error.filename}: permission denied.\n  Check who owns it: tito doctor")
        return ENVIRONMENT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _fail(message: str) -> None:
    if "--json" in sys.argv:
        import json

        print(json.dumps({"schema": "tito/error/1", "error": message}))
    print("\n".join(_wrapped(f"tito: {visible(message)}")), file=sys.stderr)


def _wrapped(message: str) -> list[str]:
    """The lines of a message, filled in a terminal; what is indented (commands, lists) and what a pipe gets stays."""
    if not sys.stderr.isatty():
        return message.splitlines()
    import shutil
    import textwrap

    columns, lines = shutil.get_terminal_size().columns, []
    for line in message.splitlines():
        long = not line.startswith(" ") and len(line) > columns
        lines += textwrap.wrap(line, columns, subsequent_indent="  ", break_long_words=False) if long else [line]
    return lines
