# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   tinytorch:
#     hours: 0.25
#     prerequisites: []
#     title: Setup
# ---

# %% [markdown]
# # Setup
# > Once round the whole loop: fill in, test, export, import, submit.
#
# Every chapter of this course goes the same way, so this one is short and goes it once. In fifteen minutes you
# have written two functions, they are part of a package of your own, and you know why the rest of that package
# will be built on NumPy. The reason first. Click into the first cell below and press Shift-Enter: that runs it
# and goes on to the next. The first two import what is needed; the third multiplies each of a million numbers by
# itself and adds them up, once in Python and once in NumPy.

# %% nbgrader={"grade": false, "grade_id": "setup-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.setup
#| export
import os
import platform
import sys

import numpy as np

# %% nbgrader={"grade": false, "grade_id": "setup-test-tools", "locked": true, "schema_version": 3, "solution": false, "task": false}
import time

from tinytorch.figures import BLUE, ORANGE, axes
from tinytorch.testing import assert_close

# %%
numbers = [i / 1000 for i in range(1_000_000)]
array = np.array(numbers)

start = time.perf_counter()
sum(x * x for x in numbers)
between = time.perf_counter()
(array * array).sum()
end = time.perf_counter()
print(f"Python: {1000 * (between - start):.1f} ms    NumPy: {1000 * (end - between):.1f} ms")


# %% [markdown]
# A cell knows what the cells *run* before it have defined. If one complains that a name is not defined, a cell
# above it has not been run; the menu *Run* has *Run All Above Selected Cell*.
#
# ## What is in a notebook
# - **Text**, like this.
# - **Cells to run**, like the one above. Change them and run them again as often as you like.
# - **Exercises**: a cell that ends in `raise NotImplementedError()`. Replace that line by your own, and leave the
#   lines above it as they are, those that begin with `#|` in particular: we come to them at the end.
# - **Checks**, at once below each exercise. If your work is right, a check prints nothing. If not, it says what it
#   expected and what it got. You cannot edit checks. Some have more cases that run only when you are graded;
#   they hold you to nothing that the exercise does not say.
#
# Here is an exercise that has been done already, so that you see what one looks like. Below the name stands the
# contract: what goes in, what comes out, and an example.

# %% nbgrader={"grade": false, "grade_id": "setup-total", "locked": true, "schema_version": 3, "solution": false, "task": false}
def total(xs):
    """The sum of the numbers in the list `xs`; 0 if there are none.

    >>> total([1, 2, 3])
    6
    """
    result = 0
    for x in xs:
        result = result + x
    return result


# %%
total([1, 2, 3])


# %% [markdown]
# ## The dot product
# Multiply two sequences of numbers, lists or tuples, pair by pair, and add up the products:
#
# $$x \cdot y = x_1 y_1 + x_2 y_2 + \dots + x_n y_n$$
#
# Every layer of every network is made of such sums: for each word that it writes, a language model with 8 billion
# weights multiplies and adds about 8 billion times. Write `dot` in plain Python, without NumPy, so that it also
# works for integers of any size. Sequences of different lengths have no dot product. For them, raise an error
# that shows the lengths: `ValueError("dot: xs has 2 numbers, ys has 3")`.
#
# Stuck? Open the hints one by one, and go back to work after each.
#
# <details><summary>Hint 1: the idea</summary>
#
# It is `total` above, with a product in place of x.
#
# </details>
# <details><summary>Hint 2: walking along two lists</summary>
#
# `for x, y in zip(xs, ys):` gives you the pairs. It stops at the end of the shorter list without a word, so
# compare `len(xs)` and `len(ys)` first.
#
# </details>
# <details><summary>Hint 3: the error</summary>
#
# `raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")`
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "setup-dot", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def dot(xs, ys):
    """The sum of the products of `xs` and `ys`, pair by pair; sequences of the same length.

    >>> dot([1, 2, 3], [4, 5, 6])
    32
    """
    ### BEGIN SOLUTION
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x, y in zip(xs, ys, strict=True))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-setup-dot", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_dot():
    """dot multiplies pair by pair and adds up."""
    assert_close(dot([1, 2, 3], [4, 5, 6]), 32, "dot([1, 2, 3], [4, 5, 6])")
    assert_close(dot([2], [-3]), -6, "dot([2], [-3])")
    assert_close(dot([], []), 0, "dot([], [])")
    assert_close(dot((0.5, 0.25), (4, 8)), 4.0, "dot((0.5, 0.25), (4, 8))")
    rng = np.random.default_rng(0)
    for n in (1, 2, 10, 100):
        xs, ys = rng.normal(size=(2, n)).tolist()
        expected = float(np.dot(xs, ys))
        assert_close(dot(xs, ys), expected, f"dot of {n} random numbers, against NumPy's")
        assert len(xs) == len(ys) == n, f"dot of {n} numbers left {len(xs)} and {len(ys)} of them in the lists"
    got, expected = dot([2**40, 1], [2**40, 5]), 2**80 + 5
    assert got == expected, f"dot([2**40, 1], [2**40, 5]): expected 2**80 + 5 = {expected}, got {got!r}"
    for xs, ys in [([1, 2], [3, 4, 5]), ([1, 2, 3], [4]), ([], [1])]:
        try:
            got = dot(xs, ys)
        except ValueError as error:
            expected = f"dot: xs has {len(xs)} numbers, ys has {len(ys)}"
            assert str(error) == expected, f"dot({xs}, {ys}): expected the error\n  {expected}\ngot\n  {error}"
        else:
            raise AssertionError(f"dot({xs}, {ys}): expected a ValueError to be raised, but {got!r} was returned")


test_unit_dot()
### BEGIN HIDDEN TESTS
def test_hidden_dot():
    """dot is exact for integers of any size, and leaves the lists alone."""
    xs, ys = [3**30, 1, -(3**30)], [3**30, 7, 3**30]
    got = dot(xs, ys)
    assert got == 7 and type(got) is int, f"dot of integers of 15 digits: expected 7, got {got}"
    assert xs == [3**30, 1, -(3**30)], f"dot changed the list it was given: {xs}"
    assert_close(dot(range(1000), range(1000)), 332833500, "dot of two ranges")


test_hidden_dot()
### END HIDDEN TESTS

# %% [markdown]
# ## Your machine
# This course measures a lot, and a time means nothing without the machine that it was taken on. Write `machine`,
# which collects the facts in a dictionary. On one computer, for example:
#
# `{"python": "3.12.4", "numpy": "2.1.0", "system": "Linux", "cores": 8, "memory_gb": 15.5}`
#
# How much memory there is takes a question to the operating system; that function is given, and answers `None`
# where it cannot tell.

# %% nbgrader={"grade": false, "grade_id": "setup-memory", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| export
def memory_gb():
    """The machine's memory in GB, rounded to one digit; None where the system does not say."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return round(size / 2**30, 1)


# %% [markdown]
# <details><summary>Hint 1: the idea</summary>
#
# A dictionary is written `{"name": value, "other name": other_value}`. Five names, five values; each value
# is one call, or one attribute.
#
# </details>
# <details><summary>Hint 2: where to ask</summary>
#
# The modules imported at the top: `platform` knows Python and the system, `os` counts cores, NumPy knows its own
# version. Type `platform.` in a cell of your own and press Tab to see what there is.
#
# </details>
# <details><summary>Hint 3: the names</summary>
#
# `platform.python_version()`, `np.__version__`, `platform.system()`, `os.cpu_count()`, `memory_gb()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "setup-machine", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def machine():
    """What this machine is: a dictionary with the keys python, numpy, system, cores and memory_gb.

    python and numpy are versions as text; system is Linux, Darwin (macOS) or Windows; cores is a whole number.
    Each call gives a new dictionary.

    >>> sorted(machine())
    ['cores', 'memory_gb', 'numpy', 'python', 'system']
    """
    ### BEGIN SOLUTION
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "setup-machine-fixture", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| student
def machine_again():
    """machine(), after somebody has changed what it returned before."""
    machine()["python"] = "changed"
    return machine()


# %% nbgrader={"grade": true, "grade_id": "test-setup-machine", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
def test_unit_machine():
    """machine tells the facts of the machine it runs on."""
    got = machine()
    assert type(got) is dict, f"machine(): expected a dictionary, got {got!r}"
    names = ["cores", "memory_gb", "numpy", "python", "system"]
    assert sorted(got) == names, f"machine(): expected the keys {names}, got {sorted(got)}"
    version = ".".join(map(str, sys.version_info[:3]))
    assert type(got["python"]) is str, f"python: expected text, got {got['python']!r}"
    assert got["python"].startswith(version), f"python: expected {version}, got {got['python']}"
    assert got["numpy"] == np.__version__, f"numpy: expected {np.__version__}, got {got['numpy']!r}"
    system = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}.get(sys.platform, got["system"])
    assert got["system"] == system, f"system: expected {system}, got {got['system']!r}"
    assert type(got["cores"]) is int, f"cores: expected a whole number, got {got['cores']!r}"
    most = os.cpu_count() or 1
    assert 1 <= got["cores"] <= most, f"cores: expected 1 to {most}, got {got['cores']}"
    known = "SC_PHYS_PAGES" in getattr(os, "sysconf_names", ())
    memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1) if known else None
    assert got["memory_gb"] == memory, f"memory_gb: expected {memory}, got {got['memory_gb']!r}"
    assert machine_again()["python"].startswith(version), "machine(): changing one result must not change the next"


test_unit_machine()
### BEGIN HIDDEN TESTS
def test_hidden_machine():
    """machine gives text and numbers only, the same at every call."""
    import json

    assert json.loads(json.dumps(machine())) == machine(), "machine() should hold text and numbers only"


test_hidden_machine()
### END HIDDEN TESTS

# %%
machine()


# %% [markdown]
# ## What it costs
# Your `dot` on lists against NumPy on arrays, for 1 to a million numbers, on this machine.

# %%
def microseconds(f, xs, ys):
    """The shortest of five measured times of f(xs, ys), each a mean over enough calls to fill a millisecond."""
    calls, times = max(1, 10_000 // len(xs)), []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(calls):
            f(xs, ys)
        times.append((time.perf_counter() - begin) / calls)
    return 1e6 * min(times)


def numpy_dot(xs, ys):
    """The dot product of two arrays: one operation on all numbers, then another."""
    return (xs * ys).sum()


# %%
sizes = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
arrays = [np.linspace(0, 1, n) for n in sizes]
ax = axes()
ax.plot(sizes, [microseconds(dot, a.tolist(), a.tolist()) for a in arrays], ".-", color=ORANGE, label="your dot, lists")
ax.plot(sizes, [microseconds(numpy_dot, a, a) for a in arrays], ".-", color=BLUE, label="NumPy, arrays")
ax.set(xscale="log", yscale="log", xlabel="numbers", ylabel="microseconds")
ax.set_title("{system}, {cores} cores, Python {python}, NumPy {numpy}".format(**machine()))
ax.legend();

# %% [markdown]
# For a few numbers Python is as fast; NumPy costs a microsecond or two whatever it does. From some tens of numbers
# on NumPy wins, and for ten thousand or more it is about a hundred times as fast: a list holds references to
# numbers that lie anywhere in memory, each with its type to be looked up; an array holds the bare numbers side by
# side, and the processor takes several at once. Hence the rule of this course: no Python loop over numbers where
# an operation on the whole array will do.
#
# ## Round the loop
# Save the notebook (Ctrl-S). Then, in a terminal in your workspace:
#
# 1. `tito test 00` runs the checks of the saved notebook and lists them.
# 2. `tito export 00` writes the cells that begin with `#| export` into `tinytorch/core/setup.py`. Look at the
#    file: it is what you wrote, and nothing else. (`#| student` marks helpers of the checks, which are not exported.)
# 3. `python -c "from tinytorch.core.setup import machine; print(machine())"` imports it, as any program may now.
# 4. `tito submit 00` packs the notebook for your instructor.
#
# That was the loop. Change `dot`, save, and go round once more if you like: exporting again replaces what was
# there.
#
# ## What PyTorch does differently
# `torch.dot` hands both vectors to a library of linear algebra, BLAS (`aten/src/ATen/native/Blas.cpp`); so does
# `np.dot`. It makes one pass instead of two and uses several cores, which for short vectors can cost more than it
# brings. What `machine` tells in five lines, `python -m torch.utils.collect_env`
# tells in fifty (`torch/utils/collect_env.py`), and every report of an error begins with it.
#
# ## Questions
# 1. In the plot the line of Python is straight, NumPy's is flat at first. What does each slope say? Where would
#    the two cross if calling NumPy cost ten times as much?
# 2. `dot` of two arrays instead of two lists works too. Measure it: it is slower than with lists. Why?
# 3. Add up 0.1 ten times with `total`. Why is it not 1, and which result of `dot` must you therefore never
#    compare with `==`?
#
# Module 01 builds the class that all others stand on.
