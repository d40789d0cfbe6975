"""Addresses: whose an e-mail address may be. Asked by recovery, which has the ledger say whether it is."""

from collections.abc import Sequence
from typing import Protocol

from schemas.ids import AccountId
from schemas.positions import Position


class Addresses(Protocol):
    """A look-up, not an authority."""

    async def accounts(self, folded: str, seen: Sequence[Position]) -> Sequence[AccountId]:
        """The accounts that have, or once had, this address, as fold_email has it: the first few of them.

        Waits some seconds at most for what the caller has seen; who signed up after that may be missing."""
