"""PyTorch is the judge of every operation, layer, optimizer and schedule of ours that it has samples for."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: tito setup --conformance")
pytest.importorskip("expecttest", reason="PyTorch's samples need expecttest: tito setup --conformance")
torch.set_num_threads(1)

from . import judge, known, modules, names, optimizers, suites  # noqa: E402


@pytest.mark.parametrize("suite, name", suites.MEMBERS, ids=[" ".join(m) for m in suites.MEMBERS])
def test_agrees_with_pytorch(suite, name, request, record_property):
    score = suites.score(suite, name, request.config.getoption("--samples"))
    record_property("score", score.plain())
    if score.wrong:
        pytest.fail(f"{suite} {name}: {len(score.wrong)} differences\n" + "\n".join(score.wrong[:12]), pytrace=False)


def test_every_operation_of_ours_that_pytorch_samples_is_on_the_list():
    import tinytorch
    import tinytorch.nn.functional as functional
    from tinytorch.core.tensor import OPS, Tensor

    face = {*OPS, *dir(Tensor), *dir(tinytorch), *(f"nn.functional.{n}" for n in dir(functional))}
    listed = {n.split("/")[0] for n in names.NAMES} | {n.split("/")[0] for n in names.LEFT_OUT}
    assert {n.split("/")[0] for n in judge.OPS} & face - listed == set()


def test_every_layer_optimizer_and_schedule_of_ours_is_on_the_list():
    schedules = {n for n in optimizers.SCHEDULES if hasattr(optimizers.face("optim.lr_scheduler"), n)}
    assert {n for n in modules.MODULES if modules.ours(n)} == set(modules.NAMES)
    assert {n for n in optimizers.OPTIMIZERS if hasattr(optimizers.face(), n)} == set(optimizers.NAMES)
    assert {n for n in dir(optimizers.face("optim.lr_scheduler")) if n != "LRScheduler"} == schedules


def test_known_disagreements_name_what_exists():
    every = {name for _, name in suites.MEMBERS}
    assert {n for entry in known.KNOWN for n in entry.names.split()} <= every


def test_new_and_mended_disagreements_are_told_apart(monkeypatch):
    entry = known.Known("exp log", ("forward", "float32"), "why", r"\[2\]")
    monkeypatch.setattr(known, "KNOWN", [entry])
    wrong = judge.Verdict("forward", 0, "(float64[2])", "differs")
    right = judge.Verdict("float32", 1, "(float32[2])")
    elsewhere = judge.Verdict("gradient", 0, "(float64[2])", "differs")
    other = judge.Verdict("forward", 2, "(float64[3])")
    found = known.sort_out("exp", [wrong, right, elsewhere, other])
    assert found == ([elsewhere], [(wrong, entry)], [(right, entry)])
    assert known.sort_out("sin", [wrong])[0] == [wrong]


def test_a_wrong_value_is_noticed():
    """The judge itself: an operation that is off by a millionth, in another dtype or shape does not pass."""
    sample = judge.Sample((torch.tensor([1.0, 2.0], dtype=torch.float64),))
    right = names.ours("exp")
    assert judge.Call(sample, torch.exp, right).forward() == ""
    for wrong in (lambda a: right(a) * 1.000001, lambda a: right(a).to("float32"), lambda a: right(a)[None]):
        assert judge.Call(sample, torch.exp, wrong).forward() != ""


def test_a_changed_input_is_noticed():
    def doubles(a):
        a.data *= 2
        return a + 0

    sample = judge.Sample((torch.tensor([1.0, 2.0], dtype=torch.float64),))
    assert judge.Call(sample, lambda a: a * 2, doubles).forward() == "the inputs were changed"
