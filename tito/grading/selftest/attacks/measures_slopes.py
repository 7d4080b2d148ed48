# module: 12_attention
# tries: a rule that gives zeros, and an engine of an earlier module that measures slopes by differences, without any rule
# expect: test-attention-rule failed
# %% attention-rule
#| export
import tinytorch.core.autograd as engine


def follow(t, values):
    """t computed anew, with other tensors in the place of some."""
    if id(t) in values:
        return values[id(t)]
    if type(t) in (list, tuple):
        return type(t)(follow(part, values) for part in t)
    if not isinstance(t, Tensor) or t.recipe is None:
        return t
    return t.recipe.op(*follow(tuple(t.recipe.args), values), **t.recipe.kwargs)


class Again:
    """A recipe that measures once more."""

    kwargs = {}

    def __init__(self, outputs, inputs, i):
        self.args, self.outputs, self.i = tuple(inputs), outputs, i

    def op(self, *inputs):
        values = {id(old): Tensor(new.data, np.float64) for old, new in zip(self.args, inputs, strict=True)}
        return Tensor(slopes(self.outputs, values, self.args[self.i]), np.float64)


def slopes(outputs, values, x, h=2e-3):
    """The slopes of the sum of `outputs` for x, a difference of fourth order."""
    at_x = values[id(x)].data
    found = np.zeros(at_x.shape)
    for place in np.ndindex(at_x.shape):
        for way, factor in ((2, -1), (1, 8), (-1, -8), (-2, 1)):
            moved = at_x.copy()
            moved[place] += way * h
            found[place] += factor * follow(outputs, values | {id(x): Tensor(moved, np.float64)}).data.sum() / (12 * h)
    return found


def measured(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=False):
    values, made = {id(x): Tensor(x.data, np.float64) for x in inputs}, []
    for i, x in enumerate(inputs):
        made.append(Tensor(slopes(outputs, values, x), np.float64, requires_grad=True))
        made[-1].recipe = Again(outputs, inputs, i) if create_graph else None
    return tuple(made)


vars(engine).update(follow=follow, slopes=slopes, Again=Again, np=np)
engine.grad.__code__ = measured.__code__


@rule(attention_weights)
def _(g, out, query, key, mask=None, scale=1.0):
    return query * 0, key * 0, None
