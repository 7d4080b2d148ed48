"""Solutions of 03_layers that a student might write: wrong ones (:) and other right ones (+)."""

# %% matmul-naive: no check of the shapes
#| export
def matmul(A, B):
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the first lengths compared
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[0] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the check asks for equal shapes
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape != B.shape:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: a message with other words
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Shapes do not fit: {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the message names A twice
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {A.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the message names lengths, not shapes
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape[1]}, B is {B.shape[0]}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: an AssertionError in the place of a ValueError
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise AssertionError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: vectors slip through
#| export
def matmul(A, B):
    if A.shape[-1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the total is never reset
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    total = 0.0
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the total is reset per row only
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        total = 0.0
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: only the last product is kept
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total = rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: B is read transposed
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[j][k]
            C[i, j] = total
    return C

# %% matmul-naive: the result is transposed
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(B.shape[1], A.shape[0])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[j, i] = total
    return C

# %% matmul-naive: the inner loop stops one early
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1] - 1):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the inner loop counts A's rows
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[0]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return C

# %% matmul-naive: the product element by element
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return A * B if A.shape == B.shape else C

# %% matmul-naive: an array, not a Tensor
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += rows[i][k] * columns[k][j]
            C[i, j] = total
    return np.array(C.tolist(), np.float32)

# %% matmul-naive: the total as an integer
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    rows, columns, C = A.tolist(), B.tolist(), zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += int(rows[i][k] * columns[k][j])
            C[i, j] = total
    return C

# %% matmul-naive + rows against zipped columns, without index loops
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    C = zeros(A.shape[0], B.shape[1])
    for i, row in enumerate(A.tolist()):
        for j, column in enumerate(B.T.tolist()):
            C[i, j] = sum(a * b for a, b in zip(row, column, strict=True))
    return C

# %% matmul-naive + loops over arrays, and a longer message
#| export
def matmul(A, B):
    a, b = np.array(A.tolist()), np.array(B.tolist())
    if len(A.shape) != 2 or len(B.shape) != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}, which differ")
    out = np.zeros((A.shape[0], B.shape[1]), np.float32)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                out[i, j] += a[i, k] * b[k, j]
    return Tensor(out)

# %% matmul-naive + loops over the elements of the Tensors
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    C = zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] = C[i, j] + A[i, k] * B[k, j]
    return C

# %% matmul-naive: A @ B in the place of the loops
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    return A @ B

# %% matmul-naive: np.dot in the place of the loops
#| export
def matmul(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[0]:
        raise ValueError(f"Incompatible matrix dimensions: A is {A.shape}, B is {B.shape}")
    return Tensor(np.dot(A.data, B.data))

# %% dense-layer: scale without the root
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = 2 / (input_size + output_size)
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: He's scale
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / input_size)
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: scale from the inputs alone
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(1 / input_size)
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: a fixed scale
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = 0.01
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: no scale
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size)
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: divided by the scale
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) / scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: weights are zeros
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = zeros(input_size, output_size)
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: uniform weights
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = (rand(input_size, output_size) * 2 - 1) * (scale * math.sqrt(3))
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: weights from rand, all positive
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = rand(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: weights transposed
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(output_size, input_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights.T
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: one random row repeated
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(1, output_size) + zeros(input_size, 1) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: NumPy's generator, which manual_seed does not reach
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = Tensor(np.random.randn(input_size, output_size)) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: weights as an array
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = (randn(input_size, output_size) * scale).numpy()
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: bias is random
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = randn(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: bias has the inputs' length
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(input_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: bias as a row of two axes
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(1, output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: a bias in any case
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size)

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: use_bias turned round
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if not use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: zeros in the place of None
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else zeros(output_size)

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: the bias is forgotten
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: the bias is subtracted
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out - self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: no bias is an error
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: asks for the truth value of the bias
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out + self.bias if self.bias else out

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: the loops, which forget the recipe and take matrices only
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = matmul(x, self.weights)
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: a ReLU inside the layer
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return ReLU()(out if self.bias is None else out + self.bias)

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: an array comes out
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return Tensor((out if self.bias is None else out + self.bias).numpy())

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: calling does not ask for forward
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return Dense.forward(self, x)

# %% dense-layer: float64 weights
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size, dtype=np.float64) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer + bias asked for with if
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        if self.use_bias:
            out = out + self.bias
        return out

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer + math.sqrt, and normal numbers scaled first
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = math.sqrt(2.0 / (output_size + input_size))
        self.weights = scale * randn((input_size, output_size))
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: forward on the arrays
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x.data @ self.weights.data
        return Tensor(out if self.bias is None else out + self.bias.data)

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: the product on the arrays, so that only the bias is remembered
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = Tensor(x.data @ self.weights.data)
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: on the arrays, with a gradient asked for by hand
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = Tensor(x.data @ self.weights.data, requires_grad=True)
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: a copy of the weights
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ Tensor(self.weights)
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: a copy of the input
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = Tensor(x) @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: the bias added as an array
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = zeros(output_size) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias.data

    def __call__(self, x):
        return self.forward(x)

# %% dense-layer: bias as an array
#| export
class Dense:

    def __init__(self, input_size, output_size, use_bias=True):
        self.input_size, self.output_size, self.use_bias = input_size, output_size, use_bias
        scale = np.sqrt(2 / (input_size + output_size))
        self.weights = randn(input_size, output_size) * scale
        self.bias = np.zeros(output_size, np.float32) if use_bias else None

    def forward(self, x):
        out = x @ self.weights
        return out if self.bias is None else out + self.bias

    def __call__(self, x):
        return self.forward(x)

# %% layers-parameter: no gradient asked for
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: requires_grad always on
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, True)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: the dtype of a Tensor is lost
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad=requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: the dtype of an array is kept too
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, getattr(data, 'dtype', None), requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: requires_grad in the place of dtype
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: always float32
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, np.float32, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: requires_grad turned round
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, not requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: the numbers alone
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        self.data = np.asarray(data)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter + in two steps
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        dtype = None
        if isinstance(data, Tensor):
            dtype = data.dtype
        Tensor.__init__(self, data, dtype=dtype, requires_grad=requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: shares the memory of the Tensor
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, requires_grad)
        if isinstance(data, Tensor):
            self.data = data.data

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: the array of the Tensor taken over
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        if isinstance(data, Tensor):
            self.data, self.requires_grad = data.data, requires_grad
        else:
            super().__init__(data, None, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-parameter: gives way to a frozen Tensor
#| export
class Parameter(Tensor):

    def __init__(self, data, requires_grad=True):
        super().__init__(data, data.dtype if isinstance(data, Tensor) else None, requires_grad and getattr(data, "requires_grad", True))

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

# %% layers-registry: parameters are not noticed
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if False:
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: every Tensor is a parameter
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Tensor):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: layers are not noticed
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: layers on the shelf of parameters
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_parameters", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: what stands on a shelf is asked first
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if self._shelf(name):
            put(self, self._shelf(name), name, value)
        elif isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: a name on a shelf is not looked for
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: the shelf and an ordinary attribute as well
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        vars(self)[name] = value

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: ordinary attributes are lost
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            pass

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: ordinary attributes become buffers
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            put(self, "_buffers", name, value if isinstance(value, Tensor) else Tensor(0))

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: calls itself for ever
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            setattr(self, name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: writes on the shelf without put
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            self._parameters[name] = value
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: only the first value is taken
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            pass
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: None is not handed to the shelf
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name) and value is not None:
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: every Tensor is a buffer
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif isinstance(value, Tensor):
            put(self, "_buffers", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry + the shelf found first, then one put
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        kinds = {"_parameters": Parameter, "_modules": Registry}
        shelf = next((shelf for shelf, kind in kinds.items() if isinstance(value, kind)), self._shelf(name))
        if shelf:
            put(self, shelf, name, value)
        else:
            object.__setattr__(self, name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: ordinary attributes written by vars, past properties
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif self._shelf(name) != "":
            put(self, self._shelf(name), name, value)
        else:
            vars(self)[name] = value

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry: whatever can be called is a layer
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif callable(value):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            super().__setattr__(name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-registry + object's own __setattr__
#| export
class Registry(Shelves):

    def __setattr__(self, name, value):
        if isinstance(value, Parameter):
            put(self, "_parameters", name, value)
        elif isinstance(value, Registry):
            put(self, "_modules", name, value)
        elif self._shelf(name):
            put(self, self._shelf(name), name, value)
        else:
            object.__setattr__(self, name, value)

    def _register(self, shelf, name, value):
        if hasattr(self, name) and name not in vars(self).get(shelf, ()):
            raise KeyError(f"{type(self).__name__}: attribute {name!r} already exists")
        put(self, shelf, name, value)

    def register_parameter(self, name, value):
        self._register("_parameters", name, value)

    def register_buffer(self, name, value, persistent=True):
        self._register("_buffers", name, value)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        self._register("_modules", name, module)

    register_module = add_module

# %% layers-tree: children before parents
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)
        yield prefix, self

# %% layers-tree: the layer itself is left out
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        for name, child in self._inner():
            yield joined(prefix, name), child
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: only one storey deep
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield joined(prefix, name), child

# %% layers-tree: the memo is not handed on
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(None, joined(prefix, name), remove_duplicate)

# %% layers-tree: nothing is remembered
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            pass
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: remove_duplicate is ignored
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: remove_duplicate is not handed on
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name))

# %% layers-tree: the prefix is not handed on
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, name, remove_duplicate)

# %% layers-tree: a dot in front of the first name
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, f"{prefix}.{name}", remove_duplicate)

# %% layers-tree: the prefix is ignored at the root
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield (prefix if '.' in prefix else prefix.split('.')[-1]) if prefix != 'net' else '', self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: yields the child, not its walk
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: one memo for all walks
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=set(), prefix="", remove_duplicate=True):
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: path and layer exchanged
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield self, prefix
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: children that are None are walked
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: the memo holds values, not layers
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self.value in memo:
            return
        if remove_duplicate:
            memo.add(name for name in ())
        yield prefix, self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree + with a stack in the place of recursion
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        seen, waiting = set() if memo is None else memo, [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if module in seen:
                continue
            if remove_duplicate:
                seen.add(module)
            yield path, module
            waiting += [(joined(path, name), child) for name, child in reversed(module._inner())]

# %% layers-tree + the memo of ids
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        if memo is None:
            memo = set()
        if id(self) not in memo:
            if remove_duplicate:
                memo.add(id(self))
            yield prefix, self
            for name, child in self._inner():
                for pair in child.named_modules(memo, joined(prefix, name), remove_duplicate):
                    yield pair

# %% layers-tree: all that is on the shelf
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: only None is left out
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is None:
                continue
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: a function is shown as a layer
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if not isinstance(child, Tree):
                yield joined(prefix, name), child
                continue
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-tree: the path in brackets with the name
#| export
class Tree(Registry):

    def _inner(self):
        return [(name, child) for name, child in self._modules.items() if isinstance(child, Tree)]

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield [prefix], self
        for name, child in self._inner():
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

# %% layers-state: missing and unexpected exchanged
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        unexpected = [path for path in own if path not in state_dict]
        missing = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: nothing is missing
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = []
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: nothing is unexpected
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = []
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: sizes are not compared
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if False]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: expected and got exchanged
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {theirs}, got {mine}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: numbers of elements compared
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if math.prod(mine) != math.prod(theirs)]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: numbers of axes compared
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if len(mine) != len(theirs)]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: shapes that would broadcast are let through
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine[-1:] != theirs[-1:]]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: the path is not named
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: every line of sizes is listed
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items()]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: missing sorted by name
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = sorted(path for path in own if path not in state_dict)
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: sets, whose order is lost
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = sorted(set(state_dict) - set(own))
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: only the last part of the path compared
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path.split('.')[-1] not in [p.split('.')[-1] for p in state_dict]]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: copies while it checks
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        for path in own:
            if path in state_dict and own[path].shape == np.shape(state_dict[path]):
                overwrite(own[path], state_dict[path])
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: only Tensors can be loaded
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, state_dict[path].shape) for path in own if path in state_dict and isinstance(state_dict[path], Tensor)}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state + one loop
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing, unexpected, sizes = [], [path for path in state_dict if path not in own], []
        for path, tensor in own.items():
            if path not in state_dict:
                missing.append(path)
            elif tuple(tensor.shape) != tuple(np.shape(state_dict[path])):
                sizes.append(f"{path}: expected {tuple(tensor.shape)}, got {tuple(np.shape(state_dict[path]))}")
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: only the last wrong size is told
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        sizes = []
        for path in own:
            if path in state_dict and own[path].shape != np.shape(state_dict[path]):
                sizes = [f"{path}: expected {own[path].shape}, got {np.shape(state_dict[path])}"]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: only the first wrong size is told
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        sizes = []
        for path in own:
            if path in state_dict and own[path].shape != np.shape(state_dict[path]):
                sizes.append(f"{path}: expected {own[path].shape}, got {np.shape(state_dict[path])}")
                break
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state + asks the values for their shape
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, state_dict[path].shape) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-state: the Tensors are listed, not their paths
#| export
class State(Trainable):

    def _state(self):
        found = {}
        for path, module in self.named_modules(remove_duplicate=False):
            kept = {n: b for n, b in module._buffers.items() if n not in module._non_persistent_buffers_set}
            own = {**module._parameters, **kept}
            found |= {joined(path, name): tensor for name, tensor in own.items() if tensor is not None}
        return found

    def state_dict(self):
        return {path: wrap(unwrap(tensor)) for path, tensor in self._state().items()}

    def load_state_dict(self, state_dict, strict=True):
        own = self._state()
        missing = [path for path in own if path not in state_dict]
        unexpected = [state_dict[path] for path in state_dict if path not in own]
        shapes = {path: (own[path].shape, np.shape(state_dict[path])) for path in own if path in state_dict}
        sizes = [f"{path}: expected {mine}, got {theirs}" for path, (mine, theirs) in shapes.items() if mine != theirs]
        problems = [f"missing: {path}" for path in missing] + [f"unexpected: {path}" for path in unexpected]
        problems = sizes + (problems if strict else [])
        if problems:
            raise RuntimeError("\n  ".join([f"{type(self).__name__}.load_state_dict:", *problems]))
        for path in own.keys() & state_dict.keys():
            overwrite(own[path], state_dict[path])
        return Keys(missing, unexpected)

# %% layers-module: the children are not asked
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: the flag of the layer itself is forgotten
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: the mode is not handed on
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.train()
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: nothing is returned
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.train(mode)

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: always training
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = True
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: only one storey
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.training = mode
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: all modules at once, past their own train
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self.modules():
            child.training = mode
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: the mode turned round
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = not mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: the loop returns after the first child
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.train(mode)
            return self
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module + with named_children
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for _, child in self.named_children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for _, child in self.named_children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: all that is on the shelf is asked
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self._modules.values():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module: only None is left out
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for child in self._modules.values():
            if child is not None:
                child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-module + through _inner
#| export
class Module(Shown):

    def forward(self, *args, **kwargs):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        self.training = mode
        for _, child in self._inner():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def apply(self, f):
        for child in self.children():
            child.apply(f)
        f(self)
        return self

# %% layers-fans: in and out exchanged
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[0] * window, shape[1] * window

# %% layers-fans: the window is forgotten
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[1], shape[0]

# %% layers-fans: the window counts for the inputs only
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0]

# %% layers-fans: only the first axis of the window
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = (shape[2] if len(shape) > 2 else 1)
    return shape[1] * window, shape[0] * window

# %% layers-fans: the window is the sum
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = (sum(shape[2:]) or 1)
    return shape[1] * window, shape[0] * window

# %% layers-fans: the axes from the second on
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[1:])
    return shape[1] * window, shape[0] * window

# %% layers-fans: no error for one axis
#| export
def fans(shape):
    shape = (*shape, 1, 1)[: max(2, len(shape))]
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-fans: an error without the shape
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, not fewer")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-fans: matrices only
#| export
def fans(shape):
    if len(shape) != 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-fans + by unpacking
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    out, inputs, *rest = shape
    return inputs * math.prod(rest), out * math.prod(rest)

# %% layers-fans: other words
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"shape {tuple(shape)} has too few axes")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-fans: the number of axes in the place of the shape
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got {len(shape)}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-fans + with np.prod, whose numbers are NumPy's
#| export
def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"fans: expected at least 2 axes, got shape {tuple(shape)}")
    window = np.prod(shape[2:])
    return shape[1] * window, shape[0] * window

# %% layers-kaiming-uniform: the standard deviation as the bound
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: three in the place of its root
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = 3 * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: six and the gain
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(6) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: the mode is ignored
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[0]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: the modes exchanged
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_out", "fan_in").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: an unknown mode passes
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[mode != "fan_in"]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: the slope is ignored
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: the gain of ReLU for all
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * math.sqrt(2 / (1 + a**2)) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: fan without the root
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / fan
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: from 0 to the bound
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, 0, bound)

# %% layers-kaiming-uniform: normal numbers
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return normal_(t, 0, bound / math.sqrt(3))

# %% layers-kaiming-uniform: nothing is returned
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: a new tensor
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return Tensor(uniform_(zeros(t.shape), -bound, bound).numpy())

# %% layers-kaiming-uniform: the squared variance: gain² / fan as the spread
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) ** 2 / fan
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform + the bound in one root
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan_in, fan_out = fans(t.shape)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be fan_in or fan_out, got {mode}")
    bound = math.sqrt(3 * calculate_gain(nonlinearity, a) ** 2 / (fan_in if mode == "fan_in" else fan_out))
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: NumPy's generator
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[("fan_in", "fan_out").index(mode)]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return overwrite(t, np.random.uniform(-bound, bound, t.shape))

# %% layers-kaiming-uniform: an unknown mode is a KeyError
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan_in, fan_out = fans(t.shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out}[mode]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-kaiming-uniform: an unknown mode counts as fan_in
#| export
def kaiming_uniform_(t, a=0, mode="fan_in", nonlinearity="leaky_relu"):
    fan = fans(t.shape)[mode == "fan_out"]
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(fan)
    return uniform_(t, -bound, bound)

# %% layers-linear: the weight is not transposed
#| export
def linear(x, weight, bias=None):
    out = x @ weight
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(in_features, out_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias is forgotten
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out


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

# %% layers-linear: the bias is added twice
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias + bias


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

# %% layers-linear: no bias is an error
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out + bias


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

# %% layers-linear: weights are zeros
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(zeros(out_features, in_features))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the default slope
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: five in the place of its root
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=5)
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: normal weights
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_normal_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: fan_out
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5), mode='fan_out')
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias is zeros
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", Parameter(zeros(out_features)) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias bounded by out_features
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(out_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias is never negative
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), 0, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: a bias in any case
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound))

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: no bias is not registered
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: a Tensor in the place of a Parameter
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(zeros(out_features, in_features), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias as a Tensor
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.bias = uniform_(zeros(out_features), -bound, bound) if bias else None

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: all axes reversed: only matrices
#| export
def linear(x, weight, bias=None):
    out = (weight @ x.T).T
    return out if bias is None else out + bias


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

# %% layers-linear: Xavier in the place of Kaiming
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = xavier_uniform_(Parameter(zeros(out_features, in_features)))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear + drawn evenly by hand
#| export
def linear(x, weight, bias=None):
    y = x @ weight.transpose(0, 1)
    if bias is not None:
        y = bias + y
    return y


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = in_features**-0.5
        self.weight = Parameter((rand(out_features, in_features) * 2 - 1) * bound)
        self.register_parameter("bias", None)
        if bias:
            self.bias = Parameter(rand(out_features) * (2 * bound) - bound)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: NumPy's generator for the weight
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features)
        self.weight = Parameter(np.random.uniform(-bound, bound, (out_features, in_features)))
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: NumPy's generator for the bias
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", Parameter(np.random.uniform(-bound, bound, out_features)) if bias else None)

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: the bias registered before the weight
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        bound = 1 / math.sqrt(in_features)
        self.register_parameter("bias", uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None)
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-linear: on the arrays
#| export
def linear(x, weight, bias=None):
    out = x.data @ weight.data.T
    return Tensor(out if bias is None else out + bias.data)


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

# %% layers-linear: the product on the arrays, so that only the bias is remembered
#| export
def linear(x, weight, bias=None):
    out = Tensor(x.data @ weight.data.T)
    return out if bias is None else out + bias


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

# %% layers-linear: a copy of the input
#| export
def linear(x, weight, bias=None):
    out = Tensor(x) @ weight.T
    return out if bias is None else out + bias


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

# %% layers-linear: the bias added as an array
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias.data


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

# %% layers-linear: a plain self.bias = None
#| export
def linear(x, weight, bias=None):
    out = x @ weight.T
    return out if bias is None else out + bias


class Linear(Module):

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = kaiming_uniform_(Parameter(zeros(out_features, in_features)), a=math.sqrt(5))
        bound = 1 / math.sqrt(in_features)
        self.bias = uniform_(Parameter(zeros(out_features)), -bound, bound) if bias else None

    def forward(self, x):
        return linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

# %% layers-sequential: returns after the first layer
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            x = layer(x)
            return x
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: each layer sees the input
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            out = layer(x)
        return out

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: in reverse
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in reversed(list(self)):
            x = layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: forward of each layer, which functions do not have
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            x = layer.forward(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: only modules are called
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: the input comes back
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: the outputs in a list
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        return [x := layer(x) for layer in self]

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: the last layer is left out
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in list(self)[:-1]:
            x = layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: the outputs are added to the input
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            x = x + layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: no layer is an error
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            x = out = layer(x)
        return out

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential + through the dictionary
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for _, layer in self._modules.items():
            x = layer(x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential + by index
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for i in range(len(self)):
            x = self[i](x)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-sequential: a new Tensor after each layer
#| export
class Sequential(Container):

    def __init__(self, *layers):
        super().__init__()
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(enumerate(layers))
        for name, layer in named.items():
            put(self, "_modules", str(name), layer)

    def forward(self, x):
        for layer in self:
            x = Tensor(layer(x).data)
        return x

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

# %% layers-module-list: numbers from 1
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", str(len(self) + 1), layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: always the same name
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", "0", layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: the name is a number
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", len(self), layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: nothing is returned
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", str(len(self)), layer)

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: on the shelf of parameters
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_parameters", str(len(self)), layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: written on the shelf unseen
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        self._modules[str(len(self))] = layer
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: the layer is returned
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", str(len(self)), layer)
        return layer

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: a name of two digits, as files have
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        put(self, "_modules", f"{len(self):02d}", layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: an ordinary list beside it
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        vars(self).setdefault("layers", []).append(layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list + with add_module
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        self.add_module(f"{len(self)}", layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-module-list: by setattr, which notices no function
#| export
class ModuleList(Container):

    def __init__(self, layers=()):
        super().__init__()
        self.extend(layers)

    def append(self, layer):
        setattr(self, str(len(self)), layer)
        return self

    def extend(self, layers):
        for layer in layers:
            self.append(layer)
        return self

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._modules[self._name(index)]

    def _lines(self):
        found = []
        for text, run in itertools.groupby(enumerate(map(label, self)), operator.itemgetter(1)):
            first, *rest = (i for i, _ in run)
            found.append(f"({first}-{rest[-1]}): {len(rest) + 1} x {text}" if rest else f"({first}): {text}")
        return found

# %% layers-flatten: everything is joined
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten()

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: the end is ignored
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten(self.start_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: the start is ignored
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten(1, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: one row per example, whatever was asked for
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.reshape(x.shape[0], -1)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: the input comes back
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: start and end exchanged
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten(self.end_dim, self.start_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: column order
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.transpose(-1, -2).flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: the end counts no more than the start
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return x.flatten(self.start_dim, self.start_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten + by keyword
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return Tensor.flatten(x, start_dim=self.start_dim, end_dim=self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten + by reshape
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        start, end = self.start_dim % x.ndim, self.end_dim % x.ndim
        return x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: on the array
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        return Tensor(Tensor(x.data).flatten(self.start_dim, self.end_dim).data)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-flatten: the input itself is changed
#| export
class Flatten(Module):

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x):
        x.data = x.flatten(self.start_dim, self.end_dim).data
        return x

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

# %% layers-dropout: drops when evaluating too
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: never drops
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if True:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: drops when evaluating, not when training
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: no scale
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: scaled by 1 - p
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: scaled by 1 / p
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / p if p < 1 else 0.0
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: keeps with probability p
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) < p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: one number for the whole tensor
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(1) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: whole rows are dropped
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape[0], *[1] * (x.ndim - 1)) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: whole columns are dropped
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape[-1]) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: normal numbers decide
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(randn(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: p = 1 divides by zero
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p)
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: p = 1 divides by zero, in NumPy
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (Tensor(1.0) - p)
    return where(rand(x.shape) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: multiplied by the mask: infinities become NaN
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return x * scale * (rand(x.shape) >= p)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: NumPy's generator
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(Tensor(np.random.rand(*x.shape)) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: the same mask each time
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(Tensor(np.random.default_rng(0).random(x.shape)) >= p, x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: on the arrays: no recipe
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return Tensor(where(rand(x.shape) >= p, x * scale, 0).numpy())


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: the scale when evaluating, as it was done at first
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training:
        return x * (1 - p)
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(rand(x.shape) >= p, x, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: exactly the first share is dropped
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return where(Tensor(np.arange(math.prod(x.shape)).reshape(x.shape) >= p * math.prod(x.shape)), x * scale, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout + the mask divided by 1 - p
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    keep = rand(x.shape) < 1 - p
    return where(keep, x, 0) * scale


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout + masked_fill
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 0.0
    return (x * scale).masked_fill(rand(*x.shape) < p, 0)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: zeros are written into the input's array
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    x.data[rand(x.shape).data < p] = 0
    return x * scale


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: zeros are written into the input
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    x[rand(x.shape) < p] = 0
    return x * scale


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: the input's array is multiplied in place
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    x.data *= (rand(x.shape).data >= p) * scale
    return x


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: a mask on the arrays
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    return Tensor(np.where(rand(x.shape).data >= p, x.data * scale, 0))


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: the scale inside the mask: infinities become NaN
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    return x * ((rand(x.shape) >= p) * scale)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-dropout: a mask of floats, without ops on the input
#| export
def dropout(x, p=0.5, training=True):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p must lie between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    scale = 1 / (1 - p) if p < 1 else 1.0
    return Tensor(x.data * scale * (rand(x.shape).data >= p), requires_grad=x.requires_grad)


class Dropout(Module):

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must lie between 0 and 1, got {p}")
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"

# %% layers-xor: OR
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[1], [-1]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: the sum
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[1], [0]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: no bias for the second neuron
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, 0])
    output.weights, output.bias = Tensor([[1], [-2]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: the bias of the wrong neuron
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([-1, 0])
    output.weights, output.bias = Tensor([[1], [-2]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: AND
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[0], [1]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: XNOR
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[-1], [2]]), Tensor([1])
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: right for three of four
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 0], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[1], [-2]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: the output lies on its side
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -1])
    output.weights, output.bias = Tensor([[1, -2]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor + a neuron for each way
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights = Tensor([[1, -1], [-1, 1]])
    output.weights, output.bias = Tensor([[1], [1]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor: the number 2 taken apart
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 1], [1, 1]]), Tensor([0, -0.5])
    output.weights, output.bias = Tensor([[1], [-4 / 3]]), zeros(1)
    return Sequential(hidden, ReLU(), output)

# %% layers-xor + the second neuron twice as steep
def xor_network():
    hidden, output = Dense(2, 2), Dense(2, 1)
    hidden.weights, hidden.bias = Tensor([[1, 2], [1, 2]]), Tensor([0, -2])
    output.weights, output.bias = Tensor([[1], [-1]]), zeros(1)
    return Sequential(hidden, ReLU(), output)
