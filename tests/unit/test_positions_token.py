"""The opaque Log-Position token: what it keeps, and that everything else is refused as malformed."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadPosition
from schemas.positions import MAX_PLACES, MAX_TOKEN, TOPICS, Position, decode_token, encode_token

PLACES = st.builds(Position, st.sampled_from(TOPICS), st.integers(0, 99), st.integers(0, 2**63 - 1))


def token_of(content: object) -> str:
    """What somebody could make up."""
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


@given(st.lists(PLACES, max_size=MAX_PLACES, unique_by=lambda place: (place.topic, place.partition)))
def test_places_come_back(places: list[Position]) -> None:
    assert decode_token(encode_token(places)) == places


@given(st.lists(PLACES, max_size=30))
def test_a_token_never_claims_more_than_it_was_given_and_always_fits(places: list[Position]) -> None:
    token = encode_token(places)
    assert len(token) <= MAX_TOKEN
    assert set(decode_token(token)) <= set(places)


def test_of_one_partition_the_highest_place_is_kept() -> None:
    low, high = Position(TOPICS[0], 1, 3), Position(TOPICS[0], 1, 9)
    assert decode_token(encode_token([high, low])) == [high]
    assert decode_token(encode_token([low, high])) == [high]


def test_the_places_mentioned_last_are_kept_longest() -> None:
    places = [Position(TOPICS[0], partition, 5) for partition in range(MAX_PLACES + 2)]
    assert decode_token(encode_token(places)) == places[2:]
    refreshed = [*places[:MAX_PLACES], places[0], places[-1]]
    assert places[0] in decode_token(encode_token(refreshed))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "ü",
        "!!!!",
        "A" * (MAX_TOKEN + 1),
        token_of({}),
        token_of(7),
        token_of([7]),
        token_of([[0, 0]]),
        token_of([[0, 0, 0, 0]]),
        token_of([[0, 0, -1]]),
        token_of([[0, -1, 0]]),
        token_of([[-1, 0, 0]]),
        token_of([[len(TOPICS), 0, 0]]),
        token_of([[0, 0, "1"]]),
        token_of([[0, 0, 1.5]]),
        token_of([[True, 0, 0]]),
        token_of([[0, 0, 2**63]]),
        token_of([[0, 2**64 - 1, 0]]),
        token_of([[0, 0, 0]] * (MAX_PLACES + 1)),
    ],
)
def test_a_token_that_is_not_ours_is_malformed(token: str) -> None:
    with pytest.raises(BadPosition):
        decode_token(token)


@given(st.text(max_size=300) | st.binary(max_size=190).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_comes_is_a_list_of_places_or_malformed(token: str) -> None:
    try:
        places = decode_token(token)
    except BadPosition:
        return
    assert all(isinstance(place, Position) for place in places)
