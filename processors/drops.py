"""CacheDrops: what rows make stale is dropped from the copies themselves, or noted there, and waited for."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.ports import Caches, Related, Relations
from schemas.positions import Partition


@dataclass(frozen=True)
class CacheDrops:
    """The Drops port of rows.py over copies that are always there."""

    caches: Caches
    relations: Relations

    async def drop(self, keys: Sequence[str], related: Sequence[Related], on_behalf_of: Partition) -> None:
        """Raises Unavailable while they are away: the rows are then written again, and dropped again."""
        await self.relations.note(related)
        await self.caches.drop(keys)
