# module: 00_setup
# tries: replaces a given function that the check might believe
# expect: test-setup-dot passed, test-setup-machine failed
# %% setup-machine
def memory_gb():
    return -1.0


def machine():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count() or 1,
        "memory_gb": memory_gb(),
    }
