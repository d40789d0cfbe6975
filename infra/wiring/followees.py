"""TableFollowees: the write side's Followees port on the read side's tables, so that neither imports the other."""

from dataclasses import dataclass

from projections.bells import BELLS
from projections.feed import FOLLOWING
from projections.ports import TableReads
from schemas.ids import AccountId
from schemas.tables import Table


@dataclass(frozen=True)
class TableFollowees:
    """The counts of rows that fan-ins read: what is limited is what costs."""

    tables: TableReads

    async def count(self, account: AccountId) -> int:
        """As the feed projection has written it."""
        return await self._size(FOLLOWING, account)

    async def bells(self, account: AccountId) -> int:
        """As the bells projection has written it."""
        return await self._size(BELLS, account)

    async def _size(self, table: Table, account: AccountId) -> int:
        key = (account,)
        return (await self.tables.sizes(table, [key]))[key]
