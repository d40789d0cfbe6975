"""What operators order of a projection's versions: rebuild, verify, switch, roll back, drop. Beside running processes.

Each order changes the site's state, by which every process goes within a lease; none stops a query.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from infra.process.settings import Settings
from infra.process.site_state import SharedState
from infra.sqlite.folded import SqliteFolded
from infra.versions.lags import lag
from infra.wiring.operating import Operating
from infra.wiring.subscribers import Feeder
from processors.diffing import Diff, Differences
from processors.holds import Holds
from processors.replaying import Replayed, replay
from processors.runtime import NOWHERE
from processors.verifying import Verdict, Verifier
from projections.all import PROJECTIONS
from projections.effects import Projection
from projections.live import one
from projections.site import LEASE_S, SiteState
from projections.versioned import VersionedTables
from projections.versions import Refused, Standing, Versions
from schemas.positions import Partition, Position

QUIET_S = 2.0
"""A version that nobody is told to feed is at rest once its positions have not moved for so long."""
CAUGHT_UP_WITHIN_S = 60.0
LONGEST_REQUEST_S = 10.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Orders:
    """Of one site."""

    feeder: Feeder
    state: SharedState
    projections: Mapping[str, Projection]
    """By name, as they are declared."""
    batch: int
    """Events that are replayed at once: while they are written, nobody else writes to an embedded site."""
    copies_over: Callable[[], Awaitable[None]]
    """Done once another version is live, where copies of rows do not end by the state itself."""
    say: Say

    @classmethod
    def of(cls, site: Operating, settings: Settings, say: Say) -> Self:
        """Of the projections that this release declares."""
        feeder = Feeder(site.write, site.stored, site.handler, settings)
        named = {projection.name: projection for projection in PROJECTIONS}
        return cls(feeder, site.state, named, site.replayed_at_once, site.copies_over, say)

    async def listed(self) -> list[dict[str, Any]]:
        """Every version that is kept, and how it stands."""
        state = (await self.state.fresh()).state
        return [
            {
                "name": name,
                "version": version,
                "live": version == versions.live,
                "state": str(versions.kept[version]),
                "verified": version in versions.verified,
                **await lag(self.feeder.write.log, await self._rows(replace(projection, version=version))),
            }
            for name, projection in self.projections.items()
            for versions in [state.of(name)]
            for version in sorted(versions.kept)
        ]

    async def rebuild(self, name: str, stop: asyncio.Event) -> Verdict | None:
        """A new version, or the one that was begun, from the log; then it is compared with it, and follows if it is
        right. None: it was told to stop, and goes on from there the next time."""
        versions = await self._change(name, Versions.begun)
        (version,) = (number for number, standing in versions.kept.items() if standing is Standing.BUILDING)
        projection = self._at(name, version)
        await self._tables(projection).create(projection.tables)
        self.say(f"{projection.id} is built")
        runtime = self.feeder.replaying(projection, self.batch)
        if not await replay(runtime, self._tell, stop):
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
        projection = self._at(name, version)
        write, read = self.feeder.write, self.feeder.read
        ends = await self._rows(projection)
        holds = {place: Holds(read.tables, projection.id, place) for place in ends}
        await asyncio.gather(*(one.load() for one in holds.values()))
        letters = await self.feeder.replaying(projection, self.batch).dead_letters.all()
        due = sum(ends.values())
        self.say(f"{projection.id} is compared with {due:,} events")
        with tempfile.TemporaryDirectory() as folder, SqliteFolded(Path(folder, "folded")) as folded:
            verifier = Verifier(projection, self._tables(projection), write.log, write.vault, letters, folded)
            await verifier.fold(ends, holds, lambda so_far: self.say(f"{so_far / max(due, 1):6.1%}  folded"))
            return await verifier.compare()

    async def diff(self, name: str) -> Differences:
        """In what the candidate differs from the live version. Raises Refused where there is none."""
        candidate = await self._candidate(name)
        live = self._at(name, (await self._versions(name)).live)

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
        projection = self._at(name, version)

        def dropped(state: SiteState) -> SiteState:
            return state.with_versions(name, state.of(name).dropped(version)).forgotten(projection.id)

        await self.state.change(dropped)
        self.say(f"waits {LEASE_S + LONGEST_REQUEST_S:.0f} s for whoever still reads it")
        await asyncio.sleep(LEASE_S + LONGEST_REQUEST_S)
        await self._at_rest(projection)
        await self._tables(projection).remove(projection.tables)
        await self.feeder.read.positions.forget(projection.id)

    def _at(self, name: str, version: int) -> Projection:
        if name not in self.projections:
            raise Refused(f"there is no projection {name}: there are {', '.join(self.projections)}")
        return replace(self.projections[name], version=version)

    async def _versions(self, name: str) -> Versions:
        self._at(name, 1)
        return (await self.state.fresh()).state.of(name)

    def _tables(self, projection: Projection) -> VersionedTables:
        return VersionedTables(self.feeder.read.tables, one(projection, projection.version))

    async def _candidate(self, name: str) -> Projection:
        versions = await self._versions(name)
        if versions.candidate is None:
            raise Refused(f"{name} has no version newer than the live one: rebuild it first")
        if versions.kept[versions.candidate] is Standing.BUILDING:
            raise Refused(f"version {versions.candidate} is not built yet: `rebuild {name}` goes on with it")
        return self._at(name, versions.candidate)

    async def _change(self, name: str, edit: Callable[[Versions], Versions]) -> Versions:
        self._at(name, 1)
        held = await self.state.change(lambda state: state.with_versions(name, edit(state.of(name))))
        return held.state.of(name)

    async def _rows(self, projection: Projection) -> dict[Partition, int]:
        ends = [Partition(*place) for place in await self.feeder.write.log.ends()]
        own = await self.feeder.read.positions.progress(projection.id)
        return {place: own.get(place, NOWHERE).rows for place in ends if place.topic in projection.topics}

    async def _at_rest(self, projection: Projection) -> None:
        await asyncio.sleep(LEASE_S)
        before: dict[Partition, int] = {}
        while (now := await self._rows(projection)) != before:
            before = now
            await asyncio.sleep(QUIET_S)

    async def _as_far(self, name: str, version: int, as_: int) -> None:
        """Returns once one version has passed where the other is now. Raises Refused where it takes too long."""
        due = await self._rows(self._at(name, as_))
        positions = [Position(*place, offset - 1) for place, offset in due.items() if offset]
        target = self._at(name, version).id
        if not await self.feeder.read.positions.wait([target], positions, CAUGHT_UP_WITHIN_S):
            raise Refused(f"version {version} is behind version {as_}, and does not catch up")

    def _tell(self, so_far: Replayed) -> None:
        self.say(so_far.line)
