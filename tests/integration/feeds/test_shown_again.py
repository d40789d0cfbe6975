"""A feed's page that is asked for again is as it was until something on it changes, and then as it is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from events.follows import Followed
from infra.process.settings import Settings
from infra.wiring.embedded import embedded
from projections.feed import FOLLOWEE, FOLLOWING
from projections.ports import FeedEntry, Related, Tables, Write
from projections.posts import POSTS
from query_api.cards import show_cards
from query_api.reads import Reads
from schemas.ids import AccountId, PostId
from tests.bench.feed.made_up import NOON, event_of, opened, published
from tests.bench.feed.world import put
from tests.ports import free_ports

VIEWER, *AUTHORS = (AccountId(f"ac_0000000000{number}") for number in range(3))
ENTRIES = [FeedEntry(NOON, PostId(f"po_0000000000{number}"), author) for number, author in enumerate(AUTHORS)]


@pytest.fixture
async def reads(tmp_path: Path) -> AsyncIterator[Reads]:
    """Of a site on which the viewer follows two authors of a post each."""
    (port,) = free_ports(1)
    async with embedded(Settings(data=tmp_path, port=port, ops_port=0)) as platform:
        await put(
            [
                *(event_of(opened(one), f"account/{one}") for one in (VIEWER, *AUTHORS)),
                *(event_of(Followed(follower_id=VIEWER, followee_id=one), f"follow/{VIEWER}/{one}") for one in AUTHORS),
                *(event_of(published(one.author_id, one.post_id, NOON), f"post/{one.post_id}") for one in ENTRIES),
            ],
            stored(platform.reads),
        )
        yield platform.reads


def stored(reads: Reads) -> Tables:
    return cast(Tables, cast(Any, reads.tables).tables)


async def captions(reads: Reads) -> list[str | None]:
    """What the page says of each post; None of one that is not shown."""
    shown = await show_cards(ENTRIES, VIEWER, reads, of_followed=True)
    return [None if card is None else orjson.loads(card)["caption"] for card in shown]


# What changes is told before it is written: the commit is what both are over with.


async def edited(reads: Reads, post: PostId, number: int, caption: str) -> None:
    rows = await reads.tables.get(POSTS, [(post,)])
    await reads.caches.drop([POSTS.cache_key((post,))])
    await stored(reads).write([Write(POSTS, (post,), number, {**rows[post,], "caption": caption})])


async def follows(reads: Reads, author: AccountId, number: int, *, present: bool) -> None:
    row = {"follower_id": VIEWER, "followee_id": author, "followed_at": NOON} if present else None
    await cast(Any, reads.relations).note([Related(VIEWER, FOLLOWEE.kind + author, number, present)])
    await stored(reads).write([Write(FOLLOWING, (VIEWER, author), number, row)])


async def test_it_is_made_anew_of_what_has_changed(reads: Reads) -> None:
    first, second = await captions(reads)
    assert None not in (first, second)
    assert await captions(reads) == [first, second]
    await edited(reads, ENTRIES[1].post_id, 2, "edited")
    assert [await captions(reads) for _ in range(2)] == [[first, "edited"]] * 2
    await follows(reads, AUTHORS[0], 2, present=False)
    assert [await captions(reads) for _ in range(2)] == [[None, "edited"]] * 2
    await edited(reads, ENTRIES[1].post_id, 3, "again")
    await follows(reads, AUTHORS[0], 3, present=True)
    assert [await captions(reads) for _ in range(2)] == [[first, "again"]] * 2


async def test_another_page_is_not_answered_as_the_last_one(reads: Reads) -> None:
    pages = [ENTRIES, ENTRIES[::-1], ENTRIES[:1]]
    shown = [await show_cards(page, VIEWER, reads, of_followed=True) for page in pages]
    assert shown == [shown[0], shown[0][::-1], shown[0][:1]]
    assert [await show_cards(page, VIEWER, reads, of_followed=True) for page in pages] == shown
