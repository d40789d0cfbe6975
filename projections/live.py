"""Which version of each projection is live: queries name tables, never versions. Asked by versioned.py.

A request goes by one answer from its beginning to its end; whoever else asks goes by what is live now.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from projections.effects import Projection
from projections.site import Held, SiteState
from projections.versions import id_of, name_of
from schemas.errors import Unavailable
from schemas.tables import Table

_request: ContextVar["Meant | Unavailable | None"] = ContextVar("versions of this request", default=None)


@dataclass(frozen=True)
class Meant:
    """The version of each projection that is meant."""

    owners: Mapping[str, str]
    """By name of a table, or of its counts: the projection's."""
    versions: Mapping[str, int]
    """By name of a projection; one that is left out: the first."""
    _tables: dict[Table, Table] = field(default_factory=dict, init=False, repr=False, compare=False)

    def table(self, table: Table) -> Table:
        """The storage that is meant; a table of nobody's is itself."""
        found = self._tables.get(table)
        if found is None:
            owner = self.owners.get(table.name)
            found = table if owner is None else table.at(self.versions.get(owner, 1))
            self._tables[table] = found
        return found

    def subscriber(self, subscriber: str) -> str:
        """The id of the version that is meant."""
        name = name_of(subscriber)
        return id_of(name, self.versions[name]) if name in self.versions else subscriber


def owners_of(projections: Iterable[Projection]) -> Mapping[str, str]:
    """By name of a table, or of its counts, the projection's."""
    return {stored.name: one.name for one in projections for table in one.tables for stored in table.with_sizes}


def one(projection: Projection, version: int) -> Callable[[], Awaitable[Meant]]:
    """For who means this version of a projection, whatever is live."""
    meant = Meant(owners_of([projection]), {projection.name: version})

    async def always() -> Meant:
        return meant

    return always


class Live:
    """What is live, by the site's state as this process holds it."""

    def __init__(self, owners: Mapping[str, str], current: Callable[[], Awaitable[Held | None]]) -> None:
        """`current`: a state whose lease holds, or None where none can be had."""
        self._owners = owners
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
            same = self._known[1].versions == versions
            self._known = (held.state, self._known[1] if same else Meant(self._owners, versions))
        return self._known[1]

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
