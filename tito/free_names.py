"""Global names that exported code uses and no exported cell defines.

In the notebook such code runs, since other cells define the name; in the package it ends in a NameError.
"""

import ast
import builtins
import itertools
import re
import symtable
import sys
from dataclasses import dataclass, field

from tito import cells, notebooks


@dataclass
class Globals:
    """The global names of a text: those it binds, and those it uses anywhere, in functions too."""

    binds: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    everything: bool = False  # `from x import *`: it may bind any name


def of(text: str) -> Globals:
    """The global names of a Python text that compiles."""
    tree = _WithoutAnnotations(text).visit(ast.parse(text))
    found = Globals()
    stars = (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom))
    found.everything = any(alias.name == "*" for n in stars for alias in n.names)
    _collect(symtable.symtable(ast.unparse(tree), "<cell>", "exec"), found)
    return found


def _collect(table: symtable.SymbolTable, found: Globals) -> None:
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        name = symbol.get_name()
        bound = symbol.is_assigned() or symbol.is_imported()
        if bound and (outermost or symbol.is_declared_global()):
            found.binds.add(name)
        if symbol.is_referenced() and symbol.is_global():
            found.uses.add(name)
    for inner in table.get_children():
        _collect(inner, found)


class _WithoutAnnotations(ast.NodeTransformer):
    """Takes away the annotations that Python never evaluates: of a function's variables, or all of them."""

    def __init__(self, text: str):
        self.depth = 0
        self.all = bool(re.search(r"(?m)^from __future__ import .*\bannotations\b", text))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function: its variables' annotations go, its own are evaluated."""
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        if self.all:
            node.returns = None
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter."""
        if self.all:
            node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A variable with an annotation."""
        self.generic_visit(node)
        if self.depth or self.all:
            node.annotation = ast.Constant(None)
        return node


def missing(exported: dict[str, str]) -> dict[str, list[str]]:
    """Of exported cells (name -> text): the names that each uses and none defines, in order."""
    known = {name: of(text) for name, text in exported.items()}
    if any(one.everything for one in known.values()):
        return {}
    defined = set().union(*(one.binds for one in known.values()), dir(builtins))
    free = {name: sorted(n for n in one.uses - defined if not _dunder(n)) for name, one in known.items()}
    return {name: names for name, names in free.items() if names}


def problems(notebook: dict) -> dict[int, str]:
    """For each exported cell that leans on one which is not exported, by its index: what it lacks, and what to do.

    Nothing where an exported cell does not compile: what it would define is unknown.
    """
    code = {i: c for i, c in enumerate(notebook["cells"]) if c["cell_type"] == "code"}
    exported = {i: cells.without_markers(cells.plain(c["source"])) for i, c in code.items() if cells.is_exported(c)}
    others = [cells.plain(c["source"]) for i, c in code.items() if i not in exported]
    try:
        found = missing(exported)
    except (SyntaxError, ValueError):
        return {}
    named = (cells.directives(text).get("default_exp") for text in exported.values())
    built = _built_before(next(filter(None, named), ""))
    return {i: _told(notebook["cells"][i], i, names, others, built) for i, names in found.items()}


def _told(cell: dict, index: int, names: list[str], others: list[str], built: dict[str, str]) -> str:
    what = notebooks.grade_id(cell) or f"cell {index + 1}"
    some = "them" if len(names) > 1 else "it"
    homes = {n: built[n] for n in names if n in built and not any(_defines(text, n) for text in others)}
    importable = all(name in homes or is_importable(name, others) for name in names)
    advice = f"import {some} inside the function, or" if importable else f"define {some}"
    told = f"{what} uses {' and '.join(names)}, which no exported cell defines: {advice} in an exported cell"
    return f"{told}: {_imports(homes)}." if importable and homes else f"{told}."


def _imports(homes: dict[str, str]) -> str:
    """The lines that import names from the modules of the package that build them."""
    modules = dict.fromkeys(homes.values())
    return "; ".join(f"from tinytorch.{m} import {', '.join(n for n in homes if homes[n] == m)}" for m in modules)


def _built_before(own: str) -> dict[str, str]:
    """Which module of the package first builds each name; only modules before `own` count."""
    try:
        from tinytorch._built_by import BUILT_BY
    except ImportError:  # nothing has been exported yet
        return {}
    earlier = itertools.takewhile(lambda module: module != own, BUILT_BY)
    pairs = [(name, module) for module in earlier for name in BUILT_BY[module][1]]
    return dict(reversed(pairs))


def _defines(text: str, name: str) -> bool:
    """Whether a text binds the name otherwise than by an import."""
    try:
        return name in of(text).binds and name not in _imported(text)
    except (SyntaxError, ValueError):
        return False


def _dunder(name: str) -> bool:
    """Whether Python itself provides the name (`__file__`, or `__module__` in a class)."""
    return name.startswith("__") and name.endswith("__")


def is_importable(name: str, texts: list[str]) -> bool:
    """Whether some other cell imports the name, or it is a module of Python's own library."""
    return name in sys.stdlib_module_names or any(name in _imported(text) for text in texts)


def _imported(text: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return set()
    aliases = [a for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names]
    return {(a.asname or a.name).partition(".")[0] for a in aliases}
