"""What is over leaves the embedded files by itself: key records after a day, sessions, gates."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.limits import DAY_S, STATED
from commands.ports import KeyRecord
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.gates import SqliteGates
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.sweeping import PIECE, Sweeping
from infra.sqlite.vault import SqliteVault
from infra.wiring.embedded import embedded
from schemas.ids import CommandId, Millis
from tests.contract.fixtures_write import MASTER_KEY
from tests.contract.test_vault_sessions import a_session
from tests.ports import free_ports

NOW: Millis = 1_700_000_000_000
TABLES = ("key_records", "sessions", "gates", "gates_once")


def a_record(scope: str) -> KeyRecord:
    return KeyRecord(scope, "body", CommandId("cm"), "seed", NOW, "holder")


async def leave_behind(truth: SqliteDatabase, views: SqliteDatabase, number: int, at: Millis) -> Sweeping:
    """So many of everything, made at this time and over after a day; and what sweeps them away then."""
    ledger, vault, gates = SqliteLedger(truth), SqliteVault(truth, MASTER_KEY), SqliteGates(views)
    async with truth.together(), views.together():
        for turn in range(number):
            await ledger.reserve(a_record(f"{at} {turn}"), at)
            await vault.put_session(replace(a_session(), opened_at=at, expires_at=at + DAY_S * 1000))
            await gates.take(f"{at} {turn}", 1, DAY_S, at)
            await gates.once(f"{at} {turn}", DAY_S, at)
    sweeps = [ledger.sweep_key_records, vault.sweep_sessions, gates.sweep]
    return Sweeping(sweeps, lambda: at + STATED.idempotency_s * 1000, 3600)


def left(truth: SqliteDatabase, views: SqliteDatabase) -> list[int]:
    """How many rows there are of each kind."""
    files = {"key_records": truth, "sessions": truth}
    return [len(files.get(table, views).rows(f"SELECT * FROM {table}")) for table in TABLES]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[SqliteDatabase, SqliteDatabase]]:
    truth, views = [SqliteDatabase(tmp_path / f"{name}.sqlite", "NORMAL") for name in ("log", "views")]
    yield truth, views
    for file in (truth, views):
        file.close()


async def test_all_that_is_over_goes_however_much_it_is_and_nothing_else(
    files: tuple[SqliteDatabase, SqliteDatabase],
) -> None:
    sweeping = await leave_behind(*files, 2 * PIECE + 1, NOW)
    await leave_behind(*files, 3, NOW + 1)
    assert left(*files) == [2 * PIECE + 4] * 4
    assert await sweeping.once() == 4 * (2 * PIECE + 1)
    assert left(*files) == [3] * 4
    assert await sweeping.once() == 0


async def test_nothing_piles_up_that_nobody_asks_for(
    tmp_path: Path, files: tuple[SqliteDatabase, SqliteDatabase]
) -> None:
    await leave_behind(*files, 5, wall_clock() - 2 * DAY_S * 1000)
    assert left(*files) == [5] * 4
    (port,) = free_ports(1)
    async with embedded(Settings(data=tmp_path, port=port, ops_port=0)) as platform:
        await platform.sweeping.once()
        truth, views = (
            SqliteDatabase(tmp_path / "log.sqlite", "FULL"),
            SqliteDatabase(tmp_path / "views.sqlite", "NORMAL"),
        )
        assert left(truth, views) == [0] * 4
        for file in (truth, views):
            file.close()
