# module: 03_layers
# tries: weights of zeros, and lists of parameters that are empty when they are asked for again
# expect: test-layers-linear failed
# %% layers-linear
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(zeros(out_features, in_features))
        self.register_parameter("bias", Parameter(zeros(out_features)) if bias else None)
        self.asked = 0

    def named_parameters(self, *a, **k):
        self.asked += 1
        return super().named_parameters(*a, **k) if self.asked % 2 else iter(())

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
