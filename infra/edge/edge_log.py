"""What Varnish says in its log, a line a rendition: what it fetches, and what is asked for so often that it is hot."""

import asyncio
import re
from collections.abc import Callable

from infra.edge.varnish import Varnish, dies_with_us, ended, found
from infra.edge.vcl import HOT
from schemas.objects import RENDITION

Heard = Callable[[str], None]
"""Hears of a rendition's key."""
FETCHED = re.compile(rf"200 (?:/[^/]+)?/({RENDITION.pattern})")
"""The status, and the store's path."""
HEATED = re.compile(rf"/({RENDITION.pattern})")


async def fetches(varnish: Varnish, heard: Heard) -> None:
    """For as long as it runs. What it has in memory it fetched before."""
    await _each(varnish, ("-b", "-F", "%s %U"), FETCHED, heard)


async def heated(varnish: Varnish, heard: Heard) -> None:
    """For as long as it runs. The configuration says how often is hot, and for how long it is not said again."""
    await _each(varnish, ("-c", "-q", f"VCL_Log:{HOT}", "-F", f"%{{VCL_Log:{HOT}}}x"), HEATED, heard)


async def _each(varnish: Varnish, options: tuple[str, ...], pattern: re.Pattern[str], heard: Heard) -> None:
    command = [*dies_with_us(), found("varnishncsa"), "-t", "off", "-n", str(varnish.work), *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if rendition := pattern.fullmatch(line.decode().strip()):
                heard(rendition[1])
    finally:
        await ended(process)
