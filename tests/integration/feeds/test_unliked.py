"""A post that nobody likes is shown without asking who likes it: what is new is seen by everybody at once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import orjson

from infra.process.settings import Settings
from infra.wiring.embedded import embedded
from projections.likes import LIKED
from projections.ports import FeedEntry, Relations
from query_api.cards import show_cards
from query_api.reads import Reads
from schemas.ids import AccountId, PostId
from tests.bench.feed.made_up import NOON, event_of, opened, published
from tests.bench.feed.world import put
from tests.ports import free_ports

AUTHOR, FIRST, SECOND = (AccountId(f"ac_0000000000{number}") for number in range(3))
POSTS = (PostId("po_00000000000"), PostId("po_00000000001"))


class Asked:
    """The relations, and what is asked of them."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self.members: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._relations, name)

    async def look(self, account: AccountId, members: Sequence[str]) -> tuple[dict[str, bool], str]:
        self.members += members
        return await self._relations.look(account, members)


async def liked(viewer: AccountId, reads: Reads) -> list[tuple[bool, int]]:
    """Whether the viewer likes each, and how many do, as its card says."""
    shown = await show_cards([FeedEntry(NOON, post, AUTHOR) for post in POSTS], viewer, reads)
    cards = [orjson.loads(card) for card in shown if card is not None]
    return [(card["liked_by_viewer"], card["like_count"]) for card in cards]


async def test_who_likes_a_post_is_not_asked_while_nobody_does(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with embedded(Settings(data=tmp_path, port=port, ops_port=0)) as platform:
        tables = cast(Any, platform.reads.tables).tables
        await put([event_of(opened(one), f"account/{one}") for one in (AUTHOR, FIRST, SECOND)], tables)
        await put([event_of(published(AUTHOR, post, NOON), f"post/{post}") for post in POSTS], tables)
        asked = Asked(platform.reads.relations)
        reads = replace(platform.reads, relations=cast(Relations, asked))
        assert await liked(FIRST, reads) == [(False, 0), (False, 0)]
        asked.members.clear()
        assert await liked(SECOND, reads) == [(False, 0), (False, 0)]
        assert asked.members
        assert not [member for member in asked.members if member[:1] == LIKED.kind]
