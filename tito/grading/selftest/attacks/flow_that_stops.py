# module: 05_autograd
# tries: a flow that ends where no gradient has come, and an op of the check made to give zeros in place of none
# expect: test-autograd-graph passed, test-autograd-flow failed
# %% autograd-flow
#| export
def flow(order, grads, retain_graph=False, create_graph=False, keep=()):
    while order and order[-1] in grads:
        t = order.pop()
        g = grads[t] if t in keep else grads.pop(t)
        for a, share in shares(t, g, create_graph):
            grads[a] = grads[a] + share if a in grads else share
        if not retain_graph:
            t.recipe = FREED
    return grads
# %% after autograd-flow-late
#| export
RULES[ignoring] = lambda g, out, a, b, which: (g * which, g * (1 - which))
