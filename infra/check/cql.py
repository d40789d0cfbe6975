"""Checks the CQL servers: that the keyspace is there, on enough nodes, and written through the commit log."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from cassandra.cluster import Cluster

from infra.check.findings import COPIES, Finding, guarded, judged
from infra.cql.driver import cluster_of
from infra.cql.errors import translated
from infra.process.settings import Settings
from infra.wiring import places

ABOUT = "cql"
LOOK = "SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = %s"


@dataclass(frozen=True)
class StoredKeyspace:
    """A keyspace as the servers have it."""

    replication: Mapping[str, str]
    durable: bool


async def look(settings: Settings) -> StoredKeyspace | None:
    """Asks the servers; None: no such keyspace. Raises Unavailable."""
    cluster = cluster_of(places.cql_servers(settings))
    try:
        return await asyncio.to_thread(_look, cluster, places.keyspace(settings).name)
    except Exception as error:
        raise translated(error) from error
    finally:
        await asyncio.to_thread(cluster.shutdown)


def judge(settings: Settings, found: StoredKeyspace | None) -> list[Finding]:
    """Pure."""
    name, guards = places.keyspace(settings).name, guarded(ABOUT, settings.cql_tls_ca, settings.cql_user)
    if found is None:
        return [*guards, Finding(ABOUT, "missing", f"there is no keyspace {name}")]
    here = found.replication.get(settings.cql_datacenter, "0")
    placed = f"{name} has replication {here} in {settings.cql_datacenter}"
    strategy = found.replication.get("class", "").rpartition(".")[2]
    return [
        *guards,
        judged(ABOUT, strategy == "NetworkTopologyStrategy", f"{name} knows data centres", f"{name} has {strategy}"),
        judged(ABOUT, int(here) >= COPIES, placed, f"{placed}, below {COPIES}"),
        judged(ABOUT, found.durable, f"{name} is durable", f"{name} has durable_writes off: a crash loses writes"),
    ]


async def check(settings: Settings) -> list[Finding]:
    """The findings about the CQL servers. Raises Unavailable."""
    return judge(settings, await look(settings))


def _look(cluster: Cluster, name: str) -> StoredKeyspace | None:
    rows = cluster.connect().execute(LOOK, (name,)).all()
    return StoredKeyspace(dict(rows[0]["replication"]), rows[0]["durable_writes"]) if rows else None
