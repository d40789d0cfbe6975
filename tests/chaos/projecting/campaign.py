"""Mixed events and faults together, from the first sign-up to the comparison of everything; and what was found."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from commands.ports import LedgerRow
from infra.cql.session import CqlSession
from infra.jwt.tokens import JwtAccessTokens
from infra.process.clock import wall_clock
from infra.wiring import assembly
from schemas.ids import SESSION_PREFIX, AccountId, SessionId
from tests.chaos.patience import PatientWire
from tests.chaos.projecting.faults import Fault, befall
from tests.chaos.projecting.judgement import assert_shown, assert_tables
from tests.chaos.projecting.mixed import Mixed
from tests.chaos.projecting.people import settled_by
from tests.chaos.projecting.progress import behind, drained, ends
from tests.chaos.projecting.town import Town
from tests.reference.kafka_log import once_each, read_partition
from tests.reference.log import LogEvent, assert_sound

LOOK_S, VISIT_S = 0.2, 0.2


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    people: int
    events: int
    first: Sequence[str]
    """Faults with two workers, in this order; then a third comes."""
    then: Sequence[str]
    posts: int
    """How many are looked at over HTTP in the end; in the tables all are."""
    backlog: int
    """How many unfinished events, summed over subscribers, are waited for before more are appended."""


@dataclass
class Campaign:
    """One run."""

    town: Town
    session: CqlSession
    tokens: JwtAccessTokens
    wire: PatientWire
    chance: random.Random
    size: Size
    faults: list[Fault] = field(default_factory=list)
    visits: int = 0

    async def run(self) -> dict[str, Any]:
        """Everything, in order. What was found."""
        began = time.monotonic()
        write = self.town.cluster.write
        mixed = await settled_by(assembly.handler(write), self.size.people, self.chance)
        await self.town.append(mixed.settled())
        await drained(self.town.cluster)
        for account in mixed.opened:
            self._may_read(account)
            await self.wire.read("/feed", account)  # from now on it is kept by pushes
        busy = time.monotonic()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as around:
            around.create_task(self._visits(list(mixed.opened), over))
            try:
                await self._storm(mixed)
                await drained(self.town.cluster)
            finally:
                over.set()
        read = time.monotonic()
        log = await self._log()
        assert_sound(log)
        rows = await assert_tables(self.session, log, mixed.keys)
        posts = sorted({event.stream.removeprefix("post/") for event in log if event.stream.startswith("post/")})
        posts = sorted(self.chance.sample(posts, min(self.size.posts, len(posts))))
        for account in mixed.opened:
            self._may_read(account)
        await assert_shown(self.wire, log, posts)
        found = {"events": len(log), "seconds_under_faults": round(read - busy, 1), "rows": rows}
        found |= {"feeds_compared": len(mixed.opened), "posts_compared_over_http": len(posts)}
        return {**found, **self._told(log), "seconds": round(time.monotonic() - began, 1)}

    async def _storm(self, mixed: Mixed) -> None:
        kinds = [*self.size.first, *self.size.then]
        for number, kind in enumerate(kinds):
            if number == len(self.size.first):
                await self.town.another_worker()
            due = self.size.events * (number + 1) // len(kinds) - self.town.appended
            await self._caught_up()
            rows, loading = mixed.more(max(0, due)), asyncio.Event()
            async with asyncio.TaskGroup() as both:
                both.create_task(self._loads(rows, loading))
                self.faults.append(await befall(kind, self.town, self.chance, loading.set))
            print(self.faults[-1])
        await self.town.ready()

    async def _loads(self, rows: Sequence[LedgerRow], begin: asyncio.Event) -> None:
        await begin.wait()
        await self.town.append(rows)

    async def _caught_up(self) -> None:
        """So that what is read stays near to what is appended, and a fault falls into the middle of it."""
        cluster = self.town.cluster
        while True:
            if await behind(cluster, await ends(cluster)) <= self.size.backlog:
                return
            await asyncio.sleep(LOOK_S)

    async def _visits(self, accounts: Sequence[AccountId], over: asyncio.Event) -> None:
        """Somebody looks at feeds all the time: whatever is answered but 503 is a page."""
        while not over.is_set():
            account = self.chance.choice(accounts)
            self._may_read(account)
            answer = await self.wire.read("/feed", account)
            assert answer.status == 200, answer
            self.visits += 1
            await asyncio.sleep(VISIT_S)

    async def _log(self) -> list[LogEvent]:
        log, found = self.town.cluster.write.log, await ends(self.town.cluster)
        return once_each([one for place in sorted(found) for one in await read_partition(log, *place, found[place])])

    def _may_read(self, account: AccountId) -> None:
        self.wire.has(account, self.tokens.issue(account, SessionId(f"{SESSION_PREFIX}_0"), wall_clock()))

    def _told(self, log: Sequence[LogEvent]) -> dict[str, Any]:
        left = sum(fault.unfinished > 0 for fault in self.faults)
        return {
            "faults": len(self.faults),
            "faults_that_left_unfinished_work": left,
            "faults_by_kind": dict(Counter(f"{fault.kind}, {fault.workers} workers" for fault in self.faults)),
            "late_duplicates": sum(len(event.again) for event in log),
            "appends_repeated": self.town.repeats,
            "feeds_read_meanwhile": self.visits,
            "each": [asdict(fault) for fault in self.faults],
        }
