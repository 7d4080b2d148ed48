"""The suite runs only when it is asked for by its path; its scores are printed and written to docs/conformance.md."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCORES = pytest.StashKey[list]()


def pytest_addoption(parser):
    """`--samples N`: a quicker run with the first N samples of everything."""
    parser.addoption("--samples", type=int, default=64, help="samples per operation (64 for the report)")


def pytest_configure(config):
    """Where the scores are gathered, and one thread per process."""
    config.stash[SCORES] = []


def pytest_ignore_collect(collection_path, config):
    """Leave this folder out of a run that does not name it."""
    asked = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    return None if any(HERE in (path, *path.parents) for path in asked) else True


def pytest_runtest_logreport(report):
    """Gather the score of a test, also where another process ran it."""
    for key, value in report.user_properties if report.when == "call" else ():
        if key == "score":
            _config.stash[SCORES].append(value)


def pytest_sessionstart(session):
    """Remember the configuration for the hook that is not given it."""
    global _config
    _config = session.config


def pytest_terminal_summary(terminalreporter, config):
    """Print the figures; write the page if the whole suite ran with all samples."""
    scores = config.stash[SCORES]
    if not scores:
        return
    from . import report

    terminalreporter.write_line("")
    terminalreporter.write_line(report.text(scores))
    if report.complete(scores) and config.getoption("--samples") >= 64:
        terminalreporter.write_line(f"written: {report.write(scores)}")
