"""The faces: `import tinytorch` works from the first day, and a missing name says who builds it."""

import subprocess
import sys

import pytest

BUILT_BY = {
    "core.tensor": ("01_tensor", ("Tensor", "zeros", "sum_")),
    "core.activations": ("02_activations", ("ReLU", "relu")),
    "core.layers": ("03_layers", ("Linear", "linear", "xavier_uniform_")),
    "core.losses": ("04_losses", ("MSELoss", "mse_loss")),
    "core.autograd": ("05_autograd", ("no_grad", "grad")),
    "core.optimizers": ("06_optimizers", ("SGD", "StepLR", "clip_grad_norm_")),
    "core.training": ("07_training", ("save", "load")),
}
TENSOR = "class Tensor: pass\ndef zeros(): return 'zeros'\ndef sum_(): return 'sum'\nsum = sum_\n"
DTYPES = ["finfo", "iinfo", "inf", "nan", "pi"]
DTYPES += ["bool", "double", "dtype", "float", "float16", "float32", "float64", "half"]
DTYPES += ["int", "int16", "int32", "int64", "int8", "long", "short", "uint8"]
SUBMODULES = ["autograd", "backends", "core", "cuda", "nn", "optim", "testing", "utils"]
FILL_IN = "Fill in notebooks/01_tensor/tensor.ipynb, then: tito export 01_tensor"


@pytest.fixture
def package(tiny_course):
    """A tinytorch that knows some modules, of which none is built."""
    (tiny_course / "tinytorch/_built_by.py").write_text(f"BUILT_BY = {BUILT_BY!r}\n")
    return tiny_course / "tinytorch"


def python(package, code):
    """Run code in a fresh Python next to the package; what it prints, or the last line of its error."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=package.parent)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def test_import_tinytorch_works_with_nothing_built_and_is_light(package):
    code = "import sys, tinytorch, tinytorch.nn.functional, tinytorch.nn.init, tinytorch.nn.utils\n"
    code += "import tinytorch.autograd, tinytorch.optim.lr_scheduler, tinytorch.utils.data\n"
    assert python(package, code + "print([m for m in ('numpy', 'matplotlib') if m in sys.modules])") == "[]"


def test_import_tinytorch_works_without_the_table(package):
    (package / "_built_by.py").unlink()
    assert python(package, "import tinytorch.nn; print(dir(tinytorch.nn))") == "['functional', 'init', 'utils']"


@pytest.mark.parametrize(
    "code, what",
    [
        ("from tinytorch.core.tensor import Tensor", "tinytorch.core.tensor"),
        ("import tinytorch.core.tensor", "tinytorch.core.tensor"),
        ("from tinytorch import Tensor", "tinytorch.Tensor"),
        ("import tinytorch; tinytorch.zeros(2)", "tinytorch.zeros"),
    ],
)
def test_a_missing_name_says_which_module_builds_it(code, what, package):
    message = python(package, code)
    assert message == f"ModuleNotFoundError: {what} is not built yet: module 01_tensor builds it. {FILL_IN}"


@pytest.mark.parametrize(
    "code, slug",
    [
        ("import tinytorch; tinytorch.nn.Linear", "03_layers"),
        ("from tinytorch.nn import ReLU", "02_activations"),
        ("import tinytorch.nn.functional as F; F.relu", "02_activations"),
        ("from tinytorch.nn.functional import linear", "03_layers"),
        ("from tinytorch.nn.init import xavier_uniform_", "03_layers"),
        ("import tinytorch; tinytorch.nn.init.zeros_", "03_layers"),
        ("from tinytorch.nn import MSELoss", "04_losses"),
        ("import tinytorch.nn.functional as F; F.mse_loss", "04_losses"),
        ("from tinytorch.autograd import grad", "05_autograd"),
        ("import tinytorch; tinytorch.optim.SGD", "06_optimizers"),
        ("from tinytorch.optim.lr_scheduler import StepLR", "06_optimizers"),
        ("from tinytorch.nn.utils import clip_grad_norm_", "06_optimizers"),
        ("from tinytorch import no_grad", "05_autograd"),
        ("import tinytorch; tinytorch.save({}, 'x')", "07_training"),
        ("from tinytorch import load", "07_training"),
    ],
)
def test_every_face_says_it(code, slug, package):
    message = python(package, code)
    assert message.startswith("ModuleNotFoundError: tinytorch.") and f"tito export {slug}" in message


def test_dtypes_are_numpys_and_there_from_the_first_day(package):
    code = "import tinytorch, numpy as np\nfrom tinytorch import float32, long\n"
    code += "print(float32 is np.dtype('float32'), long == np.int64, tinytorch.bool, tinytorch.half, tinytorch.float)"
    assert python(package, code) == "True True bool float16 float32"


def test_a_built_name_is_the_modules_own(package):
    (package / "core/tensor.py").write_text(TENSOR)
    code = "import tinytorch\nfrom tinytorch.core.tensor import Tensor\nfrom tinytorch import zeros\n"
    assert python(package, code + "print(tinytorch.Tensor is Tensor, zeros(), tinytorch.sum())") == "True zeros sum"


def test_a_built_module_that_lacks_a_name_says_so(package):
    (package / "core/layers.py").write_text("class Linear: pass\n")
    message = python(package, "from tinytorch.nn import Sequential")
    assert message.startswith("ImportError: tinytorch.nn.Sequential is not built yet: module 03_layers builds it.")


def test_dir_lists_what_is_built_only(package):
    assert python(package, "import tinytorch; print(dir(tinytorch))") == str(sorted(SUBMODULES + DTYPES))
    (package / "core/tensor.py").write_text(TENSOR)
    built = "['Tensor', 'sum', 'zeros'] []"
    code = (
        "import tinytorch; names = dir(tinytorch); wanted = ['Tensor', 'sum', 'zeros'], ['relu', 'no_grad', 'save']\n"
    )
    assert python(package, code + "print(*([n for n in w if n in names] for w in wanted))") == built


def test_an_unknown_name_is_an_attribute_error_as_ever(package):
    assert python(package, "import tinytorch; print(hasattr(tinytorch, 'nothing'), hasattr(tinytorch, '__wrapped__'))")
    message = python(package, "import tinytorch; tinytorch.nothing")
    assert message == "AttributeError: module 'tinytorch' has no attribute 'nothing'"
    assert python(package, "import tinytorch.core.nothing") == (
        "ModuleNotFoundError: No module named 'tinytorch.core.nothing'"
    )


def test_an_error_inside_a_built_module_is_not_hidden(package):
    (package / "core/tensor.py").write_text("import nowhere_at_all\n")
    assert python(package, "import tinytorch; tinytorch.zeros") == (
        "ModuleNotFoundError: No module named 'nowhere_at_all'"
    )


def test_a_module_that_was_built_anew_is_shown_as_it_is_now(monkeypatch):
    import tinytorch
    from tinytorch.core import activations

    before = tinytorch.relu
    assert tinytorch.relu is before, "a name that was shown once should be remembered"
    monkeypatch.setattr(activations, "relu", lambda x: "built anew")
    assert tinytorch.relu(1) == "built anew"
    monkeypatch.undo()
    assert tinytorch.relu(tinytorch.tensor(-1.0)).item() == 0
