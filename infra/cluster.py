"""The cluster's wiring: every port on Kafka, CQL, Redis and MinIO. The processes are in infra/processes.py."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from infra import assembly
from infra.clock import wall_clock
from infra.cql.ledger import CqlLedger
from infra.cql.positions import CqlPositions
from infra.cql.schema import create_schema
from infra.cql.servers import CqlServers, Keyspace
from infra.cql.session import CqlSession
from infra.cql.tables import CqlTables
from infra.cql.transactions import CqlTransactions
from infra.cql.vault import CqlVault
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.kafka.topics import ensure_topics
from infra.minio.objects import MinioObjects
from infra.minio.set_up import set_up
from infra.minio.site import Access, MinioSite, signer, worker
from infra.redis.address import RedisAddress
from infra.redis.caches import RedisCaches
from infra.redis.connection import RedisConnection
from infra.redis.feeds import RedisFeeds
from infra.redis.gates import RedisGates
from infra.secret_file import Secrets, site_secrets
from infra.settings import Settings, SettingsInvalid
from processors.faust_settings import Brokers
from projections.all import PROJECTIONS


@dataclass(frozen=True)
class Cluster:
    """Connected stores, as one process uses them."""

    secrets: Secrets
    write: assembly.WriteSide
    read: assembly.ReadSide
    objects: MinioObjects
    bucket: str
    kafka: KafkaConnection
    brokers: Brokers

    async def ready(self) -> dict[str, Any]:
        """Asks every store something small. Raises Unavailable."""
        await self.write.ledger.mark("ready/check")
        await self.write.log.ends()
        await self.read.caches.get(["ready:check"], 1)
        return {}


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Cluster]:
    """Connects to every store, making what is missing there. Raises SettingsInvalid without a secret."""
    if settings.secret is None:
        raise SettingsInvalid("PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is needed: the cluster makes none by itself")
    secrets = site_secrets(settings)
    async with AsyncExitStack() as stack:
        session = await _cql(settings, stack)
        redis = RedisConnection(RedisAddress.from_url(settings.redis, _shown(settings.redis_password)))
        stack.push_async_callback(redis.close)
        log = await _log(settings, stack)
        objects = await _objects(settings, secrets, stack)
        tables, transactions = CqlTables(session), CqlTransactions()
        for projection in PROJECTIONS:
            await tables.create(projection.tables)
        yield Cluster(
            secrets=secrets,
            write=assembly.WriteSide(
                transactions=transactions,
                log=log,
                ledger=CqlLedger(session),
                vault=CqlVault(session, secrets.key("vault")),
                gates=RedisGates(redis, _prefix(settings)),
                objects=objects,
            ),
            read=assembly.ReadSide(
                transactions=transactions,
                tables=tables,
                positions=CqlPositions(session, assembly.TOPICS),
                feeds=RedisFeeds(redis, _prefix(settings)),
                caches=RedisCaches(redis, _prefix(settings)),
            ),
            objects=objects,
            bucket=_bucket(settings),
            kafka=_kafka(settings),
            brokers=_brokers(settings),
        )


async def _cql(settings: Settings, stack: AsyncExitStack) -> CqlSession:
    places = [place.rpartition(":") for place in settings.cql.split(",")]
    servers = CqlServers(
        contact_points=tuple(host.strip() for host, _, _ in places),
        port=int(places[0][2]),
        datacenter=settings.cql_datacenter,
        username=settings.cql_user,
        password=_shown(settings.cql_password),
        tls_ca=settings.cql_tls_ca,
    )
    name = f"{settings.site}_{settings.cql_keyspace}" if settings.site else settings.cql_keyspace
    keyspace = Keyspace(name, {settings.cql_datacenter: settings.cql_replication})
    session = await asyncio.to_thread(CqlSession.connect, servers, keyspace)
    stack.push_async_callback(asyncio.to_thread, session.close)
    await create_schema(session)
    return session


async def _log(settings: Settings, stack: AsyncExitStack) -> KafkaLog:
    connection = _kafka(settings)
    await ensure_topics(connection, settings.kafka_replication, settings.kafka_min_insync, _prefix(settings))
    log = KafkaLog(connection, _prefix(settings))
    stack.push_async_callback(log.close)
    return log


def _kafka(settings: Settings) -> KafkaConnection:
    security: dict[str, Any] = {}
    if settings.kafka_tls:
        security |= {"security_protocol": "SSL", "ssl_context": ssl.create_default_context()}
    if settings.kafka_user:
        security |= {
            "security_protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": _shown(settings.kafka_password),
        }
    return KafkaConnection(settings.kafka, security)


async def _objects(settings: Settings, secrets: Secrets, stack: AsyncExitStack) -> MinioObjects:
    site = MinioSite(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint or settings.s3_endpoint,
        media_url=settings.origin,
        bucket=_bucket(settings),
    )
    if settings.s3_admin_password is not None:
        admin = Access(settings.s3_admin_user, _shown(settings.s3_admin_password))
        await set_up(site, admin, signer(site, secrets), worker(site, secrets))
    objects = MinioObjects(site, signer(site, secrets), worker(site, secrets), wall_clock)
    stack.push_async_callback(asyncio.to_thread, objects.close)
    return objects


def _brokers(settings: Settings) -> Brokers:
    return Brokers(
        servers=settings.kafka,
        prefix=_prefix(settings),
        ssl_context=ssl.create_default_context() if settings.kafka_tls else None,
        username=settings.kafka_user,
        password=_shown(settings.kafka_password),
    )


def _bucket(settings: Settings) -> str:
    return f"{settings.site}-photolog" if settings.site else "photolog"


def _prefix(settings: Settings) -> str:
    return f"{settings.site}." if settings.site else ""


def _shown(secret: Any) -> str:
    return "" if secret is None else str(secret.get_secret_value())
