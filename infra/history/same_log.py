"""Whether an export is one of this log: both are known by the first event of some partition."""

from infra.history.manifest import Manifest
from infra.history.refusals import Refused
from infra.history.source import Offsets, Source
from infra.history.targets import Target
from schemas.positions import Partition


async def named(source: Source, ends: Offsets) -> dict[str, str]:
    """By which a log is known: a place, and the id of its first event. Empty of an empty log."""
    for place in sorted(ends):
        async for entries in source.read({}, {place: 1}):
            return {f"{place.topic}/{place.number}": entries[0].event_id}
    return {}


async def of_this_log(target: Target, manifest: Manifest, source: Source, ends: Offsets) -> None:
    """Raises Refused for an export of another log."""
    here = await named(source, {Partition(*_place(place)): 1 for place in manifest.log if _place(place) in ends})
    if here != manifest.log or any(ends.get(place, 0) < at for place, at in manifest.log_positions.items()):
        raise Refused(f"{target} is an export of another log")


def _place(said: str) -> tuple[str, int]:
    topic, _, number = said.rpartition("/")
    return topic, int(number)
