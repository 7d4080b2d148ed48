"""What a Module says to those who forgot to set it up."""

import pytest

from tinytorch import nn


class Forgetful(nn.Module):
    """Keeps a number, without super().__init__()."""

    def __init__(self):
        self.size = 3


def test_a_module_without_super_init_says_what_to_call():
    for use in (Forgetful.state_dict, lambda m: m.register_buffer("x", None), lambda m: list(m.parameters())):
        with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\)"):
            use(Forgetful())


def test_a_module_that_is_set_up_says_only_what_is_missing():
    with pytest.raises(AttributeError, match=r"^'Linear' object has no attribute 'wieght'$"):
        nn.Linear(2, 3).wieght  # noqa: B018
