# module: 00_setup
# tries: leaves the check by SystemExit, which no `except Exception` catches
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
def dot(xs, ys):
    raise SystemExit(0)
