"""From a completed upload to a published or rejected post, or avatar. Knows nothing of deliveries: one work, one call.

An attempt's number is in the stream of what is rendered, only the latest may publish, and each attempt's objects have
names of their own. So a late worker can neither break a published photo nor publish a broken one.
"""

import asyncio
import base64
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from commands.aggregate import Command
from commands.handling import Cause, Decision, Handler
from commands.ids import Snowflakes
from commands.ports import Objects
from processors.blocklist import Blocklist, Hit
from processors.duplicates import Duplicates, digest_of, sha256_of
from processors.durations import Durations
from processors.ports import Picture, Refused, Renderer
from processors.salting import unsalted
from processors.works import Files, Shown, Work, stored_files
from schemas.errors import NotFound
from schemas.ids import AccountId, Millis, PostId
from schemas.objects import attempt_of, media_prefix

MOST_ATTEMPTS = 10
"""Each after the first means that a worker ended, or was given up, in the middle of this photo."""
MOST_ALONE = 6
"""Workers that may end while they do nothing but this photo. Rendering is a process of its own, which a bad photo takes
along before it takes the worker: so workers that end are mostly killed by others, and a sound photo is in the way."""
REMEMBERED = 1000


def _held() -> LRUCache[str, int]:
    return LRUCache(REMEMBERED)


@dataclass(frozen=True)
class Renders:
    """Renders uploads and says what became of them."""

    handler: Handler
    objects: Objects
    renderer: Renderer
    duplicates: Duplicates
    blocklist: Blocklist
    ids: Snowflakes
    clock: Callable[[], Millis]
    most_attempts: int = MOST_ATTEMPTS
    most_alone: int = MOST_ALONE
    photo: Picture = "photo"
    """What is made of a photo."""
    salt: Callable[[AccountId, PostId], Awaitable[int]] = unsalted
    """In which part of its author's posts one will lie."""
    rendering: Durations = field(default_factory=Durations)
    """What the renderer took."""
    held: LRUCache[str, int] = field(default_factory=_held)
    """The attempts that this process has begun and could not end: it goes on with them, and the stream does not grow
    while a store is away."""

    async def process(self, work: Work, correlation: str, cut_short: int = 0) -> bool:
        """Shows or rejects an upload, unless that is done, or it is deleted. Whether it still waited. Safe to repeat.
        Raises Unavailable.

        `cut_short`: how often a worker ended while it did nothing else.
        """
        state = await self.handler.state(work.stream)
        waited = work.attempt(state) is not None
        if waited:
            await self._attempted(work, state, correlation, cut_short)
        self.held.pop(work.of, None)
        return waited

    async def _attempted(self, work: Work, state: Any, correlation: str, cut_short: int) -> None:
        """The attempt begins once the original is here: a store that is away costs none."""
        with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
            source = Path(folder, "original")
            there = await self._fetched(work.upload_key, source)
            attempt = await self._begun(work, correlation)
            if attempt is None:
                return  # shown, rejected or deleted meanwhile
            await self._clear(work, attempt)
            outcome = await self._outcome(source, work, state, attempt, cut_short) if there else Refused("corrupt")
        if isinstance(outcome, Hit):
            await self._blocked(work, attempt, outcome, correlation)
        elif isinstance(outcome, Refused):
            await self._say(work.reject(attempt, outcome.reason), correlation)
        else:
            await self._published(work, state, attempt, outcome, correlation)

    async def _fetched(self, key: str, target: Path) -> bool:
        try:
            await self.objects.download(key, target)
        except NotFound:
            return False
        return True

    async def _begun(self, work: Work, correlation: str) -> int | None:
        """The number of this worker's attempt; None if there is nothing to attempt any more."""
        attempt = work.attempt((await self._say(work.start(self.held.get(work.of)), correlation)).state)
        if attempt is not None:
            self.held[work.of] = attempt
        return attempt

    async def _clear(self, work: Work, attempt: int) -> None:
        """Removes what lower attempts left: none of it can be published any more."""
        for leftover in await self.objects.list(media_prefix(work.of)):
            made_by = attempt_of(leftover.key)
            if made_by is not None and made_by < attempt and not leftover.gone:
                await self.objects.delete(leftover.key)

    async def _outcome(
        self, source: Path, work: Work, state: Any, attempt: int, cut_short: int
    ) -> Shown | Refused | Hit:
        """A photo that its workers do not survive is given up, so that the others behind it get their turn.

        The blocklist is asked before anything is stored.
        """
        if attempt > self.most_attempts or cut_short >= self.most_alone:
            return Refused("too_slow")
        content, announced = await asyncio.to_thread(sha256_of, source), work.checksum(state)
        if announced not in {None, base64.b64encode(content).decode()}:
            return Refused("corrupt")
        picture = self.photo if work.picture == "photo" else work.picture
        cleared, digest = work.is_cleared(state), digest_of(content, work.content_type, picture)
        owners = await self.duplicates.owners(digest)
        if owners and not cleared and (hit := await self.blocklist.hit(owners[0]["look"])):
            return hit
        if copied := await self.duplicates.copied(work, attempt, digest, owners):
            return copied
        with self.rendering.one():
            rendered = await self.renderer.render(source, work.content_type, picture)
        if isinstance(rendered, Refused):
            return rendered
        if not cleared and (hit := await self.blocklist.hit(rendered.look)):
            return hit
        files = await stored_files(self.objects, work.of, attempt, rendered)
        shown = Shown(files, rendered.width, rendered.height, rendered.blurhash, rendered.look)
        await self.duplicates.keep(work, attempt, digest, shown)
        return shown

    async def _blocked(self, work: Work, attempt: int, hit: Hit, correlation: str) -> None:
        """Moderators hear of it first: said again after a crash, it is said once."""
        if (flag := work.flag(hit.name, hit.distance)) is not None:
            await self._say(flag, correlation)
        await self._say(work.reject(attempt, "blocked"), correlation)

    async def _published(self, work: Work, state: Any, attempt: int, shown: Shown, correlation: str) -> None:
        author = work.author(state)
        salt = 0 if author is None else await self.salt(author, PostId(work.of))
        now = (await self._say(work.publish(attempt, shown, self.clock(), salt), correlation)).state
        if not work.shows(now, shown.files):
            await self._withdraw(shown.files, work.is_deleted(now))
            if work.is_deleted(now):
                await self.duplicates.forget(work.of)

    async def _withdraw(self, files: Files, deleted: bool) -> None:
        """Removes what came too late. Under a deleted post tombstones stay, so that no write still under way lands."""
        remove = self.objects.tombstone if deleted else self.objects.delete
        for file in files:
            await remove(file.path)

    async def _say(self, command: Command, correlation: str) -> Decision:
        command_id = await self.ids.command_id()
        return await self.handler.handle(command, Cause(command_id, correlation))
