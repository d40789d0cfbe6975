"""After the storm: each photo is published, rejected or deleted as it must be, and the store holds its files alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.objects import upload_key
from tests.chaos.uploading.uploader import FINAL, Photo, Uploader
from tests.pace import patient

RECOVERED_WITHIN_S = 60.0
POLL_S = 0.2


@dataclass(frozen=True)
class Stored:
    """What is in the store, by key: tombstones apart."""

    originals: set[str]
    renditions: set[str]


async def all_over(uploaders: Sequence[Uploader], since: float) -> float:
    """Waits until every photo is what it must be. The seconds that the last took, from the recovery on.

    Everybody looks at one photo after the other: hundreds who ask at once would be what the site is busy with.
    """
    await asyncio.gather(*(_all_over(one, since) for one in uploaders))
    return round(time.monotonic() - since, 1)


async def _all_over(uploader: Uploader, since: float) -> None:
    for photo in uploader.photos:
        await _over(uploader, photo, since)


async def _over(uploader: Uploader, photo: Photo, since: float) -> None:
    while (said := await uploader.status(photo))["status"] not in FINAL:
        late = time.monotonic() - since
        assert late < patient(RECOVERED_WITHIN_S), f"{photo} is {said} after {late:.0f} s"
        await asyncio.sleep(POLL_S)
    assert said["status"] == photo.outcome, f"{photo} is {said}"


async def expected(uploaders: Sequence[Uploader]) -> Stored:
    """What there must be, by what the posts show."""
    renditions: set[str] = set()
    originals: set[str] = set()
    for uploader in uploaders:
        for photo in uploader.photos:
            if photo.outcome == "published":
                card = await uploader.client.get(f"/posts/{photo.post_id}")
                urls = [*card["image_urls"].values(), *(source["url"] for source in card["sources"])]
                renditions |= {urlsplit(url).path.lstrip("/") for url in urls}
                originals.add(upload_key(photo.post_id))  # type: ignore[arg-type]
    return Stored(originals, renditions)


async def tidied(stored: Callable[[], Awaitable[Stored]], wanted: Stored) -> float:
    """Waits until the store holds just that. The seconds that it took."""
    began = time.monotonic()
    while (now := await stored()) != wanted:
        late = time.monotonic() - began
        assert late < patient(RECOVERED_WITHIN_S), f"missing {_less(wanted, now)}, left over {_less(now, wanted)}"
        await asyncio.sleep(POLL_S)
    return round(time.monotonic() - began, 1)


def _less(one: Stored, other: Stored) -> list[str]:
    return sorted((one.originals - other.originals) | (one.renditions - other.renditions))
