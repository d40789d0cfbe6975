"""What `photolog import` works on: a site's write side. Embedded, the data folder is held; a cluster's site runs on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from commands.foreign_ids import ForeignIds
from commands.importing import Importing
from commands.importing_follows import ImportingFollows
from commands.ports import Transactions
from infra.process.settings import Settings
from infra.secrets.names import name_secret
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.followees import TableFollowees
from infra.wiring.sides import ReadSide, WriteSide

CLUSTER_AT_ONCE = 64
"""Rows under way together: each waits for a few answers of the servers, one after the other."""


@dataclass(frozen=True)
class Opened:
    """What takes rows, and how many at once."""

    importing: Importing
    transactions: Transactions
    at_once: int


@asynccontextmanager
async def importing(settings: Settings, source: str) -> AsyncIterator[Opened]:
    """Raises SettingsInvalid while another process holds the data folder, and without a secret on the cluster."""
    if settings.backend == "cluster":
        from infra.wiring.cluster import connected  # the drivers cost half a second, which no other backend should pay

        async with connected(settings) as cluster:
            yield _opened(cluster.write, cluster.read, cluster.names, settings, source, CLUSTER_AT_ONCE)
        return
    from infra.process.data_folder import held
    from infra.wiring.embedded import INSTANCE
    from infra.wiring.folder import databases, ports

    with held(settings.data), databases(settings) as files:
        secrets = site_secrets(settings)
        opened = await ports(settings, secrets, files, INSTANCE)
        names = await name_secret(opened.vault, secrets)
        yield _opened(opened.write, opened.read, names, settings, source, 1)


def _opened(write: WriteSide, read: ReadSide, names: bytes, settings: Settings, source: str, at_once: int) -> Opened:
    handles, ids = assembly.handler(write), ForeignIds(source, names)
    followees = TableFollowees(read.fed_tables)
    follows = ImportingFollows(handles, ids, followees, settings.account_followees)
    taking = Importing(handler=handles, vault=write.vault, objects=write.objects, ids=ids, follows=follows)
    return Opened(taking, write.transactions, at_once)
