"""The media pipeline: from a completed upload to a published or rejected post, and the removal of what was deleted.

Fed by photolog.posts. Stateless: an attempt's number is in the post's stream, only the latest may publish, and object
names hash content and attempt, so a late worker can neither bring a deleted photo back nor publish a broken one.
"""

import asyncio
import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from commands.aggregate import SYSTEM
from commands.handling import Cause, Decision, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from commands.posts import PostCommand, PublishPost, RejectPost, StartProcessing
from events.envelope import Event, Recorded
from events.posts import PostDeleted, PostRejected, Rendition, UploadCompleted
from processors.delivery import Delivery
from processors.ports import Refused, Rendered, RenderedFile, Renderer
from projections.ports import Positions
from schemas.errors import NotFound
from schemas.ids import COMMAND_PREFIX, AccountId, CommandId, Millis, PostId
from schemas.positions import POSTS

ACTOR = AccountId(f"{SYSTEM}media")


@dataclass(frozen=True)
class MediaPipeline:
    """The subscriber that processes uploads and removes deleted media."""

    handler: Handler
    objects: Objects
    renderer: Renderer
    positions: Positions
    ids: Snowflakes
    clock: Callable[[], Millis]

    id = "media@v1"
    topics = (POSTS,)

    async def take(self, batch: Sequence[Delivery]) -> None:
        """Posts of a batch side by side, the events of one post in order; then the position."""
        by_post: dict[str, list[Recorded[Event]]] = defaultdict(list)
        for delivery in batch:
            by_post[delivery.recorded.stream].append(delivery.recorded)
        async with asyncio.TaskGroup() as posts:
            for events in by_post.values():
                posts.create_task(self._react(events))
        last = batch[-1]
        await self.positions.advance(self.id, last.position, last.recorded.id)

    async def _react(self, events: Sequence[Recorded[Event]]) -> None:
        for recorded in events:
            post = PostId(recorded.stream.removeprefix("post/"))
            match recorded.event:
                case UploadCompleted():
                    await self._process(post, recorded.event, recorded.correlation)
                case PostRejected():
                    await self.objects.delete(upload_key(post))
                case PostDeleted():
                    await self._remove(post)

    async def _process(self, post: PostId, upload: UploadCompleted, correlation: str) -> None:
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
        path = f"{media_prefix(post)}{file.name}-{digest}.{file.extension}"
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

    async def _remove(self, post: PostId) -> None:
        """Renditions answer 410 from now on, and the original is gone."""
        for rendition in await self.objects.list(media_prefix(post)):
            await self.objects.tombstone(rendition.key)
        await self.objects.delete(upload_key(post))

    async def _say(self, command: PostCommand, correlation: str) -> Decision:
        command_id = CommandId(f"{COMMAND_PREFIX}_{await self.ids.digits()}")
        return await self.handler.handle(command, Cause(command_id, correlation))


def media_prefix(post: PostId) -> str:
    """Under which all public objects of a post are."""
    return f"m/{post}/"


def upload_key(post: PostId) -> str:
    """Where a post's original is."""
    return f"uploads/{post}"
