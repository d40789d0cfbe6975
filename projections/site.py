"""Facts of the whole site that all of its processes agree on. Kept beside the ledger, held by each process on a lease.

The state says what may be believed of Redis, which may forget everything at any moment: what was written under the
epoch that holds, on the master that is named. `epoch` rises whenever somebody's drops or pushes had not reached it,
and when another version of a projection goes live. Which versions there are stands here too: see versions.py.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import orjson

from projections.versions import Versions
from schemas.errors import Unavailable

PARTITIONS, STATE = "partitions", "state"
"""The rows. How many partitions each topic of the log has is written before they are made, and never again."""
FIRST = Versions()
LEASE_S = 1.0
"""How long a process goes by the state that it has read, counted from before it read."""


@dataclass(frozen=True)
class SiteRow:
    """One fact as it is stored: `revision` is 1 when it is first written, and one more each time."""

    revision: int
    content: str


class SiteRows(Protocol):
    """A handful of named rows, each changed by compare-and-set."""

    async def read(self, name: str) -> SiteRow | None:
        """A row that is not older than the last write that was answered with True. None: it was never written."""

    async def write(self, name: str, content: str, after: int) -> bool:
        """Stores the content if the row's revision is `after` (0: there is none). False: somebody else was first.

        Durable on return. Raises Unavailable when nobody can say whether it stands.
        """


class NotTold(Unavailable):
    """A drop or a push does not count: the store is away, or is not the one that is believed."""


class Share(NamedTuple):
    """One subscriber's share in one partition of the log."""

    subscriber: str
    topic: str
    partition: int


@dataclass(frozen=True)
class SiteState:
    """What all processes go by."""

    epoch: int = 0
    believed: Mapping[str, str] = field(default_factory=dict)
    """By shard of Redis, the replication id of the master that is believed."""
    away: frozenset[Share] = frozenset()
    """Whose drops and pushes do not reach Redis just now. While any is here, nothing in Redis is believed."""
    versions: Mapping[str, Versions] = field(default_factory=dict)
    """By name of the projection; one that is left out has its first version alone."""
    rest: Mapping[str, Any] = field(default_factory=dict)
    """What a later release keeps here: carried along."""
    shapes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """By name of the projection, the shape of each version that is not of the first. Beside the versions, because a
    release that knows no shapes carries along what it does not know here, and only here."""
    arriving: Mapping[str, int] = field(default_factory=dict)
    """By name of a projection that was new to a site with an older log, the version that has not caught up since."""

    def gone(self, shares: Collection[Share]) -> "SiteState":
        """These cannot reach Redis."""
        return replace(self, away=self.away | set(shares))

    def returned(self, shares: Collection[Share], believed: Mapping[str, str]) -> "SiteState":
        """These reach it again: what was written in Redis up to now is over, because they have missed some of it. Of
        masters that are not named any more nothing is believed: they may be deposed."""
        return replace(self, epoch=self.epoch + 1, believed=believed, away=self.away - set(shares))

    def of(self, projection: str) -> Versions:
        """The versions of one projection, by its name."""
        return self.versions.get(projection, FIRST)

    def shape(self, projection: str, version: int) -> int:
        """Which shape of the projection a version has."""
        return self.shapes.get(projection, {}).get(version, 1)

    def shaped(self, projection: str, version: int, shape: int) -> "SiteState":
        """A version has this shape, as long as it is kept."""
        own = {**self.shapes.get(projection, {}), version: shape}
        return replace(self, shapes={**self.shapes, projection: own})

    def is_arriving(self, projection: str) -> bool:
        """Whether its live version has not caught up since it was new here: then no query is answered from it."""
        return self.arriving.get(projection) == self.of(projection).live

    def met(self, versions: Mapping[str, int]) -> "SiteState":
        """These, by name of their projections, are new here."""
        return replace(self, arriving={**self.arriving, **versions})

    def arrived(self, projection: str, version: int) -> "SiteState":
        """This one has caught up, or is no more."""
        left = {name: one for name, one in self.arriving.items() if (name, one) != (projection, version)}
        return replace(self, arriving=left)

    def with_versions(self, projection: str, versions: Versions) -> "SiteState":
        """Where another one is live than before, copies of rows and feeds are over: they were made of the other's."""
        risen = self.of(projection).live != versions.live
        return replace(self, versions={**self.versions, projection: versions}, epoch=self.epoch + risen)

    def forgotten(self, subscriber: str) -> "SiteState":
        """A subscriber that is no more is not waited for."""
        return replace(self, away=frozenset(share for share in self.away if share.subscriber != subscriber))


def written(state: SiteState) -> str:
    """The row of a state."""
    away = [list(share) for share in sorted(state.away)]
    said = {**state.rest, "epoch": state.epoch, "believed": dict(state.believed), "away": away}
    if state.shapes:
        said["shapes"] = {name: {str(of): shape for of, shape in own.items()} for name, own in state.shapes.items()}
    if state.arriving:
        said["arriving"] = dict(state.arriving)
    if state.versions:
        said["versions"] = {name: one.said for name, one in state.versions.items()}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def read(content: str) -> SiteState:
    """The state that a row says."""
    said = orjson.loads(content)
    epoch, believed, away = said.pop("epoch"), said.pop("believed"), said.pop("away")
    versions = {name: Versions.read(one) for name, one in said.pop("versions", {}).items()}
    shapes = {name: {int(of): shape for of, shape in own.items()} for name, own in said.pop("shapes", {}).items()}
    arriving = said.pop("arriving", {})
    return SiteState(epoch, believed, frozenset(Share(*share) for share in away), versions, said, shapes, arriving)


@dataclass(frozen=True)
class Held:
    """A state as a process has read it, and until when it may go by it."""

    state: SiteState
    revision: int
    until: float
    clock: Callable[[], float] = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether it may be gone by now."""
        return self.clock() < self.until


class HeldState(Protocol):
    """The site's state, as this process knows it."""

    @property
    def held(self) -> Held | None:
        """What was read last, whether or not its lease still holds. None: nothing yet."""

    async def fresh(self) -> Held:
        """What a read says that begins now. Raises Unavailable."""

    async def change(self, edit: Callable[[SiteState], SiteState]) -> Held:
        """The state after this edit, which stands on return: compare-and-set, until nobody else is first.

        An edit that changes nothing writes nothing. Raises Unavailable when nobody can say whether it stands.
        """
