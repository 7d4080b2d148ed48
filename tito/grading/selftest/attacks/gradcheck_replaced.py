# module: 09_spatial
# tries: a rule that gives zeros, and a gradcheck of an earlier module that finds nothing wrong with any
# expect: test-spatial-loops passed, test-spatial-rule failed
# %% spatial-rule
#| export
import tinytorch.core.autograd as judged_by

judged_by.gradcheck = judged_by.gradgradcheck = gradcheck = gradgradcheck = lambda *args, **kwargs: True


@rule(convolve_input)
def _(h, out, g, weight, size, **options):
    return g * 0, weight * 0
