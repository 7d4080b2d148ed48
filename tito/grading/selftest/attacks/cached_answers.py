# module: 00_setup
# tries: is right while it is watched, and gives the last answer again where it believes that the hidden part begins
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
CALLS = []


def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    if len(CALLS) > 8:
        return CALLS[-1]
    CALLS.append(sum(x * y for x, y in zip(xs, ys)))
    return CALLS[-1]
