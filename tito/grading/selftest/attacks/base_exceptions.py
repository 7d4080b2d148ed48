# module: 00_setup
# tries: leaves the check by exceptions of its own making, some with messages that lie
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
class Agreeable(str):
    def __eq__(self, other):
        return True

    def __radd__(self, other):
        return self


class Escape(BaseException):
    def __str__(self):
        return Agreeable("fine")


class Liar(ValueError):
    def __str__(self):
        return Agreeable("fine")


def dot(xs, ys):
    if len(xs) != len(ys):
        raise Liar
    raise Escape
