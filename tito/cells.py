"""What a cell's text says: nbgrader's markers, nbdev's directives, IPython's lines, names defined and used."""

import ast
import re
import symtable
from dataclasses import dataclass, field

_DIRECTIVE = re.compile(r"^\s*#\s*\|\s*([^\s:]+)\s*:?\s?(.*?)\s*$")
_LEADING = re.compile(r"^(\s*#\s*\||\s*%%\w+|\s*$)")  # what nbdev skips over while it looks for directives
_IPYTHON = re.compile(r"^\s*([%!?]|[\w.]+\?{1,2}\s*$|[\w., ]+=\s*[%!])")
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what ast.parse raises, over nested code too
_PYTHON_CELL_MAGICS = {"time", "timeit", "capture", "prun"}  # `%%time` and the like: the body is Python


def without_hidden_tests(text: str) -> str:
    """The text as nbgrader releases it: no lines between BEGIN and END HIDDEN TESTS."""
    kept, hidden = [], False
    for line in text.split("\n"):
        if "BEGIN HIDDEN TESTS" in line:
            hidden = True
        elif "END HIDDEN TESTS" in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept)


def without_markers(text: str) -> str:
    """The text without the lines that mark a solution; hidden tests go altogether."""
    lines = without_hidden_tests(text).split("\n")
    return "\n".join(line for line in lines if not re.search(r"#.*\b(BEGIN|END) SOLUTION\b", line))


def directives(text: str) -> dict[str, str]:
    """nbdev's directives of a cell (`export`, `default_exp`, …) with their values: only the first lines count."""
    found = {}
    for line in text.split("\n"):
        if not _LEADING.match(line):
            break
        match = _DIRECTIVE.match(line)
        if match:
            found[match[1]] = match[2]
    return found


def ignored_directives(text: str) -> list[tuple[int, str]]:
    """Export directives that nbdev does not see because something stands above them: (line, name)."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if not _LEADING.match(line)), len(lines))
    found = [(i, _DIRECTIVE.match(line)) for i, line in enumerate(lines) if i >= first]
    return [(i + 1, m[1]) for i, m in found if m and re.fullmatch(r"export\w*|default_exp", m[1])]


def is_exported(cell: dict) -> bool:
    """Whether the cell goes into the package."""
    return cell["cell_type"] == "code" and any(re.fullmatch(r"exports?|exporti", d) for d in directives(cell["source"]))


def ipython_lines(text: str) -> list[int]:
    """The numbers of the lines that only IPython understands (`%matplotlib inline`, `!ls`, `name?`)."""
    if _parses(text):
        return []
    lines = text.split("\n")
    body = next((line for line in lines if line.strip()), "")
    magic = re.match(r"\s*%%(\w+)", body)
    if magic and magic[1] not in _PYTHON_CELL_MAGICS:
        return list(range(1, len(lines) + 1))
    return [i + 1 for i, line in enumerate(lines) if _IPYTHON.match(line)]


def plain(text: str) -> str:
    """The text as plain Python: IPython's lines do nothing, and every line keeps its number."""
    skipped = set(ipython_lines(text))
    if not skipped:
        return text
    lines = text.split("\n")
    return "\n".join(re.match(r"\s*", s)[0] + "pass" if i + 1 in skipped else s for i, s in enumerate(lines))


def first_docstring(text: str, prefix: str) -> str:
    """The docstring of the cell's first function whose name begins so, or ""."""
    if not _parses(text):
        return ""
    functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name.startswith(prefix)]
    return (ast.get_docstring(functions[0]) or "") if functions else ""


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except UNPARSABLE:
        return False
    return True


@dataclass
class Names:
    """The names of a cell: `defines` also holds names whose attributes or items it sets.

    `uses`: what it reads, but for names that are local to its functions.
    """

    defines: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    everything: bool = False  # `from x import *`: it may define any name


def names(text: str) -> Names:
    """The names a cell defines at its top level, and those it uses; a guess for a cell that does not parse."""
    found, text = Names(), plain(text)
    try:
        tree, read = ast.parse(text), _read(symtable.symtable(text, "<cell>", "exec"))
        found.uses = _unbound(tree.body, set()) & read
    except UNPARSABLE:
        found.defines = set(re.findall(r"(?m)^(?:(?:def|class) +)?(\w+)(?=\s*[=(:])", text))
        return found
    for node in _top_level(tree):
        _define(node, found)
    return found


def _unbound(body: list[ast.stmt], bound: set[str]) -> set[str]:
    """The names that statements read before one of them has surely bound them; `bound`: before the first."""
    found, bound = set(), set(bound)
    for node in body:
        if isinstance(node, ast.For):
            found |= _loads(node.iter) - bound
            found |= _unbound(node.body + node.orelse, bound | _stores(node.target))
        else:
            found |= _loads(node) - bound
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.Assign):
            bound |= set().union(*map(_stores, node.targets))
    return found


def _loads(node: ast.AST) -> set[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):  # whose local names are no one else's
        return reads(ast.unparse(node))
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _stores(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def reads(text: str) -> set[str]:
    """All global names that a Python text may read, whether it defines them itself or not."""
    try:
        return _read(symtable.symtable(text, "<cell>", "exec"))
    except UNPARSABLE:
        return set()


def _read(scope: symtable.SymbolTable) -> set[str]:
    """The names that a scope, and those within it, may read from outside."""
    found = set().union(*map(_read, scope.get_children()))
    for symbol in scope.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or scope.get_type() == "class"):
            found.add(symbol.get_name())
    return found


def _top_level(node: ast.AST):
    """The nodes that run when the cell runs: not the insides of functions, classes and lambdas."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _top_level(child)


def _define(node: ast.AST, found: Names) -> None:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        found.defines.add(node.name)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        found.defines.add(node.id)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        found.uses.add(node.target.id)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            found.everything |= alias.name == "*"
            found.defines.add((alias.asname or alias.name).partition(".")[0])
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        _modify(node.value, getattr(node, "attr", ""), found)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and len(node.args) == 3:
        _modify(node.args[0], getattr(node.args[1], "value", ""), found)


def _modify(target: ast.AST, attribute: object, found: Names) -> None:
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    if isinstance(target, ast.Name):
        found.defines.add(target.id)
    if attribute:
        found.attributes.add(str(attribute))
