"""StoredTarget: an export under a prefix of the site's object store. No key there is ever another's.

A manifest is a key of its own (numbered.py): who comes too late is refused, and the one before is removed.
Keys have no `=`: a day's folder is `day_2026-11-29` here.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from commands.ports import Objects
from infra.history.numbered import LISTED, newest_key, numbered_key
from infra.history.refusals import Refused
from schemas.errors import NotFound

MANIFESTS = "manifests/"
TYPES = {"parquet": "application/vnd.apache.parquet", "jsonl": "application/jsonl", "json": "application/json"}


class StoredTarget:
    """infra.history.targets.Target. `prefix` ends in `/`; `name` is what people call it."""

    def __init__(self, objects: Objects, prefix: str, name: str) -> None:
        self._objects = objects
        self._prefix = prefix
        self._called = name
        self._number: int | None = None
        """Of the manifest that was read or declared last."""

    def __str__(self) -> str:
        return self._called

    async def names(self) -> Collection[str]:
        """Looks through one folder of the prefix after the other, by names alone."""
        found, folders = set[str](), [self._prefix]
        while folders:
            folder, after = folders.pop(), ""
            while listed := await self._objects.children(folder, after, LISTED):
                after = listed[-1]
                folders += [one for one in listed if one.endswith("/")]
                found |= {self._name_of(one) for one in listed if not one.endswith("/")}
        return {name for name in found if not name.startswith(MANIFESTS)}

    async def manifest(self) -> bytes | None:
        while (number := await self._newest()) is not None:
            try:
                async with self.local(numbered_key(MANIFESTS, number)) as file:
                    self._number = number
                    return file.read_bytes()
            except NotFound:
                continue  # another has come since
        return None

    async def declare(self, manifest: bytes) -> None:
        before = await self._newest() if self._number is None else self._number
        number = 1 if before is None else before + 1
        await self._put(numbered_key(MANIFESTS, number), manifest)
        self._number = number
        if before is not None:
            await self.remove(numbered_key(MANIFESTS, before))

    async def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        content = BytesIO()
        await asyncio.to_thread(write, content)
        await self._put(name, content.getvalue())

    async def remove(self, name: str) -> None:
        await self._objects.delete(self._key(name))

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path]:
        """A copy, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="photolog-export-") as folder:
            file = Path(folder, name.rpartition("/")[2])
            await self._objects.download(self._key(name), file)
            yield file

    def _key(self, name: str) -> str:
        return self._prefix + name.replace("/day=", "/day_")

    def _name_of(self, key: str) -> str:
        return key.removeprefix(self._prefix).replace("/day_", "/day=")

    async def _put(self, name: str, content: bytes) -> None:
        if not await self._objects.put(self._key(name), content, TYPES[name.rpartition(".")[2]]):
            raise Refused(f"somebody else is exporting to {self}: one at a time")

    async def _newest(self) -> int | None:
        key = await newest_key(self._objects, self._prefix + MANIFESTS)
        return int(Path(key).stem) if key else None
