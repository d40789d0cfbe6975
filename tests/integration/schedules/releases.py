"""Another release of the write side for tests: one whose accounts shout. Whatever it knows, it has folded itself."""

from dataclasses import replace

from commands.accounts import ACCOUNT, Account, evolve
from commands.all import AGGREGATES, Aggregates
from events.envelope import Event


def shouting(account: Account | None, event: Event) -> Account:
    """The account as ever, but for its bio."""
    state = evolve(account, event)
    return replace(state, bio=str(state.bio).upper())


OTHER_RELEASE: Aggregates = {**AGGREGATES, "account": replace(ACCOUNT, evolve=shouting, release=ACCOUNT.release + 1)}
