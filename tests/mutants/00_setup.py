# Plausible solutions of 00_setup: `:` a wrong one, `+` another right one. See tito/mutants.py.

# %% setup-dot: cuts off the longer list
#| export
def dot(xs, ys):
    return sum(x * y for x, y in zip(xs, ys))

# %% setup-dot: leaves the error to zip
#| export
def dot(xs, ys):
    return sum(x * y for x, y in zip(xs, ys, strict=True))

# %% setup-dot: returns after the first pair
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    result = 0
    for x, y in zip(xs, ys):
        result = result + x * y
        return result
    return result

# %% setup-dot: keeps the last product only
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    result = 0
    for x, y in zip(xs, ys):
        result = x * y
    return result

# %% setup-dot: adds the pairs
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x + y for x, y in zip(xs, ys))

# %% setup-dot: every number with every other
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x in xs for y in ys)

# %% setup-dot: forgets the first pair
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(xs[i] * ys[i] for i in range(1, len(xs)))

# %% setup-dot: an error for empty lists
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    result = xs[0] * ys[0]
    for x, y in zip(xs[1:], ys[1:]):
        result += x * y
    return result

# %% setup-dot: NumPy's
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return np.dot(xs, ys)

# %% setup-dot: in floats
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    result = 0.0
    for x, y in zip(xs, ys):
        result += x * y
    return result

# %% setup-dot: uses up the lists
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    xs, result = xs if isinstance(xs, list) else list(xs), 0
    ys = list(ys)
    while xs:
        result += xs.pop() * ys.pop()
    return result

# %% setup-dot: returns the error instead of raising it
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        return ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x, y in zip(xs, ys))

# %% setup-dot: the difference of the lengths as an error for the longer xs only
#| export
def dot(xs, ys):
    if len(xs) > len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    return sum(x * y for x, y in zip(xs, ys))

# %% setup-dot: prints the result
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    print(sum(x * y for x, y in zip(xs, ys)))

# %% setup-dot: lengths the wrong way round
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(ys)} numbers, ys has {len(xs)}")
    return sum(x * y for x, y in zip(xs, ys))

# %% setup-dot + by index
#| export
def dot(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs has {len(xs)} numbers, ys has {len(ys)}")
    result = 0
    for i in range(len(xs)):
        result += xs[i] * ys[i]
    return result

# %% setup-dot + with map and total
#| export
def dot(xs, ys):
    if not len(xs) == len(ys):
        raise ValueError("dot: xs has " + str(len(xs)) + " numbers, ys has " + str(len(ys)))
    from operator import mul

    return sum(map(mul, xs, ys))

# %% setup-machine: the machine of the example
#| export
def machine():
    return {"python": "3.12.4", "numpy": "2.1.0", "system": "Linux", "cores": 8, "memory_gb": 15.5}

# %% setup-machine: the version as a tuple
#| export
def machine():
    return {
        "python": platform.python_version_tuple(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }

# %% setup-machine: forgets to call
#| export
def machine():
    return {
        "python": platform.python_version,
        "numpy": np.__version__,
        "system": platform.system,
        "cores": os.cpu_count,
        "memory_gb": memory_gb,
    }

# %% setup-machine: the processor instead of the system
#| export
def machine():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }

# %% setup-machine: the cores as text
#| export
def machine():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": str(os.cpu_count()),
        "memory_gb": memory_gb(),
    }

# %% setup-machine: the memory left out
#| export
def machine():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count(),
    }

# %% setup-machine: memory in bytes
#| export
def machine():
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": int((memory_gb() or 1) * 2**30),
    }

# %% setup-machine: Python's version in place of NumPy's
#| export
def machine():
    return {
        "python": platform.python_version(),
        "numpy": platform.python_version(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
    }

# %% setup-machine: collected once, the same dictionary ever after
#| export
FACTS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "system": platform.system(),
    "cores": os.cpu_count(),
    "memory_gb": memory_gb(),
}


def machine():
    return FACTS

# %% setup-machine: a text
#| export
def machine():
    return f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.system()}, {os.cpu_count()} cores"

# %% setup-machine: prints
#| export
def machine():
    print(
        {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "system": platform.system(),
            "cores": os.cpu_count(),
            "memory_gb": memory_gb(),
        }
    )

# %% setup-machine + Python's version from sys, which the first cell imports
#| export
def machine():
    facts = {"python": ".".join(str(n) for n in sys.version_info[:3]), "numpy": np.__version__}
    facts |= {"system": platform.system(), "cores": os.cpu_count(), "memory_gb": memory_gb()}
    return facts

# %% setup-machine + another way to each fact, in another order
#| export
def machine():
    import sys
    from importlib.metadata import version

    facts = dict(cores=os.cpu_count(), numpy=version("numpy"), memory_gb=memory_gb())
    facts["python"] = sys.version.split()[0]
    facts["system"] = platform.uname().system
    return facts

# %% setup-machine + the cores that this process may use
#| export
def machine():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.version.version,
        "cores": cores,
        "memory_gb": memory_gb(),
    }
