"""VipsRenderer: processors.ports.Renderer on libvips. A short-lived child process decodes each photo (see child.py)."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from infra.vips.limits import Limits
from infra.vips.verdict import TRY_AGAIN, ChildFailed, ChildLost, verdict
from processors.ports import Picture, Refused, Rendered
from schemas.errors import Unavailable

logger = logging.getLogger("photolog.renderer")

TRIES = 3
"""Children that one photo may cost."""
_OUR_PACKAGES = Path(__file__).parents[2]
_MOST_OUTPUT = 32 * 1024 * 1024
_MOST_COMPLAINTS = 64 * 1024
CHILD_ENVIRONMENT = {
    "PYTHONPATH": str(_OUR_PACKAGES),
    # Photos are rendered side by side, so one photo gets few threads; each costs address space under the limit.
    "VIPS_CONCURRENCY": "2",
    # No pixel goes to a temporary file: memory is what the limit is about.
    "VIPS_DISC_THRESHOLD": "64g",
    "VIPS_WARNING": "0",
    "MALLOC_ARENA_MAX": "2",
}


def child_command(source: Path, declared_type: str, limits: Limits, picture: Picture = "photo") -> list[str]:
    """-P and -s: the child imports our packages and installed ones, nothing from the working or the home directory."""
    child = [sys.executable, "-P", "-s", "-m", "infra.vips.child"]
    return [*child, str(source), declared_type, picture, *limits.arguments()]


class VipsRenderer:
    """Renders as many photos at once as there are cores; others wait, and their time does not run.

    A photo whose child is lost gets another, with no photo beside it: that it was killed may be the neighbours' doing.
    One that loses `tries` children is refused.
    """

    def __init__(self, limits: Limits | None = None, at_once: int | None = None, tries: int = TRIES) -> None:
        self._limits = limits or Limits()
        self._at_once = at_once or os.cpu_count() or 1
        self._tries = tries
        self._slots = asyncio.Semaphore(self._at_once)
        self._takes_all = asyncio.Lock()

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
        try:
            with TemporaryFile() as complaints:
                child = await self._start(source, declared_type, picture, complaints)
                return await self._outcome(child, complaints)
        except OSError as error:
            raise Unavailable(TRY_AGAIN) from error

    async def _start(self, source: Path, declared_type: str, picture: Picture, complaints: IO[bytes]) -> Process:
        """In a session of its own, so that Ctrl-C in a terminal reaches the parent alone, which then decides."""
        return await asyncio.create_subprocess_exec(
            *child_command(source, declared_type, self._limits, picture),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=complaints,
            env=CHILD_ENVIRONMENT,
            start_new_session=True,
        )

    async def _outcome(self, child: Process, complaints: IO[bytes]) -> Rendered | Refused:
        try:
            async with asyncio.timeout(self._limits.wall_s):
                output = await _output(child)
                exit_code = await child.wait()
        except TimeoutError:
            return Refused("too_slow")
        finally:
            await _reap(child)
        complaints.seek(0)
        return verdict(exit_code, output, complaints.read(_MOST_COMPLAINTS).decode(errors="replace"))


async def _output(child: Process) -> bytes:
    """All that the child says, within reason: a hostile file may have taken it over."""
    assert child.stdout is not None
    output = bytearray()
    while chunk := await child.stdout.read(1024 * 1024):
        output += chunk
        if len(output) > _MOST_OUTPUT:
            raise Unavailable(TRY_AGAIN) from ChildFailed("a report without end")
    return bytes(output)


async def _reap(child: Process) -> None:
    """No child outlives its render, whether it is done, late, or nobody waits for it any more."""
    if child.returncode is None:
        child.kill()
        # Drains the pipe too: some Pythons report the end of a process only once its pipes are closed.
        await child.communicate()
