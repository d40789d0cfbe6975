"""The object store's cheap class, where a site has one: what is moved there, who notes reads, and how it comes back."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from commands.handling import Handler
from commands.ports import Objects
from infra.directory.objects import DirectoryObjects
from infra.http.media import KEPT_S, PLAIN, Fetching
from infra.process.clock import wall_clock
from infra.process.cold_measures import moving, returning
from infra.process.metrics import Source
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import Secrets
from infra.tiers.objects import TieredObjects
from processors.cooling import DAY_MS, Cooling
from processors.media_reads import MediaReads


def tiered_folder(settings: Settings, dear: DirectoryObjects, secrets: Secrets) -> Objects:
    """A data folder's objects; the cheap class is another folder, as on a slower disk."""
    if not settings.cold:
        return dear
    key = secrets.key("objects")
    return TieredObjects(dear, DirectoryObjects(settings.data / settings.cold, settings.origin, key, wall_clock))


def tiered_bucket(settings: Settings, dear: Objects, secrets: Secrets, stack: AsyncExitStack) -> Objects:
    """A cluster's objects; the cheap class is another bucket, on whatever an operator's rules put it."""
    from infra.minio.objects import MinioObjects
    from infra.minio.site import signer, worker
    from infra.wiring import places

    site = places.minio(settings)
    if not site.cold_bucket:
        return dear
    cheap = MinioObjects(site.cold, signer(site, secrets), worker(site, secrets), wall_clock)
    stack.push_async_callback(asyncio.to_thread, cheap.close)
    return TieredObjects(dear, cheap)


def media_reads(settings: Settings, objects: Objects) -> MediaReads:
    """What a process that serves media notes, and what all have."""
    return MediaReads(objects, wall_clock, settings.reads_kept_every_s)


def fetching(settings: Settings, objects: Objects) -> tuple[Fetching, list[MediaReads]]:
    """What a media route does besides, and what has to run for that."""
    if not isinstance(objects, TieredObjects):
        return PLAIN, []
    reads = media_reads(settings, objects)
    return Fetching(objects.brought_back, reads.note), [reads]


def cooling(settings: Settings, objects: Objects, handler: Handler, after_days: float | None = None) -> Cooling:
    """Who moves what nobody reads. Raises SettingsInvalid where there is nowhere to."""
    if not isinstance(objects, TieredObjects):
        raise SettingsInvalid("PHOTOLOG_COLD names no place for what nobody reads")
    days = settings.cold_after_days if after_days is None else after_days
    after_ms, reads = int(days * DAY_MS), media_reads(settings, objects)
    return Cooling(handler, objects, reads, wall_clock, after_ms, KEPT_S * 1000, settings.cold_every_s)


def cools(settings: Settings, objects: Objects, handler: Handler) -> list[Cooling]:
    """What runs for that beside the reconciler, if anything."""
    return [cooling(settings, objects, handler)] if settings.cold else []


def measured(objects: Objects, coolings: Sequence[Cooling] = ()) -> list[tuple[str, Source]]:
    """What a process has to say of it; nothing where there is no cheap class."""
    return [returning(objects), *map(moving, coolings)] if isinstance(objects, TieredObjects) else []
