"""The one exception that reaches the user: what happened, why, and what to do."""

OK, FAILED, USAGE, ENVIRONMENT, WOULD_OVERWRITE = 0, 1, 2, 3, 4


def cut(line: str, room: int) -> str:
    """A line of somebody's code as an error shows it: at most `room` characters."""
    line = line.strip()
    return line if len(line) <= room else line[: max(room - 1, 1)].rstrip() + "…"


class TitoError(Exception):
    """An error told in one message.

    what: what went wrong, with the offending value.
    do: the command or action that helps ("" where there is none).
    code: the exit code (1 the work falls short, 2 usage, 3 environment, 4 it would overwrite).
    """

    def __init__(self, what: str, do: str = "", code: int = FAILED):
        super().__init__(what)
        self.what, self.do, self.code = what, do, code

    def __str__(self) -> str:
        return f"{self.what}\n  {self.do}" if self.do else self.what
