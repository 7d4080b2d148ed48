"""`python -m tests.mutants 01_tensor`: each mutant of the module, killed or survived; with --judge, as it is graded."""

import sys
import time

from tests.mutants import judged
from tito import mutants
from tito.course import Course
from tito.errors import TitoError


def main() -> int:
    """Print what became of the mutants of the modules named (default: every module that has any)."""
    course = Course.find()
    named = [course.module(text)[0] for text in sys.argv[1:] if text != "--judge"]
    report, every = judged.report if "--judge" in sys.argv else mutants.report, True
    for module in named or [m for m in course.modules if mutants.path(course, m).exists()]:
        started = time.perf_counter()
        if not mutants.path(course, module).exists():
            print(f"{module.slug}: there is no {mutants.path(course, module).relative_to(course.root)}.")
            every = False
            continue
        lines, fine = report(course, module)
        every = every and fine
        print(*lines, f"({time.perf_counter() - started:.1f} s)", sep="\n")
    return 0 if every else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TitoError as error:
        print(error, file=sys.stderr)
        sys.exit(error.code)
