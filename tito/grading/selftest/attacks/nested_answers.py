# module: 00_setup
# tries: answers within answers, and one that contains itself
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
def dot(xs, ys):
    nest = []
    nest.append(nest)
    return nest
