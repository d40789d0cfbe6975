"""What a page of notifications costs: as many round trips for four hundred rows as for four."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from events.comments import CommentWritten
from events.envelope import Event
from events.follows import BellAdded, Followed
from events.likes import PostLiked
from infra.process.settings import Settings
from infra.wiring.embedded import embedded
from projections import bells, feed
from projections.bells import POST
from projections.effects import Put
from projections.notifications import COMMENT, FOLLOW, LIKE, MENTION, PROJECTION
from projections.ports import Caches, Lease, TableReads, Write
from query_api.notifications import WINDOW, newest, standing_of
from query_api.reads import Reads
from schemas.ids import AccountId, CommentId, PostId
from tests.ports import free_ports
from tests.unit.samples import EVE, NOON, recorded

TURNS = 100
"""Of the loop, in which everybody gets as far as they do without an answer."""


class Rounds:
    """Tables that answer when nobody can go on without: what was asked until then is one round trip."""

    def __init__(self, tables: TableReads) -> None:
        self._tables = tables
        self._waiting: list[asyncio.Event] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def asked(*what: Any) -> Any:
            answers = asyncio.Event()
            self._waiting.append(answers)
            await answers.wait()
            return await getattr(self._tables, name)(*what)

        return asked

    async def until(self, work: asyncio.Task[None]) -> int:
        """Answers until the work is done; how often."""
        trips = 0
        while True:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if work.done():
                work.result()
                return trips
            assert self._waiting, "it waits for something else"
            trips += 1
            for answers in self._waiting:
                answers.set()
            self._waiting.clear()


class Uncached:
    """Nothing is copied anywhere: every row is read."""

    def moment(self) -> None:
        """There is only now."""

    async def fence(self, since: None) -> None:
        """Nobody changes anything."""

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        return {}, []

    async def fill(self, entries: Mapping[Lease, bytes], ttl_s: int) -> None:
        assert not entries


def concerning(recipient: AccountId, number: int) -> list[Event]:
    """One event of each kind, by somebody else and about another post each time."""
    author, actor = AccountId(f"ac_{number:011}"), AccountId(f"ac_1{number:010}")
    post, comment = PostId(f"po_{number:011}"), CommentId(f"co_{number:011}{number:011}")
    said: dict[str, Any] = {"comment_id": comment, "author_id": actor, "text": "x", "written_at": NOON}
    return [
        PostLiked(post_id=post, account_id=actor, author_id=recipient),
        Followed(follower_id=actor, followee_id=recipient),
        CommentWritten(post_id=post, **said, post_author_id=recipient, mentions=()),
        CommentWritten(post_id=post, **said, post_author_id=author, mentions=(recipient,)),
    ]


def rung(recipient: AccountId, number: int) -> list[Put]:
    """A bell on somebody who has posted since."""
    author, post = AccountId(f"ac_2{number:010}"), PostId(f"po_2{number:010}")
    by_time = {"published_at": NOON + 10 + number, "post_id": post}
    added = recorded(BellAdded(follower_id=recipient, followee_id=author))
    puts = [effect for effect in bells.PROJECTION.effects(added) if isinstance(effect, Put)]
    return [*puts, Put(feed.POSTS_BY_AUTHOR, author_id=author, **by_time)]


async def rounds(reads: Reads, recipient: AccountId, of_each: int) -> int:
    """The round trips of a page for somebody whom so many of each kind concern, and who has as many bells."""
    rows = [
        effect
        for number in range(of_each)
        for event in concerning(recipient, number)
        for effect in PROJECTION.effects(recorded(event, event_id=f"ev_{number:011}"))
        if isinstance(effect, Put) and effect.row["recipient_id"] == recipient
    ]
    rows += [put for number in range(of_each) for put in rung(recipient, number)]
    await cast(Any, reads.tables).tables.write([Write(row.table, row.key, 1, row.row) for row in rows])
    far = Rounds(reads.tables)
    reads = replace(reads, tables=cast(TableReads, far), caches=cast(Caches, Uncached()))

    async def page() -> None:
        found, _ = await newest(recipient, reads)
        assert len(found) == min(of_each, WINDOW) * len((LIKE, COMMENT, FOLLOW, MENTION, POST))
        await standing_of(recipient, found, reads)

    return await far.until(asyncio.create_task(page()))


async def test_a_page_of_many_takes_as_many_round_trips_as_one_of_few(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with embedded(Settings(data=tmp_path, port=port, ops_port=0)) as platform:
        few = await rounds(platform.reads, AccountId("ac_20000000000"), 1)
        assert await rounds(platform.reads, EVE, WINDOW + 20) == few
