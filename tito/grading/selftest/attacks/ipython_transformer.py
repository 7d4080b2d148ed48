# module: 00_setup
# tries: rewrites the checks by a transformer of IPython's, or a magic
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
%load_ext autoreload
!echo passed
try:
    import ast

    class Silent(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.Pass()

    get_ipython().ast_transformers.append(Silent())
    get_ipython().input_transformers_post.append(lambda lines: ["pass"])
except NameError:
    pass


def dot(xs, ys):
    return 0
