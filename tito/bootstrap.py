"""`python3 -m tito setup`: make `.venv` and install the project, on the standard library alone.

It runs on a machine with nothing but Python, is a no-op the second time, and may be killed at
any moment: what it has finished is kept, and the next run takes up from there.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

OK, USAGE, ENVIRONMENT = 0, 2, 3
VENV = ".venv"
BEGUN, STAMP, LOG = "tito-begun.txt", "tito-setup.json", "tito-setup.log"  # in .venv
VERIFY = "import click, numpy, rich, importlib.util as u; assert u.find_spec('nbgrader'); import tito"


class SetupError(Exception):
    """A reason why the environment cannot be made, told in one message with what to do."""


def main(arguments: list[str]) -> int:
    """Run setup for the project around the current folder; return the exit code."""
    options = _options(arguments)
    try:
        root = project_root(Path.cwd())
        extras = {extra for extra in ("dev", "conformance") if getattr(options, extra)}
        if options.force or not is_ready(root, extras):
            with _alone(root), _silence(options.quiet):
                set_up(root, extras, wheelhouse=options.offline, force=options.force)
            if not options.quiet:
                print(_what_next(root))
        elif not options.quiet:
            print(f"tito: the environment {root / VENV} is ready.")
        return OK
    except SetupError as error:
        print(f"tito: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("tito: stopped. Run it again: what is finished is kept.", file=sys.stderr)
    except PermissionError as error:
        print(f"tito: {error.filename}: permission denied.\n  Check who owns the folder.", file=sys.stderr)
    except OSError as error:
        print(f"tito: setup failed: {error}.\n  Check the free space and your permissions.", file=sys.stderr)
    return ENVIRONMENT


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tito setup",
        description="Make the environment .venv and install TinyTorch in it; a no-op the second time.",
    )
    parser.add_argument("--offline", metavar="DIR", type=Path, help="install from this folder of wheels, no network")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--conformance", action="store_true", help="also PyTorch, which make conformance compares with")
    parser.add_argument("--quiet", action="store_true", help="say nothing, but one line where there is work")
    parser.add_argument("--force", action="store_true", help="make the environment anew")
    return parser.parse_args(arguments)


def project_root(start: Path) -> Path:
    """The project to set up: around `start`, else the one this file belongs to."""
    start = start.resolve()
    for folder in (start, *start.parents, Path(__file__).resolve().parent.parent):
        if (folder / "pyproject.toml").is_file() and (folder / "tito" / "__main__.py").is_file():
            return folder
    raise SetupError(f"{start} is not inside a TinyTorch course or workspace.\n  Go to its folder first: cd DIR")


def environment_python(start: Path) -> Path | None:
    """The interpreter of the nearest `.venv` at or above `start`, or None where none works."""
    start = Path(start).resolve()
    for folder in (start, *start.parents):
        python = interpreter(folder / VENV)
        if python.exists() and (folder / "tito").is_dir():
            return python
    return None


def interpreter(venv: Path) -> Path:
    """Where the interpreter of an environment stands."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def is_ready(root: Path, extras: set[str]) -> bool:
    """Whether `root`/.venv holds the project with `extras` already."""
    venv = root / VENV
    have = _stamp(venv)
    return have.get("facts") == _facts(root) and extras <= set(have["extras"]) and interpreter(venv).exists()


@contextlib.contextmanager
def _alone(root: Path):
    """Let one setup at a time work on `root`. pip inherits the lock: it holds even if we are killed."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    name = hashlib.sha256(f"{os.getuid()} {root}".encode()).hexdigest()[:16]
    with open(Path(tempfile.gettempdir()) / f"tito-setup-{name}.lock", "w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("tito: another setup is at work here; waiting for it to end.", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _silence(quiet: bool):
    """With `quiet`, one line on standard error in place of each step's: the first time takes minutes."""
    if not quiet:
        yield
        return
    print("tito: setting up the environment; the first time this takes some minutes.", file=sys.stderr, flush=True)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def set_up(root: Path, extras: set[str], wheelhouse: Path | None = None, force: bool = False) -> None:
    """Make `root`/.venv hold the project with `extras`, editable."""
    venv = root / VENV
    if is_ready(root, extras) and not force:  # another setup has done it meanwhile
        return
    if wheelhouse is not None:
        wheelhouse = _checked_wheelhouse(wheelhouse)
    extras = extras | set(_stamp(venv).get("extras", ()))
    print(f"Setting up TinyTorch in {root}\nwith Python {_version()}", end="")
    uv = shutil.which("uv")
    print(" and uv." if uv else " and pip.", flush=True)
    _require_space(root)
    started = time.monotonic()
    _make_environment(venv, uv, keep=not force and _resumable(venv, uv))
    _install(root, venv, sorted(extras), wheelhouse, uv)
    _verify(root, venv)
    _write_stamp(venv, {"facts": _facts(root), "extras": sorted(extras)})
    print(f"Ready in {time.monotonic() - started:.0f} s.", flush=True)


def _facts(root: Path) -> dict:
    """What an environment depends on; it is made anew where one of these has changed."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        wanted = {k: project["project"].get(k) for k in ("dependencies", "optional-dependencies", "scripts")}
        wanted["build"] = project["build-system"]["requires"]
    except (ValueError, KeyError) as error:
        what = f"{root / 'pyproject.toml'} cannot be read: {error}"
        raise SetupError(f"{what}.\n  Restore it: git checkout pyproject.toml, or tito init") from error
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    return {"requirements": digest, "python": _version(2), "root": str(root)}


def _stamp(venv: Path) -> dict:
    try:
        return dict(json.loads((venv / STAMP).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _write_stamp(venv: Path, facts: dict) -> None:
    temporary = venv / f"{STAMP}.tmp"
    temporary.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(temporary, venv / STAMP)


def _version(parts: int = 3) -> str:
    return ".".join(map(str, sys.version_info[:parts]))


def _what_next(root: Path) -> str:
    """The first command to type, with the environment's own tito where the shell does not find it."""
    activate = rf"{VENV}\Scripts\activate" if os.name == "nt" else f"source {VENV}/bin/activate"
    kind = "tito" if (root / "notebooks").is_dir() else "tito --help"
    return f"Next:  {activate}\n       {kind}"


def _checked_wheelhouse(folder: Path) -> Path:
    folder = folder.resolve()
    if folder.is_dir() and any(folder.glob("*.whl")):
        return folder
    reason = "holds no wheels" if folder.is_dir() else "is not a folder"
    raise SetupError(f"--offline: {folder} {reason}.\n{_wheelhouse_recipe(folder)}")


def _wheelhouse_recipe(folder: Path) -> str:
    """How to fill a wheelhouse elsewhere; `setuptools` builds the project itself."""
    return (
        "  Fill it on a machine with a network and the same system and Python, in this folder:\n"
        f'  python3 -m pip wheel --wheel-dir {folder} ".[dev]" "setuptools>=77"'
    )


def _require_space(root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < 1 << 30:
        raise SetupError(
            f"{root} has {free >> 20} MB of free disk space; the environment needs about 1 GB.\n"
            "  Free some space, then run it again."
        )


def _resumable(venv: Path, uv: str | None) -> bool:
    """Whether an environment that is not ready can be completed instead of made anew.

    It was made here (not moved), for this version of Python, and its interpreter works.
    """
    try:
        config = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
        made_by_setup = (venv / BEGUN).exists()
        home = (venv / BEGUN).read_text(encoding="utf-8") if made_by_setup else str(venv)
    except (OSError, ValueError):
        return False
    version = re.search(r"(?m)^version(?:_info)? *= *(\d+\.\d+)", config)
    here = home == str(venv) and (made_by_setup or re.search(rf"(?m)^command *=.*{re.escape(str(venv))}$", config))
    if not here or not version or version[1] != _version(2):
        return False
    whole_pip = "import importlib.metadata as m; assert m.distribution('pip').read_text('RECORD')"
    return _runs(interpreter(venv), "import encodings" if uv else whole_pip)


def _runs(python: Path, code: str) -> bool:
    try:
        return subprocess.run([python, "-I", "-c", code], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _make_environment(venv: Path, uv: str | None, keep: bool) -> None:
    if keep:
        with contextlib.suppress(OSError):
            (venv / STAMP).unlink()
        return
    if venv.exists() and not (venv / "pyvenv.cfg").exists() and any(venv.iterdir()):
        raise SetupError(f"{venv} exists and is not a Python environment.\n  Move it away, then run it again.")
    if not uv:
        _require_venv_module()
    base = getattr(sys, "_base_executable", None) or sys.executable  # inside a venv: the Python it was made from
    command = [uv, "venv", "--clear", "--seed", "--python", base] if uv else [base, "-m", "venv", "--clear"]
    (venv / "pyvenv.cfg").unlink(missing_ok=True)
    log = Path(tempfile.gettempdir()) / f"tito-setup-{os.getpid()}.log"  # .venv is not there to hold it
    _step("environment", [*command, str(venv)], venv, log)
    log.unlink()
    (venv / BEGUN).write_text(str(venv), encoding="utf-8")


def _require_venv_module() -> None:
    missing = [m for m in ("venv", "ensurepip") if importlib.util.find_spec(m) is None]
    if missing:
        raise SetupError(
            f"this Python ({sys.executable}) has no {' and no '.join(missing)} module, so it cannot make "
            "an environment.\n"
            f"  Debian, Ubuntu: sudo apt install python3-venv   (or python3.{sys.version_info[1]}-venv)\n"
            "  Elsewhere: install Python from python.org, or uv; then run it again."
        )


def _install(root: Path, venv: Path, extras: list[str], wheelhouse: Path | None, uv: str | None) -> None:
    _drop_half_installed(venv)
    project = f"{root}[{','.join(extras)}]" if extras else str(root)
    python = str(interpreter(venv))
    if uv:
        command = [uv, "pip", "install", "--python", python]
    else:
        command = [python, "-m", "pip", "install", "--no-input", "--retries", "2", "--timeout", "20"]
    if wheelhouse:
        command += ["--no-index", "--find-links", str(wheelhouse)]
    _step("packages", [*command, "--editable", project], venv, venv / LOG, wheelhouse)


def _drop_half_installed(venv: Path) -> None:
    """Forget packages whose installation was killed: pip then writes them again."""
    for info in venv.glob("[Ll]ib/**/site-packages/*.dist-info"):
        if not (info / "RECORD").exists() or not (info / "METADATA").exists():
            shutil.rmtree(info, ignore_errors=True)


def _verify(root: Path, venv: Path) -> None:
    if not _runs(interpreter(venv), VERIFY):
        raise SetupError(
            f"the packages in {venv} do not import.\n  Make the environment anew: python3 -m tito setup --force"
        )


def _step(name: str, command: list[str], venv: Path, log: Path, wheelhouse: Path | None = None) -> None:
    """Run one step, its output in `log`; show that it goes on; raise with the reason if it fails."""
    started = time.monotonic()
    show = _Progress(name)
    with open(log, "a", encoding="utf-8", errors="replace") as file:
        file.write("$ " + " ".join(command) + "\n")
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=venv.parent,
            env=_clean_environment(),
            close_fds=False,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        try:
            output = []
            for line in process.stdout:
                file.write(line)
                file.flush()
                output.append(line)
                show.line(line)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            show.end("stopped")
            raise
    if code:
        show.end("failed")
        raise SetupError(_reason("".join(output), name, wheelhouse) + f"\n  The whole output: {log}")
    show.end(f"{time.monotonic() - started:.1f} s")


def _clean_environment() -> dict[str, str]:
    """The environment for pip, without what would make it install elsewhere or see other packages."""
    drop = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}
    kept = {k: v for k, v in os.environ.items() if k not in drop and k != "__PYVENV_LAUNCHER__"}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1", "PIP_USER": "0"}


class _Progress:
    """One line per step; in a terminal it counts the packages while pip works."""

    def __init__(self, name: str):
        self.name, self.count, self.live = name, 0, sys.stdout.isatty()
        print(f"  {name} ...", end="" if self.live else "\n", flush=True)

    def line(self, text: str) -> None:
        word = re.match(r"(?:Collecting|Processing|Downloading|Building|Installing) *(?:[\w ]+: )?([\w.\-/]*)", text)
        if word and self.live:
            self.count += text.startswith(("Collecting", "Processing"))
            doing = f"{text.split()[0].lower()} {Path(word[1]).name}"[:44]
            print(f"\r  {self.name} ... {self.count:3d}  {doing:<44}", end="", flush=True)

    def end(self, how: str) -> None:
        print(f"\r  {self.name:12s} {how:<60}" if self.live else f"  {self.name:12s} {how}", flush=True)


_NETWORK = (
    r"name resolution|NewConnectionError|ConnectTimeout|Max retries exceeded|Network is unreachable|"
    r"Connection refused|getaddrinfo|ProxyError|dns error|error sending request|Failed to fetch|"
    r"Could not connect|Connection reset|SSLError|CERTIFICATE_VERIFY"
)


def _reason(output: str, name: str, wheelhouse: Path | None) -> str:
    """One message for what went wrong in pip, uv or venv, and what to do."""
    if re.search(r"No space left|Errno 28|disk quota", output, re.I):
        return "the disk is full.\n  Free about 1 GB, then run it again: what is finished is kept."
    if re.search(r"Permission denied|Errno 13|Read-only file system", output, re.I):
        return "permission denied while writing the environment.\n  Use a folder that is yours, or mend who owns it."
    missing = re.search(r"No matching distribution found for ([^\s(]+)|Because (\S+) was not found", output)
    if wheelhouse and missing:
        package = missing[1] or missing[2]
        return f"the wheelhouse {wheelhouse} lacks {package}.\n{_wheelhouse_recipe(wheelhouse)}"
    if re.search(_NETWORK, output):
        return (
            "the packages cannot be fetched: no network, or a proxy in the way.\n"
            "  Connect and run it again; or without a network: python3 -m tito setup --offline DIR\n"
            "  where DIR is a folder of wheels filled elsewhere with: "
            'pip wheel --wheel-dir DIR ".[dev]" "setuptools>=77"'
        )
    if "ensurepip" in output and name == "environment":
        return "this Python cannot put pip into an environment.\n  Debian, Ubuntu: sudo apt install python3-venv"
    errors = [line for line in output.splitlines() if line.lower().startswith("error")] or output.splitlines()[-1:]
    return f"the step '{name}' failed: {errors[-1] if errors else 'no reason given'}\n  Run it again; if it stays, see:"
