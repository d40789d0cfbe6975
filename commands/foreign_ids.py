"""Ids that follow from another system's: the same row has the same ones again. Used by imports."""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from commands.handling import Cause
from schemas.ids import ACCOUNT_PREFIX, COMMAND_PREFIX, POST_PREFIX, AccountId, CommandId, PostId, base62

DERIVED_BITS = 64
FIRST_DERIVED = 1 << 63
"""Ids that are issued have 63 bits: one that is derived is never one of theirs, and still has the digits of an id."""
REMEMBERED = 100_000


@dataclass(frozen=True)
class ForeignIds:
    """Of one other system: the same id in two of them is two things."""

    source: str
    secret: bytes = field(repr=False)

    def account(self, foreign: str) -> AccountId:
        """The account of a foreign id."""
        return _account(self, foreign)

    def post(self, foreign: str) -> PostId:
        """The post of a foreign id."""
        return PostId(f"{POST_PREFIX}_{self.derived(f'post/{foreign}')}")

    def cause(self, what: str, place: str) -> Cause:
        """What is decided under it says by its correlation which row it was that added it."""
        return Cause(CommandId(f"{COMMAND_PREFIX}_{self.derived(f'command/{what}')}"), place)

    def digest(self, what: str) -> bytes:
        """Tells what this site has of this system from anything else."""
        return hmac.digest(self.secret, f"import\n{self.source}\n{what}".encode(), "sha256")

    def derived(self, what: str) -> str:
        """The digits of an id."""
        return base62(FIRST_DERIVED + int.from_bytes(self.digest(what)[: DERIVED_BITS // 8]))


@lru_cache(REMEMBERED)
def _account(ids: ForeignIds, foreign: str) -> AccountId:
    return AccountId(f"{ACCOUNT_PREFIX}_{ids.derived(f'account/{foreign}')}")
