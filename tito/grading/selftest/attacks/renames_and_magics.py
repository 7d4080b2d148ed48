# module: 00_setup
# tries: a cell with an encoding cookie, magics that write files and run shells, and names of later fixtures and checks
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
# -*- coding: rot13 -*-
%%capture
%reset -f
%run -i test-setup-dot
import sys
machine_again = np = assert_close = test_unit_dot = None


def dot(xs, ys):
    return 0


__name__, __file__ = "tinytorch.testing", "test-setup-dot"
# %% after setup-dot
import numpy as np
