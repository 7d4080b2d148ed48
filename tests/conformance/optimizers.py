"""Optimizers and schedules, judged by PyTorch on the settings of its optim_db and on those listed here.

Kinds for optimizers: `steps` (float64, all parameters after each of 12 steps), `float32`, `groups` (two groups with
settings of their own), `resumed` (a state_dict moved from PyTorch to us, and from us to PyTorch, after six steps)
and `errors`. For schedules: `rates` (learning rates and momenta of two groups over 30 calls) and `resumed`.
"""

import contextlib
import copy
import importlib
import math
import types
import warnings

import numpy as np
import torch
from torch.testing._internal.common_optimizers import OptimizerErrorEnum, optim_db

from tinytorch.core.tensor import Tensor, wrap
from tinytorch.testing import assert_close

from .convert import Converter, NotOurs, array, close
from .judge import Verdict, refused, seed, short

NAMES = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Muon"]
OPTIMIZERS = {info.optim_cls.__name__: info for info in optim_db}
STEPS, SAVED_AFTER = 12, 6

SCHEDULES = {  # o is the optimizer
    "StepLR": ["(o, 3)", "(o, step_size=4, gamma=0.5)"],
    "MultiStepLR": ["(o, [2, 5])", "(o, milestones=[3, 3, 9], gamma=0.5)"],
    "ExponentialLR": ["(o, 0.9)", "(o, gamma=1.1)"],
    "CosineAnnealingLR": ["(o, 10)", "(o, T_max=7, eta_min=0.01)"],
    "LinearLR": ["(o)", "(o, start_factor=0.1, total_iters=8)", "(o, start_factor=1.0, end_factor=0.2)"],
    "LambdaLR": ["(o, lambda t: 0.95**t)", "(o, [lambda t: 1 / (1 + t), lambda t: math.cos(t)])"],
    "OneCycleLR": [
        "(o, 1.0, total_steps=40)",
        "(o, max_lr=0.5, epochs=4, steps_per_epoch=10, anneal_strategy='linear')",
        "(o, max_lr=[0.5, 0.1], total_steps=31, three_phase=True)",
        "(o, max_lr=0.5, total_steps=35, pct_start=0.1, div_factor=10, final_div_factor=100)",
        "(o, max_lr=0.5, total_steps=35, cycle_momentum=False)",
        "(o, max_lr=0.5, total_steps=35, base_momentum=0.8, max_momentum=0.9)",
    ],
    "ReduceLROnPlateau": [
        "(o)",
        "(o, patience=2)",
        "(o, mode='max', factor=0.5, patience=1)",
        "(o, patience=1, threshold=0.5, threshold_mode='abs')",
        "(o, patience=1, cooldown=3, min_lr=[0.001, 0.05])",
        "(o, factor=0.5, patience=0, eps=0.02)",
    ],
}


def face(name="optim"):
    """The tinytorch package of that name."""
    return importlib.import_module(f"tinytorch.{name}")


class Twins:
    """The same parameters, gradients and settings in PyTorch and in tinytorch."""

    def __init__(self, name, kwargs, dtype=torch.float64, groups=None):
        rng = np.random.default_rng(7)
        shapes = [(4, 3), (3, 5)] if name == "Muon" else [(4, 3), (5,)]
        self.theirs = [torch.tensor(rng.normal(size=s), dtype=dtype, requires_grad=True) for s in shapes]
        self.ours = [Tensor(t.detach().numpy(), array(t).dtype, requires_grad=True) for t in self.theirs]
        self.start = [t.detach().numpy().copy() for t in self.theirs]
        self.rng, self.name, self.kwargs, self.groups = rng, name, kwargs, groups
        self.their_optimizer, self.our_optimizer = self.build_theirs(), self.build_ours()

    def build_theirs(self):
        """A new optimizer of PyTorch's."""
        cls = getattr(torch.optim, self.name)
        return cls(self._params(self.theirs), **copy.deepcopy(self.kwargs))

    def build_ours(self):
        """A new optimizer of ours."""
        cls = getattr(face(), self.name)
        return cls(self._params(self.ours), **Converter()(self.kwargs))

    def _params(self, params):
        return [{"params": [p], **own} for p, own in zip(params, self.groups, strict=True)] if self.groups else params

    def step(self):
        """One step with random gradients; the second parameter has none in every fourth step."""
        for i, (theirs, ours) in enumerate(zip(self.theirs, self.ours, strict=True)):
            g = self.rng.normal(size=ours.shape).astype(ours.dtype)
            absent = i == 1 and self.rng.integers(4) == 0
            theirs.grad, ours.grad = (None, None) if absent else (torch.tensor(g), wrap(g))
        self.their_optimizer.step()
        self.our_optimizer.step()

    def compare(self, loose=1.0):
        """Raise AssertionError where parameters differ."""
        for i, (theirs, ours) in enumerate(zip(self.theirs, self.ours, strict=True)):
            try:
                if self.name == "Muon":  # PyTorch's computes in bfloat16: its way is compared, to 3 %
                    far = np.abs(array(theirs) - self.start[i]).max()
                    assert_close(ours.data, array(theirs), rtol=0, atol=0.03 * far)
                else:
                    close(ours.data, array(theirs), theirs.shape, loose)
            except AssertionError as error:
                raise AssertionError(f"parameter {i}: {error}") from None

    def run(self, steps, loose=1.0):
        """Take steps, comparing after each."""
        for _ in range(steps):
            self.step()
            self.compare(loose)


def judge(name, limit=64):
    """The verdicts on the optimizer `name`."""
    info, verdicts = OPTIMIZERS[name], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, given in enumerate(info.optim_inputs_func("cpu", torch.float64)[:limit]):
            kwargs, text = given.kwargs, f"{name}({given.desc or 'default'}: {given.kwargs})"
            attempts = {
                "steps": lambda k=kwargs: Twins(name, k).run(STEPS),
                "float32": lambda k=kwargs: Twins(name, k, torch.float32).run(STEPS, 10),
                "groups": lambda k=kwargs: Twins(name, k, groups=[{}, {"lr": 0.03, "weight_decay": 0.2}]).run(STEPS),
                "resumed": lambda k=kwargs: resumed(Twins(name, k)),
            }
            verdicts += [Verdict(kind, i, text, problem_of(attempt)) for kind, attempt in attempts.items()]
        seed()
        for i, given in enumerate(info.optim_error_inputs_func("cpu", torch.float64)):
            with contextlib.suppress(NotOurs):
                verdicts.append(on_error(i, name, given))
    return verdicts


def problem_of(attempt):
    """What goes wrong in `attempt()`, in words."""
    try:
        attempt()
        return ""
    except Exception as error:
        return short(error)


def resumed(twins):
    """Move the state both ways after some steps and go on: each optimizer goes on from the other's state."""
    twins.run(SAVED_AFTER)
    theirs, ours = twins.their_optimizer.state_dict(), twins.our_optimizer.state_dict()
    if theirs["state"].keys() != ours["state"].keys():
        raise AssertionError(f"expected states of {list(theirs['state'])}, got {list(ours['state'])}")
    for i, state in theirs["state"].items():
        wanted = {name for name, value in state.items() if value is not None}
        if wanted != set(ours["state"][i]):
            raise AssertionError(f"expected the state {sorted(wanted)}, got {sorted(ours['state'][i])}")
    missing = theirs["param_groups"][0].keys() - ours["param_groups"][0].keys() - {"differentiable"}
    if missing:
        raise AssertionError(f"the group lacks {sorted(missing)}")
    twins.their_optimizer, twins.our_optimizer = twins.build_theirs(), twins.build_ours()
    twins.our_optimizer.load_state_dict(_to_ours(copy.deepcopy(theirs)))
    twins.their_optimizer.load_state_dict({**theirs, "state": _to_theirs(ours["state"])})
    twins.run(STEPS - SAVED_AFTER)


def _to_ours(value):
    if isinstance(value, torch.Tensor):
        return wrap(np.array(array(value)))
    if isinstance(value, dict):
        return {k: _to_ours(v) for k, v in value.items()}
    return [_to_ours(v) for v in value] if isinstance(value, list) else value


def _to_theirs(value):
    if isinstance(value, Tensor):
        return torch.tensor(np.array(value.data))
    return {k: _to_theirs(v) for k, v in value.items()} if isinstance(value, dict) else value


def on_error(number, name, given):
    """One error input: an error, or the warning that PyTorch gives."""
    build = given.optimizer_error_input
    convert = Converter()
    params = [Tensor([[1.0]], requires_grad=True)] if build.params is None else convert(build.params)
    params = params() if callable(params) else params

    def make():
        optimizer = getattr(face(), name)(params, **convert(build.kwargs))
        if given.error_on == OptimizerErrorEnum.STEP_ERROR:
            for p in params:
                p.grad = wrap(np.ones_like(p.data))
            optimizer.step()
        return optimizer

    text = f"{name}({build.desc})"
    if not issubclass(given.error_type, Warning):
        return Verdict("errors", number, text, refused(make, (), {}, given.error_type))
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        problem = problem_of(make)
    return Verdict("errors", number, text, problem or ("" if noted else "there is no warning"))


def judge_schedule(name, limit=64):
    """The verdicts on the schedule `name`: the settings listed here, then those of optim_db."""
    makers = [(name + text, *(_by_text(name + text, m) for m in _packages())) for text in SCHEDULES[name]]
    for i, make in enumerate(_of_optim_db(name)):
        mine = types.FunctionType(make.__code__, {name: getattr(_packages()[1], name)})
        makers.append((f"{name}, optim_db's number {i}", make, mine))
    verdicts = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, (text, theirs, ours) in enumerate(makers[:limit]):
            for optimizer in ("SGD", "Adam"):
                for kind, saved_after in (("rates", None), ("resumed", 11)):
                    problem = problem_of(lambda t=theirs, m=ours, o=optimizer, s=saved_after: rates(t, m, o, s))
                    verdicts.append(Verdict(kind, i, f"{text}, {optimizer}", problem))
    return verdicts


def _of_optim_db(name):
    """PyTorch's functions that make this schedule, without those that say the same."""
    every = [make for info in OPTIMIZERS.values() for some in info.scheduler_inputs or () for make in some]
    chosen = {(m.__code__.co_code, m.__code__.co_consts): m for m in every if m.__code__.co_names[0] == name}
    return chosen.values()


def _packages():
    return torch.optim.lr_scheduler, face("optim.lr_scheduler")


def _by_text(text, package):
    cls = getattr(package, text.partition("(")[0])
    return eval(f"lambda o: {text}", {cls.__name__: cls, "math": math})


def rates(make_theirs, make_ours, optimizer, saved_after, calls=30):
    """Raise AssertionError where the groups' rates and momenta differ; after `saved_after` calls, start from states."""
    momentum = {"momentum": 0.9} if optimizer == "SGD" else {}
    twins = Twins(optimizer, {"lr": 0.1, **momentum}, groups=[{}, {"lr": 0.03}])
    theirs, ours = make_theirs(twins.their_optimizer), make_ours(twins.our_optimizer)
    losses = np.abs(np.random.default_rng(3).normal(size=calls)) / np.arange(1, calls + 1)
    for t in range(calls):
        if t == saved_after:
            theirs, ours = _resume(twins, make_theirs, make_ours, theirs, ours)
        twins.step()
        for schedule in (theirs, ours):
            schedule.step(*[float(losses[t])] * (type(schedule).__name__ == "ReduceLROnPlateau"))
        for i, groups in enumerate(zip(_groups(twins.their_optimizer), _groups(twins.our_optimizer), strict=True)):
            expected, got = (np.array([g["lr"], *g.get("betas", (g.get("momentum", 0),))]) for g in groups)
            if not np.allclose(got, expected, rtol=1e-9, atol=1e-12):
                raise AssertionError(f"call {t + 1}, group {i}: expected {expected}, got {got}")
        if not np.allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-9, atol=1e-12):
            raise AssertionError(f"call {t + 1}: get_last_lr is {ours.get_last_lr()}, not {theirs.get_last_lr()}")


def _groups(optimizer):
    return optimizer.param_groups


def _resume(twins, make_theirs, make_ours, theirs, ours):
    """New optimizers and schedules; each schedule takes over the state of the other one."""
    saved = [copy.deepcopy(x.state_dict()) for x in (twins.their_optimizer, twins.our_optimizer, ours, theirs)]
    twins.their_optimizer, twins.our_optimizer = twins.build_theirs(), twins.build_ours()
    theirs, ours = make_theirs(twins.their_optimizer), make_ours(twins.our_optimizer)
    for target, state in zip((twins.their_optimizer, twins.our_optimizer, theirs, ours), saved, strict=True):
        target.load_state_dict(state)
    return theirs, ours
