"""The few calls of the Linux kernel that Python does not offer, through ctypes."""

import ctypes
import os

from .syscalls import number

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 16384, 1 << 18
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
_CAPABILITY_VERSION_3 = 0x20080522
_OPEN_TREE, _MOVE_MOUNT = 428, 429  # the same on both architectures

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(what: str, nr: int, *arguments) -> int:
    """Call the kernel; raises OSError that names `what`. Integers are passed as long."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc.syscall(ctypes.c_long(nr), *wide), what)


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    texts = [text.encode() or None for text in (source, target, kind)]
    _check(_libc.mount(*texts, ctypes.c_ulong(flags), options.encode() or None), f"mount {kind or source} on {target}")


def graft(source: str) -> int:
    """A detached copy of the mounts below `source`, as a file descriptor."""
    at_fdcwd, clone, cloexec, recursive = -100, 1, os.O_CLOEXEC, 0x8000
    return syscall("open_tree", _OPEN_TREE, at_fdcwd, ctypes.c_char_p(os.fsencode(source)), clone | cloexec | recursive)


def plant(tree: int, target: str) -> None:
    """Attach a detached mount (see `graft`) at `target`."""
    from_empty_path, at_fdcwd = 4, -100
    nothing, where = ctypes.c_char_p(b""), ctypes.c_char_p(os.fsencode(target))
    syscall("move_mount", _MOVE_MOUNT, tree, nothing, at_fdcwd, where, from_empty_path)


def prctl(option: int, argument: int = 0) -> int:
    """prctl(2) with one integer argument."""
    zero = ctypes.c_ulong(0)
    return _check(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), zero, zero, zero), f"prctl {option}")


def set_dumpable(yes: bool) -> None:
    """Whether others of this user may look into this process (/proc/PID/mem, ptrace)."""
    prctl(_SET_DUMPABLE, int(yes))


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends."""
    prctl(_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Get SIGKILL when the parent of this process ends."""
    prctl(_SET_PDEATHSIG, 9)


def no_new_privileges() -> None:
    """No program that this process executes can raise its privileges."""
    prctl(_SET_NO_NEW_PRIVS, 1)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities() -> None:
    """Give up every capability, now and for what is executed later."""
    for capability in range(64):
        try:
            prctl(_CAPBSET_DROP, capability)
        except OSError:  # past the last one of this kernel, or without the right to drop, when there is nothing to lose
            break
    header, nothing = _Header(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _check(_libc.capset(ctypes.byref(header), ctypes.byref(nothing)), "capset")


def close_from(lowest: int) -> None:
    """Close every file descriptor from `lowest` on."""
    try:
        syscall("close_range", number("close_range"), lowest, 0x7FFFFFFF, 0)
    except OSError:  # before Linux 5.9
        os.closerange(lowest, os.sysconf("SC_OPEN_MAX"))
