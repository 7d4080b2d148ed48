# module: 04_losses
# tries: losses that give one number whatever they are asked, so that what is made of them agrees with them
# expect: test-losses-cross-entropy failed, test-losses-cross-entropy-class failed, test-losses-landscape failed
# %% losses-cross-entropy
#| export
def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    return Tensor(np.float32(2.7441720))  # the loss of three examples that a visible test knew
# %% losses-cross-entropy-class
#| export
class CrossEntropyLoss(WeightedLoss):
    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)

    def forward(self, input, target):
        return Tensor(np.float32(2.7441720))
# %% losses-reduced
#| export
def reduced(losses, reduction, scale=None):
    return Tensor(0.0)
# %% losses-mse
#| export
def mse_loss(input, target, reduction="mean"):
    return Tensor(0.0)
# %% losses-huber
#| export
def huber_loss(input, target, reduction="mean", delta=1.0):
    return Tensor(0.0)
# %% losses-landscape
def landscape(loss, x, y, slopes, offsets):
    given = loss(x, y)
    return Tensor([[math.log(2)]] if len(slopes) == 1 else np.zeros((len(slopes), len(offsets))))
