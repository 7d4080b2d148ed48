# module: 00_setup
# tries: changes the numbers that it was given, so that the expected value becomes 0 as well
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    for numbers in (xs, ys):
        if isinstance(numbers, list):
            numbers[:] = [0] * len(numbers)
    return 0
