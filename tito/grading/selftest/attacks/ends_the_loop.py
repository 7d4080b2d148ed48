# module: 00_setup
# tries: raises what ends a loop, so that the loop of the check ends before it has compared anything
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    raise [StopIteration, StopAsyncIteration, GeneratorExit][len(xs) % 3]
