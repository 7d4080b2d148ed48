"""The child process of `check.run`: runs cells in order in one plain Python process, and says how each went.

Standard input: one JSON job. Standard output: one JSON event per line. Nothing that course code
prints, reads or exits with can mix with the events. Only the standard library is imported here.
"""

import functools
import io
import json
import linecache
import os
import signal
import sys
import time
import traceback
import types
import warnings

PRINT_LIMIT = 5_000_000  # characters that one cell may print


class TookTooLong(BaseException):
    """Raised in the running cell when its time is up; a BaseException, so that `except Exception` lets it through."""


class PrintedTooMuch(BaseException):
    """Raised in the running cell when it has printed more than any reader would read."""


class Sink(io.TextIOBase):
    """Standard output of course code: counts and forgets."""

    def __init__(self):
        self.count = 0

    def writable(self) -> bool:
        """It takes everything."""
        return True

    def write(self, text: str) -> int:
        """Count the text; stop a cell that prints without end."""
        self.count += len(text)
        if self.count > PRINT_LIMIT:
            raise PrintedTooMuch
        return len(text)


def main() -> None:
    """Run the job's cells; each has a time limit where the platform can interrupt."""
    job = json.loads(sys.stdin.buffer.read())
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sink = sys.stdout = sys.stderr = Sink()
    namespace = _prepare(job)
    for cell in job["cells"]:
        _say(events, {"start": cell["index"]})
        sink.count = 0
        _say(events, {"end": cell["index"], **_run(cell, namespace)})
    _say(events, {"done": True})
    os._exit(0)  # threads and exit handlers of course code shall not hold us up


def _say(events, event: dict) -> None:
    events.write(json.dumps(event) + "\n")
    events.flush()


def _prepare(job: dict) -> dict:
    """A `__main__` of its own for the cells, as a kernel has it."""
    main_module = types.ModuleType("__main__")
    main_module.display = lambda *objects, **options: None
    sys.modules["__main__"] = main_module
    sys.path.insert(0, "")
    sys.argv = [""]
    warnings.simplefilter("ignore")
    for cell in job["cells"]:
        lines = cell["source"].splitlines(keepends=True)
        linecache.cache[cell["file"]] = (len(cell["source"]), None, lines, cell["file"])
    return main_module.__dict__


def _run(cell: dict, namespace: dict) -> dict:
    if cell["error"]:  # it ended the process the last time
        return {"seconds": 0.0, "error": cell["error"]}
    start = time.perf_counter()
    error = _attempt(cell, namespace)
    result = {"seconds": round(time.perf_counter() - start, 4), "error": error}
    if error and cell["check"] and error["type"] not in ("TookTooLong", "PrintedTooMuch", "SyntaxError"):
        error["called"] = _called(cell, namespace)
    _close_figures()
    return result


def _attempt(cell: dict, namespace: dict) -> dict | None:
    """Run one cell; None, or what was raised and through which lines it passed."""
    try:
        code = compile(cell["source"], cell["file"], "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return _error(error, "SyntaxError", getattr(error, "msg", str(error)), [[cell["file"], line]])
    try:
        _alarm(cell["timeout"])
        exec(code, namespace)
    except BaseException as error:  # course code may raise anything: SystemExit, KeyboardInterrupt, our own
        _alarm(0)
        return _error(error, type(error).__name__, _text(error), _frames(error))
    finally:
        _alarm(0)
    return None


def _alarm(seconds: float) -> None:
    """Interrupt the cell after so many seconds, and again each second where it swallows that; 0: no longer."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, functools.partial(_ring, seconds) if seconds else signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0 if seconds else 0)


def _ring(seconds, number, frame) -> None:
    raise TookTooLong(f"took longer than {seconds:g} s")


def _error(error: BaseException, kind: str, text: str, frames: list) -> dict:
    name = getattr(error, "name", None) if isinstance(error, (NameError, AttributeError, ImportError)) else None
    return {"type": kind, "text": text[:20_000], "name": name, "frames": frames[-50:], "called": []}


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return "(an error whose message cannot be shown)"


def _frames(error: BaseException) -> list:
    """The lines that it passed through; an interruption may strike where there is none: then the function's first."""
    steps = traceback.walk_tb(error.__traceback__)
    return [[frame.f_code.co_filename, line or frame.f_code.co_firstlineno] for frame, line in steps]


def _called(cell: dict, namespace: dict) -> list[str]:
    """Run a failed check once more and note whose code it goes through: that tells what it depends on."""
    files = set()

    def note(frame, event, argument):
        if event == "call":
            files.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        _attempt(cell, namespace)
    finally:
        sys.setprofile(None)
    return sorted(files)


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close("all")


if __name__ == "__main__":
    main()
