# module: 05_autograd
# tries: makes tanh and div constant and every array that is read zero, so that wrong slopes agree with measured ones
# expect: test-autograd-numerical-grad passed, test-autograd-rule-tanh failed, test-autograd-rule-div failed
# %% autograd-rule-tanh
#| export
@rule(tanh)
def _(g, out, a):
    return g * 0


for lifted in (tanh, div):
    lifted.forward = lambda *arrays: np.zeros(np.broadcast_shapes(*map(np.shape, arrays)))
# %% autograd-rule-div
#| export
@rule(div)
def _(g, out, a, b):
    return g * 0, g * 0


type(tanh)
Tensor.__float__ = lambda self: 0.0
