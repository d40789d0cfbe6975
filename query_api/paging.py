"""Lists: pages that are never short while more exists, whatever filters drop, with keyset cursors."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

import orjson

from projections.ports import TableReads
from schemas.tables import Key, Row, Table

Raw = TypeVar("Raw")
Shown = TypeVar("Shown")
SortKey = tuple[Any, ...]
Item = dict[str, Any] | orjson.Fragment
"""One item of a page as it is written: a Fragment is JSON already."""


class Items(NamedTuple, Generic[Raw, Shown]):
    """One page: what is shown, and the last raw item of it if there is more behind."""

    shown: list[Shown]
    last: Raw | None


HIDDEN_RUN = 100
"""Raw items that are read at a time once some were hidden: who stops following somebody hides a long run of them."""

Fetch = Callable[[Raw | None, int], Awaitable[Sequence[Raw]]]
"""Up to so many raw items behind this one; fewer only at the end."""
Show = Callable[[Sequence[Raw]], Awaitable[list[Shown | None]]]
"""What each raw item shows the viewer; None hides it."""


async def fill(fetch: Fetch[Raw], show: Show[Raw, Shown], start: Raw | None, limit: int) -> Items[Raw, Shown]:
    """Reads on until the page is full and one more was seen, or nothing is left."""
    items, of = list[Shown](), list[Raw]()
    last, wanted = start, limit + 1
    while True:
        raws = await fetch(last, wanted)
        shown = await show(raws) if raws else []
        if not items and None not in shown:  # mostly: nothing is hidden
            return Items(cast(list[Shown], shown[:limit]), raws[limit - 1] if len(raws) > limit else None)
        items += [item for item in shown if item is not None]
        of += [raw for raw, item in zip(raws, shown, strict=True) if item is not None]
        if len(items) > limit or len(raws) < wanted:
            return Items(items[:limit], of[limit - 1] if len(items) > limit else None)
        last, wanted = raws[-1], max(wanted, HIDDEN_RUN)


async def walk(tables: TableReads, table: Table, partitions: Sequence[Key], after: Row | None, limit: int) -> list[Row]:
    """Up to `limit` rows over several partitions, one after the other, from the one behind `after` on."""
    rows: list[Row] = []
    for partition in partitions:
        if after is not None and partition != tuple(after[name] for name in table.partition_columns):
            continue
        order = None if after is None else tuple(after[name] for name in table.order_columns)
        after = None
        rows += await tables.slice(table, partition, limit - len(rows), order)
        if len(rows) == limit:
            break
    return rows
