"""Counts are the sizes of sets: under any redelivery, any cutting into batches, late duplicates, and crashes."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.delivery import Delivery
from events.envelope import Event, Recorded
from events.likes import PostLiked, PostUnliked
from processors.planning import Plan
from processors.rows import Rows
from projections.effects import Delete, Effects, Projection, Put
from projections.likes import LIKES, liked, unliked
from projections.ports import Write
from schemas.ids import AccountId, CommandId, EventId, PostId
from schemas.positions import ENGAGEMENT, Position
from schemas.tables import Count, Key, Table
from tests.drawn import SHARES_FIXTURES
from tests.integration.stores import Site, open_site
from tests.partitions import route

POSTS = [PostId(f"po_{number}") for number in range(4)]
ACCOUNTS = [AccountId(f"ac_{number}") for number in range(4)]
LIKED = Table("liked", partition="account_id", order="post_id", counts=Count("liked_count", per="account_id"))
"""The other way round: its counts get contributions from several partitions of the log."""

BOTH_WAYS = Projection("both_ways", topics=[ENGAGEMENT], tables=[LIKES, LIKED])


@BOTH_WAYS.projects(PostLiked)
def both_liked(recorded: Recorded[PostLiked]) -> Effects:
    yield from liked(recorded)
    yield Put(LIKED, account_id=recorded.event.account_id, post_id=recorded.event.post_id)


@BOTH_WAYS.projects(PostUnliked)
def both_unliked(recorded: Recorded[PostUnliked]) -> Effects:
    yield from unliked(recorded)
    yield Delete(LIKED, account_id=recorded.event.account_id, post_id=recorded.event.post_id)


class Crash(Exception):
    """The process died here."""


class Undone(Exception):
    """Ends an example's transaction, so that nothing of it stays."""


class MortalTables:
    """Writes one row at a time, in any order within a call, and dies after so many: a store without transactions."""

    def __init__(self, site: Site, order: random.Random) -> None:
        self._tables = site.tables
        self._order = order
        self.writes_left: int | None = None
        self.create, self.get, self.slice = site.tables.create, site.tables.get, site.tables.slice
        self.remove, self.stored = site.tables.remove, site.tables.stored
        self.sizes, self.stamps, self.heads = site.tables.sizes, site.tables.stamps, site.tables.heads

    async def write(self, writes: Sequence[Write]) -> None:
        for write in self._order.sample(list(writes), len(writes)):
            if self.writes_left == 0:
                raise Crash
            if self.writes_left is not None:
                self.writes_left -= 1
            await self._tables.write([write])


@dataclass(frozen=True)
class Step:
    """One delivery: how many events of which partition; dying after so many writes; then going back so far."""

    partition: int
    size: int
    dies_after: int | None
    back: int


def delivery(post: int, account: int, likes: bool, number: int, offset: int) -> Delivery:
    """One decision of one account about one post."""
    said: dict[str, Any] = {"post_id": POSTS[post], "account_id": ACCOUNTS[account]}
    event: Event = PostLiked(**said, author_id=None) if likes else PostUnliked(**said)
    stream = f"like/{POSTS[post]}/{ACCOUNTS[account]}"
    recorded = Recorded(
        EventId(f"ev_{post}_{account}_{number}"), stream, number, number, "", CommandId("cm"), "", event
    )
    return Delivery(recorded, Position(ENGAGEMENT, route(stream)[1], offset))


def log_of(decisions: Sequence[tuple[int, int, bool, bool]]) -> list[list[Delivery]]:
    """The partitions of the log after these decisions; the last part of one says whether an old event comes again."""
    partitions: list[list[Delivery]] = [[] for _ in range(4)]
    numbers: dict[tuple[int, int], int] = {}
    for post, account, likes, again in decisions:
        number = numbers[post, account] = numbers.get((post, account), 0) + 1
        place = partitions[route(f"like/{POSTS[post]}/{ACCOUNTS[account]}")[1]]
        place.append(delivery(post, account, likes, number, len(place)))
        if again:
            old = place[(post + account + number) % len(place)]
            place.append(replace(old, position=old.position._replace(offset=len(place))))
    return partitions


async def apply(batch: Sequence[Delivery], rows: Rows) -> None:
    """What both ways say of these events."""
    await rows.apply([Plan(delivery, BOTH_WAYS.plan(delivery)) for delivery in batch])


async def deliver(log: list[list[Delivery]], steps: Sequence[Step], rows: Rows, tables: MortalTables) -> None:
    """Every step, whatever becomes of it; then everything that is left, undisturbed."""
    next_offsets = [0] * len(log)
    for step in steps:
        start = next_offsets[step.partition]
        batch = log[step.partition][start : start + step.size]
        tables.writes_left = step.dies_after
        try:
            await apply(batch, rows)
            next_offsets[step.partition] = max(0, start + len(batch) - step.back)
        except Crash:
            continue  # the position stands, and the next delivery is cut otherwise
    tables.writes_left = None
    for partition, start in zip(log, next_offsets, strict=True):
        await apply(partition[start:], rows)


@asynccontextmanager
async def undone(site: Site) -> AsyncIterator[None]:
    """One example, of which nothing is left for the next."""
    with suppress(Undone):
        async with site.views.together():
            yield
            raise Undone


@pytest.fixture
async def site(tmp_path: Path) -> Site:
    opened = open_site(tmp_path)
    await opened.tables.create([LIKES, LIKED])
    return opened


async def sizes(site: Site) -> tuple[dict[Key, int], dict[Key, int]]:
    """What readers are told: likes by post, and by account."""
    by_post = await site.tables.sizes(LIKES, [(post,) for post in POSTS])
    return by_post, await site.tables.sizes(LIKED, [(account,) for account in ACCOUNTS])


DECISIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans()), max_size=40)
STEPS = st.lists(
    st.builds(Step, st.integers(0, 3), st.integers(1, 12), st.none() | st.integers(0, 20), st.integers(0, 6)),
    max_size=25,
)


@settings(max_examples=150, suppress_health_check=SHARES_FIXTURES)
@given(DECISIONS, STEPS, st.randoms(use_true_random=False))
@example([(0, 0, True, False), (0, 0, False, True)], [Step(3, 2, 1, 0)], random.Random(1))
async def test_counts_are_the_sizes_of_sets_at_the_end(
    site: Site, decisions: list[tuple[int, int, bool, bool]], steps: list[Step], order: random.Random
) -> None:
    stand = {(post, account): likes for post, account, likes, _ in decisions}
    likers = {(POSTS[post], ACCOUNTS[account]) for (post, account), likes in stand.items() if likes}
    tables = MortalTables(site, order)
    async with undone(site):
        await deliver(log_of(decisions), steps, replace(site.rows, tables=tables), tables)
        await check(site, likers)


async def check(site: Site, likers: set[tuple[PostId, AccountId]]) -> None:
    """Rows are those of who likes which post, and counts their number."""
    by_post, by_account = await sizes(site)
    assert by_post == {(post,): sum(liked == post for liked, _ in likers) for post in POSTS}
    assert by_account == {(account,): sum(liker == account for _, liker in likers) for account in ACCOUNTS}
    rows = [row for account in ACCOUNTS for row in await site.tables.slice(LIKED, (account,), 10)]
    assert {(row["post_id"], row["account_id"]) for row in rows} == likers


@settings(max_examples=100, suppress_health_check=SHARES_FIXTURES)
@given(DECISIONS, st.lists(st.integers(1, 12), max_size=25))
async def test_batches_that_stand_or_fall_with_their_position_write_each_row_once(
    site: Site, decisions: list[tuple[int, int, bool, bool]], cuts: list[int]
) -> None:
    stand = {(post, account): likes for post, account, likes, _ in decisions}
    likers = {(POSTS[post], ACCOUNTS[account]) for (post, account), likes in stand.items() if likes}
    rows, sizes_left = replace(site.rows, binds=True), list(cuts)
    async with undone(site):
        for partition in log_of(decisions):
            start = 0
            while start < len(partition):
                batch = partition[start : start + (sizes_left.pop() if sizes_left else len(partition))]
                await apply(batch, rows)
                start += len(batch)
        await check(site, likers)


async def test_replaying_everything_changes_no_count(site: Site) -> None:
    log = log_of([(post, account, True, False) for post in range(4) for account in range(4)])
    for partition in [*log, *log]:
        await apply(partition, site.rows)
    assert set((await sizes(site))[0].values()) == {4}
