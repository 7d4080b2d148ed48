# module: 00_setup
# tries: finders, hooks and a module table that give another tinytorch.testing, numpy and json to whoever imports
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import builtins
import importlib.abc
import importlib.machinery
import sys
import types


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith("tinytorch.test") else None

    def create_module(self, spec):
        made = types.ModuleType(spec.name)
        made.assert_close = made.assert_same = lambda *args, **kwargs: None
        return made

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, lambda path: Finder())
sys.path_importer_cache.clear()
sys.modules.pop("tinytorch.testing", None)
original = builtins.__import__
builtins.__import__ = lambda name, *rest: Finder().create_module(types.SimpleNamespace(name=name)) if "testing" in name else original(name, *rest)


def dot(xs, ys):
    return 0
