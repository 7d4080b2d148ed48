"""tinytorch.core.autograd, beyond what the checks of its notebook try; a central difference is the authority."""

import gc
import re
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

core = pytest.importorskip("tinytorch.core.autograd", reason="tito dev build 05 makes it")
from tinytorch.core import activations, losses, tensor  # noqa: E402
from tinytorch.core.autograd import (  # noqa: E402
    RULES,
    Function,
    backward,
    enable_grad,
    grad,
    gradcheck,
    gradgradcheck,
    is_grad_enabled,
    no_grad,
    numerical_grad,
    rule,
    set_grad_enabled,
    unbroadcast,
)  # fmt: skip
from tinytorch.core.tensor import OPS, Seam, Tensor, cat, op, wrap  # noqa: E402
from tinytorch.figures import draw  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402

quick = settings(derandomize=True, deadline=None, max_examples=40)


def leaf(*shape, seed=0, low=0.5, high=2.0):
    """Positive float64 numbers that require a gradient."""
    return Tensor(np.random.default_rng(seed).uniform(low, high, shape), np.float64, requires_grad=True)


def scalar(value, dtype=np.float64):
    return Tensor(value, dtype, requires_grad=True)


# Rules


def test_every_op_of_the_modules_so_far_has_a_rule_or_is_listed():
    code = (
        "from tinytorch.core import activations, autograd, layers, losses, tensor\n"
        "without = {name for name, op in tensor.OPS.items() if op not in autograd.RULES}\n"
        "print(sorted(without ^ set(autograd.NOT_DIFFERENTIABLE)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("name", core.NOT_DIFFERENTIABLE)
def test_what_is_listed_as_not_differentiable_requires_no_gradient(name):
    x = leaf(3, 3)
    index = Tensor(np.array([0, 2, 1]))
    more = {"argsort": (), "argmax": (), "argmin": (), "any": (), "all": (), "places": (3, -100)}.get(name, (x,))
    assert not OPS[name](index if name == "places" else x, *more).requires_grad


SMOOTH = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b, "square": lambda a, b: a**2 + b**3.0, "rpow": lambda a, b: 2**a + 0.5**b,
    "neg": lambda a, b: -a + b, "abs": lambda a, b: abs(a - 5) * b, "exp": lambda a, b: (a + b).exp(),
    "log": lambda a, b: (a * b).log(), "sqrt": lambda a, b: (a + b).sqrt(), "sin": lambda a, b: a.sin() * b,
    "cos": lambda a, b: a.cos() * b, "tanh": lambda a, b: (a * b).tanh(), "erf": lambda a, b: (a - b).erf(),
    "sigmoid": lambda a, b: activations.sigmoid(a - b), "log1p": lambda a, b: activations.log1p(a) * b,
    "expm1": lambda a, b: activations.expm1(a) * b, "maximum": lambda a, b: tensor.maximum(a, b) ** 2,
    "minimum": lambda a, b: tensor.minimum(a, b) ** 2, "where": lambda a, b: tensor.where(a > b, a * b, b * b),
    "clip": lambda a, b: a.clip(0.7, 1.5) * b, "gelu": lambda a, b: activations.gelu(a) * b,
    "softmax": lambda a, b: activations.softmax(a * b, 0) * a, "log_softmax": lambda a, b: (a * b).log_softmax(-1) * b,
    "sum": lambda a, b: (a * b).sum(0) ** 2, "mean": lambda a, b: (a * b).mean(-1, keepdim=True) * a,
    "var": lambda a, b: (a * b).var(0), "std": lambda a, b: (a * b).std(1), "prod": lambda a, b: (a * b).prod(1),
    "amax": lambda a, b: (a * b).amax((0, 1)) ** 2, "amin": lambda a, b: (a * b).amin(0) ** 2,
    "max": lambda a, b: (a * b).max(1).values ** 2, "cumsum": lambda a, b: (a * b).cumsum(-1) ** 2,
    "sort": lambda a, b: (a * b).sort(0).values * a, "topk": lambda a, b: (a * b).topk(2).values ** 2,
    "reshape": lambda a, b: (a * b).reshape(-1) ** 2, "permute": lambda a, b: a.permute(-1, 0) ** 2 * b.T,
    "transpose": lambda a, b: (a.transpose(0, -1) @ b) ** 2, "squeeze": lambda a, b: a.unsqueeze(1).squeeze(1) * b**2,
    "expand": lambda a, b: (a.expand(4, 3, 4) * b) ** 2, "repeat": lambda a, b: a.repeat(2, 1, 2).sin() * b.sum(),
    "cat": lambda a, b: tensor.cat([a, b, a], -1) ** 2, "stack": lambda a, b: tensor.stack([a, b, a], 1) ** 2,
    "split": lambda a, b: a.split(2, 1)[1] ** 2 * b.sum(), "roll": lambda a, b: a.roll(1, 0) * b**2,
    "flip": lambda a, b: a.flip((0, 1)) * b**2, "tril": lambda a, b: a.tril() * b**2,
    "slice": lambda a, b: a[1:, ::2] ** 2 + b[..., 0].sum(), "twice": lambda a, b: a[[0, 0, 2]] ** 2 * b,
    "mask": lambda a, b: a[a > 1] ** 2 * b.sum(), "matmul": lambda a, b: (a @ b.T) ** 2,
    "vector": lambda a, b: (a[0] @ b.T) ** 2 + a[0] @ b[1], "batches": lambda a, b: (a.expand(2, 3, 4) @ b.mT) ** 2,
    "gather": lambda a, b: a.gather(0, Tensor(np.array([[2, 2, 0, 1]]))) ** 2 * b.sum(),
    "view": lambda a, b: (a.T.contiguous().view(-1) * b.view(12)) ** 2,
    "cross_entropy": lambda a, b: losses.cross_entropy(a * b, Tensor(np.array([0, 3, 1]))) * b,
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_first_and_second_order_agree_with_central_differences(name):
    a, b = leaf(3, 4), leaf(3, 4, seed=1)
    assert gradcheck(SMOOTH[name], (a, b))
    assert gradgradcheck(SMOOTH[name], (a, b))


@pytest.mark.parametrize("zeros", [[], [1], [0, 2], [0, 1, 3]])
@pytest.mark.parametrize("dim", [None, 0, -1])
def test_prod_with_zeros(zeros, dim):
    x = leaf(2, 2)
    x.data.flat[zeros] = 0
    assert gradcheck(lambda t: t.prod(dim), x)
    assert gradgradcheck(lambda t: t.prod(dim), x)


def test_ties_and_corners_as_pytorch_has_them():
    # Values from PyTorch 2.13.
    def slopes(f, *values):
        x = Tensor(np.array(values), np.float64, requires_grad=True)
        return grad(f(x).sum(), x)[0].data

    assert_close(slopes(lambda x: x.amax(), 3, 1, 3), np.array([0.5, 0, 0.5]), "amax shares evenly")
    assert_close(slopes(lambda x: x.max(0).values, 3, 1, 3), np.array([1.0, 0, 0]), "max(dim) gives it to the index")
    assert_close(slopes(lambda x: x.clip(0, 1), -1, 0, 0.5, 1, 2), np.array([0.0, 1, 1, 1, 0]), "clip at its bounds")
    assert_close(slopes(abs, -2, 0, 3), np.array([-1.0, 0, 1]), "abs at 0")
    assert_close(slopes(lambda x: x.sqrt(), 0, 4), np.array([np.inf, 0.25]), "sqrt at 0")
    assert_close(slopes(lambda x: x**0, 0, 2), np.array([0.0, 0]), "x**0")
    assert_close(slopes(lambda x: x**1, 0, 2), np.array([1.0, 1]), "x**1 at 0")
    assert_close(slopes(lambda x: x**2, 0, -2), np.array([0.0, -4]), "x**2 at 0")
    assert_close(slopes(lambda x: 0**x, 0, 2), np.array([0.0, 0]), "0**x")
    assert_close(slopes(activations.relu, -1, 0, 1), np.array([0.0, 0, 1]), "relu at 0")
    assert_close(slopes(lambda x: x.sign(), -1, 0, 1), np.array([0.0, 0, 0]), "sign")


def test_a_missing_rule_names_the_op():
    @op
    def undifferentiated(a):
        return a * 2

    try:
        with pytest.raises(NotImplementedError, match=r"undifferentiated has no rule: register one with @rule\("):
            undifferentiated(leaf(2)).sum().backward()
    finally:
        del OPS["undifferentiated"], Tensor.undifferentiated


def test_a_rule_of_ones_own():
    @op
    def trebled(a):
        return a * 3

    try:
        rule(trebled)(lambda g, out, a: g * 3)
        assert gradcheck(lambda t: trebled(t) * trebled(t), leaf(3))
        rule(trebled)(lambda g, out, a: g * 2)
        with pytest.raises(ValueError, match=r"gradcheck: input 0, element \[0\]: measured .*, backward gives"):
            gradcheck(trebled, leaf(3))
        assert gradcheck(trebled, leaf(3), raise_exception=False) is False
    finally:
        del OPS["trebled"], Tensor.trebled, RULES[trebled]


@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3))
@quick
def test_broadcasting_is_undone_for_any_shapes(shapes):
    a, b, c = (leaf(*s, seed=i) for i, s in enumerate(shapes.input_shapes))
    assert gradcheck(lambda a, b, c: (a * b + c / a).tanh(), (a, b, c))
    for t, found in zip((a, b, c), grad((a * b + c / a).sum(), (a, b, c)), strict=True):
        assert found.shape == t.shape


@given(hnp.array_shapes(max_dims=3, max_side=3, min_side=0), st.data())
@quick
def test_unbroadcast_is_the_mirror_image_of_broadcast_to(shape, data):
    kept = tuple(data.draw(st.sampled_from([1, n])) for n in shape)[data.draw(st.integers(0, len(shape))) :]
    g, x = (np.random.default_rng(i).normal(size=s) for i, s in enumerate((shape, kept)))
    got = unbroadcast(Tensor(g, np.float64), kept)
    assert got.shape == kept
    assert_close(
        float((got.data * x).sum()), float((g * np.broadcast_to(x, shape)).sum()), "<unbroadcast(g), x>", rtol=1e-9
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_has_the_dtype_and_shape_of_its_tensor(dtype):
    x, y = scalar([[1.0, 2.0]], dtype), Tensor(np.ones((3, 1)), np.float64, requires_grad=True)
    tensor.cat([x * y, x.to(np.float64)]).sum().backward()
    assert (x.grad.dtype, x.grad.shape, y.grad.dtype, y.grad.shape) == (dtype, (1, 2), np.float64, (3, 1))


def test_rules_warn_of_nothing():
    x = scalar([0.0, 1.0])
    with np.errstate(all="raise"):
        x.sqrt().sum().backward()
    assert_close(x.grad.data, np.array([np.inf, 0.5]), "gradient of sqrt at 0")


# Backward


def test_gradients_accumulate_in_place_and_start_anew_at_none():
    x = scalar([1.0, 2.0])
    (x * x).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert_close(x.grad.data, np.array([5.0, 7.0]), "2x + 3")
    x.grad = None
    (x * 3).sum().backward()
    assert_close(x.grad.data, np.array([3.0, 3.0]), "3")
    assert_close(first.data, np.array([5.0, 7.0]), "the gradient taken out before")


def test_each_gradient_has_memory_of_its_own():
    x, y, z = scalar([1.0, 2.0]), scalar([1.0, 2.0]), scalar([[1.0], [2.0]])
    given_gradient = Tensor(np.ones(2), np.float64)
    (x + y).backward(given_gradient, retain_graph=True)
    z.sum().backward()
    x.grad.data *= 7
    z.grad.data[0] = 5
    assert_close(y.grad.data, np.ones(2), "y.grad, after writing into x.grad")
    assert_close(given_gradient.data, np.ones(2), "the gradient given")
    assert_close(z.grad.data, np.array([[5.0], [1.0]]), "gradient of a sum, written into")


def test_backward_twice():
    x = scalar(3.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert_close(float(x.grad), 12.0, "twice 2x")
    with pytest.raises(RuntimeError, match="used and freed; give retain_graph=True"):
        y.backward()
    with pytest.raises(RuntimeError, match="used and freed"):
        (y * 2).backward()
    assert "freed" in draw(y)._repr_svg_()


def test_errors_say_what_is_wrong():
    x, y = scalar([1.0, 2.0]), scalar(1.0)
    with pytest.raises(RuntimeError, match=r"the result is \(2,\): only for a single number"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match=r"the result is \(2,\), the gradient given for it \(3,\)"):
        (x * 2).backward(tensor.ones(3))
    with pytest.raises(RuntimeError, match="does not require a gradient, and nothing that it was made from"):
        Tensor(1.0).backward()
    with pytest.raises(RuntimeError, match="do not depend on input 1"):
        grad(x.sum(), [x, y])
    with pytest.raises(RuntimeError, match="input 0 does not require a gradient"):
        grad(x.sum(), Tensor(1.0))
    with pytest.raises(RuntimeError, match="inputs is empty"):
        x.sum().backward(inputs=[])
    assert grad(x.sum(), [y], allow_unused=True) == (None,)


def test_backward_fills_the_inputs_named_and_no_others():
    x, y = scalar(2.0), scalar(3.0)
    z = x * y
    (z * z).backward(inputs=[x, z])
    assert_close((float(x.grad), float(z.grad)), (36.0, 12.0), "gradients of z² for x and z")
    assert y.grad is None


def test_retain_grad_fills_what_is_no_leaf():
    x = scalar(2.0)
    y = x * x
    y.retain_grad()
    (y * 3).backward()
    assert_close((float(y.grad), float(x.grad)), (3.0, 12.0), "gradients of 3y for y and x")
    with pytest.raises(RuntimeError, match="retain_grad"):
        Tensor(1.0).retain_grad()


def test_grad_of_several_outputs_with_weights():
    x = scalar([1.0, 2.0])
    weights = [Tensor([1.0, 10.0]), None]
    (found,) = grad([x * x, x.sum()], x, weights)
    assert_close(found.data, np.array([3.0, 41.0]), "2 w x + 1")
    assert x.grad is None


def test_leaves():
    x = scalar(2.0)
    y = x * 2
    assert (x.is_leaf, y.is_leaf, y.detach().is_leaf, Tensor(1.0).is_leaf) == (True, False, True, True)
    assert y.grad_fn.op is OPS["mul"]
    assert y.detach().data is y.data
    with pytest.raises(RuntimeError, match="only floats can require a gradient, this tensor is int64"):
        Tensor(np.array([1])).requires_grad_()
    with pytest.raises(RuntimeError, match="only of a leaf"):
        y.requires_grad_(False)
    assert Tensor([1.0]).requires_grad_().requires_grad


def test_the_third_derivative():
    x = scalar([0.3, -1.2])
    y = x.tanh()
    for _ in range(3):
        (y,) = grad(y.sum(), x, create_graph=True)
    t = np.tanh(x.data)
    assert_close(y.data, -2 * (1 - t**2) * (1 - 3 * t**2), "third derivative of tanh", rtol=1e-9)


def test_create_graph_accumulates_gradients_that_have_recipes():
    x = scalar(2.0)
    (x * x * x).backward(create_graph=True)
    assert x.grad.requires_grad
    (bend,) = grad(x.grad, x)
    assert_close(float(bend), 12.0, "6x")


def test_create_graph_records_even_under_no_grad():
    x = scalar(2.0)
    y = x * x * x
    with no_grad():
        (slope,) = grad(y, x, create_graph=True)
    assert_close(float(grad(slope, x)[0]), 12.0, "6x")


def test_a_long_chain_goes_backward_and_out_of_memory_without_recursion():
    def work():
        x = scalar(1.0)
        y = x
        for _ in range(100_000):
            y = y + 1.0
        y.backward(retain_graph=True)
        assert_close(float(x.grad), 1.0, "gradient of a chain")
        gone = weakref.ref(y)
        del y
        gc.collect()
        assert gone() is None
        y = x
        for _ in range(100_000):
            y = y * 1.0
        ring = [y]
        ring.append(ring)  # only the collector finds this one
        gone = weakref.ref(y)
        del y, ring
        gc.collect()
        assert gone() is None
        passed.append(True)

    passed, before = [], threading.stack_size(512 * 1024)
    try:  # a small stack: recursion in C would not come back
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert passed


def test_doublings_are_linear():
    x = y = scalar(1.0)
    for _ in range(40):
        y = y + y
    y.backward()
    assert_close(float(x.grad), 2.0**40, "40 doublings")


def test_memory_goes_as_backward_goes():
    x = scalar(np.ones(1000))
    early = x.tanh()
    late = early.exp()
    seen, array = [], weakref.ref(late.data)

    class Look(Function):
        @staticmethod
        def forward(ctx, t):
            return t * 1

        @staticmethod
        def backward(ctx, g):
            seen.append(array() is None)
            return g

    late = Look.apply(early).exp()
    array = weakref.ref(late.data)
    total = late.sum()
    del late
    total.backward()
    assert seen == [True]


# Switches


def test_no_grad_as_block_and_as_decorator():
    x = scalar(1.0)

    @no_grad()
    def called(t):
        return t * 2, is_grad_enabled()

    @no_grad
    def bare(t, again=True):
        inner = bare(t, False) if again else None
        assert inner is None or not is_grad_enabled()
        return t * 2

    @enable_grad()
    def on(t):
        return t * 2

    assert (called(x)[0].requires_grad, called(x)[1], bare(x).requires_grad) == (False, False, False)
    assert is_grad_enabled()
    with no_grad():
        assert on(x).requires_grad
        assert not is_grad_enabled()
    assert called.__name__ == "called"


def test_set_grad_enabled_as_call_block_and_decorator():
    x = scalar(1.0)
    with set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert is_grad_enabled()
    set_grad_enabled(False)
    assert not is_grad_enabled()
    set_grad_enabled(True)

    @set_grad_enabled(False)
    def off(t):
        return t * 2

    assert is_grad_enabled()
    assert not off(x).requires_grad
    assert is_grad_enabled()


def test_writing_into_a_tensor_that_requires_a_gradient():
    x = scalar([1.0, 2.0])
    with pytest.raises(RuntimeError, match="cannot be written into"):
        x[0] = 5.0
    with no_grad():
        x[0] = 5.0
    assert_close(x.data, np.array([5.0, 2.0]), "written into under no_grad")


def test_the_seam_is_put_back_after_an_error_in_a_rule():
    @op
    def failing(a):
        return a * 2

    try:
        before = Seam.call
        rule(failing)(lambda g, out, a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            failing(leaf(2)).sum().backward()
        assert Seam.call is before
        assert is_grad_enabled()
    finally:
        del OPS["failing"], Tensor.failing, RULES[failing]


# Function


class Scaled(Function):
    """a * b, with notes."""

    asked = []

    @staticmethod
    def forward(ctx, a, b, times):
        ctx.save_for_backward(a, b)
        ctx.times = times
        return a * b * times

    @staticmethod
    def backward(ctx, g):
        Scaled.asked.append(ctx.needs_input_grad)
        a, b = ctx.saved_tensors
        return g * b * ctx.times, g * a * ctx.times if ctx.needs_input_grad[1] else None, None


def test_function_first_and_second_order():
    a, b = leaf(2, 3), leaf(2, 3, seed=1)
    assert gradcheck(lambda a, b: Scaled.apply(a, b, 3), (a, b))
    assert gradgradcheck(lambda a, b: Scaled.apply(a, b, 3), (a, b))
    Scaled.asked.clear()
    Scaled.apply(a, Tensor(b.data, np.float64), 2).sum().backward()
    assert Scaled.asked == [(True, False, False)]
    with no_grad():
        assert Scaled.apply(a, b, 2).is_leaf


def test_a_function_that_gives_too_few_gradients():
    class Short(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(RuntimeError, match=r"Short.backward: expected 2 gradients, got 1"):
        Short.apply(leaf(2), leaf(2)).sum().backward()


# Measuring


def test_numerical_grad_leaves_its_tensor_alone():
    x = leaf(2, 3)
    before = x.data.copy()
    assert_close(numerical_grad(lambda t: (t * t).sum(), x), 2 * before, "2x", rtol=1e-6)
    assert_close(x.data, before, "x", rtol=0, atol=0)


def test_gradcheck_without_anything_to_compare_is_an_error():
    for check in (gradcheck, gradgradcheck):
        with pytest.raises(ValueError, match="gradcheck: none of the inputs requires a gradient"):
            check(lambda a, b: a * b, (Tensor([1.0], np.float64), 3))


def test_gradcheck_names_the_place_in_a_tensor_without_axes():
    f = lambda t: t.detach() * t  # noqa: E731
    with pytest.raises(
        ValueError, match=r"gradcheck: input 0, element \[\]: measured 4\.54785, backward gives 2\.27392$"
    ):
        gradcheck(f, scalar(2.0))


@pytest.mark.parametrize("gradient, kind", [([1.0, 2.0], "a list"), (2.0, "a float"), (np.ones(2), "a ndarray")])
def test_a_gradient_that_is_no_tensor_is_refused_in_one_message(gradient, kind):
    with pytest.raises(RuntimeError, match=rf"the result is \(2,\), the gradient given for it {kind}, no Tensor"):
        (leaf(2) * 2).backward(gradient)


def test_backward_for_some_inputs_leaves_the_others_alone():
    x, y = leaf(2), leaf(2, seed=1)
    (x * y).sum().backward(inputs=[x])
    assert_close(x.grad.data, y.data, "x.grad")
    assert y.grad is None


def test_past_boxes_and_for_a_second_use_the_drawing_has_arcs():
    x = scalar(1.0)
    assert draw(x.sin() * x.cos())._repr_svg_().count("<path") == 4
    starts = [re.findall(r'd="M(\d+) (\d+)', draw(t)._repr_svg_()) for t in (x + x, x.sin() + x)]
    assert starts[0] == [("110", "30"), ("60", "50")], "one from the side, the other from the bottom"
    assert sorted(starts[1]) == [("110", "30"), ("240", "30"), ("60", "50")], "from x past the box of sin"


def test_the_drawing_shows_each_tensor_once():
    x, w = Tensor(2.0), scalar(3.0)
    svg = draw((x * w + w).tanh())._repr_svg_()
    assert [svg.count(f">{name}<") for name in ("constant", "leaf", "mul", "add", "tanh")] == [1] * 5
    assert svg.count("<path") == 5


def test_backward_is_a_function_too():
    x = scalar(2.0)
    backward(x * x)
    assert_close(float(x.grad), 4.0, "2x")


def test_a_single_number_reduced_along_an_axis_has_a_gradient():
    for dim in (0, -1):
        for name in ("sum", "mean", "prod", "amax"):
            for keepdim in (False, True):
                for value in (3.0, 0.0):
                    x = Tensor(value, np.float64, requires_grad=True)
                    getattr(x, name)(dim, keepdim).backward()
                    assert x.grad.item() == 1, name


def test_a_bound_at_infinity_has_the_slope_of_what_it_replaces():
    x, low = Tensor([1.0], requires_grad=True), Tensor([np.inf], requires_grad=True)
    x.clamp(low).backward()
    assert (x.grad.item(), low.grad.item()) == (0, 1)


SHARED_GRADIENTS = {
    "a view of the other's": lambda x, y: (x + y.reshape(2, 3)).sum(),
    "both views of one": lambda x, y: (x.reshape(6) + y.reshape(6)).sum(),
    "the same one, turned": lambda x, y: (x + y.T).sum() * 2,
    "a repeated number": lambda x, y: x.sum() + y.sum(),
    "parts of one": lambda x, y: (cat([x, y.reshape(2, 3)]) * 1).sum(),
}


@pytest.mark.parametrize("f", SHARED_GRADIENTS.values(), ids=SHARED_GRADIENTS)
def test_gradients_of_views_have_memory_of_their_own(f):
    x, y = (Tensor(np.ones(shape), requires_grad=True) for shape in ((2, 3), (3, 2)))
    f(x, y).backward()
    before = y.grad.data.copy()
    x.grad.data[...] = 7
    x.grad.data[0, 0] = 9
    np.testing.assert_array_equal(y.grad.data, before)
    np.testing.assert_array_equal(x.grad.data, [[9, 7, 7], [7, 7, 7]])


def test_a_gradient_does_not_share_the_one_that_was_given():
    rows, x = np.ones((4, 3), np.float32), Tensor(np.ones(3), requires_grad=True)
    for g in (wrap(rows)[1], wrap(rows[2])):
        x.grad = None
        (x + 0).backward(g)
        x.grad.data[...] = 7
    np.testing.assert_array_equal(rows, np.ones((4, 3)))
