"""What an entry says to analysts: what columns cannot hold is told by the field that has it."""

from typing import Any

import orjson
import pytest

from commands.ports import Entry
from events.codec import Keys, encode
from infra.history.reading import Told, told
from processors.planning import Poison
from schemas.ids import EventId
from schemas.positions import Position
from tests.unit.samples import ANN, NOON, STARTED, recorded

KEYS: Keys = {ANN: bytes(32)}


def said(**changed: Any) -> Told | Poison:
    """An event whose envelope was changed, read."""
    wire = {**orjson.loads(encode(recorded(STARTED), KEYS)), **changed}
    place = Position("photolog.posts", 0, 0)
    return told(Entry(place, wire["stream"], 1, EventId(wire["id"]), wire["type"], orjson.dumps(wire), NOON), KEYS)


def test_what_columns_can_hold_is_told() -> None:
    assert isinstance(said(), Told)


@pytest.mark.parametrize(
    ("field", "value"), [("version", True), ("at", "noon"), ("at", 1.5), ("actor", 1), ("id", None)]
)
def test_a_field_of_another_kind_than_its_column_is_named(field: str, value: object) -> None:
    poison = said(**{field: value})
    assert isinstance(poison, Poison)
    assert (poison.code, poison.field) == ("invalid_field", field)
