"""SqliteTables: the Tables port. Any declared table becomes one SQLite table, fed by processors, read by queries."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import chain
from sqlite3 import Row as StoredRow
from typing import Any

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.table_sql import TableSql, in_words
from projections.ports import MAX_KEYS, Head, Origin, Stamp, Stored, Write, chunks
from schemas.tables import Key, Row, Table

AT_ONCE = 1_000
"""Rows of `stored` that are read by one statement."""


class DeclarationChanged(Exception):
    """The file holds a table of this name that was declared otherwise."""


class SqliteTables:
    """Declared tables in one SQLite file. What is written inside `database.together()` commits with it."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._known: dict[Table, TableSql] = {}

    async def create(self, tables: Sequence[Table]) -> None:
        """Makes storage for these and their counts. Raises DeclarationChanged for a table declared otherwise."""
        async with self._database.together():
            for table in tables:
                for one in table.with_sizes:
                    await self._create(one)

    async def get(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        """Present rows by whole key."""
        _limited(keys)
        sql = self._sql(table)
        found = [sql.row(stored) for stored in self._by_key(table, table.key_columns, sql.select, keys)]
        return {table.key(row): row for row in found}

    async def slice(self, table: Table, partition: Key, limit: int, after: Key | None = None) -> list[Row]:
        """Present rows of a partition, in order."""
        _whole(table, table.partition_columns, partition)
        if after is not None:
            _whole(table, table.order_columns, after)
            if not after:
                return []  # without an order a partition is one row, and nothing is behind it
        if limit < 0:
            raise ValueError(f"a slice has no {limit} rows")
        sql = self._sql(table)
        stored = self._database.rows(sql.slice(after is not None), (*partition, *(after or ()), limit))
        return [sql.row(row) for row in stored]

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> dict[Key, Head]:
        """Slices, which cost little here."""
        _limited(partitions)
        found = {partition: await self.slice(table, partition, most) for partition in partitions}
        return {
            partition: Head(rows, tuple(rows[-1][name] for name in table.order_columns) if len(rows) == most else None)
            for partition, rows in found.items()
        }

    async def sizes(self, table: Table, keys: Sequence[Key]) -> dict[Key, int]:
        """Sums over lanes and log partitions."""
        _limited(keys)
        sizes = table.sizes
        distinct = list(dict.fromkeys(keys))
        totals = self._by_key(sizes, sizes.partition_columns, self._sql(sizes).totals, distinct)
        return dict.fromkeys(distinct, 0) | {tuple(total)[:-1]: total[-1] for total in totals}

    async def stamps(self, table: Table, keys: Sequence[Key]) -> dict[Key, Stamp]:
        """Stamps by whole key, of any number of keys."""
        sql, width = self._sql(table), len(table.key_columns)
        stamps = {}
        for some in chunks(keys):
            for stored in map(tuple, self._by_key(table, table.key_columns, sql.stamps, some)):
                number, present, was, partition, offset, lane, *size = stored[width:]
                origin = Origin(partition, offset)
                stamps[stored[:width]] = Stamp(number, present == 1, was == 1, origin, lane or "", *size)
        return stamps

    async def remove(self, tables: Sequence[Table]) -> None:
        """In one transaction."""
        async with self._database.together():
            for table in tables:
                for one in table.with_sizes:
                    await self._database.write(self._sql(one).remove)

    async def stored(self, table: Table) -> AsyncIterator[list[Stored]]:
        """In the order of the keys."""
        sql, after = self._sql(table), list[Any]()
        while True:
            found = self._database.rows(sql.stored(bool(after)), [*after, AT_ONCE])
            rows = [(number, present, sql.row(columns)) for number, present, *columns in map(tuple, found)]
            yield [Stored(table.key(row), number, row if present else None) for number, present, row in rows]
            if len(found) < AT_ONCE:
                return
            after = list(table.key(rows[-1][2]))

    async def write(self, writes: Sequence[Write]) -> None:
        """Upserts, in one transaction."""
        by_table: dict[str, list[Write]] = {}
        for write in writes:
            by_table.setdefault(write.table.stored_name, []).append(write)
        rows = [(of_table[0].table, self._stored(of_table)) for of_table in by_table.values()]
        async with self._database.together():
            for table, of_table in rows:
                await self._database.write_many(self._sql(table).upsert, of_table)

    def _stored(self, writes: Sequence[Write]) -> list[list[Any]]:
        """Of one table."""
        table = writes[0].table
        values, rows = self._sql(table).values, []
        for _, key, number, row, origin, was, lane, _ in writes:
            _whole(table, table.key_columns, key)
            rows.append([*values(key, row), number, row is not None, was, *origin, lane])
        return rows

    def _sql(self, table: Table) -> TableSql:
        sql = self._known.get(table)
        if sql is None:
            sql = self._known[table] = TableSql(table)
        return sql

    def _by_key(
        self, table: Table, columns: Sequence[str], statement: Callable[[int], str], keys: Sequence[Key]
    ) -> list[StoredRow]:
        """Runs a statement for some keys. Their number is rounded up with keys that match nothing, so that SQLite's
        cache of prepared statements holds a few sizes of each rather than a hundred."""
        for key in keys:
            _whole(table, columns, key)
        if not keys:
            return []
        rounded = 1 << (len(keys) - 1).bit_length()
        nothing = [None] * (len(columns) * (rounded - len(keys)))
        return self._database.rows(statement(rounded), [*chain.from_iterable(keys), *nothing])

    async def _create(self, table: Table) -> None:
        sql = self._sql(table)
        await self._database.write(sql.create)
        for name in sorted(sql.addable - self._stored_columns(sql.stored_name).keys()):
            await self._database.write(sql.added(name))
        stored = self._stored_columns(sql.stored_name)
        for name in [*sql.described, *stored]:
            there, declared = stored.get(name), sql.described.get(name)
            if there != declared:
                raise DeclarationChanged(
                    f"table {table.name}, column {name}: declared as {declared or 'absent'}, stored as "
                    f"{there or 'absent'}. A changed declaration needs a table of another name, or an empty file"
                )

    def _stored_columns(self, stored_name: str) -> dict[str, str]:
        """Every column of a table in the file, in words."""
        key = self._database.rows(
            "SELECT name, seqno, desc FROM pragma_index_xinfo("
            "(SELECT name FROM pragma_index_list(?) WHERE origin = 'pk')) WHERE key",
            [stored_name],
        )
        places = {name: (place, bool(descending)) for name, place, descending in key}
        columns = self._database.rows("SELECT name, type FROM pragma_table_info(?)", [stored_name])
        return {name: in_words(kind, *places.get(name, (None, False))) for name, kind in columns}


def _limited(keys: Sequence[Key]) -> None:
    if len(keys) > MAX_KEYS:
        raise ValueError(f"{len(keys)} keys at once; at most {MAX_KEYS}")


def _whole(table: Table, columns: Sequence[str], key: Key) -> None:
    if len(key) != len(columns):
        raise ValueError(f"a key into {table.name} names ({', '.join(columns)}): it has no {len(key)} parts")
