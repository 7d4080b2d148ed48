"""Become an ordinary user, still able to read what the sandbox shows, and execute a program.

    python launch.py UID '["/path/to/keep/readable", …]' PROGRAM ARGUMENT …

Run by a grader that is root. Folders that this user cannot enter (/root, say) are replaced, in a mount namespace of
this process, by empty ones that hold only the paths to keep.
"""

import json
import os
import stat
import sys

from . import kernel


def closed_folder(path: str) -> str:
    """The first folder on the way to `path` that not everybody may enter, "" if there is none."""
    parts = path.strip("/").split("/")[:-1]
    ways = ["/" + "/".join(parts[: i + 1]) for i in range(len(parts))]
    return next((way for way in ways if not os.stat(way).st_mode & stat.S_IXOTH), "")


def open_up(paths: list[str]) -> None:
    """Make `paths` reachable for everybody, seen from this process."""
    closed: dict[str, list[str]] = {}
    for path in paths:
        if folder := closed_folder(path):
            closed.setdefault(folder, []).append(path)
    if not closed:
        return
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    for folder, kept in closed.items():
        trees = {path: kernel.graft(path) for path in kept}
        kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
        for path, tree in trees.items():
            place(path)
            kernel.plant(tree, path)
        kernel.mount("none", folder, "", kernel.MS_REMOUNT | kernel.MS_RDONLY)


def place(path: str) -> None:
    """An empty folder at `path`, unless an outer path that is kept has it already."""
    if not os.path.exists(path):
        os.makedirs(path, 0o755)


def become(uid: int) -> None:
    """Be user and group `uid`, with no other groups and no capabilities."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def main() -> None:
    """Do what the module says; a message and exit code 71 if it cannot be done."""
    uid, keep, command = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    os.umask(0o022)
    try:
        open_up(sorted(set(keep)))
    except OSError as error:
        sys.exit(f"the sandbox's user {uid} cannot be shown {', '.join(keep)}: {error}")
    become(uid)
    for path in keep:
        if not os.access(path, os.R_OK | os.X_OK):
            sys.exit(f"the sandbox's user {uid} may not read {path}")
    os.execv(command[0], command)
