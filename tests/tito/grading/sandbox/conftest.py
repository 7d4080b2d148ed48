"""A bundle whose student process executes whatever the wire says."""

import pytest
from sandbox_tools import FIRST, STAND_IN

from tito.grading import sandbox


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    core = folder / "package" / "tinytorch" / "core"
    core.mkdir(parents=True)
    (core.parent / "__init__.py").touch()
    (core / "__init__.py").touch()
    (core / "first.py").write_text(FIRST)
    (folder / "program").mkdir()
    (folder / "program" / "student_process.py").write_text(STAND_IN)
    return folder


@pytest.fixture(scope="module")
def light():
    """Servers that import no matplotlib, which takes most of the time that opening one takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox.host, "IMPORTS", ("numpy",))
        yield
