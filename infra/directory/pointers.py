"""What is stored under which key: one small JSON file for each key, changed atomically. Held by DirectoryObjects."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from commands.ports import ObjectInfo
from infra.directory.files import IncomingFile, make_folder, sync_folder
from infra.directory.keys import child, pointer_path, prefix_folder
from schemas.ids import Millis


@dataclass(frozen=True)
class Pointer:
    """An object, and the name of the blob that holds its bytes; a tombstone has none."""

    info: ObjectInfo
    blob: str | None


class Pointers:
    """The keys of the store. Every method blocks; all may be called from many threads at once."""

    def __init__(self, root: Path, incoming: Path) -> None:
        make_folder(root)
        self._root = root
        self._incoming = incoming
        self._lock = threading.Lock()
        """Whoever replaces a pointer removes the blob of the one before: each must be replaced by one alone."""

    def read(self, key: str) -> Pointer | None:
        """What the key points to."""
        return _read(pointer_path(self._root, key))

    def create(self, pointer: Pointer, now: Millis) -> bool:
        """Points a free key; False if it is taken. The link is what decides, also between processes."""
        path = pointer_path(self._root, pointer.info.key)
        file = self._write(pointer, now)
        try:
            with self._lock:
                make_folder(path.parent)
                try:
                    os.link(file.path, path)
                except FileExistsError:
                    return False
                sync_folder(path.parent)
                return True
        finally:
            file.discard()

    def replace(self, pointer: Pointer, now: Millis) -> Pointer | None:
        """Points a key; what it pointed to before."""
        path = pointer_path(self._root, pointer.info.key)
        file = self._write(pointer, now)
        try:
            with self._lock:
                make_folder(path.parent)
                before = _read(path)
                file.path.replace(path)
                sync_folder(path.parent)
                return before
        finally:
            file.discard()

    def remove(self, key: str) -> Pointer | None:
        """Frees a key; what it pointed to before."""
        path = pointer_path(self._root, key)
        with self._lock:
            before = _read(path)
            if before is not None:
                path.unlink()
                sync_folder(path.parent)
            return before

    def scan(self, prefix: str) -> Iterator[Pointer]:
        """Every pointer whose key starts with the prefix, in no order; those that change meanwhile, or not.

        An unreadable folder raises OSError: whoever takes what is not pointed at for an orphan must have seen all.
        """
        top = prefix_folder(self._root, prefix)
        if not top.is_dir():
            return
        for folder, _, names in os.walk(top, onerror=_unreadable):
            for name in names:
                pointer = _read(Path(folder, name))
                if pointer is not None and pointer.info.key.startswith(prefix):
                    yield pointer

    def children(self, prefix: str) -> list[str]:
        """What is directly under a prefix that ends in `/`, by the names of files alone; in order."""
        top = prefix_folder(self._root, prefix)
        try:
            with os.scandir(top) as found:
                return sorted(prefix + child(one.name) for one in found)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _write(self, pointer: Pointer, now: Millis) -> IncomingFile:
        file = IncomingFile(self._incoming)
        try:
            file.open()
            file.write(orjson.dumps(pointer))
            file.finish(now)
        except BaseException:
            file.discard()
            raise
        return file


def _unreadable(error: OSError) -> None:
    raise error


def _read(path: Path) -> Pointer | None:
    with suppress(FileNotFoundError, NotADirectoryError):
        stored = orjson.loads(path.read_bytes())
        return Pointer(ObjectInfo(**stored["info"]), stored["blob"])
    return None
