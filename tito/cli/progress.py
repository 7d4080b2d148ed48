"""How far a long run is: one line that is rewritten in a terminal, and a line now and then in a pipe."""

import sys
import time

import click


class Progress:
    """Called as progress(done, in all, text); close() ends the line."""

    def __init__(self, what: str, quiet: bool = False):
        self.what, self.quiet = what, quiet
        self.started = self.told = time.monotonic()
        self.terminal, self.shown = sys.stderr.isatty(), False

    def __call__(self, done: int, count: int, text: str = "") -> None:
        """Tell it, at most every 5 s where the output is a pipe."""
        now = time.monotonic()
        if self.quiet or not (self.terminal or done == count or now - self.told > 5):
            return
        self.told, self.shown = now, True
        each = (now - self.started) / max(done, 1)
        line = f"{self.what} {done} of {count}, {each:.1f} s each  {text}"[:79]
        click.echo(f"\r{line:<79}" if self.terminal else line.rstrip(), err=True, nl=not self.terminal)

    def close(self) -> None:
        """End the line: wiped out where the result follows on the same terminal, else complete with a line's end."""
        if self.terminal and self.shown:
            click.echo("\r" + " " * 79 + "\r" if sys.stdout.isatty() else "", err=True, nl=not sys.stdout.isatty())
