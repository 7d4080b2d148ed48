"""Collecting: what is taken from where, what is refused and why, and that nothing is lost."""

import json
import os
import stat
import zipfile

import pytest

from tito.course import Course
from tito.errors import TitoError
from tito.grading import archives, privacy
from tito.grading import classroom as classrooms
from tito.grading import collect as collecting
from tito.grading.collect import collect


def take(classroom, files: dict, **kwargs):
    """Put files into the inbox and collect; (status, student, module, note) of each by file name."""
    for name, data in files.items():
        path = classroom.root / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    taken = collect(classroom, [classroom.root / "inbox"], **kwargs)
    return [(t.status, t.student, t.module, t.note) for t in taken]


def submitted(classroom, student, slug):
    return classroom.submission(classroom.module(slug)[0], student).read_bytes()


def test_a_zip_of_tito_submit_becomes_nbgraders_submission(classroom, work):
    content = work.notebook("00")
    packed = work.zip(content)
    name = "00_first_ada_attempt_20260901120000_first.zip"
    assert take(classroom, {name: packed}) == [("new", "ada", "00_first", "")]
    assert submitted(classroom, "ada", "00") == content
    assert (classroom.root / "submitted/ada/00_first/timestamp.txt").read_text() == "2026-09-01 12:00:00 UTC"
    (original,) = classroom.root.glob("collected/00_first/ada/*/*.zip")
    assert original.read_bytes() == packed
    record = json.loads(original.with_name("record.json").read_text())
    assert record["receipt"] == "agrees" and record["time"] == 1788264000.0
    assert stat.S_IMODE(original.stat().st_mode) & 0o077 == 0


def test_a_notebook_that_is_not_the_one_of_the_receipt_is_said(classroom, work):
    packed = work.zip(work.notebook("00"), sha256="0" * 64)
    ((status, _, _, note),) = take(classroom, {"a.zip": packed})
    assert status == "new" and "sha256 differs" in note


def test_the_newest_counts_and_older_ones_are_kept(classroom, work):
    first, second = work.notebook("00", first_double="def double(x):\n    return 1"), work.notebook("00")
    late, early = "2026-09-02T12:00:00Z", "2026-09-01T12:00:00Z"
    assert take(classroom, {"1.zip": work.zip(second, time=late)})[0][0] == "new"
    assert [t[0] for t in take(classroom, {"2.zip": work.zip(first, time=early)})] == ["same", "older"]
    assert submitted(classroom, "ada", "00") == second
    newest = work.notebook("00", first_double="def double(x):\n    return x + x")
    assert take(classroom, {"3.zip": work.zip(newest, time="2026-09-03T12:00:00Z")})[2][0] == "newer"
    assert submitted(classroom, "ada", "00") == newest
    assert len(list(classroom.root.glob("collected/00_first/ada/*/record.json"))) == 3


def test_what_nbgrader_collected_is_kept_before_a_newer_one_replaces_it(classroom, work):
    old = work.notebook("00", first_double="def double(x):\n    return 1")
    work.put("ada", "00", old)
    (classroom.root / "submitted/ada/00_first/timestamp.txt").write_text("2026-08-01 10:00:00 UTC")
    assert take(classroom, {"a.zip": work.zip(work.notebook("00"))})[0][0] == "newer"
    assert [f.read_bytes() for f in classroom.root.glob("collected/00_first/ada/20260801100000-*/first.ipynb")] == [old]


def test_what_nbgrader_collected_stays_if_it_is_newer(classroom, work):
    work.put("ada", "00", b"newer")
    (classroom.root / "submitted/ada/00_first/timestamp.txt").write_text("2026-12-01 10:00:00 UTC")
    assert take(classroom, {"a.zip": work.zip(work.notebook("00"))})[0][0] == "older"
    assert submitted(classroom, "ada", "00") == b"newer"


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ada Lovelace_12345_assignsubmission_file_/first.ipynb", "ada"),
        ("Cleo Cipher_7_assignsubmission_file_/x/first.ipynb", "cleo"),
        ("lovelaceada_LATE_123_456_first-1.ipynb", "ada"),
        ("ciphercleo_123_456_first.ipynb", "cleo"),
        ("Week 1_ben_2_attempt_2026-09-01-12-00-00_first.ipynb", "ben_2"),
        ("ben_2/00_first/first.ipynb", "ben_2"),
        ("ben_2_first.ipynb", "ben_2"),
        ("ada.ipynb", "ada"),
    ],
)
@pytest.mark.parametrize("as_zip", [False, True])
def test_downloads_tell_the_student_by_name(classroom, work, make_zip, name, student, as_zip):
    content = work.notebook("00")
    files = {"download.zip": make_zip({name: content, "readme.zip/": b""})} if as_zip else {name: content}
    if as_zip:
        files = {"download.zip": make_zip({name: content, "Nobody_1_assignsubmission_file_/first.ipynb": content})}
    note = "Canvas marks it as late" if "LATE" in name else ""
    assert ("new", student, "00_first", note) in take(classroom, files)


def test_a_download_with_zips_in_it_is_many_submissions(classroom, work, make_zip):
    bulk = {
        "Ada Lovelace_1_assignsubmission_file_/a.zip": work.zip(work.notebook("00")),
        "Ben Bitdiddle_2_assignsubmission_file_/b.zip": b"no zip",
        "Cleo Cipher_3_assignsubmission_file_/c.zip": work.zip(work.notebook("01"), student="cleo", slug="01_second"),
    }
    results = take(classroom, {"all.zip": make_zip(bulk)})
    assert [r[:3] for r in results] == [("new", "ada", "00_first"), ("refused", "", ""), ("new", "cleo", "01_second")]


def test_the_downloads_name_counts_more_than_the_receipt(classroom, work):
    packed = work.zip(work.notebook("00"), student="cleo")
    ((status, student, _, note),) = take(classroom, {"lovelaceada_1_2_work.zip": packed})
    assert (status, student, note) == ("new", "ada", "the receipt names 'cleo'")


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def hostile(kind: str, work, make_zip) -> bytes:
    good = {"first.ipynb": work.notebook("00"), "receipt.json": b'{"student": "ada", "module": "00_first"}'}
    if kind == "broken":
        return make_zip(good)[:300]
    if kind == "lying":  # says 100 bytes, unpacks to 60 MB
        packed = bytearray(make_zip({"receipt.json": good["receipt.json"], "first.ipynb": b"0" * (60 << 20)}))
        for at in (packed.rfind(b"PK\x01\x02") + 24, packed.find(b"PK\x03\x04", 4) + 22):
            packed[at : at + 4] = (100).to_bytes(4, "little")
        return bytes(packed)
    more = {
        "traversal": {"../../evil.ipynb": b"{}"},
        "backslash": {entry("..\\evil.ipynb", 0): b"{}"},
        "absolute": {"/etc/evil.ipynb": b"{}"},
        "drive": {"C:/evil.ipynb": b"{}"},
        "symlink": {entry("link.ipynb", stat.S_IFLNK | 0o777): b"/etc/passwd"},
        "files": {f"{i}.txt": b"" for i in range(201)},
        "bytes": {"big.bin": b"0" * (51 << 20)},
    }[kind]
    return make_zip(good | more)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("traversal", "leads out of it: ../../evil.ipynb"),
        ("backslash", "leads out of it"),
        ("absolute", "absolute path: /etc/evil.ipynb"),
        ("drive", "absolute path: C:/evil.ipynb"),
        ("symlink", "a link: link.ipynb"),
        ("files", "more than 200"),
        ("bytes", "larger than 50 MB"),
        ("lying", "damaged"),
        ("broken", "no zip"),
    ],
)
def test_a_zip_that_could_do_harm_is_refused_and_the_next_one_taken(classroom, work, make_zip, kind, reason):
    files = {"1.zip": hostile(kind, work, make_zip), "2.zip": work.zip(work.notebook("00"), student="cleo")}
    first, second = take(classroom, files)
    assert first[0] == "refused" and reason in first[3] and "\n" not in first[3]
    assert second[:2] == ("new", "cleo")
    assert not list(classroom.root.glob("submitted/ada/**/*.ipynb"))
    assert not list(classroom.root.parent.rglob("evil.ipynb"))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (lambda w: {"a.zip": w.zip(w.notebook("00"), student="eve")}, "'eve', who is not in the roster"),
        (lambda w: {"first.ipynb": w.notebook("00")}, "neither its name nor a receipt"),
        (lambda w: {"ada/01_second/second.ipynb": w.notebook("00")}, "named 01_second, but its cells are those of 00_"),
        (lambda w: {"a.zip": w.zip(w.notebook("00"), slug="01_second")}, "cells are those of 00_first"),
        (lambda w: {"ada/other.ipynb": b'{"nbformat": 4, "metadata": {}, "cells": []}'}, "no cell of a module"),
        (lambda w: {"ada/other.ipynb": b"{"}, "nothing tells which module"),
        (lambda w: {"ada/cleo/first.ipynb": w.notebook("00")}, "could mean ada or cleo"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_in_one_line(classroom, work, files, reason):
    ((status, _, _, note),) = take(classroom, files(work))
    assert status == "refused" and reason in note and "\n" not in note
    assert not list(classroom.root.glob("submitted/*/*/*.ipynb"))


def test_a_module_that_was_not_released_is_refused(classroom, work):
    content = work.notebook("01")
    (classroom.root / "release/01_second/second.ipynb").unlink()
    ((status, _, _, note),) = take(classroom, {"ada.ipynb": content})
    assert status == "refused" and "no cell of a module that was released" in note


def test_another_module_than_asked_for_is_refused(classroom, work):
    files = {"a.zip": work.zip(work.notebook("00"))}
    ((status, _, _, note),) = take(classroom, files, module=classroom.module("01")[0])
    assert (status, note) == ("refused", "it is 00_first, not 01_second.")


def test_links_in_a_folder_are_refused(classroom, work, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(work.notebook("00"))
    os.symlink(secret, classroom.root / "inbox/ada.ipynb")
    os.symlink(tmp_path, classroom.root / "inbox/cleo")
    results = take(classroom, {})
    assert [r[0] for r in results] == ["refused", "refused"] and all("link" in r[3] for r in results)


def test_a_damaged_notebook_is_taken_and_said(classroom, work):
    content = work.notebook("00")[:500]
    ((status, student, module, note),) = take(classroom, {"a.zip": work.zip(content)})
    assert (status, student, module) == ("new", "ada", "00_first") and "damaged: is damaged: not valid JSON" not in note
    assert "the notebook is damaged: not valid JSON" in note
    assert submitted(classroom, "ada", "00") == content


def test_a_byte_order_mark_is_taken_off_for_nbgrader_only(classroom, work):
    content = b"\xef\xbb\xbf" + work.notebook("00")
    assert take(classroom, {"ada.ipynb": content})[0][0] == "new"
    assert submitted(classroom, "ada", "00") == content[3:]
    assert [f.read_bytes() for f in classroom.root.glob("collected/00_first/ada/*/ada.ipynb")] == [content]
    assert take(classroom, {})[0][0] == "same"


def test_two_notebooks_of_a_module_in_one_zip(classroom, work, make_zip):
    content = work.notebook("00")
    receipt = b'{"student": "ada", "module": "00_first"}'
    packed = make_zip({"first.ipynb": content, "copy/first.ipynb": content + b" ", "receipt.json": receipt})
    results = take(classroom, {"a.zip": packed})
    assert [r[0] for r in results] == ["new", "refused"] and "more than one notebook" in results[1][3]


def test_a_broken_receipt_is_no_receipt(classroom, work, make_zip):
    packed = make_zip({"first.ipynb": work.notebook("00"), "receipt.json": b"[" * 50_000})
    assert take(classroom, {"ada.zip": packed}) == [("new", "ada", "00_first", "")]


def test_a_path_that_does_not_exist(classroom):
    with pytest.raises(TitoError, match="does not exist") as error:
        collect(classroom, [classroom.root / "nowhere"])
    assert error.value.code == 2


def test_the_command_tells_of_each_and_exits_1_if_one_is_refused(classroom, work, tito):
    (classroom.root / "inbox/a.zip").write_bytes(work.zip(work.notebook("00")))
    assert tito("class", "collect").code == 0
    (classroom.root / "inbox/b.zip").write_bytes(b"no zip")
    result = tito("class", "collect")
    assert result.code == 1
    assert "ada 00_first 2026-09-01 12:00:00 UTC same (receipt agrees; the student's own clock)" in result.out
    assert "refused" in result.out and "b.zip" in result.out
    assert "2 notebooks: 1 same, 1 refused." in result.out
    data = json.loads(tito("class", "collect", "--json").out)
    assert data["schema"] == "tito/class-collect/1" and [t["status"] for t in data["taken"]] == ["same", "refused"]
    assert tito("class", "collect", "nowhere").code == 2
    assert tito("class", "collect", "--module", "02").code == 2


def test_an_empty_inbox_says_where_to_put_downloads(classroom, tito):
    result = tito("class", "collect")
    assert result.code == 0 and f"Put what you downloaded into {classroom.root / 'inbox'}" in result.out


def test_a_bulk_download_has_a_limit_of_its_own(monkeypatch, classroom, work, make_zip):
    monkeypatch.setattr(archives, "_BULK_FILES", 2)
    packed = make_zip({f"s{i}/first.ipynb": b"{}" for i in range(3)})
    ((status, _, _, note),) = take(classroom, {"all.zip": packed})
    assert status == "refused" and "3 files, more than 2" in note


def test_a_class_is_found_from_the_course(classroom, monkeypatch):
    monkeypatch.chdir(classroom.root.parent)
    assert classrooms.Classroom.find().root == classroom.root
    assert Course.find().kind == "course"


def test_what_a_browser_saved_for_all_to_read_is_yours_alone_once_it_is_collected(classroom, work):
    file = classroom.root / "inbox/downloads/a.zip"
    file.parent.mkdir(mode=0o755)
    file.write_bytes(work.zip(work.notebook("00")))
    file.chmod(0o644)
    file.parent.chmod(0o755)
    assert {file, file.parent} <= set(privacy.exposed(classroom.root))
    assert [t.status for t in collect(classroom, [classroom.root / "inbox"])] == ["new"]
    assert not {p for p in privacy.exposed(classroom.root) if p.is_relative_to(classroom.root / "inbox")}


@pytest.mark.parametrize("writes", range(8))
def test_stopped_after_any_write_and_run_again_takes_the_newest(classroom, work, monkeypatch, writes):
    first, second = work.notebook("00", first_double="x = 1"), work.notebook("00", first_double="x = 2")
    zips = [work.zip(first), work.zip(second, time="2026-09-02T12:00:00Z")]
    for number, content in enumerate(zips):
        (classroom.root / f"inbox/ada_{number}.zip").write_bytes(content)
    left, write = writes, collecting.write_atomic

    def dies(path, content):
        nonlocal left
        if not left:
            (path.parent / f".{path.name}.x.tmp").write_bytes(b"half") if path.parent.is_dir() else None
            raise SystemExit
        left -= 1
        write(path, content)

    monkeypatch.setattr(collecting, "write_atomic", dies)
    with pytest.raises(SystemExit):
        collecting.collect(classroom, [classroom.root / "inbox"])
    monkeypatch.setattr(collecting, "write_atomic", write)
    collecting.collect(classroom, [classroom.root / "inbox"])
    target = classroom.root / "submitted/ada/00_first/first.ipynb"
    assert target.read_bytes() == second
    assert target.with_name("timestamp.txt").read_text() == "2026-09-02 12:00:00 UTC"
    shelf = classroom.root / "collected/00_first/ada"
    assert sorted(f.read_bytes() for f in shelf.glob("*/*.zip")) == sorted(zips)
    assert len(list(shelf.iterdir())) == 2 and not list(classroom.root.rglob("*.tmp"))
