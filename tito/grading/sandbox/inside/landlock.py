"""Landlock: a process gives up the file system but for the folders that it names (Linux 5.13 and newer)."""

import contextlib
import ctypes
import os

from .kernel import no_new_privileges, syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on both architectures
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FIRST_RIGHTS, _REFER, _TRUNCATE, _IOCTL_DEVICE = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
_MAKE_DEVICES = (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11)  # character device, socket, fifo, block device
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE

READ = _READ_FILE | _READ_DIR
WRITE = (_FIRST_RIGHTS | _REFER | _TRUNCATE) & ~_EXECUTE & ~_MAKE_DEVICES
DEVICE = _READ_FILE | _WRITE_FILE


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The version of landlock that this kernel speaks, 0 for none."""
    try:
        return syscall("landlock", _CREATE, ctypes.c_void_p(None), 0, _VERSION)
    except OSError:
        return 0


def handled(version: int) -> _Ruleset:
    """Everything that this version can govern: all of it is given up but for what is added."""
    files = _FIRST_RIGHTS | (_REFER * (version >= 2)) | (_TRUNCATE * (version >= 3)) | (_IOCTL_DEVICE * (version >= 5))
    return _Ruleset(files, 3 * (version >= 4), 3 * (version >= 6))  # TCP bind, connect; abstract sockets, signals


def restrict(allowed: dict[str, int]) -> None:
    """Give up all files but `allowed` (path → READ, WRITE or DEVICE; a missing one is skipped), for good."""
    version = abi()
    rules = handled(version)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = syscall("landlock_create_ruleset", _CREATE, ctypes.byref(rules), size, 0)
    for path, rights in allowed.items():
        with contextlib.suppress(FileNotFoundError):
            _add(ruleset, path, rights & rules.files)
    no_new_privileges()
    syscall("landlock_restrict_self", _RESTRICT, ruleset, 0)
    os.close(ruleset)


def _add(ruleset: int, path: str, rights: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = rights if os.path.isdir(path) else rights & _OF_A_FILE
    try:
        beneath = _Beneath(rights, parent)
        syscall("landlock_add_rule", _ADD, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(parent)
