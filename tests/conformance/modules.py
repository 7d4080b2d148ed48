"""Layers and losses, judged by PyTorch on the inputs of its ModuleInfo, with PyTorch's own weights put in.

Kinds: as for operations, and `state_dict`: the same names, shapes and numbers after moving to PyTorch and back.
"""

import importlib
import warnings

import numpy as np
import torch
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

from . import samples
from .convert import Converter, NotOurs, array
from .judge import SKIPPED, Call, Sample, Verdict, on_call, refused, seed, short

NAMES = """
    Linear ReLU LeakyReLU Sigmoid Tanh Softmax LogSoftmax GELU SiLU ELU Softplus MSELoss L1Loss HuberLoss SmoothL1Loss
    BCELoss BCEWithLogitsLoss NLLLoss CrossEntropyLoss KLDivLoss Embedding Conv1d Conv2d
    MaxPool2d AvgPool2d AdaptiveAvgPool2d BatchNorm1d BatchNorm2d
    LayerNorm RMSNorm MultiheadAttention
    ReLU6 Hardswish Hardtanh Hardsigmoid Mish CELU SELU GLU LogSigmoid Softsign Softmin Tanhshrink Threshold PReLU
    Fold Unfold Unflatten Upsample PixelShuffle Dropout2d ZeroPad2d ConvTranspose2d GroupNorm MaxPool1d AvgPool1d
    TransformerEncoderLayer TransformerEncoder
""".split()  # noqa: SIM905
MODULES = {info.name.removeprefix("nn."): info for info in module_db} | samples.MODULES


def ours(name):
    """The class of tinytorch.nn with that name, or None."""
    return getattr(importlib.import_module("tinytorch.nn"), name, None)


def judge(name, limit=64):
    """The verdicts on the layer `name`."""
    info, verdicts = MODULES[name], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for training in (True, False) if info.train_and_eval_differ else (True,):
            for dtype in (torch.float64, torch.float32):
                seed()
                given = info.module_inputs_func(info, "cpu", dtype, dtype == torch.float64, training)
                for i, one in enumerate(given[:limit]):
                    verdicts += on_input(i, one, info.module_cls, ours(name), dtype, training)
        if info.module_error_inputs_func:
            verdicts += on_errors(info, ours(name))
    return [v for v in verdicts if v.problem != SKIPPED]


def on_input(number, given, theirs, mine, dtype, training):
    """The verdicts on one way to build and call a layer."""
    build, call = given.constructor_input, given.forward_input
    text = f"{theirs.__name__}{Sample(build.args, build.kwargs)}{Sample(call.args, call.kwargs)}"
    kind = "forward" if dtype == torch.float64 else "float32"
    try:
        convert = Converter()
        args, kwargs = convert(tuple(build.args)), convert(build.kwargs)
    except NotOurs:
        return []
    judge_layer = theirs(*build.args, **build.kwargs).to(dtype).train(training)
    try:
        layer = mine(*args, **kwargs)
        if hasattr(layer, "train"):
            layer.train(training)
        problem = moved(judge_layer, layer)
    except Exception as error:
        return [Verdict(kind, number, text, short(error))]
    found = Call(Sample(tuple(call.args), call.kwargs), judge_layer, layer)
    pairs = pair_parameters(judge_layer, layer)
    found.convert.made.update({id(a): (a, b) for a, b in pairs})
    if kind == "float32":
        return [Verdict(kind, number, text, found.forward()), Verdict("state_dict", number, text, problem)]
    return on_call(number, found, text, second=True)


def pair_parameters(theirs, mine):
    """The pairs of tensors that the two layers own; ours take over PyTorch's numbers and dtype."""
    pairs = []
    for name, tensor in [*theirs.named_parameters(), *theirs.named_buffers()]:
        owner = mine
        for part in name.split("."):
            owner = getattr(owner, part)
        owner.data = np.array(array(tensor))
        pairs.append((tensor, owner))
    return pairs


def moved(theirs, mine):
    """What goes wrong when the state goes from PyTorch to us and back; "" if nothing."""
    if not hasattr(mine, "state_dict"):
        return "there is no state_dict" if theirs.state_dict() else ""
    try:
        state = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
        mine.load_state_dict(state)
        back = mine.state_dict()
        if list(back) != list(state):
            return f"expected the names {list(state)}, got {list(back)}"
        theirs.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in back.items()})
        same = all(np.array_equal(np.asarray(back[name]), np.float32(value)) for name, value in state.items())
        return "" if same else "the numbers differ"
    except Exception as error:
        return short(error)


def on_errors(info, mine):
    """The error inputs: do we refuse what PyTorch refuses, when building or when calling?"""
    verdicts = []
    for i, given in enumerate(info.module_error_inputs_func(info, "cpu", torch.float32, False, True)):
        build, call = given.module_error_input.constructor_input, given.module_error_input.forward_input
        convert = Converter()
        try:
            args, kwargs = convert(tuple(build.args)), convert(build.kwargs)
            inputs, options = (convert(tuple(call.args)), convert(call.kwargs)) if call else ((), {})
        except NotOurs:
            continue
        text = f"{info.name}{Sample(build.args, build.kwargs)}"
        if given.error_on == ModuleErrorEnum.FORWARD_ERROR:
            layer, text = mine(*args, **kwargs), text + str(Sample(call.args, call.kwargs))
            problem = refused(layer, inputs, options, given.error_type)
        else:
            problem = refused(mine, args, kwargs, given.error_type)
        verdicts.append(Verdict("errors", i, text, problem))
    return verdicts
