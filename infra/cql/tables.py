"""CqlTables: the Tables port. Any declared table becomes one CQL table, fed by processors, read by queries.

The number of a write is its timestamp, so that servers keep the later of two, whatever order they come in. Of equal
timestamps they would keep the larger value: so a write first reads which number stands, and one that is not above it
is dropped. Between that read and the write nobody else writes the row but a zombie, and that writes the same. A deleted
row stays, with its number and without columns: servers forget real deletions after gc_grace_seconds, and would then
let an older write through. The nulls in such rows are all that they have to collect.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import pairwise

from infra.cql.alike import Block, alike, blocks, products
from infra.cql.answers import Record
from infra.cql.session import CqlSession, Statement
from infra.cql.table_cql import TableCql, in_words
from infra.cql.table_values import loaded, present, storable, unstorable, whole
from projections.ports import MAX_KEYS, Head, Origin, Stamp, Stored, Write
from schemas.tables import SIZE, Key, Row, Table

MOST_AT_ONCE = 1_000
"""Rows, deleted ones included, that one query of a slice reads."""
PARTS = 64
"""Queries by which everything is read: each reads the partitions of one part of the ring."""
LOWEST, RING = -(2**63), 2**64
COLUMNS = """
SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns
WHERE keyspace_name = ? AND table_name = ?
"""


class DeclarationChanged(Exception):
    """The keyspace holds a table of this name that was declared otherwise."""


class CqlTables:
    """Declared tables in one keyspace. A row has one writer at a time; readers are any number."""

    def __init__(self, session: CqlSession) -> None:
        self._session = session
        self._known: dict[Table, TableCql] = {}

    async def create(self, tables: Sequence[Table]) -> None:
        """Makes storage for these and their counts. Raises DeclarationChanged for a table declared otherwise."""
        wanted = [self._cql(one) for table in tables for one in table.with_sizes]
        await self._session.define([cql.create for cql in wanted])
        there = await self._described(wanted)
        lacking = [(cql, cql.addable - columns.keys()) for cql, columns in zip(wanted, there, strict=True)]
        await self._session.define([cql.added(name) for cql, names in lacking for name in sorted(names)])
        for cql, columns in zip(wanted, await self._described(wanted), strict=True):
            for name in sorted(cql.described.keys() | columns.keys()):
                if columns.get(name) != cql.described.get(name):
                    raise DeclarationChanged(
                        f"table {cql.table.name}, column {name}: declared as {cql.described.get(name, 'absent')}, "
                        f"stored as {columns.get(name, 'absent')}. A changed declaration needs a table of another name"
                    )

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """Present rows by whole key: one query for all keys that differ in their last column alone."""
        _limited(keys)
        found = await self._by_key(table, table.key_columns, self._cql(table).select, keys)
        return {table.key(row): row for row in present(table, found)}

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """Present rows of a partition, in order; where many were deleted, by several queries that read on."""
        whole(table, table.partition_columns, partition)
        if after is not None:
            whole(table, table.order_columns, after)
        if limit < 0:
            raise ValueError(f"a slice has no {limit} rows")
        if unstorable(table, partition):
            return []
        first: list[tuple[str, Key]] = [(self._cql(table).first, ())]
        steps = first if after is None else self._behind(table, after)
        rows: list[Row] = []
        at_once = min(limit, MOST_AT_ONCE)
        while steps and len(rows) < limit:
            statement, bounds = steps.pop(0)
            found = await self._session.execute(statement, (*partition, *bounds, at_once))
            rows += present(table, found)
            if len(found) == at_once:
                steps = self._behind(table, tuple(found[-1][name] for name in table.order_columns))
                at_once = min(2 * at_once, MOST_AT_ONCE)
        return rows[:limit]

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """One query for all that are a product of their columns' values. Deleted rows count, and are not seen."""
        _limited(partitions)
        read: dict[Key, list[Record]] = {partition: [] for partition in partitions}
        columns, cql = table.partition_columns, self._cql(table).heads
        asked = products(table, columns, partitions)
        for record in await self._found((cql, (*values, most)) for values in asked):
            read[tuple([record[name] for name in columns])].append(record)
        return {partition: _head(table, records, most) for partition, records in read.items()}

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """Sums over lanes and log partitions."""
        _limited(keys)
        sizes = table.sizes
        totals = dict.fromkeys(keys, 0)
        for record in await self._by_key(sizes, sizes.partition_columns, self._cql(sizes).sizes, keys):
            if record["_present"]:
                totals[tuple(record[name] for name in sizes.partition_columns)] += record["size"]
        return totals

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """Stamps by whole key, of any number of keys: those of a partition in one query, and a few of several
        partitions in one."""
        wanted = set(keys)
        found = await self._found(self._stamps(table, block) for block in blocks(table, keys))
        stamped = ((table.key(record), record) for record in found)
        return {key: _stamp(record) for key, record in stamped if key in wanted}

    async def remove(self, tables: Sequence[Table]) -> None:
        """One statement after the other."""
        await self._session.define([self._cql(one).remove for table in tables for one in table.with_sizes])

    async def stored(self, table: Table) -> AsyncIterator[list[Stored]]:
        """Part by part of the ring."""
        bounds = [LOWEST + RING * part // PARTS for part in range(PARTS)] + [LOWEST + RING - 1]
        for low, high in pairwise(bounds):
            yield [
                Stored(table.key(record), record["_number"], loaded(table, record) if record["_present"] else None)
                for record in await self._session.execute(self._cql(table).stored, (low, high))
            ]

    async def write(self, writes: Sequence[Write]) -> None:
        """Reads which numbers stand, where the writer does not say, then writes what is above them, side by side."""
        statements: list[tuple[Write, Statement]] = []
        for write in writes:
            table, key, number, row, origin, was, lane, _ = write
            storable(table, key)
            cql = self._cql(table)
            values = [*cql.values(key, row), number, row is not None, was, *origin, lane, number]
            statements.append((write, (cql.insert, values)))
        standing = await self._numbers([write for write in writes if write.standing is None])
        await self._session.write_many(
            statement
            for write, statement in statements
            if write.number > standing.get((write.table, write.key), write.standing or 0)
        )

    async def _numbers(self, writes: Sequence[Write]) -> dict[tuple[Table, Key], int]:
        keys: dict[Table, list[Key]] = {}
        for write in writes:
            keys.setdefault(write.table, []).append(write.key)
        numbers = {}
        for table, of_table in keys.items():
            for key, stamp in (await self.stamps(table, of_table)).items():
                numbers[table, key] = stamp.number
        return numbers

    def _cql(self, table: Table) -> TableCql:
        cql = self._known.get(table)
        if cql is None:
            cql = self._known[table] = TableCql(table)
        return cql

    def _behind(self, table: Table, order_key: Key) -> list[tuple[str, Key]]:
        return [(statement, order_key[:width]) for statement, width in self._cql(table).behind]

    async def _by_key(
        self, table: Table, columns: Sequence[str], cql: str, keys: Sequence[Key], *limit: int
    ) -> list[Record]:
        """Runs a statement for some keys; those that differ in their last column alone go out as one."""
        return await self._found((cql, (*before, some, *limit)) for before, some in alike(table, columns, keys))

    def _stamps(self, table: Table, block: Block) -> Statement:
        cql, single = self._cql(table), len(table.order_columns) == 1
        order = ([key[0] for key in block.order] if single else list(block.order),) if table.order else ()
        partitions = [list(values) for values in block.partitions]
        if block.is_one:
            return cql.stamps, (*(value for (value,) in partitions), *order)
        return cql.stamps_across, (*partitions, *order)

    async def _found(self, statements: Iterable[Statement]) -> list[Record]:
        return [record for records in await self._session.execute_many(statements) for record in records]

    async def _described(self, tables: Sequence[TableCql]) -> list[dict[str, str]]:
        """Every column of these tables in the keyspace, in words; none for a table that is not there."""
        names = [(COLUMNS, (self._session.keyspace, cql.stored_name)) for cql in tables]
        return [
            {
                one["column_name"]: in_words(one["type"], one["kind"], one["position"], one["clustering_order"])
                for one in records
            }
            for records in await self._session.execute_many(names)
        ]


def _limited(keys: Sequence[Key]) -> None:
    if len(keys) > MAX_KEYS:
        raise ValueError(f"{len(keys)} keys at once; at most {MAX_KEYS}")


def _head(table: Table, records: Sequence[Record], most: int) -> Head:
    after = tuple(records[-1][name] for name in table.order_columns) if len(records) == most else None
    return Head(present(table, records), after)


def _stamp(record: Record) -> Stamp:
    origin = Origin(record["_partition"], record["_offset"])
    hidden = record["_number"], record["_present"], record["_was"], origin, record["_lane"] or ""
    return Stamp(*hidden, record.get(SIZE))
