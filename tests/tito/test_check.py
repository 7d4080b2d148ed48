"""`tito test`: what each kind of student's code makes of the checks."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tito import check, check_runner, notebooks
from tito.cli import ui
from tito.course import Course

FIRST, SECOND = Path("notebooks/00_first/first.ipynb"), Path("notebooks/01_second/second.ipynb")
DOUBLE = "#| export\ndef double(x):\n    return 2 * x"
QUADRUPLE = "#| export\ndef quadruple(x):\n    return double(double(x))"


def fill(path=FIRST, **sources):
    """Write cells of a notebook, by grade_id with _ for -."""
    notebook = notebooks.read(path)
    for cell in notebook["cells"]:
        name = notebooks.grade_id(cell).replace("-", "_")
        cell["source"] = sources.get(name, cell["source"])
    notebooks.write(path, notebook)


def insert(position, source, path=FIRST, **metadata):
    notebook = notebooks.read(path)
    cell = {"cell_type": "code", "id": "new", "metadata": metadata, "source": source}
    notebook["cells"].insert(position, {**cell, "outputs": [], "execution_count": None})
    notebooks.write(path, notebook)


def run(course, module="first", **options):
    return check.run(course, course.module(module)[0], **options)


def verdicts(course, module="first", **options):
    return [(c.status, c.message) for c in run(course, module, **options)]


# The four statuses


def test_a_fresh_notebook_is_open(tiny_workspace):
    assert [c.status for c in run(tiny_workspace)] == ["open", "open"]


def test_a_right_solution_passes_with_its_title_points_and_time(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    first, second = run(tiny_workspace)
    assert (first.grade_id, first.title, first.status) == ("test-first-double", "double doubles", "passed")
    assert (first.points, first.exercises, first.message) == (3, ("first-double",), "")
    assert second.status == "passed" and 0 <= second.seconds < 5


def test_a_failure_shows_the_checks_own_words_and_nothing_else(tiny_workspace):
    fill(first_double="def double(x):\n    return x")
    assert verdicts(tiny_workspace)[0] == ("failed", "double(4): expected 8, got 4")


def test_another_error_shows_the_students_line(tiny_workspace):
    fill(first_double='def double(x):\n    y = 1\n    return x + "2"')
    status, message = verdicts(tiny_workspace)[0]
    assert status == "failed"
    assert message == (
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'\nfirst-double, line 3: return x + \"2\""
    )


def test_an_error_inside_a_library_names_the_students_line(tiny_workspace):
    fill(first_double='def double(x):\n    import json\n    return json.loads("{")')
    message = verdicts(tiny_workspace)[0][1]
    assert message.endswith('\nfirst-double, line 3: return json.loads("{")') and "decoder" not in message


def test_an_error_in_another_exercise_that_passes_its_check_says_whose_line_it_is(tiny_workspace):
    fill(
        first_double="def double(x):\n    return 2 * x if x in (3, 4, -5) else {}[x]",
        first_quadruple="def quadruple(x):\n    return double(double(x))",
    )
    assert verdicts(tiny_workspace) == [
        ("passed", ""),
        (
            "failed",
            "KeyError: 6\nfirst-double, line 2: return 2 * x if x in (3, 4, -5) else {}[x]\n"
            "This line is in first-double, which first-quadruple uses. Look at both.",
        ),
    ]


def test_what_needs_a_failing_exercise_waits_for_it(tiny_workspace):
    fill(first_double="def double(x):\n    return x", first_quadruple=QUADRUPLE)
    assert verdicts(tiny_workspace)[1] == ("waiting", "waiting for first-double")


def test_what_needs_an_open_exercise_waits_for_it(tiny_workspace):
    fill(first_quadruple=QUADRUPLE)
    assert verdicts(tiny_workspace)[1] == ("waiting", "waiting for first-double")


def test_a_failure_of_its_own_does_not_wait(tiny_workspace):
    fill(first_double="def double(x):\n    return x", first_quadruple="def quadruple(x):\n    return 3 * x")
    assert verdicts(tiny_workspace)[1] == ("failed", "quadruple(3): expected 12, got 9")


def test_a_second_check_of_a_failing_exercise_does_not_wait_for_itself(tiny_workspace):
    fill(first_double="def double(x):\n    return x")
    data = {"grade": True, "grade_id": "test-more", "locked": True, "points": 1, "schema_version": 3, "solution": False}
    notebook = notebooks.read(FIRST)
    position = 1 + [notebooks.grade_id(c) for c in notebook["cells"]].index("test-first-double")
    insert(position, 'assert double(5) == 10, "double(5)"', nbgrader=data)
    assert verdicts(tiny_workspace)[1] == ("failed", "double(5)")


def test_a_demonstration_of_what_is_open_is_not_noted(tiny_workspace):
    notebook = notebooks.read(FIRST)
    insert(len(notebook["cells"]), "double(2)")
    assert run(tiny_workspace, everything=True).notes == []


def test_an_exercise_that_is_not_filled_in_is_open_even_if_its_check_swallows_the_error(tiny_course):
    path = tiny_course / "build" / "odd.ipynb"
    course = Course(tiny_course)
    notebook = notebooks.read(notebooks.build(course, course.modules[0]))
    texts = {
        "first-double": "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "test-first-double": "try:\n    double(1)\nexcept Exception:\n    assert False, 'double(1) raised'",
    }
    for cell in notebook["cells"]:
        cell["source"] = texts.get(notebooks.grade_id(cell), cell["source"])
    notebooks.write(path, notebook)
    assert verdicts(course, notebook=path)[0][0] == "open"


@pytest.mark.parametrize(
    ("line", "status"),
    [("raise NotImplementedError()", "waiting"), ('raise NotImplementedError("double has no rule")', "failed")],
)
def test_only_an_unfilled_cell_of_an_earlier_module_is_waited_for(line, status, tiny_workspace):
    (tiny_workspace.package / "core/first.py").write_text(f"def double(x):\n    {line}\n")
    fill(SECOND, second_eight="def eight(x):\n    return double(4 * x)")
    (result,) = run(tiny_workspace, "second")
    assert result.status == status and "NotImplementedError" in result.message


def test_what_export_would_refuse_is_noted_already(tiny_workspace):
    fill(first_double="#| export\ndef double(x):\n    return 2 * x + 0 * len(sys.path)", first_quadruple=QUADRUPLE)
    insert(0, "import sys")
    told = "first-double uses sys, which no exported cell defines: "
    told += "import it inside the function, or in an exported cell."
    assert [n for n in run(tiny_workspace).notes if "sys" in n] == [f"{told} Export will ask for it."]
    assert run(tiny_workspace, exercise="double").notes and not run(tiny_workspace, exercise="quadruple").notes


def test_a_cell_that_is_still_open_is_not_told_what_export_would_refuse(tiny_workspace, monkeypatch):
    monkeypatch.setattr(check.free_names, "problems", lambda notebook: dict.fromkeys(range(99), "uses strides."))
    assert any("strides" in note for note in run(tiny_workspace).notes)
    before = len(run(tiny_workspace, exercise="double").notes)
    fill(first_double=DOUBLE)
    assert len(run(tiny_workspace, exercise="double").notes) == before + 1 == 1


def test_an_error_where_there_is_no_line_is_placed_at_the_first_line_of_its_function():
    code = compile("1 / 0", "<cell>", "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code.replace(co_linetable=b""), {})
    assert caught.value.__traceback__.tb_next.tb_lineno is None
    assert check_runner._frames(caught.value)[-1] == ["<cell>", 1]


def test_a_module_that_is_not_built_yet_is_named(tiny_workspace):
    (tiny_workspace.package / "_built_by.py").write_text('BUILT_BY = {"core.first": ("00_first", ("double",))}\n')
    fill(SECOND, second_eight="def eight(x):\n    return double(4 * x)")
    (result,) = run(tiny_workspace, "second")
    assert result.status == "waiting" and "second-imports" in result.message
    assert "module 00_first builds it" in result.message and "tito export 00_first" in result.message


# Cells that do not run


def test_a_syntax_error_is_told_with_its_line_and_later_checks_go_on(tiny_workspace):
    fill(first_double="def double(x):\n    return 2 *", first_quadruple="def quadruple(x):\n    return 4 * x")
    first, second = verdicts(tiny_workspace)
    assert first == ("failed", "SyntaxError: invalid syntax\nfirst-double, line 2: return 2 *")
    assert second == ("passed", "")


def test_a_name_that_a_broken_cell_would_have_defined_waits_for_that_cell(tiny_workspace):
    fill(first_double="1 / 0", first_quadruple=QUADRUPLE)
    first, second = verdicts(tiny_workspace)
    assert first == ("failed", "ZeroDivisionError: division by zero\nfirst-double, line 1: 1 / 0")
    assert second == ("waiting", "waiting for first-double")


def test_what_needs_a_cell_with_a_syntax_error_waits_for_it(tiny_course):
    course = Course(tiny_course)
    source = course.modules[0].path
    source.write_text(source.read_text().replace("return 2 * x", "return 2 *"))
    assert verdicts(course)[1] == ("waiting", "waiting for first-double")


def test_a_broken_import_is_named_by_what_waits_for_it(tiny_workspace):
    fill(first_imports="import maths as math", first_double="def double(x):\n    return math.prod([2, x])")
    status, message = verdicts(tiny_workspace)[0]
    assert status == "waiting"
    assert message == (
        "waiting for first-imports: ModuleNotFoundError: No module named 'maths'\n"
        "first-imports, line 1: import maths as math"
    )


def test_a_demonstration_that_raises_is_noted_and_does_not_stop_the_rest(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    insert(1, "plot = 1 / 0")
    checks = run(tiny_workspace, everything=True)
    assert [c.status for c in checks] == ["passed", "passed"]
    error = "ZeroDivisionError: division by zero\ncell 2, line 1: plot = 1 / 0"
    assert checks.notes == [f"cell 2 (plot = 1 / 0) did not run: {error}"]


def test_a_note_calls_a_cell_by_its_first_line_of_code(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    insert(1, "# a comment\n\nnumbers = [" + "1, " * 30 + "1]\n1 / 0")
    (note,) = run(tiny_workspace, everything=True).notes
    assert re.match(r"cell 2 \(numbers = \[(1, )+1, …\) did not run: ZeroDivisionError", note), note


def test_demonstrations_that_no_check_needs_are_left_out(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple="def quadruple(x):\n    return four * x")
    insert(1, "raise ValueError")
    insert(2, "four = 4")
    checks = run(tiny_workspace)
    assert [c.status for c in checks] == ["passed", "passed"] and checks.notes == []


def test_ipython_lines_are_skipped(tiny_workspace):
    fill(first_double="%matplotlib inline\n" + DOUBLE + "\n!ls\ndouble?", first_quadruple="%%time\n" + QUADRUPLE)
    assert [c.status for c in run(tiny_workspace)] == ["passed", "passed"]


def test_display_and_plots_stay_silent(tiny_workspace, capfd):
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\ndisplay(1)\nprint('hello')\n"
    fill(first_double=plot + DOUBLE)
    assert run(tiny_workspace)[0].status == "passed"
    assert capfd.readouterr() == ("", "")


# Code that ends, blocks or floods the process


def test_an_endless_loop_is_stopped_and_later_checks_go_on(tiny_workspace):
    fill(
        first_double="def double(x):\n    while True:\n        pass",
        first_quadruple="def quadruple(x):\n    return 4 * x",
    )
    start = time.monotonic()
    first, second = verdicts(tiny_workspace, timeout=0.5)
    assert first[0] == "failed" and first[1].startswith("took longer than 0.5 s\nfirst-double, line ")
    assert second == ("passed", "") and time.monotonic() - start < 5


def test_a_demonstration_has_six_times_as_long(tiny_workspace):
    for seconds in (1.2, 3.5):
        insert(1, f"import time; time.sleep({seconds})")
    checks = run(tiny_workspace, timeout=0.5, everything=True)
    (note,) = checks.notes
    assert note.startswith("cell 2 (import time; time.sleep(3.5)) did not run: took longer than 3 s")


def test_an_endless_loop_that_swallows_everything_is_stopped(tiny_workspace, monkeypatch):
    monkeypatch.setattr(check, "_GRACE", 0.5)
    loop = "while True:\n        try:\n            sum(range(10**9))\n        except BaseException:\n            pass"
    fill(first_double=f"def double(x):\n    {loop}", first_quadruple="def quadruple(x):\n    return 4 * x")
    first, second = verdicts(tiny_workspace, timeout=0.5)
    assert first == ("failed", "took longer than 0.5 s") and second == ("passed", "")


@pytest.mark.parametrize(
    "code, words",
    [
        ("import sys; sys.exit(0)", "the code ended the program"),
        ("quit()", "the code ended the program"),
        ("import os; os._exit(0)", "the code ended the Python process (exit code 0)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(SIGSEGV): a crash in native code"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "(SIGKILL): perhaps the memory ran out"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("input()", "EOFError"),
        ("while True: print('x' * 1000)", "printed more than 5 million characters"),
        ("return double(x)", "RecursionError"),
    ],
)
def test_the_end_of_the_process_is_one_clear_message_and_later_checks_go_on(code, words, tiny_workspace):
    fill(first_double=f"def double(x):\n    {code}", first_quadruple="def quadruple(x):\n    return 4 * x")
    first, second = verdicts(tiny_workspace, timeout=10)
    assert first[0] == "failed" and words in first[1]
    assert len(first[1].splitlines()) <= 2
    assert second == ("passed", "")


def test_a_process_that_dies_in_every_cell_is_given_up(tiny_workspace):
    for position in range(1, 6):
        insert(position, f"import os\nos._exit({position})\ndouble = {position}")
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    first, second = run(tiny_workspace)
    assert first.status == "failed" and "ended too often" in first.message


def test_what_the_code_starts_does_not_survive(tiny_workspace):
    fill(
        first_double=f"import subprocess\nsleeper = subprocess.Popen(['sleep', '60'])\n"
        f"open('pid', 'w').write(str(sleeper.pid))\n{DOUBLE}"
    )
    run(tiny_workspace)
    pid = int((FIRST.parent / "pid").read_text())
    for _ in range(50):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except (OSError, FileNotFoundError):
            return
        if state == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the sleeping process is still there")


def test_ctrl_c_is_one_message_and_leaves_no_process(tiny_workspace):
    loop = "import os\nopen('pid', 'w').write(str(os.getpid()))\ndef double(x):\n    while True:\n        pass"
    fill(first_double=loop)
    child = subprocess.Popen([sys.executable, "-m", "tito", "test", "0"], stderr=subprocess.PIPE, text=True)
    pid = FIRST.parent / "pid"
    while not (pid.exists() and pid.read_text()):
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, message = child.communicate(timeout=10)
    assert child.returncode == 1 and message.strip() == "tito: stopped; nothing was left half written."
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


# What the process is like


def test_the_cells_see_what_a_kernel_would_show_them(tiny_workspace):
    facts = "import os, sys, tinytorch\nassert os.path.basename(os.getcwd()) == '00_first', os.getcwd()\n"
    facts += "assert __name__ == '__main__' and 'IPython' not in sys.modules\n"
    facts += f"assert tinytorch.__file__.startswith({str(tiny_workspace.root)!r}), tinytorch.__file__\n"
    fill(first_double=facts + DOUBLE)
    assert verdicts(tiny_workspace)[0] == ("passed", "")


def test_one_exercise_runs_its_checks_and_what_they_need(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    assert [c.grade_id for c in run(tiny_workspace, exercise="quadruple")] == ["test-first-quadruple"]
    assert [c.status for c in run(tiny_workspace, exercise="quadruple")] == ["passed"]


def test_each_sees_every_check_once_even_after_a_restart(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple="def quadruple(x):\n    import os; os._exit(3)")
    seen = []
    run(tiny_workspace, each=lambda c: seen.append(c.grade_id))
    assert seen == ["test-first-double", "test-first-quadruple"]


def test_hidden_tests_do_not_run_in_the_course(tiny_course):
    source = tiny_course / "modules/source/00_first/first_dev.py"
    source.write_text(source.read_text().replace("assert double(-1) == -2", "assert False, 'hidden'"))
    assert [c.status for c in run(Course(tiny_course))] == ["passed", "passed"]


# Notebooks as students leave them


def test_a_deleted_check_fails_and_says_how_to_bring_it_back(tiny_workspace):
    notebook = notebooks.read(FIRST)
    notebook["cells"] = [c for c in notebook["cells"] if notebooks.grade_id(c) != "test-first-double"]
    notebooks.write(FIRST, notebook)
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    checks = {c.grade_id: c for c in run(tiny_workspace)}
    assert (
        checks["test-first-double"].status == "failed" and "tito reset 00_first" in checks["test-first-double"].message
    )
    assert checks["test-first-quadruple"].status == "passed"


def test_a_duplicated_check_counts_once_and_is_noted(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    notebook = notebooks.read(FIRST)
    notebook["cells"].append(notebook["cells"][-1])
    notebooks.write(FIRST, notebook)
    checks = run(tiny_workspace)
    assert [c.grade_id for c in checks] == ["test-first-double", "test-first-quadruple"]
    assert checks.notes == ["the cell test-first-quadruple is in the notebook 2 times: delete the copies."]


def test_an_edited_check_is_run_as_it_was_released(tiny_workspace):
    fill(first_double="def double(x):\n    return x", test_first_double="pass")
    checks = run(tiny_workspace)
    assert checks[0].status == "failed" and "test-first-double was changed" in checks.notes[0]


def test_saves_of_colab_and_vs_code_are_read(tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    notebook = json.loads(FIRST.read_text())
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {"colab": {"provenance": []}, "tinytorch": notebook["metadata"]["tinytorch"]}
    for cell in notebook["cells"]:
        del cell["id"]
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    FIRST.write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook).encode())
    assert [c.status for c in run(tiny_workspace)] == ["passed", "passed"]


def test_a_notebook_that_may_not_be_read_is_the_environments_fault(tiny_workspace, tito, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", denied)
        result = tito("test", "0")
    assert result.code == 3 and "first.ipynb cannot be read: Permission denied" in result.err


@pytest.mark.parametrize(
    "metadata",
    [{"points": "many"}, {"points": None}, {"grade_id": 7}, {"grade_id": ["x"]}, {"solution": "yes"}, {"grade": None}],
)
def test_odd_metadata_is_no_crash(metadata, tiny_workspace):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    notebook = notebooks.read(FIRST)
    notebook["cells"][-1]["metadata"]["nbgrader"].update(metadata)
    notebooks.write(FIRST, notebook)
    checks = run(tiny_workspace)
    assert {c.grade_id: c.status for c in checks}["test-first-double"] == "passed"


# The command


def test_the_command_prints_a_line_per_check_and_exits_with_1(tiny_workspace, tito):
    fill(first_double=DOUBLE, first_quadruple="def quadruple(x):\n    return 3 * x")
    result = tito("test", "0")
    assert result.code == 1
    assert "first-double " in result.out and "3 pt" in result.out
    assert " s\n    quadruple(3): expected 12, got 9\n" in result.out
    assert "1 of 2 checks pass, 3 of 5 points." in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_an_error_inside_the_package_shows_the_line_of_the_exercise(tiny_workspace, tito):
    broken = "def double(x):\n    import json\n    return json.loads(x)"
    fill(first_double=broken, first_quadruple=QUADRUPLE)
    result = tito("test", "0")
    assert "first-double, line 3: return json.loads(x)" in result.out


def test_the_command_says_that_hidden_checks_run_at_grading(tiny_workspace, tito):
    fill(first_double=DOUBLE, first_quadruple=QUADRUPLE)
    result = tito("test", "first")
    assert result.code == 0 and result.out.endswith("All visible checks pass (5 points); hidden ones run at grading.\n")


def test_the_command_names_the_exercise_whose_checks_it_ran(tiny_workspace, tito):
    fill(first_double=DOUBLE)
    result = tito("test", "0.double")
    assert result.out.endswith("All visible checks of 00.double pass (3 points); hidden ones run at grading.\n")


def test_the_last_line_is_wrapped(tiny_workspace, tito, monkeypatch):
    fill(first_double=DOUBLE)
    monkeypatch.setattr(ui, "width", lambda: 60)
    last = tito("test", "0.double").out.splitlines()[-2:]
    assert last == ["All visible checks of 00.double pass (3 points); hidden ones", "run at grading."]


@pytest.mark.parametrize("double", ["raise NotImplementedError", "#| export\ndef double(x):\n    return 3 *"])
def test_who_waits_for_an_exercise_is_told_to_test_that(double, tiny_workspace, tito):
    fill(first_double=double, first_quadruple=QUADRUPLE)
    result = tito("test", "0.quadruple")
    assert result.code == 1 and result.out.endswith("0 of 1 checks pass, 0 of 2 points.\nNext: tito test 00.double\n")
    assert "Next:" not in tito("test", "0").out  # there the exercise's own check says it


def test_the_command_as_json(tiny_workspace, tito):
    fill(first_double=DOUBLE, first_quadruple="def quadruple(x):\n    return double(x)")
    result = tito("test", "0", "--json")
    data = json.loads(result.out)
    assert data["schema"] == "tito/test/1" and data["module"] == "00_first" and data["passed"] is False
    assert [c["status"] for c in data["checks"]] == ["passed", "failed"]
    assert data["checks"][1]["exercises"] == ["first-quadruple"] and data["checks"][1]["points"] == 2


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["test", "77_nothing"], 2, "There is no module '77_nothing'"),
        (["test", "0.nothing"], 2, "00_first has no exercise 'nothing'.\n  00.double  00.quadruple"),
        (["test", "0.first"], 2, "could mean 2 exercises of 00_first.\n  00.double  00.quadruple"),
        (["test"], 2, "NN[.EXERCISE]"),
    ],
)
def test_usage_errors_are_told_in_one_message(arguments, code, words, tiny_workspace, tito):
    result = tito(*arguments)
    assert result.code == code and words in result.err


@pytest.mark.parametrize("command", ["test", "export"])
@pytest.mark.parametrize(
    "content, words",
    [
        (None, "does not exist"),
        (b'{"cells": [', "damaged: not valid JSON at line 1, column"),
        (b"\xff\xfe\x00", "not a text file in UTF-8"),
        (b"[]", "not a Jupyter notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "its format is 3"),
    ],
)
def test_damaged_notebooks_are_told_in_one_message_and_left_alone(command, content, words, tiny_workspace, tito):
    FIRST.unlink() if content is None else FIRST.write_bytes(content)
    result = tito(command, "0")
    assert result.code == 1 and words in result.err
    assert not FIRST.exists() if content is None else FIRST.read_bytes() == content


def test_a_long_failure_is_wrapped_and_its_line_of_code_cut(tiny_workspace, tito):
    long = "return 1 / 0  # " + "and so on " * 20
    fill(first_double=f"def double(x):\n    {long}", first_quadruple="def quadruple(x):\n    return 4 * x")
    lines = tito("test", "0").out.splitlines()
    assert max(map(len, lines)) <= 80
    [place] = [line for line in lines if "first-double, line 2: return 1 / 0" in line]
    assert place.startswith("    ") and place.endswith("…")


def test_what_a_check_says_is_filled_and_arrays_stay():
    from tito.cli import ui

    text = f"{'word ' * 30}end\n  [1. 2. 3.]\nshort"
    lines = ui.message(text).splitlines()
    assert lines[-2:] == ["      [1. 2. 3.]", "    short"] and max(map(len, lines)) <= 80
    assert len(lines) == 5 and all(line.startswith("    ") for line in lines)


def test_messages_are_as_wide_as_the_terminal(monkeypatch):
    from tito.cli import ui

    monkeypatch.setattr(ui, "width", lambda: 50)
    assert ui.message("cell, line 3: " + "x = 1; " * 20) == "    cell, line 3: " + ("x = 1; " * 20)[:31] + "…"
    assert max(map(len, ui.message("word " * 30).splitlines())) <= 50
