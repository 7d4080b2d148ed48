"""The ladder of hints: one rung at a time, remembered in the workspace's progress."""

from tito import notebooks, workspace
from tito.course import WORKSPACE, Course
from tito.errors import USAGE, TitoError


def climb(course: Course, text: str, again: bool = False, every: bool = False) -> dict:
    """The next hint of the exercise that `text` (NN.exercise) means, as plain data.

    `hints` has (number, text) pairs: the next rung; with `again` the one shown last; with
    `every` all of them. `repeated` tells that there was no further one.
    """
    word, _, name = text.partition(".")
    module, note = course.module(word)
    released = _released(course, module)
    if not name:
        listing = notebooks.exercise_names(notebooks.exercises(released), module)
        raise TitoError(f"Which exercise of {module.slug}?\n{listing}", "", USAGE)
    chosen = notebooks.exercise(released, name, module)
    count = len(chosen.hints)
    seen = min(_seen(course, module, chosen.name), count)
    shown = count if every else min(max(seen, 1) if again else seen + 1, count)
    if shown != seen:
        workspace.record(course, module, hints={chosen.name: shown})
    first = 1 if every else max(shown, 1)  # with no hints at all, the range below is empty
    rungs = [(number, chosen.hints[number - 1]) for number in range(first, shown + 1)]
    short = f"{module.number:02d}.{notebooks.short_name(chosen.name, module)}"
    facts = {"module": module.slug, "exercise": chosen.name, "short": short, "note": note}
    facts |= {"count": count, "shown": shown}
    return {**facts, "hints": rungs, "repeated": shown == seen and not (again or every)}


def _released(course: Course, module) -> dict:
    """The notebook that has the hints: the pristine one, so that a damaged one does no harm."""
    if course.kind == WORKSPACE:
        return workspace.pristine(course, module)
    return notebooks.read(notebooks.build(course, module))


def _seen(course: Course, module, name: str) -> int:
    seen = workspace.progress(course).get(module.slug, {}).get("hints")
    number = seen.get(name, 0) if isinstance(seen, dict) else 0
    return number if isinstance(number, int) and number >= 0 else 0
