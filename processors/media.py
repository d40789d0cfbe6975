"""The media pipeline: hears on photolog.posts of uploads and deletions; renders.py and removals.py do the work."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from events.envelope import Event, Recorded
from events.posts import PostDeleted, PostRejected, UploadCompleted
from processors.delivery import Delivery
from processors.removals import Removals
from processors.renders import Renders
from projections.ports import Positions
from schemas.ids import PostId
from schemas.positions import POSTS


@dataclass(frozen=True)
class MediaPipeline:
    """The subscriber that has uploads rendered and deleted media removed."""

    renders: Renders
    removals: Removals
    positions: Positions

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
                    await self.renders.process(post, recorded.event, recorded.correlation)
                case PostRejected():
                    await self.removals.rejected(post)
                case PostDeleted():
                    await self.removals.deleted(post)
