"""Batches: entries sorted into what is planned, what waits in a held stream, and what operators had passed over."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.ports import Entry, Vault
from events.codec import NewerVersion
from processors.dead_letters import Letters, honoured
from processors.holds import Holds
from processors.planning import Plan, Poison, Subscriber, keys_of, planned


@dataclass(frozen=True)
class Batch:
    """The first of some entries, as far as they can be taken at once."""

    plans: Sequence[Plan]
    taken: Sequence[Entry]
    """Those that are planned, those that wait, and those that are passed over."""
    trouble: Poison | NewerVersion | None
    """What is wrong with the entry behind them."""


async def sorted_out(
    entries: Sequence[Entry], subscriber: Subscriber, vault: Vault, holds: Holds, letters: Letters
) -> Batch:
    """Cut before the first that cannot be planned, so that nothing waits that need not. Raises what the vault does."""
    read = [None if holds.covering(entry) else honoured(entry, letters) for entry in entries]
    keys = await keys_of([entry for entry in read if entry is not None], vault)
    plans: list[Plan] = []
    for number, entry in enumerate(read):
        try:
            if entry is not None:
                plans.append(planned(entry, keys, subscriber))
        except (NewerVersion, Poison) as trouble:
            return Batch(plans, entries[:number], trouble)
    return Batch(plans, entries, None)
