"""Read a notebook that may be anything: no more of it than grading needs, in bounded time and memory.

Outputs, attachments and foreign metadata are passed over, never built: neither their size nor their depth
matters. There is no recursion. Of a key that stands twice the last counts, as in every JSON reader.
"""

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring

MOST_BYTES = 128 << 20  # in memory five times as much, where one character is no Latin letter
MOST_PIECES = 3_000_000  # brackets and strings: about 3 s
MOST_TEXT = 500_000  # characters in all sources
MOST_CELLS = 2_000

_SPACE = re.compile("[ \t\n\r\0]*")
_SCALAR = re.compile(r"[-+.\w]+")
_NEXT = re.compile(r'["\[\]{}]')
_NOT_PYTHON = re.compile("[\0\ud800-\udfff]")
_KINDS = (
    (b"PK\x03\x04", "it is a zip (or an office document), not a notebook"),
    (b"%PDF", "it is a PDF, not a notebook"),
    (b"\x1f\x8b", "it is compressed with gzip, not a notebook"),
    (b"\x89PNG", "it is a picture, not a notebook"),
)


class Unreadable(Exception):
    """Why a file cannot be read, as the end of a sentence."""


@dataclass(frozen=True)
class Cell:
    """One cell as it was handed in: `grade_id` is nbgrader's, `ids` are the cell's own and Colab's."""

    index: int
    type: str
    source: str
    grade_id: str = ""
    ids: tuple[str, ...] = ()


@dataclass
class Scanned:
    """A notebook's cells, and what had to be mended to read them (plain sentences)."""

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(raw: bytes) -> Scanned:
    """The cells in these bytes; Unreadable says why there are none."""
    found = Scanned()
    text = _decoded(raw, found.notes)
    scanner = _Scanner(text)
    scanner.notebook(found)
    if scanner.peek():
        scanner.fail("something follows the notebook's end")
    return found


def _decoded(raw: bytes, notes: list[str]) -> str:
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES >> 20} MB (clear all outputs before you save)")
    if not raw.strip(b" \t\r\n"):
        raise Unreadable("the file is empty")
    if not raw.strip(b"\0 \t\r\n"):
        raise Unreadable("the file holds only zero bytes: it was damaged when it was saved or copied")
    for magic, reason in _KINDS:
        if raw.startswith(magic):
            raise Unreadable(reason)
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml)", raw[:200], re.I):
        raise Unreadable("it is a web page, not a notebook: download the file itself")
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        pass
    if encoding.startswith("utf-8"):
        return _not_utf8(raw, notes)
    notes.append(f"Your file is damaged {encoding.upper()} text. Characters that could not be read were replaced.")
    return raw.decode(encoding, "replace")


def _not_utf8(raw: bytes, notes: list[str]) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        pass
    try:
        name, text = "Windows-1252", raw.decode("cp1252")
    except UnicodeDecodeError:
        name, text = "Latin-1", raw.decode("latin-1")
    notes.append(
        f"Your file is not in UTF-8; it was read as {name}. Letters such as é may have changed; "
        "if a check fails because of one, save the notebook in JupyterLab and hand it in again."
    )
    return text


class _Scanner:
    """Walks over JSON text; `at` is where it stands."""

    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.pieces, self.characters = MOST_PIECES, MOST_TEXT
        self.replaced = False

    def fail(self, what: str, at: int | None = None):
        """Raise Unreadable with the line of the place."""
        at = self.at if at is None else at
        if re.search(r"(?m)^<{7} ", self.text):
            raise Unreadable("it holds git's conflict markers (<<<<<<<): resolve the conflict first")
        line = self.text.count("\n", 0, at) + 1
        what = "it ends in the middle" if at >= len(self.text) else what
        raise Unreadable(f"it is not valid JSON: {what}, at line {line}")

    def spend(self) -> None:
        """Count a piece; Unreadable when there were too many."""
        self.pieces -= 1
        if self.pieces < 0:
            raise Unreadable(f"it holds more than {MOST_PIECES:,} pieces of data: clear all outputs before you save")

    def peek(self) -> str:
        """The next character that is not space ("" at the end)."""
        char = self.text[self.at : self.at + 1]
        if char > " ":
            return char
        self.at = _SPACE.match(self.text, self.at).end()
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> None:
        """Step over `char`, which must come next."""
        if self.peek() != char:
            self.fail(f"expected {char}")
        self.at += 1

    def string(self) -> str:
        """The string that comes next; line ends and tabs may stand in it unescaped."""
        self.take('"')
        self.spend()
        try:
            found, self.at = scanstring(self.text, self.at, False)
        except ValueError as error:
            whole = str(error).startswith("Unterminated")
            self.fail("a string is damaged", len(self.text) if whole else getattr(error, "pos", self.at))
        return found

    def items(self, opening: str, closing: str):
        """Stand at each item of an array or object in turn; the caller steps over it."""
        self.take(opening)
        while self.peek() != closing:
            self.spend()
            yield
            if self.peek() != ",":
                break
            self.at += 1
        self.take(closing)

    def keys(self):
        """Each key of an object, standing at its value; the caller steps over that."""
        for _ in self.items("{", "}"):
            key = self.string()
            self.take(":")
            yield key

    def skip(self) -> None:
        """Step over a value, whatever it is."""
        char = self.peek()
        if char == '"':
            self.string()
        elif char and char in "[{":
            self._skip_nested()
        else:
            self.scalar()

    def _skip_nested(self) -> None:
        depth = 0
        while True:
            match = _NEXT.search(self.text, self.at)
            if match is None:
                self.fail("it ends in the middle", len(self.text))
            self.at = match.start()
            if match[0] == '"':
                self.string()
                continue
            self.spend()
            self.at += 1
            depth += 1 if match[0] in "[{" else -1
            if not depth:
                return

    def scalar(self) -> str:
        """The text of a number or word."""
        self.peek()
        match = _SCALAR.match(self.text, self.at)
        if match is None:
            self.fail("a value is missing")
        self.at = match.end()
        return match[0]

    def short(self) -> str:
        """A string's or number's text; "" for anything larger, which is passed over."""
        char = self.peek()
        if char == '"':
            return self.string()[:1000]
        if char and char in "[{":
            self._skip_nested()
            return ""
        return self.scalar()[:1000]

    def notebook(self, found: Scanned) -> None:
        """Fill in the notebook that comes next."""
        if self.peek() != "{":
            raise Unreadable("it is no notebook: a notebook begins with {")
        form, cells, worksheets = "", None, False
        for key in self.keys():
            if key == "cells" and self.peek() == "[":
                notes: list[str] = []
                cells = [cell for cell in self._cells(notes) if cell]
            elif key == "nbformat":
                form = self.short()
            else:
                worksheets |= key == "worksheets"
                self.skip()
        if form.partition(".")[0] not in ("", "4") or (cells is None and worksheets):
            shown = form if re.fullmatch(r"[\w.]{1,10}", form) else "3" if worksheets else "unknown"
            raise Unreadable(f"it is in notebook format {shown}, expected 4: open it in JupyterLab and save it again")
        if cells is None:
            raise Unreadable("it is no notebook: it has no list of cells")
        found.cells = cells
        found.notes += notes
        if self.replaced:
            found.notes.append(
                "Some characters in your cells are none that Python can read (zero bytes or halves of characters). "
                "They were replaced by \ufffd; where one stands in code, that cell cannot run."
            )

    def _cells(self, notes: list[str]):
        damaged = []
        for index, _ in enumerate(self.items("[", "]")):
            if index >= MOST_CELLS:
                raise Unreadable(f"it has more than {MOST_CELLS} cells")
            cell = self._cell(index) if self.peek() == "{" else self.skip()
            if cell is None:
                damaged.append(str(index + 1))
            yield cell
        if damaged:
            which = f"Cell {damaged[0]} is" if len(damaged) == 1 else f"Cells {', '.join(damaged[:20])} are"
            notes.append(
                f"{which} damaged (no type or no text) and could not be read; the rest of the notebook was. "
                "Open the notebook in JupyterLab, look at the place, save it and hand it in again."
            )

    def _cell(self, index: int) -> Cell | None:
        kind, source, grade_id, ids = "", None, "", {}
        for key in self.keys():
            if key == "cell_type":
                kind = self.short()
            elif key == "source":
                source = self._source()
            elif key == "id":
                ids["own"] = self.short()
            elif key == "metadata" and self.peek() == "{":
                grade_id, ids["colab"] = self._metadata()
            else:
                self.skip()
        if kind not in ("code", "markdown", "raw") or source is None:
            return None
        return Cell(index, kind, source, grade_id, tuple(i for i in ids.values() if i))

    def _metadata(self) -> tuple[str, str]:
        """(nbgrader's grade_id, Colab's id) of a cell's metadata."""
        grade_id = colab = ""
        for key in self.keys():
            if key == "nbgrader" and self.peek() == "{":
                grade_id = ""
                for inner in self.keys():
                    if inner == "grade_id" and self.peek() == '"':
                        grade_id = self.string()[:1000]
                    else:
                        self.skip()
            elif key == "id":
                colab = self.short()
            else:
                self.skip()
        return grade_id, colab

    def _source(self) -> str | None:
        """A source as one text with Unix line ends; None where it is neither a string nor a list of strings."""
        char, parts, whole = self.peek(), [], True
        if char == "[":
            for _ in self.items("[", "]"):
                if self.peek() == '"':
                    parts.append(self.string())
                else:
                    whole = self.skip()
        elif char == '"':
            parts = [self.string()]
        else:
            whole = self.skip()
        if not whole:
            return None
        text = "".join(parts)
        self.characters -= len(text)
        if self.characters < 0:
            raise Unreadable(f"its cells hold more than {MOST_TEXT:,} characters")
        clean = _NOT_PYTHON.sub("\ufffd", text)
        self.replaced |= clean != text
        return clean.replace("\r\n", "\n").replace("\r", "\n")
