"""SqliteFeeds: the Feeds port. Pushed to by the fan-out, rebuilt and read by the feed query.

Lies in the file of the positions, so a power cut takes pushes and positions back together: pushes are never forgotten
alone, and a feed that is there is whole for as long as it says so.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import orjson

from infra.process.clock import wall_clock
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.feed_sql import BEGUN, DDL, LOOK, READ_BELOW, READ_TOP
from projections.ports import FEED_LIMIT, FeedEntry, FeedSlice, StoredFeed
from schemas.errors import StorageFull
from schemas.ids import AccountId, Millis

LIFE_MS = 7 * 24 * 3_600_000
"""A feed lives this long after a read, at least."""
SPARE_MS = 3_600_000
"""And this much longer at most: so a read writes once an hour, and else never queues behind a writer."""
SWEPT = 2
"""Ended feeds that are removed whenever one begins."""


class SqliteFeeds:
    """Feeds as rows. A feed exists while its row in `feeds` does and has not ended."""

    def __init__(
        self, database: SqliteDatabase, clock: Callable[[], Millis] = wall_clock, limit: int = FEED_LIMIT
    ) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit
        database.define(DDL)
        if not database.has_column("feeds", "begun"):
            database.define(BEGUN)

    async def push(self, accounts: Sequence[AccountId], entries: Sequence[FeedEntry]) -> None:
        """Into living feeds, building ones included."""
        async with self._database.together():
            living = self._living(set(accounts))
            await self._add((account, *entry) for account in living for entry in entries)
            await self._trim(living)

    async def reached(self) -> bool:
        """It lies beside the tables."""
        return True

    async def read(self, account: AccountId, limit: int, after: FeedEntry | None = None) -> FeedSlice | None:
        """State, entries and floor in one statement, so that no push falls between them."""
        now = self._clock()
        found = self._database.rows(
            READ_BELOW if after else READ_TOP, (account, self._limit, now, max(limit, 1), *(after or ()))
        )
        if not found:
            return None
        ends, *_, floor = found[0]
        if ends < now + LIFE_MS:
            with suppress(StorageFull):  # reads go on while the disk is full: the feed only ends sooner
                await self._database.write("UPDATE feeds SET expires_at = ? WHERE account = ?", [self._end(), account])
        # A whole feed with nothing below `after` comes as one row without an entry.
        entries = [FeedEntry(*row[1:4]) for row in found if row["post_id"] is not None]
        return FeedSlice(entries[:limit], FeedEntry(*orjson.loads(floor)) if floor else None)

    async def begin(self, account: AccountId) -> bytes | None:
        """Makes the feed, or joins whoever makes it."""
        async with self._database.together():
            await self._sweep(account)
            await self._database.write(
                "INSERT INTO feeds (account, whole, size, expires_at, begun) VALUES (?, 0, 0, ?, ?) "
                "ON CONFLICT DO UPDATE SET begun = CASE WHEN whole THEN excluded.begun ELSE begun END, "
                "whole = 0, expires_at = excluded.expires_at",
                [account, self._end(), secrets.token_hex(8)],
            )
            return self._begun(account)

    async def complete(self, account: AccountId, begun: bytes, entries: Sequence[FeedEntry]) -> None:
        """A feed that ended or was lost since `begin` missed pushes: it stays away, to be begun again."""
        async with self._database.together():
            living = self._living({account})
            if not living or self._begun(account) != begun:
                return
            await self._add((account, *entry) for entry in entries)
            await self._trim(living)
            await self._database.write(
                "UPDATE feeds SET whole = 1, expires_at = ? WHERE account = ?", [self._end(), account]
            )

    async def look(self, account: AccountId, limit: int, asked: Sequence[FeedEntry] = ()) -> StoredFeed:
        """One statement, so that no push falls between what it says."""
        now = self._clock()
        wanted = orjson.dumps([list(entry) for entry in asked]).decode()
        found = self._database.row(LOOK, [account, self._limit, limit, wanted, now])
        if found is None:
            return StoredFeed("absent")
        return StoredFeed(
            state="whole" if found["whole"] else "building",
            length=found["size"],
            floor=FeedEntry(*orjson.loads(found["floor"])) if found["floor"] else None,
            left_ms=found["expires_at"] - now,
            newest=sorted((FeedEntry(*entry) for entry in orjson.loads(found["newest"])), reverse=True),
            held=frozenset(FeedEntry(*entry) for entry in orjson.loads(found["held"])),
        )

    def _begun(self, account: AccountId) -> bytes | None:
        found = self._database.row("SELECT begun FROM feeds WHERE account = ?", [account])
        return None if found is None else str(found["begun"]).encode()

    def _living(self, accounts: set[AccountId]) -> set[AccountId]:
        found = self._database.rows(
            "SELECT account FROM feeds WHERE account IN (SELECT value FROM json_each(?)) AND expires_at > ?",
            [orjson.dumps(list(accounts)).decode(), self._clock()],
        )
        return {row["account"] for row in found}

    async def _add(self, rows: Iterable[tuple[AccountId, Millis, str, AccountId]]) -> None:
        await self._database.write_many("INSERT OR IGNORE INTO feed_entries VALUES (?, ?, ?, ?)", rows)

    async def _trim(self, accounts: set[AccountId]) -> None:
        """Removes the lowest entries of feeds above the limit."""
        above = self._database.rows(
            "SELECT account, size - ? FROM feeds WHERE account IN (SELECT value FROM json_each(?)) AND size > ?",
            [self._limit, orjson.dumps(list(accounts)).decode(), self._limit],
        )
        await self._database.write_many(
            "DELETE FROM feed_entries WHERE account = ?1 AND (published_at, post_id, author_id) <= ("
            "SELECT published_at, post_id, author_id FROM feed_entries WHERE account = ?1 "
            "ORDER BY published_at, post_id, author_id LIMIT 1 OFFSET ?2 - 1)",
            above,
        )

    async def _sweep(self, account: AccountId) -> None:
        """Removes this feed if it has ended, and a few others that have."""
        now = self._clock()
        await self._database.write("DELETE FROM feeds WHERE account = ? AND expires_at <= ?", [account, now])
        await self._database.write(
            "DELETE FROM feeds WHERE account IN (SELECT account FROM feeds WHERE expires_at <= ? LIMIT ?)",
            [now, SWEPT],
        )

    def _end(self) -> Millis:
        return self._clock() + LIFE_MS + SPARE_MS
