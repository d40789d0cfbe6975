"""The block aggregate: one stream an edge, from blocker to blocked.

Follows, likes and comments look at both edges between their actor and whom they concern: a hidden thing is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.accounts import Account, account_stream
from commands.aggregate import Aggregate, Command
from events.blocks import Blocked, Unblocked
from events.envelope import Event
from schemas.ids import AccountId
from schemas.refusals import CannotBlockSelf, UnknownAccount


@dataclass(frozen=True)
class Block:
    """Whether the edge is there."""

    blocked: bool


@dataclass(frozen=True)
class BlockCommand(Command):
    blocked_id: AccountId

    @property
    def stream(self) -> str:
        return block_stream(self.actor, self.blocked_id)

    @property
    def needs(self) -> Sequence[str]:
        return (account_stream(self.blocked_id),)


@dataclass(frozen=True)
class BlockAccount(BlockCommand):
    """Neither see an account nor be seen by it."""


@dataclass(frozen=True)
class UnblockAccount(BlockCommand):
    """Take that back."""


def block_stream(blocker: AccountId, blocked: AccountId) -> str:
    """The stream of a block."""
    return f"block/{blocker}/{blocked}"


def between(one: AccountId, other: AccountId) -> Sequence[str]:
    """The streams of the blocks either way; nobody has blocked themselves."""
    return () if one == other else (block_stream(one, other), block_stream(other, one))


def apart(blocks: Sequence[Block | None]) -> bool:
    """Whether one of these stands."""
    return any(block is not None and block.blocked for block in blocks)


def seen_of(one: AccountId, other: AccountId) -> Sequence[str]:
    """What says whether `one` sees what is the other's: the other's account, and the blocks between."""
    return () if one == other else (account_stream(other), *between(one, other))


def is_hidden(other: Account | None, blocks: Sequence[Block | None]) -> bool:
    """Whether what is this account's is hidden: by one of these blocks, or because the account is suspended."""
    return apart(blocks) or (other is not None and other.suspended)


def decide(block: Block | None, command: BlockCommand, other: Account | None) -> list[Event]:
    if command.actor == command.blocked_id:
        raise CannotBlockSelf
    if other is None:
        raise UnknownAccount
    match command:
        case BlockAccount() if not apart([block]):
            return [Blocked(blocker_id=command.actor, blocked_id=command.blocked_id)]
        case UnblockAccount() if apart([block]):
            return [Unblocked(blocker_id=command.actor, blocked_id=command.blocked_id)]
        case _:
            return []


def evolve(_block: Block | None, event: Event) -> Block:
    match event:
        case Blocked():
            return Block(blocked=True)
        case Unblocked():
            return Block(blocked=False)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a block")


BLOCK = Aggregate("block", evolve, decide, state=Block)
