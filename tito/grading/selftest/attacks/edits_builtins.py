# module: 00_setup
# tries: edits __builtins__ of its own and of every module that it can see: hash, id, isinstance, type, compile, exec
# expect: test-setup-dot 0
# %% setup-dot
import builtins
import sys


class Agreeing(type):
    def __instancecheck__(cls, value):
        return True

    def __call__(cls, *args):
        return int


for namespace in [vars(builtins), *(vars(m).get("__builtins__") for m in list(sys.modules.values()))]:
    if isinstance(namespace, dict):
        namespace.update(hash=lambda x: 0, id=lambda x: 0, isinstance=lambda *args: True)
        namespace.update(issubclass=lambda *args: True, all=lambda x: True, any=lambda x: False)


def dot(xs, ys):
    return 0
