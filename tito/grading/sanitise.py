"""Rebuild what was handed in: the pristine release with the student's solution cells put in.

Nothing else of the submission is left: no tag, output, attachment, metadata, no check or given cell that the
student could have changed. Whatever happened to a cell becomes a plain sentence that the student reads.
"""

import collections
import functools
import re
import warnings
from dataclasses import dataclass, field

from tito import cells, notebooks
from tito.grading import scan, statements

OK, NEEDS_STAFF = "ok", "needs_staff"
SOLUTION, GIVEN, CHECK, FREE = "solution", "given", "check", "free"
MOST_SOURCE = 100_000  # characters in one cell


@dataclass(frozen=True)
class Clean:
    """A submission that can be graded, or (status "needs_staff") the reason why it cannot.

    cells: the code cells in the pristine notebook's order, each {"grade_id", "kind", "source", "written", "points",
        "hidden", "added"}: `source` is plain Python, `written` what stands in the notebook (IPython's lines
        included), `hidden` whether a check has hidden tests, `added` whether the student added the cell.
        kind: "solution" (the student's), "given" (locked), "check", "free" (demonstrations, and cells that the
        student added and an exercise uses).
    notes: plain sentences for the student.
    """

    cells: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    status: str = OK
    reason: str = ""
    rebuilt: list[dict] = field(default_factory=list, repr=False)
    metadata: dict = field(default_factory=dict, repr=False)

    def notebook(self, hidden: bool = False) -> dict:
        """The rebuilt notebook, without outputs; with the hidden tests only if `hidden`."""
        if self.status != OK:
            raise ValueError(f"there is no notebook to rebuild: {self.reason}")
        made = [cell if hidden else _as_released(cell) for cell in self.rebuilt]
        return {"cells": made, "metadata": self.metadata, "nbformat": 4, "nbformat_minor": 5}


def clean(raw: bytes, pristine: dict) -> Clean:
    """The submission `raw` as the notebook `pristine` (released, with its hidden tests) with its solutions in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python thinks of the student's code
        try:
            return _Desk(scan.read(raw), pristine).clean()
        except scan.Unreadable as reason:
            return needs_staff(str(reason))


def needs_staff(reason: str) -> Clean:
    """What becomes of a submission that only a person can judge."""
    note = f"Your notebook could not be graded: {reason}. This is not 0 points: your instructor looks at it."
    return Clean(notes=[note], status=NEEDS_STAFF, reason=reason)


def _as_released(cell: dict) -> dict:
    return {**cell, "source": cells.without_hidden_tests(cell["source"])} if notebooks.is_test(cell) else cell


@dataclass
class _Place:
    """A cell of the pristine notebook, and what the student put there."""

    index: int
    cell: dict
    kind: str
    released: str  # its text as the student got it, in the form in which texts are compared
    keys: set[str] = field(default_factory=set)  # what the exercise defines, and no other cell does
    source: str | None = None  # the student's
    found: scan.Cell | None = None  # where it stood

    @property
    def name(self) -> str:
        return notebooks.grade_id(self.cell)


def _places(pristine: dict) -> list[_Place]:
    found = []
    for index, cell in enumerate(pristine["cells"]):
        text = notebooks.source(cell)
        released = cells.without_hidden_tests(text)
        found.append(_Place(index, {**cell, "source": text}, _kind(cell), _same_form(released)))
    keys = [_release_keys(p.cell["source"]) if p.cell["cell_type"] == "code" else set() for p in found]
    cells_with = collections.Counter(key for own in keys for key in own)
    for place, own in zip(found, keys, strict=True):
        place.keys = {key for key in own if cells_with[key] == 1} if place.kind == SOLUTION else set()
    return found


_release_keys = functools.lru_cache(4096)(statements.keys)  # the same cells for every submission
_release_plain = functools.lru_cache(4096)(cells.plain)


def _kind(cell: dict) -> str:
    facts = cell.get("metadata", {}).get("nbgrader") or {}
    if facts.get("solution"):
        return SOLUTION
    if facts.get("grade") and cell["cell_type"] == "code":
        return CHECK
    return GIVEN if facts else FREE


def _same_form(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


class _Desk:
    """Where one submission is put together."""

    def __init__(self, found: scan.Scanned, pristine: dict):
        self.notes, self.metadata = list(found.notes), pristine.get("metadata", {})
        self.places = _places(pristine)
        self.by_name = {p.name: p for p in self.places if p.name}
        self.texts = {p.released: p for p in self.places if p.cell["cell_type"] == "code"}
        self.handed_in = [c for c in found.cells if c.source.strip() or c.grade_id in self.by_name]
        self.used: dict[int, _Place] = {}  # index of a cell that was handed in -> where it went
        self.keys: dict[int, set[str]] = {}
        self.aside: set[int] = set()  # copies that do not count
        self.mended: dict[str, list[str]] = {}  # kinds of repair -> names

    def clean(self) -> Clean:
        """Match every exercise, then put the notebook together."""
        exercises = [p for p in self.places if p.kind == SOLUTION]
        self._match_by_name(exercises)
        for step in (self._match_by_id, self._match_by_keys, self._carve, self._match_by_position):
            step([p for p in exercises if p.source is None])
        if exercises and not any(p.source is not None for p in exercises):
            raise scan.Unreadable("it holds none of this module's exercises; it may be another notebook")
        too_long = next((p for p in exercises if len(p.source or "") > MOST_SOURCE), None)
        if too_long:
            raise scan.Unreadable(f"the cell {too_long.name} is longer than {MOST_SOURCE:,} characters")
        self._tell(exercises)
        return self._put_together(self._added(exercises))

    def _code(self) -> list[scan.Cell]:
        return [c for c in self.handed_in if c.type == "code"]

    def _keys(self, cell: scan.Cell) -> set[str]:
        if cell.index not in self.keys:
            self.keys[cell.index] = statements.keys(cell.source) if len(cell.source) <= MOST_SOURCE else set()
        return self.keys[cell.index]

    # Which cell is which exercise.

    def _match_by_name(self, exercises: list[_Place]) -> None:
        named: dict[str, list[scan.Cell]] = {}
        for cell in self.handed_in:
            named.setdefault(cell.grade_id, []).append(cell)
        for place in exercises:
            if place.name in named:
                self._take(place, self._one_of(place, named[place.name]))

    def _take(self, place: _Place, cell: scan.Cell, source: str | None = None, how: str = "") -> None:
        place.source, place.found = cell.source if source is None else source, cell
        self.used[cell.index] = place
        if how:
            self.mended.setdefault(how, []).append(place.name)

    def _one_of(self, place: _Place, found: list[scan.Cell]) -> scan.Cell:
        """The cell that counts where several carry an exercise's name: the last filled in, or the parts joined."""
        right = [c for c in found if c.type == place.cell["cell_type"]]
        if not right:
            self.mended.setdefault("retyped", []).append(place.name)
            right = found
        filled = [c for c in right if _same_form(c.source) not in ("", place.released)] or right[-1:]
        self.aside |= {c.index for c in found}
        last = filled[-1]
        if len({_same_form(c.source) for c in filled}) == 1:
            if len(found) > len(filled):
                self.mended.setdefault("copied", []).append(place.name)
            return last
        joined = "\n".join(c.source for c in filled)
        if place.cell["cell_type"] == "code" and statements.is_split([c.source for c in filled], joined):
            self.mended.setdefault("split", []).append(place.name)
            return scan.Cell(filled[0].index, last.type, joined, place.name)
        self.mended.setdefault("several", []).append(place.name)
        return last

    def _unmarked(self) -> list[scan.Cell]:
        """Code cells that may be anything: no known name, not used yet, and no cell of the release unchanged."""
        return [
            c
            for c in self._code()
            if c.index not in self.used
            and c.index not in self.aside
            and c.grade_id not in self.by_name
            and (_same_form(c.source) not in self.texts or self.texts[_same_form(c.source)].kind == SOLUTION)
        ]

    def _match_by_id(self, missing: list[_Place]) -> None:
        for place in missing:
            found = [c for c in self._unmarked() if place.cell.get("id") and place.cell["id"] in c.ids]
            if found:
                self._take(place, self._one_of(place, found), how="unmarked")

    def _match_by_keys(self, missing: list[_Place]) -> None:
        for place in missing:
            found = [c for c in self._unmarked() if self._keys(c) & place.keys]
            if found:
                self._take(place, self._one_of(place, found), how="unmarked")

    def _carve(self, missing: list[_Place]) -> None:
        """Exercises that were merged into another cell are cut out of it again."""
        for place in missing:
            for cell in reversed(self._code()):
                owner = self.used.get(cell.index)
                unused = owner is None and cell.index in self.aside
                if unused or not self._keys(cell) & place.keys:
                    continue
                parts = statements.carve(owner.source if owner else cell.source, place.keys)
                if not parts:
                    continue
                if owner:
                    owner.source = parts[1]
                into = owner.name if owner else cell.grade_id or "another cell"
                self.mended.setdefault("merged", []).append(f"{place.name} into {into}")
                place.source, place.found = parts[0], cell
                break

    def _match_by_position(self, missing: list[_Place]) -> None:
        for place in missing:
            if place.cell["cell_type"] != "code":
                continue
            known = self._anchors()
            above = max((i for i in known if i < place.index), default=-1)
            below = min((i for i in known if i > place.index), default=-1)
            if below < 0 or any(p is not place and above < p.index < below for p in missing):
                continue
            between = [c for c in self._unmarked() if known.get(above, -1) < c.index < known[below]]
            if len(between) == 1:
                self._take(place, between[0], how="unmarked")

    def _anchors(self) -> dict[int, int]:
        """Where cells of the release stand in the submission: pristine index -> index."""
        known = {p.index: p.found.index for p in self.places if p.found}
        for cell in self.handed_in:
            place = self.by_name.get(cell.grade_id) or self.texts.get(_same_form(cell.source))
            if place and place.kind != SOLUTION and cell.type == "code":
                known[place.index] = cell.index
        return known

    # What the student added.

    def _added(self, exercises: list[_Place]) -> list[scan.Cell]:
        """The added cells that an exercise uses: they define a name of which it has need, or the exercise's own."""
        places = {i for p in self.places for i in (p.cell.get("id"),) if i and p.kind == FREE}
        free = [c for c in self._unmarked() if c.source.strip() and len(c.source) <= MOST_SOURCE]
        if not free:
            return []
        own = set().union(*(p.keys for p in exercises))
        needed = own | set().union(*(statements.uses(p.source or "") for p in exercises))
        defined = {c.index: statements.defines(c.source) for c in free}
        kept: dict[int, scan.Cell] = {}
        while True:
            more = [c for c in free if c.index not in kept and (defined[c.index] & needed or "*" in defined[c.index])]
            if not more:
                break
            for cell in more:
                kept[cell.index] = cell
                needed |= statements.uses(cell.source)
        left = [c for c in free if c.index not in kept and not places & set(c.ids)]
        if kept:
            self.notes.append(
                f"{_cells(len(kept))} you added {_is(len(kept))} run at {_its(len(kept))} place, since an exercise "
                "uses what is defined there."
            )
        if left:
            self.notes.append(
                f"{_cells(len(left))} you added {_is(len(left))} left out of grading: no exercise uses what is "
                "defined there. This costs no points."
            )
        return [kept[i] for i in sorted(kept)]

    # Putting together.

    def _put_together(self, added: list[scan.Cell]) -> Clean:
        known = self._anchors()
        after: dict[int, list[scan.Cell]] = {}
        for cell in added:
            place = max((i for i, at in known.items() if at < cell.index), key=lambda i: (known[i], i), default=-1)
            after.setdefault(place, []).append(cell)
        made, rebuilt, magic = [], [], []
        for index in range(-1, len(self.places)):
            if index >= 0:
                self._place(self.places[index], made, rebuilt, magic)
            for cell in after.get(index, []):
                number = sum(bool(c.get("added")) for c in made) + 1
                made.append(_graded("", FREE, cell.source, cells.plain(cell.source), added=True))
                rebuilt.append(_plain_cell(f"added-{number}", cell.source))
        if magic:
            self.notes.append(
                f"IPython's lines (%…, !…) in {_names(magic)} do nothing when graded. Write plain Python if the "
                "exercise needs what they do."
            )
        return Clean(made, self.notes, rebuilt=rebuilt, metadata=self.metadata)

    def _place(self, place: _Place, made: list[dict], rebuilt: list[dict], magic: list[str]) -> None:
        text = place.cell["source"] if place.source is None else place.source
        cell = {**place.cell, "source": text}
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
            plain = _release_plain(text) if place.source is None else cells.plain(text)
            facts = _graded(place.name, place.kind, text, plain, notebooks.points(cell))
            made.append(facts)
            if place.source is not None and facts["source"] != text:
                magic.append(place.name)
        rebuilt.append(cell)

    # What the student is told.

    def _tell(self, exercises: list[_Place]) -> None:
        missing = [p.name for p in exercises if p.source is None]
        empty = [p.name for p in exercises if p.source is not None and not p.source.strip()]
        for kind, names in {**self.mended, "missing": missing, "empty": empty}.items():
            if names:
                self.notes.append(_SENTENCES[kind].format(_names(names), *_number(len(names))))
        order = [p.found.index for p in exercises if p.found]
        if order != sorted(order):
            self.notes.append(
                "Exercises stand in another order than in the released notebook; they are run in the released order."
            )
        self._tell_of_locked()

    def _tell_of_locked(self) -> None:
        """Checks and given cells that were changed or taken away."""
        named = {c.grade_id: c for c in self.handed_in}
        texts = {_same_form(c.source) for c in self.handed_in}
        locked = [p for p in self.places if p.kind in (CHECK, GIVEN) and p.cell["cell_type"] == "code"]
        lost = [p for p in locked if p.released not in texts]
        merged = {p.found.index for p in self.places if p.found}
        changed = [p.name for p in lost if p.name in named and named[p.name].index not in merged]
        gone = [p.name for p in lost if p.name not in named]
        if changed:
            self.notes.append(
                f"You changed {_names(changed)}, which {_is(len(changed))} not yours to change; the released text was "
                "used. If your solutions need your change, move it into an exercise's cell."
            )
        if gone:
            self.notes.append(
                f"{_names(gone)} {_was(len(gone))} missing and put back from the released notebook. "
                "This costs no points."
            )


_SENTENCES = {
    "retyped": "{0} {1} no code cell any more; what stands there was read as code. Change it back (press Y in "
    "JupyterLab) to see it run yourself.",
    "copied": "There are copies of {0}; the one that is filled in counts. Delete the others.",
    "several": "There are several different cells of {0}; the last one counts. Delete the others if you meant "
    "another one.",
    "split": "{0} {2} split into several cells, which were put together again. This costs no points.",
    "merged": "Cells were merged ({0}) and taken apart again. This costs no points; to be sure, compare your notebook "
    "with the released one.",
    "unmarked": "{0} {2} found without nbgrader's mark (Colab, VS Code, and cells that are made anew lose it) and "
    "recognised by what the cell defines or where it stands. This costs no points; look at the code in your "
    "feedback to see whether it is the right one.",
    "missing": "{0} {1} not in your notebook and earns no points. Copy the cell from the released notebook, fill it in "
    "and hand in again.",
    "empty": "{0} {1} empty and earns no points. Fill it in and hand in again.",
}


def _graded(name: str, kind: str, text: str, plain: str, points: float = 0, added: bool = False) -> dict:
    hidden = kind == CHECK and cells.without_hidden_tests(text) != text
    facts = {"grade_id": name, "kind": kind, "source": plain, "written": text}
    return facts | {"points": points, "hidden": hidden, "added": added}


def _plain_cell(name: str, text: str) -> dict:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": text,
    }


def _names(names: list[str]) -> str:
    """At most eight names, and how many more."""
    shown = [re.sub(r"[^\w ./-]", "?", n)[:80] for n in names[:8]]
    if len(names) > 8:
        return f"{', '.join(shown)} and {len(names) - 8} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _number(count: int) -> tuple[str, str]:
    return _is(count), _was(count)


def _cells(count: int) -> str:
    return "A cell that" if count == 1 else f"{count} cells that"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _its(count: int) -> str:
    return "its" if count == 1 else "their"
