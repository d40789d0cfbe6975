"""Cursors: they come back, and only to the list and viewer they were given out for."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.cursors import MAC_BYTES, Cursors
from schemas.errors import BadCursor
from tests.unit.samples import ANN, BEN

SECRET = (b"the cursors' secret",)
FEED_OF_ANN = Cursors(SECRET, "feed", ANN)
PLACE = (1_800_000_000_000, "po_1", "ac_2")


@given(st.lists(st.integers(0, 2**63 - 1) | st.text(st.characters(codec="utf-8"), max_size=20), max_size=4))
def test_a_place_comes_back(place: list[int | str]) -> None:
    assert FEED_OF_ANN.read(FEED_OF_ANN.write(tuple(place))) == tuple(place)


def test_no_cursor_is_the_beginning() -> None:
    assert FEED_OF_ANN.read(None) is None


def test_a_cursor_survives_a_restart() -> None:
    assert Cursors(SECRET, "feed", ANN).read(FEED_OF_ANN.write(PLACE)) == PLACE


@pytest.mark.parametrize(
    "other",
    [
        Cursors(SECRET, "feed", BEN),
        Cursors(SECRET, "feed", ""),
        Cursors(SECRET, "posts/po_1/likes", ANN),
        Cursors((b"another site's secret",), "feed", ANN),
    ],
    ids=["another viewer", "nobody", "another list", "another site"],
)
def test_a_cursor_is_bound_to_its_list_viewer_and_site(other: Cursors) -> None:
    with pytest.raises(BadCursor):
        other.read(FEED_OF_ANN.write(PLACE))


@pytest.mark.parametrize("cursor", ["", "x", "ü", "!!!", "====", "A" * 16, "A" * 2_000, "\x00"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        FEED_OF_ANN.read(cursor)


@given(st.text(max_size=100))
def test_nothing_made_up_is_a_cursor(cursor: str) -> None:
    with pytest.raises(BadCursor):
        FEED_OF_ANN.read(cursor)


def test_a_changed_cursor_is_refused_wherever_it_is_changed() -> None:
    raw = base64.urlsafe_b64decode(FEED_OF_ANN.write(PLACE) + "==")
    for place in (0, MAC_BYTES - 1, MAC_BYTES, len(raw) - 1):
        changed = bytes((*raw[:place], raw[place] ^ 1, *raw[place + 1 :]))
        with pytest.raises(BadCursor):
            FEED_OF_ANN.read(base64.urlsafe_b64encode(changed).rstrip(b"=").decode())


def test_while_a_secret_is_rotated_cursors_of_both_are_good_and_new_ones_are_of_the_new_one() -> None:
    (old,), new = SECRET, b"the next secret"
    both = Cursors((new, old), "feed", ANN)
    assert both.read(FEED_OF_ANN.write(PLACE)) == PLACE
    assert Cursors((new,), "feed", ANN).read(both.write(PLACE)) == PLACE
    with pytest.raises(BadCursor):
        Cursors((new,), "feed", ANN).read(FEED_OF_ANN.write(PLACE))
