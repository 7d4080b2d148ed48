"""What is done in a child process, and what the parent hears of it."""

import os
import signal
import sys
import time

import pytest

from tito.grading import forked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it needs fork")


def test_all_that_was_said_before_the_child_died_is_heard():
    def body(say):
        say(["first", 1.5])
        say({"second": "ü"})
        os.kill(os.getpid(), signal.SIGKILL)

    assert forked.told(body, 20) == [["first", 1.5], {"second": "ü"}]


def test_half_a_line_is_not_heard():
    def body(say):
        say("whole")
        (pipe,) = (c.cell_contents for c in say.__closure__)
        pipe.write('"half')
        pipe.flush()

    assert forked.told(body, 20) == ["whole"]


def test_a_child_that_hangs_is_ended_and_what_it_said_stays():
    began = time.monotonic()

    def body(say):
        say(os.getpid())
        time.sleep(60)

    (child,) = forked.told(body, 1)
    assert time.monotonic() - began < 30
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_call_gives_its_value_or_says_why_it_has_none():
    assert forked.call(lambda: {"a": [1, None]}, 20) == {"a": [1, None]}
    with pytest.raises(forked.Lost, match="no answer within 0.2 s"):
        forked.call(lambda: time.sleep(60), 0.2)
    with pytest.raises(forked.Lost, match="ended without an answer"):
        forked.call(lambda: os._exit(1), 20)
    with pytest.raises(forked.Lost, match="ended without an answer"):
        forked.call(lambda: len(bytes(1 << 31)), 20, memory_mb=1000)
