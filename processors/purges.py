"""Purges: edges are told of media that are no more. Fed by what removes them, and apart from it: who uploads does not
wait for a purge, which takes seconds."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from events.delivery import Delivery
from processors.media import MediaSubscriber, Removal, RemovalApplier, RemoveAvatar, RemoveMedia, WithdrawRenditions
from processors.ports import Edge
from projections.effects import Reaction
from schemas.ids import AvatarId, PostId

MEDIA = MediaSubscriber()


@dataclass(frozen=True)
class Purge(Reaction):
    """Have edges forget what somebody had."""

    of: PostId | AvatarId
    removal: Removal


class PurgeSubscriber:
    """Says what edges may still have: whatever is removed and was public."""

    id = "purges@v1"
    topics = MEDIA.topics

    def reads(self, stored: str) -> bool:
        """What concerns media."""
        return MEDIA.reads(stored)

    def opens(self, stored: str) -> bool:
        """Nothing, as media."""
        return MEDIA.opens(stored)

    def plan(self, delivery: Delivery) -> Iterator[Reaction]:
        """A purge for each removal of renditions."""
        for reaction in MEDIA.plan(delivery):
            match reaction:
                case RemoveMedia(post) | WithdrawRenditions(post):
                    yield Purge(post, reaction)
                case RemoveAvatar(_, avatar, rejected=False):
                    yield Purge(avatar, reaction)


@dataclass(frozen=True)
class Purging:
    """Tells every edge. Without one it does nothing."""

    edge: Edge
    removals: RemovalApplier
    again_s: float
    """After so long no fetch is under way at an edge that began before the purge, and could be kept after it."""

    async def apply(self, purge: Purge, delivery: Delivery, cut_short: int) -> None:
        """Two purges of what is gone by then. Raises Unavailable.

        Media workers remove it too: whoever comes first does it, for an edge that asks after the purge must find it
        gone.
        """
        if not self.edge.any:
            return
        await self.removals.apply(purge.removal, delivery, cut_short)
        await self.edge.purge(purge.of)
        await asyncio.sleep(self.again_s)
        await self.edge.purge(purge.of)
