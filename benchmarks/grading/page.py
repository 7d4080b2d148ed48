"""The page of the grader's figures, docs/grading-speed.md, and its plot."""

from pathlib import Path

from benchmarks.engine.page import DOCS, machine_table, markdown, svg

HEAD = ["submissions", "seconds", "ms each", "MB, largest process", "MB, all processes"]


def many_line(row: dict) -> str:
    """One size, as it is printed while the next is measured."""
    times = f"{row['submissions']:6} submissions  {row['seconds']:7.1f} s  {each(row):5.0f} ms each"
    return f"{times}  {row['mb']:5} MB  {row['whole_mb']:5} MB in all"


def each(row: dict) -> float:
    """Milliseconds of wall-clock time per submission."""
    return 1000 * row["seconds"] / row["submissions"]


def many_table(rows: list[dict]) -> str:
    """A line per size, as Markdown."""
    lines = [
        [f"{r['submissions']:,}", f"{r['seconds']:.1f}", f"{each(r):.0f}", str(r["mb"]), str(r["whole_mb"])]
        for r in rows
    ]
    return markdown([HEAD, ["--:"] * len(HEAD), *lines])


def compared_text(found: dict) -> str:
    """The comparison with nbgrader."""
    same = "The scores are the same." if not found["different_scores"] else "These scores differ:"
    different = "".join(f"\n- {name}: {own} and {other}" for name, (own, other) in found["different_scores"].items())
    times = [
        ["", "seconds", "seconds each"],
        ["---", "--:", "--:"],
        *(
            [name, f"{found[key]:.1f}", f"{found[key] / found['submissions']:.2f}"]
            for name, key in (("nbgrader autograde", "nbgrader_seconds"), ("tito class grade", "tito_seconds"))
        ),
    ]
    return f"""## Against nbgrader

{found["submissions"]} submissions, {found["ratio"]:g} times the throughput. {same}{different}

{markdown(times)}

{machine_table(found["machine"])}
"""


def many_text(found: dict) -> str:
    """How time and memory grow."""
    return f"""## As the class grows

![Time and memory over the number of submissions](grading-speed.svg)

{many_table(found["rows"])}

Memory is the peak: of the largest single process, and of all processes together, looked at twice a second, where what
they share counts once.

{machine_table(found["machine"])}
"""


def page(kept: dict) -> str:
    """The page's text, with what has been measured."""
    parts = [compared_text(kept["compared"])] if "compared" in kept else []
    parts += [many_text(kept["many"])] if "many" in kept else []
    return f"""# The grader's speed

Written by `python benchmarks/grading/throughput.py`, and with `--many` and the sizes below. The class hands in modules
01 to 03: the reference, known wrong solutions, empty releases, and some that sleep for a second. The gradebook is empty
before. {kept["cores"]} submissions are judged side by side, one per core.
What the commands take to start is counted too.

{chr(10).join(parts)}"""


def plot(rows: list[dict], path: Path) -> None:
    """Seconds, and MB of all processes and of the largest one, over submissions."""
    svg()
    from tinytorch.figures import axes

    left, right = axes(2)
    counts = [r["submissions"] for r in rows]
    left.plot(counts, [r["seconds"] for r in rows], "o-")
    left.set_ylabel("seconds")
    right.plot(counts, [r["whole_mb"] for r in rows], "o-", label="all processes")
    right.plot(counts, [r["mb"] for r in rows], "o-", label="largest process")
    right.set_ylabel("MB at the peak")
    right.legend()
    for ax in (left, right):
        ax.set_xlabel("submissions")
        ax.set_xlim(0)
        ax.set_ylim(0)
    left.figure.savefig(path, metadata={"Date": None})


def write(kept: dict, folder: Path = DOCS) -> None:
    """Write page and plot."""
    (folder / "grading-speed.md").write_text(page(kept), encoding="utf-8")
    if "many" in kept:
        plot(kept["many"]["rows"], folder / "grading-speed.svg")
