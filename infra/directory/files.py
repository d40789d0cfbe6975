"""File work that survives a power cut: what has returned is on the disk. Used by the parts of the object store."""

import asyncio
import errno
import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from schemas.errors import StorageFull
from schemas.ids import Millis

P = ParamSpec("P")
T = TypeVar("T")

_CLOSED = -1
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs blocking work in a thread, and waits for it even when cancelled: file work cannot be left half-way.

    Raises StorageFull for an OSError that says so.
    """
    job = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait([job])
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder, and those that it lies in, durably; safe to repeat."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # another thread was faster, and may not have synced yet
        folder.mkdir()
    sync_folder(folder.parent)


class IncomingFile:
    """A file that is still being written, under a random name; it is nothing until it is moved to its place.

    Every method blocks, and is called by one thread at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(16)
        self.path = folder / self.name
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._descriptor = _CLOSED

    def open(self) -> None:
        """Makes the file. Comes first."""
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, chunk: bytes) -> None:
        """Appends bytes."""
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._sha256.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> bytes:
        """The digest of what is written so far."""
        return self._sha256.digest()

    def finish(self, now: Millis) -> None:
        """Makes the bytes durable, as of `now`: a sweep goes by this time, however long the writing took."""
        os.utime(self._descriptor, ns=(now * 1_000_000, now * 1_000_000))
        os.fsync(self._descriptor)
        self._close()

    def discard(self) -> None:
        """Removes the file if it has not been moved; safe to repeat."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor != _CLOSED:
            descriptor, self._descriptor = self._descriptor, _CLOSED
            os.close(descriptor)
