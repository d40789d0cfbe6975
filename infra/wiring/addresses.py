"""TableAddresses: the write side's Addresses port on the read side's tables, so that neither imports the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from projections.addresses import ADDRESSES, PROJECTION
from projections.ports import Positions, TableReads
from schemas.ids import AccountId
from schemas.positions import Position

MOST = 20
"""Accounts of one address that are looked at; who has more has to remember."""
SEEN_WITHIN_S = 5.0


@dataclass(frozen=True)
class TableAddresses:
    """The rows of one address."""

    tables: TableReads
    positions: Positions

    async def accounts(self, folded: str, seen: Sequence[Position]) -> Sequence[AccountId]:
        if seen:
            await self.positions.wait([PROJECTION.id], seen, SEEN_WITHIN_S)
        rows = await self.tables.slice(ADDRESSES, (folded,), MOST)
        return [AccountId(row["account_id"]) for row in rows]
