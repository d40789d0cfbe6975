"""What operators order of a projection's versions: rebuild, verify, switch, roll back, drop. Beside running processes.

Each order changes the site's state, by which every process goes within a lease; none stops a query.
"""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from infra.event_schemas.personal import keyed_by_persons
from infra.process.seldom import seldom
from infra.process.settings import Settings
from infra.process.site_state import SharedState
from infra.sqlite.folded import SqliteFolded
from infra.versions.kept import Kept, Say
from infra.versions.lags import lag
from infra.wiring.operating import Operating
from infra.wiring.subscribers import Feeder
from processors.diffing import Diff, Differences
from processors.holds import Holds
from processors.replaying import Replayed, replay
from processors.verifying import Verdict, Verifier
from projections.all import PROJECTIONS
from projections.effects import Projection
from projections.site import LEASE_S, SiteState
from projections.versions import Refused, Standing
from schemas.positions import Partition

LONGEST_REQUEST_S = 10.0

BESIDE_REQUESTS = 50
"""Events that are replayed at once by a process that answers requests: some ten milliseconds."""

logger = logging.getLogger("photolog.versions")


@dataclass(frozen=True)
class Orders(Kept):
    """Of one site."""

    @classmethod
    def of(cls, site: Operating, settings: Settings, say: Say) -> Self:
        """Of the projections that this release declares."""
        feeder = Feeder(site.write, site.stored, site.handler, settings)
        return cls(feeder, site.state, _declared(), site.replayed_at_once, site.copies_over, say)

    @classmethod
    def within(cls, feeder: Feeder, state: SharedState, copies_over: Callable[[], Awaitable[None]]) -> Self:
        """The same for a process that serves besides."""
        return cls(feeder, state, _declared(), BESIDE_REQUESTS, copies_over, logger.info)

    async def listed(self) -> list[dict[str, Any]]:
        """Every version that is kept, and how it stands."""
        state = (await self.state.fresh()).state
        return [
            {
                "name": name,
                "version": version,
                "live": version == versions.live,
                "state": "arriving" if state.arriving.get(name) == version else str(versions.kept[version]),
                "verified": version in versions.verified,
                **await lag(self.feeder.write.log, await self._rows(replace(projection, version=version))),
                "held_streams": await self._held(replace(projection, version=version)),
            }
            for name, projection in self.projections.items()
            for versions in [state.of(name)]
            for version in sorted(versions.kept)
        ]

    async def _held(self, projection: Projection) -> int:
        """Streams that wait behind dead letters: what is due of them is no lag, and missing all the same."""
        places = [Partition(*place) for place in await self.feeder.write.log.ends() if place[0] in projection.topics]
        holds = [Holds(self.feeder.read.tables, projection.id, place) for place in places]
        await asyncio.gather(*(one.load() for one in holds))
        return sum(map(len, holds))

    async def rebuild(self, name: str, stop: asyncio.Event) -> Verdict | None:
        """A new version, or the one that was begun, from the log; then it is compared with it, and follows if it is
        right. None: it was told to stop, and goes on from there the next time."""
        projection = await self._begun(name)
        version = projection.version
        await self._tables(projection).create(projection.tables)
        self.say(f"{projection.id} is built")
        runtime = self.feeder.replaying(projection, self.batch)
        if not await replay(runtime, self._progress(), stop):
            return None
        verdict = await self.compared(name, version)
        if verdict.is_right:
            await self._change(name, lambda now: now.found(version, True).standing(version, Standing.FOLLOWING))
        return verdict

    async def verify(self, name: str) -> Verdict:
        """The candidate, paused for as long as it takes. Raises Refused where there is none."""
        projection = await self._candidate(name)
        version = projection.version
        await self._change(name, lambda now: now.standing(version, Standing.PAUSED))
        try:
            await self._at_rest(projection)
            verdict = await self.compared(name, version)
        finally:
            await self._change(name, lambda now: now.standing(version, Standing.FOLLOWING))
        await self._change(name, lambda now: now.found(version, verdict.is_right))
        return verdict

    async def compared(self, name: str, version: int) -> Verdict:
        """What a version that nobody feeds just now holds, with an independent fold of the log up to where it is."""
        projection = await self._at(name, version)
        write, read = self.feeder.write, self.feeder.read
        ends = await self._rows(projection)
        holds = {place: Holds(read.tables, projection.id, place) for place in ends}
        await asyncio.gather(*(one.load() for one in holds.values()))
        letters = await self.feeder.replaying(projection, self.batch).dead_letters.all()
        due = sum(ends.values())
        self.say(f"{projection.id} is compared with {due:,} events")
        with tempfile.TemporaryDirectory() as folder, SqliteFolded(Path(folder, "folded")) as folded:
            keyed, tables = keyed_by_persons(projection), self._tables(projection)
            verifier = Verifier(projection, tables, write.log, write.vault, letters, folded, keyed)
            say = seldom(self.say)
            await verifier.fold(ends, holds, lambda so_far: say(f"{so_far / max(due, 1):6.1%}  folded"))
            return await verifier.compare()

    async def diff(self, name: str) -> Differences:
        """In what the candidate differs from the live version. Raises Refused where there is none."""
        candidate = await self._candidate(name)
        live = await self._at(name, (await self._versions(name)).live)

        async def passed() -> None:
            await self._as_far(name, candidate.version, live.version)
            await self._as_far(name, live.version, candidate.version)

        return await Diff(candidate, self._tables(candidate), self._tables(live), passed).run()

    async def switch(self, name: str, version: int | None = None) -> int:
        """The candidate, or this version, goes live, once it is as far as the live one. Which it was before."""
        versions = await self._versions(name)
        target = version or versions.candidate
        if target is None:
            raise Refused(f"{name} has no newer version: rebuild it first")
        versions.switched(target)
        await self._as_far(name, target, versions.live)
        before = versions.live
        await self._change(name, lambda now: now.switched(target))
        await asyncio.sleep(LEASE_S)
        await self.copies_over()
        return before

    async def rollback(self, name: str) -> int:
        """What was live before is live again. Which one. Raises Refused where nothing was."""
        before = (await self._versions(name)).before
        if before is None:
            raise Refused(f"{name} was never switched")
        await self.switch(name, before)
        return before

    async def drop(self, name: str, version: int) -> None:
        """A version, its tables and its positions, once nobody can be reading it. Raises Refused for the live one."""
        projection = await self._at(name, version)

        def dropped(state: SiteState) -> SiteState:
            return state.with_versions(name, state.of(name).dropped(version)).forgotten(projection.id)

        await self.state.change(dropped)
        self.say(f"waits {LEASE_S + LONGEST_REQUEST_S:.0f} s for whoever still reads it")
        await asyncio.sleep(LEASE_S + LONGEST_REQUEST_S)
        await self._at_rest(projection)
        await self._tables(projection).remove(projection.tables)
        await self.feeder.read.positions.forget(projection.id)

    def _progress(self) -> Callable[[Replayed], None]:
        """Says seldom how far a replay is, but always that it has got there."""
        now_and_then = seldom(self.say)
        return lambda so_far: (now_and_then if so_far.left else self.say)(so_far.line)


def _declared() -> Mapping[str, Projection]:
    return {projection.name: projection for projection in PROJECTIONS}
