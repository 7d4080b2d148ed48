"""What a machine can hold of the course's style and form: one small function per rule.

A rule's docstring is the rule. It takes a `Source` and yields (line, message) for each place that breaks it.
"""

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tito import cells, export, free_names, notebooks
from tito.course import Course, Module, header
from tito.errors import TitoError
from tito.files import write_atomic
from tito.notebooks import grade_id, is_solution, is_test

MAX_WORDS, MAX_LINES, MEDIAN_CELL, LONG_CELL, MIN_HINTS = 3000, 400, 6, 25, 2
Places = Iterator[tuple[int, str]]

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\u2757\u2764\u2b50\ufe0f]")
_BANNER = re.compile(r"^\s*#+\s*([-=*#~_])\1{3,}|\+-{3,}\+|[\u2500-\u257f]{2,}")
_MARKETING = re.compile(
    r"\b(magic(al(ly)?)?|congratulations|congrats|amazing(ly)?|awesome|powerful|simply|incredibl[ey]|seamless(ly)?|"
    r"effortless(ly)?|blazing(ly)?|supercharge\w*|game-chang\w+|cutting-edge|state-of-the-art|delve\w*|exciting)\b",
    re.IGNORECASE,
)
_TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_PACKAGES = {"numpy", "matplotlib"}  # what exported code may import beside the standard library
# what NumPy lacks or does slowly, and the terminal: for exported code too
_HELPERS = {"tinytorch._arrays", "tinytorch._images", "tinytorch._special", "tinytorch.progress"}
_PRINTING = {"__repr__", "__str__", "_repr_html_", "__format__"}
_IN_PLACE = re.compile(r"step|_step|load_state_dict|\w*[^_]_")


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.rule})"


@dataclass
class Source:
    """One module's source, its cells, and the line on which each cell's text begins."""

    course: Course
    module: Module
    text: str
    notebook: dict
    starts: list[int]

    @property
    def cells(self) -> list[tuple[int, dict]]:
        """Each cell with the line of its percent header."""
        return list(zip(self.starts, self.notebook["cells"], strict=True))

    @property
    def code(self) -> list[tuple[int, dict]]:
        """The code cells."""
        return [(line, cell) for line, cell in self.cells if cell["cell_type"] == "code"]

    @property
    def exported(self) -> list[tuple[int, ast.Module]]:
        """The exported cells that parse."""
        return [(line, tree) for line, cell in self.code if cells.is_exported(cell) and (tree := _tree(cell))]


def read(course: Course, module: Module) -> Source:
    """Read a module's source for linting."""
    text = module.path.read_text(encoding="utf-8")
    notebook = notebooks.from_source(text, module.slug)
    starts = [i for i, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
    if len(starts) != len(notebook["cells"]):  # text before the first cell: lines cannot be told
        starts = [1] * len(notebook["cells"])
    return Source(course, module, text, notebook, starts)


def lint(course: Course, modules: list[Module]) -> list[Finding]:
    """Everything the rules find in these modules, in order of file and line."""
    found = []
    for module in modules:
        source = read(course, module)
        file = module.path.relative_to(course.root).as_posix()
        found += [Finding(file, line, rule.__name__, text) for rule in RULES for line, text in rule(source)]
    return sorted(found, key=lambda f: (f.file, f.line))


def fix(module: Module) -> bool:
    """Bring a source into canonical form; whether anything changed."""
    text = module.path.read_text(encoding="utf-8")
    canonical = notebooks.to_source(notebooks.from_source(text, module.slug))
    if canonical != text:
        write_atomic(module.path, canonical)
    return canonical != text


def _tree(cell: dict) -> ast.Module | None:
    try:
        return ast.parse(cells.plain(cell["source"]))
    except (SyntaxError, ValueError):
        return None


def header_facts(source: Source) -> Places:
    """The header gives a title, hours, the prerequisites (modules before this one) and the kernel."""
    data = header(source.text)
    facts = data.get("tinytorch") or {}
    if not str(facts.get("title", "")).strip():
        yield 1, "the header has no title"
    if not isinstance(facts.get("hours"), (int, float)) or not 0 < facts["hours"] <= 40:
        yield 1, f"hours: expected a number up to 40, got {facts.get('hours')!r}"
    if data.get("kernelspec") != notebooks.KERNELSPEC:
        yield 1, f"kernelspec: expected {notebooks.KERNELSPEC}; without it VS Code saves stay ungraded"
    before = {m.slug for m in source.course.modules if m.number < source.module.number}
    for slug in facts.get("prerequisites") or []:
        if slug not in before:
            yield 1, f"prerequisites: {slug} is no module before {source.module.slug}"


def canonical_form(source: Source) -> Places:
    """The source is what jupytext writes for it, byte for byte (`tito dev lint --fix` mends it)."""
    canonical = notebooks.to_source(source.notebook)
    if canonical != source.text:
        pairs = zip(canonical.split("\n"), source.text.split("\n"), strict=False)
        line = next((i for i, (a, b) in enumerate(pairs, 1) if a != b), source.text.count("\n"))
        yield line, "not in canonical form: tito dev lint --fix"


def grading_metadata(source: Source) -> Places:
    """Every graded or locked cell has nbgrader metadata of schema 3 with a grade_id of its own."""
    taken = {name: m.slug for m in source.course.modules if m != source.module for name in _grade_ids(m)}
    for line, cell in source.cells:
        data = cell["metadata"].get("nbgrader")
        if "incorrectly_encoded_metadata" in cell["metadata"]:
            yield line, "the cell's metadata is not valid JSON"
        elif data is not None:
            yield from ((line, problem) for problem in _metadata_problems(data, taken))
            taken[data.get("grade_id")] = source.module.slug


def _grade_ids(module: Module) -> list[str]:
    return re.findall(r'(?m)^# %%.*"grade_id": "([^"]*)"', module.path.read_text(encoding="utf-8"))


def _metadata_problems(data: dict, taken: dict[str, str]) -> Iterator[str]:
    name = data.get("grade_id")
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        yield f"grade_id: expected letters, digits, - and _, got {name!r}"
    elif name in taken:
        yield f"grade_id '{name}' is used in {taken[name]} already"
    if data.get("schema_version") != 3:
        yield f"schema_version: expected 3, got {data.get('schema_version')!r}"
    if not {"grade", "solution", "locked", "task"} <= data.keys():
        yield f"nbgrader metadata lacks {', '.join(sorted({'grade', 'solution', 'locked', 'task'} - data.keys()))}"
    elif data["solution"] and data["locked"]:
        yield "a solution cell must not be locked"
    elif data["grade"] and not data["solution"] and not data["locked"]:
        yield "a check must be locked"


def solution_markers(source: Source) -> Places:
    """Solution cells, and only they, hold ### BEGIN SOLUTION and ### END SOLUTION, in pairs."""
    for line, cell in source.cells:
        marks = re.findall(r"(?m)^\s*### (BEGIN|END) SOLUTION$", cell["source"])
        mentions = len(re.findall(r"(BEGIN|END) SOLUTION", cell["source"]))
        if mentions != len(marks) or marks != ["BEGIN", "END"] * (len(marks) // 2):
            yield line, "solution markers: expected pairs of '### BEGIN SOLUTION' and '### END SOLUTION'"
        elif bool(marks) != is_solution(cell):
            yield line, "a solution cell without markers" if not marks else "solution markers in another cell"


def hidden_test_markers(source: Source) -> Places:
    """Hidden tests stand in checks only, in pairs of markers, after the visible test."""
    for line, cell in source.cells:
        marks = re.findall(r"(?m)^### (BEGIN|END) HIDDEN TESTS$", cell["source"])
        mentions = len(re.findall(r"(BEGIN|END) HIDDEN TESTS", cell["source"]))
        if mentions != len(marks) or marks != ["BEGIN", "END"] * (len(marks) // 2):
            yield line, "hidden tests: expected pairs of '### BEGIN HIDDEN TESTS' and '### END HIDDEN TESTS'"
        elif marks and not is_test(cell):
            yield line, "hidden tests in a cell that is no check"


def checks_have_points(source: Source) -> Places:
    """Every check has points, a test function whose docstring says what holds, and a call of it."""
    for line, cell in source.code:
        if not is_test(cell):
            continue
        if not notebooks.points(cell) > 0:
            yield line, "a check without points"
        visible = cells.without_hidden_tests(cell["source"])
        if not cells.first_docstring(visible, "test"):
            yield line, "a check needs a function test_… with a docstring: it is the check's title"
        for name in re.findall(r"(?m)^def (test\w*)", visible):
            if not re.search(rf"(?m)^{name}\(", visible):
                yield line, f"{name} is never called"


def checks_have_hidden_tests(source: Source) -> Places:
    """Every check has hidden tests, or itself draws its inputs by `default_rng()`, without a seed."""
    for line, cell in source.code:
        visible, whole = _tree({"source": cells.without_hidden_tests(cell["source"])}), _tree(cell)
        hidden = not visible or not whole or ast.dump(visible) != ast.dump(whole)
        if is_test(cell) and not hidden and not any(map(_draws_anew, ast.walk(visible))):
            yield line, f"'{grade_id(cell)}' has no hidden tests: a table of answers would pass"


def _draws_anew(node: ast.AST) -> bool:
    """Whether this is a call of `default_rng` without a seed, which each run of grading gives one of its own."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "default_rng":
        return False
    seeds = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(isinstance(seed, ast.Constant) and seed.value is None for seed in seeds)


def checks_follow_exercises(source: Source) -> Places:
    """A check comes at once after its exercise: before any text, and before the next exercise's hints."""
    unchecked: list[tuple[int, str]] = []
    for line, cell in source.cells:
        if is_test(cell):
            unchecked = []
        elif is_solution(cell):
            unchecked.append((line, grade_id(cell)))
        elif cell["cell_type"] == "markdown":
            yield from ((at, f"'{name}' is not followed by its check") for at, name in unchecked)
            unchecked = []
    yield from ((at, f"'{name}' is not followed by its check") for at, name in unchecked)
    judged = {name for e in notebooks.exercises(source.notebook) for name in e.checks}
    for line, cell in source.cells:
        if is_test(cell) and grade_id(cell) not in judged:
            yield line, f"'{grade_id(cell)}' comes before any exercise"


def checks_stand_alone(source: Source) -> Places:
    """A check uses no name that only another check defines: `tito test NN.exercise` runs it without the other."""
    parsed = [(line, cell) for line, cell in source.code if _tree(cell)]
    found = [(line, is_test(cell), free_names.of(cells.plain(cell["source"]))) for line, cell in parsed]
    by_checks = {name for _, check, names in found if check for name in names.binds}
    given: set[str] = set()
    for line, check, names in found:
        if not check:
            given |= names.binds
            continue
        for name in sorted(names.uses & by_checks - names.binds - given):
            yield line, f"'{name}' is defined in another check: define it in a locked cell before both"


def hint_ladders(source: Source) -> Places:
    """Every exercise has a ladder of at least two hints before it."""
    for exercise in notebooks.exercises(source.notebook):
        if len(exercise.hints) < MIN_HINTS:
            yield source.starts[exercise.index], f"'{exercise.name}' has {len(exercise.hints)} of {MIN_HINTS} hints"


def cell_sizes(source: Source) -> Places:
    """Half of the code cells have at most 6 lines, nine in ten at most 25."""
    sizes = [(len(_lines_of_code(cell)), line) for line, cell in source.code]
    if not sizes:
        return
    median = statistics.median_low(size for size, _ in sizes)
    if median > MEDIAN_CELL:
        yield 1, f"the median code cell has {median} lines, expected at most {MEDIAN_CELL}"
    long = sorted((s for s in sizes if s[0] > LONG_CELL), reverse=True)
    if len(long) > 0.1 * len(sizes):
        size, line = long[0]
        yield line, f"{len(long)} of {len(sizes)} code cells have more than {LONG_CELL} lines; this one {size}"


def _lines_of_code(cell: dict) -> list[str]:
    """A cell's lines as a student counts them: no markers, hidden tests, directives, comments, docstrings, blanks."""
    text = cells.without_markers(cell["source"])
    tree = _tree({"source": text})
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            docstrings |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(text.split("\n"), 1)
    return [s for i, s in lines if i not in docstrings and s.strip() and not s.strip().startswith("#")]


def length(source: Source) -> Places:
    """A module has at most 3,000 words of prose, and exports at most 400 lines of code."""
    prose = "\n".join(c["source"] for c in source.notebook["cells"] if c["cell_type"] == "markdown")
    words = len(re.sub(r"(?s)```.*?```|\$\$.*?\$\$|<[^>]+>", " ", prose).split())
    if words > MAX_WORDS:
        yield 1, f"{words} words of prose, expected at most {MAX_WORDS}"
    lines = sum(len(_lines_of_code(cell)) for _, cell in source.code if cells.is_exported(cell))
    if lines > MAX_LINES:
        yield 1, f"{lines} lines of exported code, expected at most {MAX_LINES}"


def plain_voice(source: Source) -> Places:
    """No emoji, no marketing words, no TODO."""
    for number, line in enumerate(source.text.split("\n"), 1):
        if _EMOJI.search(line):
            yield number, f"emoji '{_EMOJI.search(line)[0]}'"
        if _MARKETING.search(line):
            yield number, f"marketing word '{_MARKETING.search(line)[0]}'"
        if _TODO.search(line):
            yield number, f"'{_TODO.search(line)[0]}': finish it or leave it out"


def no_banners(source: Source) -> Places:
    """No banners and no ASCII boxes: figures are drawn by code."""
    for line, cell in source.cells:
        for number, text in enumerate(cell["source"].split("\n"), 1):
            if _BANNER.search(text):
                yield line + number, "a banner or an ASCII box"


def data_behind_the_seam(source: Source) -> Places:
    """Exported code touches `.data` only in @op functions, printing, in-place steps, and cells that say `#| seam`."""
    for line, cell in source.code:
        tree = _tree(cell) if cells.is_exported(cell) and "seam" not in cells.directives(cell["source"]) else None
        yield from ((line + number, "'.data' outside an @op function") for number in sorted(set(_data_lines(tree))))


def _data_lines(node: ast.AST | None) -> Iterator[int]:
    if node is None or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _may_touch_data(node):
        return
    if isinstance(node, ast.Attribute) and node.attr == "data":
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _data_lines(child)


def _may_touch_data(function: ast.FunctionDef) -> bool:
    decorators = {getattr(getattr(d, "func", d), "id", "") for d in function.decorator_list}
    return bool("op" in decorators or function.name in _PRINTING or _IN_PLACE.fullmatch(function.name))


def imports(source: Source) -> Places:
    """A module imports only modules before it; exported code else NumPy, matplotlib, the standard library."""
    for line, cell in source.code:
        tree, exported = _tree(cell), cells.is_exported(cell)
        for node in ast.walk(tree) if tree else ():
            for name in _imported(node):
                problem = _import_problem(source, name, exported)
                if problem:
                    yield line + node.lineno, problem


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        return [f"{base}.{a.name}" for a in node.names] if base in ("tinytorch", "tinytorch.core") else [base]
    return []


def _import_problem(source: Source, name: str, exported: bool) -> str:
    top = name.partition(".")[0]
    if name.startswith("."):
        return f"relative import of '{name}': write tinytorch.core…"
    if top != "tinytorch":
        known = top in sys.stdlib_module_names or top in _PACKAGES
        return "" if known or not exported else f"'{top}' is not for exported code"
    if not name.startswith("tinytorch.core"):
        return f"'{name}' is not for exported code" if exported and name not in _HELPERS else ""
    before = {m.name for m in source.course.modules if m.number < source.module.number}
    wanted = name.split(".")[2] if name.count(".") > 1 else ""
    return "" if wanted in before else f"'{name}' is no module before {source.module.slug}"


def exportable(source: Source) -> Places:
    """`#| export` leads its cell, exported cells are plain Python, and one cell names core.<name>."""
    ignored = [(line + n, name) for line, cell in source.code for n, name in cells.ignored_directives(cell["source"])]
    if ignored:
        yield from (
            (line, f"'#| {name}' is not at the top of its cell, so nbdev would not see it") for line, name in ignored
        )
        return
    try:
        export.clean(source.notebook, source.module)
        name = export.default_exp(source.notebook, source.module)
    except TitoError as error:
        yield 1, error.what
        return
    if name != f"core.{source.module.name}":
        yield 1, f"'#| default_exp {name}': expected core.{source.module.name}"


RULES: list[Callable[[Source], Places]] = [
    header_facts,
    canonical_form,
    grading_metadata,
    solution_markers,
    hidden_test_markers,
    checks_have_points,
    checks_have_hidden_tests,
    checks_follow_exercises,
    checks_stand_alone,
    hint_ladders,
    cell_sizes,
    length,
    plain_voice,
    no_banners,
    data_behind_the_seam,
    imports,
    exportable,
]
