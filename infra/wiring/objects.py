"""A site's object store alone, for `photolog log`: opened beside whatever runs, nothing is made there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from commands.ports import Objects
from infra.process.clock import wall_clock
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import site_secrets


@asynccontextmanager
async def opened_objects(settings: Settings) -> AsyncIterator[Objects]:
    """Raises SettingsInvalid where there is no site, or without its secret."""
    if settings.backend == "embedded":
        from infra.directory.objects import DirectoryObjects

        folder = settings.data / "objects"
        if not folder.exists() or (settings.secret is None and not (settings.data / "secret").exists()):
            raise SettingsInvalid(f"there is no object store in {settings.data}, or not the site's secret")
        yield DirectoryObjects(folder, settings.origin, site_secrets(settings).key("objects"), wall_clock)
        return
    from infra.minio.objects import MinioObjects
    from infra.minio.site import signer, worker
    from infra.wiring import places

    if settings.secret is None:
        raise SettingsInvalid("PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is needed: it opens the object store")
    site, secrets = places.minio(settings), site_secrets(settings)
    objects = MinioObjects(site, signer(site, secrets), worker(site, secrets), wall_clock)
    try:
        yield objects
    finally:
        await asyncio.to_thread(objects.close)
