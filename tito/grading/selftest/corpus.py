"""Reading the corpus of hostile submissions."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "attacks"


@dataclass(frozen=True)
class Attack:
    """A hostile submission and the verdict that it must get."""

    name: str
    module: str
    tries: str
    needs: str
    expected: dict[str, str]  # by check: a status, or 0 for any without points
    cells: dict[str, str]  # by solution cell
    own: dict[str, str]  # cells of its own, by the cell after which they stand

    def clean(self, cells: list[dict]) -> list[dict]:
        """The cells of the reference with the attack's in their places."""
        found = []
        for cell in cells:
            name = cell["grade_id"]
            found.append({**cell, "source": self.cells.get(name, cell["source"])})
            if name in self.own:
                found.append({"grade_id": "", "source": self.own[name]})
        return found


def load(file: Path) -> Attack:
    """The attack in a file."""
    head, *parts = re.split(r"(?m)^# %% ", file.read_text(encoding="utf-8"))
    facts = dict(re.findall(r"(?m)^# (\w+): (.*)$", head))
    cells = dict(part.split("\n", 1) for part in parts)
    own = {name.removeprefix("after "): cells.pop(name) for name in [*cells] if name.startswith("after ")}
    expected = dict(item.split() for item in facts["expect"].split(", "))
    return Attack(file.stem, facts["module"], facts["tries"], facts.get("needs", ""), expected, cells, own)


def corpus() -> list[Attack]:
    """All attacks, by name."""
    return [load(file) for file in sorted(FOLDER.glob("*.py"))]
