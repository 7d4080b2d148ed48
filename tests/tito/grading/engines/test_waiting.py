"""The order in which jobs are handed out: a worker stays at a module, and a module goes to one worker first."""

from pathlib import Path

from tito.grading.engines import Job, Waiting


def jobs(text: str) -> list[Job]:
    """A job for each letter, which is its module."""
    return [Job(letter, Path(letter), Path(f"{i}"), f"{i}") for i, letter in enumerate(text)]


def test_a_worker_stays_at_its_module_while_that_has_jobs():
    waiting = Waiting(jobs("aabbbb"))
    assert [waiting.take(["a"], ["b"]).key for _ in range(2)] == ["0", "1"]
    assert len(waiting) == 4 and waiting.take(["a"], []).module == "b"


def test_another_worker_takes_the_longest_row_at_which_nobody_is():
    waiting = Waiting(jobs("aaabbc"))
    assert waiting.take([], []).module == "a"
    assert waiting.take([], ["a"]).module == "b"
    assert waiting.take([], ["a", "b"]).module == "c"
    assert waiting.take([], ["a", "b", "c"]).module == "a"


def test_every_job_is_handed_out_once_and_a_second_try_comes_last():
    waiting, taken = Waiting(jobs("aabb")), []
    again = waiting.take([], [])
    waiting.put(again)
    while waiting:
        taken.append(waiting.take(["a"], []).key)
    assert taken == ["1", "0", "2", "3"] and not len(waiting)
