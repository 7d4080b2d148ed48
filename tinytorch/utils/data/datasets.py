"""Published data sets: found on this machine or fetched, checked, never unpickled; `fetch` says where they are sought.

Each function gives an `ImageSet` (or a `Text`) whose `source` names the data that it really holds. Where a set is
neither here nor can be fetched, that is said on standard error, and the digits that come with the package
(or the English text that comes with Python) take its place.
"""

import functools
import hashlib
import io
import tarfile
import textwrap
from dataclasses import dataclass

import numpy as np

from tinytorch.progress import say
from tinytorch.utils.data import embedded
from tinytorch.utils.data.fetch import PUBLISHED, DamagedData, DataUnavailable, contents, ensure, given

SPLITS = ("train", "test")
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
CIFAR_IMAGE = 1 + 3 * 32 * 32  # a label, then the red, green and blue pixels
CIFAR_FILES = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}
FIRST_OF_TEN = 8_000  # of MNIST's test images, where there are no training images

FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images (n, height, width) or (n, 3, height, width) in uint8, 0 to 255; labels (n,) in int64; what they are.

    `set[i]` is the pair (image, label); `classes` are the names of the labels.
    """

    images: np.ndarray
    labels: np.ndarray
    source: str
    classes: tuple[str, ...] = tuple("0123456789")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]

    def __repr__(self) -> str:
        return f"ImageSet({len(self):,} images of {self.images.shape[1:]}: {self.source})"


@dataclass(frozen=True)
class Text:
    """A text, and what it is."""

    text: str
    source: str


def digits(split: str = "train") -> ImageSet:
    """The digits of 8 × 8 pixels that come with the package: "train" (1,437), "test" (360) or "all"."""
    images, labels = embedded.digits(split)
    scaled = (images.astype(np.float32) * 255 / 16).round().astype(np.uint8)
    return ImageSet(scaled, labels.astype(np.int64), "digits (8 × 8, UCI)")


def mnist(split: str = "train", download: bool = True, fallback: bool = True) -> ImageSet:
    """MNIST: "train" (60,000 images of 28 × 28) or "test" (10,000).

    Where TINYTORCH_DATA holds the test images only, their first 8,000 are "train" and their last 2,000 "test",
    and the source says so. download: whether mirrors may be asked. fallback: whether the digits may take its
    place; else DataUnavailable is raised. DamagedData where TINYTORCH_DATA holds other files under these names.
    """
    _check_split("mnist", split)
    return _or_digits(_mnist, "mnist", split, download, fallback)


def fashion_mnist(split: str = "train", download: bool = True, fallback: bool = True) -> ImageSet:
    """Fashion-MNIST: as `mnist`, with clothes."""
    _check_split("fashion_mnist", split)
    return _or_digits(_idx_set, "fashion_mnist", split, download, fallback)


def cifar10(split: str = "train", download: bool = True, fallback: bool = True) -> ImageSet:
    """CIFAR-10: "train" (50,000 images of 3 × 32 × 32) or "test" (10,000); arguments as for `mnist`."""
    _check_split("cifar10", split)
    return _or_digits(_cifar10, "cifar10", split, download, fallback)


def tiny_shakespeare(download: bool = True, fallback: bool = True) -> Text:
    """1.1 MB of Shakespeare's plays; where they cannot be had, and fallback is set, the help texts of this Python."""
    try:
        return Text(contents("tiny_shakespeare", "input.txt", download).decode(), "tiny-shakespeare")
    except DataUnavailable as error:
        if not fallback:
            raise _with_advice("tiny_shakespeare", error) from None
        _tell("tiny_shakespeare", error, "the help texts that come with Python")
        return python_help()


def python_help() -> Text:
    """The help texts of this Python (0.5 MB of English); they differ from version to version, the source has a hash."""
    from pydoc_data.topics import topics

    text = "\n".join(topics[name] for name in sorted(topics))
    return Text(
        text, f"Python's help texts (pydoc_data.topics, sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]})"
    )


def read_idx(data: bytes, name: str = "IDX data") -> np.ndarray:
    """The array in the bytes of an IDX file, the format of MNIST; DamagedData where header and length do not agree.

    Two zero bytes, a type, the number of axes; each axis in 4 bytes (big-endian); then the numbers.
    """
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES or data[3] == 0:
        raise DamagedData(f"{name} is no IDX file: it begins with {data[:4].hex(' ') or 'nothing'}")
    dtype, start = np.dtype(IDX_TYPES[data[2]]), 4 + 4 * data[3]
    if len(data) < start:
        raise DamagedData(f"{name} is cut off: {len(data)} bytes, of which the header needs {start}")
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4)]
    needed = start + int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(data) != needed:
        raise DamagedData(f"{name} has {len(data):,} bytes; an array of shape {tuple(shape)} needs {needed:,}")
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _check_split(function: str, split: str) -> None:
    if split not in SPLITS:
        raise ValueError(f"{function}: there is no split {split!r}; there are {', '.join(SPLITS)}")


def _or_digits(read, key: str, split: str, download: bool, fallback: bool) -> ImageSet:
    """The set that `read` finds, or the digits in its place."""
    try:
        return read(key, split, download)
    except DataUnavailable as error:
        if not fallback:
            raise _with_advice(key, error) from None
        _tell(key, error, "the digits of 8 × 8 pixels that come with the package")
        found = digits(split)
        return ImageSet(found.images, found.labels, f"{found.source}, in place of {PUBLISHED[key].title}")


def _tell(key: str, error: DataUnavailable, instead: str) -> None:
    _say_once(f"{PUBLISHED[key].title} cannot be had: {error}. In its place: {instead}. {_advice(key)}")


@functools.cache
def _say_once(text: str) -> None:
    """Say it in lines of at most 79 characters, where no path is longer; for two splits of a set it is said once."""
    say(textwrap.fill(text, 79, break_long_words=False, break_on_hyphens=False))


def _with_advice(key: str, error: DataUnavailable) -> DataUnavailable:
    return DataUnavailable(f"{PUBLISHED[key].title} cannot be had: {error}. {_advice(key)}")


def _advice(key: str) -> str:
    names = ", ".join(file.name for file in PUBLISHED[key].files)
    return f"To have it without a network, put {names} into DIR/{key} and set TINYTORCH_DATA=DIR."


def _mnist(key: str, split: str, download: bool) -> ImageSet:
    train, test = (given(key, f"{name}-images-idx3-ubyte.gz") for name in ("train", "t10k"))
    if train or not test:
        return _idx_set(key, split, download)
    images, labels = _idx_pair(key, "t10k", download)
    part = slice(None, FIRST_OF_TEN) if split == "train" else slice(FIRST_OF_TEN, None)
    return ImageSet(images[part], labels[part], "MNIST (10k test images, split 8000/2000)")


def _idx_set(key: str, split: str, download: bool) -> ImageSet:
    for file in PUBLISHED[key].files:  # all, so that no split comes from elsewhere than the other
        ensure(key, file.name, download)
    images, labels = _idx_pair(key, {"train": "train", "test": "t10k"}[split], download)
    names = FASHION if key == "fashion_mnist" else ImageSet.classes
    return ImageSet(images, labels, PUBLISHED[key].title, names)


def _idx_pair(key: str, prefix: str, download: bool) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of one part."""
    names = f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz"
    images, labels = (read_idx(contents(key, name, download), name) for name in names)
    return images, labels.astype(np.int64)


def _cifar10(key: str, split: str, download: bool) -> ImageSet:
    archive = contents(key, "cifar-10-binary.tar.gz", download)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        rows = np.concatenate([_cifar_rows(tar, name) for name in CIFAR_FILES[split]])
    images = rows[:, 1:].reshape(-1, 3, 32, 32)
    return ImageSet(images, rows[:, 0].astype(np.int64), PUBLISHED[key].title, CIFAR)


def _cifar_rows(tar: tarfile.TarFile, name: str) -> np.ndarray:
    """The rows (n, 3073) of one file in the archive: a label, then the pixels."""
    try:
        data = tar.extractfile(f"cifar-10-batches-bin/{name}").read()
    except (KeyError, AttributeError):
        raise DamagedData(f"cifar-10-binary.tar.gz has no file {name}") from None
    if not data or len(data) % CIFAR_IMAGE:
        raise DamagedData(f"{name} has {len(data):,} bytes, which is no multiple of {CIFAR_IMAGE:,}, one image")
    return np.frombuffer(data, np.uint8).reshape(-1, CIFAR_IMAGE)
