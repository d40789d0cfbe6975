"""The CQL ledger as the eventsourcing library's AggregateRecorder: the library's own test case, and our ids."""

import asyncio
import sys

import eventsourcing.cryptography
import pytest
from eventsourcing.persistence import AggregateRecorder, StoredEvent

from infra.cql.ledger import CqlLedger
from infra.cql.session import CqlSession
from tests.contract.fixtures_write import a_stream, decided

# See test_ledger_recorder: the module of the test case asks for a cipher that no recorder needs.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)

from eventsourcing.tests.persistence import AggregateRecorderTestCase  # noqa: E402

pytestmark = pytest.mark.cluster


class TestCqlLedgerAsRecorder(AggregateRecorderTestCase):
    @pytest.fixture(autouse=True)
    def connected(self, cql: CqlSession) -> None:
        self.session = cql

    def create_recorder(self) -> AggregateRecorder:
        return CqlLedger(self.session)


class TestCqlLedgerWithNamesOfStreams(TestCqlLedgerAsRecorder):
    def new_originator_id(self) -> str:
        return a_stream()


# The base is abstract; pytest would collect it by its imported name.
del AggregateRecorderTestCase


def test_what_the_library_records_is_a_version_of_the_ledgers_stream(cql: CqlSession) -> None:
    ledger, (row,) = CqlLedger(cql), decided(a_stream(), 1)
    stored = StoredEvent(row.stream, row.version, row.type, row.wire)
    ledger.insert_events([stored], command_id=row.command_id, event_ids=[row.event_id])
    assert asyncio.run(ledger.load(row.stream)) == [row]
    assert asyncio.run(ledger.insert([row])) is False


async def test_the_library_records_on_an_event_loop_too(cql: CqlSession) -> None:
    ledger, (row,) = CqlLedger(cql), decided(a_stream(), 1)
    ledger.insert_events([StoredEvent(row.stream, row.version, row.type, row.wire)])
    assert [event.originator_version for event in ledger.select_events(row.stream)] == [1]
    assert await ledger.insert([row]) is False
