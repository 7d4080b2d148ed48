"""XOR from two layers whose weights are set by hand: the first hidden unit sees "at least one", the second "both"."""

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dense
from tinytorch.core.tensor import Tensor

hidden, output, relu = Dense(2, 2), Dense(2, 1), ReLU()
hidden.weights = Tensor([[1.0, 1.0], [1.0, 1.0]])  # (in, out): both units add the inputs
hidden.bias = Tensor([0.0, -1.0])
output.weights = Tensor([[1.0], [-2.0]])
output.bias = Tensor([0.0])

inputs = Tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
seen = relu(hidden(inputs))  # (4, 2)
answers = output(seen)  # (4, 1)

print(" a    b    hidden units   a xor b")
for (a, b), (one, both), (answer,) in zip(inputs.data, seen.data, answers.data, strict=True):
    print(f"{a:.1f}  {b:.1f}     {one:.1f}   {both:.1f}        {answer:.4f}")
    assert answer == (a != b), f"{a} xor {b} came out as {answer}"
