"""Takes out of the object store what a post that is no more left there. One post, one call; knows no deliveries."""

from dataclasses import dataclass

from commands.ports import Objects
from schemas.ids import PostId
from schemas.objects import media_prefix, upload_key


@dataclass(frozen=True)
class Removals:
    """Removes objects. Every method is safe to repeat."""

    objects: Objects

    async def rejected(self, post: PostId) -> None:
        """The original of a rejected post is gone; of its renditions nobody knows."""
        await self.objects.delete(upload_key(post))

    async def deleted(self, post: PostId) -> None:
        """Renditions of a deleted post answer 410 from now on, and its original is gone."""
        for rendition in await self.objects.list(media_prefix(post)):
            await self.objects.tombstone(rendition.key)
        await self.objects.delete(upload_key(post))
