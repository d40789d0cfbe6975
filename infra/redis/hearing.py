"""Who hears of which keys: what Redis says of all that was read behind TRACKED, sorted by the adapters that read it."""

from collections.abc import Collection

from infra.redis.redis import Changed
from projections.ports import Changed as NamesChanged


def under(prefix: str, changed: NamesChanged) -> Changed:
    """Tells `changed` of the keys that begin with this prefix, without it; and of None."""
    beginning, length = prefix.encode(), len(prefix.encode())

    def heard(keys: Collection[bytes] | None) -> None:
        if keys is None:
            changed(None)
        elif names := [key[length:].decode() for key in keys if key.startswith(beginning)]:
            changed(names)

    return heard
