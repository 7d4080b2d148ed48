"""What a hostile submission tries, one small function each. It runs as the student process, so it needs nothing of tito.

An attempt returns what it got ("" or None: nothing); an OSError and the like are a wall that held. `at` names targets
that the grader has put up outside: a listening port, a file, a process.
"""

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

Attempt = Callable[[dict], object]
ATTEMPTS: dict[str, tuple[str, Attempt, bool]] = {}  # name → area, function, whether it is harmless without a sandbox
_libc = ctypes.CDLL(None, use_errno=True)
_X86 = platform.machine() == "x86_64"


def attempt(area: str, harmless: bool = True) -> Callable[[Attempt], Attempt]:
    """Enter a function in ATTEMPTS."""

    def enter(function: Attempt) -> Attempt:
        ATTEMPTS[function.__name__.replace("_", " ")] = (area, function, harmless)
        return function

    return enter


def serve(fd: int) -> None:
    """Make the attempt that the wire names, and answer with what it got or what stopped it."""
    request = json.loads(os.read(fd, 1 << 16))
    try:
        got = ATTEMPTS[request["attempt"]][1](request["at"] | {"wire": fd})
        answer = {"got": str(got or "")}
    except BaseException as error:
        answer = {"got": "", "stopped": f"{type(error).__name__}: {error}"}
    with contextlib.suppress(OSError):
        os.write(fd, json.dumps(answer).encode() + b"\n")


def _call(x86: int, arm: int, *arguments) -> int:
    """A system call by number, as a student could make it with ctypes."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(x86 if _X86 else arm), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# Network


@attempt("network")
def connect_over_tcp(at):
    with socket.create_connection(("127.0.0.1", at["tcp"]), 2):
        return "a connection to the grading host"


@attempt("network")
def send_over_udp(at):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", at["tcp"])) and "a datagram out"


@attempt("network")
def connect_to_an_abstract_socket(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + at["abstract"])
        return "a connection to an abstract socket of the host"


@attempt("network")
def connect_to_a_socket_file(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(at["socket"])
        return "a connection to a socket of the host"


@attempt("network")
def listen_on_a_port(at):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        return f"a port to listen on: {server.getsockname()[1]}"


@attempt("network")
def make_a_raw_netlink_or_vsock_socket(at):
    got = []
    for family, kind in ((17, socket.SOCK_RAW), (16, socket.SOCK_RAW), (40, socket.SOCK_STREAM), (38, 5)):
        with contextlib.suppress(OSError):
            socket.socket(family, kind).close()
            got.append(str(family))
    return got and f"sockets of the families {', '.join(got)}"


@attempt("network")
def rename_the_wire(at):
    with socket.socket(fileno=os.dup(at["wire"])) as wire:
        wire.bind("\0tito-probe-name")
        return "a name that others could connect to"


@attempt("network")
def see_interfaces_and_connections(at):
    return _text("/proc/net/tcp")[:60] or _text("/proc/net/dev")[:60]


# Files


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text(errors="replace")
    return ""


@attempt("files")
def read_the_gradebook(at):
    return Path(at["gradebook"]).read_text()


@attempt("files")
def read_it_through_a_link(at):
    os.symlink(at["gradebook"], "link")
    return Path("link").read_text()


@attempt("files")
def read_it_through_proc(at):
    for root in ("/proc/self/root", "/proc/self/cwd/../../../../..", f"/proc/{os.getppid()}/root", "/proc/1/root"):
        with contextlib.suppress(OSError):
            return Path(root + at["gradebook"]).read_text()
    return ""


@attempt("files")
def hard_link_the_gradebook(at):
    os.link(at["gradebook"], "copy")
    return Path("copy").read_text()


@attempt("files")
def list_the_course(at):
    return os.listdir(os.path.dirname(at["gradebook"]))


@attempt("files")
def list_home(at):
    return sorted(set(os.listdir(at["home"])) & set(at["private"]))


@attempt("files")
def read_accounts(at):
    return _text("/etc/passwd")[:60]


@attempt("files")
def read_the_machine_id_and_host_name(at):
    return _text("/etc/machine-id") or _text("/etc/hostname")


@attempt("files")
def write_beside_the_gradebook(at):
    path = Path(at["open folder"], "written-by-a-student")
    path.write_text("x")
    path.unlink()
    return "a file in the course folder"


@attempt("files")
def change_the_gradebook(at):
    with open(at["gradebook"], "r+") as file:
        return f"the gradebook open for writing: {file.fileno()}"


@attempt("files")
def change_permissions_of_the_gradebook(at):
    os.chmod(at["gradebook"], 0o666)
    return "the gradebook's permissions"


@attempt("files")
def change_times_of_the_gradebook(at):
    os.utime(at["gradebook"], (0, 0))
    return "the gradebook's times"


@attempt("files")
def truncate_or_remove_a_file(at):
    os.truncate(at["spare"], 0)
    os.unlink(at["spare"])
    return "a file of the course removed"


@attempt("files")
def write_to_a_library(at):
    import numpy

    return _write_in(os.path.dirname(numpy.__file__))


@attempt("files")
def write_to_the_program(at):
    return _write_in(os.path.dirname(sys.modules["student_process"].__file__))


@attempt("files")
def write_to_the_systems_folders(at):
    return [got for got in map(_write_in, ("/", "/usr", "/etc", "/var/tmp", "/dev", "/dev/shm", "/run", "/bin")) if got]


def _write_in(folder: str) -> str:
    path = os.path.join(folder, "written-by-a-student")
    with contextlib.suppress(OSError):
        Path(path).write_text("x")
        os.unlink(path)
        return path
    return ""


@attempt("files")
def see_the_graders_environment(at):
    seen = " ".join(os.environ) + _text("/proc/self/environ") + _text(f"/proc/{os.getppid()}/environ")
    return at["variable"] in seen and "a variable of the grader"


@attempt("files")
def use_inherited_descriptors(at):
    alive = []
    for descriptor in range(4, 1024):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            alive.append(descriptor)
    return alive and f"descriptors {alive}"


@attempt("files")
def read_a_device(at):
    got = [path for path in ("/dev/mem", "/dev/vda", "/dev/sda", "/dev/kmsg", "/dev/fuse", "/dev/kvm") if _opens(path)]
    return got and f"devices {got}"


def _opens(path: str) -> bool:
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDONLY))
        return True
    return False


@attempt("files")
def make_a_device(at):
    os.mknod("device", 0o600 | 0o060000, os.makedev(254, 0))
    return "a block device"


@attempt("files")
def watch_files(at):
    return f"an inotify instance {_call(294, 26, 0)}"


@attempt("files")
def open_a_file_by_handle(at):
    handle = ctypes.create_string_buffer(struct.pack("IiQQ", 8, 1, 2, 0))
    with contextlib.suppress(FileNotFoundError):
        _call(304, 265, -100, ctypes.byref(handle), 0)
    return "handles that go round paths"


# Processes


@attempt("processes")
def see_others(at):
    others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return others and f"{len(others)} processes"


@attempt("processes")
def signal_another(at):
    os.kill(at["victim"], 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_a_thread_of_another(at):
    _call(234, 131, at["victim"], at["victim"], 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_the_parent(at):
    if os.getppid():
        os.kill(os.getppid(), 0)
        return "the fork server can be killed"
    return ""


@attempt("processes")
def signal_everybody(at):
    os.kill(-1, 0)
    return "everybody can be killed"


@attempt("processes")
def signal_by_queue(at):
    _call(129, 138, at["victim"], 0, ctypes.byref(ctypes.create_string_buffer(128)))
    return "a process of the host can be killed"


@attempt("processes")
def signal_by_pidfd(at):
    signal.pidfd_send_signal(os.pidfd_open(at["victim"]), 0)
    return "a process of the host can be killed"


@attempt("processes")
def signal_by_file_owner(at):
    fcntl.fcntl(at["wire"], fcntl.F_SETOWN, at["victim"])
    return "signals by the wire to a process of the host"


@attempt("processes")
def trace_another(at):
    seize, detach = 0x4206, 17
    _call(101, 117, seize, at["victim"], 0, 0)
    with contextlib.suppress(OSError):
        _call(101, 117, detach, at["victim"], 0, 0)
    return "a process of the host traced"


@attempt("processes")
def read_anothers_memory(at):
    space = ctypes.create_string_buffer(8)
    vector = struct.pack("QQ", ctypes.addressof(space), 8)
    for pid in (at["victim"], os.getppid()):
        with contextlib.suppress(PermissionError, ProcessLookupError):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/mem", "rb"):
                return "the memory of another process"
            _call(310, 270, pid, vector, 1, vector, 1, 0)
    return ""


@attempt("processes")
def change_anothers_limits(at):
    resource.prlimit(at["victim"], resource.RLIMIT_NOFILE)
    return "limits of a process of the host"


@attempt("processes")
def change_anothers_priority(at):
    os.setpriority(os.PRIO_PROCESS, at["victim"], 10)
    return "the priority of a process of the host"


@attempt("processes")
def change_anothers_processors(at):
    os.sched_setaffinity(at["victim"], {0})
    return "the processors of a process of the host"


@attempt("processes")
def take_anothers_descriptor(at):
    return f"descriptor {_call(438, 438, _call(434, 434, at['victim'], 0), 0, 0)}"


@attempt("processes")
def run_a_program(at):
    return subprocess.run(["/bin/true"], check=True, timeout=5) and "a program that was run"


@attempt("processes")
def run_a_program_from_memory(at):
    descriptor = _call(319, 279, ctypes.c_char_p(b"x"), 0)
    return f"a file without a place to run from: {descriptor}"


# Privileges


@attempt("privileges")
def be_root(at):
    os.setuid(0)
    return "root"


@attempt("privileges")
def hold_capabilities(at):
    header, sets = struct.pack("Ii", 0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call(125, 90, ctypes.c_char_p(header), ctypes.byref(sets))
    return any(sets) and "capabilities"


@attempt("privileges")
def gain_by_executing(at):
    return _libc.prctl(39, 0, 0, 0, 0) == 0 and "set-uid programs would give rights"


@attempt("privileges")
def make_a_user_namespace(at):
    return _call(272, 97, 0x10000000) == 0 and "a user namespace"


@attempt("privileges")
def clone_into_a_user_namespace(at):
    pid = _call(56, 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return f"process {pid} in a user namespace"


@attempt("privileges")
def clone_by_the_newer_call(at):
    arguments = struct.pack("QQQQQQQQ", 0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    pid = _call(435, 435, ctypes.c_char_p(arguments), 64)
    if pid == 0:
        os._exit(0)
    return f"process {pid} in a user namespace"


@attempt("privileges", harmless=False)
def mount_a_file_system(at):
    os.mkdir("mount")
    _call(165, 40, ctypes.c_char_p(b"t"), ctypes.c_char_p(b"mount"), ctypes.c_char_p(b"tmpfs"), 0, None)
    return "a file system mounted"


@attempt("privileges", harmless=False)
def make_a_read_only_mount_writable(at):
    _call(165, 40, None, ctypes.c_char_p(b"/usr"), None, 4096 | 32, None)
    return "/usr writable"


@attempt("privileges", harmless=False)
def uncover_what_is_mounted_over(at):
    for path in (b"/proc", b"/tmp"):
        _call(166, 39, ctypes.c_char_p(path), 2)
    return "the outer /proc and /tmp"


@attempt("privileges")
def open_a_mount_tree(at):
    return f"a mount of its own {_call(428, 428, -100, ctypes.c_char_p(b'.'), 1)}"


@attempt("privileges")
def change_root(at):
    os.chroot(".")
    return "another root"


@attempt("privileges")
def join_a_namespace(at):
    descriptor = os.open(f"/proc/{os.getppid() or 1}/ns/mnt", os.O_RDONLY)
    return _call(308, 268, descriptor, 0) == 0 and "the namespace of another"


@attempt("privileges")
def set_the_core_pattern(at):
    with open("/proc/sys/kernel/core_pattern", "r+b") as file:
        return f"core_pattern open for writing: {file.fileno()}"


@attempt("privileges")
def trigger_by_sysrq_or_sysfs(at):
    return [p for p in ("/proc/sysrq-trigger", "/sys/power/state", "/sys/kernel/uevent_helper") if os.access(p, os.W_OK)]


@attempt("privileges")
def use_kernel_keyrings(at):
    kind, name = ctypes.c_char_p(b"user"), ctypes.c_char_p(b"tito-probe")
    return f"a key {_call(248, 217, kind, name, ctypes.c_char_p(b'x'), 1, -3)}"


@attempt("privileges")
def load_a_bpf_program_or_map(at):
    return f"a map {_call(321, 280, 0, ctypes.c_char_p(struct.pack('IIII', 2, 4, 4, 1) + bytes(100)), 72)}"


@attempt("privileges")
def watch_performance_counters(at):
    attributes = struct.pack("IIQ", 1, 112, 1) + bytes(96)
    return f"a counter {_call(298, 241, ctypes.c_char_p(attributes), 0, -1, -1, 0)}"


@attempt("privileges")
def make_an_io_uring(at):
    return f"a ring {_call(425, 425, 4, ctypes.byref(ctypes.create_string_buffer(120)))}"


@attempt("privileges")
def handle_page_faults(at):
    return f"a userfaultfd {_call(323, 282, 1)}"


@attempt("privileges")
def read_the_kernels_log(at):
    return f"{_call(103, 116, 3, ctypes.byref(ctypes.create_string_buffer(64)), 64)} bytes of it"


@attempt("privileges")
def type_into_a_terminal(at):
    for descriptor in range(4):
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, 0x5412, b"x")  # TIOCSTI
            return "a key pressed"
    return _opens("/dev/tty") and "a terminal"


@attempt("privileges")
def change_its_own_limits(at):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return "limits that can be set (a core of size 0 is piped to a program of the host)"


@attempt("privileges")
def be_a_32_bit_process(at):
    return _X86 and _call(0x40000000 + 39, 0) and "calls of another architecture"


# Resources


def _fill(memory, step: int = 1 << 22) -> int:
    for place in range(0, len(memory), step):
        memory[place : place + step] = b"x" * min(step, len(memory) - place)
    return len(memory)


@attempt("resources")
def take_memory(at):
    return f"{_fill(bytearray(at['memory']))} bytes"


@attempt("resources")
def take_memory_piece_by_piece(at):
    pieces = []
    with contextlib.suppress(MemoryError):
        while len(pieces) << 20 < at["memory"]:
            pieces.append(b"x" * (1 << 20))
        return f"{len(pieces)} MB"
    return ""


@attempt("resources")
def take_memory_in_children(at):
    count, share = 8, at["memory"] // 8
    children = [_fork(lambda: (_fill(bytearray(share)), time.sleep(3))) for _ in range(count)]
    time.sleep(2)
    return all(os.waitpid(pid, os.WNOHANG) == (0, 0) for pid in children) and f"{count} children with {share} bytes each"


@attempt("resources")
def take_shared_memory(at):
    memory = mmap.mmap(-1, at["memory"])
    for place in range(0, at["memory"], 1 << 24):
        memory[place : place + (1 << 24)] = b"x" * (1 << 24)
        memory.madvise(mmap.MADV_DONTNEED, place, 1 << 24)
    return f"{at['memory']} bytes that nobody counts"


@attempt("resources")
def take_shared_memory_of_dev_zero(at):
    with open("/dev/zero", "r+b") as file:
        return f"{_fill(mmap.mmap(file.fileno(), at['memory']))} bytes that nobody counts"


@attempt("resources")
def take_memory_files(at):
    descriptors = [os.memfd_create("x") for _ in range(8)]
    written = sum(os.write(d, b"x" * (at["files"] // 2)) for d in descriptors)
    return f"{written} bytes that nobody counts"


@attempt("resources")
def take_memory_in_pipes(at):
    ends = [os.pipe() for _ in range(32)]
    for _, end in ends:
        fcntl.fcntl(end, 1031, 1 << 20)
    return f"{len(ends)} MB in pipes"


@attempt("resources")
def lock_memory(at):
    return _libc.mlockall(1) == 0 and "locked memory"


def _fork(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


@attempt("resources")
def bomb_with_processes(at):
    count = 0
    with contextlib.suppress(OSError):
        while count < 4 * at["processes"]:
            _fork(lambda: time.sleep(4))
            count += 1
    time.sleep(1)
    return count > at["processes"] and f"{count} processes"


@attempt("resources")
def bomb_with_threads(at):
    count = 0
    with contextlib.suppress(RuntimeError):
        while count < 8 * at["processes"]:
            threading.Thread(target=time.sleep, args=(4,), daemon=True).start()
            count += 1
    return count > at["processes"] and f"{count} threads"


@attempt("resources")
def open_many_files(at):
    files = []
    with contextlib.suppress(OSError):
        while len(files) < 1000:
            files.append(os.open("/dev/null", os.O_RDONLY))
    return len(files) >= 1000 and f"{len(files)} descriptors"


def _write_file(name: str, size: int) -> int:
    with open(name, "wb", buffering=0) as file:
        return sum(file.write(b"x" * (1 << 20)) for _ in range(size >> 20))


@attempt("resources")
def write_a_large_file(at):
    return f"{_write_file('large', 2 * at['files'])} bytes in a file"


@attempt("resources")
def write_many_large_files(at):
    written = sum(_write_file(f"large-{i}", at["files"] // 2) for i in range(6))
    time.sleep(0.5)
    return f"{written} bytes in files"


@attempt("resources")
def keep_large_files_without_a_name(at):
    keep = []
    for i in range(6):
        keep.append(open(f"large-{i}", "w+b", buffering=0))  # noqa: SIM115
        os.unlink(f"large-{i}")
        for _ in range(at["files"] >> 21):
            keep[-1].write(b"x" * (1 << 20))
    time.sleep(0.5)
    return f"{len(keep)} files of {at['files'] // 2} bytes"


@attempt("resources")
def keep_large_files_by_mapping(at):
    keep = []
    for i in range(6):
        _write_file(f"large-{i}", at["files"] // 2)
        with open(f"large-{i}", "rb") as file:
            keep.append(mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ))
        os.unlink(f"large-{i}")
    time.sleep(0.5)
    return f"{len(keep)} files of {at['files'] // 2} bytes"


@attempt("resources")
def make_many_small_files(at):
    for i in range(20_000):
        os.close(os.open(f"small-{i}", os.O_CREAT | os.O_WRONLY))
    time.sleep(0.5)
    return "20,000 files"


@attempt("resources")
def print_without_end(at):
    for _ in range(64):
        os.write(1, b"x" * (1 << 18))
    time.sleep(0.5)
    return "16 MB printed"


@attempt("resources")
def loop_without_end(at):
    for number in range(1, 32):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    until = time.monotonic() + at["seconds"] + 2
    while time.monotonic() < until:
        pass
    return f"more than {at['seconds']} seconds"


@attempt("resources")
def stop_the_clock(at):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(at["seconds"] + 2)
    return f"more than {at['seconds']} seconds"


# Survivors: what is planted by one submission, and found by the next


@attempt("survivors")
def leave_a_daemon(at):
    """The daemon holds the wire: the grader looks whether it is ever closed."""
    if os.fork():
        return ""
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
    os._exit(0)


@attempt("survivors")
def leave_a_stopped_child(at):
    pid = _fork(lambda: time.sleep(60))
    os.kill(pid, signal.SIGSTOP)


@attempt("survivors")
def leave_children_that_fork_on(at):
    for _ in range(3):
        _fork(_keep_forking)


def _keep_forking() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if os.fork():
                os._exit(0)
        time.sleep(0.001)


PLACES = (".", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/", "/run")
_KEY = 0x7170


@attempt("survivors")
def plant_files(at):
    for place in PLACES:
        with contextlib.suppress(OSError):
            Path(place, at["mark"]).write_text("x")


@attempt("survivors")
def find_files(at):
    found = [place for place in PLACES if os.path.exists(os.path.join(place, at["mark"]))]
    for place in found:
        os.unlink(os.path.join(place, at["mark"]))
    return found


@attempt("survivors")
def plant_shared_memory(at):
    _call(29, 194, _KEY, 4096, 0o1600)


@attempt("survivors")
def find_shared_memory(at):
    segment = _call(29, 194, _KEY, 0, 0)
    _call(31, 195, segment, 0, None)
    return "a segment of the one before"


@attempt("survivors")
def plant_a_message_queue(at):
    _call(68, 186, _KEY, 0o1600)


@attempt("survivors")
def find_a_message_queue(at):
    queue = _call(68, 186, _KEY, 0)
    _call(71, 187, queue, 0, None)
    return "a queue of the one before"


@attempt("survivors")
def plant_a_patched_library(at):
    import numpy

    numpy.allclose = lambda *_, **__: True
    os.environ[at["mark"]] = "x"
    sys.modules[at["mark"]] = numpy


@attempt("survivors")
def find_a_patched_library(at):
    import numpy

    kept = [name for name in (os.environ, sys.modules) if at["mark"] in name]
    return (kept or numpy.allclose(0, 1)) and "what the one before has changed"


@attempt("survivors")
def plant_an_abstract_socket(at):
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0" + at["mark"])


@attempt("survivors")
def find_an_abstract_socket(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + at["mark"])
        return "the socket of the one before"
