"""Which version of each projection is live: queries name tables, never versions. Asked by versioned.py.

A request goes by one answer from its beginning to its end; whoever else asks goes by what is live now.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property

from projections.effects import Projection
from projections.site import Held, SiteState
from projections.versions import id_of, name_of
from schemas.errors import NotYetVisible, Unavailable
from schemas.tables import Table

ARRIVES_S = 5
"""When it is worth asking again for what is built from the log."""

_request: ContextVar["Meant | Unavailable | None"] = ContextVar("versions of this request", default=None)


@dataclass(frozen=True)
class Meant:
    """The version of each projection that is meant."""

    owners: Mapping[str, str]
    """By name of a table, or of its counts: the projection's."""
    versions: Mapping[str, int]
    """By name of a projection; one that is left out: the first."""
    shaped: Mapping[str, Table] = field(default_factory=dict)
    """By name of a table, what it is where its version was made by another shape of the projection."""
    arriving: frozenset[str] = frozenset()
    """Projections that are new here and have not caught up: nothing is answered from their tables."""
    _tables: dict[Table, Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, table: Table) -> Table:
        """The storage that is meant; a table of nobody's is itself. Raises NotYetVisible for one that is arriving."""
        found = self._tables.get(table)
        if found is None:
            owner = self.owners.get(table.name)
            if owner in self.arriving:
                raise NotYetVisible(f"{owner} is new here, and is built from the log: try again", retry_after=ARRIVES_S)
            meant = self.shaped.get(table.name, table)
            found = table if owner is None else meant.at(self.versions.get(owner, 1))
            self._tables[table] = found
        return found

    @cached_property
    def fed(self) -> "Meant":
        """The same for who feeds them, and for whom part of it will do."""
        return replace(self, arriving=frozenset()) if self.arriving else self

    def subscriber(self, subscriber: str) -> str:
        """The id of the version that is meant."""
        name = name_of(subscriber)
        return id_of(name, self.versions[name]) if name in self.versions else subscriber


def owners_of(projections: Iterable[Projection]) -> Mapping[str, str]:
    """By name of a table, or of its counts, the projection's."""
    return {stored.name: one.name for one in projections for table in one.tables for stored in table.with_sizes}


def shaped_in(projections: Iterable[Projection], state: SiteState) -> Mapping[str, Table]:
    """By name, the tables whose live version is not of the shape that its projection has today."""
    found = {}
    for one in projections:
        live = state.of(one.name).live
        shape = state.shape(one.name, live)
        kept = one.shaped(shape, live) if shape != one.shape else None
        found.update({table.name: table for table in kept.tables} if kept else {})
    return found


def one(projection: Projection, version: int) -> Callable[[], Awaitable[Meant]]:
    """For who means this version of a projection, whatever is live."""
    own = {table.name: table for table in projection.tables}
    meant = Meant(owners_of([projection]), {projection.name: version}, own)

    async def always() -> Meant:
        return meant

    return always


class Live:
    """What is live, by the site's state as this process holds it."""

    def __init__(self, projections: Sequence[Projection], current: Callable[[], Awaitable[Held | None]]) -> None:
        """`projections`: as they are declared. `current`: a state whose lease holds, or None where none can be had."""
        self._projections = projections
        self._owners = owners = owners_of(projections)
        self._current = current
        self._known: tuple[SiteState, Meant] = (SiteState(), Meant(owners, {}))

    async def __call__(self) -> Meant:
        """Of the request that this is asked in, else of now. Raises Unavailable where nobody can say."""
        meant = _request.get() or await self.now()
        if isinstance(meant, Unavailable):
            raise meant
        return meant

    async def now(self) -> Meant:
        """What is live now. Raises Unavailable where nobody can say."""
        held = await self._current()
        if held is None:
            raise Unavailable("nobody can say which versions are live")
        if self._known[0] is not held.state:
            versions = {name: one.live for name, one in held.state.versions.items() if one.live != 1}
            shaped = shaped_in(self._projections, held.state)
            arriving = frozenset(name for name in held.state.arriving if held.state.is_arriving(name))
            meant = Meant(self._owners, versions, shaped, arriving)
            self._known = (held.state, self._known[1] if self._known[1] == meant else meant)
        return self._known[1]

    async def fed(self) -> Meant:
        """What is live now, whether or not it has caught up since it was new. Raises Unavailable."""
        return (await self.now()).fed

    @property
    def last(self) -> Meant:
        """What was live when anybody asked last."""
        return self._known[1]

    async def begin(self) -> None:
        """From now on this request goes by what is live now; where nobody can say, it reads no table."""
        try:
            _request.set(await self.now())
        except Unavailable as error:
            _request.set(error)
