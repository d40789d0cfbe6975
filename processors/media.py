"""What follows from a post's life for its media: uploads are rendered, and what no post needs any more is removed.

Fed by photolog.posts; renders.py and removals.py do the work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from events.delivery import Delivery
from events.posts import PostDeleted, PostRejected, UploadCompleted
from processors.removals import Removals
from processors.renders import Renders
from projections.effects import Reaction
from schemas.ids import PostId
from schemas.positions import POSTS


@dataclass(frozen=True)
class Render(Reaction):
    """Publish a completed upload, or reject it."""

    post_id: PostId
    upload: UploadCompleted


@dataclass(frozen=True)
class RemoveOriginal(Reaction):
    """What was uploaded for a rejected post."""

    post_id: PostId


@dataclass(frozen=True)
class RemoveMedia(Reaction):
    """Everything that a deleted post had."""

    post_id: PostId


class MediaSubscriber:
    """Says what media need."""

    id = "media@v1"
    topics = (POSTS,)

    def plan(self, delivery: Delivery) -> Iterator[Reaction]:
        """At most one reaction an event."""
        event, post = delivery.recorded.event, PostId(delivery.recorded.stream.removeprefix("post/"))
        match event:
            case UploadCompleted():
                yield Render(post, event)
            case PostRejected():
                yield RemoveOriginal(post)
            case PostDeleted():
                yield RemoveMedia(post)


@dataclass(frozen=True)
class RenderApplier:
    """Has uploads rendered. The post's stream says whether one still waits for it."""

    renders: Renders

    async def apply(self, reaction: Render, delivery: Delivery, cut_short: int) -> None:
        """One upload."""
        await self.renders.process(reaction.post_id, reaction.upload, delivery.recorded.correlation, cut_short)


@dataclass(frozen=True)
class RemovalApplier:
    """Has objects removed, which is as good twice."""

    removals: Removals

    async def apply(self, reaction: RemoveOriginal | RemoveMedia, delivery: Delivery, cut_short: int) -> None:
        """What one post had."""
        match reaction:
            case RemoveOriginal(post):
                await self.removals.rejected(post)
            case RemoveMedia(post):
                await self.removals.deleted(post)
