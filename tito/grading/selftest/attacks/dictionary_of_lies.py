# module: 00_setup
# tries: a dictionary, keys and texts that agree with everything
# expect: test-setup-dot passed, test-setup-machine failed
# %% setup-machine
class Yes(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def startswith(self, *args):
        return True


class Lies(dict):
    def __getitem__(self, key):
        return Yes("yes")

    def __iter__(self):
        return iter(sorted(["cores", "memory_gb", "numpy", "python", "system"]))

    def __eq__(self, other):
        return True


def machine():
    return Lies()
