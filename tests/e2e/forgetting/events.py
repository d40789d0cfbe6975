"""Everything that a log holds, as it lies there and opened."""

from commands.ports import Entry, Log, Vault
from events.envelope import Event, Recorded
from processors.planning import keys_of, read

AT_ONCE = 500


async def replay(log: Log, vault: Vault) -> list[Recorded[Event]]:
    """Every event, opened."""
    entries = await entries_of(log)
    keys = await keys_of(entries, vault)
    return [read(entry, keys) for entry in entries]


async def entries_of(log: Log) -> list[Entry]:
    """Everything that the log holds."""
    entries: list[Entry] = []
    for place, end in (await log.ends()).items():
        start = 0
        while start < end:
            some = await log.read(*place, start, AT_ONCE)
            entries += some
            start += len(some)
    return entries
