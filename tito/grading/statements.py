"""What a student's cell defines and uses, in code that may not even parse; never raises."""

import ast
import re

from tito import cells, free_names

_HEAD = re.compile(r"(?m)^((?:@.*\n)*)(?:async +)?(?:def|class) +(\w+)")


def parsed(text: str) -> ast.Module | None:
    """The tree of a text (IPython's lines passed over), or None."""
    try:
        return ast.parse(cells.plain(text))
    except cells.UNPARSABLE:
        return None


def keys(text: str) -> set[str]:
    """What tells an exercise from others: its functions and classes, else the names that it assigns.

    A function called `_` is known by its decorator: `@rule(mul)`.
    """
    tree = parsed(text)
    if tree is None:
        return {name if name != "_" else _decorators(above) for above, name in _HEAD.findall(text)}
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {_key(node) for node in tree.body if isinstance(node, made)}
    return found or {n.id for node in tree.body for n in _targets(node)}


def _key(node: ast.AST) -> str:
    if node.name != "_":
        return node.name
    try:
        return _decorators("\n".join(f"@{ast.unparse(d)}" for d in node.decorator_list))
    except RecursionError:
        return "_"


def _decorators(text: str) -> str:
    return re.sub(r"\s", "", text).replace('"', "'")


def _targets(node: ast.AST) -> list[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [t for t in targets if isinstance(t, ast.Name)]


def defines(text: str) -> set[str]:
    """The names that a cell sets or changes at its top level; "*" where it may be any."""
    found = cells.names(text) if parsed(text) is not None else None
    if found is None:
        return {name for _, name in _HEAD.findall(text)}
    return found.defines | ({"*"} if found.everything else set())


def uses(text: str) -> set[str]:
    """The global names that a text uses; of one that does not parse, every word."""
    try:
        if parsed(text) is not None:
            return free_names.of(cells.plain(text)).uses
    except (*cells.UNPARSABLE, AttributeError):
        pass
    return set(re.findall(r"\b[^\W\d]\w*", text))


def is_split(parts: list[str], joined: str) -> bool:
    """Whether these are parts of one cell: together they are Python, and apart they are not or define other things."""
    if parsed(joined) is None:
        return False
    if any(parsed(part) is None for part in parts):
        return True
    own = [keys(part) for part in parts]
    return sum(map(len, own)) == len(set().union(*own))


def carve(text: str, wanted: set[str]) -> tuple[str, str] | None:
    """(the top-level statements that define what is wanted, the rest), or None where there are none."""
    tree = parsed(text)
    if tree is None:
        return None
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [{_key(n)} if isinstance(n, made) else {t.id for t in _targets(n)} for n in tree.body]
    if not any(own & wanted for own in names):
        return None
    lines = text.split("\n")
    first = [min((n.lineno, *(d.lineno for d in getattr(n, "decorator_list", [])))) - 1 for n in tree.body]
    taken, rest, start = [], lines[: first[0]], first[0]
    for own, end in zip(names, [*first[1:], len(lines)], strict=True):
        (taken if own & wanted else rest).extend(lines[start:end])
        start = end
    return "\n".join(taken).strip("\n") + "\n", "\n".join(rest)
