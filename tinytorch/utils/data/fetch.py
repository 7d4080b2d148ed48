"""Finding a published file: the folder TINYTORCH_DATA, then the user's cache, then mirrors; checked by its sha256.

What is fetched is written to a temporary file and takes its place only when it is complete and right, so
that two programs may fetch the same file at once. The mirrors are data: `PUBLISHED` names them, and the
environment variable TINYTORCH_MIRRORS (addresses, separated by spaces) takes their place; the file is
then looked for at ADDRESS/SET/NAME.
"""

import contextlib
import gzip
import hashlib
import http.client
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from tinytorch.progress import say

TIMEOUT = 15.0  # seconds in which a server must say something
ATTEMPTS = 3  # for each mirror
SLOWEST = 20_000  # bytes per second, below which a download is given up
BLOCK = 1 << 16


class DataUnavailable(OSError):
    """The data is not on this machine, and no mirror gave it."""


class DamagedData(ValueError):
    """A file is not the published one."""


@dataclass(frozen=True)
class File:
    """One published file: its size as it is sent; size and sha256 of what is in it, unpacked if it ends in .gz."""

    name: str
    sent: int
    size: int
    sha256: str

    @property
    def packed(self) -> bool:
        """Whether the sha256 is that of the unpacked file."""
        return self.name.endswith(".gz") and not self.name.endswith(".tar.gz")

    @property
    def most(self) -> int:
        """How many bytes at most may be sent: someone may have packed it less tightly."""
        return self.sent + self.sent // 4 + 1024


@dataclass(frozen=True)
class Published:
    """A published set of files, and where it can be fetched."""

    title: str
    mirrors: tuple[str, ...]
    files: tuple[File, ...]
    folders: tuple[str, ...] = field(default=())  # where else it may lie in TINYTORCH_DATA, as torchvision has it


_IDX = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz")
_IDX += ("t10k-labels-idx1-ubyte.gz",)

# The sha256 of MNIST's and Fashion-MNIST's unpacked files are those that several projects publish independently;
# Fashion-MNIST's authors give MD5 of the packed ones. CIFAR-10's author gives an MD5 (c32a1d4a...); the sha256 of the
# same archive is that of projects which checked both. tiny-shakespeare's is that of TensorFlow Datasets.
PUBLISHED = {
    "mnist": Published(
        "MNIST",
        ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"),
        (
            File(_IDX[0], 9_912_422, 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            File(_IDX[1], 28_881, 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            File(_IDX[2], 1_648_877, 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            File(_IDX[3], 4_542, 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ),
        ("MNIST/raw",),
    ),
    "fashion_mnist": Published(
        "Fashion-MNIST",
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        ),
        (
            File(_IDX[0], 26_421_880, 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            File(_IDX[1], 29_515, 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            File(_IDX[2], 4_422_102, 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            File(_IDX[3], 5_148, 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ),
        ("FashionMNIST/raw",),
    ),
    "cifar10": Published(
        "CIFAR-10",
        ("https://www.cs.toronto.edu/~kriz",),
        (
            File(
                "cifar-10-binary.tar.gz",
                170_052_171,
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
    ),
    "tiny_shakespeare": Published(
        "tiny-shakespeare",
        ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare",),
        (
            File(
                "input.txt",
                1_115_394,
                1_115_394,
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            ),
        ),
    ),
}


def file_of(key: str, name: str) -> File:
    """The entry of one file of a set."""
    return next(file for file in PUBLISHED[key].files if file.name == name)


def given_folder() -> Path | None:
    """The folder that TINYTORCH_DATA names, if it is set."""
    named = os.environ.get("TINYTORCH_DATA")
    return Path(named).expanduser() if named else None


def cache_folder() -> Path:
    """The user's cache, where fetched files are kept."""
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "tinytorch"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "tinytorch"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "tinytorch"


def mirrors_of(key: str) -> list[str]:
    """The addresses of the folder that holds a set, in the order in which they are tried."""
    named = os.environ.get("TINYTORCH_MIRRORS", "").split()
    return [f"{address.rstrip('/')}/{key}" for address in named] or list(PUBLISHED[key].mirrors)


def given(key: str, name: str) -> Path | None:
    """Where the file lies in the folder that TINYTORCH_DATA names, packed or unpacked; None if it does not."""
    folder = given_folder()
    if folder is None:
        return None
    places = [folder / key, *(folder / place for place in PUBLISHED[key].folders), folder]
    names = (name, name.removesuffix(".gz")) if file_of(key, name).packed else (name,)
    if key == "tiny_shakespeare":
        places = places[:-1]  # a file of the name input.txt may be anything
    return next((place / n for place in places for n in names if (place / n).is_file()), None)


def contents(key: str, name: str, download: bool = True) -> bytes:
    """The published file, unpacked if it ends in .gz (an archive .tar.gz stays as it is).

    Raises DataUnavailable where it is neither here nor can be fetched, DamagedData where TINYTORCH_DATA
    holds something else under its name. A damaged file in the cache is fetched anew.
    """
    file, cached = file_of(key, name), cache_folder() / key / name
    if path := given(key, name):
        return verified(path, file)
    if cached.is_file():
        with contextlib.suppress(DamagedData, OSError):
            return verified(cached, file)
    if not download:
        raise DataUnavailable(f"{key}/{name} is not on this machine")
    return fetch(mirrors_of(key), file, cached)


def ensure(key: str, name: str, download: bool = True) -> None:
    """Have the file on this machine: fetch it unless it is there."""
    if not given(key, name) and not (cache_folder() / key / name).is_file():
        contents(key, name, download)


def verified(path: Path, file: File) -> bytes:
    """What is in the file at `path`; DamagedData unless it is what was published."""
    data = unpacked(path, file)
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise DamagedData(
            f"{path} is not the published {file.name}: "
            f"{len(data):,} bytes with sha256 {found}, expected {file.size:,} with {file.sha256}"
        )
    return data


def unpacked(path: Path, file: File) -> bytes:
    """The bytes in the file, at most one more than there should be; DamagedData if it cannot be unpacked."""
    try:
        with gzip.open(path) if file.packed and path.suffix == ".gz" else open(path, "rb") as opened:
            return opened.read(file.size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DamagedData(f"{path} is damaged, it cannot be unpacked: {error}") from None


def fetch(mirrors: list[str], file: File, target: Path) -> bytes:
    """Fetch the file from the first mirror that gives it, keep it at `target`, and return what is in it."""
    problems = []
    for mirror in mirrors:
        address = f"{mirror}/{file.name}"
        say(f"fetching {address} ({file.sent / 1e6:.1f} MB)")
        try:
            return _keep(address, file, target)
        except (OSError, http.client.HTTPException, ValueError) as error:
            problems.append(f"{address}: {_short(error)}")
    raise DataUnavailable(f"{file.name} could not be fetched: " + "; ".join(problems or ["there is no mirror"]))


def _keep(address: str, file: File, target: Path) -> bytes:
    """Fetch into a temporary file beside `target`, check it, and let it take its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=f".part{target.suffix}", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as part:
            _download(address, file, part)
            part.flush()
            os.fsync(part.fileno())
        data = verified(temporary, file)
        os.replace(temporary, target)
        return data
    except DamagedData as error:
        raise DamagedData(str(error).replace(str(temporary), "what was sent")) from None
    finally:
        temporary.unlink(missing_ok=True)


def _download(address: str, file: File, part) -> None:
    """Write the file to `part`; a connection that breaks off is taken up where it stopped."""
    deadline = time.monotonic() + 4 * TIMEOUT + file.sent / SLOWEST
    for attempt in range(ATTEMPTS):
        try:
            return _continue(address, file, part, deadline)
        except (OSError, http.client.HTTPException) as error:
            final = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if final or attempt == ATTEMPTS - 1 or time.monotonic() > deadline:
                raise
            time.sleep(0.2 * 2**attempt)


def _continue(address: str, file: File, part, deadline: float) -> None:
    """One connection: the rest of the file, or all of it from a server that cannot give the rest alone."""
    have = part.tell()
    headers = {"User-Agent": "tinytorch", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=TIMEOUT) as answer:
        if have and not _goes_on(answer, have):
            part.seek(0)
            part.truncate()
        while block := answer.read1(BLOCK):
            part.write(block)
            if part.tell() > file.most:
                raise DamagedData(f"more than {file.most:,} bytes were sent, expected {file.sent:,}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"too slow: {part.tell():,} of {file.sent:,} bytes")
        if answer.length:  # what was announced and did not come
            raise http.client.IncompleteRead(b"", answer.length)


def _goes_on(answer, have: int) -> bool:
    """Whether the answer begins where the part ends."""
    return answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _short(error: Exception) -> str:
    """The error in a few words."""
    if isinstance(error, http.client.IncompleteRead):
        return f"the connection broke off, {error.expected:,} bytes were missing"
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__
