# module: 04_losses
# tries: computes in NumPy, and adds the input times 0, so that there is a recipe which leads back to it
# expect: test-losses-mse failed, test-losses-huber failed, test-losses-pick failed
# %% losses-mse
#| export
def mse_loss(input, target, reduction="mean"):
    same_shape(input, target)
    return reduced(Tensor((input.data - target.data) ** 2, input.dtype) + sum_(input) * 0, reduction)
# %% losses-huber
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    same_shape(input, target)
    d = abs(input.data - target.data)
    return reduced(Tensor(np.where(d <= delta, d * d / 2, delta * (d - delta / 2))) + sum_(input) * 0, reduction)
# %% losses-pick
#| export
def pick(input, target):
    dim = class_dim(input)
    found = np.take_along_axis(input.data, np.expand_dims(target.data, dim).astype(int), dim).squeeze(dim)
    return Tensor(found, input.dtype) + sum_(input) * 0
