"""What the object store says: an upload has arrived. The same as the client's `complete`, unless it was a draft.

Told by the embedded store's own route, or by MinIO through Kafka; told twice or late, it changes nothing.
"""

from dataclasses import dataclass

from commands.account_state import Account
from commands.aggregate import SYSTEM, Command
from commands.avatars import CompleteAvatar
from commands.handling import Cause, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from commands.post_commands import NoteUpload
from commands.post_state import Post
from schemas.errors import NotFound
from schemas.ids import AccountId
from schemas.objects import uploaded_avatar, uploaded_post

ACTOR = AccountId(f"{SYSTEM}object-store")


@dataclass(frozen=True)
class Uploads:
    """Hears of objects, and tells the post, or the account, that they belong to."""

    handler: Handler
    objects: Objects
    ids: Snowflakes

    async def arrived(self, key: str) -> None:
        """An object is there. One that nothing waits for any more is removed. Safe to repeat."""
        noted = _noted(key)
        if noted is None:
            return
        command_id = await self.ids.command_id()
        try:
            state = (await self.handler.handle(noted, Cause(command_id, command_id))).state
        except NotFound:
            await self.objects.delete(key)
            return
        if _came_too_late(state, key):
            await self.objects.delete(key)


def is_over(post: Post) -> bool:
    """Whether nothing will be made of its original any more."""
    return post.status == "deleted" or (post.status == "rejected" and not post.held)


def _came_too_late(state: Post | Account, key: str) -> bool:
    """Whether what it belongs to is over."""
    if isinstance(state, Post):
        return is_over(state)
    return state.upload is not None and state.upload.upload_key == key and state.upload.status == "rejected"


def _noted(key: str) -> Command | None:
    """What is to be said of an original; None for what is none."""
    if (post := uploaded_post(key)) is not None:
        return NoteUpload(ACTOR, post)
    if (avatar := uploaded_avatar(key)) is not None:
        return CompleteAvatar(ACTOR, *avatar)
    return None
