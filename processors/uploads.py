"""What the object store says: an upload has arrived. The same as the client's `complete`, unless it was a draft.

Told by the embedded store's own route, or by MinIO through Kafka; told twice or late, it changes nothing.
"""

from dataclasses import dataclass

from commands.aggregate import SYSTEM
from commands.handling import Cause, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from commands.posts import NoteUpload
from schemas.errors import UnknownPost
from schemas.ids import AccountId
from schemas.objects import uploaded_post

ACTOR = AccountId(f"{SYSTEM}object-store")


@dataclass(frozen=True)
class Uploads:
    """Hears of objects, and tells the post that they belong to."""

    handler: Handler
    objects: Objects
    ids: Snowflakes

    async def arrived(self, key: str) -> None:
        """An object is there. One that no post waits for any more is removed. Safe to repeat."""
        post = uploaded_post(key)
        if post is None:
            return
        command_id = await self.ids.command_id()
        try:
            noted = await self.handler.handle(NoteUpload(ACTOR, post), Cause(command_id, command_id))
        except UnknownPost:
            await self.objects.delete(key)
            return
        if noted.state.status in {"deleted", "rejected"}:
            await self.objects.delete(key)
