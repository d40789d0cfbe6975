"""The tables of the CQL adapters that are not declared read models. Made by the wiring at every start."""

from infra.cql import (
    announcements,
    key_records,
    machines,
    numbers,
    positions,
    recorder,
    sessions,
    site,
    snapshots,
    vault,
)
from infra.cql.ledger import MARKS_DDL
from infra.cql.session import CqlSession

STATEMENTS = (
    recorder.DDL,
    MARKS_DDL,
    *snapshots.DDL,
    numbers.DDL,
    *announcements.DDL,
    key_records.DDL,
    machines.DDL,
    *vault.DDL,
    positions.DDL,
    site.DDL,
)
ADDED = (
    ("streams", "carried", "blob"),
    ("instances", "turn", "bigint"),
    ("key_records", "number", "bigint"),
    positions.ADDED,
    sessions.ADDED,
)
"""Columns that keyspaces of earlier versions lack."""
COLUMNS = "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?"


async def create_schema(session: CqlSession) -> None:
    """Makes what is missing; safe to repeat, also by several processes at once."""
    await session.define(STATEMENTS)
    there = {(row["table_name"], row["column_name"]) for row in await session.execute(COLUMNS, (session.keyspace,))}
    missing = [one for one in ADDED if one[:2] not in there]
    await session.define([f"ALTER TABLE {table} ADD {column} {kind}" for table, column, kind in missing])
