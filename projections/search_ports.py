"""The port of the index that searched tables have. Named to others by ports.py, with all the rest."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from projections.table_ports import Write
from schemas.ids import Millis
from schemas.tables import Table
from schemas.words import Term


class Hit(NamedTuple):
    """A row that was found: when it is of, and its key. The newest come first, of one moment the largest key."""

    at: Millis
    key: str


class SearchReads(Protocol):
    """Finding rows by their words."""

    async def find(self, table: Table, terms: Sequence[Term], limit: int, after: Hit | None = None) -> list[Hit]:
        """Up to `limit` rows that have all these terms, from the one behind `after` on; none where no term is given.

        Fewer only at the end. Whatever is written meanwhile, pages hold no row twice and leave none out that was there
        all the time. Raises Unavailable.
        """


class Search(SearchReads, Protocol):
    """An index of searched tables, a copy of their rows: written with them, removed with them."""

    async def create(self, tables: Sequence[Table]) -> None:
        """Makes an index for each of these tables; safe to repeat."""

    async def remove(self, tables: Sequence[Table]) -> None:
        """Removes the indexes of these tables, with all that is in them; safe to repeat."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Each row whose number is above the one that is known is found as it is now, or no more, once this returns;
        of equal numbers the first stands. Keys in one call are distinct. Durable on return, or with the surrounding
        transaction.
        """
