"""Three ways to shut a child of the fork server in before a student's code runs in it.

A jail is entered by `fork(files, body)`: a child is forked, shut in, and runs `body`, which does not return. What it
needs is prepared once, before the first child.
"""

import contextlib
import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Callable

from . import measure

LINUX = sys.platform == "linux"
if LINUX:
    from . import kernel, landlock, seccomp
    from .kernel import close_from
else:  # only the level unsafe-local comes here

    def close_from(lowest: int) -> None:
        """Close every file descriptor from `lowest` on."""
        os.closerange(lowest, 4096)


Step = Callable[[], None]
ROOM = 8 << 30  # addresses beside the memory: threads reserve many; without an end, tables of pages would be memory


class Refused(Exception):
    """The kernel does not let a child be shut in, and why."""


class Jail:
    """No walls at all (level unsafe-local): a process group with limits of its own."""

    reusable = True  # whether nothing of one child can reach the next

    def __init__(self, limits: dict, scratch: str, readable: list[str]):
        self.limits, self.scratch, self.readable = limits, scratch, readable
        self.folder, self.count = "", 0
        self.server = os.getpid()
        if LINUX:
            kernel.adopt_orphans()

    def fork(self, files: list[int], body: Step) -> int:
        """The id of a child that is shut in and runs `body` with `files` as its file descriptors 0, 1, 2 …

        Raises Refused where the kernel does not allow it.
        """
        self.count += 1
        self.folder = os.path.join(self.scratch, str(self.count))
        os.mkdir(self.folder, 0o700)
        report, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(files, self.enter, body, tell)
        os.close(tell)
        return _confirmed(pid, report)

    def enter(self) -> None:
        """Shut this process in: called in the child, and followed by the student's code."""
        os.setsid()
        os.chdir(self.folder)
        if LINUX:
            _die_with(self.server)
        _limit(self.limits | {"processes": 0})  # the user's other processes would count

    def processes(self, pid: int) -> list[int]:
        """Every process that the child `pid` has started and that lives, itself included."""
        return measure.descendants(os.getpid()) if LINUX else [pid]

    def end(self, pid: int) -> None:
        """Kill the child and whatever it started; returns when it is told, not when it is done."""
        for victim in {pid, *self.processes(pid)}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(victim, 9)

    def sweep(self) -> None:
        """Kill what a child that has ended left running, until nothing is."""
        while LINUX and (left := measure.descendants(os.getpid())):
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, 9)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass

    def stored(self, pid: int) -> int:
        """Bytes that the child keeps in files."""
        return measure.size_of(self.folder)

    def clean(self) -> None:
        """Remove what the child that has ended left behind."""
        subprocess.run(["rm", "-rf", "--", self.folder], check=True)  # shutil.rmtree recurses, and may be led too deep


class Bare(Jail):
    """One process without children under the strict filter: enough in a bubblewrap or container of its own."""

    reusable = False

    def __init__(self, limits: dict, scratch: str, readable: list[str]):
        super().__init__(limits, scratch, readable)
        kernel.set_dumpable(False)  # the child shares the user: it must not write to /proc/PID/mem of the server

    def enter(self) -> None:
        """Files first, the filter last: it forbids what the rest is made with."""
        os.setsid()
        os.chdir(self.folder)
        kernel.set_dumpable(True)  # the server measures it
        _limit(self.limits | {"processes": self.limits["processes"] + measure.tasks_of(os.getuid())})
        self.restrict()
        kernel.drop_capabilities()
        _die_with(self.server)  # last: what was set before is forgotten where rights change
        seccomp.load(seccomp.program(alone=os.getpid()))

    def restrict(self) -> None:
        """Give up files: none here."""

    def processes(self, pid: int) -> list[int]:
        """The child alone: the filter lets it start none."""
        return [pid]

    def stored(self, pid: int) -> int:
        """Bytes in its folder and in files that it removed and still holds."""
        return measure.size_of(self.folder) + measure.size_of_removed(pid, self.folder)


class Alone(Bare):
    """The same under landlock, which keeps it to its folder and out of /proc."""

    reusable = True

    def restrict(self) -> None:
        """Keep what Python needs, for reading, and the child's own folder."""
        if not landlock.abi():
            raise Refused("this kernel has no landlock")
        reading = dict.fromkeys(self.readable, landlock.READ)
        devices = {"/dev/null": landlock.DEVICE, "/dev/urandom": landlock.READ, "/dev/random": landlock.READ}
        landlock.restrict(reading | devices | {self.folder: landlock.READ | landlock.WRITE})


class Namespaces(Jail):
    """A user, PID, mount and IPC namespace of its own in those of bubblewrap, and the filter."""

    def __init__(self, limits: dict, scratch: str, readable: list[str]):
        super().__init__(limits, scratch, readable)
        self.filter = seccomp.program()
        kernel.set_dumpable(False)

    def fork(self, files: list[int], body: Step) -> int:
        """Fork twice: a process that makes a PID namespace stays outside, its first child is inside as number 1."""
        report, tell = os.pipe()
        named, name = os.pipe()
        between = os.fork()
        if between == 0:
            _child(None, _enter_namespaces, lambda: self._fork_inside(files, body, tell, name), tell)
        os.close(tell)
        os.close(name)
        os.waitpid(between, 0)
        pid = int(os.read(named, 32) or 0)
        os.close(named)
        return _confirmed(pid, report)

    def _fork_inside(self, files: list[int], body: Step, tell: int, name: int) -> None:
        pid = os.fork()
        if pid == 0:
            _child(files, self.enter, body, tell)
        os.write(name, b"%d" % pid)
        os._exit(0)

    def enter(self) -> None:
        """A private /proc and /tmp, then nothing more to gain."""
        tmp = f"size={self.limits['files_mb']}m,nr_inodes={measure.ENTRIES},mode=700"
        hidden = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, tmp)
        try:
            kernel.mount("proc", "/proc", "proc", hidden, "subset=pid")
        except OSError:  # before Linux 5.8
            kernel.mount("proc", "/proc", "proc", hidden)
        os.setsid()
        os.chdir("/tmp")
        _limit(self.limits if _counts_by_namespace() else self.limits | {"processes": 0})
        kernel.drop_capabilities()
        kernel.set_dumpable(True)  # the server measures it
        seccomp.load(self.filter)

    def processes(self, pid: int) -> list[int]:
        """Whoever is in this PID namespace below the server."""
        return measure.descendants(os.getpid())

    def end(self, pid: int) -> None:
        """The kernel ends a PID namespace with its first process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)

    def stored(self, pid: int) -> int:
        """Nothing to watch: the file system has its size."""
        return 0

    def clean(self) -> None:
        """Nothing to do: the file system went with the namespace."""


KINDS = {"namespaces": Namespaces, "alone": Alone, "bare": Bare, "none": Jail}


def _enter_namespaces() -> None:
    kernel.set_dumpable(True)  # else /proc/self/uid_map belongs to root
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
    kernel.set_dumpable(True)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _child(files: list[int] | None, enter: Step, body: Step, tell: int) -> None:
    """Keep `files` and no other, enter, close `tell` (which says that it went well), run the body."""
    try:
        if files is not None:
            tell = _keep([*files, tell])
        enter()
        if files is not None:
            os.close(tell)
        body()
    except BaseException as error:
        for listener in (tell, 2):  # the first is closed once the child is shut in
            with contextlib.suppress(OSError):
                os.write(listener, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(70)


def _keep(files: list[int]) -> int:
    """Make `files` the descriptors 0, 1, 2 … and close all others; the last one's new number."""
    high = [fcntl.fcntl(file, fcntl.F_DUPFD, 64) for file in files]
    for target, file in enumerate(high):
        os.dup2(file, target)
    close_from(len(files))
    return len(files) - 1


def _confirmed(pid: int, report: int) -> int:
    """The child's id once it is shut in; else Refused with what it complained of."""
    said = b""
    while piece := os.read(report, 4096):
        said += piece
    os.close(report)
    if not said and pid:
        return pid
    if pid:
        os.waitpid(pid, 0)
    raise Refused(said.decode(errors="replace") or "the child ended before it was shut in")


def _die_with(server: int) -> None:
    """End when the server ends, and now if it has."""
    kernel.die_with_parent()
    if os.getppid() != server:
        os._exit(70)


def _limit(limits: dict) -> None:
    """Resource limits of this process. They cannot be raised again, nor by the filter be changed at all."""
    mb = 1 << 20
    wanted = {
        "RLIMIT_NPROC": limits["processes"] or resource.RLIM_INFINITY,
        "RLIMIT_DATA": limits["memory_mb"] * mb + _data_now(),
        "RLIMIT_AS": limits["memory_mb"] * mb + ROOM,
        "RLIMIT_FSIZE": limits["files_mb"] * mb,
        "RLIMIT_CPU": 2 * int(limits["seconds"]) + 10,  # the server keeps the time; this is for when it cannot
        "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 1,  # not 0: with 1 a core is not handed to a program of the host either
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 256,
    }
    if LINUX:  # the server must outlive it when the machine runs out of memory
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    for name, value in wanted.items():
        kind = getattr(resource, name, {"RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12}.get(name) if LINUX else None)
        if kind is not None:
            _set_limit(kind, value)


def _set_limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    finite = [limit for limit in (value, hard) if limit != resource.RLIM_INFINITY]
    value = min(finite, default=resource.RLIM_INFINITY)
    resource.setrlimit(kind, (value, value))


def _counts_by_namespace() -> bool:
    """Whether RLIMIT_NPROC counts the processes of a user namespace, not all of the user's (Linux 5.14)."""
    return tuple(map(int, os.uname().release.split(".")[:2])) >= (5, 14)


def _data_now() -> int:
    """Bytes of writable memory that this process has mapped already."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[5]) * resource.getpagesize()
    except OSError:
        return 1 << 28
