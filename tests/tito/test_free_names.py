"""Exported code that leans on cells which are not exported: found, and nothing else is."""

import re
from pathlib import Path

import pytest

from tito import cells, export, free_names, mutants, notebooks
from tito.course import Course
from tito.errors import TitoError

COURSE = Course(Path(__file__).parents[2])
FIRST = Path("notebooks/00_first/first.ipynb")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n    return sys.version", ["sys"]),
        ("x = y + 1", ["y"]),
        ("class A(Base):\n    z = w\n\n    def f(self):\n        return v", ["Base", "v", "w"]),
        ("f = lambda x: x + n", ["n"]),
        ("total = [a * k for a in range(3)]", ["k"]),
        ("@decorator\ndef f(x=default): pass", ["decorator", "default"]),
        ("def f(x: Tensor) -> Other: pass", ["Other", "Tensor"]),
        ("def f():\n    global seen\n    return seen", ["seen"]),
        ("print(f'{value:>{width}}')", ["value", "width"]),
    ],
)
def test_names_that_nothing_defines_are_found(text, expected):
    assert free_names.missing({"cell": text}) == {"cell": expected}


@pytest.mark.parametrize(
    "text",
    [
        "import os.path as p, sys\nfrom math import pi as tau\nprint(p, sys, tau)",
        "def f(n):\n    return n * f(n - 1) if n else later()\n\n\ndef later(): return __name__",
        "def f():\n    import sys\n    def g():\n        return sys.path\n    return g",
        "def f():\n    def g():\n        nonlocal x\n        x += 1\n    x = 1\n    return g",
        "def f():\n    global made\n    made = 1\n\n\ndef g():\n    return made",
        "class A:\n    size = 3\n    names = [size]\n    where = __module__, __qualname__\n\n"
        "    def f(self):\n        return super().f(), __class__, self.size",
        "try:\n    import fast\nexcept ImportError as error:\n    fast, reason = None, error\nprint(fast, reason)",
        "with open('x') as file:\n    a, *rest = file\nfor i, j in rest: print(a, i, j)\nprint([y for y in rest if y])",
        "print([last := x for x in range(3)])\nprint(last)",
        "match [1]:\n    case [first, *others]: print(first, others)",
        "def f(*args, key=None, **more):\n    n: 'Later' = len(args)\n    m: Never = n\n    return m, key, more",
        "from __future__ import annotations\n\n\ndef f(x: Later) -> Later: pass\n\n\ny: Later = 1",
        "from math import *\nprint(sqrt(2), undefined)",
        "class A:\n    def __f(self): return self.__f\n\n    def __iadd__(self, x): self.n += x",
        "print(type(1), NotImplemented, __file__, __debug__, __spec__)",
    ],
)
def test_names_that_are_defined_are_left_alone(text):
    assert free_names.missing({"cell": text}) == {}


def test_cells_define_names_for_one_another():
    texts = {"imports": "import math", "area": "def area(r):\n    return pi() * r", "pi": "def pi(): return math.pi"}
    assert free_names.missing(texts) == {}
    del texts["imports"]
    assert free_names.missing(texts) == {"pi": ["math"]}


def exported(module):
    notebook = notebooks.from_source(module.path.read_text(encoding="utf-8"), module.slug)
    return {
        notebooks.grade_id(cell) or f"cell {index}": cells.without_markers(cell["source"])
        for index, cell in enumerate(notebook["cells"])
        if cells.is_exported(cell)
    }


@pytest.mark.parametrize("module", COURSE.modules, ids=[m.slug for m in COURSE.modules])
def test_no_module_of_the_course_and_no_other_right_solution_is_refused(module):
    reference = exported(module)
    assert len(reference) > 1 and free_names.missing(reference) == {}
    others = [m for m in mutants.load(mutants.path(COURSE, module)) if m.right and m.grade_id in reference]
    refused = {m.title: free_names.missing({**reference, m.grade_id: m.source}) for m in others}
    assert {title: names for title, names in refused.items() if names} == {}


# In the chain


def workspace_with(text, others=""):
    notebook = notebooks.read(FIRST)
    sources = {"first-double": text, "first-quadruple": "#| export\ndef quadruple(x):\n    return 4 * x"}
    for cell in notebook["cells"]:
        cell["source"] = sources.get(notebooks.grade_id(cell), cell["source"])
    tools = {"cell_type": "code", "id": "tools", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(1, {**tools, "source": others})
    notebooks.write(FIRST, notebook)


LEANING = "#| export\ndef double(x):\n    return 2 * x if sys else None"


def test_export_refuses_code_that_passes_its_checks_and_would_die_in_the_package(tiny_workspace, tito):
    workspace_with(LEANING, "import sys")
    assert tito("test", "00").code == 0
    result = tito("export", "00")
    assert result.code == 1 and (
        "first-double uses sys, which no exported cell defines: import it inside the function, or in an exported cell."
        in result.err
    )
    assert "tito export 00_first --force" in result.err
    assert not (tiny_workspace.package / "core/first.py").exists()
    assert tito("export", "00", "--force").code == 0
    assert "if sys" in (tiny_workspace.package / "core/first.py").read_text()


def test_a_helper_of_the_students_own_must_be_exported(tiny_workspace, tito):
    workspace_with("#| export\ndef double(x):\n    return twice(x)", "def twice(x): return 2 * x")
    result = tito("export", "00")
    assert "first-double uses twice, which no exported cell defines: define it in an exported cell." in result.err
    workspace_with("#| export\ndef double(x):\n    return twice(x)", "#| export\ndef twice(x): return 2 * x")
    assert tito("export", "00").code == 0


ATTENTION = ["#| default_exp core.attention\n#| export\nimport numpy as np"]


@pytest.mark.parametrize(
    ("text", "others", "told"),
    [
        ("def f(): return stack", "", "import it inside the function, or in an exported cell: "
         "from tinytorch.core.tensor import stack."),
        ("def f(): return relu, stack, eye", "", "import them inside the function, or in an exported cell: "
         "from tinytorch.core.tensor import eye, stack; from tinytorch.core.activations import relu."),
        ("def f(): return one_hot", "", "import it inside the function, or in an exported cell: "
         "from tinytorch.core.losses import one_hot."),
        ("def f(): return sys, eye", "import sys", "import them inside the function, or in an exported cell: "
         "from tinytorch.core.tensor import eye."),
        ("def f(): return eye", "def eye(): pass", "define it in an exported cell."),
        ("def f(): return eye, twice", "", "define them in an exported cell."),
        ("def f(): return generate", "", "define it in an exported cell."),  # of a later module
    ],
)  # fmt: skip
def test_what_an_earlier_module_builds_is_to_be_imported_from_there(text, others, told, monkeypatch):
    built = {
        "core.tensor": ("01_tensor", ("eye", "stack")),
        "core.activations": ("02_activations", ("relu",)),
        "core.losses": ("04_losses", ("one_hot",)),
        "core.embeddings": ("11_embeddings", ("one_hot",)),
        "core.attention": ("12_attention", ("fold",)),
        "core.transformers": ("13_transformers", ("generate",)),
    }
    monkeypatch.setattr("tinytorch._built_by.BUILT_BY", built)
    sources = [*ATTENTION, f"#| export\n{text}", others]
    told_of = free_names.problems({"cells": [{"cell_type": "code", "metadata": {}, "source": s} for s in sources]})
    assert list(told_of) == [1] and told_of[1].endswith(f", which no exported cell defines: {told}")


def test_the_authors_build_refuses_it_too(tiny_course):
    course = Course(tiny_course)
    source = course.modules[0].path
    source.write_text(re.sub("return 2 \\* x", "return 2 * x + bias", source.read_text()))
    with pytest.raises(TitoError, match="first-double uses bias"):
        export.export(course, course.modules[0], checked=False)
