"""What operators' commands work on: a site's ports, opened beside its running processes, and closed again."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from commands.handling import Handler
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import site_secrets
from infra.wiring import assembly


@dataclass(frozen=True)
class Operating:
    """Commands are recorded as any other; what readers see may be looked at."""

    handler: Handler
    write: assembly.WriteSide
    read: assembly.ReadSide


@asynccontextmanager
async def operating(settings: Settings) -> AsyncIterator[Operating]:
    """Raises SettingsInvalid where there is no site, and without a secret on the cluster."""
    if settings.backend == "cluster":
        from infra.wiring.cluster import connected  # the drivers cost half a second, which no other backend should pay

        async with connected(settings) as cluster:
            yield Operating(assembly.handler(cluster.write), cluster.write, cluster.read)
        return
    from infra.wiring.embedded import databases, ports

    if not (settings.data / "log.sqlite").exists():
        raise SettingsInvalid(f"there is no site in {settings.data}")
    with databases(settings) as (truth, views):
        opened = await ports(settings, site_secrets(settings), truth, views, f"operator-{uuid.uuid4().hex}")
        yield Operating(assembly.handler(opened.write), opened.write, opened.read)
