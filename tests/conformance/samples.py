"""Samples that PyTorch's own tables lack, in their form: the function fold, and some layers."""

import torch
from torch import nn
from torch.testing._internal.common_dtype import floating_types
from torch.testing._internal.common_modules import (
    ErrorModuleInput,
    FunctionInput,
    ModuleErrorEnum,
    ModuleInfo,
    ModuleInput,
)
from torch.testing._internal.opinfo.core import ErrorInput, OpInfo, SampleInput

FOLDS = [  # columns, (output_size, kernel_size), options
    ((2, 12, 12), ((4, 5), (2, 2)), {}),
    ((1, 18, 4), (4, 3), {}),
    ((6, 6), ((4, 4), (2, 3)), {"padding": (0, 1), "stride": (1, 2), "dilation": 1}),
    ((2, 4, 9), (6, 2), {"stride": 2}),
    ((3, 8, 16), ((6, 6), 2), {"dilation": 2}),
    ((2, 9, 9), ((5, 5), 3), {"padding": 1, "stride": 2}),
]
WRONG_FOLDS = [
    ((2, 5, 12), ((4, 5), (2, 2)), {}),
    ((2, 12, 11), ((4, 5), (2, 2)), {}),
    ((2, 12, 12, 1), ((4, 5), (2, 2)), {}),
    ((2, 12, 12), ((4, 5), (2, 2)), {"stride": 0}),
    ((2, 12, 12), ((4, 5), (0, 2)), {}),
    ((2, 12, 12), ((4, 5), (2, 2)), {"dilation": 0}),
    ((2, 12, 12), ((4, 5), (2, 2)), {"padding": -1}),
    ((2, 12, 12), ((4, 5), (5, 2)), {}),
]


def _number(shape, dtype=torch.float32, requires_grad=False):
    return torch.randn(shape, dtype=dtype, requires_grad=requires_grad)


def _folds(info, device, dtype, requires_grad, **options):
    for shape, args, kwargs in FOLDS:
        yield SampleInput(_number(shape, dtype, requires_grad), args=args, kwargs=kwargs)


def _wrong_folds(info, device, **options):
    for shape, args, kwargs in WRONG_FOLDS:
        yield ErrorInput(SampleInput(_number(shape), args=args, kwargs=kwargs), error_type=RuntimeError, error_regex="")


OPS = {
    "nn.functional.fold": OpInfo(
        "nn.functional.fold",
        dtypes=floating_types(),
        supports_out=False,
        sample_inputs_func=_folds,
        error_inputs_func=_wrong_folds,
    )
}

LAYERS = {  # layer: [(arguments, options, shape of the input)]
    nn.Fold: [(args, kwargs, shape) for shape, args, kwargs in FOLDS],
    nn.Unfold: [((2,), {}, (2, 3, 4, 5)), (((2, 3),), {"dilation": 2, "padding": 1, "stride": (2, 1)}, (3, 6, 7))],
    nn.Upsample: [((), {"scale_factor": 2}, (2, 3, 4, 5)), (((3, 7),), {}, (1, 2, 4, 5)), ((5,), {}, (2, 3, 4))],
    nn.PixelShuffle: [((2,), {}, (2, 8, 3, 4)), ((3,), {}, (9, 2, 2))],
    nn.Hardsigmoid: [((), {}, (3, 4)), ((), {}, (2,))],
    nn.Unflatten: [((1, (2, 3)), {}, (4, 6)), ((-1, (-1, 2)), {}, (3, 4))],
    nn.Dropout2d: [((0.0,), {}, (2, 3, 4, 4))],
}


def _inputs(cases):
    def made(info, device, dtype, requires_grad, training, **options):
        for args, kwargs, shape in cases:
            given = FunctionInput(_number(shape, dtype, requires_grad))
            yield ModuleInput(constructor_input=FunctionInput(*args, **kwargs), forward_input=given)

    return lambda *args, **options: list(made(*args, **options))


def _wrong(shape):
    def made(info, device, dtype, requires_grad, training, **options):
        given = ModuleInput(constructor_input=FunctionInput(2), forward_input=FunctionInput(_number(shape)))
        return [
            ErrorModuleInput(given, error_on=ModuleErrorEnum.FORWARD_ERROR, error_type=RuntimeError, error_regex="")
        ]

    return made


MODULES = {
    kind.__name__: ModuleInfo(
        kind,
        module_inputs_func=_inputs(cases),
        module_error_inputs_func=_wrong((1, 2, 1, 1)) if kind is nn.Unfold else None,
    )
    for kind, cases in LAYERS.items()
}
