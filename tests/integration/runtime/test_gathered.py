"""What reactions read at the same time is one read, and each gets what it asked for, as of after it asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.sqlite.tables import SqliteTables
from processors.gathered import GatheredReads
from projections.likes import LIKES
from projections.likes import PROJECTION as LIKING
from projections.ports import MAX_KEYS, Write
from schemas.tables import Key, Table
from tests.integration.stores import opened_site


@dataclass
class Noted:
    """Tables that remember how many keys each read was about, and take a turn of the loop for it."""

    tables: SqliteTables
    reads: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tables, name)

    async def get(self, table: Table, keys: Sequence[Key]) -> Any:
        self.reads.append(len(keys))
        await asyncio.sleep(0)
        return await self.tables.get(table, keys)

    async def sizes(self, table: Table, keys: Sequence[Key]) -> Any:
        self.reads.append(len(keys))
        await asyncio.sleep(0)
        return await self.tables.sizes(table, keys)

    async def heads(self, table: Table, partitions: Sequence[Key], most: int) -> Any:
        self.reads.append(len(partitions))
        await asyncio.sleep(0)
        return await self.tables.heads(table, partitions, most)


def key(number: int) -> Key:
    return ("po_1", 0, f"ac_{number:03}")


def like(number: int) -> Write:
    row = {**dict(zip(LIKES.key_columns, key(number), strict=True)), "liked_at": number}
    return Write(LIKES, key(number), 1, row)


async def test_many_rows_that_are_asked_for_at_once_are_a_few_reads(tmp_path: Path) -> None:
    with opened_site(tmp_path, [LIKING.id]) as site:
        await site.tables.create([LIKES])
        await site.tables.write([like(number) for number in range(0, 250, 2)])
        noted = Noted(site.tables)
        gathered = GatheredReads(noted)
        found = await asyncio.gather(*(gathered.get(LIKES, [key(number), key(number + 1)]) for number in range(249)))
        for number, rows in enumerate(found):
            assert rows == await site.tables.get(LIKES, [key(number), key(number + 1)])
        assert max(noted.reads) <= MAX_KEYS
        assert len(noted.reads) <= 4, "one that came first, and three of a hundred keys at most"


async def test_who_has_written_reads_what_was_written(tmp_path: Path) -> None:
    with opened_site(tmp_path, [LIKING.id]) as site:
        await site.tables.create([LIKES])
        gathered = GatheredReads(Noted(site.tables))

        async def written_and_read(number: int) -> bool:
            await site.tables.write([like(number)])
            return key(number) in await gathered.get(LIKES, [key(number)])

        assert all(await asyncio.gather(*map(written_and_read, range(50))))


async def test_sizes_are_those_of_whom_they_were_asked_for_and_no_more_than_may_be(tmp_path: Path) -> None:
    with opened_site(tmp_path, [LIKING.id]) as site:
        await site.tables.create([LIKES])
        gathered = GatheredReads(Noted(site.tables))
        found = await asyncio.gather(*(gathered.sizes(LIKES, [(f"po_{number}",)]) for number in range(5)))
        assert found == [{(f"po_{number}",): 0} for number in range(5)]
        with pytest.raises(ValueError, match="at most"):
            await gathered.get(LIKES, [key(number) for number in range(MAX_KEYS + 1)])


async def test_beginnings_of_partitions_are_read_with_those_of_others_who_ask_for_as_many_rows(tmp_path: Path) -> None:
    """What one asks for is not torn apart: on a CQL server it is one query because it is a product."""
    with opened_site(tmp_path, [LIKING.id]) as site:
        await site.tables.create([LIKES])
        await site.tables.write([like(number) for number in range(5)])
        noted = Noted(site.tables)
        gathered = GatheredReads(noted)
        partitions = [[(f"po_{number}", bucket) for bucket in range(16)] for number in range(20)]
        found = await asyncio.gather(*(gathered.heads(LIKES, some, 3) for some in partitions))
        assert found == [await site.tables.heads(LIKES, some, 3) for some in partitions]
        assert sum(len(head.rows) for heads in found for head in heads.values()) == 3
        assert noted.reads == [96, 96, 96, 32]
        few, all_of_them = await asyncio.gather(*(gathered.heads(LIKES, [("po_1", 0)], most) for most in (2, 9)))
        assert [len(heads["po_1", 0].rows) for heads in (few, all_of_them)] == [2, 5]
