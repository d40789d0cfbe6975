"""Whatever fails before an effect is applied is poison, by where it fails: whichever exception it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from commands.ports import Entry
from events.codec import NewerVersion, encode
from events.delivery import Delivery
from events.likes import PostUnliked
from processors.planning import Poison, planned
from projections.effects import Effect
from schemas.errors import Unavailable
from schemas.ids import EventId
from schemas.positions import ENGAGEMENT, Position
from tests.everything import Everything
from tests.unit.samples import ANN, POST, recorded

LIKE = recorded(PostUnliked(post_id=POST, account_id=ANN), f"like/{POST}/{ANN}")
WIRE = encode(LIKE, {})


@dataclass
class Stumbling(Everything):
    """A subscriber whose plan raises."""

    error: BaseException
    id: str = "stumbling@v1"
    topics: Sequence[str] = (ENGAGEMENT,)

    def plan(self, delivery: Delivery) -> Sequence[Effect]:
        raise self.error


def entry(wire: bytes) -> Entry:
    return Entry(Position(ENGAGEMENT, 0, 0), LIKE.stream, 1, EventId("ev"), LIKE.type, wire, 0)


@pytest.mark.parametrize("error", [KeyError("secret"), Unavailable("secret"), ConnectionError("secret"), OSError(5)])
def test_what_raises_in_a_plan_is_poison_whatever_it_is_and_its_text_is_not_kept(error: Exception) -> None:
    with pytest.raises(Poison) as poison:
        planned(entry(WIRE), {}, Stumbling(error))
    assert poison.value.code == "not_planned"
    assert poison.value.field.startswith(f"{type(error).__name__} in test_planning.py:")
    assert "secret" not in str(poison.value)


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"not JSON", "not_json"),
        (b"[]", "not_an_object"),
        (b"", "not_json"),
        (WIRE.replace(b'"data"', b'"date"'), "missing_field"),
        (WIRE.replace(POST.encode(), b"\xff"), "not_json"),
    ],
)
def test_what_cannot_be_read_is_poison(wire: bytes, code: str) -> None:
    with pytest.raises(Poison) as poison:
        planned(entry(wire), {}, Stumbling(KeyError()))
    assert poison.value.code == code


def test_what_a_newer_release_wrote_is_no_poison() -> None:
    with pytest.raises(NewerVersion):
        planned(entry(WIRE.replace(b"post.unliked.v1", b"post.unliked.v2")), {}, Stumbling(KeyError()))
