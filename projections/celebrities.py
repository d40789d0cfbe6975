"""Which posts readers pull instead of having them pushed. Fed by events/celebrities.py, in the feed's projection
(feed.py); read by the fan-out, which leaves these posts out, and by whoever reads a feed."""

from typing import NamedTuple

from events.celebrities import Celebrity
from projections.effects import Put
from projections.ports import TableReads
from schemas.ids import AccountId, Millis
from schemas.tables import INT, JSON, Row, Table

ALL = "celebrity"
CELEBRITIES = Table(
    "celebrities",
    partition="kind",
    order="account_id",
    columns={"spans": JSON, "followers": INT, "again_at": INT},
    subject="account_id",
    partition_cached=300,
)
"""One partition, of the kind ALL: they are few, and who reads feeds takes them all together."""


class Pulled(NamedTuple):
    """One span of one account's posts."""

    since: Millis
    until: Millis | None
    """None: it goes on."""
    settled: bool
    """Whether what was published at `until` or later is pushed."""

    def has(self, published_at: Millis) -> bool:
        """Whether a post of this time is not pushed, if its row was there before this was read."""
        return self.since <= published_at and (self.until is None or published_at < self.until)

    @property
    def end(self) -> Millis | None:
        """The first time that readers need not pull any more."""
        return self.until if self.settled else None


def put(event: Celebrity) -> Put:
    """The row of an account."""
    spans = [[span.since, span.until, span.settled] for span in event.spans]
    return Put(
        CELEBRITIES,
        kind=ALL,
        account_id=event.account_id,
        spans=spans,
        followers=event.followers,
        again_at=event.again_at,
    )


async def celebrity_row(tables: TableReads, account: AccountId) -> Row | None:
    """That of one account; None: it never was a celebrity."""
    key = (ALL, account)
    return (await tables.get(CELEBRITIES, [key])).get(key)


def spans_of(row: Row | None) -> list[Pulled]:
    """The spans of a row of CELEBRITIES; none where there is no row."""
    return [] if row is None else [Pulled(*span) for span in row["spans"]]


def is_celebrity(row: Row | None) -> bool:
    """Whether its posts are left to readers now."""
    spans = spans_of(row)
    return bool(spans) and spans[-1].until is None
