"""A whole cluster site for tests: its processes behind its gateway, over shared servers, under a prefix of its own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from infra.cql.address import CqlServers, Keyspace
from infra.cql.session import CqlSession
from infra.gateway.getting import get_nginx
from infra.kafka.admin import administering
from infra.kafka.connection import KafkaConnection
from infra.local.demo.client import Client
from infra.local.site import LocalSite
from infra.local.stack.errors import CannotBeHad
from infra.opensearch.address import OpensearchAddress
from infra.opensearch.connection import OpensearchConnection
from tests.callers import callers
from tests.pace import patient
from tests.ports import free_ports
from tests.stack import THROWN_AWAY, not_here
from tests.unlimited import RATES

AWAKE_WITHIN_S = 60.0
DATACENTER = "datacenter1"


@asynccontextmanager
async def running_site(
    environment: Mapping[str, str], folder: Path, copies: int = 1, awake: bool = True, removed: bool = not THROWN_AWAY
) -> AsyncIterator[LocalSite]:
    """A site with nothing on it, that answers; afterwards every process of it has ended, as it was told to.

    To be awake, it has one account. `removed`: whether its servers outlast it.
    """
    try:
        get_nginx(lambda name, text: print(f"{name:8} {text}"))
    except CannotBeHad as missing:
        not_here(str(missing))
    name = environment.get("PHOTOLOG_SITE", f"t{uuid.uuid4().hex[:12]}")
    (port,) = free_ports(1)
    site = LocalSite(folder, {**RATES, **environment, "PHOTOLOG_SITE": name}, copies, port, draw_ports=free_ports)
    try:
        await site.start()
        if awake:
            await _awake(site.url)
        yield site
    finally:
        codes = await site.stop()
        if removed:
            await remove_site(environment, name)
    assert set(codes.values()) == {0}, f"a process did not end as it should: {codes}; logs are in {folder}"


async def _awake(url: str) -> None:
    """Waits until workers have their shares of the log: until then reads of what was just written are refused."""
    async with callers(url) as http:
        first = Client(http, patience=patient(AWAKE_WITHIN_S))
        await first.sign_up("first", "a long password")
        await first.get("/feed")


async def remove_site(environment: Mapping[str, str], name: str) -> None:
    """The keyspace, the topics and the indices: small servers have no memory for those of twenty sites."""
    host, _, port = environment["PHOTOLOG_CQL"].rpartition(":")
    keyspace = Keyspace(f"{name}_photolog", {DATACENTER: 1})
    session = await asyncio.to_thread(CqlSession.connect, CqlServers((host,), int(port), DATACENTER), keyspace)
    await session.define([f"DROP KEYSPACE IF EXISTS {keyspace.name}"])
    await asyncio.to_thread(session.close)
    async with administering(KafkaConnection(environment["PHOTOLOG_KAFKA"]), "a test") as admin:
        await admin.delete_topics([topic for topic in await admin.list_topics() if topic.startswith(f"{name}.")])
    search = OpensearchConnection(OpensearchAddress(environment["PHOTOLOG_OPENSEARCH"]))
    for index in await search.ask("GET", f"/{name}.*"):
        await search.ask("DELETE", f"/{index}")
    await search.close()
