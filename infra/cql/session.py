"""CqlSession: a connection to the CQL servers that every adapter here shares. Statements go out from asyncio."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC
from functools import partial
from typing import Any, Self

from cassandra import Unauthorized
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, NoHostAvailable, Session
from cassandra.query import BatchStatement, BoundStatement

from infra.cql.address import CqlServers, Keyspace
from infra.cql.answers import Answer, Record
from infra.cql.binding import Binding
from infra.cql.definitions import define
from infra.cql.driver import SERIAL_PROFILE, cluster_of
from infra.cql.errors import translated
from infra.cql.together import as_one, groups
from schemas.errors import StorageFull, Unavailable
from schemas.ids import Millis

Values = Sequence[Any]
Statement = tuple[str, Values]
Ask = Callable[[], Awaitable[list[Record]]]

AT_ONCE = 64
"""Requests of one `execute_many` or `write_many` that are under way together."""
PREPARED_AT_ONCE = 4
TRIES, PAUSE_S, DEADLINE_S = 3, 0.05, 8.0
APPLIED = "[applied]"
NOW = "SELECT toTimestamp(now()) AS now FROM system.local"


class CqlSession:
    """Prepared statements at LOCAL_QUORUM and LOCAL_SERIAL. May be used from any loop and any thread.

    Nothing rests on clocks: what is ordered carries its own number as `USING TIMESTAMP`, or is conditional.
    """

    def __init__(self, cluster: Cluster, session: Session, keyspace: str) -> None:
        """Takes over a connected session; `connect` makes one."""
        self.keyspace = keyspace
        self._cluster = cluster
        self._session = session
        self._session.use_client_timestamp = False
        self._prepared: dict[str, Future[Binding]] = {}
        self._preparer = ThreadPoolExecutor(PREPARED_AT_ONCE, thread_name_prefix="cql prepare")

    @classmethod
    def connect(cls, servers: CqlServers, keyspace: Keyspace) -> Self:
        """Connects, and makes the keyspace if it is not there. Blocks. Raises Unavailable if no server answers."""
        cluster = cluster_of(servers)
        try:
            session = cluster.connect()
            with suppress(Unauthorized):  # then it is for the operator to make it
                define(session, [keyspace.create])
            session.set_keyspace(keyspace.name)
        except BaseException as error:
            cluster.shutdown()
            if isinstance(error, NoHostAvailable):
                raise Unavailable("no CQL server can be reached") from error
            raise
        return cls(cluster, session, keyspace.name)

    async def execute(self, cql: str, values: Values = (), *, serial: bool = False) -> list[Record]:
        """What a statement finds; one that changes something must be safe to repeat. Raises Unavailable, StorageFull.

        `serial` reads see the outcome of every conditional write to the partition, those in doubt included.
        """
        return await self._insist(lambda: self._asked([(cql, values)], serial))

    async def execute_together(self, statements: Sequence[Statement]) -> None:
        """Plain writes to one partition, each safe to repeat, as one."""
        await self._insist(lambda: self._asked(statements))

    async def write_many(self, statements: Iterable[Statement]) -> None:
        """Plain writes, each safe to repeat, in no order, in as few requests as may be. Raises as `execute` does."""
        writes = map(as_one, groups(await self._bound(list(statements)), self._servers))
        await _side_by_side([partial(self._insist, partial(self._answer, write)) for write in writes])

    async def _insist(self, ask: Ask) -> list[Record]:
        loop = asyncio.get_running_loop()
        end, tries = loop.time() + DEADLINE_S, 0
        while True:
            try:
                return await ask()
            except StorageFull:
                raise
            except Unavailable:
                tries += 1
                pause = PAUSE_S * 4**tries
                if tries == TRIES or loop.time() + pause > end:
                    raise
            await asyncio.sleep(pause)

    async def time(self) -> Millis:
        """The servers' clock."""
        (record,) = await self.execute(NOW)
        return int(record["now"].replace(tzinfo=UTC).timestamp() * 1_000)

    async def execute_many(self, statements: Iterable[Statement]) -> list[list[Record]]:
        """Each statement as by `execute`, AT_ONCE at a time, in no order; what they find, in the order given."""
        return await _side_by_side([partial(self.execute, cql, values) for cql, values in statements])

    async def apply(self, cql: str, values: Values) -> bool:
        """Whether a conditional statement took place. Never repeated. Raises Uncertain when nobody knows."""
        return await self.apply_all([(cql, values)])

    async def apply_all(self, statements: Sequence[Statement]) -> bool:
        """Conditional statements on one partition of one table: all take place or none."""
        return _applied(await self._answer(as_one(await self._bound(statements)), conditional=True))

    async def define(self, statements: Sequence[str]) -> None:
        """Runs DDL, each safe to repeat, also when several processes do so at once."""
        await asyncio.to_thread(define, self._session, statements)

    def close(self) -> None:
        """Ends every connection; what is under way fails. Blocks."""
        self._cluster.shutdown()
        self._preparer.shutdown()

    async def _answer(
        self, statement: BoundStatement | BatchStatement, *, serial: bool = False, conditional: bool = False
    ) -> list[Record]:
        profile = SERIAL_PROFILE if serial else EXEC_PROFILE_DEFAULT
        try:
            return await Answer(self._session.execute_async(statement, execution_profile=profile)).answered
        except Exception as error:
            raise translated(error, conditional=conditional) from error

    async def _asked(self, statements: Sequence[Statement], serial: bool = False) -> list[Record]:
        """Several are about one partition: so they are whole."""
        return await self._answer(as_one(await self._bound(statements)), serial=serial)

    def _servers(self, write: BoundStatement) -> Hashable:
        """Who keeps what it writes, as far as the driver knows."""
        replicas = self._cluster.metadata.get_replicas(self.keyspace, write.routing_key)
        return frozenset([replica.host_id for replica in replicas])

    async def _bound(self, statements: Sequence[Statement]) -> list[BoundStatement]:
        bindings = {cql: await self._binding(cql) for cql in {cql for cql, _ in statements}}
        return [bindings[cql](values) for cql, values in statements]

    async def _binding(self, cql: str) -> Binding:
        """Prepares at first use: the driver blocks for that, so a thread does it, once for all who wait."""
        prepared = self._prepared.get(cql)
        if prepared is None or (prepared.done() and prepared.exception()):
            prepared = self._prepared[cql] = self._preparer.submit(self._prepare, cql)
        try:
            return prepared.result() if prepared.done() else await asyncio.shield(asyncio.wrap_future(prepared))
        except Exception as error:
            raise translated(error) from error

    def _prepare(self, cql: str) -> Binding:
        return Binding(self._session.prepare(cql))


async def _side_by_side(asks: Sequence[Ask]) -> list[list[Record]]:
    """AT_ONCE at a time, in no order; what they find, in the order given. The first that fails ends the others."""
    if len(asks) == 1:
        return [await asks[0]()]
    left = list(enumerate(asks))
    found: list[list[Record]] = [[] for _ in left]
    left.reverse()

    async def work() -> None:
        while left:
            place, ask = left.pop()
            found[place] = await ask()

    workers = [asyncio.ensure_future(work()) for _ in range(min(len(left), AT_ONCE))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return found


def _applied(records: list[Record]) -> bool:
    """The servers agree on nothing else about the answer to a condition."""
    return bool(records[0][APPLIED])
