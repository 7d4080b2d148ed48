"""The command that puts the fork server into a podman container, without an image: the host's Python, read-only."""

import os
import shutil
import sys
from typing import TYPE_CHECKING

from tito.grading.sandbox.bubblewrap import SETTINGS, SYSTEM

if TYPE_CHECKING:
    from tito.grading.sandbox.host import Limits

CONTROL = 3  # the descriptor that podman hands on
_RENUMBER = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.execv(sys.argv[2], sys.argv[2:])"


def program() -> str | None:
    """Where podman is installed."""
    return shutil.which("podman")


def command(
    inner: list[str],
    shown: dict[str, str],
    hidden: list[str],
    environment: dict[str, str],
    root: str,
    control: int,
    limits: "Limits",
) -> list[str]:
    """`inner` in a container on the empty folder `root`, with the socket `control` as its file descriptor 3."""
    arguments = [program() or "podman", "run", "--rm", "--interactive=false", "--preserve-fds=1", "--network=none"]
    arguments += ["--read-only", "--read-only-tmpfs=false", "--cap-drop=all", "--security-opt=no-new-privileges"]
    arguments += ["--ipc=private", "--pid=private", "--userns=keep-id", "--unsetenv-all", "--log-driver=none"]
    arguments += [f"--pids-limit={limits.processes + 8}", f"--memory={limits.memory_mb + 512}m"]
    arguments += [f"--tmpfs=/tmp:rw,size={limits.files_mb}m,nosuid,nodev", "--workdir=/tmp"]
    arguments += [f"--env={name}={value}" for name, value in environment.items()]
    shown = {path: path for path in SYSTEM + SETTINGS if os.path.exists(path)} | shown
    arguments += [f"--volume={here}:{there}:ro" for here, there in shown.items()]
    arguments += [f"--tmpfs={path}:ro,size=4k" for path in hidden]
    return [sys.executable, "-S", "-c", _RENUMBER, str(control), *arguments, "--rootfs", root, *inner]
