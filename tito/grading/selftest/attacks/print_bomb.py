# module: 00_setup
# tries: prints without end
# expect: test-setup-dot 0, test-setup-machine passed
# %% setup-dot
def dot(xs, ys):
    while True:
        print("passed" * 1000)


print("x" * 3_000_000)
