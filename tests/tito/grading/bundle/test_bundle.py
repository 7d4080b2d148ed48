"""What a bundle holds, what it must not hold, and that it is the same every time."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tito import cells, notebooks
from tito.course import Course
from tito.errors import TitoError
from tito.files import write_atomic
from tito.grading import bundle, sanitise

ROOT = Path(__file__).parents[4]


@pytest.fixture
def program(tmp_path):
    """Stand-ins for what runs in the student's process."""
    files = (tmp_path / "program/student_process.py", tmp_path / "program/wire.py")
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("import numpy\n")
    return files


@pytest.fixture
def make(classroom, program, tmp_path):
    """Make the bundle of a module of the tiny class."""
    (classroom.root.parent / "tinytorch/core/second.py").write_text("def eight(x):\n    return 8 * x\n")

    def made(slug="01_second", folder="out"):
        return bundle.for_class(classroom, classroom.module(slug)[0], tmp_path / folder, program)

    return made


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_bundle_holds_earlier_modules_and_the_program_and_no_check(make):
    made = make()
    files = tree(made.path)
    core = {"package/tinytorch/core/__init__.py", "package/tinytorch/core/first.py"}
    assert {f for f in files if "/core/" in f} == core
    assert {"program/student_process.py", "program/wire.py", "package/tinytorch/testing.py"} <= set(files)
    assert not [f for f in files if f.endswith((".ipynb", ".pyc")) or "check" in f]
    assert not [f for f, data in files.items() if b"HIDDEN" in data or b"test_unit" in data]
    first = tree(make("00_first", "first").path)
    assert {f for f in first if "/core/" in f} == {"package/tinytorch/core/__init__.py"}


def test_the_manifest_and_the_checks(make, classroom):
    made = make("00_first")
    manifest = json.loads((made.path / "manifest.json").read_text())
    assert manifest == {"schema": "tito/bundle/1", "module": "00_first", "name": "first", "hash": made.hash}
    assert re.fullmatch(r"[0-9a-f]{64}", made.hash) and made.module == "00_first"
    release = notebooks.read(classroom.root / "release/00_first/first.ipynb")
    checks = made.pristine()
    assert len(checks["cells"]) == len(release["cells"])
    for mine, theirs in zip(checks["cells"], release["cells"], strict=True):
        assert cells.without_hidden_tests(mine["source"]).strip() == theirs["source"].strip()
    assert sum("assert double(-1) == -2" in c["source"] for c in checks["cells"]) == 1


def test_a_good_submission_is_clean_against_the_checks(make, work):
    made = sanitise.clean(work.notebook("00"), make("00_first").pristine())
    assert (made.status, made.notes) == ("ok", [])
    assert [c["hidden"] for c in made.cells if c["kind"] == "check"] == [True, False]


def test_the_same_course_gives_the_same_bytes(make, tmp_path):
    one, two = make(folder="a"), make(folder="b")
    assert one.hash == two.hash and tree(tmp_path / "a") == tree(tmp_path / "b")
    before = (one.path / "manifest.json").stat().st_ino
    assert make(folder="a") == one
    assert (one.path / "manifest.json").stat().st_ino == before  # it was left as it is


def test_every_byte_counts_in_the_hash(make, classroom, program):
    hashes = {make().hash}
    program[0].write_text("import numpy  # changed\n")
    hashes.add(make().hash)
    (classroom.root.parent / "tinytorch/core/first.py").write_text("def double(x):\n    return x + x\n")
    hashes.add(make().hash)
    for kind in ("source", "release"):  # a check, in both
        file = classroom.root / kind / "01_second/second.ipynb"
        write_atomic(file, file.read_text().replace("eight(2) == 16", "eight(2) == 2 * 8"))
    hashes.add(make().hash)
    assert len(hashes) == 4


def test_only_the_judge_reads_the_checks_and_the_sandbox_reads_the_rest(make):
    made = make()
    for path in (made.path, *made.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)
    assert stat.S_IMODE(made.checks.stat().st_mode) == 0o600
    assert made.path not in made.checks.parents


@pytest.mark.parametrize("damage", ["change", "add", "delete", "check"])
def test_a_bundle_that_was_changed_is_refused_and_made_again(make, tmp_path, damage):
    made = make()
    file = made.path / "package/tinytorch/testing.py"
    if damage == "delete":
        file.unlink()
    else:
        place = {"change": file, "add": made.path / "package/tinytorch/core/second.py", "check": made.checks}[damage]
        place.write_text("pass")
    with pytest.raises(TitoError, match="not the bundle that was made there"):
        bundle.load(tmp_path / "out")
    assert make() == made == bundle.load(tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_release_that_is_not_the_sources_is_refused(make, classroom):
    file = classroom.root / "source/01_second/second.ipynb"
    write_atomic(file, file.read_text().replace('"test-second-eight"', '"test-second-other"'))
    with pytest.raises(TitoError, match="differ in their checks") as error:
        make()
    assert error.value.do == "Release it again: tito class release 01_second"


def test_a_release_with_a_solution_in_it_is_refused(make, classroom):
    shutil.copy(classroom.root / "source/01_second/second.ipynb", classroom.root / "release/01_second/second.ipynb")
    with pytest.raises(TitoError, match="differ in their checks"):
        make()


def test_a_prerequisite_that_was_not_built_is_named(make, classroom):
    (classroom.root.parent / "tinytorch/core/first.py").unlink()
    with pytest.raises(TitoError, match="00_first comes before it") as error:
        make()
    assert error.value.do == "Build it: tito dev build 00_first"


# The course itself.


@pytest.fixture(scope="session")
def course():
    return Course(ROOT)


@pytest.fixture(scope="session")
def bundles(course, tmp_path_factory):
    """The bundle of every module of the course."""
    folder = tmp_path_factory.mktemp("bundles")
    program = folder / "student_process.py"
    program.write_text("import numpy\n")
    return {m.slug: bundle.make(course, m, folder / m.slug, (program,)) for m in course.modules}


HOLE = r"(?s)### BEGIN SOLUTION\n(.*?)### END SOLUTION"


def lines(text: str) -> set[str]:
    """The lines of code in a text, without indents, comments and what is too short to tell anything."""
    plain = (line.strip() for line in text.split("\n"))
    return {line for line in plain if len(line) >= 8 and not line.startswith("#")}


def solution_lines(notebook: dict) -> set[str]:
    return set().union(*(lines(part) for c in notebook["cells"] for part in re.findall(HOLE, c["source"])))


def known(course, module) -> set[str]:
    """Every line that may be there: of earlier modules, and of the package's own files."""
    earlier = [notebooks.read(notebooks.build(course, m)) for m in course.modules if m.number < module.number]
    texts = [c["source"] for n in earlier for c in n["cells"]]
    faces = [f.read_text("utf-8") for f in course.package.rglob("*.py") if f.parent.name != "core"]
    return set().union(*(lines(t) for t in texts + faces))


def leaked(folder: Path, secret: set[str]) -> set[str]:
    """The secret lines that stand in any file of a folder."""
    found = set()
    for file in folder.rglob("*"):
        if file.is_file():
            text = file.read_bytes().decode("utf-8", "replace")
            found |= lines(text) & secret | {line for line in secret if len(line) >= 30 and line in text}
    return found


def test_no_line_of_a_solution_of_this_module_or_a_later_one_is_within_reach(course, bundles):
    counted = 0
    for module in course.modules:
        later = [notebooks.read(notebooks.build(course, m)) for m in course.modules if m.number >= module.number]
        secret = set().union(*map(solution_lines, later)) - known(course, module)
        counted += len(secret)
        assert secret, module.slug
        assert leaked(bundles[module.slug].path, secret) == set(), module.slug
    assert counted > 500


def test_the_search_finds_a_solution_that_is_there(course, bundles, tmp_path):
    module = course.modules[1]
    secret = solution_lines(notebooks.read(notebooks.build(course, module))) - known(course, module)
    shutil.copytree(bundles[module.slug].path, tmp_path / "bundle")
    shutil.copy(course.package / "core/tensor.py", tmp_path / "bundle/package/tinytorch/core/tensor.py")
    assert len(leaked(tmp_path / "bundle", secret)) > 0.9 * len(secret)


def test_the_checks_hold_no_solution(course, bundles):
    for module in course.modules:
        built = notebooks.read(notebooks.build(course, module))
        rest = set().union(*(lines(re.sub(HOLE, "", c["source"])) for c in built["cells"]))
        secret = solution_lines(built) - rest
        made = bundles[module.slug].pristine()
        assert secret and not secret & set().union(*(lines(c["source"]) for c in made["cells"]))
        released = notebooks.read(course.path("release_path") / module.notebook)
        stubs = [c["source"] for c in released["cells"] if notebooks.is_solution(c)]
        assert [c["source"] for c in made["cells"] if notebooks.is_solution(c)] == stubs


def run(package: Path, code: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=package)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_faces_work_on_a_partial_core(bundles):
    made = bundles["03_layers"]
    code = """
import tinytorch, tinytorch.nn, tinytorch.optim, tinytorch.nn.functional, tinytorch.utils.data, tinytorch.testing
from tinytorch.utils.data.embedded import *
print(tinytorch.__file__.startswith(PACKAGE), float(tinytorch.relu(tinytorch.tensor([-1.0, 2.0])).sum().data))
for name in ("tinytorch.nn.Linear", "tinytorch.optim.SGD", "tinytorch.core.layers"):
    try:
        if name.startswith("tinytorch.core"):
            __import__(name)
        eval(name)
    except ImportError as error:
        print(str(error).split(":")[1].split(".")[0].strip())
"""
    package = made.path / "package"
    assert run(package, f"PACKAGE = {str(package)!r}\n{code}").splitlines() == [
        "True 2.0",
        "module 03_layers builds it",
        "module 06_optimizers builds it",
        "module 03_layers builds it",
    ]
    assert bundle.load(made.path.parent) == made


@pytest.mark.parametrize("slug", ["00_setup", "01_tensor", "05_autograd"])
def test_the_reference_solutions_run_on_the_bundle(course, bundles, slug):
    module = course.module(slug)[0]
    built = notebooks.read(notebooks.build(course, module))
    solved = {c["id"]: cells.without_markers(c["source"]) for c in built["cells"]}
    release = notebooks.read(course.path("release_path") / module.notebook)
    for cell in release["cells"]:
        if notebooks.is_solution(cell):
            cell["source"] = solved[cell["id"]]
    made = sanitise.clean(notebooks.as_text(release).encode(), bundles[slug].pristine())
    assert made.status == "ok" and made.notes == []
    code = "\n".join(c["source"] for c in made.cells if c["kind"] != "free")
    text = f"import matplotlib\nmatplotlib.use('Agg')\n{code}\nprint('all passed')"
    assert run(bundles[slug].path / "package", text).splitlines()[-1] == "all passed"
