"""One class through `nbgrader autograde` and through `tito class grade`, on the same machine in one run.

    python benchmarks/grading/throughput.py [--students 14]     the comparison: 3 modules, about 40 submissions
    python benchmarks/grading/throughput.py --many 250 500 1000   time and memory of `tito class grade` alone

Both write their part of docs/grading-speed.md, and the second its plot; with --no-page neither does.

The submissions are real ones of modules 01–03: the reference (right), a known wrong solution of each exercise in turn
(wrong), the release as it was handed out (empty), and the reference with a sleep (slow). The same scores are
demanded. Both start from the same class with an empty gradebook; what each takes to start is part of its time.
"""

import argparse
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.engine.page import facts
from benchmarks.grading import page
from tito import cells, mutants, notebooks
from tito.course import Course, Module
from tito.files import dump_json
from tito.grading import classroom as classrooms
from tito.grading import release
from tito.grading.classroom import Classroom, Student
from tito.grading.engines import local
from tito.grading.sandbox.inside import measure

ROOT = Path(__file__).parents[2]
MODULES = ("01", "02", "03")
KINDS = ("right", "wrong", "empty", "slow", "right", "wrong", "right")
LOOK = 0.5  # seconds between two looks at a command's memory
RESULT = ROOT / "build" / "benchmarks" / "grading.json"


def notebook(course: Course, module: Module, kind: str, number: int) -> bytes:
    """What one student hands in; `number` makes it different from the others."""
    released, right, wrong = _parts(course, module)
    answers = {} if kind == "empty" else dict(right)
    if kind == "wrong":
        mutant = wrong[number * 7 % len(wrong)]
        answers[mutant.grade_id] = mutant.source
    made, first = json.loads(released), kind != "empty"
    for cell in filter(notebooks.is_solution, made["cells"]):
        cell["source"] = answers.get(notebooks.grade_id(cell), cell["source"])
        if first:
            cell["source"] += f"\n# student {number}" + ("\nimport time\ntime.sleep(1)" if kind == "slow" else "")
        first = False
    return json.dumps(made).encode()


@functools.cache
def _parts(course: Course, module: Module) -> tuple[str, dict[str, str], list]:
    """The released notebook's text, the right answers by grade_id, and the known wrong ones."""
    solutions = filter(notebooks.is_solution, notebooks.read(notebooks.build(course, module))["cells"])
    right = {notebooks.grade_id(c): cells.without_markers(c["source"]) for c in solutions}
    wrong = [m for m in mutants.load(mutants.path(course, module)) if not m.right]
    return json.dumps(notebooks.read(course.path("release_path") / module.notebook)), right, wrong


def make_class(folder: Path, count: int) -> Classroom:
    """A class of so many students who all handed in modules 01–03."""
    course = Course(ROOT)
    made = classrooms.create(course, folder)
    made.write_roster([Student(f"student{n:04}") for n in range(count)])
    release.release(made, MODULES)
    for module in made.released:
        own = course.module(module.slug)[0]
        for number in range(count):
            file = made.submission(module, f"student{number:04}")
            file.parent.mkdir(parents=True)
            file.write_bytes(notebook(course, own, KINDS[number % len(KINDS)], number))
    return made


@dataclass(frozen=True)
class Used:
    """What a command took: wall-clock time, and peaks of memory, of its largest process and of all together."""

    seconds: float
    largest_mb: float
    whole_mb: float


def run(command: list[str], folder: Path) -> Used:
    """Run a command in a class's folder."""
    programs = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    with (folder / "benchmark.log").open("ab") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | {"PATH": programs})
        whole = 0.0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            if sys.platform == "linux":
                whole = max(whole, measure.memory_of([process.pid, *measure.descendants(process.pid)], 0))
            time.sleep(LOOK)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: see {folder / 'benchmark.log'}")
    return Used(time.monotonic() - began, ended[2].ru_maxrss / 1024, whole)


def tito(folder: Path) -> Used:
    """`tito class grade`."""
    return run([sys.executable, "-P", "-m", "tito", "class", "grade"], folder)


def nbgrader(folder: Path, slugs: list[str]) -> float:
    """`nbgrader autograde`, a module at a time, as it wants it."""
    code = "from nbgrader.apps.nbgraderapp import main; main()"
    return sum(run([sys.executable, "-c", code, "autograde", slug], folder).seconds for slug in slugs)


def scores(made: Classroom) -> dict[tuple[str, str], float]:
    """Every submission's points in the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{made.root / 'gradebook.db'}", made.facts.settings["course"]["course_id"]) as book:
        rows = [(m.slug, row) for m in made.released for row in book.submission_dicts(m.slug)]
        return {(slug, row["student"]): row["score"] for slug, row in rows}


def compare(count: int, folder: Path) -> dict:
    """Both, over the same class."""
    made = make_class(folder / "tito", count)
    shutil.copytree(made.root, folder / "nbgrader")
    other = Classroom(folder / "nbgrader")
    ours = tito(made.root).seconds
    theirs = nbgrader(other.root, [m.slug for m in made.released])
    own, wanted = scores(made), scores(other)
    total = count * len(made.released)
    different = {f"{s} {m}": [own.get((m, s)), p] for (m, s), p in wanted.items() if own.get((m, s)) != p}
    times = {"submissions": total, "nbgrader_seconds": round(theirs, 1), "tito_seconds": round(ours, 1)}
    return times | {"ratio": round(theirs / ours, 1), "graded": len(own), "different_scores": different}


def many(sizes: list[int], folder: Path) -> list[dict]:
    """`tito class grade` over classes of several sizes."""
    rows = []
    for size in sizes:
        made = make_class(folder / str(size), -(-size // len(MODULES)))
        used = tito(made.root)
        row = {"submissions": len(scores(made)), "seconds": round(used.seconds, 1)}
        rows.append(row | {"mb": round(used.largest_mb), "whole_mb": round(used.whole_mb)})
        print(page.many_line(rows[-1]), flush=True)
        shutil.rmtree(made.root)
    return rows


def main() -> int:
    """Run what was asked for; 1 if the promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=14)
    parser.add_argument("--many", type=int, nargs="+")
    parser.add_argument("--no-page", action="store_true", help="print only")
    chosen = parser.parse_args()
    kept = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    kept["cores"] = local.cores()
    with tempfile.TemporaryDirectory(prefix="tito-benchmark-") as temporary:
        if chosen.many:
            kept["many"] = {"machine": facts([]), "rows": many(chosen.many, Path(temporary))}
        else:
            kept["compared"] = {"machine": facts([])} | compare(chosen.students, Path(temporary))
            print(json.dumps(kept["compared"], indent=1))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(dump_json(kept))
    if not chosen.no_page:
        page.write(kept)
    return 0 if chosen.many else int(kept["compared"]["ratio"] < 10 or bool(kept["compared"]["different_scores"]))


if __name__ == "__main__":
    sys.exit(main())
