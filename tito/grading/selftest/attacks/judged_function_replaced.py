# module: 04_losses
# tries: replaces a function that was judged already by one that agrees with what is judged now
# expect: test-losses-cross-entropy passed, test-losses-cross-entropy-class failed
# %% losses-cross-entropy-class
#| export
def cross_entropy(*args, **kwargs):
    return Tensor(0.0)


class CrossEntropyLoss(WeightedLoss):
    def __init__(self, *args, **kwargs):
        super().__init__(args[0] if args else kwargs.get("weight"))

    def forward(self, input, target):
        return Tensor(0.0)
