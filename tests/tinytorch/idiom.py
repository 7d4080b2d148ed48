"""To run a file that imports torch on tinytorch, or on PyTorch."""

import contextlib
import importlib.util
import sys
from pathlib import Path

import numpy as np


@contextlib.contextmanager
def as_torch(module):
    """A block in which `import torch` gives `module`; what was imported before comes back after it."""
    before = {name: m for name, m in sys.modules.items() if name.partition(".")[0] == "torch"}
    if module is not sys.modules.get("torch"):
        for name in before:
            del sys.modules[name]
        sys.modules["torch"] = module
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
            del sys.modules[name]
        sys.modules.update(before)


def load(module, file):
    """A model file, run with `module` as its torch."""
    spec = importlib.util.spec_from_file_location(f"{file[:-3]}_on_{module.__name__}", Path(__file__).parent / file)
    loaded = importlib.util.module_from_spec(spec)
    with as_torch(module):
        sys.modules[spec.name] = loaded  # dataclasses look there
        spec.loader.exec_module(loaded)
    return loaded


def moved(model, kind):
    """A model's state in the tensors of another framework."""
    return {name: kind(np.array(t.detach().numpy())) for name, t in model.state_dict().items()}
