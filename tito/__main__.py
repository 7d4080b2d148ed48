"""`python -m tito`: `setup` on the standard library alone, everything else in `.venv`."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run the command line; re-run it with the environment's Python where this one lacks click."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this very line is what tells an old Python)
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"tito: Python {version} is too old: TinyTorch needs 3.11 or newer.", file=sys.stderr)
        print("  Install a newer Python, then run it by name: python3.11 -m tito setup", file=sys.stderr)
        print("  (with make: make PYTHON=python3.11 setup)", file=sys.stderr)
        return 3
    if sys.argv[1:2] == ["setup"]:
        from tito.bootstrap import main as setup

        return setup(sys.argv[2:])
    missing = [name for name in ("click", "numpy", "nbgrader") if importlib.util.find_spec(name) is None]
    if missing:
        python = _other_environment()
        if python is not None:
            return _hand_over(python)
    if "click" in missing:
        again = " --force" if sys.prefix != sys.base_prefix else ""  # an environment that has lost its packages
        print("tito: the course is not set up here.\n  Run: python3 -m tito setup" + again, file=sys.stderr)
        return 3
    from tito.cli import main as cli

    return cli()


def _other_environment():
    """The interpreter of the folder's .venv, or None where there is none or it is this one."""
    from tito.bootstrap import environment_python

    python = environment_python(Path.cwd())
    return None if python is None or Path(sys.prefix) == python.parent.parent else python


def _hand_over(python):
    """Run the same command with another interpreter; return its exit code."""
    command = [str(python), "-m", "tito", *sys.argv[1:]]
    if os.name == "posix":
        os.execv(python, command)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
