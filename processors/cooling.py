"""Photos that nobody has read for long are moved to the object store's cheap class, original and renditions alike.

Asked by `photolog media cool`, and once a day by who runs the reconciler. It may end at any moment and be run again,
also by several at once. A read brings a file back (Tiers).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Set
from dataclasses import dataclass, field
from typing import Literal, get_args

from commands.handling import Handler
from commands.ids import issued_at
from commands.post_commands import post_stream
from commands.post_state import Post
from processors.media_reads import MediaReads
from processors.ports import Tiers
from schemas.errors import PhotologError
from schemas.ids import POST_PREFIX, Millis, PostId
from schemas.objects import PUBLIC

NAMES = 500
DAY_MS: Millis = 86_400_000

Outcome = Literal["cooled", "cold", "young", "read", "not_published"]
"""What became of a post; but for the first nothing has changed."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

logger = logging.getLogger("photolog.cooling")


@dataclass(frozen=True)
class Cooled:
    """A post that was looked at, and how many bytes of it the dear class has less."""

    post: PostId
    outcome: Outcome
    size_bytes: int = 0


@dataclass
class Cooling:
    """Goes over all posts that have a rendition in the dear class. Counts for metrics what it does since it started."""

    handler: Handler
    tiers: Tiers
    reads: MediaReads
    clock: Callable[[], Millis]
    after_ms: Millis
    kept_ms: Millis
    """For how long edges and clients keep what they fetched: of a read, a fetch so much earlier may have been noted."""
    every_s: float
    posts: Counter[Outcome] = field(default_factory=Counter)
    size_bytes: int = 0
    passes: int = 0
    failed: int = 0
    """Passes that a store cut short."""
    found: Counter[Outcome] = field(default_factory=Counter)
    """Of the last pass that was not."""

    async def run(self) -> None:
        """Works until it is cancelled; stores that are away only make it wait."""
        while True:
            await asyncio.sleep(self.every_s)
            try:
                async for _ in self.once():
                    pass
            except PhotologError as error:
                self.failed += 1
                logger.warning("a pass ends with %s", error.code)

    async def once(self) -> AsyncIterator[Cooled]:
        """One pass; each post as it is done. Raises Unavailable."""
        now = self.clock()
        unread_since = now - self.after_ms - self.kept_ms
        read = await self.reads.since(unread_since)
        await self.reads.forget(unread_since)
        found: Counter[Outcome] = Counter()
        after = ""
        while names := await self.tiers.dear.children(PUBLIC, after, NAMES):
            for name in names:
                of = name.removeprefix(PUBLIC).rstrip("/")
                if of.startswith(f"{POST_PREFIX}_"):
                    done = await self._post(PostId(of), read, now)
                    self.posts[done.outcome] += 1
                    self.size_bytes += done.size_bytes
                    found[done.outcome] += 1
                    yield done
            after = names[-1]
        self.passes, self.found = self.passes + 1, found

    async def _post(self, post: PostId, read: Set[str], now: Millis) -> Cooled:
        if issued_at(post.removeprefix(f"{POST_PREFIX}_")) > now - self.after_ms:
            return Cooled(post, "young")
        if post in read:
            return Cooled(post, "read")
        state = await self._state(post)
        if state is None or state.status != "published":
            return Cooled(post, "not_published")
        moved = sum([await self.tiers.cool(key) for key in (*sorted(_shown(state)), state.upload_key)])
        await self._withdrawn_meanwhile(post, state)
        return Cooled(post, "cooled" if moved else "cold", moved)

    async def _withdrawn_meanwhile(self, post: PostId, before: Post) -> None:
        """Who took something away while it was moved may have come too early: it is taken away again.

        Who takes it away from now on finds everything where it is."""
        now = await self._state(post)
        for key in _shown(before) - (_shown(now) if now else set()):
            await self.tiers.tombstone(key)
        if now is None or now.status == "deleted":
            await self.tiers.delete(before.upload_key)

    async def _state(self, post: PostId) -> Post | None:
        state: Post | None = await self.handler.state(post_stream(post))
        return state


def _shown(state: Post) -> set[str]:
    """The keys of what readers see."""
    return {one.path for one in state.shown.renditions} if state.shown else set()
