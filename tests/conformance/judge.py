"""One operation, judged by PyTorch on the samples of its OpInfo.

Kinds: `forward` and `float32` (values, shape, dtype), `gradient` and `second order` (float64, only for samples
whose forward is right), `errors` (an error where PyTorch has one, of a fitting type).

Fixed limits, so that the suite keeps to minutes: the first `LIMIT` samples of an operation, none with more than
`LARGEST` elements. Seeds are fixed per operation.
"""

import gc
import random
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.testing._internal import common_utils
from torch.testing._internal.common_methods_invocations import op_db

from tinytorch.core.autograd import grad
from tinytorch.core.tensor import Tensor, sum_, wrap

from . import names
from . import samples as samples_of_ours
from .convert import DTYPES, Converter, NotOurs, array, close, compare, flat

LIMIT = 64
LARGEST = 20_000
KINDS = ("forward", "float32", "gradient", "second order", "errors")
common_utils.extract_test_fn = lambda: None  # it reads the whole stack for each sample, to name the running test
gc.freeze()  # PyTorch's tables are large: looking through them for garbage again and again takes most of the time
OPS = {f"{info.name}/{info.variant_test_name}".rstrip("/"): info for info in op_db} | samples_of_ours.OPS

FITTING = {  # what we may raise where PyTorch raises the key
    IndexError: (IndexError, ValueError),
    TypeError: (TypeError, ValueError),
    ValueError: (ValueError, RuntimeError, IndexError),
    NotImplementedError: (NotImplementedError, TypeError, ValueError),
    RuntimeError: (RuntimeError, ValueError, IndexError, TypeError),
}
UNKNOWN_ARGUMENT = ("unexpected keyword argument", "positional argument", "multiple values for argument")


@dataclass
class Verdict:
    """What became of one kind of comparison on one sample; `problem` is empty where we agree."""

    kind: str
    number: int
    sample: str
    problem: str = ""


@dataclass
class Sample:
    """A call that PyTorch makes: f(*args, **kwargs)."""

    args: tuple
    kwargs: dict = field(default_factory=dict)

    def __str__(self):
        parts = [_text(a) for a in self.args] + [f"{k}={_text(v)}" for k, v in self.kwargs.items()]
        return f"({', '.join(parts)})"


def _text(value):
    if isinstance(value, torch.Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        return f"{kind}{list(value.shape)}" if value.ndim or value.is_complex() else f"{kind}({value.item():.4g})"
    if isinstance(value, (list, tuple)):
        left, right = "[]" if isinstance(value, list) else "()"
        return left + ", ".join(map(_text, value)) + right
    return repr(value).removeprefix("torch.")


def seed():
    """Start all random numbers that samples may be drawn from."""
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)


def samples(info, dtype, requires_grad=False, limit=LIMIT):
    """The first `limit` samples of an OpInfo that are not too large."""
    seed()
    if dtype not in info.dtypes:
        return
    count = 0
    for given in _given(info, dtype, requires_grad):
        sample = Sample(*_fresh(((given.input, *given.args), given.kwargs)))
        if sum(t.numel() for t in flat([*sample.args]) if isinstance(t, torch.Tensor)) <= LARGEST:
            yield sample
            count += 1
        if count == limit:
            return


def _fresh(value):
    """`value` with every tensor that requires a gradient as a leaf: PyTorch makes some of them by operations."""
    if isinstance(value, torch.Tensor):
        return value.detach().requires_grad_() if value.requires_grad else value
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return type(value)(map(_fresh, value))
    return {k: _fresh(v) for k, v in value.items()} if isinstance(value, dict) else value


def _given(info, dtype, requires_grad):
    """The reference inputs of an OpInfo; its plain samples first where those cannot be made to require gradients."""
    plain = list(info.sample_inputs("cpu", dtype, requires_grad=requires_grad))
    try:
        yield from list(info.reference_inputs("cpu", dtype, requires_grad=requires_grad))
    except ValueError as error:  # PyTorch's own generators of where, clamp and addcmul
        if "requires_grad=True" not in str(error):
            raise
        yield from plain
        yield from info.reference_inputs("cpu", dtype)


def short(error):
    """An exception in one line of at most 150 characters."""
    text = " ".join(str(error).split())
    return text[:150] if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"[:150]


def judge(name, limit=LIMIT, kinds=KINDS):
    """The verdicts on operation `name`, one per kind and sample."""
    info, mine = OPS[name], names.ours(name)
    values = name not in names.RANDOM
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "forward" in kinds:
            differentiable = values and info.supports_autograd
            for i, sample in enumerate(samples(info, torch.float64, differentiable, limit)):
                call = Call(sample, info.op, mine)
                found += on_call(i, call, str(sample), values, info.supports_gradgrad, kinds)
        if "float32" in kinds:
            for i, sample in enumerate(samples(info, torch.float32, False, limit)):
                call = Call(sample, info.op, mine)
                found.append(Verdict("float32", i, str(sample), call.forward(values)))
        if "errors" in kinds:
            found += on_errors(info, mine)
    return [v for v in found if v.problem != SKIPPED]


SKIPPED = "skipped"


class Call:
    """One sample, run by PyTorch and by us."""

    def __init__(self, sample, theirs, mine):
        self.sample, self.theirs, self.mine = sample, theirs, mine
        self.convert = Converter()

    def forward(self, values=True):
        """Run both; return what differs, in words."""
        try:
            args, kwargs = self.convert(tuple(self.sample.args)), self.convert(self.sample.kwargs)
            self.expected = self.theirs(*self.sample.args, **self.sample.kwargs)
        except NotOurs:
            return SKIPPED
        if self.expected is NotImplemented:
            return SKIPPED
        try:
            self.got = self.mine(*args, **kwargs)
            compare(self.got, self.expected, values)
            return "the inputs were changed" if self.convert.changed() else ""
        except Exception as error:
            return short(error)

    def outputs(self):
        """The pairs (theirs, ours) of results that have a gradient for PyTorch."""
        pairs = zip(flat(self.expected), flat(self.got), strict=True)
        return [(a, b) for a, b in pairs if isinstance(a, torch.Tensor) and a.requires_grad]

    def gradients(self, create_graph):
        """PyTorch's and our gradients of the leaves, for a random gradient of the results."""
        rng = np.random.default_rng(0)
        outs, leaves = self.outputs(), self.convert.leaves()
        numbers = [torch.tensor(rng.normal(size=tuple(a.shape)), dtype=a.dtype) for a, _ in outs]
        self.our_weights = [Tensor(w.numpy(), DTYPES[w.dtype], requires_grad=True) for w in numbers]
        self.weights = [w.requires_grad_() for w in numbers]
        options = {"retain_graph": True, "create_graph": create_graph, "allow_unused": True}
        theirs = torch.autograd.grad([a for a, _ in outs], [t for t, _ in leaves], self.weights, **options)
        missing = [b for _, b in outs if not b.requires_grad]
        if missing and any(t is not None for t in theirs):
            raise AssertionError("the result does not require a gradient")
        ours = grad([b for _, b in outs], [t for _, t in leaves], self.our_weights, **options)
        return theirs, ours


def same_gradients(theirs, ours, leaves):
    """Raise AssertionError where gradients differ; None counts as zeros."""
    for i, (expected, got, (leaf, _)) in enumerate(zip(theirs, ours, leaves, strict=True)):
        zero = np.zeros(tuple(leaf.shape), leaf.detach().numpy().dtype)
        expected = zero if expected is None else array(expected)
        got = zero if got is None else got.data
        try:
            if got.dtype != expected.dtype:
                raise AssertionError(f"expected {expected.dtype}, got {got.dtype}")
            close(got, expected, expected.shape, loose=10)
        except AssertionError as error:
            raise AssertionError(f"input {i}: {str(error).removeprefix('result: ')}") from None


def on_call(number, call, text, values=True, second=True, kinds=KINDS):
    """Forward, gradient and second order of one call in float64."""
    verdicts = [Verdict("forward", number, text, call.forward(values))]
    if verdicts[0].problem or not values or not call.convert.leaves() or not call.outputs():
        return verdicts
    problem, found = _try(first_order, call, create_graph=second)
    verdicts.append(Verdict("gradient", number, text, problem))
    if problem or not second or "second order" not in kinds:
        return verdicts
    problem, compared = _try(second_order, call, *found)
    return verdicts + ([Verdict("second order", number, text, problem)] if problem or compared else [])


def _try(f, *args, **kwargs):
    try:
        return "", f(*args, **kwargs)
    except Exception as error:
        return short(error), None


def first_order(call, create_graph):
    """Compare gradients as they are usually taken; return those with a graph of their own, if asked for."""
    theirs, ours = call.gradients(create_graph=False)
    same_gradients(theirs, ours, call.convert.leaves())
    if not create_graph:
        return theirs, ours
    theirs, ours = call.gradients(create_graph=True)
    same_gradients(theirs, ours, call.convert.leaves())
    return theirs, ours


def second_order(call, theirs, ours):
    """Compare the gradients of the gradients' weighted sum; whether there was anything to compare."""
    rng = np.random.default_rng(1)
    leaves = call.convert.leaves() + list(zip(call.weights, call.our_weights, strict=True))
    pairs = [(a, b, rng.normal(size=tuple(a.shape))) for a, b in zip(theirs, ours, strict=True) if a is not None]
    pairs = [(a, b, v) for a, b, v in pairs if a.requires_grad]
    if not pairs:
        return False
    their_total = sum((a * torch.tensor(v)).sum() for a, _, v in pairs)
    wanted = [t for t, _ in leaves]
    expected = torch.autograd.grad(their_total, wanted, allow_unused=True)
    our_total = wrap(np.zeros(()))
    for _, b, v in pairs:
        our_total = our_total + (sum_(b * Tensor(v, np.float64)) if b is not None else 0)
    if not our_total.requires_grad:
        got = [None] * len(wanted)
    else:
        got = grad(our_total, [t for _, t in leaves], allow_unused=True)
    same_gradients(expected, got, leaves)
    return True


def on_errors(info, mine):
    """The error inputs: do we refuse what PyTorch refuses?"""
    if info.error_inputs_func is None:
        return []
    seed()
    verdicts = []
    for i, given in enumerate(info.error_inputs("cpu")):
        sample = Sample((given.sample_input.input, *given.sample_input.args), given.sample_input.kwargs)
        convert = Converter()
        try:
            args, kwargs = convert(tuple(sample.args)), convert(sample.kwargs)
        except NotOurs:
            continue
        if "out" in kwargs:
            continue
        verdicts.append(Verdict("errors", i, str(sample), refused(mine, args, kwargs, given.error_type)))
    return verdicts


def refused(call, args, kwargs, error_type):
    """What is wrong with the error that the call raises; nothing if it fits PyTorch's `error_type`."""
    kinds = next((FITTING[k] for k in error_type.__mro__ if k in FITTING), (Exception,))
    try:
        got = call(*args, **kwargs)
    except Exception as error:
        unknown = isinstance(error, TypeError) and any(words in str(error) for words in UNKNOWN_ARGUMENT)
        if unknown and error_type is not TypeError:
            return f"the argument is not known: {short(error)}"
        return "" if isinstance(error, kinds) else f"expected {error_type.__name__}, got {short(error)}"
    text = " ".join(repr(got).split())[:60]
    return f"expected {error_type.__name__}, got {text}"
