"""The ports of both sides, as one process has them: what commands are recorded in, and what queries read."""

from dataclasses import dataclass, field, replace

from commands.ports import (
    Announcements,
    Clock,
    Gates,
    Ledger,
    Log,
    Objects,
    Traces,
    Transactions,
    Untraced,
    Vault,
    ViewLog,
)
from infra.process.site_state import SharedState
from processors.reach import Reach
from projections.all import PROJECTIONS
from projections.live import Live
from projections.ports import Caches, Feeds, Positions, Relations, SearchReads, Tables
from projections.versioned import LivePositions, VersionedSearch, VersionedTables


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What commands are recorded in."""

    transactions: Transactions
    log: Log
    ledger: Ledger
    announcements: Announcements
    vault: Vault
    clock: Clock
    instance: str
    """The name under which this process announces what it is about to insert: no other process may have it."""
    traces: Traces = field(default_factory=Untraced)


@dataclass(frozen=True, kw_only=True)
class WriteSide(Recording):
    """That, and what the command side needs besides."""

    gates: Gates
    objects: Objects
    view_log: ViewLog


@dataclass(frozen=True)
class ReadSide:
    """What effects are applied to and queries read."""

    transactions: Transactions
    tables: Tables
    """With the index of those that are searched."""
    search: SearchReads
    positions: Positions
    feeds: Feeds
    caches: Caches
    relations: Relations
    reach: Reach
    """How feeds, caches and relations are told of changes."""
    live: Live
    """Which version of each projection is live."""

    @property
    def fed_tables(self) -> Tables:
        """Those that are live, whether or not they have caught up: for who goes by what there is."""
        return VersionedTables(self.tables, self.live.fed)

    @property
    def queried(self) -> "ReadSide":
        """What is live of it: for whoever names tables and projections, and no versions."""
        tables, positions = VersionedTables(self.tables, self.live), LivePositions(self.positions, self.live)
        return replace(self, tables=tables, positions=positions, search=VersionedSearch(self.search, self.live))


def live(state: SharedState) -> Live:
    """What is live, by the site's state as this process holds it."""
    return Live(PROJECTIONS, state.current)
