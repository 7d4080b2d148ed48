# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 3
#     prerequisites:
#     - 05_autograd
#     title: Optimizers
# ---

# %% [markdown]
# # Optimizers
# > The gradient says which way is down. An optimizer decides how far to go.
#
# At the end of this chapter five optimizers race down a curved valley, and you will have written the parts of
# them that matter: momentum, Adam with its correction, weight decay that is really decay, and the schedules
# that every large model is trained with. All but Muon agree with PyTorch's
# to the last digits. But first, the problem.

# %% nbgrader={"grade": false, "grade_id": "optimizers-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.optimizers
#| export
import copy
import math
import warnings
from bisect import bisect_right
from collections import defaultdict
from inspect import Parameter, Signature

import numpy as np

from tinytorch.core.autograd import enable_grad
from tinytorch.core.tensor import Tensor, unwrap, wrap, zeros_like

# %% nbgrader={"grade": false, "grade_id": "optimizers-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time
import tracemalloc

from tinytorch.core.tensor import randn, zeros
from tinytorch.figures import BLUE, GREEN, GREY, ORANGE, RED, axes
from tinytorch.testing import assert_close


# %%
def descent(lr, steps=40):
    """Plain gradient descent on (x² + 25 y²) / 2, from (10, 1)."""
    path = [np.array([10.0, 1.0])]
    for _ in range(steps):
        path.append(path[-1] - lr * path[-1] * [1, 25])
    return np.array(path)


# %%
x, y = np.meshgrid(np.linspace(-3, 11, 80), np.linspace(-1.6, 1.6, 60))
for ax, lr in zip(axes(2, 2.4), (0.01, 0.078), strict=True):
    ax.contour(x, y, x**2 + 25 * y**2, levels=[1, 5, 15, 35, 70, 120], colors=GREY, linewidths=0.8)
    ax.plot(*descent(lr).T, "o-", markersize=3, linewidth=1)
    ax.set_title(f"40 steps, learning rate {lr}")


# %% [markdown]
# This valley is 25 times as steep across as along (the picture stretches it across, or it would be too thin to see). The gradient points across it, hardly along it. With a small
# rate (left) nothing moves along the valley. With a large one (right) the path leaps from wall to wall, and from
# 0.08 on it would leap out. One number has to serve two directions, and real losses have millions of them, with
# steepnesses that differ a thousandfold. All of this chapter is about that.
#
# ## A step that allocates nothing
# A step of plain gradient descent is `w - lr * g`. In NumPy, `w -= lr * g` looks as if it worked in place, and
# half of it does: `lr * g` still makes a new array, as large as the weights, in every step. For a large model
# this is gigabytes asked of the system and handed back, and the time goes into that. NumPy's functions take an
# `out=` that says where the result goes:
#
# ```python
# np.add(a, b, out=c)          # c becomes a + b; nothing new is made
# np.add(a, b, out=a)          # a becomes a + b
# ```
#
# All updates of this chapter are written so. They work on arrays, not on Tensors: nobody will differentiate a
# step. Each gets `spare`, an array in the shape of the weights, to compute in. It holds nothing of value, unless `g`
# lies there: `g` may be `spare`.
# The gradient `g` must stay as it is: it still belongs to the parameter. And `w = …` alone would only give the
# name to another array; where you must assign, `w[...] = …` writes into w, whatever its shape.
#
# Write `descend_`. (An underscore at the end of a name says, as in PyTorch: changes what it is given.)
#
# <details><summary>Hint 1: the idea</summary>
#
# Two calls. The first puts the product into `spare`, the second takes it away from `w`.
#
# </details>
# <details><summary>Hint 2: the tools</summary>
#
# `np.multiply` and `np.subtract`, each with `out=`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-descend", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def descend_(w, g, lr, spare):
    """w becomes w - lr * g, in its own memory; g stays, unless it is `spare`, which may be overwritten.

    >>> w = np.array([1.0, 2.0]); descend_(w, np.array([10.0, 10.0]), 0.1, np.empty(2)); w
    array([0., 1.])
    """
    ### BEGIN SOLUTION
    np.multiply(g, lr, out=spare)
    np.subtract(w, spare, out=w)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-slope-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def slope(t, shape=(2, 3)):
    """Gradients that differ from step to step, the same every time."""
    return np.array(np.cos(0.7 * np.arange(math.prod(shape)).reshape(shape) + t * t))


def frozen(array):
    """The array, protected against writing."""
    array.flags.writeable = False
    return array


# %% nbgrader={"grade": false, "grade_id": "optimizers-in-place-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def in_place(f, *args, stays="g"):
    """What f(*args) returns, with an AssertionError where it writes into `stays`, or slices a single number."""
    try:
        return f(*args)
    except ValueError as error:
        if "read-only" in str(error):
            raise AssertionError(f"{f.__name__}: {stays} must stay as it is, and was written into") from None
        raise
    except IndexError as error:
        if all(np.ndim(a) == 0 for a in args):
            raise AssertionError(f"{f.__name__} of a single number: {error}; write w[...], not w[:]") from None
        raise


# %% nbgrader={"grade": false, "grade_id": "optimizers-moved-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def moved(name, array, before, expected, what):
    """Raise unless the array has become `expected`; where nothing happened to it, say what that may mean."""
    if array.size and np.array_equal(array, before):
        raise AssertionError(f"{what}: {name} is unchanged: `{name} = …` only rebinds the name, use out={name}")
    assert_close(array, expected, f"{name} after {what}")


# %% nbgrader={"grade": false, "grade_id": "optimizers-temporaries-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def temporaries(f, *args):
    """How many bytes a call asks for beyond what is there already."""
    f(*args)  # what is made once may be made
    tracemalloc.start()
    f(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-descend", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_descend():
    """descend_ takes one step in place, leaves the gradient alone and allocates nothing."""
    for shape in [(3,), (2, 3), (), (4, 1, 2)]:
        for dtype in ("float32", "float64"):
            w, g = slope(1, shape).astype(dtype), frozen(slope(2, shape).astype(dtype))
            before, expected = w.copy(), w - 0.3 * g
            got = in_place(descend_, w, g, 0.3, np.full_like(w, np.nan))
            moved("w", w, before, expected.astype(dtype), f"descend_, {shape} of {dtype}")
            assert got is None, "descend_ changes w and returns nothing"
    w = np.array([1.0, 2.0])
    descend_(w, w.copy(), 0.5, spare := np.zeros(2))
    descend_(w, np.ones(2), 0.5, spare)
    assert_close(w, [0.0, 0.5], "w after two steps with the same spare")
    w, spare = np.array([1.0, 1.0]), np.array([3.0, 4.0])
    descend_(w, spare, 0.5, spare)
    assert_close(w, [-0.5, -1.0], "w after descend_ where g is spare itself")
    large = [np.ones(10_000) for _ in range(3)]
    peak = temporaries(descend_, large[0], large[1], 0.1, large[2])
    assert peak < 10_000, f"descend_ on 80,000 bytes: expected no new array, but {peak:,} bytes were asked for"


test_unit_descend()
### BEGIN HIDDEN TESTS
w = np.arange(6.0).reshape(2, 3).T
descend_(w, np.ones((3, 2)), 2.0, np.empty((3, 2)))
assert_close(w, np.arange(6.0).reshape(2, 3).T - 2, "descend_ on a transposed view")
### END HIDDEN TESTS

# %% [markdown]
# ## What all optimizers share
# In the end an optimizer is a class with an `update`, in two lines:
#
# ```python
# class Plain(Optimizer):
#     """Gradient descent."""
#
#     SETTINGS = {"lr": 0.1}
#
#     def update(self, w, g, state, group, spare):
#         """One step."""
#         descend_(w, g, group["lr"], spare)
# ```
#
# What `Optimizer` does for it is bookkeeping, and given. You may go straight on to Momentum, and come back here when
# you want to save an optimizer.
#
# An optimizer holds **groups**: lists of parameters, each with its own settings. Two rates in one model, or no
# weight decay for the biases, is two groups. For each parameter it keeps a **state**, such as a velocity. The
# first part makes the groups. `defaults` fills in what a
# group does not say itself.

# %% nbgrader={"grade": false, "grade_id": "optimizers-check-params", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-groups", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %%
weight, bias = zeros(2, 3), zeros(3)
two = Groups([{"params": weight}, {"params": [bias], "weight_decay": 0}], {"lr": 0.1, "weight_decay": 0.01})
[{name: value for name, value in group.items() if name != "params"} for group in two.param_groups]


# %% [markdown]
# The second part saves and loads, in PyTorch's form: parameters are numbered through all groups, and the state
# goes by number. A Tensor as a key would not survive a file.

# %% nbgrader={"grade": false, "grade_id": "optimizers-kept", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def kept(name, value, p):
    """A value of a saved state, ready for use: a number for `step`, else an array of its own in p's dtype."""
    if name == "step":
        return float(value)
    array = np.array(unwrap(value))
    return array.astype(p.dtype) if array.dtype.kind == "f" else array


# %% nbgrader={"grade": false, "grade_id": "optimizers-shown", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def shown(value):
    """A value of a state as a Tensor: an array's own memory, or a number in float32."""
    return wrap(value if isinstance(value, np.ndarray) else np.array(value, np.float32))


# %% nbgrader={"grade": false, "grade_id": "optimizers-saving", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# Next, each optimizer and each schedule of this chapter lists its settings, with PyTorch's names and defaults, in
# a table; `Table` makes a constructor from it. `COMMON` is what most of them share: `maximize`, and three
# arguments by which PyTorch chooses between implementations. There is one here, so these are ignored.

# %% nbgrader={"grade": false, "grade_id": "optimizers-common", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
NEEDED = Parameter.empty
COMMON = {"maximize": False, "foreach": None, "capturable": False, "fused": None}


# %% nbgrader={"grade": false, "grade_id": "optimizers-table", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-not-negative", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
TITLES = {"lr": "learning rate", "eps": "epsilon value"}
NOT_NEGATIVE = ("lr", "momentum", "weight_decay", "eps", "alpha", "lr_decay", "initial_accumulator_value")


# %% nbgrader={"grade": false, "grade_id": "optimizers-check-settings", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# The last part takes steps. `step` calls `update` for each parameter that has a gradient, with its array `w`,
# the gradient `g`, the state and the settings of its group. Two
# things that most of them have in common are done before: for `maximize` g changes its sign, and **weight
# decay** adds `weight_decay * w` to it, which pulls every weight towards 0.

# %% nbgrader={"grade": false, "grade_id": "optimizers-memory", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def memory(state, name, w, value=0):
    """The array of that name in a parameter's state, at first of w's form and filled with `value`."""
    if name not in state:
        state[name] = np.full_like(w, value)
    return state[name]


# %% nbgrader={"grade": false, "grade_id": "optimizers-wanted", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-base", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% [markdown]
# And here is `Plain`, at work:

# %%
class Plain(Optimizer):
    """Gradient descent."""

    SETTINGS = {"lr": 0.1}

    def update(self, w, g, state, group, spare):
        """One step."""
        descend_(w, g, group["lr"], spare)


# %%
weight = Tensor([3.0, 4.0], requires_grad=True)
plain = Plain([weight])
(weight * weight).sum().backward()
plain.step()
weight


# %% [markdown]
# ## Momentum
# In the valley above, the steps across cancel each other, one to the left, one to the right, while those along
# all point the same way. So average them: let the step follow a velocity that remembers earlier gradients. With
# $b$ for the buffer that holds it and $\mu$ for the momentum,
#
# $$b \leftarrow \mu\, b + (1 - d)\, g, \qquad w \leftarrow w - \text{lr}\; b$$
#
# Along the valley the gradients add up, with $\mu = 0.9$ to ten times one gradient. Across it they cancel.
# The **dampening** $d$ is usually 0. In the very first step there is no buffer yet; it becomes a copy of $g$,
# without dampening. **Nesterov's** variant looks one step ahead: it goes along $g + \mu b$ instead of $b$.

# %%
def heavy(lr, momentum, steps=40):
    """Descent in the same valley with momentum."""
    w, b, path = np.array([10.0, 1.0]), 0, []
    for _ in range(steps):
        path.append(w)
        b = momentum * b + w * [1, 25]
        w = w - lr * b
    return np.array(path)


# %%
for ax, momentum in zip(axes(2, 2.4), (0, 0.8), strict=True):
    ax.contour(x, y, x**2 + 25 * y**2, levels=[1, 5, 15, 35, 70, 120], colors=GREY, linewidths=0.8)
    ax.plot(*heavy(0.03, momentum).T, "o-", markersize=3, linewidth=1)
    ax.set_title(f"learning rate 0.03, momentum {momentum}")


# %% [markdown]
# Write `velocity`: it keeps the buffer in `state["momentum_buffer"]` and returns the direction to go.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two cases: `"momentum_buffer"` is in the state or not. Then two more: nesterov or not.
#
# </details>
# <details><summary>Hint 2: in place</summary>
#
# `np.multiply(b, momentum, out=b)`. Then b has to grow by a multiple of g, which has room in `spare`. Without dampening
# it is g itself, and a pass over all the numbers can be saved.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# The first buffer must be `g.copy()`. With `g` itself, the next step would write into somebody's gradient. And
# nesterov's result goes into `spare`, not into the buffer.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-velocity", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def velocity(g, state, momentum, dampening, nesterov, spare):
    """The direction to go, given the gradient g and the buffer in `state`, which is brought up to date.

    g stays. Without nesterov it may also be `spare`: RMSprop, below, leaves it there.

    >>> state = {}
    >>> [float(velocity(np.array(1.0), state, 0.9, 0, False, np.array(0.0))) for _ in range(3)]
    [1.0, 1.9, 2.71]
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-sgd", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class SGD(Optimizer):
    """Gradient descent, with momentum if wanted (Sutskever et al., 2013)."""

    SETTINGS = {"lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, **COMMON}

    def update(self, w, g, state, group, spare):
        """One step, along the gradient or the velocity."""
        if group["momentum"]:
            g = velocity(g, state, group["momentum"], group["dampening"], group["nesterov"], spare)
        descend_(w, g, group["lr"], spare)


# %% nbgrader={"grade": false, "grade_id": "optimizers-trained-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def trained(make, steps=5, shape=(2, 3), dtype=np.float64):
    """A parameter after some steps of the optimizer that `make([parameter])` gives."""
    p = Tensor(np.linspace(-1, 1, math.prod(shape)).reshape(shape), dtype, requires_grad=True)
    optimizer = make([p])
    for t in range(steps):
        p.grad = Tensor(slope(t, shape), dtype)
        optimizer.step()
    return p.data


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-velocity", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_velocity():
    """The velocity follows its formula, in place, and SGD with it goes where PyTorch's goes."""
    for dampening, nesterov in [(0, False), (0.3, False), (0, True)]:
        state, b = {}, None
        for t in range(4):
            g = slope(t)
            b = g.copy() if b is None else 0.8 * b + (1 - dampening) * g
            got = in_place(velocity, frozen(slope(t)), state, 0.8, dampening, nesterov, np.empty((2, 3)))
            what = f"step {t + 1} with dampening={dampening}, nesterov={nesterov}"
            assert_close(got, g + 0.8 * b if nesterov else b, f"velocity, {what}")
            assert_close(state["momentum_buffer"], b, f"the buffer, {what}")
    w = trained(lambda params: SGD(params, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1))
    expected = [-1.18550025, -0.7136148877, -0.1643094127, 0.3762053064, 0.8258528316, 1.145292986]  # PyTorch 2.13
    what = "five steps of SGD(lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)"
    assert_close(w.ravel(), expected, what, atol=1e-8)
    w = trained(lambda params: SGD(params, lr=0.1, momentum=0.9, nesterov=True, maximize=True))
    expected = [-0.9638414462, -0.6633780952, -0.3331070357, 0.05976634253, 0.5185938011, 1.015707867]  # PyTorch 2.13
    what = "five steps of SGD(lr=0.1, momentum=0.9, nesterov=True, maximize=True)"
    assert_close(w.ravel(), expected, what, atol=1e-8)
    spare, state = np.array([3.0]), {"momentum_buffer": np.array([10.0])}
    got = velocity(spare, state, 0.9, 0, False, spare)
    assert_close(got, [12.0], "velocity where g is spare itself")
    state = {"momentum_buffer": np.ones(10_000)}
    peak = temporaries(velocity, np.ones(10_000), state, 0.9, 0, True, np.ones(10_000))
    assert peak < 10_000, f"velocity of 80,000 bytes: expected no new array, but {peak:,} bytes were asked for"


test_unit_velocity()
### BEGIN HIDDEN TESTS
g, state = np.array([1.0, 2.0]), {}
first = velocity(g, state, 0.5, 0.9, False, np.empty(2))
g[:] = 7
assert_close(state["momentum_buffer"], [1.0, 2.0], "the first buffer, after the gradient's memory was used anew")
assert_close(first, [1.0, 2.0], "the first velocity, dampening 0.9")
before = state["momentum_buffer"]
velocity(g, state, 0.5, 0.9, False, np.empty(2))
assert before is state["momentum_buffer"], "the buffer should be changed in place, not replaced"
assert_close(g, [7.0, 7.0], "the gradient after velocity")
### END HIDDEN TESTS

# %% [markdown]
# ## A rate for every number
# The other cure for the valley: divide each number's gradient by how large it usually is. Steep directions get
# smaller steps, flat ones larger. Two ways to say "usually" are given, as neighbours of what comes next. Adagrad
# sums up the squares of all gradients so far, so its steps only get smaller. RMSprop keeps an average that
# forgets, with `lerp_`, which moves an average a little towards a new value.

# %% nbgrader={"grade": false, "grade_id": "optimizers-lerp", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def lerp_(a, b, weight, spare):
    """a becomes a + weight * (b - a): an average that moves towards b; b may be `spare`."""
    np.subtract(b, a, out=spare)
    np.multiply(spare, weight, out=spare)
    np.add(a, spare, out=a)


# %% nbgrader={"grade": false, "grade_id": "optimizers-over-root", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def over_root_(g, squares, eps, spare):
    """spare becomes g / (√squares + eps)."""
    np.sqrt(squares, out=spare)
    np.add(spare, eps, out=spare)
    np.divide(g, spare, out=spare)


# %% nbgrader={"grade": false, "grade_id": "optimizers-adagrad", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-variance", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def variance_(squares, mean, g, weight, spare):
    """mean moves towards g; spare becomes squares - mean²."""
    lerp_(mean, g, weight, spare)
    np.multiply(mean, mean, out=spare)
    np.subtract(squares, spare, out=spare)
    np.maximum(spare, 0, out=spare)  # rounding may leave less than nothing


# %% nbgrader={"grade": false, "grade_id": "optimizers-rmsprop", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %%
[trained(lambda p, kind=kind: kind(p, lr=0.1), steps=1).round(3)[0] for kind in (SGD, Adagrad, RMSprop)]


# %% [markdown]
# One step each, from -1, -0.6 and -0.2: SGD's steps are as long as the gradients, Adagrad's first steps all have
# the length 0.1, RMSprop's the length 1. That last one is a defect, as you will see.
#
# ## Adam
# Adam takes both cures: the direction is an average $m$ of gradients, and it is divided by the root of an
# average $v$ of their squares. Both start at 0 and move a little in each step, by the two numbers $\beta_1 =
# 0.9$ and $\beta_2 = 0.999$:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# Write `averages_`.
#
# <details><summary>Hint 1: the idea</summary>
#
# $\beta m + (1 - \beta) g$ is $m + (1 - \beta)(g - m)$: what `lerp_` does.
#
# </details>
# <details><summary>Hint 2: the order</summary>
#
# Three calls: `lerp_` for m, the square of g into `spare`, `lerp_` for v.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-averages", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def averages_(m, v, g, beta1, beta2, spare):
    """m and v move towards g and its square; g stays.

    >>> m, v = np.array([0.0]), np.array([0.0])
    >>> averages_(m, v, np.array([2.0]), 0.5, 0.75, np.empty(1)); m, v
    (array([1.]), array([1.]))
    """
    ### BEGIN SOLUTION
    lerp_(m, g, 1 - beta1, spare)
    np.multiply(g, g, out=spare)
    lerp_(v, spare, 1 - beta2, spare)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-averages", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_averages(start=0, beta1=0.7, beta2=0.9):
    """averages_ follows the two formulas, in place."""
    for dtype in ("float64", "float32"):
        m, v = slope(start + 8).astype(dtype), abs(slope(start + 9)).astype(dtype)
        right_m, right_v = m.astype(float), v.astype(float)
        for t in range(4):
            new = slope(start + t)
            g = frozen(new.astype(dtype))
            before = m.copy(), v.copy()
            in_place(averages_, m, v, g, beta1, beta2, np.full_like(g, np.nan))
            right_m, right_v = beta1 * right_m + (1 - beta1) * new, beta2 * right_v + (1 - beta2) * new**2
            moved("m", m, before[0], right_m.astype(dtype), f"{t + 1} steps of averages_ in {dtype}")
            moved("v", v, before[1], right_v.astype(dtype), f"{t + 1} steps of averages_ in {dtype}")
    many = [np.ones(10_000) for _ in range(4)]
    peak = temporaries(averages_, many[0], many[1], many[2], 0.9, 0.999, many[3])
    assert peak < 10_000, f"averages_ of 80,000 bytes: expected no new array, but {peak:,} bytes were asked for"


test_unit_averages()
### BEGIN HIDDEN TESTS
test_unit_averages(*np.random.default_rng().uniform([1, 0.1, 0.1], [50, 0.9, 0.9]).tolist())
### END HIDDEN TESTS

# %% [markdown]
# Both averages begin at 0, and that is wrong: after one step, $m$ is only a tenth of the gradient, and $v$ a
# thousandth of its square. Let every gradient be exactly 1, and look at the two averages:

# %%
steps = np.arange(1, 60)
left, right = axes(2, 2.3)
left.plot(steps, 1 - 0.9**steps, label="m")
left.plot(steps, 1 - 0.999**steps, label="v")
left.set(xlabel="step", title="averages of a constant 1")
left.legend()
right.plot(steps, (1 - 0.9**steps) / np.sqrt(1 - 0.999**steps))
right.axhline(1, color=GREY, linewidth=1)
right.set(xlabel="step", ylim=(0, None), title="m / √v, and what it should be");


# %% [markdown]
# The right-hand curve would be Adam's first steps, more than six times as large as asked for, at the worst moment:
# when the weights are random and the averages know least. But the error is known: after $t$ steps the
# weights in the average sum to $1 - \beta^t$. Divide by that and it is right from the first step:
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# w \leftarrow w - \text{lr}\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# Write `adam_step_`. `t` counts from 1. `m` and `v` stay as they are: corrected, they would be wrong in the next
# step. (The class `Adam` after it adds `amsgrad`, a variant that divides by the largest `v` so far, and a flag
# for the section after this one.)
#
# <details><summary>Hint 1: the idea</summary>
#
# Compute the denominator in `spare`, then divide `m` by it, into `spare`, then `descend_` with the rate
# $\text{lr} / (1 - \beta_1^t)$. The corrections are plain numbers: only one of them has to touch an array.
#
# </details>
# <details><summary>Hint 2: the denominator</summary>
#
# $\sqrt{v} / \sqrt{1 - \beta_2^t} + \epsilon$: three calls, `np.sqrt`, `np.divide`, `np.add`, all into `spare`.
#
# </details>
# <details><summary>Hint 3: one call fewer</summary>
#
# With $c = \sqrt{1 - \beta_2^t}$ the step is $\text{lr} \cdot c / (1 - \beta_1^t) \cdot m / (\sqrt{v} + c \epsilon)$.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-adam-step", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def adam_step_(w, m, v, t, lr, beta1, beta2, eps, spare):
    """w takes Adam's step number t (1, 2, …) along the averages m and v, which stay.

    >>> w = np.array([1.0])
    >>> adam_step_(w, np.array([0.3]), np.array([0.009]), 1, 0.25, 0.9, 0.999, 0.0, np.empty(1)); w
    array([0.75])
    """
    ### BEGIN SOLUTION
    c = math.sqrt(1 - beta2**t)
    np.sqrt(v, out=spare)
    np.add(spare, c * eps, out=spare)
    np.divide(m, spare, out=spare)
    descend_(w, spare, lr * c / (1 - beta1**t), spare)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-adam", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-adam", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_adam():
    """Adam's step follows the paper, number by number, and five of them end where PyTorch's end."""
    w, m, v = slope(1), frozen(slope(2)), frozen(slope(3) ** 2)
    for t in (1, 2, 10, 1000):
        before, expected = w.copy(), w.copy()
        for i in np.ndindex(w.shape):
            m_hat, v_hat = m[i] / (1 - 0.8**t), v[i] / (1 - 0.95**t)
            expected[i] -= 0.01 * m_hat / (math.sqrt(v_hat) + 0.1)
        in_place(adam_step_, w, m, v, t, 0.01, 0.8, 0.95, 0.1, np.full_like(w, np.nan), stays="m and v")
        moved("w", w, before, expected, f"adam_step_ with t = {t}")
    w = trained(lambda params: Adam(params, lr=0.1))
    expected = [-1.176673231, -0.7287098899, -0.211707071, 0.3994182976, 0.7863026721, 1.160503169]  # PyTorch 2.13
    assert_close(w.ravel(), expected, "five steps of Adam(lr=0.1)", atol=1e-8)
    w = trained(lambda params: Adam(params, lr=0.05, betas=(0.5, 0.9), eps=0.1, weight_decay=0.2, amsgrad=True))
    expected = [-0.976976042, -0.5599566682, -0.1776599494, 0.2325870376, 0.6002818446, 0.9582152637]  # PyTorch 2.13
    what = "five steps of Adam(lr=0.05, betas=(0.5, 0.9), eps=0.1, weight_decay=0.2, amsgrad=True)"
    assert_close(w.ravel(), expected, what, atol=1e-8)
    many = [np.ones(10_000) for _ in range(4)]
    peak = temporaries(adam_step_, *many[:3], 3, 0.1, 0.9, 0.999, 1e-8, many[3])
    assert peak < 10_000, f"adam_step_ of 80,000 bytes: expected no new array, but {peak:,} bytes were asked for"


test_unit_adam()
### BEGIN HIDDEN TESTS
for size in (1e-3, 1.0, 1e3):
    w = np.zeros(2)
    adam_step_(w, np.array([0.1, -0.1]) * size, np.array([1e-3, 1e-3]) * size**2, 1, 0.25, 0.9, 0.999, 0.0, np.empty(2))
    assert_close(w, [-0.25, 0.25], f"Adam's first step for gradients of size {size} is the learning rate")
w = trained(lambda params: Adam(params, lr=0.1), steps=3, shape=(), dtype=np.float32)
assert_close(w, np.float32(-1.2256615), "three steps of Adam on a single number in float32")
### END HIDDEN TESTS

# %% [markdown]
# ## Decay that decays
# Weight decay pulls every weight towards 0 by the same share. Done through the gradient, `g + weight_decay * w`,
# it passes Adam's division like everything else in g. A weight whose gradients are large then hardly decays, and
# one whose gradients are small does so fiercely. That is not what was asked for. AdamW takes the pull out of
# the gradient: before the step, each weight loses the share lr · weight_decay of itself. Nothing else differs,
# and this is how nearly every language model is trained.
#
# Write `shrink_`, a single call.
#
# <details><summary>Hint 1: the idea</summary>
#
# Losing a share is a multiplication.
#
# </details>
# <details><summary>Hint 2: the factor</summary>
#
# What is left of 1 after losing that share? And where does `np.multiply` put its result?
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-shrink", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def shrink_(w, lr, weight_decay):
    """w loses the share lr * weight_decay of itself, in its own memory.

    >>> w = np.array([1.0, -2.0]); shrink_(w, 0.5, 0.2); w
    array([ 0.9, -1.8])
    """
    ### BEGIN SOLUTION
    np.multiply(w, 1 - lr * weight_decay, out=w)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-adamw", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class AdamW(Adam):
    """Adam with weight decay outside the gradient (Loshchilov and Hutter, 2019)."""

    SETTINGS = {**Adam.SETTINGS, "weight_decay": 1e-2, "decoupled_weight_decay": True}


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-shrink", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
#| changes
def test_unit_shrink(start=4, lr=0.3, decay=0.2):
    """shrink_ takes the same share of every weight, and AdamW ends where PyTorch's ends."""
    for shape in [(3,), (2, 3), ()]:
        w = slope(start, shape)
        before, expected = w.copy(), w - lr * decay * w
        got = in_place(shrink_, w, lr, decay)
        moved("w", w, before, expected, f"shrink_(w, {lr}, {decay}), {shape}")
        assert got is None, "shrink_ changes w and returns nothing"
    w = trained(lambda params: AdamW(params, lr=0.1, weight_decay=0.5))
    expected = [-0.916002149, -0.5640453551, -0.1566104453, 0.3201183943, 0.6156777933, 0.9013346089]  # PyTorch 2.13
    assert_close(w.ravel(), expected, "five steps of AdamW(lr=0.1, weight_decay=0.5)", atol=1e-8)
    w = np.ones(10_000)
    peak = temporaries(shrink_, w, 0.1, 0.01)
    assert peak < 10_000, f"shrink_ of 80,000 bytes: expected no new array, but {peak:,} bytes were asked for"


test_unit_shrink()
### BEGIN HIDDEN TESTS
test_unit_shrink(*np.random.default_rng().uniform([1, 0.1, 0.1], [50, 0.9, 0.9]).tolist())
### END HIDDEN TESTS

# %% [markdown]
# ## Muon
# All of these treat a matrix as a bag of numbers. The youngest optimizer in wide use does not. The momentum of a
# weight matrix is usually dominated by a few directions; Muon makes all its singular values about equal, so that
# the rare directions learn as well. Five rounds of a polynomial in the matrix do it, without a decomposition:
# each maps every singular value s to $a s + b s^3 + c s^5$, and carries all of (0.002, 1] to between 0.68 and 1.21.

# %% nbgrader={"grade": false, "grade_id": "optimizers-orthogonal", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def orthogonal(g, coefficients=(3.4445, -4.775, 2.0315), steps=5, eps=1e-7):
    """The matrix g with its singular values brought near 1, by Newton-Schulz steps (Jordan, 2024)."""
    a, b, c = coefficients
    tall = g.shape[0] > g.shape[1]
    x = (g.T if tall else g) / max(float(np.linalg.norm(g)), eps)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.T if tall else x


# %%
matrix = np.asarray(randn(30, 50)) * np.linspace(0.05, 3, 50)
ax = axes(height=2.3)
for label, m in (("before, scaled", matrix / np.linalg.norm(matrix)), ("after", orthogonal(matrix))):
    ax.plot(np.linalg.svd(m, compute_uv=False), "o", markersize=4, label=label)
ax.set(xlabel="singular value, by size", ylim=(0, 1.4))
ax.legend();

# %% nbgrader={"grade": false, "grade_id": "optimizers-muon-scale", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
MUON_SCALE = {
    "original": lambda rows, columns: math.sqrt(max(1, rows / columns)),
    "match_rms_adamw": lambda rows, columns: 0.2 * math.sqrt(max(rows, columns)),
}


# %% nbgrader={"grade": false, "grade_id": "optimizers-muon", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %%
layer = randn(20, 10).requires_grad_()
layer.grad = randn(20, 10)
muon = Muon([layer], lr=0.02)
muon.step()
muon.state_dict()["param_groups"]


# %% [markdown]
# The price is products of matrices in every step, and that it knows nothing to do with a bias or an embedding.
#
# ## Clipping
# Now and then one batch gives a gradient a hundred times the usual. One step along it, and a week of training is
# gone. The remedy is crude and universal: if the length of the whole gradient, over all parameters, exceeds
# `max_norm`, scale it back to that length. The direction stays, so the *same* factor goes to all:
#
# $$g \leftarrow g \cdot \min\left(1, \frac{\text{max\_norm}}{\text{norm} + 10^{-6}}\right)$$
#
# `norm_type` p means $(\sum |g|^p)^{1/p}$, and infinity the largest $|g|$. The norm over all parameters is the
# norm of their norms. A NaN in one gradient makes the norm NaN, and then all gradients, so that nobody overlooks it.
#
# Write `clip_grad_norm_`. `found` are the parameters that have a gradient. Leave the norm before clipping in
# `total`, a float: it is returned, and worth a plot in every training run.
#
# <details><summary>Hint 1: the steps</summary>
#
# The total; the error, if it is wanted and `math.isfinite` says no; the factor; unless that is 1 or more, the scaling.
#
# </details>
# <details><summary>Hint 2: the norms</summary>
#
# `np.linalg.norm(g.ravel(), norm_type)` takes every p, infinity included, and works on a list of norms too.
#
# </details>
# <details><summary>Hint 3: the trap</summary>
#
# If the norm is NaN, so is the factor, but `min(1, factor)` is 1, and `factor < 1` is False.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-total-norm", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def with_grad(parameters):
    """The parameters that have a gradient, of one Tensor or many."""
    return [p for p in ([parameters] if isinstance(parameters, Tensor) else parameters) if p.grad is not None]


# %% nbgrader={"grade": false, "grade_id": "optimizers-clip", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Scale all gradients by one factor so that their total norm is at most `max_norm`.

    parameters: a Tensor or several; those without a gradient are passed over. RuntimeError, with nothing changed,
    if `error_if_nonfinite` and the norm is NaN or infinite. Returns the norm before.

    >>> p = Tensor([0, 0], requires_grad=True); p.grad = Tensor([30, 40])
    >>> clip_grad_norm_([p], 1.0), p.grad
    (tensor(50.), tensor([0.6, 0.8]))
    """
    found = with_grad(parameters)
    ### BEGIN SOLUTION
    norms = [np.linalg.norm(p.grad.data.ravel(order="K"), norm_type) for p in found]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(f"the total norm of the gradients is {total}: it cannot be clipped")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:
        for p in found:
            p.grad.data *= factor
    ### END SOLUTION
    return Tensor(total, found[0].grad.dtype if found else None)


# %% nbgrader={"grade": false, "grade_id": "optimizers-clip-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def with_gradients(*gradients, dtype=np.float32):
    """Parameters that have these gradients (None: none)."""
    params = []
    for g in gradients:
        p = Tensor(np.zeros(() if g is None else np.shape(g)), dtype, requires_grad=True)
        p.grad = None if g is None else Tensor(g, dtype)
        params.append(p)
    return params


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-clip", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_clip():
    """clip_grad_norm_ scales all gradients by one factor, only down, and returns the norm before."""
    arrays = [slope(1), 3 * slope(2, (4,)), slope(3, ())]
    everything = np.concatenate([a.ravel() for a in arrays])
    for norm_type in (2.0, 1.0, 3.0, math.inf):
        size = abs(everything).max()
        if norm_type < math.inf:
            size = (abs(everything) ** norm_type).sum() ** (1 / norm_type)
        for max_norm in (0.5, 2.0, 100.0):
            params = with_gradients(arrays[0], None, *arrays[1:])
            got = clip_grad_norm_(iter(params), max_norm, norm_type)
            what = f"clip_grad_norm_(…, {max_norm}, {norm_type})"
            assert_close(float(got), size, f"what {what} returns")
            factor = min(1, max_norm / (size + 1e-6))
            for p, a in zip([params[0], *params[2:]], arrays, strict=True):
                assert_close(p.grad.data, (a * factor).astype(np.float32), f"a gradient after {what}")
            assert params[1].grad is None, "a parameter without a gradient should stay without"
    params = with_gradients([1.0, math.nan], [2.0])
    clip_grad_norm_(params, 1.0)
    assert_close(params[1].grad.data, np.array([math.nan], "f"), "a gradient beside one with a NaN")
    for norm_type in (2.0, math.inf):
        assert_close(float(clip_grad_norm_([], 1.0, norm_type)), 0.0, f"clip_grad_norm_([], 1.0, {norm_type})")
    for bad in (math.inf, math.nan):
        params = with_gradients([bad], [2.0])
        try:
            clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
        except RuntimeError:
            for p, before in zip(params, (bad, 2.0), strict=True):
                assert_close(p.grad.data, np.array([before], "f"), "a gradient after the RuntimeError")
            continue
        raise AssertionError(f"clip_grad_norm_(…, error_if_nonfinite=True) of {bad}: expected a RuntimeError")


test_unit_clip()
### BEGIN HIDDEN TESTS
def test_hidden_clip():
    """One Tensor instead of a list, and the dtype."""
    (p,) = with_gradients([3.0, 4.0])
    assert_close(float(clip_grad_norm_(p, 1.0)), 5.0, "clip_grad_norm_ of one Tensor")
    assert_close(p.grad.data, np.array([0.6, 0.8], "f"), "its gradient")
    assert str(p.grad.dtype) == "float32", f"a float32 gradient became {p.grad.dtype}"


test_hidden_clip()
### END HIDDEN TESTS

# %% [markdown]
# A cruder way cuts every number by itself, which changes the direction too.

# %% nbgrader={"grade": false, "grade_id": "optimizers-clip-value", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def clip_grad_value_(parameters, clip_value):
    """Cut every number of the gradients to the interval from -clip_value to clip_value."""
    for p in with_grad(parameters):
        p.grad.data = np.clip(p.grad.data, -clip_value, clip_value)


# %% [markdown]
# ## Schedules
# Early on, large steps save time; at the end they leap over the goal. And in the very first steps, when all is
# random, even they must be small. So the learning rate changes while training goes on. A **scheduler** writes
# into the groups of an optimizer. It notes the rate at the start as `initial_lr` and counts its own calls in
# `last_epoch`. The base class is given; a subclass has `rate`, the learning rate after t calls.

# %% nbgrader={"grade": false, "grade_id": "optimizers-scheduler", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-steplr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class StepLR(LRScheduler):
    """The rate times gamma after every step_size calls."""

    SETTINGS = {"step_size": NEEDED, "gamma": 0.1, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each step_size calls."""
        return base_lr * self.gamma ** (t // self.step_size)


# %% nbgrader={"grade": false, "grade_id": "optimizers-multisteplr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class MultiStepLR(LRScheduler):
    """The rate times gamma at each of the milestones."""

    SETTINGS = {"milestones": NEEDED, "gamma": 0.1, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each milestone passed."""
        return base_lr * self.gamma ** bisect_right(sorted(self.milestones), t)


# %% nbgrader={"grade": false, "grade_id": "optimizers-exponentiallr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class ExponentialLR(LRScheduler):
    """The rate times gamma in every call."""

    SETTINGS = {"gamma": NEEDED, "last_epoch": -1}

    def rate(self, base_lr, t):
        """One factor for each call."""
        return base_lr * self.gamma**t


# %% nbgrader={"grade": false, "grade_id": "optimizers-linear", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def linear(start, end, fraction):
    """The value at `fraction` of the straight way from start (0) to end (1)."""
    return (end - start) * fraction + start


# %% nbgrader={"grade": false, "grade_id": "optimizers-linearlr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-per-group", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def per_group(name, optimizer, value):
    """The value for each group of the optimizer: one for all, or a list of them."""
    groups = len(optimizer.param_groups)
    found = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(found) != groups:
        raise ValueError(f"{name}: expected {groups} values, one per group, got {len(found)}")
    return found


# %% nbgrader={"grade": false, "grade_id": "optimizers-lambdalr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class LambdaLR(LRScheduler):
    """The rate times lr_lambda(t): one function, or one per group."""

    SETTINGS = {"lr_lambda": NEEDED, "last_epoch": -1}

    def check(self):
        """Note one function per group."""
        self.lr_lambdas = per_group("lr_lambda", self.optimizer, self.__dict__.pop("lr_lambda"))

    def get_lr(self):
        """Each group by its own function."""
        return [base_lr * f(self.last_epoch) for f, base_lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


# %% [markdown]
# `linear` goes straight from one value to another. Gentler is half a wave of a cosine: level at the start, steep
# in the middle, level at the end. It is what most large models are trained with. Write `cosine`.
#
# <details><summary>Hint 1: the idea</summary>
#
# $\cos(\pi f)$ goes from 1 to -1 while the fraction f goes from 0 to 1. Shift and scale that to go from 1 to 0: it
# is the share of `start`.
#
# </details>
# <details><summary>Hint 2: the share</summary>
#
# Add 1 and halve. What is that at f = 0, and at f = 1? `end` takes the rest of the share: mix the two as `linear` does.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-cosine", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def cosine(start, end, fraction):
    """The value at `fraction` of the way from start (0) to end (1), along half a wave of a cosine.

    >>> [round(cosine(10, 2, f), 3) for f in (0, 0.25, 0.5, 1)]
    [10.0, 8.828, 6.0, 2.0]
    """
    ### BEGIN SOLUTION
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-cosinelr", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class CosineAnnealingLR(LRScheduler):
    """The rate falls to eta_min in T_max calls, along a cosine (Loshchilov and Hutter, 2017), then rises again."""

    SETTINGS = {"T_max": NEEDED, "eta_min": 0.0, "last_epoch": -1}

    def rate(self, base_lr, t):
        """Half a wave in T_max calls."""
        return cosine(base_lr, self.eta_min, t / self.T_max)


# %% nbgrader={"grade": false, "grade_id": "optimizers-schedule-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def optimizer_with(lr=0.1, kind=SGD, **settings):
    """An optimizer of one parameter."""
    return kind([Tensor([1.0], requires_grad=True)], lr=lr, **settings)


# %% nbgrader={"grade": false, "grade_id": "optimizers-rates-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def rates(scheduler, steps):
    """The learning rates of the first group, before any call and after each of `steps` calls."""
    found = []
    for _ in range(steps):
        found.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.step()
    return [*found, scheduler.optimizer.param_groups[0]["lr"]]


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-cosine", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_cosine():
    """cosine starts, crosses the middle and ends where it should, and the scheduler follows PyTorch's."""
    for start, end in [(1.0, 0.0), (0.0, 1.0), (10.0, 2.0), (-3.0, 5.0)]:
        got = [cosine(start, end, f) for f in (0, 1 / 3, 0.5, 2 / 3, 1)]
        share = np.array([0, 0.25, 0.5, 0.75, 1])
        assert_close(got, start + (end - start) * share, f"cosine({start}, {end}, …) at 0, 1/3, 1/2, 2/3, 1")
    got = rates(CosineAnnealingLR(optimizer_with(0.1), T_max=5, eta_min=0.01), 7)
    # PyTorch 2.13:
    expected = [0.1, 0.09140576475, 0.06890576475, 0.04109423525, 0.01859423525, 0.01, 0.01859423525, 0.04109423525]
    assert_close(got, expected, "CosineAnnealingLR(T_max=5, eta_min=0.01) from 0.1", atol=1e-9)


test_unit_cosine()
### BEGIN HIDDEN TESTS
start, end, fraction = np.random.default_rng().uniform([-9, 1, 0], [-1, 9, 1], (20, 3)).T
got = [cosine(*case) for case in zip(start.tolist(), end.tolist(), fraction.tolist(), strict=True)]
assert_close(got, end + (start - end) * (1 + np.exp(1j * np.pi * fraction).real) / 2, "cosine of random numbers")
### END HIDDEN TESTS

# %% [markdown]
# ## One cycle
# The one-cycle schedule rises from a small rate to a large one in the first third and falls to almost nothing in
# the rest, with momentum going the opposite way. A model often needs far fewer steps with it. It is made of
# **phases**, given by a list of the calls at which they end.
#
# Write `phase`: in which phase lies call t, and which fraction of it is over? Phase 0 starts at call 0, each
# other where the one before ended. The end of a phase belongs to it. What lies beyond the last end counts to
# the last phase, with a fraction above 1. Of a phase of length 0 the fraction is 1.0. Ends may be fractions, or
# negative: such a phase is over before call 0.
#
# <details><summary>Hint 1: the idea</summary>
#
# Go through the ends with their numbers and remember where the current phase started. Stop at the first end that
# t does not exceed, or at the last one.
#
# </details>
# <details><summary>Hint 2: the fraction</summary>
#
# (t - start) / (end - start), or 1.0 where a phase has no length.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-phase", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def phase(t, ends):
    """The number of the phase in which t lies, and the fraction of it that is over, as (int, float).

    >>> [phase(t, [4, 10]) for t in (0, 3, 4, 7, 10)]
    [(0, 0.0), (0, 0.75), (0, 1.0), (1, 0.5), (1, 1.0)]
    """
    ### BEGIN SOLUTION
    start = 0
    for i, end in enumerate(ends):
        if t <= end or i == len(ends) - 1:
            return i, (t - start) / (end - start) if end != start else 1.0
        start = end
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "optimizers-onecycle", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-phase", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_phase():
    """phase finds the place in the cycle, and OneCycleLR follows PyTorch's."""
    cases = {
        (0, (4, 10)): (0, 0.0), (1, (4, 10)): (0, 0.25), (4, (4, 10)): (0, 1.0), (5, (4, 10)): (1, 1 / 6),
        (10, (4, 10)): (1, 1.0), (13, (4, 10)): (1, 1.5), (3, (6,)): (0, 0.5), (5, (2.5, 4, 6)): (2, 0.5),
        (3, (2.5, 4.5, 6)): (1, 0.25), (0, (0, 5)): (0, 1.0), (1, (0, 5)): (1, 0.2), (0, (-1, 9)): (1, 0.1),
    }
    for (t, ends), expected in cases.items():
        assert_close(phase(t, list(ends)), expected, f"phase({t}, {list(ends)})")
    got = rates(OneCycleLR(optimizer_with(momentum=0.9), max_lr=1.0, total_steps=10), 9)
    # PyTorch 2.13:
    expected = [0.04, 0.52, 1, 0.950484632, 0.8117456539, 0.6112620219, 0.3887419781, 0.1882583461, 0.049519368, 4e-6]
    assert_close(got, expected, "OneCycleLR(max_lr=1.0, total_steps=10)", atol=1e-8)
    adam = optimizer_with(kind=Adam)
    got = rates(OneCycleLR(adam, 1.0, 10, pct_start=0.4, three_phase=True, anneal_strategy="linear"), 6)
    expected = [0.04, 0.36, 0.68, 1, 0.68, 0.36, 0.04]  # PyTorch 2.13
    assert_close(got, expected, "OneCycleLR(1.0, 10, pct_start=0.4, three_phase=True, 'linear')", atol=1e-8)
    assert_close(adam.param_groups[0]["betas"], (0.95, 0.999), "Adam's betas in the third phase")


test_unit_phase()
### BEGIN HIDDEN TESTS
rng = np.random.default_rng()
ends = np.cumsum(rng.integers(1, 20, 5))
for i, length in enumerate(np.diff(ends, prepend=0).tolist()):
    over = int(rng.integers(1, length + 1))
    what = f"phase, {over} of {length} into phase {i} of {ends.tolist()}"
    assert_close(phase(int(ends[i]) - length + over, ends.tolist()), (i, over / length), what)
### END HIDDEN TESTS

# %% [markdown]
# ## When nothing improves
# The last schedule looks at how training goes. `ReduceLROnPlateau.step(loss)` is told the loss after each epoch.
# It counts the epochs without progress, and if they exceed `patience` in a row, it reduces the rate. After that
# it waits `cooldown` epochs, in which nothing counts as bad; what is better still becomes the best.
#
# Fill in the middle of `step`. `self.better(current)` says whether that is progress over `self.best`;
# `self.reduce()` reduces. The counters are `num_bad_epochs` and `cooldown_counter`.
#
# <details><summary>Hint 1: three questions, in this order</summary>
#
# Is it better? Then it is the best, and no bad epochs remain; otherwise there is one more. Are we cooling down?
# Then one epoch less of that, and no bad epochs. Are there more bad epochs than `patience`? Then act.
#
# </details>
# <details><summary>Hint 2: to act</summary>
#
# Reduce, start to cool down with `self.cooldown` epochs, count from 0 again. `self.best` stays.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "optimizers-watch", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
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


# %% nbgrader={"grade": false, "grade_id": "optimizers-plateau", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class ReduceLROnPlateau(Watch):
    """The rate times factor, when a value has not improved for more than `patience` calls."""

    def step(self, metrics):
        """Tell the value of an epoch, a number or a Tensor with one."""
        current = float(metrics)
        self.last_epoch += 1
        ### BEGIN SOLUTION
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
        ### END SOLUTION
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


# %% nbgrader={"grade": false, "grade_id": "optimizers-plateau-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def told(values, **settings):
    """The learning rates after each of the values, from 1."""
    optimizer = optimizer_with(1.0)
    scheduler, found = ReduceLROnPlateau(optimizer, factor=0.5, **settings), []
    for value in values:
        scheduler.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


# %% nbgrader={"grade": true, "grade_id": "test-optimizers-plateau", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_plateau():
    """The rate falls when, and only when, the patience is over; PyTorch 2.13 gives the same."""
    cases = [
        ([5, 4, 4, 4, 4, 4, 4], {"patience": 2}, [1, 1, 1, 1, 0.5, 0.5, 0.5]),
        ([5, 6, 6, 4, 6, 6, 6], {"patience": 2}, [1, 1, 1, 1, 1, 1, 0.5]),
        ([5, 5, 5, 5], {"patience": 0}, [1, 0.5, 0.25, 0.125]),
        ([5, 5, 5, 5, 5, 5, 5], {"patience": 1, "cooldown": 2}, [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]),
        ([5, 5, 5, 4, 5, 5, 5], {"patience": 0, "cooldown": 1}, [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]),
        ([5, 5, 4, 4.5], {"patience": 0, "cooldown": 1}, [1, 0.5, 0.5, 0.25]),
        ([5, 5, 6, 6], {"patience": 0, "cooldown": 1}, [1, 0.5, 0.5, 0.25]),
        ([1, 2, 3, 3, 2], {"patience": 0, "mode": "max"}, [1, 1, 1, 0.5, 0.25]),
        ([4, 5, 4.5, 4.5], {"patience": 0, "min_lr": 0.3}, [1, 0.5, 0.3, 0.3]),
        ([3, math.nan, math.nan], {"patience": 1}, [1, 1, 0.5]),
    ]
    for values, settings, expected in cases:
        assert_close(told(values, **settings), expected, f"rates for the losses {values} with {settings}")


test_unit_plateau()
### BEGIN HIDDEN TESTS
scheduler = ReduceLROnPlateau(optimizer_with(1.0), patience=3)
for value in (2.0, 1.0, 3.0, 4.0):
    scheduler.step(value)
assert_close(scheduler.best, 1.0, "best after 2, 1, 3, 4")
assert_close([scheduler.num_bad_epochs, scheduler.last_epoch], [2, 4], "num_bad_epochs and last_epoch after 2, 1, 3, 4")
assert_close(scheduler.get_last_lr(), [1.0], "get_last_lr()")
### END HIDDEN TESTS

# %% [markdown]
# Whatever else you want, `LambdaLR` does. Language models usually start with a warm-up, then follow a cosine:

# %%
def warm_cosine(t):
    """A warm-up of 20 calls, then a cosine of 80."""
    return (t + 1) / 20 if t < 20 else cosine(1, 0, (t - 20) / 80)


# %%
left, right = axes(2, 2.6)
for ax, makers in (
    (left, {"StepLR": lambda o: StepLR(o, 30, 0.4), "ExponentialLR": lambda o: ExponentialLR(o, 0.97)}),
    (right, {"warm-up, cosine": lambda o: LambdaLR(o, warm_cosine), "OneCycleLR": lambda o: OneCycleLR(o, 0.1, 101)}),
):
    for name, make in makers.items():
        ax.plot(rates(make(optimizer_with(0.1, momentum=0.9)), 100), label=name)
    ax.set(xlabel="step", ylim=(0, 0.135))
    ax.legend(ncols=2, loc="upper center", fontsize=8)
left.set_ylabel("learning rate");


# %% [markdown]
# ## The race
# Rosenbrock's valley, $(1 - x)^2 + 100\,(y - x^2)^2$, has been the test of optimizers since 1960. Its floor is a
# parabola, and so flat that its slope is a thousandth of that of its walls. All five start at the same point,
# each with the learning rate that brings it nearest to the goal in 300 steps without leaving the picture, of 1,
# 1.5, 2, 3, 5 and 7 times a power of ten.

# %%
def rosenbrock(p):
    """The valley, at a Tensor of two numbers; its lowest point is (1, 1)."""
    x, y = p[0], p[1]
    return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)


# %%
def run(make, steps=300):
    """The points that an optimizer comes through."""
    p, path = Tensor([-1.2, 1.0], np.float64, requires_grad=True), []
    optimizer = make([p])
    for _ in range(steps):
        path.append(p.data.copy())
        optimizer.zero_grad()
        rosenbrock(p).backward()
        optimizer.step()
    return np.array(path)


# %%
runners = {
    "SGD": run(lambda p: SGD(p, lr=0.003)),
    "SGD with momentum": run(lambda p: SGD(p, lr=0.003, momentum=0.9)),
    "Adagrad": run(lambda p: Adagrad(p, lr=0.7)),
    "RMSprop": run(lambda p: RMSprop(p, lr=0.07)),
    "Adam": run(lambda p: Adam(p, lr=0.7)),
}


# %%
def valley(ax):
    """The valley's contours and its goal."""
    x, y = np.meshgrid(np.linspace(-1.6, 1.4, 120), np.linspace(-0.4, 1.7, 90))
    ax.contourf(x, y, np.log10((1 - x) ** 2 + 100 * (y - x**2) ** 2 + 0.01), levels=18, cmap="Greys_r", alpha=0.35)
    ax.plot(1, 1, "*", color="black", markersize=11, zorder=5)
    ax.set(xlim=(-1.6, 1.4), ylim=(-0.4, 1.7), xticks=[], yticks=[])


# %%
for ax, step in zip(axes(3, 2.3), (20, 80, 299), strict=True):
    valley(ax)
    for (name, path), color in zip(runners.items(), (BLUE, ORANGE, GREEN, RED, "black"), strict=True):
        ax.plot(*path[: step + 1].T, color=color, linewidth=0.6, alpha=0.5)
        ax.plot(*path[step], "o", color=color, mfc="none", mew=1.8, label=name)  # rings: one may lie on another
    ax.set_title(f"step {step + 1}")
ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=8);


# %% [markdown]
# ## What it costs
# An optimizer that remembers needs memory: as much again as the model for each thing it keeps. Both are
# measured here: the bytes of state per parameter, from `state_dict`, and the time of a step, for a matrix of
# 512 × 512 numbers in float32.

# %%
def cost(make, size=512, repeats=9):
    """Bytes of state per number, and milliseconds per step."""
    p = randn(size, size).requires_grad_()
    p.grad, optimizer, times = randn(size, size), make([p]), []
    for _ in range(repeats):
        start = time.perf_counter()
        optimizer.step()
        times.append(time.perf_counter() - start)
    kept = sum(t.data.nbytes for t in optimizer.state_dict()["state"].get(0, {}).values())
    return kept / p.data.size, 1000 * sorted(times)[repeats // 2]


# %%
makers = {
    "SGD": SGD, "momentum": lambda p: SGD(p, momentum=0.9), "Adagrad": Adagrad, "RMSprop": RMSprop, "Adam": Adam,
    "amsgrad": lambda p: Adam(p, amsgrad=True), "Muon": Muon,
}
costs = [cost(make) for make in makers.values()]
for ax, values, title in zip(
    axes(2, 2.8), zip(*costs, strict=True), ("bytes of state per parameter", "milliseconds per step"), strict=True
):
    ax.bar_label(ax.barh(list(makers), values, color=BLUE if "bytes" in title else ORANGE), fmt="%.3g", padding=3)
    ax.invert_yaxis()
    ax.set(title=title, xscale="linear" if "bytes" in title else "log")
    ax.margins(x=0.3)

# %% [markdown]
# A model of seven billion parameters is 28 GB in float32. Its gradient is as much again, Adam's state twice as
# much: 112 GB before the first number of a batch. This is why modules 15 and 20 exist. Adam's time is that of
# moving memory, a dozen passes over each array; Muon's is that of matrix products.
#
# ## What PyTorch does differently
# - Its default on a GPU works on all parameters at once (`torch/optim/adam.py`, `_multi_tensor_adam`); `fused=True`
#   makes the dozen passes one (`aten/src/ATen/native/cpu/FusedAdamKernel.cpp`). Ours takes those arguments and
#   ignores them.
# - Its schedulers mostly multiply the last rate (`torch/optim/lr_scheduler.py`, `get_lr`), so a rate changed by
#   hand stays changed. Ours compute each rate from the first.
# - Its Muon multiplies matrices in bfloat16 (`torch/optim/_muon.py`), so after 20 steps the two have gone ways that
#   differ by a third of a per cent. Ours keeps the parameter's dtype.
#
# ## Questions
# 1. Adam's step hardly changes when the loss is multiplied by 1000. Why? What of SGD, and what of clipping?
# 2. Biases and the scales of normalisation are usually put into a group with `weight_decay=0`. What would decay do
#    to them that it does not do to a matrix?
# 3. You load yesterday's weights, but not the optimizer's state, and go on with Adam. What happens in the first
#    ten steps, and what in the next thousand?
#
# Export the chapter with `tito export 06`. From then on, `from tinytorch import optim` gives `optim.AdamW` and the rest
# under PyTorch's names. Module 07 puts the loop around it.
