"""A log full of likes, and a version of them that is built from it."""

import asyncio

from events.envelope import Event, Recorded
from events.likes import PostLiked, PostUnliked
from infra.versions.orders import Orders
from processors.verifying import Verdict
from schemas.ids import AccountId, PostId
from tests.unit.samples import recorded

POSTS, LIKERS = 3, 40


def likes() -> list[Recorded[Event]]:
    """Everybody likes every post, and every fourth thinks better of it."""
    events: list[Recorded[Event]] = []
    for post_number in range(POSTS):
        for number in range(LIKERS):
            post, account = PostId(f"po_{post_number}"), AccountId(f"ac_{number}")
            stream = f"like/{post}/{account}"
            events.append(
                recorded(
                    PostLiked(post_id=post, account_id=account, author_id=None), stream, 1, f"ev_{post}_{account}_1"
                )
            )
            if number % 4 == 0:
                events.append(
                    recorded(PostUnliked(post_id=post, account_id=account), stream, 2, f"ev_{post}_{account}_2")
                )
    return events


async def built(orders: Orders) -> Verdict:
    """A version that follows."""
    verdict = await orders.rebuild("likes", asyncio.Event())
    assert verdict is not None
    return verdict
