# module: 00_setup
# tries: an object whose text never ends
# expect: test-setup-dot 0, test-setup-machine passed
# %% setup-dot
class Endless(ValueError):
    def __str__(self):
        while True:
            pass


def dot(xs, ys):
    raise Endless
