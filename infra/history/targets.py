"""Target: where an export is, a folder or a prefix in the object store. Adapters: folder.py and stored.py, beside it.

Files have names, `<table>/day=2026-11-29/000001.parquet`; the manifest has none, and says which of them count.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class Target(Protocol):
    """Written by one export at a time. Every method raises Unavailable where the store is away."""

    async def names(self) -> Collection[str]:
        """Of everything that is there, the manifest apart; also of what no export has put there."""

    async def manifest(self) -> bytes | None:
        """What was declared last; None: nothing."""

    async def declare(self, manifest: bytes) -> None:
        """Makes this the manifest: all of it or nothing, durably. Raises Refused where somebody else writes, too."""

    async def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        """A file of this name, whole or not at all, durably. Raises Refused where somebody else writes, too."""

    async def remove(self, name: str) -> None:
        """It is gone."""

    def local(self, name: str) -> AbstractAsyncContextManager[Path]:
        """The file, to be read for as long as the block lasts."""
