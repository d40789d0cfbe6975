"""CacheDrops: what rows make stale is dropped from the cache itself, and waited for."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.ports import Caches
from schemas.positions import Partition


@dataclass(frozen=True)
class CacheDrops:
    """The Drops port of rows.py over a cache that is always there."""

    caches: Caches

    async def drop(self, keys: Sequence[str], on_behalf_of: Partition) -> None:
        """Raises Unavailable while the cache is away: the rows are then written again, and dropped again."""
        await self.caches.drop(keys)
