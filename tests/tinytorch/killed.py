"""A program for test_training.py: trains, is killed at some point, is started again, and tells what came out.

`python killed.py FOLDER SEED` tries every way to die in a process of its own, forked from one that has all imports,
and prints one line of JSON for each.
"""

import hashlib
import io
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

from tinytorch import manual_seed  # noqa: E402
from tinytorch.core import training  # noqa: E402
from tinytorch.core.training import Accuracy, Batches, Callback, Checkpoint, EarlyStopping, Trainer  # noqa: E402
from tinytorch.nn import CrossEntropyLoss, Dropout, Linear, ReLU, Sequential  # noqa: E402
from tinytorch.optim import Adam  # noqa: E402
from tinytorch.optim.lr_scheduler import OneCycleLR  # noqa: E402

EPOCHS, STEPS = 5, 8


def die(*_):
    """End this process at once, as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal comes first


class DieAt(Callback):
    """Dies after so many steps."""

    def __init__(self, step):
        self.left = step

    def step_end(self, trainer):
        """Count down."""
        self.left -= 1
        if self.left == 0:
            die()


class Dawdle(Callback):
    """Takes its time, so that a parent can kill at any moment."""

    def step_end(self, trainer):
        """Wait a little."""
        time.sleep(0.002)


def data():
    """61 examples in batches of 4, two batches to a step: the last batch and the last step are incomplete."""
    numbers = np.random.default_rng(0)
    return numbers.normal(size=(61, 6)), numbers.integers(0, 3, 61)


def train(path, every, seed, *callbacks):
    """A training with all that has a state; what it leaves behind, as one text."""
    x, y = data()
    manual_seed(seed)
    model = Sequential(Linear(6, 16), ReLU(), Dropout(0.3), Linear(16, 3))
    optimizer = Adam(model.parameters(), lr=0.02)
    schedule = OneCycleLR(optimizer, max_lr=0.05, total_steps=EPOCHS * STEPS + 1)
    own = [EarlyStopping("val_loss", patience=4), *callbacks, *([Checkpoint(path, every)] if path else [])]
    trainer = Trainer(
        model, CrossEntropyLoss(), optimizer, schedule, [Accuracy()], own,
        schedule="step", accumulate=2, max_norm=1.0, progress="none",
    )  # fmt: skip
    history = trainer.fit(Batches(x, y, 4, seed=3), EPOCHS, Batches(x[:20], y[:20], 7, shuffle=False))
    weights = b"".join(p.numpy().tobytes() for p in model.parameters())
    rates = [group["lr"] for group in optimizer.param_groups]
    return json.dumps([hashlib.sha256(weights).hexdigest(), history, rates, training.random_state()])


def half_written(path, mode):
    """`open`, for files that die in the middle of being written."""
    file = open(path, mode)  # noqa: SIM115
    whole = file.write

    class Half:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            file.close()

        def write(self, content):
            whole(content[: len(content) // 2])
            file.flush()
            die()

    return Half()


def nth(number, at_that, else_):
    """A function that is `else_` except at its nth call."""
    calls = iter(range(1, 10**6))
    return lambda *args: (at_that if next(calls) == number else else_)(*args)


def in_the_file(place, number):
    """Arrange to die at the nth checkpoint: before, within or after a part of its writing."""
    fsync, replace = os.fsync, os.replace
    if place == "half written":
        training.open = nth(number, half_written, open)
    elif place == "before fsync":
        os.fsync = nth(number, die, fsync)
    elif place == "before replace":
        os.replace = nth(number, die, replace)
    elif place == "after replace":
        os.replace = nth(number, lambda *args: (replace(*args), die()), replace)


def forked(work):
    """Run work() in a process of its own; its process id, and where its answer will be read."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        sys.stderr = io.StringIO()
        answer = work()
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    return child, reader


def finish(child, reader):
    """Wait for a process; whether it was killed, and its answer."""
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read().decode()
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, answer


def attempt(path, every, seed, how, number):
    """Train in a process that dies as `how` says; whether it did, and its answer."""

    def work():
        if how == "after a step":
            return train(path, every, seed, DieAt(number))
        in_the_file(how, number)
        return train(path, every, seed, Dawdle()) if how == "by a clock" else train(path, every, seed)

    child, reader = forked(work)
    if how == "by a clock":
        time.sleep(number / 1000)
        os.kill(child, signal.SIGKILL)
    return finish(child, reader)


def main(folder, seed):
    """Every way to die, each followed by a start from what was left."""
    chance = random.Random(seed)
    ways = [("after a step", chance.randint(1, EPOCHS * STEPS)) for _ in range(10)]
    ways += [(how, chance.randint(1, 12)) for how in ("half written", "before fsync", "before replace") for _ in "123"]
    ways += [("after replace", chance.randint(1, 12)) for _ in "12"]
    ways += [("by a clock", chance.randint(5, 150)) for _ in range(6)]
    _, undisturbed = finish(*forked(lambda: train(None, 1, 7)))
    for i, (how, number) in enumerate(ways):
        path, every = Path(folder, f"{i}.safetensors"), chance.choice([1, 2, 3])
        died = [attempt(path, every, 7, how, number)[0]]
        if i % 5 == 0:  # and once more, from what the first death left
            died.append(attempt(path, every, 8 if path.exists() else 7, "after a step", chance.randint(1, 6))[0])
        had = path.exists()
        _, answer = finish(*forked(lambda path=path, every=every, had=had: train(path, every, 9 if had else 7)))
        same = answer == undisturbed
        print(json.dumps({"how": how, "number": number, "every": every, "died": died, "file": had, "same": same}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
