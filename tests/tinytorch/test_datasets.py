"""Published data: parsed, found, and fetched from servers that stall, break off and lie."""

import gzip
import hashlib
import io
import multiprocessing
import struct
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tinytorch.utils.data import datasets, embedded, fetch
from tinytorch.utils.data.fetch import DamagedData, DataUnavailable, File, Published


def idx(array):
    """The bytes of an IDX file with this array."""
    code = {t: c for c, t in datasets.IDX_TYPES.items()}[array.dtype.newbyteorder(">").str.replace("|", ">")]
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize("dtype", [">u1", ">i1", ">i2", ">i4", ">f4", ">f8"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (0, 3)])
def test_an_idx_file_gives_the_array_that_was_written(dtype, shape):
    array = (np.arange(np.prod(shape)) - 3).astype(np.dtype(dtype)).reshape(shape)
    got = datasets.read_idx(idx(array))
    assert got.shape == shape and got.dtype == np.dtype(dtype).newbyteorder("=") and (got == array).all()
    assert got.flags.writeable


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "begins with nothing"),
        (b"\x1f\x8b\x08\x00" + GOOD[4:], "begins with 1f 8b 08 00"),
        (b"\0\0\x07" + GOOD[3:], "begins with 00 00 07 02"),
        (b"\0\0\x08\0", "begins with 00 00 08 00"),
        (GOOD[:9], "cut off: 9 bytes, of which the header needs 12"),
        (GOOD[:-1], "has 17 bytes; an array of shape (2, 3) needs 18"),
        (GOOD + b"\0", "has 19 bytes; an array of shape (2, 3) needs 18"),
        (GOOD[:4] + b"\xff" * 8 + GOOD[12:], "needs 18,446,744,065,119,617,037"),
    ],
)
def test_a_damaged_idx_file_is_refused(data, says):
    with pytest.raises(DamagedData) as error:
        datasets.read_idx(data, "some.idx")
    assert "some.idx" in str(error.value) and says in str(error.value)


class Server:
    """Serves `files` on this machine, in the manner that `manner` says; `asked` are the requests with their ranges."""

    def __init__(self):
        self.files, self.manner, self.asked, self.release = {}, "", [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.answer(self)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *args: None  # clients that hang up are what is tested
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request):
        """One answer."""
        wanted, manner = request.headers.get("Range"), self.manner
        self.asked.append((request.path, wanted))
        if request.path.startswith("/elsewhere"):
            manner, request.path = "", request.path.removeprefix("/elsewhere")
        data = self.files.get(request.path)
        if manner.isdigit() or data is None:
            return request.send_error(int(manner or 404))
        if manner == "redirect":
            return self.head(request, 302, Location=f"/elsewhere{request.path}")
        if manner == "circle":
            return self.head(request, 302, Location=request.path)
        start = 0
        if wanted and "no ranges" not in manner:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.head(
                request,
                206,
                Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}",
                Content_Length=len(data) - start,
            )
        else:
            self.head(request, 200, Content_Length=len(data) // 2 if manner == "too short" else len(data))
        self.send(request, data[start:], manner)

    def head(self, request, status, **headers):
        """Status and headers."""
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), str(value))
        request.end_headers()

    def send(self, request, data, manner):
        """The body, or what the manner makes of it."""
        if manner == "stall":
            request.wfile.write(data[:100])
            request.wfile.flush()
            self.release.wait(20)
        elif manner.startswith("break"):
            request.wfile.write(data[: len(data) // 2 + 1])
        elif manner == "wrong bytes":
            request.wfile.write(data[:50] + bytes(len(data) - 50))
        else:
            request.wfile.write(data[: len(data) // 2] if manner == "too short" else data)

    def close(self):
        """The end."""
        self.release.set()
        self.http.shutdown()
        self.http.server_close()


IMAGES = {
    name: np.random.default_rng(n).integers(0, 256, (n, 28, 28), np.uint8) for name, n in (("train", 12), ("t10k", 7))
}
LABELS = {name: (np.arange(len(images)) % 10).astype(np.uint8) for name, images in IMAGES.items()}


def packed_files():
    """A small MNIST: {name: packed bytes}."""
    found = {}
    for part in IMAGES:
        found[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(IMAGES[part]))
        found[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx(LABELS[part]))
    return found


def entry(name, data):
    """A file of the table for these bytes."""
    inside = gzip.decompress(data) if name.endswith("ubyte.gz") else data
    return File(name, len(data), len(inside), hashlib.sha256(inside).hexdigest())


@pytest.fixture
def server():
    """A server on this machine."""
    running = Server()
    yield running
    running.close()


@pytest.fixture
def small(server, monkeypatch, tmp_path):
    """A table of small sets that the server has, an empty cache, no TINYTORCH_DATA, and little patience."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for i, name in enumerate([*datasets.CIFAR_FILES["train"], *datasets.CIFAR_FILES["test"]]):
            data = bytes([i]) + bytes(range(256)) * 12 + bytes([9]) + bytes(3072)
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    sets = {
        "mnist": packed_files(),
        "fashion_mnist": packed_files(),
        "cifar10": {"cifar-10-binary.tar.gz": archive.getvalue()},
        "tiny_shakespeare": {"input.txt": b"First Citizen:\n" * 40},
    }
    for key, files in sets.items():
        table = Published(
            fetch.PUBLISHED[key].title, (f"{server.address}/{key}",), tuple(entry(*f) for f in files.items())
        )
        monkeypatch.setitem(fetch.PUBLISHED, key, table)
        server.files |= {f"/{key}/{name}": data for name, data in files.items()}
    monkeypatch.setattr(fetch, "TIMEOUT", 0.3)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("TINYTORCH_DATA", "TINYTORCH_MIRRORS", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path


def left(small):
    """The names of all files in the cache."""
    return sorted(p.name for p in (small / "cache").rglob("*") if p.is_file())


def test_what_a_server_has_is_fetched_once_and_kept(small, server, capsys):
    for _ in range(2):
        train, test = datasets.mnist("train"), datasets.mnist("test")
        assert (train.images == IMAGES["train"]).all() and (train.labels == LABELS["train"]).all()
        assert (test.images == IMAGES["t10k"]).all() and train.source == test.source == "MNIST"
    assert len(server.asked) == 4 and left(small) == sorted(packed_files())
    assert capsys.readouterr().err.count("fetching") == 4
    assert (train.images.dtype, train.labels.dtype, len(train), train.classes[3]) == (np.uint8, np.int64, 12, "3")
    image, label = train[5]
    assert (image == IMAGES["train"][5]).all() and label == 5


def test_a_split_brings_the_other_with_it(small, server):
    datasets.mnist("test")
    server.manner = "500"
    assert datasets.mnist("train").source == "MNIST"


@pytest.mark.parametrize(("key", "name"), [("fashion_mnist", "Pullover"), ("cifar10", "bird")])
def test_the_other_image_sets_name_their_classes(small, key, name):
    found = getattr(datasets, key)("test")
    assert found.classes[2] == name and found.source == fetch.PUBLISHED[key].title


def test_cifar10_is_read_from_its_binary_version(small):
    train, test = datasets.cifar10("train"), datasets.cifar10("test")
    assert train.images.shape == (10, 3, 32, 32) and train.labels.tolist() == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]
    assert test.images.shape == (2, 3, 32, 32) and test.labels.tolist() == [5, 9]
    assert test.images[0, 0, 0, :4].tolist() == [0, 1, 2, 3] and (test.images[1] == 0).all()


def test_shakespeare_is_text(small):
    found = datasets.tiny_shakespeare()
    assert found.text == "First Citizen:\n" * 40 and found.source == "tiny-shakespeare"


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        ("404", "404"),
        ("500", "500"),
        ("stall", "timed out"),
        ("break no ranges", "the connection broke off"),
        ("wrong bytes", "damaged"),
        ("too short", "damaged"),
        ("circle", "infinite loop"),
    ],
)
def test_a_server_that_fails_is_named_and_the_digits_take_its_place(small, server, capsys, manner, says):
    server.manner = manner
    found = datasets.mnist("test")
    assert found.source == "digits (8 × 8, UCI), in place of MNIST"
    assert found.images.shape == (360, 8, 8) and (found.labels == embedded.digits("test")[1]).all()
    message = " ".join(capsys.readouterr().err.split())
    assert says in message and server.address in message and "TINYTORCH_DATA=DIR" in message
    assert left(small) == []
    with pytest.raises(DataUnavailable, match=f"MNIST cannot be had.*{says}"):
        datasets.mnist("test", fallback=False)


def test_that_a_set_cannot_be_had_is_said_once_in_lines_of_80_columns(capsys):
    datasets._say_once.cache_clear()
    why = DataUnavailable("it is on none of the known mirrors, and no folder was named")
    for _ in ("train", "test"):
        datasets._tell("mnist", why, "the digits")
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) < 80 and "".join(lines).count("cannot be had") == 1


def test_other_bytes_of_the_right_form_are_refused(small, server):
    server.files["/mnist/train-images-idx3-ubyte.gz"] = gzip.compress(idx(IMAGES["train"] ^ 1))
    with pytest.raises(DataUnavailable, match="what was sent is not the published train-images.*sha256"):
        datasets.mnist("train", fallback=False)


def test_a_bomb_is_not_unpacked(small, server):
    name = "/mnist/train-images-idx3-ubyte.gz"
    server.files[name] = gzip.compress(bytes(200_000_000), 1)[: fetch.PUBLISHED["mnist"].files[0].most]
    with pytest.raises(DataUnavailable, match="is not the published"):
        datasets.mnist("train", fallback=False)


def test_a_flood_is_stopped(small, server):
    server.files["/tiny_shakespeare/input.txt"] = bytes(50_000_000)
    with pytest.raises(DataUnavailable, match="more than 1,774 bytes were sent, expected 600"):
        datasets.tiny_shakespeare(fallback=False)


def test_a_redirection_is_followed(small, server):
    server.manner = "redirect"
    assert datasets.tiny_shakespeare().source == "tiny-shakespeare"


def test_a_broken_connection_is_taken_up_where_it_stopped(small, server):
    server.manner = "break"
    data = server.files["/cifar10/cifar-10-binary.tar.gz"]
    half = len(data) // 2 + 1
    send = server.send
    times = iter(["break", ""])
    server.send = lambda request, rest, manner: send(request, rest, next(times))
    assert datasets.cifar10("test").source == "CIFAR-10"
    assert [wanted for _, wanted in server.asked] == [None, f"bytes={half}-"]


def test_a_server_without_ranges_is_asked_for_all_again(small, server):
    server.manner = "break no ranges"
    answer, times = server.send, iter(["break", ""])
    server.send = lambda request, data, manner: answer(request, data, next(times))
    assert datasets.tiny_shakespeare().text == "First Citizen:\n" * 40
    assert [wanted for _, wanted in server.asked] == [None, "bytes=301-"]


def test_the_next_mirror_is_asked(small, server, monkeypatch):
    monkeypatch.setenv("TINYTORCH_MIRRORS", f"http://127.0.0.1:9/gone {server.address}/nothing {server.address}/")
    assert datasets.tiny_shakespeare().source == "tiny-shakespeare"
    assert [path for path, _ in server.asked] == ["/nothing/tiny_shakespeare/input.txt", "/tiny_shakespeare/input.txt"]


def test_nobody_is_asked_without_leave(small, server):
    with pytest.raises(DataUnavailable, match="not on this machine"):
        datasets.mnist("train", download=False, fallback=False)
    assert server.asked == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(small, server):
    datasets.tiny_shakespeare()
    kept = small / "cache/tinytorch/tiny_shakespeare/input.txt"
    kept.write_bytes(b"Second")
    assert datasets.tiny_shakespeare().text.startswith("First") and kept.read_bytes().startswith(b"First")


@pytest.mark.parametrize("unpack", [False, True])
@pytest.mark.parametrize("place", ["mnist", "", "MNIST/raw"])
def test_the_folder_that_the_environment_names_comes_first(small, server, monkeypatch, place, unpack):
    table = fetch.PUBLISHED["mnist"]
    monkeypatch.setitem(fetch.PUBLISHED, "mnist", Published(table.title, (), table.files, ("MNIST/raw",)))
    folder = small / "data" / place
    folder.mkdir(parents=True)
    for name, data in packed_files().items():
        (folder / (name.removesuffix(".gz") if unpack else name)).write_bytes(gzip.decompress(data) if unpack else data)
    monkeypatch.setenv("TINYTORCH_DATA", str(small / "data"))
    assert (datasets.mnist("train").images == IMAGES["train"]).all() and server.asked == []


def test_test_images_alone_are_split_and_called_so(small, server, monkeypatch):
    (small / "mnist").mkdir()
    images = np.random.default_rng(8).integers(0, 9, (10_000, 2, 2), np.uint8)
    files = {"t10k-images-idx3-ubyte.gz": images, "t10k-labels-idx1-ubyte.gz": images[:, 0, 0]}
    for name, array in files.items():
        (small / "mnist" / name).write_bytes(gzip.compress(idx(array)))
    table = [entry(name, gzip.compress(idx(array))) for name, array in files.items()]
    table += [file for file in fetch.PUBLISHED["mnist"].files if file.name.startswith("train")]
    monkeypatch.setitem(fetch.PUBLISHED, "mnist", Published("MNIST", (), tuple(table)))
    monkeypatch.setenv("TINYTORCH_DATA", str(small))
    train, test = datasets.mnist("train"), datasets.mnist("test")
    assert train.source == test.source == "MNIST (10k test images, split 8000/2000)"
    assert (train.images == images[:8000]).all() and (test.images == images[8000:]).all()
    assert (test.labels == images[8000:, 0, 0]).all()


def test_another_file_under_a_published_name_is_no_reason_for_the_digits(small, monkeypatch):
    (small / "tiny_shakespeare").mkdir()
    (small / "tiny_shakespeare/input.txt").write_text("Mine")
    monkeypatch.setenv("TINYTORCH_DATA", str(small))
    with pytest.raises(DamagedData, match="input.txt is not the published input.txt: 4 bytes"):
        datasets.tiny_shakespeare()


def _fetch_once(queue):
    queue.put(datasets.mnist("train").source)


def test_two_programs_may_fetch_at_once(small, server):
    context = multiprocessing.get_context("fork")  # they inherit the small table
    queue = context.Queue()
    both = [context.Process(target=_fetch_once, args=(queue,)) for _ in range(2)]
    for process in both:
        process.start()
    assert [queue.get(timeout=30) for _ in both] == ["MNIST", "MNIST"]
    for process in both:
        process.join(30)
    assert left(small) == sorted(packed_files())


def test_a_slow_trickle_ends(small, server, monkeypatch):
    monkeypatch.setattr(fetch, "SLOWEST", 1e9)

    def trickle(request, data, manner):
        for byte in data:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(0.05)

    server.send = trickle
    start = time.monotonic()
    with pytest.raises(DataUnavailable, match="too slow"):
        datasets.tiny_shakespeare(fallback=False)
    assert time.monotonic() - start < 20


def test_a_wrong_split_is_named():
    with pytest.raises(ValueError, match="mnist: there is no split 'valid'; there are train, test"):
        datasets.mnist("valid")


def test_the_digits_have_the_form_of_the_others():
    found = datasets.digits("test")
    raw = embedded.digits("test")[0]
    assert found.images.dtype == np.uint8 and found.images.max() == 255 and (found.images[raw == 8] == 128).all()
    assert "360 images of (8, 8): digits (8 × 8, UCI)" in repr(found)


def test_the_help_texts_name_their_hash():
    found = datasets.python_help()
    assert len(found.text) > 300_000 and hashlib.sha256(found.text.encode()).hexdigest()[:12] in found.source


def test_the_table_has_no_address_twice_and_whole_checksums():
    for key, published in fetch.PUBLISHED.items():
        assert all(len(file.sha256) == 64 and file.sent <= file.size for file in published.files), key
        assert len(set(published.mirrors)) == len(published.mirrors)
        assert all(address.startswith("http") for address in published.mirrors)
