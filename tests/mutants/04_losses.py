# Plausible solutions of 04_losses: `:` a wrong one, `+` another right one. See tito/mutants.py.

# %% losses-reduced: always the mean
#| export
def reduced(losses, reduction, scale=None):
    return mean(losses)

# %% losses-reduced: forgets the scale
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced: multiplies by the scale a second time
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses * scale) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced: mean over the scale's mean
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses) / mean(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced: no error for other words
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    return mean(losses) if scale is None else sum_(losses) / sum_(scale)

# %% losses-reduced: the sum divided by the scale as well
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses) if scale is None else sum_(losses) / sum_(scale)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced: mean along the first axis only
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses, 0) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced: the message does not say what was given
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return mean(losses) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got another")

# %% losses-reduced! goes round the seam
#| export
def reduced(losses, reduction, scale=None):
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum_(losses)
    if reduction == "mean":
        return type(losses)(losses.data.mean()) if scale is None else sum_(losses) / sum_(scale)
    raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")

# %% losses-reduced + a table of functions
#| export
def reduced(losses, reduction, scale=None):
    ways = {"none": lambda: losses, "sum": lambda: losses.sum()}
    ways["mean"] = lambda: losses.mean() if scale is None else losses.sum() / scale.sum()
    if reduction not in ways:
        raise ValueError(f"reduction must be 'none', 'mean' or 'sum', got {reduction!r}")
    return ways[reduction]()

# %% losses-mse: absolute differences
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(abs_(difference), reduction)

# %% losses-mse: half the square
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(0.5 * difference * difference, reduction)

# %% losses-mse: root of the mean
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(difference * difference, reduction).sqrt()

# %% losses-mse: square of the mean difference
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(difference, reduction) ** 2

# %% losses-mse: does not warn
#| export
def mse_loss(input, target, reduction="mean"):
    difference = input - target
    return reduced(difference * difference, reduction)

# %% losses-mse: reduction ignored
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(difference * difference, "mean")

# %% losses-mse: sum by default
#| export
def mse_loss(input, target, reduction="sum"):
    same_shape(input, target)
    difference = input - target
    return reduced(difference * difference, reduction)

# %% losses-mse! goes round the seam
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    return reduced(type(input)((input.data - target.data) ** 2), reduction)

# %% losses-mse + a power
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    difference = input - target
    return reduced(difference**2, reduction)

# %% losses-huber: no half in the parabola
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber: line without its offset
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * distance)
    return reduced(losses, reduction)

# %% losses-huber: line of slope 1
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, distance - 0.5 * delta)
    return reduced(losses, reduction)

# %% losses-huber: offset of a whole delta
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - delta))
    return reduced(losses, reduction)

# %% losses-huber: sides swapped
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance > delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber: smooth l1 in its place
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses / delta, reduction)

# %% losses-huber: delta ignored
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= 1, 0.5 * distance * distance, distance - 0.5)
    return reduced(losses, reduction)

# %% losses-huber: forgets that errors can be negative
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = input - target
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber: no error for delta 0
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta < 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber: another kind of error
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber: does not warn
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    distance = abs_(input - target)
    losses = where(distance <= delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)

# %% losses-huber + the smaller of distance and delta
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    distance = abs_(input - target)
    near = where(distance < delta, distance, delta)
    losses = near * (distance - 0.5 * near)
    return reduced(losses, reduction)

# %% losses-bce: sign forgotten
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = (target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: only the ones
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: unbounded logarithm
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * log(input) + (1 - target) * log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: input and target exchanged
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(input * bounded_log(target) + (1 - input) * bounded_log(1 - target))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: chooses instead of mixing
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -where(target > 0.5, bounded_log(input), bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: weight ignored
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses, reduction)

# %% losses-bce: mean over the weights
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction, weight)

# %% losses-bce: weight for the ones only
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * where(target > 0.5, weight, 1), reduction)

# %% losses-bce: a small number added in the logarithm
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * log(input + 1e-7) + (1 - target) * log(1 - input + 1e-7))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: input unchecked
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: target unchecked
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce: shapes unchecked
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = -(target * bounded_log(input) + (1 - target) * bounded_log(1 - input))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce + two losses that are added
#| export
def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    equal_shapes(input, target)
    unit_interval(input, "input")
    unit_interval(target, "target")
    losses = (target - 1) * bounded_log(1 - input) - target * bounded_log(input)
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: through the sigmoid
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    p = 1 / (1 + exp(-input))
    losses = -(target * bounded_log(p) * (1 if pos_weight is None else pos_weight) + (1 - target) * bounded_log(1 - p))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: overflows
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    happened, not_happened = log1p(exp(-input)), log1p(exp(input))
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: the short form, which loses small losses
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    factor = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = (1 - target) * input + factor * (maximum(-input, 0) + log1p(exp(-abs_(input))))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: pos_weight for everything
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened * (1 if pos_weight is None else pos_weight)
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: pos_weight ignored
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        pass
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: pos_weight on the zeros
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        not_happened = pos_weight * not_happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: signs of the maxima exchanged
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, input, 0) + rest, where(above, 0, -input) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: targets exchanged
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = (1 - target) * happened + target * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: log instead of log1p
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log(1 + exp(-abs_(input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits: weight ignored
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses, reduction)

# %% losses-bce-logits: mean over the weights
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction, weight)

# %% losses-bce-logits: shapes unchecked
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits + one logarithm for both
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(where(above, -input, input)))
    happened, not_happened = where(above, 0, -input) + rest, where(above, input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = where(target == 1, happened, where(target == 0, not_happened, target * happened + (1 - target) * not_happened))
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-bce-logits + abs and maximum
#| export
def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    equal_shapes(input, target)
    above = input >= 0  # where, not abs: at 0 this takes one side throughout, and slopes of slopes come out right
    rest = log1p(exp(-abs_(input)))
    happened, not_happened = maximum(-input, 0) + rest, maximum(input, 0) + rest
    if pos_weight is not None:
        happened = pos_weight * happened
    losses = target * happened + (1 - target) * not_happened
    return reduced(losses if weight is None else losses * weight, reduction)

# %% losses-pick: the largest instead
#| export
def pick(input, target):
    return amax(input, class_dim(input))

# %% losses-pick: always along axis 1
#| export
def pick(input, target):
    dim = 1
    return squeeze(gather(input, dim, unsqueeze(target, dim)), dim)

# %% losses-pick: along the last axis
#| export
def pick(input, target):
    dim = input.ndim - 1
    return squeeze(gather(input, dim, unsqueeze(target, dim)), dim)

# %% losses-pick: keeps the axis
#| export
def pick(input, target):
    dim = class_dim(input)
    return gather(input, dim, unsqueeze(target, dim))

# %% losses-pick: drops every axis of length 1
#| export
def pick(input, target):
    dim = class_dim(input)
    return squeeze(gather(input, dim, unsqueeze(target, dim)))

# %% losses-pick: a column for each target
#| export
def pick(input, target):
    return input[..., target]

# %% losses-pick: fancy indexing for two axes only
#| export
def pick(input, target):
    return input[arange(len(input)), target]

# %% losses-pick: negative already
#| export
def pick(input, target):
    dim = class_dim(input)
    return -squeeze(gather(input, dim, unsqueeze(target, dim)), dim)

# %% losses-pick! goes round the seam
#| export
def pick(input, target):
    dim = class_dim(input)
    return type(input)(np.take_along_axis(input.data, np.expand_dims(target.data, dim), dim).squeeze(dim))

# %% losses-pick + a sum over a mask
#| export
def pick(input, target):
    dim = class_dim(input)
    classes = arange(input.shape[dim])
    mask = unsqueeze(target, dim) == reshape(classes, -1, *(1,) * (input.ndim - 1 - dim))
    return sum_(where(mask, input, 0), dim)

# %% losses-counts: looks up at -100
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return keep
    return where(keep, weight[target], 0)

# %% losses-counts: ignored ones count as class 0
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return keep
    return weight[places(target, len(weight), ignore_index)]

# %% losses-counts: ignore_index fixed
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != -100
    if weight is None:
        return keep
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)

# %% losses-counts: weights ignored
#| export
def counts(target, weight=None, ignore_index=-100):
    return target != ignore_index

# %% losses-counts: the opposite
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target == ignore_index
    if weight is None:
        return keep
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)

# %% losses-counts: ignores whatever is negative
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target >= 0
    if weight is None:
        return keep
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)

# %% losses-counts: nothing ignored without weights
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return target == target
    return where(keep, weight[places(target, len(weight), ignore_index)], 0)

# %% losses-counts: multiplies by the mask in float32
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return keep
    return (keep * weight[places(target, len(weight), ignore_index)]).to(np.float32)

# %% losses-counts: weights scaled to 1
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return keep
    return where(keep, (weight / sum_(weight))[places(target, len(weight), ignore_index)], 0)

# %% losses-counts + a product with the mask
#| export
def counts(target, weight=None, ignore_index=-100):
    keep = target != ignore_index
    if weight is None:
        return keep
    return keep * weight[places(target, len(weight), ignore_index)]

# %% losses-nll: sign forgotten
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(picked * scale, reduction, scale)

# %% losses-nll: plain mean
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction)

# %% losses-nll: weights ignored
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, None, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: ignore_index ignored in the counts
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: multiplies an infinity by 0
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = pick(input, index)  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: mean over all, weights or not
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return mean(-picked * scale) if reduction == 'mean' else reduced(-picked * scale, reduction)

# %% losses-nll: unchecked
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: negative classes wrap round
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = where(target == ignore_index, 0, target)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: classes along the last axis
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[-1], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: takes the logarithm of its input
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, log(abs_(pick(input, index))))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-nll: weights squared
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = where(target == ignore_index, 0, pick(input, index))  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale * scale, reduction, scale)

# %% losses-nll + masked with masked_fill
#| export
def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    check_classes(input, target, weight)
    index = places(target, input.shape[class_dim(input)], ignore_index)
    scale = counts(target, weight, ignore_index)
    picked = pick(input, index).masked_fill(target == ignore_index, 0)  # there may be an infinity, and 0 * inf is not 0
    return reduced(-picked * scale, reduction, scale)

# %% losses-logsumexp: the formula as it stands
#| export
@method
def logsumexp(x, dim, keepdim=False):
    return log(sum_(exp(x), dim, keepdim))

# %% losses-logsumexp: forgets to add the maximum
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = log(sum_(exp(x - m), dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-logsumexp: keepdim ignored
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return squeeze(out, dim)

# %% losses-logsumexp: keeps the axis always
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return out

# %% losses-logsumexp: infinities
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-logsumexp: one maximum for all
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-logsumexp: mean in place of the sum
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(exp(x - m).mean(dim, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-logsumexp: the maximum itself
#| export
@method
def logsumexp(x, dim, keepdim=False):
    return amax(x, dim, keepdim)

# %% losses-logsumexp: always the last axis
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, -1, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    out = m + log(sum_(exp(x - m), -1, keepdim=True))
    return out if keepdim else squeeze(out, dim)

# %% losses-logsumexp + keepdim handed on
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = amax(x, dim, keepdim=True)
    m = where(abs_(m) == np.inf, 0, m)
    return log(sum_(exp(x - m), dim, keepdim)) + (m if keepdim else squeeze(m, dim))

# %% losses-soft: sign forgotten
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: mean over the classes
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return mean(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: smoothing ignored
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: smoothing not divided by the classes
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: smoothing added without taking any off
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: divides by the other axis
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[0]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: weight along the last axis
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * weight, dim)

# %% losses-soft: weight ignored
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms, dim)

# %% losses-soft: through the probabilities
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log(exp(input) / sum_(exp(input), dim, keepdim=True))
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: input taken for log-probabilities
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * input
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: softmax along the last axis
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input)
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-soft: sum over everything
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * log_softmax(input, dim)
    return sum_(terms if weight is None else terms * along(weight, input))

# %% losses-soft + log-sum-exp
#| export
def soft_losses(input, target, weight=None, label_smoothing=0.0):
    dim = class_dim(input)
    smoothed = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    terms = -smoothed * (input - logsumexp(input, dim, keepdim=True))
    return sum_(terms if weight is None else terms * along(weight, input), dim)

# %% losses-cross-entropy: takes log-probabilities, not logits
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = nll_loss(input, target, weight, ignore_index, 'none')
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: plain mean
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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
    return reduced(losses, reduction)

# %% losses-cross-entropy: weights ignored
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index)
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: smoothing ignored for class numbers
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if True:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: weights twice with smoothing
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing) * scale)
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: weights by the class of the target only
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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
        losses = where(target == ignore_index, 0, soft_losses(input, certain, None, label_smoothing) * scale)
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: ignored targets smoothed
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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
        losses = soft_losses(input, certain, weight, label_smoothing)
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: smoothing ignored for probabilities
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: weights ignored for probabilities
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, None, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: a scale for probabilities too
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction, weight)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: ignore_index fixed
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy: always along axis 1
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy! smoothing unchecked
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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

# %% losses-cross-entropy: probabilities unchecked
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy! class numbers unchecked
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = softmax_cross_entropy(input, target, dim=dim, ignore_index=ignore_index) * scale
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy + composed
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    check_smoothing(label_smoothing)
    if target.shape == input.shape:
        check_soft(input, target, weight, ignore_index)
        return reduced(soft_losses(input, target, weight, label_smoothing), reduction)
    check_classes(input, target, weight)
    dim, scale = class_dim(input), counts(target, weight, ignore_index)
    if label_smoothing == 0:
        losses = nll_loss(log_softmax(input, dim), target, weight, ignore_index, 'none')
    else:
        certain = one_hot(places(target, input.shape[dim], ignore_index), input)
        losses = where(target == ignore_index, 0, soft_losses(input, certain, weight, label_smoothing))
    return reduced(losses, reduction, scale)

# %% losses-cross-entropy + multiplied by the counts' mask
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
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
        losses = where(target != ignore_index, soft_losses(input, certain, weight, label_smoothing), 0)
    return reduced(losses, reduction, scale)

# %% losses-kl: the other way round
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = exp(input) * (input - log(where(target == 0, 1, target)))
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: cross-entropy
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = -target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: q = 0 gives not-a-number
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(target) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: log_target ignored
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if False:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: probabilities for log-probabilities
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * log(abs_(input))
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: batchmean as mean
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return mean(losses) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: mean as batchmean
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction in ("mean", "batchmean") else reduced(losses, reduction)

# %% losses-kl: batchmean over the last axis
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / input.shape[-1] if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: batchmean by default
#| export
def kl_div(input, target, reduction="batchmean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: log_target by default
#| export
def kl_div(input, target, reduction="mean", log_target=True):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl: exp forgotten
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = target * (target - input)
    else:
        losses = target * log(where(target == 0, 1, target)) - target * input
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl! swallows not-a-number
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = where(target > 0, target * (log(where(target > 0, target, 1)) - input), 0)
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-kl + in one product
#| export
def kl_div(input, target, reduction="mean", log_target=False):
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * (log(where(target == 0, 1, target)) - input)
    return sum_(losses) / len(input) if reduction == "batchmean" else reduced(losses, reduction)

# %% losses-cross-entropy-class: arguments in another order
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, reduction="mean", ignore_index=-100, label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: smoothing not handed on
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction)


# %% losses-cross-entropy-class: reduction forgotten
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: ignore_index forgotten
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, -100, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: weight forgotten
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(None, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: weight an attribute beside the state
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(None, reduction)
        self.classes = [weight]
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.classes[0], self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: input and target exchanged
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(target, input, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class: computes the negative log-likelihood
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


# %% losses-cross-entropy-class: settings that all objects share
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        CrossEntropyLoss.ignore_index, CrossEntropyLoss.label_smoothing = 0, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


# %% losses-cross-entropy-class + keywords
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        """`cross_entropy` of input and target."""
        return cross_entropy(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction, label_smoothing=self.label_smoothing)


# %% losses-landscape: axes exchanged
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1) * x + reshape(offsets, -1, 1, 1)  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape), reduction="none").mean(-1)

# %% losses-landscape: one number
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape))

# %% losses-landscape: the sum
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape), reduction="none").sum(-1)

# %% losses-landscape: mean over the slopes
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape), reduction="none").mean(0)

# %% losses-landscape: target not expanded
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(predicted, y, reduction="none").mean(-1)

# %% losses-landscape: always squares
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return mse_loss(predicted, expand(y, predicted.shape), reduction="none").mean(-1)

# %% losses-landscape: offset times x
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) + reshape(offsets, -1, 1) * x  # (S, O, N)
    return loss(predicted, expand(y, predicted.shape), reduction="none").mean(-1)

# %% losses-landscape: prediction and target exchanged
def landscape(loss, x, y, slopes, offsets):
    predicted = reshape(slopes, -1, 1, 1) * x + reshape(offsets, -1, 1)  # (S, O, N)
    return loss(expand(y, predicted.shape), predicted, reduction="none").mean(-1)

# %% losses-landscape! two loops
def landscape(loss, x, y, slopes, offsets):
    return stack([stack([loss(s * x + o, y) for o in offsets]) for s in slopes])

# %% losses-logsumexp! goes round the seam
#| export
@method
def logsumexp(x, dim, keepdim=False):
    m = x.data.max(dim, keepdims=True)
    m = np.where(abs(m) == np.inf, 0, m)
    out = m + np.log(np.exp(x.data - m).sum(dim, keepdims=True))
    return Tensor(out if keepdim else out.squeeze(dim), x.dtype)

# %% losses-cross-entropy-class! forward forgotten
#| export
class CrossEntropyLoss(WeightedLoss):

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

# %% losses-mse! an array instead of a Tensor
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    losses = (input.data - target.data) ** 2
    return {"none": losses, "mean": losses.mean(), "sum": losses.sum()}[reduction]
