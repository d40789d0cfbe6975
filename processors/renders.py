"""From a completed upload to a published or rejected post. Knows nothing of deliveries: one post, one call.

An attempt's number is in the post's stream, only the latest may publish, and each attempt's objects have names of
their own. So a late worker can neither break a published photo nor publish a broken one.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cachetools import LRUCache

from commands.aggregate import SYSTEM
from commands.handling import Cause, Decision, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from commands.post_state import Post
from commands.posts import PostCommand, PublishPost, RejectPost, StartProcessing, post_stream
from events.posts import Rendition, UploadCompleted
from processors.ports import Refused, Rendered, RenderedFile, Renderer
from schemas.errors import NotFound
from schemas.ids import AccountId, Millis, PostId
from schemas.objects import attempt_of, media_prefix, rendition_key

ACTOR = AccountId(f"{SYSTEM}media")
MOST_ATTEMPTS = 10
"""Each after the first means that a worker ended, or was given up, in the middle of this photo."""
MOST_ALONE = 3
"""Workers that may end while they do nothing but this photo."""
REMEMBERED = 1000


def _held() -> LRUCache[PostId, int]:
    return LRUCache(REMEMBERED)


@dataclass(frozen=True)
class Renders:
    """Renders uploads and says what became of them."""

    handler: Handler
    objects: Objects
    renderer: Renderer
    ids: Snowflakes
    clock: Callable[[], Millis]
    most_attempts: int = MOST_ATTEMPTS
    most_alone: int = MOST_ALONE
    held: LRUCache[PostId, int] = field(default_factory=_held)
    """The attempts that this process has begun and could not end: it goes on with them, and the stream does not grow
    while a store is away."""

    async def process(self, post: PostId, upload: UploadCompleted, correlation: str, cut_short: int = 0) -> None:
        """Publishes or rejects a post, unless that is done, or it is deleted. Safe to repeat. Raises Unavailable.

        `cut_short`: how often a worker ended while it did nothing else.
        """
        state: Post = await self.handler.state(post_stream(post))
        if state.status == "processing":
            await self._attempted(post, upload, correlation, cut_short)
        self.held.pop(post, None)

    async def _attempted(self, post: PostId, upload: UploadCompleted, correlation: str, cut_short: int) -> None:
        """The attempt begins once the original is here: a store that is away costs none."""
        with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
            source = Path(folder, "original")
            there = await self._fetched(upload.upload_key, source)
            attempt = await self._begun(post, correlation)
            if attempt is None:
                return  # published, rejected or deleted meanwhile
            await self._clear(post, attempt)
            outcome = (
                await self._outcome(source, upload.content_type, attempt, cut_short) if there else Refused("corrupt")
            )
        if isinstance(outcome, Refused):
            await self._say(RejectPost(ACTOR, post, attempt, outcome.reason), correlation)
        else:
            await self._published(post, attempt, outcome, correlation)

    async def _fetched(self, key: str, target: Path) -> bool:
        try:
            await self.objects.download(key, target)
        except NotFound:
            return False
        return True

    async def _begun(self, post: PostId, correlation: str) -> int | None:
        """The number of this worker's attempt; None if there is nothing to attempt any more."""
        now: Post = (await self._say(StartProcessing(ACTOR, post, self.held.get(post)), correlation)).state
        if now.status != "processing":
            return None
        self.held[post] = now.attempt
        return now.attempt

    async def _clear(self, post: PostId, attempt: int) -> None:
        """Removes what lower attempts left: none of it can be published any more."""
        for leftover in await self.objects.list(media_prefix(post)):
            made_by = attempt_of(leftover.key)
            if made_by is not None and made_by < attempt and not leftover.gone:
                await self.objects.delete(leftover.key)

    async def _outcome(self, source: Path, content_type: str, attempt: int, cut_short: int) -> Rendered | Refused:
        """A photo that its workers do not survive is given up, so that the others behind it get their turn."""
        if attempt > self.most_attempts or cut_short >= self.most_alone:
            return Refused("too_slow")
        return await self.renderer.render(source, content_type)

    async def _published(self, post: PostId, attempt: int, rendered: Rendered, correlation: str) -> None:
        renditions = tuple([await self._stored(post, attempt, file) for file in rendered.files])
        command = PublishPost(
            ACTOR, post, attempt, self.clock(), renditions, rendered.width, rendered.height, rendered.blurhash
        )
        now: Post = (await self._say(command, correlation)).state
        if now.picture is None or now.picture.renditions != renditions:
            await self._withdraw(renditions, now)

    async def _withdraw(self, renditions: tuple[Rendition, ...], now: Post) -> None:
        """Removes what came too late. Under a deleted post tombstones stay, so that no write still under way lands."""
        remove = self.objects.tombstone if now.status == "deleted" else self.objects.delete
        for rendition in renditions:
            await remove(rendition.path)

    async def _stored(self, post: PostId, attempt: int, file: RenderedFile) -> Rendition:
        path = rendition_key(post, attempt, file.name, file.content, file.extension)
        await self.objects.put(path, file.content, file.content_type)
        return Rendition(
            name=file.name,
            path=path,
            content_type=file.content_type,
            width=file.width,
            height=file.height,
            size_bytes=len(file.content),
        )

    async def _say(self, command: PostCommand, correlation: str) -> Decision:
        command_id = await self.ids.command_id()
        return await self.handler.handle(command, Cause(command_id, correlation))
