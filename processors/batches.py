"""Batches: entries sorted into what is planned, what waits in a held stream, and what operators had passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commands.ports import Entry, Vault
from events.codec import NewerVersion
from processors.dead_letters import Letters, honoured
from processors.holds import Holds
from processors.planning import Plan, Poison, Subscriber, keys_of_loaded, planned_loaded, tried


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
    read = [(number, tried(one)) for number, one in wanted(entries, subscriber, holds, letters)]
    keys = await keys_of_loaded([said for _, said in read], vault, subscriber)
    plans: list[Plan] = []
    for number, said in read:
        try:
            plans.append(planned_loaded(said, entries[number].position, keys, subscriber))
        except (NewerVersion, Poison) as trouble:
            return Batch(plans, entries[:number], trouble)
    return Batch(plans, entries, None)


def wanted(
    entries: Sequence[Entry], subscriber: Subscriber, holds: Holds, letters: Letters
) -> Iterator[tuple[int, Entry]]:
    """Those of these entries that are to be planned, as they are to be read, each with its place among them."""
    reads, is_held = subscriber.reads, len(holds) > 0
    for number, entry in enumerate(entries):
        if is_held and holds.covering(entry):
            continue
        read_as = honoured(entry, letters) if letters else entry
        if read_as is not None and (read_as is not entry or reads(entry.type)):
            yield number, read_as
