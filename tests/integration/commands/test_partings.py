"""A follow and a block that were decided at once: whoever comes second finds both, and the follow ends."""

from collections.abc import Sequence

import pytest

from commands.accounts import account_stream
from commands.blocks import BlockAccount, UnblockAccount
from commands.follows import FollowAccount, follow_stream
from events.delivery import Delivery
from processors.blocks import Partings
from projections.blocks import Part
from schemas.ids import AccountId
from schemas.positions import FOLLOWS, Position
from tests.integration.handlers import cause
from tests.integration.stores import Site
from tests.unit.samples import EVE, recorded
from tests.unit.test_blocks import BLOCKED

ANY = Delivery(recorded(BLOCKED), Position(FOLLOWS, 0, 0))


class Unaware(FollowAccount):
    """A follow that looked for blocks before there was one."""

    @property
    def needs(self) -> Sequence[str]:
        return (account_stream(self.followee_id),)


@pytest.fixture
async def two(site: Site) -> tuple[AccountId, AccountId]:
    return await site.account("ann"), await site.account("ben")


async def following(site: Site, follower: AccountId, followee: AccountId) -> bool:
    state = await site.handler.state(follow_stream(follower, followee))
    return state is not None and state.following


async def parted(site: Site, one: AccountId, other: AccountId) -> None:
    await Partings(site.handler, site.ids).apply(Part(one, other), ANY, 0)


async def test_a_follow_that_a_block_could_not_see_ends_in_the_name_of_who_has_blocked(
    site: Site, two: tuple[AccountId, AccountId]
) -> None:
    ann, ben = two
    await site.handler.handle(BlockAccount(ann, ben), cause("ann blocks"))
    for follower, followee in ((ann, ben), (ben, ann)):
        await site.handler.handle(Unaware(follower, followee), cause(f"{follower} follows"))
    assert [await following(site, ann, ben), await following(site, ben, ann)] == [True, True]
    await parted(site, ben, ann)
    assert [await following(site, ann, ben), await following(site, ben, ann)] == [False, False]
    rows = await site.ledger.load(follow_stream(ben, ann))
    ended, *_ = await site.handler.sealing.opened(rows[-1:])
    assert (ended.actor, ended.subject) == (ann, ben), "who ended it, and whose follow it was"
    before = len(rows)
    await parted(site, ann, ben)
    assert len(await site.ledger.load(follow_stream(ben, ann))) == before, "said again, it adds nothing"


async def test_nothing_ends_where_nobody_has_blocked_or_not_any_more(
    site: Site, two: tuple[AccountId, AccountId]
) -> None:
    ann, ben = two
    await site.handler.handle(BlockAccount(ann, ben), cause("ann blocks"))
    await site.handler.handle(UnblockAccount(ann, ben), cause("ann thinks better of it"))
    await site.handler.handle(FollowAccount(ben, ann), cause("ben follows"))
    await parted(site, ann, ben)
    await parted(site, ben, EVE)
    assert await following(site, ben, ann)
