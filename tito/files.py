"""Writing files so that a crash, a full disk or Ctrl-C never leaves half of one."""

import contextlib
import errno
import json
import os
import sqlite3
import tempfile
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write `content` to `path`: either all of it is there afterwards, or the old file is."""
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask()
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError):
            raise TitoError(
                f"{path} could not be written: {error.strerror}.",
                f"Nothing was changed. Check the free space and your permissions on {path.parent.absolute()}.",
                ENVIRONMENT,
            ) from error
        raise


def full_disk(error: BaseException) -> str:
    """What an error says of a file system that takes nothing more (full, over its quota, read-only); else ""."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error)
    reasons = map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO))
    return next((r for r in reasons if isinstance(error, OSError) and r in str(error)), "")  # shutil.Error has no errno


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were killed left below the folder; nobody else may be writing there."""
    for left in Path(folder).rglob(".*.tmp"):
        left.unlink(missing_ok=True)


def umask() -> int:
    """The process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def dump_json(data: object) -> str:
    """JSON as every file of ours has it: keys sorted, one space of indent, a newline at the end."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
