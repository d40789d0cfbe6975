"""What is kept of each projection: its versions, in their shapes, and how far they are. Changed by orders.py alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from infra.process.site_state import SharedState
from infra.wiring.subscribers import Feeder
from processors.runtime import NOWHERE
from projections.effects import Projection
from projections.live import one
from projections.site import LEASE_S, SiteState
from projections.versioned import VersionedTables
from projections.versions import Refused, Standing, Versions
from schemas.positions import Partition, Position

QUIET_S = 2.0
"""A version that nobody is told to feed is at rest once its positions have not moved for so long."""
CAUGHT_UP_WITHIN_S = 60.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """The versions of one site, and what orders about them begin with."""

    feeder: Feeder
    state: SharedState
    projections: Mapping[str, Projection]
    """By name, as they are declared."""
    batch: int
    """Events that are replayed at once: while they are written, nobody else writes to an embedded site."""
    copies_over: Callable[[], Awaitable[None]]
    """Done once another version is live, where copies of rows do not end by the state itself."""
    say: Say

    async def _begun(self, name: str) -> Projection:
        """The version that is built: a new one has today's shape, one that was begun keeps its own."""
        declared = self._declared(name)

        def begun(state: SiteState) -> SiteState:
            before, after = state.of(name), state.of(name).begun()
            changed = state.with_versions(name, after)
            return changed if after is before else changed.shaped(name, before.next, declared.shape)

        kept = (await self.state.change(begun)).state.of(name).kept
        (version,) = (number for number, standing in kept.items() if standing is Standing.BUILDING)
        return await self._at(name, version)

    def _declared(self, name: str) -> Projection:
        if name not in self.projections:
            raise Refused(f"there is no projection {name}: there are {', '.join(self.projections)}")
        return self.projections[name]

    async def _at(self, name: str, version: int) -> Projection:
        """A version, in its shape. Raises Refused for one that a later release has made."""
        shape = (await self.state.fresh()).state.shape(name, version)
        found = self._declared(name).shaped(shape, version)
        if found is None:
            raise Refused(f"version {version} of {name} has shape {shape}, which a later release knows")
        return found

    async def _versions(self, name: str) -> Versions:
        self._declared(name)
        return (await self.state.fresh()).state.of(name)

    def _tables(self, projection: Projection) -> VersionedTables:
        return VersionedTables(self.feeder.read.tables, one(projection, projection.version))

    async def _candidate(self, name: str) -> Projection:
        versions = await self._versions(name)
        if versions.candidate is None:
            raise Refused(f"{name} has no version newer than the live one: rebuild it first")
        if versions.kept[versions.candidate] is Standing.BUILDING:
            raise Refused(f"version {versions.candidate} is not built yet: `rebuild {name}` goes on with it")
        return await self._at(name, versions.candidate)

    async def _change(self, name: str, edit: Callable[[Versions], Versions]) -> Versions:
        self._declared(name)
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
        due = await self._rows(await self._at(name, as_))
        positions = [Position(*place, offset - 1) for place, offset in due.items() if offset]
        target = (await self._at(name, version)).id
        if not await self.feeder.read.positions.wait([target], positions, CAUGHT_UP_WITHIN_S):
            raise Refused(f"version {version} is behind version {as_}, and does not catch up")
