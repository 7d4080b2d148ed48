"""Attempts to gain rights, or to reach parts of the kernel that break often."""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import struct

from .tools import LIBC, X86, attempt, call, opens


@attempt("privileges")
def be_root(at):
    os.setuid(0)
    return "root"


@attempt("privileges")
def hold_capabilities(at):
    header, sets = struct.pack("Ii", 0x20080522, 0), (ctypes.c_uint32 * 6)()
    call(125, 90, ctypes.c_char_p(header), ctypes.byref(sets))
    return any(sets) and "capabilities"


@attempt("privileges")
def gain_by_executing(at):
    return LIBC.prctl(39, 0, 0, 0, 0) == 0 and "set-uid programs would give rights"


@attempt("privileges")
def make_a_user_namespace(at):
    return call(272, 97, 0x10000000) == 0 and "a user namespace"


@attempt("privileges")
def clone_into_a_user_namespace(at):
    pid = call(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return f"process {pid} in a user namespace"


@attempt("privileges")
def clone_by_the_newer_call(at):
    arguments = struct.pack("QQQQQQQQ", 0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    pid = call(435, 435, ctypes.c_char_p(arguments), 64)
    if pid == 0:
        os._exit(0)
    return f"process {pid} in a user namespace"


@attempt("privileges", harmless=False)
def mount_a_file_system(at):
    os.mkdir("mount")
    call(165, 40, ctypes.c_char_p(b"t"), ctypes.c_char_p(b"mount"), ctypes.c_char_p(b"tmpfs"), 0, None)
    return "a file system mounted"


@attempt("privileges", harmless=False)
def make_a_read_only_mount_writable(at):
    call(165, 40, None, ctypes.c_char_p(b"/usr"), None, 4096 | 32, None)
    return "/usr writable"


@attempt("privileges", harmless=False)
def uncover_what_is_mounted_over(at):
    for path in (b"/proc", b"/tmp"):
        call(166, 39, ctypes.c_char_p(path), 2)
    return "the outer /proc and /tmp"


@attempt("privileges")
def open_a_mount_tree(at):
    return f"a mount of its own {call(428, 428, -100, ctypes.c_char_p(b'.'), 1)}"


@attempt("privileges")
def change_root(at):
    os.chroot(".")
    return "another root"


@attempt("privileges")
def join_a_namespace(at):
    descriptor = os.open(f"/proc/{os.getppid() or 1}/ns/mnt", os.O_RDONLY)
    return call(308, 268, descriptor, 0) == 0 and "the namespace of another"


@attempt("privileges")
def set_the_core_pattern(at):
    with open("/proc/sys/kernel/core_pattern", "r+b") as file:
        return f"core_pattern open for writing: {file.fileno()}"


@attempt("privileges")
def trigger_by_sysrq_or_sysfs(at):
    return [
        p for p in ("/proc/sysrq-trigger", "/sys/power/state", "/sys/kernel/uevent_helper") if os.access(p, os.W_OK)
    ]


@attempt("privileges")
def use_kernel_keyrings(at):
    kind, name = ctypes.c_char_p(b"user"), ctypes.c_char_p(b"tito-probe")
    return f"a key {call(248, 217, kind, name, ctypes.c_char_p(b'x'), 1, -1)}"


@attempt("privileges")
def load_a_bpf_program_or_map(at):
    return f"a map {call(321, 280, 0, ctypes.c_char_p(struct.pack('IIII', 2, 4, 4, 1) + bytes(100)), 72)}"


@attempt("privileges")
def watch_performance_counters(at):
    attributes = struct.pack("IIQ", 1, 112, 1) + bytes(96)
    return f"a counter {call(298, 241, ctypes.c_char_p(attributes), 0, -1, -1, 0)}"


@attempt("privileges")
def make_an_io_uring(at):
    return f"a ring {call(425, 425, 4, ctypes.byref(ctypes.create_string_buffer(120)))}"


@attempt("privileges")
def handle_page_faults(at):
    return f"a userfaultfd {call(323, 282, 1)}"


@attempt("privileges")
def read_the_kernels_log(at):
    return f"{call(103, 116, 3, ctypes.byref(ctypes.create_string_buffer(64)), 64)} bytes of it"


@attempt("privileges")
def type_into_a_terminal(at):
    for descriptor in range(4):
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, 0x5412, b"x")  # TIOCSTI
            return "a key pressed"
    return opens("/dev/tty") and "a terminal"


@attempt("privileges")
def change_its_own_limits(at):
    with contextlib.suppress(ValueError):  # what Python makes of EPERM
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        return "limits that can be set (a core of size 0 is piped to a program of the host)"


@attempt("privileges")
def speak_another_abi(at):
    return X86 and call(0x40000000 + 39, 0) and "calls by other numbers"
