"""The command that puts the fork server into bubblewrap: every namespace, and of the file system what Python needs."""

import os
import shutil
import subprocess
from pathlib import Path

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/urandom", "/dev/random")  # no zero: a shared mapping of it is memory that nobody counts

INSTALL = "sudo apt-get install bubblewrap"  # dnf, pacman and zypper call it the same


def trial() -> str:
    """Why an empty bubblewrap cannot be made here, "" if it can."""
    command = [program() or "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--", "/bin/true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it fails without a word"])[-1]


def program() -> str | None:
    """Where bubblewrap is installed."""
    return shutil.which("bwrap")


def command(inner: list[str], shown: dict[str, str], hidden: list[str], environment: dict[str, str]) -> list[str]:
    """`inner` in bubblewrap, where it sees the system and `shown` (path here → path there) without `hidden`."""
    arguments = [program() or "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "sandbox"]
    arguments += ["--clearenv"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    arguments += _system()
    for device in DEVICES:
        arguments += ["--dev-bind", device, device]
    arguments += ["--proc", "/proc", "--tmpfs", "/tmp"]
    for here, there in sorted(shown.items(), key=lambda pair: pair[1]):
        arguments += ["--ro-bind", here, there]
    for path in hidden:
        arguments += ["--tmpfs", path, "--remount-ro", path]
    return [*arguments, "--remount-ro", "/", "--chdir", "/tmp", "--", *inner]


def _system() -> list[str]:
    """/lib and its kind as they are here: folders, or links into /usr."""
    arguments = []
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for path in SETTINGS:
        arguments += ["--ro-bind-try", path, path]
    return arguments
