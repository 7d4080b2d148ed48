"""Look for what keeps the course from working here, and name the one command that mends it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from tito.bootstrap import BEGUN, STAMP, interpreter
from tito.course import Course

WINDOWS = os.name == "nt"
SETUP = "py -m tito setup" if WINDOWS else "python3 -m tito setup"
ENOUGH_MB = 500


@dataclass(frozen=True)
class Finding:
    """One thing looked at: is it well, what was seen, and the command that mends it."""

    name: str
    ok: bool
    detail: str
    mend: str = ""

    def facts(self) -> dict:
        """The finding as plain data."""
        return asdict(self)


def examine(root: Path, full: bool = False) -> Iterator[Finding]:
    """Look at everything around `root`, one finding after the other; `full` also starts a kernel."""
    checks: list[Callable[[Path], Finding]] = [python, environment, packages, editable, settings]
    checks += [kernel, programs, permissions, disk, sandbox, *([kernel_starts] if full else [])]
    for check in checks:
        try:
            yield check(root)
        except Exception as error:  # a check that cannot look has found something
            yield Finding(check.__name__.replace("_", " "), False, f"{type(error).__name__}: {error}", SETUP)


def python(root: Path) -> Finding:
    """Python is new enough."""
    wanted = re.search(r"\d+\.\d+", _project(root)["requires-python"])[0]
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= tuple(map(int, wanted.split(".")))
    return Finding(
        "Python", ok, f"{version}, {wanted} or newer is needed", "" if ok else f"python{wanted} -m tito setup"
    )


def _project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def environment(root: Path) -> Finding:
    """This tito runs in the folder's own .venv, or in another environment on purpose."""
    own = interpreter(root / ".venv")
    if not own.exists():
        if sys.prefix != sys.base_prefix or os.environ.get("CONDA_PREFIX"):
            return Finding("environment", True, f"{sys.prefix} (no .venv here)")
        return Finding("environment", False, "there is no working .venv", SETUP)
    try:
        home = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))["facts"]["root"]
    except (OSError, ValueError, KeyError):
        home = "" if (root / ".venv" / BEGUN).exists() else str(root)  # one that somebody made by hand
    if home != str(root):
        why = f"it was made in {home} and moved" if home else "its setup was not finished"
        return Finding("environment", False, f"{root / '.venv'}: {why}", SETUP)
    if Path(sys.prefix).resolve() != (root / ".venv").resolve():
        activate = r".venv\Scripts\activate" if WINDOWS else "source .venv/bin/activate"
        return Finding("environment", False, f"tito runs in {sys.prefix}, not in .venv", f"cd {root}; {activate}")
    return Finding("environment", True, str(root / ".venv"))


def packages(root: Path) -> Finding:
    """Every dependency is installed at a version that pyproject.toml allows."""
    from packaging.requirements import Requirement

    wrong = []
    for text in _project(root)["dependencies"]:
        wanted = Requirement(text)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            wrong.append(f"{wanted.name} {found}, needed {wanted.specifier}")
    if wrong:
        return Finding("packages", False, "; ".join(wrong), f"{SETUP} --force")
    return Finding("packages", True, f"{len(_project(root)['dependencies'])} requirements are met")


def editable(root: Path) -> Finding:
    """`import tinytorch` takes this folder's package and no other."""
    code = "import tinytorch, tito; print(tinytorch.__path__[0]); print(tito.__path__[0])"
    with tempfile.TemporaryDirectory() as elsewhere:
        variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=elsewhere, env=variables, capture_output=True, text=True, timeout=60
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it does not import"])[-1]
        return Finding("package", False, f"tinytorch: {reason}", f"{SETUP} --force")
    found = Path(done.stdout.splitlines()[0])
    if found.resolve() != (root / "tinytorch").resolve():
        return Finding("package", False, f"tinytorch is imported from {found}", f"{SETUP} --force")
    return Finding("package", True, f"tinytorch is imported from {found}")


def settings(root: Path) -> Finding:
    """settings.ini agrees with what pyproject.toml repeats of it."""
    wrong = disagreements(root)
    if (root / ".git").exists():
        mend = "git checkout settings.ini pyproject.toml"
    else:  # init puts back what is missing
        mend = f"mv settings.ini pyproject.toml .tito/; cd COURSE && tito init '{root}'"
    return Finding(
        "settings", not wrong, "; ".join(wrong) or "settings.ini and pyproject.toml agree", mend if wrong else ""
    )


def disagreements(root: Path) -> list[str]:
    """The facts that settings.ini and pyproject.toml tell differently."""
    course = Course(root)
    ini = course.settings["DEFAULT"]
    toml = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project, nbdev = toml["project"], toml["tool"]["nbdev"]
    pairs = {
        "lib_name": (ini.get("lib_name"), project["name"]),
        "version": (ini.get("version"), project["version"]),
        "description": (ini.get("description"), project["description"]),
        "license": (ini.get("license"), project["license"]),
        "min_python": (f">={ini.get('min_python')}", project["requires-python"]),
        "nbdev lib_name": (ini.get("lib_name"), nbdev["lib_name"]),
        "nbdev lib_path": (ini.get("lib_path"), nbdev["lib_path"]),
        "nbdev nbs_path": (ini.get("nbs_path"), nbdev["nbs_path"]),
    }
    return [f"{key}: {a!r} in settings.ini, {b!r} in pyproject.toml" for key, (a, b) in pairs.items() if a != b]


def kernel(root: Path) -> Finding:
    """The kernel `python3` of the notebooks runs this interpreter."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = f"{sys.executable} -m ipykernel install --sys-prefix --name python3"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding("kernel", False, "there is no Jupyter kernel 'python3'", mend)
    program = spec.argv[0]
    if not re.fullmatch(r"python(3(\.\d+)?)?", program) and not _same(program, sys.executable):
        return Finding("kernel", False, f"'python3' in {spec.resource_dir} runs {program}, not {sys.executable}", mend)
    return Finding("kernel", True, f"'python3' runs {sys.executable}")


def _same(program: str, other: str) -> bool:
    """Whether two paths are the same program of the same environment (a link is not followed)."""
    return os.path.normcase(os.path.abspath(program)) == os.path.normcase(os.path.abspath(other))


def kernel_starts(root: Path) -> Finding:
    """A kernel starts, and imports tinytorch."""
    import time

    from jupyter_client.manager import start_new_kernel

    started = time.monotonic()
    manager, client = start_new_kernel(startup_timeout=60, kernel_name="python3", cwd=str(root))
    try:
        reply = client.execute_interactive("import tinytorch", timeout=60, output_hook=lambda message: None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    ok = reply["content"]["status"] == "ok"
    detail = (
        f"started in {time.monotonic() - started:.1f} s" if ok else f"import tinytorch: {reply['content']['evalue']}"
    )
    return Finding("kernel starts", ok, detail, "" if ok else f"{SETUP} --force")


def programs(root: Path) -> Finding:
    """The programs that nbgrader starts by name are those of this environment."""
    here = str(Path(sys.executable).parent)
    wrong = []
    for name in ("alembic", "jupyter"):
        found = shutil.which(name)
        if found is None:
            wrong.append(f"{name} is not on PATH")
        elif not _same(os.path.dirname(found), here):
            wrong.append(f"{name} is {found}")
    return Finding(
        "PATH", not wrong, "; ".join(wrong) or f"alembic and jupyter in {here}", f"{SETUP} --force" if wrong else ""
    )


def permissions(root: Path) -> Finding:
    """The folder's files are the user's to read and write."""
    wanted = [root, root / "settings.ini", root / "tinytorch" / "core"]
    wanted += [root / "notebooks", root / ".tito"]
    wanted += sorted((root / "notebooks").glob("*/*.ipynb"))
    wrong = [p for p in wanted if p.exists() and not os.access(p, os.R_OK | os.W_OK | (os.X_OK if p.is_dir() else 0))]
    if wrong:
        mend = (
            f'icacls "{root}" /grant %USERNAME%:F /T'
            if WINDOWS
            else f"sudo chown -R $USER '{root}'; chmod -R u+rwX '{root}'"
        )
        return Finding("permissions", False, f"not yours to write: {', '.join(map(str, wrong[:3]))}", mend)
    return Finding("permissions", True, f"{root} is yours to write")


def disk(root: Path) -> Finding:
    """There is room for notebooks, backups and outputs."""
    free = shutil.disk_usage(root).free >> 20
    ok = free >= ENOUGH_MB
    return Finding("disk", ok, f"{free} MB free, {ENOUGH_MB} are enough", "" if ok else f"df -h '{root}'")


def sandbox(root: Path) -> Finding:
    """What submissions would be graded in here. Only who grades a class needs one, so nothing is wrong without."""
    from tito.grading import sandbox
    from tito.grading.sandbox import bubblewrap

    lacks = sandbox.why_not("bubblewrap") or bubblewrap.trial()
    if not lacks:
        return Finding("sandbox", True, "bubblewrap, for grading a class")
    others = [level for level in ("landlock", "podman") if not sandbox.why_not(level)]
    instead = f"{others[0]} is used instead" if others else "a class cannot be graded here"
    help = f"; best: {bubblewrap.INSTALL}" if sys.platform == "linux" else ""
    return Finding("sandbox", True, f"{instead} ({lacks}){help}")
