"""`python -m tests.conformance.mutants`: every rule scaled by 1.01 in turn; is it noticed, and by which sample?

A rule whose gradient is zero everywhere stays what it is when it is scaled, and is set aside.
"""

import contextlib
import sys
import time

import numpy as np
import torch

import tinytorch
from tinytorch.core import spatial, transformers  # noqa: F401 (the modules whose rules are the last to come)
from tinytorch.core.autograd import RULES, grad
from tinytorch.core.tensor import Tensor

from . import judge, modules, names

KINDS = ("forward", "gradient", "second order")


def scaled(share, factor=1.01):
    """What a rule returned, every gradient times `factor`, those that are still to be computed included."""
    if isinstance(share, (tuple, list)):
        return type(share)(scaled(s, factor) for s in share)
    if isinstance(share, (np.ndarray, np.generic, Tensor)):
        return share * factor if share.dtype.kind == "f" else share
    return (lambda: scaled(share(), factor)) if callable(share) else share


def is_zero(share):
    """Whether every gradient that a rule returned is zero."""
    if isinstance(share, (tuple, list)):
        return all(map(is_zero, share))
    if callable(share) and not isinstance(share, Tensor):
        return is_zero(share())
    return share is None or not np.any(np.asarray(share))


@contextlib.contextmanager
def replaced(changes):
    """Within the block, RULES has these rules instead."""
    before = dict(RULES)
    RULES.update(changes)
    try:
        yield
    finally:
        RULES.update(before)


def watched(op, rule, used):
    """The rule, which notes in `used` that it was asked, and whether it ever gave anything but zero."""

    def watching(g, out, *args, **kwargs):
        share = rule(g, out, *args, **kwargs)
        used[op] = used.get(op) or not is_zero(share)
        return share

    return watching


def third_order():
    """The third derivative of max pooling against PyTorch's: what picks the winners has a rule that only it needs."""
    numbers, weights = np.random.default_rng(9).permutation(36).reshape(1, 1, 6, 6) / 36, np.linspace(1, 2, 36)

    def slopes(framework, grad, x):
        w = framework.tensor(weights, dtype=framework.float64).reshape(1, 1, 6, 6)
        found = framework.nn.functional.max_pool2d(x, 2) ** 4
        for order in range(3):
            (found,) = grad((found * w * x if order else found).sum(), x, create_graph=True)
        return found

    theirs = slopes(torch, torch.autograd.grad, torch.tensor(numbers, requires_grad=True)).detach().numpy()
    ours = slopes(tinytorch, grad, Tensor(numbers, np.float64, requires_grad=True)).data
    return [judge.Verdict("third order", 0, "max_pool2d", "" if np.allclose(ours, theirs) else "other numbers")]


def members():
    """Everything whose gradients are compared, by name: a function that gives the verdicts."""
    found = {"third order": third_order}
    found |= {name: lambda n=name: judge.judge(n, judge.LIMIT, KINDS) for name in names.NAMES}
    return found | {f"nn.{name}": lambda n=name: modules.judge(n) for name in modules.NAMES}


def agreeing(verdicts):
    """The comparisons that PyTorch agrees with."""
    return {(v.kind, v.number): v for v in verdicts if not v.problem}


def survey(every):
    """For each member the rules it uses (True: not only zeros), what agrees with PyTorch, and the seconds it takes."""
    found = {}
    for name, run in every.items():
        used, started = {}, time.perf_counter()
        with replaced({op: watched(op, rule, used) for op, rule in RULES.items()}):
            verdicts = run()
        if used:
            found[name] = (used, agreeing(verdicts), time.perf_counter() - started)
    return found


def killer(op, every, surveyed):
    """The first comparison that agrees with PyTorch no longer when the rule of `op` is scaled, or None."""
    rule = RULES[op]
    users = sorted((seconds, name) for name, (used, _, seconds) in surveyed.items() if used.get(op))
    with replaced({op: lambda *args, **kwargs: scaled(rule(*args, **kwargs))}):
        for _, name in users:
            now = agreeing(every[name]())
            lost = [v for key, v in surveyed[name][1].items() if key not in now]
            if lost:
                return f"{name}: {lost[0].kind}, sample {lost[0].number}"
    return None


def main():
    """Print what became of each mutant; 1 if any survived."""
    torch.set_num_threads(1)
    started, every = time.perf_counter(), members()
    surveyed = survey(every)
    zero = {op for op in RULES if not any(used.get(op) for used, _, _ in surveyed.values())}
    zero = {op for op in zero if any(op in used for used, _, _ in surveyed.values())}
    tried = [op for op in RULES if op not in zero]
    killed = 0
    for op in sorted(tried, key=lambda op: op.__name__):
        found = killer(op, every, surveyed)
        killed += found is not None
        print(f"{op.__name__:22s} {found or 'SURVIVED'}", flush=True)
    aside = ", ".join(sorted(op.__name__ for op in zero)) or "none"
    print(f"{killed}/{len(tried)} mutants killed; zero everywhere, set aside: {aside}", end="; ")
    print(f"{time.perf_counter() - started:.0f} s")
    return killed < len(tried)


if __name__ == "__main__":
    sys.exit(main())
