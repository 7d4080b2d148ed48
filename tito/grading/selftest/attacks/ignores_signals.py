# module: 00_setup
# tries: an endless loop that no signal interrupts
# expect: test-setup-dot timeout, test-setup-machine passed
# %% setup-dot
import signal

for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)


def dot(xs, ys):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
