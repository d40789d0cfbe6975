"""Which columns of a table are personal: what a projection makes of golden samples, with keys and without."""

from events.codec import Keys, decode
from infra.event_schemas import golden
from infra.event_schemas.files import FILES
from infra.history.keyless import NO_KEYS
from projections.effects import Projection, Put
from schemas.tables import Row, Table


def personal_columns(projection: Projection, table: Table) -> set[str]:
    """The columns that are not what they were once keys are gone, as the golden samples of events show.

    A row that is not even written then has a personal key, and all of it is.
    """
    found: set[str] = set()
    goldens = FILES.goldens()
    for event_type in projection.functions:
        wire = goldens[event_type.type_name]
        with_key, without = (_puts(projection, table, wire, keys) for keys in (golden.keys_of(wire), NO_KEYS))
        if len(with_key) != len(without):
            return set(table.types)
        for one, other in zip(with_key, without, strict=True):
            found |= {name for name in table.types if one[name] != other[name]}
    return found


def _puts(projection: Projection, table: Table, wire: bytes, keys: Keys) -> list[Row]:
    effects = projection.effects(decode(wire, keys))
    return [effect.row for effect in effects if isinstance(effect, Put) and effect.table.name == table.name]


def keyed_by_persons(projection: Projection) -> frozenset[str]:
    """The tables whose rows cannot even be named once keys are gone."""
    keyed = (table for table in projection.tables if personal_columns(projection, table) & set(table.key_columns))
    return frozenset(table.name for table in keyed)
