"""Places: everything that a site keeps, as bytes and as events, on either backend; keys are destroyed there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import pytest
import redis
from aiokafka import TopicPartition

from events.envelope import Event, Recorded
from infra.cql.session import CqlSession
from infra.kafka.reading import KafkaReading
from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.process.settings import Settings
from infra.wiring import places
from infra.wiring.cluster import Cluster, connected
from infra.wiring.embedded import embedded
from schemas.positions import DEAD_LETTERS
from tests.e2e.forgetting.events import entries_of, replay
from tests.processes import ServerProcess

TRUNCATED_AT_ONCE = 4
"""Each is written through to the disk: one after the other takes minutes, all at once longer than the driver waits."""
LEDGER, KEY_RECORDS = {"streams", "marks", "number_marks", "announcements", "instances", "machines"}, {"key_records"}
VAULT = {"subject_keys", "passwords", "sessions", "sessions_by_account", "site_keys"}


class Places(Protocol):
    """One site."""

    async def replayed(self) -> list[Recorded[Event]]:
        """Every event of the log, opened with the keys that there are."""

    async def destroy(self, subject: str) -> None:
        """Destroys a subject's key."""

    async def kept(self) -> Mapping[str, bytes]:
        """What is kept, by what keeps it."""

    async def make_read_models_anew(self) -> None:
        """Throws away read models and caches, and has them made from the log."""


@dataclass(frozen=True)
class EmbeddedPlaces:
    """A data folder. It is opened here while its server is stopped."""

    server: ServerProcess

    async def replayed(self) -> list[Recorded[Event]]:
        await self.server.stop()
        async with embedded(Settings(data=self.server.data)) as platform:
            events = await replay(platform.services.handler.streams.log, platform.services.vault)
        await self.server.start()
        return events

    async def destroy(self, subject: str) -> None:
        await self.server.stop()
        async with embedded(Settings(data=self.server.data)) as platform:
            await platform.services.vault.destroy_key(subject)
        await self.server.start()

    async def kept(self) -> Mapping[str, bytes]:
        return {
            "log, ledger and key records": self._files("log.sqlite*"),
            "read models and caches": self._files("views.sqlite*"),
            "server logs": self.server.log.read_bytes(),
        }

    async def make_read_models_anew(self) -> None:
        await self.server.stop()
        for path in self.server.data.glob("views.sqlite*"):
            path.unlink()
        await self.server.start()

    def _files(self, names: str) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.server.data.glob(names)))


@dataclass(frozen=True)
class ClusterPlaces:
    """A site on the real servers, looked into beside its processes."""

    site: LocalSite
    stack: Stack

    async def replayed(self) -> list[Recorded[Event]]:
        async with self._connected() as (cluster, _):
            return await replay(cluster.write.log, cluster.write.vault)

    async def destroy(self, subject: str) -> None:
        async with self._connected() as (cluster, _):
            await cluster.write.vault.destroy_key(subject)

    async def kept(self) -> Mapping[str, bytes]:
        async with self._connected() as (cluster, settings):
            session = cluster_session(settings)
            try:
                tables = await rows_of(session)
            finally:
                session.close()
            log = b"".join([entry.wire + repr(entry).encode() for entry in await entries_of(cluster.write.log)])
            read_models = tables.keys() - LEDGER - KEY_RECORDS - VAULT
            return {
                "log": log,
                "dead letters": await dead_letters(settings),
                "ledger": b"".join(tables[name] for name in LEDGER),
                "key records": b"".join(tables[name] for name in KEY_RECORDS),
                "read models": b"".join(tables[name] for name in read_models),
                "caches": b"".join(redis_values(settings)),
                "server logs": self._logs(),
            }

    async def make_read_models_anew(self) -> None:
        """As no operator does: under names that are in use. So who remembers how far they were begins anew too."""
        begun = [self.site.members[name] for name in ("worker-1", "query-api-1")]
        for member in begun:
            await member.stop()
        async with self._connected() as (_, settings):
            session = cluster_session(settings)
            try:
                read_models = (await rows_of(session)).keys() - LEDGER - KEY_RECORDS - VAULT
                some = asyncio.Semaphore(TRUNCATED_AT_ONCE)

                async def truncate(name: str) -> None:
                    async with some:
                        await session.execute(f"TRUNCATE {name}")

                await asyncio.gather(*map(truncate, read_models))
            finally:
                session.close()
            client = redis_client(settings)
            for key in client.scan_iter(f"{places.prefix(settings)}*"):
                client.delete(key)
        for member in begun:
            await member.start()
            await member.ready()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[Cluster, Settings]]:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in self.site.environment.items():
                patched.setenv(name, value)
            settings = load_settings()
            async with connected(settings) as cluster:
                yield cluster, settings

    def _logs(self) -> bytes:
        ours = sorted(Path(self.site.folder).glob("*.log"))
        return b"".join(path.read_bytes() for path in [*ours, *map(self.stack.log, ("kafka", "cql", "redis", "minio"))])


def cluster_session(settings: Settings) -> CqlSession:
    """A session in the site's keyspace."""
    return CqlSession.connect(places.cql_servers(settings), places.keyspace(settings))


async def rows_of(session: CqlSession) -> dict[str, bytes]:
    """Every row of every table of the keyspace, as bytes."""
    listed = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"
    names = [record["table_name"] for record in await session.execute(listed, (session.keyspace,))]
    found = await session.execute_many((f"SELECT * FROM {name}", ()) for name in names)
    return {name: b"".join(map(_bytes, records)) for name, records in zip(names, found, strict=True)}


def _bytes(record: Mapping[str, object]) -> bytes:
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in record.values())


async def dead_letters(settings: Settings) -> bytes:
    """What the site gave up on."""
    reading = KafkaReading(places.kafka(settings))
    try:
        place = TopicPartition(f"{places.prefix(settings)}{DEAD_LETTERS}", 0)
        return b"".join(record.value or b"" for record in await reading.read(place, 0, 10_000))
    finally:
        await reading.close()


def redis_client(settings: Settings) -> redis.Redis:
    """A client of the site's Redis."""
    return redis.Redis.from_url(settings.redis)


def redis_values(settings: Settings) -> list[bytes]:
    """Every key of the site's, and what is under it, as it is: not as Redis would compress it."""
    client = redis_client(settings)
    found: list[bytes] = []
    read: dict[bytes, Callable[[bytes], object]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    for key in client.scan_iter(f"{places.prefix(settings)}*"):
        found += [key, repr(read[cast(bytes, client.type(key))](key)).encode()]
    return found
