"""Which of PyTorch's operations are ours: OpInfo's name (with its variant) → what one writes with tinytorch.

`OWN` are functions and methods that tinytorch has under the same name. `WORDS` says in one line of
tinytorch what PyTorch has another name for; the line is compiled, judged, and printed in the report.
A line may move arguments about; what it computes, tinytorch's operations compute.
"""

import importlib
import math
from collections.abc import Callable

CORE = (
    *("tensor", "activations", "layers", "losses", "autograd", "spatial", "embeddings", "attention", "transformers"),
)

OWN = """
    abs add amax amin all any argmax argmin argsort cat chunk clamp contiguous cos cumsum eq erf exp expand expm1
    flatten flip full full_like gather ge gt item le linspace log log1p log_softmax logsumexp lt masked_fill matmul
    maximum mean minimum mul narrow ne neg ones ones_like permute pow prod repeat reshape roll sigmoid sign sin
    softmax sort split sqrt squeeze stack std sub sum tanh topk transpose tril triu unsqueeze var view zeros
    zeros_like arange eye broadcast_shapes
    div/no_rounding_mode split/list_args squeeze/multiple std/unbiased var/unbiased
    max/reduction_no_dim max/reduction_with_dim min/reduction_no_dim min/reduction_with_dim
    softmax/with_dtype log_softmax/with_dtype
    linspace/tensor_overload rand_like randn_like randn randint
    nn.functional.relu nn.functional.leaky_relu nn.functional.silu nn.functional.softplus nn.functional.elu
    nn.functional.gelu nn.functional.linear nn.functional.dropout nn.functional.l1_loss nn.functional.mse_loss
    nn.functional.huber_loss nn.functional.smooth_l1_loss nn.functional.binary_cross_entropy
    nn.functional.binary_cross_entropy_with_logits nn.functional.nll_loss nn.functional.cross_entropy
    nn.functional.conv1d nn.functional.conv2d nn.functional.max_pool2d nn.functional.avg_pool2d
    nn.functional.adaptive_avg_pool2d nn.functional.batch_norm
    nn.functional.pad/constant nn.functional.pad/reflect nn.functional.pad/replicate nn.functional.pad/circular
    nn.functional.kl_div nn.functional.layer_norm nn.functional.rms_norm nn.functional.scaled_dot_product_attention
    remainder fmod floor_divide floor ceil round round/decimals_0 round/decimals_3 round/decimals_neg_3 trunc
    reciprocal log2 log10 lerp isinf bitwise_and bitwise_or bitwise_xor bitwise_not logical_and logical_or logical_xor
    mm bmm mv dot outer addmm baddbmm movedim unflatten ravel index_select masked_select repeat_interleave broadcast_to
    hstack vstack meshgrid/variadic_tensors meshgrid/list_of_tensors bernoulli tile unfold expand_as view_as reshape_as
    t new_zeros new_ones new_full new_empty
    nn.functional.relu6 nn.functional.hardsigmoid nn.functional.hardswish nn.functional.hardtanh nn.functional.mish
    nn.functional.celu nn.functional.selu nn.functional.glu nn.functional.logsigmoid nn.functional.softsign
    nn.functional.softmin nn.functional.softmin/with_dtype nn.functional.tanhshrink nn.functional.threshold
    nn.functional.prelu nn.functional.normalize nn.functional.cosine_similarity nn.functional.dropout2d
    nn.functional.fold nn.functional.unfold nn.functional.conv_transpose2d nn.functional.group_norm
    nn.functional.max_pool1d nn.functional.avg_pool1d nn.functional.pixel_shuffle
    nn.functional.interpolate/nearest nn.functional.interpolate/nearest-exact nn.functional.interpolate/linear
    nn.functional.interpolate/bilinear nn.functional.interpolate/trilinear nn.functional.interpolate/bicubic
    nn.functional.one_hot multinomial clone empty empty_like logical_not allclose square rsqrt isfinite isnan
    addcmul addcdiv norm norm/fro norm/inf scatter nonzero equal normal normal/number_mean max/binary min/binary
""".split()  # noqa: SIM905

RANDOM = {
    *("rand_like", "randn_like", "randn", "randint", "nn.functional.dropout", "multinomial", "empty", "empty_like"),
    *("bernoulli", "new_empty", "nn.functional.dropout2d", "normal", "normal/number_mean"),
}  # shape and dtype are compared

WORDS = {
    # operators and attributes
    "__radd__": "lambda a, b: b + a",
    "__rsub__": "lambda a, b: b - a",
    "__rmul__": "lambda a, b: b * a",
    "__rdiv__": "lambda a, b: b / a",
    "__rpow__": "lambda a, b: b**a",
    "__rmatmul__": "lambda a, b: b @ a",
    "einsum": "lambda operands, equation: einsum(equation, operands)",
    "__rmod__": "lambda a, b: b % a",
    "__rand__": "lambda a, b: b & a",
    "__ror__": "lambda a, b: b | a",
    "__rxor__": "lambda a, b: b ^ a",
    "__getitem__": "lambda a, key: a[key]",
    "T": "lambda a: a.T",
    "mT": "lambda a: a.mT",
    "true_divide": "lambda a, b: div(a, b)",
    "rsub": "lambda a, b, alpha=1: b - alpha * a",
    # other names for the same
    "vdot": "lambda a, b: a @ b",
    "clamp_min": "lambda a, low: a.clamp(low)",
    "clamp_max": "lambda a, high: a.clamp(None, high)",
    "float": "lambda a: a.to(float32)",
    "double": "lambda a: a.to(float64)",
    "half": "lambda a: a.to(float16)",
    "long": "lambda a: a.to(int64)",
    "int": "lambda a: a.to(int32)",
    "short": "lambda a: a.to(int16)",
    "char": "lambda a: a.to(int8)",
    "bool": "lambda a: a.to(bool)",
    "split_with_sizes": "lambda a, sizes, dim=0: a.split(sizes, dim)",
    "msort": "lambda a: a.sort(0).values",
    # indexing
    "select": "lambda a, dim, i: a[(slice(None),) * (dim % a.ndim) + (i,)]",
    "unbind": "lambda a, dim=0: tuple(a[(slice(None),) * (dim % a.ndim) + (i,)] for i in range(a.shape[dim]))",
    "fliplr": "lambda a: a[:, ::-1]",
    "flipud": "lambda a: a[::-1]",
    "trace": "lambda a: sum(a[tuple([list(range(min(a.shape)))] * 2)])",
    "where": "lambda a, condition, b: where(condition, a, b)",
    # formulas
    "tan": "lambda a: sin(a) / cos(a)",
    "sinh": "lambda a: (expm1(a) - expm1(-a)) / 2",
    "cosh": "lambda a: (exp(a) + exp(-a)) / 2",
    "exp2": "lambda a: 2**a",
    "deg2rad": "lambda a: a * (math.pi / 180)",
    "rad2deg": "lambda a: a * (180 / math.pi)",
    "count_nonzero": "lambda a, dim=None: sum(a != 0, dim)",
    "aminmax": "lambda a, dim=None, keepdim=False: (amin(a, dim, keepdim), amax(a, dim, keepdim))",
    "addmv": "lambda a, b, c, beta=1, alpha=1: beta * a + alpha * (b @ c)",
    "addr": "lambda a, b, c, beta=1, alpha=1: (beta * a if beta else 0) + alpha * b.unsqueeze(1) * c",
    "addbmm": "lambda a, b, c, beta=1, alpha=1: beta * a + alpha * sum(b @ c, 0)",
    "logaddexp": "lambda a, b: logsumexp(stack([expand(t, broadcast_shapes(a.shape, b.shape)) for t in (a, b)]), 0)",
    # activations and losses
    "special.ndtr": "lambda a: normal_cdf(a)",
    "linalg.vecdot": "lambda a, b, dim=-1: vecdot(a, b, dim).squeeze(dim)",
    "nn.functional.embedding": "lambda weight, ids, **options: embedding(ids, weight, **options)",
    "nn.functional.soft_margin_loss": "lambda a, y, reduction='mean': reduced(log1p(exp(-y * a)), reduction)",
}


def namespace() -> dict:
    """What a line in `WORDS` may use: every name of the course's modules, `sum_` under the name `sum`."""
    tinytorch = importlib.import_module("tinytorch")
    found = {"math": math, "einsum": tinytorch.einsum}  # which brings the operators that no module builds
    for name in ("float16", "float32", "float64", "int64", "int32", "int16", "int8"):
        found[name] = getattr(importlib.import_module("numpy"), name)
    for module in (importlib.import_module(f"tinytorch.core.{m}") for m in CORE):
        for name in module.__all__:
            found.setdefault(name.rstrip("_"), getattr(module, name))  # the first: not the three loops of module 03
    return found


def ours(name: str) -> Callable:
    """The callable of tinytorch that stands for PyTorch's operation `name`."""
    if name in WORDS:
        return eval(WORDS[name], namespace())
    plain = name.split("/")[0].rpartition(".")[2]
    if name.startswith("nn.functional."):
        return getattr(importlib.import_module("tinytorch.nn.functional"), plain)
    tinytorch = importlib.import_module("tinytorch")
    method = getattr(tinytorch.core.tensor.Tensor, plain, None)
    return getattr(tinytorch, plain, None) or method


NAMES = sorted({*OWN, *WORDS})

LEFT_OUT = {
    "zero_": "it changes its input, and the samples require gradients",
    "scatter_add": "ours makes a tensor of zeros and adds into it: the rule of gather, not PyTorch's operation",
    "to": "every sample names a device or a memory format",
}
