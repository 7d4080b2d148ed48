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
#     hours: 6
#     prerequisites:
#     - 04_losses
#     title: Autograd
# ---

# %% [markdown]
# # Autograd
# > The gradient of any program built from ops, by one line of calculus per op.
#
# In module 03 you set the weights of the XOR network by hand. At the end of this chapter the network finds
# them itself: `loss.backward()`, one small step, a few hundred times. Nothing in modules 01 to 04 changes for
# it. Their results have remembered their recipes all along; now we read them.

# %% nbgrader={"grade": false, "grade_id": "autograd-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.autograd
#| export
import contextlib
import math

import numpy as np

from tinytorch.core.tensor import (
    OPS, Recipe, Seam, Tensor, abs_, add, amax, amin, apply, cast, cat, clip, contiguous, cos, cumsum, div, erf, exp,
    expand, flip, full, gather, getitem, log, matmul, maximum, method, minimum, mul, narrow, neg, op, permute, pow_, prod,
    repeat, reshape, sign, sin, sqrt, squeeze, sub, sum_, tanh, tensors_in, transpose, unsqueeze, unwrap, view,
    where, wrap, zeros,
)

# %% nbgrader={"grade": false, "grade_id": "autograd-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time
import tracemalloc

from tinytorch.core.tensor import manual_seed, randn
from tinytorch.figures import BLUE, ORANGE, axes
from tinytorch.testing import assert_close


# %% [markdown]
# ## The slope, measured
# The derivative of f at x says how fast f grows there. Without any calculus, one can measure it: go a little to
# the right, a little to the left, and divide the difference by the distance.
#
# $$f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# For a function of many numbers there is one such slope per number, the others held still; together they are
# the **gradient**, which has the shape of the input. Measuring is slow, two evaluations per number: for a model
# of a million weights, two million. But it needs no thought, so it cannot be wrong in the same way as a formula.
# It will be the judge of everything in this chapter.
#
# Write `numerical_grad`. `f` takes a Tensor and gives a Tensor with one element.
#
# <details><summary>Hint 1: the idea</summary>
#
# Loop over the places of `x` (`np.ndindex(x.shape)`). At each, change that one number up and down, and put it
# back.
#
# </details>
# <details><summary>Hint 2: the traps</summary>
#
# Work on a copy in float64 (`Tensor(x, dtype=np.float64)`): in float32 the difference drowns in rounding. And
# divide by 2h.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-numerical-grad", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def numerical_grad(f, x, h=1e-6):
    """The gradient of f at the Tensor x by central differences, as an array in the shape of x.

    >>> numerical_grad(lambda t: (t * t).sum(), Tensor([1, 3])).round(3)
    array([2., 6.])
    """
    ### BEGIN SOLUTION
    x = Tensor(x.data, dtype=np.float64)
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        middle = x.data[place]
        x.data[place] = middle + h
        above = f(x).item()
        x.data[place] = middle - h
        slopes[place] = (above - f(x).item()) / (2 * h)
        x.data[place] = middle
    return slopes
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-numerical-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def wave(t):
    """A function of several numbers that mixes them."""
    return (t * t.sin() + t.sum() * 0.5).sum()


def first_cubed(t):
    """A function that looks at one number only."""
    return t.flatten()[0] ** 3


# %% nbgrader={"grade": true, "grade_id": "test-autograd-numerical-grad", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_numerical_grad():
    """numerical_grad finds known slopes, number by number, and leaves x alone."""
    for shape in [(3,), (2, 3), ()]:
        x = np.random.default_rng(1).normal(size=shape)
        t = Tensor(x, np.float64)
        expected = np.sin(x) + x * np.cos(x) + 0.5 * x.size
        assert_close(numerical_grad(wave, t), expected, f"gradient of a wave at a {shape}", rtol=1e-6, atol=1e-6)
        assert_close(t.data, x, "x after numerical_grad")
    expected = np.array([[12.0, 0.0], [0.0, 0.0]])
    got = numerical_grad(first_cubed, Tensor([[2, 1], [1, 1]]))
    assert_close(got, expected, "gradient of first_cubed at [[2, 1], [1, 1]]", rtol=1e-6, atol=1e-6)


test_unit_numerical_grad()


# %% [markdown]
# ## The recipe, drawn
# The other way to a gradient is to look at how the result was made. Every tensor that depends on one with
# `requires_grad=True` has a recipe: an op and its arguments, which have recipes themselves. Drawn, it is a graph.

# %% nbgrader={"grade": false, "grade_id": "autograd-drawing", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Drawing:
    """The graph behind a tensor, drawn as SVG: boxes are tensors, with the op that made them."""

    def __init__(self, root):
        self.depth, self.links, stack = {}, [], [(root, 0)]
        self.tensors = {id(root): root}
        while stack:
            t, level = stack.pop()
            if self.depth.get(id(t), -1) >= level:
                continue
            self.depth[id(t)] = level
            for source in tensors_in(t.recipe.args if t.recipe else ()):
                self.tensors[id(source)] = source
                self.links.append((id(source), id(t)))
                stack.append((source, level + 1))

    def _repr_svg_(self):
        levels = {}
        for key, level in self.depth.items():
            levels.setdefault(level, []).append(key)
        last, rows = max(levels), max(map(len, levels.values()))
        place = {}
        for level, keys in levels.items():
            for i, key in enumerate(keys):
                place[key] = ((last - level) * 130 + 10, (i + (rows - len(keys)) / 2) * 56 + 10)
        lines = "".join(self._line(place[a], place[b]) for a, b in dict.fromkeys(self.links))
        boxes = "".join(self._box(*place[key], self.tensors[key]) for key in place)
        size = f'width="{last * 130 + 120}" height="{rows * 56 + 10}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">{lines}{boxes}</svg>'

    def _line(self, start, end):
        (x1, y1), (x2, y2) = start, end
        path = f"M{x1 + 100} {y1 + 20} C{x1 + 120} {y1 + 20} {x2 - 20} {y2 + 20} {x2} {y2 + 20}"
        return f'<path d="{path}" fill="none" stroke="#8a8f98" stroke-width="1.5"/>'

    def _box(self, x, y, t):
        color = "#3b6fb6" if t.recipe else "#e08a2e" if t.requires_grad else "#8a8f98"
        name = t.recipe.op.__name__ if t.recipe else "leaf" if t.requires_grad else "constant"
        value = f"{t.item():.3g}" if t.numel() == 1 else str(t.shape)
        rect = f'<rect x="{x}" y="{y}" width="100" height="40" rx="6" fill="white" stroke="{color}" stroke-width="1.8"/>'
        return f'{rect}<text x="{x + 50}" y="{y + 17}" text-anchor="middle">{name}</text><text x="{x + 50}" y="{y + 32}" text-anchor="middle" fill="#5b616a">{value}</text>'


def draw(t):
    """Draw the graph of recipes behind `t`; shown as a picture in a notebook."""
    return Drawing(t)


# %%
x, w = Tensor(2.0), Tensor(3.0, requires_grad=True)
draw((x * w + w).tanh())

# %% [markdown]
# Orange is what we want the gradient of. Blue remembers an op. Grey is a constant: nobody will ask for its
# gradient.

# %% [markdown]
# ## One rule per op
# Let `out = a * b`, somewhere inside a long computation that ends in one number, the loss. Suppose somebody
# hands us g, the gradient of the loss with respect to `out`. Growing `a` a little makes `out` grow b times as
# much, so the loss grows g · b times as much. This is the chain rule, and it is all that an op has to know:
# from g to the gradients of its own arguments.
#
# A rule gets g, the result `out`, and then the arguments as they were given. It returns one gradient per
# argument. `RULES` collects them.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
RULES = {}


def rule(*ops):
    """Register the decorated function as the rule of these ops.

    The rule is called with (g, out, *args, **kwargs) and returns the gradient of each positional
    argument, as a tuple where there are several. A gradient that costs something to compute may be
    given as a function without arguments: it is called only if somebody asks for that gradient.
    """

    def register(f):
        RULES.update(dict.fromkeys(ops, f))
        return f

    return register


@rule(add)
def _(g, out, a, b):
    return g, g


@rule(mul)
def _(g, out, a, b):
    return g * b, g * a


# %% [markdown]
# Each rule is tried against `numerical_grad` as soon as it is written. `rule_errors`, given, does so for every
# argument, with a random g, and returns the largest difference for each.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-errors", "locked": true, "schema_version": 3, "solution": false, "task": false}
def rule_errors(f, *args, **kwargs):
    """How far the rule of the op f is from the measured gradient, for each float Tensor among args."""
    given = [Tensor(a, np.float64) if isinstance(a, Tensor) and a.dtype.kind == "f" else a for a in args]
    out = f(*given, **kwargs)
    g = Tensor(np.random.default_rng(0).normal(size=out.shape), np.float64)
    found = RULES[f](g, out, *given, **kwargs)
    errors = []
    for i, t in enumerate(given):
        if isinstance(t, Tensor) and t.dtype.kind == "f":
            measured = numerical_grad(lambda x, i=i: (f(*given[:i], x, *given[i + 1 :], **kwargs) * g).sum(), t)
            ours = found[i] if isinstance(found, tuple) else found
            ours = ours if isinstance(ours, Tensor) else ours()
            errors.append(float(np.abs(np.broadcast_to(ours.data, measured.shape) - measured).max()))
    return errors


# %%
a, b = randn(3), randn(3)
rule_errors(add, a, b), rule_errors(mul, a, b)


# %% [markdown]
# Now yours. The rule of `tanh` is shortest when it uses `out`: the slope of tanh at a is 1 - tanh(a)². And
# because a rule is handed `out`, nothing has to be computed twice or saved.
#
# <details><summary>Hint 1: the idea</summary>
#
# g times the slope; the slope from `out` alone.
#
# </details>
# <details><summary>Hint 2: the form</summary>
#
# One argument, so return one gradient, no tuple. Multiply `out` by itself: `out**2` is slower.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-tanh", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(tanh)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g * (1 - out * out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-tanh", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_tanh():
    """The rule of tanh agrees with the measured slope."""
    x = Tensor(np.linspace(-2, 2, 7))
    assert_close(rule_errors(tanh, x), [0.0], "error of the rule of tanh", atol=1e-6)


test_unit_rule_tanh()


# %% [markdown]
# `div` has two arguments, a / b. For b, remember how 1 / b falls: its slope is -1 / b².
#
# <details><summary>Hint 1: the formulas</summary>
#
# $\partial(a/b)/\partial a = 1/b$ and $\partial(a/b)/\partial b = -a/b^2$.
#
# </details>
# <details><summary>Hint 2: cheaper</summary>
#
# $-a/b^2$ is `-out / b`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-div", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(div)
def _(g, out, a, b):
    ### BEGIN SOLUTION
    return g / b, -g * out / b
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-div", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_div():
    """The rule of div agrees with the measured slopes of both arguments."""
    rng = np.random.default_rng(2)
    a, b = Tensor(rng.normal(size=(2, 3))), Tensor(rng.uniform(0.5, 2, size=(2, 3)))
    assert_close(rule_errors(div, a, b), [0.0, 0.0], "errors of the rule of div", atol=1e-5)


test_unit_rule_div()


# %% [markdown]
# ## What broadcasting repeated, the gradient adds up
# In `x + b`, with x a (64, 10) and b a (10,), each number of b is used 64 times. Growing it grows 64 numbers of
# the result, so its gradient is the *sum* of the 64. The rules know nothing of that: they return a (64, 10) for
# b. It is mended in one place, for all of them: `unbroadcast` sums over the axes that broadcasting had added or
# stretched.
#
# <details><summary>Hint 1: the idea</summary>
#
# Two kinds of axes are summed away: those in front that `shape` does not have, and those where `shape` has
# length 1 and g has more.
#
# </details>
# <details><summary>Hint 2: the steps</summary>
#
# `extra = g.ndim - len(shape)` axes in front. Axis i of `shape` is axis `i + extra` of g. One `sum_(g, axes)` over
# all of them, then `reshape` to `shape`.
#
# </details>
# <details><summary>Hint 3: often there is nothing to do</summary>
#
# If the shapes are equal, return g itself: this is the usual case, and it should cost nothing.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-unbroadcast", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def unbroadcast(g, shape):
    """The gradient g of a result, summed to the `shape` that broadcasting had stretched.

    >>> unbroadcast(Tensor([[1, 2], [3, 4]]), (2,))
    tensor([4., 6.])
    """
    ### BEGIN SOLUTION
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1]
    return reshape(sum_(g, (*range(extra), *stretched)), shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-unbroadcast", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_unbroadcast():
    """unbroadcast undoes what broadcasting does, for every pair of shapes."""
    cases = [
        ((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 3), (1, 3)), ((2, 3), (2, 1)), ((2, 3), (1, 1)), ((2, 3), ()),
        ((4, 2, 3), (2, 1)), ((4, 1, 3), (1, 3)), ((2, 3), (1,)), ((5, 4, 2, 3), (4, 1, 3)),
    ]
    for full_shape, shape in cases:
        g = np.random.default_rng(3).normal(size=full_shape)
        expected = np.zeros(shape)
        for place in np.ndindex(full_shape):
            own = place[len(full_shape) - len(shape) :]
            expected[tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))] += g[place]
        got = unbroadcast(Tensor(g, np.float64), shape)
        assert_close(got.data, expected, f"unbroadcast of a {full_shape} to {shape}")


test_unit_unbroadcast()
### BEGIN HIDDEN TESTS
assert_close(unbroadcast(zeros(0, 3), (1, 3)).data, np.zeros((1, 3)), "unbroadcast of a (0, 3) to (1, 3)")
assert_close(unbroadcast(Tensor(np.ones((1, 3))), (1, 3)).data, np.ones((1, 3)), "unbroadcast of a (1, 3) to itself")
### END HIDDEN TESTS

# %% [markdown]
# `sum` is the mirror image: what it adds up, its gradient repeats. `spread` puts the summed axes back, with length
# 1, and expands them; nothing is copied. With it, write the rule of `sum`.
#
# <details><summary>Hint 1: the idea</summary>
#
# Growing any one number by a little makes its sum grow by the same: each gets the g of the sum it went into.
#
# </details>
# <details><summary>Hint 2: the arguments</summary>
#
# A rule gets the op's arguments under the op's own names: the shape is that of `a`, and `dim` and `keepdim` say
# which axes went.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-spread", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def spread(g, shape, dim=None, keepdim=False):
    """Undo the shape of a reduction over `dim`: g repeated along the axes that it took from `shape`."""
    if dim is not None and not keepdim:
        dims = [dim] if isinstance(dim, int) else dim
        for d in sorted(d % len(shape) for d in dims):
            g = unsqueeze(g, d)
    return expand(g, shape)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-sum", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(sum_)
def _(g, out, a, dim=None, keepdim=False, dtype=None):
    ### BEGIN SOLUTION
    return spread(g, a.shape, dim, keepdim)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rule-sum", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_rule_sum():
    """The rule of sum agrees with the measured slopes for every choice of axes."""
    x = Tensor(np.random.default_rng(5).normal(size=(2, 3, 2)))
    for dim in (None, 0, -1, (0, 2), (-1, 1)):
        for keepdim in (False, True):
            what = f"error of the rule of sum(dim={dim}, keepdim={keepdim})"
            assert_close(rule_errors(sum_, x, dim=dim, keepdim=keepdim), [0.0], what, atol=1e-6)


test_unit_rule_sum()

# %% [markdown]
# ## The diamond
# How do the gradients travel through the whole graph? The obvious way is a recursion: give the result g, and
# let every tensor hand its arguments their share at once.

# %%
calls = 0


def naive(t, g):
    """Hand g to t's arguments, recursively, as soon as it arrives."""
    global calls
    calls += 1
    t.grad = g if t.grad is None else t.grad + g
    if t.recipe:
        for source, part in zip(t.recipe.args, RULES[t.recipe.op](g, t, *t.recipe.args), strict=True):
            naive(source, part)


def doubled(times):
    """A tensor, added to itself again and again."""
    x = y = Tensor(1.0, requires_grad=True)
    for _ in range(times):
        y = y + y
    return x, y


for times in (1, 2, 10):
    x, y = doubled(times)
    calls = 0
    naive(y, Tensor(1.0))
    print(f"{times:2d} doublings: gradient {x.grad.item():6.0f}, {calls} calls")

# %%
draw(doubled(3)[1])


# %% [markdown]
# The numbers are right, but each doubling doubles the work: at ten there are 2,047 calls for ten additions, at
# forty a trillion. A tensor that is used twice passes on each of the two shares separately, and everything
# behind it is done twice, and behind that four times. And a chain of a few thousand ops ends in a
# RecursionError.
#
# Both are cured by waiting. A tensor should pass on its gradient *once*, when the shares of all its uses have
# come in: after all tensors that were made from it. That order is called topological.
#
# Write `graph`. No recursion: keep a stack of your own. A node on it is seen twice: the first time put it back
# and its arguments on top; the second time, when they are all done, it goes into the order.
#
# <details><summary>Hint 1: the idea</summary>
#
# The stack holds pairs (tensor, whether its arguments have been put on the stack already).
#
# </details>
# <details><summary>Hint 2: the loop</summary>
#
# Pop a pair. If its arguments are done, append the tensor to the order. Otherwise, unless it was seen before: note
# it as seen, push (tensor, True), then (argument, False) for each argument that has a recipe.
#
# </details>
# <details><summary>Hint 3: the tools</summary>
#
# `tensors_in(t.recipe.args)` gives the arguments. Tensors can be put in a set: they are told apart by identity.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-graph", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def graph(*roots):
    """The tensors with a recipe that `roots` depend on, roots included, each after all those it was made from."""
    ### BEGIN SOLUTION
    order, seen = [], set()
    stack = [(root, False) for root in roots if root.recipe]
    while stack:
        t, arguments_done = stack.pop()
        if arguments_done:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            stack += [(source, False) for source in tensors_in(t.recipe.args) if source.recipe]
    return order
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-graph-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def names_in_order(*roots):
    """The names of the ops in the graph of roots, in its order."""
    return [t.recipe.op.__name__ for t in graph(*roots)]


def order_problem(*roots):
    """What is wrong with the order of the graph of roots, or ""."""
    order = graph(*roots)
    place = {id(t): i for i, t in enumerate(order)}
    if len(place) != len(order):
        return "a tensor stands in the order twice"
    for t in order:
        for source in tensors_in(t.recipe.args):
            if source.recipe and place.get(id(source), len(order)) > place[id(t)]:
                return f"the {t.recipe.op.__name__} at place {place[id(t)]} stands before something it was made from"
    return ""


def tangle():
    """A result whose parts are used several times, at different depths."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    a = x.sin()
    b = a * x
    return cat([b + a, (b * b).exp(), a]) * 2.0


def chain(length):
    """A long chain of additions."""
    y = Tensor(0.0, requires_grad=True)
    for _ in range(length):
        y = y + 1.0
    return y


# %% nbgrader={"grade": true, "grade_id": "test-autograd-graph", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
def test_unit_graph():
    """graph visits every tensor once, each after what it was made from, without recursion."""
    names = names_in_order(tangle())
    expected = ["add", "cat", "exp", "mul", "mul", "mul", "sin"]
    assert sorted(names) == expected, f"graph of the tangle: expected the ops {expected}, got {sorted(names)}"
    assert order_problem(tangle()) == "", order_problem(tangle())
    assert len(names_in_order(doubled(40)[1])) == 40, "40 doublings should give 40 tensors"
    assert len(names_in_order(chain(20_000))) == 20_000, "a chain of 20,000 additions should give 20,000 tensors"
    assert names_in_order(Tensor(1.0, requires_grad=True)) == [], "a tensor without a recipe has an empty graph"


test_unit_graph()

# %% [markdown]
# ## Backward
# Everything is there. Start with the gradient of the result with respect to itself, 1. Go through the graph
# backwards; each tensor takes what has come in for it and shares it out among its arguments.
#
# One step of this is given. `shares` calls the rule of the op that made t and yields each argument that wants a
# gradient with its share, unbroadcast and in the argument's dtype. It has one trick. Normally nobody asks for the
# gradient of a gradient, so the rules run on plain arrays: `on_arrays` exchanges the seam, and `exp(a)` inside
# a rule is then just NumPy's. With `create_graph` they run on Tensors, and remember recipes in their turn.

# %% nbgrader={"grade": false, "grade_id": "autograd-shares", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
FREED = Recipe(None, (), {})


@contextlib.contextmanager
def seam(call):
    """Within the block, ops are run by `call(op, args, kwargs)`."""
    before, Seam.call = Seam.call, staticmethod(call)
    try:
        yield
    finally:
        Seam.call = staticmethod(before)


def on_arrays():
    """A block in which ops take and give arrays."""
    return seam(lambda f, args, kwargs: f.forward(*args, **kwargs))


def on_tensors():
    """A block in which ops take and give Tensors again."""
    return seam(apply)


def shares(t, g, create_graph=False):
    """Yield (argument, its gradient) for the arguments of t's recipe that require one; g is the gradient of t."""
    f, args, kwargs = t.recipe
    backward_rule = RULES.get(f) or getattr(f, "rule", None)
    if backward_rule is None:
        raise NotImplementedError(f"{f.__name__} has no rule: register one with @rule({f.__name__})")
    found = backward_rule(g, t, *args, **kwargs) if create_graph else backward_rule(g, t.data, *unwrap(args), **kwargs)
    for a, share in _pairs(args, found if isinstance(found, tuple) else (found,)):
        share = share() if callable(share) and not isinstance(share, Tensor) else share
        share = unbroadcast(share, a.shape)
        yield a, share if share.dtype == a.dtype else cast(share, dtype=a.dtype)


def _pairs(args, found):
    for a, share in zip(args, found):
        if isinstance(a, (list, tuple)):
            yield from _pairs(a, share)
        elif isinstance(a, Tensor) and a.requires_grad:
            yield a, share


# %% [markdown]
# Write `flow`: it takes the gradients that are known at the start, a dict from tensor to gradient, and returns
# the dict of those that are left at the end, which belong to the leaves. Shares of a tensor that is used several
# times are added. When a tensor has passed its gradient on, nobody needs that gradient any more: take it out of
# the dict. And unless `retain_graph`, nobody needs the recipe: set it to `FREED`, so that what it kept in memory
# can go while the rest is still being worked on.
#
# <details><summary>Hint 1: the idea</summary>
#
# `for t in reversed(order)`: take t's gradient out of `grads`, and for each pair of `shares(t, g, create_graph)`
# put the share in, or add it to the one that is there.
#
# </details>
# <details><summary>Hint 2: the traps</summary>
#
# A tensor of `order` may have no gradient in `grads`, if nothing that was asked for depends on it: skip it. And
# `+`, not `+=`: the array may belong to somebody else as well.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-flow", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    """Carry gradients backwards through `order`, as `graph` gives it; return those of the leaves.

    grads: the gradients known at the start, {tensor: gradient}. keep: tensors whose gradient stays.
    """
    ### BEGIN SOLUTION
    for t in reversed(order):
        if t not in grads:
            continue
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads
    ### END SOLUTION


# %% [markdown]
# What is left is dressing: the checks that PyTorch does, and its two entrances. `t.backward()` adds to the `.grad`
# of the leaves; `grad(outputs, inputs)` returns gradients and touches no tensor.

# %% nbgrader={"grade": false, "grade_id": "autograd-backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def _start(t, gradient):
    if not t.requires_grad:
        raise RuntimeError("backward: this tensor does not require a gradient, and nothing that it was made from does")
    if gradient is None and t.numel() != 1:
        raise RuntimeError(f"backward: the result has shape {t.shape}: only for a single number is the gradient implied")
    if gradient is not None and gradient.shape != t.shape:
        raise RuntimeError(f"backward: the result has shape {t.shape}, the gradient given for it {gradient.shape}")
    return full(t.shape, 1, t.dtype) if gradient is None else gradient


def _gradients(roots, gradients, retain_graph, create_graph, keep=()):
    order = graph(*roots)
    if any(t.recipe is FREED for t in order):
        raise RuntimeError("backward: this graph has been used and freed; use retain_graph=True the first time")
    grads = {}
    for t, g in zip(roots, gradients, strict=True):
        g = _start(t, g)
        grads[t] = grads[t] + g if t in grads else g
    if create_graph:
        return flow(order, grads, True, True, keep)
    with on_arrays():
        grads = flow(order, {t: g.data for t, g in grads.items()}, retain_graph, False, keep)
    return {t: wrap(np.asarray(g)) for t, g in grads.items()}


@method
def backward(t, gradient=None, retain_graph=None, create_graph=False):
    """Add the gradient of t with respect to each leaf that it depends on to that leaf's `.grad`.

    gradient: the gradient of a later result with respect to t, in t's shape (default: 1, for a single number).
    """
    found = _gradients([t], [gradient], bool(retain_graph), create_graph)
    for leaf, g in found.items():
        leaf.grad = g if leaf.grad is None else leaf.grad + g


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=False):
    """The gradients of `outputs` with respect to `inputs`, one per input, as a tuple; nothing is accumulated."""
    roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    given = [None] * len(roots) if grad_outputs is None else grad_outputs
    given = [given] if isinstance(given, Tensor) else list(given)
    keep_graph = create_graph if retain_graph is None else retain_graph
    found = _gradients(roots, given, keep_graph, create_graph, set(wanted))
    missing = [i for i, t in enumerate(wanted) if t not in found]
    if missing and not allow_unused:
        raise RuntimeError(f"grad: the outputs do not depend on input {missing[0]} (allow_unused=True gives None for it)")
    return tuple(found.get(t) for t in wanted)


# %% nbgrader={"grade": false, "grade_id": "autograd-flow-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
def measured_and_ours(f, *arrays):
    """For each array: the measured gradient of f, and the one that backward leaves in .grad."""
    tensors = [Tensor(a, np.float64, requires_grad=True) for a in arrays]
    f(*tensors).backward()
    both = []
    for i, t in enumerate(tensors):
        rest = [Tensor(a, np.float64) for a in arrays]
        both.append((numerical_grad(lambda x, i=i, rest=rest: f(*rest[:i], x, *rest[i + 1 :]), t), t.grad.data))
    return both


def shared_parts(x, y):
    """Parts used several times, broadcasting, and a part that the result does not depend on."""
    a = x.tanh()
    unused = a / 2
    b = a * y + a
    return (b * b / (y * y + 1.0)).tanh().sum() if unused is not None else None


# %% nbgrader={"grade": true, "grade_id": "test-autograd-flow", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_flow():
    """backward agrees with measured gradients, accumulates, and frees the graph."""
    rng = np.random.default_rng(4)
    for (expected, got), name in zip(measured_and_ours(shared_parts, rng.normal(size=(2, 3)), rng.normal(size=3)), "xy"):
        assert_close(got, expected, f"gradient of shared_parts for {name}", rtol=1e-5, atol=1e-6)
    x, y = doubled(40)
    y.backward()
    assert_close(float(x.grad), 2.0**40, "gradient after 40 doublings")
    x = Tensor(3.0, requires_grad=True)
    for times in (1, 2, 3):
        (x * x).backward()
        assert_close(float(x.grad), 6.0 * times, f"x.grad after {times} backward passes: they add up")
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    try:
        y.backward()
        raise AssertionError("a third backward, after the graph was freed: expected a RuntimeError")
    except RuntimeError as error:
        assert "freed" in str(error), f"expected a message that the graph was freed, got: {error}"


test_unit_flow()

# %% [markdown]
# ## The other rules
# The rest of the page in the calculus book. Given are those that need no thought: shapes go back to what they
# were, and a constant slope is a constant. Results that are not floats, of comparisons for example, remember no
# recipe and need no rule.

# %% nbgrader={"grade": false, "grade_id": "autograd-given-rules", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
rule(sub)(lambda g, out, a, b: (g, -g))
rule(neg)(lambda g, out, a: -g)
rule(log)(lambda g, out, a: g / a)
rule(sin)(lambda g, out, a: g * cos(a))
rule(abs_)(lambda g, out, a: g * sign(a))
rule(sign)(lambda g, out, a: g * 0)
rule(erf)(lambda g, out, a: g * (2 / math.sqrt(math.pi)) * exp(-a * a))
rule(cast, contiguous, expand)(lambda g, out, a, *rest, **options: g)
rule(reshape, view, squeeze, unsqueeze)(lambda g, out, a, *rest, **options: reshape(g, a.shape))
rule(transpose)(lambda g, out, a, dim0, dim1: transpose(g, dim0, dim1))


# %% [markdown]
# The next six are yours, a line each. They are judged together by the table after them.
#
# <details><summary>Hint 1: exp and sqrt</summary>
#
# Both slopes can be written with `out` alone: exp is its own slope; that of $\sqrt a$ is $1 / (2 \sqrt a)$.
#
# </details>
# <details><summary>Hint 2: maximum and where</summary>
#
# g goes to the side that was taken. Where both sides of `maximum` are equal, each gets half.
#
# </details>
# <details><summary>Hint 3: permute and cat</summary>
#
# `permute` by the inverse order (`np.argsort(dims)` of the order). For `cat`, one piece of g for each tensor, cut
# with `narrow`: the list of pieces is the gradient of one argument, the list of tensors.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-exp", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(exp)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g * out
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-sqrt", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(sqrt)
def _(g, out, a):
    ### BEGIN SOLUTION
    return g / (2 * out)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-maximum", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(maximum)
def _(g, out, a, b):
    ### BEGIN SOLUTION
    half = where(a == b, g / 2, 0)
    return where(a > b, g, half), where(b > a, g, half)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-where", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(where)
def _(g, out, condition, a, b):
    ### BEGIN SOLUTION
    return None, where(condition, g, 0), where(condition, 0, g)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-permute", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(permute)
def _(g, out, a, *dims):
    ### BEGIN SOLUTION
    order = dims[0] if isinstance(dims[0], (tuple, list)) else dims
    return permute(g, *(int(i) for i in np.argsort([d % a.ndim for d in order])))
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-cat", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@rule(cat)
def _(g, out, tensors, dim=0):
    ### BEGIN SOLUTION
    ends = [0]
    for t in tensors:
        ends.append(ends[-1] + t.shape[dim])
    return ([narrow(g, dim, start, end - start) for start, end in zip(ends, ends[1:], strict=False)],)
    ### END SOLUTION


# %% [markdown]
# The long ones are given. Read `matmul`, the one that does the work: its gradients are matrix products again,
# which is why a backward pass costs about two forward passes. They are behind a `lambda`, because the first
# layer's input wants no gradient, and a product that nobody asks for should not be computed.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-matmul", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(matmul)
def _(g, out, a, b):
    row, column = a.ndim == 1, b.ndim == 1
    left, right = unsqueeze(a, 0) if row else a, unsqueeze(b, 1) if column else b
    g = unsqueeze(g, -1) if column else g
    g = unsqueeze(g, -2) if row else g
    return (
        lambda: _fit(g @ right.mT, left.shape, a.shape),
        lambda: _fit(left.mT @ g, right.shape, b.shape),
    )


def _fit(g, matrix, shape):
    return reshape(unbroadcast(g, matrix), shape)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-pow", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(pow_)
def _(g, out, a, b):
    return lambda: g * b * a ** (b - 1), lambda: g * out * log(where(a == 0, 1, a))


@rule(minimum)
def _(g, out, a, b):
    half = where(a == b, g / 2, 0)
    return where(a < b, g, half), where(b < a, g, half)


@rule(clip)
def _(g, out, a, min=None, max=None):
    g = g if min is None else where(a >= min, g, 0)
    return g if max is None else where(a <= max, g, 0)


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-reductions", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@rule(amax, amin)
def _(g, out, a, dim=None, keepdim=False):
    best = a == spread(out, a.shape, dim, keepdim)
    return where(best, spread(g / sum_(best, dim, keepdim), a.shape, dim, keepdim), 0)


@rule(cumsum)
def _(g, out, a, dim):
    return flip(cumsum(flip(g, dim), dim), dim)


@rule(prod)
def _(g, out, a, dim=None, keepdim=False):
    zero = a == 0
    others = where(zero, 1, a)
    zeros_here = spread(sum_(zero, dim, keepdim), a.shape, dim, keepdim)
    without_zeros = spread(prod(others, dim, keepdim), a.shape, dim, keepdim)
    slope = where(zeros_here == 0, without_zeros / others, where(zero * (zeros_here == 1), without_zeros, 0))
    return spread(g, a.shape, dim, keepdim) * slope


# %% [markdown]
# Taking something out by index has a gradient that puts it back: zeros everywhere else, and added up where a place
# was taken twice. That needs two ops of its own, each the other's rule.

# %% nbgrader={"grade": false, "grade_id": "autograd-rule-indexing", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def place(g, key, shape):
    """Zeros of `shape`, with g added at [key]."""
    out = np.zeros(shape, g.dtype)
    keys = key if isinstance(key, tuple) else (key,)
    if any(isinstance(k, (np.ndarray, list)) for k in keys):
        np.add.at(out, key, g)  # places may repeat
    else:
        out[key] = g
    return out


rule(getitem)(lambda g, out, a, key: place(g, key, a.shape))
rule(place)(lambda g, out, placed, key, shape: getitem(g, key))


# %% nbgrader={"grade": false, "grade_id": "autograd-rule-gather", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
@op
def scatter_add(g, dim, index, shape):
    """Zeros of `shape`, with g added at the places `index` along `dim`."""
    out = np.zeros(shape, g.dtype)
    places = list(np.ogrid[tuple(map(slice, index.shape))])
    places[dim] = index
    np.add.at(out, tuple(places), g)
    return out


@rule(gather)
def _(g, out, a, dim, index):
    return scatter_add(g, dim % a.ndim, index, a.shape)


@rule(scatter_add)
def _(g, out, scattered, dim, index, shape):
    return gather(g, dim, index)


@rule(repeat)
def _(g, out, a, *times):
    times = times[0] if isinstance(times[0], (tuple, list)) else times
    own = (1,) * (len(times) - a.ndim) + a.shape
    pairs = [n for pair in zip(times, own, strict=True) for n in pair]
    return reshape(sum_(reshape(g, pairs), tuple(range(0, len(pairs), 2))), a.shape)


# %% [markdown]
# Every op against the measured slope. Green: they agree. Red: they do not. Grey: no rule yet, or nothing to
# differentiate.

# %% nbgrader={"grade": false, "grade_id": "autograd-table", "locked": true, "schema_version": 3, "solution": false, "task": false}
ROWS = {
    add: "ab", sub: "ab", mul: "ab", div: "ab", pow_: "ab", neg: "a", matmul: "am", exp: "a", log: "a", sqrt: "a",
    sin: "a", cos: "a", tanh: "a", erf: "a", abs_: "a", maximum: "ab", minimum: "ab", where: "?ab", clip: "a",
    sum_: "a", prod: "a", amax: "a", amin: "a", cumsum: "a0", reshape: "a6", permute: "a10", transpose: "a01",
    unsqueeze: "a0", cat: "[", getitem: "ai", gather: "a1j",
}


def sample(letter):
    """An argument for the table: positive floats, a mask, places or a number."""
    rng = np.random.default_rng(ord(letter))
    places = Tensor(np.array([[1, 0], [2, 2]]))
    other = {"m": Tensor(rng.uniform(0.5, 2, (3, 2))), "?": Tensor(rng.random((2, 3)) > 0.5), "j": places}
    other |= {"i": (slice(None), [0, 2, 2])}
    return other.get(letter) or (int(letter) if letter.isdigit() else Tensor(rng.uniform(0.5, 2, (2, 3))))


def verdicts():
    """For each op: the largest error of its rule, or None where it has no rule."""
    found = {}
    for f, letters in ROWS.items():
        given = [[sample("a"), sample("b")]] if letters == "[" else list(map(sample, letters))
        found[f.__name__] = max(rule_errors(f, *given), default=0.0) if f in RULES else None
    return found


class Table:
    """The verdicts, as coloured cells."""

    def _repr_html_(self):
        color = lambda error: "#d5d8dd" if error is None else "#a9d5b3" if error < 1e-5 else "#f0a9a3"
        cell = '<span style="background:{};padding:3px 8px;margin:2px;display:inline-block;border-radius:4px">{}</span>'
        return "".join(cell.format(color(error), name) for name, error in verdicts().items())


Table()


# %% nbgrader={"grade": true, "grade_id": "test-autograd-rules", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
def test_unit_rules():
    """The six rules agree with the measured slopes, on matrices of several shapes."""
    rng = np.random.default_rng(6)
    a, b = (Tensor(rng.uniform(0.5, 2, size=(2, 3))) for _ in "ab")
    mask = Tensor(rng.random((2, 3)) > 0.5)
    cases = {
        "exp": (exp, a), "sqrt": (sqrt, a), "maximum": (maximum, a, b), "where": (where, mask, a, b),
        "permute(1, 0)": (permute, a, 1, 0),
        "permute(2, 0, 1)": (permute, Tensor(rng.normal(size=(2, 3, 4))), 2, 0, 1),
    }
    for name, case in cases.items():
        errors = rule_errors(*case)
        assert_close(errors, [0.0] * len(errors), f"errors of the rule of {name}", atol=1e-6)
    for dim in (0, 1):
        wide = np.ones((1, 3)) if dim == 0 else np.ones((2, 1))
        both = measured_and_ours(lambda x, y, dim=dim: (cat([x, y, x], dim) * 2.0).tanh().sum(), rng.normal(size=(2, 3)), wide)
        for (expected, got), which in zip(both, ("first", "second"), strict=True):
            assert_close(got, expected, f"gradient of cat(dim={dim}) for the {which} tensor", rtol=1e-5, atol=1e-6)
    x = Tensor([1.0, 2.0], requires_grad=True)
    maximum(x, Tensor([1.0, 0.0])).sum().backward()
    assert_close(x.grad.data, np.array([0.5, 1.0]), "gradient of maximum([1, 2], [1, 0])")


test_unit_rules()


# %% [markdown]
# ## Not to remember
# To measure a model's accuracy one needs no gradients, and every recipe costs time and memory. `no_grad` switches
# the memory off for a block of code: set `Seam.recording`, and afterwards put back *what was there before*, also
# when the block ends with an error. `@contextlib.contextmanager` makes a function with one `yield` into such a
# block, which also works as a decorator.
#
# <details><summary>Hint 1: the idea</summary>
#
# Save, set, `try: yield`, `finally` restore.
#
# </details>
# <details><summary>Hint 2: the trap</summary>
#
# Restoring True is wrong: blocks may be nested.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "autograd-recording", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
@contextlib.contextmanager
def set_grad_enabled(mode):
    """Within the block, results remember their recipes (mode True) or not (False)."""
    ### BEGIN SOLUTION
    before, Seam.recording = Seam.recording, mode
    try:
        yield
    finally:
        Seam.recording = before
    ### END SOLUTION


def no_grad():
    """A block, or a decorator for a function, in which nothing is remembered."""
    return set_grad_enabled(False)


def enable_grad():
    """A block inside `no_grad` in which recipes are remembered again."""
    return set_grad_enabled(True)


@method
def detach(t):
    """A tensor on the same memory that depends on nothing."""
    return wrap(np.asarray(t))


def requires_grad_(t, requires_grad=True):
    """Set whether results remember that they come from t; return t."""
    t.requires_grad = requires_grad
    return t


Tensor.requires_grad_ = requires_grad_  # not by @method, which drops the underscore


# %% nbgrader={"grade": true, "grade_id": "test-autograd-recording", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_recording():
    """no_grad forgets, blocks nest, and an error inside leaves nothing switched off."""
    x = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        forgotten = (x * 2).requires_grad
        with enable_grad():
            inner = (x * 2).requires_grad
        after_inner = (x * 2).requires_grad
    assert (forgotten, inner, after_inner) == (False, True, False), (
        f"no_grad, enable_grad inside it, and after that: expected False, True, False, got {forgotten, inner, after_inner}"
    )
    with contextlib.suppress(ValueError), no_grad():
        raise ValueError
    assert (x * 2).requires_grad, "after a no_grad block that ended with an error, recording should be on again"
    assert not (x.detach() * 2).requires_grad, "what is computed from a detached tensor depends on nothing"


test_unit_recording()


# %% [markdown]
# ## Two conveniences
# `gradcheck` compares backward with `numerical_grad` for any function, in float64: use it on every rule you ever
# write. `Function` is for operations whose gradient you know better than the rules do; it has PyTorch's form.

# %% nbgrader={"grade": false, "grade_id": "autograd-gradcheck", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def gradcheck(f, inputs, eps=1e-6, atol=1e-5, rtol=1e-3):
    """Whether backward through f agrees with measured gradients; raises ValueError where it does not.

    inputs: a Tensor or a tuple of them; those of float64 that require a gradient are checked.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    out = f(*inputs)
    weights = Tensor(np.random.default_rng(0).normal(size=out.shape), np.float64)
    for i, t in enumerate(inputs):
        if not t.requires_grad:
            continue
        (ours,) = grad((f(*inputs) * weights).sum(), t, allow_unused=True)
        ours = np.zeros(t.shape) if ours is None else np.asarray(ours)
        measured = numerical_grad(lambda x, i=i: (f(*inputs[:i], x, *inputs[i + 1 :]) * weights).sum(), t, eps)
        wrong = ~np.isclose(ours, measured, rtol, atol, equal_nan=True)
        if wrong.any():
            at = tuple(map(int, np.argwhere(wrong)[0]))
            raise ValueError(f"gradcheck: input {i}, element {list(at)}: measured {measured[at]:.6g}, backward gives {ours[at]:.6g}")
    return True


# %% nbgrader={"grade": false, "grade_id": "autograd-function", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
class Context:
    """What a Function's forward leaves for its backward."""

    saved_tensors = ()

    def save_for_backward(self, *tensors):
        """Keep tensors for backward, as `saved_tensors`."""
        self.saved_tensors = tensors


class Step:
    """One use of a Function, in the place of an op in a recipe."""

    def __init__(self, function, context):
        self.function, self.context, self.__name__ = function, context, function.__name__

    def rule(self, g, out, *args):
        """The gradients of args, by the Function's own backward."""
        if isinstance(out, Tensor):
            return self.function.backward(self.context, g)
        with on_tensors(), no_grad():
            return unwrap(self.function.backward(self.context, wrap(np.asarray(g))))


class Function:
    """An operation with a gradient of its own: static methods forward(ctx, *args) and backward(ctx, g)."""

    @classmethod
    def apply(cls, *args):
        """Run forward; the result remembers backward."""
        context = Context()
        with no_grad():
            out = cls.forward(context, *args)
        if Seam.recording and any(t.requires_grad for t in tensors_in(args)):
            out = out.detach()
            out.requires_grad, out.recipe = True, Recipe(Step(cls, context), args, {})
        return out


# %%
class Cube(Function):
    """x³, with its gradient by hand."""

    @staticmethod
    def forward(ctx, x):
        """The cube."""
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        """g · 3x²."""
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


gradcheck(Cube.apply, Tensor([1.0, -2.0], np.float64, requires_grad=True))

# %% [markdown]
# ## Gradients of gradients
# The rules are made of ops, and with `create_graph=True` their results remember recipes as well. So the gradient of
# a gradient needs not one line more. Here are the slope of a curve, the slope of the slope, and so on: five
# derivatives of one function, all by the same fifty lines.

# %%
x = Tensor(np.linspace(-3, 3, 200), requires_grad=True)
y = tanh(x)
ax = axes()
for order in range(5):
    ax.plot(x.detach(), y.detach(), label=f"derivative {order}" if order else "tanh")
    (y,) = grad(y.sum(), x, create_graph=True)
ax.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, 1.2));

# %% [markdown]
# And the network of module 03: two inputs, four hidden units, one output, random weights. It finds XOR.

# %%
manual_seed(1)
inputs, wanted = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0], [1], [1], [0]])
weights = [randn(2, 4), randn(4), randn(4, 1), randn(1)]
for t in weights:
    t.requires_grad_()


def network(x):
    """Two layers with tanh between them."""
    w1, b1, w2, b2 = weights
    return (x @ w1 + b1).tanh() @ w2 + b2


losses = []
for _ in range(300):
    error = network(inputs) - wanted
    loss = (error * error).mean()
    loss.backward()
    for t in weights:
        t.data -= 0.3 * t.grad.data
        t.grad = None
    losses.append(loss.item())
left, right = axes(2)
left.semilogy(losses)
left.set(xlabel="step", title="loss")
plane = np.stack(np.meshgrid(np.linspace(-0.5, 1.5, 60), np.linspace(-0.5, 1.5, 60)), axis=-1)
with no_grad():
    right.contourf(plane[..., 0], plane[..., 1], network(Tensor(plane))[..., 0], levels=20, cmap="RdBu_r")
right.scatter(*inputs.T, c=wanted[:, 0], cmap="gray", edgecolor="black", s=80)
right.set_title("what the network says")
network(inputs).detach()


# %% [markdown]
# ## What it costs
# A forward pass with recipes keeps every intermediate result alive until the backward pass has used it. So memory
# grows with the length of the computation, and without recipes it does not. The backward pass takes about twice the
# time of the forward pass: two products of matrices for one.

# %%
def layers(x, w, depth):
    """A chain of `depth` layers."""
    for _ in range(depth):
        x = (x @ w).tanh()
    return x.sum()


def peak_megabytes(f):
    """The most memory that f had in use."""
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def seconds(f, repeats=5):
    """The median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return sorted(times)[repeats // 2]


x, w = randn(256, 256), (randn(256, 256) * 0.05).requires_grad_()
depths = [5, 10, 20, 40]
remembered = [peak_megabytes(lambda d=d: layers(x, w, d)) for d in depths]
with no_grad():
    forgotten = [peak_megabytes(lambda d=d: layers(x, w, d)) for d in depths]
forward = seconds(lambda: layers(x, w, 20))
both = seconds(lambda: layers(x, w, 20).backward())
left, right = axes(2)
left.plot(depths, remembered, "o-", label="with recipes")
left.plot(depths, forgotten, "o-", label="no_grad")
left.set(xlabel="layers", ylabel="megabytes", title="memory at the peak")
left.legend()
bars = right.bar(["forward", "backward"], [1000 * forward, 1000 * (both - forward)], color=[BLUE, ORANGE])
right.bar_label(bars, fmt="%.1f ms")
right.set(ylabel="milliseconds", title="20 layers");

# %% [markdown]
# ## What PyTorch does differently
# - Its rules are a table too: `tools/autograd/derivatives.yaml`, about 700 entries, from which C++ is generated.
# - It does not sort the graph. `torch/csrc/autograd/engine.cpp` counts for every node how many uses are still
#   missing, and runs those that are ready, on several threads.
# - It saves for each op only what the rule needs, and notices when a saved tensor was written into meanwhile
#   (`torch/csrc/autograd/saved_variable.cpp`). Ours keeps all arguments, and does not notice.
#
# ## Questions
# 1. `x.detach() * x` has another gradient than `x * x`. Which, and where would one want it?
# 2. The rule of `relu` at exactly 0 may return 0, 1, or anything between. Why does it hardly matter, and when would
#    it?
# 3. A training loop adds up `total += loss` for a report, and memory grows with every step. You know the reason.
#    Name two ways to mend it.
#
# Export the chapter with `tito export 05`. Module 06 takes the steps that the loop above took by hand.
