"""A publication reaches every follower whose feed is kept, whether an author has few followers, or many in a bucket."""

import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from events.delivery import Delivery
from events.follows import Followed
from processors.followers import CHUNK, FEW
from processors.planning import Plan
from projections.buckets import BUCKETS, bucket
from projections.feed import PROJECTION
from projections.ports import FeedEntry
from schemas.ids import AccountId, PostId
from schemas.positions import FOLLOWS, POSTS, Position
from tests.contract.feeds import read_all, rebuilt
from tests.integration.stores import Site, opened_site
from tests.unit.samples import ANN, NOON, PUBLISHED, recorded

POST = PostId("po_0000000000P")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, [PROJECTION.id]) as opened:
        await opened.tables.create(PROJECTION.tables)
        yield opened


def people(*sizes: int) -> list[AccountId]:
    """So many of each bucket, from the first on."""
    left = dict(enumerate(sizes))
    found = []
    for number in itertools.count():
        account = AccountId(f"ac_{number:011}")
        if left.get(bucket(account), 0):
            left[bucket(account)] -= 1
            found.append(account)
        if not any(left.values()):
            return found
    raise AssertionError


async def publishes_to(site: Site, followers: Sequence[AccountId]) -> None:
    """They follow Ann, and she publishes."""
    for offset, follower in enumerate(followers):
        event = Followed(follower_id=follower, followee_id=ANN)
        follow = recorded(event, f"follow/{follower}/{ANN}", 1, f"ev_{offset}")
        await site.rows.apply([Plan(Delivery(follow, Position(FOLLOWS, 0, offset)), PROJECTION.effects(follow))])
    published = recorded(PUBLISHED, f"post/{POST}", 2, "ev_post")
    plan = Plan(Delivery(published, Position(POSTS, 0, 0)), PROJECTION.effects(published))
    await site.rows.apply([plan])
    await site.appliers.react(plan, 0)


@pytest.mark.parametrize(
    "sizes", [(1,), (3,) * BUCKETS, (FEW + 20, 2, 0, 5), (FEW - 1,) * 7], ids=["one", "few", "one bucket", "chunks"]
)
async def test_every_follower_whose_feed_is_kept_gets_the_post_and_nobody_else(
    site: Site, sizes: tuple[int, ...]
) -> None:
    followers, stranger = people(*sizes), AccountId("ac_stranger000")
    for account in (*followers, stranger):
        await rebuilt(site.feeds, account)
    await publishes_to(site, followers)
    entry = FeedEntry(NOON, POST, ANN)
    lacking = [account for account in followers if await read_all(site.feeds, account) != [entry]]
    assert lacking == []
    assert await read_all(site.feeds, stranger) == []


def test_the_last_case_is_more_than_one_chunk() -> None:
    assert 7 * (FEW - 1) > CHUNK
