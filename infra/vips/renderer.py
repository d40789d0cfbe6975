"""VipsRenderer: processors.ports.Renderer on libvips. A short-lived child process decodes each photo (see child.py)."""

import asyncio
import logging
import os
from asyncio import StreamReader
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from infra.vips.forked import Forker, ForkerLost
from infra.vips.limits import Limits
from infra.vips.verdict import TRY_AGAIN, ChildFailed, ChildLost, verdict
from processors.ports import Picture, Refused, Rendered
from schemas.errors import Unavailable

logger = logging.getLogger("photolog.renderer")

TRIES = 3
"""Children that one photo may cost."""
_MOST_OUTPUT = 32 * 1024 * 1024


class VipsRenderer:
    """Renders as many photos at once as there are cores; others wait, and their time does not run.

    A photo whose child is lost gets another, with no photo beside it: that it was killed may be the neighbours' doing.
    One that loses `tries` children is refused. Children of one forker are laid out alike in memory: after one that did
    not end by itself the next are forked by another, so that no file learns from crashes of those before.
    """

    def __init__(self, limits: Limits | None = None, at_once: int | None = None, tries: int = TRIES) -> None:
        self._limits = limits or Limits()
        self._at_once = at_once or os.cpu_count() or 1
        self._tries = tries
        self._slots = asyncio.Semaphore(self._at_once)
        self._takes_all = asyncio.Lock()
        self._forker: Forker | None = None

    async def render(self, source: Path, declared_type: str, picture: Picture = "photo") -> Rendered | Refused:
        """See the port. Raises Unavailable when no child can be started, or when one ends without a reason."""
        for lost in range(1, self._tries + 1):
            try:
                async with self._room(alone=lost > 1):
                    return await self._rendered(source, declared_type, picture)
            except ChildLost as loss:
                logger.warning("a photo has cost %d of %d children", lost, self._tries, exc_info=loss.__cause__)
                refused = Refused(loss.reason)
        return refused

    def close(self) -> None:
        """Lets go of what is loaded. A photo that comes all the same has it loaded anew."""
        if self._forker is not None:
            self._forker.close()
            self._forker = None

    @asynccontextmanager
    async def _room(self, alone: bool) -> AsyncIterator[None]:
        """One slot, or all: whoever takes all takes them one by one, so only one may do so at a time."""
        async with AsyncExitStack() as taken:
            if alone:
                await taken.enter_async_context(self._takes_all)
            for _ in range(self._at_once if alone else 1):
                await taken.enter_async_context(self._slots)
            yield

    async def _rendered(self, source: Path, declared_type: str, picture: Picture) -> Rendered | Refused:
        said = [str(source), declared_type, picture, *self._limits.arguments()]
        sound = False
        try:
            forker = self._forker = self._forker or Forker()
            async with forker.child(said) as child, asyncio.timeout(self._limits.wall_s):
                output, exit_code = await asyncio.gather(_output(child.output), child.ended())
                sound = exit_code == 0
                return verdict(exit_code, output, child.complaints())
        except TimeoutError:
            return Refused("too_slow")
        except ForkerLost as lost:
            failed = ChildFailed(str(lost))
            raise (ChildLost("too_slow") if lost.was_killed else Unavailable(TRY_AGAIN)) from failed
        except OSError as error:
            raise Unavailable(TRY_AGAIN) from error
        finally:
            if not sound:
                self._forker = None


async def _output(said: StreamReader) -> bytes:
    """All that a child says, within reason: a hostile file may have taken it over."""
    output = bytearray()
    while chunk := await said.read(1024 * 1024):
        output += chunk
        if len(output) > _MOST_OUTPUT:
            raise Unavailable(TRY_AGAIN) from ChildFailed("a report without end")
    return bytes(output)
