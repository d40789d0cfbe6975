"""The bytes of the directory store and what points at them: how a file that was written becomes an object, and goes.

`keys/` holds a pointer for each key, `blobs/` the bytes, `incoming/` what is not stored yet. Every method blocks.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from commands.ports import ObjectInfo
from infra.directory.files import IncomingFile, make_folder, sync_folder
from infra.directory.pointers import Pointer, Pointers
from infra.directory.sweeping import sweep
from schemas.errors import NotFound
from schemas.ids import Millis

T = TypeVar("T")


class Blobs:
    """Objects as files; shared by all that store any."""

    def __init__(self, root: Path, clock: Callable[[], Millis]) -> None:
        self._folder, self._incoming = root / "blobs", root / "incoming"
        make_folder(self._folder)
        make_folder(self._incoming)
        self.pointers = Pointers(root / "keys", self._incoming)
        self.clock = clock

    def file(self) -> IncomingFile:
        """A file to be written."""
        return IncomingFile(self._incoming)

    def create(self, file: IncomingFile, key: str, content_type: str) -> ObjectInfo | None:
        """Makes a written file the object of a free key; None if it is taken.

        The bytes are durable first: a key never leads to any that are not.
        """
        info = ObjectInfo(key, file.size, content_type, etag=file.sha256.hex())
        file.finish(self.clock())
        try:
            file.path.replace(self._folder / file.name)
            sync_folder(self._folder)
            return info if self.pointers.create(Pointer(info, file.name), self.clock()) else None
        finally:
            current = self.pointers.read(key)
            if current is None or current.blob != file.name:
                (self._folder / file.name).unlink(missing_ok=True)

    def open(self, key: str) -> tuple[ObjectInfo, BinaryIO]:
        """An object, and its bytes as they are now. Raises NotFound, for a tombstone too."""
        return self._reach(key, lambda path: path.open("rb"))

    def save(self, key: str, target: Path) -> ObjectInfo:
        """Copies an object's bytes into a file. Raises NotFound."""
        info, source = self.open(key)
        with source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        return info

    def remove(self, key: str) -> None:
        """The key is free, and the bytes are gone."""
        self._forget(self.pointers.remove(key))

    def bury(self, key: str) -> None:
        """The key is a tombstone's, and the bytes are gone."""
        grave = Pointer(ObjectInfo(key, size_bytes=0, content_type="", etag="", gone=True), blob=None)
        self._forget(self.pointers.replace(grave, self.clock()))

    def sweep(self, until: Millis) -> int:
        """Removes what was last written by then and nothing points at; how many files."""
        return sweep(self.pointers, self._folder, self._incoming, until)

    def _forget(self, pointer: Pointer | None) -> None:
        if pointer is not None and pointer.blob is not None:
            (self._folder / pointer.blob).unlink(missing_ok=True)

    def _reach(self, key: str, reach: Callable[[Path], T]) -> tuple[ObjectInfo, T]:
        """Looks again if the blob is replaced between the look at the pointer and the reach for the blob."""
        while (pointer := self.pointers.read(key)) is not None and pointer.blob is not None:
            try:
                return pointer.info, reach(self._folder / pointer.blob)
            except FileNotFoundError:
                if self.pointers.read(key) == pointer:
                    raise
        raise NotFound
