"""The ledger as the eventsourcing library's AggregateRecorder: the library's own test case, unchanged, and our ids."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import eventsourcing.cryptography
import pytest
from eventsourcing.persistence import AggregateRecorder, IntegrityError, StoredEvent

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from tests.contract.fixtures_write import a_stream, decided

# The module of the test case also tests ciphers, and asks for one by pycryptodome, which we do without. The library has
# the same class by the cryptography package; no test of recorders uses either.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)

from eventsourcing.tests.persistence import AggregateRecorderTestCase  # noqa: E402


class TestSqliteLedgerAsRecorder(AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        database = SqliteDatabase(Path(folder.name, "truth.db"), "FULL")
        self.addCleanup(database.close)
        return SqliteLedger(database)


class TestSqliteLedgerWithNamesOfStreams(TestSqliteLedgerAsRecorder):
    def new_originator_id(self) -> str:
        return a_stream()


# The base is abstract; pytest would collect it by its imported name.
del AggregateRecorderTestCase


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return SqliteDatabase(tmp_path / "truth.db", "FULL")


def test_what_the_library_records_is_a_version_of_the_ledgers_stream(database: SqliteDatabase) -> None:
    ledger, (row,) = SqliteLedger(database), decided(a_stream(), 1)
    stored = StoredEvent(row.stream, row.version, row.type, row.wire)
    ledger.insert_events([stored], command_id=row.command_id, event_ids=[row.event_id])
    assert asyncio.run(ledger.load(row.stream)) == [row]
    assert asyncio.run(ledger.insert([row])) is False


async def test_on_an_event_loop_the_library_records_within_the_surrounding_transaction(
    database: SqliteDatabase,
) -> None:
    ledger, (row,) = SqliteLedger(database), decided(a_stream(), 1)
    stored = StoredEvent(row.stream, row.version, row.type, row.wire)

    async def record_twice() -> None:
        async with database.together():
            ledger.insert_events([stored])
            assert ledger.select_events(row.stream) == [stored]
            ledger.insert_events([stored])

    with pytest.raises(IntegrityError):
        await record_twice()
    assert ledger.select_events(row.stream) == []


async def test_on_an_event_loop_recording_without_a_transaction_is_refused(database: SqliteDatabase) -> None:
    ledger, (row,) = SqliteLedger(database), decided(a_stream(), 1)
    with pytest.raises(RuntimeError, match="together"):
        ledger.insert_events([StoredEvent(row.stream, row.version, row.type, row.wire)])
