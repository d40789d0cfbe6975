"""What operators' commands work on: a site's ports, opened beside its running processes, and closed again."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from commands.handling import Handler
from infra.process.settings import Settings, no_site
from infra.process.site_state import SharedState
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.sides import ReadSide, WriteSide

CLUSTER_AT_ONCE = 500
EMBEDDED_AT_ONCE = 500
"""Some ten milliseconds, in which the running server cannot write."""


@dataclass(frozen=True)
class Operating:
    """Commands are recorded as any other; what readers see may be looked at."""

    handler: Handler
    write: WriteSide
    read: ReadSide
    """What is live."""
    stored: ReadSide
    """All versions, for who names one."""
    state: SharedState
    copies_over: Callable[[], Awaitable[None]]
    """Ends copies of rows where another version is live; on a cluster the state alone does."""
    replayed_at_once: int
    """Events that a rebuild takes at once."""


@asynccontextmanager
async def operating(settings: Settings) -> AsyncIterator[Operating]:
    """Raises SettingsInvalid where there is no site, and without a secret on the cluster."""
    if settings.backend == "cluster":
        from infra.wiring.cluster import connected  # the drivers cost half a second, which no other backend should pay

        async with connected(settings) as cluster:
            handler = assembly.handler(cluster.write)
            read = cluster.read
            yield Operating(handler, cluster.write, read.queried, read, cluster.state, _nothing, CLUSTER_AT_ONCE)
        return
    from infra.sqlite.copies import forget_copies
    from infra.wiring.folder import databases, ports

    if not (settings.data / "log.sqlite").exists():
        raise no_site(settings)
    with databases(settings) as files:
        opened = await ports(settings, site_secrets(settings), files, f"operator-{uuid.uuid4().hex}")
        yield Operating(
            assembly.handler(opened.write),
            opened.write,
            opened.read.queried,
            opened.read,
            opened.state,
            partial(forget_copies, files.views),
            EMBEDDED_AT_ONCE,
        )


async def _nothing() -> None:
    """Nothing lasts."""
