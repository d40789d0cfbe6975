"""CacheDrops: what rows make stale is dropped from the copies, or noted there, or nobody believes them any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.reach import Reach
from projections.ports import Caches, Related, Relations
from projections.site import Share
from schemas.positions import Partition


@dataclass(frozen=True)
class CacheDrops:
    """The Drops port of rows.py, for one subscriber."""

    caches: Caches
    relations: Relations
    reach: Reach
    subscriber: str

    async def drop(self, keys: Sequence[str], related: Sequence[Related], on_behalf_of: Partition) -> None:
        """Rows wait for copies that are away no longer than it takes to have that known."""

        async def tell() -> None:
            await self.relations.note(related)
            await self.caches.drop(keys)

        await self.reach.tell(Share(self.subscriber, *on_behalf_of), tell)
