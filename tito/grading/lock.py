"""The class's lock: one command at a time changes a class folder or its gradebook. What only reads needs none."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tito.errors import ENVIRONMENT, FAILED, TitoError


@contextlib.contextmanager
def alone(folder: Path, command: str, file: Path | None = None) -> Iterator[None]:
    """Hold a folder's lock for `command`; an error that says who has it where another process does.

    file: the lock, where it is not that of a class.
    """
    try:
        import fcntl
    except ImportError:  # Windows, where nothing is graded
        yield
        return
    with _opened(file or folder / ".tito" / "lock", folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().decode(errors="replace") or "another command"
            raise TitoError(f"{folder} is in use: {who}.", "Wait until it is done, or stop it.", FAILED) from None
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        _say(lock, f"{command}, process {os.getpid()} on {socket.gethostname()} since {since}")
        try:
            yield
        finally:
            _say(lock, "")


def _opened(file: Path, folder: Path):
    try:
        return file.open("a+b", buffering=0)
    except OSError as error:
        reason = f"{folder} cannot be written: {error.strerror}."
        raise TitoError(reason, f"Check who owns it: ls -ld {file.parent}", ENVIRONMENT) from None


def _say(lock, text: str) -> None:
    """Have the file say who holds it; a full disk is no reason not to go on."""
    with contextlib.suppress(OSError):
        lock.truncate(0)
        lock.write(text.encode())
