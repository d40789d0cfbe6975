"""The ports that effects are applied to and that queries read. All adapters pass the one contract suite of each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from projections.search_ports import Hit as Hit
from projections.search_ports import Search as Search
from projections.search_ports import SearchReads as SearchReads
from projections.table_ports import MAX_KEYS as MAX_KEYS
from projections.table_ports import Head as Head
from projections.table_ports import Origin as Origin
from projections.table_ports import Stamp as Stamp
from projections.table_ports import Stored as Stored
from projections.table_ports import TableReads as TableReads
from projections.table_ports import Tables as Tables
from projections.table_ports import Write as Write
from projections.table_ports import chunks as chunks
from schemas.ids import AccountId, Millis, PostId
from schemas.positions import Partition, Position

FEED_LIMIT = 3_000
"""Entries that a feed keeps; the oldest are trimmed."""


class Progress(NamedTuple):
    """How far a subscriber of the log is in one partition."""

    rows: int
    """The offset whose rows it writes next: below it, rows, counts and drops are done."""
    finished: int
    """The lowest offset whose reactions are not over; never above `rows`. Here it begins after a restart."""
    event_id: str
    """Of the last event below `rows`."""


class Positions(Protocol):
    """How far each subscriber of the log is in each partition. Positions only move forward."""

    async def progress(self, subscriber: str) -> dict[Partition, Progress]:
        """By partition; one that it never advanced in is left out."""

    async def next_offsets(self, projection: str) -> dict[Partition, int]:
        """The offset whose rows are written next, by partition; 0 is left out."""

    async def advance(self, projection: str, last: Position, event_id: str, finished: int | None = None) -> None:
        """The rows of everything up to and including `last`, whose event id is given, are written.

        `finished`: the lowest offset that still has reactions under way; None: none has.
        """

    async def finish(self, subscriber: str, partition: Partition, finished: int) -> None:
        """No reaction is under way any more below this offset, whose rows are written."""

    async def forget(self, subscriber: str) -> None:
        """It is nowhere any more; safe to repeat. Nobody feeds it any more."""

    async def wait(
        self,
        projections: Sequence[str],
        positions: Sequence[Position],
        timeout: float,
        finished: Sequence[Position] = (),
    ) -> bool:
        """Waits until all of these projections have written the rows of all of these positions, of topics they read.

        `finished`: positions whose reactions must be over besides. A projection that reads none of a position's topic
        is not waited for. False after `timeout` seconds. However many wait in a process, the store is asked as often
        as for one.
        """

    def known(self, projection: str) -> Mapping[Partition, Progress]:
        """What waits in this process have seen of `progress`: it may be behind, and is never ahead."""


class FeedEntry(NamedTuple):
    """A post in a feed. Feeds run from the largest to the smallest: newest first, then by id."""

    published_at: Millis
    post_id: PostId
    author_id: AccountId


class FeedSlice(NamedTuple):
    """Part of a whole feed."""

    entries: Sequence[FeedEntry]
    floor: FeedEntry | None
    """The lowest entry of a feed at its limit: below it, entries were trimmed. None: nothing was."""
    merged: bool = False
    """Whether it was read from the tables: what readers pull of celebrities is in it."""


FeedState = Literal["whole", "building", "over", "absent", "unknown"]
"""`building`: somebody began to make it. `over`: of before the store was lost or missed pushes; it is begun anew.
`absent`: there is none, so pushes pass by. `unknown`: the store cannot be asked, or is not believed now."""


@dataclass(frozen=True)
class StoredFeed:
    """What there is of one feed just now."""

    state: FeedState
    length: int = 0
    """Entries, without those that are as good as trimmed."""
    floor: FeedEntry | None = None
    """As of a FeedSlice."""
    left_ms: int = 0
    """How much longer it lives if nobody reads it."""
    newest: Sequence[FeedEntry] = ()
    held: frozenset[FeedEntry] = frozenset()
    """Those of the entries that were asked for which are in it."""


class Feeds(Protocol):
    """Everybody's feed, at most FEED_LIMIT entries, forgotten after 7 days without a read. One that may lack pushes
    is not whole."""

    async def push(self, accounts: Sequence[AccountId], entries: Sequence[FeedEntry]) -> None:
        """Adds all entries to the feed of each account, and trims it, where it exists. Raises NotTold (site.py)."""

    async def read(self, account: AccountId, limit: int, after: FeedEntry | None = None) -> FeedSlice | None:
        """Up to `limit` entries below `after`, and extends the feed's life. None: the feed is not whole, rebuild it."""

    async def reached(self) -> bool:
        """Whether the store is asked and believed just now. Where it is not, every page is read from the tables."""

    async def begin(self, account: AccountId) -> bytes | None:
        """From now on pushes land. What `complete` names; None: the store is not to be believed now."""

    async def complete(self, account: AccountId, begun: bytes, entries: Sequence[FeedEntry]) -> None:
        """Adds the entries, trims, and calls the feed whole, at once; but not if it was lost or begun anew since."""

    async def look(self, account: AccountId, limit: int, asked: Sequence[FeedEntry] = ()) -> StoredFeed:
        """For operators: the feed as it stands, with its newest `limit` entries. Changes nothing, not even its life."""


class Lease(NamedTuple):
    """The right to fill one missing entry, until anybody drops it."""

    key: str
    nonce: str


Changed = Callable[[Collection[str] | None], None]
"""Hears which cached keys may have changed since they were read; None: any may have."""


class Caches(Protocol):
    """Leased cache entries: a fill is stored only if nothing changed since the miss."""

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears of the keys that `get` is asked for, before it returns or later. Of a change that
        was acknowledged before `moment()` it has heard once `fence` of that moment returns."""

    def moment(self) -> Any:
        """Now, for `fence`."""

    async def fence(self, since: Any) -> None:
        """Returns when every change before `since` has been heard of; mostly at once. Where nothing can be heard now,
        it has heard that anything may have changed."""

    async def get(self, keys: Sequence[str], ttl_s: int) -> tuple[dict[str, bytes], list[Lease]]:
        """What is cached, and a lease for each key that is not; a lease ends after `ttl_s` at the latest."""

    async def fill(self, entries: Mapping[Lease, bytes], ttl_s: int) -> None:
        """Stores each entry whose lease still stands, for `ttl_s` seconds."""

    async def drop(self, keys: Sequence[str]) -> None:
        """Forgets entries and leases alike. Raises NotTold (site.py) where readers may still find them."""


class Related(NamedTuple):
    """A row that says how an account stands to something: `member` names which relation and to what."""

    account: AccountId
    member: str
    number: int
    """The row's; a later one wins."""
    present: bool


class Relations(Protocol):
    """How accounts stand to others and to posts: copies of rows as yes or no, for what was asked for lately. May forget
    anything at any time. Lives for some minutes, then is read from the tables again."""

    def hear(self, changed: Changed) -> None:
        """From now on `changed` hears of accounts that were looked at and may stand otherwise by now. As Caches.hear,
        whose fence is one for this too."""

    async def look(self, account: AccountId, members: Sequence[str]) -> tuple[dict[str, bool], str]:
        """What is known of these, in one round trip, and a lease to fill in the others; an empty one fills nothing."""

    async def fill(self, lease: str, rows: Sequence[Related]) -> None:
        """Stores what the tables said of one account after `look`, but where the lease is over or more is known."""

    async def note(self, rows: Sequence[Related]) -> None:
        """Rows that were written, after they are acknowledged. Raises NotTold (site.py) as a drop does."""
