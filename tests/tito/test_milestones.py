"""`tito milestone`: which there are, what they need, and running one in a process of its own."""

import ast
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tito import milestones, workspace
from tito.course import Course
from tito.errors import TitoError

ROOT = Path(__file__).parents[2]
REAL = ["1958_perceptron", "1986_xor", "1986_digits_mlp", "1998_lenet", "2003_neural_lm", "2017_gpt"]
FIRST = REAL[:3]

FAKE = '''"""{year}: {title}.

Claim: seeds are small.
"""

from common import Trial, run, told

with told():
    import tinytorch.core.{module}

NEEDS = ("{slug}",)


class Picture:
    def savefig(self, file, format):
        file.write_bytes(b"a picture")


def trial(seed):
    {trial}


if __name__ == "__main__":
    run(__doc__, "nothing", trial, lambda details: Picture())
'''
HOLDS = 'return Trial(seed < 5, f"seed is {seed}")'


def fake(root, name, *, slug="00_first", trial=HOLDS):
    """Write a milestone; it imports the module that it needs."""
    folder = root / "milestones"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "milestones/common.py", folder / "common.py")
    year, _, title = name.partition("_")
    text = FAKE.replace("{trial}", trial).replace("{year}", year).replace("{title}", title)
    (folder / f"{name}.py").write_text(text.replace("{slug}", slug).replace("{module}", slug[3:]))


@pytest.fixture
def course(tiny_course):
    """The tiny course with its first module built, and two milestones: the second needs the second module."""
    (tiny_course / "tinytorch/_built_by.py").write_text(
        'BUILT_BY = {"core.first": ("00_first", ()), "core.second": ("01_second", ())}\n'
    )
    (tiny_course / "tinytorch/core/first.py").write_text("def double(x):\n    return 2 * x\n")
    fake(tiny_course, "1800_doubling")
    fake(tiny_course, "1800_eightfold", slug="01_second")
    return Course(tiny_course)


def test_the_list_says_what_is_needed_and_what_comes_next(course, tito):
    done = tito("milestone")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split()[1:] == ["1800_doubling", "Doubling"] and lines[1].strip() == "needs 00_first; ready to run"
    assert lines[3].strip() == "needs 01_second; to be built: 01"
    assert lines[-1] == "Next: tito milestone 1800_doubling"


def test_no_line_of_the_list_is_wider_than_80_columns(course, tito):
    file = course.root / "milestones/1800_doubling.py"
    file.write_text(file.read_text().replace(": doubling.", f": doubling {'of many words ' * 8}goes on."))
    lines = tito("milestone").out.splitlines()
    assert lines[2].strip().endswith("goes on") and max(map(len, lines)) <= 80


def test_what_is_missing_includes_what_others_need(course):
    (course.package / "core/first.py").unlink()
    assert [m.missing for m in milestones.every(course)] == [("00_first",), ("00_first", "01_second")]


def test_running_one_leaves_a_picture_and_a_result_and_it_is_done(course, tito):
    assert tito("milestone", "1800_doubling").code == 0
    folder = course.root / "build/milestones"
    assert (folder / "1800_doubling.png").read_bytes() == b"a picture"
    result = json.loads((folder / "1800_doubling.json").read_text())
    assert result["holds"] is True and result["data"] == "nothing"
    assert [t["text"] for t in result["trials"]] == [f"seed is {seed}" for seed in range(5)]
    assert [m.done for m in milestones.every(course)] == [True, False]
    assert sorted(p.name for p in folder.iterdir()) == ["1800_doubling.json", "1800_doubling.png"]


def test_one_that_is_done_says_so_and_the_next_one_comes_next(course, tito):
    assert tito("milestone", "1800_doubling").code == 0
    (course.package / "core/first.py").unlink()
    lines = tito("milestone").out.splitlines()
    assert lines[1].strip() == "needs 00_first; took 0 s; done"
    assert lines[-1] == "Next: tito open 00   (1800_eightfold needs it)"


def test_its_output_is_the_commands_own(course):
    done = command(course, "milestone", "doubling")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "1800: doubling." and "Claim: seeds are small." in lines
    assert [line for line in lines if line.startswith("seed 3")] == ["seed 3: seed is 3, 0.0 s"]
    assert lines[-2].startswith("The claim holds.")


def command(course, *arguments, **environment):
    """Run tito in a process of its own, in the course's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tito", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": f"{course.root}{os.pathsep}{ROOT}", **environment},
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_a_claim_that_fails_for_one_seed_exits_1_and_names_it(course):
    fake(course.root, "1800_doubling", trial='return Trial(seed != 3, "x")')
    done = command(course, "milestone", "doubling")
    assert done.returncode == 1 and "The claim fails for seed 3." in done.stdout and "TOO SLOW" not in done.stdout
    assert "seed 3: x, 0.0 s   FAILED" in done.stdout
    assert not milestones.find(course, "doubling").done


def test_a_seed_that_takes_too_long_fails(course):
    fake(course.root, "1800_doubling", trial="import time; time.sleep(0.2 * (seed == 1)); " + HOLDS)
    file = course.root / "milestones/1800_doubling.py"
    file.write_text(file.read_text().replace("Picture())", "Picture(), limit=0.1)"))
    done = command(course, "milestone", "doubling")
    assert done.returncode == 1 and "FAILED" not in done.stdout and done.stdout.count("s   TOO SLOW") == 1
    assert re.search(r"\nThe claim holds, but seed 1 took 0\.\d s: the limit is 0\.1 s\.", done.stdout)
    (done,) = (m for m in milestones.every(course) if m.name == "1800_doubling")
    assert done.done and done.result["in_time"] is False  # what it claims has been shown


def common():
    return runpy.run_path(str(ROOT / "milestones/common.py"))


def test_a_verdict_tells_a_false_claim_from_a_slow_machine():
    verdict = common()["verdict"]
    assert verdict([], {}, 120) == "The claim holds."
    assert verdict([0, 2], {}, 120) == "The claim fails for seed 0, 2."
    assert verdict([], {0: 860.24, 1: 9.96}, 9.5) == (
        "The claim holds, but seed 0 took 860 s and seed 1 took 10.0 s: the limit is 9.5 s."
    )
    assert verdict([1], {0: 130.0}, 120) == "The claim fails for seed 1, and seed 0 took 130 s: the limit is 120 s."


def test_long_lines_and_what_a_network_wrote_fit_into_80_columns(course):
    sample = "It writes: " + "word " * 40 + "\\n\\n   | a  table"
    trial = f'return Trial(True, "number " * 30 + "end", sample="{sample}")'
    fake(course.root, "1800_doubling", trial=trial)
    file = course.root / "milestones/1800_doubling.py"
    file.write_text(
        file.read_text()
        .replace('"nothing"', '"a long source " * 9')
        .replace("1800: doubling", "1800: " + "double " * 20)
    )
    done = command(course, "milestone", "doubling")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Picture: ")]
    assert done.returncode == 0 and max(map(len, lines)) < 80
    assert done.stdout.count("word") == 5 * 40 and "     | a  table" in lines
    assert [line for line in lines if line.endswith("end, 0.0 s")]


def test_the_list_says_how_long_each_takes_and_fits_into_80_columns(course, tito):
    file = course.root / "milestones/1800_eightfold.py"
    file.write_text(
        file.read_text()
        .replace("NEEDS =", "SECONDS = 240\nNEEDS =")
        .replace("eightfold.", "Eight" + " fold" * 20 + ".")
    )
    lines = tito("milestone").out.splitlines()
    assert max(map(len, lines)) < 80 and lines[3].startswith(" " * 18 + "fold")
    assert "needs 01_second; takes about 4 min; to be built: 01" in [line.strip() for line in lines]
    assert tito("milestone", "1800_doubling").code == 0
    assert "needs 00_first; took 0 s; done" in [line.strip() for line in tito("milestone").out.splitlines()]


@pytest.mark.parametrize("name", REAL)
def test_each_says_about_how_long_it_takes_and_with_how_many_seeds(name):
    (milestone,) = (m for m in milestones.every(Course(ROOT)) if m.name == name)
    text = milestone.path.read_text(encoding="utf-8")
    count = {3: "three", 5: "five"}[int((re.search(r"seeds=range\((\d)\)", text) or [0, 5])[1])]
    assert 0 < milestone.seconds < 600
    assert f"on each of {count} seeds" in " ".join(ast.get_docstring(ast.parse(text)).split())


def test_a_missing_module_is_one_clear_message(course):
    done = command(course, "milestone", "eightfold")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines() == [
        "1800_eightfold: tinytorch.core.second is not built yet: module 01_second builds",
        "it. Fill in notebooks/01_second/second.ipynb, then: tito export 01_second",
    ]


def test_an_error_in_the_students_part_is_one_message_with_its_place(course):
    (course.package / "core/first.py").write_text("def double(x):\n    return x + y\n")
    fake(course.root, "1800_doubling", trial="return tinytorch.core.first.double(seed)")
    done = command(course, "milestone", "doubling")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "1800_doubling: NameError: name 'y' is not defined",
        "  tinytorch/core/first.py, line 2: return x + y",
    ]


def test_json_is_one_object_on_standard_output(course):
    done = command(course, "milestone", "--json")
    listed = json.loads(done.stdout)
    assert listed["schema"] == "tito/milestone/1"
    assert [(m["name"], m["year"], m["missing"], m["done"]) for m in listed["milestones"]] == [
        ("1800_doubling", 1800, [], False),
        ("1800_eightfold", 1800, ["01_second"], False),
    ]
    done = command(course, "milestone", "doubling", "--json")
    (ran,) = json.loads(done.stdout)["milestones"]
    assert ran["done"] is True and len(ran["result"]["trials"]) == 5
    assert "seed 4" in done.stderr


def test_json_of_a_run_that_did_not_get_far_has_no_old_result(course):
    assert command(course, "milestone", "doubling").returncode == 0
    (course.package / "core/first.py").unlink()
    done = command(course, "milestone", "doubling", "--json")
    (ran,) = json.loads(done.stdout)["milestones"]
    assert done.returncode == 1 and ran["done"] is False and ran["result"] is None
    assert milestones.find(course, "doubling").done  # the last run that came to an end


def test_all_runs_every_one_and_fails_if_one_does(course):
    done = command(course, "milestone", "--all")
    assert done.returncode == 1 and "1800: doubling." in done.stdout and "1800_eightfold: " in done.stderr
    (course.package / "core/second.py").write_text("")
    done = command(course, "milestone", "--all")
    assert done.returncode == 0 and done.stdout.count("The claim holds.") == 2
    fake(course.root, "1800_doubling", trial='return Trial(False, "x")')
    done = command(course, "milestone", "--all")
    assert done.returncode == 1 and done.stdout.count("The claim holds.") == 1


@pytest.mark.parametrize("text", ["1800_doubling", "doubling", "DOUBL", "1800_doubling.py", " 1800_d"])
def test_a_name_or_a_part_finds_it(course, text):
    assert milestones.find(course, text).name == "1800_doubling"


def test_a_year_finds_the_only_one_of_its_year(course):
    fake(course.root, "1900_halving")
    assert milestones.find(course, "1900").name == "1900_halving"
    assert [m.name for m in milestones.every(course)] == ["1800_doubling", "1800_eightfold", "1900_halving"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1800", "'1800' may be 1800_doubling or 1800_eightfold"),
        ("dubling", "Did you mean 'doubling'?"),
        ("xyz", "The list: tito milestone"),
        ("", "There is no milestone ''"),
    ],
)
def test_what_is_not_clear_is_a_usage_error(course, text, message):
    with pytest.raises(TitoError, match=re.escape(message)) as caught:
        milestones.find(course, text)
    assert caught.value.code == 2


def test_a_name_and_all_together_are_refused(course, tito):
    assert tito("milestone", "doubling", "--all").code == 2


def test_without_milestones_the_list_is_empty_and_a_name_says_so(tiny_course, tito):
    assert "There are no milestones here." in tito("milestone").out
    done = tito("milestone", "xor")
    assert done.code == 2 and "There are no milestones in" in done.err


def test_a_damaged_program_is_named(course, tito):
    (course.root / "milestones/1900_broken.py").write_text("NEEDS = (\n")
    done = tito("milestone")
    assert done.code == 3 and "1900_broken.py cannot be read" in done.err


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_program_that_is_killed_is_told_so(course):
    fake(course.root, "1800_doubling", trial="import os; os.kill(os.getpid(), 9)")
    done = command(course, "milestone", "doubling")
    assert done.returncode == 1 and "1800_doubling was killed (SIGKILL)" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_stops_it_with_one_message_each(course):
    import signal

    fake(course.root, "1800_doubling", trial="import time; print('begun', flush=True); time.sleep(30)")
    child = subprocess.Popen(
        [sys.executable, "-m", "tito", "milestone", "doubling"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": f"{course.root}{os.pathsep}{ROOT}"},
        start_new_session=True,
    )
    for line in child.stdout:
        if line == "begun\n":
            break
    time.sleep(0.1)
    os.killpg(child.pid, signal.SIGINT)
    error = child.communicate(timeout=20)[1]
    assert child.returncode == 1 and "Traceback" not in error
    lines = [line for line in error.splitlines() if line]
    assert lines == ["1800_doubling: stopped.", "tito: stopped; nothing was left half written."]


def test_a_workspace_gets_the_programs_without_the_pictures_and_keeps_its_own_output(course, quick_release, tmp_path):
    (course.root / "milestones/output").mkdir()
    (course.root / "milestones/output/1800_doubling.png").write_bytes(b"the author's")
    (course.root / "milestones/__pycache__").mkdir()
    folder = tmp_path / "mine"
    added = workspace.create(course, folder)
    copied = [name for name in added if name.startswith("milestones/")]
    assert copied == ["milestones/1800_doubling.py", "milestones/1800_eightfold.py", "milestones/common.py"]
    assert "tinytorch/utils/data/digits.npz" in added
    mine = Course(folder)
    done = command(mine, "milestone", "doubling")
    assert done.returncode == 1 and "module 00_first builds it" in " ".join(done.stderr.split())
    shutil.copy(course.package / "core/first.py", folder / "tinytorch/core/first.py")
    assert command(mine, "milestone", "doubling").returncode == 0
    assert (folder / "milestones/output/1800_doubling.png").read_bytes() == b"a picture"
    (folder / "milestones/1800_doubling.py").unlink()
    assert workspace.create(course, folder) == ["milestones/1800_doubling.py"]


def test_a_program_can_be_run_by_hand(course):
    done = subprocess.run(
        [sys.executable, "milestones/1800_doubling.py"],
        cwd=course.root,
        env={**{k: v for k, v in os.environ.items() if k != "MILESTONE_OUTPUT"}, "PYTHONPATH": str(course.root)},
        capture_output=True,
    )
    assert done.returncode == 0 and (course.root / "milestones/output/1800_doubling.png").exists()


def test_the_real_ones_are_known_with_title_and_needs():
    known = milestones.every(Course(ROOT))
    assert [m.name for m in known][:3] == FIRST and set(REAL) <= {m.name for m in known}
    assert [m.needs for m in known][:3] == [("03_layers",), ("05_autograd",), ("07_training",)]
    assert all(m.title[0].isupper() and not m.title.endswith(".") for m in known)


@pytest.mark.parametrize("name", REAL)
def test_needs_is_the_last_module_that_the_program_imports(name):
    """What it imports from tinytorch's faces, module by module: NEEDS is what the others are needed for."""
    tree = ast.parse((ROOT / "milestones" / f"{name}.py").read_text(encoding="utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module.startswith("tinytorch")]
    used = {(n.module, alias.name) for n in imports for alias in n.names}
    homes = {home(module, each) for module, each in used}
    course = Course(ROOT)
    (needed,) = next(m for m in milestones.every(course) if m.name == name).needs
    assert max(homes - {""}) == needed


def home(module, name):
    """The slug of the course's module that builds a name on a face; "" for what is no module's."""
    found = getattr(__import__(module, fromlist=[name]), name)
    where = getattr(found, "__module__", "") or ""
    stem = where.removeprefix("tinytorch.core.") if where.startswith("tinytorch.core.") else ""
    return next((m.slug for m in Course(ROOT).modules if m.name == stem), "")


@pytest.mark.parametrize("name", REAL)
def test_what_a_program_says_of_itself_fits_into_80_columns(name):
    filled = runpy.run_path(str(ROOT / "milestones/common.py"))["filled"]
    text = ast.get_docstring(ast.parse((ROOT / "milestones" / f"{name}.py").read_text(encoding="utf-8")))
    assert max(map(len, filled(text).splitlines())) < 80
    assert filled(text).split() == text.split() and filled(text).count("\n\n") == text.count("\n\n")


def test_xor_tells_what_the_neuron_says(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "milestones"))
    said = runpy.run_path(str(ROOT / "milestones/1986_xor.py"))["said"]
    assert said([0.501, 0.499, 0.5, 0.5]) == "0.50 in all cases"
    assert said([0.1, 0.9, 0.9, 0.95]) == "0.10, 0.90, 0.90, 0.95"


def test_the_perceptron_keeps_its_claim(tmp_path):
    """The one real milestone that is fast; `make milestones` runs all of them."""
    done = subprocess.run(
        [sys.executable, ROOT / "milestones/1958_perceptron.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "MILESTONE_OUTPUT": str(tmp_path)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shares = [float(share) for share in re.findall(r"test ([\d.]+) %", done.stdout)]
    assert len(shares) == 5 and min(shares) >= 95
    assert (tmp_path / "1958_perceptron.png").read_bytes().startswith(b"\x89PNG")
