"""Comments and likes whose events go wrong, processes that take them, and operators who have a word on that."""

import base64
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from commands.aggregate import SYSTEM
from commands.dead_letters import DiscardLetter, ReplaceLetter, RetryLetter
from events.codec import encode
from events.comments import CommentDeleted, CommentWritten
from events.envelope import Event, Recorded
from events.likes import PostLiked, PostUnliked
from processors.draining import drain
from processors.pace import Pace
from processors.reading import Reading
from processors.runtime import Runtime
from projections import dead_letters
from projections.comments import COMMENTS
from projections.comments import PROJECTION as COMMENTING
from projections.effects import Projection
from projections.likes import LIKES
from projections.likes import PROJECTION as LIKING
from schemas.ids import AccountId, CommentId, PostId
from schemas.positions import Partition, Position
from tests.integration.handlers import cause, row_of
from tests.integration.schedules.fate import Fate, Faulty
from tests.integration.stores import KEPT, Site, opened_site
from tests.unit.samples import ANN, NOON, recorded

OPERATOR = AccountId(f"{SYSTEM}operator:test")
POST = PostId("po_0")
SUBSCRIBERS = [COMMENTING.id, LIKING.id, dead_letters.PROJECTION.id]
BAD = b"not JSON"
_numbers = itertools.count(1)


@dataclass
class Bench:
    """A site with keys, and everything that was appended to its log."""

    site: Site
    keys: dict[str, bytes | None] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def on_a_site(cls, folder: Path) -> "AsyncIterator[Bench]":
        """One on a site of its own, ready."""
        with opened_site(folder, SUBSCRIBERS) as site:
            bench = cls(site)
            await bench.begin()
            yield bench

    async def begin(self) -> None:
        await self.site.tables.create([*COMMENTING.tables, *LIKING.tables, *KEPT])
        self.keys = {ANN: await self.site.vault.create_key(ANN)}

    async def append(self, *events: Recorded[Event] | tuple[Recorded[Event], bytes]) -> list[Position]:
        """Events, or an event with the bytes that stand for it."""
        pairs = [one if isinstance(one, tuple) else (one, self.wire(one)) for one in events]
        return await self.site.log.append([row_of(event, wire) for event, wire in pairs])

    def wire(self, event: Recorded[Event]) -> bytes:
        return encode(event, self.keys)

    async def process(
        self, projection: Projection = COMMENTING, pace: Pace = Pace(), fate: Fate | None = None
    ) -> "Process":
        """A process that has just started and has the partition of the post. `fate`: of what it keeps besides rows."""
        runtime = self.site.runtime(projection, pace)
        if fate is not None:
            kept: Any = Faulty(self.site.tables, fate)
            runtime = replace(runtime, sources=replace(runtime.sources, tables=kept))
        partitions = [one for one in await runtime.partitions() if one in await self._used(projection)]
        runtime.readings = await runtime.open(partitions)
        return Process(runtime, runtime.readings)

    async def _used(self, projection: Projection) -> set[Partition]:
        return {
            Partition(*one) for one, end in (await self.site.log.ends()).items() if end and one[0] in projection.topics
        }

    async def heard(self) -> None:
        """What is said of letters is in their table."""
        await (await self.process(dead_letters.PROJECTION)).takes()

    async def retry(self, letter_id: str, of: Projection = COMMENTING) -> None:
        await self._order(RetryLetter(OPERATOR, of.name, letter_id, "mended"))

    async def discard(self, letter_id: str, of: Projection = COMMENTING) -> None:
        await self._order(DiscardLetter(OPERATOR, of.name, letter_id, "nobody misses it"))

    async def replace(self, letter_id: str, event: Recorded[Event], of: Projection = COMMENTING) -> None:
        wire = base64.b64encode(self.wire(event)).decode()
        await self._order(ReplaceLetter(OPERATOR, of.name, letter_id, "it was cut off", wire))

    async def _order(self, order: RetryLetter | DiscardLetter | ReplaceLetter) -> None:
        await self.heard()
        await self.site.handler.handle(order, cause(f"cm_{next(_numbers)}"))
        await self.heard()

    async def comments(self) -> tuple[list[str], int]:
        """What readers see under the post: texts, newest first, and how many they are told there are."""
        rows = await self.site.tables.slice(COMMENTS, (POST,), 100)
        return [row["text"] for row in rows], (await self.site.tables.sizes(COMMENTS, [(POST,)]))[POST,]

    async def likes(self) -> int:
        return (await self.site.tables.sizes(LIKES, [(POST,)]))[POST,]


@dataclass
class Process:
    """One worker's life. It dies where nobody closes it."""

    runtime: Runtime
    readings: dict[Partition, Reading]

    async def takes(self) -> None:
        """Everything that there is."""
        for reading in self.readings.values():
            while entries := await self.runtime.read(reading):
                await self.runtime.take(reading, entries)

    async def drains(self) -> None:
        """Looks once what operators say."""
        for reading in self.readings.values():
            await drain(reading)

    @property
    def holds(self) -> Sequence[str]:
        return [hold.held for reading in self.readings.values() for hold in reading.holds]


def comment(number: int, version: int = 1) -> Recorded[Event]:
    """The number-th comment under the post; its second version deletes it."""
    comment_id = CommentId(f"co_{number}")
    stream = f"comment/{POST}/{comment_id}"
    event: Event = CommentWritten(
        post_id=POST,
        comment_id=comment_id,
        author_id=ANN,
        text=f"text {number}",
        written_at=NOON + number,
        post_author_id=ANN,
        mentions=(),
    )
    if version == 2:
        event = CommentDeleted(
            post_id=POST, comment_id=comment_id, author_id=ANN, written_at=NOON + number, deleted_as=None
        )
    return recorded(event, stream, version, f"ev_{number}_{version}")


def like(account: str, number: int, likes: bool = True) -> Recorded[Event]:
    """The number-th decision of an account about the post."""
    said: dict[str, Any] = {"post_id": POST, "account_id": AccountId(account)}
    event: Event = PostLiked(**said, author_id=None) if likes else PostUnliked(**said)
    return recorded(event, f"like/{POST}/{account}", number, f"ev_{account}_{number}")
