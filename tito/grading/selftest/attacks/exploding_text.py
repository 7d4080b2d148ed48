# module: 00_setup
# tries: an object whose every text explodes
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
class Bomb:
    def __repr__(self):
        raise SystemExit

    __str__ = __format__ = __eq__ = __bool__ = __len__ = __float__ = lambda self, *args: 1 / 0
    __hash__ = object.__hash__


def dot(xs, ys):
    return Bomb()


Bomb()
