"""How far a long run is: one line that is rewritten in a terminal, and a line now and then in a pipe."""

import sys
import time

import click

BAR = 22  # columns of the bar and its frame


class Progress:
    """Called as progress(done, in all, text); close() ends the line."""

    def __init__(self, what: str, quiet: bool = False):
        self.what, self.quiet, self.first = what, quiet, 0
        self.started = self.told = time.monotonic()
        self.terminal, self.shown = sys.stderr.isatty(), False

    def __call__(self, done: int, count: int, text: str = "") -> None:
        """Tell it, at most every 5 s where the output is a pipe."""
        now = time.monotonic()
        if self.quiet or not (self.terminal or done == count or now - self.told > 5):
            return
        self.told, self.shown = now, True
        if not self.first:
            self.first, self.started = done, now  # what went before is getting ready
        rate = (done - self.first or 1) / max(now - self.started, 1.0)
        line = f"{self.what} {done} of {count}, {_rate(rate)}, {_left((count - done) / rate)} left  {text}"[:79]
        if self.terminal:
            line = _bar(done, count) + line[: 79 - BAR]
        click.echo(f"\r{line:<79}" if self.terminal else line.rstrip(), err=True, nl=not self.terminal)

    def close(self) -> None:
        """End the line: wiped out where the result follows on the same terminal, else complete with a line's end."""
        if self.terminal and self.shown:
            click.echo("\r" + " " * 79 + "\r" if sys.stdout.isatty() else "", err=True, nl=not sys.stdout.isatty())


def _bar(done: int, count: int) -> str:
    full = (BAR - 3) * done // max(count, 1)
    return f"[{'#' * full}{'.' * (BAR - 3 - full)}] "


def _rate(each_second: float) -> str:
    return f"{each_second:.1f} a second" if each_second >= 1 else f"{60 * each_second:.0f} a minute"


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
