"""The engine's benchmark: its cases compute what they should, and its page says what was measured."""

import math
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import tinytorch
import tinytorch.nn.functional
import tinytorch.optim
from benchmarks.engine import __main__ as engine
from benchmarks.engine import loading, spatial
from benchmarks.engine.cases import ADAM, CASES, GPT, SGD, TARGETS, TINY
from benchmarks.engine.page import facts, memory_table, page, peak_table, plot, ratio, speed_table, verdict
from benchmarks.engine.worker import Worker, number

LENET = next(case for case in spatial.CASES if "LeNet" in case)
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def row(case=TINY, threads=1, ours=(1.0, 2.0, 3.0), theirs=(4.0, 4.0, 4.0)):
    return {"case": case, "threads": threads, "times": {"tinytorch": list(ours), "torch": list(theirs)}}


def tiny_slope():
    """dy/dw of y = y * w + x, 500 times from y = x, at x = 0.5 and w = 0.9."""
    y, slope = 0.5, 0.0
    for _ in range(500):
        y, slope = y * 0.9 + 0.5, slope * 0.9 + y
    return slope


def test_the_tiny_graph_has_the_slope_that_calculus_gives():
    assert number(CASES[TINY](tinytorch)()) == pytest.approx(tiny_slope(), rel=1e-4)


@pytest.mark.parametrize("case", [SGD, ADAM, LENET])
def test_a_step_makes_the_loss_smaller(case):
    run = CASES[case](tinytorch)
    losses = [number(run()) for _ in range(5)]
    assert 2.0 < losses[0] < 3.0 and losses[-1] < losses[0]


@pytest.mark.parametrize("case", [c for c in CASES if c not in (TINY, SGD, ADAM, GPT, LENET)])
def test_every_other_case_gives_the_same_number_each_time(case):
    run = CASES[case](tinytorch)
    first = number(run())
    assert math.isfinite(first) and first != 0 and number(run()) == pytest.approx(first, rel=1e-6)


def test_a_worker_runs_cases_in_a_process_of_its_own():
    with Worker("tinytorch", threads=1) as worker:
        answers = [worker.run(TINY) for _ in range(2)]
    assert worker.process.returncode == 0 and worker.hello["import"] > 0
    assert [a["result"] for a in answers] == pytest.approx([tiny_slope()] * 2, rel=1e-4)
    assert min(answers[1]["cpu"], answers[1]["clock"]) > 0 and answers[1]["peak"] > 1e6


def test_different_results_stop_the_measurement():
    engine.agree("case", {"tinytorch": 1.0, "torch": 1.0001})
    with pytest.raises(SystemExit, match=r"case: the results differ: \{'tinytorch': 1.0, 'torch': 1.1\}"):
        engine.agree("case", {"tinytorch": 1.0, "torch": 1.1})


def test_a_ratio_is_the_median_of_neighbours_in_time():
    assert ratio(row(ours=[1, 8, 2, 20], theirs=[2, 4, 4, 10])) == pytest.approx([0.5, 1.25, 2.0])


def test_a_target_is_met_or_missed_with_one_thread_only():
    assert verdict(row()) == "≤ 0.6: met"
    assert verdict(row(theirs=[1.0, 2.0, 3.0])) == "≤ 0.6: missed"
    assert verdict(row(threads=2)) == "" == verdict(row("cross-entropy"))


def test_the_table_shows_medians_quartiles_and_who_was_not_there():
    with_micrograd = row()
    with_micrograd["times"]["micrograd"] = [5.0, 6.0, 7.0]
    lines = speed_table([with_micrograd, row(SGD, theirs=[1.0, 1.0, 1.0])]).splitlines()
    assert lines[0] == "| case | threads | tinytorch, ms | PyTorch, ms | micrograd, ms | ratio | target |"
    assert lines[2].endswith("| 6.00 (5.00–7.00) | 0.50 (0.25–0.75) | ≤ 0.6: met |")
    assert lines[3] == f"| {SGD} | 1 | 2.00 (1.00–3.00) | 1.00 (1.00–1.00) |  | 2.00 (1.00–3.00) | ≤ 1.0: missed |"


def test_without_pytorch_the_table_has_our_times():
    alone = row()
    del alone["times"]["torch"]
    assert speed_table([alone]).splitlines()[2] == f"| {TINY} | 1 | 2.00 (1.00–3.00) |  |  |"


def test_memory_is_shown_over_the_imports():
    sizes = {"torch": {"imports": [1.0, 2.0, 3.0], "before": 200.0, "after": 290.5}}
    assert memory_table(sizes).splitlines()[2] == "| PyTorch | 2.00 (1.00–3.00) | 90.5 MB | 290 MB |"


def test_a_peak_of_memory_is_met_or_missed_beside_pytorch_only():
    lines = peak_table({"a": {"tinytorch": 14.0, "torch": 10.0}}).splitlines()
    assert lines[0] == "| case | tinytorch, MB | PyTorch, MB | ratio | target |"
    assert lines[2] == "| a | 14.0 | 10.0 | 1.40 | ≤ 1.3: missed |"
    assert peak_table({"a": {"tinytorch": 14.0}}).splitlines()[2] == "| a | 14.0 |  |  |"


def all_rows():
    return [row(case, threads) for threads in (1, 2) for case in CASES if threads == 1 or case not in loading.CASES]


def test_the_page_counts_the_targets():
    text = page(all_rows(), {}, {LENET: {"tinytorch": 12.0, "torch": 10.0}}, {"processor": "one"}, rounds=7)
    count = len(TARGETS)
    assert f"{count} of {count} targets, for one thread, are met" in text and "They take turns, 7\ntimes each" in text
    assert "| processor | one |" in text and f"| {LENET} | 12.0 | 10.0 | 1.20 | ≤ 1.3: met |" in text


def test_the_plot_is_a_picture_that_comes_out_the_same_twice(tmp_path):
    for name in ("a.svg", "b.svg"):
        plot(all_rows(), tmp_path / name)
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_facts_name_the_machine_and_the_versions():
    known = facts(["tinytorch"])
    assert set(known) == {"processor", "system", "Python", "NumPy", "load"} and " cores" in known["processor"]


def test_the_committed_page_is_one_that_this_code_writes():
    text = PAGE.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| .* \| [12] \|", line)]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    cells = [c for c in cells if len(c) > 5]
    measured = [(row_["case"], str(row_["threads"])) for row_ in all_rows()]
    assert [(c[0], c[1]) for c in cells] == measured
    for case, threads, *_, ratio_, target in cells:
        middle = float(ratio_.split()[0])
        wanted = TARGETS.get(case) if threads == "1" else None
        assert target == "" if wanted is None else target in (f"≤ {wanted}: met", f"≤ {wanted}: missed")
        assert wanted is None or abs(middle - wanted) < 0.006 or target.endswith("met") == (middle < wanted)
    met = sum(c[-1].endswith(": met") for c in cells)
    assert f"{met} of {sum(c[-1] != '' for c in cells)} targets, for one thread, are met" in text
    assert "![Time relative to PyTorch's](benchmarks.svg)" in text
    ElementTree.parse(PAGE.with_suffix(".svg"))
