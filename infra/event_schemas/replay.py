"""Golden samples through decode, as readers of the log do it: to today's types, with the key and without it."""

from events.codec import NewerVersion, Undecodable, decode
from events.envelope import Event, Recorded, stem_and_version
from events.personal import Redacted
from events.upcasters import UPCASTERS
from infra.event_schemas.files import Files, Json
from infra.event_schemas.golden import TEST_KEY, keys_of, opened


def replayed(wire: bytes, key: bytes | None = TEST_KEY) -> Recorded[Event]:
    """The sample as it reads today."""
    return decode(wire, keys_of(wire, key))


def unreadable(name: str, wire: bytes) -> str | None:
    """Why the sample of this version is no event of today; None if all is well."""
    try:
        read, redacted = replayed(wire), replayed(wire, None)
    except (Undecodable, NewerVersion) as fault:
        return str(fault)
    if stem_and_version(read.type)[0] != stem_and_version(name)[0]:
        return f"it is a {read.type}"
    left = [field for field in redacted.event.personal if not isinstance(getattr(redacted.event, field), Redacted)]
    return f"without the key {left} can still be read" if left else None


def upcast_sample(name: str, files: Files) -> tuple[Json, Json]:
    """The data of this version's sample, opened, before and after its upcaster; both empty where there is none."""
    upcaster, wire = UPCASTERS.get(name), files.goldens().get(name)
    if upcaster is None or wire is None:
        return {}, {}
    data = opened(wire, upcaster.personal)
    return data, upcaster.step(data)
