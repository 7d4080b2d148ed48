"""The progress line of long commands: what is left in a terminal when it ends."""

import pytest

from tito.cli.progress import Progress


class Terminal:
    """Says of a stream that it is a terminal, or is not."""

    def __init__(self, stream, is_terminal):
        self.stream, self.is_terminal = stream, is_terminal

    def isatty(self):
        return self.is_terminal

    def __getattr__(self, name):
        return getattr(self.stream, name)


@pytest.fixture
def streams(monkeypatch):
    import sys

    def use(out, err):
        monkeypatch.setattr(sys, "stdout", Terminal(sys.stdout, out))
        monkeypatch.setattr(sys, "stderr", Terminal(sys.stderr, err))

    return use


@pytest.mark.parametrize("out, end", [(True, "\r" + " " * 79 + "\r"), (False, "\n")])
def test_where_the_result_goes_elsewhere_the_line_is_ended_not_wiped_out(out, end, streams, capsys):
    streams(out, True)
    progress = Progress("Graded")
    progress(3, 3, "ada 01_tensor")
    progress.close()
    err = capsys.readouterr().err
    assert err.startswith("\r[###################] Graded 3 of 3, ") and "ada 01_tensor" in err and err.endswith(end)
    assert err.count("\n") == (not out)


def test_where_nothing_was_said_nothing_is_ended(streams, capsys):
    streams(False, True)
    Progress("Graded").close()
    quiet = Progress("Graded", quiet=True)
    quiet(1, 1)
    quiet.close()
    assert capsys.readouterr().err == ""


def test_in_a_pipe_each_line_is_complete(streams, capsys):
    streams(False, False)
    progress = Progress("Wrote")
    progress(1, 2)
    progress(2, 2)
    progress.close()
    err = capsys.readouterr().err
    assert err.startswith("Wrote 2 of 2, ") and err.count("\n") == 1 and err.endswith("\n")
