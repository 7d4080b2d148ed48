# module: 00_setup
# tries: a length that keeps the judge counting
# expect: test-setup-dot 0, test-setup-machine passed
# %% setup-dot
class Long:
    def __len__(self):
        return 2**62

    def __iter__(self):
        while True:
            yield 4


def dot(xs, ys):
    xs[:] = Long()
    return Long()
