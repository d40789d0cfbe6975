"""Takes out of the object store what a post or an avatar that is no more left there. One of them, one call; knows no
deliveries."""

from dataclasses import dataclass

from commands.ports import Objects
from processors.duplicates import Duplicates
from schemas.ids import AccountId, AvatarId, PostId
from schemas.objects import attempt_of, avatar_key, media_prefix, upload_key


@dataclass(frozen=True)
class Removals:
    """Removes objects. Every method is safe to repeat."""

    objects: Objects
    duplicates: Duplicates

    async def rejected(self, post: PostId) -> None:
        """The original of a rejected post is gone; of its renditions nobody knows."""
        await self.objects.delete(upload_key(post))

    async def withdrawn(self, post: PostId, attempt: int) -> None:
        """What this attempt has made, and those before it, answers 410: a later one may be public again."""
        for rendition in await self.objects.list(media_prefix(post)):
            if (attempt_of(rendition.key) or 0) <= attempt:
                await self.objects.tombstone(rendition.key)

    async def deleted(self, post: PostId) -> None:
        """Renditions of a deleted post answer 410 from now on, and its original is gone, or what came of it."""
        await self._gone(post)
        await self.objects.parts.abandon(upload_key(post))
        await self.objects.delete(upload_key(post))

    async def avatar_rejected(self, account: AccountId, avatar: AvatarId) -> None:
        """Its original is gone."""
        await self.objects.delete(avatar_key(account, avatar))

    async def avatar_removed(self, account: AccountId, avatar: AvatarId) -> None:
        """One that is not shown any more answers 410, and its original is gone."""
        await self._gone(avatar)
        await self.objects.delete(avatar_key(account, avatar))

    async def _gone(self, of: PostId | AvatarId) -> None:
        await self.duplicates.forget(of)
        for rendition in await self.objects.list(media_prefix(of)):
            await self.objects.tombstone(rendition.key)
