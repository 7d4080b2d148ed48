# module: 00_setup
# tries: replaces what executes cells (exec, eval, compile, ast, run_code and run_cell), so that checks do nothing
# expect: test-setup-dot 0
# %% setup-dot
import ast
import builtins
import sys


class Shell:
    run_code = run_cell = lambda self, *args, **kwargs: None


builtins.get_ipython = Shell
for module in list(sys.modules.values()):
    if hasattr(module, "_execute"):
        module._execute = lambda source, file, namespace: None
compile_, parse = builtins.compile, ast.parse
builtins.compile = lambda source, *args, **kwargs: compile_("pass" if "assert" in str(source) else source, *args, **kwargs)
ast.parse = lambda source, *args, **kwargs: parse("pass" if "assert" in str(source) else source, *args, **kwargs)


def dot(xs, ys):
    return 0
