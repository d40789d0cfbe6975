"""The tables of the CQL adapters that are not declared read models. Made by the wiring at every start."""

from infra.cql import key_records, machines, numbers, positions, recorder, vault
from infra.cql.ledger import MARKS_DDL
from infra.cql.session import CqlSession

STATEMENTS = (recorder.DDL, MARKS_DDL, numbers.DDL, key_records.DDL, machines.DDL, *vault.DDL, positions.DDL)


async def create_schema(session: CqlSession) -> None:
    """Makes what is missing; safe to repeat, also by several processes at once."""
    await session.define(STATEMENTS)
