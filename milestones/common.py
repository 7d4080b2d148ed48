"""What the milestones share: seeds, one verdict, a picture and a record of the run."""

import contextlib
import json
import os
import platform
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("MPLBACKEND", "Agg")  # pictures go to files
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices this small gain nothing from a second thread

SEEDS = range(5)
HERE = Path(__file__).parent
NAME = Path(sys.argv[0]).stem
OUTPUT = Path(os.environ.get("MILESTONE_OUTPUT", HERE / "output"))  # `tito milestone` names the folder


class Trial(NamedTuple):
    """One seed's result: whether the claim holds for it, a line that says so in numbers, and what the picture needs.

    sample: what the network made, to be shown below the line.
    """

    holds: bool
    text: str
    details: Any = None
    sample: str = ""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """End the program with one message and exit code 1 where a part is not built yet, or fails."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"{NAME}: stopped.")
    except ImportError as error:
        if not (error.name or "").startswith("tinytorch"):
            raise
        sys.exit(_message(str(error)))
    except Exception as error:
        sys.exit(_message(f"{type(error).__name__}: {error}") + f"\n  {_place(error)}")


def _message(text: str) -> str:
    """What went wrong, after the program's name; long lines are wrapped."""
    return "\n".join(line if len(line) < 80 else filled(line) for line in f"{NAME}: {text}".splitlines())


def filled(text: str) -> str:
    """The paragraphs of a text in lines of at most 79 characters."""
    return "\n\n".join(hanging(" ".join(part.split()), "") for part in text.split("\n\n"))


def hanging(text: str, indent: str = "  ") -> str:
    """A text in lines of at most 79 characters, all but the first of them indented."""
    return textwrap.fill(text, 79, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _place(error: Exception) -> str:
    """The innermost line of the framework's core that the error passed through, else of the milestone."""
    frames = traceback.extract_tb(error.__traceback__)
    core = [f for f in frames if Path(f.filename).parts[-3:-1] == ("tinytorch", "core")]
    own = [f for f in frames if Path(f.filename).parent == HERE]
    frame = (core or own or frames)[-1]
    return f"{'/'.join(Path(frame.filename).parts[-3:])}, line {frame.lineno}: {frame.line}"


def run(
    text: str,
    data: str,
    trial: Callable[[int], Trial],
    draw: Callable[[list], object],
    limit: float = 120,
    seeds: Sequence[int] = SEEDS,
) -> None:
    """Try the claim in `text` (the program's docstring) with each seed, and save the picture.

    draw: makes a figure of all details. limit: the seconds that one seed may take. Exit code 1 if the claim fails for a
    seed, or one takes longer.
    """
    with told():
        title, _, claim = (part.strip() for part in text.partition("\n"))
        source = "\n".join(hanging(line, " " * 8) for line in (f"Run on: {data}", f"        {machine()}"))
        print(f"{hanging(title)}\n\n{filled(claim)}\n\n{source}\n", flush=True)
        trials, seconds = _try_all(trial, limit, seeds)
        failed = [seed for seed, t in zip(seeds, trials, strict=True) if not t.holds]
        slow = {seed: s for seed, s in zip(seeds, seconds, strict=True) if s >= limit}
        picture = save(draw([t.details for t in trials]))
        result = hanging(f"{verdict(failed, slow, limit)} {sum(seconds):.1f} s in all.", "")
        print(f"\n{result}\nPicture: {picture}")
        rows = [{"holds": t.holds, "text": t.text, "seconds": s} for t, s in zip(trials, seconds, strict=True)]
        _record(holds=not failed, in_time=not slow, data=data, machine=machine(), picture=str(picture), trials=rows)
    sys.exit(1 if failed or slow else 0)


def verdict(failed: Sequence[int], slow: dict[int, float], limit: float) -> str:
    """Whether the claim holds, and which seeds took more seconds than the limit allows."""
    claim = f"The claim fails for seed {', '.join(map(str, failed))}" if failed else "The claim holds"
    if not slow:
        return f"{claim}."
    took = " and ".join(f"seed {seed} took {s:.{0 if s >= 10 else 1}f} s" for seed, s in slow.items())
    return f"{claim}, {'and' if failed else 'but'} {took}: the limit is {limit:g} s."


def _try_all(trial: Callable[[int], Trial], limit: float, seeds: Sequence[int]) -> tuple[list[Trial], list[float]]:
    trials, seconds = [], []
    for seed in seeds:
        start = time.perf_counter()
        result = trial(seed)
        result = result._replace(holds=bool(result.holds))
        seconds.append(round(time.perf_counter() - start, 3))
        mark = "" if result.holds and seconds[-1] < limit else "   TOO SLOW" if result.holds else "   FAILED"
        print(hanging(f"seed {seed}: {result.text}, {seconds[-1]:.1f} s{mark}"), flush=True)
        if result.sample:
            print(f"\n{shown(result.sample)}\n", flush=True)
        trials.append(result)
    return trials, seconds


def shown(sample: str) -> str:
    """What a network wrote, indented; its long lines are broken, its spaces stay."""
    lines = [textwrap.wrap(line, 77, drop_whitespace=False) or [""] for line in sample.splitlines()]
    return textwrap.indent("\n".join(part for parts in lines for part in parts), "  ")


def machine() -> str:
    """What the program runs on, in a line."""
    import numpy

    versions = f"Python {platform.python_version()}, NumPy {numpy.__version__}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {versions}"


def save(figure: object) -> Path:
    """Save the program's picture as a whole or not at all; its path."""
    return _whole(OUTPUT / f"{NAME}.png", lambda file: figure.savefig(file, format="png"))


def _record(**facts: object) -> None:
    """Leave what came out beside the picture; `tito milestone` reads it."""
    text = json.dumps({"schema": "tinytorch/milestone/1", "name": NAME, "time": time.time(), **facts}, indent=1)
    _whole(OUTPUT / f"{NAME}.json", lambda file: file.write_text(text + "\n", encoding="utf-8"))


def _whole(path: Path, write: Callable[[Path], object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    write(temporary)
    os.replace(temporary, path)
    return path
