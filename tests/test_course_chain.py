"""The chain over the real modules, whatever they are: every promise that DESIGN.md makes of them."""

import ast
import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tito import cells, check, export, notebooks
from tito.course import Course

ROOT = Path(__file__).parent.parent
COURSE = Course(ROOT)
MODULES = COURSE.modules
each_module = pytest.mark.parametrize("module", MODULES, ids=[m.slug for m in MODULES])


@functools.cache
def built(copy: int):
    """A copy of the course, built from nothing: (its root, its files below build/ and tinytorch/core)."""
    import tempfile

    root = tempfile.mkdtemp(prefix="tito-chain-")
    _FOLDERS.append(root)
    for name in ("settings.ini", "pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    sources = built(copy - 1)[0].root if copy else ROOT  # somebody may be editing ours
    shutil.copytree(sources / "modules", f"{root}/modules")
    shutil.copytree(
        ROOT / "tinytorch", f"{root}/tinytorch", ignore=shutil.ignore_patterns("__pycache__", "_built_by.py")
    )
    for module in MODULES:
        export.target(Course(root), module).unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-m", "tito", "dev", "build"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    course = Course(root)
    files = [
        p for folder in ("build/source", "build/release", "tinytorch/core") for p in (course.root / folder).rglob("*.*")
    ]
    files = [p for p in [*files, course.package / "_built_by.py"] if p.suffix in (".py", ".ipynb")]
    return course, {p.relative_to(course.root).as_posix(): p.read_bytes() for p in files}


_FOLDERS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _clean_up():
    yield
    for folder in _FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    _FOLDERS.clear()
    built.cache_clear()


def course():
    return built(0)[0]


def released(module):
    return notebooks.read(course().path("release_path") / module.notebook)


@functools.cache
def source(module):
    """The notebook of a module's source; whoever changes it, copies it first."""
    return notebooks.from_source(module.path.read_text(encoding="utf-8"), module.slug)


def test_two_builds_give_the_same_bytes():
    first, second = built(0)[1], built(1)[1]
    assert len(first) >= 3 * len(MODULES)
    assert [p for p in first if first[p] != second.get(p)] == [] and first.keys() == second.keys()


@each_module
def test_the_committed_package_is_not_stale(module):
    file = export.target(COURSE, module).relative_to(ROOT).as_posix()
    assert (ROOT / file).read_bytes() == built(0)[1][file], f"{file} is behind its source: tito dev build"


def test_the_committed_table_of_names_is_not_stale():
    assert (ROOT / "tinytorch/_built_by.py").read_bytes() == built(0)[1]["tinytorch/_built_by.py"]


@each_module
def test_the_round_trip_loses_nothing(module):
    text = module.path.read_text(encoding="utf-8")
    assert notebooks.to_source(notebooks.from_source(text, module.slug)) == text


@each_module
def test_a_release_holds_nothing_that_it_must_not(module):
    text = json.dumps(released(module), ensure_ascii=False)
    for word in (
        "BEGIN SOLUTION",
        "END SOLUTION",
        "HIDDEN TESTS",
        '"jupytext"',
        "lines_to_next_cell",
        str(course().root),
    ):
        assert word not in text
    given = released(module)
    for cell in given["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
    assert given["metadata"]["tinytorch"]["title"] == module.title


@each_module
def test_no_line_of_a_solution_or_a_hidden_test_is_released(module):
    """Lines long enough to be told apart from what the notebook says elsewhere."""
    everything = "\n".join(c["source"] for c in released(module)["cells"])
    visible = "\n".join(_given(c["source"]) for c in source(module)["cells"])
    for cell in source(module)["cells"]:
        regions = re.findall(r"(?s)### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", cell["source"])
        lines = {line.strip() for region in regions for line in region.split("\n")}
        for line in lines:
            known = len(line) < 12 or line in visible
            assert known or line not in everything, f"{notebooks.grade_id(cell)}: {line}"


def _given(text):
    return re.sub(r"(?s)### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", "", text)


@each_module
def test_every_check_fails_unfilled(module):
    path = course().path("release_path") / module.notebook
    checks = check.run(course(), module, notebook=path)
    assert len(checks) == sum(notebooks.is_test(c) for c in released(module)["cells"]) > 0
    assert [c.grade_id for c in checks if c.status == "passed"] == []


@each_module
def test_every_exercise_alone_fails_its_check_unfilled(module):
    """Everything else filled in with the reference: a check must not lean on another exercise to fail."""
    reference = source(module)
    stubs = {notebooks.grade_id(c): c["source"] for c in released(module)["cells"]}
    passed = []
    for exercise in notebooks.exercises(reference):
        one = json.loads(json.dumps(reference))
        one["cells"][exercise.index]["source"] = stubs[exercise.name]
        path = course().root / "build" / "alone" / f"{exercise.name}.ipynb"
        notebooks.write(path, one)
        results = check.run(course(), module, exercise.name, notebook=path)
        assert results, f"{exercise.name} has no check"
        if all(c.status == "passed" for c in results):
            passed.append(exercise.name)
    assert passed == []


@each_module
def test_every_check_passes_with_the_reference(module):
    checks = check.run(course(), module, everything=True)
    assert [(c.grade_id, c.message) for c in checks if c.status != "passed"] == []
    assert checks.notes == []


@each_module
def test_hidden_tests_pass_with_the_reference(module):
    """`check.run` leaves them out, so they become visible here."""
    notebook = json.loads(json.dumps(source(module)))
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("BEGIN HIDDEN TESTS", "").replace("END HIDDEN TESTS", "")
    path = course().root / "build" / "visible" / module.notebook
    notebooks.write(path, notebook)
    checks = check.run(course(), module, notebook=path)
    assert [(c.grade_id, c.message) for c in checks if c.status != "passed"] == []


@each_module
def test_a_module_imports_only_modules_before_it(module):
    before = {m.name for m in MODULES if m.number < module.number}
    tests = sorted((ROOT / "tests").glob(f"**/{module.slug}*.py")) + sorted(
        (ROOT / "tests").glob(f"**/test_{module.name}.py")
    )
    texts = [c["source"] for c in source(module)["cells"] if c["cell_type"] == "code"]
    own = {module.name} if tests else set()
    for text, allowed in [(t, before) for t in texts] + [(f.read_text(), before | own) for f in tests]:
        assert _core_modules(cells.plain(text)) <= allowed


def _core_modules(text):
    """The tinytorch.core modules that a text imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        names = [a.name for a in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{n}" for n in names]
        found |= {n.split(".")[2] for n in names if n.startswith("tinytorch.core.")}
    return found


@each_module
def test_the_exported_file_names_its_source_and_nothing_of_this_machine(module):
    text = export.target(COURSE, module).read_text(encoding="utf-8")
    source_file = f"modules/source/{module.slug}/{module.name}_dev.py"
    assert f"# Exported from {source_file}; edit that file, not this one." in text
    assert (ROOT / source_file).exists()
    assert not re.search(r"SOLUTION|HIDDEN TESTS|\.ipynb|Docs:|#\| ?(export|seam)|/home/|/tmp/|/root/|/work/", text)


@each_module
def test_the_exported_file_can_be_imported_with_all_its_names(module):
    code = f"from tinytorch.core.{module.name} import *"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@each_module
def test_the_source_passes_the_lint(module):
    from tito import lint

    assert [str(f) for f in lint.lint(COURSE, [module])] == []


def test_grade_ids_are_unique_in_the_course():
    ids = [notebooks.grade_id(c) for m in MODULES for c in source(m)["cells"] if notebooks.grade_id(c)]
    assert len(ids) == len(set(ids)) > 0


@each_module
def test_the_checks_of_a_module_take_about_a_second(module):
    """A bound that a loaded machine keeps too; the README shows the figure."""
    import time

    here = course()  # made the first time, which is not what is measured
    start = time.monotonic()
    check.run(here, module)
    assert time.monotonic() - start < 10
