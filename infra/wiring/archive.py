"""The archive of a site, opened for who reads: its newest manifest, and a folder for what is fetched, gone then."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from commands.ports import Objects
from infra.archive.archive import Archive
from infra.archive.manifest import newest
from infra.archive.reading import ArchivedLog
from infra.history.refusals import Refused
from infra.wiring.operating import Operating


@asynccontextmanager
async def opened_archive(objects: Objects) -> AsyncIterator[Archive]:
    """Raises Refused where nothing is archived."""
    manifest = await newest(objects)
    if not manifest.segments:
        raise Refused("nothing is archived: `photolog log archive --before TIME` does that")
    with tempfile.TemporaryDirectory(prefix="photolog-archive-") as folder:
        yield Archive(objects, manifest, Path(folder))


@asynccontextmanager
async def over_archive(site: Operating) -> AsyncIterator[Operating]:
    """The same site, whose log is read from the archive as far as that goes."""
    async with opened_archive(site.write.objects) as archive:
        yield replace(site, write=replace(site.write, log=ArchivedLog(archive, site.write.log)))
