"""What students chose as names, ids and messages moves no cursor, forges no line and opens no link in a terminal."""

import json
import os
import re

import pytest

from tito.cli import ui

ESCAPES = "\x1b]0;title\x07\x1b]8;;http:example.org\x07x\x1b]8;;\x07\x1b[2J\x1b[31mred\x9b1m\r\u202eabc\u200b"
FORGED = "a\n✓ ada 00_first 2026-09-01 12:00:00 UTC new (receipt agrees)"
STYLES = re.compile(r"\x1b\[[0-9;]*m")


def strange(text: str) -> set[str]:
    """The characters of an output that are neither to be seen nor the end of a line."""
    return {c for c in text if not c.isprintable() and c != "\n"}


@pytest.fixture
def hostile(classroom, work, make_zip):
    """An inbox and a submission whose every name and message is hostile."""
    inbox = classroom.root / "inbox"
    lying = work.notebook("00", first_double=f"def double(x):\n    raise ValueError({ESCAPES + FORGED!r})")
    work.put("ada", "00", lying)
    work.put(ESCAPES + "\n2", "00", work.notebook("00"))
    for number, name in enumerate((ESCAPES, FORGED, "q'\"`$(x)<script>", "\u0430da")):  # the last: a Cyrillic a
        (inbox / f"{name}.ipynb").write_bytes(work.notebook("00"))
        (inbox / f"{name}.zip").write_bytes(work.zip(work.notebook("00"), student=name, module=name, time=name))
        (inbox / f"{name}_{number}_assignsubmission_file_").mkdir()
        (inbox / f"{name}_{number}_assignsubmission_file_/first.ipynb").write_bytes(b"{")
        (inbox / f"named{number}.zip").write_bytes(make_zip({f"{name}.ipynb": lying}))
    with open(os.fsencode(inbox) + b"/cleo_Zo\xeb.ipynb", "wb") as latin:  # unpacked with another encoding
        latin.write(lying)
    return classroom


@pytest.fixture(params=["pipe", "terminal"])
def seen(request, tito, monkeypatch):
    """Runs a command as in a pipe, or with styles as in a terminal; what is left where ours are taken away."""
    if request.param == "terminal":
        monkeypatch.setattr(ui, "_is_plain", lambda: False)

    def run(*arguments: str):
        result = tito(*arguments)
        text = result.out + result.err
        assert request.param == "terminal" or "\x1b" not in text
        text = STYLES.sub("", text)
        assert not strange(text), (arguments, strange(text))
        return text

    return run


def test_no_command_of_the_class_shows_an_escape(hostile, seen):
    text = seen("class", "collect")
    assert "\\x1b]0;title\\x07" in text and "\\u202eabc" in text and "a\\x0a✓ ada" in text
    lines = [line for line in text.splitlines() if line.startswith("✓")]
    assert [line[:16] for line in lines] == ["✓ cleo 00_first "], "the one that has a name"
    assert json.loads(seen("class", "collect", "--json"))["taken"]
    text = seen("class", "grade", "--unsafe-local")
    assert "is left out: its name" in text and "submitted/\\x1b]0;title" in text
    assert json.loads(seen("class", "grade", "--json"))["left_out"] == [ESCAPES + "\n2"]
    assert "ValueError" in seen("class", "report")  # what it says is the judge's to clean
    for command in ("feedback", "similar", "roster", "report"):
        seen("class", command)
    assert "\\x1b]0;title" in seen("class", "feedback", "--student", ESCAPES)
    assert "\\x1b]0;title" in seen("class", "whois", ESCAPES)
    assert "\\x1b]0;title" in seen("class", "roster", "add", ESCAPES)
    assert "\\x1b]0;title" in seen("class", "collect", ESCAPES)
    assert "\\x1b]0;title" in seen("class", "restore", ESCAPES)
    roster = hostile.root / "roster.csv"
    roster.write_text(f'id,first_name\n"{ESCAPES}",x\n', newline="")
    assert "\\x1b]0;title" in seen("class", "roster", "import", str(roster))
    roster.write_text(ESCAPES.replace("\r", ""))
    assert "\\x1b]0;title" in seen("class", "roster", "import", str(roster))


def test_what_a_command_says_itself_keeps_its_style(monkeypatch):
    monkeypatch.setattr(ui, "_is_plain", lambda: False)
    assert ui.shown(ui.mark(True)) == ui.mark(True) == "\x1b[32m✓\x1b[0m"
    assert ui.shown("\x1b[8mhidden\x1b[0m") == "\\x1b[8mhidden\x1b[0m"
