"""The contract of the SiteRows port: named facts that change by compare-and-set, the same for every process."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cql.site import CqlSiteRows
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.site import SqliteSiteRows
from projections.site import SiteRow, SiteRows
from tests.stack import on_cluster


@pytest.fixture(params=["sqlite", on_cluster("cql")])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SiteRows]:
    if request.param == "cql":
        yield CqlSiteRows(request.getfixturevalue("cql"))
        return
    database = SqliteDatabase(tmp_path / "log.sqlite", "FULL")
    yield SqliteSiteRows(database)
    database.close()


@pytest.fixture
def name() -> str:
    return f"fact-{uuid.uuid4().hex}"


async def test_what_was_never_written_is_not_there(rows: SiteRows, name: str) -> None:
    assert await rows.read(name) is None


async def test_a_row_is_read_as_it_was_written(rows: SiteRows, name: str) -> None:
    assert await rows.write(name, "4", after=0)
    assert await rows.read(name) == SiteRow(1, "4")
    assert await rows.write(name, "five", after=1)
    assert await rows.read(name) == SiteRow(2, "five")


async def test_who_has_not_seen_the_last_write_writes_nothing(rows: SiteRows, name: str) -> None:
    assert not await rows.write(name, "a second", after=1)
    assert await rows.write(name, "first", after=0)
    assert not await rows.write(name, "another first", after=0)
    assert not await rows.write(name, "a third", after=2)
    assert await rows.read(name) == SiteRow(1, "first")


async def test_of_many_who_write_at_once_one_is_first(rows: SiteRows, name: str) -> None:
    async def count(own: str) -> None:
        """Adds a word of one's own, however often somebody else is first."""
        while True:
            row = await rows.read(name)
            words = [*(row.content.split() if row else []), own]
            if await rows.write(name, " ".join(words), row.revision if row else 0):
                return

    await asyncio.gather(*(count(f"w{number}") for number in range(8)))
    row = await rows.read(name)
    assert row is not None
    assert (row.revision, sorted(row.content.split())) == (8, [f"w{number}" for number in range(8)])


async def test_rows_do_not_know_each_other(rows: SiteRows, name: str) -> None:
    assert await rows.write(name, "one", after=0)
    assert await rows.read(f"{name}-other") is None
