"""A folder of the student's process into which the judge looks by itself.

Whoever asks that process what a file holds gets its word for it, and its `open` may be one of its own. Therefore it
hands over a descriptor of the folder: names and bytes that are read through it are the kernel's word.
"""

import contextlib
import errno
import itertools
import os
import stat
import weakref

from tito.grading.handles import Client, Ended

MOST_FILES = 1000
MOST_BYTES = 1 << 20  # of one file
_NO_FILE = {errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}  # nothing, a link, a socket, an impossible name


class Folder:
    """`tinytorch.testing.Folder` in the judge; AssertionError where the student's code made it unreadable."""

    def __init__(self, client: Client):
        self._client, self.path = client, client.ask("folder")
        if type(self.path) is not str:
            raise Ended("malformed", "its process sent the path of a folder that is none")
        self._number = _own(client.descriptors())
        self._close = weakref.finalize(self, os.close, self._number)
        if self.names():  # this process may read more than the student's, who would see in a message what it read
            self._close()
            raise Ended("malformed", "its process handed over a folder that is not empty")

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, kind, error, where) -> None:
        self._close()
        if not isinstance(error, Ended):
            with contextlib.suppress(Exception):
                self._client.ask("import", "shutil").rmtree(self.path, ignore_errors=True)

    @property
    def _descriptor(self) -> int:
        if not self._close.alive:
            raise AssertionError("the folder is gone")  # and its number may be that of another file by now
        return self._number

    def names(self) -> list[str]:
        """The names of all that is in it, sorted."""
        with _reading("the folder"), os.scandir(self._descriptor) as entries:
            found = [entry.name for entry in itertools.islice(entries, MOST_FILES + 1)]
        if len(found) > MOST_FILES:
            raise AssertionError(f"there are more than {MOST_FILES} files in the folder")
        return sorted(found)

    def read(self, name: str) -> bytes | None:
        """What a file in it holds; None where there is no file of this name, but nothing, a folder or a link."""
        with _reading(f"{name} in the folder"):
            return _read(self._descriptor, name) if name == os.path.basename(name) else None

    def write(self, name: str, data: bytes) -> None:
        """Have the student's process put a file into it, which is then its own to change, and see that it is there."""
        self._client.ask("import", "pathlib").Path(self.path, name).write_bytes(data)
        if self.read(name) != data:
            raise AssertionError(f"{name} could not be put into the folder: pathlib's write_bytes was changed")


def _own(received: list[int]) -> int:
    """A descriptor of the folder that was received, with a place of its own in it; the one received is closed."""
    try:
        if len(received) != 1:
            raise Ended("malformed", f"its process handed over {'more than one' if received else 'no'} folder")
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=received[0])
    except OSError:
        raise Ended("malformed", "its process handed over a folder that is none, or closed") from None
    finally:
        for descriptor in received:
            os.close(descriptor)


@contextlib.contextmanager
def _reading(what: str):
    """An AssertionError is not the student's to swallow; another error might be what a check waits for."""
    try:
        yield
    except OSError as error:
        raise AssertionError(f"{what} cannot be read: {error.strerror}") from None


def _read(folder: int, name: str) -> bytes | None:
    """What a regular file holds; None for anything else, of which none is waited for."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except ValueError:  # a zero byte, or what no name can be encoded from
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    try:
        return _bytes(file, name) if stat.S_ISREG(os.fstat(file).st_mode) else None
    finally:
        os.close(file)


def _bytes(file: int, name: str) -> bytes:
    """All that a file holds; AssertionError where that is more than a check ever writes."""
    found = bytearray()
    while piece := os.read(file, MOST_BYTES):
        found += piece
        if len(found) > MOST_BYTES:
            raise AssertionError(f"{name} in the folder holds more than {MOST_BYTES >> 20} MB")
    return bytes(found)
