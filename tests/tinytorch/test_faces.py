"""The faces: `import tinytorch` works from the first day, and a missing name says who builds it."""

import subprocess
import sys

import pytest

BUILT_BY = {
    "core.tensor": ("01_tensor", ("Tensor", "zeros", "sum_")),
    "core.activations": ("02_activations", ("ReLU", "relu")),
    "core.layers": ("03_layers", ("Linear", "linear", "xavier_uniform_")),
}
TENSOR = "class Tensor: pass\ndef zeros(): return 'zeros'\ndef sum_(): return 'sum'\nsum = sum_\n"
FILL_IN = "Fill in notebooks/01_tensor/tensor.ipynb, then: tito export 01_tensor"


@pytest.fixture
def package(tiny_course):
    """A tinytorch that knows three modules, of which none is built."""
    (tiny_course / "tinytorch/_built_by.py").write_text(f"BUILT_BY = {BUILT_BY!r}\n")
    return tiny_course / "tinytorch"


def python(package, code):
    """Run code in a fresh Python next to the package; what it prints, or the last line of its error."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=package.parent)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def test_import_tinytorch_works_with_nothing_built_and_is_light(package):
    code = "import tinytorch, tinytorch.nn, tinytorch.nn.functional, tinytorch.nn.init, sys\n"
    assert python(package, code + "print([m for m in ('numpy', 'matplotlib') if m in sys.modules])") == "[]"


def test_import_tinytorch_works_without_the_table(package):
    (package / "_built_by.py").unlink()
    assert python(package, "import tinytorch.nn; print(dir(tinytorch.nn))") == "['functional', 'init']"


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
    ],
)
def test_the_faces_of_nn_say_it_too(code, slug, package):
    message = python(package, code)
    assert message.startswith("ModuleNotFoundError: tinytorch.nn.") and f"tito export {slug}" in message


def test_a_built_name_is_the_modules_own(package):
    (package / "core/tensor.py").write_text(TENSOR)
    code = "import tinytorch\nfrom tinytorch.core.tensor import Tensor\nfrom tinytorch import zeros\n"
    assert python(package, code + "print(tinytorch.Tensor is Tensor, zeros(), tinytorch.sum())") == "True zeros sum"


def test_a_built_module_that_lacks_a_name_says_so(package):
    (package / "core/layers.py").write_text("class Linear: pass\n")
    message = python(package, "from tinytorch.nn import Sequential")
    assert message.startswith("ImportError: tinytorch.nn.Sequential is not built yet: module 03_layers builds it.")


def test_dir_lists_what_is_built_only(package):
    assert python(package, "import tinytorch; print(dir(tinytorch))") == "['core', 'nn', 'testing']"
    (package / "core/tensor.py").write_text(TENSOR)
    assert python(package, "import tinytorch; print(dir(tinytorch))") == (
        "['Tensor', 'core', 'nn', 'sum', 'testing', 'zeros']"
    )


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
