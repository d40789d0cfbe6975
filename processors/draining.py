"""Draining: what was held is taken after all, once an operator has said what is to become of it.

By the partition's owner alone, beside live events: held rows are not touched by those, and are counted in a lane of
their own. Only what lies below `rows` is drained; when nothing is left there, the stream is live again.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from commands.ports import Entry
from processors.dead_letters import honoured, letter_id
from processors.holds import Hold
from processors.planning import Plan, Poison, keys_of, planned
from processors.reading import Reading

AT_ONCE = 500


async def drain(reading: Reading) -> None:
    """Tries everything that somebody has had a word on since it was tried. Raises NewerVersion, and what stores do."""
    said = await reading.dead_letters.some([hold.letter_id for hold in reading.holds])
    reading.letters.update(said)
    for hold in reading.holds:
        letter = said.get(hold.letter_id)
        if letter is None or letter["said"] <= hold.tried or reading.closed:
            continue
        if letter["status"] != "held" or letter["wire"] is not None:
            await _drained(reading, hold, letter["said"])


async def _drained(reading: Reading, hold: Hold, said: int) -> None:
    offset = hold.first
    while not reading.closed:
        if offset >= reading.rows or not (hold.stream or offset == hold.first):
            if await _released(reading, hold, offset):
                return
            continue
        entries = await reading.sources.log.read(*reading.partition, offset, AT_ONCE)
        below = [entry for entry in entries if entry.position.offset < reading.rows]
        poisoned = await _taken(reading, hold, [entry for entry in below if hold.covers(entry)])
        if poisoned is not None:
            await _held_on(reading, hold, *poisoned, said)
            return
        offset = below[-1].position.offset + 1


async def _taken(reading: Reading, hold: Hold, entries: Sequence[Entry]) -> tuple[Entry, Poison] | None:
    """Takes these, up to the first that is poison still."""
    read = [(entry, honoured(entry, reading.letters)) for entry in entries]
    keys = await keys_of([entry for _, entry in read if entry is not None], reading.sources.vault)
    for original, entry in read:
        if entry is None or (entry is original and not reading.subscriber.reads(entry.type)):
            continue
        try:
            plan = replace(planned(entry, keys, reading.subscriber), lane=hold.held)
        except Poison as poison:
            return original, poison
        await _applied(reading, plan)
    return None


async def _applied(reading: Reading, plan: Plan) -> None:
    async with reading.turn, reading.sources.transactions.together():
        await reading.appliers.rows.apply([plan])
    if plan.reactions:
        await reading.insist(partial(reading.appliers.react, plan, 0))


async def _held_on(reading: Reading, hold: Hold, entry: Entry, poison: Poison, said: int) -> None:
    """The stream waits on, behind the same event or a later one."""
    tried = said if entry.position.offset == hold.first else 0
    await reading.dead_letters.tell(entry, poison, hold.stream, tried)
    waiting = replace(hold, first=entry.position.offset, letter_id=letter_id(entry), tried=tried)
    await reading.holds.write(waiting)
    reading.holds.begin(waiting)


async def _released(reading: Reading, hold: Hold, offset: int) -> bool:
    """False if live events have gone on meanwhile: some of the stream may be among them."""
    async with reading.turn:
        if hold.stream and offset < reading.rows:
            return False
        await reading.holds.erase(hold)
        reading.holds.end(hold)
        return True
