"""Which level is taken, what refusals say, and the ways in: landlock, bubblewrap without nesting, root, podman."""

import json
import os
import subprocess
import sys

import pytest
from sandbox_tools import LEVELS, LINUX, lacking, say

from tito.grading import sandbox
from tito.grading.sandbox import Host, Limits, bubblewrap, podman

pytestmark = pytest.mark.usefixtures("light")
BUBBLEWRAP = pytest.mark.skipif(bool(lacking("bubblewrap")), reason=lacking("bubblewrap"))
LANDLOCK = pytest.mark.skipif(bool(lacking("landlock")), reason=lacking("landlock"))
ROOT = pytest.mark.skipif(not sandbox.host.LINUX or os.getuid() != 0, reason="only root needs it")


@BUBBLEWRAP
def test_auto_takes_bubblewrap_first(bundle):
    with sandbox.open(bundle) as host:
        assert (host.level, host.facts["jail"]) == ("bubblewrap", "Namespaces")


@LANDLOCK
def test_auto_takes_landlock_where_bubblewrap_fails(bundle, monkeypatch):
    monkeypatch.setattr(bubblewrap, "program", lambda: "/bin/false")
    with sandbox.open(bundle) as host, host.start() as student:
        assert (host.level, host.facts["jail"]) == ("landlock", "Alone")
        assert say(student, "answer = 1") == 1


def test_auto_refuses_where_nothing_works_and_never_goes_without(bundle, monkeypatch):
    monkeypatch.setattr(sandbox.host, "why_not", lambda level: f"no {level} here" if level != "unsafe-local" else "")
    with pytest.raises(sandbox.SandboxError) as refusal:
        sandbox.open(bundle)
    for reason in ("bubblewrap: no bubblewrap here", "landlock: no landlock here", "podman: no podman here"):
        assert reason in refusal.value.what
    assert "apt-get install bubblewrap" in refusal.value.do and refusal.value.code == 3


def test_an_unknown_level(bundle):
    with pytest.raises(sandbox.SandboxError, match="no sandbox level 'docker'.*\n.*auto, bubblewrap, landlock"):
        sandbox.open(bundle, level="docker")


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    monkeypatch.setattr(podman, "program", lambda: None)
    if sandbox.host.LINUX:
        assert sandbox.why_not("bubblewrap") == "bubblewrap is not installed"
        assert sandbox.why_not("podman") == "podman is not installed"
    monkeypatch.setattr(sandbox.host, "LINUX", False)
    assert "needs Linux" in sandbox.why_not("landlock")


@pytest.mark.parametrize("level", LEVELS)
def test_a_bundle_that_does_not_import_is_not_the_sandboxs_fault(tmp_path, level):
    (tmp_path / "package").mkdir()
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "student_process.py").write_text("import no_such_library\n")
    with pytest.raises(sandbox.BundleError, match="cannot be imported in the sandbox.*no_such_library"):
        sandbox.open(tmp_path, level=level)
    if level == "bubblewrap":
        with pytest.raises(sandbox.BundleError):
            sandbox.open(tmp_path)


def add_options(monkeypatch, *options):
    """Have bubblewrap started with more options."""
    right = bubblewrap.command
    monkeypatch.setattr(bubblewrap, "command", lambda *a: [*right(*a)[:1], *options, *right(*a)[1:]])


@BUBBLEWRAP
def test_bubblewraps_own_complaint_is_passed_on(bundle, monkeypatch):
    add_options(monkeypatch, "--no-such-option")
    with pytest.raises(sandbox.SandboxError, match="bubblewrap does not start: .*no-such-option"):
        sandbox.open(bundle, level="bubblewrap")


@BUBBLEWRAP
def test_where_namespaces_cannot_be_nested_each_is_alone(bundle, monkeypatch):
    right = bubblewrap.command
    monkeypatch.setattr(
        bubblewrap, "command", lambda *a: [*right(*a)[:1], "--unshare-user", "--disable-userns", *right(*a)[1:]]
    )
    with sandbox.open(bundle, level="bubblewrap") as host:
        assert host.facts["jail"] in ("Alone", "Bare") and "namespaces: " in host.facts["refused"]
        with host.start() as student:
            assert "PermissionError" in say(student, "import os; os.fork()")


@BUBBLEWRAP
def test_without_landlock_each_has_a_bubblewrap_of_its_own(bundle):
    with Host(bundle, Limits(), "bubblewrap", jails=("bare",)) as host:
        servers = []
        for _ in range(2):
            with host.start() as student:
                code = "import os; answer = os.path.exists('/tmp/left'); open('/tmp/left', 'w').close()"
                assert say(student, code) is False
                servers.append(host.process.pid)
            judge = os.fork()  # what a forked judge has used is used for the grader too
            if judge == 0:
                try:
                    host.start()
                finally:
                    os._exit(0)
            os.waitpid(judge, 0)
        assert servers[0] != servers[1]


@LANDLOCK
def test_landlock_keeps_to_what_is_named(tmp_path):
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "file").write_text("shown")
    (tmp_path / "hidden").write_text("hidden")
    code = """
import json, sys
from tito.grading.sandbox.inside import landlock
shown, hidden, missing = sys.argv[1:]
landlock.restrict({shown: landlock.READ, missing: landlock.READ})
said = []
for path, mode in ((shown + "/file", "r"), (shown + "/file", "a"), (hidden, "r")):
    try:
        said.append(open(path, mode).name == path)
    except PermissionError:
        said.append(False)
print(json.dumps(said))
"""
    paths = [str(tmp_path / name) for name in ("shown", "hidden", "missing")]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, cwd=os.getcwd())
    assert json.loads(done.stdout) == [True, False, False], done.stderr


@LINUX
@pytest.mark.parametrize(
    ("version", "files", "network", "scoped"),
    [(1, 13, 0, 0), (2, 14, 0, 0), (3, 15, 0, 0), (4, 15, 2, 0), (5, 16, 2, 0), (6, 16, 2, 2), (7, 16, 2, 2)],
)
def test_each_version_of_landlock_governs_all_that_it_can(version, files, network, scoped):
    """Numbers of rights by version, from the kernel's documentation (userspace-api/landlock)."""
    from tito.grading.sandbox.inside import landlock

    rules = landlock.handled(version)
    assert (rules.files, rules.network, rules.scoped) == tuple((1 << count) - 1 for count in (files, network, scoped))


@ROOT
def test_root_becomes_somebody_who_sees_what_is_kept_of_a_closed_folder(tmp_path):
    """The Python of root is in /root, where nobody else may go."""
    closed = tmp_path / "closed"
    (closed / "kept" / "deep").mkdir(parents=True)
    (closed / "kept" / "deep" / "file").write_text("kept")
    (closed / "secret").write_text("secret")
    for folder in (*tmp_path.parents, closed / "kept", closed / "kept" / "deep"):
        if str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)
    os.chmod(tmp_path, 0o755)
    os.chmod(closed / "kept" / "deep" / "file", 0o644)
    os.chmod(closed, 0o700)
    look = f"id -u; cat {closed}/kept/deep/file; ls {closed}; touch {closed}/kept/x {closed}/x || echo refused"
    done = launch(61234, [str(closed / "kept")], ["/bin/sh", "-c", look])
    assert done.stdout.split() == ["61234", "keptkept", "refused"], done.stderr
    assert os.listdir(closed) and (closed / "secret").read_text() == "secret"  # only that process sees it so


@ROOT
def test_what_that_user_may_not_read_is_named(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    done = launch(61234, [str(private)], ["/bin/true"])
    assert done.returncode == 1 and f"the sandbox's user 61234 may not read {private}" in done.stderr


def launch(uid, keep, command):
    code = "from tito.grading.sandbox.inside.launch import main; main()"
    arguments = [sys.executable, "-c", code, str(uid), json.dumps(keep), *command]
    return subprocess.run(arguments, capture_output=True, text=True, cwd=os.getcwd())


@ROOT
@pytest.mark.parametrize("level", LEVELS[:2])
def test_root_is_dropped_and_a_private_bundle_is_shown_all_the_same(bundle, tmp_path, level):
    private = tmp_path / "bundle"
    subprocess.run(["cp", "-r", bundle, private], check=True)
    subprocess.run(["chmod", "-R", "go=", private], check=True)
    with sandbox.open(private, level=level) as host, host.start() as student:
        uid, core = say(student, "import os; from tinytorch.core import first; answer = [os.getuid(), first.double(2)]")
    assert uid == host.uid and uid >= 61184 and core == 4


def test_podman_gets_a_container_without_network_rights_or_an_image():
    command = podman.command(
        ["python", "server"], {"/here": "/there"}, ["/there/secret"], {"A": "b"}, "/empty", 9, Limits()
    )
    assert command[:5] == [sys.executable, "-S", "-c", podman._RENUMBER, "9"]
    assert {"--network=none", "--cap-drop=all", "--read-only", "--security-opt=no-new-privileges"} <= set(command)
    assert {"--volume=/here:/there:ro", "--env=A=b", "--pids-limit=40", "--memory=1536m"} <= set(command)
    assert {"--tmpfs=/tmp:rw,size=64m,nosuid,nodev", "--tmpfs=/there/secret:ro,size=4k"} <= set(command)
    assert "--preserve-fds=1" in command
    assert command[-4:] == ["--rootfs", "/empty", "python", "server"]


def test_podmans_socket_becomes_descriptor_3():
    read, write = os.pipe()
    command = [sys.executable, "-S", "-c", podman._RENUMBER, str(write), "/bin/sh", "-c", "echo here >&3"]
    subprocess.run(command, pass_fds=[write], check=True)
    os.close(write)
    with os.fdopen(read) as end:
        assert end.read() == "here\n"


@pytest.mark.skipif(bool(lacking("podman")), reason=lacking("podman"))
def test_a_submission_runs_in_podman(bundle):
    with sandbox.open(bundle, level="podman") as host, host.start() as student:
        assert say(student, "answer = 6 * 7") == 42
