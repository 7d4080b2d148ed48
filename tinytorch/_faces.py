"""Faces: PyTorch's names over what the modules export, imported when they are asked for."""

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable

try:
    from tinytorch._built_by import BUILT_BY
except ModuleNotFoundError:  # before the first `tito dev build`
    BUILT_BY = {}

_RESTS_ON = {  # parts of our own, and the module that must be built for them
    "_idiom": "core.tensor",
    "_einsum": "core.tensor",
    "_operations": "core.autograd",
    "nn._activations": "core.layers",
    "nn._init": "core.layers",
    "nn._spatial": "core.spatial",
    "nn._encoder": "core.transformers",
    "utils.data._more": "core.dataloader",
}


def face(package: str, table: dict[str, str | None], submodules: str = "") -> tuple[Callable, Callable]:
    """The `__getattr__` and `__dir__` of a package that shows the names in `table`.

    table: core module → its names, separated by spaces (None: all that the module exports). The first that has a
    name gives it. `submodules` can be used after `import tinytorch` alone, as in `tinytorch.nn.Linear`.
    """

    shown = {}  # name: the module that has it, what it is there, what is shown of it

    def get(name: str) -> object:
        if name in shown and _is_as_before(name, *shown[name][:2]):
            return shown[name][2]
        if name in submodules.split():
            return importlib.import_module(f"{package}.{name}")
        module = next((m for m in table if name in _names(m, table[m])), None)
        if module is None:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        found = _fetch(package, module, name)
        if "tinytorch._operations" in sys.modules:  # until then, each name asked for is an occasion to bring it
            shown[name] = found
        return found[2]

    def listed() -> list[str]:
        built = [m for m in table if _is_built(m)]
        return sorted({*submodules.split(), *(name for m in built for name in _names(m, table[m]))})

    return get, listed


def _names(module: str, names: str | None) -> list[str]:
    """The names of a core module; `sum_` is shown as `sum`, as the module itself does."""
    if names is not None:
        return names.split()
    exported = BUILT_BY.get(module, ("", ()))[1]
    return [n.rstrip("_") for n in exported]


def _fetch(package: str, module: str, name: str) -> tuple:
    """The module that has the name, what it is there, and what is shown of it."""
    try:
        loaded = importlib.import_module(f"tinytorch.{module}")
    except ModuleNotFoundError as error:
        if error.name == f"tinytorch.{module}":
            raise ModuleNotFoundError(_missing(f"{package}.{name}", module), name=error.name) from None
        raise
    if _is_built("core.autograd"):
        importlib.import_module("tinytorch._operations")  # brings `backward`, `%` and others to every Tensor
    try:
        held = getattr(loaded, name)
        adapts = _is_built("core.tensor")
        return loaded, held, importlib.import_module("tinytorch._idiom").adapted(held) if adapts else held
    except AttributeError:
        raise ImportError(_missing(f"{package}.{name}", module), name=f"tinytorch.{module}") from None


def _is_as_before(name: str, module: object, held: object) -> bool:
    """Whether the module has not been loaded anew meanwhile: students rebuild it."""
    return sys.modules.get(module.__name__) is module and getattr(module, name, None) is held


def _is_built(module: str) -> bool:
    try:
        return importlib.util.find_spec(f"tinytorch.{_RESTS_ON.get(module, module)}") is not None
    except ModuleNotFoundError:
        return False


def _missing(what: str, module: str) -> str:
    if module not in BUILT_BY:
        return f"{what} is not built yet: the course has no module for tinytorch.{module}."
    slug, name = BUILT_BY[module][0], module.rpartition(".")[2]
    return (
        f"{what} is not built yet: module {slug} builds it. "
        f"Fill in notebooks/{slug}/{name}.ipynb, then: tito export {slug}"
    )


class Finder:
    """Stands last in `sys.meta_path`: says of a part of tinytorch that nobody found which module builds it."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> None:
        """Raise for a core module of the course that is not built yet; pass on everything else."""
        module = fullname.removeprefix("tinytorch.")
        if fullname.startswith("tinytorch.core.") and module in BUILT_BY:
            raise ModuleNotFoundError(_missing(fullname, module), name=fullname)


class Alias:
    """Stands first in `sys.meta_path`: after `sys.modules["torch"] = tinytorch`, `torch.nn` is tinytorch.nn itself."""

    def __init__(self, module: object) -> None:
        self.module, self.spec = module, module.__spec__

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """The part of tinytorch that `fullname` names under another name; None for all other modules."""
        root, _, rest = fullname.partition(".")
        if not rest or root == "tinytorch" or sys.modules.get(root) is not sys.modules.get("tinytorch", Alias):
            return None
        return importlib.machinery.ModuleSpec(fullname, Alias(importlib.import_module(f"tinytorch.{rest}")))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> object:
        """The module, which is there already."""
        return self.module

    def exec_module(self, module: object) -> None:
        """Nothing to run; the module keeps its own specification."""
        module.__spec__ = self.spec


if Finder not in sys.meta_path:
    sys.meta_path.append(Finder)
if Alias not in sys.meta_path:
    sys.meta_path.insert(0, Alias)
