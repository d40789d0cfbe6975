"""The judge of the write side: reads ledger and log as they stand, and knows nothing of how they came to be so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from commands.all import Aggregates, aggregate_of
from commands.handling import Decision
from commands.ports import Entry, LedgerRow
from commands.sealing import Sealing
from events.topics import is_numbered
from schemas.ids import EventId
from tests.integration.schedules.write_processes import WriteSite

PAGE = 1_000


async def whole_log(site: WriteSite) -> list[Entry]:
    """Every entry, partition by partition, in order."""
    entries: list[Entry] = []
    for (topic, partition), end in sorted((await site.stores.log.ends()).items()):
        start = 0
        while start < end:
            page = await site.stores.log.read(topic, partition, start, PAGE)
            assert [entry.position.offset for entry in page] == list(range(start, start + len(page)))
            start += len(page)
            entries += page
    return entries


async def in_log(site: WriteSite, stream: str) -> list[Entry]:
    """What the log holds of a stream, late duplicates included."""
    return [entry for entry in await whole_log(site) if entry.stream == stream]


async def rows_of(site: WriteSite, streams: Iterable[str]) -> dict[str, list[LedgerRow]]:
    """These streams and those that their rows carry, as the ledger has them."""
    found = {stream: list(await site.stores.ledger.load(stream)) for stream in streams}
    carried = {one.stream for rows in found.values() for row in rows for one in row.carried}
    return found | {stream: list(await site.stores.ledger.load(stream)) for stream in carried}


async def assert_sound(site: WriteSite, streams: Iterable[str], told: Mapping[str, Decision]) -> None:
    """What was promised, about these streams and everything in the log; `told`: what a command was answered.

    To be asked once everything has landed and reconcilers have passed: then nothing may stand above a mark.
    """
    entries = await whole_log(site)
    by_stream: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_stream[entry.stream].append(entry)
    ledger = await rows_of(site, {*streams, *(stream for stream in by_stream if not is_numbered(stream))})
    for stream, rows in ledger.items():
        assert [row.version for row in rows] == list(range(1, len(rows) + 1)), f"{stream} has a hole: {rows}"
        first_seen = list(dict.fromkeys((one.version, one.event_id) for one in by_stream[stream]))
        assert first_seen == [(row.version, row.event_id) for row in rows], f"{stream}: log and ledger differ"
        mark = await site.stores.ledger.mark(stream)
        assert (mark.version if mark else 0) == len(rows), f"{stream} stands above its mark"
        for one in (one for row in rows for one in row.carried):
            assert ledger[one.stream][0].event_id == one.event_id, f"{one.stream} is not what {stream} carries"
    _assert_told(entries, ledger, told)


async def assert_states(
    site: WriteSite, streams: Iterable[str], release: Aggregates, told: Mapping[str, Decision]
) -> None:
    """Whoever looks, and whoever was told, has the state that all rows come to, in the eyes of this release."""
    sealing = Sealing(site.stores.vault)
    for stream in sorted(streams):
        events = await sealing.opened(await site.stores.ledger.load(stream))
        states = [None]
        for event in events:
            states.append(aggregate_of(stream, release).evolve(states[-1], event.event))
        assert await site.process(aggregates=release).handler.states.look(stream) == states[-1], stream
        assert await site.process(aggregates=release).handler.state(stream) == states[-1], stream
        for command, decision in told.items():
            if decision.events and decision.events[-1].stream == stream:
                assert decision.state in states[decision.events[-1].version :], f"{command} was told another state"


def _assert_told(entries: list[Entry], ledger: Mapping[str, list[LedgerRow]], told: Mapping[str, Decision]) -> None:
    """Each acknowledged command is in the ledger exactly once, and can be seen where its answer says."""
    of_command: dict[str, list[EventId]] = defaultdict(list)
    for row in (row for stream, rows in ledger.items() for row in rows if not stream.startswith("account/")):
        of_command[row.command_id].append(row.event_id)
    for row in (row for stream, rows in ledger.items() for row in rows if stream.startswith("account/")):
        if row.version > 1:  # the first is carried by the claim of a name
            of_command[row.command_id].append(row.event_id)
    at = {entry.position: entry for entry in entries}
    for command, decision in told.items():
        own = [event.id for event in decision.events]
        assert of_command[command] == own, f"{command} was told {own} and stands as {of_command[command]}"
        for event, place in zip(decision.events[-1:], decision.positions, strict=False):
            seen = at[place]
            assert seen.stream == event.stream, f"{command} was told the place of another stream"
            assert seen.version >= event.version, f"{command} cannot be seen where it was told"
    for command, events in of_command.items():
        assert len(events) == len(set(events)) <= 1, f"{command} stands {len(events)} times"
