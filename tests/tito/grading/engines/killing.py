"""Kill a run again and again, anywhere: its leader, or up to three at once of the processes below it."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = [sys.executable, "-P", "-m", "tito", "class", "grade", "--json", "--jobs", "2"]


def below(process: int) -> list[int]:
    """Every process below one, from /proc."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found, wanted = [], {process}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted}
        found += sorted(wanted)
    return found


class Killer:
    """Starts the run, kills something of it at a random moment, and so on; `seed` says what and when."""

    def __init__(self, folder: Path, seed: int, leader_share: float = 0.4):
        self.folder, self.random, self.leader_share = folder, random.Random(seed), leader_share
        self.killed = {"leader": 0, "below": 0}
        self.run: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the run, or start it again."""
        self.before = self.judged()
        root = str(Path(__file__).parents[4])
        environment = os.environ | {"PYTHONPATH": root, "PATH": os.environ.get("PATH", "") + os.pathsep + os.defpath}
        with (self.folder / "run.log").open("ab") as log:
            self.run = subprocess.Popen(COMMAND, cwd=self.folder, env=environment, stdout=log, stderr=log)

    def strike(self, most: int) -> bool:
        """Wait a random while, then kill at most so many; False if the run had ended by itself before."""
        try:
            self.run.wait(self.random.uniform(0.02, 0.8))
            return False
        except subprocess.TimeoutExpired:
            pass
        if self.random.random() < self.leader_share:
            if self.random.random() < 0.7 and not self.has_judged():
                return False
            self.run.kill()
            self.run.wait()
            self.killed["leader"] += 1
            self.start()
            return True
        victims = below(self.run.pid)
        for victim in self.random.sample(victims, min(len(victims), most, self.random.randint(1, 3))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.killed["below"] += 1
        return True

    def has_judged(self) -> bool:
        """Wait until this run has judged something, however slow the machine is; False if it ended before."""
        until = time.monotonic() + 60
        while self.judged() == self.before and time.monotonic() < until:
            if self.run.poll() is not None:
                return False
            time.sleep(0.02)
        return True

    def judged(self) -> int:
        """How many verdicts there are."""
        return len(list((self.folder / ".tito" / "verdicts").glob("*.json")))

    def kill(self, times: int, more) -> None:
        """Kill so often; call `more()`, which hands in more work, whenever a run had nothing left to do."""
        self.start()
        while left := times - sum(self.killed.values()):
            if not self.strike(left):
                more()
                self.start()
        self.run.kill()
        self.run.wait()

    def finish(self) -> list[dict]:
        """Let the run come to its end; its submissions."""
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
        environment["PATH"] = os.environ.get("PATH", "") + os.pathsep + os.defpath
        done = subprocess.run(COMMAND, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)["submissions"]
