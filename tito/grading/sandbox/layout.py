"""What a sandbox shows: which folders of this machine, under which names, and what of them it leaves out."""

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import IO

INSIDE = Path(__file__).parent / "inside"
PREFIX = "tito-sandbox-"
OPENED = 3600  # seconds after which a folder that nobody has locked is not one that is just being made
OURS = ("tinytorch", "tito")  # the reference solutions, and the grader
# What does the work of an exercise, may be installed here, and need not be where a student's package runs.
OTHERS = ("torch", "torchgen", "functorch", "jax", "jaxlib", "tensorflow", "keras", "scipy", "sklearn")
OTHERS += ("safetensors", "tiktoken", "tokenizers", "transformers")


class Layout:
    """Folders here → folders there, for one bundle.

    folder: where copies and the server's scratch are put. walls: whether the sandbox has a file system of its own, in
    which folders can have other names. uid: who the server will be, if not this user.
    """

    def __init__(self, bundle: Path, folder: Path, walls: bool, uid: int | None):
        self.folder, self.walls, self.uid = folder, walls, uid
        self.shown: dict[str, str] = {}
        self.libraries = [self._show(path, f"/libraries/{i}") for i, path in enumerate(_libraries())]
        self.program = self._show(self._readable(bundle / "program"), "/bundle/program")
        self.package = self._show(self._readable(bundle / "package"), "/bundle/package")
        self.code = os.path.dirname(self._show(self._readable(INSIDE), "/sandbox/inside"))
        base = os.path.realpath(sys.base_prefix)
        if base not in ("/", "/usr"):
            self._show(base, base)
        self.scratch = "/tmp" if walls else str(folder / "scratch")

    def _show(self, here: str | Path, there: str) -> str:
        """Show a folder; its path there."""
        self.shown[str(here)] = there if self.walls else str(here)
        return self.shown[str(here)]

    def _readable(self, source: Path) -> Path:
        """The folder, or a copy where the server is another user, who may not be allowed to read it."""
        if self.uid is None:
            return source
        os.chmod(self.folder, 0o711)
        target = self.folder / "shown" / source.name
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(["chmod", "-R", "go=u,go-w", self.folder / "shown"], check=True)
        return target

    def hidden(self, system: tuple[str, ...] = ()) -> list[str]:
        """Folders there that hold what a submission must not read, and are below what is shown."""
        secret = [os.path.realpath(path) for path in _references(self.shown)]
        roots = {os.path.realpath(path): path for path in system if os.path.isdir(path)} | self.shown
        return [
            os.path.join(there, os.path.relpath(path, here))
            for here, there in roots.items()
            for path in dict.fromkeys(secret)
            if path.startswith(here + "/")
        ]

    def empty_scratch(self) -> None:
        """A fresh folder for what submissions write, where the sandbox has no file system of its own."""
        scratch = self.folder / "scratch"
        remove(scratch)
        scratch.mkdir()
        if self.uid is not None:
            os.chown(scratch, self.uid, self.uid)


def own_folder() -> tuple[Path, IO]:
    """A new folder for a sandbox, and the file whose lock says, as long as it is open, that somebody has it."""
    import fcntl  # which Windows lacks, where there is no sandbox

    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = (folder / "owner").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def sweep() -> None:
    """Remove the folders that graders of this user left who were killed; those of living ones are locked."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        if _is_left(folder):
            remove(folder)


def _is_left(folder: Path) -> bool:
    import fcntl

    try:
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
            return False
        with (folder / "owner").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:  # not locked yet, or its grader was killed before it was
        return folder.exists() and time.time() - folder.lstat().st_mtime > OPENED
    except OSError:
        return False


def remove(folder: Path) -> None:
    """Remove a folder that a submission may have nested deeper than shutil.rmtree, which recurses, can follow."""
    subprocess.run(["rm", "-rf", "--", folder], check=False)


def without(path: str, hidden: list[str]) -> list[str]:
    """Paths that together are the folder `path` but for `hidden`."""
    if path in hidden:
        return []
    if not any(secret.startswith(path.rstrip("/") + "/") for secret in hidden):
        return [path]
    return [part for name in sorted(os.listdir(path)) for part in without(os.path.join(path, name), hidden)]


def _libraries() -> list[str]:
    """The folders of installed packages: those of this environment, and where NumPy and matplotlib really are."""
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    paths += [str(Path(importlib.util.find_spec(name).origin).parents[1]) for name in ("numpy", "matplotlib")]
    return list(dict.fromkeys(os.path.realpath(path) for path in paths))


def _references(shown: dict[str, str]) -> list[Path]:
    """Where the framework and the grader are installed, or the checkout that holds them; and other frameworks."""
    found = [Path(folder, name) for folder in shown if "site-packages" in folder for name in OURS + OTHERS]
    for name in OURS:
        spec = importlib.util.find_spec(name)
        for place in spec.submodule_search_locations if spec else ():
            checkout = Path(place).parent
            found.append(checkout if (checkout / "modules" / "source").is_dir() else Path(place))
    return [path for path in found if path.exists()]
