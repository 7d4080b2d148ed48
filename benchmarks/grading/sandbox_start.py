"""What the sandbox adds to the start of a submission, paired with an unsandboxed fork in one run.

    python benchmarks/grading/sandbox_start.py [ROUNDS]

Each round starts one submission at every level that works here, in turn, so that a slow moment of the machine falls on
all of them. A start ends when the student process has answered over its wire. The table shows medians; "over fork" is
the median of the differences within a round. "end" is the time from there until everything of it is gone.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tito.grading import sandbox

LIMIT_MS = 30  # what a start in bubblewrap may take over the fork
STUDENT = "import os\n\n\ndef serve(fd):\n    os.write(fd, b'!')\n    os.read(fd, 1)\n"


def bundle(folder: Path) -> Path:
    """The smallest bundle: a student process that says that it is there and waits."""
    (folder / "program").mkdir()
    (folder / "package").mkdir()
    (folder / "program" / "student_process.py").write_text(STUDENT, encoding="utf-8")
    return folder


def once(host: sandbox.Host) -> tuple[float, float]:
    """Milliseconds of one start and of one end."""
    began = time.perf_counter()
    student = host.start()
    if student.wire.recv(1) != b"!":
        raise SystemExit(f"{host.level}: {student.wait(5)}")
    reached = time.perf_counter()
    student.kill()
    student.wire.close()
    return 1000 * (reached - began), 1000 * (time.perf_counter() - reached)


def measure(rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Paired times by level."""
    with contextlib.ExitStack() as stack:
        folder = bundle(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        levels = [level for level in reversed(sandbox.LEVELS) if not sandbox.why_not(level)]
        hosts = [stack.enter_context(sandbox.open(folder, level=level)) for level in levels]
        for host in hosts:
            once(host)
        times = {host.level: [] for host in hosts}
        for _ in range(rounds):
            for host in hosts:
                times[host.level].append(once(host))
        return times


def main() -> None:
    """Print the table; exit code 1 if bubblewrap takes more than it may."""
    times = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    plain = [start for start, _ in times["unsafe-local"]]
    print(f"{'level':14} {'start ms':>9} {'over fork':>10} {'end ms':>8}")
    for level, pairs in times.items():
        starts, ends = zip(*pairs, strict=True)
        over = statistics.median(start - fork for start, fork in zip(starts, plain, strict=True))
        print(f"{level:14} {statistics.median(starts):9.1f} {over:10.1f} {statistics.median(ends):8.1f}")
        if level == "bubblewrap" and over > LIMIT_MS:
            raise SystemExit(f"bubblewrap takes {over:.1f} ms over the fork, {LIMIT_MS} are allowed")


if __name__ == "__main__":
    main()
