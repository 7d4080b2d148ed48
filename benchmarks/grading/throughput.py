"""One class through `nbgrader autograde` and through `tito class grade`, on the same machine in one run.

    python benchmarks/grading/throughput.py [--students 14]     the comparison: 3 modules, about 40 submissions
    python benchmarks/grading/throughput.py --many 250 500 1000   time and memory of `tito class grade` alone

The submissions are real ones of modules 01–03: the reference (right), a known wrong solution of each exercise in turn
(wrong), the release as it was handed out (empty), and the reference with a sleep (slow). The same scores are
demanded. Both start from the same class with an empty gradebook; what each takes to start is part of its time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tito import cells, mutants, notebooks
from tito.course import Course, Module
from tito.files import dump_json
from tito.grading import classroom as classrooms
from tito.grading import release
from tito.grading.classroom import Classroom, Student

ROOT = Path(__file__).parents[2]
MODULES = ("01", "02", "03")
KINDS = ("right", "wrong", "empty", "slow", "right", "wrong", "right")
RESULT = ROOT / "build" / "benchmarks" / "grading.json"


def notebook(course: Course, module: Module, kind: str, number: int) -> bytes:
    """What one student hands in; `number` makes it different from the others."""
    reference = notebooks.read(notebooks.build(course, module))
    answers = {} if kind == "empty" else _right(reference)
    if kind == "wrong":
        wrong = [m for m in mutants.load(mutants.path(course, module)) if not m.right]
        mutant = wrong[number * 7 % len(wrong)]
        answers[mutant.grade_id] = mutant.source
    made = notebooks.read(course.path("release_path") / module.notebook)
    first = True
    for cell in made["cells"]:
        if notebooks.is_solution(cell):
            cell["source"] = answers.get(notebooks.grade_id(cell), cell["source"])
            if first and kind != "empty":
                cell["source"] += f"\n# student {number}" + ("\nimport time\ntime.sleep(1)" if kind == "slow" else "")
            first = first and not cell["source"]
    return json.dumps(made).encode()


def _right(reference: dict) -> dict[str, str]:
    solutions = [c for c in reference["cells"] if notebooks.is_solution(c)]
    return {notebooks.grade_id(c): cells.without_markers(c["source"]) for c in solutions}


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


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of wall-clock time of a command, and the MB of its largest process."""
    programs = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    with (folder / "benchmark.log").open("ab") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | {"PATH": programs})
        _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - began, usage.ru_maxrss / 1024


def tito(folder: Path) -> tuple[float, float]:
    """`tito class grade`."""
    return run([sys.executable, "-P", "-m", "tito", "class", "grade"], folder)


def nbgrader(folder: Path, slugs: list[str]) -> float:
    """`nbgrader autograde`, a module at a time, as it wants it."""
    code = "from nbgrader.apps.nbgraderapp import main; main()"
    return sum(run([sys.executable, "-c", code, "autograde", slug], folder)[0] for slug in slugs)


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
    ours, memory = tito(made.root)
    theirs = nbgrader(other.root, [m.slug for m in made.released])
    own, wanted = scores(made), scores(other)
    total = count * len(made.released)
    different = {f"{s} {m}": [own.get((m, s)), p] for (m, s), p in wanted.items() if own.get((m, s)) != p}
    facts = {"submissions": total, "nbgrader_seconds": round(theirs, 1), "tito_seconds": round(ours, 1)}
    return facts | {"ratio": round(theirs / ours, 1), "graded": len(own), "different_scores": different, "mb": memory}


def many(sizes: list[int], folder: Path) -> list[dict]:
    """`tito class grade` over classes of several sizes."""
    rows = []
    for size in sizes:
        made = make_class(folder / str(size), -(-size // len(MODULES)))
        seconds, memory = tito(made.root)
        graded = len(scores(made))
        rows.append({"submissions": graded, "seconds": round(seconds, 1), "mb": round(memory)})
        print(f"{graded:6} submissions  {seconds:7.1f} s  {1000 * seconds / graded:6.0f} ms each  {memory:6.0f} MB")
        shutil.rmtree(made.root)
    return rows


def main() -> int:
    """Run what was asked for; 1 if the promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=14)
    parser.add_argument("--many", type=int, nargs="+")
    chosen = parser.parse_args()
    kept = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    with tempfile.TemporaryDirectory(prefix="tito-benchmark-") as temporary:
        if chosen.many:
            kept["many"] = many(chosen.many, Path(temporary))
        else:
            kept["compared"] = compare(chosen.students, Path(temporary))
            print(json.dumps(kept["compared"], indent=1))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(dump_json(kept))
    return 0 if chosen.many else int(kept["compared"]["ratio"] < 10 or bool(kept["compared"]["different_scores"]))


if __name__ == "__main__":
    sys.exit(main())
