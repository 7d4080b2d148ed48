"""Where tinytorch and PyTorch are known to disagree, and why.

A disagreement that no entry covers fails the suite, and so does an entry that covers samples on which the two agree:
what has been mended is struck out.
"""

import re
from dataclasses import dataclass

FORWARD = ("forward", "float32")
GRADIENT = "gradient"
SECOND = "second order"


@dataclass
class Known:
    """Samples of the operations `names` on which comparisons of these `kinds` differ.

    when: a pattern found in the sample as it is printed, or the numbers of the samples; by default all.
    """

    names: str
    kinds: str | tuple
    reason: str
    when: str | set[int] = ""

    def covers(self, name, verdict):
        """Whether this entry speaks of the sample of that verdict."""
        kinds = (self.kinds,) if isinstance(self.kinds, str) else self.kinds
        if name not in self.names.split() or verdict.kind not in kinds:
            return False
        if isinstance(self.when, set):
            return verdict.number in self.when
        return re.search(self.when, verdict.sample) is not None


def sort_out(name, verdicts):
    """The verdicts that nobody expected, those that an entry expected, and the entries that are out of date."""
    unexpected, expected, gone = [], [], []
    for verdict in verdicts:
        entries = [k for k in KNOWN if k.covers(name, verdict)]
        if verdict.problem and entries:
            expected.append((verdict, entries[0]))
        elif verdict.problem:
            unexpected.append(verdict)
        else:
            gone += [(verdict, k) for k in entries]
    return unexpected, expected, gone


SINGLE = r"^\(float\d+\((?!inf)"  # the input is a single number, without axes
NO_AXIS = "A tensor without axes has no axis 0 and no axis -1."
A_NUMBER = "A number may stand where PyTorch asks for a tensor."
AT_NAN = "At NaN, PyTorch's slope is another one in its vectorised loop than in its plain one, where it is ours."
OTHER_SIDE = (
    "At 0, PyTorch's first derivative is the one on the left, its second the one on the right; ours are both left."
)
PYTORCH_NAN = "PyTorch's own second derivative is NaN at 0 or at large numbers, where ours is not."

KNOWN = [
    # arguments that are missing
    Known("scatter", FORWARD, "`scatter` takes no `reduce`: it writes.", "reduce="),
    Known("broadcast_shapes", "float32", "A shape is a tuple, not a number.", {3}),
    Known("mean", "errors", "`mean` of integers is computed, in float32; it has no `dtype`.", ""),
    # single numbers and nothing at all
    Known(
        "sort argsort cumsum gather max/reduction_with_dim min/reduction_with_dim topk transpose logsumexp scatter",
        FORWARD,
        NO_AXIS,
        SINGLE,
    ),
    Known(
        "softmax softmax/with_dtype log_softmax log_softmax/with_dtype nn.functional.softmin "
        "nn.functional.softmin/with_dtype logsumexp",
        FORWARD,
        "There is no largest element of nothing.",
        r"\[(5, 0, )?0\]",
    ),
    Known("cat", FORWARD, "A vector without elements must fit like others.", r"float\d+\[0\], float\d+\[\d+, "),
    Known("gather", FORWARD, "An index without elements must have as many axes as the tensor.", r"\[2, 0\]"),
    # conventions
    Known("sign", FORWARD, "The sign of NaN is NaN, not 0.", {9, 10, 20, 21}),
    Known("nn.functional.elu nn.functional.selu nn.functional.celu", GRADIENT, AT_NAN, {12}),
    Known("nn.functional.hardtanh", GRADIENT, AT_NAN, {13, 14}),
    Known("nn.functional.relu6", GRADIENT, AT_NAN, {11, 12}),
    Known("logaddexp", GRADIENT, "At infinity, `logsumexp` has no slope; PyTorch's too has none.", {38}),
    Known("pow __rpow__", SECOND, PYTORCH_NAN, {14, 59}),
    Known("logaddexp", SECOND, PYTORCH_NAN, {15, 54}),
    Known("nn.functional.elu nn.functional.selu nn.functional.celu", SECOND, OTHER_SIDE, {9, 22}),
    Known("nn.functional.mish", SECOND, PYTORCH_NAN, {10, 23}),
    Known("nn.functional.prelu", SECOND, OTHER_SIDE, {56}),
    # errors that are not raised
    Known("__radd__ __rmul__ __rdiv__ __rsub__ __rpow__ rsub pow", "errors", A_NUMBER),
    Known("eq ne lt le gt ge maximum minimum", "errors", A_NUMBER),
    Known("max/binary min/binary", "errors", A_NUMBER, {1}),
    Known("clamp_min clamp_max", "errors", A_NUMBER, {0}),
    Known("bitwise_and bitwise_or bitwise_xor logical_and logical_or logical_xor fmod remainder", "errors", A_NUMBER),
    Known("__rand__ __ror__ __rxor__ __rmod__", "errors", A_NUMBER),
    Known("__rmod__", GRADIENT, "PyTorch has no derivative of a number % a tensor; ours has.", set(range(38, 43))),
    Known("nn.functional.max_pool1d", "errors", "A row without channels is empty, and so are its windows.", {5, 17}),
    Known("remainder", GRADIENT, "PyTorch has no derivative of a number % a tensor; ours has.", {43}),
    Known("arange", "errors", "A range that never reaches its end is empty, as in Python.", {1, 2, 3}),
    Known("arange", "errors", "A step of 0 is a ZeroDivisionError.", {0}),
    Known("scatter", "errors", "Numbers of another dtype may be written.", {0}),
    Known("masked_fill", "errors", "A tensor with one axis may stand where a number is asked for.", {0}),
    Known("trace nn.functional.hardtanh", "errors", "The line written for it does not look at its arguments."),
    # layers, optimizers, schedules
    Known("Linear", FORWARD, "The input of a layer cannot be given by name.", "input="),
    Known("NLLLoss", "errors", "Weights may have another dtype than the input."),
    Known("KLDivLoss", FORWARD, "A single number has no batch to take the mean over.", {5}),
    Known("SGD Adagrad Muon", "resumed", "A learning rate saved as a tensor stays one.", "[Tt]ensor lr"),
    Known("SGD Adam AdamW RMSprop Adagrad Muon", "errors", "Parameters are given without names.", "with/without names"),
    Known("Adam AdamW", "errors", "`foreach` and `capturable` are taken and do nothing.", {8, 9, 10, 11}),
    Known("MultiStepLR", "resumed", "PyTorch saves milestones as counts; each counts once after loading.", {1}),
    Known("LambdaLR", "resumed", "Our state has no `lr_lambdas`, which PyTorch's loading asks for."),
    Known(
        "nn.functional.embedding",
        FORWARD,
        "`embedding` takes no max_norm, scale_grad_by_freq and sparse: module 11 says so.",
        "max_norm|scale_grad|sparse",
    ),
    Known("nn.functional.embedding", "errors", "A table of three axes is looked up along its first.", {1}),
    Known("nn.functional.batch_norm", FORWARD, "Batch normalisation needs an axis of channels.", {3}),
    Known(
        "nn.functional.scaled_dot_product_attention",
        FORWARD,
        "Each draws dropout's numbers in its way.",
        "dropout_p=0.5",
    ),
    Known(
        "nn.functional.scaled_dot_product_attention",
        SECOND,
        "PyTorch's kernel has no second derivative; ours has.",
        r"^\(float64\[4, 4, [^=]*, is_causal=\w+, dropout_p=0.0",
    ),
    Known(
        "TransformerEncoderLayer", FORWARD, "The activation of this sample is PyTorch's own.", "built-in function gelu"
    ),
    Known("Hardsigmoid", SECOND, "PyTorch has no second derivative of it; ours has."),
    Known("TransformerEncoderLayer", SECOND, "PyTorch's kernel has no second derivative; ours has."),
]
