"""The tables that SQL sees: `events`, `unreadable`, `views`, one of each event type; over files, or filled by events.

Both ways have the same columns of the same types. What is personal is null, unless it was filled with its keys.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from infra.history import hints
from infra.history import manifest as manifests
from infra.history.columns import EVENTS, EVENTS_TABLE, UNREADABLE, UNREADABLE_TABLE, all_columns
from infra.history.manifest import Manifest
from infra.history.parts import numbered, table_of
from infra.history.reading import Told
from infra.history.refusals import Refused
from infra.history.rows import envelopes, events_batch, typed_batch
from infra.history.seen import SEEN, VIEWS_TABLE
from infra.history.targets import Target

EMPTY = "empty_"
SETTINGS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""Nothing is fetched from anywhere."""


class Views:
    """One connection. Every table is there from the beginning, and empty."""

    def __init__(self, spill: Path | None) -> None:
        """`spill`: where DuckDB puts what memory does not hold; None: nowhere."""
        self.columns = all_columns()
        self.connection = duckdb.connect(config={**SETTINGS, "temp_directory": str(spill or "")})
        self.connection.execute("SET TimeZone = 'UTC'")
        self._stems = {one.table: stem for stem, one in self.columns.items()}
        self._schemas = {one.table: one.clear for one in self.columns.values()}
        self._schemas |= {EVENTS_TABLE: EVENTS, UNREADABLE_TABLE: UNREADABLE, VIEWS_TABLE: SEEN}
        for table, schema in self._schemas.items():
            self.connection.register(EMPTY + table, schema.empty_table())
            self.connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {EMPTY}{table}")

    def asked(self, query: str) -> list[str]:
        """The tables that a query reads. Raises Refused where it is none, or cannot be understood."""
        ((parsed,),) = self.connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
        said = json.loads(parsed)
        if said.get("error", True):
            error = f"{said.get('error_type')}: {said.get('error_message')}"
            raise Refused(hints.not_understood(query, error))
        return sorted({name.lower() for name in _tables_in(said)} & self._schemas.keys())

    def stems(self, tables: Collection[str]) -> tuple[str, ...]:
        """The event types that must be read for these tables; none: all."""
        if EVENTS_TABLE in tables or UNREADABLE_TABLE in tables:
            return ()
        return tuple(self._stems[table] for table in tables)

    def personal(self, tables: Collection[str]) -> tuple[str, ...]:
        """Those of these tables that have personal columns."""
        return tuple(table for table in tables if table in self._stems and self.columns[self._stems[table]].personal)

    def over(self, known: Mapping[str, Sequence[Path]]) -> None:
        """Lets tables be what these files of an export hold, personal columns null."""
        for table, found in known.items():
            if found:
                personal = self.columns[self._stems[table]].personal if table in self._stems else []
                kept = f"* EXCLUDE ({', '.join(_quoted(name) for name in personal)})" if personal else "*"
                listed = ", ".join(f"'{str(file).replace(chr(39), chr(39) * 2)}'" for file in found)
                read = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
                self.connection.execute(
                    f"DROP TABLE {table}; CREATE VIEW {table} AS SELECT * FROM {EMPTY}{table} "
                    f"UNION ALL BY NAME SELECT {kept} FROM {read}"
                )

    def fill(self, page: Sequence[Told], tables: Collection[str]) -> None:
        """Adds the rows of these events, in clear where they were read with their keys."""
        made = {EVENTS_TABLE: events_batch(page, envelopes(page))} if EVENTS_TABLE in tables else {}
        for stem in {one.stem for one in page}:
            columns = self.columns[stem]
            if columns.table in tables:
                of_type = [one for one in page if one.stem == stem]
                made[columns.table] = typed_batch(
                    [one.recorded.event for one in of_type], envelopes(of_type), columns, clear=True
                )
        for table, batch in made.items():
            self.connection.register("page", pa.Table.from_batches([batch]))
            self.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM page").fetchall()
            self.connection.unregister("page")

    def answer(self, query: str) -> tuple[list[str], "Iterable[Sequence[Any]]"]:
        """The columns and rows that a query finds. Raises Refused."""
        try:
            found = self.connection.execute(query)
            names = [name for name, *_ in found.description or []]
        except duckdb.Error as error:
            raise Refused(hints.not_found(str(error), self._stems)) from None
        return names, _rows(found)

    def stop(self) -> None:
        """Ends the query that is being answered, from another thread."""
        self.connection.interrupt()


async def of_parquet(target: Target) -> Manifest:
    """The manifest of an export that can be queried. Raises Refused."""
    manifest = await manifests.read(target)
    if manifest is None or manifest.format != "parquet":
        raise Refused(f"{target} is no export of Parquet files")
    return manifest


async def files(target: Target, tables: Collection[str]) -> dict[str, list[str]]:
    """The files of these tables of an export that its manifest speaks of. Raises Refused."""
    manifest = await of_parquet(target)
    found: dict[str, list[str]] = {}
    for name, number in numbered(await target.names(), "parquet").items():
        if number < manifest.next_number and table_of(name) in tables:
            found.setdefault(table_of(name), []).append(name)
    return found


def _rows(found: "duckdb.DuckDBPyConnection") -> "Iterable[Sequence[Any]]":
    try:
        while page := found.fetchmany(1000):
            yield from page
    except duckdb.Error as error:
        raise Refused(str(error)) from None


def _tables_in(node: Any) -> Iterator[str]:
    """Every table that is named in a query, as DuckDB parses it."""
    if isinstance(node, list):
        for inner in node:
            yield from _tables_in(inner)
    elif isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["table_name"]
        yield from _tables_in(list(node.values()))


def _quoted(name: str) -> str:
    return f'"{name}"'
