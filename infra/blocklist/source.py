"""The text of a blocklist, from a file or a URL, as PHOTOLOG_BLOCKLIST names it. For processors/blocklist.py."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from schemas.errors import Unavailable

TIMEOUT_S = 10.0
MOST_BYTES = 256 * 1024 * 1024


def source_of(where: str) -> Callable[[], Awaitable[str]]:
    """Reads it anew each time. Raises OSError for a file, Unavailable for a URL that cannot be read."""
    if where.startswith(("http://", "https://")):
        return lambda: _fetched(where)
    return lambda: asyncio.to_thread(Path(where).read_text, "utf-8")


async def _fetched(url: str) -> str:
    text = bytearray()
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client, client.stream("GET", url) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                text += chunk
                if len(text) > MOST_BYTES:
                    raise Unavailable("a blocklist without end")
    except httpx.HTTPError as error:
        raise Unavailable(f"the blocklist's server: {type(error).__name__}") from error
    return text.decode(errors="replace")
