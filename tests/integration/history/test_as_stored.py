"""What is exported of many entries together is what each says by itself, to the value, whatever stands among them."""

import random
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pytest

from commands.ports import Entry
from infra.event_schemas.files import FILES
from infra.history.as_stored import AsStored, alone, as_stored
from infra.history.columns import all_columns
from infra.history.parquet import ParquetPart
from infra.history.rows import envelopes, events_batch, typed_batch
from processors.planning import Poison
from schemas.ids import EventId
from schemas.positions import Position
from tests.unit.samples import NOON

LIKED = "post.liked.v2"


def entry(wire: bytes, offset: int = 0, type_: str | None = None) -> Entry:
    said = orjson.loads(wire)
    name = type_ or said["type"]
    place = Position("photolog.posts", 0, offset)
    return Entry(place, said["stream"], said["version"], EventId(said["id"]), name, wire, NOON)


def everything() -> list[Entry]:
    """Every version of every type that was ever stored, several times, in no order."""
    wires = [wire for wire in FILES.goldens().values() for _ in range(3)]
    random.Random(3).shuffle(wires)
    return [entry(wire, offset) for offset, wire in enumerate(wires)]


def rows(found: Sequence[AsStored]) -> list[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Of each by itself, what it is among all events and in its type's table."""
    made = []
    for one in found:
        envelope, columns = envelopes([one]), all_columns()[one.stem]
        made.append((events_batch([one], envelope), typed_batch([one.event], envelope, columns, clear=False)))
    return made


def test_every_version_of_every_type_is_exported_alike_together_and_alone() -> None:
    entries = everything()
    together, each = as_stored(entries), [alone(one) for one in entries]
    assert len(together) == len(entries)
    assert rows([one for one in together if isinstance(one, AsStored)]) == rows(
        [one for one in each if isinstance(one, AsStored)]
    )
    assert [one for one in together if isinstance(one, Poison)] == []


@pytest.mark.parametrize(
    ("changed", "of_data", "poison"),
    [
        ({"version": True}, {}, ("invalid_field", "version")),
        ({"actor": None}, {}, ("invalid_field", "actor")),
        ({"data": 7}, {}, ("malformed", "TypeError")),
        ({}, {"post_id": 7}, ("invalid_field", "post_id")),
        ({"type": "post.liked.v1"}, {}, None),
        ({"type": "post.shrugged.v0"}, {}, ("unknown_type", "post.shrugged.v0")),
        ({}, {"unheard_of": [1]}, None),
    ],
)
def test_what_is_odd_is_told_by_itself_and_spoils_no_other(
    changed: dict[str, Any], of_data: dict[str, Any], poison: tuple[str, str] | None
) -> None:
    good = FILES.goldens()[LIKED]
    said = orjson.loads(good)
    odd = orjson.dumps({**said, "data": {**said["data"], **of_data}, **changed})
    entries = [entry(good, 0), entry(odd, 1, LIKED), entry(good, 2)]
    found = as_stored(entries)
    assert [isinstance(one, Poison) for one in found] == [False, poison is not None, False]
    if isinstance(middle := found[1], Poison):
        assert (middle.code, middle.field) == poison
    else:
        by_itself = alone(entries[1])
        assert isinstance(by_itself, AsStored)
        assert rows([middle]) == rows([by_itself])


def test_a_number_that_was_written_as_a_text_is_exported_as_the_number() -> None:
    name = "post.published.v2"
    said = orjson.loads(FILES.goldens()[name])
    said["data"]["width"] = str(said["data"]["width"])
    part = ParquetPart()
    part.take([entry(orjson.dumps(said))])
    assert sum(part.rows.values()) == 2
    (found,) = as_stored([entry(orjson.dumps(said))])
    assert isinstance(found, AsStored)
    assert rows([found])[0][1].column("width").to_pylist() == [int(said["data"]["width"])]
