"""FolderTarget: an export in a folder of this machine. Whoever writes holds it (infra/process/data_folder.py)."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

MANIFEST, LOCK = "manifest.json", "lock"
UNFINISHED = ".new"


class FolderTarget:
    """infra.history.targets.Target over one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    async def names(self) -> Collection[str]:
        """What a killed run has left of a file is taken away before."""
        found = [one for one in self._folder.rglob("*") if one.is_file()]
        names = {one.relative_to(self._folder).as_posix(): one for one in found}
        for name in [name for name, file in names.items() if name.count("/") == 2 and _is_unfinished(file)]:
            names.pop(name).unlink()
        return names.keys() - {MANIFEST, f".{MANIFEST}{UNFINISHED}", LOCK}

    async def manifest(self) -> bytes | None:
        file = self._folder / MANIFEST
        return file.read_bytes() if file.exists() else None

    async def declare(self, manifest: bytes) -> None:
        await self.put(MANIFEST, lambda target: _write(target, manifest))

    async def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        await asyncio.to_thread(self._put, name, write)

    async def remove(self, name: str) -> None:
        (self._folder / name).unlink()

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path]:
        yield self._folder / name

    def _put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}{UNFINISHED}")
        with unfinished.open("wb") as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(file)


def _write(target: BinaryIO, content: bytes) -> None:
    target.write(content)


def _is_unfinished(file: Path) -> bool:
    return file.name.startswith(".") and file.name.endswith(UNFINISHED)
