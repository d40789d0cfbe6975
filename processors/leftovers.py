"""Reconciles the object store with the streams: uploads that nobody heard of, and objects that nobody needs any more.

Goes round everything that is stored, some names a pass, and besides looks in every pass at what is new. Ids tell their
age, so nothing is removed that is younger than the longest upload; to say that a whole upload is there is always right.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from commands.account_state import Account
from commands.accounts import account_stream
from commands.aggregate import Command
from commands.handling import Cause, Decision, Handler
from commands.ids import issued_at, lowest
from commands.ports import Objects
from commands.post_commands import NoteUpload, RetryProcessing, post_stream
from commands.post_state import Post
from processors.media import MediaSubscriber
from processors.uploads import ACTOR, Uploads, is_over
from processors.works import avatars_of
from projections.ports import Positions
from schemas.errors import PhotologError
from schemas.ids import ID_DIGITS, POST_PREFIX, AccountId, Millis, PostId
from schemas.objects import PUBLIC, UPLOADS, attempt_of, uploaded_avatar, uploaded_post
from schemas.positions import Partition

AT_ONCE = 16
NAMES = 500
"""Names of either kind that a pass looks at on its way round."""
REMEMBERED = 100_000

logger = logging.getLogger("photolog.leftovers")


def _remembered() -> LRUCache[str, bool]:
    return LRUCache(REMEMBERED)


@dataclass
class Leftovers:
    """Any number may run, in any process. Counts what it does since it started, for metrics."""

    handler: Handler
    objects: Objects
    uploads: Uploads
    positions: Positions
    clock: Callable[[], Millis]
    every_s: float
    longest_ms: Millis
    """The longest that an upload may take, from its reservation on: nothing younger is removed."""
    abandoned_ms: Millis
    """The longest that the parts of an upload are waited for."""
    passes: int = 0
    noted: int = 0
    """Uploads that were there and not completed."""
    retried: int = 0
    """Photos that nobody was processing any more."""
    originals_removed: int = 0
    renditions_removed: int = 0
    uploads_given_up: int = 0
    """Whose parts never came, all of them."""
    _after: dict[str, str] = field(default_factory=dict)
    """The last name of each kind that was looked at on the way round."""
    _settled: LRUCache[str, bool] = field(default_factory=_remembered)
    """What is as it should be, and new: looked at again on the way round alone."""
    _finished: Mapping[Partition, int] = field(default_factory=dict)
    """How far media workers were in each partition of the log before this pass."""

    async def run(self) -> None:
        """Works until it is cancelled; stores that are away only make it wait."""
        while True:
            try:
                await self.once()
            except PhotologError as error:
                logger.warning("a pass ends with %s", error.code)
            await asyncio.sleep(self.every_s)

    async def once(self) -> None:
        """One pass."""
        now = self.clock()
        progress = await self.positions.progress(MediaSubscriber.id)
        self._finished = {partition: one.finished for partition, one in progress.items()}
        newest = f"{POST_PREFIX}_{lowest(now - 2 * self.longest_ms)}"
        for prefix, look in ((UPLOADS, self._original), (PUBLIC, self._media)):
            new = dict.fromkeys(await self._children(prefix, prefix + newest))
            round_ = await self.objects.children(prefix, self._after.get(prefix, ""), NAMES)
            self._after[prefix] = round_[-1] if len(round_) == NAMES else ""
            await _each([name for name in new if name not in self._settled], look)
            await _each([name for name in round_ if name not in new], look)
        self.uploads_given_up += await self.objects.parts.expire(now - self.abandoned_ms)
        self.passes += 1

    async def _children(self, prefix: str, after: str) -> list[str]:
        """Every name behind this one."""
        found: list[str] = []
        while some := await self.objects.children(prefix, found[-1] if found else after, NAMES):
            found += some
        return found

    async def _original(self, name: str) -> None:
        """An original, or the folder of an account's."""
        if name.endswith("/"):
            for avatar in await self.objects.children(name, "", NAMES):
                await self._avatar(avatar)
        elif (post := uploaded_post(name)) is not None:
            await self._posts_original(name, post)

    async def _posts_original(self, key: str, post: PostId) -> None:
        state: Post | None = await self.handler.state(post_stream(post))
        if state is None or is_over(state):
            await self._remove_original(key, post)
        elif state.status == "pending" and not state.draft:
            await self.uploads.arrived(key)
            self.noted += 1
        elif state.status == "processing":
            await self._processing(post)
        elif state.status == "published" or state.held:
            self._settled[key] = True

    async def _avatar(self, key: str) -> None:
        """What an account neither shows nor has under way is over; of one that is under way the store has told."""
        of = uploaded_avatar(key)
        if of is None:
            return
        account: Account | None = await self.handler.state(account_stream(AccountId(of[0])))
        if account is None or of[1] not in avatars_of(account):
            await self._remove_original(key, of[1])
        elif account.upload and account.upload.status == "pending":
            await self.uploads.arrived(key)
            self.noted += 1

    async def _processing(self, post: PostId) -> None:
        """Whoever reads the log goes on with a photo until it is over, whatever befalls them. Where they are past its
        last event, and it is not over, nobody will: that is known at once, and no clock is asked."""
        decision = await self._say(NoteUpload(ACTOR, post))  # changes nothing; says where its last event is
        last = [(Partition(one.topic, one.partition), one.offset) for one in decision.positions]
        if any(self._finished.get(partition, 0) <= offset for partition, offset in last):
            return
        if (await self._say(RetryProcessing(ACTOR, post, decision.state.attempt))).events:
            self.retried += 1

    async def _say(self, command: Command) -> Decision:
        command_id = await self.uploads.ids.command_id()
        return await self.handler.handle(command, Cause(command_id, command_id))

    async def _remove_original(self, key: str, of: str) -> None:
        if self._is_old(of):
            await self.objects.delete(key)
            self.originals_removed += 1

    async def _media(self, folder: str) -> None:
        """The files of a post: those of no publication go, unless they are on the way to one: a published post is made
        again under an attempt that its stream does not have yet. Whose an avatar's are, its account alone knows."""
        post = PostId(folder.removeprefix(PUBLIC).rstrip("/"))
        if not post.startswith(f"{POST_PREFIX}_") or not self._is_old(post):
            return
        state: Post | None = await self.handler.state(post_stream(post))
        if state is not None and state.status in {"pending", "processing"}:
            return
        published = {file.path for file in state.picture.renditions} if state and state.picture else set()
        is_deleted = state is not None and state.status == "deleted"
        keep = set() if is_deleted else published
        coming = state.attempt + 1 if state is not None and state.status == "published" else None
        for found in await self.objects.list(folder):
            if not found.gone and found.key not in keep and (coming is None or attempt_of(found.key) != coming):
                await (self.objects.tombstone if is_deleted else self.objects.delete)(found.key)
                self.renditions_removed += 1

    def _is_old(self, of: str) -> bool:
        """Older than the longest upload. An id that is none of ours was never reserved."""
        digits = of.partition("_")[2]
        at = issued_at(digits) if len(digits) == ID_DIGITS else 0
        return at < self.clock() - self.longest_ms


async def _each(names: Sequence[str], look: Callable[[str], Awaitable[None]]) -> None:
    """The look at every name, AT_ONCE at a time. One that fails is left for the next pass."""
    for start in range(0, len(names), AT_ONCE):
        looked = await asyncio.gather(*map(look, names[start : start + AT_ONCE]), return_exceptions=True)
        for error in looked:
            if isinstance(error, PhotologError):
                logger.warning("an object is left for the next pass: %s", error.code)
            elif isinstance(error, BaseException):
                raise error
