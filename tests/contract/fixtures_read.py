"""Fixtures of the read side: tables, positions, feeds, caches and gates on every backend."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from commands.ports import Gates
from infra.cql.positions import CqlPositions
from infra.cql.session import CqlSession
from infra.cql.tables import CqlTables
from infra.local.stack.stack import Stack
from infra.opensearch.address import OpensearchAddress
from infra.opensearch.connection import OpensearchConnection
from infra.opensearch.search import OpensearchSearch
from infra.redis.caches import RedisCaches
from infra.redis.feeds import RedisFeeds
from infra.redis.gates import RedisGates
from infra.redis.relations import RedisRelations
from infra.sqlite.caches import SqliteCaches
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feeds import SqliteFeeds
from infra.sqlite.gates import SqliteGates
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.relations import SqliteRelations
from infra.sqlite.search import SqliteSearch
from infra.sqlite.tables import SqliteTables
from projections.ports import Caches, Feeds, Positions, Relations, Search, Tables
from schemas.ids import AccountId, Millis
from schemas.positions import ENGAGEMENT, POSTS
from tests.contract.fixtures_write import unique
from tests.contract.redis_site import RedisSite
from tests.stack import on_cluster

FEED_SIZE = 5
"""At how many entries the feeds under test are trimmed."""


@dataclass(frozen=True)
class ReadSide:
    """The stores of one backend, and what its servers can be made to do."""

    tables: Tables
    search: Search
    positions: Positions
    feeds: Feeds
    caches: Caches
    relations: Relations
    gates: Gates
    of_posts: str
    """A projection that reads the posts topic alone."""
    of_likes: str
    """A projection that reads posts and engagement."""
    elapse: Callable[[float], Awaitable[None]]
    """Lets so many seconds pass in the life of feeds and cache entries."""
    forget_feeds: Callable[[], Awaitable[None]]
    """Makes the store of the feeds lose what it holds, as a failover to an empty replica does."""


EVERY_TABLES = pytest.mark.parametrize("read_side", ["sqlite", on_cluster("cql")], indirect=True)
EVERY_SEARCH = pytest.mark.parametrize("read_side", ["sqlite", on_cluster("opensearch")], indirect=True)
EVERY_CACHES = pytest.mark.parametrize(
    "read_side", ["sqlite", on_cluster("redis"), on_cluster("redis cluster")], indirect=True
)
"""The backends that a suite runs on: `pytestmark` of its module. Feeds and gates go by caches."""


@pytest.fixture
async def opensearch(stack: Stack) -> AsyncIterator[OpensearchSearch]:
    connection = OpensearchConnection(OpensearchAddress(stack.environment["PHOTOLOG_OPENSEARCH"]))
    yield OpensearchSearch(connection)
    await connection.close()


@pytest.fixture
def read_side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReadSide]:
    """Each backend of the read side."""
    database = SqliteDatabase(tmp_path / "views.db", "NORMAL")
    side = _sqlite(database)
    if request.param == "cql":
        side = _cql(side, request.getfixturevalue("cql"))
    elif request.param == "opensearch":
        side = replace(side, search=request.getfixturevalue("opensearch"))
    elif request.param == "redis":
        side = _redis(side, request.getfixturevalue("redis_site"))
    elif request.param == "redis cluster":
        side = _redis(side, request.getfixturevalue("redis_cluster_site"))
    yield side
    database.close()


@pytest.fixture
def tables(read_side: ReadSide) -> Tables:
    return read_side.tables


@pytest.fixture
def positions(read_side: ReadSide) -> Positions:
    return read_side.positions


@pytest.fixture
def feeds(read_side: ReadSide) -> Feeds:
    return read_side.feeds


@pytest.fixture
def caches(read_side: ReadSide) -> Caches:
    return read_side.caches


@pytest.fixture
def gates(read_side: ReadSide) -> Gates:
    return read_side.gates


@pytest.fixture
def account() -> AccountId:
    """Somebody who has no feed yet."""
    return AccountId(unique("ac"))


class HandClock:
    """Time that passes when it is told to."""

    def __init__(self, now: Millis) -> None:
        self.now = now

    def __call__(self) -> Millis:
        return self.now

    async def elapse(self, seconds: float) -> None:
        self.now += round(seconds * 1_000)


def _sqlite(database: SqliteDatabase) -> ReadSide:
    clock = HandClock(1_700_000_000_000)
    of_posts, of_likes = unique("cards") + "@v1", unique("likes") + "@v1"

    async def forget_feeds() -> None:
        await database.write("DELETE FROM feeds")

    return ReadSide(
        tables=SqliteTables(database),
        search=SqliteSearch(database),
        positions=SqlitePositions(database, {of_posts: [POSTS], of_likes: [POSTS, ENGAGEMENT]}),
        feeds=SqliteFeeds(database, clock, FEED_SIZE),
        caches=SqliteCaches(database, clock),
        relations=SqliteRelations(database),
        gates=SqliteGates(database),
        of_posts=of_posts,
        of_likes=of_likes,
        elapse=clock.elapse,
        forget_feeds=forget_feeds,
    )


def _cql(side: ReadSide, session: CqlSession) -> ReadSide:
    """CQL servers keep tables and positions; the rest stands beside them, and no test of these asks it."""
    positions = CqlPositions(session, {side.of_posts: [POSTS], side.of_likes: [POSTS, ENGAGEMENT]})
    return replace(side, tables=CqlTables(session), positions=positions)


def _redis(side: ReadSide, site: RedisSite) -> ReadSide:
    """Redis keeps what may be forgotten; the rest stands beside it, and no test of these asks it."""
    return replace(
        side,
        feeds=RedisFeeds(site.connection, site.process.belief, site.prefix, FEED_SIZE),
        caches=RedisCaches(site.connection, site.process.belief, site.prefix),
        relations=RedisRelations(site.connection, site.process.belief, site.prefix),
        gates=RedisGates(site.connection, site.prefix),
        elapse=site.elapse,
        forget_feeds=site.forget,
    )
