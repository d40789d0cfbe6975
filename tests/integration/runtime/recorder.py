"""A subscriber whose rows are a list: what it was given, in the order in which it was."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from events.envelope import Event, Recorded
from events.likes import PostLiked
from processors.appliers import Appliers
from processors.planning import Plan
from schemas.ids import AccountId, PostId
from schemas.positions import ENGAGEMENT, Partition
from tests.everything import Everything
from tests.unit.samples import recorded

HERE, THERE = PostId("po_0"), PostId("po_1")
"""Posts on two partitions."""


@dataclass
class Recorder(Everything):
    """Plans nothing, and writes down what it was given instead of rows; that fails while `broken` says so."""

    taken: list[tuple[int, int]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """Partitions whose batches fail."""
    failures: int = 0
    thrice: asyncio.Event = field(default_factory=asyncio.Event)
    id: str = "recorder@v1"
    topics: Sequence[str] = (ENGAGEMENT,)

    async def apply(self, plans: Sequence[Plan]) -> None:
        if plans[0].delivery.position.partition in self.broken:
            self.failures += 1
            if self.failures == 3:
                self.thrice.set()
            raise ConnectionError("secret")
        self.taken += [(plan.delivery.position.partition, plan.delivery.position.offset) for plan in plans]

    @property
    def appliers(self) -> Appliers:
        return Appliers(self, {})


class Announced(dict[Partition, str]):
    """What holds which partition, and a way to wait for the first."""

    def __init__(self) -> None:
        super().__init__()
        self.any = asyncio.Event()

    def __setitem__(self, partition: Partition, reason: str) -> None:
        super().__setitem__(partition, reason)
        self.any.set()


def likes(post: PostId, count: int, first: int = 1) -> list[Recorded[Event]]:
    """Likes of a post by as many accounts."""
    return [
        recorded(
            PostLiked(post_id=post, account_id=AccountId(f"ac_{n}"), author_id=None),
            f"like/{post}/ac_{n}",
            event_id=f"ev_{post}_{n}",
        )
        for n in range(first, first + count)
    ]
