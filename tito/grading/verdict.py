"""The verdict on one submission: one canonical JSON file, written at once or not at all, and read with suspicion."""

import base64
import hashlib
import json
import math
import os
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

from tito.errors import FAILED, TitoError
from tito.grading import judge
from tito.grading.judge import Judged

SCHEMA = "tito/verdict/1"
GRADED, RETRY, NEEDS_STAFF = "graded", "retry", "needs_staff"
_STATUSES = {GRADED, RETRY, NEEDS_STAFF}
_CHECK_STATUSES = {judge.PASSED, judge.FAILED, judge.ERROR, judge.TIMEOUT, judge.NOT_RUN}
_TEXTS = ("schema", "key", "module", "submission", "bundle", "environment", "judge", "status", "reason", "sandbox")
_NAMES = {*_TEXTS, "notes", "checks", "outputs", "seconds"}
_CHECK_TEXTS = ("grade_id", "title", "status", "message", "hint")
_SIZE_LIMIT = 64_000_000  # bytes of a verdict's file


def key(module: str, submission: str, bundle: str, environment: str, version: str = judge.VERSION) -> str:
    """What a verdict depends on, in one hash: the same key means that nothing has to be judged again."""
    return hashlib.sha256(json.dumps([module, submission, bundle, environment, version]).encode()).hexdigest()


def environment() -> str:
    """A hash of what the code runs on: Python, NumPy and the machine's kind."""
    facts = [sys.version, np.__version__, platform.system(), platform.machine()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def make(
    module: str,
    submission: str,
    bundle: str,
    judged: Judged,
    *,
    sandbox: str,
    status: str = GRADED,
    reason: str = "",
    notes: list[str] | tuple[str, ...] = (),
    environment: str = "",
) -> dict:
    """The verdict as plain data.

    submission: sha256 of the file that was handed in. notes: what sanitising has to say, before the judge's own.
    """
    environment = environment or globals()["environment"]()
    verdict = {
        "schema": SCHEMA,
        "key": key(module, submission, bundle, environment),
        "module": module,
        "submission": submission,
        "bundle": bundle,
        "environment": environment,
        "judge": judge.VERSION,
        "status": status,
        "reason": reason,
        "sandbox": sandbox,
        "notes": [*notes, *judged.notes],
        "checks": [check.facts() for check in judged.checks],
        "outputs": [_output(o) for o in judged.outputs],
        "seconds": {"total": round(judged.seconds, 3), "checks": {c.grade_id: c.seconds for c in judged.checks}},
    }
    examine(verdict)
    return verdict


def _output(output: dict) -> dict:
    if output["kind"] == "text":
        return dict(output)
    return {**output, "data": base64.b64encode(output["data"]).decode()}


def comparable(verdict: dict) -> dict:
    """What the same submission gives again, byte for byte: all but times, and what the cells themselves printed."""
    return {k: v for k, v in verdict.items() if k not in ("seconds", "outputs")}


def as_text(verdict: dict) -> str:
    """The canonical text of a verdict."""
    return json.dumps(verdict, sort_keys=True, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def path(folder: Path, verdict_key: str) -> Path:
    """Where the verdict with this key stands."""
    return Path(folder) / f"{verdict_key}.json"


def write(folder: Path, verdict: dict) -> Path:
    """Write a verdict so that its file is there whole or not at all, even if the power fails; return its path."""
    examine(verdict)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = path(folder, verdict["key"])
    descriptor, temporary = tempfile.mkstemp(prefix=".verdict-", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(as_text(verdict))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    _sync(folder)
    return target


def _sync(folder: Path) -> None:
    """Make the renaming last; not every system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(file: Path) -> dict:
    """The verdict in a file, if it is one in every respect and its key is its own."""
    file = Path(file)
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            raise ValueError("the file is too large")
        verdict = json.loads(file.read_bytes(), parse_constant=_no_constant)
        examine(verdict)
        if file.stem != verdict["key"]:
            raise ValueError("its name is not its key")
    except (OSError, ValueError, RecursionError) as error:
        raise TitoError(f"{file} is no verdict: {error}.", "Grade the submission again.", FAILED) from None
    return verdict


def _no_constant(name: str):
    raise ValueError(f"{name} is no number")


def examine(verdict: object) -> None:
    """Raise ValueError, saying what is wrong, unless this is a verdict: names, types, ranges, sums, its key."""
    _need(type(verdict) is dict and set(verdict) == _NAMES, "its entries are not those of a verdict")
    for name in _TEXTS:
        _need(type(verdict[name]) is str, f"{name} is no text")
    _need(verdict["schema"] == SCHEMA, f"its schema is {verdict['schema']!r}, expected {SCHEMA!r}")
    _need(verdict["status"] in _STATUSES, f"its status is {verdict['status']!r}")
    facts = [verdict[n] for n in ("module", "submission", "bundle", "environment", "judge")]
    _need(verdict["key"] == key(*facts), "its key does not belong to it")
    _need(_is_list(verdict["notes"], str), "its notes are no texts")
    for name in ("checks", "outputs"):
        _need(_is_list(verdict[name], dict), f"its {name} are no list")
    _need(type(verdict["seconds"]) is dict, "it has no times")
    for check in verdict["checks"]:
        _examine_check(check)
    names = [c["grade_id"] for c in verdict["checks"]]
    _need(len(set(names)) == len(names), "a check stands in it twice")
    for output in verdict["outputs"]:
        _need(set(output) == {"grade_id", "kind", "data"} and _is_list(list(output.values()), str), "a damaged output")
        _need(output["kind"] in ("text", "png"), f"an output of kind {output['kind']!r}")


def _examine_check(check: dict) -> None:
    _need(set(check) == {*_CHECK_TEXTS, "points", "max_points", "hidden"}, "a check's entries are not those of one")
    name = check["grade_id"]
    _need(all(type(check[t]) is str for t in _CHECK_TEXTS) and type(check["hidden"]) is bool, f"{name!r} is damaged")
    _need(check["status"] in _CHECK_STATUSES, f"{name}: its status is {check['status']!r}")
    points, most = check["points"], check["max_points"]
    for number in (points, most):
        _need(type(number) in (int, float) and math.isfinite(number), f"{name}: points that are no number")
    _need(0 <= points <= most, f"{name}: {points} of {most} points")
    _need(check["status"] == judge.PASSED or not points, f"{name}: points for a check that is {check['status']}")


def _is_list(value: object, kind: type) -> bool:
    return type(value) is list and all(type(v) is kind for v in value)


def _need(fine: bool, otherwise: str) -> None:
    if not fine:
        raise ValueError(otherwise)
