"""A release with three exercises, a student's good notebook of it, and everything that can happen to it."""

import copy
import hashlib
import json

GIVEN = "import math\n\nBASE = 2"
DOUBLE = 'def double(x):\n    """Twice x."""\n    return BASE * x'
ROOT = "def root(x):\n    return math.sqrt(x)"
BOTH = "def both(x):\n    return double(root(x))"
ANSWERS = {"m-double": DOUBLE, "m-root": ROOT, "m-both": BOTH}
CHECKS = ("test-m-double", "test-m-root", "test-m-both")


def cell(source: str, name: str = "", solution=False, points=None, kind="code") -> dict:
    """A cell as nbgrader releases it."""
    facts = {"grade_id": name, "solution": solution, "grade": points is not None, "locked": not solution}
    facts |= {"schema_version": 3, "task": False} | ({} if points is None else {"points": points})
    made = {
        "cell_type": kind,
        "id": name or "plain-" + hashlib.sha256(source.encode()).hexdigest()[:8],
        "source": source,
    }
    made["metadata"] = {"nbgrader": facts} if name else {}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def stub(source: str) -> str:
    """The released text of an exercise."""
    return source[: source.index("    return")] + "    # YOUR CODE HERE\n    raise NotImplementedError()"


def check(call: str, hidden: str) -> str:
    """A check with a hidden part."""
    return f"assert {call}\n### BEGIN HIDDEN TESTS\nassert {hidden}\n### END HIDDEN TESTS"


def pristine() -> dict:
    """The release with its hidden tests."""
    cells = [
        cell("# A module", kind="markdown"),
        cell(GIVEN, "m-given"),
        cell(stub(DOUBLE), "m-double", solution=True),
        cell(check("double(3) == 6", "double(-1) == -2"), "test-m-double", points=3),
        cell("print('a demonstration')"),
        cell(stub(ROOT), "m-root", solution=True),
        cell(check("root(9) == 3", "root(16) == 4"), "test-m-root", points=2),
        cell(stub(BOTH), "m-both", solution=True),
        cell(check("both(9) == 6", "both(16) == 8"), "test-m-both", points=5),
    ]
    cells[4]["id"] = "m-004"
    return {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


def good() -> dict:
    """A student's notebook: the release without hidden tests, filled in, run and saved."""
    notebook = copy.deepcopy(pristine())
    for one in notebook["cells"]:
        one["source"] = one["source"].partition("\n### BEGIN HIDDEN")[0]
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        one["source"] = ANSWERS.get(name, one["source"])
        if one["cell_type"] == "code":
            one["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["done\n"]}]
            one["execution_count"] = 7
    return notebook


def passing(clean) -> list[str]:
    """The checks that pass when the cells run in order."""
    space, found = {}, []
    for one in clean.cells:
        try:
            exec(compile(one["source"], one["grade_id"] or "free", "exec"), space)
        except Exception:
            continue
        found += [one["grade_id"]] if one["kind"] == "check" else []
    return found


def sources(clean) -> dict[str, str]:
    """The solution cells of a Clean, by grade_id."""
    return {c["grade_id"]: c["written"] for c in clean.cells if c["kind"] == "solution"}


def raw(notebook: dict) -> bytes:
    """The bytes of a file with this notebook."""
    return json.dumps(notebook).encode()


def named(notebook: dict, name: str) -> int:
    """The position of the first cell with this grade_id."""
    return next(i for i, c in enumerate(notebook["cells"]) if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def change(name: str, **fields):
    """A damage that sets fields of one cell."""

    def damage(notebook: dict) -> dict:
        notebook["cells"][named(notebook, name)] |= fields
        return notebook

    return damage


def facts(name: str, **fields):
    """A damage that changes nbgrader's facts of one cell."""

    def damage(notebook: dict) -> dict:
        notebook["cells"][named(notebook, name)]["metadata"]["nbgrader"] |= fields
        return notebook

    return damage


def without(*names: str):
    """A damage that deletes cells."""

    def damage(notebook: dict) -> dict:
        for name in names:
            del notebook["cells"][named(notebook, name)]
        return notebook

    return damage


def insert(before: str, *sources: str, like: str = ""):
    """A damage that puts new cells before one; `like`: with the name of an exercise."""

    def damage(notebook: dict) -> dict:
        at = named(notebook, before)
        notebook["cells"][at:at] = [cell(s, like, solution=True) if like else cell(s) for s in sources]
        return notebook

    return damage


def together(*damages):
    """Several damages, one after the other."""

    def damage(notebook: dict) -> dict:
        for one in damages:
            notebook = one(notebook)
        return notebook

    return damage


def unmarked(keep_ids: bool = False):
    """A damage that takes nbgrader's metadata away, as Colab does, and the ids."""

    def damage(notebook: dict) -> dict:
        for one in notebook["cells"]:
            identity = one.pop("id")
            one["metadata"] = {"id": identity, "colab": {"base_uri": "https://example.org"}} if keep_ids else {}
        return notebook | {"nbformat_minor": 0}

    return damage


def minor(number: int):
    """A damage that saves as an older minor format."""

    def damage(notebook: dict) -> dict:
        for one in notebook["cells"]:
            del one["id"]
        return notebook | {"nbformat_minor": number}

    return damage


def swapped(notebook: dict) -> dict:
    """Two exercises in the wrong order."""
    cells = notebook["cells"]
    one, two = named(notebook, "m-double"), named(notebook, "m-root")
    cells[one], cells[two] = cells[two], cells[one]
    return notebook


def as_lists(notebook: dict) -> dict:
    """Sources as lists of lines."""
    for one in notebook["cells"]:
        one["source"] = one["source"].splitlines(keepends=True)
    return notebook


def tagged(notebook: dict) -> dict:
    """Every mark, attachment and output that a clean notebook must not keep."""
    for one in notebook["cells"]:
        one["metadata"] |= {"tags": ["skip-execution"], "foreign": {"deep": [[["x"]]]}}
        one["attachments"] = {"x.png": {"image/png": "AAAA"}}
    notebook["metadata"]["foreign"] = "x"
    return notebook


# What happens to a notebook -> (the damage, the checks that pass, what the student reads).
D, R, B = CHECKS
ALL, NOTHING = [D, R, B], ""
DAMAGED = {
    "as it should be": (lambda n: n, ALL, NOTHING),
    "sources as lists": (as_lists, ALL, NOTHING),
    "nbformat 4.0": (minor(0), ALL, NOTHING),
    "nbformat 4.4": (minor(4), ALL, NOTHING),
    "foreign metadata, tags and attachments": (tagged, ALL, NOTHING),
    "an exercise deleted": (
        without("m-root"),
        [D],
        "m-root is not in your notebook and earns no points. Copy the cell from the released notebook, fill it in and "
        "hand in again.",
    ),
    "an exercise emptied": (
        change("m-root", source="  \n"),
        [D],
        "m-root is empty and earns no points. Fill it in and hand in again.",
    ),
    "an exercise turned into Markdown": (
        change("m-root", cell_type="markdown"),
        ALL,
        "m-root is no code cell any more; what stands there was read as code. Change it back (press Y in JupyterLab) "
        "to see it run yourself.",
    ),
    "an exercise turned into a raw cell": (
        change("m-double", cell_type="raw"),
        ALL,
        "m-double is no code cell any more; what stands there was read as code. Change it back (press Y in JupyterLab) "
        "to see it run yourself.",
    ),
    "an exercise renamed": (
        facts("m-root", grade_id="square-root"),
        ALL,
        "m-root was found without nbgrader's mark (Colab, VS Code, and cells that are made anew lose it) and "
        "recognised by what the cell defines or where it stands. This costs no points; look at the code in your "
        "feedback to see whether it is the right one.",
    ),
    "an exercise that says it is none": (facts("m-root", solution=False, locked=True), ALL, NOTHING),
    "a copy before the filled cell": (
        insert("m-double", stub(DOUBLE), like="m-double"),
        ALL,
        "There are copies of m-double; the one that is filled in counts. Delete the others.",
    ),
    "a copy after the filled cell": (
        insert("test-m-double", stub(DOUBLE), like="m-double"),
        ALL,
        "There are copies of m-double; the one that is filled in counts. Delete the others.",
    ),
    "two answers": (
        insert("m-double", "def double(x):\n    return x", like="m-double"),
        ALL,
        "There are several different cells of m-double; the last one counts. Delete the others if you meant another "
        "one.",
    ),
    "an exercise split inside its function": (
        together(
            change("m-double", source='def double(x):\n    """Twice x."""'),
            insert("test-m-double", "    y = BASE\n    return y * x", like="m-double"),
        ),
        ALL,
        "m-double was split into several cells, which were put together again. This costs no points.",
    ),
    "an exercise split between functions": (
        together(
            change("m-double", source="def base():\n    return BASE"),
            insert("test-m-double", "def double(x):\n    return base() * x", like="m-double"),
        ),
        ALL,
        "m-double was split into several cells, which were put together again. This costs no points.",
    ),
    "two exercises merged": (
        together(change("m-double", source=f"{DOUBLE}\n\n\n{ROOT}"), without("m-root")),
        ALL,
        "Cells were merged (m-root into m-double) and taken apart again. This costs no points; to be sure, compare "
        "your notebook with the released one.",
    ),
    "an exercise merged into its check": (
        together(change("test-m-root", source=f"{ROOT}\n\nassert root(9) == 3"), without("m-root")),
        ALL,
        "Cells were merged (m-root into test-m-root) and taken apart again. This costs no points; to be sure, compare "
        "your notebook with the released one.",
    ),
    "exercises in another order": (
        swapped,
        ALL,
        "Exercises stand in another order than in the released notebook; they are run in the released order.",
    ),
    "checks weakened": (
        together(
            change("test-m-double", source="pass"),
            change("m-double", source="def double(x):\n    return 0"),
        ),
        [R],
        "You changed test-m-double, which is not yours to change; the released text was used. If your solutions need "
        "your change, move it into an exercise's cell.",
    ),
    "checks deleted": (
        without("test-m-double", "test-m-both"),
        ALL,
        "test-m-double and test-m-both were missing and put back from the released notebook. This costs no points.",
    ),
    "given code changed": (
        change("m-given", source="import math\n\nBASE = 3"),
        ALL,
        "You changed m-given, which is not yours to change; the released text was used. If your solutions need your "
        "change, move it into an exercise's cell.",
    ),
    "a check's points and kind changed": (facts("test-m-double", points=1000, solution=True), ALL, NOTHING),
    "Colab: marks lost, ids kept": (
        unmarked(keep_ids=True),
        ALL,
        "m-double, m-root and m-both were found without nbgrader's mark (Colab, VS Code, and cells that are made anew "
        "lose it) and recognised by what the cell defines or where it stands. This costs no points; look at the code "
        "in your feedback to see whether it is the right one.",
    ),
    "VS Code: marks and ids lost": (
        unmarked(),
        ALL,
        "m-double, m-root and m-both were found without nbgrader's mark (Colab, VS Code, and cells that are made anew "
        "lose it) and recognised by what the cell defines or where it stands. This costs no points; look at the code "
        "in your feedback to see whether it is the right one.",
    ),
    "marks lost, and one function without its name": (
        together(change("m-root", source="root = math.sqrt"), unmarked()),
        ALL,
        "m-double, m-root and m-both were found without nbgrader's mark (Colab, VS Code, and cells that are made anew "
        "lose it) and recognised by what the cell defines or where it stands. This costs no points; look at the code "
        "in your feedback to see whether it is the right one.",
    ),
    "marks lost, and one exercise broken": (
        together(change("m-root", source="def root(x:\n    return"), unmarked()),
        [D],
        "m-double, m-root and m-both were found without nbgrader's mark (Colab, VS Code, and cells that are made anew "
        "lose it) and recognised by what the cell defines or where it stands. This costs no points; look at the code "
        "in your feedback to see whether it is the right one.",
    ),
    "an added helper that an exercise uses": (
        together(
            insert("m-root", "def helper(x):\n    return power(x)", "def power(x):\n    return x**0.5"),
            change("m-root", source="def root(x):\n    return helper(x)"),
        ),
        ALL,
        "2 cells that you added are run at their place, since an exercise uses what is defined there.",
    ),
    "an added cell that nothing uses": (
        insert("m-root", "while True:\n    spin = 1"),
        ALL,
        "A cell that you added is left out of grading: no exercise uses what is defined there. This costs no points.",
    ),
    "an answer in a cell of its own": (
        together(change("m-root", source=stub(ROOT)), insert("test-m-root", ROOT)),
        ALL,
        "A cell that you added is run at its place, since an exercise uses what is defined there.",
    ),
    "IPython's lines": (
        change("m-root", source="%matplotlib inline\n" + ROOT),
        ALL,
        "IPython's lines (%…, !…) in m-root do nothing when graded. Write plain Python if the exercise needs what "
        "they do.",
    ),
    "a cell that is none": (
        lambda n: n | {"cells": [*n["cells"], 7]},
        ALL,
        "Cell 10 is damaged (no type or no text) and could not be read; the rest of the notebook was. Open the "
        "notebook in JupyterLab, look at the place, save it and hand it in again.",
    ),
    "an exercise whose source is a number": (
        change("m-root", source=[ROOT, 7]),
        [D],
        "Cell 6 is damaged (no type or no text) and could not be read; the rest of the notebook was. Open the "
        "notebook in JupyterLab, look at the place, save it and hand it in again.|m-root is not in your notebook and "
        "earns no points. Copy the cell from the released notebook, fill it in and hand in again.",
    ),
    "zero bytes and half characters": (
        change("m-root", source="# \0 \ud800\n" + ROOT),
        ALL,
        "Some characters in your cells are none that Python can read (zero bytes or halves of characters). They were "
        "replaced by \ufffd; where one stands in code, that cell cannot run.",
    ),
}

# What stands in the file -> (its bytes, made from a good notebook's; what the student reads, if anything).
COMMENT = "# déjà\n" + ROOT


def text(notebook: dict) -> str:
    """The good notebook's text, with a letter outside ASCII in it."""
    notebook = change("m-root", source=COMMENT)(notebook)
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def outputs(notebook: dict, what: str) -> str:
    """The text of a notebook whose first code cell has this JSON as its outputs."""
    notebook["cells"][1]["outputs"] = "HERE"
    return text(notebook).replace('"HERE"', what)


ENCODED = {
    "UTF-8": (lambda n: text(n).encode(), NOTHING),
    "UTF-8 with a byte order mark": (lambda n: b"\xef\xbb\xbf" + text(n).encode(), NOTHING),
    "UTF-16 with a byte order mark": (lambda n: text(n).encode("utf-16"), NOTHING),
    "UTF-16 without one": (lambda n: text(n).encode("utf-16-le"), NOTHING),
    "UTF-32": (lambda n: text(n).encode("utf-32"), NOTHING),
    "half characters in UTF-8": (
        lambda n: outputs(n, '"HALF"').encode().replace(b"HALF", b"\xed\xa0\x80"),
        NOTHING,
    ),
    "CRLF": (lambda n: text(n).replace("\n", "\r\n").encode(), NOTHING),
    "CRLF inside the cells": (lambda n: text(n).replace("\\n", "\\r\\n").encode(), NOTHING),
    "CR inside the cells": (lambda n: text(n).replace("\\n", "\\r").encode(), NOTHING),
    "Windows-1252": (
        lambda n: text(n).encode("cp1252"),
        "Your file is not in UTF-8; it was read as Windows-1252. Letters such as é may have changed; if a check fails "
        "because of one, save the notebook in JupyterLab and hand it in again.",
    ),
    "Latin-1": (
        lambda n: text(n).replace("déjà", "d\x81jà").encode("latin-1"),
        "Your file is not in UTF-8; it was read as Latin-1. Letters such as é may have changed; if a check fails "
        "because of one, save the notebook in JupyterLab and hand it in again.",
    ),
    "zero bytes at the end": (lambda n: text(n).encode() + b"\0" * 512, NOTHING),
    "keys that stand twice": (lambda n: text(n).replace('{\n "cells"', '{"cells": [1], "cells"', 1).encode(), NOTHING),
    "not a number, and huge numbers": (lambda n: outputs(n, f"[NaN, -Infinity, 1{'0' * 10_000}]").encode(), NOTHING),
    "outputs of any depth": (lambda n: outputs(n, "[" * 200_000 + "]" * 200_000).encode(), NOTHING),
    "outputs of 100 MB": (lambda n: outputs(n, '["' + "x, y " * 20_000_000 + '"]').encode(), NOTHING),
    "outputs that are none": (lambda n: outputs(n, '"text"').encode(), NOTHING),
}

# What cannot be graded -> (its bytes, the reason).
UNREADABLE = {
    "nothing": (lambda n: b"  \n", "the file is empty"),
    "zero bytes": (
        lambda n: b"\0" * 4096,
        "the file holds only zero bytes: it was damaged when it was saved or copied",
    ),
    "cut off": (lambda n: raw(n)[:700], "it is not valid JSON: it ends in the middle, at line 1"),
    "cut off in UTF-16": (
        lambda n: text(n).encode("utf-16")[:701],
        "it is not valid JSON: it ends in the middle, at line 19",
    ),
    "a comma too many": (
        lambda n: b'{"cells": [],\n , "nbformat": 4}',
        'it is not valid JSON: expected ", at line 2',
    ),
    "two notebooks in one file": (
        lambda n: raw(n) * 2,
        "it is not valid JSON: something follows the notebook's end, at line 1",
    ),
    "git's conflict": (
        lambda n: text(n).replace(' "cells"', '<<<<<<< HEAD\n "cells"', 1).encode(),
        "it holds git's conflict markers (<<<<<<<): resolve the conflict first",
    ),
    "a web page": (
        lambda n: b"\n<!DOCTYPE html><html>Log in</html>",
        "it is a web page, not a notebook: download the file itself",
    ),
    "a zip": (lambda n: b"PK\x03\x04" + raw(n), "it is a zip (or an office document), not a notebook"),
    "a PDF": (lambda n: b"%PDF-1.7", "it is a PDF, not a notebook"),
    "a list": (lambda n: b"[1, 2]", "it is no notebook: a notebook begins with {"),
    "another object": (lambda n: b'{"a": 1}', "it is no notebook: it has no list of cells"),
    "notebook format 3": (
        lambda n: raw({"nbformat": 3, "worksheets": [{"cells": n["cells"]}]}),
        "it is in notebook format 3, expected 4: open it in JupyterLab and save it again",
    ),
    "notebook format 5": (
        lambda n: raw(n | {"nbformat": 5}),
        "it is in notebook format 5, expected 4: open it in JupyterLab and save it again",
    ),
    "another notebook": (
        lambda n: raw(n | {"cells": [cell("x = 1"), cell("text", kind="markdown")]}),
        "it holds none of this module's exercises; it may be another notebook",
    ),
    "no cells": (
        lambda n: raw(n | {"cells": []}),
        "it holds none of this module's exercises; it may be another notebook",
    ),
    "a cell without end": (
        lambda n: raw(change("m-root", source="x = 1\n" * 20_000)(n)),
        "the cell m-root is longer than 100,000 characters",
    ),
    "too much text": (
        lambda n: raw(n | {"cells": [cell("x" * 90_000)] * 6}),
        "its cells hold more than 500,000 characters",
    ),
    "too many cells": (lambda n: raw(n | {"cells": [cell("")] * 2001}), "it has more than 2000 cells"),
    "brackets without end": (
        lambda n: text(n).encode()[:-2] + b',"x":' + b"[" * 4_000_000,
        "it holds more than 3,000,000 pieces of data: clear all outputs before you save",
    ),
}
