"""Lots: every subscriber is in one of them, whatever is fed apart."""

import pytest

from infra.process.settings import SettingsInvalid
from infra.wiring.lots import TOGETHER, lots, topics_of
from infra.wiring.subscribers import REACTIONS, SUBSCRIBERS
from projections.all import PROJECTIONS


@pytest.mark.parametrize("apart", [[], ["feed"], ["feed", "search"]])
def test_every_subscriber_is_in_one_lot(apart: list[str]) -> None:
    found = [subscriber for those in lots(apart).values() for subscriber in those]
    assert sorted(one.id for one in found) == sorted(one.id for one in SUBSCRIBERS)
    assert len(lots(apart)) == 1 + len(apart) + len(REACTIONS)


def test_a_read_model_is_fed_with_the_others_unless_it_is_named() -> None:
    assert list(lots([])[TOGETHER]) == list(PROJECTIONS)
    apart = lots(["feed"])
    assert [one.id for one in apart["feed"]] == ["feed@v1"]
    assert "feed@v1" not in [one.id for one in apart[TOGETHER]]


def test_a_lot_is_fed_from_what_anybody_of_it_reads() -> None:
    together = lots([])[TOGETHER]
    assert set(topics_of(together)) == {topic for one in together for topic in one.topics}


def test_a_name_that_no_read_model_has_is_an_error() -> None:
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_APART: no read model feeds"):
        lots(["feeds"])
