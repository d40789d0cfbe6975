"""TableFollowees: the write side's Followees port on the read side's tables, so that neither imports the other."""

from dataclasses import dataclass

from projections.feed import FOLLOWING
from projections.ports import TableReads
from schemas.ids import AccountId


@dataclass(frozen=True)
class TableFollowees:
    """The count of rows that the fan-in reads: what is limited is what costs."""

    tables: TableReads

    async def count(self, account: AccountId) -> int:
        """As the feed projection has written it."""
        key = (account,)
        return (await self.tables.sizes(FOLLOWING, [key]))[key]
