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
#     title: Setup
#     prerequisites: []
#     hours: 0.25
# ---

# %% [markdown]
# # Setup
# > The whole loop once.

# %% nbgrader={"grade": false, "grade_id": "setup-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
#| default_exp core.setup
#| export
import numpy as np

# %% nbgrader={"grade": false, "grade_id": "setup-dot", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def dot(xs, ys):
    """The dot product."""
    ### BEGIN SOLUTION
    return sum(x * y for x, y in zip(xs, ys))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test-setup-dot", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
assert dot([1, 2], [3, 4]) == 11
### BEGIN HIDDEN TESTS
assert dot([], []) == 0
### END HIDDEN TESTS

# %%
dot([1,2],[3,4])
