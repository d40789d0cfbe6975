"""From a completed upload to a published or rejected post. Knows nothing of deliveries: one post, one call.

Stateless: an attempt's number is in the post's stream, only the latest may publish, and object names hash content and
attempt, so a late worker can neither bring a deleted photo back nor publish a broken one.
"""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from commands.aggregate import SYSTEM
from commands.handling import Cause, Decision, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from commands.posts import PostCommand, PublishPost, RejectPost, StartProcessing
from events.posts import Rendition, UploadCompleted
from processors.ports import Refused, Rendered, RenderedFile, Renderer
from schemas.errors import NotFound
from schemas.ids import COMMAND_PREFIX, AccountId, CommandId, Millis, PostId
from schemas.objects import media_prefix, rendition_key

ACTOR = AccountId(f"{SYSTEM}media")


@dataclass(frozen=True)
class Renders:
    """Renders uploads and says what became of them."""

    handler: Handler
    objects: Objects
    renderer: Renderer
    ids: Snowflakes
    clock: Callable[[], Millis]

    async def process(self, post: PostId, upload: UploadCompleted, correlation: str) -> None:
        """Publishes or rejects a post, unless that is done, or it is deleted. Safe to repeat. Raises Unavailable."""
        started = await self._say(StartProcessing(ACTOR, post), correlation)
        if not started.events:
            return  # published, rejected or deleted meanwhile
        attempt: int = started.state.attempt
        await self._clear(post)
        rendered = await self._render(upload)
        if isinstance(rendered, Refused):
            await self._say(RejectPost(ACTOR, post, attempt, rendered.reason), correlation)
            return
        renditions = [await self._store(post, attempt, file) for file in rendered.files]
        command = PublishPost(
            ACTOR, post, attempt, self.clock(), tuple(renditions), rendered.width, rendered.height, rendered.blurhash
        )
        published = await self._say(command, correlation)
        if not published.events:
            for rendition in renditions:
                await self.objects.delete(rendition.path)

    async def _render(self, upload: UploadCompleted) -> Rendered | Refused:
        with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
            source = Path(folder, "original")
            try:
                await self.objects.download(upload.upload_key, source)
            except NotFound:
                return Refused("corrupt")
            return await self.renderer.render(source, upload.content_type)

    async def _store(self, post: PostId, attempt: int, file: RenderedFile) -> Rendition:
        digest = hashlib.sha256(b"%d:" % attempt + file.content).hexdigest()[:20]
        path = rendition_key(post, file.name, digest, file.extension)
        await self.objects.put(path, file.content, file.content_type)
        return Rendition(
            name=file.name,
            path=path,
            content_type=file.content_type,
            width=file.width,
            height=file.height,
            size_bytes=len(file.content),
        )

    async def _clear(self, post: PostId) -> None:
        """Removes what superseded attempts left: none of it can be published any more."""
        for leftover in await self.objects.list(media_prefix(post)):
            await self.objects.delete(leftover.key)

    async def _say(self, command: PostCommand, correlation: str) -> Decision:
        command_id = CommandId(f"{COMMAND_PREFIX}_{await self.ids.digits()}")
        return await self.handler.handle(command, Cause(command_id, correlation))
