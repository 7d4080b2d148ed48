"""tinytorch.core.activations, beyond what the checks of its notebook try; PyTorch is the authority."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

activations = pytest.importorskip("tinytorch.core.activations", reason="tito dev build 02 makes it")
from tinytorch import nn  # noqa: E402
from tinytorch.core.tensor import Tensor  # noqa: E402
from tinytorch.testing import assert_close  # noqa: E402

X = [-3, -1, -0.25, 0, 0.25, 1, 3]
# (class, settings, repr, values at X), as PyTorch 2.13 gives them in float64
PYTORCH = """
ReLU            | ReLU()                             | 0 0 0 0 0.25 1 3
Sigmoid         | Sigmoid()                          | 0.04742587318 0.2689414214 0.4378234991 0.5 0.5621765009 0.7310585786 0.9525741268
Tanh            | Tanh()                             | -0.9950547537 -0.761594156 -0.2449186624 0 0.2449186624 0.761594156 0.9950547537
SiLU            | SiLU()                             | -0.1422776195 -0.2689414214 -0.1094558748 0 0.1405441252 0.7310585786 2.85772238
GELU            | GELU(approximate='none')           | -0.004049694095 -0.1586552539 -0.1003234186 0 0.1496765814 0.8413447461 2.995950306
GELU 'tanh'     | GELU(approximate='tanh')           | -0.003637392082 -0.1588080094 -0.1003246493 0 0.1496753507 0.8411919906 2.996362608
LeakyReLU       | LeakyReLU(negative_slope=0.01)     | -0.03 -0.01 -0.0025 0 0.25 1 3
LeakyReLU 0.2   | LeakyReLU(negative_slope=0.2)      | -0.6 -0.2 -0.05 0 0.25 1 3
ELU             | ELU(alpha=1.0)                     | -0.9502129316 -0.6321205588 -0.2211992169 0 0.25 1 3
ELU 2.0         | ELU(alpha=2.0)                     | -1.900425863 -1.264241118 -0.4423984339 0 0.25 1 3
Softplus        | Softplus(beta=1.0, threshold=20.0) | 0.04858735157 0.3132616875 0.5759394199 0.6931471806 0.8259394199 1.313261688 3.048587352
Softplus 2.0 1.0| Softplus(beta=2.0, threshold=1.0)  | 0.001237842569 0.06346400552 0.2370384921 0.3465735903 0.4870384921 1 3
Softmax         | Softmax(dim=-1)                    | 0.001894174342 0.01399616047 0.02962987196 0.03804550869 0.04885140014 0.1034184149 0.7641644695
LogSoftmax      | LogSoftmax(dim=-1)                 | -6.268972239 -4.268972239 -3.518972239 -3.268972239 -3.018972239 -2.268972239 -0.2689722388
"""  # noqa: E501
ROWS = [[part.strip() for part in line.split("|")] for line in PYTORCH.strip().splitlines()]
NAMES = sorted({row[0].split()[0] for row in ROWS})


def make(row):
    """The object that a row of the table describes."""
    name, *values = row[0].split()
    return getattr(activations, name)(*(v.strip("'") if v[0] == "'" else float(v) for v in values))


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_are_those_of_pytorch(row, dtype):
    f, expected = make(row), np.array(row[2].split(), dtype)
    got = f(Tensor(X, dtype)).data
    assert_close(got, expected, row[0], atol=1e-6)
    assert got.dtype == dtype
    assert_close(f.forward(Tensor(X, dtype)).data, got, f"{row[0]}.forward")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_settings_are_shown_as_pytorch_shows_them_and_survive_copies(row):
    f = make(row)
    assert repr(f) == row[1]
    assert repr(copy.deepcopy(f)) == repr(pickle.loads(pickle.dumps(f))) == row[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_class_is_on_the_face_and_lets_a_subclass_take_over(name):
    class Mine(getattr(nn, name)):
        def forward(self, x):
            return x + 1

    assert Mine()(Tensor([1, 2])).tolist() == [2, 3]


def test_functions_default_to_what_their_classes_default_to():
    functions = {n: f for n, f in vars(activations).items() if inspect.isfunction(f)}
    for name, cls in (("gelu", "GELU"), ("leaky_relu", "LeakyReLU"), ("elu", "ELU"), ("softplus", "Softplus")):
        settings_ = list(inspect.signature(getattr(activations, cls)).parameters.values())
        assert list(inspect.signature(functions[name]).parameters.values())[1:] == settings_, name


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ReLU"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "bool"])
def test_whole_numbers_give_what_floats_give_in_float32(name, dtype):
    whole = np.array([[0, 1, 100], [1, 1, 0]]).astype(dtype)
    f = getattr(activations, name)()
    got = f(Tensor(whole)).data
    assert got.dtype == np.float32
    assert_close(got, f(Tensor(whole.astype(np.float32))).data, f"{name} of {dtype}", rtol=2e-3, atol=1e-4)


def test_relu_keeps_whole_numbers_whole_as_pytorch_does():
    got = activations.relu(Tensor(np.array([-2, 3]))).data
    assert got.dtype == np.int64 and got.tolist() == [0, 3]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_ends_of_each_type_give_no_warning_and_no_nan(name, dtype):
    big = 30000.0 if dtype == "float16" else 1e12
    x = Tensor(np.array([[-big, -100, -1, 0, 1, 100, big]]), dtype)
    if (name, dtype) == ("GELU", "float16"):
        x = x.clip(-100, 100)
    got = getattr(activations, name)()(x).data
    assert np.isfinite(got).all() and got.dtype == dtype


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8), st.floats(-1e4, 1e4))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_softmax_does_not_see_a_constant(values, c):
    x = Tensor(np.array(values), np.float64)
    p = activations.softmax(x).data
    assert_close(activations.softmax(x + c).data, p, f"softmax of {values} + {c}")
    assert_close(np.exp(activations.log_softmax(x + c).data), p, f"exp(log_softmax) of {values} + {c}")
    assert_close(p.sum(), 1.0, "sum")


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "log_softmax", "log1p", "expm1"])
def test_pytorchs_methods_are_methods(name):
    x = Tensor([0.5, 0.25])
    assert_close(getattr(x, name)().data, getattr(activations, name)(x).data, name)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_computes_in_the_dtype_that_is_asked_for(name):
    f = getattr(nn.functional, name)
    x = Tensor(np.array([0, 1, 2]), np.float16)
    expected = f(Tensor([0, 1, 2], np.float64), -1)
    assert_close(f(x, -1, dtype=np.float64).data, expected.data)
    assert f(x, -1, dtype=np.float64).dtype == np.float64 and f(x, -1).dtype == np.float16
    with pytest.raises(TypeError, match="positional"):
        f(x, -1, np.float64)
