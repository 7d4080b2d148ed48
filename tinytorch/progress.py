"""Where the progress of long work is shown: lines in a log, a bar in a terminal, a picture in a notebook."""

import io
import math
import shutil
import sys

from tinytorch.figures import history_figure


class Live:
    """A place in a notebook's output where each figure takes the place of the last."""

    handle = None

    def show(self, figure):
        """Show the figure, as a picture: it is not drawn again when it changes."""
        from IPython import display

        file = io.BytesIO()
        figure.savefig(file, format="png")
        picture = display.Image(file.getvalue(), width=int(100 * figure.get_figwidth()))
        if self.handle is None:
            self.handle = display.display(picture, display_id=True)
        else:
            self.handle.update(picture)


def say(text, end="\n"):
    """Print to standard error, where progress goes."""
    print(text, end=end, file=sys.stderr, flush=True)


def bar(done, total, width=24):
    """A bar filled by the share done / total, in characters that standard error can show."""
    full, empty = "█·" if "utf" in (sys.stderr.encoding or "").lower() else "#."
    return "".join(full if i < width * done / total else empty for i in range(width))


class Lines:
    """Progress as plain lines: one when something is finished, and in between one every half minute."""

    seconds = 30.0

    def within(self, text, done, total, history):
        """Say how far it is: `done` of `total` steps (None: nobody knows)."""
        say(text)

    def line(self, text):
        """Say what is finished."""
        say(text)

    def close(self, text, history):
        """The end."""


class Bar(Lines):
    """Progress on one line of a terminal, which the next text replaces."""

    seconds = 0.1

    def within(self, text, done, total, history):
        """Put text over the last one, after a bar where that is possible."""
        self._over(f"{bar(done, total)} {text}" if total else text)

    def line(self, text):
        """Leave the line behind."""
        self._over(text, "\n")

    def close(self, text, history):
        """Clear a line that was not finished."""
        self._over("", "\r")

    def _over(self, text, end=""):
        columns = shutil.get_terminal_size().columns - 1
        say("\r" + (text if end == "\n" else text[:columns]).ljust(columns), end)


class Plot(Lines):
    """Progress as curves in a notebook, each picture in place of the last."""

    seconds = 1.0

    def __init__(self):
        self.live = Live()

    def within(self, text, done, total, history):
        """Draw the history so far."""
        self.live.show(history_figure(history, text))

    def line(self, text):
        """Nothing: the next picture shows it."""

    def close(self, text, history):
        """Leave the whole picture behind, with the last values; another training gets another place."""
        self.live.show(history_figure(history, text))
        self.live = Live()


class Silent(Lines):
    """No progress at all."""

    seconds = math.inf

    def line(self, text):
        """Nothing."""


DISPLAYS = {"lines": Lines, "bar": Bar, "plot": Plot, "none": Silent}


def surroundings():
    """How progress is best shown here: "plot" in a notebook, "bar" in a terminal, else "lines"."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return "plot" if hasattr(shell, "kernel") else "bar" if sys.stderr.isatty() else "lines"


def progress_display(kind):
    """The display of that kind: "lines", "bar", "plot", "none", or "auto" by where the program runs."""
    if kind not in DISPLAYS and kind != "auto":
        raise ValueError(f"progress: expected auto, {', '.join(DISPLAYS)}, got {kind!r}")
    return DISPLAYS[surroundings() if kind == "auto" else kind]()
