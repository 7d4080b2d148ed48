"""Small notebooks to judge, and the unfilled form of a cell."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]


def unfilled(source: str) -> str:
    """A solution cell as it is released."""
    stub = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"
    return re.sub(r"(?s)( *)### BEGIN SOLUTION.*?### END SOLUTION", stub, source)


def cell(kind: str, name: str, source: str, points: float = 5) -> dict:
    """A cell of a small notebook: solution, check, fixture, given or demo."""
    marks = {"grade_id": name, "solution": kind == "solution", "grade": kind == "check", "locked": kind != "solution"}
    marks |= {"points": points} if kind == "check" else {}
    if kind == "given":
        source = "#| export\n" + source
    return {"cell_type": "code", "metadata": {} if kind == "demo" else {"nbgrader": marks}, "source": source}
