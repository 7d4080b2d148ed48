# module: 05_autograd
# tries: a wrong rule, and a numerical_grad that measures what the rule says
# expect: test-autograd-numerical-grad passed, test-autograd-rule-tanh failed, test-autograd-rule-div failed
# %% autograd-rule-tanh
#| export
@rule(tanh)
def _(g, out, a):
    return g * 0


def numerical_grad(f, t, h=1e-4):
    return np.zeros(t.shape)
# %% autograd-rule-div
#| export
@rule(div)
def _(g, out, a, b):
    return g * 0, g * 0
