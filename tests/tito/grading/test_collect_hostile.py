"""Archives that could do harm, names that claim another's work, times that are not true, and the exchange."""

import contextlib
import io
import json
import os
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from tito.errors import TitoError
from tito.grading import archives, channels, collect, exchange, packed
from tito.grading.classroom import Classroom, Student


def take(classroom, files: dict) -> list:
    """Put files into the inbox and collect."""
    for name, data in files.items():
        path = classroom.root / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return collect.collect(classroom, [classroom.root / "inbox"])


def told(taken: list) -> list:
    return [(t.status, t.student, t.note) for t in taken]


def tarred(files: dict, mode="w:gz") -> bytes:
    """A tar of files by name; a value may be a TarInfo."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def raw_zip(files: list) -> bytes:
    """A zip in which names may stand twice: pairs of name and bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            with pytest.warns(UserWarning) if name in archive.namelist() else contextlib.nullcontext():
                archive.writestr(name, data)
    return buffer.getvalue()


RECEIPT = b'{"student": "ada", "module": "00_first", "time": "2026-09-01T12:00:00Z"}'

# Archives.


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tgz", "tar.bz2", "tar.xz"])
def test_tars_are_read(classroom, work, suffix):
    mode = {"tar": "w", "tgz": "w:gz"}.get(suffix, "w:" + suffix.rpartition(".")[2])
    packed_up = tarred({"first.ipynb": work.notebook("00"), "receipt.json": RECEIPT}, mode)
    assert told(take(classroom, {f"x.{suffix}": packed_up})) == [("new", "ada", "")]
    (original,) = classroom.root.glob("collected/00_first/ada/*/x.*")
    assert original.read_bytes() == packed_up


def test_a_tar_of_a_whole_class_is_many_submissions(classroom, work):
    both = {
        "Ada Lovelace_1_assignsubmission_file_/a.zip": work.zip(work.notebook("00")),
        "Cleo Cipher_2_assignsubmission_file_/first.ipynb": work.notebook("00"),
    }
    assert [t[:2] for t in told(take(classroom, {"all.tar.gz": tarred(both)}))] == [("new", "ada"), ("new", "cleo")]


def test_archives_in_archives(classroom, work, make_zip):
    inner = work.zip(work.notebook("00"))
    for _ in range(2):
        inner = make_zip({"x.zip": inner})
    taken = take(classroom, {"all.zip": make_zip({"ada/once.zip": inner})})
    assert told(taken) == [("new", "ada", "")]
    deeper = make_zip({"x.zip": inner})
    taken = take(classroom, {"all.zip": make_zip({"cleo/more.zip": deeper})})
    assert told(taken) == [("refused", "", "it holds no notebook.")]


HOSTILE = {
    "a link": ({"l.ipynb": special("l.ipynb", tarfile.SYMTYPE)}, "it holds a link: l.ipynb."),
    "a hard link": ({"h.ipynb": special("h.ipynb", tarfile.LNKTYPE, "first.ipynb")}, "it holds a link: h.ipynb."),
    "a device": ({"d": special("d", tarfile.CHRTYPE)}, "it holds what is no file: d."),
    "a pipe": ({"p.ipynb": special("p.ipynb", tarfile.FIFOTYPE)}, "it holds what is no file: p.ipynb."),
    "traversal": ({"../evil.ipynb": b"{}"}, "it holds a path that leads out of it: ../evil.ipynb."),
    "an absolute path": ({"/tmp/evil.ipynb": b"{}"}, "it holds an absolute path: /tmp/evil.ipynb."),
    "many files": ({f"{i}.txt": b"" for i in range(201)}, "it holds 203 files, more than 200."),
    "twice": (None, "it holds two files with the name first.ipynb."),
    "case": ({"First.IPYNB": b"{}"}, "it holds two files whose names differ only in case or accents: First.IPYNB."),
    "a bomb": ({"zeros.bin": b"\0" * (60 << 20)}, "unpacked it would be larger than 51 MB."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_tar_that_could_do_harm_is_refused_and_the_next_one_taken(classroom, work, name):
    more, reason = HOSTILE[name]
    good = {"first.ipynb": work.notebook("00"), "receipt.json": RECEIPT}
    content = tarred(good | (more or {}))
    if more is None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for _ in range(2):
                info = tarfile.TarInfo("first.ipynb")
                info.size = 2
                archive.addfile(info, io.BytesIO(b"{}"))
            archive.addfile(tarfile.TarInfo("receipt.json"))
        content = buffer.getvalue()
    first, second = take(classroom, {"1.tar": content, "2.zip": work.zip(work.notebook("00"), student="cleo")})
    assert (first.status, first.note) == ("refused", reason)
    assert (second.status, second.student) == ("new", "cleo")
    assert not list(classroom.root.rglob("evil*")) and not list(classroom.root.glob("submitted/ada/**/*.ipynb"))


@pytest.mark.parametrize(
    "content",
    [b"", b"no tar", b"\x1f\x8b\x08\x00 damaged", b"\xfd7zXZ\x00 x", tarred({"a.ipynb": b"{}"})[:60]],
    ids=["empty", "no tar", "gzip", "xz", "cut off"],  # the last one holds the time of day
)
def test_a_damaged_tar_is_refused(classroom, content):
    ((status, _, note),) = told(take(classroom, {"ada.tar.gz": content}))
    assert status == "refused" and ("no tar, or a damaged one" in note or "holds no notebook" in note)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("first.ipynb", "it holds two files with the name first.ipynb."),
        ("FIRST.ipynb", "it holds two files whose names differ only in case or accents: FIRST.ipynb."),
    ],
)
def test_names_that_clash_in_a_zip_are_refused(classroom, work, second, reason):
    content = work.notebook("00")
    packed_up = raw_zip([("first.ipynb", content), (second, content), ("receipt.json", RECEIPT)])
    assert told(take(classroom, {"a.zip": packed_up})) == [("refused", "", reason)]


def test_names_that_differ_only_in_how_an_accent_is_written_clash(classroom, work, make_zip):
    content = work.notebook("00")
    packed_up = make_zip({"caf\u00e9.ipynb": content, "cafe\u0301.ipynb": content, "receipt.json": RECEIPT})
    ((status, _, note),) = told(take(classroom, {"a.zip": packed_up}))
    assert status == "refused" and "differ only in case or accents" in note


def test_a_name_that_stands_twice_in_a_download_is_taken_once(classroom, work):
    content = work.notebook("00")
    name = "Ada Lovelace_1_assignsubmission_file_/first.ipynb"
    taken = take(classroom, {"all.zip": raw_zip([(name, content), (name, b"{}"), ("cleo.ipynb", content)])})
    assert [t[0] for t in told(taken)] == ["new", "refused", "new"]
    assert taken[1].note == "its name stands twice in the archive."


def test_entries_that_overlap_are_a_bomb(classroom, make_zip):
    one = bytearray(make_zip({"a.ipynb": os.urandom(1000), "b.ipynb": b"{}", "c.ipynb": b"{}"}))
    at = one.find(b"PK\x01\x02")
    for _ in range(2):  # the second and third entry claim a thousand bytes as well
        at = one.find(b"PK\x01\x02", at + 1)
        one[at + 20 : at + 24] = struct.pack("<I", 1000)
    assert told(take(classroom, {"a.zip": bytes(one)})) == [("refused", "", "its entries overlap, as in a zip bomb.")]


def test_a_download_that_unpacks_to_far_more_than_it_is(classroom, make_zip, monkeypatch):
    monkeypatch.setattr(archives, "_BULK_BYTES", 1 << 20)
    packed_up = make_zip({f"s{i}/first.ipynb": b"0" * (1 << 20) for i in range(4)})
    ((status, _, note),) = told(take(classroom, {"all.zip": packed_up}))
    assert status == "refused" and "times larger, as a zip bomb is" in note


def test_a_device_in_a_zip_is_refused(classroom, work, make_zip):
    info = zipfile.ZipInfo("pipe.ipynb")
    info.external_attr = 0o010644 << 16
    packed_up = make_zip({"first.ipynb": work.notebook("00"), "receipt.json": RECEIPT, info: b""})
    assert told(take(classroom, {"a.zip": packed_up})) == [("refused", "", "it holds what is no file: pipe.ipynb.")]


def test_a_pipe_in_a_folder_does_not_stop_the_run(classroom, work):
    os.mkfifo(classroom.root / "inbox/ada.ipynb")
    taken = take(classroom, {"cleo.ipynb": work.notebook("00")})
    assert told(taken) == [("refused", "", "it is a link or no ordinary file."), ("new", "cleo", "")]


def test_a_name_in_utf8_that_does_not_say_so(classroom, work):
    name = "Cléo Cipher_2_assignsubmission_file_/first.ipynb".encode()
    content = raw_zip([("X" * len(name), work.notebook("00")), ("ada.ipynb", work.notebook("00"))])
    taken = take(classroom, {"all.zip": content.replace(b"X" * len(name), name)})
    assert told(taken) == [("new", "cleo", ""), ("new", "ada", "")]


def test_a_name_of_any_length_and_alphabet_is_kept_as_a_file(classroom, work):
    name = "ada_" + "試" * 60 + "\u202e.ipynb"
    assert told(take(classroom, {name: work.notebook("00")})) == [("new", "ada", "")]
    (kept,) = classroom.root.glob("collected/00_first/ada/*/*.ipynb")
    assert kept.name.startswith("ada_試") and len(kept.name.encode()) < 130 and kept.suffix == ".ipynb"


# Whose it is.

CLAIMS = {
    "the instructor's name before the student's": ("ada_00_first_cleo_attempt_20260901120000_first.zip", "ada"),
    "Canvas, a zip named for another": ("lovelaceada_12_34_00_first_cleo_attempt_20260901120000_first.zip", "ada"),
    "Canvas, a notebook named for another": ("lovelaceada_12_34_cleo.ipynb", "ada"),
    "Canvas, named as Blackboard's": ("lovelaceada_12_34_x_cleo_attempt_2026-01-01-00-00-00_a.ipynb", "ada"),
    "Moodle, a notebook named for another": ("Ada Lovelace_7_assignsubmission_file_/cleo.ipynb", "ada"),
    "Moodle, a folder named for another": ("Ada Lovelace_7_assignsubmission_file_/cleo/first.ipynb", "ada"),
    "Blackboard, a zip named for another": (
        "W1_ada_attempt_2026-09-01-12-00-00_00_first_cleo_attempt_20260901120000_first.zip",
        "ada",
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_nobody_can_hand_in_for_another_where_the_platform_names_the_student(classroom, work, name):
    path, student = CLAIMS[name]
    content = work.notebook("00")
    content = work.zip(content, student="cleo") if path.endswith(".zip") else content
    ((status, found, _),) = told(take(classroom, {path: content}))
    assert (status, found) == ("new", student)
    assert not (classroom.root / "submitted/cleo").exists()


def test_a_name_cannot_look_like_another_platforms(classroom, work):
    name = "x_cleo_attempt_2026-01-01-00-00-00_a.ipynb"
    mine, stranger = take(
        classroom, {f"lovelaceada_1_2_{name}": work.notebook("00"), f"stranger_1234_5678_{name}": work.notebook("00")}
    )
    assert (mine.status, mine.student) == ("new", "ada")
    assert not mine.time.startswith("2026-01-01") and mine.clock != "platform"
    assert (stranger.status, stranger.note[:23]) == ("refused", "Canvas names 'stranger'")


def test_a_student_whom_the_roster_does_not_know_cannot_claim_an_id(classroom, work):
    taken = take(classroom, {"stranger_12_34_work.zip": work.zip(work.notebook("00"), student="ada")})
    assert told(taken) == [
        ("refused", "", "Canvas names 'stranger', whom the roster does not (tito class roster list).")
    ]


def test_a_middle_name_is_told_by_the_receipt(classroom, work):
    name = "Ada Augusta King Lovelace_7_assignsubmission_file_/a.zip"
    assert told(take(classroom, {name: work.zip(work.notebook("00"))})) == [("new", "ada", "")]
    taken = take(
        classroom, {"Ada Augusta King Lovelace_7_assignsubmission_file_/b.zip": work.zip(b"{", student="cleo")}
    )
    assert [t[0] for t in told(taken)] == ["same", "refused"]


def test_marking_without_names_goes_by_the_receipt_and_says_so(classroom, work):
    taken = take(classroom, {"Participant_4711_assignsubmission_file_/a.zip": work.zip(work.notebook("00"))})
    assert told(taken) == [("new", "ada", "Moodle hides the name; the receipt tells whose it is")]


def test_two_students_of_one_name_are_told_apart_by_the_receipt(classroom, work):
    classroom.write_roster([*classroom.students(), Student("ada2", "Ada", "Lovelace")])
    name = "Ada Lovelace_7_assignsubmission_file_/a.zip"
    taken = take(classroom, {name: work.zip(work.notebook("00"), student="ada2")})
    assert told(taken) == [("new", "ada2", "two students have this name; its receipt tells which")]
    ((status, _, note),) = told(
        collect.collect(classroom, [_put(classroom, "x/" + name, work.zip(work.notebook("00"), student="cleo"))])
    )
    assert status == "refused" and "ada or ada2" in note


def _put(classroom, name: str, content: bytes) -> Path:
    path = classroom.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path.parent.parent


def test_an_id_with_numbers_is_no_canvas_name(classroom, work):
    classroom.write_roster([Student("ben", "B", "X"), Student("ben_2_3", "Ben", "Bitdiddle")])
    assert told(take(classroom, {"ben_2_3_first.ipynb": work.notebook("00")})) == [("new", "ben_2_3", "")]


# When it came.


def zone(classroom, name: str) -> Classroom:
    """The class with another time zone in its settings."""
    file = classroom.root / "settings.ini"
    file.write_text(file.read_text().replace("time_zone = ", f"time_zone = {name}"))
    return Classroom(classroom.root)


@pytest.mark.parametrize(
    ("where", "day", "expected"),
    [
        ("Europe/Zurich", "2026-09-01-12-00-00", "2026-09-01 10:00:00 UTC"),
        ("Europe/Zurich", "2026-03-01-12-00-00", "2026-03-01 11:00:00 UTC"),
        ("Asia/Kolkata", "2026-09-01-01-00-00", "2026-08-31 19:30:00 UTC"),
        ("UTC", "2026-09-01-12-00-00", "2026-09-01 12:00:00 UTC"),
    ],
)
def test_the_platforms_time_counts_in_the_platforms_zone(classroom, work, where, day, expected):
    late = work.zip(work.notebook("00"), time="2025-01-01T00:00:00Z")
    (one,) = take(zone(classroom, where), {f"W1_ada_attempt_{day}_work.zip": late})
    assert (one.status, one.time, one.clock) == ("new", expected, "platform")
    assert (classroom.root / "submitted/ada/00_first/timestamp.txt").read_text() == expected


def test_a_zone_that_does_not_exist_is_named(classroom, work):
    with pytest.raises(TitoError, match="There is no time zone 'Mars/Phobos'"):
        take(zone(classroom, "Mars/Phobos"), {})


def dated(name: str, *moment: int, extra: bytes = b"") -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, moment)
    info.extra = extra
    return info


def test_the_dates_of_a_download_count_and_not_those_of_the_receipts(classroom, work, make_zip):
    utc = struct.pack("<HHBi", 0x5455, 5, 1, 1788350400)  # 2026-09-02 12:00:00 UTC
    early = work.zip(work.notebook("00"), time="2020-01-01T00:00:00Z")
    other = work.zip(work.notebook("00"), student="cleo", time="2020-01-01T00:00:00Z")
    bulk = {
        dated("Ada Lovelace_1_assignsubmission_file_/a.zip", 2026, 9, 1, 12, 0, 0): early,
        dated("Cleo Cipher_2_assignsubmission_file_/b.zip", 2026, 9, 1, 12, 0, 0, extra=utc): other,
    }
    taken = take(zone(classroom, "Europe/Zurich"), {"all.zip": make_zip(bulk)})
    assert [(t.time, t.clock) for t in taken] == [
        ("2026-09-01 10:00:00 UTC", "platform"),
        ("2026-09-02 12:00:00 UTC", "platform"),
    ]


def test_one_date_for_all_is_that_of_the_download_and_does_not_count(classroom, work, make_zip):
    bulk = {
        dated("Ada Lovelace_1_assignsubmission_file_/a.zip", 2026, 9, 5, 12, 0, 0): work.zip(work.notebook("00")),
        dated("Cleo Cipher_2_assignsubmission_file_/first.ipynb", 2026, 9, 5, 12, 0, 2): work.notebook("00"),
    }
    taken = take(zone(classroom, "UTC"), {"all.zip": make_zip(bulk)})
    assert [(t.time, t.clock) for t in taken] == [
        ("2026-09-01 12:00:00 UTC", "student"),
        ("2026-09-05 12:00:02 UTC", "file"),
    ]


def test_a_time_that_has_not_come_yet_does_not_count(classroom, work, monkeypatch):
    monkeypatch.setattr(collect, "_now", lambda: 1790812800.0)
    (one,) = take(classroom, {"a.zip": work.zip(work.notebook("00"), time="2099-01-01T00:00:00Z")})
    assert (one.time, one.clock) == ("2026-10-01 00:00:00 UTC", "file")
    assert one.note == "its time, 2099-01-01 00:00:00 UTC, has not come yet; the time of collecting counts"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-01 12:00:00 UTC", 1788264000.0),
        ("2026-09-01T12:00:00Z", 1788264000.0),
        ("2026-09-01 12:00:00.123456 UTC", 1788264000.0),
        ("2026-09-01 14:00:00 +0200", 1788264000.0),
        ("2026-09-01 06:30:00 -05:30", 1788264000.0),
        ("2026-09-01 12:00:00", 1788264000.0),
        ("2026-09-01 12:00:00 CEST", 0.0),
        ("2026-02-31 12:00:00 UTC", 0.0),
        ("yesterday", 0.0),
        ("", 0.0),
    ],
)
def test_stamps(text, expected):
    assert channels.stamp(text) == expected


def test_a_date_that_does_not_exist_is_none():
    assert packed.local_seconds((2026, 2, 31, 0, 0, 0)) == 0.0
    assert packed.local_seconds((2026, 2, 1, 0, 0, 99)) == 0.0


# What it is.


def test_notebooks_in_other_forms_are_taken(classroom, work):
    def lose(notebook):
        for cell in notebook["cells"]:
            cell["metadata"] = {}

    taken = take(
        classroom,
        {"ada.ipynb": work.notebook("00").decode().encode("utf-16"), "cleo.ipynb": work.notebook("01", change=lose)},
    )
    assert [(t.status, t.module, t.note) for t in taken] == [("new", "00_first", ""), ("new", "01_second", "")]


# The exchange.


@pytest.fixture
def hand_in(classroom, tmp_path, monkeypatch):
    """Put a folder into the exchange of the class; `owners` says who owns which."""
    file = classroom.root / "settings.ini"
    file.write_text(file.read_text().replace("exchange_path = ", f"exchange_path = {tmp_path / 'exchange'}"))
    owners = {}
    monkeypatch.setattr(exchange, "owner_of", lambda folder: owners.get(folder.name, "root"))
    inbound = tmp_path / "exchange/tinytorch/inbound"
    inbound.mkdir(parents=True)

    def put(student: str, content: bytes, said="2026-09-01 12:00:00.123456 UTC", slug="00_first", owner="root") -> Path:
        folder = inbound / f"{student}+{slug}+{said}+abc"
        folder.mkdir()
        (folder / f"{slug[3:]}.ipynb").write_bytes(content)
        (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
        owners[folder.name] = owner
        return folder

    return put


@pytest.fixture
def from_exchange(classroom, monkeypatch):
    """Collect from the exchange, today."""
    monkeypatch.setattr(collect, "_now", time.time)
    return lambda: collect.from_exchange(Classroom(classroom.root))


def test_what_came_through_the_exchange_is_dated_by_the_file_system(classroom, work, hand_in, from_exchange):
    content = work.notebook("00")
    hand_in("ada", content)
    (one,) = from_exchange()
    assert (one.status, one.student, one.module, one.clock) == ("new", "ada", "00_first", "platform")
    written = (classroom.root / "submitted/ada/00_first/timestamp.txt").read_text()
    assert abs(channels.stamp(written) - time.time()) < 600
    assert one.note == "it says 2026-09-01 12:00:00 UTC, but arrived later"
    assert (classroom.root / "submitted/ada/00_first/first.ipynb").read_bytes() == content
    assert from_exchange()[0].status == "same"


def test_handing_in_for_another_is_refused(classroom, work, hand_in, from_exchange):
    hand_in("ada", work.notebook("00"), owner="ben_2")
    hand_in("cleo", work.notebook("00"), owner="cleo")
    assert told(from_exchange())[0] == ("refused", "", "ben_2 handed it in, in the name of ada.")
    assert [p.name for p in (classroom.root / "submitted").iterdir()] == ["cleo"]


def test_one_user_who_hands_in_for_several_is_said(work, hand_in, from_exchange):
    hand_in("ada", work.notebook("00"), owner="u1")
    hand_in("cleo", work.notebook("00"), owner="u1")
    assert "the user 'u1' handed in for ada, cleo" in from_exchange()[1].note


def test_a_receipt_cannot_claim_another_in_the_exchange(work, hand_in, from_exchange):
    folder = hand_in("eve", work.notebook("00"))
    (folder / "receipt.json").write_bytes(RECEIPT)
    assert told(from_exchange()) == [("refused", "", "'eve' is not in the roster (tito class roster add).")]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f, s: (f / "more.txt").symlink_to(s), "it holds a link: 'more.txt'."),
        (lambda f, s: ((f / "first.ipynb").unlink(), (f / "first.ipynb").symlink_to(s)), "it holds a link: 'first.ip"),
        (lambda f, s: ((f / "first.ipynb").unlink(), os.link(s, f / "first.ipynb")), "its notebook is a hard link"),
        (lambda f, s: ((f / "first.ipynb").unlink(), os.mkfifo(f / "first.ipynb")), "first.ipynb is no ordinary file"),
        (lambda f, s: (f / "first.ipynb").unlink(), "first.ipynb is a link or cannot be read (No such file"),
        (lambda f, s: [(f / f"{i}").touch() for i in range(201)], "it holds more than 200 files."),
        (lambda f, s: os.truncate(f / "first.ipynb", 51 << 20), "it is larger than 50 MB."),
    ],
)
def test_a_folder_that_could_do_harm_is_refused(classroom, work, hand_in, from_exchange, tmp_path, damage, reason):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(work.notebook("00"))
    damage(hand_in("ada", work.notebook("00")), secret)
    hand_in("cleo", work.notebook("00"))
    first, second = from_exchange()
    assert first.status == "refused" and first.note.startswith(reason)
    assert (second.status, second.student) == ("new", "cleo")


def test_what_is_no_module_of_the_class_is_refused(work, hand_in, from_exchange):
    hand_in("ada", work.notebook("00"), slug="09_other")
    ((status, _, note),) = told(from_exchange())
    assert (status, note) == ("refused", "'09_other' is no module that was released to this class.")


def test_the_command_reads_the_exchange(classroom, work, hand_in, tito, monkeypatch):
    monkeypatch.setattr(collect, "_now", time.time)
    assert "The exchange holds nothing" in tito("class", "collect", "--exchange").out
    hand_in("ada", work.notebook("00"))
    result = tito("class", "collect", "--exchange")
    assert result.code == 0 and "ada 00_first" in result.out and "1 notebooks: 1 new." in result.out
    assert json.loads(tito("class", "collect", "--exchange", "--json").out)["taken"][0]["clock"] == "platform"


def test_an_exchange_that_is_not_there_is_named(classroom):
    with pytest.raises(TitoError, match="cannot be read: No such file") as error:
        file = classroom.root / "settings.ini"
        file.write_text(file.read_text().replace("exchange_path = ", "exchange_path = nowhere"))
        collect.from_exchange(Classroom(classroom.root))
    assert error.value.code == 3 and "exchange_path" in error.value.do
