"""The gradient says which way is down. An optimizer decides how far to go."""

# Exported from modules/source/06_optimizers/optimizers_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['NEEDED', 'COMMON', 'TITLES', 'NOT_NEGATIVE', 'MUON_SCALE', 'descend_', 'check_params', 'Groups', 'kept', 'shown',
           'Saved', 'Table', 'check_settings', 'memory', 'Steered', 'Optimizer', 'velocity', 'SGD', 'lerp_',
           'over_root_', 'Adagrad', 'variance_', 'RMSprop', 'averages_', 'adam_step_', 'Adam', 'shrink_', 'AdamW',
           'orthogonal', 'Muon', 'with_grad', 'clip_grad_norm_', 'clip_grad_value_', 'LRScheduler', 'StepLR',
           'MultiStepLR', 'ExponentialLR', 'linear', 'LinearLR', 'per_group', 'LambdaLR', 'cosine', 'CosineAnnealingLR',
           'phase', 'OneCycleLR', 'Watch', 'ReduceLROnPlateau']

# %% optimizers-imports
import copy
import math
import warnings
from bisect import bisect_right
from collections import defaultdict
from inspect import Parameter, Signature

import numpy as np

from .autograd import enable_grad
from .tensor import Tensor, unwrap, wrap, zeros_like

# %% optimizers-descend
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, unless it is `spare`, which may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    np.multiply(g, lr, out=spare)
    np.subtract(w, spare, out=w)

# %% optimizers-check-params
def check_params(params, taken):
    """Raise an error unless `params` are Tensors that no op computed, none of them in the set `taken`."""
    for p in params:
        if not isinstance(p, Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, got {type(p).__name__}")
        if p.recipe is not None:
            raise ValueError(f"can't optimize a non-leaf Tensor, the result of '{p.recipe.op.__name__}'")
    if taken & set(params):
        raise ValueError("some parameters appear in more than one parameter group")
    if len(set(params)) < len(params):
        warnings.warn("optimizer: a parameter group with duplicate parameters; they take two steps", stacklevel=5)

# %% optimizers-groups
class Groups:
    """Parameters in groups, each group a dict with its settings under PyTorch's names."""

    def __init__(self, params, defaults):
        self.defaults, self.param_groups, self.state, self._spare = defaults, [], defaultdict(dict), {}
        if isinstance(params, Tensor):
            raise TypeError("optimizer: expected a list of parameters or of groups, got one Tensor")
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def all_params(self):
        """The parameters of all groups."""
        return [p for group in self.param_groups for p in group["params"]]

    def add_param_group(self, param_group):
        """Take over {"params": …} and settings of its own for them; what it does not set has its default."""
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer: a set of parameters has no order, and the state goes by order; give a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        check_params(params, set(self.all_params()))
        group = {**self.defaults, **param_group, "params": params}
        if isinstance(group.get("lr"), Tensor):
            group["lr"] = group["lr"].item()
        self.param_groups.append(group)

# %% optimizers-kept
def kept(name, value, p):
    """A value of a saved state, ready for use: a number for `step`, else an array of its own in p's dtype."""
    if name == "step":
        return float(value)
    array = np.array(unwrap(value))
    return array.astype(p.dtype) if array.dtype.kind == "f" else array

# %% optimizers-shown
def shown(value):
    """A value of a state as a Tensor: an array's own memory, or a number in float32."""
    return wrap(value if isinstance(value, np.ndarray) else np.array(value, np.float32))

# %% optimizers-saving
class Saved(Groups):
    """Groups that can be saved and loaded."""

    def state_dict(self):
        """Plain dicts: `state` by the parameters' numbers, as Tensors on the same memory, and `param_groups`."""
        numbers = {p: i for i, p in enumerate(dict.fromkeys(self.all_params()))}
        state = {numbers[p]: {k: shown(v) for k, v in own.items()} for p, own in self.state.items()}
        groups = [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {i: state[i] for i in sorted(state) if state[i]}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave, of this optimizer or of PyTorch's; nothing is shared with it."""
        groups = copy.deepcopy(state_dict["param_groups"])
        ours, theirs = ([len(g["params"]) for g in found] for found in (self.param_groups, groups))
        if ours != theirs:
            raise ValueError(f"load_state_dict: the groups hold {ours} parameters, those in the state dict {theirs}")
        params = dict(zip((i for g in groups for i in g["params"]), self.all_params(), strict=True))
        for own, group in zip(self.param_groups, groups, strict=True):
            own.update({**group, "params": own["params"]})
        self.state = defaultdict(dict)
        for i, values in state_dict["state"].items():
            self.state[params[i]] = {name: kept(name, value, params[i]) for name, value in values.items()}

# %% optimizers-common
NEEDED = Parameter.empty
COMMON = {"maximize": False, "foreach": None, "capturable": False, "fused": None}

# %% optimizers-table
class Table:
    """A class whose constructor takes `FIRST` and then what `SETTINGS` lists, with these defaults."""

    FIRST, SETTINGS = "", {}

    def __init_subclass__(cls):
        table, kind = {cls.FIRST: NEEDED, **cls.SETTINGS}, Parameter.POSITIONAL_OR_KEYWORD
        cls.__signature__ = Signature([Parameter(name, kind, default=value) for name, value in table.items()])

    def settings(self, args, kwargs):
        """The arguments of the constructor by name, defaults filled in; TypeError if they do not fit."""
        bound = self.__signature__.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

# %% optimizers-not-negative
TITLES = {"lr": "learning rate", "eps": "epsilon value"}
NOT_NEGATIVE = ("lr", "momentum", "weight_decay", "eps", "alpha", "lr_decay", "initial_accumulator_value")

# %% optimizers-check-settings
def check_settings(settings):
    """Raise ValueError for the first setting that makes no sense."""
    for name in NOT_NEGATIVE:
        if not settings.get(name, 0) >= 0:
            raise ValueError(f"Invalid {TITLES.get(name, f'{name} value')}: {settings[name]}, expected a number >= 0")
    for i, beta in enumerate(settings.get("betas", ())):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}, expected 0 <= beta < 1")
    if settings.get("nesterov") and "dampening" in settings and (settings["momentum"] <= 0 or settings["dampening"]):
        raise ValueError("Nesterov momentum requires a momentum and zero dampening")

# %% optimizers-memory
def memory(state, name, w, value=0):
    """The array of that name in a parameter's state, at first of w's form and filled with `value`."""
    if name not in state:
        state[name] = np.full_like(w, value)
    return state[name]

# %% optimizers-wanted
class Steered(Saved):
    """Groups whose gradients are adjusted before use."""

    decoupled = False  # whether `weight_decay` is left to `update`

    def spare(self, w, name):
        """Memory in the form of w, kept between steps, one piece for all parameters of that form."""
        return memory(self._spare, (name, w.shape, w.dtype), w)

    def wanted(self, w, g, group):
        """g as the group wants it, with its sign and decay, in w's order of memory; g itself stays."""
        decay, maximize = group.get("weight_decay"), group.get("maximize")
        decay = 0 if group.get("decoupled_weight_decay", self.decoupled) else decay
        if decay or maximize or g.strides != w.strides:  # in another order, each use of g would be slow
            g = (np.negative if maximize else np.positive)(g, out=self.spare(w, "gradient"))
        if decay:
            descend_(g, w, -decay, self.spare(w, "update"))  # g + decay * w
        return g

# %% optimizers-base
class Optimizer(Table, Steered):
    """Takes steps. A subclass has `update(w, g, state, group, spare)`, which changes the array w by its gradient g.

    params: a list of parameters, or of groups as dicts. defaults: settings by name.
    """

    FIRST, SETTINGS = "params", {"defaults": NEEDED}
    counts = False  # whether the state has the number of the step

    def __init__(self, *args, **kwargs):
        settings = self.settings(args, kwargs)
        check_settings(settings)
        super().__init__(settings.pop("params"), settings.pop("defaults", settings))

    def zero_grad(self, set_to_none=True):
        """Forget the gradients."""
        for p in self.all_params():
            p.grad = None if set_to_none or p.grad is None else zeros_like(p)

    def step(self, closure=None):
        """Move every parameter that has a gradient; returns what `closure`, called first, returns."""
        loss = enable_grad()(closure)() if closure else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._step(p, group)
        return loss

    def _step(self, p, group):
        w, g, state = p.data, p.grad.data, self.state[p]
        if self.counts:
            state["step"] = state.get("step", 0.0) + 1
        self.update(w, self.wanted(w, g, group), state, group, self.spare(w, "update"))

# %% optimizers-velocity
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    g stays. Without nesterov it may also be `spare`: RMSprop, below, leaves it there.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    b = state.get("momentum_buffer")
    if b is None:
        b = state["momentum_buffer"] = g.copy()
    else:
        np.multiply(b, momentum, out=b)
        np.add(b, np.multiply(g, 1 - dampening, out=spare) if dampening else g, out=b)
    if not nesterov:
        return b
    np.multiply(b, momentum, out=spare)
    return np.add(g, spare, out=spare)

# %% optimizers-sgd
class SGD(Optimizer):
    """Gradient descent, with momentum if wanted (Sutskever et al., 2013)."""

    SETTINGS = {"lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, **COMMON}

    def update(self, w, g, state, group, spare):
        """One step, along the gradient or the velocity."""
        if group["momentum"]:
            g = velocity(g, state, group["momentum"], group["dampening"], group["nesterov"], spare)
        descend_(w, g, group["lr"], spare)

# %% optimizers-lerp
def lerp_(a, b, weight, spare):
    """a becomes a + weight * (b - a): an average that moves towards b; b may be `spare`."""
    np.subtract(b, a, out=spare)
    np.multiply(spare, weight, out=spare)
    np.add(a, spare, out=a)

# %% optimizers-over-root
def over_root_(g, squares, eps, spare):
    """spare becomes g / (√squares + eps)."""
    np.sqrt(squares, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(g, spare, out=spare)

# %% optimizers-adagrad
class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients (Duchi et al., 2011)."""

    SETTINGS = {"lr": 1e-2, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10, **COMMON}

    counts = True

    def update(self, w, g, state, group, spare):
        """One step."""
        total = memory(state, "sum", w, group["initial_accumulator_value"])
        np.multiply(g, g, out=spare)
        np.add(total, spare, out=total)
        over_root_(g, total, group["eps"], spare)
        descend_(w, spare, group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"]), spare)

# %% optimizers-variance
def variance_(squares, mean, g, weight, spare):
    """mean moves towards g; spare becomes squares - mean²."""
    lerp_(mean, g, weight, spare)
    np.multiply(mean, mean, out=spare)
    np.subtract(squares, spare, out=spare)
    np.maximum(spare, 0, out=spare)  # rounding may leave less than nothing

# %% optimizers-rmsprop
class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of squared gradients (Hinton, lecture 6e, 2012)."""

    SETTINGS = {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0, "centered": False, **COMMON}

    counts = True

    def update(self, w, g, state, group, spare):
        """One step."""
        squares, weight = memory(state, "square_avg", w), 1 - group["alpha"]
        np.multiply(g, g, out=spare)
        lerp_(squares, spare, weight, spare)
        if group["centered"]:
            variance_(squares, memory(state, "grad_avg", w), g, weight, spare)
        over_root_(g, spare if group["centered"] else squares, group["eps"], spare)
        way = velocity(spare, state, group["momentum"], 0, False, spare) if group["momentum"] > 0 else spare
        descend_(w, way, group["lr"], spare)

# %% optimizers-averages
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    lerp_(m, g, 1 - beta1, spare)
    np.multiply(g, g, out=spare)
    lerp_(v, spare, 1 - beta2, spare)

# %% optimizers-adam-step
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)

# %% optimizers-adam
class Adam(Optimizer):
    """Averaged gradients divided by their usual size (Kingma and Ba, 2015, algorithm 1)."""

    SETTINGS = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False}
    SETTINGS |= {**COMMON, "decoupled_weight_decay": False}

    counts = True

    def update(self, w, g, state, group, spare):
        """One step."""
        (beta1, beta2), m, v = group["betas"], memory(state, "exp_avg", w), memory(state, "exp_avg_sq", w)
        if group["decoupled_weight_decay"]:
            shrink_(w, group["lr"], group["weight_decay"])
        averages_(m, v, g, beta1, beta2, spare)
        if group["amsgrad"]:
            largest = memory(state, "max_exp_avg_sq", w)
            v = np.maximum(largest, v, out=largest)
        adam_step_(w, m, v, state["step"], group["lr"], beta1, beta2, group["eps"], spare)

# %% optimizers-shrink
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    np.multiply(w, 1 - lr * weight_decay, out=w)

# %% optimizers-adamw
class AdamW(Adam):
    """Adam with weight decay outside the gradient (Loshchilov and Hutter, 2019)."""

    SETTINGS = {**Adam.SETTINGS, "weight_decay": 1e-2, "decoupled_weight_decay": True}

# %% optimizers-orthogonal
def orthogonal(g, coefficients=(3.4445, -4.775, 2.0315), steps=5, eps=1e-7):
    """The matrix g with its singular values brought near 1, by Newton-Schulz steps (Jordan, 2024)."""
    a, b, c = coefficients
    tall = g.shape[0] > g.shape[1]
    x = (g.T if tall else g) / max(float(np.linalg.norm(g)), eps)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if tall else x

# %% optimizers-muon-scale
MUON_SCALE = {
    "original": lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "match_rms_adamw": lambda rows, columns: 0.2 * math.sqrt(max(rows, columns)),
}

# %% optimizers-muon
class Muon(Optimizer):
    """Momentum, made orthogonal, for weight matrices only (Jordan, 2024); give the rest to AdamW."""

    SETTINGS = {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True}
    SETTINGS |= {"ns_coefficients": (3.4445, -4.775, 2.0315), "eps": 1e-7, "ns_steps": 5, "adjust_lr_fn": None}
    decoupled = True

    def add_param_group(self, param_group):
        """Take over a group, of matrices only."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        wrong = [p.shape for p in group["params"] if p.ndim != 2]
        if wrong or (group["adjust_lr_fn"] or "original") not in MUON_SCALE:
            raise ValueError(f"Muon only takes matrices, not {wrong}, and adjust_lr_fn {list(MUON_SCALE)}")

    def update(self, w, g, state, group, spare):
        """One step."""
        b, ahead = memory(state, "momentum_buffer", w), self.spare(w, "ahead")
        lerp_(b, g, 1 - group["momentum"], spare)
        np.copyto(ahead, g if group["nesterov"] else b)
        lerp_(ahead, b, group["momentum"], spare)
        found = orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        shrink_(w, group["lr"], group["weight_decay"])
        descend_(w, found, group["lr"] * MUON_SCALE[group["adjust_lr_fn"] or "original"](*w.shape), spare)

# %% optimizers-total-norm
def with_grad(parameters):
    """The parameters that have a gradient, of one Tensor or many."""
    return [p for p in ([parameters] if isinstance(parameters, Tensor) else parameters) if p.grad is not None]

# %% optimizers-clip
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data *= factor
    return Tensor(total, found[0].grad.dtype if found else None)

# %% optimizers-clip-value
def clip_grad_value_(parameters, clip_value):
    """Cut every number of the gradients to the interval from -clip_value to clip_value."""
    for p in with_grad(parameters):
        p.grad.data = np.clip(p.grad.data, -clip_value, clip_value)

# %% optimizers-scheduler
class LRScheduler(Table):
    """Sets the learning rate of each group of an optimizer, anew with each `step()`.

    last_epoch: how many calls have been made already, less one; if any, the groups must have an `initial_lr`.
    """

    FIRST, SETTINGS = "optimizer", {"last_epoch": -1}
    UNSAVED = "optimizer", "lr_lambdas", "between"

    def __init__(self, *args, **kwargs):
        self.__dict__.update(self.settings(args, kwargs))
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"{type(self.optimizer).__name__} is not an Optimizer")
        self.check()
        self.begin()

    def check(self):
        """Raise ValueError if the settings make no sense."""

    def begin(self):
        """Note the learning rates that the groups start with, and set those of call 0."""
        self._step_count, self.base_lrs = 0, []
        for i, group in enumerate(self.optimizer.param_groups):
            if self.last_epoch != -1 and "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not in param_groups[{i}]: last_epoch={self.last_epoch} needs it")
            self.base_lrs.append(group.setdefault("initial_lr", group["lr"]))
        self.step()

    def rate(self, base_lr, t):
        """The learning rate after t calls, if it was base_lr at first."""

    def get_lr(self):
        """The learning rates for `last_epoch`, one per group."""
        return [self.rate(base_lr, self.last_epoch) for base_lr in self.base_lrs]

    def get_last_lr(self):
        """The learning rates that were set last."""
        return self._last_lr

    def step(self, epoch=None):
        """Go on by one (or to `epoch`), and set the learning rates."""
        self._step_count += 1
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._last_lr = [float(lr) for lr in self.get_lr()]
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr

    def state_dict(self):
        """All that can be saved: not the optimizer and not functions."""
        return {name: value for name, value in self.__dict__.items() if name not in self.UNSAVED}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave."""
        self.__dict__.update({name: value for name, value in state_dict.items() if name not in self.UNSAVED})

# %% optimizers-steplr
class StepLR(LRScheduler):
    """The rate times gamma after every step_size calls."""

    SETTINGS = {"step_size": NEEDED, "gamma": 0.1, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each step_size calls."""
        return base_lr * self.gamma ** (t // self.step_size)

# %% optimizers-multisteplr
class MultiStepLR(LRScheduler):
    """The rate times gamma at each of the milestones."""

    SETTINGS = {"milestones": NEEDED, "gamma": 0.1, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each milestone passed."""
        return base_lr * self.gamma ** bisect_right(sorted(self.milestones), t)

# %% optimizers-exponentiallr
class ExponentialLR(LRScheduler):
    """The rate times gamma in every call."""

    SETTINGS = {"gamma": NEEDED, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each call."""
        return base_lr * self.gamma**t

# %% optimizers-linear
def linear(start, end, fraction):
    """The value at `fraction` of the straight way from start (0) to end (1)."""
    return (end - start) * fraction + start

# %% optimizers-linearlr
class LinearLR(LRScheduler):
    """A factor that goes from start_factor to end_factor in total_iters calls: a warm-up."""

    SETTINGS = {"start_factor": 1.0 / 3, "end_factor": 1.0, "total_iters": 5, "last_epoch": -1}

    def check(self):
        """Factors from 0 to 1, the first above 0."""
        if not (0 < self.start_factor <= 1 and 0 <= self.end_factor <= 1):
            raise ValueError(f"LinearLR: factors from 0 to 1, not from 0, got {self.start_factor}, {self.end_factor}")

    def rate(self, base_lr, t):
        """A straight line, then level."""
        return base_lr * linear(self.start_factor, self.end_factor, min(self.total_iters, t) / self.total_iters)

# %% optimizers-per-group
def per_group(name, optimizer, value):
    """The value for each group of the optimizer: one for all, or a list of them."""
    groups = len(optimizer.param_groups)
    found = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(found) != groups:
        raise ValueError(f"{name}: expected {groups} values, one per group, got {len(found)}")
    return found

# %% optimizers-lambdalr
class LambdaLR(LRScheduler):
    """The rate times lr_lambda(t): one function, or one per group."""

    SETTINGS = {"lr_lambda": NEEDED, "last_epoch": -1}

    def check(self):
        """Note one function per group."""
        self.lr_lambdas = per_group("lr_lambda", self.optimizer, self.__dict__.pop("lr_lambda"))

    def get_lr(self):
        """Each group by its own function."""
        return [base_lr * f(self.last_epoch) for f, base_lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]

# %% optimizers-cosine
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2

# %% optimizers-cosinelr
class CosineAnnealingLR(LRScheduler):
    """The rate falls to eta_min in T_max calls, along a cosine (Loshchilov and Hutter, 2017), then rises again."""

    SETTINGS = {"T_max": NEEDED, "eta_min": 0.0, "last_epoch": -1}

    def rate(self, base_lr, t):
        """Half a wave in T_max calls."""
        return cosine(base_lr, self.eta_min, t / self.T_max)

# %% optimizers-phase
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) / (end - start) if end != start else 1.0
        start = end

# %% optimizers-onecycle
class OneCycleLR(LRScheduler):
    """Up to max_lr and down to almost nothing, in total_steps calls, one per batch (Smith and Topin, 2018)."""

    SETTINGS = {"max_lr": NEEDED, "total_steps": None, "epochs": None, "steps_per_epoch": None, "pct_start": 0.3}
    SETTINGS |= {"anneal_strategy": "cos", "cycle_momentum": True, "base_momentum": 0.85, "max_momentum": 0.95}
    SETTINGS |= {"div_factor": 25.0, "final_div_factor": 1e4, "three_phase": False, "last_epoch": -1}

    def check(self):
        """Find the phases: at which call each ends, and between which settings of a group it goes."""
        self.total_steps = self.total_steps or (self.epochs or 0) * (self.steps_per_epoch or 0)
        if not isinstance(self.total_steps, int) or self.total_steps <= 0:
            raise ValueError("OneCycleLR: give a positive integer total_steps, or epochs and steps_per_epoch")
        self.between = {"cos": cosine, "linear": linear}.get(self.anneal_strategy)
        if self.between is None or not isinstance(self.pct_start, float) or not 0 <= self.pct_start <= 1:
            got = f"{self.pct_start!r} and {self.anneal_strategy!r}"
            raise ValueError(f"pct_start is a float from 0 to 1, anneal_strategy 'cos' or 'linear', got {got}")
        if self.cycle_momentum and not {"betas", "momentum"} & self.optimizer.defaults.keys():
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        top = self.pct_start * self.total_steps - 1
        self.ends = [top, *[2 * top] * self.three_phase, self.total_steps - 1]
        self.path = [("initial_lr", "max_momentum"), ("max_lr", "base_momentum"), ("min_lr", "max_momentum")]
        self.path[2:2] = self.path[:1] * self.three_phase
        if self.last_epoch == -1:
            self.note()

    def note(self):
        """Write the settings between which it goes into the groups."""
        names = ("max_lr", "base_momentum", "max_momentum")
        values = [per_group(name, self.optimizer, getattr(self, name)) for name in names]
        for group, *own in zip(self.optimizer.param_groups, *values, strict=True):
            low = own[0] / self.div_factor
            group |= {**dict(zip(names, own, strict=True)), "initial_lr": low, "min_lr": low / self.final_div_factor}

    def get_lr(self):
        """The learning rates, one per group; the momentum is set on the way."""
        if self.last_epoch > self.total_steps:
            raise ValueError(f"Tried to step {self.last_epoch} times, but total_steps is {self.total_steps}")
        i, fraction = phase(self.last_epoch, self.ends)
        (lr, momentum), (next_lr, next_momentum) = self.path[i : i + 2]
        for group in self.optimizer.param_groups if self.cycle_momentum else []:
            value = self.between(group[momentum], group[next_momentum], fraction)
            group |= {"betas": (value, *group["betas"][1:])} if "betas" in group else {"momentum": value}
        return [self.between(group[lr], group[next_lr], fraction) for group in self.optimizer.param_groups]

# %% optimizers-watch
class Watch(LRScheduler):
    """The settings of ReduceLROnPlateau, and what progress means."""

    SETTINGS = {"mode": "min", "factor": 0.1, "patience": 10, "threshold": 1e-4, "threshold_mode": "rel", "cooldown": 0}
    SETTINGS |= {"min_lr": 0, "eps": 1e-8}

    def check(self):
        """Settings that make sense."""
        if self.factor >= 1 or self.mode not in ("min", "max") or self.threshold_mode not in ("rel", "abs"):
            got = f"{self.factor}, {self.mode!r}, {self.threshold_mode!r}"
            raise ValueError(f"Factor should be < 1.0, mode 'min' or 'max', threshold_mode 'rel' or 'abs', got {got}")
        self.min_lrs = per_group("min_lr", self.optimizer, self.min_lr)

    def begin(self):
        """Nothing was told yet."""
        self.best = math.inf if self.mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def better(self, value):
        """Whether value beats the best so far, by more than the threshold."""
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * value < sign * self.best * (1 - sign * self.threshold)
        return sign * value < sign * self.best - self.threshold

    def reduce(self):
        """Multiply the learning rates by the factor, down to their minimum."""
        for group, min_lr in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            new = max(group["lr"] * self.factor, min_lr)
            group["lr"] = new if group["lr"] - new > self.eps else group["lr"]

# %% optimizers-plateau
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        if self.better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
