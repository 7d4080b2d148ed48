"""How wrong a network is, in one number."""

# Exported from modules/source/04_losses/losses_dev.py; edit that file, not this one.

# %% auto #0
__all__ = ['exp_less_one_at', 'reduced', 'outside', 'same_shape', 'l1_loss', 'mse_loss', 'huber_loss', 'smooth_l1_loss',
           'bounded_log', 'unit_interval', 'equal_shapes', 'binary_cross_entropy', 'binary_cross_entropy_with_logits',
           'class_dim', 'pick', 'places', 'check_weight', 'check_classes', 'counts', 'nll_loss', 'logsumexp',
           'softmax_cross_entropy', 'along', 'one_hot', 'soft_losses', 'check_smoothing', 'check_soft', 'cross_entropy',
           'kl_div', 'Loss', 'WeightedLoss', 'NLLLoss', 'CrossEntropyLoss', 'MSELoss', 'L1Loss', 'HuberLoss',
           'SmoothL1Loss', 'KLDivLoss', 'BCELoss', 'BCEWithLogitsLoss']

# %% losses-imports
import sys
import warnings

import numpy as np

from .. import _arrays, _special
from .activations import log1p, log_softmax
from .layers import Module
from .tensor import abs_, amax, amin, arange, exp, expand, gather, log, maximum, mean, method, op
from .tensor import reshape, squeeze, sum_, unsqueeze, where

# %% losses-reduced
def reduced(losses, reduction, scale=None):
    """`losses` as they are ("none"), their "sum", or their "mean": over how many there are, or over the sum of `scale`.

    `scale`, if given, is how much each loss counts; the losses are multiplied by it already.

    >>> reduced(Tensor([1, 5]), "mean"), reduced(Tensor([1, 5]), "mean", scale=Tensor([1, 3]))
    (tensor(3.), tensor(1.5))
    """
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-outside
def outside(level):
    """The stacklevel, from `level` on, at which tinytorch's own code ends: a warning should name the user's line."""
    frame = sys._getframe(level)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("tinytorch."):
        frame, level = frame.f_back, level + 1
    return level

# %% losses-same-shape
def same_shape(input, target):
    """Warn if predictions and targets would broadcast against one another."""
    if input.shape != target.shape:
        text = f"input is {input.shape}, target is {target.shape}: they broadcast, which is rarely meant"
        warnings.warn(text, stacklevel=outside(3))

# %% losses-l1
def l1_loss(input, target, reduction="mean"):
    """The absolute differences.

    >>> l1_loss(Tensor([1, 5]), Tensor([2, 2]))
    tensor(2.)
    """
    same_shape(input, target)
    return reduced(abs_(input - target), reduction)

# %% losses-mse
def mse_loss(input, target, reduction="mean"):
    """The squared differences.

    >>> mse_loss(Tensor([1, 5]), Tensor([2, 2]))
    tensor(5.)
    """
    same_shape(input, target)
    difference = input - target
    return reduced(difference * difference, reduction)

# %% losses-huber
def huber_loss(input, target, reduction="mean", delta=1.0):
    """Half the square of the differences up to `delta`, a straight line beyond.

    >>> huber_loss(Tensor([0, 0]), Tensor([1, 10]), reduction="none")
    tensor([0.5, 9.5])
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-smooth-l1
def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """`huber_loss` with delta=beta, divided by beta; `l1_loss` for a beta of 0."""
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    return l1_loss(input, target, reduction) if beta == 0 else huber_loss(input, target, reduction, beta) / beta

# %% losses-bounded-log
def bounded_log(p):
    """The logarithm of p, but at least -100, where p is 0 too."""
    positive = p > 0
    return where(positive, maximum(log(where(positive, p, 1)), -100), -100)

# %% losses-unit-interval
def unit_interval(t, name):
    """Raise unless all elements of t lie between 0 and 1."""
    low, high = (amin(t).item(), amax(t).item()) if t.numel() else (0, 1)
    if not (low >= 0 and high <= 1):
        raise RuntimeError(f"{name} should hold probabilities, from 0 to 1: it goes from {low:g} to {high:g}")

# %% losses-check-binary
def equal_shapes(input, target):
    """Raise if the shapes differ; what rarely makes sense for numbers never does for yes and no."""
    if input.shape != target.shape:
        raise ValueError(f"input is {input.shape}, target is {target.shape}: they must have the same shape")

# %% losses-bce
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """-log of the probability that `input` gave to what happened; input and target from 0 to 1.

    >>> binary_cross_entropy(Tensor([0.8, 0.8]), Tensor([1, 0]), reduction="none")
    tensor([0.2231, 1.6094])
    """
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """`binary_cross_entropy` of sigmoid(input), exact for logits of any size; pos_weight multiplies where t = 1.

    >>> binary_cross_entropy_with_logits(Tensor([0, 1000]), Tensor([1, 0]), reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-class-dim
def class_dim(input):
    """The axis of the classes: 1, or 0 for an example that stands alone."""
    if input.ndim == 0:
        raise ValueError("input needs an axis for the classes, got a single number")
    return 0 if input.ndim == 1 else 1

# %% losses-pick
def pick(input, target):
    """The element of each example at its class, in the shape of target: (N,) for (N, C), (N, d1, …) for (N, C, d1, …).

    A single example (C,) takes a single target () and gives a single number ().

    >>> pick(Tensor([[10, 20, 30], [40, 50, 60]]), tensor([2, 0]))
    tensor([30., 40.])
    """
    dim = class_dim(input)
    return squeeze(gather(input, dim, unsqueeze(target, dim)), dim)

# %% losses-places
@op
def places(target, classes, ignore_index):
    """`target` with 0 in place of ignore_index; an IndexError if one is not a class."""
    index = np.where(target == ignore_index, 0, target)
    bad = (index < 0) | (index >= classes)
    if bad.any():
        raise IndexError(f"target {index[bad][0]} is out of bounds: there are {classes} classes, 0 to {classes - 1}")
    return index

# %% losses-check-weight
def check_weight(input, weight):
    """Raise unless there is one weight per class, or none at all."""
    classes = input.shape[class_dim(input)]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"weight must hold a number for each of the {classes} classes, got shape {weight.shape}")

# %% losses-check-classes
def check_classes(input, target, weight):
    """Raise unless `target` holds class numbers in the shape that `input` asks for."""
    dim = class_dim(input)
    expected = input.shape[:dim] + input.shape[dim + 1 :]
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"target holds class numbers: use tensor([0, 2]) or .to(np.int64), got {target.dtype}")
    if target.shape != expected:
        raise ValueError(f"input is {input.shape}, so target must be {expected}, got {target.shape}")
    check_weight(input, weight)

# %% losses-counts
def counts(target, weight=None, ignore_index=-100):
    """How much each target counts: 0 where it is ignore_index, else the weight of its class (1 if weight is None).

    >>> counts(tensor([1, 0, -100]), Tensor([0.5, 3]))
    tensor([3. , 0.5, 0. ])
    """
    keep = target != ignore_index
    if weight is None:
        return keep
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)

# %% losses-nll
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """-input at the class of each example, times the weight of that class; (N, C, …) and (N, …), or (C,) and ().

    >>> nll_loss(Tensor([[-0.1, -2.4], [-0.7, -0.7]]), tensor([1, 0]), reduction="none")
    tensor([2.4, 0.7])
    """
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-logsumexp
@method
def logsumexp(x, dim, keepdim=False):
    """log(sum(exp(x))) along `dim`, for numbers of any size, infinities included.

    >>> logsumexp(Tensor([[1000, 1000], [0, -np.inf]]), 1)
    tensor([1000.6931,    0.    ])
    """
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-softmax-cross-entropy
@op
def softmax_cross_entropy(a, target, dim=1, ignore_index=-100):
    """lse(a) - a at the class of each example, 0 where the target is ignore_index; `dim` is the axis of the classes."""
    # places is an op; .forward is the function on arrays inside it
    index = np.expand_dims(places.forward(target, a.shape[dim], ignore_index), dim)
    highest = a.max(dim, keepdims=True)
    shifted = a - highest
    picked = shifted[_arrays.along(shifted, index, dim)]
    # shifted is not needed again: its memory takes the exponentials
    out = np.log(np.exp(shifted, out=shifted).sum(dim, keepdims=True)) - picked
    return np.where(target == ignore_index, 0, out.squeeze(dim))


exp_less_one_at = op(_special.exp_less_one_at)  # (a, dim, index), for the gradient of this loss

# %% losses-along
def along(per_class, input):
    """A vector with one number per class, shaped so that it broadcasts along the class axis of `input`."""
    return reshape(per_class, -1, *(1,) * (input.ndim - 1 - class_dim(input)))

# %% losses-one-hot
def one_hot(index, input):
    """For each example 1 at its class and 0 elsewhere, in the shape and dtype of `input`."""
    dim = class_dim(input)
    return (unsqueeze(index, dim) == along(arange(input.shape[dim]), input)).to(input.dtype)

# %% losses-soft
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    """-Σ q log p for each example: p = softmax(input), q = target with label_smoothing; both (N, C, …) or (C,).

    >>> soft_losses(Tensor([[0, 0]]), Tensor([[0.3, 0.7]]))
    tensor([0.6931])
    """
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-check-smoothing
def check_smoothing(label_smoothing):
    """Raise unless label_smoothing is a share, from 0 to 1."""
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0, got {label_smoothing}")

# %% losses-check-soft
def check_soft(input, target, weight, ignore_index):
    """Raise unless `target` can be a probability for each class."""
    check_weight(input, weight)
    if target.dtype.kind != "f":
        raise RuntimeError(f"a target in the shape of the input holds probabilities, got {target.dtype}")
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index={ignore_index}: there is nothing to ignore where targets are probabilities")

# %% losses-cross-entropy
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """How surprised softmax(input) is by `target`: class numbers (N, …), or probabilities in the shape of `input`.

    >>> cross_entropy(Tensor([[0, 0], [0, 1000]]), tensor([0, 0]), reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-kl
def kl_div(input, target, reduction="mean", log_target=False):
    """q (log q - log p), with log p = input and q = target (or log q = target); "batchmean": the sum over N.

    >>> kl_div(log(Tensor([[0.5, 0.5]])), Tensor([[1, 0]]), reduction="batchmean")
    tensor(0.6931)
    """
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-base
class Loss(Module):
    """A loss with its settings: called on predictions and targets."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

# %% losses-weighted-base
class WeightedLoss(Loss):
    """A loss with weights, which are a buffer (or None)."""

    def __init__(self, weight=None, reduction="mean"):
        super().__init__(reduction)
        self.register_buffer("weight", weight)

# %% losses-nll-class
class NLLLoss(WeightedLoss):
    """The negative log-likelihood of class numbers; its input is log-probabilities."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        """`nll_loss` of input and target."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)

# %% losses-cross-entropy-class
class CrossEntropyLoss(WeightedLoss):
    """The cross-entropy of logits with class numbers or probabilities.

    >>> CrossEntropyLoss(reduction="sum")(Tensor([[0, 0], [0, 0]]), tensor([0, 1]))
    tensor(1.3863)
    """

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-mse-class
class MSELoss(Loss):
    """The squared differences."""

    def forward(self, input, target):
        """`mse_loss` of input and target."""
        return mse_loss(input, target, self.reduction)

# %% losses-l1-class
class L1Loss(Loss):
    """The absolute differences."""

    def forward(self, input, target):
        """`l1_loss` of input and target."""
        return l1_loss(input, target, self.reduction)

# %% losses-huber-class
class HuberLoss(Loss):
    """Half the squared differences up to delta, a straight line beyond."""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input, target):
        """`huber_loss` of input and target."""
        return huber_loss(input, target, self.reduction, self.delta)

# %% losses-smooth-l1-class
class SmoothL1Loss(Loss):
    """`HuberLoss` with delta=beta, divided by beta."""

    def __init__(self, reduction="mean", beta=1.0):
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input, target):
        """`smooth_l1_loss` of input and target."""
        return smooth_l1_loss(input, target, self.reduction, self.beta)

# %% losses-kl-class
class KLDivLoss(Loss):
    """The Kullback-Leibler divergence; its input is log-probabilities."""

    def __init__(self, reduction="mean", log_target=False):
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input, target):
        """`kl_div` of input and target."""
        return kl_div(input, target, self.reduction, self.log_target)

# %% losses-bce-class
class BCELoss(WeightedLoss):
    """The binary cross-entropy of probabilities."""

    def forward(self, input, target):
        """`binary_cross_entropy` of input and target."""
        return binary_cross_entropy(input, target, self.weight, self.reduction)

# %% losses-bce-logits-class
class BCEWithLogitsLoss(WeightedLoss):
    """The binary cross-entropy of logits."""

    def __init__(self, weight=None, reduction="mean", pos_weight=None):
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        """`binary_cross_entropy_with_logits` of input and target."""
        return binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)
