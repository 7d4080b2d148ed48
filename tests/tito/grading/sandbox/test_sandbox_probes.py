"""Every probe holds in a sandbox, and is reported as a breach without one."""

import pytest
from sandbox_tools import LINUX, WALLED, lacking

pytest.importorskip("fcntl")
from tito.grading.sandbox import probes  # noqa: E402
from tito.grading.sandbox.probes.attempts import ATTEMPTS  # noqa: E402

pytestmark = pytest.mark.usefixtures("light")
AREAS = {"network", "files", "processes", "privileges", "resources", "survivors"}
THROUGH = {  # without walls these get through for every user; others depend on the user and the kernel's settings
    "connect over tcp", "send over udp", "connect to an abstract socket", "connect to a socket file",
    "listen on a port", "rename the wire", "see interfaces and connections", "read the gradebook",
    "read it through a link", "list the course", "read accounts", "write beside the gradebook", "change the gradebook",
    "change permissions of the gradebook", "change times of the gradebook", "truncate or remove a file", "watch files",
    "see others", "signal another", "signal a thread of another", "signal the parent", "signal by pidfd",
    "signal by file owner", "change anothers limits", "change anothers priority", "change anothers processors",
    "run a program", "run a program from memory", "gain by executing", "change its own limits", "take memory files",
    "find files", "find shared memory", "find a message queue",
}  # fmt: skip


@pytest.mark.parametrize("level", WALLED)
def test_everything_holds(level):
    made = probes.run(level)
    assert [f"{probe.name}: {probe.detail}" for probe in made if not probe.held] == []
    assert [probe.name for probe in made if probe.area != "resources"] == [
        name for name, (area, _, _) in ATTEMPTS.items() if area != "resources"
    ]
    assert len(made) == len(ATTEMPTS) and {probe.area for probe in made} == AREAS


@LINUX
def test_without_a_sandbox_they_get_through():
    made = {probe.name: probe for probe in probes.run("unsafe-local", names=THROUGH | PLANTS)}
    assert {name for name in THROUGH if made[name].held} == set()
    assert made["read the gradebook"].detail == "points"


PLANTS = {"plant files", "plant shared memory", "plant a message queue"}
ALONE = [
    "read the gradebook", "signal the parent", "signal everybody", "read anothers memory", "leave a daemon",
    "plant files", "find files",
]  # fmt: skip


@pytest.mark.skipif(bool(lacking("bubblewrap")), reason=lacking("bubblewrap"))
@pytest.mark.parametrize("jail", ["alone", "bare"])
def test_bubblewrap_without_nested_namespaces_holds(jail):
    made = probes.run("bubblewrap", names=ALONE, jails=(jail,))
    assert [f"{probe.name}: {probe.detail}" for probe in made if not probe.held] == []
    assert len(made) == len(ALONE)


@LINUX
def test_what_would_harm_the_machine_is_not_tried_without_a_sandbox():
    assert probes.run("unsafe-local", names=["mount a file system"]) == []


BROKEN = {
    "dies": ("import os\n\n\ndef serve(fd):\n    os.read(fd, 1)\n    os._exit(3)\n", "exit: 3"),
    "fails": ("from attempts import serve, ATTEMPTS\n\nATTEMPTS.clear()\n", "the attempt is broken: KeyError"),
}


@LINUX
@pytest.mark.parametrize("how", BROKEN)
def test_an_attempt_that_does_not_come_to_its_end_is_no_proof(how, monkeypatch):
    source, said = BROKEN[how]
    whole = probes.bundle

    def bundle(folder):
        whole(folder)
        (folder / "program" / "student_process.py").write_text(source)
        return folder

    monkeypatch.setattr(probes, "bundle", bundle)
    [made] = probes.run("unsafe-local", names=["connect over tcp"])
    assert not made.held and made.detail.startswith(said)
