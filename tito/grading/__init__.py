"""A class: its folder and roster, and what is released, collected, graded and returned through nbgrader."""
