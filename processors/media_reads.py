"""Whose media were fetched on which day: noted by who serves them, kept in the object store, asked by cooling.py.

Any number of processes note. What one of them has not kept yet is lost if it is killed: then something may become cold
that was read, and comes back at the next read.
"""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from commands.ports import Objects
from schemas.errors import NotFound, PhotologError
from schemas.ids import Millis
from schemas.objects import media_owner

READS = "reads/"
"""`reads/<day>/<anything>`: the ids of posts and avatars, a line each."""
PAGE = 500

logger = logging.getLogger("photolog.media")


@dataclass
class MediaReads:
    """Of one process, or of all that the object store knows."""

    objects: Objects
    clock: Callable[[], Millis]
    every_s: float
    _noted: set[str] = field(default_factory=set)

    def note(self, key: str) -> None:
        """This rendition was fetched just now."""
        self._noted.add(media_owner(key))

    async def run(self) -> None:
        """Keeps what was noted, again and again, and once more when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(self.every_s)
                await self._kept_if_possible()
        finally:
            await self._kept_if_possible()

    async def keep(self) -> None:
        """What was noted since the last time is in the store. Raises Unavailable, StorageFull."""
        noted, self._noted = self._noted, set()
        if not noted:
            return
        content = "".join(f"{one}\n" for one in sorted(noted)).encode()
        try:
            await self.objects.put(f"{READS}{_day(self.clock())}/{secrets.token_hex(8)}", content, "text/plain")
        except BaseException:
            self._noted |= noted
            raise

    async def since(self, at: Millis) -> set[str]:
        """Whose media were fetched on that day or later."""
        found: set[str] = set()
        for day in await self._days():
            if day >= _day(at):
                for name in await self._names(f"{READS}{day}/"):
                    found |= await self._read(name)
        return found

    async def forget(self, before: Millis) -> None:
        """Removes what was noted on earlier days."""
        for day in await self._days():
            if day < _day(before):
                for name in await self._names(f"{READS}{day}/"):
                    await self.objects.delete(name)

    async def _days(self) -> list[str]:
        return [name.removeprefix(READS).rstrip("/") for name in await self._names(READS)]

    async def _names(self, prefix: str) -> list[str]:
        found: list[str] = []
        while some := await self.objects.children(prefix, found[-1] if found else "", PAGE):
            found += some
        return found

    async def _read(self, name: str) -> set[str]:
        with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
            file = Path(folder, "reads")
            try:
                await self.objects.download(name, file)
            except NotFound:
                return set()  # forgotten by another
            return set((await asyncio.to_thread(file.read_text)).splitlines())

    async def _kept_if_possible(self) -> None:
        try:
            await self.keep()
        except PhotologError as error:
            logger.warning("what was read is not kept yet: %s", error.code)


def _day(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
