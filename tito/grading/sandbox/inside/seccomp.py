"""The system-call filter of a student process: a list of what is allowed, assembled to BPF without a library.

A call that is not listed fails with EPERM; a newer one than the list knows fails with ENOSYS, so that the C library
takes its older way.
"""

import ctypes
import errno
import platform
import struct

from .kernel import no_new_privileges, prctl, syscall
from .syscalls import ARCHITECTURES, number

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_FIRST_UNKNOWN = 424  # from here on both architectures number alike
_X32 = 0x40000000
_MODE_FILTER = 2

_CLONE_THREAD = 0x10000
_CLONE_REFUSED = 0x7E020000 | 0x8000 | 0x2000  # every namespace, CLONE_PARENT, CLONE_PTRACE
_MAP_SHARED_ANONYMOUS = 0x21  # such memory outlives its mapping and is in nobody's resident size
_O_TMPFILE = 0o20000000  # a file without a name is in no folder's size

PLAIN = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range
access faccessat faccessat2 stat fstat lstat newfstatat statx statfs fstatfs readlink readlinkat getdents getdents64
getcwd chdir fchdir creat mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
ftruncate fallocate fsync fdatasync flock umask dup dup2 dup3 pipe pipe2 poll ppoll select pselect6
epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 sendfile
munmap mremap mprotect madvise brk msync futex set_robust_list rseq set_tid_address
gettid getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid
exit exit_group wait4 waitid rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait
sigaltstack pause alarm setitimer getitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage getrlimit uname sysinfo getrandom
arch_prctl sched_yield sched_getaffinity sched_getparam sched_getscheduler getpriority getcpu membarrier restart_syscall
recvfrom sendto recvmsg sendmsg shutdown getsockopt getsockname getpeername
"""
OWN_FILES = "chmod fchmod fchmodat utimensat utime utimes futimesat truncate"  # landlock does not govern these
OWN_PROCESSES = "fork vfork kill tgkill setsid setpgid"

CONTROLS = {  # the only requests allowed, by call and the argument that holds them
    "fcntl": (1, [*range(8), 36, 37, 38, 1030, 1032, 1034]),  # not those that signal, lease, or enlarge a pipe
    "ioctl": (1, [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451]),  # is it a terminal, its size, bytes waiting, flags
    "prctl": (0, [15, 16, 23, 0x53564D41]),  # names of threads and mappings, PR_CAPBSET_READ
}


def _refuse(code: int) -> int:
    return REFUSE | code


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _argument(index: int, high: bool = False) -> bytes:
    return _op(_LOAD, _ARGUMENTS + 8 * index + 4 * high)


def _rule(nr: int, body: list[bytes]) -> list[bytes]:
    """If the call is `nr`, run `body`, which ends by returning."""
    return [_op(_JUMP_EQUAL, nr, 0, len(body)), *body]


def _one_of(index: int, values: list[int], code: int) -> list[bytes]:
    """Allow the call if its argument (32 bits of it) is one of `values`."""
    tests = [_op(_JUMP_EQUAL, value, len(values) - i, 0) for i, value in enumerate(values)]
    return [_argument(index), *tests, _op(_RETURN, _refuse(code)), _op(_RETURN, ALLOW)]


def _no_bit(index: int, bits: int, code: int) -> list[bytes]:
    """Allow the call if its argument has none of `bits`."""
    return [
        _argument(index), _op(_JUMP_ANY_BIT, bits, 0, 1), _op(_RETURN, _refuse(code)), _op(_RETURN, ALLOW),
    ]  # fmt: skip


def _clone(processes: bool) -> list[bytes]:
    body = _no_bit(0, _CLONE_REFUSED, errno.EPERM)
    if processes:
        return body
    return [_argument(0), _op(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0), _op(_RETURN, _refuse(errno.EPERM)), *body]


def _map() -> list[bytes]:
    both = _MAP_SHARED_ANONYMOUS
    return [
        _argument(3), _op(_AND, both), _op(_JUMP_EQUAL, both, 0, 1), _op(_RETURN, _refuse(errno.EPERM)),
        _op(_RETURN, ALLOW),
    ]  # fmt: skip


def _limits() -> list[bytes]:
    """prlimit64 may read this process's limits, and neither set them nor look at another's."""
    bad = _op(_RETURN, _refuse(errno.EPERM))
    zero = [
        load + test
        for load, test in (
            (_argument(0), _op(_JUMP_EQUAL, 0, 1, 0)),
            (_argument(2), _op(_JUMP_EQUAL, 0, 1, 0)),
            (_argument(2, high=True), _op(_JUMP_EQUAL, 0, 1, 0)),
        )
    ]
    body = b"".join(piece + bad for piece in zero) + _op(_RETURN, ALLOW)
    return [body[i : i + 8] for i in range(0, len(body), 8)]


def program(alone: int = 0, machine: str = "") -> bytes:
    """The filter as BPF instructions, 8 bytes each, for `machine` (this one by default).

    alone: 0 for a process in a PID namespace of its own; else the id of a process that shares its PID namespace and
    the file system with others: it may start threads and no processes, signal only itself, and not touch the
    permissions and times of files, which landlock leaves open.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"there is no system-call filter for {machine}")
    rules = _rules(alone)
    lines = [_op(_LOAD, _ARCHITECTURE), _op(_JUMP_EQUAL, ARCHITECTURES[machine], 1, 0), _op(_RETURN, KILL)]
    lines += [_op(_LOAD, _NUMBER)]
    if machine == "x86_64":
        lines += [_op(_JUMP_GREATER_EQUAL, _X32, 0, 1), _op(_RETURN, _refuse(errno.ENOSYS))]
    for name, body in rules.items():
        nr = number(name, machine)
        lines += [] if nr is None else _rule(nr, body)
    lines += [_op(_JUMP_GREATER_EQUAL, _FIRST_UNKNOWN, 0, 1), _op(_RETURN, _refuse(errno.ENOSYS))]
    lines += [_op(_RETURN, _refuse(errno.EPERM))]
    return b"".join(lines)


def _rules(alone: int) -> dict[str, list[bytes]]:
    free = [_op(_RETURN, ALLOW)]
    rules = dict.fromkeys(PLAIN.split(), free)
    rules |= {
        "mmap": _map(),
        "open": _no_bit(1, _O_TMPFILE, errno.EOPNOTSUPP),
        "openat": _no_bit(2, _O_TMPFILE, errno.EOPNOTSUPP),
        "clone": _clone(processes=not alone),
        "clone3": [_op(_RETURN, _refuse(errno.ENOSYS))],  # its flags are in memory: take clone
        "prlimit64": _limits(),
    }
    for name, (index, values) in CONTROLS.items():
        rules[name] = _one_of(index, values, errno.EPERM)
    if alone:
        return rules | {"kill": _one_of(0, [alone], errno.EPERM), "tgkill": _one_of(0, [alone], errno.EPERM)}
    return rules | dict.fromkeys(f"{OWN_FILES} {OWN_PROCESSES}".split(), free)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def load(code: bytes) -> None:
    """Put this thread, and all that it starts, under the filter for good."""
    no_new_privileges()
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(held, ctypes.c_char_p))
    set_mode_filter = {"x86_64": 317, "aarch64": 277}[platform.machine()]
    syscall("seccomp", set_mode_filter, 1, 0, ctypes.byref(program))


def supported() -> bool:
    """Whether this machine has a filter and its kernel takes one."""
    try:
        return platform.machine() in ARCHITECTURES and prctl(21) >= 0  # PR_GET_SECCOMP
    except OSError:
        return False
