# module: 00_setup
# tries: answers that are too large for the judge: a text of 1 MB, an integer of 10 million bits, a million lists
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
SIZES = ["x" * 2**20, 1 << 10_000_000, [[]] * 10**6]


def dot(xs, ys):
    return SIZES[len(xs) % 3]
