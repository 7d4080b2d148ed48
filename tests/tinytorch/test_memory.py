"""Large blocks are kept, on glibc, unless the environment says otherwise."""

import os
import subprocess
import sys

import pytest

from tinytorch import _memory

# how many pages the system hands out while ten arrays of 4 MB come and go
PROGRAM = """
import resource
import tinytorch
import numpy as np
x = np.ones(1 << 20, np.float32)
y = [x + 1, x + 2, x + 3]
del y
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    y = [x + 1, x + 2, x + 3]
    del y
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment):
    run = [sys.executable, "-c", PROGRAM]
    return int(subprocess.run(run, env=os.environ | environment, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not _memory._is_glibc(), reason="the memory is not glibc's")
def test_arrays_that_come_and_go_get_the_same_pages_again():
    kept, system = faults(TINYTORCH_MALLOC=""), faults(TINYTORCH_MALLOC="system")
    assert kept < 100, f"{kept} pages were handed out anew"
    assert system > 10 * max(kept, 1), f"{system} pages with the library's own thresholds, {kept} without"


def test_the_environment_switches_it_off(monkeypatch):
    monkeypatch.setenv("TINYTORCH_MALLOC", "system")
    assert _memory.keep_large_blocks() is False


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.delattr(os, "confstr_names", raising=False)
    assert _memory.keep_large_blocks() is False
