"""The cluster's wiring: every port on Kafka, CQL, Redis and MinIO. Processes: apis.py and worker.py beside it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from infra.cql.announcements import CqlAnnouncements
from infra.cql.ledger import CqlLedger
from infra.cql.positions import CqlPositions
from infra.cql.schema import create_schema
from infra.cql.session import CqlSession
from infra.cql.site import CqlSiteRows
from infra.cql.tables import CqlTables
from infra.cql.transactions import CqlTransactions
from infra.cql.vault import CqlVault
from infra.kafka.connection import KafkaConnection
from infra.kafka.log import KafkaLog
from infra.kafka.topics import ensure_topics, log_topics, topics_of
from infra.kafka.viewed import KafkaViewLog
from infra.minio.objects import MinioObjects
from infra.minio.set_up import set_up
from infra.minio.site import Access, signer, worker
from infra.opensearch.connection import OpensearchConnection
from infra.opensearch.search import OpensearchSearch
from infra.process.clock import ComparedClock, boot_clock, wall_clock
from infra.process.settings import Settings, SettingsInvalid
from infra.process.site_state import SharedState
from infra.process.standing import arriving
from infra.process.vigil import Vigil, told
from infra.redis.belief import RedisBelief
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.gates import RedisGates
from infra.redis.relations import RedisRelations
from infra.secrets.names import name_secret
from infra.secrets.site import Secrets, site_secrets
from infra.tracing.chosen import chosen_traces
from infra.wiring import assembly, partitions, places, watching
from infra.wiring.sides import ReadSide, WriteSide, live
from infra.wiring.subscribers import OUTWARD, TOPICS, known, tables_of
from infra.wiring.tiers import tiered_bucket
from processors.beginnings import begin_now
from processors.brokers import Brokers
from processors.reach import SharedReach
from projections.searched import SearchedTables


@dataclass(frozen=True)
class Cluster:
    """Connected stores, as one process uses them."""

    secrets: Secrets
    names: bytes = field(repr=False)
    """The name secret."""
    write: WriteSide
    read: ReadSide
    objects: MinioObjects
    bucket: str
    kafka: KafkaConnection
    brokers: Brokers
    state: SharedState
    belief: RedisBelief
    reach: SharedReach
    vigil: Vigil

    async def ready(self) -> dict[str, Any]:
        """Asks every store something small, and says what is stalled on the site: an API serves all the same, or one
        frozen worker would take all of them away. Raises Unavailable, but not for Redis: reads go on without it."""
        await self.write.ledger.mark("ready/check")
        await self.write.log.ends()
        redis = "believed" if await self.belief.probed() and await self.belief.stands() else "read past"
        return {"redis": redis, "stalled": told(self.vigil.stalled), "arriving": arriving(self.state)}


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Cluster]:
    """Connects to every store, making what is missing there. Raises SettingsInvalid without a secret."""
    if settings.secret is None:
        raise SettingsInvalid("PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is needed: the cluster makes none by itself")
    secrets, prefix, limits = site_secrets(settings), places.prefix(settings), assembly.limits_of(settings)
    async with AsyncExitStack() as stack:
        session = await _cql(settings, stack)
        redis = places.redis_reached(settings)
        stack.push_async_callback(redis.close)
        state = _state(session, stack)
        belief = RedisBelief(state, redis, prefix, settings.redis_told_within_s)
        stack.push_async_callback(belief.breaker.end)
        log = await _log(settings, session, stack)
        clock = await _clock(session, stack)
        objects = await _objects(settings, secrets, stack)
        tables, transactions = CqlTables(session), CqlTransactions()
        positions = CqlPositions(session, TOPICS)
        await tables.create(tables_of(await known(state, log, positions)))
        await begin_now(OUTWARD, CqlSiteRows(session), log, positions)
        vault = CqlVault(session, secrets.keys("vault"), limits=limits)
        traces = chosen_traces(settings)
        stack.push_async_callback(asyncio.to_thread, traces.close)
        reach = SharedReach(state, belief.probed, boot_clock)
        search = _search(settings, stack)
        read = ReadSide(
            transactions=transactions,
            tables=SearchedTables(tables, search),
            search=search,
            positions=positions,
            feeds=RedisFeeds(redis, belief, prefix),
            caches=RedisCaches(redis, belief, prefix),
            relations=RedisRelations(redis, belief, prefix),
            reach=reach,
            live=live(state),
        )
        yield Cluster(
            secrets=secrets,
            names=await name_secret(vault, secrets),
            write=WriteSide(
                transactions=transactions,
                log=log,
                ledger=CqlLedger(session, limits),
                announcements=CqlAnnouncements(session),
                vault=vault,
                gates=RedisGates(redis, prefix),
                objects=tiered_bucket(settings, objects, secrets, stack),
                view_log=_view_log(settings, log, stack),
                clock=clock,
                instance=uuid.uuid4().hex,
                traces=traces,
            ),
            read=read,
            state=state,
            belief=belief,
            reach=reach,
            vigil=watching.vigil(log, read, state, by_others=True),
            objects=objects,
            bucket=places.bucket(settings),
            kafka=places.kafka(settings),
            brokers=places.brokers(settings),
        )


async def _cql(settings: Settings, stack: AsyncExitStack) -> CqlSession:
    servers, keyspace = places.cql_servers(settings), places.keyspace(settings)
    session = await asyncio.to_thread(CqlSession.connect, servers, keyspace)
    stack.push_async_callback(asyncio.to_thread, session.close)
    await create_schema(session)
    return session


def _state(session: CqlSession, stack: AsyncExitStack) -> SharedState:
    state = SharedState(CqlSiteRows(session))
    keeping = asyncio.create_task(state.run())
    stack.callback(keeping.cancel)
    return state


async def _clock(session: CqlSession, stack: AsyncExitStack) -> ComparedClock:
    clock = ComparedClock(session.time)
    await clock.compare()
    watching = asyncio.create_task(clock.watch())
    stack.callback(watching.cancel)
    return clock


async def _log(settings: Settings, session: CqlSession, stack: AsyncExitStack) -> KafkaLog:
    connection, prefix = places.kafka(settings), places.prefix(settings)
    number = await partitions.chosen(CqlSiteRows(session), settings, await log_topics(connection, prefix))
    copies = settings.kafka_replication, settings.kafka_min_insync
    await ensure_topics(connection, *copies, topics_of(number), prefix)
    log = KafkaLog(connection, number, prefix)
    stack.push_async_callback(log.close)
    return log


def _view_log(settings: Settings, log: KafkaLog, stack: AsyncExitStack) -> KafkaViewLog:
    views = KafkaViewLog(places.kafka(settings), log.partitions, places.prefix(settings))
    stack.push_async_callback(views.close)
    return views


def _search(settings: Settings, stack: AsyncExitStack) -> OpensearchSearch:
    connection = OpensearchConnection(places.opensearch(settings))
    stack.push_async_callback(connection.close)
    copies = settings.opensearch_shards, settings.opensearch_replicas
    return OpensearchSearch(connection, places.prefix(settings), *copies)


async def _objects(settings: Settings, secrets: Secrets, stack: AsyncExitStack) -> MinioObjects:
    site = places.minio(settings)
    if settings.s3_admin_password is not None:
        admin = Access(settings.s3_admin_user, places.shown(settings.s3_admin_password))
        for known in secrets.each():
            await set_up(site, admin, signer(site, known), worker(site, known))
    objects = MinioObjects(site, signer(site, secrets), worker(site, secrets), wall_clock)
    stack.push_async_callback(asyncio.to_thread, objects.close)
    return objects
