"""Entries made columns of by way of objects: what is older than today's types, or odd in any way (as_stored.py)."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from commands.ports import Entry
from infra.history.as_stored import AsStored, alike, as_stored
from infra.history.columns import EVENTS_TABLE, UNREADABLE, UNREADABLE_TABLE, all_columns
from infra.history.rows import batch, envelopes, events_batch, typed_batch, unreadable_row


def made_one_by_one(entries: Sequence[Entry]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Their rows by table; tables that get none are left out. Raises NewerVersion."""
    read = list(zip(entries, as_stored(entries), strict=True))
    page = [one for _, one in read if isinstance(one, AsStored)]
    if page:
        envelope = envelopes(page)
        yield EVENTS_TABLE, events_batch(page, envelope)
        for stem, places in alike(one.stem for one in page).items():
            columns, events = all_columns()[stem], [page[place].event for place in places]
            yield columns.table, typed_batch(events, envelope.take(pa.array(places)), columns, clear=False)
    unreadable = [unreadable_row(entry, one) for entry, one in read if not isinstance(one, AsStored)]
    if unreadable:
        yield UNREADABLE_TABLE, batch(UNREADABLE, unreadable)
