"""Attempts to read or change files that are none of a submission's."""

import contextlib
import ctypes
import os
import struct
import sys
from pathlib import Path

from .tools import attempt, call, opens, text_of


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
    return text_of("/etc/passwd")[:60]


@attempt("files")
def read_the_machine_id_and_host_name(at):
    return text_of("/etc/machine-id") or text_of("/etc/hostname")


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
    seen = " ".join(os.environ) + text_of("/proc/self/environ") + text_of(f"/proc/{os.getppid()}/environ")
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
    got = [path for path in ("/dev/mem", "/dev/vda", "/dev/sda", "/dev/kmsg", "/dev/fuse", "/dev/kvm") if opens(path)]
    return got and f"devices {got}"


@attempt("files")
def make_a_device(at):
    os.mknod("device", 0o600 | 0o060000, os.makedev(254, 0))
    return "a block device"


@attempt("files")
def watch_files(at):
    return f"an inotify instance {call(294, 26, 0)}"


@attempt("files")
def open_a_file_by_handle(at):
    handle = ctypes.create_string_buffer(struct.pack("IiQQ", 8, 1, 2, 0))
    with contextlib.suppress(FileNotFoundError):
        call(304, 265, -100, ctypes.byref(handle), 0)
    return "handles that go round paths"
