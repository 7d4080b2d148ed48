"""Verdict files: canonical, whole or not there, and read with suspicion."""

import copy
import json
import os

import pytest

from tito.errors import TitoError
from tito.grading import verdict
from tito.grading.judge import CheckResult, Judged


@pytest.fixture
def made():
    checks = [CheckResult("test-a", "a", 5, 5, "passed", seconds=0.5), CheckResult("test-b", "b", 0, 3, "failed", "no")]
    outputs = [{"grade_id": "a", "kind": "png", "data": b"\x89PNG"}, {"grade_id": "a", "kind": "text", "data": "é"}]
    judged = Judged(checks, outputs, ["own"], 1.5)
    return verdict.make("00_setup", "s" * 64, "b" * 64, judged, sandbox="bubblewrap", notes=["clean"])


def test_there_and_back(made, tmp_path):
    file = verdict.write(tmp_path / "verdicts", made)
    assert file.name == made["key"] + ".json"
    assert verdict.read(file) == made
    assert made["notes"] == ["clean", "own"]
    assert made["outputs"][0] == {"grade_id": "a", "kind": "png", "data": "iVBORw=="}
    assert made["seconds"] == {"total": 1.5, "checks": {"test-a": 0.5, "test-b": 0.0}}
    assert file.read_bytes() == verdict.as_text(json.loads(file.read_text())).encode()
    assert os.stat(tmp_path / "verdicts").st_mode & 0o77 == os.stat(file).st_mode & 0o77 == 0
    assert os.listdir(tmp_path / "verdicts") == [file.name]


def test_the_key_names_all_that_a_verdict_depends_on():
    facts = ["module", "submission", "bundle", "environment", "version"]
    keys = {verdict.key(*facts), *(verdict.key(*[f + "x" * (i == j) for j, f in enumerate(facts)]) for i in range(5))}
    assert len(keys) == 6


def test_a_write_that_fails_leaves_nothing(made, tmp_path, monkeypatch):
    def broken(*args):
        raise OSError("power cut")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="power cut"):
        verdict.write(tmp_path, made)
    assert os.listdir(tmp_path) == []


CHANGES = {
    "more points than there are": lambda v: v["checks"][0].update(points=6),
    "negative points": lambda v: v["checks"][0].update(points=-1),
    "points that are true": lambda v: v["checks"][0].update(points=True),
    "points that are text": lambda v: v["checks"][0].update(points="5"),
    "points for a failed check": lambda v: v["checks"][1].update(points=3),
    "an unknown status": lambda v: v["checks"][0].update(status="fine"),
    "a check twice": lambda v: v["checks"].append(copy.deepcopy(v["checks"][0])),
    "another entry": lambda v: v.update(extra=1),
    "another entry in a check": lambda v: v["checks"][0].update(extra=1),
    "another schema": lambda v: v.update(schema="tito/verdict/2"),
    "another submission": lambda v: v.update(submission="t" * 64),
    "another key": lambda v: v.update(key="0" * 64),
    "another output": lambda v: v["outputs"][0].update(kind="html"),
    "a status of its own": lambda v: v.update(status="passed"),
    "notes that are none": lambda v: v.update(notes="x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_no_verdict_is_neither_read_nor_written(made, tmp_path, change):
    file = verdict.write(tmp_path, made)
    change(made)
    file.write_text(json.dumps(made))
    with pytest.raises(TitoError, match="is no verdict"):
        verdict.read(file)
    with pytest.raises(ValueError):
        verdict.write(tmp_path, made)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"points": NaN}', "\udcff"])
def test_what_is_no_json_is_not_read(tmp_path, text):
    file = tmp_path / "x.json"
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(TitoError, match="is no verdict"):
        verdict.read(file)


def test_infinite_points_are_not_read(made, tmp_path):
    file = verdict.write(tmp_path, made)
    file.write_text(file.read_text().replace('"max_points": 5', '"max_points": Infinity'))
    with pytest.raises(TitoError, match="Infinity"):
        verdict.read(file)


def test_a_verdict_under_another_name_is_not_read(made, tmp_path):
    file = verdict.write(tmp_path, made).rename(tmp_path / "other.json")
    with pytest.raises(TitoError, match="its name is not its key"):
        verdict.read(file)
