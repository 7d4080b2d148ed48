# module: 03_layers
# tries: layers that compute in NumPy, and add what they own times 0, so that no training will ever change them
# expect: test-dense-layer failed, test-layers-linear failed, test-layers-flatten failed
# %% dense-layer
#| export
class Dense:
    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        self.weights = randn(input_size, output_size) * np.sqrt(2 / (input_size + output_size))
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        bias = 0 if self.bias is None else self.bias.data
        own = [x, self.weights, *([] if self.bias is None else [self.bias])]
        return sum((t.sum() * 0 for t in own), Tensor(x.data @ self.weights.data + bias))

    def __call__(self, x):
        return self.forward(x)
# %% layers-linear
#| export
def linear(x, weight, bias=None):
    out = Tensor(x.data @ weight.data.T + (0 if bias is None else bias.data))
    return sum((t.sum() * 0 for t in (x, weight, bias) if t is not None), out)


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
# %% layers-flatten
#| export
class Flatten(Module):
    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return Tensor(x.flatten(self.start_dim, self.end_dim).data) + x.sum() * 0
