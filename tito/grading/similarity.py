"""Which students handed in the same work: for the instructor's eyes, no verdict and no part of a mark.

Two solutions are the same if their trees are equal once layout, comments, docstrings and the names of variables
are gone. What equals the reference solution or the release says nothing, and neither does what many found.
"""

import ast
import hashlib
import itertools
from collections import defaultdict
from dataclasses import dataclass

from tito import cells, notebooks
from tito.course import Module
from tito.grading import sanitise, statements
from tito.grading.classroom import Classroom

ENOUGH = 80  # nodes of syntax: about eight lines that nobody else wrote
MOST_HOLDERS = 50  # a solution that more students share is the obvious one


@dataclass(frozen=True)
class Pair:
    """Two students: the exercises in which they agree, of `compared` that both answered in their
    own way; `file` if the files are equal."""

    students: tuple[str, str]
    agree: tuple[str, ...]
    compared: int
    file: bool

    def sentence(self) -> str:
        """The note for the instructor."""
        one, two = self.students
        if self.file:
            return f"{one} and {two} handed in the same file, byte for byte."
        return (
            f"{one} and {two}: {len(self.agree)} of {self.compared} solutions that are not the reference's are the "
            f"same but for layout, comments and names of variables: {', '.join(self.agree)}."
        )


def normal_form(source: str) -> tuple[str, int]:
    """(a digest that equal solutions share, their size in nodes of syntax); of no Python, the words of the text."""
    tree = statements.parsed(source)
    try:
        if tree is not None:
            _Forget(_bound(tree)).visit(tree)
            return _digest(ast.dump(tree)), sum(1 for _ in ast.walk(tree))
    except RecursionError:
        pass
    words = [line.partition("#")[0].split() for line in source.split("\n")]
    return _digest(repr(list(itertools.chain(*words)))), sum(map(len, words))


def pairs(handed_in: dict[str, dict[str, str]], known: list[dict[str, str]], files: dict[str, str]) -> list[Pair]:
    """The pairs of students worth a look, those with most in common first: half of what says anything agrees.

    handed_in: student -> exercise -> source. known: sources that say nothing (reference, release).
    files: student -> digest of the file.
    """
    dull = {(name, normal_form(text)[0]) for one in known for name, text in one.items()}
    forms: dict[str, dict[tuple, int]] = {}
    for student, sources in handed_in.items():
        own = {(name, form): size for name, text in sources.items() for form, size in [normal_form(text)]}
        forms[student] = {key: size for key, size in own.items() if key not in dull}
    evidence = _evidence(forms)
    same = _equal({student: digest for student, digest in files.items() if forms.get(student)})
    for one, two in same:
        evidence[one, two] = max(evidence[one, two], ENOUGH)
    heavy = sorted((-weight, couple) for couple, weight in evidence.items() if weight >= ENOUGH)
    found = [_pair(couple, forms, couple in same) for _, couple in heavy]
    return [pair for pair in found if pair.file or 2 * len(pair.agree) >= pair.compared]


def _pair(couple: tuple[str, str], forms: dict[str, dict[tuple, int]], file: bool) -> Pair:
    one, two = (forms[student].keys() for student in couple)
    both = {name for name, _ in one} & {name for name, _ in two}
    return Pair(couple, tuple(sorted(name for name, _ in one & two)), len(both), file)


def _evidence(forms: dict[str, dict[tuple, int]]) -> dict[tuple[str, str], float]:
    """For each pair the nodes in which it agrees, each shared out among all who have it."""
    holders = defaultdict(list)
    for student in sorted(forms):
        for key, size in forms[student].items():
            holders[key].append((student, size))
    found: dict[tuple[str, str], float] = defaultdict(float)
    for group in holders.values():
        if len(group) <= MOST_HOLDERS:
            for (one, size), (two, _) in itertools.combinations(group, 2):
                found[one, two] += size / (len(group) - 1)
    return found


def _equal(files: dict[str, str]) -> set[tuple[str, str]]:
    """The pairs of students whose files are equal."""
    alike = defaultdict(list)
    for student in sorted(files):
        alike[files[student]].append(student)
    return {pair for group in alike.values() for pair in itertools.combinations(group[:MOST_HOLDERS], 2)}


def of_class(classroom: Classroom, module: Module) -> list[Pair]:
    """The pairs of a class in one module; what cannot be read is left out."""
    release = notebooks.read(module.path)
    reference = notebooks.read(classroom.root / "source" / module.notebook)
    handed_in, files = {}, {}
    for student, file in classroom.submissions(module).items():
        raw = b"" if file.is_symlink() else file.read_bytes()
        made = sanitise.clean(raw, release)
        if made.status == sanitise.OK:
            handed_in[student] = {c["grade_id"]: c["source"] for c in made.cells if c["kind"] == sanitise.SOLUTION}
            files[student] = hashlib.sha256(raw).hexdigest()
    return pairs(handed_in, [_solutions(release), _solutions(reference)], files)


def _solutions(notebook: dict) -> dict[str, str]:
    found = [c for c in notebook["cells"] if notebooks.is_solution(c)]
    return {notebooks.grade_id(c): cells.plain(cells.without_markers(c["source"])) for c in found}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _bound(tree: ast.AST) -> set[str]:
    """The names that the code itself makes: variables, parameters, functions; not attributes and methods."""
    found, inside, made = set(), [tree], (ast.FunctionDef, ast.AsyncFunctionDef)
    while inside:
        node = inside.pop()
        in_class = isinstance(node, ast.ClassDef)
        for child in ast.iter_child_nodes(node):
            inside.append(child)
            if isinstance(child, ast.arg):
                found.add(child.arg)
            elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                found.add(child.id)
            elif isinstance(child, ast.ExceptHandler | ast.ClassDef) or isinstance(child, made) and not in_class:
                found.add(child.name)
    return found - {None}


class _Forget(ast.NodeTransformer):
    """Gives every bound name a number in the order in which they come, and drops docstrings."""

    def __init__(self, bound: set[str]):
        self.numbers = dict.fromkeys(bound, "")
        self.count = itertools.count()

    def _number(self, name: str | None) -> str | None:
        if name in self.numbers and not self.numbers[name]:
            self.numbers[name] = f"name{next(self.count)}"
        return self.numbers.get(name, name)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Any node: its own name, then what is below it."""
        for field in ("id", "arg", "name"):
            if isinstance(getattr(node, field, None), str) and not isinstance(node, (ast.keyword, ast.alias)):
                setattr(node, field, self._number(getattr(node, field)))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [self._number(name) for name in node.names]
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1 and _is_text(body[0]):
            del body[0]
        return super().generic_visit(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
