"""The figures of a run, in a few lines for the terminal and as docs/conformance.md."""

from pathlib import Path

from . import names, suites

PAGE = Path(__file__).parent.parent.parent / "docs" / "conformance.md"
HEAD = """\
# Conformance

PyTorch 2.13 judges tinytorch on its own test samples: `op_db` for operations, `module_db` for layers and losses,
`optim_db` for optimizers. Values, shapes and dtypes are compared, gradients and gradients of gradients in float64
(only where the forward result is right), and whether there is an error where PyTorch has one. `make conformance` runs
the suite and writes this page; `make conformance-mutants` shows that a rule which is wrong by one per cent is noticed.
"""
LIMITS = """\
Limits: the first {limit} samples of an operation, none with more than {largest} elements; PyTorch's reference inputs,
which hold broadcasting, other orders in memory, sizes of 0 and 1, NaN and infinity. Samples about complex numbers,
devices, memory formats and `out=` are left out. Of random operations shape and dtype are compared.
"""


def complete(scores):
    """Whether every member of every suite was judged."""
    return {(s["suite"], s["name"]) for s in scores} == set(suites.MEMBERS)


def sums(scores, suite):
    """(passed, total) by kind for one suite, in its order of kinds."""
    found = {}
    for kind in suites.SUITES[suite][2]:
        counts = [s["counts"][kind] for s in scores if s["suite"] == suite and kind in s["counts"]]
        if counts:
            found[kind] = tuple(map(sum, zip(*counts, strict=True)))
    return found


def figure(passed, total):
    """4784/5003, and in per cent where they differ."""
    return f"{passed}/{total}"


def text(scores):
    """The sums of each suite, one line each."""
    lines = []
    for suite in suites.SUITES:
        found = sums(scores, suite)
        if found:
            parts = (f"{kind} {figure(*c)} ({100 * c[0] / c[1]:.1f} %)" for kind, c in found.items())
            lines.append(f"{suite}: " + ", ".join(parts))
    return "\n".join(lines)


def write(scores):
    """Write the page; return its path."""
    from .judge import LARGEST, LIMIT

    parts = [HEAD, _summary(scores), LIMITS.format(limit=LIMIT, largest=f"{LARGEST:,}"), _known(scores)]
    parts += [_table(scores, suite) for suite in suites.SUITES]
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return PAGE


def _summary(scores):
    lines = ["| | members | comparisons | agree |", "|---|---|---|---|"]
    for label, suite, some in _groups(scores):
        for kind, (passed, total) in sums(some, suite).items():
            lines.append(f"| {label}: {kind} | {len(some)} | {total} | {passed} ({100 * passed / total:.1f} %) |")
    return "\n".join(lines) + "\n"


def _groups(scores):
    """(label, suite, scores): operations that have PyTorch's name apart from those that are one line of ours."""
    operations = [s for s in scores if s["suite"] == "operations"]
    yield "operations, all", "operations", operations
    yield "of PyTorch's name", "operations", [s for s in operations if s["name"] not in names.WORDS]
    yield "in one line of ours", "operations", [s for s in operations if s["name"] in names.WORDS]
    for suite in ("layers", "optimizers", "schedules"):
        yield suite, suite, [s for s in scores if s["suite"] == suite]


def _known(scores):
    found = {}
    for s in scores:
        for reason, where in s["known"].items():
            found.setdefault(reason, []).append((s["name"], len(where)))
    lines = ["## Known disagreements", "", "| why | where (comparisons) | in all |", "|---|---|---|"]
    for reason, places in sorted(found.items(), key=lambda item: (-sum(n for _, n in item[1]), item[0])):
        where = ", ".join(f"`{name}` {n}" for name, n in sorted(places))
        lines.append(f"| {reason} | {where} | {sum(n for _, n in places)} |")
    return "\n".join(lines) + "\n"


def _table(scores, suite):
    kinds = list(sums(scores, suite))
    written = suite == "operations"
    head = [suite.capitalize()[:-1], *kinds] + ["written as"] * written
    lines = [f"## {suite.capitalize()}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for s in sorted((s for s in scores if s["suite"] == suite), key=lambda s: s["name"].lower()):
        cells = [figure(*s["counts"][kind]) if kind in s["counts"] else "" for kind in kinds]
        if written:
            line = names.WORDS.get(s["name"], "").removeprefix("lambda ").replace("|", "\\|")
            cells.append(f"`{line}`" if line else "")
        lines.append(f"| `{s['name']}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
