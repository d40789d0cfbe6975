"""The opaque Log-Position token: what it keeps, how much it holds, and that everything else is refused as malformed."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadPosition
from schemas.positions import (
    ANY_LOG,
    LOG_ID_BYTES,
    MAX_PLACE_BYTES,
    MAX_PLACES_BYTES,
    MAX_TOKEN,
    TOPICS,
    Partition,
    Position,
    decode_token,
    encode_token,
)

PLACES = st.builds(Position, st.sampled_from(TOPICS), st.integers(0, 2**17 - 1), st.integers(0, 2**63 - 1))
LOG = st.binary(min_size=LOG_ID_BYTES, max_size=LOG_ID_BYTES)


def token_of(content: object) -> str:
    """A token as the first release wrote it, or as somebody could make it up."""
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def raw(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@given(st.lists(PLACES, max_size=MAX_PLACES_BYTES // MAX_PLACE_BYTES, unique_by=Partition.of), LOG)
def test_places_come_back_and_the_log_that_they_are_of(places: list[Position], log: bytes) -> None:
    token = encode_token(places, log)
    assert len(token) <= MAX_TOKEN
    assert decode_token(token).log == log
    assert sorted(decode_token(token).places) == sorted(places)


def test_of_one_partition_the_highest_place_is_kept() -> None:
    low, high = Position(TOPICS[0], 1, 3), Position(TOPICS[0], 1, 9)
    assert decode_token(encode_token([high, low])).places == [high]
    assert decode_token(encode_token([low, high])).places == [high]


def test_thirty_places_of_a_large_site_fit() -> None:
    places = [Position(TOPICS[number % 4], number * 2, 2**28 - number) for number in range(30)]
    assert sorted(decode_token(encode_token(places)).places) == sorted(places)


def test_no_token_is_written_that_leaves_a_place_out() -> None:
    with pytest.raises(ValueError, match="more places"):
        encode_token([Position(topic, partition, 2**28) for topic in TOPICS for partition in range(64)])


def test_a_token_of_the_first_release_is_understood_and_is_of_any_log() -> None:
    token = token_of([[0, 1, 7], [3, 2, 300]])
    assert decode_token(token) == (ANY_LOG, [Position(TOPICS[0], 1, 7), Position(TOPICS[3], 2, 300)])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "ü",
        "!!!!",
        "A" * (MAX_TOKEN + 1),
        raw(b"\x01"),
        raw(b"\x01log"),
        raw(b"\x02logs"),
        raw(b"\x01logs\x00"),
        raw(b"\x01logs\x00\x80"),
        raw(b"\x01logs" + bytes([len(TOPICS), 0])),
        raw(b"\x01logs\x00" + b"\xff" * 30 + b"\x01"),
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
    ],
)
def test_a_token_that_is_not_ours_is_malformed(token: str) -> None:
    with pytest.raises(BadPosition):
        decode_token(token)


@given(
    st.text(max_size=300)
    | st.binary(max_size=190).map(raw)
    | st.binary(max_size=180).map(lambda content: raw(b"\x01logs" + content))
)
def test_whatever_comes_is_a_list_of_places_or_malformed(token: str) -> None:
    try:
        places = decode_token(token).places
    except BadPosition:
        return
    assert all(isinstance(place, Position) for place in places)
