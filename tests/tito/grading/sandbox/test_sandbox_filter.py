"""The system-call filter, run by an interpreter of BPF, so that both architectures are judged here; and loaded once."""

import errno
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox_tools import LINUX

pytest.importorskip("fcntl")
from tito.grading.sandbox.inside import seccomp, syscalls  # noqa: E402

MACHINES = list(syscalls.ARCHITECTURES)
ALLOWED = 0
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS = 1, 2, 32
THREAD = 0x3D0F00  # what the C library starts a thread with
FORK = 0x1200011  # what it forks with


def run(program, machine, nr, arguments):
    """What the filter returns, by the rules of <linux/filter.h>."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", nr, syscalls.ARCHITECTURES[machine], 0, *(a & (1 << 64) - 1 for a in padded))
    lines = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        else:
            tests = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            at += if_true if tests[code] else if_false


@pytest.fixture(params=MACHINES)
def decide(request):
    """The errno with which a call fails, 0 if it is allowed."""

    def decide(name, *arguments, alone=0):
        nr = name if isinstance(name, int) else syscalls.number(name, request.param)
        if nr is None:
            pytest.skip(f"{name} does not exist on {request.param}")
        result = run(seccomp.program(alone, request.param), request.param, nr, arguments)
        if result == seccomp.ALLOW:
            return ALLOWED
        assert result & 0xFFFF0000 == seccomp.REFUSE and result & 0xFFFF
        return result & 0xFFFF

    decide.machine = request.param
    return decide


NEEDED = "read write openat futex munmap exit_group rt_sigreturn recvfrom"
DANGEROUS = """
socket socketpair connect ptrace mount unshare setns keyctl add_key bpf perf_event_open userfaultfd execve execveat
setrlimit memfd_create shmget msgget semget mq_open process_vm_writev inotify_init1 personality tkill chroot setuid
syslog reboot
"""


@pytest.mark.parametrize("name", NEEDED.split())
def test_what_python_needs_is_allowed(decide, name):
    assert decide(name) == ALLOWED == decide(name, alone=42)


@pytest.mark.parametrize("name", DANGEROUS.split())
def test_what_breaks_out_is_refused(decide, name):
    assert decide(name) == errno.EPERM == decide(name, alone=42)


@pytest.mark.parametrize("name", ["io_uring_setup", "pidfd_open", "pidfd_getfd", "clone3", 460, 600])
def test_what_is_newer_than_the_list_does_not_exist(decide, name):
    assert decide(name) == errno.ENOSYS == decide(name, alone=42)


def test_another_architecture_kills_and_x32_does_not_exist():
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}
    for machine in MACHINES:
        assert run(seccomp.program(0, machine), other[machine], 0, []) == seccomp.KILL
    x32_read = seccomp._X32 + 0
    assert run(seccomp.program(0, "x86_64"), "x86_64", x32_read, []) == seccomp.REFUSE | errno.ENOSYS


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x8000])
def test_clone_makes_threads_and_processes_and_no_namespaces(decide, flag):
    assert decide("clone", THREAD) == decide("clone", FORK) == ALLOWED
    assert decide("clone", FORK | flag) == decide("clone", THREAD | flag) == errno.EPERM


def test_alone_it_makes_threads_and_no_processes(decide):
    assert decide("clone", THREAD, alone=42) == ALLOWED
    assert decide("clone", FORK, alone=42) == errno.EPERM == decide("clone", THREAD | 0x10000000, alone=42)
    if decide.machine == "x86_64":
        assert decide("fork", alone=42) == decide("vfork", alone=42) == errno.EPERM


@pytest.mark.parametrize("target", [1, 41, 43, -1, -42, 0, (1 << 32) + 41])
def test_alone_it_signals_itself_only(decide, target):
    for name in ("kill", "tgkill"):
        assert decide(name, 42, alone=42) == ALLOWED
        assert decide(name, target, alone=42) == errno.EPERM
        assert decide(name, target) == ALLOWED  # in a PID namespace of its own there is nobody else


@pytest.mark.parametrize("name", ["fchmod", "fchmodat", "utimensat", "truncate"])
def test_alone_it_cannot_change_what_landlock_leaves_open(decide, name):
    assert decide(name) == ALLOWED
    assert decide(name, alone=42) == errno.EPERM


def test_memory_that_nobody_counts_is_refused(decide):
    assert decide("mmap", 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS) == ALLOWED
    assert decide("mmap", 0, 4096, 3, MAP_SHARED) == ALLOWED  # of a file, which has its own limit
    assert decide("mmap", 0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS) == errno.EPERM
    assert decide("mmap", 0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS | 0x4000) == errno.EPERM
    assert decide("openat", -100, 0, 0o20200002) == errno.EOPNOTSUPP  # O_TMPFILE


@pytest.mark.parametrize("high", [0, 1 << 32])
def test_controls_are_listed_and_the_upper_half_of_an_argument_does_not_matter(decide, high):
    assert decide("ioctl", 0, 0x5401 + high) == ALLOWED  # is it a terminal?
    assert decide("ioctl", 0, 0x5412 + high) == errno.EPERM  # TIOCSTI
    assert decide("fcntl", 3, 3 + high) == ALLOWED  # F_GETFL
    assert decide("fcntl", 3, 8 + high) == errno.EPERM  # F_SETOWN
    assert decide("prctl", 15 + high) == ALLOWED  # PR_SET_NAME
    assert decide("prctl", 1 + high) == errno.EPERM  # PR_SET_PDEATHSIG


def test_limits_can_be_read_and_not_set(decide):
    assert decide("prlimit64", 0, 7, 0, 1234) == ALLOWED
    assert decide("prlimit64", 0, 7, 1234, 0) == errno.EPERM
    assert decide("prlimit64", 0, 7, 1234 << 32, 0) == errno.EPERM
    assert decide("prlimit64", 77, 7, 0, 1234) == errno.EPERM


HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_headers(machine):
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip(f"{header} is not installed")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    defined.setdefault("newfstatat", defined.get("fstatat"))
    for name in syscalls._TABLE:
        number = syscalls.number(name, machine)
        assert str(number) == str(defined.get(name)), name


def test_an_unknown_machine_is_refused():
    with pytest.raises(OSError, match="no system-call filter for riscv64"):
        seccomp.program(machine="riscv64")


LOADED = """
import os, socket, sys
from tito.grading.sandbox.inside import seccomp
seccomp.load(seccomp.program(alone=os.getpid()))
attempts = socket.socket, os.fork, lambda: os.kill(1, 0), lambda: os.execv("/bin/true", ["x"])
for attempt in attempts:
    try:
        attempt()
        print("allowed")
    except PermissionError:
        print("refused")
print(os.getpid() > 0, sum(range(10)))
"""


@LINUX
def test_the_kernel_takes_it():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, cwd=os.getcwd())
    assert done.stdout.split() == ["refused"] * 4 + ["True", "45"], done.stderr
